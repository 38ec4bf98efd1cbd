"""How `message trace` tells people what happened to a mail: the answer first, then the grounds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.show import cell, people, short
from gateway.store.explanations import QUESTIONS, label, outcome_of

_QUIET: Final = frozenset({"received", "judged"})  # notes that say what stands above already
_DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")
Shown = Mapping[str, Any]


def show(row: Shown, summary: Shown, steps: Sequence[Shown], language: str) -> None:
    """Print what a mail is now, what to do, each judgement layer by layer, and what came later."""
    _head(row, summary, language)
    judged = [step for step in steps if step["judgement"] is not None]
    for number, group in groupby(judged, key=lambda step: step["judgement"]):
        _judgement(number, list(group), language)
    later = [s for s in steps if s["judgement"] is None and s["code"] not in _QUIET]
    if later:
        people.print(f"\n[bold]{label('later', language)}[/bold]")
        for step in later:
            words = _DIGEST.sub(lambda found: f"{found[0][:16]}...", step["words"])
            _line(short(step["at"]), words)
    if row["answers"]:
        people.print(f"\n[bold]{label('answers', language)}[/bold]")
        for answer in row["answers"]:
            reply = f" ({answer['last_reply']})" if answer["last_reply"] else ""
            _line(answer["id"], f"{answer['kind']} -> {answer['to']}: {answer['state']}{reply}")


def _head(row: Shown, summary: Shown, language: str) -> None:
    state = Text.from_markup(cell(row["state"]))
    code = f" ({row['reason']})" if row["reason"] else ""
    more = "" if summary["state"] == row["state"] else f", {summary['state']}"
    people.print(Text.assemble(f"{row['id']}: ", state, f"{code}{more}"))
    if summary["what"]:
        people.print(Text(f"  {summary['what']}"))
    people.print(Text.assemble((f"  {label('next', language)}: ", "bold"), summary["next"]))
    # Of mail that names nobody, From is what anybody can write.
    claim = "From" if row["partner"] else "claims to be from"
    facts = (
        f"{short(row['received_at'])}, {row['door']}, {row['mailbox']}",
        f"{claim} {row['from']}" if row["from"] else None,
        f"partner {row['partner']}" if row["partner"] else None,
        f"assurance {row['assurance']}" if row["assurance"] else None,
        f"case {row['case']}" if row["case"] else None,
        f"duplicate of {row['duplicate_of']}" if row["duplicate_of"] else None,
        row["message_id"],
    )
    people.print(Text("  " + "; ".join(fact for fact in facts if fact)))


def _judgement(number: int, steps: Sequence[Shown], language: str) -> None:
    title = f"{label('judgement', language)} {number}, {short(steps[0]['at'])}"
    people.print(f"\n[bold]{title}[/bold]")
    for step in steps:
        name = label(step["stage"], language)
        place = f"{step['layer']} " if step["layer"] is not None else ""
        word = outcome_of(step, language)
        colour = "green" if step["ok"] else "red"
        # What is to be known of the transport is no fault of the mail.
        colour = "yellow" if step["stage"] == "tls" and not step["ok"] else colour
        people.print(Text.assemble(f"  {place}{name}: ", (word, colour)))
        told = step["told"] or {"what": step["words"]}
        _answers(told, step, language)


def _answers(told: Shown, step: Shown, language: str) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for question in QUESTIONS:
        if told.get(question) and told[question] != label(step["stage"], language):
            table.add_row(label(question, language), Text(told[question]))
    if step["stage"] == "end" and not step["ok"] and ": " in step["words"]:
        table.add_row("", Text(step["words"].partition(": ")[2]))
    people.print(Padding(table, (0, 0, 0, 6)))


def _line(first: str, text: str) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(first, Text(text))
    people.print(Padding(table, (0, 0, 0, 2)))
