"""A notice comes in, is judged, and goes to whom the other side has named (S2-R10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from workflows.definition import NO_CASE, Move, Outcome, Situation
from workflows.effects import Effect, FileUnder, SendMail, TellCase
from workflows.events import AUTHORITY
from workflows.letters import Key, forward, proof, receipt
from workflows.procedures.grant_change_notice import guards as g
from workflows.procedures.grant_change_notice import timers as t
from workflows.procedures.grant_change_notice.case import (
    NOTIFIER,
    PEOPLE,
    ChangeCase,
    Verdict,
    is_ours,
    kept,
    other_side,
    side_roles,
    sides_of,
)
from workflows.procedures.grant_change_notice.judging import (
    is_short,
    is_warned,
    judge,
    pair_rule,
)
from workflows.procedures.grant_change_notice.messages import ChangeNotice
from workflows.procedures.grant_change_notice.routing import Route, route
from workflows.procedures.grant_change_notice.settings import ChangeSettings, Period
from workflows.procedures.grant_change_notice.states import NOTICED
from workflows.timing import clear

_FALLBACK: Final = ("fallback.level", "fallback.period")
_AGREEMENT_OVER: Final = frozenset({"ENDED", "DECLINED", "REJECTED", "WITHDRAWN", "CANCELLED"})


def _opened(situation: Situation) -> ChangeCase:
    notice = situation.body(ChangeNotice)
    buyer, seller = side_roles(situation, sides_of(notice))
    assert buyer is not None
    assert seller is not None
    return ChangeCase(
        notice=notice,
        ours=is_ours(situation, buyer, seller),
        buyer=buyer,
        seller=seller,
        notifier=situation.event.actor.role,
        verdict=judge(situation),
        reference=(situation.event.submission or {}).get("reference"),
    )


def _open(situation: Situation) -> Outcome:
    return _told(situation, _opened(situation))


def _renew(situation: Situation) -> Outcome:
    changes = {
        "notice": situation.body(ChangeNotice),
        "notifier": situation.event.actor.role,
        "verdict": judge(situation),
        "objections_closed": False,
        "undelivered": (),
    }
    outcome = _told(situation, kept(situation, **changes))
    ended = clear(t.ANSWER, t.OBJECTION, t.CHANGE)
    return Outcome(outcome.data, (*ended, *outcome.effects))


def _told(situation: Situation, case: ChangeCase) -> Outcome:
    notice, verdict = situation.body(ChangeNotice), case.verdict
    assert verdict is not None
    receiver = other_side(case, case.notifier)
    way = route(situation, receiver, pair_rule(situation).addressee or notice.addressee)
    case = case.model_copy(update={"routed": way.addresses, "contacts": way.cases})
    facts = _facts(situation, notice, verdict, way)
    effects: list[Effect] = [
        *_receipt(situation, case, facts),
        *_copies(situation, way, facts),
        *way.effects(situation),
        t.watch_objection(situation),
        t.watch_change(situation, verdict.takes_effect),
        *tell_agreement(situation, notice, verdict, withdrawn=False),
    ]
    if notice.citizen.cpr is not None:
        effects.append(FileUnder("citizen", notice.citizen.cpr))
    return Outcome(case, tuple(effects))


_Facts = Callable[[str], dict[str, Any]]


def _facts(situation: Situation, notice: ChangeNotice, verdict: Verdict, way: Route) -> _Facts:
    """Return what all mails about a notice say, for a reader's language."""

    def in_words(to: str) -> dict[str, Any]:
        language = situation.reader(to)
        facts = {
            "earliest": verdict.earliest,
            "takes_effect": verdict.takes_effect,
            "wanted": notice.effective_date,
            "citizen": notice.citizen.name,
            "cpr": notice.citizen.cpr or notice.citizen.anonymous,
            "change": Key(f"change.{notice.change}"),
            "before": _terms(notice.old_service, notice.old_scope),
            "after": _terms(notice.new_service, notice.new_scope),
            "old_rate": notice.old_rate,
            "new_rate": notice.new_rate,
            "unit": Key(f"unit.{notice.rate_unit}") if notice.rate_unit else None,
            "decided": notice.decision_date,
            "legal_basis": str(notice.legal_basis),
            "caseworker": notice.caseworker.reached,
            "agreement": notice.agreement or notice.agreement_case,
            "remarks": notice.remarks,
            "level": Key(f"level.{'STEERING' if verdict.steering else verdict.level}"),
            "period": _period(situation, verdict.period, language),
            "objection_due": t.watch_objection(situation).due,
            "receiver": way.receiver,
            "attention": way.attention(situation, language),
            "form": _form(situation, language),
            "new_agreement": _new_agreement(situation, notice),
            "warnings": _warnings(situation, verdict, language),
        }
        return {name: "" if fact is None else fact for name, fact in facts.items()}

    return in_words


def _terms(service: str | None, scope: str | None) -> str | None:
    return ", ".join(part for part in (service, scope) if part) or None


def _period(situation: Situation, period: Period, language: str) -> str:
    """Return a notice period in words, so that anybody can count the earliest date again."""
    unit = "months" if period.months else "days" if period.days else "none"
    start = "running" if period.running_month else "plain"
    values = {"n": str(period.months or period.days)}
    return situation.wording.text(f"period.{start}_{unit}", language, values)


def _form(situation: Situation, language: str) -> str | None:
    """Return the form that was agreed on, where it is more than a message."""
    form = pair_rule(situation).form
    return None if form == "message" else situation.wording.text(f"form.{form}", language)


def _warnings(situation: Situation, verdict: Verdict, language: str) -> str:
    words, settings = situation.wording, situation.settings(ChangeSettings)
    values = {
        "weeks": str(settings.citizen_notice_weeks),
        "form": words.text(f"form.{pair_rule(situation).form}", language),
    }
    keys = {"short_notice": f"short_notice.{verdict.level}"}
    told = (
        words.text(f"warning.{keys.get(one, one)}", language, values) for one in verdict.warnings
    )
    return "\n".join(f"- {one}" for one in told)


def _new_agreement(situation: Situation, notice: ChangeNotice) -> Key:
    if not notice.needs_new_agreement:
        return Key("new_agreement.no")
    return Key("new_agreement.told" if agreement(situation, notice) else "new_agreement.yes")


def agreement(situation: Situation, notice: ChangeNotice) -> str | None:
    """Return the number of the payment agreement that runs here, if the sender is a party of it."""
    actor = situation.event.actor
    for case in situation.event.related:
        if case.procedure != "payment_agreement" or case.state in _AGREEMENT_OVER:
            continue
        known = actor.role == AUTHORITY or any(party.key == actor.key for party in case.parties)
        if case.number == notice.agreement_case and known:
            return case.number
    return None


def tell_agreement(
    situation: Situation, notice: ChangeNotice, verdict: Verdict, *, withdrawn: bool
) -> list[TellCase]:
    """Return what the payment agreement's own case is told, where it runs here."""
    number = agreement(situation, notice)
    if number is None:
        return []
    body = {
        "notice": situation.number,
        "change": notice.change,
        "takes_effect": verdict.takes_effect.isoformat(),
        "needs_new_agreement": notice.needs_new_agreement,
        "withdrawn": withdrawn,
    }
    return [TellCase(number, "grant_changed", body)]


def _receipt(situation: Situation, case: ChangeCase, facts: _Facts) -> list[SendMail]:
    verdict, notice = case.verdict, case.notice
    assert verdict is not None
    assert notice is not None
    wording = "receipt_valid"
    if verdict.takes_effect > notice.effective_date:
        wording = "receipt_short"
    elif "short_notice" in verdict.warnings:
        wording = "receipt_warned"
    return receipt(situation, wording, **facts(situation.event.actor.role))


def _copies(situation: Situation, way: Route, facts: _Facts) -> list[Effect]:
    effects: list[Effect] = []
    for to in way.addresses:
        sender = situation.event.actor.name
        effects.append(
            proof(
                situation,
                "notice",
                to,
                "notice",
                sender=sender,
                on_accepted="notice_arrived",
                on_failed="notice_failed",
                **facts(to),
            )
        )
        effects += forward(situation, to)
    return effects


def _rests_on(situation: Situation) -> tuple[str, ...]:
    """Only where two have agreed on nothing does a notice rest on what holds for everybody."""
    usual = pair_rule(situation) is situation.settings(ChangeSettings).fallback
    return (*(_FALLBACK if usual else ()), "objection_days")


def _rows(
    stem: str,
    sources: tuple[str | None, ...],
    guards: tuple[Any, ...],
    act: Callable[[Situation], Outcome],
    who: tuple[str, ...],
) -> tuple[Move, ...]:
    """Return the three ways in which a notice can be judged."""

    def row(name: str, target: str, rule: str, **more: Any) -> Move:
        return Move(
            name=f"{stem}_{name}",
            sources=sources,
            events=("change_notice", "notify_change"),
            passing=("NOTICE_RECEIVED",),
            target=target,
            who=who,
            rules=(rule,),
            guards=guards,
            act=act,
            settings=(*_FALLBACK, "objection_days"),
            rests_on=_rests_on,
            **more,
        )

    return (
        row("short", "NOTICE_SHORT", "S2-R10", when=is_short),
        row("warned", "NOTICE_VALID_WITH_WARNING", "S2-R12", when=is_warned),
        row("valid", "NOTICE_VALID", "S2-R10"),
    )


NOTICING: Final = (
    *_rows("notice", (NO_CASE,), g.OPENING, _open, (NOTIFIER, AUTHORITY)),
    *_rows("renewed", (*NOTICED, "DISPUTED"), g.RENEWING, _renew, PEOPLE),
    *_rows("answer", ("PROPOSED",), g.ANSWERING, _renew, PEOPLE),
)
