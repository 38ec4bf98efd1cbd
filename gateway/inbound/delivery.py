"""What a door hands over: the exact bytes of one mail for one mailbox, and how they came."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One mail for one mailbox. A mail to several mailboxes is one delivery for each."""

    raw: bytes
    """The message as sent: dot-unstuffed, nothing added. Over SMTP every line ends with CRLF."""
    door: Literal["smtp", "imap"]
    mailbox: str
    """The configured mailbox, spelt as configured; empty for a tagged bounce address."""
    envelope_from: str | None
    """The reverse path of MAIL FROM; None for the null sender `<>`, and where a door has none."""
    envelope_to: str
    """The recipient as the client wrote it, e.g. the whole tagged bounce address."""
    peer: str
    """Address and port of the client, as `192.0.2.7:40112` or `[2001:db8::7]:40112`."""
    tls: Mapping[str, str] | None
    """`protocol`, `cipher`, and `certificate_sha256` where the client showed one; None in clear."""
    received_at: datetime
    """Aware UTC, taken when the last byte had come and before the mail was kept."""

    @cached_property
    def sha256(self) -> str:
        """Lower-case hex of the digest of the raw bytes: by this a byte-identical mail is known."""
        return hashlib.sha256(self.raw).hexdigest()
