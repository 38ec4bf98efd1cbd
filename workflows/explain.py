"""Tells in words how a deadline was counted, so that anybody can do it over again.

Also the settings that a step rests on, where the sources leave a question open.

The facts are those that `SetDeadline.count` carries and the gateway keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from parsers.values import write_date
from workflows.definition import Procedure
from workflows.errors import WrongEvent
from workflows.wording import Wording


def count_in_words(
    count: Mapping[str, Any], wording: Wording, language: str, zone: ZoneInfo
) -> str:
    """Return the count as a few sentences. Raises WrongEvent for facts that are none of ours."""
    told = _told(count, wording, language, zone)
    rule = wording.text(f"rule.{count['rule']}", language)
    return " ".join([*told, wording.text("count.rule", language, {"rule": rule})])


def _told(count: Mapping[str, Any], wording: Wording, language: str, zone: ZoneInfo) -> list[str]:
    match count.get("unit"):
        case "minutes":
            told = _minutes(count, wording, language, zone)
        case "working_days":
            told = _working_days(count, wording, language)
        case "calendar_days":
            told = [wording.text("count.calendar_days", language, _days(count, language))]
        case "date":
            told = [wording.text("count.date", language, {"due": _day(count["due"], language)})]
        case "notice":
            told = _notice(count, wording, language)
        case "day_of_next_month":
            told = _day_of_next_month(count, wording, language)
        case "earlier":
            told = _earlier(count, wording, language, zone)
        case "morning_before":
            told = [_morning_before(count, wording, language)]
        case _:
            raise WrongEvent("a count of an unknown unit")
    return told


@dataclass(frozen=True, slots=True)
class SettingInWords:
    """A setting that the sources leave open: how it stands, and what that means and why."""

    name: str
    value: str
    text: str


def settings_in_words(
    procedure: Procedure, names: Iterable[str], language: str
) -> list[SettingInWords]:
    """Return settings in words: `setting.<name>`, with `{value}` in words where there are any.

    The words of a value are `setting_value.<name>.<value>`. Raises MissingText.
    """
    wording = procedure.wording
    found = []
    for name in names:
        value = _plain(procedure.setting(name))
        key = f"setting_value.{name}.{value}"
        words = wording.text(key, language) if wording.has(key, language) else value
        text = wording.text(f"setting.{name}", language, {"value": words})
        found.append(SettingInWords(name, value, text))
    return found


def _plain(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case BaseModel():
            given = value.model_dump(mode="json").items()
            return ", ".join(f"{name} {_plain(one)}" for name, one in given if one is not None)
        case list() | tuple():
            return ", ".join(_plain(one) for one in value) or "-"
        case _:
            return str(value)


def _minutes(
    count: Mapping[str, Any], wording: Wording, language: str, zone: ZoneInfo
) -> list[str]:
    values = {"n": str(count["n"])}
    for name in ("from", "due"):
        moment = datetime.fromisoformat(count[name]).astimezone(zone)
        said = {"date": write_date(moment.date(), language), "time": f"{moment:%H:%M}"}
        values[name] = wording.text("moment", language, said)
    return [wording.text("count.minutes", language, values)]


def _working_days(count: Mapping[str, Any], wording: Wording, language: str) -> list[str]:
    values = {
        "n": str(count["n"]),
        "from": _day(count["from"], language),
        "due": _day(count["due"], language),
        "calendar": wording.text(f"calendar.{count['calendar']}", language),
    }
    told = [wording.text("count.working_days", language, values)]
    skipped = [
        wording.text(
            "count.skipped_day",
            language,
            {"date": _day(day, language), "reason": wording.text(f"day.{reason}", language)},
        )
        for day, reason in count["skipped"]
    ]
    if not skipped:
        return [*told, wording.text("count.none_skipped", language)]
    return [*told, wording.text("count.skipped", language, {"days": ", ".join(skipped)})]


def _days(count: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        "n": str(count["n"]),
        "from": _day(count["from"], language),
        "due": _day(count["due"], language),
    }


def _notice(count: Mapping[str, Any], wording: Wording, language: str) -> list[str]:
    unit = "days" if count["plus_months"] is None else "months"
    start = "running" if count["running_month"] else "plain"
    values = {
        "n": str(count[f"plus_{unit}"]),
        "from": _day(count["from"], language),
        "earliest": _day(count["earliest"], language),
    }
    told = [wording.text(f"count.notice_{start}_{unit}", language, values)]
    if count["wanted"]:
        wanted = {"wanted": _day(count["wanted"], language)}
        told.append(wording.text("count.notice_wanted", language, wanted))
    due = {"due": _day(count["due"], language)}
    return [*told, wording.text("count.notice_due", language, due)]


def _day_of_next_month(count: Mapping[str, Any], wording: Wording, language: str) -> list[str]:
    values = {
        "day": str(count["day"]),
        "from": _day(count["from"], language),
        "due": _day(count["due"], language),
    }
    told = [wording.text("count.day_of_next_month", language, values)]
    if count["off"] is not None:
        off = {
            "reason": wording.text(f"day.{count['off']}", language),
            "work_by": _day(count["work_by"], language),
        }
        told.append(wording.text("count.day_off_kept", language, off))
    return told


def _earlier(
    count: Mapping[str, Any], wording: Wording, language: str, zone: ZoneInfo
) -> list[str]:
    told = [wording.text("count.earlier", language)]
    for one in count["of"]:
        told += _told(one, wording, language, zone)
    due = {"due": _day(count["due"], language)}
    return [*told, wording.text("count.earlier_due", language, due)]


def _morning_before(count: Mapping[str, Any], wording: Wording, language: str) -> str:
    values = {
        "end": _day(count["end"], language),
        "due": _day(count["due"], language),
        "time": count["time"],
    }
    return wording.text("count.morning_before", language, values)


def _day(text: str, language: str) -> str:
    return write_date(date.fromisoformat(text), language)
