"""Conditions on changes and facts of an agreement that stands; one named guard each."""

from __future__ import annotations

from datetime import date

from parsers.problems import Problem
from workflows.definition import Guard, Situation
from workflows.engine import state_problem
from workflows.events import Party
from workflows.procedures.payment_agreement import guards as g
from workflows.procedures.payment_agreement.agreement import Agreement, latest
from workflows.procedures.payment_agreement.amended import amended_rates
from workflows.procedures.payment_agreement.booking import (
    agreed_end,
    month_of,
    stretches_of,
    today,
)
from workflows.procedures.payment_agreement.draft import asked
from workflows.procedures.payment_agreement.messages import RegisterApproval
from workflows.procedures.payment_agreement.offers import connected
from workflows.procedures.payment_agreement.running import (
    AbsenceTold,
    AdmissionNotice,
    AgreementAmendment,
    CloseMonth,
    Correct,
    Death,
    InvoiceDispute,
    MoveInConfirmed,
    MoveOut,
    ResponsibilityTransfer,
    StartChanged,
)
from workflows.refusals import unfit
from workflows.settlement import PlanLine


def successor_of(situation: Situation) -> Party | None:
    """Return the kommune that a transfer names, where it is registered."""
    wanted = situation.body(ResponsibilityTransfer).to_municipality
    found = (one for one in situation.event.parties if one.role == "successor")
    return next((one for one in found if one.municipality == wanted), None)


def lines_meant(situation: Situation, agreement: Agreement) -> list[PlanLine]:
    """Return the lines of the plan that an objection is about: one, where it is clear."""
    body = situation.body(InvoiceDispute)
    settlement = agreement.settlement
    return [
        line
        for line in (settlement.lines if settlement else ())
        if line.month == body.month and body.line in {None, line.label}
    ]


def _successor_known(situation: Situation) -> Problem | None:
    known = successor_of(situation) is not None
    return None if known else Problem("partner.unknown", "to_municipality")


def _another_kommune(situation: Situation) -> Problem | None:
    acting = situation.party("acting")
    wanted = situation.body(ResponsibilityTransfer).to_municipality
    if acting is None or acting.municipality != wanted:
        return None
    return unfit(situation, "to_municipality", "same_kommune")


def _names_terms(situation: Situation) -> Problem | None:
    named = situation.body(AgreementAmendment).names_terms
    return None if named else Problem("field.missing", "rate")


def _within_agreement(situation: Situation) -> Problem | None:
    body, agreement = situation.event.body, situation.data(Agreement)
    assert isinstance(body, AgreementAmendment | ResponsibilityTransfer)
    first, end = agreement.first_day, agreed_end(agreement)
    latest_day = end if end is not None else date.max
    if isinstance(body, AgreementAmendment) and body.end is not None:
        latest_day = body.end
    if first < body.effective <= latest_day:
        return None
    return unfit(situation, "effective", "outside_agreement", first=first)


def _amended_rates_cover(situation: Situation) -> Problem | None:
    body, agreement = situation.body(AgreementAmendment), situation.data(Agreement)
    if body.effective <= agreement.first_day:
        return None
    path = "rates" if body.rates else "rate"
    if body.rate and body.rates:
        return unfit(situation, path, "one_way")
    rates = amended_rates(agreement, body)
    end = body.end or agreed_end(agreement)
    if connected(rates, body.effective, end) is not None:
        return None
    return unfit(situation, path, "rates_gap")


def _amendment_valid(situation: Situation) -> Problem | None:
    until = situation.body(AgreementAmendment).valid_until
    if until is None or until >= today(situation):
        return None
    return unfit(situation, "valid_until", "day_passed")


def _no_change_approved(situation: Situation) -> Problem | None:
    change = situation.data(Agreement).change
    return state_problem(situation) if change and change.state == "approved" else None


def _no_transfer_pending(situation: Situation) -> Problem | None:
    """The new kommune answers the terms as they were sent to it, or the old one takes it back."""
    pending = situation.data(Agreement).transfer is not None
    return state_problem(situation) if pending else None


def _may_turn_down(situation: Situation) -> Problem | None:
    """A transfer may also be taken back by the kommune that asked for it."""
    version = latest(situation.data(Agreement))
    takes_back = version.purpose == "transfer" and situation.event.actor.role == "acting"
    return None if takes_back else _is_asked(situation)


def _is_asked(situation: Situation) -> Problem | None:
    version = latest(situation.data(Agreement))
    registered = isinstance(situation.event.body, RegisterApproval)
    if registered and version.purpose == "transfer":
        return None
    if g.approving_role(situation) in asked(situation, version):
        return None
    return Problem("sender.role", "message")


def _not_in_the_future(situation: Situation) -> Problem | None:
    match situation.event.body:
        case MoveInConfirmed(moved_in=day):
            path = "moved_in"
        case Death(died=day):
            path = "died"
        case AdmissionNotice(admitted=day):
            path = "admitted"
        case _:
            return None
    return None if day <= today(situation) else unfit(situation, path, "day_to_come")


def _left_after_start(situation: Situation) -> Problem | None:
    first = situation.data(Agreement).first_day
    match situation.event.body:
        case MoveOut(last_day=day):
            path = "last_day"
        case Death(died=day):
            path = "died"
        case _:
            return None
    return None if day >= first else unfit(situation, path, "before_start", first=first)


def _start_by_payer(situation: Situation) -> Problem | None:
    """An earlier start costs the kommune days that it has not agreed to."""
    earlier = situation.body(StartChanged).start < situation.data(Agreement).first_day
    if not earlier or situation.event.actor.role == "acting":
        return None
    return Problem("sender.role", "start")


def _start_before_end(situation: Situation) -> Problem | None:
    agreement, start = situation.data(Agreement), situation.body(StartChanged).start
    stretches = stretches_of(agreement)
    last = stretches[1].first if len(stretches) > 1 else agreed_end(agreement)
    if last is None or start < last:
        return None
    return unfit(situation, "start", "after_end", last=last)


def _absent_within(situation: Situation) -> Problem | None:
    agreement, body = situation.data(Agreement), situation.body(AbsenceTold)
    ended = agreement.termination
    last = ended.end if ended else agreed_end(agreement)
    if agreement.first_day <= body.first and (last is None or body.first <= last):
        return None
    return unfit(situation, "from", "away_outside", first=agreement.first_day)


def _absent_once(situation: Situation) -> Problem | None:
    body = situation.body(AbsenceTold)
    others = [one for one in situation.data(Agreement).absences if one.first != body.first]
    if any(one.covers(body.first, body.last) for one in others):
        return unfit(situation, "from", "away_twice")
    return None


def _under_110(situation: Situation) -> Problem | None:
    basis = str(situation.data(Agreement).request.legal_basis)
    under = any(part.strip().startswith("SEL § 110") for part in basis.split("+"))
    return None if under else unfit(situation, "message", "only_110", code="out_of_scope")


def _before_start(situation: Situation) -> Problem | None:
    agreement = situation.data(Agreement)
    if today(situation) < agreement.first_day and agreement.moved_in is None:
        return None
    return state_problem(situation)


def _line_exists(situation: Situation) -> Problem | None:
    meant = {line.label for line in lines_meant(situation, situation.data(Agreement))}
    if len(meant) == 1:
        return None
    path = "line" if meant or situation.body(InvoiceDispute).line else "month"
    return Problem("field.missing", path) if meant else unfit(situation, path, f"no_{path}")


def _objection_open(situation: Situation) -> Problem | None:
    body = situation.body(InvoiceDispute)
    waiting = [
        one
        for one in situation.data(Agreement).disputes
        if one.outcome is None and one.month == body.month and body.line in {None, one.line}
    ]
    return None if len(waiting) == 1 else unfit(situation, "month", "no_objection")


def _amount_with_grant(situation: Situation) -> Problem | None:
    body = situation.body(InvoiceDispute)
    if body.outcome != "granted" or body.amount is not None:
        return None
    return Problem("field.missing", "amount")


def _month_is_over(situation: Situation) -> Problem | None:
    month, settlement = situation.body(CloseMonth).month, situation.data(Agreement).settlement
    closed = settlement.closed if settlement else None
    if month < month_of(today(situation)) and (closed is None or month > closed):
        return None
    return unfit(situation, "month", "month_open_or_closed")


def _corrects_something(situation: Situation) -> Problem | None:
    body, agreement = situation.body(Correct), situation.data(Agreement)
    if (body.month is None) != (body.amount is None):
        return Problem("field.missing", "amount" if body.amount is None else "month")
    if body.amount is None and body.start is None and body.end is None:
        return Problem("field.missing", "amount")
    if body.amount is not None and agreement.settlement is None:
        return state_problem(situation)
    return None


def _end_is_known(situation: Situation) -> Problem | None:
    body, agreement = situation.body(Correct), situation.data(Agreement)
    start = body.start or agreement.first_day
    ended = agreement.termination
    end = body.end or (ended.end if ended else agreed_end(agreement))
    if body.end is not None and ended is None:
        return unfit(situation, "end", "no_notice")
    if end is None or start <= end:
        return None
    return unfit(situation, "end" if body.end else "start", "end_before_start")


def _was_confirmed(situation: Situation) -> Problem | None:
    confirmed = situation.data(Agreement).confirmation is not None
    return None if confirmed else state_problem(situation)


def _not_over_by_terms(situation: Situation) -> Problem | None:
    version = next(
        (one for one in reversed(situation.data(Agreement).versions) if one.state == "ended"), None
    )
    end = version.terms.end if version else None
    return None if end is None or end >= today(situation) else state_problem(situation)


SUCCESSOR_KNOWN = Guard("successor_known", ("S2-R1", "S4-R1"), _successor_known)
ANOTHER_KOMMUNE = Guard("another_kommune", (), _another_kommune)
NAMES_TERMS = Guard("names_terms", ("S0-R14",), _names_terms)
WITHIN_AGREEMENT = Guard("within_agreement", (), _within_agreement)
AMENDED_RATES_COVER = Guard("amended_rates_cover", ("S0-R14",), _amended_rates_cover)
AMENDMENT_VALID = Guard("amendment_valid", (), _amendment_valid)
NO_CHANGE_APPROVED = Guard("no_change_approved", (), _no_change_approved)
NO_TRANSFER_PENDING = Guard("no_transfer_pending", (), _no_transfer_pending)
MAY_TURN_DOWN = Guard("may_turn_down", ("S0-R16",), _may_turn_down)
IS_ASKED = Guard("is_asked", ("S0-R17",), _is_asked)
NOT_IN_THE_FUTURE = Guard("not_in_the_future", (), _not_in_the_future)
LEFT_AFTER_START = Guard("left_after_start", (), _left_after_start)
START_BY_PAYER = Guard("start_by_payer", ("S4-R1",), _start_by_payer)
START_BEFORE_END = Guard("start_before_end", (), _start_before_end)
ABSENT_WITHIN = Guard("absent_within", (), _absent_within)
ABSENT_ONCE = Guard("absent_once", (), _absent_once)
UNDER_110 = Guard("under_110", (), _under_110)
BEFORE_START = Guard("before_start", (), _before_start)
LINE_EXISTS = Guard("line_exists", (), _line_exists)
OBJECTION_OPEN = Guard("objection_open", (), _objection_open)
AMOUNT_WITH_GRANT = Guard("amount_with_grant", (), _amount_with_grant)
MONTH_IS_OVER = Guard("month_is_over", (), _month_is_over)
CORRECTS_SOMETHING = Guard("corrects_something", (), _corrects_something)
END_IS_KNOWN = Guard("end_is_known", (), _end_is_known)
WAS_CONFIRMED = Guard("was_confirmed", ("S0-R18", "S0-R19"), _was_confirmed)
NOT_OVER_BY_TERMS = Guard("not_over_by_terms", (), _not_over_by_terms)

ANSWER_TO_CHANGE = (*g.MAIL, g.VERSION_CURRENT, g.DIGEST_FITS, MAY_TURN_DOWN)
