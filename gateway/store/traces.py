"""What happened to one mail, step by step and in words: every judgement, then what came of it.

Old judgements stay beside new ones. Each step has its code, its English words as kept, the facts
they were made of, and the same told by six questions in the language that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from gateway.store import explanations as explained
from gateway.store import tables as t
from gateway.store.unit import Unit

Shown = dict[str, Any]

_TROUBLE: Final = frozenset({"mail_held", "mail_failed", "mail_expired", "parked"})
_MOVED: Final = ("event", "from", "to", "rules")


def trace(unit: Unit, mail: int, language: str = "en") -> list[Shown]:
    """What happened to a mail: each judgement with its layers, and the journal, as time went."""
    steps: list[Shown] = []
    for row in _judgements(unit, mail):
        layers = [_layer(layer, language) for layer in row.layers]
        found = [_step(step, row.state, language) for step in row.steps]
        steps += [{"at": row.at, "judgement": row.number, **step} for step in (*layers, *found)]
    steps += _journal(unit, t.journal.c.mail == mail)
    steps.sort(key=lambda step: step["at"])
    return steps


def trace_out(unit: Unit, outgoing: int) -> list[Shown]:
    """What happened to a mail that goes out: what the journal says of it."""
    return _journal(unit, t.journal.c.facts["outgoing"].as_string() == f"o{outgoing}")


def summary(unit: Unit, row: Mapping[str, Any], language: str = "en") -> Shown:
    """What a mail (`listings.message`) is now and what to do, and the same of each judgement."""
    ident, state, code = row["id"], row["state"], row["reason"]
    judged = [
        {
            "number": one.number,
            "at": one.at,
            "state": one.state,
            "reason": one.reason,
            "what": explained.meaning(one.reason, language),
        }
        for one in _judgements(unit, int(ident[1:]))
    ]
    return {
        "state": explained.state_in_words(state, language),
        "what": explained.meaning(code, language),
        "next": explained.next_step(state, code, ident, language),
        "judgements": judged,
    }


def _judgements(unit: Unit, mail: int) -> list[Any]:
    j = t.judgements.c
    return list(
        unit.connection.execute(select(t.judgements).where(j.mail == mail).order_by(j.number))
    )


def _layer(layer: Mapping[str, Any], language: str) -> Shown:
    return {
        "stage": layer["kind"],
        "layer": layer.get("layer"),
        "ok": layer["ok"],
        "code": layer["code"],
        "words": layer["words"],
        "facts": dict(layer.get("facts") or {}),
        "told": explained.layer_told(layer, language),
    }


def _step(step: Mapping[str, Any], state: str, language: str) -> Shown:
    facts = dict(step.get("facts") or {})
    told: dict[str, str] = {}
    if step["stage"] == "sender" and facts:
        told = explained.sender_told(facts, language)
    elif step["code"].startswith("flag."):
        told = {"what": explained.label("flag", language)}
        told["why"] = explained.meaning(step["code"], language) or step["words"]
    elif step["stage"] == "end":
        told = {"what": explained.state_in_words(state, language)}
        why = explained.meaning(step["code"], language) if step["code"] != "ok" else None
        told |= {"why": why} if why else {}
    return {**step, "layer": None, "facts": facts, "told": told}


def _journal(unit: Unit, about: ColumnElement[bool]) -> list[Shown]:
    rows = unit.connection.execute(select(t.journal).where(about).order_by(t.journal.c.sequence))
    return [_noted(row) for row in rows]


def _noted(row: Any) -> Shown:
    return {
        "at": row.at,
        "judgement": None,
        "stage": "journal",
        "layer": None,
        "ok": row.what not in _TROUBLE,
        "code": row.what,
        "words": _journal_words(row),
        "facts": dict(row.facts or {}),
        "told": {},
    }


def _journal_words(row: Any) -> str:
    facts = dict(row.facts or {})
    case = f" {row.number}" if row.number else ""
    if row.what == "moved" and all(name in facts for name in _MOVED):
        rules = ", ".join(facts["rules"])
        before = facts["from"] or "nothing"
        return f"case{case}: {before} -> {facts['to']} by {facts['event']} of {row.actor} ({rules})"
    facts.pop("grounds", None)  # a digest for machines, which the facts still hold
    told = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
    return f"{row.what.replace('_', ' ')}{case} by {row.actor}" + (f" ({told})" if told else "")
