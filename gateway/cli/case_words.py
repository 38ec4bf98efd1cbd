"""A case told in words: its steps by their rules, what is due and why then, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.store import cases, listings
from gateway.store.unit import Unit
from parsers.values import write_date
from workflows.catalogue import procedures
from workflows.definition import Procedure
from workflows.explain import SettingInWords, count_in_words, settings_in_words
from workflows.policy import Policy
from workflows.seeds import SENTENCES


@dataclass(frozen=True, slots=True)
class CaseInWords:
    """What `case explain` tells."""

    case: str
    procedure: str
    state: str
    events: tuple[str, ...]
    rules: Mapping[str, str]
    """The sentences of the source documents that were applied, by their ids."""
    deadlines: tuple[str, ...]
    settings: tuple[SettingInWords, ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @property
    def lines(self) -> list[str]:
        """As lines of text; the sentences are in the language of their document."""
        return [
            f"{self.case} ({self.procedure}): {self.state}",
            *self.events,
            *(f"{rule}: {text}" for rule, text in self.rules.items()),
            *self.deadlines,
            *(f"- {one.text}" for one in self.settings),
        ]


def case_in_words(unit: Unit, row: Any, policy: Policy, language: str) -> CaseInWords:
    """Tell a case; `row` is its row of the table of cases."""
    procedure = procedures(policy)[row.procedure]
    events = listings.case_events(unit, row.number)
    ids = dict.fromkeys(rule for event in events for rule in event["rules"])
    return CaseInWords(
        case=row.number,
        procedure=row.procedure,
        state=procedure.wording.text(f"state.{row.state}", language),
        events=tuple(_told(event, procedure, language) for event in events),
        rules={rule: SENTENCES[rule] for rule in ids if rule in SENTENCES},
        deadlines=tuple(_deadlines(unit, row.number, procedure, language)),
        settings=tuple(settings_in_words(procedure, _settings(procedure, events), language)),
    )


def _told(event: Mapping[str, Any], procedure: Procedure, language: str) -> str:
    text = procedure.wording.text
    local = event["at"].astimezone(procedure.policy.days.zone)
    when = text("moment", language, {"date": write_date(local.date(), language),
                                     "time": f"{local:%H:%M}"})  # fmt: skip
    what = text(f"event.{event['event']}", language)
    states = [event["from"], event["to"]]
    words = [text(f"state.{state}", language) for state in dict.fromkeys(states) if state]
    rules = f" [{', '.join(event['rules'])}]" if event["rules"] else ""
    return f"{when}: {what}: {' → '.join(words)}{rules}"


def _deadlines(unit: Unit, number: str, procedure: Procedure, language: str) -> Sequence[str]:
    wording, zone = procedure.wording, procedure.policy.days.zone
    return [
        f"{wording.text(f'deadline.{row.name}', language)}: "
        + count_in_words(row._mapping["count"], wording, language, zone)
        for row in cases.deadlines_in_full(unit, number)
    ]


def _settings(procedure: Procedure, events: Sequence[Mapping[str, Any]]) -> list[str]:
    """The settings of every row that such an event in such a state may have taken."""
    rows = [
        move
        for event in events
        for move in procedure.index.get((event["from"], event["event"]), ())
    ]
    return list(dict.fromkeys(name for row in rows for name in row.settings))
