"""What becomes of a notice that arrives late or not at all, or whose day is near."""

from __future__ import annotations

from datetime import date

import pytest

from tests.workflows.network.stage import Stage
from tests.workflows.network.test_contact_directory import kept as contact_of
from tests.workflows.network.test_grant_change_notice import (
    NOTICE,
    VIBORG,
    between,
    notified,
    proposed,
    stage,
    to_us,
)
from tests.workflows.network.test_levels import BOTH
from workflows.effects import ClearDeadline, TellCase

SOON = {"effective_date": "2026-12-01"}
"""Before the time to object is over, on 7 December; between two who agreed on nothing."""


@pytest.mark.rule("S2-R10")
def test_a_change_takes_no_effect_while_the_other_side_may_still_object() -> None:
    play = notified(SOON).at(2026, 12, 1, 0).passed("change_takes_effect")
    assert (play.state, play.sent()) == ("NOTICE_VALID_WITH_WARNING", set())

    play.at(2026, 12, 3).does("change_objection", "operator", {"text": "Vi har ingen ledig"})
    assert (play.refused, play.state) == ([], "DISPUTED")


@pytest.mark.rule("S2-R10")
def test_when_nobody_objected_it_takes_effect_from_its_own_day() -> None:
    play = notified(SOON).at(2026, 12, 1, 0).passed("change_takes_effect")
    play.at(2026, 12, 8, 0).passed("objection")
    assert (play.state, play.data.verdict.takes_effect) == ("EFFECTIVE", date(2026, 12, 1))
    assert play.sent() == {("effective", "notifier"), ("effective", "operator")}
    assert "gælder fra 1. december 2026" in play.text("effective", "operator")


@pytest.mark.rule("S2-R10")
def test_a_day_right_after_the_time_to_object_waits_for_nothing() -> None:
    """Both deadlines pass in the same second, in whatever order."""
    for first, second in (
        ("objection", "change_takes_effect"),
        ("change_takes_effect", "objection"),
    ):
        play = notified({"effective_date": "2026-12-08"})
        play.now = play.due("objection")
        assert play.passed(first).passed(second).state == "EFFECTIVE"


def undelivered() -> Stage:
    play = stage(between())
    play.related = (contact_of("RM-2026-000010", VIBORG, role="DRIFT"),)
    play.does("change_notice", "notifier", NOTICE)
    return play.bounced("notice_failed", "operator")


@pytest.mark.rule("S2-R10")
def test_a_notice_that_does_not_arrive_is_told_to_its_sender_and_its_contact_goes_stale() -> None:
    play = undelivered()
    assert (play.sent(), play.alerts()) == ({("not_delivered", "notifier")}, ["notice_failed"])
    text = play.text("not_delivered", "notifier")
    assert "kunne varslingen ikke afleveres hos Viborg Kommune" in text
    (told,) = play.effects(TellCase)
    assert (told.number, told.event) == ("RM-2026-000010", "contact_bounced")
    assert play.last.to_state == play.last.from_state


@pytest.mark.rule("S2-R10")
def test_what_has_not_arrived_takes_no_effect() -> None:
    cleared = {one.name for one in undelivered().effects(ClearDeadline)}
    assert cleared == {"objection", "change_takes_effect"}


def test_what_arrives_after_all_leaves_the_whole_time_to_object() -> None:
    play = undelivered().at(2026, 11, 26).does("notice_arrived", "gateway", {"role": "operator"})
    assert play.sent() == {("arrived_late", "notifier")}
    assert play.due("objection").date() == date(2026, 12, 10)
    assert play.due("change_takes_effect").date() == date(2026, 12, 31)
    assert "senest 10. december 2026" in play.text("arrived_late", "notifier")
    play.passed("objection").passed("change_takes_effect")
    assert play.state == "EFFECTIVE"


def test_a_notice_that_arrives_at_once_is_no_news() -> None:
    play = notified({}, between())
    assert play.mail("notice", "operator").on_accepted == "notice_arrived"
    play.does("notice_arrived", "gateway", {"role": "operator"})
    assert play.last.effects == ()


def test_a_notice_of_which_one_of_two_mails_arrives_has_arrived() -> None:
    play = to_us({}, None, *BOTH).bounced("notice_failed", "facility")
    assert play.effects(ClearDeadline) == []
    assert "hos Granbo" in play.text("not_delivered", "notifier")
    play.bounced("notice_failed", "inbox")
    assert {one.name for one in play.effects(ClearDeadline)} == {"objection", "change_takes_effect"}
    assert "hos Region Midtjylland" in play.text("not_delivered", "notifier")


def test_a_new_notice_is_on_its_way_anew() -> None:
    play = undelivered().does("change_notice", "notifier", NOTICE)
    assert play.data.arrived
    assert play.due("objection").date() == date(2026, 12, 7)


def test_a_proposal_that_does_not_arrive_is_told_to_its_sender_too() -> None:
    play = proposed().bounced("notice_failed", "acting")
    assert (play.state, play.alerts()) == ("PROPOSED", ["notice_failed"])
    text = play.text("not_delivered", "notifier")
    assert "kunne forslaget ikke afleveres hos Aarhus Kommune" in text


def test_a_proposal_and_its_reminder_say_until_when_an_answer_is_expected() -> None:
    play = proposed()
    assert "Kontakt: S. Behandler, 89400000" in play.text("proposal", "acting")
    assert "Lovgrundlag: SEL § 107" in play.text("proposal", "acting")
    assert "senest 7. december 2026 kl. 23:59" in play.text("proposal", "acting")
    play.at(2026, 12, 8, 0).passed("proposal_answer")
    assert "senest 22. december 2026 kl. 23:59" in play.text("proposal_reminder", "acting")
    assert "påmindelse nr. 1." in play.text("proposal_reminder", "acting")
    play.passed("proposal_answer").passed("proposal_answer")
    assert "efter 2 påmindelser." in play.text("proposal_overdue", "notifier")
    once = proposed({"reminders": 1}).passed("proposal_answer").passed("proposal_answer")
    assert "efter 1 påmindelse." in once.text("proposal_overdue", "notifier")


def test_who_withdraws_what_stands_in_the_mail() -> None:
    play = notified().does("change_withdrawal", "notifier", {"reason": "Fejl"})
    assert "Aarhus Kommune har trukket varslingen" in play.text("withdrawn", "operator")
    play = proposed().does("change_withdrawal", "notifier")
    assert "Granbo har trukket forslaget" in play.text("withdrawn", "acting")
