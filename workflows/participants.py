"""Who takes part in a case of the cooperation."""

from __future__ import annotations

from workflows.cooperation import Members
from workflows.definition import Situation


def taking_part(situation: Situation) -> Members:
    """Return who takes part in the cooperation on the day of the event."""
    day = situation.calendar.local_date(situation.event.at)
    return situation.policy.cooperation.on(day)
