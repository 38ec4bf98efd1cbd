"""Read what comes back about a mail of ours: DSN (RFC 3464) and MDN (RFC 8098).

Pure and tolerant: field names and values are matched in any letter case, a missing status is
concluded from the action, and what reports nothing gives an empty tuple. Bounded by the limits of
parsers.mime, and by a number of recipients.

A report only ever changes the delivery state of the mail that its tagged address names
(`gateway.outbound.tags`). Nothing in it is believed for anything else: anyone can write one.

Not here: what follows from a report (`pipeline`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from parsers.errors import ParsersError
from parsers.mime import Part, read_entity

Kind = Literal["delivered", "relayed", "delayed", "failed", "read", "processed"]

_ACTIONS: Final[Mapping[str, Kind]] = {
    "delivered": "delivered",
    "expanded": "relayed",
    "relayed": "relayed",
    "delayed": "delayed",
    "failed": "failed",
}
"""RFC 3464 section 2.3.3. Relayed and expanded promise no delivery, so they are not called one."""

_DISPOSITIONS: Final[Mapping[str, Kind]] = {
    "displayed": "read",
    "processed": "processed",
    "dispatched": "processed",
    "deleted": "failed",
    "denied": "failed",
    "failed": "failed",
}
"""RFC 8098 section 3.2.6.2, and the words of RFC 2298 that old programs still send."""

_STATUS_WITHOUT_ONE: Final[Mapping[Kind, str]] = {
    "delivered": "2.0.0",
    "relayed": "2.0.0",
    "delayed": "4.0.0",
    "failed": "5.0.0",
    "read": "2.0.0",
    "processed": "2.0.0",
}
_RETURNED: Final = ("message/rfc822", "text/rfc822-headers", "message/global")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,300}>")
_FIELD: Final = re.compile(r"([!-9;-~]{1,80})[ \t]*:(.*)", re.DOTALL)
_MOST_RECIPIENTS: Final = 50
_LONGEST_REPORT: Final = 256 * 1024
_LONGEST_TEXT: Final = 300

_Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one report says about one recipient.

    `status` is the enhanced status code (RFC 3463). `diagnostic` is one line from a foreign
    machine: for people who run the gateway, never for a decision. `mic` only in an MDN.
    """

    kind: Kind
    form: Literal["dsn", "mdn", "unstructured"]
    recipient: str | None
    status: str
    diagnostic: str = ""
    reporter: str | None = None
    original_message_id: str | None = None
    envelope_id: str | None = None
    at: datetime | None = None
    mic: str | None = None


def read_reports(raw: bytes | memoryview) -> tuple[DeliveryReport, ...]:
    """Return what a mail reports, one entry for each recipient; empty when it is no report.

    Never raises: a report that can not be read is no report.
    """
    try:
        return _reports(read_entity(raw))
    except ParsersError:
        return ()


def _reports(mail: Part) -> tuple[DeliveryReport, ...]:
    original = None
    found: list[DeliveryReport] = []
    for part in _parts(mail):
        if part.media_type in ("message/delivery-status", "message/global-delivery-status"):
            found.extend(_from_status(part))
        elif part.media_type in (
            "message/disposition-notification",
            "message/global-disposition-notification",
        ):
            found.extend(_from_disposition(part))
        elif part.media_type in _RETURNED and original is None:
            original = _returned_message_id(part)
    if not found:
        found.extend(_from_failed_recipients(mail))
    return tuple(
        report if report.original_message_id or not original else _named(report, original)
        for report in found[:_MOST_RECIPIENTS]
    )


def _parts(mail: Part) -> Iterator[Part]:
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(part.children))


def _from_status(part: Part) -> Iterator[DeliveryReport]:
    """Read the groups of fields: one for the message, then one for each recipient."""
    groups = _groups(part)
    if not groups:
        return
    message = groups[0]
    recipients = groups[1:] if "action" not in message else groups
    for fields in recipients[:_MOST_RECIPIENTS]:
        kind = _ACTIONS.get(_word(fields.get("action", "")))
        status = _STATUS.search(fields.get("status", ""))
        if kind is None and status is None:
            continue
        if kind is None:
            kind = _kind_of_status(status[0] if status else "")
        yield DeliveryReport(
            kind=kind,
            form="dsn",
            recipient=_typed(fields.get("original-recipient") or fields.get("final-recipient")),
            status=status[0] if status else _STATUS_WITHOUT_ONE[kind],
            diagnostic=_short(_after_type(fields.get("diagnostic-code", ""))),
            reporter=_typed(message.get("reporting-mta")),
            original_message_id=None,
            envelope_id=_short(message.get("original-envelope-id", "")) or None,
            at=_date(fields.get("last-attempt-date") or message.get("arrival-date")),
        )


def _from_disposition(part: Part) -> Iterator[DeliveryReport]:
    for fields in _groups(part)[:1]:
        disposition = fields.get("disposition", "")
        word, _, modifiers = disposition.rpartition(";")[2].strip().partition("/")
        kind = _DISPOSITIONS.get(_word(word))
        if kind is None:
            continue
        if kind == "processed" and ("error" in modifiers.lower() or "failure" in modifiers.lower()):
            kind = "failed"
        identifier = _MESSAGE_ID.search(fields.get("original-message-id", ""))
        yield DeliveryReport(
            kind=kind,
            form="mdn",
            recipient=_typed(fields.get("original-recipient") or fields.get("final-recipient")),
            status=_STATUS_WITHOUT_ONE[kind],
            diagnostic=_short(fields.get("error") or fields.get("failure") or ""),
            reporter=_short(fields.get("reporting-ua", "")) or None,
            original_message_id=identifier[0] if identifier else None,
            mic=_short(fields.get("received-content-mic", "")) or None,
        )


def _from_failed_recipients(mail: Part) -> Iterator[DeliveryReport]:
    """Read the header that Exim and its heirs set on bounces that are no multipart/report."""
    named = mail.headers().get("x-failed-recipients") or ""
    for address in named.split(",")[:_MOST_RECIPIENTS]:
        if address.strip():
            yield DeliveryReport(
                kind="failed", form="unstructured", recipient=_short(address), status="5.0.0"
            )


def _groups(part: Part) -> list[_Fields]:
    """Split a body of header fields at its empty lines; unfolded, names in lower case."""
    body = part.decoded()[:_LONGEST_REPORT].decode("utf-8", "replace")
    groups: list[dict[str, str]] = [{}]
    last: str | None = None
    for line in body.splitlines():
        if not line.strip():
            if groups[-1]:
                groups.append({})
            last = None
        elif line[0] in " \t":
            if last is not None:
                groups[-1][last] += " " + line.strip()
        elif (match := _FIELD.match(line)) is not None:
            last = match[1].lower()
            groups[-1].setdefault(last, match[2].strip())
    return [group for group in groups if group]


def _returned_message_id(part: Part) -> str | None:
    """Return the Message-ID of the mail that was returned, or of its header alone."""
    try:
        returned = read_entity(part.decoded()[:_LONGEST_REPORT])
    except ParsersError:
        return None
    identifier = _MESSAGE_ID.search(returned.headers().get("message-id") or "")
    return identifier[0] if identifier else None


def _named(report: DeliveryReport, identifier: str) -> DeliveryReport:
    return replace(report, original_message_id=identifier)


def _kind_of_status(status: str) -> Kind:
    if status.startswith("2"):
        return "delivered"
    return "delayed" if status.startswith("4") else "failed"


def _word(value: str) -> str:
    return value.partition("(")[0].strip().lower()


def _after_type(value: str) -> str:
    return value.partition(";")[2] or value


def _typed(value: str | None) -> str | None:
    """Return the value behind `rfc822;` or `dns;`."""
    return _short(_after_type(value)).strip("<>") or None if value else None


def _short(value: str) -> str:
    return " ".join(value.split())[:_LONGEST_TEXT]


def _date(value: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(value) if value else None
    except (ValueError, OverflowError):
        return None
    if at is None:
        return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return None
