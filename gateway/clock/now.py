"""The gateway's clock: aware UTC, and for rehearsals moved by a fixed offset.

An offset is written `+9d`, `-2h`, `+30m` or `+1d12h`, and only settings that say `rehearsal = true`
may have one. Who reads the environment variable for it is `settings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from gateway.errors import WrongSettings

_OFFSET = re.compile(r"([+-])(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?", re.ASCII)
_FARTHEST = timedelta(days=36525)


def read_offset(text: str) -> timedelta:
    """Read `+1d12h`. Raises WrongSettings, which says how it is written, for anything else."""
    match = _OFFSET.fullmatch(text.strip())
    if match is None or not any(match.groups()[1:]):
        raise WrongSettings(
            "SAGSPOST_CLOCK_OFFSET must be a sign and days, hours, minutes: +9d, -2h, +30m, +1d12h"
        )
    sign, days, hours, minutes = match.groups()
    offset = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    if offset > _FARTHEST:
        raise WrongSettings("SAGSPOST_CLOCK_OFFSET must not be more than 100 years")
    return -offset if sign == "-" else offset


@dataclass(frozen=True)
class Clock:
    """Tells the time to everything that is handed `now`."""

    offset: timedelta = timedelta(0)

    @classmethod
    def at(cls, *, rehearsal: bool, offset: str | None) -> Self:
        """Make the clock that the settings allow: `[clock] rehearsal` and SAGSPOST_CLOCK_OFFSET.

        Raises WrongSettings when the clock is to be moved without `rehearsal = true`.
        """
        if not offset:
            return cls()
        if not rehearsal:
            raise WrongSettings(
                "SAGSPOST_CLOCK_OFFSET is set, but [clock] rehearsal is not true in sagspost.toml: "
                "unset the one, or set the other for a rehearsal"
            )
        return cls(read_offset(offset))

    @property
    def is_shifted(self) -> bool:
        """Whether this is a rehearsal: every mail and all evidence must say so."""
        return bool(self.offset)

    def now(self) -> datetime:
        """Tell the time, aware UTC."""
        return datetime.now(UTC) + self.offset
