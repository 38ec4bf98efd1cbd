"""Whole dialogues, from the first mail to the last, as the parties see them."""

from __future__ import annotations

from tests.gateway.rig import Rig


def test_a_request_goes_all_the_way_to_settlement(rig: Rig) -> None:
    number = rig.settling()

    assert rig.state(number) == "SETTLEMENT_ACTIVE"
    assert rig.letter("received").evidence["case"]["number"] == number
