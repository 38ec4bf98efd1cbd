"""`check` and `migrate`: whether a home is well, and bringing it to this version."""

from __future__ import annotations

import typer

from gateway import checks
from gateway.cli.home import opened
from gateway.cli.show import AsJson, cell, details, done, people, progress
from gateway.store import migrate as versions
from gateway.store.engine import open_engine


def migrate(ctx: typer.Context) -> None:
    """Bring the database to this version."""
    settings = opened(ctx).settings
    with progress("Migrating"):
        before, now = versions.migrate(open_engine(settings.database_url))
    done(f"Database at {now}" + ("" if before == now else f" (was {before or 'empty'})"))


def check(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Settings, keys, relay, database, clock: each good, or what to do."""
    home = opened(ctx)
    rows = checks.run(home.settings)
    if as_json:
        details({"checks": rows}, as_json=True)
    else:
        for row in rows:
            mark = "[green]good[/green] " if row["state"] == "good" else "[red]wrong[/red]"
            people.print(f"{mark}  {row['what']:<12} {cell(row['words'])}")
    if any(row["state"] != "good" for row in rows):
        raise typer.Exit(1)
