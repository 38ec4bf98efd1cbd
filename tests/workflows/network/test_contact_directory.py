"""The contact directory: everybody looks after their own contacts, and nobody is left without."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.workflows.network.stage import (
    AALBORG,
    AARHUS,
    GRANBO,
    REGION,
    VIBORG,
    Stage,
    as_role,
    under,
)
from workflows.contacts import NEEDED, ORGANISATION, needed
from workflows.definition import Case
from workflows.effects import ClearDeadline, FileUnder, MakeDocument
from workflows.events import Actor
from workflows.procedures.contact_directory.entry import Entry
from workflows.procedures.contact_directory.procedure import PROCEDURE

OWNER = as_role(AARHUS, "organisation")
ANNA = {"role": "MYNDIGHED", "name": "Anna And", "phone": "89400000", "topics": ["botilbud"]}


def registered(body: dict[str, Any] | None = None, **stage: Any) -> Stage:
    stage = {"procedure": PROCEDURE} | stage
    play = Stage(parties=(REGION, OWNER), **stage)
    return play.does("contact_update", "organisation", ANNA | (body or {}))


def verified(body: dict[str, Any] | None = None) -> Stage:
    return registered(body).does("contact_confirmed", "organisation")


def kept(number: str, owner: Any = AARHUS, state: str = "VERIFIED", **body: Any) -> Case:
    """Another contact of the directory, registered last month, as a related case."""
    play = Stage(PROCEDURE, (REGION, as_role(owner, "organisation"))).at(2026, 10, 23)
    play.does("contact_update", "organisation", ANNA | body)
    assert play.case is not None
    return replace(play.case, number=number, state=state)


def waiting(procedure: str = "grant_change_notice", state: str = "NOTICE_VALID") -> Case:
    """An open case of another procedure that needs the contact."""
    return replace(kept("RM-2026-000050"), procedure=procedure, state=state)


# --- registering ---------------------------------------------------------------------------------


@pytest.mark.rule("S2-R12")
def test_a_new_contact_is_received_and_has_to_be_confirmed() -> None:
    play = registered()

    assert play.state == "PENDING"
    assert ("registered", "organisation") in play.sent()
    assert "senest 7. december 2026" in play.text("registered", "organisation")
    filed = {(one.kind, one.value) for one in play.effects(FileUnder)}
    assert filed == {(ORGANISATION, "55133018"), ("directory", "all")}


@pytest.mark.rule("S2-R12")
def test_a_confirmed_contact_is_asked_about_again_after_half_a_year() -> None:
    play = verified()

    assert play.state == "VERIFIED"
    assert play.due("attestation").date().isoformat() == "2027-05-23"
    text = play.text("confirmed", "organisation")
    assert "om 6 måneder, den 23. maj 2027. Send" in text
    play.at(2027, 5, 24).passed("attestation")
    assert play.sent() == {("confirm_request", "organisation")}
    assert play.due("confirmation").date().isoformat() == "2027-06-07"


def test_a_contact_of_the_last_of_august_is_asked_about_on_the_last_of_february() -> None:
    play = registered().at(2026, 8, 31).does("contact_confirmed", "organisation")
    assert play.due("attestation").date().isoformat() == "2027-02-28"


@pytest.mark.rule("S2-R12")
def test_nobody_registers_a_contact_of_another_organisation() -> None:
    play = registered({"organisation": "29189846"})
    assert (play.codes, play.places) == (["sender.role"], ["organisation"])
    assert play.case is None
    assert registered({"organisation": "55133018"}).state == "PENDING"


@pytest.mark.rule("S2-R12")
def test_a_contact_that_is_not_sealed_is_refused() -> None:
    play = Stage(PROCEDURE, (REGION, OWNER))
    play.does("contact_update", "organisation", ANNA, assurance="signed")
    assert play.codes == ["sender.assurance"]


def test_another_organisation_learns_nothing_of_a_contact() -> None:
    play = verified()
    stranger = Actor("organisation", "viborg", "Viborg Kommune")
    play.does("contact_retirement", "organisation", actor=stranger)
    assert play.codes == ["case.unknown"]


@pytest.mark.rule("S2-R12")
def test_not_even_the_authority_that_keeps_the_directory_changes_it() -> None:
    for act in ("retire_contact", "confirm_contact"):
        play = registered().does(act, "authority")
        assert play.codes == ["sender.role"]
    play = registered().does("change_contact", "authority", ANNA)
    assert play.codes == ["sender.role"]


def test_the_authority_looks_after_its_own_contacts() -> None:
    play = Stage(PROCEDURE, (REGION,)).does("register_contact", "authority", ANNA)
    assert play.state == "VERIFIED"
    assert (ORGANISATION, "own") in {(one.kind, one.value) for one in play.effects(FileUnder)}
    play.does("change_contact", "authority", ANNA | {"name": "Bo Berg"})
    assert play.data.contact.name == "Bo Berg"
    play.passed("attestation")
    assert play.sent() == {("confirm_request", "inbox")}
    play.does("confirm_contact", "authority")
    assert play.effects(ClearDeadline) == [ClearDeadline("confirmation")]
    assert play.does("retire_contact", "authority", {"reason": "Fratrådt"}).state == "RETIRED"


@pytest.mark.rule("S2-R12")
def test_a_change_has_to_be_confirmed_anew() -> None:
    play = verified().does("contact_update", "organisation", ANNA | {"phone": "89401111"})
    assert (play.state, play.data.contact.phone) == ("PENDING", "89401111")
    assert ClearDeadline("attestation") in play.last.effects


def test_a_contact_whose_last_day_has_passed_is_not_registered() -> None:
    play = registered({"valid_to": "2026-11-22"})
    assert (play.case, play.refused) == (None, [("field.invalid", "valid_to")])
    assert "ikke er passeret" in play.last.refused[0].text("da")
    assert registered({"valid_to": "2026-11-23"}).state == "PENDING"
    play = verified().does("contact_update", "organisation", ANNA | {"valid_to": "2026-11-22"})
    assert play.refused == [("field.invalid", "valid_to")]
    for act in ("register_contact", "change_contact"):
        play = Stage(PROCEDURE, (REGION,))
        if act == "change_contact":
            play.does("register_contact", "authority", ANNA)
        play.does(act, "authority", ANNA | {"valid_to": "2026-11-22"})
        assert play.refused == [("field.invalid", "valid_to")]


def test_a_facility_of_ours_keeps_no_contacts_of_its_own() -> None:
    granbo = as_role(GRANBO, "organisation")
    play = Stage(PROCEDURE, (REGION, granbo)).does("contact_update", "organisation", ANNA)
    assert (play.case, play.refused) == (None, [("sender.role", "message")])


# --- going stale ---------------------------------------------------------------------------------


@pytest.mark.rule("S2-R12")
def test_a_contact_that_nobody_confirms_goes_stale_after_a_reminder() -> None:
    play = verified().passed("attestation").passed("confirmation")
    assert (play.state, play.sent()) == ("VERIFIED", {("confirm_reminder", "organisation")})
    assert "påmindelse nr. 1" in play.text("confirm_reminder", "organisation")
    play.passed("confirmation")
    assert (play.state, play.alerts()) == ("STALE", ["contact_stale"])
    assert play.sent() == {("unanswered", "inbox")}
    assert play.does("contact_confirmed", "organisation").state == "VERIFIED"


def test_a_new_contact_that_nobody_confirms_goes_stale_too() -> None:
    play = registered().passed("confirmation").passed("confirmation")
    assert play.state == "STALE"


@pytest.mark.rule("S2-R12")
def test_mail_that_comes_back_makes_a_contact_stale() -> None:
    play = verified().passed("attestation")
    assert play.mail("confirm_request", "organisation").on_failed == "contact_bounced"
    play.bounced("contact_bounced", "organisation")
    assert (play.state, play.alerts()) == ("STALE", ["contact_stale"])
    assert play.sent() == {("bounced", "inbox")}


def test_the_contact_ends_on_the_day_that_its_organisation_gave() -> None:
    play = verified({"valid_to": "2026-12-31"})
    play.passed("validity")
    assert (play.state, play.sent()) == ("RETIRED", {("expired", "inbox")})


# --- nobody is left without ----------------------------------------------------------------------


@pytest.mark.rule("S2-R12")
@pytest.mark.parametrize(
    ("event", "body"),
    [("contact_retirement", {}), ("contact_update", ANNA | {"role": "FINANCE"})],
)
def test_the_last_contact_of_a_role_with_open_cases_stays(event: str, body: Any) -> None:
    play = verified()
    play.related = (waiting(),)
    play.does(event, "organisation", body)

    assert (play.codes, play.alerts()) == (["case.state"], ["last_contact_kept"])
    assert "registrér en anden først" in play.last.refused[0].text("da")
    assert play.state == "VERIFIED"


@pytest.mark.rule("S2-R12")
@pytest.mark.parametrize(
    "beside",
    [
        (),
        (waiting(state="EFFECTIVE"),),
        (waiting("delegation_agreement", "REVOKED"),),
        (waiting(), kept("RM-2026-000002")),
    ],
)
def test_a_contact_that_nobody_needs_or_that_has_a_colleague_may_go(beside: Any) -> None:
    play = verified()
    play.related = beside
    play.does("contact_retirement", "organisation", {"reason": "Fratrådt"})
    assert (play.state, play.sent()) == ("RETIRED", {("retired", "organisation")})


@pytest.mark.parametrize(
    "beside",
    [
        {"state": "STALE"},
        {"role": "DRIFT"},
        {"valid_to": "2026-11-22"},
        {"valid_from": "2026-11-24"},
    ],
)
def test_a_colleague_who_is_stale_in_another_role_or_of_another_time_does_not_count(
    beside: Any,
) -> None:
    play = verified()
    play.related = (waiting(), kept("RM-2026-000002", **beside))
    assert play.does("contact_retirement", "organisation").codes == ["case.state"]


@pytest.mark.rule("S2-R12")
def test_the_last_contact_outlives_its_last_day_with_an_alert() -> None:
    play = verified({"valid_to": "2026-12-31"})
    play.related = (waiting(),)
    play.passed("validity")
    assert (play.state, play.alerts()) == ("VERIFIED", ["last_contact_stale"])


def test_the_alert_says_when_the_last_contact_goes_stale() -> None:
    play = verified().passed("attestation").passed("confirmation")
    play.related = (waiting("delegation_agreement", "ACTIVE"),)
    play.passed("confirmation")
    assert (play.state, play.alerts()) == ("STALE", ["last_contact_stale"])


def test_the_directory_looks_for_colleagues_and_for_cases_that_need_the_contact() -> None:
    play = verified()
    asked = {
        relation.kind: relation.value(play.case, PROCEDURE.acts["dialogue"].model_construct())
        for relation in PROCEDURE.relations
        if "contact_retirement" in relation.events
    }
    assert asked == {ORGANISATION: "55133018", NEEDED: needed("55133018", "MYNDIGHED")}


# --- what the directory tells --------------------------------------------------------------------


def extract(body: dict[str, Any] | None = None, asks: Any = AARHUS) -> Stage:
    play = Stage(PROCEDURE, (REGION, as_role(asks, "organisation")))
    play.related = (
        kept("RM-2026-000001"),
        kept("RM-2026-000002", VIBORG, role="DRIFT", name="Dorte Drift"),
        kept("RM-2026-000003", VIBORG, state="STALE"),
        kept("RM-2026-000004", VIBORG, state="RETIRED"),
        kept("RM-2026-000005", VIBORG, valid_to="2026-11-22"),
    )
    return play.does("directory_extract", "organisation", body or {})


@pytest.mark.rule("S2-R12")
def test_a_member_gets_an_extract_of_all_contacts_in_use() -> None:
    play = extract()

    assert play.state == "EXTRACT_SENT"
    assert play.mail("extract", "organisation").documents == ("contacts.csv", "contacts.json")
    table, plain = play.effects(MakeDocument)
    assert [(row[0], row[3], row[11]) for row in table.view["table"]["rows"]] == [
        ("Aarhus Kommune", "myndighed", "Bekræftet"),
        ("Viborg Kommune", "drift", "Bekræftet"),
        ("Viborg Kommune", "myndighed", "Ikke bekræftet i tide"),
    ]
    assert len(table.view["table"]["columns"]) == len(table.view["table"]["rows"][0])
    assert plain.view["contacts"][1]["contact"]["name"] == "Dorte Drift"
    text = play.text("extract", "organisation")
    assert "Kontaktpersoner i alt: 3\nHeraf ikke bekræftet i tide: 1\n\nKolonnen" in text


@pytest.mark.parametrize(("body", "many"), [({"role": "DRIFT"}, 1), ({"of": "29189846"}, 2)])
def test_an_extract_can_be_of_one_role_or_one_organisation(body: Any, many: int) -> None:
    (table, _) = extract(body).effects(MakeDocument)
    assert len(table.view["table"]["rows"]) == many


@pytest.mark.rule("S2-R12")
def test_who_is_no_member_gets_no_extract() -> None:
    assert extract(asks=AALBORG).codes == ["sender.municipality"]


def network(*contacts: Case) -> Stage:
    two = under("contact_directory", cooperation={"municipalities": ["0751", "0791"]})
    play = Stage(two, (REGION,))
    play.related = contacts
    return play.does("check_network", "authority")


@pytest.mark.rule("S2-R3")
def test_the_network_lacks_a_kommune_without_a_confirmed_representative() -> None:
    play = network(
        kept("RM-2026-000001", role="L550_REP"),
        kept("RM-2026-000002", VIBORG, role="MYNDIGHED"),
        kept("RM-2026-000003", VIBORG, role="L550_REP", state="STALE"),
        kept("RM-2026-000004", VIBORG, role="L550_REP", valid_from="2027-01-01"),
    )
    assert play.state == "NETWORK_INCOMPLETE"
    assert "Der mangler: Viborg" in play.text("network_incomplete", "inbox")
    (report,) = play.effects(MakeDocument)
    assert report.view["table"]["rows"] == [["0751", "Aarhus", "Anna And"], ["0791", "Viborg", ""]]


@pytest.mark.rule("S2-R3")
def test_the_network_is_complete_when_each_kommune_has_a_representative() -> None:
    play = network(
        kept("RM-2026-000001", role="L550_REP"), kept("RM-2026-000002", VIBORG, role="L550_REP")
    )
    assert (play.state, play.sent()) == ("NETWORK_COMPLETE", {("network_complete", "inbox")})


@pytest.mark.rule("S2-R3")
def test_the_members_are_those_of_the_register_and_of_no_constant() -> None:
    for region, many in (("1081", 11), ("1082", 19)):
        procedure = under("contact_directory", cooperation={"region": region})
        play = Stage(procedure, (REGION,)).does("check_network", "authority")
        (report,) = play.effects(MakeDocument)
        assert len(report.view["table"]["rows"]) == many


def test_an_entry_is_kept_and_read_back() -> None:
    play = verified()
    assert play.case is not None
    again = Case.from_json(PROCEDURE, play.case.to_json())
    assert again == play.case
    assert isinstance(again.data, Entry)
