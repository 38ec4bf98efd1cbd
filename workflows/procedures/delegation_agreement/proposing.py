"""A delegation is drafted, proposed, and proposed anew: each time a version with its digest."""

from __future__ import annotations

from typing import Any, Final

from workflows.contacts import NEEDED, needed
from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Alert, Effect, FileUnder, SendMail, SetDeadline
from workflows.events import AUTHORITY
from workflows.letters import Key, forward, letter, proof
from workflows.procedures.delegation_agreement import guards as g
from workflows.procedures.delegation_agreement import timers as t
from workflows.procedures.delegation_agreement.agreement import (
    DELEGATOR,
    PEOPLE,
    Delegation,
    Side,
    Version,
    address_for,
    delegate,
    delegator,
    missing_sides,
    new_version,
)
from workflows.procedures.delegation_agreement.document import ceiling_words, documents_of
from workflows.procedures.delegation_agreement.messages import DelegationProposal
from workflows.procedures.delegation_agreement.settings import DelegationSettings
from workflows.reminding import Turn, reminder_moves

_WORDINGS: Final[tuple[tuple[Side, str], ...]] = (
    ("delegator", "proposal_sent"),
    ("delegate", "proposal"),
)


def facts(situation: Situation, version: Version, to: str) -> dict[str, Any]:
    """Return what all mails about a version say."""
    language, proposal = situation.reader(to), version.proposal
    lines = []
    for task in proposal.tasks:
        words = situation.wording.text(f"choice.tasks.type.{task.type}", language)
        ceiling = ceiling_words(situation, task, language)
        lines.append("- " + ", ".join(x for x in (words, task.text, task.frequency, ceiling) if x))
    return {
        "delegator": delegator(situation).name,
        "receiver": delegate(situation).name,
        "citizen": proposal.citizen.name,
        "cpr": proposal.citizen.cpr or proposal.citizen.anonymous or "",
        "tasks": "\n".join(lines),
        "start": proposal.start,
        "end": proposal.end or Key("no_end"),
        "version": version.number,
        "digest": version.digest,
    }


def awaited(situation: Situation, version: Version) -> str:
    """Return the names of those who still have to accept a version."""
    missing = missing_sides(version)
    names = ((delegator if side == "delegator" else delegate)(situation).name for side in missing)
    return ", ".join(names)


def _opened(situation: Situation, state: Any) -> tuple[Delegation, list[Effect]]:
    proposal = situation.body(DelegationProposal)
    version, canonical = new_version(situation, 1, proposal, state)
    reference = (situation.event.submission or {}).get("reference")
    agreement = Delegation(versions=(version,), reference=reference)
    effects: list[Effect] = [*documents_of(situation, version, canonical)]
    sides = (delegator(situation), delegate(situation))
    effects += [FileUnder(NEEDED, needed(p.cvr, "MYNDIGHED")) for p in sides if p.cvr]
    if proposal.citizen.cpr is not None:
        effects.append(FileUnder("citizen", proposal.citizen.cpr))
    return agreement, effects


def _draft(situation: Situation) -> Outcome:
    agreement, effects = _opened(situation, "draft")
    return Outcome(agreement, tuple(effects))


def _redraft(situation: Situation) -> Outcome:
    before = situation.data(Delegation)
    number = before.current.number + 1
    version, canonical = new_version(situation, number, situation.body(DelegationProposal), "draft")
    return Outcome(before.with_next(version), documents_of(situation, version, canonical))


def _propose(situation: Situation) -> Outcome:
    agreement, effects = _opened(situation, "sent")
    return Outcome(agreement, (*effects, *_out(situation, agreement.current)))


def _send_draft(situation: Situation) -> Outcome:
    before = situation.data(Delegation)
    version = before.current.model_copy(update={"state": "sent"})
    return Outcome(before.with_current(version), tuple(_out(situation, version)))


def _propose_anew(situation: Situation) -> Outcome:
    before = situation.data(Delegation)
    number = before.current.number + 1
    version, canonical = new_version(situation, number, situation.body(DelegationProposal), "sent")
    documents = documents_of(situation, version, canonical)
    return Outcome(before.with_next(version), (*documents, *_out(situation, version)))


def _out(situation: Situation, version: Version) -> list[Effect]:
    """Send a version to both sides; what came by mail is thereby answered."""
    watch = t.watch_answer(situation)
    effects: list[Effect] = []
    for side, wording in _WORDINGS:
        to = address_for(situation, side)
        own = situation.event.by_mail and to == situation.event.actor.role
        kind = "received" if own else "draft"
        effects.append(
            proof(
                situation,
                kind,
                to,
                wording,
                documents=version.documents,
                due=watch.due,
                **facts(situation, version, to),
            )
        )
    return [*effects, *forward(situation, address_for(situation, "delegate")), watch]


def _may_remind(situation: Situation) -> bool:
    limit = situation.settings(DelegationSettings).reminders
    return situation.data(Delegation).reminders < limit


def _remind(situation: Situation) -> Outcome:
    before = situation.data(Delegation)
    agreement = before.model_copy(update={"reminders": before.reminders + 1})
    watch = t.watch_answer(situation)
    reminders = [
        _asked(situation, agreement, address_for(situation, side), watch)
        for side in missing_sides(agreement.current)
    ]
    return Outcome(agreement, (*reminders, watch))


def _asked(situation: Situation, agreement: Delegation, to: str, watch: SetDeadline) -> SendMail:
    version = agreement.current
    return letter(
        situation,
        "reminder",
        to,
        "answer_reminder",
        documents=version.documents,
        due=watch.due,
        count=agreement.reminders,
        **facts(situation, version, to),
    )


def _give_up(situation: Situation) -> Outcome:
    agreement = situation.data(Delegation)
    version = agreement.current
    to = address_for(situation, "delegator")
    told = letter(
        situation,
        "overdue",
        to,
        "answer_overdue",
        count=agreement.reminders,
        awaited=awaited(situation, version),
        **facts(situation, version, to),
    )
    return Outcome(agreement, (told, Alert("delegation_unanswered", {"number": situation.number})))


PROPOSING: Final = (
    Move(
        name="draft",
        sources=(NO_CASE,),
        events=("draft_delegation",),
        target="DRAFT",
        who=(AUTHORITY,),
        rules=("S2-R11",),
        guards=g.OPENING,
        act=_draft,
    ),
    Move(
        name="redraft",
        sources=("DRAFT",),
        events=("draft_delegation",),
        target=None,
        who=(AUTHORITY,),
        rules=("S2-R11",),
        guards=g.RENEWING,
        act=_redraft,
    ),
    Move(
        name="send_draft",
        sources=("DRAFT",),
        events=("propose_delegation",),
        target="PROPOSED",
        who=(AUTHORITY,),
        rules=("S2-R11",),
        guards=(g.HAS_DAYS_LEFT,),
        act=_send_draft,
        settings=("answer_days",),
    ),
    Move(
        name="propose",
        sources=(NO_CASE,),
        events=("delegation_proposal",),
        passing=("DRAFT",),
        target="PROPOSED",
        who=(DELEGATOR,),
        rules=("S2-R8", "S2-R11"),
        guards=g.OPENING,
        act=_propose,
        settings=("answer_days",),
    ),
    Move(
        name="propose_anew",
        sources=("PROPOSED",),
        events=("delegation_proposal", "draft_delegation"),
        target=None,
        who=PEOPLE,
        rules=("S2-R11",),
        guards=g.RENEWING,
        act=_propose_anew,
        settings=("answer_days",),
    ),
    *reminder_moves(
        t.ANSWER,
        sources=("PROPOSED",),
        may_remind=_may_remind,
        remind=Turn(
            "remind_of_answer", _remind, "A proposal needs an answer; nobody accepts tacitly."
        ),
        give_up=Turn("give_up_on_answer", _give_up, "After the last reminder a person has to ask."),
    ),
)
