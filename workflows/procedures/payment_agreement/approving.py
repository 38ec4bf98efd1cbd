"""The approval of one exact version: step 8 of the seed, and the confirmation of step 9.

It may come as a message, as a signed reply, or be registered by two persons; where another kommune
pays, both have to approve unless the policy says otherwise.
"""

from __future__ import annotations

from typing import Final, Literal

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, SendMail
from workflows.events import INBOX
from workflows.letters import Key
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import (
    AGREED,
    Agreement,
    Approval,
    Version,
    latest,
)
from workflows.procedures.payment_agreement.draft import awaited, backdated, party
from workflows.procedures.payment_agreement.drafting import DRAFT_OUT, PARTNERS
from workflows.procedures.payment_agreement.mails import mail, status, to_kommuner
from workflows.procedures.payment_agreement.messages import AgreementApproval, RegisterApproval


def _is_repeated(situation: Situation) -> bool:
    return latest(situation.data(Agreement)).approved_by(g.approving_role(situation))


def _is_first_of_two(situation: Situation) -> bool:
    missing = awaited(situation, latest(situation.data(Agreement)))
    return any(role != g.approving_role(situation) for role in missing)


def _approver(situation: Situation, version: Version) -> Literal["acting", "payer", "successor"]:
    if version.purpose == "transfer":
        return "successor"
    return "payer" if g.approving_role(situation) == "payer" else "acting"


def with_approval(situation: Situation) -> Version:
    """Return the latest version with the approval that the event gives, or registers."""
    version = latest(situation.data(Agreement))
    role = _approver(situation, version)
    event, body = situation.event, situation.event.body
    approval = Approval(
        role=role,
        party=party(situation, role).key,
        approver=event.actor.person,
        at=event.at,
        source=event.source,
    )
    if isinstance(body, AgreementApproval) and body.approver:
        approval = approval.model_copy(update={"approver": body.approver})
    if isinstance(body, RegisterApproval):
        entered = {
            "approver": body.approver,
            "channel": body.channel,
            "document": body.document,
            "entered_by": event.actor.person or event.actor.name,
            "second_person": body.second_person,
        }
        approval = approval.model_copy(update=entered)
    return version.model_copy(update={"approvals": (*version.approvals, approval)})


def register_first(situation: Situation) -> Outcome:
    """Keep the first of two approvals, and say whose is still awaited."""
    version = with_approval(situation)
    role = g.approving_role(situation)
    other = "payer" if role == "acting" else "acting"
    receipt = mail(
        situation,
        "approved",
        role,
        "approval_registered",
        evidence=True,
        version=version.number,
        digest=version.digest,
        awaited=party(situation, other).name,
    )
    return Outcome(situation.data(Agreement).with_current(version), (receipt,))


def _approve(situation: Situation) -> Outcome:
    version = with_approval(situation)
    early = backdated(situation, version.terms.start)
    changes = {"approved_at": situation.event.at, "backdated": early}
    version = version.to("approved").model_copy(update=changes)
    agreement = situation.data(Agreement).with_current(version, confirmation=None)
    effects = [
        confirmation(situation, version),
        *to_kommuner(
            situation, "approved", "approved", version=version.number, digest=version.digest
        ),
        *status(situation, "facility", what="approved"),
        *t.clear(t.DRAFT_ANSWER, t.DRAFT_VALIDITY),
        watch_confirmation(situation),
    ]
    return Outcome(agreement, tuple(effects))


def confirmation(situation: Situation, version: Version) -> SendMail:
    """Return step 9 of the seed: the region is told that the kommune has approved."""
    last = version.approvals[-1]
    own = party(situation, "successor" if last.role == "successor" else "acting")
    return mail(
        situation,
        "confirmation",
        INBOX,
        "confirmation",
        documents=version.documents,
        kommune=own.name,
        on_accepted="confirmation_accepted",
        on_failed="confirmation_failed",
        version=version.number,
        digest=version.digest,
        approver=last.approver or "",
        approved_at=last.at,
        start=version.terms.start,
        backdated=Key("backdated.yes" if version.backdated else "backdated.no"),
    )


def watch_confirmation(situation: Situation) -> Effect:
    """Return the hour within which the confirmation should be delivered."""
    minutes = situation.policy.timers.confirmation_minutes
    return t.in_minutes(situation, t.CONFIRMATION, minutes, "policy.timers.confirmation_minutes")


def _approve_again(situation: Situation) -> Outcome:
    """Answer a repeated approval as the first was answered; nothing else happens."""
    agreement = situation.data(Agreement)
    version = agreement.standing or latest(agreement)
    role = g.approving_role(situation)
    receipt = mail(
        situation,
        "approved",
        role,
        "approved",
        evidence=True,
        version=version.number,
        digest=version.digest,
    )
    return Outcome(agreement, (receipt,) if situation.event.by_mail else ())


APPROVAL_MOVES: Final = (
    Move(
        name="approve_again",
        sources=DRAFT_OUT,
        events=("agreement_approval",),
        when=_is_repeated,
        target=None,
        who=PARTNERS,
        rules=("S0-R17",),
        guards=g.APPROVAL,
        act=_approve_again,
    ),
    Move(
        name="approve_first_of_two",
        sources=DRAFT_OUT,
        events=("agreement_approval",),
        when=_is_first_of_two,
        target=None,
        who=PARTNERS,
        rules=("S0-R17",),
        guards=(*g.APPROVAL, g.PAYER_ASKED),
        act=register_first,
    ),
    Move(
        name="approve",
        sources=DRAFT_OUT,
        events=("agreement_approval",),
        target="APPROVED",
        who=PARTNERS,
        rules=("S0-R17", "S0-R18"),
        guards=g.APPROVAL,
        act=_approve,
    ),
    Move(
        name="approve_once_more",
        sources=AGREED,
        events=("agreement_approval",),
        target=None,
        who=PARTNERS,
        rules=("S0-R17",),
        guards=(*g.APPROVAL, g.PAYER_ASKED),
        act=_approve_again,
    ),
    Move(
        name="register_again",
        sources=DRAFT_OUT,
        events=("register_approval",),
        when=_is_repeated,
        target=None,
        who=("authority",),
        rules=("S0-R17",),
        guards=g.REGISTERED,
        act=_approve_again,
    ),
    Move(
        name="register_first_of_two",
        sources=DRAFT_OUT,
        events=("register_approval",),
        when=_is_first_of_two,
        target=None,
        who=("authority",),
        rules=("S0-R17",),
        guards=(*g.REGISTERED, g.PARTY_TAKES_PART, g.PAYER_ASKED),
        act=register_first,
    ),
    Move(
        name="register_approval",
        sources=DRAFT_OUT,
        events=("register_approval",),
        target="APPROVED",
        who=("authority",),
        rules=("S0-R6", "S0-R17", "S0-R18"),
        guards=g.REGISTERED,
        act=_approve,
    ),
)
