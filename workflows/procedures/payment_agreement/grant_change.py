"""A change of the citizen's grant was notified in a case of its own (S2-R10): this one is told.

The terms change only by a new version; the facility and the inbox hear what is coming.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from workflows.bodies import Body, Line
from workflows.definition import Move, Outcome, Situation
from workflows.events import INBOX
from workflows.letters import Key
from workflows.procedures.payment_agreement.agreement import Agreement
from workflows.procedures.payment_agreement.mails import mail

GRANT_CHANGED: Final = "grant_changed"
_RUNNING: Final = ("APPROVED", "CONFIRMED", "SETTLEMENT_ACTIVE", "TERMINATING")


class GrantChanged(Body):
    """What the notice's case tells."""

    notice: Line
    """The number of the notice's case."""
    change: Line
    """What changes, as the notice's code says."""
    takes_effect: date
    needs_new_agreement: bool
    withdrawn: bool = False


def _tell(situation: Situation) -> Outcome:
    told = situation.body(GrantChanged)
    what = "withdrawn" if told.withdrawn else "new" if told.needs_new_agreement else "same"
    mails = [
        mail(
            situation,
            "notice",
            to,
            "grant_changed",
            notice=told.notice,
            takes_effect=told.takes_effect,
            what=Key(f"grant_changed.{what}"),
        )
        for to in (INBOX, "facility")
    ]
    return Outcome(situation.data(Agreement), tuple(mails))


GRANT_CHANGE_MOVES: Final = (
    Move(
        name="hear_of_grant_change",
        sources=_RUNNING,
        events=(GRANT_CHANGED,),
        target=None,
        who=("gateway",),
        reason="Who runs the agreement has to hear what will change it.",
        act=_tell,
    ),
)
