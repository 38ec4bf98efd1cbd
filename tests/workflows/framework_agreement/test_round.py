"""The framework agreement, played with all twenty councils (S4, P1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from parsers.canonical import digest
from tests.workflows.framework_agreement.round import (
    COUNCILS,
    PROCEDURE,
    REGION,
    VIBORG,
    Play,
)
from workflows.catalogue import procedures
from workflows.engine import Alert, MakeDocument
from workflows.policy import Policy
from workflows.procedures.framework_agreement.conditions import reads_like_a_condition

AARHUS = next(one for one in COUNCILS if one.municipality == "0751")
SKIVE = next(one for one in COUNCILS if one.municipality == "0779")


def test_twenty_councils_take_an_agreement_from_the_first_text_to_its_end() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    assert play.state == "APPROVAL_ROUND"
    play.votes_of_all()
    assert play.state == "ADOPTED"
    assert len([1 for wording, _ in play.sent() if wording == "adopted"]) == 20
    play.at(2026, 11, 2, 9).happens(
        "fa_published",
        "authority",
        {
            "where": "https://rm.example/rammeaftale",
            "published_on": "2026-11-01",
            "sent_to_agency_on": "2026-11-02",
        },
    )
    assert play.state == "PUBLISHED"
    play.passed("entry_into_force")
    assert play.state == "IN_FORCE"
    play.passed("period_end")
    assert play.state == "ENDED"


@pytest.mark.rule("S4-R5")
def test_an_agreement_holds_for_two_whole_calendar_years() -> None:
    play = Play().opened()
    assert (play.framework.first_day, play.framework.last_day) == (
        date(2027, 1, 1),
        date(2028, 12, 31),
    )
    play = Play().asked().at(2026, 9, 30, 8).votes_of_all().at(2026, 11, 2, 9)
    published = {"where": "nettet", "published_on": "2026-11-01", "sent_to_agency_on": "2026-11-01"}
    play.happens("fa_published", "authority", published)
    entry = play.deadline("entry_into_force")
    assert entry.due.isoformat() == "2026-12-31T22:59:59+00:00"
    play.passed("entry_into_force")
    assert play.state == "IN_FORCE"
    assert len(play.sent()) == 20
    assert play.deadline("period_end").due.isoformat() == "2028-12-31T22:59:59+00:00"
    assert play.passed("period_end").state == "ENDED"


@pytest.mark.rule("S4-R5")
def test_an_agreement_is_opened_before_its_first_year() -> None:
    assert Play().opened(first_year=2026).codes == ["field.invalid"]


@pytest.mark.rule("S4-R10", "S4-R11")
def test_all_nineteen_councils_and_the_regional_council_are_asked() -> None:
    play = Play().asked()
    assert play.state == "APPROVAL_ROUND"
    asked = [to for wording, to in play.sent() if wording == "approval_request"]
    assert asked == [*(one.role for one in COUNCILS), "inbox"]
    assert len(asked) == len(set(asked)) == 20


@pytest.mark.rule("S4-R10", "S4-R11")
def test_a_round_cannot_be_planned_without_every_council() -> None:
    play = Play(parties=(REGION, VIBORG, *COUNCILS[1:])).opened()
    assert play.case is None
    assert [(p.code, p.params["label"]) for p in play.last.refused] == [
        ("partner.unknown", COUNCILS[0].cvr)
    ]


@pytest.mark.rule("S4-R10")
def test_who_takes_part_is_data() -> None:
    some = {"cooperation": {"municipalities": ["0751", "0791"]}}
    procedure = procedures(Policy.model_validate(some))["framework_agreement"]
    play = Play(procedure).asked()
    asked = [to for wording, to in play.sent() if wording == "approval_request"]
    assert asked == ["council.k0751", "council.k0791", "inbox"]


@pytest.mark.rule("S4-R18")
def test_the_secretariat_has_to_be_known() -> None:
    assert Play(parties=(REGION, *COUNCILS)).opened().codes == ["partner.unknown"]


@pytest.mark.rule("S4-R17", "S4-R18")
def test_viborg_can_run_the_gateway_as_the_secretariat() -> None:
    viborg = replace(VIBORG, role="authority", key="authority")
    region = replace(REGION, role="council.region", key="region")
    others = tuple(one for one in COUNCILS if one.cvr != VIBORG.cvr)
    play = Play(parties=(viborg, *others, region)).opened().steering("authority")
    assert play.framework.steering is not None
    assert play.framework.approver(VIBORG.cvr).role == "inbox"  # type: ignore[union-attr]
    assert play.framework.approver(REGION.cvr).role == "council.region"  # type: ignore[union-attr]


@pytest.mark.rule("S4-R16")
def test_the_text_waits_for_takstgruppens_steering_agreement() -> None:
    play = Play().opened().draft()
    assert play.codes == ["field.missing"]
    assert play.state == "DRAFTING"
    assert play.steering().draft().state == "DASSOS_REVIEW"
    assert newest_steering(play) == "Styringsaftale"


def newest_steering(play: Play) -> str:
    return play.framework.drafts[-1].steering.title


@pytest.mark.rule("S4-R17", "S4-R18")
def test_only_the_secretariat_speaks_for_takstgruppen_and_dassos() -> None:
    assert Play().opened().steering("authority").codes == ["sender.role"]
    assert Play().opened().steering("council.k0751").codes == ["sender.role"]
    play = Play().opened().steering().draft()
    assert play.recommend("DASSOS", role="authority").codes == ["sender.role"]
    assert play.state == "DASSOS_REVIEW"


@pytest.mark.rule("S4-R12", "S4-R13", "S4-R14", "S4-R15")
def test_dassos_kd_net_and_kkr_recommend_in_this_order() -> None:
    play = Play().opened().steering().draft()
    assert play.sent()[-1] == ("review_request", "secretariat")
    assert play.recommend("KKR").codes == ["field.invalid"]
    assert play.recommend("DASSOS").state == "KD_NET_REVIEW"
    play.recommend("KD_NET")
    assert play.state == "KKR_REVIEW"
    informed = [to for wording, to in play.sent() if wording == "informed"]
    assert len(informed) == 20, "Kontaktudvalget: 19 mayors and the region's chair"
    assert play.recommend("KKR").state == "APPROVAL_ROUND"


def test_a_body_can_send_the_draft_back() -> None:
    play = Play().opened().steering().draft().recommend("DASSOS")
    assert play.recommend("KD_NET", "RETURNED").state == "DRAFTING"
    assert play.draft("Ny tekst").state == "DASSOS_REVIEW"
    assert [one.number for one in play.framework.drafts] == [1, 2]


@pytest.mark.rule("S4-R10")
def test_the_digest_is_that_of_the_file_that_councils_get() -> None:
    play = Play().opened().steering().draft()
    documents = {one.key: one.view for one in play.effects(MakeDocument)}
    assert digest(documents["framework-1.json"]) == play.digest
    assert documents["framework-1.pdf"]["digest"] == play.digest


@pytest.mark.rule("S4-R10")
def test_a_vote_is_the_councils_own() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    assert play.vote(AARHUS, {"organisation": SKIVE.cvr}).codes == ["sender.municipality"]
    assert play.vote(AARHUS, assurance="tunnel").codes == ["sender.assurance"]
    assert play.vote(AARHUS, may=frozenset({"request"})).codes == ["sender.role"]
    assert play.standing(AARHUS) is None


@pytest.mark.rule("S4-R10")
def test_a_vote_brings_its_protocol_extract() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    assert play.vote(AARHUS, attachments=()).codes == ["field.missing"]
    other = {"protocol_extract": "andet.pdf"}
    assert play.vote(AARHUS, other).codes == ["field.invalid"]
    assert play.vote(AARHUS, {"protocol_extract": "protokol.pdf"}).codes == []
    assert play.standing(AARHUS).protocol_extract == "protokol.pdf"


@pytest.mark.rule("S4-R10")
def test_a_vote_on_a_meeting_to_come_is_refused() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    assert play.vote(AARHUS, {"meeting_date": "2026-10-07"}).codes == ["field.invalid"]


@pytest.mark.rule("S4-R10")
def test_our_own_council_votes_before_four_eyes() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    assert play.vote(REGION, {"second_person": None}).codes == ["field.missing"]
    assert play.vote(REGION, {"second_person": "rie  region"}).codes == ["field.invalid"]
    assert play.vote(REGION, {"protocol_extract": None}).codes == ["field.missing"]
    assert play.vote(REGION, {"organisation": AARHUS.cvr}).codes == ["sender.municipality"]
    assert play.vote(REGION).codes == []


@pytest.mark.rule("S4-R10")
def test_a_later_vote_replaces_an_earlier_one_and_both_are_kept() -> None:
    play = Play().asked().at(2026, 9, 30, 8).vote(AARHUS)
    assert play.state == "APPROVAL_ROUND"
    play.vote(AARHUS, {"outcome": "APPROVED_WITH_REMARKS", "remarks": "Godt arbejde"})
    votes = play.framework.rounds[-1].votes
    assert [(one.outcome, one.replaced) for one in votes] == [
        ("APPROVED", True),
        ("APPROVED_WITH_REMARKS", False),
    ]
    assert "erstatter" in play.mail("vote_received").values["replaced"]
    assert play.mail("tally").values["approved"] == "1"


@pytest.mark.rule("S4-R10")
def test_after_closing_no_vote_is_taken() -> None:
    play = Play().asked().at(2026, 9, 30, 8).votes_of_all()
    assert play.vote(AARHUS).codes == ["case.state"]


@pytest.mark.rule("S4-R10")
def test_a_vote_on_an_old_text_gets_the_current_one() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    old = play.digest
    play.vote(SKIVE, {"outcome": "NOT_APPROVED", "remarks": "For dyrt"}).draft("Billigere")
    play.recommended()
    play.vote(AARHUS, {"digest": old})
    assert play.codes == ["draft.superseded"]
    assert play.last.effects[0].documents == ("framework-2.pdf", "framework-2.json")  # type: ignore[union-attr]
    assert play.vote(AARHUS, {"digest": "0" * 16}).codes == ["draft.digest"]


@pytest.mark.rule("S4-R10")
def test_one_rejection_makes_a_new_round_for_all() -> None:
    play = Play().asked().at(2026, 9, 30, 8).votes_of_all(SKIVE)
    play.vote(SKIVE, {"outcome": "NOT_APPROVED", "remarks": "For dyrt"})
    assert play.state == "CONTESTED"
    assert len([1 for wording, _ in play.sent() if wording == "contested"]) == 21
    play.draft("Billigere").recommended()
    assert play.state == "APPROVAL_ROUND"
    assert play.rounds == 2
    assert play.framework.rounds[1].votes == ()
    assert len(play.framework.rounds[0].votes) == 20
    asked = [to for wording, to in play.sent() if wording == "approval_request"]
    assert len(asked) == 20
    assert play.votes_of_all().state == "ADOPTED"


@pytest.mark.rule("S4-R10")
def test_a_remark_that_is_a_condition_goes_to_a_person() -> None:
    play = Play().asked().at(2026, 9, 30, 8).votes_of_all(SKIVE)
    said = {"outcome": "APPROVED_WITH_REMARKS", "remarks": "Under forudsætning af lavere takst"}
    play.vote(SKIVE, said)
    assert play.state == "APPROVAL_ROUND"
    assert ("vote_condition", "sender") in play.sent()
    assert ("condition_open", "secretariat") in play.sent()
    assert [one.code for one in play.effects(Alert)] == ["condition"]
    answer = {"organisation": SKIVE.cvr, "is_condition": False, "text": "Kun et ønske"}
    assert play.happens("settle_condition", "authority", answer).state == "ADOPTED"


@pytest.mark.rule("S4-R10")
def test_a_condition_is_a_rejection() -> None:
    play = Play().asked().at(2026, 9, 30, 8)
    said = {"outcome": "APPROVED_WITH_REMARKS", "remarks": "Fint", "condition": True}
    play.vote(SKIVE, said)
    answer = {"organisation": SKIVE.cvr, "is_condition": True, "text": "Takst skal ned"}
    assert play.happens("settle_condition", "authority", answer).state == "CONTESTED"


@pytest.mark.rule("S4-R10")
def test_only_an_open_condition_can_be_settled() -> None:
    play = Play().asked().at(2026, 9, 30, 8).vote(SKIVE)
    answer = {"organisation": SKIVE.cvr, "is_condition": False, "text": "Kun et ønske"}
    assert play.happens("settle_condition", "authority", answer).codes == ["field.invalid"]
    play.vote(SKIVE, {"outcome": "APPROVED_WITH_REMARKS", "remarks": "Medmindre det bliver dyrt"})
    play.happens("settle_condition", "authority", answer)
    assert play.state == "APPROVAL_ROUND"
    assert play.standing(SKIVE).approves


@pytest.mark.parametrize(
    ("remarks", "found"),
    [
        ("Byrådet er tilfreds med teksten", False),
        ("under den forudsætning, at taksten falder", True),
        ("Godkendt, såfremt taksten falder", True),
        ("Godkänns under förutsättning att", True),
        ("Approved on condition that", True),
        ("Betinget af lavere takst", True),
    ],
)
def test_words_of_a_condition_are_known_in_three_languages(remarks: str, found: bool) -> None:
    assert reads_like_a_condition(remarks) is found


def test_a_remark_needs_its_text_and_a_condition_its_remark() -> None:
    model = PROCEDURE.body_model("fa_vote")
    assert model is not None
    vote = {
        "organisation": AARHUS.cvr,
        "digest": "0" * 16,
        "meeting_date": "2026-09-28",
        "agenda_item": "1",
        "voted_by": "Bo",
    }
    for wrong in ({"outcome": "APPROVED_WITH_REMARKS"}, {"outcome": "APPROVED", "condition": True}):
        with pytest.raises(ValueError, match=r"remarks|condition"):
            model.model_validate(vote | wrong)


def test_councils_that_are_missing_are_reminded_four_times() -> None:
    play = Play().asked()
    assert play.deadline("votes_due").due.isoformat() == "2026-10-15T21:59:59+00:00"
    days = []
    play.at(2026, 9, 10, 8).votes_of_all(AARHUS, SKIVE)
    for _ in range(4):
        play.passed("vote_reminder")
        assert [to for w, to in play.sent() if w == "reminder"] == [AARHUS.role, SKIVE.role]
        days.append(int(play.mail("reminder").values["days"]))
    assert days == [30, 14, 7, 1]
    assert ("tally", "secretariat") in play.sent()


def test_nobody_is_reminded_of_a_day_that_is_over() -> None:
    play = Play().asked()
    play.at(2026, 10, 20, 8).happens("deadline_passed", "clock", {"name": "vote_reminder"})
    assert play.sent() == []


@pytest.mark.rule("S4-R10")
def test_silence_is_no_approval() -> None:
    play = Play().asked().at(2026, 9, 30, 8).votes_of_all(AARHUS, SKIVE)
    play.passed("votes_due")
    assert play.state == "OVERDUE"
    told = play.mail("overdue")
    assert told.to == "secretariat"
    assert told.values["missing"] == f"- {AARHUS.name}\n- {SKIVE.name}"
    assert len([1 for wording, _ in play.sent() if wording == "overdue_kd_net"]) == 20
    assert [one.code for one in play.effects(Alert)] == ["overdue"]
    play.vote(AARHUS)
    assert play.state == "OVERDUE"
    assert play.vote(SKIVE).state == "ADOPTED"


def test_all_are_told_how_the_round_stands_when_the_secretariat_asks() -> None:
    play = Play().asked().at(2026, 9, 30, 8).vote(AARHUS)
    play.happens("send_status", "authority")
    assert len([1 for wording, _ in play.sent() if wording == "tally"]) == 20


@pytest.mark.rule("S4-R8")
def test_the_adopted_text_is_published_to_all_and_sent_to_the_agency() -> None:
    agency = replace(VIBORG, role="agency", key="styrelsen", cvr="11111111", name="Styrelsen")
    play = Play(parties=(REGION, VIBORG, *COUNCILS, agency)).asked().at(2026, 9, 30, 8)
    play.votes_of_all().at(2026, 11, 2, 9)
    early = {"where": "nettet", "published_on": "2026-11-03", "sent_to_agency_on": "2026-11-04"}
    assert play.happens("fa_published", "authority", early).codes == ["field.invalid"] * 2
    done = {"where": "nettet", "published_on": "2026-11-01", "sent_to_agency_on": "2026-11-02"}
    play.happens("fa_published", "authority", done)
    sent = play.sent()
    assert ("agency", "agency") in sent
    assert len([1 for wording, _ in sent if wording == "published"]) == 20
    assert play.mail("published").documents == ("framework-1.pdf", "framework-1.json")


def test_councils_are_heard_while_the_draft_is_worked_on() -> None:
    play = Play().opened().happens("fa_consultation_reply", AARHUS.role, {"text": "Husk børn"})
    assert play.sent() == [("consultation", "secretariat"), ("consultation_received", AARHUS.role)]


def test_work_can_end_without_an_agreement() -> None:
    play = Play().asked().happens("fa_failed", "authority", {"reason": "Ingen enighed"})
    assert play.state == "FAILED"
    assert len([1 for wording, _ in play.sent() if wording == "failed"]) == 20
