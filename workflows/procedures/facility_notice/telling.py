"""What the mails about a notice say, and to whom they go."""

from __future__ import annotations

from typing import Any

from workflows.definition import Situation
from workflows.effects import Effect
from workflows.events import SENDER
from workflows.letters import Key, address_of, forward, letter
from workflows.participants import secretariat
from workflows.procedures.facility_notice.messages import (
    NewOfferProposal,
    OfferClosureNotice,
    TakstChangeNotice,
)
from workflows.procedures.facility_notice.notice import FacilityNotice


def facility_of(kept: FacilityNotice) -> str:
    """Return the facility that a notice is about."""
    return kept.said.name if isinstance(kept.said, NewOfferProposal) else kept.said.facility


def facts_of(situation: Situation, kept: FacilityNotice) -> dict[str, Any]:
    """Return what a notice says, as values of its mails."""
    said = kept.said
    named = situation.party("facility") or situation.party("operator")
    facts: dict[str, Any] = {
        "what": named.name if named else facility_of(kept),
        "from_whom": situation.event.actor.name,
        "contact": said.contact,
        "wanted": kept.wanted,
        "earliest": kept.earliest,
        "effective": kept.effective,
        "buyers": len(kept.buyers),
    }
    match said:
        case TakstChangeNotice():
            facts |= {
                "old": said.old_rate,
                "new": said.new_rate,
                "unit": Key(f"choice.unit.{said.unit}"),
                "reason": said.reason,
            }
        case OfferClosureNotice():
            facts |= {"places": said.places, "reason": said.reason}
        case NewOfferProposal():
            facts |= {
                "name": said.name,
                "operator": Key(f"choice.operator_type.{said.operator_type}"),
                "where": said.municipality.name,
                "target_group": said.target_group,
                "small": Key("small.yes" if said.small_target_group else "small.no"),
                "places": said.places,
                "rate": said.expected_rate,
                "text": said.text,
            }
    return facts


def to_bodies(
    situation: Situation, kept: FacilityNotice, wording: str, facts: dict[str, Any]
) -> list[Effect]:
    """Tell Takstgruppen and DASSOS: their secretariat, and each organisation that sits there."""
    roles = dict.fromkeys((secretariat(situation), *map(address_of, kept.readers)))
    effects: list[Effect] = []
    for role in roles:
        effects.append(letter(situation, "notice", role, wording, evidence=True, **facts))
        effects += forward(situation, role)
    return effects


def receipt(situation: Situation, wording: str, facts: dict[str, Any]) -> list[Effect]:
    """Return the receipt for a mail; an act needs none."""
    if not situation.event.by_mail:
        return []
    return [letter(situation, "received", SENDER, wording, evidence=True, **facts)]


def everybody(situation: Situation, kept: FacilityNotice) -> tuple[str, ...]:
    """Return the roles of all who were told, and of who told it."""
    own = situation.event.actor.role
    roles = (
        kept.sender,
        *(buyer.role for buyer in kept.buyers),
        secretariat(situation),
        *kept.readers,
    )
    return tuple(dict.fromkeys(address_of(role) for role in roles if role != own))


def news(situation: Situation, wording: str, kind: str, **facts: Any) -> list[Effect]:
    """Return one mail to each of them."""
    kept = situation.data(FacilityNotice)
    told = facts_of(situation, kept) | facts
    return [
        letter(situation, kind, role, wording, evidence=True, **told)
        for role in everybody(situation, kept)
    ]
