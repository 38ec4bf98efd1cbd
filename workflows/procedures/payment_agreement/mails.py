"""From a situation to the mail that tells of it: who gets which text, with which values.

Every value is already words in the recipient's language; the wording files hold the sentences.
"""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Situation
from workflows.effects import SendMail
from workflows.events import INBOX, SENDER
from workflows.letters import Fact, Key, letter, said
from workflows.procedures.payment_agreement.agreement import Agreement

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
    "amendment",
    "amendment_payer",
    "transfer",
    "fact",
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
    "fact",
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
    "dispute_unanswered",
    "misdirected",
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
    """Return one mail. Number, facility, kommune and seller are among its values always.

    The seller (da: sælger, leverandør) is the authority that the gateway serves: a region, or a
    kommune (S2-P3); the texts are the same for both (S2-R11).
    """
    named = {"facility": "facility", "kommune": "acting", "seller": "authority"}
    found = {name: situation.party(role) for name, role in named.items()}
    names: dict[str, Fact] = {name: one.name if one else "" for name, one in found.items()}
    return letter(
        situation,
        kind,
        to,
        wording,
        documents=documents,
        evidence=evidence,
        on_accepted=on_accepted,
        on_failed=on_failed,
        **(names | facts),
    )


def same_citizen_warning(situation: Situation, to: str, agreement: Agreement) -> str:
    """Return the warning that the citizen has an open case at the facility already, or nothing.

    The numbers of the other cases are told to the seller's side, and to the kommune only where they
    are its own: that another kommune asks is nothing that it may learn by a request.
    """
    if not agreement.same_citizen:
        return ""
    language = situation.reader(to)
    numbers = agreement.same_citizen_own if to == "acting" else agreement.same_citizen
    others = said(situation, ", ".join(numbers) or None, language)
    return "\n\n" + situation.wording.text("same_citizen", language, {"others": others})


def status(situation: Situation, *roles: str, what: str, why: str | None = None) -> list[SendMail]:
    """Return the news of a case for those who need no receipt; absent parties are left out.

    What somebody wrote is not for a payer: it sees terms and billing only.
    """
    return [
        mail(
            situation,
            "notice",
            role,
            "status",
            what=Key(f"status.{what}"),
            why="" if role == "payer" else why or "",
        )
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
    """Return the same mail for the acting kommune and a payer of its own, with evidence.

    `reason` is what somebody wrote, and not for a payer.
    """
    hidden = {"reason": ""} if "reason" in facts else {}
    return [
        mail(
            situation,
            kind,
            role,
            wording,
            documents=documents,
            evidence=True,
            **(facts | hidden if role == "payer" else facts),
        )
        for role in ("acting", "payer")
        if situation.party(role) is not None
    ]


def news(
    situation: Situation,
    kind: str,
    what: str | tuple[str, ...],
    *,
    effect: str = "none",
    remark: str | None = None,
    private: bool = False,
    to: tuple[str, ...] = ("acting", "payer", "facility", INBOX),
    **facts: Fact,
) -> list[SendMail]:
    """Return what happened to an agreement that stands, for both sides and a payer of its own.

    `what` names the text `fact.<what>`, or several that are told one after the other, and `effect`
    the text `effect.<effect>`; all take the facts.
    Kommuner get evidence, and whoever wrote gets its receipt. A payer gets no remark, and of what
    is `private` to the citizen only what it does to the settlement.
    """
    event = situation.event
    said_of = (what,) if isinstance(what, str) else what
    sent = []
    for role in to:
        if role != INBOX and situation.party(role) is None:
            continue
        own = event.by_mail and event.actor.role == role
        proof = own or role not in {"facility", INBOX}
        language = situation.reader(role)
        words = {name: said(situation, fact, language) for name, fact in facts.items()}
        told = mail(
            situation,
            kind if proof else "notice",
            SENDER if own and role == "facility" else role,
            "fact",
            evidence=proof,
            what=" ".join(
                situation.wording.text(f"fact.{one}", language, words)
                for one in (("private",) if private and role == "payer" else said_of)
            ),
            effect=situation.wording.text(f"effect.{effect}", language, words),
            sender=source_of(situation),
            remark="" if role == "payer" else remark or "",
        )
        sent.append(told)
    return sent


def source_of(situation: Situation) -> str:
    """Who told it: the authority where the clock or the gateway did."""
    event, authority = situation.event, situation.party("authority")
    return authority.name if event.by_system and authority else event.actor.name
