"""From the call to the published overview: collected, closed, consolidated, told to all.

A correction is a new version while the collection is open. What comes later is taken as late and
stands in the next overview.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workflows import timing
from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.effects import ClearDeadline, Effect, FileUnder, SendMail, SetDeadline
from workflows.letters import Key, alarm, letter, receipt
from workflows.participants import names, next_reminder, participants, secretariat, to_each
from workflows.procedures.capacity_report import guards as g
from workflows.procedures.capacity_report.cycle import (
    Cycle,
    Overview,
    Report,
)
from workflows.procedures.capacity_report.documents import overview_documents
from workflows.procedures.capacity_report.messages import CapacityReport, ReportCall
from workflows.procedures.capacity_report.money import totals_of
from workflows.procedures.capacity_report.settings import ReportSettings

FILED: Final = "capacity_reports"
"""Collections of a region are filed under its code, so that the next one finds them."""
DUE: Final = DeadlineRule("report_due", "reporter", rules=("S4-R8",))
REMINDER: Final = DeadlineRule(
    "report_reminder",
    "reporter",
    reason="Organisations that have not reported are reminded.",
    settings=("reminder_days",),
)
DEADLINES: Final = (DUE, REMINDER)
_OPEN: Final = ("CALLED", "COLLECTING")
_LATE: Final = ("CLOSED", "CONSOLIDATED", "PUBLISHED")
_WHO: Final = ("reporter", "authority")


def _call(situation: Situation) -> Outcome:
    body = situation.body(ReportCall)
    region = situation.policy.cooperation.region
    cycle = Cycle(
        title=body.title,
        period=body.period,
        region=region,
        called_on=situation.calendar.local_date(situation.event.at),
        closes_on=body.closes_on,
        reporters=participants(situation, "reporter"),
    )
    facts = {"title": cycle.title, "period": cycle.period, "due": cycle.closes_on}
    asked = to_each(situation, cycle.reporters, "called", "called", text=body.text or "", **facts)
    effects = (
        FileUnder(FILED, region),
        *asked,
        timing.on_date(situation, DUE, cycle.closes_on, "closes_on"),
        *_reminder(situation, cycle),
    )
    return Outcome(cycle, effects)


def _reminder(situation: Situation, cycle: Cycle) -> list[SetDeadline | ClearDeadline]:
    days = situation.settings(ReportSettings).reminder_days
    return next_reminder(situation, REMINDER, cycle.closes_on, days)


def _with_report(situation: Situation, *, late: bool) -> Cycle:
    cycle, body = situation.data(Cycle), situation.body(CapacityReport)
    before = cycle.latest(body.organisation)
    report = Report(
        organisation=body.organisation,
        version=before.version + 1 if before else 1,
        at=situation.event.at,
        late=late,
        contact=body.contact,
        remarks=body.remarks,
        rows=body.rows,
        source=situation.event.source,
    )
    return cycle.model_copy(update={"reports": (*cycle.reports, report)})


def _receipt(situation: Situation, cycle: Cycle, wording: str) -> list[SendMail]:
    report = cycle.reports[-1]
    totals = totals_of(report.rows)
    return receipt(
        situation,
        wording,
        title=cycle.title,
        period=cycle.period,
        version=report.version,
        n=len(report.rows),
        places=totals.places,
        occupied=totals.occupied,
        need=totals.expected_need,
        rate=totals.average_rate,
        expenditure=totals.expenditure,
        due=cycle.closes_on,
        corrected=Key("version.correction" if report.version > 1 else "version.first"),
    )


def _take(situation: Situation) -> Outcome:
    cycle = _with_report(situation, late=False)
    effects: list[Effect] = [*_receipt(situation, cycle, "report_received")]
    if not cycle.missing and situation.data(Cycle).missing:
        told = letter(
            situation,
            "notice",
            secretariat(situation),
            "all_there",
            title=cycle.title,
            due=cycle.closes_on,
        )
        effects += [told, ClearDeadline(REMINDER.name)]
    return Outcome(cycle, tuple(effects))


def _take_late(situation: Situation) -> Outcome:
    cycle = _with_report(situation, late=True)
    name = cycle.name_of(cycle.reports[-1].organisation)
    told = letter(
        situation,
        "notice",
        secretariat(situation),
        "late_arrived",
        organisation=name,
        title=cycle.title,
    )
    return Outcome(cycle, (*_receipt(situation, cycle, "report_late"), told))


def _remind(situation: Situation) -> Outcome:
    cycle = situation.data(Cycle)
    days = (cycle.closes_on - situation.calendar.local_date(situation.now)).days
    facts = {"title": cycle.title, "due": cycle.closes_on, "days": days}
    # After a standstill the day may be over; then the close itself tells who is missing.
    late = () if days < 0 else cycle.missing
    told = to_each(situation, late, "reminder", "reminder", **facts)
    return Outcome(cycle, (*told, *_reminder(situation, cycle)))


def _close(situation: Situation) -> Outcome:
    """Nobody is corrected any more; the secretariat is told who is missing."""
    cycle = situation.data(Cycle)
    facts: dict[str, Any] = {"title": cycle.title, "due": cycle.closes_on}
    own = letter(
        situation,
        "overdue" if cycle.missing else "notice",
        secretariat(situation),
        "closed",
        missing=names(cycle.missing),
        **facts,
    )
    told = to_each(situation, cycle.missing, "overdue", "closed_missing", **facts)
    alerts = [alarm(situation, "reports_missing")] if cycle.missing else []
    return Outcome(cycle, (own, *told, *alerts, *timing.clear(REMINDER)))


def _consolidate(situation: Situation) -> Outcome:
    """Make the overview of supply, need, occupancy, rates and expenditure (S4-R6 to S4-R8)."""
    cycle = situation.data(Cycle)
    counting = cycle.counting
    overview = Overview(
        number=len(cycle.overviews) + 1,
        at=situation.event.at,
        versions={report.organisation: report.version for report in counting},
        late=tuple(report.organisation for report in counting if report.late),
        missing=tuple(one.cvr for one in cycle.missing),
        totals=totals_of([row for report in counting for row in report.rows]),
    )
    cycle = cycle.model_copy(update={"overviews": (*cycle.overviews, overview)})
    told = letter(
        situation,
        "notice",
        secretariat(situation),
        "consolidated",
        documents=overview.documents,
        title=cycle.title,
        number_of=overview.number,
        reports=len(counting),
        asked=len(cycle.reporters),
        missing=names(cycle.missing),
    )
    return Outcome(cycle, (*overview_documents(situation, cycle, overview), told))


def _publish(situation: Situation) -> Outcome:
    """Tell all parties alike (S4-R8), those too that have not reported."""
    cycle = situation.data(Cycle)
    overview = cycle.overviews[-1]
    facts = {"title": cycle.title, "period": cycle.period, "number_of": overview.number}
    told = to_each(
        situation, cycle.reporters, "published", "published", documents=overview.documents, **facts
    )
    return Outcome(cycle, tuple(told))


def _finish(situation: Situation) -> Outcome:
    return Outcome(situation.data(Cycle))


def _report(
    name: str, sources: tuple[str, ...], target: str | None, act: Callable[[Situation], Outcome]
) -> Move:
    return Move(
        name=name,
        sources=sources,
        events=("capacity_report",),
        target=target,
        who=_WHO,
        rules=("S4-R8",),
        guards=g.REPORTING,
        act=act,
    )


def _act(name: str, event: str, sources: tuple[str, ...], target: str, **rest: Any) -> Move:
    return Move(
        name=name, sources=sources, events=(event,), target=target, who=("authority",), **rest
    )


def _passed(rule: DeadlineRule, name: str, target: str | None, **rest: Any) -> Move:
    return Move(
        name=name,
        sources=_OPEN,
        events=("deadline_passed",),
        deadline=rule.name,
        target=target,
        who=("clock",),
        **rest,
    )


MOVES: Final = (
    Move(
        name="call",
        sources=(None,),
        events=("report_call",),
        target="CALLED",
        who=("authority",),
        rules=("S4-R8",),
        guards=g.CALLING,
        settings=("reminder_days", "policy.cooperation.region"),
        act=_call,
    ),
    _report("take_first_report", ("CALLED",), "COLLECTING", _take),
    _report("take_report", ("COLLECTING",), None, _take),
    _report("take_late_report", _LATE, None, _take_late),
    _passed(REMINDER, "remind", None, reason=REMINDER.reason, act=_remind),
    _passed(DUE, "close", "CLOSED", rules=("S4-R8",), act=_close),
    _act(
        "consolidate",
        "consolidate",
        _LATE,
        "CONSOLIDATED",
        rules=("S4-R6", "S4-R8"),
        guards=(g.SOMETHING_REPORTED,),
        act=_consolidate,
    ),
    _act("publish", "publish", ("CONSOLIDATED",), "PUBLISHED", rules=("S4-R8",), act=_publish),
    _act(
        "finish",
        "finish",
        ("CLOSED", "PUBLISHED"),
        "FINISHED",
        reason="A collection that is over takes no more late reports.",
        act=_finish,
    ),
)
