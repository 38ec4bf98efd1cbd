"""All commands together, and how an error leaves: one message, exit status 1."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from gateway import logs, serving
from gateway.cli import cases, evidence, home, mail, partner_side, registry
from gateway.cli.home import Home, opened
from gateway.cli.show import done, errors
from gateway.errors import GatewayError
from gateway.settings import home_from
from keys.errors import KeysError

app = typer.Typer(
    name="sagspost",
    help="Secure messaging gateway and mailbot for public authorities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def root(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Option("--home", help="The gateway's folder; also SAGSPOST_HOME."),
    ] = None,
) -> None:
    """Secure messaging gateway and mailbot for public authorities."""
    logs.set_up(process="cli")
    ctx.obj = Home(home_from(folder))


@app.command()
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


app.command("init")(home.init)
app.command("migrate")(home.migrate_home)
app.command("check")(home.check)
app.add_typer(registry.anchor, name="anchor")
app.add_typer(registry.partner, name="partner")
app.add_typer(registry.facility, name="facility")
app.add_typer(cases.case, name="case")
app.add_typer(mail.message, name="message")
app.add_typer(mail.outbox, name="outbox")
app.add_typer(mail.deadline, name="deadline")
app.add_typer(evidence.evidence, name="evidence")
app.add_typer(evidence.log, name="log")
app.command("form")(partner_side.form)
app.command("seal")(partner_side.seal)
app.command("demo")(partner_side.demo)
app.command("bench")(partner_side.bench)


def main() -> None:
    """The command `sagspost`."""
    try:
        app()
    except (GatewayError, KeysError) as error:
        errors.print(f"[red]sagspost:[/red] {error}".replace("[/red] [", "[/red] \\["))
        raise SystemExit(1) from None
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            path = ".".join(str(step) for step in problem["loc"])
            errors.print(f"[red]sagspost:[/red] {path}: {problem['msg']}")
        raise SystemExit(1) from None
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more to say, and no complaint.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
