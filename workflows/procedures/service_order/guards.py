"""Conditions of an order, each with the rules that it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from parsers.problems import Problem
from workflows.definition import Case, Guard, Situation
from workflows.elder_care import people
from workflows.elder_care.placement import READY, Placement
from workflows.engine import state_problem
from workflows.procedures.service_order.messages import (
    Addressed,
    Confirmation,
    Decision,
    ImplementationPlan,
    OralOrder,
    Order,
    OrderedCare,
    OrderEnd,
    TimeReport,
)
from workflows.procedures.service_order.money import is_current, month_of
from workflows.procedures.service_order.order_case import OrderCase
from workflows.procedures.service_order.settings import OrderSettings
from workflows.refusals import unfit


def _decision(situation: Situation) -> Decision | None:
    body = situation.event.body
    if isinstance(body, Decision):
        return body
    return situation.data(OrderCase).decision


def _decided(situation: Situation) -> Problem | None:
    return None if _decision(situation) is not None else state_problem(situation)


def _not_ahead(situation: Situation) -> Problem | None:
    decision = _decision(situation)
    if decision is None or decision.decision_date <= people.today(situation):
        return None
    return Problem("field.invalid", "decision_date", {"expected": "today_or_earlier"})


def _acute(situation: Situation) -> Problem | None:
    acute = situation.body(OralOrder).acute
    return None if acute else unfit(situation, "acute", "not_acute")


def _never_retroactive(situation: Situation) -> Problem | None:
    sent_on = people.today(situation)
    for number, service in enumerate(situation.body(Order).services):
        if service.valid_from < sent_on:
            path = f"services.{number}.valid_from"
            return unfit(situation, path, "retroactive", today=sent_on)
    return None


def _in_order(situation: Situation) -> Problem | None:
    for number, service in enumerate(situation.body(Order).services):
        if service.valid_to is not None and service.valid_to < service.valid_from:
            return Problem("field.invalid", f"services.{number}.valid_to", {"expected": "period"})
    return None


def _each_has(
    told: Callable[[OrderedCare], bool], field: str
) -> Callable[[Situation], Problem | None]:
    def check(situation: Situation) -> Problem | None:
        for number, service in enumerate(situation.body(Order).services):
            if not told(service):
                return Problem("field.missing", f"services.{number}.{field}")
        return None

    return check


def _has_scope(service: OrderedCare) -> bool:
    lived_in = service.kind in {"care_home", "short_term_home", "profile_home"}
    return lived_in or bool(service.hours_per_month or service.days_per_week)


def _needs_told(situation: Situation) -> Problem | None:
    return None if situation.body(Order).needs else Problem("field.missing", "needs")


def _caseworker_reachable(situation: Situation) -> Problem | None:
    body = situation.event.body
    worker = body if isinstance(body, Addressed) else situation.data(OrderCase).addressed
    if worker.caseworker.phone or worker.caseworker.email:
        return None
    return Problem("field.missing", "caseworker.phone")


def _fee_officer_known(situation: Situation) -> Problem | None:
    if situation.body(Addressed).connected:
        return None
    found = people.is_known(situation, "fee_officer", "fee_officer")
    return None if found else Problem("partner.unknown", "fee_officer")


def _same_provider(situation: Situation) -> Problem | None:
    ours = situation.party("provider")
    named = next((p for p in situation.event.parties if p.role == "provider"), None)
    if ours is None or named is None or ours.key == named.key:
        return None
    return Problem("case.contradiction", "provider")


def placement_of(situation: Situation) -> Case | None:
    """Return the case in which the place was found; None where there is none of that number."""
    decision = _decision(situation)
    wanted = decision.placement if decision else None
    return next((case for case in situation.event.related if case.number == wanted), None)


def _place_accepted(situation: Situation) -> Problem | None:
    decision = _decision(situation)
    if decision is None or decision.placement is None:
        return None
    found = placement_of(situation)
    if found is None or not isinstance(found.data, Placement) or not _takes_part(situation, found):
        return Problem("case.unknown", "placement")
    if not people.same_person(situation, found.data.individual, decision.individual):
        return Problem("case.contradiction", "placement")
    return None if found.state in READY else unfit(situation, "placement", "not_accepted")


def _takes_part(situation: Situation, found: Case) -> bool:
    """Whether it is ours, or that of the unit that writes: of others it learns nothing."""
    actor = situation.event.actor
    return not situation.event.by_mail or any(p.key == actor.key for p in found.parties)


def _chosen_home(situation: Situation) -> Problem | None:
    found = placement_of(situation)
    provider = situation.party("provider")
    if found is None or provider is None or not isinstance(found.data, Placement):
        return None
    chosen = found.data.chosen
    if chosen is None or chosen.casefold() in {provider.key, provider.name.casefold()}:
        return None
    return Problem("case.contradiction", "provider")


def _says_something(situation: Situation) -> Problem | None:
    body = situation.body(Confirmation)
    if body.received_on or body.started_on or body.cannot_start:
        return None
    return Problem("field.missing", "received_on")


def _received_after_it_was_sent(situation: Situation) -> Problem | None:
    received, case = situation.body(Confirmation).received_on, situation.data(OrderCase)
    earliest = case.oral.said_on if case.oral else case.orders[0].dated
    if received is None or received >= earliest:
        return None
    return unfit(situation, "received_on", "not_sent_yet", day=earliest)


def _started_within_the_order(situation: Situation) -> Problem | None:
    started, case = situation.body(Confirmation).started_on, situation.data(OrderCase)
    if started is None or started >= case.ordered_from:
        return None
    return unfit(situation, "started_on", "not_valid_yet", day=case.ordered_from)


def _made_together(situation: Situation) -> Problem | None:
    if situation.body(ImplementationPlan).made_with is not None:
        return None
    return Problem("field.missing", "made_with")


def _took_part_how(situation: Situation) -> Problem | None:
    if situation.body(ImplementationPlan).participation is not None:
        return None
    return Problem("field.missing", "participation")


def _ends_after_it_began(situation: Situation) -> Problem | None:
    if situation.body(OrderEnd).last_day >= situation.data(OrderCase).earliest_day:
        return None
    first = situation.data(OrderCase).earliest_day
    return unfit(situation, "last_day", "began_later", day=first)


def _days_are_behind(situation: Situation) -> Problem | None:
    for number, one in enumerate(situation.body(TimeReport).days):
        if one.day > people.today(situation):
            return Problem("field.invalid", f"days.{number}.day", {"expected": "today_or_earlier"})
    return None


def _each_day_once(situation: Situation) -> Problem | None:
    seen = set()
    for number, one in enumerate(situation.body(TimeReport).days):
        if one.day in seen:
            return Problem("field.duplicate", f"days.{number}.day")
        seen.add(one.day)
    return None


def _not_closed(situation: Situation) -> Problem | None:
    """A period that was billed and is over is not opened again."""
    until = situation.settings(OrderSettings).exceeded_time_until_day
    billed = {line.month for line in situation.data(OrderCase).settlement.lines}
    for number, one in enumerate(situation.body(TimeReport).days):
        month = month_of(one.day)
        if month in billed and not is_current(month, people.today(situation), until):
            return unfit(situation, f"days.{number}.day", "period_closed")
    return None


def _began_before(situation: Situation) -> Problem | None:
    earliest = situation.data(OrderCase).ordered_from
    for number, one in enumerate(situation.body(TimeReport).days):
        if one.day < earliest:
            return unfit(situation, f"days.{number}.day", "not_valid_yet", day=earliest)
    return None


PROVIDER_KNOWN: Final = people.known("provider_known", "provider", "provider", "S3-R1")
FEE_OFFICER_KNOWN: Final = Guard("fee_officer_known", ("S3-R19",), _fee_officer_known)
DECIDED: Final = Guard("decided_before", ("S3-R1",), _decided)
DOCUMENTED_AFTER: Final = Guard("documented_after_the_decision", ("S3-R8",), _decided)
DECISION_NOT_AHEAD: Final = Guard("decision_not_ahead", ("S3-R1",), _not_ahead)
ACUTE: Final = Guard("acute", ("S3-R2",), _acute)
SAID_BEFORE: Final = people.not_after_today("said_before", "said_on", "S3-R2")
NEVER_RETROACTIVE: Final = Guard("never_retroactive", ("S3-R4",), _never_retroactive)
IN_ORDER: Final = Guard("services_in_order", ("S3-R9",), _in_order)
SCOPE: Final = Guard("scope_told", ("S3-R9",), _each_has(_has_scope, "hours_per_month"))
GOAL: Final = Guard("goal_told", ("S3-R9",), _each_has(lambda one: one.goal is not None, "goal"))
NEEDS: Final = Guard("needs_told", ("S3-R9",), _needs_told)
REACHABLE: Final = Guard("caseworker_reachable", ("S3-R9",), _caseworker_reachable)
SAME_PROVIDER: Final = Guard("same_provider", (), _same_provider)
PLACE_ACCEPTED: Final = Guard("place_accepted", ("S3-R18", "S3-R30"), _place_accepted)
CHOSEN_HOME: Final = Guard("chosen_home", ("S3-R18",), _chosen_home)
SAYS_SOMETHING: Final = Guard("says_something", ("S3-R7",), _says_something)
RECEIVED_BEFORE: Final = people.not_after_today("received_before", "received_on", "S3-R7")
RECEIVED_WITHIN: Final = Guard("received_within", ("S3-R7",), _received_after_it_was_sent)
STARTED_BEFORE: Final = people.not_after_today("started_before", "started_on", "S3-R7")
STARTED_WITHIN: Final = Guard("started_within", ("S3-R7",), _started_within_the_order)
MADE_TOGETHER: Final = Guard("made_together", ("S3-R25",), _made_together)
TOOK_PART: Final = Guard("took_part", ("S3-R25",), _took_part_how)
ADOPTED_BEFORE: Final = people.not_after_today("adopted_before", "adopted_on")
ENDS_AFTER: Final = Guard("ends_after_it_began", (), _ends_after_it_began)
DAYS_BEHIND: Final = Guard("days_are_behind", (), _days_are_behind)
EACH_DAY_ONCE: Final = Guard("each_day_once", ("S3-R5",), _each_day_once)
NOT_CLOSED: Final = Guard("period_not_closed", ("S3-R5",), _not_closed)
BEGAN_BEFORE: Final = Guard("began_before", ("S3-R5",), _began_before)

ADDRESSED: Final = (PROVIDER_KNOWN, FEE_OFFICER_KNOWN)
COMPLETE: Final = (IN_ORDER, SCOPE, GOAL, NEEDS, REACHABLE)
WRITTEN: Final = (DECIDED, DECISION_NOT_AHEAD, NEVER_RETROACTIVE, *COMPLETE)
PLACED: Final = (PLACE_ACCEPTED, CHOSEN_HOME)
CONFIRMED: Final = (
    *people.MAIL,
    SAYS_SOMETHING,
    RECEIVED_BEFORE,
    RECEIVED_WITHIN,
    STARTED_BEFORE,
    STARTED_WITHIN,
)
REPORTED: Final = (*people.MAIL, DAYS_BEHIND, EACH_DAY_ONCE, NOT_CLOSED, BEGAN_BEFORE)
