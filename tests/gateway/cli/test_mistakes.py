"""What new users write wrong: one helpful line for each mistake, the right status, no traceback."""

from __future__ import annotations

import pytest

from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig

WRONG_SETTINGS = {
    "payment_agreement.payer_refrence": (
        '"required"',
        "is not a setting of payment_agreement; did you mean payer_reference?",
    ),
    "payment_agreement.payer_reference": ('"maybe"', "must be 'asked' or 'required'"),
    "payment_agreement.absence_percent": ("150", "must be less than or equal to 100"),
    "payment_agrement": ("{}", "did you mean payment_agreement?"),
}


def with_setting(rig: Rig, key: str, value: str) -> None:
    file = rig.home / "sagspost.toml"
    file.write_text(file.read_text("utf-8") + f"\n[policy.procedures]\n{key} = {value}\n", "utf-8")


@pytest.mark.parametrize("key", WRONG_SETTINGS)
def test_a_wrong_setting_of_a_procedure_is_told_by_every_command_that_needs_it(
    key: str, sagspost: Command, own: Rig
) -> None:
    value, said = WRONG_SETTINGS[key]
    with_setting(own, key, value)

    watched = sagspost("watchlist", home=own.home)
    served = sagspost("serve", home=own.home)
    checked = sagspost("check", home=own.home)

    assert (watched.status, served.status, checked.status) == (1, 1, 1)
    told = [" ".join(text.split()) for text in (watched.err, served.err, checked.out)]
    assert all(f"policy.procedures.{key}: {said}" in one for one in told), told


def test_all_wrong_settings_of_a_procedure_are_told_at_once(sagspost: Command, own: Rig) -> None:
    with_setting(own, "short_stay", "{no_such = 1, neither = 2}")
    said = sagspost("watchlist", home=own.home).err
    assert "short_stay.no_such: " in said
    assert "short_stay.neither: " in said
