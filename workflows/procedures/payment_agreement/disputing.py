"""A kommune objects to a line of the settlement, and the facility answers (da: indsigelse).

The line is marked until then, and its money stays: a granted objection becomes a line of its own.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, SetDeadline
from workflows.errors import WrongEvent
from workflows.events import INBOX
from workflows.letters import Month, alarm, said
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import RUNNING, Agreement
from workflows.procedures.payment_agreement.booking import extended, open_month, replanned
from workflows.procedures.payment_agreement.keeping import Dispute
from workflows.procedures.payment_agreement.mails import mail, news, source_of
from workflows.procedures.payment_agreement.running import InvoiceDispute
from workflows.procedures.payment_agreement.settings import PaymentSettings
from workflows.settlement import correction, total

_ENDED: Final = (*RUNNING, "ENDED")


def _is_answer(situation: Situation) -> bool:
    return situation.body(InvoiceDispute).outcome is not None


def _object(situation: Situation) -> Outcome:
    body, agreement = situation.body(InvoiceDispute), situation.data(Agreement)
    meant = c.lines_meant(situation, agreement)
    if not meant:
        raise WrongEvent("there is no such line")
    line = meant[0]
    days = situation.settings(PaymentSettings).dispute_answer_days
    watch = t.in_working_days(situation, t.DISPUTE_ANSWER, days, "dispute_answer_days")
    dispute = Dispute(
        month=line.month,
        line=line.label,
        by=situation.event.actor.role,
        reason=body.reason,
        at=situation.event.at,
        due=watch.due,
    )
    others = _waiting(agreement)
    same = [one for one in others if (one.month, one.line) == (line.month, line.label)]
    kept = agreement.disputes if same else (*agreement.disputes, dispute)
    changed = replanned(situation, agreement.model_copy(update={"disputes": kept}))
    told = news(
        situation,
        "disputed",
        "disputed",
        effect="disputed",
        remark=body.reason,
        month=Month(line.month),
        line=line.label,
        amount=total(meant),
        due=same[0].due if same else watch.due,
    )
    return Outcome(changed, (*told, *([] if others else [watch])))


def _waiting(agreement: Agreement) -> list[Dispute]:
    return [one for one in agreement.disputes if one.outcome is None]


def _answer(situation: Situation) -> Outcome:
    body, agreement = situation.body(InvoiceDispute), situation.data(Agreement)
    meant = (one for one in _waiting(agreement) if one.month == body.month)
    asked = next((one for one in meant if body.line in {None, one.line}), None)
    if asked is None:
        raise WrongEvent("there is no such objection")
    changes = {"outcome": body.outcome, "answer": body.reason, "amount": body.amount}
    answered = asked.model_copy(update=changes)
    disputes = tuple(answered if one is asked else one for one in agreement.disputes)
    agreement = agreement.model_copy(update={"disputes": disputes})
    difference = Decimal("0.00")
    if body.outcome == "granted" and body.amount is not None:
        difference = body.amount - _settled_for(agreement, asked)
    changed = _corrected(situation, agreement, asked, difference)
    told = news(
        situation,
        "answered",
        f"dispute_{body.outcome}",
        effect="corrected" if difference else "none",
        remark=body.reason,
        month=Month(asked.month),
        line=asked.line,
        amount=difference,
    )
    return Outcome(changed, (*told, *_watch_next(situation, changed)))


def _settled_for(agreement: Agreement, asked: Dispute) -> Decimal:
    """What the line comes to with all that was added to it since."""
    assert agreement.settlement is not None
    return total(
        line
        for line in agreement.settlement.lines
        if (line.corrects or line.month) == asked.month and line.label == asked.line
    )


def _corrected(
    situation: Situation, agreement: Agreement, asked: Dispute, difference: Decimal
) -> Agreement:
    if not difference or agreement.settlement is None:
        return replanned(situation, agreement)
    into = open_month(situation, agreement.settlement)
    reason = situation.wording.text("event.invoice_dispute", situation.reader("authority"))
    line = correction(asked.month, asked.line, difference, into, reason)
    return extended(situation, agreement, line)


def _watch_next(situation: Situation, agreement: Agreement) -> list[Effect]:
    waiting = _waiting(agreement)
    if not waiting:
        return [*t.clear(t.DISPUTE_ANSWER)]
    return [_watch(situation, min(waiting, key=lambda one: one.due))]


def _watch(situation: Situation, dispute: Dispute) -> SetDeadline:
    days = situation.settings(PaymentSettings).dispute_answer_days
    why = "dispute_answer_days"
    return t.in_working_days(situation, t.DISPUTE_ANSWER, days, why, dispute.at)


def _unanswered(situation: Situation) -> Outcome:
    """Nothing is granted by silence: those who can ask are told, and the line stays marked."""
    agreement = situation.data(Agreement)
    late = min(_waiting(agreement), key=lambda one: one.due)
    told = [
        mail(
            situation,
            "overdue",
            role,
            "fact",
            what=situation.wording.text(
                "fact.dispute_unanswered",
                situation.reader(role),
                {
                    "month": said(situation, Month(late.month), situation.reader(role)),
                    "line": late.line,
                },
            ),
            effect=situation.wording.text("effect.disputed", situation.reader(role)),
            sender=source_of(situation),
            remark="",
        )
        for role in ("facility", INBOX)
    ]
    return Outcome(agreement, (*told, alarm(situation, "dispute_unanswered")))


DISPUTE_MOVES: Final = (
    Move(
        name="answer_dispute",
        sources=_ENDED,
        events=("invoice_dispute",),
        when=_is_answer,
        target=None,
        who=("facility", "authority"),
        reason="An objection is answered by whoever settles.",
        guards=(*g.MAIL, c.OBJECTION_OPEN, c.AMOUNT_WITH_GRANT),
        act=_answer,
    ),
    Move(
        name="dispute_line",
        sources=_ENDED,
        events=("invoice_dispute",),
        target=None,
        who=("acting", "payer"),
        reason="Whoever pays may object to a line, also after the end.",
        guards=(*g.MAIL, c.LINE_EXISTS),
        settings=("dispute_answer_days",),
        act=_object,
    ),
    Move(
        name="dispute_unanswered",
        sources=_ENDED,
        events=("deadline_passed",),
        deadline=t.DISPUTE_ANSWER,
        target=None,
        who=("clock",),
        reason="A facility that is silent is reported; silence decides nothing.",
        act=_unanswered,
    ),
)
