"""What a caseworker notes, mends and takes up again: always by a further event, with its reason."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX
from workflows.letters import Month, alarm
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import (
    AGREED,
    OPEN,
    RUNNING,
    Agreement,
    Version,
)
from workflows.procedures.payment_agreement.booking import (
    PLAN_SETTINGS,
    effect_on,
    extended,
    open_month,
    replanned,
    watch_plan,
)
from workflows.procedures.payment_agreement.keeping import Remark
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.running import (
    CloseMonth,
    Correct,
    Misdirected,
    PhoneNote,
    Reopen,
)
from workflows.settlement import correction


def _remarked(situation: Situation, agreement: Agreement, kind: str, text: str) -> Agreement:
    actor = situation.event.actor
    remark = Remark.model_validate(
        {
            "kind": kind,
            "at": situation.event.at,
            "by": actor.person or actor.name,
            "text": text,
        }
    )
    return agreement.model_copy(update={"remarks": (*agreement.remarks, remark)})


def _note_call(situation: Situation) -> Outcome:
    body = situation.body(PhoneNote)
    text = f"{body.spoken_with}: {body.text}" if body.spoken_with else body.text
    return Outcome(_remarked(situation, situation.data(Agreement), "phone_note", text))


def _misdirect(situation: Situation) -> Outcome:
    body = situation.body(Misdirected)
    changed = _remarked(situation, situation.data(Agreement), "misdirected", body.what)
    told: list[Effect] = [alarm(situation, "misdirected")]
    if body.recipient is not None:
        told += news(
            situation,
            "misdirected",
            "misdirected",
            effect="misdirected",
            to=(body.recipient,),
        )
    return Outcome(changed, tuple(told))


def _correct(situation: Situation) -> Outcome:
    body, before = situation.body(Correct), situation.data(Agreement)
    changes: dict[str, object] = {}
    if body.start is not None:
        changes["start"] = body.start
    if body.end is not None and before.termination is not None:
        changes["termination"] = before.termination.model_copy(update={"end": body.end})
    after = _remarked(situation, before.model_copy(update=changes), "correct", body.reason)
    after = _with_line(situation, after, body) if body.amount else replanned(situation, after)
    parts = {"start": body.start, "end": body.end, "line": body.amount}
    told = news(
        situation,
        "corrected",
        ("corrected", *(f"corrected_{name}" for name, part in parts.items() if part is not None)),
        effect=effect_on(before, after),
        remark=body.reason,
        start=body.start,
        end=body.end,
        month=Month(body.month) if body.month else None,
        amount=body.amount,
    )
    effects: list[Effect] = [*told]
    if body.end is not None and situation.case and situation.case.state in RUNNING:
        effects.append(t.on_date(situation, t.AGREEMENT_END, body.end, "end.correct"))
    return Outcome(after, tuple(effects))


def _with_line(situation: Situation, agreement: Agreement, body: Correct) -> Agreement:
    """The amount stands beside the plan, in a month that is open, and says what it is for."""
    assert agreement.settlement is not None
    assert body.month is not None
    assert body.amount is not None
    rate = situation.wording.text("plan.rate", situation.reader("authority"))
    into = open_month(situation, agreement.settlement)
    line = correction(body.month, body.line or rate, body.amount, into, body.reason)
    return extended(situation, agreement, line)


def _close_month(situation: Situation) -> Outcome:
    month, agreement = situation.body(CloseMonth).month, situation.data(Agreement)
    return Outcome(replanned(situation, agreement, closed=month))


def _take_up(situation: Situation) -> Outcome:
    """A request that was closed is worked on again; a new offer is a new version."""
    agreement = situation.data(Agreement).model_copy(update={"closing_reason": None})
    return _reopened(situation, agreement, "taken_up", [t.watch_facility(situation)])


def _bring_back(situation: Situation) -> Outcome:
    """A cancelled agreement stands again as it was approved; settlement is started anew."""
    agreement = situation.data(Agreement)
    version = _was_in_force(agreement, "withdrawn")
    agreement = agreement.with_version(version.to("approved"), closing_reason=None)
    return _reopened(situation, agreement, "brought_back", [])


def _run_on(situation: Situation) -> Outcome:
    """An agreement that did not end after all: paid without a gap, as the terms say."""
    agreement = situation.data(Agreement)
    version = _was_in_force(agreement, "ended")
    agreement = agreement.with_version(version.to("active"), termination=None)
    assert agreement.settlement is not None
    running = replanned(situation, agreement)
    return _reopened(situation, running, "runs_on", [watch_plan(situation, running)])


def _was_in_force(agreement: Agreement, state: str) -> Version:
    """The version that was in force: a change that was still on its way came after it."""
    approved = (one for one in agreement.versions if one.approved_at is not None)
    return next(one for one in approved if one.state == state)


def _reopened(
    situation: Situation, agreement: Agreement, what: str, watch: list[Effect]
) -> Outcome:
    reason = situation.body(Reopen).reason
    told = news(
        situation,
        "reopened",
        what,
        effect=effect_on(situation.data(Agreement), agreement),
        remark=reason,
        to=("acting", "payer", "facility", INBOX),
    )
    return Outcome(_remarked(situation, agreement, "reopen", reason), (*told, *watch))


_OURS: Final = ("authority",)
CORRECTING_MOVES: Final = (
    Move(
        name="note_call",
        sources=(*OPEN, "ENDED", "DECLINED", "REJECTED", "WITHDRAWN", "CANCELLED"),
        events=("phone_note",),
        target=None,
        who=_OURS,
        rules=("S0-R5",),
        act=_note_call,
    ),
    Move(
        name="note_misdirected",
        sources=(*OPEN, "ENDED", "DECLINED", "REJECTED", "WITHDRAWN", "CANCELLED"),
        events=("misdirected",),
        target=None,
        who=_OURS,
        rules=("S0-R6",),
        act=_misdirect,
    ),
    Move(
        name="correct",
        sources=(*AGREED, "ENDED"),
        events=("correct",),
        target=None,
        who=_OURS,
        reason="A mistake is mended by a further event with its reason, never by an edit.",
        guards=(c.CORRECTS_SOMETHING, c.END_IS_KNOWN),
        settings=PLAN_SETTINGS,
        act=_correct,
    ),
    Move(
        name="close_month",
        sources=(*RUNNING, "ENDED"),
        events=("close_month",),
        target=None,
        who=_OURS,
        reason="What was invoiced is not changed afterwards.",
        guards=(c.MONTH_IS_OVER,),
        settings=("month_closing",),
        act=_close_month,
    ),
    Move(
        name="take_up_again",
        sources=("DECLINED", "REJECTED", "WITHDRAWN"),
        events=("reopen",),
        target="UNDER_CLARIFICATION",
        who=_OURS,
        reason="A case that was closed by mistake is taken up again, with its reason.",
        act=_take_up,
    ),
    Move(
        name="bring_back",
        sources=("CANCELLED",),
        events=("reopen",),
        target="CONFIRMED",
        who=_OURS,
        reason="An agreement that was cancelled by mistake stands as it was approved.",
        guards=(c.WAS_CONFIRMED,),
        act=_bring_back,
    ),
    Move(
        name="run_on",
        sources=("ENDED",),
        events=("reopen",),
        target="SETTLEMENT_ACTIVE",
        who=_OURS,
        reason="An end that was told by mistake is taken back.",
        guards=(c.NOT_OVER_BY_TERMS,),
        settings=PLAN_SETTINGS,
        act=_run_on,
    ),
)
