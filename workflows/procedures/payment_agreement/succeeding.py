"""From the approval of a change to the day on which it takes effect, exactly.

The version before it settles to the day before, the new one from that day on; no day is lost, none
is paid twice. As in step 10 of the seed, nothing of it is settled before the confirmation has been
delivered (S0-R19); where the day has passed by then, the difference is a line of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX, Delivery
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import (
    RUNNING,
    Agreement,
    Version,
    in_force,
    latest,
)
from workflows.procedures.payment_agreement.amending import awaits_answer
from workflows.procedures.payment_agreement.approving import (
    confirmation,
    register_first,
    watch_confirmation,
    with_approval,
)
from workflows.procedures.payment_agreement.booking import (
    PLAN_SETTINGS,
    replanned,
    stretches_of,
    today,
    watch_plan,
)
from workflows.procedures.payment_agreement.draft import awaited, backdated
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.plan import stretch_of, succeeded
from workflows.procedures.payment_agreement.transferring import (
    moved_parties,
    old_and_new,
    with_parties,
)


def _is_answerable(situation: Situation) -> bool:
    agreement = situation.data(Agreement)
    if not awaits_answer(situation):
        return False
    return not latest(agreement).approved_by(g.approving_role(situation))


def _awaits_confirmation(situation: Situation) -> bool:
    change = situation.data(Agreement).change
    to_inbox = situation.body(Delivery).role == INBOX
    return to_inbox and change is not None and _is_unconfirmed(change)


def _is_unconfirmed(change: Version) -> bool:
    return change.state == "approved" and change.confirmed is None


def _approve(situation: Situation) -> Outcome:
    version = with_approval(situation)
    if awaited(situation, version):
        return register_first(situation)
    early = backdated(situation, version.terms.start)
    changes = {"approved_at": situation.event.at, "backdated": early}
    version = version.to("approved").model_copy(update=changes)
    agreement = situation.data(Agreement).with_current(version).reminded(t.CONFIRMATION, 0)
    if agreement.transfer is not None:
        accepted = agreement.transfer.model_copy(update={"accepted": True})
        agreement = agreement.model_copy(update={"transfer": accepted})
    told = news(
        situation,
        "approved",
        f"{version.purpose}_approved",
        effect="until_then",
        to=("acting", "payer", "successor", "facility"),
        version=version.number,
        digest=version.digest,
        day=version.terms.start,
    )
    effects: list[Effect] = [
        confirmation(situation, version),
        *told,
        *t.clear(t.DRAFT_ANSWER, t.DRAFT_VALIDITY),
        watch_confirmation(situation),
    ]
    return Outcome(agreement, tuple(effects))


def _confirm(situation: Situation) -> Outcome:
    agreement, delivery = situation.data(Agreement), situation.body(Delivery)
    version = latest(agreement).model_copy(update={"confirmed": delivery.evidence})
    agreement = agreement.with_current(version)
    told = news(
        situation,
        "confirmed",
        f"{version.purpose}_confirmed",
        effect="takes_effect",
        to=("acting", "payer", "successor"),
        version=version.number,
        day=version.terms.start,
    )
    effects: list[Effect] = [*told, *t.clear(t.CONFIRMATION)]
    planned = _planned(situation, agreement, version)
    if version.terms.start > today(situation):
        eve = version.terms.start - timedelta(days=1)
        watch = t.on_date(situation, t.CHANGE_EFFECT, eve, f"change.{version.purpose}")
        return Outcome(planned, (*effects, *_watch(situation, planned), watch))
    outcome = _in_effect(situation, planned)
    return Outcome(outcome.data, (*effects, *outcome.effects), outcome.parties)


def _watch(situation: Situation, planned: Agreement) -> list[Effect]:
    """The end that the change says, unless notice has already set one."""
    return [] if planned.termination is not None else [watch_plan(situation, planned)]


def _planned(situation: Situation, agreement: Agreement, version: Version) -> Agreement:
    """Split the plan at the first day of the change."""
    before = stretches_of(agreement)
    payer = before[-1].payer
    if agreement.transfer is not None:
        payer = agreement.transfer.successor
    new = stretch_of(version.terms, version.number, payer=payer)
    why = f"change.{version.purpose}"
    return replanned(situation, agreement, why, stretches=succeeded(before, new))


def _take_effect(situation: Situation) -> Outcome:
    return _in_effect(situation, situation.data(Agreement))


def _in_effect(situation: Situation, agreement: Agreement) -> Outcome:
    """The new version is the one in force; of a transfer, the new kommune takes part."""
    version = latest(agreement)
    moved = agreement.transfer
    names = old_and_new(situation, moved)
    parties = moved_parties(situation) if moved is not None else situation.parties
    former = tuple(one.role for one in parties if one not in situation.parties)
    told = news(
        with_parties(situation, parties),
        "changed",
        f"{version.purpose}_in_effect",
        effect="plan",
        to=tuple(dict.fromkeys(("acting", "payer", *former, "facility", INBOX))),
        version=version.number,
        day=version.terms.start,
        old=names.get("old"),
        new=names.get("new"),
    )
    agreement = agreement.with_version(in_force(agreement).to("superseded"))
    agreement = agreement.with_version(version.to("active"))
    agreement = agreement.model_copy(update={"transfer": None})
    watch = _watch(situation, agreement)
    return Outcome(agreement, (*told, *t.clear(t.CHANGE_EFFECT), *watch), parties)


_SETTLED: Final = ("S0-R17", "S0-R18")
SUCCEEDING_MOVES: Final = (
    Move(
        name="approve_change",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_approval",),
        when=_is_answerable,
        target=None,
        who=("acting", "payer", "successor"),
        rules=_SETTLED,
        guards=(*g.APPROVAL, c.IS_ASKED),
        settings=("policy.approval_by",),
        act=_approve,
    ),
    Move(
        name="register_change",
        sources=("SETTLEMENT_ACTIVE",),
        events=("register_approval",),
        when=_is_answerable,
        target=None,
        who=("authority",),
        rules=_SETTLED,
        guards=(*g.REGISTERED, c.IS_ASKED),
        settings=("policy.approval_by",),
        act=_approve,
    ),
    Move(
        name="confirm_change",
        sources=RUNNING,
        events=("confirmation_accepted",),
        when=_awaits_confirmation,
        target=None,
        who=("gateway",),
        rules=("S0-R18", "S0-R19"),
        settings=PLAN_SETTINGS,
        act=_confirm,
    ),
    Move(
        name="take_effect",
        sources=RUNNING,
        events=("deadline_passed",),
        deadline=t.CHANGE_EFFECT,
        target=None,
        who=("clock",),
        reason="The active version settles until its successor takes effect.",
        act=_take_effect,
    ),
)
