"""From a situation to the mail that tells of it: who gets which text, with which values.

Every value is already words in the recipient's language; the wording files hold the sentences.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from parsers.identifiers import Cpr
from parsers.values import write_amount, write_date
from workflows.definition import Situation
from workflows.effects import Alert, ForwardAttachments, SendMail
from workflows.events import AUTHORITY, INBOX, Party, kind_of


class Key(str):
    """A value that is itself a text of the wording files, such as a state in words."""

    __slots__ = ()


class Month(str):
    """A value that is a month, YYYY-MM (da: afregningsmåned), and is said as one."""

    __slots__ = ()


Fact: TypeAlias = "str | date | datetime | Decimal | int | Key | Month | tuple[Key, ...] | None"


def said(situation: Situation, fact: Fact, language: str) -> str:
    """Return a value in words."""
    wording = situation.wording
    match fact:
        case None:
            words = wording.text("nothing", language)
        case Key():
            words = wording.text(fact, language)
        case Month():
            words = write_date(date.fromisoformat(f"{fact}-01"), language).partition(" ")[2]
        case tuple():
            words = ", ".join(said(situation, one, language) for one in fact)
        case datetime():
            local = fact.astimezone(situation.calendar.zone)
            values = {"date": write_date(local.date(), language), "time": f"{local:%H:%M}"}
            words = wording.text("moment", language, values)
        case date():
            words = write_date(fact, language)
        case Cpr() if fact.substitute:
            words = wording.text("substitute_number", language, {"number": fact})
        case Decimal():
            words = write_amount(fact, language, situation.calendar.currency)
        case _:
            words = str(fact)
    return words


def letter(
    situation: Situation,
    kind: str,
    to: str,
    wording: str,
    *,
    documents: tuple[str, ...] = (),
    evidence: bool = False,
    on_accepted: str | None = None,
    on_failed: str | None = None,
    **facts: Fact,
) -> SendMail:
    """Return one mail. Its values always hold `number`, and each party's name by its role."""
    language = situation.reader(to)
    values = {p.role: p.name for p in situation.parties if "." not in p.role}
    values["number"] = situation.number
    values |= {name: said(situation, fact, language) for name, fact in facts.items()}
    return SendMail(kind, to, wording, values, documents, evidence, True, on_accepted, on_failed)


def proof(
    situation: Situation,
    kind: str,
    to: str,
    wording: str,
    *,
    documents: tuple[str, ...] = (),
    on_failed: str | None = None,
    **facts: Any,
) -> SendMail:
    """Return a mail with evidence; without it to our own, where it would wait for a certificate."""
    party = situation.party(to)
    partner = party is not None and party.role != AUTHORITY and bool(party.cvr)
    return letter(
        situation,
        kind,
        to,
        wording,
        documents=documents,
        evidence=partner,
        on_failed=on_failed,
        **facts,
    )


def receipt(situation: Situation, wording: str, **facts: Any) -> list[SendMail]:
    """Return the receipt of a mail, with evidence; an act is answered where it is made."""
    if not situation.event.by_mail:
        return []
    return [proof(situation, "received", situation.event.actor.role, wording, **facts)]


def forward(situation: Situation, to: str) -> list[ForwardAttachments]:
    """Return the order to send the event's attachments along, where there are any."""
    attached = situation.event.attachments
    return [ForwardAttachments(to, attached)] if attached else []


def alarm(situation: Situation, code: str) -> Alert:
    """Return an alert about the case, with each party's name by its role."""
    values = {p.role: p.name for p in situation.parties if "." not in p.role}
    return Alert(code, values | {"number": situation.number})


def members(situation: Situation, kind: str) -> tuple[Party, ...]:
    """Return all parties of a kind of role: the one, or each `kind.<key>`."""
    return tuple(party for party in situation.parties if kind_of(party.role) == kind)


def address_of(role: str) -> str:
    """Return how a mail names a role: the authority reads its own inbox."""
    return INBOX if role == AUTHORITY else role
