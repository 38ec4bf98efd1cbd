"""Bring the database to the version that this code expects."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    # Alembic splits this option at the operating system's separator unless it is told otherwise.
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def expected_version() -> str:
    """The newest version that this code knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current_version(engine: Engine) -> str | None:
    """The version that the database is at, or None for an empty one; keeps no connection."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Run the missing versions; gives the version before and the version now."""
    before = current_version(engine)
    with engine.connect() as connection:
        command.upgrade(_config(connection), "head")
        if engine.dialect.name != "sqlite":
            connection.commit()
    engine.dispose()
    return before, expected_version()
