"""A fault of our own parks one mail: its bytes are kept, and the others of its batch go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway import wiring
from gateway.pipeline.advancing import advance_occurrence
from gateway.pipeline.batch import Batch
from gateway.store.mails import Before
from gateway.store.unit import Unit
from tests.gateway.rig import CPR, INBOX, Rig

MakeRig = Callable[..., Rig]


class Broken:
    """Stands for a part of the gateway and breaks on what a test chooses."""

    def __init__(self, part: Any, method: str, breaks: Callable[..., bool]) -> None:
        self._part = part
        self._method = method
        self._breaks = breaks

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name != self._method:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            result = found(*arguments, **named)
            if self._breaks(*arguments, **named):
                # After the part has done its work: what it wrote must be taken back.
                raise ZeroDivisionError(f"an error that quotes the citizen {CPR}")
            return result

        return call


@pytest.fixture
def faulty(make_rig: MakeRig) -> Rig:
    """A gateway whose applier breaks on requests that are urgent."""

    class Faulty(wiring.Gateway):
        repaired = False

        def batch(self, unit: Unit, before: Before) -> Batch:
            made = super().batch(unit, before)
            if not self.repaired:
                made.applier = Broken(  # type: ignore[assignment]  # stands for it
                    made.applier,
                    "apply",
                    lambda _procedure, _step, cause, _opened: bool(
                        getattr(cause.event.body, "urgent", False)
                    ),
                )
            return made

    return make_rig(gateway=Faulty)


def test_a_parked_mail_does_not_take_the_others_of_its_batch_down(faulty: Rig) -> None:
    faulty.deliver(
        faulty.seal(faulty.aarhus, faulty.request()),
        faulty.seal(faulty.aarhus, faulty.request(urgent=True)),
        faulty.seal(faulty.viborg, faulty.request(acting_municipality="0791")),
    )
    faulty.settle()

    assert faulty.judged("m1") == faulty.judged("m3") == ("processed", None)
    assert faulty.judged("m2") == ("parked", "ZeroDivisionError")
    # What the broken mail had written is gone: no case, no number taken, no mail about it.
    assert [row["number"][-6:] for row in faulty.cases()] == ["000002", "000001"]
    assert {sent.number for sent in faulty.outgoing(kind="received")} == {
        row["number"] for row in faulty.cases()
    }


def test_a_parked_mail_raises_an_alert_without_content(faulty: Rig) -> None:
    faulty.deliver(faulty.seal(faulty.aarhus, faulty.request(urgent=True)))
    faulty.settle()

    (alert,) = faulty.outgoing()
    assert (alert.kind, alert.to) == ("alert", INBOX)
    assert "m1" in alert.text
    for told in (alert.text, faulty.log.getvalue(), str(faulty.trace("m1"))):
        assert CPR not in told
        assert CPR.replace("-", "") not in told


def test_a_parked_mail_is_replayed_when_the_fault_is_mended(faulty: Rig) -> None:
    faulty.deliver(faulty.seal(faulty.aarhus, faulty.request(urgent=True)))
    received = faulty.clock.now()
    faulty.settle()
    faulty.pass_time(hours=5)
    faulty.gateway.repaired = True

    faulty.run("message", "replay", "m1")
    faulty.settle()

    assert faulty.judged("m1") == ("processed", None)
    told = faulty.letter("received").evidence["message"]["received_at"]
    assert told == received.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_parked_mail_sent_again_is_judged_anew(faulty: Rig) -> None:
    raw = faulty.seal(faulty.aarhus, faulty.request(urgent=True))
    faulty.deliver(raw)
    faulty.settle()
    faulty.gateway.repaired = True

    again = faulty.deliver(raw)
    faulty.settle()

    assert faulty.judged(again) == ("processed", None)


def test_a_mail_that_breaks_the_reader_is_parked_alone(rig: Rig) -> None:
    pipeline = rig.gateway.pipeline
    read = pipeline._read_batch  # what wiring handed in
    pipeline._read_batch = lambda mails: [
        RuntimeError("a worker died") if mail.id == 1 else found
        for mail, found in zip(mails, read(mails), strict=True)
    ]

    rig.deliver(
        rig.seal(rig.aarhus, rig.request()),
        rig.seal(rig.viborg, rig.request(acting_municipality="0791")),
    )
    rig.settle()

    assert rig.judged("m1") == ("parked", "RuntimeError")
    assert rig.judged("m2") == ("processed", None)


def test_an_occurrence_that_breaks_does_not_stop_the_others(
    faulty: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = faulty.acknowledged()
    assert faulty.state(good) == "ACKNOWLEDGED"
    faulty.gateway.repaired = True
    urgent = faulty.seal(faulty.aarhus, faulty.request(urgent=True))
    faulty.deliver(urgent, faulty.seal(faulty.aarhus, faulty.request()))
    faulty.work()

    def breaks(batch: Batch, occurrence: Any) -> None:
        advance_occurrence(batch, occurrence)
        if occurrence.number.endswith("000002"):
            raise ZeroDivisionError

    # Stands for a fault in a procedure.
    monkeypatch.setattr("gateway.pipeline.process.advance_occurrence", breaks)
    faulty.settle()

    states = {row["number"][-1]: row["state"] for row in faulty.cases()}
    assert states == {"1": "ACKNOWLEDGED", "2": "NOTIFIED", "3": "ACKNOWLEDGED"}
