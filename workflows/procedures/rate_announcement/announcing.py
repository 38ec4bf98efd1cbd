"""The announcement: every running agreement of the facility is told, and judges its own date."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

from parsers.problems import Problem
from workflows.definition import NO_CASE, Case, Guard, Move, Outcome, Situation
from workflows.effects import Effect, FileUnder, TellCase
from workflows.events import INBOX
from workflows.letters import Fact, Key, letter, said
from workflows.procedures.payment_agreement.agreement import RUNNING
from workflows.procedures.rate_announcement.messages import AnnounceRates
from workflows.refusals import unfit

WAITING: Final = ("APPROVED", "CONFIRMED")
"""Agreements that do not settle yet: a person looks at them, for their terms are still new."""


class Announcement(BaseModel):
    """What was announced, and which agreements were told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    announced: AnnounceRates
    told: tuple[str, ...]
    waiting: tuple[str, ...]


def facility_of(_: Case | None, body: BaseModel) -> str | None:
    """Return under which facility the agreements are filed."""
    return body.facility if isinstance(body, AnnounceRates) else None


def _announce(situation: Situation) -> Outcome:
    body = situation.body(AnnounceRates)
    related = situation.event.related
    told = tuple(case.number for case in related if case.state in RUNNING)
    waiting = tuple(case.number for case in related if case.state in WAITING)
    today = situation.calendar.local_date(situation.event.at)
    said = {
        "year": body.year,
        "announced": today.isoformat(),
        "announcement": situation.number,
        "rates": [one.model_dump(mode="json") for one in body.rates],
        "percent": None if body.percent is None else str(body.percent),
    }
    effects: list[Effect] = [TellCase(number, "rates_announced", said) for number in told]
    effects += [
        letter(
            situation,
            "notice",
            to,
            "announced",
            year=body.year,
            rates=_rates_in_words(situation, to, body),
            count=len(told),
            told=", ".join(told) or Key("none_told"),
            waiting=", ".join(waiting),
            note=body.note or "",
        )
        for to in (INBOX, "facility")
    ]
    effects.append(FileUnder("facility", body.facility))
    data = Announcement(announced=body, told=told, waiting=waiting)
    return Outcome(data, tuple(effects))


def _rates_in_words(situation: Situation, to: str, body: AnnounceRates) -> str:
    """Return one line for each rate, or the percentage for all of them."""
    wording, language = situation.wording, situation.reader(to)
    if body.percent is not None:
        plain = f"{body.percent.normalize():f}"
        percent = plain if language == "en" else plain.replace(".", ",")
        return wording.text("rates.percent", language, {"percent": percent})
    lines = []
    for rate in body.rates:
        facts: dict[str, Fact] = {"amount": rate.amount, "unit": Key(f"unit.{rate.unit}")}
        key = "rates.amount" if rate.replaces is None else "rates.replaces"
        facts["old"] = rate.replaces or ""
        values = {name: said(situation, fact, language) for name, fact in facts.items()}
        lines.append(wording.text(key, language, values))
    return "\n".join(lines)


def _facility_known(situation: Situation) -> Problem | None:
    known = situation.party("facility") is not None
    return None if known else Problem("facility.unknown", "facility")


def _year_to_come(situation: Situation) -> Problem | None:
    now = situation.calendar.local_date(situation.event.at).year
    if now < situation.body(AnnounceRates).year:
        return None
    return unfit(situation, "year", "year_begun")


ANNOUNCING_MOVES: Final = (
    Move(
        name="announce",
        sources=(NO_CASE,),
        events=("announce_rates",),
        target="ANNOUNCED",
        who=("authority",),
        reason="Rates are set by the year, for all agreements of a facility at once.",
        guards=(
            Guard("facility_known", (), _facility_known),
            Guard("year_to_come", (), _year_to_come),
        ),
        act=_announce,
    ),
)
