"""Contacts are asked about from time to time; who does not answer, or bounces, goes stale."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Alert, Effect
from workflows.events import INBOX
from workflows.letters import letter
from workflows.procedures.contact_directory import timers as t
from workflows.procedures.contact_directory.entry import IN_USE, Entry
from workflows.procedures.contact_directory.guards import is_last_of_its_role
from workflows.procedures.contact_directory.registering import about, ask
from workflows.procedures.contact_directory.settings import ContactSettings
from workflows.reminding import Turn, reminder_moves
from workflows.timing import clear

_KNOWN: Final = ("PENDING", "VERIFIED")


def _ask_again(situation: Situation) -> Outcome:
    entry = situation.data(Entry).model_copy(update={"reminders": 0})
    question = ask(situation, entry, "confirm_request", "confirm_request")
    return Outcome(entry, (question, t.watch_confirmation(situation)))


def _may_remind(situation: Situation) -> bool:
    return situation.data(Entry).reminders < situation.settings(ContactSettings).reminders


def _remind(situation: Situation) -> Outcome:
    before = situation.data(Entry)
    entry = before.model_copy(update={"reminders": before.reminders + 1})
    question = ask(situation, entry, "reminder", "confirm_reminder")
    return Outcome(entry, (question, t.watch_confirmation(situation)))


def _stale(situation: Situation, why: str) -> Outcome:
    entry = situation.data(Entry)
    told = letter(situation, "overdue", INBOX, why, **about(entry))
    code = "last_contact_stale" if is_last_of_its_role(situation) else "contact_stale"
    alert = Alert(code, {"number": situation.number})
    return Outcome(entry, (told, *clear(t.CONFIRMATION, t.ATTESTATION), alert))


def _unanswered(situation: Situation) -> Outcome:
    return _stale(situation, "unanswered")


def _bounced(situation: Situation) -> Outcome:
    return _stale(situation, "bounced")


def _expire(situation: Situation) -> Outcome:
    entry = situation.data(Entry)
    told = letter(situation, "notice", INBOX, "expired", **about(entry))
    return Outcome(entry, (told, *clear(*t.DEADLINES)))


def _keep(situation: Situation) -> Outcome:
    """The last contact of a role with open cases stays until there is another one."""
    effects: tuple[Effect, ...] = (Alert("last_contact_stale", {"number": situation.number}),)
    return Outcome(situation.data(Entry), effects)


ATTESTING: Final = (
    Move(
        name="ask_again",
        sources=("VERIFIED",),
        events=("deadline_passed",),
        deadline=t.ATTESTATION.name,
        target=None,
        who=("clock",),
        rules=("S2-R12",),
        act=_ask_again,
    ),
    *reminder_moves(
        t.CONFIRMATION,
        sources=_KNOWN,
        may_remind=_may_remind,
        remind=Turn("remind", _remind),
        give_up=Turn("go_stale", _unanswered, target="STALE"),
        rules=("S2-R12",),
    ),
    Move(
        name="bounce",
        sources=_KNOWN,
        events=("contact_bounced",),
        target="STALE",
        who=("gateway",),
        rules=("S2-R12",),
        act=_bounced,
    ),
    Move(
        name="keep_last",
        sources=IN_USE,
        events=("deadline_passed",),
        deadline=t.VALIDITY.name,
        when=is_last_of_its_role,
        target=None,
        who=("clock",),
        rules=("S2-R12",),
        act=_keep,
    ),
    Move(
        name="expire",
        sources=IN_USE,
        events=("deadline_passed",),
        deadline=t.VALIDITY.name,
        target="RETIRED",
        who=("clock",),
        reason="A contact says itself until when it is one.",
        act=_expire,
    ),
)
