"""How a running agreement ends: by notice, by moving out, by a death, and when its day has come."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from workflows.definition import Move, Outcome, Situation
from workflows.effects import Effect, SendMail, SetDeadline
from workflows.events import INBOX, SENDER
from workflows.procedures.payment_agreement import conditions as c
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import RUNNING, Agreement, in_force
from workflows.procedures.payment_agreement.booking import (
    PLAN_SETTINGS,
    agreed_end,
    replanned,
    today,
)
from workflows.procedures.payment_agreement.keeping import Termination
from workflows.procedures.payment_agreement.mails import mail, news, status, to_kommuner
from workflows.procedures.payment_agreement.messages import AgreementTermination
from workflows.procedures.payment_agreement.running import Death, MoveOut
from workflows.procedures.payment_agreement.settings import PaymentSettings

_DAY = timedelta(days=1)


def _terminate(situation: Situation) -> Outcome:
    body, agreement = situation.body(AgreementTermination), situation.data(Agreement)
    received = today(situation)
    terms, last = in_force(agreement).terms, agreed_end(agreement)
    end = max(terms.notice_policy.end_for(received), body.end or received)
    end = min(end, last) if last else end
    termination = Termination(
        by=situation.event.actor.role,
        received=received,
        reason=body.reason,
        wanted=body.end,
        end=end,
        notice_end=end,
    )
    facts: dict[str, Any] = {
        "sender": situation.event.actor.name,
        "received": received,
        "reason": body.reason,
        "wanted": body.end or "",
        "end": end,
    }
    told: list[Effect] = [
        *to_kommuner(situation, "terminating", "terminating", **facts),
        _told_facility(situation, facts),
        *status(situation, INBOX, what="terminating"),
    ]
    changed, dropped = without_change(agreement)
    ended = replanned(situation, _ending(changed, termination))
    watch = t.after_notice(situation, terms, received, body.end, end)
    return Outcome(ended, (*told, *dropped, *t.clear(t.PLAN_RENEWAL), watch))


def _told_facility(situation: Situation, facts: dict[str, Any]) -> SendMail:
    """Return the facility's receipt where it gave notice by mail, else the news of the notice."""
    event = situation.event
    if event.by_mail and event.actor.role == "facility":
        return mail(situation, "terminating", SENDER, "terminating", evidence=True, **facts)
    return mail(situation, "notice", "facility", "terminating", **facts)


def _ending(agreement: Agreement, termination: Termination) -> Agreement:
    return agreement.model_copy(update={"termination": termination})


def without_change(agreement: Agreement) -> tuple[Agreement, list[Effect]]:
    """Return the agreement without a change that nobody has approved yet, and its deadlines over.

    One that is approved still takes effect, if its day comes before the end.
    """
    change = agreement.change
    if change is None or change.state != "sent":
        return agreement, []
    effects: list[Effect] = [*t.clear(t.DRAFT_ANSWER, t.DRAFT_VALIDITY)]
    return agreement.with_version(change.to("withdrawn"), transfer=None), effects


def _move_out(situation: Situation) -> Outcome:
    body, agreement = situation.body(MoveOut), situation.data(Agreement)
    received = today(situation)
    notice = _notice_end(agreement, received)
    end = _until_relet(situation, notice, body.last_day, body.relet_from)
    termination = Termination(
        by=situation.event.actor.role,
        received=received,
        reason=body.reason or "",
        wanted=body.last_day,
        end=end,
        cause="move_out",
        notice_end=notice,
        left=body.last_day,
        relet_from=body.relet_from,
    )
    return _left(situation, termination, "move_out", body.reason)


def _relet(situation: Situation) -> Outcome:
    """A place that is let again, or a stay that ends, while notice runs."""
    body, agreement = situation.body(MoveOut), situation.data(Agreement)
    before = agreement.termination
    assert before is not None
    relet = body.relet_from or before.relet_from
    notice = before.notice_end or before.end
    changes = {
        "end": _until_relet(situation, notice, body.last_day, relet),
        "left": body.last_day,
        "relet_from": relet,
    }
    return _left(situation, before.model_copy(update=changes), "move_out", body.reason)


def _die(situation: Situation) -> Outcome:
    body, agreement = situation.body(Death), situation.data(Agreement)
    settings, received = situation.settings(PaymentSettings), today(situation)
    before = agreement.termination
    notice = (before.notice_end if before else None) or _notice_end(agreement, received)
    tail = {
        "none": body.died,
        "days": min(body.died + settings.death_tail_days * _DAY, notice),
        "notice": notice,
    }[settings.death_tail]
    if before is not None:
        tail = min(tail, before.end)
    termination = Termination(
        by=situation.event.actor.role,
        received=received,
        reason="",
        wanted=None,
        end=max(_until_relet(situation, tail, body.died, body.relet_from), body.died),
        cause="death",
        notice_end=notice,
        left=body.died,
        relet_from=body.relet_from,
    )
    return _left(situation, termination, "death", None)


def _notice_end(agreement: Agreement, received: date) -> date:
    end, last = in_force(agreement).terms.notice_policy.end_for(received), agreed_end(agreement)
    return min(end, last) if last else end


def _until_relet(situation: Situation, notice: date, left: date, relet: date | None) -> date:
    """The last paid day: notice runs out, or the day before the next citizen's first.

    A stay that lasts longer than notice is paid as long as it lasts.
    """
    end = max(notice, left)
    if relet is None or not situation.settings(PaymentSettings).stop_when_relet:
        return end
    return min(end, max(relet - _DAY, left))


def _left(situation: Situation, termination: Termination, what: str, remark: str | None) -> Outcome:
    changed, dropped = without_change(situation.data(Agreement))
    after = replanned(situation, _ending(changed, termination))
    told = news(
        situation,
        "terminating",
        (what, "relet") if termination.relet_from else what,
        effect="ends",
        remark=remark,
        private=True,
        day=termination.left,
        end=termination.end,
        notice=termination.notice_end,
        relet=termination.relet_from,
    )
    watch = _watch_end(situation, termination)
    return Outcome(after, (*told, *dropped, *t.clear(t.PLAN_RENEWAL), watch))


def _watch_end(situation: Situation, termination: Termination) -> SetDeadline:
    rule = {"notice": "terms.notice_policy", "move_out": "end.move_out", "death": "end.death"}
    return t.on_date(situation, t.AGREEMENT_END, termination.end, rule[termination.cause])


def _end(situation: Situation) -> Outcome:
    agreement = situation.data(Agreement)
    termination = agreement.termination
    end = termination.end if termination else agreed_end(agreement)
    told = to_kommuner(situation, "ended", "ended", end=end)
    to = (INBOX, "facility", "location", "residence")
    news = status(situation, *to, what="ended")
    objected = any(one.outcome is None for one in agreement.disputes)
    over = t.clear(*(name for name in t.RULES if name != t.DISPUTE_ANSWER or not objected))
    return Outcome(_ended(agreement), (*told, *news, *over))


def _ended(agreement: Agreement) -> Agreement:
    change = agreement.change
    if change is not None:
        agreement = agreement.with_version(change.to("withdrawn"), transfer=None)
    return agreement.with_version(in_force(agreement).to("ended"))


_SIDES: Final = ("acting", "facility", "authority")
LEAVING_MOVES: Final = (
    Move(
        name="terminate",
        sources=("SETTLEMENT_ACTIVE",),
        events=("agreement_termination", "terminate"),
        target="TERMINATING",
        who=_SIDES,
        reason="Either side may give notice; the seed ends where settlement begins.",
        guards=g.MAIL,
        settings=("policy.notice", "policy.count_last_day"),
        act=_terminate,
    ),
    Move(
        name="move_out",
        sources=("SETTLEMENT_ACTIVE",),
        events=("move_out",),
        target="TERMINATING",
        who=_SIDES,
        reason="A citizen who moves out ends the stay; notice runs from the day it is told.",
        guards=(*g.MAIL, c.LEFT_AFTER_START),
        settings=("policy.notice", "stop_when_relet", "policy.count_last_day"),
        act=_move_out,
    ),
    Move(
        name="relet",
        sources=("TERMINATING",),
        events=("move_out",),
        target=None,
        who=_SIDES,
        reason="While notice runs, the place may be let again, and nobody pays it twice.",
        guards=(*g.MAIL, c.LEFT_AFTER_START),
        settings=("stop_when_relet", "policy.count_last_day"),
        act=_relet,
    ),
    Move(
        name="die",
        sources=RUNNING,
        events=("death",),
        target="TERMINATING",
        who=_SIDES,
        reason="A death ends the stay; how long is paid afterwards is a setting.",
        guards=(*g.MAIL, c.LEFT_AFTER_START, c.NOT_IN_THE_FUTURE),
        settings=("death_tail", "death_tail_days", "stop_when_relet", *PLAN_SETTINGS),
        act=_die,
    ),
    Move(
        name="end",
        sources=RUNNING,
        events=("deadline_passed",),
        deadline=t.AGREEMENT_END,
        target="ENDED",
        who=("clock",),
        reason="The agreement's last day has passed.",
        act=_end,
    ),
)
