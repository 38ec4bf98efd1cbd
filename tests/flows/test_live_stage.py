"""The stage of the demonstration: a real gateway, real SMTP, and a clock that is moved."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock.now import read_offset
from gateway.showcase.flows.live import on_stage, whole_minutes, written
from gateway.showcase.flows.player import Player
from gateway.showcase.flows.reading import read_flow
from tests.flows.rig_stage import parts_beside
from workflows.catalogue import catalogue, procedures

RETRY = Path(__file__).parent / "payment_agreement_retry.flow"


@given(st.timedeltas(timedelta(days=-3000), timedelta(days=3000)))
def test_the_clock_is_moved_by_the_next_whole_minute(span: timedelta) -> None:
    offset = whole_minutes(span)
    assert timedelta() <= offset - span < timedelta(minutes=1)
    assert read_offset(written(offset)) == offset


@pytest.mark.long
def test_mail_that_waits_and_mail_that_comes_back_are_the_same_on_a_real_gateway(
    tmp_path: Path,
) -> None:
    flow, known = read_flow(RETRY.read_text("utf-8"), parts_beside(RETRY)), procedures()
    with on_stage(flow, tmp_path) as stage:
        Player(stage.cast, stage, known, catalogue(known)).play()
