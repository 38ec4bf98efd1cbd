"""Whatever is asked and answered in whichever order, no day of a citizen's help is paid twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.home_care_change.play import KOMMUNE, Play
from workflows.effects import TellCase
from workflows.engine import Party
from workflows.procedures.home_care_change.care import CareCase
from workflows.procedures.home_care_change.days import Days, between
from workflows.procedures.home_care_change.lines import net_days, total

RATE = Decimal("412.35")
HORIZON = date(2027, 6, 30)
FIRST = date(2026, 10, 1)


def paid(care: CareCase) -> Days:
    """The days that a case pays by its lines."""
    return net_days(care.settlement.lines) if care.settlement else Days()


def running(care: CareCase) -> Days:
    """The days on which a granted order runs on, as far as anybody looks ahead."""
    if care.settlement is None or care.settlement.runs_on_from is None:
        return Days()
    days = between(care.settlement.runs_on_from, care.settlement.runs_on_to or HORIZON)
    for closed in care.suspended:
        days -= between(closed.first, closed.last or HORIZON)
    return days


@st.composite
def requests(draw: st.DrawFn) -> list[dict[str, Any]]:
    many = draw(st.integers(2, 4))
    return [
        {
            "began": FIRST + timedelta(days=draw(st.integers(0, 90))),
            "after": draw(st.integers(0, 20)),
            "handled": draw(st.integers(0, 30)),
            "answer": draw(st.sampled_from(["grant", "other", "decline"])),
        }
        for _ in range(many)
    ]


def asked(number: int, one: dict[str, Any]) -> Play:
    """A request of a provider of its own, so that each of them can be open."""
    provider = Party("provider", f"p{number}", f"Leverandør {number}", "24256790", "da")
    play = Play(parties=(KOMMUNE, provider), number=f"VK-2026-00000{number}")
    play.now = at(one["began"] + timedelta(days=one["after"]))
    return play.request(requested_effective_date=one["began"].isoformat())


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def answer(plays: dict[str, Play], play: Play, one: dict[str, Any]) -> None:
    """Answer one request, and let the other cases hear what it means for them."""
    play.now += timedelta(days=one["handled"])
    others = {number: other for number, other in plays.items() if other is not play}
    play.related = tuple(other.case for other in others.values() if other.case is not None)
    rate = {"rate": {"amount": str(RATE), "unit": "day"}}
    moved = {} if one["answer"] == "grant" else {"new_task_deadline": "2028-01-03"}
    getattr(play, one["answer"])(**rate, **moved)
    assert play.last.refused == ()
    for told in play.effects(TellCase):
        others[told.number].happens(told.event, "gateway", told.body)


@pytest.mark.rule("S1-R29")
@given(requests(), st.randoms(use_true_random=False))
def test_no_day_is_paid_twice_in_whichever_order_requests_are_answered(
    wanted: list[dict[str, Any]], order: Any
) -> None:
    plays = {f"VK-2026-00000{number}": asked(number, one) for number, one in enumerate(wanted)}
    turns = list(zip(plays.values(), wanted, strict=True))
    order.shuffle(turns)
    for play, one in turns:
        answer(plays, play, one)
    seen: set[date] = set()
    for play in plays.values():
        mine = paid(play.care) | running(play.care)
        assert not paid(play.care) & running(play.care)
        assert not mine & seen
        seen |= mine
        assert total(play.settlement.lines) == RATE * len(paid(play.care))


@pytest.mark.rule("S1-R29", "S1-R30")
def test_an_adjustment_pays_no_day_that_the_granted_order_pays_by_itself_later() -> None:
    play = Play().request().at("2026-11-17 10:00").grant()
    play.at("2026-12-07 10:00").adjust(first="2026-12-01", last="2026-12-05")
    assert play.refused == [("field.invalid", "days")]
