"""A change of an agreement that settles: a wish of the kommune, or new terms of the facility.

New terms are version n + 1 with its own digest, approved as the first was. Until it takes effect
the version before it settles, and goes on settling where the change is turned down or runs out.
"""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.errors import WrongEvent
from workflows.events import INBOX
from workflows.letters import Key, forward
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import Agreement, Version, latest
from workflows.procedures.payment_agreement.amended import amended_terms
from workflows.procedures.payment_agreement.drafting import PARTNERS, remind_kommune
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.messages import (
    AgreementChangeRequest,
    AgreementRejection,
)
from workflows.procedures.payment_agreement.proposing import proposed
from workflows.procedures.payment_agreement.running import AgreementAmendment


def by_kommune(situation: Situation) -> bool:
    """Whether a kommune wishes the change, and does not offer it."""
    return situation.event.actor.role in PARTNERS


def awaits_answer(situation: Situation) -> bool:
    """Whether a change has been sent and nobody has decided about it yet."""
    change = situation.data(Agreement).change
    return change is not None and change.state == "sent"


def _wish(situation: Situation) -> Outcome:
    body = situation.body(AgreementAmendment)
    wanted = _named(situation, body)
    told = news(
        situation,
        "amendment",
        ("amendment_wished", "wished_terms") if wanted else "amendment_wished",
        effect="wish",
        remark=body.reason,
        day=body.effective,
        fields=wanted,
    )
    return Outcome(situation.data(Agreement), (*told, *forward(situation, "facility")))


def _named(situation: Situation, body: AgreementAmendment) -> tuple[Key, ...]:
    """Return what people call the terms that a wish names."""
    names = (name for name in AgreementAmendment.model_fields if name in body.model_fields_set)
    wording = situation.wording
    return tuple(
        Key(f"group.{name}" if wording.has(f"group.{name}", "da") else f"label.{name}")
        for name in names
        if name not in {"reason", "effective"}
    )


def _amend(situation: Situation) -> Outcome:
    body, agreement = situation.body(AgreementAmendment), situation.data(Agreement)
    terms = amended_terms(agreement, body)
    if terms is None:
        raise WrongEvent("the rates do not cover the period")
    changed, effects = proposed(situation, agreement, terms, "amendment", reason=body.reason)
    told = news(
        situation,
        "received",
        "amendment_sent",
        effect="until_then",
        to=("facility", INBOX),
        day=body.effective,
        version=latest(changed).number,
    )
    return Outcome(changed, (*effects, *told, *forward(situation, "acting")))


def turned_down(situation: Situation, version: Version) -> Agreement:
    """Return the agreement without the change; the version in force goes on."""
    return situation.data(Agreement).with_version(version, transfer=None)


def _return_change(situation: Situation) -> Outcome:
    body = situation.body(AgreementChangeRequest)
    version = latest(situation.data(Agreement))
    return _fallen(situation, version.to("returned"), "amendment_returned", body.text)


def _reject_change(situation: Situation) -> Outcome:
    body = situation.body(AgreementRejection)
    version = latest(situation.data(Agreement))
    return _fallen(situation, version.to("rejected"), "amendment_rejected", body.reason)


def _expire_change(situation: Situation) -> Outcome:
    version = latest(situation.data(Agreement))
    return _fallen(situation, version.to("expired"), "amendment_expired", None)


def _fallen(situation: Situation, version: Version, what: str, remark: str | None) -> Outcome:
    extra = ("successor",) if version.purpose == "transfer" else ()
    told = news(
        situation,
        version.state,
        what,
        effect="goes_on",
        remark=remark,
        to=("acting", "payer", "facility", INBOX, *extra),
        version=version.number,
    )
    parties = tuple(one for one in situation.parties if one.role != "successor")
    over = t.clear(t.DRAFT_ANSWER, t.DRAFT_VALIDITY)
    return Outcome(turned_down(situation, version), (*told, *over), parties)


_ASKED: Final = ("acting", "payer", "successor")
AMENDING_MOVES: Final = (
    Move(
        name="wish_amendment",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_amendment",),
        when=by_kommune,
        target=None,
        who=PARTNERS,
        reason="What a kommune needs changed goes to the facility, which offers it or not.",
        guards=g.MAIL,
        act=_wish,
    ),
    Move(
        name="amend",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_amendment",),
        target=None,
        who=("facility", "authority"),
        rules=("S0-R14", "S0-R15"),
        guards=(
            *g.MAIL,
            c.NAMES_TERMS,
            c.WITHIN_AGREEMENT,
            c.AMENDED_RATES_COVER,
            c.AMENDMENT_VALID,
            c.NO_CHANGE_APPROVED,
            c.NO_TRANSFER_PENDING,
        ),
        act=_amend,
    ),
    Move(
        name="return_amendment",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_change_request",),
        when=awaits_answer,
        target=None,
        who=_ASKED,
        rules=("S0-R16",),
        guards=c.ANSWER_TO_CHANGE,
        act=_return_change,
    ),
    Move(
        name="reject_amendment",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_rejection",),
        when=awaits_answer,
        target=None,
        who=_ASKED,
        rules=("S0-R16",),
        guards=c.ANSWER_TO_CHANGE,
        act=_reject_change,
    ),
    Move(
        name="remind_amendment",
        sources=("SETTLEMENT_ACTIVE",),
        events=("deadline_passed",),
        deadline=t.DRAFT_ANSWER,
        target=None,
        who=("clock",),
        rules=("S0-R16",),
        act=remind_kommune,
    ),
    Move(
        name="expire_amendment",
        sources=("SETTLEMENT_ACTIVE",),
        events=("deadline_passed",),
        deadline=t.DRAFT_VALIDITY,
        target=None,
        who=("clock",),
        reason="An offer that says how long it holds is no offer afterwards; the old terms go on.",
        act=_expire_change,
    ),
)
