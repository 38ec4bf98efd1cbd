"""Conditions without which an event is refused; one named guard each, with the rules it keeps."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.participants import kommuner, own_cvr, taking_part, unreachable
from workflows.procedures.capacity_report.cycle import Cycle
from workflows.procedures.capacity_report.messages import CapacityReport, ReportCall
from workflows.security import addressed_to_us, secure_enough


def _own_report(situation: Situation) -> Problem | None:
    """An organisation reports for itself, and only who is expected does."""
    named = situation.body(CapacityReport).organisation
    expected = {one.cvr for one in situation.data(Cycle).reporters}
    if own_cvr(situation) == named and named in expected:
        return None
    return Problem("sender.municipality", "organisation")


def _operators_fit(situation: Situation) -> tuple[Problem, ...] | None:
    """Whose a facility is follows from its operator's number (S4-R3)."""
    report, region = situation.body(CapacityReport), taking_part(situation).regional_council
    known = kommuner()
    found = []
    for at, row in enumerate(report.rows):
        fits = _operator_type(row.operator_cvr, report.organisation, region, known)
        if row.operator_type != fits:
            word = situation.wording.text(f"choice.rows.operator_type.{fits}", situation.reader())
            path = f"rows.{at}.operator_type"
            found.append(Problem("field.invalid", path, {"allowed": word}))
    return tuple(found)


def _operator_type(operator: str, reporter: str, region: str, known: Container[str]) -> str:
    """Return whose a facility is, seen from the organisation that reports it."""
    if operator == region:
        return "REGION"
    if operator == reporter:
        return "OWN"
    return "OTHER_KOMMUNE" if operator in known else "PRIVATE"


def _no_row_twice(situation: Situation) -> tuple[Problem, ...] | None:
    """The same offer twice would be counted twice."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for at, row in enumerate(situation.body(CapacityReport).rows):
        where = row.p_number or row.tilbudsportalen_id or row.facility.casefold()
        key = (where, row.municipality, row.target_group.casefold(), row.paragraphs)
        if key in seen:
            found.append(Problem("field.duplicate", f"rows.{at}.facility"))
        seen.add(key)
    return tuple(found)


def _closes_in_time(situation: Situation) -> Problem | None:
    today = situation.calendar.local_date(situation.event.at)
    if situation.body(ReportCall).closes_on > today:
        return None
    return Problem("field.invalid", "closes_on", {"expected": "range"})


def _somebody_asked(situation: Situation) -> tuple[Problem, ...]:
    """Everybody who is expected to report can be reached, or is the authority itself."""
    return unreachable(situation, "reporter", "title")


def _something_reported(situation: Situation) -> Problem | None:
    if situation.data(Cycle).counting:
        return None
    return Problem("field.missing", "reports")


SECURE: Final = secure_enough()
ADDRESSED: Final = addressed_to_us()
MAIL: Final = (SECURE, ADDRESSED)
CALLING: Final = (
    Guard("everybody_known", ("S4-R8",), _somebody_asked),
    Guard("closes_in_time", (), _closes_in_time),
)
REPORTING: Final = (
    *MAIL,
    Guard("own_report", ("S4-R8",), _own_report),
    Guard("operators_fit", ("S4-R3",), _operators_fit),
    Guard("no_row_twice", ("S4-R8",), _no_row_twice),
)
SOMETHING_REPORTED: Final = Guard("something_reported", (), _something_reported)
