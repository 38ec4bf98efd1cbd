"""A flow is read whole, or the line that cannot be read is named, whatever the text is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.showcase.flows.content import body_of
from gateway.showcase.flows.expected import (
    CaseIs,
    DeadlineIs,
    Gets,
    Judged,
    NoDeadline,
    Rules,
    Shows,
    Total,
)
from gateway.showcase.flows.language import (
    Acts,
    Chapter,
    Field,
    Flow,
    FlowError,
    Opens,
    Routes,
    Sends,
    SendsAgain,
    Waits,
    Writes,
)
from gateway.showcase.flows.reading import read_flow
from tests.flows.rig_stage import parts_beside
from workflows.catalogue import catalogue, procedures

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.flow"))
HEAD = """# A title
procedure: payment_agreement
clock: Mon 2026-11-23 09:00
partner aarhus: Aarhus Kommune, cvr 55133018, municipality 0751, approvers Lise Leder, Ole Chef
partner malmo: Malmö stad, orgnr 212000-1124, language sv, tunnel
facility granbo: Granbo, without certificate
person anna: Anna Holm, of granbo, address anna@granbo.example
policy: timers.reminders = 2
sheet request
    citizen.name: Prøve Borger
"""


def read(steps: str) -> Flow:
    return read_flow(f"{HEAD}{steps}\n")


def line_after_head(number: int = 1) -> int:
    return len(HEAD.splitlines()) + number


def test_the_head_says_who_takes_part() -> None:
    flow = read("clock +1 day\n> nobody gets anything")
    aarhus, malmo = flow.partners
    assert (aarhus.name, aarhus.number, aarhus.municipality) == (
        "Aarhus Kommune",
        "55133018",
        "0751",
    )
    assert aarhus.approvers == ("Lise Leder", "Ole Chef")
    assert aarhus.address == "sikkermail@aarhus.example"
    assert (malmo.number, malmo.language, malmo.tunnel) == ("212000-1124", "sv", True)
    assert not flow.facilities[0].sealed
    assert (flow.persons[0].facility, flow.persons[0].address) == ("granbo", "anna@granbo.example")
    assert (flow.settings[0].name, flow.settings[0].value) == ("timers.reminders", "2")
    assert flow.start == datetime(2026, 11, 23, 9)  # noqa: DTZ001  (local; the calendar names the zone)


def test_each_kind_of_step_is_read() -> None:
    flow = read(
        "## A heading\n"
        "aarhus sends placement_request, from sheet request, as case B, as text,"
        " with a.pdf, with b.txt\n"
        "    citizen.cpr: 670765-4005\n"
        "    need: |\n        One line\n\n        and another\n"
        "    kind: -\n"
        "> case B ACKNOWLEDGED\n"
        'aarhus writes, in case A, about "Om, alt: [{case A}]": Tak: det var godt.\n'
        "aarhus writes:\n    En linje\n      og en indrykket\n"
        "aarhus sends again\n"
        "aarhus sends again, sealed anew\n"
        "authority does offer, by Karen Holm\n"
        "authority opens framework_agreement by propose\n"
        "clock +8 days\nclock past draft_answer, in case A\nclock Tue 2026-12-01 08:00\n"
        "mail to granbo waits\n"
    )
    heading, request, words, several, again, anew, act, opens, by, past, to, route = flow.steps
    assert isinstance(heading, Chapter)
    assert isinstance(request, Sends)
    assert request.manner.label == "B"
    assert (request.manner.form, request.manner.sheet) == ("text", "request")
    assert request.manner.files == ("a.pdf", "b.txt")
    assert [field.value for field in request.fields] == [
        "670765-4005",
        "One line\n\nand another",
        None,
    ]
    assert isinstance(words, Writes)
    assert (words.manner.subject, words.text) == ("Om, alt: [{case A}]", "Tak: det var godt.")
    assert isinstance(several, Writes)
    assert several.text == "En linje\n  og en indrykket"
    assert isinstance(again, SendsAgain)
    assert isinstance(anew, SendsAgain)
    assert (again.anew, anew.anew) == (False, True)
    assert isinstance(act, Acts)
    assert (act.act, act.manner.person) == ("offer", "Karen Holm")
    assert isinstance(opens, Opens)
    assert (opens.procedure, opens.act) == ("framework_agreement", "propose")
    assert isinstance(by, Waits)
    assert by.by == timedelta(days=8)
    assert isinstance(past, Waits)
    assert (past.past, past.manner.case) == ("draft_answer", "A")
    assert isinstance(to, Waits)
    assert to.to == datetime(2026, 12, 1, 8)  # noqa: DTZ001  (local)
    assert isinstance(route, Routes)
    assert (route.who, route.delivery) == ("granbo", "waits")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("aarhus gets received", Gets(0, "aarhus", "received")),
        (
            'aarhus gets draft with *.pdf, a.json: "GODKENDT {case}/1", not "afvist", "x, y"',
            Gets(
                0,
                "aarhus",
                "draft",
                ("GODKENDT {case}/1", "x, y"),
                ("afvist",),
                ("*.pdf", "a.json"),
            ),
        ),
        ("case ENDED", CaseIs(0, None, "ENDED")),
        ("case B DRAFT_SENT", CaseIs(0, "B", "DRAFT_SENT")),
        (
            "deadline draft_answer 2026-12-07 23:59",
            DeadlineIs(0, None, "draft_answer", date(2026, 12, 7), time(23, 59)),
        ),
        ("case B no deadline draft_answer", NoDeadline(0, "B", "draft_answer")),
        ("no deadlines", NoDeadline(0, None, None)),
        (
            "refused field.missing at citizen.name",
            Judged(0, "refused", "field.missing", "citizen.name"),
        ),
        ("manual", Judged(0, "manual")),
        ("settlement 2027-01 total -12.50", Total(0, None, "2027-01", "-12.50")),
        ("rules S0-R9, S0-R11", Rules(0, None, ("S0-R9", "S0-R11"))),
        ("shows versions.1.state: sent", Shows(0, None, "versions.1.state", "sent")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_expectation_is_read(line: str, wanted: Gets) -> None:
    (step,) = read(f"clock +1 day\n> also others\n> {line}").steps
    found = step.expected[1]
    assert found == type(wanted)(**{**_values(wanted), "line": line_after_head(3)})


def test_a_group_stands_for_each_of_its_members() -> None:
    both, one = read(
        "group all: aarhus, malmo\n"
        "each of all sends dialogue\n> each of all gets received\n> inbox gets notice\n"
        "each of all but aarhus writes: Hej\n> each of all but aarhus and malmo gets received\n"
    ).steps
    assert isinstance(both, Sends)
    assert both.whos == ("aarhus", "malmo")
    assert [w.who for w in both.expected if isinstance(w, Gets)] == ["aarhus", "malmo", "inbox"]
    assert isinstance(one, Writes)
    assert (one.whos, one.expected) == (("malmo",), ())


def _values(wanted: Gets) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in wanted.__slots__}


@pytest.mark.parametrize(
    ("steps", "line", "said"),
    [
        ("aarhus dances", 1, "nothing that can happen"),
        ("odense sends again\n> duplicate", 1, "nobody called odense"),
        ("odense sends dialogue\n> duplicate", 1, "nobody called odense"),
        ("clock +1 day\n> odense gets reminder", 2, "nobody called odense"),
        ("each of them sends dialogue", 1, "no group them"),
        ("group all: aarhus, odense", 1, "nobody called odense"),
        ("aarhus sends again\n> also others\ngroup all: aarhus", 3, "nothing that can happen"),
        ("clock Tue 2026-11-30 09:00", 1, "is a Mon, not a Tue"),
        ("clock 2026-02-30 09:00", 1, "no such day"),
        ("clock +1 day\n> aarhus is happy", 2, "nothing that can be expected"),
        ("clock +1 day\n> deadline x 2026-13-01", 2, "no such day"),
        ("clock +1 day\n    why: not", 2, "nothing may be indented"),
        ("> case ENDED", 1, "below a step"),
        ("aarhus sends dialogue\n    text hello", 2, "name: value"),
        ("aarhus sends dialogue\n    text: a\n    text: b", 3, "given twice"),
        ("aarhus sends dialogue, as case B\naarhus sends dialogue, as case B", 2, "already"),
        ("aarhus sends dialogue, quickly", 1, "'quickly' is not understood"),
        ("aarhus sends dialogue, from sheet nothing", 1, "no sheet nothing"),
        ("aarhus writes:", 1, "after the colon, or indented"),
        ("clock +1 day", -10, "nothing is expected"),
        ("clock +1 day\n> aarhus gets received: hello", 2, "in quotes"),
        ("facility granbo: Granbo", 1, "granbo is taken"),
        ("person x: X, of nowhere", 1, "a facility that stands above"),
        ("partner x: X, 1234", 1, "is not one of"),
        ("partner x: X", 1, "has a number"),
        ("include: nowhere", 1, "no nowhere.part"),
        ("calendar: NO", 1, "must be DK or SE"),
        ("policy: timers", 1, "a TOML value"),
        ("\taarhus sends again", 1, "spaces"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(steps: str, line: int, said: str) -> None:
    with pytest.raises(FlowError, match=said) as error:
        read(steps)
    assert error.value.line == max(line_after_head(line), 1) if line > 0 else 1


def test_an_error_in_a_part_names_both_lines() -> None:
    with pytest.raises(FlowError, match=r"^line 4: region.part, line 2: granbo is taken") as error:
        read_flow(
            "# x\nprocedure: p\nclock: 2026-11-23 09:00\ninclude: region\n",
            {"region": "facility granbo: Granbo\nfacility granbo: Granbo\n"},
        )
    assert error.value.line == 4


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_line_of_its_own(text: str) -> None:
    refused_with_a_line(text)


@given(
    st.sampled_from(FILES),
    st.integers(0, 200),
    st.integers(0, 3),
    st.text(st.sampled_from('aæ09 .:-|>#",\n(){}[]'), max_size=30),
)
def test_a_damaged_flow_is_read_or_refused_with_a_line_of_its_own(
    file: Path, at: int, taken: int, given_instead: str
) -> None:
    lines = file.read_text("utf-8").splitlines()
    at %= len(lines)
    refused_with_a_line("\n".join([*lines[:at], given_instead, *lines[at + taken :]]))


def refused_with_a_line(text: str) -> None:
    parts = {"midtjylland": (HERE / "midtjylland.part").read_text("utf-8")}
    found: Flow | FlowError
    try:
        found = read_flow(text, parts)
    except FlowError as error:
        found = error
    if isinstance(found, FlowError):
        assert 1 <= found.line <= text.count("\n") + 1
        assert str(found).startswith(f"line {found.line}: ")
    else:
        assert found.steps


@given(st.sampled_from(FILES), st.integers(0, 200))
def test_a_line_that_means_nothing_is_the_line_that_is_named(file: Path, at: int) -> None:
    lines = file.read_text("utf-8").splitlines()
    at = 1 + at % len(lines)
    text = "\n".join([*lines[:at], "snikkersnak", *lines[at:]])
    cut_off = lines[at - 1].endswith(":")  # a line that waits for what is indented below it
    with pytest.raises(FlowError) as error:
        read_flow(text, parts_beside(file))
    assert error.value.line == at + (0 if cut_off else 1)


# --- fields --------------------------------------------------------------------------------------


def body(**values: str | None) -> dict[str, object]:
    kind = catalogue(procedures()).get("placement_request")
    assert kind is not None
    fields = [Field(1, path.replace("__", "."), value) for path, value in values.items()]
    return body_of(fields, kind.model)


def test_values_have_the_types_of_their_model() -> None:
    assert body(citizen__cpr="670765-4005", urgent="yes", acting_municipality="0751") == {
        "citizen": {"cpr": "670765-4005"},
        "urgent": True,
        "acting_municipality": "0751",
    }


def test_items_of_a_list_are_numbered() -> None:
    found = body(citizen__guardians__2__name="B", citizen__guardians__1__name="A")
    assert found == {"citizen": {"guardians": [{"name": "A"}, {"name": "B"}]}}


def test_a_field_that_is_left_out_stands_nowhere() -> None:
    assert body(need=None, kind="both") == {"kind": "both"}


def test_what_fits_no_type_is_sent_as_it_is_written() -> None:
    assert body(urgent="måske", nonsense="1") == {"urgent": "måske", "nonsense": "1"}


def test_a_field_is_a_value_or_a_group_and_not_both() -> None:
    with pytest.raises(FlowError, match="value of its own"):
        body(citizen="x", citizen__name="y")
    with pytest.raises(FlowError, match="fields below it"):
        body(citizen__name="y", citizen="x")
