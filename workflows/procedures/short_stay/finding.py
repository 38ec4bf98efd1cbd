"""The unit's own search: taken up, candidates by proximity, one asked, agreed."""

from __future__ import annotations

from typing import Any, Final

from parsers.problems import Problem
from workflows.definition import NO_CASE, DeadlineRule, Guard, Move, Outcome, Situation
from workflows.effects import Effect, SetDeadline
from workflows.elder_care import people
from workflows.elder_care.placed import (
    ORDER_REMINDER,
    last_day,
    order_moves,
    person_facts,
    place_in_words,
    reminded,
    wait,
    wait_for_order,
)
from workflows.elder_care.placement import AGREED
from workflows.elder_care.rows import on_passing
from workflows.elder_care.words import plain_number
from workflows.events import INBOX, Party
from workflows.letters import Key, forward, letter
from workflows.procedures.short_stay.messages import (
    Candidates,
    HomeChoice,
    ShortStayReferral,
    Stay,
    StayAnswer,
    StayCase,
)
from workflows.refusals import unfit
from workflows.timing import clear

HOME_ANSWER: Final = DeadlineRule(
    "home_answer",
    "home",
    reason="The seed gives no time; a reminder of ours.",
    settings=("offer_reminder_days",),
)
OPEN: Final = ("ROUTED_BACK", "AT_BISTANDSENHET", "CANDIDATES", "ASKED", AGREED)


def _outside_free_choice(situation: Situation) -> Problem | None:
    if situation.body(Stay).kind != "care_home":
        return None
    where = situation.wording.text("instead.care_home", situation.reader())
    return Problem("out_of_scope", "kind", {"instead": where})


def _listed_once(situation: Situation) -> Problem | None:
    names = [one.home.casefold() for one in situation.body(Candidates).homes]
    return Problem("field.duplicate", "homes") if len(set(names)) < len(names) else None


def _is_candidate(situation: Situation) -> Problem | None:
    if situation.data(StayCase).distance_of(situation.body(HomeChoice).home) is not None:
        return None
    homes = ", ".join(one.home for one in situation.data(StayCase).candidates)
    return unfit(situation, "home", "no_candidate", homes=homes)


def _nearest_or_reason(situation: Situation) -> Problem | None:
    case, body = situation.data(StayCase), situation.body(HomeChoice)
    nearest, distance = case.nearest(), case.distance_of(body.home)
    if nearest is None or distance is None or distance <= nearest.distance_km or body.reason:
        return None
    return Problem("field.missing", "reason")


def _in_order(situation: Situation) -> Problem | None:
    body = situation.body(Stay)
    if body.wished_from is None or body.wished_to is None or body.wished_to >= body.wished_from:
        return None
    return Problem("field.invalid", "wished_to", {"expected": "period"})


DECIDED: Final = people.not_after_today("decided_before", "decision_date")
IN_ORDER: Final = Guard("stay_in_order", (), _in_order)
OUTSIDE: Final = Guard("outside_free_choice", ("S3-R21",), _outside_free_choice)
ONCE: Final = Guard("listed_once", (), _listed_once)
CANDIDATE: Final = Guard("is_candidate", ("S3-R23",), _is_candidate)
PROXIMITY: Final = Guard("nearest_or_reason", ("S3-R23",), _nearest_or_reason)


def _take_up(situation: Situation) -> Outcome:
    body = situation.body(Stay)
    return Outcome(StayCase(**_kept(situation, body)))


def _take_over(situation: Situation) -> Outcome:
    return Outcome(
        situation.data(StayCase).model_copy(update=_kept(situation, situation.body(Stay)))
    )


def _kept(situation: Situation, body: Stay) -> dict[str, Any]:
    told = {name: getattr(body, name) for name in Stay.model_fields}
    return told | {"individual": people.with_century(situation, body.individual)}


def _route_back(situation: Situation) -> Outcome:
    body = situation.body(ShortStayReferral)
    case = StayCase(
        individual=people.with_century(situation, body.individual), kind=body.kind, other=body.other
    )
    kind = Key(f"care.{body.kind}")
    sender = situation.event.actor.name
    effects: list[Effect] = [
        letter(
            situation,
            "notice",
            INBOX,
            "routed_back",
            kind_of_home=kind,
            sender=sender,
            other=body.other or "",
            **person_facts(case),
        ),
        *forward(situation, INBOX),
        *people.receipt(situation, "routed_back_received", kind_of_home=kind),
    ]
    return Outcome(case, tuple(effects))


def _list_candidates(situation: Situation) -> Outcome:
    homes = situation.body(Candidates).homes
    nearest_first = tuple(sorted(homes, key=lambda one: (one.distance_km, one.home.casefold())))
    case = situation.data(StayCase).model_copy(update={"candidates": nearest_first})
    told = people.to_caseworker(
        situation,
        "notice",
        "candidates_listed",
        homes=_in_words(situation, case),
        **person_facts(case),
    )
    return Outcome(case, tuple(told))


def _in_words(situation: Situation, case: StayCase) -> str:
    language, text = situation.reader("authority"), situation.wording.text
    rows = []
    for number, one in enumerate(case.candidates, 1):
        values = {
            "rank": str(number),
            "home": one.home,
            "distance": plain_number(one.distance_km, language),
            "note": one.note or "",
        }
        rows.append(text("line.free" if one.free else "line.full", language, values).rstrip())
    return "\n".join(rows)


def _ask(situation: Situation) -> Outcome:
    body = situation.body(HomeChoice)
    case = situation.data(StayCase).model_copy(
        update={"asked": body.home, "deviation": body.reason, "chosen": None}
    )
    home = next((one for one in situation.event.parties if one.role == "home"), None)
    waits = _wait_for_home(situation)
    facts: dict[str, Any] = {
        **person_facts(case),
        "home": body.home if home is None else home.name,
        "kind_of_home": Key(f"care.{case.kind}"),
        "wished_from": case.wished_from or "",
        "wished_to": case.wished_to or "",
        "other": case.other or "",
        "answer_due": last_day(situation, waits),
    }
    if home is None:
        asked = letter(situation, "notice", INBOX, "ask_yourself", **facts)
    else:
        asked = letter(situation, "stay_request", "home", "stay_request", **facts)
    return Outcome(case, (asked, *waits), _with_home(situation, home))


def _with_home(situation: Situation, home: Party | None) -> tuple[Party, ...]:
    others = tuple(one for one in situation.parties if one.role != "home")
    return others if home is None else (*others, home)


def _wait_for_home(situation: Situation) -> list[SetDeadline]:
    return wait(situation, HOME_ANSWER, "offer_reminder_days")


def _answer_facts(situation: Situation, case: StayCase) -> dict[str, Any]:
    return {
        "home": place_in_words(situation, case),
        "reason": situation.body(StayAnswer).reason or "",
        **person_facts(case),
    }


def _agree(situation: Situation) -> Outcome:
    before = situation.data(StayCase)
    case = before.model_copy(update={"chosen": before.asked})
    told: list[Effect] = [
        *people.to_caseworker(situation, "notice", "agreed", **_answer_facts(situation, case)),
        *people.receipt(situation, "answer_received", home=place_in_words(situation, case)),
        *clear(HOME_ANSWER),
        *wait_for_order(situation),
    ]
    return Outcome(case, tuple(told))


def _decline(situation: Situation) -> Outcome:
    before = situation.data(StayCase)
    declined = (*before.declined, before.asked) if before.asked else before.declined
    case = before.model_copy(update={"declined": declined, "chosen": None})
    facts = _answer_facts(situation, case)
    told: list[Effect] = [
        *people.to_caseworker(situation, "notice", "home_declined", **facts),
        *people.receipt(situation, "answer_received", home=place_in_words(situation, case)),
        *clear(HOME_ANSWER, ORDER_REMINDER),
    ]
    return Outcome(case.model_copy(update={"asked": None}), tuple(told))


def _remind_home(situation: Situation) -> Outcome:
    again = _wait_for_home(situation)
    roles = ("home", INBOX)
    return reminded(situation, HOME_ANSWER, "reminder_home", roles, again, ours="overdue_home")


FINDING_MOVES: Final = (
    Move(
        name="take_up",
        sources=(NO_CASE,),
        events=("stay",),
        target="AT_BISTANDSENHET",
        who=("authority",),
        rules=("S3-R21", "S3-R22"),
        guards=(OUTSIDE, DECIDED, IN_ORDER),
        act=_take_up,
    ),
    Move(
        name="route_back",
        sources=(NO_CASE,),
        events=("short_stay_referral",),
        target="ROUTED_BACK",
        who=("referrer",),
        rules=("S3-R22",),
        guards=people.MAIL,
        act=_route_back,
    ),
    Move(
        name="take_over",
        sources=("ROUTED_BACK",),
        events=("stay",),
        target="AT_BISTANDSENHET",
        who=("authority",),
        rules=("S3-R22",),
        guards=(OUTSIDE, DECIDED, IN_ORDER, people.SAME_INDIVIDUAL),
        act=_take_over,
    ),
    Move(
        name="list_candidates",
        sources=("AT_BISTANDSENHET", "CANDIDATES"),
        events=("candidates",),
        target="CANDIDATES",
        who=("authority",),
        rules=("S3-R23",),
        guards=(ONCE,),
        act=_list_candidates,
    ),
    Move(
        name="ask_home",
        sources=("CANDIDATES",),
        events=("choose_home",),
        target="ASKED",
        who=("authority",),
        rules=("S3-R23",),
        settings=("offer_reminder_days",),
        guards=(CANDIDATE, PROXIMITY),
        act=_ask,
    ),
    Move(
        name="agree",
        sources=("ASKED",),
        events=("stay_answer",),
        target=AGREED,
        who=("home", "authority"),
        rules=("S3-R23",),
        settings=("order_reminder_days",),
        guards=people.MAIL,
        when=lambda situation: situation.body(StayAnswer).accepted,
        act=_agree,
    ),
    Move(
        name="home_declines",
        sources=("ASKED", AGREED),
        events=("stay_answer",),
        target="CANDIDATES",
        who=("home", "authority"),
        rules=("S3-R23",),
        guards=people.MAIL,
        when=lambda situation: not situation.body(StayAnswer).accepted,
        act=_decline,
    ),
    on_passing(
        HOME_ANSWER,
        "remind_home",
        ("ASKED",),
        _remind_home,
        reason="A place that nobody answers for is no place; the caseworker is told.",
        settings=("offer_reminder_days",),
    ),
    *order_moves(ready=AGREED, open_states=OPEN, rules=("S3-R22",), readers=("home",)),
)
