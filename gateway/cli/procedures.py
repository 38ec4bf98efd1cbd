"""`procedure`: the procedures that this version knows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.show import AsJson, done, listing
from gateway.cli.values import LANGUAGES, one_of
from gateway.errors import Refused
from workflows.catalogue import procedures
from workflows.definition import Procedure
from workflows.mistakes import instead

procedure = typer.Typer(no_args_is_help=True)


@procedure.command("list")
def procedure_list(
    language: Annotated[str, typer.Option(help="Of the titles: da, sv or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """All procedures, with the messages and acts that open their cases."""
    wanted = one_of("--language", language, LANGUAGES)
    listing(
        [_row(one, wanted) for one in procedures().values()],
        as_json=as_json,
        title="procedures",
        columns=("name", "title", "opened_by"),
    )


def _row(one: Procedure, language: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.wording.text("procedure.title", language),
        "language": one.language,
        "opened_by": sorted(event for state, event in one.index if state is None),
        "messages": [rule.name for rule in one.messages],
        "acts": sorted(one.acts),
        "states": list(one.states),
    }


@procedure.command("draw")
def procedure_draw(
    name: Annotated[
        str, typer.Argument(help="Such as payment_agreement; `procedure list` names all.")
    ],
    language: Annotated[str | None, typer.Option(help="da, sv or en; by default its own.")] = None,
    to: Annotated[Path | None, typer.Option(help="A file; by default it is printed.")] = None,
) -> None:
    """Draw a procedure from its own table, as SVG: states, moves, who, deadlines."""
    from workflows.drawing import draw

    known = procedures()
    found = known.get(name)
    if found is None:
        raise Refused(f"There is no procedure {name}; {instead(name, known)}")
    wanted = one_of("--language", language or found.language, LANGUAGES)
    picture = draw(found, wanted)
    if to is None:
        typer.echo(picture, nl=False)
        return
    try:
        to.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{to}: {error.strerror}") from None
    done(f"{to} written")
