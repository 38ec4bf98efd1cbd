"""Both accept one version; then the delegation runs from its first day to its last, or is revoked.

Acceptance is bound to the digest of one version, and sealed; there is no tacit acceptance.
"""

from __future__ import annotations

from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, SendMail
from workflows.letters import letter, proof, receipt
from workflows.procedures.delegation_agreement import guards as g
from workflows.procedures.delegation_agreement import timers as t
from workflows.procedures.delegation_agreement.agreement import (
    PEOPLE,
    Acceptance,
    Delegation,
    Version,
    address_for,
    both,
    delegate,
    delegator,
    missing_sides,
    side_of,
)
from workflows.procedures.delegation_agreement.messages import (
    DelegationAccept,
    DelegationReject,
    DelegationRevoke,
)
from workflows.procedures.delegation_agreement.proposing import awaited, facts
from workflows.timing import clear


def _is_repeated(situation: Situation) -> bool:
    side = side_of(situation, situation.event.actor.role)
    return situation.data(Delegation).current.accepted_by(side)


def _is_first(situation: Situation) -> bool:
    side = side_of(situation, situation.event.actor.role)
    return set(missing_sides(situation.data(Delegation).current)) - {side} != set()


def _begins_later(situation: Situation) -> bool:
    today = situation.calendar.local_date(situation.event.at)
    return situation.data(Delegation).current.proposal.start > today


def _accepted(situation: Situation) -> Version:
    version, event = situation.data(Delegation).current, situation.event
    side = side_of(situation, event.actor.role)
    assert side is not None
    party = delegator(situation) if side == "delegator" else delegate(situation)
    one = Acceptance(
        side=side,
        party=party.key,
        signer=situation.body(DelegationAccept).signer or event.actor.person,
        at=event.at,
        source=event.source,
    )
    return version.model_copy(update={"acceptances": (*version.acceptances, one)})


def _receipt(situation: Situation, version: Version, wording: str) -> list[SendMail]:
    given = facts(situation, version, situation.event.actor.role)
    return receipt(situation, wording, awaited=awaited(situation, version), **given)


def _accept_first(situation: Situation) -> Outcome:
    version = _accepted(situation)
    agreement = situation.data(Delegation).with_current(version)
    return Outcome(agreement, tuple(_receipt(situation, version, "accepted_first")))


def _accept_again(situation: Situation) -> Outcome:
    agreement = situation.data(Delegation)
    return Outcome(agreement, tuple(_receipt(situation, agreement.current, "accepted_again")))


def _accept(situation: Situation) -> Outcome:
    version = _accepted(situation).model_copy(update={"state": "accepted"})
    told = _to_both(situation, version, "approved", "accepted")
    watch = t.watch_start(situation, version.proposal)
    agreement = situation.data(Delegation).with_current(version)
    return Outcome(agreement, (*told, *clear(t.ANSWER), watch))


def _accept_and_begin(situation: Situation) -> Outcome:
    version = _accepted(situation).model_copy(update={"state": "accepted"})
    told = _to_both(situation, version, "approved", "active")
    agreement = situation.data(Delegation).with_current(version)
    watches = t.watch_end(situation, version.proposal)
    return Outcome(agreement, (*told, *clear(t.ANSWER), *watches))


def _begin(situation: Situation) -> Outcome:
    agreement = situation.data(Delegation)
    told = _to_both(situation, agreement.current, "confirmed", "active")
    return Outcome(agreement, (*told, *t.watch_end(situation, agreement.current.proposal)))


def _to_both(
    situation: Situation, version: Version, kind: str, wording: str, **more: Any
) -> list[Effect]:
    return [
        proof(
            situation,
            kind,
            to,
            wording,
            documents=version.documents,
            **more,
            **facts(situation, version, to),
        )
        for to in both(situation)
    ]


def _reject(situation: Situation) -> Outcome:
    reason = situation.body(DelegationReject).reason
    before = situation.data(Delegation)
    version = before.current.model_copy(update={"state": "ended"})
    to = address_for(situation, "delegator")
    given = facts(situation, version, to)
    effects: list[Effect] = [
        proof(situation, "rejected", to, "rejected", reason=reason, **given),
        *_receipt(situation, version, "rejected_receipt"),
        *clear(*t.DEADLINES),
    ]
    return Outcome(before.with_current(version, closing_reason=reason), tuple(effects))


def _revoke(situation: Situation) -> Outcome:
    reason = situation.body(DelegationRevoke).reason
    before = situation.data(Delegation)
    version = before.current.model_copy(update={"state": "ended"})
    known = before.current.state != "draft"
    wording = "proposal_withdrawn" if before.current.state == "sent" else "revoked"
    told = _to_both(situation, version, "revoked", wording, reason=reason or "") if known else ()
    agreement = before.with_current(version, closing_reason=reason)
    return Outcome(agreement, (*told, *clear(*t.DEADLINES)))


def _remind_of_end(situation: Situation) -> Outcome:
    agreement = situation.data(Delegation)
    version = agreement.current
    told = [
        letter(situation, "reminder", to, "expiry_reminder", **facts(situation, version, to))
        for to in both(situation)
    ]
    return Outcome(agreement, tuple(told))


def _expire(situation: Situation) -> Outcome:
    before = situation.data(Delegation)
    version = before.current.model_copy(update={"state": "ended"})
    told = _to_both(situation, version, "ended", "expired")
    return Outcome(before.with_current(version), (*told, *clear(*t.DEADLINES)))


_ACCEPT: Final = ("delegation_accept", "accept_delegation")

ACCEPTING: Final = (
    Move(
        name="accept_again",
        sources=("PROPOSED", "ACCEPTED", "ACTIVE"),
        events=_ACCEPT,
        when=_is_repeated,
        target=None,
        who=PEOPLE,
        reason="An acceptance that comes twice is answered twice, and changes nothing.",
        guards=g.ACCEPTING,
        act=_accept_again,
    ),
    Move(
        name="accept_first",
        sources=("PROPOSED",),
        events=_ACCEPT,
        when=_is_first,
        target=None,
        who=PEOPLE,
        rules=("S2-R11",),
        guards=g.ACCEPTING,
        act=_accept_first,
    ),
    Move(
        name="accept",
        sources=("PROPOSED",),
        events=_ACCEPT,
        when=_begins_later,
        target="ACCEPTED",
        who=PEOPLE,
        rules=("S2-R11",),
        guards=g.ACCEPTING,
        act=_accept,
    ),
    Move(
        name="accept_and_begin",
        sources=("PROPOSED",),
        events=_ACCEPT,
        passing=("ACCEPTED",),
        target="ACTIVE",
        who=PEOPLE,
        rules=("S2-R11",),
        guards=g.ACCEPTING,
        act=_accept_and_begin,
    ),
    Move(
        name="begin",
        sources=("ACCEPTED",),
        events=("deadline_passed",),
        deadline=t.START.name,
        target="ACTIVE",
        who=("clock",),
        rules=("S2-R11",),
        act=_begin,
    ),
    Move(
        name="reject",
        sources=("PROPOSED",),
        events=("delegation_reject", "reject_delegation"),
        target="REJECTED",
        who=PEOPLE,
        reason="Who is asked to take tasks over may say no.",
        guards=(*g.MAIL, g.THE_DELEGATE, g.VERSION_CURRENT),
        act=_reject,
    ),
    Move(
        name="revoke",
        sources=("DRAFT", "PROPOSED", "ACCEPTED", "ACTIVE"),
        events=("delegation_revoke", "revoke_delegation"),
        target="REVOKED",
        who=PEOPLE,
        reason="Who delegates may revoke it at any time (domain rules, P2).",
        guards=(*g.MAIL, g.THE_DELEGATOR),
        act=_revoke,
    ),
    Move(
        name="remind_of_end",
        sources=("ACTIVE",),
        events=("deadline_passed",),
        deadline=t.EXPIRY_REMINDER.name,
        target=None,
        who=("clock",),
        reason="Both need time to make a new agreement.",
        act=_remind_of_end,
        settings=("expiry_reminder_days",),
    ),
    Move(
        name="expire",
        sources=("ACTIVE",),
        events=("deadline_passed",),
        deadline=t.END.name,
        target="EXPIRED",
        who=("clock",),
        rules=("S2-R11",),
        act=_expire,
    ),
)
