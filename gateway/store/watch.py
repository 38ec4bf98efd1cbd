"""Notice cheaply that another process changed the database, so that nobody waits for a slow poll.

SQLite counts the commits of other connections in `PRAGMA data_version`, which costs microseconds to
ask. Elsewhere every look counts as a change, and the caller's own query decides.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine


class Watch:
    """Tells whether something was committed since the last time it was asked."""

    def __init__(self, engine: Engine) -> None:
        self._connection: sqlite3.Connection | None = None
        if engine.dialect.name == "sqlite" and engine.url.database:
            file = Path(engine.url.database)
            self._connection = sqlite3.connect(
                f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
        self._seen = -1

    def changed(self) -> bool:
        """Whether to look: true at the first call."""
        if self._connection is None:
            return True
        try:
            (now,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:  # a full or failing disk: let the caller's query tell
            return True
        before, self._seen = self._seen, int(now)
        return before != self._seen

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            self._connection.close()
