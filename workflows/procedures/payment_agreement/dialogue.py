"""Dialogue: possible as long as a case is open, kept and passed on, and never moving it (S0-R5).

An answer to a draft that is not clear is kept as dialogue too; the line to copy is sent back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workflows.definition import Outcome, Situation
from workflows.dialogue import dialogue_moves
from workflows.effects import Effect, SendMail
from workflows.events import SENDER
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement.agreement import OPEN, Agreement
from workflows.procedures.payment_agreement.draft import approval_line
from workflows.procedures.payment_agreement.mails import mail

_PEOPLE: Final = ("acting", "payer", "facility", "authority", "location", "residence", "successor")


def _usual_readers(own: str) -> tuple[str, ...]:
    """Name who reads when nobody is named; a payer gets no dialogue that it is not named in."""
    return ("facility", "authority") if own in {"acting", "payer"} else ("acting",)


_PASS_ON, _KEEP_UNCLEAR = dialogue_moves(
    sources=OPEN,
    people=_PEOPLE,
    readers=_usual_readers,
    guards=g.MAIL,
    rules=("S0-R5", "S0-R12"),
)


def _keep_unclear(situation: Situation) -> Outcome:
    kept = _KEEP_UNCLEAR.act(situation)
    current = situation.data(Agreement).current
    if current is None or current.state != "sent":
        return kept
    line = approval_line(situation, current, situation.event.actor.role)
    answer = mail(situation, "manual", SENDER, "unclear_reply", evidence=True, line=line)
    return replace(kept, effects=(*_without_answer(kept.effects), answer))


def _without_answer(effects: tuple[Effect, ...]) -> list[Effect]:
    return [e for e in effects if not (isinstance(e, SendMail) and e.to == SENDER)]


DIALOGUE_MOVES: Final = (
    _PASS_ON,
    replace(_KEEP_UNCLEAR, rules=("S0-R5",), guards=(g.SECURE,), act=_keep_unclear),
)
