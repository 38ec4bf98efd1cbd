"""All commands together, and how an error leaves: one message, exit status 1.

Each command stands here by its name, its place and one line of help, and is loaded when it is
called: `--help` and the listings answer at once, and do not wait for what only `serve` needs.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from gateway.cli.show import errors
from gateway.errors import GatewayError, in_words
from keys.errors import KeysError, TokenError
from workflows.errors import WrongPolicy

COMMANDS: Final = {
    "init": ("init:init", "Make a home: settings, keys, database. Never overwrites."),
    "serve": ("serve:serve", "Run the gateway: everything in one process group, or one part."),
    "key": ("keys:key", "Our own keys: made, imported, renewed, retired, destroyed."),
    "anchor": ("anchors:anchor", "The CAs that partner certificates must lead to."),
    "partner": ("partners:partner", "The authorities that write to us."),
    "facility": ("facilities:facility", "The facilities that citizens are offered."),
    "procedure": ("procedures:procedure", "The procedures: what they take, and how they go."),
    "case": ("cases:case", "Cases: what stands in them, and acting on them."),
    "watchlist": (
        "watching:watchlist",
        "Cases that are overdue or that somebody here has to look at.",
    ),
    "message": ("mail:message", "What happened to a mail."),
    "outbox": ("mail:outbox", "Mail going out."),
    "deadline": ("mail:deadline", "What is due when, and why then."),
    "evidence": ("evidence:evidence", "Evidence: checked offline."),
    "log": ("evidence:log", "The journal and all chains."),
    "data": ("data:data", "Reference data: kommuner, regions, laws, and until when they hold."),
    "form": ("partner_side:form", "Print a blank form or a schema of a message, for a partner."),
    "seal": ("partner_side:seal", "Make a sealed submission as a partner would; send or print it."),
    "check": ("upkeep:check", "Settings, keys, relay, database, clock: each good, or what to do."),
    "migrate": ("upkeep:migrate", "Bring the database to this version."),
    "demo": ("trying:demo", "Play a whole dialogue in front of your eyes."),
    "bench": ("trying:bench", "Load the real `serve` and compare it with the machine."),
}


def loaded(name: str) -> Any:
    """The command behind a name, with its module."""
    place, line = COMMANDS[name]
    module, _, attribute = place.partition(":")
    found = getattr(import_module(f"gateway.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)
        command.help = line
    else:
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command()(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command


class Later(TyperGroup):
    """Knows each command by its line of help, and loads the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, (_, line) in COMMANDS.items():
            self.add_command(TyperCommand(name=name, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, whole, with the arguments that are left for it."""
        name, known, rest = super().resolve_command(ctx, args)
        return (name, known, rest) if name is None else (name, loaded(name), rest)


app = typer.Typer(
    name="sagspost",
    cls=Later,
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
    from gateway import logs
    from gateway.cli.home import Home
    from gateway.settings import home_from

    logs.set_up(process="cli")
    ctx.obj = Home(home_from(folder))
    ctx.call_on_close(ctx.obj.close)


def main() -> None:
    """The command `sagspost`."""
    try:
        app()
    except (GatewayError, KeysError, TokenError, WrongPolicy) as error:
        _tell(in_words(error))
        raise SystemExit(1) from None
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more to say, and no complaint.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        _tell(f"{error.filename or 'the system'}: {error.strerror or error}")
        raise SystemExit(1) from None


def _tell(text: str) -> None:
    for line in text.splitlines():
        errors.print("[red]sagspost:[/red]", end=" ")
        errors.print(line, markup=False)
