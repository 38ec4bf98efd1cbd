"""The states of a notice of change, as other procedures need them too."""

from __future__ import annotations

from typing import Final

NOTICED: Final = ("NOTICE_VALID", "NOTICE_SHORT", "NOTICE_VALID_WITH_WARNING")
"""The notice was judged, and nobody has objected."""
RUNNING: Final = (*NOTICED, "DISPUTED")
OPEN: Final = ("PROPOSED", *RUNNING)
TERMINAL: Final = frozenset({"EFFECTIVE", "WITHDRAWN", "DECLINED"})
STATES: Final = ("PROPOSED", "NOTICE_RECEIVED", *RUNNING, *sorted(TERMINAL))
