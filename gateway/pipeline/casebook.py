"""The cases of one batch: opened once, changed in memory, written once.

Several events of a batch often belong to one case (two notices accepted, a reply and its deadline).
Each sees what the one before made, without the database in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from gateway.errors import Refused
from gateway.store import cases
from gateway.store import tables as t
from gateway.store.links import Links
from gateway.store.unit import Unit
from workflows.definition import BY_NUMBER, Procedure
from workflows.engine import AUTHORITY, Case


@dataclass
class Due:
    """A deadline that is waited for: a row of the database, or one that is staged."""

    due: datetime
    name: str
    who: str
    ident: int | None
    staged: dict[str, Any] | None = None


@dataclass
class OpenCase:
    """A case as it stands within the batch."""

    case: Case
    procedure: Procedure
    version: int
    about: Mapping[str, Any]
    references: Mapping[str, str]
    waiting: dict[str, Due] = field(default_factory=dict)


class Casebook:
    """Opens cases and writes them back; one for a batch."""

    def __init__(
        self, unit: Unit, procedures: Mapping[str, Procedure], prefix: str, year: int
    ) -> None:
        self._unit = unit
        self._series = (prefix, year)
        self._procedures = procedures
        self._open: dict[str, OpenCase] = {}
        self._links = Links(unit)
        self._count: int | None = None

    def open_all(self, numbers: Sequence[str]) -> None:
        """Read some cases together."""
        missing = [number for number in numbers if number not in self._open]
        if not missing:
            return
        waiting = cases.waiting_deadlines(self._unit, missing)
        for kept in cases.load_all(self._unit, missing):
            procedure = self._procedures[kept.body["case"]["procedure"]]
            dues = {
                row.name: Due(row.due, row.name, row.who, row.id)
                for row in waiting
                if row.number == kept.number
            }
            self._open[kept.number] = OpenCase(
                case=Case.from_json(procedure, kept.body["case"]),
                procedure=procedure,
                version=kept.version,
                about=kept.about,
                references=kept.body["references"],
                waiting=dues,
            )

    def open(self, number: str) -> OpenCase | None:
        """One case as it stands now."""
        self.open_all([number])
        return self._open.get(number)

    def related(
        self, procedure: Procedure, case: Case | None, event: str, body: BaseModel
    ) -> tuple[Case, ...]:
        """The other cases that a procedure's relations ask for, in the order of their numbers."""
        numbers: set[str] = set()
        for relation in procedure.relations:
            value = relation.value(case, body) if event in relation.events else None
            if value is not None:
                wanted = relation.procedures or tuple(self._procedures)
                numbers.update(self._found(relation.kind, value, wanted))
        numbers -= {case.number} if case else set()
        self.open_all(sorted(numbers))
        return tuple(self._open[number].case for number in sorted(numbers))

    def _found(self, kind: str, value: str, procedures: Sequence[str]) -> list[str]:
        if kind != BY_NUMBER:
            return self._links.find(kind, value, procedures)
        opened = self.open(value)
        return [value] if opened and opened.procedure.name in procedures else []

    def file_under(self, opened: OpenCase, kind: str, value: str) -> None:
        """Let a case be found through a value."""
        case, is_new = opened.case, opened.version == 1
        self._links.file_under(case.number, case.procedure, kind, value, is_new=is_new)

    def forget(self) -> None:
        """Open everything anew: a part was taken back, and what it changed here with it."""
        self._unit.flush()
        self._open.clear()
        self._links.forget()
        self._count = None

    def next_number(self) -> str:
        """The number that the next case gets."""
        if self._count is None:
            self._count = cases.last_number(self._unit, *self._series)
        return cases.number_text(*self._series, self._count + 1)

    def take_number(self) -> None:
        """Let the next case get another one."""
        assert self._count is not None
        self._count += 1
        cases.keep_last_number(self._unit, *self._series, self._count)

    def add(self, opened: OpenCase) -> None:
        """Write a new case."""
        case = opened.case
        facility = case.party("facility")
        partner = next((p for p in case.parties if p.role not in {AUTHORITY, "facility"}), None)
        self._open[case.number] = opened
        self._unit.stage(
            t.cases,
            number=case.number,
            procedure=case.procedure,
            state=case.state,
            opened_at=case.opened_at,
            partner=partner.key if partner and "." not in partner.role else "",
            facility=facility.key if facility else None,
            version=opened.version,
            body_sealed=self._sealed(opened),
            about_sealed=self._about(opened),
        )

    def save(self, opened: OpenCase, *, moved_by_mail: bool) -> None:
        """Write a case that has changed; `about` only where it has."""
        opened.version += 1
        about = {"about_sealed": self._about(opened)} if moved_by_mail else {}
        self._unit.change(
            t.cases,
            "number",
            opened.case.number,
            state=opened.case.state,
            version=opened.version,
            body_sealed=self._sealed(opened),
            **about,
        )

    def _about(self, opened: OpenCase) -> bytes:
        return self._unit.seal_json(opened.about, cases.about_context(opened.case.number))

    def _sealed(self, opened: OpenCase) -> bytes:
        body = {
            "case": opened.case.to_json(),
            "references": dict(opened.references),
        }
        return self._unit.seal_json(body, cases.case_context(opened.case.number))

    def set_deadline(self, opened: OpenCase, row: Mapping[str, Any], now: datetime) -> None:
        """Wait for a deadline; one of the same name before it is over."""
        self.end_deadline(opened, row["name"], now)
        staged = self._unit.stage(
            t.deadlines,
            number=opened.case.number,
            state="waiting",
            set_at=now,
            ended_at=None,
            **row,
        )
        opened.waiting[row["name"]] = Due(row["due"], row["name"], row["who"], None, staged)

    def end_deadline(self, opened: OpenCase, name: str, now: datetime) -> None:
        """Wait for it no more: it was met, or has lost its sense."""
        due = opened.waiting.pop(name, None)
        if due is None:
            return
        if due.staged is not None:
            due.staged |= {"state": "met", "ended_at": now}
        else:
            self._unit.change(t.deadlines, "id", due.ident, state="met", ended_at=now)


def no_case(number: str) -> Refused:
    """The error for a number that no case has."""
    return Refused(f"There is no case {number}; `case list` shows all.")
