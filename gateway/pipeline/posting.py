"""Put a decided mail into the outbox: sealed for whoever can open it, held where nobody could.

A mail to a reader without a certificate is held with an alert; it never leaves in clear. A partner
with a tunnel gets it through that tunnel, signed. The authority's own inbox and its facilities get
a plain variant, which holds nothing but the kind of mail, the case number and a link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.logs import logger
from gateway.pipeline.plans import Plan
from gateway.pipeline.recipients import Recipient
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.outgoing import PLAN
from gateway.store.unit import Unit
from workflows.wording import SHARED

OWN_ROLES = frozenset({"inbox", "facility", "authority"})
# What a partner wrote as its own reference comes back in a readable Subject only if it is a number.
_HARMLESS = re.compile(r"[A-Za-z0-9ÆØÅæøåÄÖäö./_ -]{1,40}")
_CPR_LIKE = re.compile(r"\d{6}[ -]?[0-9A-Za-z]{4}")

_log = logger("posting")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that was decided, and why it goes out."""

    kind: str
    recipient: Recipient
    plan: Plan
    number: str | None = None
    mail: int | None = None
    """The mail that it answers."""
    automatic: bool = False
    """Whether it is an answer beyond the partner's submissions."""


def post(unit: Unit, outgoing: Outgoing, inbox: Recipient, now: datetime) -> None:
    """Stage one outgoing mail. One that nobody could open is held, and the inbox is told so."""
    recipient, plan = outgoing.recipient, outgoing.plan
    if not recipient.can_be_sealed_to and recipient.role in OWN_ROLES and plan.evidence is None:
        plan = replace(plan, personal=False, documents=())
    open_to_all = not plan.personal and recipient.role in OWN_ROLES
    held = not (recipient.can_be_sealed_to or recipient.tunnel or open_to_all)
    _stage(unit, replace(outgoing, plan=plan), "held" if held else "queued", now)
    if held:
        tell_held(unit, outgoing, inbox, now)


def tell_held(unit: Unit, outgoing: Outgoing, inbox: Recipient, now: datetime) -> None:
    """Write into the journal that a mail is held, and mail an alert without content."""
    facts = {"kind": outgoing.kind, "to": outgoing.recipient.role}
    unit.note(
        Note(now, "mail_held", "gateway", mail=outgoing.mail, number=outgoing.number, facts=facts)
    )
    _log.warning("held: no certificate to seal to", case=outgoing.number, **facts)
    words = SHARED.text("held", inbox.language, {"to": outgoing.recipient.key or "-"})
    plan = Plan("alert", inbox.language, values={"what": words}, personal=False)
    _stage(unit, Outgoing("alert", inbox, plan, outgoing.number), "queued", now)


def _stage(unit: Unit, outgoing: Outgoing, state: str, now: datetime) -> None:
    plan = replace(outgoing.plan, reference=harmless(outgoing.plan.reference))
    unit.stage(
        t.outbox,
        number=outgoing.number,
        mail=outgoing.mail,
        kind=outgoing.kind,
        role=outgoing.recipient.role,
        recipient=outgoing.recipient.key,
        to_address=outgoing.recipient.address,
        state=state,
        plan_sealed=unit.seal_json(plan.to_json(), PLAN),
        on_accepted=plan.on_accepted,
        on_failed=plan.on_failed,
        attempts=0,
        next_try=now,
        created_at=now,
        automatic=outgoing.automatic,
    )


def harmless(reference: str | None) -> str | None:
    """The partner's reference, unless personal data could be in it: Subjects are not sealed."""
    if reference is None or not _HARMLESS.fullmatch(reference) or _CPR_LIKE.search(reference):
        return None
    # A reference of letters alone may be a name; one with a digit is a number of some register.
    return reference if any(c.isdigit() for c in reference) else None
