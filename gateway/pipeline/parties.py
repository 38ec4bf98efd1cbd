"""Whom a new case concerns: the parties of an opening message, as far as they can be found."""

from __future__ import annotations

from typing import Final

from gateway.pipeline.admission import Admitted, Desk
from workflows.engine import Party

AUTHORITY: Final = "authority"


def parties_of(asked: Admitted, desk: Desk) -> tuple[Party, ...]:
    """The authority, the sender, and the payer and the facility that the message names.

    Who is not registered is left out; the procedure refuses what it cannot do without.
    """
    sender, body, directory = asked.sender, asked.body, desk.directory
    own = desk.authority
    found = [
        Party(AUTHORITY, AUTHORITY, own.name, own.cvr, own.language),
        _partner("acting", sender.key, desk),
    ]
    payer = getattr(body, "paying_municipality", None)
    if payer and payer != sender.municipality:
        key = directory.by_municipality.get(str(payer))
        if key:
            found.append(_partner("payer", key, desk))
    facility = directory.facilities.get(str(getattr(body, "facility", "")).casefold())
    if facility is not None and not facility.retired:
        found.append(Party("facility", facility.key, facility.name, "", facility.language))
    return tuple(party for party in found if party is not None)


def _partner(role: str, key: str, desk: Desk) -> Party | None:
    partner = desk.directory.partners.get(key)
    if partner is None:
        return None
    return Party(role, key, partner.name, partner.cvr, partner.language, partner.municipality)
