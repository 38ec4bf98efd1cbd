"""`procedure`: the procedures that this version knows."""

from __future__ import annotations

from typing import Any

import typer

from gateway.cli.show import AsJson, listing
from workflows.catalogue import procedures
from workflows.definition import Procedure

procedure = typer.Typer(no_args_is_help=True)


@procedure.command("list")
def procedure_list(as_json: AsJson = False) -> None:
    """All procedures, with the messages and acts that open their cases."""
    listing(
        [_row(one) for one in procedures().values()],
        as_json=as_json,
        title="procedures",
        columns=("name", "language", "opened_by"),
    )


def _row(one: Procedure) -> dict[str, Any]:
    return {
        "name": one.name,
        "language": one.language,
        "opened_by": sorted(event for state, event in one.index if state is None),
        "messages": [rule.name for rule in one.messages],
        "acts": sorted(one.acts),
        "states": list(one.states),
    }
