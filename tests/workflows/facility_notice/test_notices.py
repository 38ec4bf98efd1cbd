"""News of facilities, told to Takstgruppen, DASSOS and every buyer with an open agreement (P4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from parsers.values import write_date
from tests.workflows.cooperating import REGION, VIBORG, Stage
from workflows.catalogue import procedures
from workflows.engine import Alert, Case, Party, SendMail
from workflows.policy import Policy
from workflows.procedures.governance_mail.body import GovernanceBody
from workflows.procedures.governance_mail.messages import Membership

PROCEDURE = procedures()["facility_notice"]
GRANBO = Party("operator", "granbo", "Granbo", "", "da")
OURS = Party("facility", "granbo", "Granbo", "", "da")
AARHUS = Party("acting", "aarhus", "Aarhus Kommune", "55133018", "da", "0751")
SKIVE = Party("acting", "skive", "Skive Kommune", "29189579", "da", "0779")
ODDER = Party("payer", "odder", "Odder Kommune", "32264328", "da", "0727")
SINCE = datetime(2026, 1, 5, tzinfo=UTC)
RATE = {
    "facility": "granbo",
    "effective_from": "2026-05-01",
    "old_rate": "1845.50",
    "new_rate": "1900.00",
    "contact": "Lise Leder",
    "reason": "Nyt personale",
}
CLOSURE = {
    "facility": "granbo",
    "effective_from": "2026-06-01",
    "contact": "Lise Leder",
    "reason": "Bygningen er nedslidt",
}
OFFER = {
    "name": "Nordlys",
    "operator_type": "REGION",
    "municipality": "0751",
    "target_group": "Døvblindhed",
    "small_target_group": True,
    "places": 6,
    "planned_from": "2027-01-01",
    "contact": "Lise Leder",
    "text": "Et tilbud til en lille målgruppe",
}


class Agreement(BaseModel):
    """What stands in for an agreement's own data: notices only look at state and parties."""


def agreement(number: str, state: str, *parties: Party) -> Case:
    return Case(number, "payment_agreement", state, SINCE, parties, "da", Agreement())


def body(code: str, *members: Party) -> Case:
    seats = tuple(
        Membership(
            person="Dorte",
            organisation=one.cvr,  # type: ignore[arg-type]  # read from text
            level="DIRECTOR",
            valid_from=date(2026, 1, 1),
        )
        for one in members
    )
    data = GovernanceBody(
        code=code,  # type: ignore[arg-type]  # one of the codes
        name=code,
        secretariat=VIBORG.cvr,
        valid_from=date(2026, 1, 1),
        members=seats,
    )
    parties = tuple(
        one if one is REGION else Party(f"member.{one.key}", one.key, one.name, one.cvr, "da")
        for one in members
    )
    return Case(
        f"RM-2026-00001{len(code)}", "governance_mail", "ACTIVE", SINCE, parties, "da", data
    )


RELATED = (
    agreement("RM-2026-000002", "SETTLEMENT_ACTIVE", REGION, AARHUS, OURS),
    agreement("RM-2026-000003", "CONFIRMED", REGION, AARHUS, ODDER, OURS),
    agreement("RM-2026-000004", "ENDED", REGION, SKIVE, OURS),
    body("TAKSTGRUPPE", SKIVE, REGION),
    body("DASSOS", SKIVE),
)


def stage(procedure: Any = PROCEDURE) -> Stage:
    return Stage(procedure, (REGION, GRANBO, VIBORG))


def gives(event: str, said: dict[str, Any], procedure: Any = PROCEDURE, **more: Any) -> Stage:
    return stage(procedure).happens(event, "operator", said | more, related=RELATED)


# --- who is told ---------------------------------------------------------------------------------


@pytest.mark.rule("S4-R8", "S4-R16", "S2-R10")
def test_a_changed_rate_goes_to_the_buyers_and_to_takstgruppen_and_dassos() -> None:
    play = gives("takst_change_notice", RATE)
    assert play.state == "NOTICE_VALID"
    assert play.told("rate_buyer") == ["buyer.aarhus", "buyer.odder"]
    assert play.told("rate_bodies") == ["secretariat", "governance.skive", "inbox"]
    assert play.told("rate_received") == ["sender"]
    cases = {m.to: m.values["cases"] for m in play.effects(SendMail) if m.wording == "rate_buyer"}
    assert cases == {
        "buyer.aarhus": "RM-2026-000002, RM-2026-000003",
        "buyer.odder": "RM-2026-000003",
    }


def test_buyers_whose_agreements_are_over_are_not_told() -> None:
    assert "buyer.skive" not in gives("takst_change_notice", RATE).told("rate_buyer")


@pytest.mark.rule("S4-R8", "S4-R16", "S2-R10")
def test_a_closure_is_told_in_the_same_way() -> None:
    play = gives("offer_closure_notice", CLOSURE)
    assert play.state == "NOTICE_VALID"
    assert play.told("closure_buyer") == ["buyer.aarhus", "buyer.odder"]
    assert play.told("closure_bodies")[0] == "secretariat"


@pytest.mark.rule("S4-R7", "S4-R9")
def test_a_proposed_offer_goes_to_dassos_and_not_to_buyers() -> None:
    play = gives("new_offer_proposal", OFFER)
    assert play.state == "PROPOSED"
    assert play.told("new_offer_bodies") == ["secretariat", "governance.skive", "inbox"]
    assert play.mail("new_offer_bodies").values["small"] == "ja"
    assert not [one for one in play.sent() if one[1].startswith("buyer.")]


@pytest.mark.rule("S4-R9")
def test_a_proposal_is_concluded_and_its_proposer_told() -> None:
    play = gives("new_offer_proposal", OFFER).happens("conclude", "authority", {"text": "Ja"})
    assert play.state == "CONCLUDED"
    assert "operator" in play.told("concluded")


@pytest.mark.rule("S4-R3")
def test_whose_an_offer_will_be_fits_its_proposer() -> None:
    region = stage().happens("new_offer_proposal", "authority", OFFER | {"operator_type": "OWN"})
    assert region.codes == ["field.invalid"]
    skive = Party("operator", "skive", "Skive Kommune", "29189579", "da", "0779")
    play = Stage(PROCEDURE, (REGION, skive, VIBORG))
    assert play.happens("new_offer_proposal", "operator", OFFER).codes == ["field.invalid"]
    said = OFFER | {"operator_type": "OWN"}
    assert play.happens("new_offer_proposal", "operator", said).state == "PROPOSED"


@pytest.mark.rule("S4-R4")
def test_a_facility_speaks_for_itself_and_the_region_for_its_own() -> None:
    assert gives("takst_change_notice", RATE, facility="solbo").codes == ["facility.unknown"]
    ours = Stage(PROCEDURE, (REGION, OURS, VIBORG))
    assert ours.happens("takst_change_notice", "authority", RATE).state == "NOTICE_VALID"
    assert ours.sent() == [("rate_bodies", "secretariat")]
    none = Stage(PROCEDURE, (REGION, VIBORG))
    assert none.happens("takst_change_notice", "authority", RATE).codes == ["facility.unknown"]


def test_a_notice_that_names_a_citizen_is_stopped() -> None:
    play = gives("takst_change_notice", RATE, reason="For 670765-4005")
    assert (play.codes, play.places) == (["field.invalid"], ["reason"])
    assert [one.code for one in play.effects(Alert)] == ["citizen_number"]


def test_a_rate_that_stays_the_same_or_began_already_is_no_change() -> None:
    assert gives("takst_change_notice", RATE, new_rate="1845.50").places == ["new_rate"]
    early = gives("takst_change_notice", RATE, effective_from="2026-03-02")
    assert early.places == ["effective_from"]


# --- how long before -----------------------------------------------------------------------------


@pytest.mark.rule("S4-R8", "S4-R16", "S2-R10")
@pytest.mark.parametrize(
    ("event", "said", "wanted"),
    [("takst_change_notice", RATE, "2026-04-30"), ("offer_closure_notice", CLOSURE, "2026-04-30")],
)
def test_a_short_notice_takes_effect_on_the_first_possible_day(
    event: str, said: dict[str, Any], wanted: str
) -> None:
    play = gives(event, said, effective_from=wanted)
    assert play.state == "NOTICE_SHORT"
    assert play.data.effective == date(2026, 5, 1)
    assert play.deadline("takes_effect").due.isoformat() == "2026-04-30T21:59:59+00:00"
    assert all("for kort" in m.values["verdict"] for m in play.effects(SendMail))


@pytest.mark.rule("S4-R8", "S4-R16", "S2-R10")
@pytest.mark.parametrize(
    ("event", "said"), [("takst_change_notice", RATE), ("offer_closure_notice", CLOSURE)]
)
def test_an_intent_does_not_bind_and_is_only_warned_of(event: str, said: dict[str, Any]) -> None:
    settings = {"procedures": {"facility_notice": {"level": "DECLARATION_OF_INTENT"}}}
    procedure = procedures(Policy.model_validate(settings))["facility_notice"]
    play = gives(event, said, procedure, effective_from="2026-04-30")
    assert play.state == "NOTICE_VALID_WITH_WARNING"
    assert play.data.effective == date(2026, 4, 30)


@pytest.mark.rule("S2-R10")
def test_the_period_is_a_setting() -> None:
    period = {"facility_notice": {"rate_period": {"months": 3}}}
    procedure = procedures(Policy.model_validate({"procedures": period}))["facility_notice"]
    assert gives("takst_change_notice", RATE, procedure).data.effective == date(2026, 6, 2)


@pytest.mark.rule("S4-R8")
def test_a_notice_takes_effect_and_all_are_told() -> None:
    play = gives("takst_change_notice", RATE).passed("objections").passed("takes_effect")
    assert play.state == "EFFECTIVE"
    assert {"operator", "buyer.aarhus", "buyer.odder", "secretariat"} <= {*play.told("in_effect")}


def test_a_notice_given_before_new_year_runs_out_after_it() -> None:
    play = stage().at(2026, 12, 30)
    play.happens("takst_change_notice", "operator", RATE | {"effective_from": "2027-01-01"})
    assert play.data.effective == date(2027, 1, 31)


# --- what buyers say to it -----------------------------------------------------------------------


def test_an_objection_is_settled_by_a_person() -> None:
    play = gives("takst_change_notice", RATE)
    play.happens("notice_objection", "buyer.aarhus", {"text": "For dyrt"})
    assert play.state == "DISPUTED"
    assert play.told("objection") == ["operator", "secretariat"]
    play.passed("takes_effect")
    assert play.state == "DISPUTED"
    assert [one.code for one in play.effects(Alert)] == ["disputed"]
    play.happens("settle_objection", "authority", {"text": "Fastholdt"})
    assert play.state == "NOTICE_VALID"


def test_buyers_are_told_by_when_to_object_and_later_it_changes_nothing() -> None:
    play = gives("takst_change_notice", RATE)
    until = play.data.objections_until
    assert play.mail("rate_buyer").values["objection_due"] == write_date(until, "da")
    assert play.deadline("objections").due == PROCEDURE.days.end_of_day(until)
    play.at(until.year, until.month, until.day, 20)
    early = play.happens("notice_objection", "buyer.aarhus", {"text": "For dyrt"})
    assert early.state == "DISPUTED"

    play = gives("takst_change_notice", RATE)
    after = until + timedelta(days=1)
    play.at(after.year, after.month, after.day)
    play.happens("notice_objection", "buyer.aarhus", {"text": "For dyrt"})
    assert play.state == "NOTICE_VALID"
    assert play.told("late_objection") == ["operator", "secretariat"]
    assert play.told("late_objection_received") == ["sender"]
    assert play.data.objections == ()
    assert play.effects(Alert) == []


def test_a_disputed_notice_that_is_settled_late_takes_effect_then() -> None:
    play = gives("takst_change_notice", RATE)
    play.happens("notice_objection", "buyer.aarhus", {"text": "For dyrt"}).passed("takes_effect")
    play.happens("settle_objection", "authority", {"text": "Fastholdt"})
    assert play.deadline("takes_effect").due < play.now
    assert play.passed("takes_effect").state == "EFFECTIVE"


def test_a_notice_can_be_taken_back() -> None:
    play = gives("takst_change_notice", RATE)
    play.happens("notice_withdrawal", "operator", {"reason": "Fejl"})
    assert play.state == "WITHDRAWN"
    assert "buyer.aarhus" in play.told("withdrawn")
    assert play.told("withdrawal_received") == ["sender"]


def test_who_is_no_buyer_has_nothing_to_object() -> None:
    play = gives("takst_change_notice", RATE)
    said = {"text": "For dyrt"}
    assert play.happens("notice_objection", "governance.skive", said).codes == ["sender.role"]
