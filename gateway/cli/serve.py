"""`serve`: the gateway itself, whole or one part of it."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway import logs, serving
from gateway.cli.home import opened
from gateway.cli.show import done


def serve(
    ctx: typer.Context,
    part: Annotated[
        str | None, typer.Argument(help=f"Only one part: {', '.join(serving.ROLES)}.")
    ] = None,
    ready_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the gateway: everything in one process group, or one part alone."""
    settings = opened(ctx).settings
    if part is None:
        logs.set_up(process="serve")
        serving.serve(settings, done)
    elif part in serving.ROLES:
        serving.serve_role(settings, part, serving.readiness(ready_fd))
    else:
        raise typer.BadParameter(f"{part}: there are {', '.join(serving.ROLES)}")
