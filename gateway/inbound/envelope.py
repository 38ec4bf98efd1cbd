"""The envelope of one mail: what MAIL FROM and RCPT TO said, and the answers to them.

Only configured mailboxes and our own tagged bounce addresses are recipients; everything else is
refused in the session, so that no bounce is ever owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.inbound import replies
from gateway.inbound.addresses import comparable, read_path
from gateway.inbound.delivery import Delivery
from gateway.inbound.replies import Reply
from gateway.inbound.terms import Terms


class Envelope:
    """Sender and recipients of the mail that is being announced."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self.sender: str | None = None
        """None before MAIL FROM; empty for the null sender."""
        self._recipients: dict[str, tuple[str, str]] = {}

    def __bool__(self) -> bool:
        """Whether there is a recipient."""
        return bool(self._recipients)

    def add_sender(self, argument: str) -> Reply:
        """Answer `MAIL` with what stands behind it."""
        if self.sender is not None:
            return replies.NESTED_MAIL
        if argument[:5].upper() != "FROM:":
            return replies.BAD_SYNTAX
        path = read_path(argument[5:])
        if path is None:
            return replies.BAD_SENDER
        refusal = self._refusal_of(path.parameters.upper().split())
        if refusal is not None:
            return refusal
        if self._terms.is_overloaded():
            return replies.OVERLOADED
        self.sender = path.address
        return replies.SENDER_OK

    def _refusal_of(self, parameters: list[str]) -> Reply | None:
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "SIZE":
                if not (value.isascii() and value.isdigit() and len(value) <= 20):
                    return replies.BAD_PARAMETER
                if int(value) > self._terms.limits.message_bytes:
                    return replies.TOO_LARGE
            elif name == "BODY":
                if value not in ("7BIT", "8BITMIME"):
                    return replies.BAD_PARAMETER
            elif parameter != "SMTPUTF8":
                return replies.UNKNOWN_PARAMETER
        return None

    def add_recipient(self, argument: str) -> Reply:
        """Answer `RCPT` with what stands behind it. One mailbox twice is one recipient."""
        if self.sender is None:
            return replies.MAIL_FIRST
        if argument[:3].upper() != "TO:":
            return replies.BAD_SYNTAX
        path = read_path(argument[3:])
        if path is None or not path.address:
            return replies.BAD_RECIPIENT
        return replies.UNKNOWN_PARAMETER if path.parameters.strip() else self._add(path.address)

    def _add(self, address: str) -> Reply:
        key = comparable(address)
        mailbox = self._terms.mailboxes.get(key)
        if mailbox is None and self._terms.is_bounce_address(address):
            key, mailbox = address, ""
        if mailbox is None:
            return replies.NO_SUCH_MAILBOX
        if key not in self._recipients and len(self._recipients) >= self._terms.limits.recipients:
            return replies.TOO_MANY_RECIPIENTS
        self._recipients.setdefault(key, (mailbox, address))
        return replies.RECIPIENT_OK

    def deliveries(
        self, raw: bytes, *, peer: str, tls: Mapping[str, str] | None, received_at: datetime
    ) -> list[Delivery]:
        """One delivery for each recipient; they share the bytes."""
        return [
            Delivery(
                raw=raw,
                door="smtp",
                mailbox=mailbox,
                envelope_from=self.sender or None,
                envelope_to=address,
                peer=peer,
                tls=tls,
                received_at=received_at,
            )
            for mailbox, address in self._recipients.values()
        ]
