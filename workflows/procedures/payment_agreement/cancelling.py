"""An agreement is called off before it has begun (da: annullering): the plan is void."""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import Agreement, in_force
from workflows.procedures.payment_agreement.mails import news
from workflows.procedures.payment_agreement.running import AgreementCancellation


def _cancel(situation: Situation) -> Outcome:
    body, agreement = situation.body(AgreementCancellation), situation.data(Agreement)
    version = in_force(agreement)
    told = news(
        situation,
        "cancelled",
        "cancelled",
        effect="void",
        remark=body.reason,
        day=agreement.first_day,
        version=version.number,
    )
    change = agreement.change
    if change is not None:
        agreement = agreement.with_version(change.to("withdrawn"), transfer=None)
    agreement = agreement.with_version(
        version.to("withdrawn"), settlement=None, closing_reason=body.reason
    )
    return Outcome(agreement, (*told, *t.clear_all()))


CANCELLING_MOVES: Final = (
    Move(
        name="cancel",
        sources=("APPROVED", "CONFIRMED", "SETTLEMENT_ACTIVE"),
        events=("agreement_cancellation",),
        target="CANCELLED",
        who=("acting", "facility", "authority"),
        reason="Before its first day an agreement is called off; notice is for what has begun.",
        guards=(*g.MAIL, c.BEFORE_START),
        act=_cancel,
    ),
)
