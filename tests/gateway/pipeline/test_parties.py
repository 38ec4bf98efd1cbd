"""Whom an event names becomes a party: by municipality, number, key or facility; several by key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.pipeline.decisions import Desk
from gateway.pipeline.parties import parties_of
from gateway.settings import AuthoritySettings
from gateway.store.registry import Directory, Facility, Partner
from workflows.catalogue import procedures
from workflows.definition import PartyRule
from workflows.engine import Party

PROCEDURE = procedures()["payment_agreement"]
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
AUTHORITY = Party("authority", "authority", "Region Prøve", "29190925", "da")


class Council(BaseModel):
    code: str


class Round(BaseModel):
    councils: tuple[Council, ...] = ()
    region: str | None = None
    home: str = ""
    payer: str = ""


def partner(key: str, cvr: str, municipality: str | None = None) -> Partner:
    return Partner(
        key=key,
        name=key.title(),
        cvr=cvr,
        municipality=municipality,
        language="da",
        may=frozenset(),
        receipt_form="signed",
        addresses=(),
        certificates=(),
        approvers=(),
        tunnels=frozenset(),
        retired=False,
    )


@pytest.fixture
def desk() -> Desk:
    known = [partner("aarhus", "55133018", "0751"), partner("viborg", "29189846", "0791")]
    facilities = {
        "granbo": Facility("granbo", "Granbo", "g@rm.example", "da", (), {}, {}, retired=False),
        "lukket": Facility("lukket", "Lukket", "l@rm.example", "da", (), {}, {}, retired=True),
    }
    directory = Directory(
        version=1,
        partners={one.key: one for one in known},
        facilities=facilities,
        anchors=(),
        crls=(),
        by_municipality={"0751": "aarhus", "0791": "viborg"},
    )
    own = AuthoritySettings(name="Region Prøve", cvr="29190925", inbox="i@rm.example")
    return Desk(directory, {}, own, {})


def found(desk: Desk, body: BaseModel, *rules: PartyRule, sender: Any = None) -> dict[str, str]:
    procedure = replace(PROCEDURE, parties={"placement_request": rules})
    parties = parties_of(procedure, "placement_request", body, desk, sender, NOW)
    assert parties[0] == AUTHORITY
    return {party.role: party.key for party in parties[1:]}


def test_of_a_list_each_is_a_party_with_its_key_in_the_role(desk: Desk) -> None:
    body = Round(councils=(Council(code="0751"), Council(code="0791"), Council(code="0999")))
    rule = PartyRule("council", "municipality", "councils.code")
    assert found(desk, body, rule) == {"council.aarhus": "aarhus", "council.viborg": "viborg"}


@pytest.mark.parametrize("named", ["viborg", "29189846"])
def test_a_partner_is_named_by_its_key_or_its_number(desk: Desk, named: str) -> None:
    rule = PartyRule("secretariat", "partner", "region")
    assert found(desk, Round(region=named), rule) == {"secretariat": "viborg"}


@pytest.mark.parametrize("named", ["Omsorg", "559999-0016", "5599990016"])
def test_a_swedish_partner_is_named_as_people_write_it(desk: Desk, named: str) -> None:
    omsorg = partner("omsorg", "5599990016")
    known = replace(desk.directory, partners={**desk.directory.partners, "omsorg": omsorg})
    rule = PartyRule("provider", "partner", "region")
    swedish = replace(desk, directory=known)
    assert found(swedish, Round(region=named), rule) == {"provider": "omsorg"}


def test_a_partner_that_was_retired_is_nobodys_party_and_its_successor_is(desk: Desk) -> None:
    retired = replace(partner("alt", "5599990016"), retired=True)
    known = {"alt": retired, "nytt": partner("nytt", "5599990016")}
    renewed = replace(desk, directory=replace(desk.directory, partners=known))
    rule = PartyRule("provider", "partner", "region")
    assert found(renewed, Round(region="alt"), rule) == {}
    assert found(renewed, Round(region="559999-0016"), rule) == {"provider": "nytt"}


def test_who_is_not_registered_or_not_named_is_left_out(desk: Desk) -> None:
    rules = (
        PartyRule("secretariat", "partner", "region"),
        PartyRule("facility", "facility", "home"),
        PartyRule("payer", "municipality", "no_such_field"),
    )
    assert found(desk, Round(home="lukket"), *rules) == {}
    assert found(desk, Round(home="Granbo"), *rules) == {"facility": "granbo"}


def test_nobody_is_a_second_party_beside_themselves(desk: Desk) -> None:
    sender = SimpleNamespace(kind="partner", key="aarhus")
    rule = PartyRule("payer", "municipality", "payer")
    assert found(desk, Round(payer="0751"), rule, sender=sender) == {"acting": "aarhus"}
    both = {"acting": "aarhus", "payer": "viborg"}
    assert found(desk, Round(payer="0791"), rule, sender=sender) == both


class Placed(BaseModel):
    unit: str | None = None


class Lasting(BaseModel):
    unit: str | None = None


def test_who_takes_part_in_all_cases_is_a_setting_and_a_submission_may_name_another(
    desk: Desk,
) -> None:
    rules = (
        PartyRule("unit", "partner", "unit"),
        PartyRule("unit", "partner", "settings.unit"),
    )

    def units(body: Placed, setting: str | None) -> list[str]:
        changed = replace(PROCEDURE, parties={"offer": rules}, settings=Lasting(unit=setting))
        found = parties_of(changed, "offer", body, desk, None, NOW)
        return [party.key for party in found if party.role == "unit"]

    assert units(Placed(), "viborg") == ["viborg"]
    assert units(Placed(unit="aarhus"), "viborg") == ["aarhus"]
    assert units(Placed(unit="ukendt"), "viborg") == ["viborg"]
    assert units(Placed(), None) == []


def test_who_takes_part_in_the_cooperation_is_found_by_the_day(desk: Desk) -> None:
    rule = PartyRule("member", "municipality", "cooperation.kommuner")
    everybody = found(desk, Round(), rule)
    assert everybody == {"member.aarhus": "aarhus", "member.viborg": "viborg"}
    procedure = replace(PROCEDURE, parties={"placement_request": (rule,)})
    before_there_were_regions = datetime(2006, 11, 28, 12, 0, tzinfo=UTC)
    parties = parties_of(
        procedure, "placement_request", Round(), desk, None, before_there_were_regions
    )
    assert parties == (AUTHORITY,)
