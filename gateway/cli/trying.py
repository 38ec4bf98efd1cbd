"""`demo` and `bench`: the gateway tried out, against itself and against the machine."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.show import people
from gateway.errors import Refused
from workflows.mistakes import instead


def demo(
    keep: Annotated[bool, typer.Option(help="Keep the folder with home and PDFs.")] = True,
    procedure: Annotated[
        str | None, typer.Option(help="The dialogue that this procedure brings along.")
    ] = None,
) -> None:
    """Play a whole dialogue in front of your eyes: a kommune with OpenSSL only, gateway, region."""
    if procedure is not None:
        known = sorted(import_module("gateway.showcase.flows.packaged").packaged())
        if procedure not in known:
            raise Refused(f"There is no procedure {procedure} to play; {instead(procedure, known)}")
    play = import_module("gateway.showcase.demo").play
    raise typer.Exit(play(people, procedure=procedure, keep=keep))


def bench(
    ctx: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Options of python -m bench.")
    ] = None,
) -> None:
    """Load the real `serve` and compare it with the machine; needs the source folder."""
    del ctx
    root = Path(__file__).resolve().parents[2]
    if not (root / "bench" / "__main__.py").is_file():
        raise Refused("bench runs from the source folder only, which is not installed here.")
    sys.path.insert(0, str(root))
    raise typer.Exit(import_module("bench.__main__").main(arguments or []))
