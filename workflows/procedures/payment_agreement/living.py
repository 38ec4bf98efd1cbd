"""What happens while an agreement runs, and does not end it: each fact, and what it does."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.events import INBOX
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement.agreement import OPEN, Agreement
from workflows.procedures.payment_agreement.booking import (
    PLAN_SETTINGS,
    effect_on,
    replanned,
    today,
)
from workflows.procedures.payment_agreement.keeping import Absence
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.running import (
    AbsenceTold,
    AdmissionNotice,
    CaseworkerChange,
    MoveInConfirmed,
    StartChanged,
)

ADMISSION_DAYS: Final = 3
"""Working days within which an admission is told (SEL § 110, stk. 6); law, and no setting."""


def _move_in(situation: Situation) -> Outcome:
    body, before = situation.body(MoveInConfirmed), situation.data(Agreement)
    after = replanned(situation, before.model_copy(update={"moved_in": body.moved_in}))
    told = news(
        situation,
        "move_in_confirmed",
        "move_in_confirmed" if body.moved_in == before.first_day else "moved_in_otherwise",
        effect=effect_on(before, after),
        remark=body.remark,
        private=True,
        day=body.moved_in,
        agreed=before.first_day,
    )
    return Outcome(after, tuple(told))


def _change_start(situation: Situation) -> Outcome:
    body, before = situation.body(StartChanged), situation.data(Agreement)
    after = replanned(situation, before.model_copy(update={"start": body.start}))
    told = news(
        situation,
        "start_changed",
        "start_changed",
        effect=effect_on(before, after),
        remark=body.reason,
        day=body.start,
        agreed=before.first_day,
    )
    return Outcome(after, tuple(told))


def _be_away(situation: Situation) -> Outcome:
    body, before = situation.body(AbsenceTold), situation.data(Agreement)
    told_at = situation.event.at
    absence = Absence(first=body.first, last=body.last, told_at=told_at)
    others = tuple(one for one in before.absences if one.first != body.first)
    after = replanned(situation, before.model_copy(update={"absences": (*others, absence)}))
    told = news(
        situation,
        "absence",
        "absence" if body.last else "absence_open",
        effect=effect_on(before, after),
        private=True,
        day=body.first,
        last=body.last,
    )
    return Outcome(after, tuple(told))


def _change_caseworker(situation: Situation) -> Outcome:
    worker, before = situation.body(CaseworkerChange).caseworker, situation.data(Agreement)
    told = news(
        situation,
        "caseworker_change",
        "caseworker_change",
        to=("acting", "facility", INBOX),
        name=", ".join(part for part in (worker.name, worker.phone, worker.email) if part),
    )
    return Outcome(before.model_copy(update={"caseworker": worker}), tuple(told))


def _admit(situation: Situation) -> Outcome:
    body, before = situation.body(AdmissionNotice), situation.data(Agreement)
    last = situation.calendar.add_working_days(body.admitted, ADMISSION_DAYS).due
    late = today(situation) > last
    told = news(
        situation,
        "admission_notice",
        "admitted_late" if late else "admitted",
        to=("acting", "facility", INBOX),
        remark=body.remark,
        day=body.admitted,
        last=last,
        told=today(situation),
    )
    return Outcome(before.model_copy(update={"admitted": body.admitted}), tuple(told))


_SIDES: Final = ("acting", "facility", "authority")
_BEFORE_THE_END: Final = ("CONFIRMED", "SETTLEMENT_ACTIVE")
LIVING_MOVES: Final = (
    Move(
        name="confirm_move_in",
        sources=("CONFIRMED", "SETTLEMENT_ACTIVE", "TERMINATING"),
        events=("move_in_confirmed",),
        target=None,
        who=_SIDES,
        reason="Both sides know on which day the citizen came; the setting says what it changes.",
        guards=(*g.MAIL, c.NOT_IN_THE_FUTURE),
        settings=("plan_start", *PLAN_SETTINGS),
        act=_move_in,
    ),
    Move(
        name="change_start",
        sources=_BEFORE_THE_END,
        events=("start_changed",),
        target=None,
        who=_SIDES,
        reason="A stay that begins on another day is paid from that day.",
        guards=(*g.MAIL, c.START_BY_PAYER, c.START_BEFORE_END),
        settings=PLAN_SETTINGS,
        act=_change_start,
    ),
    Move(
        name="note_absence",
        sources=("SETTLEMENT_ACTIVE", "TERMINATING"),
        events=("absence",),
        target=None,
        who=_SIDES,
        reason="Absence is told to both; the setting says whether the rate is lower meanwhile.",
        guards=(*g.MAIL, c.ABSENT_WITHIN, c.ABSENT_ONCE),
        settings=("absence_percent", "absence_full_days", *PLAN_SETTINGS),
        act=_be_away,
    ),
    Move(
        name="change_caseworker",
        sources=OPEN,
        events=("caseworker_change",),
        target=None,
        who=("acting", "authority"),
        reason="The facility knows whom to ask.",
        guards=g.MAIL,
        act=_change_caseworker,
    ),
    Move(
        name="tell_admission",
        sources=OPEN,
        events=("admission_notice",),
        target=None,
        who=("facility", "authority"),
        reason="SEL § 110, stk. 6: within three working days; lateness is told, not refused.",
        guards=(*g.MAIL, c.UNDER_110, c.NOT_IN_THE_FUTURE),
        act=_admit,
    ),
)
