"""From the offer to the answer: steps 6 and 7 of the seed."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, SendMail
from workflows.errors import WrongEvent
from workflows.events import INBOX, SENDER
from workflows.letters import alarm, forward
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import (
    Agreement,
    Version,
    latest,
)
from workflows.procedures.payment_agreement.draft import approval_line, awaited, party
from workflows.procedures.payment_agreement.mails import mail, status
from workflows.procedures.payment_agreement.messages import (
    AgreementChangeRequest,
    AgreementRejection,
)
from workflows.procedures.payment_agreement.offers import AgreementOffer, terms_from
from workflows.procedures.payment_agreement.proposing import (
    draft_readers,
    proposed,
    watch_answer,
)

DRAFT_OUT: Final = ("DRAFT_SENT", "KOMMUNE_CLARIFYING")


def _offer(situation: Situation) -> Outcome:
    agreement, facility = situation.data(Agreement), party(situation, "facility")
    notice = situation.policy.notice
    basis = str(agreement.request.legal_basis)
    offer = situation.body(AgreementOffer)
    terms = terms_from(offer, (facility.key, facility.name), basis, notice)
    if terms is None:
        raise WrongEvent("the rates do not cover the period")
    changed, effects = proposed(situation, agreement, terms)
    effects += [*forward(situation, "acting"), *_told(situation, latest(changed))]
    return Outcome(changed, (*effects, *t.clear(t.FACILITY_ANSWER)))


def _told(situation: Situation, version: Version) -> list[SendMail]:
    """Tell our own inbox that a draft is out, and the facility that its offer by mail came."""
    news = status(situation, INBOX, what="draft_sent")
    if not situation.event.by_mail:
        return news
    number = version.number
    return [
        mail(situation, "received", SENDER, "offer_received", evidence=True, version=number),
        *news,
    ]


def _clarify(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement))


def remind_kommune(situation: Situation) -> Outcome:
    """Remind whoever has not answered a draft; after the last time, tell those who can ask."""
    agreement = situation.data(Agreement).reminded(t.DRAFT_ANSWER)
    version, number = latest(agreement), agreement.reminders[t.DRAFT_ANSWER]
    effects: list[Effect] = [
        mail(
            situation,
            "reminder",
            role,
            "reminder_draft",
            documents=documents,
            evidence=True,
            version=version.number,
            sent_at=version.made_at,
            count=number,
            line=approval_line(situation, version, role),
        )
        for role, _, documents in draft_readers(situation, version)
        if role in awaited(situation, version)
    ]
    if number < situation.policy.timers.reminders:
        return Outcome(agreement, (*effects, watch_answer(situation)))
    silent = ", ".join(party(situation, role).name for role in awaited(situation, version))
    overdue = mail(situation, "overdue", INBOX, "overdue_draft", count=number, kommune=silent)
    return Outcome(agreement, (*effects, overdue, alarm(situation, "draft_unanswered")))


def _expire(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    version = latest(agreement)
    told = [
        mail(
            situation,
            "overdue",
            role,
            "draft_expired",
            evidence=True,
            version=version.number,
            valid_until=version.terms.valid_until,
        )
        for role, _, _ in draft_readers(situation, version)
    ]
    news = status(situation, INBOX, "facility", what="draft_expired")
    expired = agreement.with_current(version.to("expired"))
    return Outcome(expired, (*told, *news, *t.clear(t.DRAFT_ANSWER)))


def _return_draft(situation: Situation) -> Outcome:
    body, agreement = situation.body(AgreementChangeRequest), situation.data(Agreement)
    version = latest(agreement)
    own = situation.event.actor.role
    effects: list[Effect] = [
        mail(
            situation,
            "notice",
            to,
            "change_request",
            version=version.number,
            sender=situation.event.actor.name,
            text=body.text,
        )
        for to in ("facility", INBOX)
    ]
    effects += forward(situation, "facility")
    effects.append(
        mail(
            situation,
            "received",
            own,
            "change_request_received",
            evidence=True,
            version=version.number,
        )
    )
    other = "payer" if own == "acting" else "acting"
    effects += status(situation, other, what="change_request")
    returned = agreement.with_current(version.to("returned"))
    return Outcome(returned, (*effects, *t.clear(t.DRAFT_ANSWER, t.DRAFT_VALIDITY)))


def _reject(situation: Situation) -> Outcome:
    reason, agreement = situation.body(AgreementRejection).reason, situation.data(Agreement)
    version = latest(agreement)
    own = situation.event.actor.role
    told = mail(
        situation,
        "rejected",
        own,
        "rejected",
        evidence=True,
        version=version.number,
        reason=reason,
    )
    other = "payer" if own == "acting" else "acting"
    news = status(situation, INBOX, "facility", other, what="rejected", why=reason)
    closed = agreement.with_current(version.to("rejected"), closing_reason=reason)
    return Outcome(closed, (told, *news, *t.clear_all()))


PARTNERS: Final = ("acting", "payer")
DRAFT_MOVES: Final = (
    Move(
        name="offer",
        sources=("ACKNOWLEDGED", "UNDER_CLARIFICATION", *DRAFT_OUT),
        events=("offer", "agreement_offer"),
        target="DRAFT_SENT",
        who=("facility", "authority"),
        rules=("S0-R1", "S0-R14", "S0-R15", "S2-R11", "S4-R3"),
        guards=(*g.MAIL, g.RATES_COVER, g.STILL_VALID),
        act=_offer,
    ),
    Move(
        name="kommune_clarifies",
        sources=("DRAFT_SENT",),
        events=("clarify",),
        target="KOMMUNE_CLARIFYING",
        who=("authority",),
        rules=("S0-R16",),
        act=_clarify,
    ),
    Move(
        name="remind_kommune",
        sources=DRAFT_OUT,
        events=("deadline_passed",),
        deadline=t.DRAFT_ANSWER,
        target=None,
        who=("clock",),
        rules=("S0-R16",),
        act=remind_kommune,
    ),
    Move(
        name="expire_draft",
        sources=DRAFT_OUT,
        events=("deadline_passed",),
        deadline=t.DRAFT_VALIDITY,
        target="UNDER_CLARIFICATION",
        who=("clock",),
        reason="An offer that says how long it holds is no offer afterwards.",
        act=_expire,
    ),
    Move(
        name="return_draft",
        sources=DRAFT_OUT,
        events=("agreement_change_request",),
        target="UNDER_CLARIFICATION",
        who=PARTNERS,
        rules=("S0-R16",),
        guards=g.ANSWER,
        act=_return_draft,
    ),
    Move(
        name="reject",
        sources=DRAFT_OUT,
        events=("agreement_rejection",),
        target="REJECTED",
        who=PARTNERS,
        rules=("S0-R16",),
        guards=g.ANSWER,
        act=_reject,
    ),
)
