"""Form, addressee and notice period between two, at each level and where nothing is agreed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.workflows.network.stage import PLAN, REGION, Stage
from tests.workflows.network.test_contact_directory import kept as contact_of
from tests.workflows.network.test_grant_change_notice import between, notified, to_us

LEVELS = ("FIXED_RULE", "DECLARATION_OF_INTENT", "CONTACTS_ONLY")
NOBODYS = {
    "pairs": [{"one": "0730", "other": "0615", "level": "FIXED_RULE", "form": "sealed_message"}]
}
"""What two other kommuner have agreed on: between Aarhus and Viborg there is no entry at all."""
SHORT = {
    "FIXED_RULE": ("NOTICE_SHORT", date(2026, 12, 23), "Varslet er for kort"),
    "DECLARATION_OF_INTENT": (
        "NOTICE_VALID_WITH_WARNING",
        date(2026, 12, 1),
        "kortere end det, kommunerne har til hensigt",
    ),
    "CONTACTS_ONLY": (
        "NOTICE_VALID_WITH_WARNING",
        date(2026, 12, 1),
        "Intet er aftalt mellem kommunerne",
    ),
}


@pytest.mark.rule("S2-R12")
@pytest.mark.parametrize("level", LEVELS)
def test_a_period_that_is_not_kept_binds_by_a_fixed_rule_and_else_warns(level: str) -> None:
    state, day, words = SHORT[level]
    play = notified({"effective_date": "2026-12-01"}, between(level))
    assert (play.state, play.data.verdict.takes_effect) == (state, day)
    assert play.data.verdict.earliest == date(2026, 12, 23)
    text = play.text(f"receipt_{'short' if level == 'FIXED_RULE' else 'warned'}", "notifier")
    assert words in text
    assert "Varsel: 30 dage efter modtagelsen" in text


@pytest.mark.rule("S2-R12")
@pytest.mark.parametrize("settings", [None, NOBODYS])
def test_where_there_is_no_entry_the_usual_period_is_told_and_only_warns(settings: Any) -> None:
    play = notified({"effective_date": "2026-12-01"}, settings)
    assert play.state == "NOTICE_VALID_WITH_WARNING"
    text = play.text("receipt_warned", "notifier")
    assert "ville være 31. december 2026" in text
    assert "Varsel: løbende måned + 30 dage" in text
    assert "Grundlag for varslet: intet aftalt" in text
    assert "Aftalt form" not in text


def test_only_what_rests_on_the_usual_period_says_so() -> None:
    assert notified({}, between()).last.settings == ("objection_days",)
    usual = ("fallback.level", "fallback.period", "objection_days")
    assert notified({}, NOBODYS).last.settings == usual


@pytest.mark.rule("S2-R10", "S2-R12")
@pytest.mark.parametrize("level", LEVELS)
def test_a_form_that_is_not_kept_is_refused_by_a_fixed_rule_and_else_warned_of(level: str) -> None:
    settings = between(level, form="message_with_decision")
    play = notified({}, settings)
    if level == "FIXED_RULE":
        assert play.refused == [("field.missing", "attachments")]
        return
    assert "har til hensigt: en meddelelse med afgørelsen vedhæftet." in play.text("notice")
    kept = notified({}, settings)
    kept = Stage(kept.procedure, kept.parties).does(
        "change_notice", "notifier", kept.data.notice, attachments=(PLAN,)
    )
    assert kept.data.verdict.warnings == ()
    assert "Aftalt form: en meddelelse med afgørelsen vedhæftet" in kept.text("receipt_valid")


@pytest.mark.rule("S2-R12")
def test_where_there_is_no_entry_any_form_will_do() -> None:
    for settings in (None, NOBODYS):
        play = notified({"effective_date": "2027-01-01"}, settings)
        assert (play.state, play.data.verdict.warnings) == ("NOTICE_VALID", ())


BOTH = tuple(
    contact_of(f"RM-2026-00001{at}", REGION, role=role)
    for at, role in enumerate(("DRIFT", "MYNDIGHED"))
)
OURS = {"pairs": [{"one": "0751", "period": {"days": 30}, "addressee": "MYNDIGHED"}]}


@pytest.mark.rule("S2-R10")
@pytest.mark.parametrize("level", LEVELS)
def test_the_addressee_that_was_agreed_on_is_written_to_at_every_level(level: str) -> None:
    pairs = {"pairs": [OURS["pairs"][0] | {"level": level}]}
    play = to_us({"addressee": "DRIFT"}, pairs, *BOTH)
    assert {to for wording, to in play.sent() if wording == "notice"} == {"inbox"}
    assert "Att.: myndighed: Anna And" in play.text("notice")


@pytest.mark.rule("S2-R10")
@pytest.mark.parametrize(
    ("meant_for", "addresses"),
    [("DRIFT", {"facility"}), ("BOTH", {"facility", "inbox"}), (None, {"facility", "inbox"})],
)
def test_where_there_is_no_entry_the_sender_says_for_whom_it_is(
    meant_for: str | None, addresses: set[str]
) -> None:
    play = to_us({"addressee": meant_for}, None, *BOTH)
    assert {to for wording, to in play.sent() if wording == "notice"} == addresses


def test_the_receipt_says_to_whom_the_notice_went() -> None:
    text = to_us({}, OURS, *BOTH).text("receipt_valid", "notifier")
    assert "Sendt til: Region Midtjylland\nAtt.: myndighed: Anna And" in text
    assert "Sendt til: Viborg Kommune" in notified({}, between()).text("receipt_valid", "notifier")


def test_for_whom_it_is_stands_in_the_mail_also_where_nobody_is_registered() -> None:
    play = notified({"addressee": "DRIFT"})
    assert play.alerts() == ["no_contact"]
    assert "Att.: drift\n" in play.text("notice", "operator")
    assert "Att.: drift og myndighed\n" in notified({"addressee": "BOTH"}).text(
        "notice", "operator"
    )
    assert "Att.:" not in notified().text("notice", "operator")


def test_how_long_the_citizens_own_notice_is_stands_in_the_warning() -> None:
    body = {"legal_basis": "SEL § 95", "effective_date": "2027-01-01"}
    assert "tidligst virkning 14 uger" in notified(body, between()).text("notice", "operator")
    longer = between() | {"citizen_notice_weeks": 16}
    assert "tidligst virkning 16 uger" in notified(body, longer).text("notice", "operator")
