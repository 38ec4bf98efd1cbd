"""The draft agreement (da: betalingsaftaleudkast): what its digest is over, what it prints.

The digest is SHA-256 over the RFC 8785 canonical JSON of `canonical_draft`: all fields present,
absent is null, money in two-decimal strings, text in NFC. The JSON document that goes with the PDF
is exactly those bytes, so that `sha256sum draft-1.json` gives the digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from parsers.canonical import digest
from parsers.values import write_date
from workflows.definition import Situation
from workflows.effects import MakeDraft
from workflows.errors import WrongEvent
from workflows.events import Party
from workflows.procedures.payment_agreement.agreement import Agreement, Version
from workflows.procedures.payment_agreement.offers import Terms
from workflows.procedures.payment_agreement.plan import lines_to, planning_horizon

SHORT: Final = 16
"""So many hex digits of the digest stand in the line that people copy."""

PLAN_COLUMNS: Final = (
    "month",
    "first",
    "last",
    "label",
    "unit",
    "quantity",
    "rate",
    "amount",
)
_PAYER_TERMS: Final = ("facility", "rates", "start", "end", "supplements", "notice_policy")
_PAYER_REST: Final = ("billing", "valid_until")


def party(situation: Situation, role: str) -> Party:
    """Return a party that every case has. Raises WrongEvent where the gateway gave none."""
    found = situation.party(role)
    if found is None:
        raise WrongEvent(f"the case has no party {role}")
    return found


def canonical_draft(
    situation: Situation,
    agreement: Agreement,
    version: int,
    terms: Terms,
    successor: Party | None = None,
) -> dict[str, Any]:
    """Return what the digest is over; a successor stands where acting and paying kommune stood."""
    acting = successor or party(situation, "acting")
    payer = successor or situation.party("payer") or acting
    request = agreement.request
    return {
        "authority": party(situation, "authority").cvr,
        "case": situation.number,
        "version": version,
        "kind": request.kind,
        "parties": {
            "acting": acting.cvr,
            "payer": payer.cvr,
            "facility": party(situation, "facility").cvr or None,
        },
        "citizen": request.citizen.model_dump(mode="json"),
        "terms": terms.model_dump(mode="json", by_alias=True),
    }


def draft_digest(canonical: Mapping[str, Any]) -> str:
    """Return the digest of a draft."""
    return digest(canonical)


def approval_line(situation: Situation, version: Version, role: str) -> str:
    """Return the line that people copy into a signed reply to approve."""
    word = situation.wording.text("reply.approved", situation.reader(role))
    return f"{word} {situation.number}/{version.number} {version.digest[:SHORT]}"


def make_drafts(
    situation: Situation,
    agreement: Agreement,
    version: Version,
    canonical: Mapping[str, Any],
    successor: Party | None = None,
) -> tuple[MakeDraft, ...]:
    """Return the documents of a version: for the acting kommune, and for a payer of its own."""
    view = _view(situation, agreement, version, successor)
    whole = MakeDraft(
        key=f"draft-{version.number}",
        version=version.number,
        digest=version.digest,
        canonical=canonical,
        view=view,
    )
    if situation.party("payer") is None or successor is not None:
        return (whole,)
    kept = {name: canonical["terms"][name] for name in (*_PAYER_TERMS, *_PAYER_REST)}
    citizen = {name: canonical["citizen"][name] for name in ("cpr", "name")}
    terms = MakeDraft(
        key=f"terms-{version.number}",
        version=version.number,
        digest=version.digest,
        canonical={**canonical, "citizen": citizen, "terms": kept, "digest": version.digest},
        view=view,
        audience="payer",
    )
    return whole, terms


def _view(
    situation: Situation, agreement: Agreement, version: Version, successor: Party | None
) -> dict[str, Any]:
    terms, request = version.terms, agreement.request
    dumped = terms.model_dump(mode="json", by_alias=True)
    authority = party(situation, "authority")
    return {
        "case": situation.number,
        "version": version.number,
        "digest": version.digest,
        "date": situation.calendar.local_date(version.made_at).isoformat(),
        "kind": request.kind,
        "authority": {"name": authority.name, "cvr": authority.cvr},
        "parties": _parties(situation, agreement, successor),
        "purpose": version.purpose,
        "citizen": _citizen(agreement),
        "legal_basis": terms.legal_basis,
        "facility": terms.facility_name,
        "reference": agreement.reference,
        "duration": request.duration,
        "need": request.need,
        "plan": _plan(situation, version),
        "terms": {
            "rates": [_rate(rate) for rate in dumped["rates"]],
            "start": dumped["start"],
            "end": dumped["end"],
            "service": terms.service,
            "scope": terms.scope,
            "supplements": [_rate(one) | {"label": one["text"]} for one in dumped["supplements"]],
            "billing": billing_words(situation, terms),
            "matching": _matching(terms),
            "notice_policy": notice_words(situation, terms),
            "valid_until": dumped["valid_until"],
            "operator": terms.operator,
            "special_terms": _special(situation, agreement, version),
        },
    }


def _rate(rate: Mapping[str, Any]) -> dict[str, Any]:
    level = rate.get("price_level")
    return {
        "amount": rate["amount"],
        "unit": rate["unit"],
        "from": rate["from"],
        "to": rate["to"],
        "price_level": str(level) if level else None,
        "hours": rate["hours"],
    }


def _parties(
    situation: Situation, agreement: Agreement, successor: Party | None
) -> list[dict[str, Any]]:
    worker = agreement.answers
    contact = [part for part in (worker.name, worker.phone, worker.email) if part]
    if successor is not None:
        contact = []
    shown = []
    for role in ("acting", "payer", "facility"):
        found = situation.party(role)
        if successor is not None and role != "facility":
            found = successor if role == "acting" else None
        if found is not None:
            lines = contact if role == "acting" else []
            signs = role != "facility"
            shown.append(
                {
                    "role": role,
                    "name": found.name,
                    "cvr": found.cvr or None,
                    "lines": lines,
                    "signs": signs,
                }
            )
    return shown


def _citizen(agreement: Agreement) -> dict[str, Any]:
    citizen = agreement.request.citizen
    return {
        "name": citizen.name,
        "cpr": str(citizen.cpr) if citizen.cpr else None,
        "address": None if citizen.protected_address else citizen.address,
        "guardians": [guardian.name for guardian in citizen.guardians],
    }


def _matching(terms: Terms) -> list[str] | None:
    if terms.matching is None:
        return None
    match = terms.matching
    return [part for part in (match.need_category, match.package, match.remarks) if part] or None


def _plan(situation: Situation, version: Version) -> list[dict[str, Any]]:
    terms = version.terms
    until = terms.end or planning_horizon(terms.start, situation.policy)
    lines = lines_to(
        terms,
        until,
        situation.policy,
        situation.wording,
        "da",
        begins=version.purpose == "agreement",
        ends=terms.end is not None,
    )
    return [line.model_dump(mode="json", include=set(PLAN_COLUMNS)) for line in lines]


def _special(situation: Situation, agreement: Agreement, version: Version) -> str | None:
    """Say what a change replaces, and from when."""
    before = agreement.settles
    if version.purpose == "agreement" or before is None:
        return None
    values = {"version": str(before.number), "day": write_date(version.terms.start, "da")}
    return situation.wording.text(f"change.replaces_{version.purpose}", "da", values)


def notice_words(situation: Situation, terms: Terms) -> str:
    """Return the notice period in words."""
    notice, language = terms.notice_policy, situation.reader("acting")
    stem = "notice.running" if notice.running_month else "notice.plain"
    unit = "months" if notice.plus_months is not None else "days"
    number = notice.plus_months if notice.plus_months is not None else notice.plus_days
    return situation.wording.text(f"{stem}_{unit}", language, {"n": str(number)})


def billing_words(situation: Situation, terms: Terms) -> list[str]:
    """Return how it is billed, in words."""
    billing, language = terms.billing, situation.reader("acting")
    when = "billing.in_advance" if billing.in_advance else "billing.in_arrears"
    said = [
        situation.wording.text(when, language),
        situation.wording.text("billing.due", language, {"n": str(billing.due_days)}),
    ]
    if billing.ean:
        said.append(situation.wording.text("billing.ean", language, {"ean": billing.ean}))
    if billing.reference:
        values = {"reference": billing.reference}
        said.append(situation.wording.text("billing.reference", language, values))
    return said


def backdated(situation: Situation, start: date) -> bool:
    """Whether a start lies before the day of the event."""
    return start < situation.calendar.local_date(situation.event.at)


def asked(situation: Situation, version: Version) -> tuple[str, ...]:
    """Name the roles that have to approve a version."""
    if version.purpose == "transfer":
        return ("successor",)
    if situation.party("payer") is not None and situation.policy.approval_by == "both":
        return "acting", "payer"
    return ("acting",)


def awaited(situation: Situation, version: Version) -> tuple[str, ...]:
    """Name the parties whose approval is still missing."""
    return tuple(role for role in asked(situation, version) if not version.approved_by(role))
