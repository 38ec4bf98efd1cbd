"""People who act from the command line: what they did, and who they said they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.store import tables as t
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig

PERSON = ("--as", "Karen Holm")


def noted(rig: Rig, what: str) -> Any:
    with rig.gateway.store.read() as unit:
        return unit.connection.execute(
            select(t.journal).where(t.journal.c.what == what).order_by(t.journal.c.sequence.desc())
        ).first()


def test_an_act_is_kept_with_its_person_in_journal_case_and_evidence(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    number = own.acknowledged()
    terms = tmp_path / "offer.json"
    terms.write_text(json.dumps(own.terms()))

    done = sagspost("case", "act", number, "offer", "--file", terms, *PERSON, home=own.home)
    own.settle()

    assert done.status == 0, done.err
    assert "ACKNOWLEDGED -> DRAFT_SENT" in done.out
    assert noted(own, "moved").actor == "Karen Holm"
    assert own.events(number)[-1]["actor"] == "Karen Holm"
    draft = own.letter("draft", role="acting").evidence
    assert draft["act"] == {"name": "offer", "person": "Karen Holm"}


def test_an_act_takes_toml_standard_input_and_single_values(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    number = own.acknowledged()
    terms = tmp_path / "offer.toml"
    terms.write_text(
        f'start = "{own.start}"\n[[rates]]\namount = "1845.50"\nunit = "day"\n', "utf-8"
    )

    offered = sagspost("case", "act", number, "offer", "--file", terms, home=own.home)
    own.settle()
    words = json.dumps({"text": "Vi ringer i morgen."})
    spoken = sagspost("case", "act", number, "dialogue", "--file", "-", home=own.home, stdin=words)
    typed = sagspost("case", "act", number, "dialogue", "--set", "text=Vi ringer.", home=own.home)

    assert offered.status == 0, offered.err
    assert (spoken.status, typed.status) == (0, 0), spoken.err + typed.err
    assert "still DRAFT_SENT" in typed.out


def test_an_act_tells_programs_what_it_did(sagspost: Command, own: Rig, tmp_path: Path) -> None:
    number = own.acknowledged()

    done = sagspost(
        "case", "act", number, "unavailable", "--set", "reason=Fuldt belagt", "--json",
        home=own.home,
    )  # fmt: skip

    assert done.status == 0, done.err
    told = done.json
    assert (told["case"], told["from"], told["to"]) == (number, "ACKNOWLEDGED", "DECLINED")
    assert isinstance(told["rules"], list)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("start_settlement",), "case.state"),
        (("dance",), "dance"),
        (("offer",), "start"),
        (("offer", "--set", "start"), "name=value"),
        (("offer", "--file", "/nowhere.json"), "/nowhere.json"),
    ],
)
def test_an_act_that_cannot_be_done_is_refused_and_changes_nothing(
    sagspost: Command, own: Rig, arguments: tuple[str, ...], told: str
) -> None:
    number = own.acknowledged()
    before = own.body(number)

    done = sagspost("case", "act", number, *arguments, home=own.home)

    assert (done.status, done.out) == (1, "")
    assert told in done.err
    assert own.body(number) == before


def test_a_released_mail_is_manual_and_no_surer_than_before(sagspost: Command, own: Rig) -> None:
    mail = own.send(own.world.favrskov, own.request())

    done = sagspost("message", "release", mail, *PERSON, home=own.home)
    again = sagspost("message", "release", mail, *PERSON, home=own.home)

    assert (done.status, again.status) == (0, 1)
    row = own.message(mail)
    assert (row["state"], row["assurance"]) == ("manual", "none")
    assert noted(own, "released").actor == "Karen Holm"


def test_a_manual_mail_is_assigned_to_a_case_and_moves_nothing(sagspost: Command, own: Rig) -> None:
    number = own.acknowledged()
    mail = own.send(own.aarhus, "Hvornår har I åbent?")
    assert own.judged(mail)[0] == "manual"

    done = sagspost("message", "assign", mail, number, *PERSON, home=own.home)

    assert done.status == 0, done.err
    row = own.message(mail)
    assert (row["state"], row["case"]) == ("processed", number)
    event = own.events(number)[-1]
    assert (event["event"], event["message"], event["actor"]) == ("assigned", mail, "Karen Holm")
    assert event["from"] == event["to"] == own.state(number)
    assert noted(own, "assigned").actor == "Karen Holm"
    assert sagspost("message", "assign", mail, number, home=own.home).status == 1
    assert sagspost("log", "verify", home=own.home).status == 0


def test_a_quarantined_mail_is_judged_again_when_asked(sagspost: Command, own: Rig) -> None:
    mail = own.send(own.world.favrskov, own.request())

    done = sagspost("message", "replay", mail, *PERSON, home=own.home)
    own.settle()

    assert done.status == 0, done.err
    assert own.message(mail)["judged"] == 2
    assert noted(own, "replayed").actor == "Karen Holm"
    processed = own.send(own.aarhus, own.request())
    assert sagspost("message", "replay", processed, home=own.home).status == 1


def test_a_failed_mail_is_tried_again_with_the_same_bytes(sagspost: Command, own: Rig) -> None:
    own.deliver(own.seal(own.aarhus, own.request()))
    own.work()
    own.refuse(550)
    failed = own.outgoing(state="failed")[0]

    done = sagspost("outbox", "retry", f"o{failed.id}", *PERSON, home=own.home)

    assert done.status == 0, done.err
    again = next(mail for mail in own.outgoing() if mail.id == failed.id)
    assert (again.state, again.raw, again.message_id) == ("queued", failed.raw, failed.message_id)
    assert noted(own, "retried").actor == "Karen Holm"
    own.clock.time = datetime.now(UTC)
    own.accept()
    assert sagspost("outbox", "retry", f"o{failed.id}", home=own.home).status == 1
    assert sagspost("outbox", "retry", "m1", home=own.home).status == 1
