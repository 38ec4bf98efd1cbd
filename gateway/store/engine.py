"""Opening the database: SQLite in WAL mode with `synchronous=FULL`, or PostgreSQL.

A write transaction begins with BEGIN IMMEDIATE on SQLite, so that two processes wait for each other
at the start of a transaction and never in its middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from gateway.errors import TryLater

BUSY_SECONDS = 30


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


_OPTIONS: Final[dict[str, Any]] = {
    # What is written never stands in an error, and so never in the log.
    "hide_parameters": True,
    "json_serializer": _json,
    "json_deserializer": orjson.loads,
}


def open_engine(url: str) -> Engine:
    """The database as the settings name it. Connects at first use, not here."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, **_OPTIONS)
    # AUTOCOMMIT: only `transaction` says BEGIN and COMMIT.
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": BUSY_SECONDS},
        **_OPTIONS,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # FULL: a commit that was answered with 250 must survive the loss of power.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def transaction(engine: Engine, *, write: bool) -> Iterator[Connection]:
    """One transaction; committed at the end, rolled back on any exception.

    Raises TryLater when the disk is full or the database stays locked.
    """
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield connection
            except BaseException:
                _end(connection, "ROLLBACK")
                raise
            _end(connection, "COMMIT")
    except OperationalError as error:
        raise TryLater(_reason(error)) from error


def _end(connection: Connection, how: str) -> None:
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        # SQLite itself rolls back on some errors (a full disk); a second ROLLBACK would be refused.
        if raw.in_transaction:
            connection.exec_driver_sql(how)
        elif how == "COMMIT":
            raise TryLater("the transaction was lost before its commit")
    elif how == "COMMIT":
        connection.commit()
    else:
        connection.rollback()


def _reason(error: OperationalError) -> str:
    text = str(error.orig)
    if "full" in text or "disk I/O" in text:
        return "the disk is full or cannot be written"
    if "locked" in text:
        return f"the database stayed locked for {BUSY_SECONDS} seconds"
    if "no such table" in text:
        return "the database has no tables yet: run `sagspost migrate`"
    if "no such column" in text:
        return "the database is of another version: run `sagspost migrate`, or an older sagspost"
    return "the database cannot be used: " + text.splitlines()[0]
