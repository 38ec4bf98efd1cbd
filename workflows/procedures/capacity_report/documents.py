"""The overview as documents: charts for reading, tables for working on (S4-R6, S4-R8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from parsers.identifiers import MunicipalityCode
from workflows.definition import Situation
from workflows.effects import MakeDocument
from workflows.procedures.capacity_report import money
from workflows.procedures.capacity_report.cycle import Cycle, Overview, Report
from workflows.procedures.capacity_report.messages import FacilityRow


def overview_documents(
    situation: Situation, cycle: Cycle, overview: Overview
) -> tuple[MakeDocument, ...]:
    """Return the three documents of an overview."""
    view = _View(situation, cycle, overview)
    pdf, table, book = overview.documents
    return (
        MakeDocument(pdf, view.report()),
        MakeDocument(table, view.plain({"table": view.long_table()})),
        MakeDocument(book, view.plain({"tables": view.sheets()})),
    )


class _View:
    """The views of one overview, in the language of the procedure's users."""

    def __init__(self, situation: Situation, cycle: Cycle, overview: Overview) -> None:
        self._situation = situation
        self._cycle = cycle
        self._overview = overview
        self._language = situation.procedure.language
        self._reports: tuple[Report, ...] = cycle.counting
        self._rows = tuple(row for report in self._reports for row in report.rows)
        self._groups = money.lines_by(self._rows, lambda row: row.target_group)
        self._places = money.lines_by(self._rows, lambda row: row.municipality.name)

    def words(self, key: str, **values: str) -> str:
        return self._situation.wording.text(f"document.{key}", self._language, values)

    def plain(self, tables: Mapping[str, Any]) -> dict[str, Any]:
        made = self._situation.calendar.local_date(self._overview.at)
        return {
            "title": f"{self._cycle.title}, {self._cycle.period}",
            "date": made.isoformat(),
            "language": self._language,
            "case": self._situation.number,
            "version": self._overview.number,
            **tables,
        }

    def report(self) -> dict[str, Any]:
        rest = {"subtitle": self.words("subtitle"), "sections": self._sections()}
        return self.plain(rest)

    def long_table(self) -> dict[str, Any]:
        """Every group by kind in one table, as a program reads it best."""
        kinds = (
            ("target_group", self._groups),
            ("municipality", self._places),
            ("operator", self._operators()),
            ("small_target_group", money.small_groups(self._rows)),
        )
        rows = [[self.words(kind), *self._cells(line)] for kind, lines in kinds for line in lines]
        return {"columns": [self.words("kind"), *self._columns("group")], "rows": rows}

    def sheets(self) -> list[dict[str, Any]]:
        return [
            self._sheet("target_group", self._groups),
            self._sheet("municipality", self._places),
            self._sheet("operator", self._operators()),
            self._sheet("small_target_group", money.small_groups(self._rows)),
            self._facilities(),
        ]

    def _sections(self) -> list[dict[str, Any]]:
        total = money.line_of(self.words("total"), self._rows)
        missing = [self._cycle.name_of(cvr) for cvr in self._overview.missing]
        late = [self._cycle.name_of(cvr) for cvr in self._overview.late]
        intro = [
            self.words(
                "intro",
                reports=str(len(self._reports)),
                asked=str(len(self._cycle.reporters)),
                facilities=str(len(self._rows)),
            )
        ]
        intro += [self.words("missing", names=", ".join(missing))] if missing else []
        intro += [self.words("late", names=", ".join(late))] if late else []
        sections = [
            self._section("summary", *({"text": text} for text in intro), self._table([total])),
            self._section(
                "supply_and_need",
                self._chart("by_group", self._groups, "places", "expected_need"),
                self._table(self._groups),
            ),
            self._section(
                "by_municipality",
                self._chart("occupancy", self._places, "occupancy"),
                self._chart("rates", self._places, "average_rate"),
                self._table(self._places),
            ),
            self._section(
                "spending",
                self._chart("expenditure_by_group", self._groups, "expenditure"),
                *self._development(),
            ),
            self._section("operator", self._table(self._operators())),
        ]
        small = money.small_groups(self._rows)
        if small:
            sections.append(self._section("small_target_group", self._table(small)))
        return sections

    def _section(self, key: str, *blocks: dict[str, Any]) -> dict[str, Any]:
        return {"heading": self.words(key), "blocks": list(blocks)}

    def _chart(self, title: str, lines: Sequence[money.Line], *fields: str) -> dict[str, Any]:
        series = [
            {"name": self.words(field), "values": [getattr(line, field) for line in lines]}
            for field in fields
        ]
        labels = [line.group for line in lines]
        chart = {"kind": "bar", "title": self.words(title), "labels": labels, "series": series}
        return {"chart": chart}

    def _development(self) -> list[dict[str, Any]]:
        """How rates and expenditure developed over the collections that were published before."""
        earlier = [
            (case.data.period, case.data.overviews[-1].totals)
            for case in self._situation.event.related
            if isinstance(case.data, Cycle) and case.data.overviews
        ]
        points = [*earlier, (self._cycle.period, self._overview.totals)]
        if len(points) == 1:
            return []
        labels = [period for period, _ in points]
        return [
            {
                "chart": {
                    "kind": "line",
                    "title": self.words(f"{field}_development"),
                    "labels": labels,
                    "series": [
                        {
                            "name": self.words(field),
                            "values": [getattr(totals, field) for _, totals in points],
                        }
                    ],
                }
            }
            for field in ("average_rate", "expenditure")
        ]

    def _operators(self) -> tuple[money.Line, ...]:
        return money.by_operator(self._rows)

    def _columns(self, first: str) -> list[str]:
        rest = (
            "places",
            "occupied",
            "occupancy",
            "expected_need",
            "gap",
            "average_rate",
            "rate_change",
            "expenditure",
        )
        return [self.words(key) for key in (first, *rest)]

    def _cells(self, line: money.Line) -> list[Any]:
        key = f"choice.rows.operator_type.{line.group}"
        wording = self._situation.wording
        known = wording.has(key, self._language)
        return [
            wording.text(key, self._language) if known else line.group,
            line.places,
            line.occupied,
            line.occupancy,
            line.expected_need,
            line.gap,
            line.average_rate,
            line.rate_change,
            line.expenditure,
        ]

    def _table(self, lines: Sequence[money.Line]) -> dict[str, Any]:
        rows = [self._cells(line) for line in lines]
        return {"table": {"columns": self._columns("group"), "rows": rows}}

    def _sheet(self, kind: str, lines: Sequence[money.Line]) -> dict[str, Any]:
        rows = [self._cells(line) for line in lines]
        return {"name": self.words(kind), "columns": self._columns("group"), "rows": rows}

    def _facilities(self) -> dict[str, Any]:
        """Every row as it was reported, with who reported it."""
        label = self._situation.wording.under("label", self._language)
        fields = tuple(FacilityRow.model_fields)
        rows = [
            [self._cycle.name_of(report.organisation), *(self._plain(row, f) for f in fields)]
            for report in self._reports
            for row in report.rows
        ]
        columns = [self.words("reported_by"), *(label[f"rows.{field}"] for field in fields)]
        return {"name": self.words("facilities"), "columns": columns, "rows": rows}

    def _plain(self, row: FacilityRow, field: str) -> Any:
        value = getattr(row, field)
        if isinstance(value, bool):
            return self.words("yes" if value else "no")
        if isinstance(value, MunicipalityCode):
            return value.name
        if field == "operator_type":
            key = f"choice.rows.operator_type.{value}"
            return self._situation.wording.text(key, self._language)
        return value
