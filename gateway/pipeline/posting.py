"""Put a decided mail into the outbox: sealed for whoever can open it, held where nobody could.

A mail with personal data to a reader without a certificate is held with an alert; it never leaves
in clear. The authority's own inbox and its facilities get the plain variant instead, which holds
nothing but the kind of mail, the case number and a link.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from gateway.logs import logger
from gateway.pipeline.plans import Plan
from gateway.pipeline.recipients import Recipient
from gateway.store import outgoing
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Unit

OWN_ROLES = frozenset({"inbox", "facility", "authority"})
# What a partner wrote as its own reference comes back in a readable Subject only if it is a number.
_HARMLESS = re.compile(r"[A-Za-z0-9ÆØÅæøåÄÖäö./_ -]{1,40}")
_CPR_LIKE = re.compile(r"\d{6}[ -]?[0-9A-Za-z]{4}")

_log = logger("posting")


def post(
    unit: Unit,
    *,
    kind: str,
    recipient: Recipient,
    plan: Plan,
    number: str | None,
    mail: int | None,
    now: datetime,
    automatic: bool = False,
) -> None:
    """Stage one outgoing mail; one that is held is told in the journal too."""
    plan = replace(plan, reference=harmless(plan.reference))
    state = "queued"
    if recipient.certificate is None and plan.personal:
        if recipient.role in OWN_ROLES and plan.evidence is None:
            plan = replace(plan, personal=False, documents=())
        else:
            state = "held"
            _log.warning("held: no certificate to seal to", case=number, role=recipient.role)
    unit.stage(
        t.outbox,
        number=number,
        mail=mail,
        kind=kind,
        role=recipient.role,
        recipient=recipient.key,
        to_address=recipient.address,
        state=state,
        plan_sealed=unit.seal_json(plan.to_json(), outgoing.PLAN),
        attempts=0,
        next_try=now,
        created_at=now,
        automatic=automatic,
    )
    if state == "held":
        facts = {"kind": kind, "to": recipient.role}
        unit.note(Note(now, "mail_held", "gateway", mail=mail, number=number, facts=facts))


def harmless(reference: str | None) -> str | None:
    """The partner's reference, unless personal data could be in it: Subjects are not sealed."""
    if reference is None or not _HARMLESS.fullmatch(reference) or _CPR_LIKE.search(reference):
        return None
    # A reference of letters alone may be a name; one with a digit is a number of some register.
    return reference if any(c.isdigit() for c in reference) else None
