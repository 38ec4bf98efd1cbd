"""Both facts of a confirmation within three vardagar, the plan within fifteen arbetsdagar."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from tests.workflows.elder_care.stage import (
    CARE,
    DECISION,
    ORAL,
    ORDER,
    PLAN,
    Play,
    decided,
    ordered,
    started,
)
from workflows.effects import MakeDocument
from workflows.explain import count_in_words

VECTORS = [
    ("2026-11-23", "2026-11-26", "2026-12-14"),
    ("2026-12-21", "2026-12-28", "2027-01-18"),
    ("2026-12-30", "2027-01-07", "2027-01-25"),
    ("2027-03-24", "2027-03-31", "2027-04-16"),
    ("2027-04-29", "2027-05-04", "2027-05-21"),
    ("2027-05-05", "2027-05-11", "2027-05-27"),
    ("2027-06-23", "2027-06-29", "2027-07-15"),
]
"""Day, three vardagar and fifteen arbetsdagar after it (domain rules D.3)."""


def ordered_on(day: str, valid_from: str | None = None, **own: object) -> Play:
    play = Play(own=dict(own)).on(*date.fromisoformat(day).timetuple()[:3])
    care = {**CARE, "valid_from": valid_from or day}
    return play.does("decide", DECISION).does("order", {**ORDER, "services": [care]})


@pytest.mark.rule("S3-R7", "S3-R24")
@pytest.mark.parametrize(("day", "three", "fifteen"), VECTORS)
def test_the_days_are_counted_in_the_swedish_calendar(day: str, three: str, fifteen: str) -> None:
    play = ordered_on(day)
    assert play.due == {"receipt_confirmation": three, "start_confirmation": three}
    play.sends("provider", "confirmation", {"received_on": day, "started_on": day})
    assert play.due == {"implementation_plan": fifteen}
    assert play.cleared == {"receipt_confirmation", "start_confirmation"}


def test_a_saturday_may_be_a_vardag_and_is_never_an_arbetsdag() -> None:
    play = ordered_on("2026-11-26", saturday_is_vardag=True)
    assert play.due["receipt_confirmation"] == "2026-11-30"
    assert ordered_on("2026-11-26").due["receipt_confirmation"] == "2026-12-01"
    play.sends(
        "provider", "confirmation", {"received_on": "2026-11-26", "started_on": "2026-11-26"}
    )
    assert play.due == {"implementation_plan": "2026-12-17"}


@pytest.mark.rule("S3-R7")
def test_the_start_is_counted_from_the_first_day_unless_the_rule_is_read_literally() -> None:
    later = ordered_on("2026-11-23", "2026-12-07")
    assert later.due == {
        "receipt_confirmation": "2026-11-26",
        "start_confirmation": "2026-12-10",
    }
    literal = ordered_on("2026-11-23", "2026-12-07", start_confirmation="from_receipt")
    assert literal.due["start_confirmation"] == "2026-11-26"
    assert "start_confirmation" in literal.last.settings


@pytest.mark.rule("S3-R7")
def test_the_clock_begins_when_the_provider_has_the_order() -> None:
    play = ordered().later(days=2).delivered()
    assert play.due["receipt_confirmation"] == "2026-11-30"
    assert play.state == "ORDERED"


@pytest.mark.rule("S3-R7")
def test_one_fact_alone_is_partial_and_the_clock_of_the_other_keeps_running() -> None:
    play = ordered().sends("provider", "confirmation", {"received_on": "2026-11-23"})
    assert play.state == "RECEIVED_BY_PROVIDER"
    assert play.cleared == {"receipt_confirmation"}
    receipt = play.mail("confirmation_partial", "sender")
    assert receipt.values["missing"] == "när uppdraget har påbörjats"
    play.passed("start_confirmation")
    assert play.state == "UNCONFIRMED_OVERDUE"
    play.sends("provider", "confirmation", {"started_on": "2026-11-23"})
    assert play.state == "STARTED"

    other = ordered().sends("provider", "confirmation", {"started_on": "2026-11-23"})
    assert other.state == "ORDERED"
    assert other.cleared == {"start_confirmation"}
    assert other.due == {"implementation_plan": "2026-12-14"}
    other.sends("provider", "confirmation", {"received_on": "2026-11-23"})
    assert other.state == "STARTED"
    assert other.due == {}


@pytest.mark.rule("S3-R7", "S3-R27")
def test_what_is_not_confirmed_in_time_is_watched_and_reminded_of_and_never_cancelled() -> None:
    play = ordered().later(days=4).passed("receipt_confirmation")
    assert play.state == "UNCONFIRMED_OVERDUE"
    assert play.state in play.procedure.watched
    assert play.sent == {("reminder_confirmation", "provider"), ("overdue_confirmation", "inbox")}
    assert play.due == {"receipt_confirmation": "2026-12-02"}
    play.passed("receipt_confirmation").passed("receipt_confirmation")
    assert play.alerts == {"provider_silent"}
    assert play.due == {}
    play.passed("start_confirmation")
    assert play.state == "UNCONFIRMED_OVERDUE"
    play.sends("provider", "confirmation", {"received_on": "2026-11-27"})
    assert play.state == "UNCONFIRMED_OVERDUE"


@pytest.mark.rule("S3-R7")
def test_a_confirmation_says_something_that_can_be_true() -> None:
    play = ordered()
    assert play.sends("provider", "confirmation", {}).refused == {("field.missing", "received_on")}
    ahead = {"received_on": "2026-11-24", "started_on": "2026-11-24"}
    assert play.sends("provider", "confirmation", ahead).refused == {
        ("field.invalid", "received_on"),
        ("field.invalid", "started_on"),
    }
    early = {"started_on": "2026-11-20"}
    assert play.sends("provider", "confirmation", early).refused == {
        ("field.invalid", "started_on")
    }
    spoken = Play().does("oral_order", ORAL).does("decide", DECISION).does("order", ORDER)
    assert spoken.sends("provider", "confirmation", early).refused == set()


def test_a_provider_that_can_not_start_says_why_and_the_clock_keeps_running() -> None:
    play = ordered().sends("provider", "confirmation", {"cannot_start": "Ingen personal"})
    assert play.state == "ORDERED"
    assert play.mail("confirmation_news", "inbox").values["cannot_start"] == "Ingen personal"
    assert play.cleared == set()


@pytest.mark.rule("S3-R24", "S3-R26", "S3-R27")
def test_a_plan_is_filed_watched_and_seen_by_the_caseworker() -> None:
    play = started().on(2026, 11, 26).sends("provider", "plan", PLAN)
    assert play.state == "PLAN_RECEIVED"
    assert play.state in play.procedure.watched
    assert play.data.plans[-1].filed_under == "Dokumenthanteraren"
    (document,) = play.effects(MakeDocument)
    assert document.view["filed_under"] == "Dokumenthanteraren"
    assert document.title.startswith("Dokumenthanteraren: ")
    assert play.sent == {("plan_news", "inbox"), ("plan_received", "sender")}
    assert play.cleared == {"implementation_plan"}

    play.does("plan_returned", {"reason": "Målen saknas"})
    assert play.state == "PLAN_RETURNED"
    assert play.due == {"implementation_plan": "2026-12-01"}
    play.sends("provider", "plan", PLAN).does("plan_accepted")
    assert play.state == "PLAN_ACCEPTED"
    assert play.state not in play.procedure.watched
    assert [one.state for one in play.data.plans] == ["returned", "accepted"]


@pytest.mark.rule("S3-R24", "S3-R27")
def test_a_plan_that_does_not_come_is_reminded_of_and_watched() -> None:
    play = started().on(2026, 12, 15).passed("implementation_plan")
    assert play.state == "PLAN_OVERDUE"
    assert play.state in play.procedure.watched
    assert play.sent == {("reminder_plan", "provider"), ("overdue_plan", "inbox")}
    play.passed("implementation_plan").passed("implementation_plan")
    assert play.alerts == {"plan_missing"}
    assert play.due == {}


@pytest.mark.rule("S3-R24")
def test_a_plan_is_waited_for_from_the_start_even_if_the_receipt_was_never_confirmed() -> None:
    play = ordered().sends("provider", "confirmation", {"started_on": "2026-11-23"})
    play.on(2026, 12, 15).passed("implementation_plan")
    assert play.state == "ORDERED"
    assert play.sent == {("reminder_plan", "provider"), ("overdue_plan", "inbox")}
    assert play.due == {"implementation_plan": "2026-12-18"}


@pytest.mark.rule("S3-R7")
def test_a_late_receipt_takes_an_order_off_the_watch_list_while_its_start_lies_ahead() -> None:
    play = ordered_on("2026-11-23", "2026-12-14").on(2026, 11, 27).passed("receipt_confirmation")
    assert play.state == "UNCONFIRMED_OVERDUE"
    play.sends("provider", "confirmation", {"received_on": "2026-11-27"})
    assert play.state == "RECEIVED_BY_PROVIDER"
    assert play.state not in play.procedure.watched


@pytest.mark.rule("S3-R25")
def test_a_plan_is_made_together_with_the_individual_or_a_representative() -> None:
    play = started().on(2026, 11, 26)
    alone = {name: PLAN[name] for name in ("adopted_on", "goals", "how", "follow_up")}
    play.sends("provider", "plan", alone)
    assert play.refused == {("field.missing", "made_with"), ("field.missing", "participation")}
    assert play.state == "STARTED"
    assert play.sends("provider", "plan", {**PLAN, "made_with": "representative"}).refused == set()


@pytest.mark.rule("S3-R7")
def test_a_change_is_a_version_of_its_own_that_is_confirmed_too() -> None:
    play = started().on(2026, 12, 1)
    care = {**CARE, "hours_per_month": "45", "valid_from": "2026-12-07"}
    play.does("order_change", {**ORDER, "services": [care]})
    assert play.state == "STARTED"
    assert [one.number for one in play.data.orders] == [1, 2]
    assert play.due == {"receipt_confirmation": "2026-12-04"}
    play.delivered().passed("receipt_confirmation")
    assert play.sent == {("reminder_confirmation", "provider"), ("overdue_confirmation", "inbox")}
    play.sends("provider", "confirmation", {"received_on": "2026-12-01"})
    assert "receipt_confirmation" in play.cleared
    assert play.state == "STARTED"


def test_an_order_ends_on_its_last_day_or_at_once() -> None:
    play = started().does("order_end", {"last_day": "2026-12-31", "reason": "Flyttar"})
    assert (play.state, play.due) == ("STARTED", {"order_end": "2026-12-31"})
    play.on(2027, 1, 1).passed("order_end")
    assert play.state == "ENDED"
    assert play.sent == {("order_ended", "provider"), ("order_ended", "inbox")}
    dead = (
        started().later(days=3).does("order_end", {"last_day": "2026-11-25", "reason": "Avliden"})
    )
    assert dead.state == "ENDED"
    assert "implementation_plan" in dead.cleared
    early = started().does("order_end", {"last_day": "2026-11-01", "reason": "Fel"})
    assert early.refused == {("field.invalid", "last_day")}


def test_an_order_with_an_end_has_its_last_day_watched() -> None:
    care = {**CARE, "valid_to": "2026-12-31"}
    play = decided().does("order", {**ORDER, "services": [care]})
    assert play.due["order_end"] == "2026-12-31"


@pytest.mark.parametrize("language", ["da", "sv", "en"])
def test_every_count_can_be_told(language: str) -> None:
    play = ordered()
    wording, zone = play.procedure.wording, play.procedure.days.zone
    told = count_in_words(play.waits("receipt_confirmation").count, wording, language, zone)
    assert "2026" in told
    assert "{" not in told


def test_an_order_that_never_began_is_cancelled_and_everybody_told() -> None:
    later = {**ORDER, "services": [{**CARE, "valid_from": "2026-12-01"}]}
    play = Play(roles=("provider", "fee_officer"))
    play.does("decide", {**DECISION, "connected": False}).does("order", later)
    play.later(days=1).does("order_end", {"last_day": "2026-11-24", "reason": "Avliden"})
    assert play.state == "WITHDRAWN"
    assert play.sent == {("order_cancelled", "provider"), ("order_cancelled", "fee_officer")}
    assert {"receipt_confirmation", "start_confirmation"} <= play.cleared
    assert not play.sends("provider", "confirmation", {"received_on": "2026-11-24"}).sent - {
        ("refused", "sender")
    }
    assert play.refused == {("case.state", "case")}


@pytest.mark.rule("S3-R7")
def test_nobody_has_received_an_order_before_it_was_sent() -> None:
    play = ordered().sends("provider", "confirmation", {"received_on": "2026-11-22"})
    assert play.refused == {("field.invalid", "received_on")}
    assert "skickades den 23 november 2026" in play.last.refused[0].text("sv")
    spoken = Play().does("oral_order", ORAL).does("decide", DECISION).does("order", ORDER)
    spoken.sends("provider", "confirmation", {"received_on": "2026-11-20"})
    assert spoken.state == "RECEIVED_BY_PROVIDER"


def test_mails_say_until_when() -> None:
    order = ordered(roles=("orderer", "provider"))
    told = order.mail("order", "provider").values
    assert told["receipt_due"] == told["start_due"] == "26 november 2026"
    assert told["decision_date"] == "20 november 2026"
    apart = Play(roles=("provider", "fee_officer"))
    apart.does("decide", {**DECISION, "connected": False}).does("order", ORDER)
    assert apart.mail("order", "provider").values["receipt_due"] == ""
    officer = apart.mail("fee_officer_notice", "fee_officer").values
    assert officer["receipt_due"] == "26 november 2026"
    planned = started()
    assert planned.mail("confirmation_received", "sender").values["plan_due"] == "14 december 2026"
    planned.sends("provider", "plan", {**PLAN, "adopted_on": "2026-11-23"})
    planned.does("plan_returned", {"reason": "Målen saknas"})
    assert planned.mail("plan_returned", "provider").values["due"] == "26 november 2026"
    planned.sends("provider", "confirmation", {"started_on": "2026-11-23"})
    assert planned.mail("confirmation_received", "sender").values["plan_due"] == ""
    changed = started().does("order_change", ORDER).mail("order_changed", "provider").values
    assert (changed["receipt_due"], changed["start_due"]) == ("26 november 2026", "")


def test_one_is_told_in_the_singular() -> None:
    one = {**CARE, "hours_per_month": "1"}
    daily = {**CARE, "hours_per_month": None, "days_per_week": 1}
    play = decided().does("order", {**ORDER, "services": [one, daily]})
    told = play.mail("order", "provider").values["services"]
    assert "1 timme per månad" in told
    assert "1 dag per vecka" in told


def test_no_rate_is_negative() -> None:
    with pytest.raises(ValidationError, match="hourly_rate"):
        decided().does("order", {**ORDER, "hourly_rate": "-1.00"})
