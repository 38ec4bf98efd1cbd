"""From a situation to the mail that tells of it: who gets which text, with which values.

Every value is already words in the recipient's language; the wording files hold the sentences.
"""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Situation
from workflows.effects import Alert, SendMail
from workflows.events import INBOX
from workflows.letters import Fact, Key, said

MAILS: Final = (
    "refused",
    "notice_inbox",
    "notice_facility",
    "received",
    "accepted_not_delivered",
    "corrected_notice",
    "corrected_confirmation",
    "dialogue",
    "dialogue_received",
    "unclear_reply",
    "unclear_reply_no_draft",
    "offer_received",
    "draft",
    "draft_payer",
    "draft_expired",
    "declined",
    "change_request",
    "change_request_received",
    "approval_registered",
    "approved",
    "confirmation",
    "confirmed",
    "rejected",
    "withdrawn",
    "settlement_started",
    "terminating",
    "ended",
    "status",
    "reminder_facility",
    "reminder_draft",
    "overdue_facility",
    "overdue_draft",
    "grant_changed",
)
TO_OUR_OWN: Final = (
    "notice_inbox",
    "notice_facility",
    "dialogue",
    "dialogue_received",
    "offer_received",
    "change_request",
    "confirmation",
    "terminating",
    "status",
    "reminder_facility",
    "overdue_facility",
    "overdue_draft",
    "grant_changed",
)
"""Those that can go to our inbox or facility, and so have a variant without personal data."""
ALERTS: Final = (
    "facility_unreachable",
    "notice_bounced",
    "notice_failed",
    "facility_silent",
    "draft_unanswered",
    "confirmation_blocked",
    "confirmation_failed",
)


def mail(
    situation: Situation,
    kind: str,
    to: str,
    wording: str,
    *,
    documents: tuple[str, ...] = (),
    evidence: bool = False,
    on_accepted: str | None = None,
    on_failed: str | None = None,
    **facts: Fact,
) -> SendMail:
    """Return one mail. `number`, `facility` and `kommune` are among its values always."""
    language = situation.reader(to)
    facility, acting = situation.party("facility"), situation.party("acting")
    values = {
        "number": situation.number,
        "facility": facility.name if facility else "",
        "kommune": acting.name if acting else "",
    }
    values |= {name: said(situation, fact, language) for name, fact in facts.items()}
    return SendMail(kind, to, wording, values, documents, evidence, True, on_accepted, on_failed)


def status(situation: Situation, *roles: str, what: str, why: str | None = None) -> list[SendMail]:
    """Return the news of a case for those who need no receipt; absent parties are left out."""
    return [
        mail(situation, "notice", role, "status", what=Key(f"status.{what}"), why=why or "")
        for role in roles
        if role == INBOX or situation.party(role) is not None
    ]


def to_kommuner(
    situation: Situation,
    kind: str,
    wording: str,
    *,
    documents: tuple[str, ...] = (),
    **facts: Any,
) -> list[SendMail]:
    """Return the same mail for the acting kommune and a payer of its own, with evidence."""
    return [
        mail(situation, kind, role, wording, documents=documents, evidence=True, **facts)
        for role in ("acting", "payer")
        if situation.party(role) is not None
    ]


def alert(situation: Situation, code: str) -> Alert:
    """Return an alert about the case."""
    facility = situation.party("facility")
    return Alert(code, {"number": situation.number, "facility": facility.name if facility else ""})
