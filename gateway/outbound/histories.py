"""Whether the rows that people read say what the journal says: mails, cases, histories, heads.

The journal is chained and its end is guarded; these rows are not. So each is held against the note
that was written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from gateway.outbound.chains import heads_findings, read_document
from gateway.store import cases
from gateway.store import tables as t
from gateway.store.unit import Unit

_HISTORY = ("moved", "assigned")


def mail_row_findings(row: Any, noted: Any) -> Iterator[str]:
    """Compare the row of a mail with the note that was made when it was received."""
    where = f"mail m{noted.mail}"
    if row is None:
        yield f"{where}: its row was removed"
        return
    if row.sha256 != noted.facts["sha256"] or row.mailbox != noted.facts["mailbox"]:
        yield f"{where}: its row does not say what was received"
    if row.received_at != noted.at:
        yield f"{where}: its time of receipt was changed"


def case_row_findings(unit: Unit, number: str) -> Iterator[str]:
    """Compare a case and its history with the steps that the journal has."""
    j = t.journal.c
    steps = unit.connection.execute(
        select(t.journal).where(j.number == number, j.what.in_(_HISTORY)).order_by(j.sequence)
    ).all()
    row = unit.connection.execute(select(t.cases).where(t.cases.c.number == number)).first()
    if row is None:
        yield f"case {number}: it was removed; the journal has {len(steps)} steps of it"
        return
    yield from _state_findings(unit, row, steps)
    yield from _history_findings(unit, number, steps)


def _state_findings(unit: Unit, row: Any, steps: Sequence[Any]) -> Iterator[str]:
    kept = cases.load(unit, row.number)
    last = next((s.facts["to"] for s in reversed(steps) if s.what == "moved"), None)
    body = kept.body["case"] if kept else {}
    if not row.state == last == body.get("state"):
        yield (
            f"case {row.number}: its state is {row.state} in its row, "
            f"{body.get('state')} in its body and {last} in the journal"
        )


def _history_findings(unit: Unit, number: str, steps: Sequence[Any]) -> Iterator[str]:
    """Walk history and journal together: a step may pass through several states."""
    e = t.case_events.c
    events = unit.connection.execute(
        select(t.case_events).where(e.number == number).order_by(e.id)
    ).all()
    place = 0
    for step in steps:
        facts = step.facts
        name, end = facts.get("event", step.what), facts.get("to")
        first = place
        while place < len(events) and _belongs(events[place], step, name):
            place += 1
            if end is None or events[place - 1].to_state == end:
                break
        passed = events[first:place]
        if not passed or (end is not None and _ends(passed) != (facts["from"], end)):
            yield (
                f"case {number}: its history is not what journal row {step.sequence} says "
                f"({name}): a row was changed, removed or moved"
            )
            return
    if place < len(events):
        yield f"case {number}: its history has {len(events) - place} rows that the journal has not"


def _belongs(event: Any, step: Any, name: str) -> bool:
    rules = step.facts.get("rules", event.rules)
    return (event.event, event.at, event.actor, event.mail, event.rules) == (
        name,
        step.at,
        step.actor,
        step.mail,
        rules,
    )


def _ends(passed: Sequence[Any]) -> tuple[str | None, str | None]:
    return passed[0].from_state, passed[-1].to_state


def head_row_findings(unit: Unit) -> Iterator[str]:
    """Check the heads against each other, and against the journal's notes of them."""
    rows = unit.connection.execute(select(t.heads).order_by(t.heads.c.sequence)).all()
    documents = [(f"head {row.sequence}", read_document(row.body, "sagspost_head")) for row in rows]
    readable = [(where, head) for where, head in documents if head is not None]
    for finding in heads_findings(readable):
        yield str(finding)
    kept = {row.sequence: row.digest for row in rows}
    noted = select(t.journal.c.sequence, t.journal.c.facts).where(t.journal.c.what == "head")
    for sequence, facts in unit.connection.execute(noted):
        if kept.get(facts["sequence"]) != facts["head"]:
            yield (
                f"head {facts['sequence']}: the one that journal row {sequence} names "
                "is missing or was changed"
            )
