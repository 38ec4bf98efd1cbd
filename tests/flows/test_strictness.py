"""A flow that expects the wrong thing fails, and says which line, what it expected, what was seen.

One dialogue is played; its steps are then held against other expectations than its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import pytest

from gateway.showcase.flows.acting import Act
from gateway.showcase.flows.cast import cast_of
from gateway.showcase.flows.checking import Check
from gateway.showcase.flows.expecting import expectations_of
from gateway.showcase.flows.language import FlowError, Step
from gateway.showcase.flows.memory import Memory
from gateway.showcase.flows.player import FlowFailed, Player
from gateway.showcase.flows.reading import read_flow
from gateway.showcase.flows.seen import Seen
from tests.flows.rig_stage import RigStage, Workshop
from workflows.calendars import ZONES
from workflows.catalogue import catalogue, procedures

HEAD = """# A request, a mistake, an offer
procedure: payment_agreement
clock: Mon 2026-11-23 09:00
partner aarhus: Aarhus Kommune, cvr 55133018, municipality 0751
facility granbo: Granbo
sheet request
    citizen.cpr: 670765-4005
    citizen.name: Prøve Borger
    acting_municipality: 0751
    caseworker.name: S. Behandler
    facility: granbo
    legal_basis: SEL § 107
    requested_start: 2027-01-01
    need: Støtte
    disclosure_basis: consent
"""
STEPS = """aarhus sends placement_request, from sheet request
> case ACKNOWLEDGED
> also others
aarhus sends placement_request, from sheet request, without case
    citizen.name: -
    requested_start: i morgen
> refused field.missing at citizen.name
> refused field.invalid at requested_start
> also others
authority does offer, in case A
    rates.1.amount: 1845.50
    rates.1.unit: day
    start: 2027-01-01
    service: Botilbud
> case DRAFT_SENT
> also others
"""
REQUEST, MISTAKE, OFFER = 0, 1, 2
REQUEST_MAILS = (
    "case ACKNOWLEDGED",
    "inbox gets notice",
    "granbo gets notice",
    "aarhus gets received",
)


@dataclass
class Watcher:
    """Keeps what each step led to."""

    steps: list[tuple[Step, Seen]] = field(default_factory=list)
    told: list[tuple[int, str, Any]] = field(default_factory=list)
    acted: list[tuple[Any, str]] = field(default_factory=list)
    now: Step = field(default_factory=lambda: Step(0, ""))

    def step(self, step: Step) -> None:
        self.now = step

    def written(self, who: str, step: Any, content: object) -> None:
        self.told.append((step.line, who, content))

    def acts(self, act: Act) -> None:
        self.acted.append((act.words, act.content["rates"][0]["amount"]))

    def happened(self, seen: Seen, step: Step) -> None:
        assert step is self.now
        self.steps.append((step, seen))


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="module")
def played(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Watcher, Memory]:
    flow = read_flow(HEAD + STEPS)
    stage = RigStage(flow, workshop, tmp_path_factory.mktemp("stage"))
    watcher, known = Watcher(), procedures()
    player = Player(stage.cast, stage, known, catalogue(known), watcher)
    try:
        player.play()
    finally:
        stage.close()
    return watcher, player.memory


Said = Any


@pytest.fixture
def complaints(played: tuple[Watcher, Memory]) -> Said:
    """Gives what is complained of when a step is held against these expectations, on lines 1..."""
    watcher, memory = played

    def hold(number: int, *lines: str) -> list[str]:
        step, seen = watcher.steps[number]
        found = [expectations_of(n, line, lambda _, who: (who,)) for n, line in enumerate(lines, 1)]
        wanted = tuple(chain(*found))
        case = memory.number("A")
        check = Check(
            replace(step, line=99, expected=wanted),
            seen,
            ZONES["DK"],
            lambda label: memory.number(label) if label else case,
            lambda text: memory.filled(text, case, 0),
            lambda *command: " ".join(command),
            "da",
        )
        return check.complaints()

    return hold


def test_what_is_right_is_not_complained_of(complaints: Said) -> None:
    assert complaints(REQUEST, *REQUEST_MAILS, "deadline facility_answer 2026-11-30 23:59") == []


def test_who_watches_is_told_what_was_written(played: tuple[Watcher, Memory]) -> None:
    (line, who, request), (_, _, mistake) = played[0].told
    assert (line, who) == (16, "aarhus")
    assert request["body"]["citizen"] == {"cpr": "670765-4005", "name": "Prøve Borger"}
    assert mistake["body"]["citizen"] == {"cpr": "670765-4005"}
    assert played[0].acted == [(("case", "act", "RM-2026-000001", "offer"), "1845.50")]


def test_a_mail_too_many_is_told_with_what_it_says(complaints: Said) -> None:
    (said,) = complaints(REQUEST, *REQUEST_MAILS[:-1])
    assert said.startswith("line 99: not expected: aarhus gets received: 'Kvittering")


def test_a_mail_too_many_is_told_where_nobody_was_to_get_anything(complaints: Said) -> None:
    said = complaints(REQUEST, "case ACKNOWLEDGED", "nobody gets anything")
    assert len(said) == 3
    assert all(one.startswith("line 2: not expected: ") for one in said)


def test_a_mail_too_few_is_told_with_what_was_seen(complaints: Said) -> None:
    (said,) = complaints(REQUEST, *REQUEST_MAILS, "granbo gets notice")
    assert said == "line 5: granbo gets notice: no such mail; seen: no further mail"
    (said, other) = complaints(REQUEST, *REQUEST_MAILS[:-1], "aarhus gets draft")
    assert said == "line 4: aarhus gets draft: no such mail; seen: aarhus gets received"
    assert "not expected: aarhus gets received" in other


def test_words_that_a_mail_lacks_are_told_with_what_it_reads(complaints: Said) -> None:
    said = complaints(REQUEST, *REQUEST_MAILS[:-1], 'aarhus gets received: "Solvang"')
    assert said[0].startswith("line 4: aarhus gets received: it does not say 'Solvang'; it reads: ")


def test_words_that_a_mail_must_not_say_are_told(complaints: Said) -> None:
    said = complaints(REQUEST, *REQUEST_MAILS[:-1], 'aarhus gets received: not "Granbo"')
    assert "it says 'Granbo'" in said[0]


def test_a_file_that_is_not_attached_is_told(complaints: Said) -> None:
    said = complaints(REQUEST, *REQUEST_MAILS[:-1], "aarhus gets received with *.pdf")
    assert "nothing like *.pdf is attached, but evidence.json, evidence.json.p7s" in said[0]


def test_a_case_that_moves_unnamed_is_told(complaints: Said) -> None:
    (said,) = complaints(REQUEST, *REQUEST_MAILS[1:])
    assert said == (
        "line 99: RM-2026-000001 was opened and is ACKNOWLEDGED; say so with `> case ACKNOWLEDGED`"
    )
    (said,) = complaints(OFFER, "also others")
    assert "moved from ACKNOWLEDGED to DRAFT_SENT" in said


@pytest.mark.parametrize(
    ("number", "line", "said"),
    [
        (REQUEST, "case NOTIFIED", "expected NOTIFIED; RM-2026-000001 is ACKNOWLEDGED"),
        (REQUEST, "case B NOTIFIED", "expected NOTIFIED; no case B is None"),
        (
            REQUEST,
            "deadline facility_answer 2026-12-01",
            "expected facility_answer 2026-12-01; it is 2026-11-30 23:59",
        ),
        (
            REQUEST,
            "deadline facility_answer 2026-11-30 12:00",
            "expected facility_answer 2026-11-30 12:00; it is 2026-11-30 23:59",
        ),
        (
            REQUEST,
            "deadline draft_answer 2026-11-30",
            "draft_answer is not waited for; there are: facility_answer",
        ),
        (REQUEST, "no deadline facility_answer", "there is facility_answer 2026-11-30 23:59"),
        (REQUEST, "no deadlines", "there is facility_answer 2026-11-30 23:59"),
        (REQUEST, "refused case.state", "expected refused case.state; it was processed"),
        (REQUEST, "duplicate", "expected duplicate; it was processed"),
        (REQUEST, "rules S0-R19", "S0-R19: not among the rules of this step: "),
        (REQUEST, "settlement total 1.00", "expected 1.00; the 0 lines sum to 0"),
        (
            REQUEST,
            'explained: "zzz"',
            "it does not explain 'zzz', but: 'case explain RM-2026-000001 --language da'",
        ),
        (REQUEST, 'deadline facility_answer explained: not "explain"', "it explains 'explain'"),
        (REQUEST, 'deadline y explained: "x"', "RM-2026-000001 has had no deadline y"),
        (REQUEST, "shows state: ENDED", "expected state: ENDED; it is ACKNOWLEDGED"),
        (REQUEST, "shows events.1.from: X", "expected events.1.from: X; it is None"),
        (
            MISTAKE,
            "refused case.state",
            "expected refused case.state; it was refused field.missing",
        ),
        (
            MISTAKE,
            "refused field.missing at citizen.cpr",
            "expected refused field.missing at citizen.cpr; it was refused field.missing at",
        ),
        (
            MISTAKE,
            "refused field.missing at citizen.name",
            "further reasons, not expected: field.invalid at requested_start",
        ),
        (OFFER, "refused case.state", "expected refused case.state; it was processed"),
    ],
)
def test_anything_else_is_told_with_its_line(
    complaints: Said, number: int, line: str, said: str
) -> None:
    found = complaints(number, "also others", line)
    assert [one for one in found if one.startswith(f"line 2: {said}")], found


def test_a_refusal_that_is_not_expected_is_told(complaints: Said) -> None:
    found = complaints(MISTAKE, "also others")
    assert found == [
        "line 99: expected to be processed; it was refused field.missing at citizen.name, "
        "field.invalid at requested_start"
    ]


def test_rules_that_were_kept_are_found(complaints: Said) -> None:
    assert complaints(REQUEST, *REQUEST_MAILS, "rules S0-R9 S0-R11") == []


def test_placeholders_stand_for_what_was_seen(played: tuple[Watcher, Memory]) -> None:
    memory = played[1]
    digest = memory.drafts["RM-2026-000001"][1]
    filled = memory.filled("{case}/{version} {digest16 A v1} {digest}", "RM-2026-000001", 1)
    assert filled == f"RM-2026-000001/1 {digest[:16]} {digest}"


@pytest.mark.parametrize("text", ["{case C}", "{version v2}", "{nobody}", "{digest C}"])
def test_a_placeholder_that_stands_for_nothing_is_told(
    played: tuple[Watcher, Memory], text: str
) -> None:
    with pytest.raises(FlowError, match=r"^line 7: "):
        played[1].filled(text, "RM-2026-000001", 7)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("authority does offer\n> refused x", "line 16: there is no case to act on yet"),
        ("clock Mon 2026-11-23 08:00\n> also others", "line 16: it is 2026-11-23 09:00 already"),
        ("aarhus sends again\n> also others", "line 16: aarhus has sent nothing yet"),
        (
            "authority opens payment_agreement by dance\n> also others",
            "line 16: payment_agreement has no act dance; there are: ",
        ),
        ("aarhus sends dialogue, in case X\n> also others", "line 16: there is no case X yet"),
        (
            "aarhus sends dialogue, as scroll\n> also others",
            "line 16: dialogue cannot be sent as scroll",
        ),
    ],
)
def test_a_step_that_cannot_be_played_is_told(
    workshop: Workshop, tmp_path: Any, steps: str, said: str
) -> None:
    flow = read_flow(f"{HEAD}{steps}\n")
    stage, known = RigStage(flow, workshop, tmp_path), procedures()
    try:
        with pytest.raises((FlowError, FlowFailed)) as error:
            Player(stage.cast, stage, known, catalogue(known)).play()
    finally:
        stage.close()
    assert str(error.value).startswith(said)


def test_mail_to_who_is_believed_is_never_read_by_who_only_claims_the_address(
    workshop: Workshop,
) -> None:
    head = HEAD.replace(
        "partner aarhus",
        "forger false: Aarhus Kommune, cvr 55133018, address sikkermail@aarhus.example\n"
        "partner aarhus",
    )
    cast = cast_of(read_flow(head + STEPS), workshop.agency)
    assert cast.name_of("Sikkermail@Aarhus.example") == "aarhus"
    assert cast.name_of("nobody@aarhus.example") is None
