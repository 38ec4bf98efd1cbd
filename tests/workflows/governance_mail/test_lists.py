"""The lists of the cooperation's bodies: who sits in them, who posts, who reads (S4, P3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.cooperating import REGION, VIBORG, Stage, kommuner
from workflows.catalogue import procedures
from workflows.engine import Alert, AttachmentRef, FileUnder, Party
from workflows.procedures.governance_mail.seats import BODIES

PROCEDURE = procedures()["governance_mail"]
KOMMUNER = kommuner("member")
AARHUS = next(one for one in KOMMUNER if one.municipality == "0751")
SKIVE = next(one for one in KOMMUNER if one.municipality == "0779")
UNION = Party("member.brug", "brug", "Brugerforeningen", "25775635", "da")
FILE = AttachmentRef("bilag.docx", "ab" * 32, "7", False)
CALL = {
    "title": "Møde i maj",
    "meeting_date": "2026-05-04",
    "time": "kl. 9-11",
    "place": "Viborg",
    "text": "Velkommen",
}


def seat(who: Party, level: str, **more: Any) -> dict[str, Any]:
    said = {"person": f"{level.title()} i {who.name}", "organisation": who.cvr, "level": level}
    return said | {"valid_from": "2026-01-01"} | more


def opened(code: str, *members: dict[str, Any], **body: Any) -> Stage:
    parties = (REGION, VIBORG, *KOMMUNER, UNION)
    said = {"code": code, "name": code.title(), "valid_from": "2026-01-01", "members": members}
    return Stage(PROCEDURE, parties).happens("body_open", "authority", said | body)


def levels(code: str, *members: dict[str, Any], **body: Any) -> list[str]:
    return opened(code, *members, **body).places


def kontaktudvalg() -> Stage:
    mayors = [seat(one, "MAYOR") for one in KOMMUNER]
    return opened("KONTAKTUDVALG", *mayors, seat(REGION, "REGIONAL_CHAIR"))


def dassos(*more: dict[str, Any]) -> Stage:
    some = (seat(AARHUS, "DIRECTOR"), seat(SKIVE, "MANAGER"), seat(REGION, "DIRECTOR"))
    return opened("DASSOS", *some, *more)


# --- who sits where ------------------------------------------------------------------------------


def test_the_tree_of_bodies_is_that_of_the_fact_sheet() -> None:
    parents = {code: rule.parent for code, rule in BODIES.items()}
    assert len(BODIES) == 14
    assert (parents["TAKSTGRUPPE"], parents["DASSOS"]) == ("DASSOS", "KD_NET")


@pytest.mark.rule("S4-R11")
def test_councils_consist_of_their_own_politicians() -> None:
    assert levels("BYRAAD", seat(AARHUS, "MAYOR"), seat(AARHUS, "POLITICIAN")) == []
    assert levels("BYRAAD", seat(REGION, "REGIONAL_CHAIR")) == ["members.0.level"]
    two = (seat(REGION, "REGIONAL_CHAIR"), seat(REGION, "REGIONAL_CHAIR"))
    assert levels("REGIONSRAAD", *two) == ["members.1.level"]
    assert opened("BYRAAD").effects(FileUnder) == [FileUnder("governance_body", "BYRAAD")]


@pytest.mark.rule("S4-R12")
def test_kkr_is_one_mayor_of_each_kommune_and_some_politicians() -> None:
    mayors = [seat(one, "MAYOR") for one in KOMMUNER]
    assert levels("KKR", *mayors, seat(AARHUS, "POLITICIAN"), seat(AARHUS, "POLITICIAN")) == []
    assert levels("KKR", *mayors, seat(AARHUS, "MAYOR")) == ["members.19.level"]
    assert levels("KKR", seat(REGION, "REGIONAL_CHAIR")) == ["members.0.level"]
    stage = opened("KKR", *mayors[1:]).happens("check_seats", "authority")
    assert stage.mail("checked").values["missing"] == f"- {KOMMUNER[0].name}: Borgmester"


@pytest.mark.rule("S4-R13")
def test_kontaktudvalget_has_exactly_twenty_seats() -> None:
    stage = kontaktudvalg()
    assert stage.state == "ACTIVE"
    assert len(stage.data.members) == 20
    assert stage.mail("opened").values["missing"] == "–"
    change = {"change": "APPOINTED", "person": "Ny", "on": "2026-02-01"}
    second = change | {"organisation": AARHUS.cvr, "level": "MAYOR"}
    assert stage.happens("member_change", "secretariat", second, parties=(AARHUS,)).codes == [
        "field.invalid"
    ]
    left = {
        "change": "LEFT",
        "person": "mayor i aarhus kommune",
        "organisation": AARHUS.cvr,
        "level": "MAYOR",
        "on": "2026-01-31",
    }
    assert stage.happens("member_change", AARHUS.role, left, parties=(AARHUS,)).codes == []
    assert "Aarhus Kommune: Borgmester" in stage.mail("member").values["missing"]
    stage.happens("check_seats", "authority")
    assert stage.mail("checked").values["missing"] == "- Aarhus Kommune: Borgmester"
    assert stage.happens("member_change", "secretariat", second, parties=(AARHUS,)).codes == []
    assert stage.mail("member").values["missing"] == "–"


@pytest.mark.rule("S4-R14")
def test_kd_net_is_each_chief_executive_and_a_group_director_of_the_region() -> None:
    chiefs = [seat(one, "CHIEF_EXECUTIVE") for one in KOMMUNER]
    stage = opened("KD_NET", *chiefs, seat(REGION, "GROUP_DIRECTOR"))
    assert stage.mail("opened").values["missing"] == "–"
    assert levels("KD_NET", seat(REGION, "DIRECTOR")) == ["members.0.level"]
    new = {"change": "APPOINTED", "person": "Ny", "on": "2026-02-01", "level": "GROUP_DIRECTOR"}
    stage.happens("member_change", "secretariat", new | {"organisation": REGION.cvr})
    assert stage.codes[-1] == "field.invalid"


@pytest.mark.rule("S4-R15")
def test_the_region_sits_in_dassos_with_its_social_director() -> None:
    stage = dassos()
    assert stage.mail("opened").values["parent"] == "KD-net"
    assert levels("DASSOS", seat(REGION, "GROUP_DIRECTOR")) == ["members.0.level"]
    new = {"change": "APPOINTED", "person": "Ny", "on": "2026-02-01", "level": "MANAGER"}
    stage.happens("member_change", SKIVE.role, new | {"organisation": SKIVE.cvr}, parties=(SKIVE,))
    assert stage.codes == []
    assert len(stage.data.members) == 4


@pytest.mark.rule("S4-R16")
def test_the_region_sits_in_takstgruppen_with_economy_staff() -> None:
    assert levels("TAKSTGRUPPE", seat(REGION, "ECONOMY_STAFF"), seat(AARHUS, "MANAGER")) == []
    assert levels("TAKSTGRUPPE", seat(REGION, "DIRECTOR")) == ["members.0.level"]
    assert opened("TAKSTGRUPPE").mail("opened").values["parent"] == "DASSOS"


@pytest.mark.rule("S4-R19")
def test_ad_hoc_groups_have_an_end_and_then_end() -> None:
    assert levels("AD_HOC") == ["valid_to"]
    assert levels("AD_HOC", valid_to="2025-12-31") == ["valid_to"]
    stage = opened("AD_HOC", seat(AARHUS, "STAFF"), valid_to="2026-12-31")
    assert stage.deadline("body_end").due.isoformat() == "2026-12-31T22:59:59+00:00"
    assert stage.passed("body_end").state == "CLOSED"
    assert stage.happens("meeting_call", "secretariat", CALL).codes == ["case.state"]


@pytest.mark.rule("S4-R19")
def test_the_brain_injury_council_is_joint() -> None:
    some = (seat(AARHUS, "STAFF"), seat(REGION, "STAFF"), seat(UNION, "OBSERVER"))
    assert levels("HJERNESKADESAMRAAD", *some) == []
    assert levels("HJERNESKADESAMRAAD", seat(AARHUS, "MAYOR")) == ["members.0.level"]


@pytest.mark.rule("S4-R20")
@pytest.mark.parametrize("code", ["PSYKIATRIFORUM", "SUNDHEDSKLYNGE"])
def test_the_region_sits_in_forums_of_health_at_several_levels(code: str) -> None:
    some = (seat(REGION, "GROUP_DIRECTOR"), seat(REGION, "STAFF"), seat(AARHUS, "MANAGER"))
    assert opened(code, *some).state == "ACTIVE"
    assert levels(code, seat(REGION, "CHIEF_EXECUTIVE")) == ["members.0.level"]


@pytest.mark.rule("S4-R21")
def test_the_regions_chair_leads_the_health_coordination_committee_with_four_more() -> None:
    chair = seat(REGION, "REGIONAL_CHAIR", chair=True)
    four = [seat(REGION, "REGIONAL_COUNCILLOR", person=f"R{n}") for n in range(4)]
    code = "SUNDHEDSKOORDINATIONSUDVALG"
    assert opened(code, chair, *four).mail("opened").values["missing"] == "–"
    fifth = seat(REGION, "REGIONAL_COUNCILLOR", person="R5")
    assert levels(code, chair, *four, fifth) == ["members.5.level"]
    assert levels(code, seat(REGION, "REGIONAL_CHAIR")) == ["members.0.chair"]
    assert levels(code, chair, seat(AARHUS, "MAYOR", chair=True)) == ["members.1.chair"]
    stage = opened(code, chair, *four[1:]).happens("check_seats", "authority")
    assert stage.mail("checked").values["missing"] == "- Region Midtjylland: Regionsrådsmedlem"


@pytest.mark.rule("S4-R22")
def test_the_steering_group_for_health_is_of_kommuner_alone() -> None:
    assert levels("SUNDHEDSSTYREGRUPPE", seat(AARHUS, "DIRECTOR")) == []
    assert levels("SUNDHEDSSTYREGRUPPE", seat(REGION, "DIRECTOR")) == ["members.0.level"]


# --- who posts and who reads ---------------------------------------------------------------------


@pytest.mark.rule("S4-R17")
def test_dassos_and_what_lies_below_it_have_the_joint_secretariat() -> None:
    aarhus = Party("secretariat", AARHUS.key, AARHUS.name, AARHUS.cvr, "da", "0751")
    said = {"code": "TAKSTGRUPPE", "name": "Takstgruppen", "valid_from": "2026-01-01"}
    stage = Stage(PROCEDURE, (REGION, aarhus))
    stage.happens("body_open", "authority", said | {"secretariat": AARHUS.cvr})
    assert stage.places == ["secretariat"]
    assert levels("DASSOS", secretariat=VIBORG.cvr) == []


@pytest.mark.rule("S4-R18")
def test_a_secretariat_that_nobody_knows_is_refused() -> None:
    assert levels("KKR", secretariat="25775635") == ["secretariat"]


@pytest.mark.rule("S4-R17", "S4-R18")
@pytest.mark.parametrize("what", ["meeting_call", "agenda", "minutes", "minutes_approval"])
def test_only_the_secretariat_posts_and_each_reader_gets_a_mail_of_its_own(what: str) -> None:
    said: dict[str, Any] = {"title": "Møde", "meeting_date": "2026-05-04", "text": "Punkt 1"}
    said |= {"meeting_call": {"time": "kl. 9", "place": "Viborg"}}.get(what, {})
    said |= {"minutes_approval": {"approved_on": "2026-06-01"}}.get(what, {})
    stage = dassos()
    assert stage.happens(what, AARHUS.role, said).codes == ["sender.role"]
    assert stage.happens(what, "authority", said).codes == ["sender.role"]
    stage.happens(what, "secretariat", said, attachments=(FILE,))
    assert sorted(stage.told(what)) == sorted([AARHUS.role, SKIVE.role, "inbox"])
    assert stage.told("posted") == ["sender"]
    assert stage.data.posts[0].what == what


@pytest.mark.rule("S4-R23")
def test_interest_organisations_read_and_do_not_post() -> None:
    stage = opened("PSYKIATRIFORUM", seat(AARHUS, "MANAGER"), seat(UNION, "OBSERVER"))
    for what in ("agenda", "minutes"):
        said = {"title": "Møde", "meeting_date": "2026-05-04", "text": "Punkt 1"}
        assert "reader.brug" in stage.happens(what, "secretariat", said).told(what)
    assert "reader.brug" in stage.happens("meeting_call", "secretariat", CALL).told("meeting_call")
    approval = {"title": "M", "meeting_date": "2026-05-04", "approved_on": "2026-06-01"}
    stage.happens("minutes_approval", "secretariat", approval)
    assert "reader.brug" in stage.told("minutes_approval")
    assert stage.happens("dialogue", "reader.brug", {"text": "Hej"}).codes == ["sender.role"]
    assert stage.happens("dialogue", AARHUS.role, {"text": "Hej"}).codes == []


@pytest.mark.rule("S4-R23")
def test_interest_organisations_have_no_seat() -> None:
    assert levels("SUNDHEDSKLYNGE", seat(UNION, "STAFF")) == ["members.0.level"]
    assert levels("SUNDHEDSKLYNGE", seat(AARHUS, "OBSERVER")) == ["members.0.level"]
    assert levels("KKR", seat(UNION, "OBSERVER")) == ["members.0.level"]


def test_who_has_left_is_written_to_no_more() -> None:
    stage = dassos()
    left = {
        "change": "LEFT",
        "person": "Manager i Skive Kommune",
        "organisation": SKIVE.cvr,
        "level": "MANAGER",
        "on": "2026-03-02",
    }
    stage.happens("member_change", "secretariat", left, parties=(SKIVE,))
    assert SKIVE.role in stage.happens("meeting_call", "secretariat", CALL).told("meeting_call")
    stage.at(2026, 3, 3).happens("meeting_call", "secretariat", CALL)
    assert SKIVE.role not in stage.told("meeting_call")


def test_who_comes_is_written_to_from_the_first_day() -> None:
    stage = dassos()
    odder = next(one for one in KOMMUNER if one.municipality == "0727")
    new = {
        "change": "APPOINTED",
        "person": "Ny Leder",
        "organisation": odder.cvr,
        "level": "MANAGER",
        "on": "2026-04-01",
    }
    stage.happens("member_change", "secretariat", new, parties=(odder,))
    assert odder.role not in stage.happens("meeting_call", "secretariat", CALL).told("meeting_call")
    stage.at(2026, 4, 1).happens("meeting_call", "secretariat", CALL)
    assert odder.role in stage.told("meeting_call")


def test_an_organisation_changes_its_own_members_only() -> None:
    stage = dassos()
    new = {"change": "APPOINTED", "person": "N", "on": "2026-04-01", "level": "MANAGER"}
    body = new | {"organisation": SKIVE.cvr}
    stage.happens("member_change", AARHUS.role, body, parties=(SKIVE,))
    assert stage.codes == ["sender.municipality"]
    gone = body | {"change": "LEFT", "person": "Ukendt"}
    assert stage.happens("member_change", SKIVE.role, gone, parties=(SKIVE,)).codes == [
        "field.invalid"
    ]
    unknown = body | {"organisation": "12345674", "level": "OBSERVER"}
    assert "partner.unknown" in stage.happens("member_change", "secretariat", unknown).codes


APPOINTED = {"change": "APPOINTED", "person": "Ny Leder", "on": "2026-04-01", "level": "MANAGER"}


def test_the_authority_that_keeps_the_list_changes_all_members_and_they_are_told() -> None:
    left = APPOINTED | {"change": "LEFT", "organisation": SKIVE.cvr}
    left |= {"person": "Manager i Skive Kommune", "on": "2026-03-31"}
    stage = dassos().happens("member_change", "authority", left, parties=(SKIVE,))
    assert stage.codes == []
    assert stage.sent() == [("member", "secretariat"), ("member_told", SKIVE.role)]
    assert stage.mail("member_told").values["what_day"] == "Sidste dag"


def test_an_organisation_hears_of_its_members_from_others_only() -> None:
    stage = dassos()
    odder = Party("member.odder", "odder", "Odder Kommune", "32264328", "en", "0727")
    new = APPOINTED | {"organisation": odder.cvr, "until": "2026-12-31"}
    stage.happens("member_change", "secretariat", new, parties=(odder,))
    told = stage.mail("member_told")
    assert (told.to, told.values["change"]) == (odder.role, "Appointed")
    assert told.values["until"] == "31 December 2026"
    own = APPOINTED | {"organisation": SKIVE.cvr}
    assert (
        stage.happens("member_change", SKIVE.role, own, parties=(SKIVE,)).told("member_told") == []
    )
    region = APPOINTED | {"organisation": REGION.cvr, "change": "LEFT", "level": "DIRECTOR"}
    region |= {"person": "Director i Region Midtjylland"}
    assert stage.happens("member_change", "secretariat", region).told("member_told") == ["inbox"]


def test_a_seat_ends_after_it_begins() -> None:
    backwards = seat(AARHUS, "DIRECTOR", valid_to="2025-12-31")
    assert levels("DASSOS", backwards) == ["members.0.valid_to"]
    body = APPOINTED | {"organisation": SKIVE.cvr, "until": "2026-03-31"}
    stage = dassos().happens("member_change", "secretariat", body, parties=(SKIVE,))
    assert stage.refused == [("field.invalid", "until")]


@pytest.mark.rule("S4-R13")
def test_a_seat_that_somebody_gets_later_is_not_given_twice() -> None:
    later = seat(AARHUS, "MAYOR", valid_from="2026-06-01")
    first = seat(AARHUS, "MAYOR", valid_to="2026-05-31")
    assert levels("KONTAKTUDVALG", first, later) == []
    assert levels("KONTAKTUDVALG", later, seat(AARHUS, "MAYOR")) != []


def test_a_post_names_those_who_sit_on_the_day() -> None:
    before = seat(AARHUS, "DIRECTOR", person="Forhenværende", valid_to="2026-02-28")
    stage = opened("DASSOS", before, seat(AARHUS, "DIRECTOR", person="Nuværende"))
    stage.happens("meeting_call", "secretariat", CALL)
    assert stage.mail("meeting_call").values["people"] == "Nuværende"


def test_a_member_that_cannot_be_written_to_is_refused() -> None:
    stage = Stage(PROCEDURE, (REGION, VIBORG, SKIVE))
    said = {"code": "DASSOS", "name": "DASSOS", "valid_from": "2026-01-01"}
    members = [seat(AARHUS, "DIRECTOR")]
    stage.happens("body_open", "authority", said | {"members": members})
    assert stage.places == ["members.0.organisation"]


@pytest.mark.parametrize(
    ("body", "files", "place"),
    [
        ({"text": "Borger 670765-4005 flytter"}, (), "text"),
        ({"title": "Om 6707654005"}, (), "title"),
        ({}, (AttachmentRef("670765-4005.pdf", "ab" * 32, "7"),), "attachments"),
        ({}, (AttachmentRef("bilag.docx", "ab" * 32, "7", True),), "attachments"),
    ],
)
def test_a_mail_that_names_a_citizen_is_stopped(
    body: dict[str, Any], files: tuple[AttachmentRef, ...], place: str
) -> None:
    stage = dassos().happens("meeting_call", "secretariat", CALL | body, attachments=files)
    assert (stage.codes, stage.places) == (["field.invalid"], [place])
    assert [one.code for one in stage.effects(Alert)] == ["citizen_number"]
    assert stage.data.posts == ()


def test_the_secretariat_hears_which_files_could_not_be_searched() -> None:
    pdf = AttachmentRef("bilag.pdf", "ab" * 32, "7", None)
    stage = dassos().happens("meeting_call", "secretariat", CALL, attachments=(FILE, pdf))
    assert stage.mail("posted").values["unread"] == "bilag.pdf"


def test_a_body_is_dissolved_by_the_authority() -> None:
    assert dassos().happens("body_close", "authority", {"note": "Slut"}).state == "CLOSED"


def test_a_mail_shows_no_label_and_no_dash_where_nothing_was_said() -> None:
    stage = dassos().happens("meeting_call", "secretariat", CALL | {"text": None})
    assert stage.mail("meeting_call").values["text"] == ""
    stage = dassos()
    assert stage.mail("opened").values["until"] == ""


def test_who_named_a_citizen_is_told_why_it_was_refused() -> None:
    stage = dassos().happens("meeting_call", "secretariat", CALL | {"text": "Om 670765-4005"})
    (problem,) = stage.last.refused
    assert "personnummer" in problem.text("da")
    assert "670765" not in problem.text("da")
