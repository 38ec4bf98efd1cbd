"""The states of a delegation agreement, as other procedures need them too."""

from __future__ import annotations

from typing import Final

OPEN: Final = ("DRAFT", "PROPOSED", "ACCEPTED", "ACTIVE")
TERMINAL: Final = frozenset({"REVOKED", "EXPIRED", "REJECTED"})
STATES: Final = (*OPEN, *sorted(TERMINAL))
