"""What the listings promise to programs: the names of protocol section 5, times in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import show
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import CPR, Rig

FIELDS = {
    "message": {
        "id", "direction", "door", "received_at", "message_id", "from", "partner", "assurance",
        "state", "reason", "case",
    },
    "case": {
        "number", "procedure", "state", "opened_at", "partner", "facility", "next_deadline",
    },
    "deadline": {"id", "case", "name", "due", "who", "state"},
    "outbox": {"id", "case", "kind", "to", "state", "attempts", "next_try"},
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MAIL_STATES = {
    "received", "processed", "refused", "manual", "quarantined", "duplicate", "parked",
}  # fmt: skip
OUTBOX_STATES = {
    "held", "queued", "sent", "delivered", "read", "processed", "failed", "expired",
}  # fmt: skip


def rows(sagspost: Command, rig: Rig, *command: str) -> Any:
    done = sagspost(*command, "--json", home=rig.home)
    assert done.status == 0, done.err
    return done.json


def of(sagspost: Command, rig: Rig, state: str) -> Any:
    return next(row for row in rows(sagspost, rig, "message", "list") if row["state"] == state)


@pytest.mark.parametrize("what", FIELDS)
def test_each_listing_has_the_promised_fields(sagspost: Command, settled: Rig, what: str) -> None:
    listed = rows(sagspost, settled, what, "list")

    assert listed
    assert all(FIELDS[what] <= set(row) for row in listed)
    for row in listed:
        for name in ("received_at", "opened_at", "due", "next_try", "next_deadline"):
            assert row.get(name) is None or TIME.fullmatch(row[name]), (name, row[name])


@pytest.mark.parametrize("what", FIELDS)
def test_each_listing_has_a_table_for_people(sagspost: Command, settled: Rig, what: str) -> None:
    done = sagspost(what, "list", home=settled.home)

    assert done.status == 0
    assert "state" in done.out
    assert "{" not in done.out


@pytest.mark.parametrize("what", ["message", "outbox"])
def test_a_state_that_is_none_is_told_with_those_there_are(
    sagspost: Command, settled: Rig, what: str
) -> None:
    done = sagspost(what, "list", "--state", "lost", home=settled.home)

    assert done.status == 1
    assert "queued" in done.err


@pytest.mark.parametrize("what", FIELDS)
def test_a_table_fits_a_terminal_and_cuts_nothing_off(
    sagspost: Command, settled: Rig, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show.people, "_width", 80)

    done = sagspost(what, "list", home=settled.home)

    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    words = done.out.replace(" ", "").replace("\n", "")
    for row in rows(sagspost, settled, what, "list"):
        assert row.get("id", row.get("number")) in words
    header = " ".join(lines[:2]).split()  # "next deadline" may stand on two lines
    assert {"message": "received", "case": "number", "deadline": "due", "outbox": "to"}[
        what
    ] in header
    # A case's number is read at a glance, on one line.
    numbers = {row["number"] for row in rows(sagspost, settled, "case", "list")}
    assert numbers & set(done.out.split())


def test_a_case_is_listed_with_its_procedure(sagspost: Command, settled: Rig) -> None:
    assert "payment_agreement" in sagspost("case", "list", home=settled.home).out


def test_a_table_that_is_too_wide_is_folded_and_keeps_every_character() -> None:
    long = {"what": "x" * 90, "who": "y" * 30, "at": datetime(2026, 11, 25, 10, 37, tzinfo=UTC)}
    with show.people.capture() as kept:
        show.people.width = 80
        show.listing([long], as_json=False, title="things")
    show.people._width = None

    told = kept.get()
    assert (told.count("x"), told.count("y")) == (90, 30)
    assert max(map(len, told.splitlines())) <= 80
    assert "2026-11-25 10:37Z" in told


def test_mail_in_and_out_is_told_apart_by_direction_state_and_door(
    sagspost: Command, settled: Rig
) -> None:
    listed = rows(sagspost, settled, "message", "list")
    incoming = [row for row in listed if row["direction"] == "in"]
    outgoing = [row for row in listed if row["direction"] == "out"]

    assert {row["state"] for row in incoming} <= MAIL_STATES
    assert {row["state"] for row in incoming} >= {"processed", "refused", "quarantined", "manual"}
    assert {row["state"] for row in outgoing} <= OUTBOX_STATES
    assert {row["door"] for row in incoming} == {"smtp"}
    assert all(row["id"].startswith("m") for row in incoming)
    assert all(row["id"].startswith("o") for row in outgoing)


def test_a_mail_is_listed_with_who_sent_it_and_why_it_ended_so(
    sagspost: Command, settled: Rig
) -> None:
    good = of(sagspost, settled, "processed")
    refused = of(sagspost, settled, "refused")
    unknown = of(sagspost, settled, "quarantined")

    assert (good["partner"], good["assurance"], good["reason"]) == ("aarhus", "sealed", None)
    assert good["from"] == "sikkermail@aarhus.example"
    assert refused["reason"] == "facility.unknown"
    assert (unknown["partner"], unknown["reason"]) == (None, "sender.unknown")


def test_a_listing_can_be_narrowed(sagspost: Command, settled: Rig) -> None:
    refused = rows(sagspost, settled, "message", "list", "--state", "refused")
    newest = rows(sagspost, settled, "message", "list", "--limit", "1")
    none = rows(sagspost, settled, "case", "list", "--state", "ENDED")

    assert [row["state"] for row in refused] == ["refused"]
    assert len(newest) == 1
    assert none == []
    assert "No cases" in sagspost("case", "list", "--state", "ENDED", home=settled.home).out


def test_a_mail_is_shown_with_what_was_answered(sagspost: Command, settled: Rig) -> None:
    ident = of(sagspost, settled, "refused")["id"]

    shown = rows(sagspost, settled, "message", "show", ident)

    assert set(shown) >= FIELDS["message"] | {"sha256", "size", "mailbox", "answers"}
    assert [answer["kind"] for answer in shown["answers"]] == ["refused"]
    assert set(shown["answers"][0]) >= FIELDS["outbox"]
    outgoing = rows(sagspost, settled, "message", "show", shown["answers"][0]["id"])
    assert set(outgoing) >= FIELDS["message"]
    assert outgoing["answers_mail"] == ident
    assert sagspost("message", "show", ident, home=settled.home).status == 0


def test_a_trace_tells_each_layer_and_step_in_words(sagspost: Command, settled: Rig) -> None:
    ident = of(sagspost, settled, "processed")["id"]

    steps = rows(sagspost, settled, "message", "trace", ident)["steps"]
    told = sagspost("message", "trace", ident, home=settled.home).out

    assert {"encrypted", "signed"} <= {step["stage"] for step in steps if step["ok"]}
    assert all(step["words"] for step in steps)
    assert "AES-256-CBC" in told
    assert "received" in told


def test_a_trace_tells_what_became_of_a_mail_that_went_out(sagspost: Command, settled: Rig) -> None:
    ident = rows(sagspost, settled, "outbox", "list", "--state", "sent")[-1]["id"]

    steps = rows(sagspost, settled, "message", "trace", ident)["steps"]

    assert "mail_sent" in [step["code"] for step in steps]
    assert f"{ident}: sent" in sagspost("message", "trace", ident, home=settled.home).out


def test_mail_is_listed_by_its_state_in_either_direction(sagspost: Command, settled: Rig) -> None:
    for state, direction in (("sent", "out"), ("refused", "in")):
        listed = rows(sagspost, settled, "message", "list", "--state", state)
        assert {row["direction"] for row in listed} == {direction}
        assert {row["state"] for row in listed} == {state}


def test_a_case_is_shown_with_all_that_happened(sagspost: Command, settled: Rig) -> None:
    number = rows(sagspost, settled, "case", "list")[0]["number"]

    shown = rows(sagspost, settled, "case", "show", number)

    more = {"events", "documents", "deadlines", "settlement"}
    assert set(shown) >= FIELDS["case"] | more
    for event in shown["events"]:
        assert set(event) >= {"at", "event", "from", "to", "rules", "message"}
        assert TIME.fullmatch(event["at"])
    first, last = shown["events"][0], shown["events"][-1]
    assert (first["event"], first["from"], first["message"]) == ("placement_request", None, "m1")
    assert last["to"] == shown["state"] == "SETTLEMENT_ACTIVE"
    assert {document["media_type"] for document in shown["documents"]} >= {"application/pdf"}
    assert shown["settlement"]
    assert shown["versions"][0]["version"] == 1
    assert sagspost("case", "show", number, home=settled.home).status == 0


def test_no_listing_shows_a_citizen(sagspost: Command, settled: Rig) -> None:
    number = rows(sagspost, settled, "case", "list")[0]["number"]
    commands = [
        *((what, "list") for what in FIELDS),
        ("case", "show", number),
        *(("message", form, "m1") for form in ("show", "trace")),
        ("log", "verify"),
    ]

    for command in commands:
        told = sagspost(*command, "--json", home=settled.home).out
        assert "670765" not in told, command
        assert "Prøve Borger" not in told, command


@pytest.mark.parametrize(
    "command",
    [
        ("message", "show", "m999"),
        ("message", "show", "17x"),
        ("message", "trace", "m999"),
        ("message", "trace", "o999"),
        ("case", "show", "RM-2026-999999"),
        ("case", "verify", "RM-2026-999999"),
        ("case", "act", "RM-2026-999999", "offer"),
        ("case", "export", "RM-2026-999999", "--to", "nowhere"),
        ("deadline", "explain", "d999"),
        ("outbox", "retry", "o999"),
        ("message", "replay", "m999"),
        ("message", "release", "m999"),
        ("message", "assign", "m1", "RM-2026-999999"),
    ],
)
def test_what_is_not_there_is_refused_in_words(
    sagspost: Command, settled: Rig, command: tuple[str, ...]
) -> None:
    done = sagspost(*command, home=settled.home)

    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("sagspost: ")


@pytest.mark.parametrize(
    ("language", "words"), [("da", "hverdag"), ("sv", "vardag"), ("en", "working day")]
)
def test_a_deadline_is_explained_in_words(
    sagspost: Command, settled: Rig, language: str, words: str
) -> None:
    listed = rows(sagspost, settled, "deadline", "list")
    counted = next(row for row in listed if row["name"] == "draft_answer")

    done = sagspost("deadline", "explain", counted["id"], "--language", language, home=settled.home)
    shown = rows(sagspost, settled, "deadline", "explain", counted["id"], "--language", language)

    assert done.status == 0, done.err
    assert words in done.out.lower()
    assert set(shown) >= FIELDS["deadline"] | {"words", "count"}


def test_deadlines_can_be_asked_for_one_case_and_for_what_waits(
    sagspost: Command, settled: Rig
) -> None:
    number = rows(sagspost, settled, "case", "list")[0]["number"]

    mine = rows(sagspost, settled, "deadline", "list", "--case", number)
    waiting = rows(sagspost, settled, "deadline", "list", "--waiting")

    assert mine
    assert all(row["state"] == "waiting" for row in waiting)
    assert rows(sagspost, settled, "deadline", "list", "--case", "RM-2020-000001") == []
    assert sagspost("deadline", "explain", mine[0]["id"], "--language", "fi").status == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", ("Anmodning modtaget", "Afregning er i gang")),
        ("sv", ("Begäran",)),
        ("en", ("Request received", "Draft sent")),
    ],
)
def test_a_case_is_explained_in_words(
    sagspost: Command, settled: Rig, language: str, words: tuple[str, ...]
) -> None:
    number = min(row["number"] for row in rows(sagspost, settled, "case", "list"))
    done = sagspost("case", "explain", number, "--language", language, home=settled.home)
    assert done.status == 0
    told = rows(sagspost, settled, "case", "explain", number, "--language", language)
    for word in words:
        assert word in " ".join(done.out.split())
    assert "S0-R9: 2. Kommunen sender anmodning" in " ".join(done.out.split())
    assert told["rules"]["S0-R17"] == "8. Kommunen godkender betalingsaftale"
    assert CPR not in done.out


def test_a_case_that_does_not_exist_is_not_explained(sagspost: Command, settled: Rig) -> None:
    done = sagspost("case", "explain", "RM-2026-999999", home=settled.home)
    assert (done.status, "case list" in done.err) == (1, True)


def test_a_procedure_is_drawn_and_another_is_refused_by_name(
    sagspost: Command, tmp_path: Path
) -> None:
    drawn = sagspost("procedure", "draw", "payment_agreement", "--language", "en")
    assert drawn.out.startswith("<svg ")
    assert "Facility notified" in drawn.out
    file = tmp_path / "picture.svg"
    assert sagspost("procedure", "draw", "payment_agreement", "--to", str(file)).status == 0
    assert "Tilbuddet" in file.read_text("utf-8")
    unknown = sagspost("procedure", "draw", "no_such")
    assert (unknown.status, "payment_agreement" in unknown.err) == (1, True)


def test_procedures_are_listed_with_what_they_are_for_and_what_opens_them(
    sagspost: Command,
) -> None:
    listed = {one["name"]: one for one in sagspost("procedure", "list", "--json").json}
    danish = sagspost("procedure", "list", "--language", "da", "--json").json

    assert listed["short_stay"]["opened_by"] == ["short_stay_referral", "stay"]
    assert listed["short_stay"]["title"] == "Short-term stay and profile home"
    assert "Korttidsplads og profilbolig" in [one["title"] for one in danish]
    assert sagspost("procedure", "list", "--language", "no").status == 1
