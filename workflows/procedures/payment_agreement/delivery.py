"""What becomes of the notice: step 4 of the seed, the receipt that speaks of the facility.

The receipt `received` goes out when the next hop has accepted the facility's notice, not before
(S0-R11), and says how that was seen. If the notice comes back afterwards, the receipt is corrected.
"""

from __future__ import annotations

from typing import Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect
from workflows.events import INBOX, Delivery
from workflows.letters import Key, alarm
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import OPEN, Agreement
from workflows.procedures.payment_agreement.mails import mail, same_citizen_warning
from workflows.procedures.payment_agreement.timers import watch_acceptance, watch_facility


def _at_facility(situation: Situation) -> bool:
    return situation.body(Delivery).role == "facility"


def _acknowledge(situation: Situation) -> Outcome:
    delivery, agreement = situation.body(Delivery), situation.data(Agreement)
    receipt = mail(
        situation,
        "received",
        "acting",
        "received",
        evidence=True,
        received_at=agreement.received_at,
        accepted_at=situation.event.at,
        how=_how(delivery),
        warning=same_citizen_warning(situation, "acting", agreement),
    )
    return Outcome(
        agreement.model_copy(update={"facility_notice": delivery.evidence}),
        (receipt, *t.clear(t.FACILITY_ACCEPTANCE), watch_facility(situation)),
    )


def _how(delivery: Delivery) -> Key:
    return Key(f"delivery.{delivery.evidence}")


def _note_delivery(situation: Situation) -> Outcome:
    delivery, agreement = situation.body(Delivery), situation.data(Agreement)
    field = {"facility": "facility_notice", INBOX: "inbox_notice"}.get(delivery.role)
    changes = {field: delivery.evidence} if field else {}
    return Outcome(agreement.model_copy(update=changes))


def _not_delivered(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    receipt = mail(
        situation,
        "accepted_not_delivered",
        "acting",
        "accepted_not_delivered",
        evidence=True,
        received_at=agreement.received_at,
    )
    effects = (receipt, alarm(situation, "facility_unreachable"))
    return Outcome(agreement, (*effects, *t.clear(t.FACILITY_ACCEPTANCE)))


def _bounced(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement).model_copy(update={"facility_notice": None})
    receipt = mail(
        situation,
        "corrected",
        "acting",
        "corrected_notice",
        evidence=True,
        received_at=agreement.received_at,
    )
    timers: tuple[Effect, ...] = (*t.clear(t.FACILITY_ANSWER), watch_acceptance(situation))
    return Outcome(agreement, (receipt, alarm(situation, "notice_bounced"), *timers))


def _note_failure(situation: Situation) -> Outcome:
    return Outcome(situation.data(Agreement), (alarm(situation, "notice_failed"),))


DELIVERY_MOVES: Final = (
    Move(
        name="acknowledge",
        sources=("NOTIFIED",),
        events=("notice_accepted",),
        when=_at_facility,
        target="ACKNOWLEDGED",
        who=("gateway",),
        rules=("S0-R9", "S0-R11"),
        act=_acknowledge,
    ),
    Move(
        name="note_delivery",
        sources=OPEN,
        events=("notice_accepted",),
        target=None,
        who=("gateway",),
        rules=("S0-R10",),
        act=_note_delivery,
    ),
    Move(
        name="notice_refused",
        sources=("NOTIFIED",),
        events=("notice_failed",),
        when=_at_facility,
        target=None,
        who=("gateway",),
        rules=("S0-R11",),
        act=_not_delivered,
    ),
    Move(
        name="notice_returned",
        sources=("ACKNOWLEDGED",),
        events=("notice_failed",),
        when=_at_facility,
        target="NOTIFIED",
        who=("gateway",),
        rules=("S0-R11",),
        act=_bounced,
    ),
    Move(
        name="note_failure",
        sources=OPEN,
        events=("notice_failed",),
        target=None,
        who=("gateway",),
        rules=("S0-R10",),
        act=_note_failure,
    ),
    Move(
        name="not_accepted_in_time",
        sources=("NOTIFIED",),
        events=("deadline_passed",),
        deadline=t.FACILITY_ACCEPTANCE,
        target=None,
        who=("clock",),
        rules=("S0-R11",),
        act=_not_delivered,
    ),
)
