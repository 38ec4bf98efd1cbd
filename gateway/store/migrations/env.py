"""Alembic's entry: it is handed an open connection and runs the versions on it."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from gateway.store import capabilities  # noqa: F401  (its table is one of ours)
from gateway.store.tables import metadata
from gateway.store.times import Time


def _render(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Write our own type as what it is in the database: a version must not change with us."""
    return "sa.String(27)" if kind == "type" and isinstance(value, Time) else False


def _same_type(_context: Any, _column: Any, _found: Any, wanted: Any, _kind: Any) -> bool | None:
    """Our own type reads as the text that it is kept as."""
    return False if isinstance(wanted, Time) else None


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    compare_type=_same_type,
)
with context.begin_transaction():
    context.run_migrations()
