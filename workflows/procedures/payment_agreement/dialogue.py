"""Dialogue: possible as long as a case is open, kept and passed on, and never moving it (S0-R5)."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX, SENDER
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement.agreement import OPEN, Agreement
from workflows.procedures.payment_agreement.draft import approval_line
from workflows.procedures.payment_agreement.mails import forward, mail
from workflows.procedures.payment_agreement.messages import Dialogue, UnclearReply

_PEOPLE: Final = ("acting", "payer", "facility", "authority")


def _pass_on(situation: Situation) -> Outcome:
    body = situation.body(Dialogue)
    own = situation.event.actor.role
    named = tuple(dict.fromkeys(body.recipients)) or _usual_readers(own)
    roles = tuple(role for role in named if role != own and situation.party(role) is not None)
    effects = _copies(situation, body.text, roles)
    if situation.event.by_mail:
        names = ", ".join(found.name for role in roles if (found := situation.party(role)))
        effects.append(
            mail(
                situation,
                "received",
                SENDER,
                "dialogue_received",
                evidence=True,
                recipients=names or None,
            )
        )
    return Outcome(situation.data(Agreement), tuple(effects))


def _usual_readers(own: str) -> tuple[str, ...]:
    """Name who reads when nobody is named; a payer gets no dialogue that it is not named in."""
    return ("facility", "authority") if own in {"acting", "payer"} else ("acting",)


def _copies(situation: Situation, text: str, roles: tuple[str, ...]) -> list[Effect]:
    effects: list[Effect] = []
    sender = situation.event.actor
    for role in roles:
        to = INBOX if role == "authority" else role
        effects.append(mail(situation, "dialogue", to, "dialogue", sender=sender.name, text=text))
        effects += forward(situation, to)
    return effects


def _keep_unclear(situation: Situation) -> Outcome:
    body, agreement = situation.body(UnclearReply), situation.data(Agreement)
    own = situation.event.actor.role
    effects = _copies(situation, body.text, tuple(r for r in _usual_readers(own) if r != own))
    current = agreement.current
    if current is not None and current.state == "sent":
        line = approval_line(situation, current, own)
        answer = mail(situation, "manual", SENDER, "unclear_reply", evidence=True, line=line)
    else:
        answer = mail(situation, "manual", SENDER, "unclear_reply_no_draft", evidence=True)
    return Outcome(agreement, (*effects, answer))


DIALOGUE_MOVES: Final = (
    Move(
        name="pass_on",
        sources=OPEN,
        events=("dialogue",),
        target=None,
        who=_PEOPLE,
        rules=("S0-R5", "S0-R12"),
        guards=g.MAIL,
        act=_pass_on,
    ),
    Move(
        name="keep_unclear_reply",
        sources=OPEN,
        events=("unclear_reply",),
        target=None,
        who=_PEOPLE,
        rules=("S0-R5",),
        guards=(g.SECURE,),
        act=_keep_unclear,
    ),
)
