"""Messages that belong to no case: the gateway answers them by itself, whatever the procedures.

certificate_change   a partner's next certificate, in a mail sealed with the one before
(da: certifikatskifte, sv: certifikatbyte)
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from workflows.definition import MessageRule

Pem = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60_000)]
"""One certificate or several in PEM, which may be read by whoever has the tools for it."""


class CertificateChange(BaseModel):
    """The next certificate: here, or as a file beside the message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    certificate: Pem | None = None


CERTIFICATE_CHANGE: Final = "certificate_change"
STANDING: Final = MappingProxyType(
    {
        rule.name: rule
        for rule in (MessageRule(CERTIFICATE_CHANGE, CertificateChange, assurance="sealed"),)
    }
)
