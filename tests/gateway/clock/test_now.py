"""The clock, and who may move it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock.now import Clock, read_offset
from gateway.errors import WrongSettings


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("+9d", timedelta(days=9)),
        ("-2h", timedelta(hours=-2)),
        ("+30m", timedelta(minutes=30)),
        ("+1d12h", timedelta(days=1, hours=12)),
        ("-1d1h1m", -timedelta(days=1, hours=1, minutes=1)),
    ],
)
def test_an_offset_is_read_as_the_protocol_writes_it(text: str, offset: timedelta) -> None:
    assert read_offset(text) == offset


@pytest.mark.parametrize("text", ["", "+", "9d", "+9", "+9x", "+12h1d", "+1d 2h", "+99999d", "+١d"])
def test_another_offset_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(WrongSettings, match="SAGSPOST_CLOCK_OFFSET"):
        read_offset(text)


def test_the_clock_moves_only_in_a_rehearsal() -> None:
    with pytest.raises(WrongSettings, match="rehearsal is not true"):
        Clock.at(rehearsal=False, offset="+9d")
    moved = Clock.at(rehearsal=True, offset="+9d")
    assert moved.is_shifted
    ahead = moved.now() - datetime.now(UTC)
    assert timedelta(days=9) - timedelta(seconds=5) < ahead <= timedelta(days=9)


def test_without_an_offset_the_clock_tells_aware_utc() -> None:
    for rehearsal in (True, False):
        clock = Clock.at(rehearsal=rehearsal, offset=None)
        assert not clock.is_shifted
        assert clock.now().utcoffset() == timedelta(0)
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


@given(st.text(max_size=20))
def test_any_text_is_an_offset_or_refused(text: str) -> None:
    with contextlib.suppress(WrongSettings):
        assert isinstance(read_offset(text), timedelta)
