"""Deadlines that two counts decide, and reminders on the morning before: counted and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.play import PEOPLE, PROCEDURE
from workflows import timing
from workflows.bodies import Note
from workflows.catalogue import procedures
from workflows.definition import DeadlineRule, Procedure, Situation
from workflows.engine import Event
from workflows.explain import count_in_words
from workflows.policy import Policy
from workflows.wording import LANGUAGES

ZONE = ZoneInfo("Europe/Copenhagen")
RULE = DeadlineRule("handling", "authority", reason="A deadline of this test.")
WHY = "policy.timers.facility_answer_days"


def situation(procedure: Procedure = PROCEDURE) -> Situation:
    at = datetime(2026, 11, 30, 9, tzinfo=UTC)
    return Situation(None, Event("open", PEOPLE["authority"], at, Note()), at, procedure)


@pytest.mark.parametrize(
    ("since", "fifth", "due"),
    [
        (date(2026, 11, 30), date(2026, 12, 5), date(2026, 12, 5)),
        (date(2026, 11, 23), date(2026, 12, 5), date(2026, 11, 30)),
    ],
)
def test_the_earlier_of_two_counts_is_the_deadline(since: date, fifth: date, due: date) -> None:
    here = situation()
    counted = here.calendar.add_working_days(since, 5)
    counts = (
        timing.working_days_count(here, since, 5, counted, WHY),
        timing.day_of_next_month_count(here, fifth),
    )
    deadline = timing.earlier_of(here, RULE, counts, WHY)
    assert deadline.due == here.calendar.end_of_day(due)
    for language in LANGUAGES:
        said = count_in_words(deadline.count, PROCEDURE.wording, language, ZONE)
        assert "{" not in said
    said = count_in_words(deadline.count, PROCEDURE.wording, "en", ZONE)
    assert "The earlier of two deadlines holds." in said
    assert "Saturday. The deadline stays; the last working day before it is 4 December" in said


def test_a_day_of_the_month_on_which_people_work_says_nothing_of_days_off() -> None:
    count = timing.day_of_next_month_count(situation(), date(2027, 1, 5))
    assert (count["off"], count["work_by"]) == (None, "2027-01-05")
    deadline = timing.earlier_of(situation(), RULE, (count,), WHY)
    said = count_in_words(deadline.count, PROCEDURE.wording, "en", ZONE)
    assert "Day 5 of the month after 31 December 2026 is 5 January 2027." in said
    assert "day off" not in said


@pytest.mark.parametrize(
    ("end", "day"),
    [
        (date(2026, 12, 5), date(2026, 12, 4)),
        (date(2026, 11, 30), date(2026, 11, 27)),
        (date(2027, 4, 5), date(2027, 4, 2)),
        (date(2027, 3, 30), date(2027, 3, 24)),
    ],
)
def test_a_reminder_comes_at_eight_on_the_last_working_day_before(end: date, day: date) -> None:
    reminder = timing.morning_before(situation(), RULE, end, WHY)
    assert reminder.due.astimezone(ZONE) == datetime(day.year, day.month, day.day, 8, tzinfo=ZONE)
    for language in LANGUAGES:
        assert "08:00" in count_in_words(reminder.count, PROCEDURE.wording, language, ZONE)


def test_where_people_work_on_saturdays_the_reminder_can_come_on_one() -> None:
    busy = replace(PROCEDURE, policy=Policy(saturday=True))
    assert timing.last_working_day(situation(busy), date(2026, 11, 30)) == date(2026, 11, 28)


COUNTED_BY = {
    "capacity_report": {"report_reminder": {"reminder_days"}},
    "contact_directory": {"confirmation": {"answer_days"}, "attestation": {"attestation_months"}},
    "delegation_agreement": {
        "delegation_answer": {"answer_days"},
        "delegation_expiry_reminder": {"expiry_reminder_days"},
    },
    "facility_notice": {
        "takes_effect": {"level", "rate_period", "closure_period"},
        "objections": {"objection_days"},
    },
    "framework_agreement": {
        "votes_due": {"adopted_by"},
        "vote_reminder": {"reminder_days"},
        "period_end": {"years"},
    },
    "grant_change_notice": {
        "objection": {"objection_days"},
        "change_takes_effect": {"fallback.level", "fallback.period"},
        "proposal_answer": {"answer_days"},
    },
    "home_care_change": {
        "handling": {"cap_anchor", "fifth_on_day_off"},
        "handling_reminder": {"cap_anchor", "fifth_on_day_off"},
        "budget_cut_off": {"cap_anchor", "fifth_on_day_off"},
    },
    "payment_agreement": {
        "agreement_end": {"policy.notice", "policy.count_last_day"},
        "dispute_answer": {"dispute_answer_days"},
    },
}


@pytest.mark.parametrize("name", COUNTED_BY)
def test_a_deadline_tells_the_settings_that_its_count_rests_on(name: str) -> None:
    procedure = procedures()[name]
    told = {rule.name: set(rule.settings) for rule in procedure.deadlines if rule.settings}
    assert told == COUNTED_BY[name]
