"""Whether a notice comes early enough, in the right form, and what it means if it does not.

The arithmetic is that of days: the earliest date is the day of receipt and the period that holds
between the two (S2-R10); the steering agreement's own period goes first (S2-R7).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from parsers.identifiers import LegalBasis
from workflows.definition import MoneyRule, Situation
from workflows.events import ASSURANCES
from workflows.procedures.grant_change_notice.case import Verdict, sides_of
from workflows.procedures.grant_change_notice.messages import ChangeNotice
from workflows.procedures.grant_change_notice.settings import ChangeSettings, PairRule, Period

_REDUCES: Final = frozenset({"decrease", "end"})
_FOURTEEN_WEEKS: Final = ("SEL § 95", "SEL § 96", "SEL § 98", "SEL § 114", "BL § 83", "BL § 84")
_FOURTEEN_WEEKS_EXACTLY: Final = "BL § 87, stk. 4"


def _after_the_period(received: date, period: Period) -> date:
    return period.earliest(received)


def _steering_first(agreed: Period, steering: Period | None) -> Period:
    return agreed if steering is None else steering


NOTICE_PERIOD: Final = MoneyRule("notice_period", ("S2-R10",), _after_the_period)
STEERING_FIRST: Final = MoneyRule("steering_agreement_first", ("S2-R7", "S2-R8"), _steering_first)
RULES: Final = (NOTICE_PERIOD, STEERING_FIRST)


def pair_rule(situation: Situation) -> PairRule:
    """Return what the two sides of a notice have agreed on."""
    sides = sides_of(situation.event.body)
    day = situation.calendar.local_date(situation.event.at)
    return situation.settings(ChangeSettings).rule_for(sides.kommuner, day)


def judge(situation: Situation) -> Verdict:
    """Return how a notice is judged."""
    notice = situation.body(ChangeNotice)
    received = situation.calendar.local_date(situation.event.at)
    agreed = pair_rule(situation)
    settings = situation.settings(ChangeSettings)
    sides = sides_of(notice).kommuner
    covered = notice.covered_by_framework
    steering = settings.steering_period(sides, received) if covered else None
    period: Period = STEERING_FIRST.apply(agreed.period, steering)
    earliest: date = NOTICE_PERIOD.apply(received, period)
    level = "FIXED_RULE" if period is steering else agreed.level
    short = notice.effective_date < earliest
    binding = short and level == "FIXED_RULE"
    return Verdict(
        level=level,
        period=period,
        earliest=earliest,
        takes_effect=earliest if binding else notice.effective_date,
        received_at=situation.event.at,
        steering=period is steering,
        warnings=(
            *(("short_notice",) if short and not binding else ()),
            *_citizen_notice(notice, settings),
            *(("form",) if form_missing(situation, agreed) else ()),
        ),
    )


def is_short(situation: Situation) -> bool:
    """Whether a fixed rule was broken: the old terms hold until the earliest date."""
    verdict = judge(situation)
    return verdict.takes_effect > situation.body(ChangeNotice).effective_date


def is_warned(situation: Situation) -> bool:
    """Whether a notice is shorter than what binds nobody: it holds, with a warning (S2-R12)."""
    return "short_notice" in judge(situation).warnings


def form_missing(situation: Situation, rule: PairRule) -> str | None:
    """Return what the agreed form asks for and the notice lacks: `sealed` or `decision`."""
    event = situation.event
    if not event.by_mail:
        return None
    if rule.form == "message":
        return None
    if rule.form == "sealed_message":
        sealed = ASSURANCES.index(event.assurance) >= ASSURANCES.index("sealed")
        return None if sealed else "sealed"
    return None if event.attachments else "decision"


def _citizen_notice(notice: ChangeNotice, settings: ChangeSettings) -> tuple[str, ...]:
    """The citizen's own notice is another matter than that between kommuner, and easily missed."""
    if notice.change not in _REDUCES or not needs_citizen_notice(notice.legal_basis):
        return ()
    if notice.decision_date is None:
        return ("decision_date_missing",)
    earliest = notice.decision_date + timedelta(weeks=settings.citizen_notice_weeks)
    return ("citizen_notice",) if notice.effective_date < earliest else ()


def needs_citizen_notice(basis: LegalBasis) -> bool:
    """Whether a paragraph is one of those with the citizen's notice of fourteen weeks."""
    pieces = [piece.split(", nr.")[0] for piece in basis.split(" + ")]
    exactly = (piece.split(", stk.")[0] for piece in pieces)
    return _FOURTEEN_WEEKS_EXACTLY in pieces or any(one in _FOURTEEN_WEEKS for one in exactly)
