"""The network's issues and its report: by the end of a month, and never a word about a citizen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.outbound.rendering import write_document
from parsers.identifiers import CaseNumber
from tests.workflows.network.stage import AALBORG, PLAN, REGION, VIBORG, Stage, as_role, under
from workflows.definition import Case
from workflows.effects import ClearDeadline, FileUnder, MakeDocument, SetDeadline
from workflows.events import Party
from workflows.procedures.network_issue.messages import last_day

NORDJYLLAND: dict[str, Any] = {"region": "1081"}
PROCEDURE = under("network_issue", cooperation=NORDJYLLAND)
SUBMITTER = as_role(AALBORG, "submitter")
ISSUE = {
    "topic": "1",
    "kind": "problem",
    "title": "Varsler ved ændret støtte",
    "text": "Vi hører det først, når regningen kommer.",
    "proposal": "Aftal 30 dage.",
    "contact": {"name": "Nanna Net", "phone": "99310000"},
}
SEEDS_TIME = datetime(2011, 12, 1, 9, 0, tzinfo=ZoneInfo("Europe/Copenhagen"))
REPORT = {"title": "Erfaringer fra det første år", "due_month": "2012-02", "agreement_year": 2013}
MEMBERS = (
    Party("member.aalborg", "aalborg", "Aalborg Kommune", "29189420", "da", "0851"),
    Party("member.thisted", "thisted", "Thisted Kommune", "29189560", "da", "0787"),
)
STEERING = Party("steering", "styring", "Styringsaftalegruppen", "29190941", "da")


def submitted(body: Any = None, **changes: Any) -> Stage:
    play = Stage(PROCEDURE, (REGION, SUBMITTER))
    return play.does("issue_submission", "submitter", ISSUE | (body or {}), **changes)


def report(settings: Any = None, also: Any = (), steering: bool = True, body: Any = None) -> Stage:
    parties = (REGION, *((STEERING,) if steering else ()), *MEMBERS)
    procedure = under("network_issue", settings, cooperation=NORDJYLLAND | {"also": also})
    play = Stage(procedure, parties, now=SEEDS_TIME)
    named = {"steering_group": "styring"} if steering else {}
    return play.does("open_report", "authority", REPORT | named | (body or {}))


def everybody(wording: str) -> set[tuple[str, str]]:
    return {(wording, to) for to in ("member.aalborg", "member.thisted", "inbox")}


# --- issues --------------------------------------------------------------------------------------


@pytest.mark.rule("S2-R4", "S2-R5")
def test_a_members_issue_is_registered_under_its_topic() -> None:
    play = submitted()
    assert play.state == "REGISTERED"
    assert play.sent() == {("issue_received", "submitter"), ("issue", "inbox")}
    assert "Emne: punkt 1" in play.text("issue_received", "submitter")


@pytest.mark.rule("S2-R13")
def test_good_stories_and_other_topics_are_welcome() -> None:
    play = submitted({"topic": "OTHER", "kind": "good_story"})
    assert play.state == "REGISTERED"
    assert "Art: god historie" in play.text("issue", "inbox")


def test_the_secretariat_sees_whom_to_ask_and_what_it_is_about() -> None:
    text = submitted({"side": "both"}).text("issue", "inbox")
    assert "Kontaktperson: Nanna Net, 99310000" in text
    assert "Vedrører: begge" in text
    assert "Vedrører" not in submitted().text("issue", "inbox")


@pytest.mark.rule("S2-R5")
@pytest.mark.parametrize("topic", ["3", "5", "8", ""])
def test_there_are_five_topics_and_the_rest_is_other(topic: str) -> None:
    message = PROCEDURE.message("issue_submission")
    assert message is not None
    with pytest.raises(ValueError, match="topic"):
        message.model.model_validate(ISSUE | {"topic": topic})
    assert submitted({"topic": "7"}).state == "REGISTERED"


@pytest.mark.rule("S2-R3")
def test_who_is_no_member_tells_the_network_nothing() -> None:
    play = Stage(PROCEDURE, (REGION, as_role(VIBORG, "submitter")))
    play.does("issue_submission", "submitter", ISSUE)
    assert play.codes == ["sender.municipality"]
    midt = under("network_issue")
    play = Stage(midt, (REGION, as_role(VIBORG, "submitter")))
    assert play.does("issue_submission", "submitter", ISSUE).state == "REGISTERED"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"text": "Borgeren 670765-4005 fik intet varsel"}, "text"),
        ({"title": "Sag om 6707654005"}, "title"),
        ({"proposal": "Ring om 670765 4005"}, "proposal"),
        ({"contact": {"name": "N", "phone": "670765-4005"}}, "contact.phone"),
    ],
)
def test_an_issue_with_a_citizens_number_is_refused_and_raises_an_alert(
    body: Any, path: str
) -> None:
    play = submitted(body)
    assert play.case is None
    assert (play.codes, play.places, play.alerts()) == (["field.invalid"], [path], ["citizen_data"])
    assert "personnummer" in play.last.refused[0].text("da")
    kept = repr(play.last.effects) + play.last.refused[0].text("da")
    assert "4005" not in kept


def test_a_number_in_the_reference_or_a_files_name_is_found_too() -> None:
    play = submitted(submission={"to": "29190925", "reference": "670765-4005"})
    assert play.places == ["reference"]
    named = replace(PLAN, name="670765-4005 plan.pdf")
    assert submitted(attachments=(named,)).places == ["attachments"]


def test_a_message_for_others_or_below_its_assurance_is_refused() -> None:
    assert submitted(assurance="none").codes == ["sender.assurance"]
    assert submitted(submission={"to": "55133018"}).codes == ["addressee.wrong"]


@pytest.mark.rule("S2-R4")
def test_dialogue_goes_on_without_files_and_without_citizens() -> None:
    play = submitted().does("dialogue", "submitter", {"text": "Et eksempel mere"})
    assert ("dialogue", "inbox") in play.sent()
    play.does("dialogue", "submitter", {"text": "670765-4005"})
    assert (play.codes, play.alerts()) == (["field.invalid"], ["citizen_data"])
    play.does("dialogue", "submitter", {"text": "Se filen"}, attachments=(PLAN,))
    assert (play.codes, play.places) == (["field.unknown"], ["attachments"])
    play.does("unclear_reply", "submitter", {"text": "Ja"}, assurance="sealed")
    assert ("unclear_reply_no_draft", "sender") in play.sent()


@pytest.mark.rule("S2-R4")
def test_an_issue_is_discussed_parked_and_taken_up_again() -> None:
    play = submitted().does("discuss_issue", "authority", {"note": "Enige om 30 dage"})
    assert (play.state, play.sent()) == ("DISCUSSED", {("discussed", "submitter")})
    assert "Enige om 30 dage" in play.text("discussed", "submitter")
    play.does("park_issue", "authority", {"reason": "Afventer KL"})
    assert (play.state, play.sent()) == ("PARKED", {("parked", "submitter")})
    assert play.does("discuss_issue", "authority", {"note": "Igen"}).state == "DISCUSSED"
    assert play.data.issue.notes == ("Enige om 30 dage", "Afventer KL", "Igen")
    play.does("discuss_issue", "authority", {"note": "670765-4005"})
    assert play.alerts() == ["citizen_data"]


def included(number: str = "RM-2011-000001", **body: Any) -> Case:
    """An issue that is in a report."""
    opened = report().case
    assert opened is not None
    play = submitted(body).does("discuss_issue", "authority", {"note": "Drøftet"})
    play.related = (replace(opened, number="RM-2011-000009"),)
    play.does("include_issue", "authority", {"report": "RM-2011-000009"})
    assert play.case is not None
    return replace(play.case, number=number)


@pytest.mark.rule("S2-R4", "S2-R14")
def test_a_discussed_issue_goes_into_a_report_that_is_open() -> None:
    opened = report().case
    assert opened is not None
    play = submitted().does("discuss_issue", "authority", {"note": "Drøftet"})
    play.related = (opened,)
    play.does("include_issue", "authority", {"report": "RM-2026-000001"})
    assert play.state == "INCLUDED_IN_REPORT"
    number = CaseNumber.parse("RM-2026-000001")
    assert play.effects(FileUnder) == [FileUnder("report", number)]
    assert play.sent() == {("included", "submitter")}
    text = play.text("included", "submitter")
    assert "»Erfaringer fra det første år«" in text
    assert "afleveres senest 29. februar 2012" in text


@pytest.mark.rule("S2-R14")
def test_a_report_that_is_handed_in_or_does_not_exist_takes_no_issue() -> None:
    opened = report().case
    assert opened is not None
    for related in ((), (replace(opened, state="INCORPORATED"),)):
        play = submitted().does("discuss_issue", "authority", {"note": "Drøftet"})
        play.related = related
        play.does("include_issue", "authority", {"report": "RM-2026-000001"})
        assert (play.codes, play.places) == (["case.unknown"], ["report"])


def test_our_own_issue_has_nobody_else_to_tell() -> None:
    own = under("network_issue", cooperation=NORDJYLLAND | {"others": ["29190925"]})
    play = Stage(own, (REGION,)).does("submit_issue", "authority", ISSUE)
    assert play.sent() == {("issue", "inbox")}
    assert play.does("park_issue", "authority", {"reason": "Senere"}).sent() == set()


# --- the report ----------------------------------------------------------------------------------


@pytest.mark.rule("S2-R14")
def test_a_report_due_in_february_2012_is_due_on_the_29th() -> None:
    play = report()
    assert play.state == "OPEN"
    assert play.due("report_due").isoformat() == "2012-02-29T22:59:59+00:00"
    assert play.due("report_reminder").isoformat() == "2012-01-29T22:59:59+00:00"
    assert play.sent() == everybody("report_opened")
    text = play.text("report_opened", "member.thisted")
    assert "Afleveres senest: 29. februar 2012" in text
    assert "Til rammeaftalen for: 2013" in text


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("2012-02", date(2012, 2, 29)),
        ("2013-02", date(2013, 2, 28)),
        ("2026-12", date(2026, 12, 31)),
    ],
)
def test_a_month_ends_with_its_last_day(month: str, day: date) -> None:
    assert last_day(month) == day


@pytest.mark.rule("S2-R14")
def test_the_members_are_reminded_thirty_fourteen_and_three_days_before() -> None:
    play = report()
    told = []
    for day in (date(2012, 1, 30), date(2012, 2, 15), date(2012, 2, 26)):
        play.at(day.year, day.month, day.day, 0).passed("report_reminder")
        assert play.sent() == everybody("report_reminder")
        told.append(play.text("report_reminder", "inbox").split("Der er ")[1].split()[0])
    assert told == ["30", "14", "3"]
    tomorrow = report({"reminder_days": [1]}).at(2012, 2, 28, 0).passed("report_reminder")
    assert "Der er 1 dag til." in tomorrow.text("report_reminder", "inbox")
    assert play.effects(SetDeadline) == []


def test_a_report_that_is_opened_late_is_reminded_of_when_it_still_can_be() -> None:
    play = Stage(PROCEDURE, (REGION, *MEMBERS)).at(2012, 2, 20)
    play.does("open_report", "authority", REPORT)
    assert play.due("report_reminder").date() == date(2012, 2, 25)


@pytest.mark.rule("S2-R14")
def test_a_month_that_is_over_is_no_date_for_a_report() -> None:
    play = Stage(PROCEDURE, (REGION, *MEMBERS)).at(2012, 3, 1)
    play.does("open_report", "authority", REPORT)
    assert (play.codes, play.places) == (["field.invalid"], ["due_month"])


IN_TIME = NORDJYLLAND | {
    "also": [{"municipality": "0791", "valid_from": "2012-01-01"}],
    "without": [{"municipality": "0787", "valid_from": "2012-01-01"}],
}


@pytest.mark.rule("S2-R3")
def test_who_joins_or_leaves_meanwhile_is_told_of_a_report_while_it_is_a_member() -> None:
    viborg = as_role(VIBORG, "member.viborg")
    play = Stage(
        under("network_issue", cooperation=IN_TIME), (REGION, *MEMBERS, viborg), now=SEEDS_TIME
    )
    play.does("open_report", "authority", REPORT)
    assert play.sent() == everybody("report_opened")
    assert play.does("dialogue", "member.viborg", {"text": "Hej"}).codes == ["sender.municipality"]
    assert play.does("dialogue", "member.thisted", {"text": "Hej"}).codes == []

    play.at(2012, 1, 30).passed("report_reminder")
    told = {("report_reminder", to) for to in ("member.aalborg", "member.viborg", "inbox")}
    assert play.sent() == told
    assert play.does("dialogue", "member.thisted", {"text": "Hej"}).codes == ["sender.municipality"]
    play.does("dialogue", "authority", {"text": "Nyt møde"})
    told = {to for wording, to in play.sent() if wording == "dialogue"}
    assert told == {"member.aalborg", "member.viborg"}


@pytest.mark.rule("S2-R3")
def test_a_kommune_that_the_settings_have_got_since_gets_the_draft() -> None:
    play = report(also=["0791"])
    viborg = as_role(VIBORG, "member.viborg")
    body = {"text": "Vi har samlet erfaringer."}
    play.does("circulate_draft", "authority", body, parties=(REGION, *MEMBERS, viborg))
    assert ("draft_circulated", "member.viborg") in play.sent()
    play.does("submit_report", "authority")
    assert ("report_submitted", "member.viborg") in play.sent()


@pytest.mark.rule("S2-R14")
def test_a_report_is_for_an_agreement_that_is_still_to_be_made() -> None:
    assert report(body={"agreement_year": 2012}).refused == []
    play = report(body={"agreement_year": 2011})
    assert (play.case, play.refused) == (None, [("field.invalid", "agreement_year")])


@pytest.mark.rule("S2-R6")
def test_an_unknown_styringsaftalegruppe_is_refused() -> None:
    play = report(steering=False, body={"steering_group": "ukendt"})
    assert (play.codes, play.places) == (["partner.unknown"], ["steering_group"])


def circulated(**more: Any) -> Stage:
    play = report(**more)
    play.related = (
        included("RM-2011-000002", topic="OTHER", kind="good_story", title="Det gik godt"),
        included("RM-2011-000001"),
    )
    return play.does("circulate_draft", "authority", {"text": "Vi har samlet erfaringer."})


@pytest.mark.rule("S2-R4")
def test_the_draft_holds_the_issues_by_topic_and_goes_to_all_members() -> None:
    play = circulated()
    assert (play.state, play.sent()) == ("DRAFT_CIRCULATED", everybody("draft_circulated"))
    pdf, table = play.effects(MakeDocument)
    assert play.mail("draft_circulated", "member.thisted").documents == (pdf.key, table.key)
    assert [row[:4] for row in table.view["table"]["rows"]] == [
        ["RM-2011-000001", "punkt 1", "problemstilling", "Varsler ved ændret støtte"],
        ["RM-2011-000002", "andet", "god historie", "Det gik godt"],
    ]
    head = {"name": "Region", "line": ""}
    assert write_document(pdf.key, pdf.view, head)[1].startswith(b"%PDF")
    heads = [section["heading"] for section in pdf.view["sections"]]
    assert heads == ["", "Varsler ved ændret støtte", "Det gik godt"]
    source = pdf.view["sections"][1]["blocks"][0]["text"]
    assert source == "Punkt 1 · problemstilling · Aalborg Kommune · RM-2011-000001"
    assert "Det indeholder 2 emner." in play.text("draft_circulated", "inbox")
    again = play.does("circulate_draft", "authority", {"text": "Rettet"})
    assert again.effects(MakeDocument)[0].key == "report-2.pdf"


@pytest.mark.rule("S2-R6", "S2-R14")
def test_the_report_goes_to_the_styringsaftalegruppe() -> None:
    play = circulated().does("submit_report", "authority")
    assert play.state == "SUBMITTED_TO_STYRINGSAFTALEGRUPPE"
    assert ("report", "steering") in play.sent()
    mail = play.mail("report", "steering")
    assert mail.evidence
    assert mail.documents == ("report-1.pdf", "report-1.csv")
    line = "styringsaftalegruppen → den administrative styregruppe (direktørgruppen)"
    assert line in play.text("report", "steering")
    assert ClearDeadline("report_due") in play.last.effects


@pytest.mark.rule("S2-R6")
def test_where_the_styringsaftalegruppe_is_no_partner_the_secretariat_hands_it_in() -> None:
    play = circulated(steering=False).does("submit_report", "authority")
    assert ("report_to_hand_in", "inbox") in play.sent()
    assert "Aflever den selv senest 29. februar 2012" in play.text("report_to_hand_in", "inbox")


@pytest.mark.rule("S2-R6", "S2-R14")
@pytest.mark.parametrize(("yes", "state"), [(True, "INCORPORATED"), (False, "NOT_INCORPORATED")])
def test_the_styringsaftalegruppe_says_what_became_of_it(yes: bool, state: str) -> None:
    play = circulated().does("submit_report", "authority")
    play.does("report_outcome", "steering", {"incorporated": yes, "text": "Bilag 3"})
    assert play.state == state
    assert play.sent() == everybody(state.lower()) | {("outcome_received", "steering")}
    play = circulated().does("submit_report", "authority")
    play.does("report_outcome", "member.thisted", {"incorporated": yes})
    assert play.codes == ["sender.role"]
    play.does("record_outcome", "authority", {"incorporated": yes})
    assert play.state == state


@pytest.mark.rule("S2-R14")
@pytest.mark.parametrize("make", [report, circulated])
def test_a_report_that_is_late_is_for_the_next_framework_agreement(make: Any) -> None:
    play = make().at(2012, 3, 1).passed("report_due")
    assert (play.state, play.sent()) == ("OPEN", everybody("report_missed"))
    text = play.text("report_missed", "inbox")
    assert "skulle være afleveret 29. februar 2012 og er ikke med i rammeaftalen for 2013" in text
    assert "Afleveres senest: 28. februar 2014" in text
    assert play.data.report.agreement_year == 2015
    assert play.due("report_due").date() == date(2014, 2, 28)
    assert play.due("report_reminder").date() == date(2014, 1, 28)
    assert "cycle_years" in play.last.settings


def test_the_cycle_can_be_a_yearly_one_as_in_the_time_of_the_source() -> None:
    play = report({"cycle_years": 1}).at(2012, 3, 1).passed("report_due")
    assert (play.data.report.due, play.data.report.agreement_year) == (date(2013, 2, 28), 2014)


def test_remarks_are_asked_for_by_a_day_to_come_before_the_report_is_due() -> None:
    for day, refused in (
        ("2011-11-30", [("field.invalid", "comments_by")]),
        ("2011-12-01", []),
        ("2012-02-29", []),
        ("2012-03-01", [("field.invalid", "comments_by")]),
    ):
        play = report().does("circulate_draft", "authority", {"text": "x", "comments_by": day})
        assert play.refused == refused


def test_the_text_of_a_report_names_no_citizen_either() -> None:
    play = report().does("circulate_draft", "authority", {"text": "670765-4005"})
    assert (play.codes, play.alerts()) == (["field.invalid"], ["citizen_data"])


def test_the_members_of_a_report_are_found_by_the_settings() -> None:
    rules = PROCEDURE.parties["open_report"]
    assert [(rule.role, rule.field) for rule in rules] == [
        ("steering", "steering_group"),
        ("member", "policy.cooperation.ever"),
    ]
    assert len(PROCEDURE.policy.cooperation.ever) == 11


def test_an_issue_and_a_report_are_kept_and_read_back() -> None:
    for play in (submitted(), circulated()):
        assert play.case is not None
        assert Case.from_json(PROCEDURE, play.case.to_json()) == play.case
