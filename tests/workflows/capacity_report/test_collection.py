"""Reports on capacity and rates, collected from all twenty organisations (S4, P2)."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.cooperating import REGION, VIBORG, Stage, kommuner
from workflows.catalogue import procedures
from workflows.engine import Alert, FileUnder, MakeDocument
from workflows.procedures.capacity_report import money
from workflows.procedures.capacity_report.messages import CapacityReport, FacilityRow

PROCEDURE = procedures()["capacity_report"]
REPORTERS = kommuner("reporter")
AARHUS = next(one for one in REPORTERS if one.municipality == "0751")
SKIVE = next(one for one in REPORTERS if one.municipality == "0779")
ROW: dict[str, Any] = {
    "facility": "Granbo",
    "operator_cvr": AARHUS.cvr,
    "operator_type": "OWN",
    "municipality": "0751",
    "paragraphs": "SEL § 107",
    "target_group": "Autisme",
    "places": 10,
    "occupied": 9,
    "expected_need": 12,
    "rate": "1845.50",
}


def called(**body: Any) -> Stage:
    said = {"title": "Kapacitet og takster", "period": "2027", "closes_on": "2026-05-01"}
    stage = Stage(PROCEDURE, (REGION, VIBORG, *REPORTERS))
    return stage.happens("report_call", "authority", said | body)


def report(stage: Stage, who: Any = AARHUS, *rows: dict[str, Any], **body: Any) -> Stage:
    given_rows = [ROW | {"operator_cvr": who.cvr} | row for row in (rows or ({},))]
    said = {"organisation": who.cvr, "contact": "Kim Kontakt", "rows": given_rows} | body
    return stage.happens("capacity_report", who.role, said)


def test_a_report_is_read_as_json_strictly_as_the_gateway_reads_it() -> None:
    written = json.dumps({"organisation": AARHUS.cvr, "contact": "Kim Kontakt", "rows": [ROW]})
    found = CapacityReport.model_validate_json(written, strict=True)
    assert found.rows[0].rate == Decimal("1845.50")


def consolidated() -> Stage:
    stage = called()
    report(stage, AARHUS, {}, {"target_group": "Hjerneskade", "p_number": "1003256789"})
    report(stage, SKIVE, {"municipality": "0779", "places": 2, "occupied": 2, "rate": "2000.00"})
    return stage.passed("report_due").happens("consolidate", "authority")


@pytest.mark.rule("S4-R8")
def test_everybody_is_called_collected_closed_consolidated_and_told() -> None:
    stage = called()
    assert stage.state == "CALLED"
    assert stage.told("called") == [*(one.role for one in REPORTERS), "inbox"]
    assert report(stage).state == "COLLECTING"
    stage.passed("report_due")
    assert stage.state == "CLOSED"
    stage.happens("consolidate", "authority")
    assert stage.state == "CONSOLIDATED"
    names = [one.key for one in stage.effects(MakeDocument)]
    assert names == ["overview-1.pdf", "overview-1.csv", "overview-1.xlsx"]
    stage.happens("publish", "authority")
    assert stage.state == "PUBLISHED"
    assert len(stage.told("published")) == 20
    assert stage.mail("published").documents == tuple(names)
    assert stage.happens("finish", "authority").state == "FINISHED"


@pytest.mark.rule("S4-R8")
def test_a_call_reaches_everybody_or_is_not_made() -> None:
    stage = Stage(PROCEDURE, (REGION, VIBORG, *REPORTERS[1:]))
    said = {"title": "Kapacitet", "period": "2027", "closes_on": "2026-05-01"}
    assert stage.happens("report_call", "authority", said).codes == ["partner.unknown"]


def test_a_collection_closes_after_today() -> None:
    assert called(closes_on="2026-03-02").codes == ["field.invalid"]


@pytest.mark.rule("S4-R8")
def test_an_organisation_reports_for_itself() -> None:
    stage = called()
    assert report(stage, AARHUS, organisation=SKIVE.cvr).places[0] == "organisation"
    assert stage.codes[0] == "sender.municipality"
    assert stage.data.reports == ()


def test_the_authority_reports_by_an_act() -> None:
    stage = report(called(), REGION, {"operator_type": "REGION"})
    assert stage.state == "COLLECTING"
    assert stage.sent() == []


@pytest.mark.rule("S4-R3")
def test_whose_a_facility_is_follows_from_its_operator() -> None:
    stage = called()
    wrong = [
        {"operator_type": "PRIVATE"},
        {"operator_cvr": SKIVE.cvr, "facility": "B"},
        {"operator_cvr": REGION.cvr, "facility": "C", "operator_type": "PRIVATE"},
        {"operator_cvr": "25775635", "facility": "D", "operator_type": "PRIVATE"},
    ]
    report(stage, AARHUS, *wrong)
    assert stage.places == [f"rows.{at}.operator_type" for at in (0, 1, 2)]
    assert [p.params["allowed"] for p in stage.last.refused] == [
        "Eget tilbud",
        "Anden kommune",
        "Region",
    ]


@pytest.mark.rule("S4-R8")
def test_the_same_offer_is_never_counted_twice() -> None:
    stage = report(called(), AARHUS, {}, {"facility": "GRANBO"}, {"target_group": "Andre"})
    assert (stage.codes, stage.places) == (["field.duplicate"], ["rows.1.facility"])


def test_all_faults_of_all_rows_are_told_at_once() -> None:
    rows = [
        ROW | {"rate_basis": "1000.00", "rate_service": "845.00"},
        ROW | {"places": -1, "rate": "mange"},
        ROW | {"occupied": 11},
    ]
    with pytest.raises(ValueError, match="4 validation errors") as caught:
        CapacityReport.model_validate({"organisation": AARHUS.cvr, "contact": "K", "rows": rows})
    found = {tuple(one["loc"]) for one in caught.value.errors()}  # type: ignore[attr-defined]
    assert found == {
        ("rows", 0, "rate_service"),
        ("rows", 1, "places"),
        ("rows", 1, "rate"),
        ("rows", 2, "remarks"),
    }


def test_a_report_without_rows_is_told_so() -> None:
    with pytest.raises(ValueError, match="a report has rows"):
        CapacityReport.model_validate({"organisation": AARHUS.cvr, "contact": "K", "rows": []})


@pytest.mark.rule("S4-R8")
def test_a_correction_is_a_new_version_and_both_are_kept() -> None:
    stage = report(report(called()), AARHUS, {"places": 11})
    assert [one.version for one in stage.data.reports] == [1, 2]
    assert stage.data.latest(AARHUS.cvr).rows[0].places == 11
    assert "erstatter" in stage.mail("report_received").values["corrected"]


@pytest.mark.rule("S4-R8")
def test_what_comes_after_the_close_is_late_and_stands_in_the_next_overview() -> None:
    stage = consolidated()
    report(stage, SKIVE, {"municipality": "0779", "places": 5, "occupied": 4})
    assert stage.state == "CONSOLIDATED"
    assert stage.told("report_late") == [SKIVE.role]
    assert stage.data.overviews[0].totals.places == 22
    stage.happens("consolidate", "authority")
    second = stage.data.overviews[1]
    assert (second.totals.places, second.late) == (25, (SKIVE.cvr,))
    assert next(one.key for one in stage.effects(MakeDocument)) == "overview-2.pdf"


@pytest.mark.rule("S4-R8")
def test_who_is_missing_is_listed_when_the_collection_closes() -> None:
    stage = called()
    for party in (*REPORTERS, REGION):
        if party not in {AARHUS, SKIVE}:
            report(stage, party, {"operator_type": "REGION" if party is REGION else "OWN"})
    stage.passed("report_due")
    assert stage.mail("closed").values["missing"] == f"- {AARHUS.name}\n- {SKIVE.name}"
    assert stage.told("closed_missing") == [AARHUS.role, SKIVE.role]
    assert [one.code for one in stage.effects(Alert)] == ["reports_missing"]


def test_the_missing_are_reminded_three_times() -> None:
    stage = called()
    report(stage, AARHUS)
    days = []
    for _ in range(3):
        stage.passed("report_reminder")
        assert AARHUS.role not in stage.told("reminder")
        assert len(stage.told("reminder")) == 19
        days.append(int(stage.mail("reminder").values["days"]))
    assert days == [14, 7, 1]


def test_nobody_is_reminded_of_a_day_that_is_over() -> None:
    stage = called().at(2026, 5, 4)
    assert stage.happens("deadline_passed", "clock", {"name": "report_reminder"}).sent() == []


def test_the_secretariat_hears_when_all_are_there() -> None:
    stage = called()
    for party in (*REPORTERS, REGION):
        report(stage, party, {"operator_type": "REGION" if party is REGION else "OWN"})
    assert stage.told("all_there") == ["secretariat"]
    report(stage, AARHUS, {"places": 12})
    assert stage.told("all_there") == []


def test_an_overview_of_nothing_is_not_made() -> None:
    stage = called().passed("report_due")
    assert stage.happens("consolidate", "authority").codes == ["field.missing"]


@pytest.mark.rule("S4-R6", "S4-R8")
def test_the_overview_holds_supply_beside_need_for_each_group_and_kommune() -> None:
    view = {one.key: one.view for one in consolidated().effects(MakeDocument)}
    table = view["overview-1.csv"]["table"]
    rows = {(row[0], row[1]): row[2:] for row in table["rows"]}
    assert rows["Målgruppe", "Autisme"] == [
        12,
        11,
        Decimal("91.7"),
        24,
        -12,
        Decimal("1871.25"),
        None,
        Decimal("0.00"),
    ]
    assert rows["Kommune", "Aarhus"][0] == 20
    charts = [
        block["chart"]["title"]
        for section in view["overview-1.pdf"]["sections"]
        for block in section["blocks"]
        if "chart" in block
    ]
    assert "Pladser og forventet behov" in charts
    assert [one["name"] for one in view["overview-1.xlsx"]["tables"]][-1] == "Tilbud"


@pytest.mark.rule("S4-R8")
def test_rates_and_expenditure_are_shown_over_the_collections() -> None:
    earlier = consolidated().case
    assert earlier is not None
    stage = called(period="2028")
    assert stage.effects(FileUnder) == [FileUnder("capacity_reports", "1082")]
    report(stage).passed("report_due")
    stage.happens("consolidate", "authority", related=(replace(earlier, number="RM-2026-000000"),))
    view = {one.key: one.view for one in stage.effects(MakeDocument)}["overview-1.pdf"]
    lines = [
        block["chart"]
        for section in view["sections"]
        for block in section["blocks"]
        if block.get("chart", {}).get("kind") == "line"
    ]
    assert [one["labels"] for one in lines] == [["2027", "2028"]] * 2
    assert lines[0]["series"][0]["values"] == [Decimal("1859.55"), Decimal("1845.50")]


# --- the arithmetic ------------------------------------------------------------------------------


def row(**changes: Any) -> FacilityRow:
    return FacilityRow.model_validate(ROW | changes)


@pytest.mark.rule("S4-R6")
def test_supply_stands_beside_need() -> None:
    line = money.line_of("Autisme", [row(), row(places=5, occupied=0, expected_need=1)])
    assert (line.places, line.expected_need, line.gap) == (15, 13, 2)
    assert line.occupancy == Decimal("60.0")


@pytest.mark.rule("S4-R8")
def test_the_average_rate_is_weighted_by_places() -> None:
    rows = [row(), row(places=2, occupied=2, rate="2000.00")]
    assert money.line_of("x", rows).average_rate == Decimal("1871.25")
    empty = [row(places=0, occupied=0), row(places=0, occupied=0, rate="2000.00")]
    assert money.line_of("x", empty).average_rate == Decimal("1922.75")


@pytest.mark.rule("S4-R8")
def test_expenditure_is_the_exact_sum() -> None:
    rows = [row(expenditure="0.10"), row(expenditure="0.20"), row()]
    assert money.line_of("x", rows).expenditure == Decimal("0.30")


@pytest.mark.rule("S4-R7")
def test_small_target_groups_stand_apart() -> None:
    rows = (row(), row(target_group="Sjælden", small_target_group=True))
    assert [line.group for line in money.small_groups(rows)] == ["Sjælden"]


@pytest.mark.rule("S4-R3")
def test_supply_is_told_by_whose_it_is() -> None:
    rows = (row(), row(operator_type="PRIVATE", operator_cvr="25775635"))
    assert [line.group for line in money.by_operator(rows)] == ["OWN", "PRIVATE"]


AMOUNTS = st.decimals(0, 10_000_000, places=2)
ROWS = st.lists(
    st.builds(
        lambda places, occupied, need, rate, spent, group: row(
            places=places,
            occupied=min(occupied, places),
            expected_need=need,
            rate=str(rate),
            expenditure=str(spent),
            target_group=group,
        ),
        st.integers(0, 500),
        st.integers(0, 500),
        st.integers(0, 500),
        st.decimals(0, 99_999, places=2),
        AMOUNTS,
        st.sampled_from(["A", "B", "C"]),
    ),
    min_size=1,
    max_size=20,
)


@given(ROWS)
def test_the_groups_of_an_overview_sum_to_its_total(rows: list[FacilityRow]) -> None:
    lines = money.lines_by(rows, lambda one: one.target_group)
    total = money.totals_of(rows)
    assert sum(line.places for line in lines) == total.places
    assert sum(line.occupied for line in lines) == total.occupied
    assert sum(line.gap for line in lines) == total.places - total.expected_need
    spent = sum((one.expenditure or Decimal(0) for one in rows), Decimal(0))
    assert sum((line.expenditure for line in lines), Decimal(0)) == total.expenditure == spent


@given(ROWS)
def test_an_average_lies_between_the_lowest_and_the_highest_rate(rows: list[FacilityRow]) -> None:
    average = money.totals_of(rows).average_rate
    assert min(one.rate for one in rows) <= average <= max(one.rate for one in rows)


@given(ROWS)
def test_the_order_of_rows_changes_nothing(rows: list[FacilityRow]) -> None:
    assert money.totals_of(rows) == money.totals_of(list(reversed(rows)))


def test_a_call_without_a_text_of_its_own_has_no_empty_paragraph() -> None:
    assert called().mail("called").values["text"] == ""
