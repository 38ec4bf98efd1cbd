"""A mail with its layers peeled off: the values that opening gives to all who decide."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from keys.capabilities import Capabilities
from keys.trust import Trusted
from keys.verdicts import LayerVerdict
from parsers.content import Content


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outer headers, which anybody can write: for transport and filing, never for trust."""

    message_id: str | None = None
    from_addresses: tuple[str, ...] = ()
    in_reply_to: str | None = None
    references: str | None = None
    subject: str | None = None
    automatic: bool = False
    """Sent by a machine: a list, an out-of-office reply, a report."""
    report: bool = False
    """`multipart/report`: a bounce or a disposition notification."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail with its layers peeled off, or as far as that went."""

    envelope: Envelope
    layers: tuple[LayerVerdict, ...] = ()
    encrypted: bool = False
    signer: bytes | None = None
    """DER of the certificate whose signature covers all the content, inside the encryption."""
    openpgp: str | None = None
    """The same for an OpenPGP signature: the fingerprint of its primary key."""
    trust: Trusted | None = None
    signed_at: datetime | None = None
    capabilities: Capabilities | None = None
    """What the signer can read, by its own word."""
    mic: str | None = None
    """SHA-256 (hex) over the signed MIME entity."""
    from_addresses: tuple[str, ...] = ()
    """The From that counts: the protected one where there is one."""
    recipients: tuple[str, ...] = ()
    """Whom the protected To and Cc name; none where they are not signed, or in doubt."""
    content: Content | None = None
    failure: str | None = None
    """Why the mail could not be opened or trusted; a code."""
    notes: tuple[str, ...] = ()
    """What was noticed and is no reason to refuse; codes, `flag.*` in the wording."""

    @property
    def is_signed(self) -> bool:
        """Whether a signature that counts covers all the content, by certificate or OpenPGP key."""
        return self.signer is not None or self.openpgp is not None

    @property
    def signer_fingerprint(self) -> str | None:
        """SHA-256 of the signer's certificate, hex."""
        return hashlib.sha256(self.signer).hexdigest() if self.signer else None
