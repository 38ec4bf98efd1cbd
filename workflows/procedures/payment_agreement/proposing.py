"""A version goes out to be approved: the first offer, a change of what settles, a new kommune.

Each is version n with its own digest, its documents and the line that approves it. A version that
nobody has approved yet is superseded by it; the one in force goes on until its successor's day.
"""

from __future__ import annotations

from typing import Any

from workflows.definition import Situation
from workflows.effects import Effect, SendMail
from workflows.events import Party
from workflows.letters import Key
from workflows.procedures.payment_agreement import timers as t
from workflows.procedures.payment_agreement.agreement import Agreement, Version
from workflows.procedures.payment_agreement.draft import (
    approval_line,
    canonical_draft,
    draft_digest,
    make_drafts,
)
from workflows.procedures.payment_agreement.mails import mail
from workflows.procedures.payment_agreement.offers import Terms


def proposed(
    situation: Situation,
    agreement: Agreement,
    terms: Terms,
    purpose: Any = "agreement",
    *,
    reason: str | None = None,
    successor: Party | None = None,
) -> tuple[Agreement, list[Effect]]:
    """Return the agreement with its next version sent out: documents, drafts, deadlines."""
    number = len(agreement.versions) + 1
    canonical = canonical_draft(situation, agreement, number, terms, successor)
    version = Version(
        number=number,
        state="draft",
        terms=terms,
        digest=draft_digest(canonical),
        made_at=situation.event.at,
        made_by=situation.event.actor.key,
        purpose=purpose,
    )
    effects: list[Effect] = [*make_drafts(situation, agreement, version, canonical, successor)]
    effects += _draft_mails(situation, version, reason)
    effects += [*t.clear(t.DRAFT_VALIDITY), watch_answer(situation)]
    if terms.valid_until is not None:
        effects.append(
            t.on_date(situation, t.DRAFT_VALIDITY, terms.valid_until, "terms.valid_until")
        )
    earlier = agreement.current
    if earlier is not None and earlier.state in {"sent", "returned", "expired"}:
        agreement = agreement.with_current(earlier.to("superseded"))
    versions = (*agreement.versions, version.to("sent"))
    changed = agreement.model_copy(update={"versions": versions})
    return changed.reminded(t.DRAFT_ANSWER, 0), effects


def _draft_mails(situation: Situation, version: Version, reason: str | None) -> list[SendMail]:
    """Return a version for each of its readers; why it is changed is not for a payer."""
    terms = version.terms
    rate = terms.rates[0]
    return [
        mail(
            situation,
            "draft",
            role,
            wording,
            documents=documents,
            evidence=True,
            version=version.number,
            line=approval_line(situation, version, role),
            rate=rate.amount,
            unit=Key(f"unit.{rate.unit}"),
            start=terms.start,
            end=terms.end or Key("no_end"),
            valid_until=terms.valid_until or "",
            reason=None if role == "payer" else reason,
        )
        for role, wording, documents in draft_readers(situation, version)
    ]


def draft_readers(situation: Situation, version: Version) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return who gets a version, in which words, with which documents."""
    if version.purpose == "transfer":
        return [("successor", "transfer", version.documents)]
    wording = "amendment" if version.purpose == "amendment" else "draft"
    readers: list[tuple[str, str, tuple[str, ...]]] = [("acting", wording, version.documents)]
    if situation.party("payer") is not None:
        names = (f"terms-{version.number}.pdf", f"terms-{version.number}.json")
        readers.append(("payer", f"{wording}_payer", names))
    return readers


def watch_answer(situation: Situation) -> Effect:
    """Return the days after which a kommune is reminded of a draft."""
    days = situation.policy.timers.draft_answer_days
    return t.in_working_days(situation, t.DRAFT_ANSWER, days, "policy.timers.draft_answer_days")
