"""`case`: what stands in a case, acting on it, exporting and verifying it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import select

from gateway.cli.contents import content_of
from gateway.cli.home import AsPerson, Home, opened
from gateway.cli.settlement import case_settlement, shown_line
from gateway.cli.show import AsJson, cell, details, done, errors, listing, progress
from gateway.cli.values import LANGUAGES, one_of
from gateway.errors import Refused
from gateway.logs import masked
from gateway.store import cases as kept_cases
from gateway.store import listings
from gateway.store import tables as t
from gateway.store.unit import Unit
from workflows.mistakes import instead

if TYPE_CHECKING:  # what acts alone need is loaded by them
    from gateway.pipeline.process import Pipeline
    from workflows.engine import Step

case = typer.Typer(no_args_is_help=True)
case.command("settlement")(case_settlement)

Number = Annotated[str, typer.Argument(help="The case's number, such as RM-2026-000001.")]


@case.command("list")
def case_list(
    ctx: typer.Context,
    as_json: AsJson = False,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 200,
) -> None:
    """All cases, newest first."""
    if state is not None:
        _known_state(state)
    with opened(ctx).store.read() as unit:
        rows = listings.cases(unit, limit=limit, state=state)
    listing(
        rows,
        as_json=as_json,
        title="cases",
        columns=("number", "procedure", "state", "partner", "facility", "next_deadline"),
    )


def _known_state(state: str) -> None:
    """Raise Refused for a state that no procedure has."""
    from workflows.catalogue import procedures

    every = {one for procedure in procedures().values() for one in procedure.states}
    if state not in every:
        raise Refused(f"--state {state}: no procedure has it; {instead(state, every)}")


@case.command("show")
def case_show(ctx: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """One case: its events, documents, deadlines and settlement plan."""
    home = opened(ctx)
    with home.store.read() as unit:
        shown = _shown(unit, number)
    details(shown, as_json=as_json)


@case.command("explain")
def case_explain(
    ctx: typer.Context,
    number: Number,
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """A case in words: its steps by their rules, what is due and why then, what it rests on."""
    from gateway.cli.case_words import case_in_words

    one_of("--language", language, LANGUAGES)
    home = opened(ctx)
    with home.store.read() as unit:
        row = unit.connection.execute(select(t.cases).where(t.cases.c.number == number)).first()
        if row is None:
            raise Refused(f"There is no case {number}; `case list` shows all.")
        told = case_in_words(unit, row, home.settings.policy, language)
    if as_json:
        details(told.to_json(), as_json=True)
    else:
        done("\n".join(told.lines))


def _shown(unit: Unit, number: str) -> dict[str, Any]:
    row = unit.connection.execute(select(t.cases).where(t.cases.c.number == number)).first()
    kept = kept_cases.load(unit, number)
    if row is None or kept is None:
        raise Refused(f"There is no case {number}; `case list` shows all.")
    due = kept_cases.next_deadline(unit, number)
    data = kept.body["case"]["data"]
    settlement = data.get("settlement") or {}
    return {
        "number": row.number,
        "procedure": row.procedure,
        "state": row.state,
        "opened_at": row.opened_at,
        "partner": row.partner,
        "facility": row.facility,
        "next_deadline": due.due if due else None,
        "parties": [
            {"role": p["role"], "key": p["key"], "name": p["name"]}
            for p in kept.body["case"]["parties"]
        ],
        "versions": [
            {"version": v["number"], "state": v["state"], "digest": v["digest"]}
            for v in data.get("versions") or ()
        ],
        "events": listings.case_events(unit, number),
        "documents": listings.case_documents(unit, number),
        "deadlines": listings.deadlines(unit, number=number),
        "settlement": [shown_line(line) for line in settlement.get("lines") or ()],
        "termination": _termination(data.get("termination")),
    }


def _termination(kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """How a case ends; a CPR number in the reason is for the mail's readers only."""
    return {**kept, "reason": masked(kept["reason"])} if kept else None


@case.command("act")
def case_act(
    ctx: typer.Context,
    number: Number,
    act: Annotated[str, typer.Argument(help="Such as offer, start_settlement, dialogue.")],
    file: Annotated[
        Path | None, typer.Option(help="The act's content, JSON or TOML; - reads JSON here.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="One field: name=value, or group.name=value; repeatable."),
    ] = None,
    person: AsPerson = None,
    as_json: AsJson = False,
) -> None:
    """Act on a case; returns after the commit."""
    home = opened(ctx)
    content = content_of(file, values or ())
    who = person or home.person
    step = _acted(home, lambda pipeline: pipeline.act(number, act, content, who))
    result = {"case": number, "from": step.from_state, "to": step.to_state, "rules": step.rules}
    if as_json:
        details(result, as_json=True)
    elif step.from_state == step.to_state:
        done(f"{number}: {act} done, still {step.to_state}")
    else:
        done(f"{number}: {step.from_state} -> {step.to_state}")


@case.command("open")
def case_open(
    ctx: typer.Context,
    procedure: Annotated[
        str, typer.Argument(help="Such as service_order; `procedure list` names all.")
    ],
    act: Annotated[str, typer.Argument(help="The act that opens it.")],
    file: Annotated[
        Path | None, typer.Option(help="The act's content, JSON or TOML; - reads JSON here.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", help="One field: name=value, or group.name=value; repeatable."),
    ] = None,
    person: AsPerson = None,
    as_json: AsJson = False,
) -> None:
    """Open a case by an act of ours; returns after the commit."""
    home = opened(ctx)
    content = content_of(file, values or ())
    who = person or home.person
    step = _acted(home, lambda pipeline: pipeline.open(procedure, act, content, who))
    assert step.case is not None
    number = step.case.number
    if as_json:
        details({"case": number, "to": step.to_state, "rules": step.rules}, as_json=True)
    else:
        done(f"{number}: opened, {step.to_state}")


def _acted(home: Home, do: Callable[[Pipeline], Step]) -> Step:
    """Do an act. Raises Refused for values that do not fit; ends where the procedure refuses."""
    from gateway.wiring import Gateway

    gateway = Gateway(home.settings, workers=1)
    try:
        step = do(gateway.pipeline)
    finally:
        gateway.close()
    if step.refused:
        language = home.settings.authority.language
        for problem in step.refused:
            # The whole sentence in one language: the state in it is in the authority's.
            errors.print(
                f"[yellow]refused:[/yellow] {problem.code}: {cell(problem.text(language))}"
            )
        raise typer.Exit(1)
    return step


@case.command("export")
def case_export(
    ctx: typer.Context,
    number: Number,
    to: Annotated[Path, typer.Option("--to", help="A folder that does not exist yet.")],
) -> None:
    """Write a BagIt package with every mail, document and evidence of a case."""
    from gateway.outbound import export

    home = opened(ctx)
    with home.store.read() as unit, progress(f"Exporting {number}"):
        files = export.write(unit, number, to, home.settings)
    done(f"{files} files in {to}")


@case.command("verify")
def case_verify(ctx: typer.Context, number: Number, as_json: AsJson = False) -> None:
    """Check a case's evidence, its chain and its mails against what was kept."""
    home = opened(ctx)
    found = _verify(home, number)
    if as_json:
        details({"case": number, "good": not found, "findings": found}, as_json=True)
    elif not found:
        done(f"{number}: evidence, chain, documents and mails are as they were kept.")
    if found:
        for finding in found:
            errors.print(f"[red]{cell(finding)}[/red]")
        raise typer.Exit(1)


def _verify(home: Home, number: str) -> list[str]:
    from gateway.outbound import integrity

    with home.store.read() as unit:
        if kept_cases.load(unit, number) is None:
            raise Refused(f"There is no case {number}; `case list` shows all.")
        with progress(f"Checking {number}"):
            return list(integrity.case_findings(unit, number, home.settings))
