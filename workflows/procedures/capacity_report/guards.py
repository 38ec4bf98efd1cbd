"""Conditions without which an event is refused; one named guard each, with the rules it keeps."""

from __future__ import annotations

from typing import Final

from parsers.identifiers import MUNICIPALITIES
from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.events import AUTHORITY
from workflows.participants import taking_part
from workflows.procedures.capacity_report.cycle import Cycle
from workflows.procedures.capacity_report.messages import CapacityReport, FacilityRow, ReportCall
from workflows.security import addressed_to_us, secure_enough

_KOMMUNER: Final = frozenset(row.cvr for row in MUNICIPALITIES.values())


def _own_report(situation: Situation) -> Problem | None:
    """An organisation reports for itself, and only who is expected does."""
    named = situation.body(CapacityReport).organisation
    party = situation.party(situation.event.actor.role)
    expected = {one.cvr for one in situation.data(Cycle).reporters}
    if party is not None and party.cvr == named and named in expected:
        return None
    return Problem("sender.municipality", "organisation")


def _operators_fit(situation: Situation) -> tuple[Problem, ...] | None:
    """Whose a facility is follows from its operator's number (S4-R3)."""
    report, region = situation.body(CapacityReport), taking_part(situation).regional_council
    label = _label(situation, "operator_type")
    found = []
    for at, row in enumerate(report.rows):
        fits = operator_type(row, report.organisation, region)
        if row.operator_type != fits:
            params = {"label": label, "expected": "choice", "allowed": fits}
            found.append(Problem("field.invalid", f"rows.{at}.operator_type", params))
    return tuple(found)


def operator_type(row: FacilityRow, reporter: str, region: str) -> str:
    """Return whose a facility is, seen from the organisation that reports it."""
    if row.operator_cvr == region:
        return "REGION"
    if row.operator_cvr == reporter:
        return "OWN"
    return "OTHER_KOMMUNE" if row.operator_cvr in _KOMMUNER else "PRIVATE"


def _no_row_twice(situation: Situation) -> tuple[Problem, ...] | None:
    """The same offer twice would be counted twice."""
    seen: set[tuple[str, ...]] = set()
    found = []
    for at, row in enumerate(situation.body(CapacityReport).rows):
        where = row.p_number or row.tilbudsportalen_id or row.facility.casefold()
        key = (where, row.municipality, row.target_group.casefold(), row.paragraphs)
        if key in seen:
            label = {"label": _label(situation, "facility")}
            found.append(Problem("field.duplicate", f"rows.{at}.facility", label))
        seen.add(key)
    return tuple(found)


def _closes_in_time(situation: Situation) -> Problem | None:
    today = situation.calendar.local_date(situation.event.at)
    if situation.body(ReportCall).closes_on > today:
        return None
    return Problem("field.invalid", "closes_on", {"expected": "range"})


def _somebody_asked(situation: Situation) -> tuple[Problem, ...] | None:
    """Everybody who is expected to report can be reached, or is the authority itself."""
    known = {party.cvr for party in situation.parties if party.role.startswith("reporter.")}
    authority = situation.party(AUTHORITY)
    known |= {authority.cvr} if authority else set()
    wanted = taking_part(situation).organisations
    unknown = [cvr for cvr in wanted if cvr not in known]
    return tuple(Problem("partner.unknown", "title", {"label": cvr}) for cvr in unknown)


def _something_reported(situation: Situation) -> Problem | None:
    if situation.data(Cycle).counting:
        return None
    return Problem("field.missing", "reports")


def _label(situation: Situation, field: str) -> str:
    return situation.wording.text(f"label.rows.{field}", situation.reader())


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
