"""The watch list by mail (sv: insatsbevakningslista, S3-R27): each working morning, where wanted.

What is overdue, and what has come in and nobody has seen yet, is told in a mail of its own when it
happens; this mail says what of it still waits. It names cases, states and days, and nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from gateway.logs import logger
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
from gateway.pipeline.recipients import Recipients
from gateway.settings import Settings
from gateway.store import daily, listings
from gateway.store.journal import Note
from gateway.store.unit import Unit
from parsers.dates import write_date
from workflows.definition import Procedure
from workflows.wording import SHARED

KIND: Final = "watchlist"
MOST: Final = 200
"""Cases that one mail names."""
_log = logger("clock")


def waiting(
    unit: Unit, known: Mapping[str, Procedure], language: str, *, limit: int
) -> list[dict[str, Any]]:
    """Return the cases to watch, the longest waiting first; `what` says their state in words."""
    states = {name: one.watched for name, one in known.items() if one.watched}
    rows = listings.watched(unit, states, limit=limit)
    for row in rows:
        wording = known[row["procedure"]].wording
        row["what"] = wording.text(f"state.{row['state']}", language)
    return rows


def is_due(settings: Settings, now: datetime) -> bool:
    """Whether it is a working day, and not earlier than the hour that the settings say."""
    hour, days = settings.clock.watchlist_hour, settings.policy.days
    local = now.astimezone(days.zone)
    return hour is not None and local.hour >= hour and days.is_working_day(local.date())


def tell(
    unit: Unit,
    settings: Settings,
    known: Mapping[str, Procedure],
    recipients: Recipients,
    now: datetime,
) -> bool:
    """Mail today's list to the authority's inbox, once a day; nothing where nothing waits."""
    local_day = settings.policy.days.local_date(now)
    if not is_due(settings, now) or not daily.claim(unit.connection, KIND, local_day):
        return False
    inbox = recipients.inbox()
    rows = waiting(unit, known, inbox.language, limit=MOST + 1)
    if not rows:
        return False
    values = {
        "cases": "\n".join(_line(row, known, settings, inbox.language) for row in rows[:MOST]),
        "more": SHARED.text("watchlist.more", inbox.language) if len(rows) > MOST else "",
    }
    plan = Plan(KIND, inbox.language, values=values, personal=False)
    post(unit, Outgoing(KIND, inbox, plan), inbox, now)
    unit.note(Note(now, KIND, "clock", facts={"cases": len(rows)}))
    _log.info("watch list mailed", cases=len(rows))
    return True


def _line(
    row: Mapping[str, Any], known: Mapping[str, Procedure], settings: Settings, language: str
) -> str:
    procedure = known[row["procedure"]]
    values = {
        "number": row["number"],
        "procedure": procedure.wording.text("procedure.title", language).partition(":")[0],
        "state": row["what"],
        "since": write_date(settings.policy.days.local_date(row["since"]), language),
    }
    return SHARED.text("watchlist.case", language, values)
