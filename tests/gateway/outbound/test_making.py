"""Mail that cannot be made is held alone, and breaks neither chains nor the mail behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gateway.outbound.dressing import Job, Made
from tests.gateway.rig import Rig

Fault = Callable[[Rig], None]


def sealing_fails(rig: Rig) -> None:
    """Break the making of the first mail with evidence, as a hopeless certificate would."""
    make = rig.gateway.making._make_batch  # what wiring handed in
    broken: list[str] = []

    def make_batch(jobs: Sequence[Job]) -> list[Made | Exception]:
        made = make(jobs)
        for at, job in enumerate(jobs):
            if job.evidence is not None and not broken:
                broken.append(job.letter.recipient)
                made[at] = ValueError("this certificate seals nothing")
        return list(made)

    rig.gateway.making._make_batch = make_batch


def setting_fails(rig: Rig) -> None:
    """Break the words of the first mail with evidence, as a missing text would."""
    words = rig.gateway.making._words
    broken: list[int] = []

    def broken_words(unit: Any, planned: Any, plan: Any, now: Any) -> Any:
        if plan.evidence is not None and planned.id not in broken and len(broken) == 0:
            broken.append(planned.id)
            raise KeyError("mail.refused.body")
        return words(unit, planned, plan, now)

    rig.gateway.making._words = broken_words


@pytest.mark.parametrize("fault", [sealing_fails, setting_fails])
def test_one_mail_that_cannot_be_made_holds_up_no_other(rig: Rig, fault: Fault) -> None:
    fault(rig)
    mails = [rig.seal(rig.aarhus, rig.request(facility=f"ukendt-{at}")) for at in range(3)]
    rig.deliver(*mails)
    rig.settle()

    first, *others = rig.outgoing(kind="refused")
    assert (first.state, first.raw) == ("held", b"")
    assert [other.state for other in others] == ["sent", "sent"]
    chains = [other.evidence["chain"] for other in others]
    assert [chain["sequence"] for chain in chains] == [1, 2]
    assert chains[1]["previous"] == chains[0]["digest"]
    rig.run("log", "verify")

    rig.run("outbox", "retry", f"o{first.id}")
    rig.settle()
    assert rig.outgoing(kind="refused")[0].evidence["chain"]["sequence"] == 3
    rig.run("log", "verify")


def test_a_certificate_that_went_holds_its_mail(rig: Rig) -> None:
    rig.deliver(rig.seal(rig.aarhus, rig.request(facility="ukendt")))
    rig.gateway.pipeline.process()
    reader_of = rig.gateway.making._reader_of
    rig.gateway.making._reader_of = lambda _planned: None
    rig.work()

    assert [(sent.state, sent.raw) for sent in rig.outgoing()] == [("held", b"")]
    rig.gateway.making._reader_of = reader_of
    rig.run("outbox", "retry", "o1")
    rig.settle()
    assert rig.letter("refused").is_sealed
