"""`data`: the reference data that the gateway works with, and what is out of date in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import typer

from gateway import reference_data
from gateway.cli.home import opened
from gateway.cli.show import AsJson, cell, details, people
from parsers.reference import Reference

data = typer.Typer(no_args_is_help=True)
_COLOURS = {"good": "green", "soon": "yellow", "outdated": "red"}


@data.callback()
def data_group() -> None:
    """Reference data: kommuner, regions, laws, and until when they hold."""


@data.command("check")
def data_check(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Each data set: its source, its day, its rows, and what is out of date or soon will be."""
    home = opened(ctx)
    reference = reference_data.reference_of(home.settings.home)
    today = home.now().astimezone(home.settings.policy.days.zone).date()
    rows = [_row(name, reference, today) for name in reference.sets]
    if as_json:
        details({"date": today.isoformat(), "data": rows}, as_json=True)
    else:
        for row in rows:
            _print(row)
    if any(row["state"] == "outdated" for row in rows):
        raise typer.Exit(1)


def _row(name: str, reference: Reference, today: date) -> dict[str, Any]:
    one = reference.sets[name]
    found = reference_data.findings(name, reference, today)
    return {
        "name": name,
        "state": found[0].state if found else "good",
        "rows": len(one.rows),
        "as_of": one.as_of.isoformat(),
        "review_by": one.review_by.isoformat(),
        "source": one.source,
        "from": "home" if one.replaced else "shipped",
        "replaces": reference_data.replaced(one),
        "findings": [{"state": finding.state, "words": finding.words} for finding in found],
    }


def _print(row: dict[str, Any]) -> None:
    colour = _COLOURS[row["state"]]
    people.print(
        f"[{colour}]{row['state']:<8}[/{colour}]  {row['name']:<20} {row['rows']} rows,"
        f" as of {row['as_of']}, to be reviewed by {row['review_by']}"
    )
    for finding in row["findings"]:
        people.print(f"          [{_COLOURS[finding['state']]}]-[/] {cell(finding['words'])}")
    if row["replaces"]:
        people.print(f"          in place of {cell(row['replaces'])}")
    people.print(f"          [dim]{cell(row['source'])}[/dim]")
