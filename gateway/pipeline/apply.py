"""Turn a step into rows: case, event, documents, deadlines, mails, journal. Rows only.

Everything is staged in the caller's transaction; what goes out is decided here, to the last value,
and made and sent by `outbound` after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import post
from gateway.pipeline.recipients import Recipient, Recipients
from gateway.pipeline.sender import Sender
from gateway.settings import Settings
from gateway.store import cases
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.tables import written_time
from gateway.store.unit import Unit
from parsers.canonical import canonical
from parsers.problems import Problem
from workflows.definition import Procedure
from workflows.effects import (
    Alert,
    ClearDeadline,
    ForwardAttachments,
    MakeDraft,
    SendMail,
    SetDeadline,
)
from workflows.engine import INBOX, SENDER, Case, Event, Step

RenderDraft = Callable[[Mapping[str, Any], str], bytes]
"""The PDF of a draft, from its view and for whom it is: `acting` or `payer`."""


@dataclass(frozen=True, slots=True)
class About:
    """The mail that a case last moved by: what a receipt sent later is about."""

    mail: int | None = None
    message_id: str | None = None
    reference: str | None = None
    sender: Mapping[str, Any] | None = None
    parts: Mapping[str, Any] | None = None
    """Of the evidence: message, sender and content."""

    def to_json(self) -> dict[str, Any]:
        """As kept with the case."""
        return {
            "mail": self.mail,
            "message_id": self.message_id,
            "reference": self.reference,
            "parts": self.parts,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> About:
        """The reverse of `to_json`."""
        return cls(kept["mail"], kept["message_id"], kept["reference"], None, kept["parts"])


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a step was taken: the mail, act or occurrence behind it."""

    event: Event
    actor: str
    about: About
    sender: Sender | None = None


class Applier:
    """Writes steps; made once for a batch, with the directory of that moment."""

    def __init__(self, *, settings: Settings, recipients: Recipients, render: RenderDraft) -> None:
        self._settings = settings
        self._recipients = recipients
        self._render = render

    def apply(
        self,
        unit: Unit,
        procedure: Procedure,
        step: Step,
        cause: Cause,
        kept: cases.Kept | None,
        now: datetime,
    ) -> None:
        """Stage everything that a step asks for."""
        if step.case is not None and not step.refused and step.move is not None:
            self._case(unit, step, step.case, cause, kept)
            self._history(unit, step, step.case, cause, now)
        self._effects(unit, procedure, step, cause, kept, now)

    def _case(
        self, unit: Unit, step: Step, case: Case, cause: Cause, kept: cases.Kept | None
    ) -> None:
        moved = step.from_state != step.to_state and cause.about.parts is not None
        before = kept.body if kept else {"references": {}}
        references = dict(before["references"])
        if cause.about.reference and cause.sender:
            references[cause.sender.key] = cause.about.reference
        about = cause.about.to_json() if moved or kept is None else before["about"]
        body = {"case": case.to_json(), "about": about, "references": references}
        if kept is not None:
            cases.save(unit, case.number, body, case.state)
            return
        acting = case.party("acting")
        facility = case.party("facility")
        unit.stage(
            t.cases,
            number=case.number,
            procedure=case.procedure,
            state=case.state,
            opened_at=case.opened_at,
            partner=acting.key if acting else "",
            facility=facility.key if facility else None,
            version=1,
            body_sealed=unit.seal_json(body, cases.case_context(case.number)),
        )

    def _history(self, unit: Unit, step: Step, case: Case, cause: Cause, now: datetime) -> None:
        states = (step.from_state, *step.path) if step.path else (step.from_state, step.to_state)
        for before, after in pairwise(states):
            unit.stage(
                t.case_events,
                number=case.number,
                at=now,
                event=cause.event.name,
                from_state=before,
                to_state=after,
                rules=list(step.rules),
                mail=cause.about.mail,
                actor=cause.actor,
                note=None,
            )
        facts = {
            "event": cause.event.name,
            "from": step.from_state,
            "to": step.to_state,
            "rules": list(step.rules),
        }
        unit.note(
            Note(now, "moved", cause.actor, mail=cause.about.mail, number=case.number, facts=facts)
        )

    def _effects(
        self,
        unit: Unit,
        procedure: Procedure,
        step: Step,
        cause: Cause,
        kept: cases.Kept | None,
        now: datetime,
    ) -> None:
        number = step.case.number if step.case else None
        forwarded: dict[str, tuple[str, ...]] = {}
        due = _Due(unit, number)
        for effect in step.effects:
            match effect:
                case ForwardAttachments():
                    forwarded[effect.to] = tuple(a.document_id for a in effect.attachments)
                case SetDeadline() if number:
                    self._set_deadline(unit, number, effect, now)
                    due.set(effect.name, effect.due, effect.who)
                case ClearDeadline() if number:
                    cases.end_deadline(unit, number, effect.name, "met", now)
                    due.clear(effect.name)
                case MakeDraft() if number:
                    self._draft(unit, number, effect, now)
                case Alert():
                    self._alert(unit, procedure, number, effect, now)
                case _:
                    pass
        context = _Context(procedure, step, cause, kept, now, number, due.next())
        for effect in step.effects:
            if isinstance(effect, SendMail):
                self._mail(unit, effect, context, forwarded.get(effect.to, ()))

    def _set_deadline(self, unit: Unit, number: str, effect: SetDeadline, now: datetime) -> None:
        cases.end_deadline(unit, number, effect.name, "met", now)
        unit.stage(
            t.deadlines,
            number=number,
            name=effect.name,
            due=effect.due,
            who=effect.who,
            state="waiting",
            count=dict(effect.count),
            set_at=now,
        )

    def _draft(self, unit: Unit, number: str, effect: MakeDraft, now: datetime) -> None:
        for key, media_type, content in (
            (f"{effect.key}.json", "application/json", canonical(dict(effect.canonical))),
            (f"{effect.key}.pdf", "application/pdf", self._render(effect.view, effect.audience)),
        ):
            cases.add_document(
                unit,
                number=number,
                key=key,
                name=f"{number} {key}",
                media_type=media_type,
                content=content,
                mail=None,
                at=now,
            )

    def _alert(
        self,
        unit: Unit,
        procedure: Procedure,
        number: str | None,
        effect: Alert,
        now: datetime,
    ) -> None:
        language = self._settings.authority.language
        words = procedure.wording.text(f"alert.{effect.code}", language, effect.values)
        plan = Plan(wording="alert", language=language, values={"what": words}, personal=False)
        post(
            unit,
            kind="alert",
            recipient=self._recipients.inbox(),
            plan=plan,
            number=number,
            mail=None,
            now=now,
        )
        facts = {"code": effect.code}
        unit.note(Note(now, "alert", "gateway", number=number, facts=facts))

    def _mail(
        self, unit: Unit, effect: SendMail, context: _Context, forwarded: Sequence[str]
    ) -> None:
        recipient = self._recipient(effect.to, context)
        if recipient is None:
            facts = {"to": effect.to, "kind": effect.kind}
            note = Note(context.now, "no_recipient", "gateway", number=context.number, facts=facts)
            unit.note(note)
            return
        about = context.about_for(recipient)
        plan = Plan(
            wording=effect.wording,
            language=recipient.language,
            procedure=context.procedure.name,
            values=dict(effect.values) | context.error_values(recipient.language),
            documents=(*effect.documents, *forwarded),
            evidence=context.evidence(effect, recipient.language) if effect.evidence else None,
            in_reply_to=about.message_id if about else None,
            reference=context.reference_of(recipient),
            personal=effect.personal,
            report=recipient.report and effect.evidence,
            on_accepted=effect.on_accepted,
            on_failed=effect.on_failed,
        )
        post(
            unit,
            kind=effect.kind,
            recipient=recipient,
            plan=plan,
            number=context.number,
            mail=about.mail if about else None,
            now=context.now,
        )

    def _recipient(self, to: str, context: _Context) -> Recipient | None:
        if to == INBOX:
            return self._recipients.inbox()
        if to == SENDER:
            sender = context.cause.sender
            return self._recipients.sender(sender) if sender else None
        party = context.step.case.party(to) if context.step.case else None
        if party is None:
            party = next((p for p in context.cause.event.parties if p.role == to), None)
        found = self._recipients.party(party) if party else None
        sender = context.cause.sender
        if found and sender and sender.key == found.key and sender.kind == "partner":
            # Answer the address that was written from, which is one of the partner's registered.
            return replace(found, address=sender.address)
        return found


@dataclass(frozen=True, slots=True)
class _Context:
    """What all mails of one step share."""

    procedure: Procedure
    step: Step
    cause: Cause
    kept: cases.Kept | None
    now: datetime
    number: str | None
    next: Mapping[str, Any] | None

    @property
    def about(self) -> About:
        """The mail that evidence of this step is about."""
        if self.cause.about.parts is not None or self.kept is None:
            return self.cause.about
        return About.from_json(self.kept.body["about"])

    def about_for(self, recipient: Recipient) -> About | None:
        """The mail that a mail to this reader answers: only its own."""
        about = self.about
        sender = (about.parts or {}).get("sender") or {}
        return about if recipient.key and sender.get("partner") == recipient.key else None

    def reference_of(self, recipient: Recipient) -> str | None:
        """The reader's own reference for the case."""
        sender = self.cause.sender
        if sender is not None and sender.key == recipient.key and self.cause.about.reference:
            return self.cause.about.reference
        if self.kept is None or recipient.key is None:
            return None
        known: str | None = self.kept.body["references"].get(recipient.key)
        return known

    def error_values(self, language: str) -> dict[str, str]:
        """The refusals as lines of text."""
        if not self.step.refused:
            return {}
        return {"errors": error_lines(self.step.refused, language)}

    def evidence(self, effect: SendMail, language: str) -> dict[str, Any]:
        """The parts of the evidence that are known now."""
        parts = dict(self.about.parts or {"message": None, "sender": None, "content": None})
        step = self.step
        if step.case is not None:
            parts["case"] = {
                "number": step.case.number,
                "procedure": step.case.procedure,
                "from": step.path[-2] if len(step.path) > 1 else step.from_state,
                "to": step.to_state,
                "rules": list(step.rules),
            }
        if step.refused:
            parts["errors"] = error_rows(step.refused, language)
        draft = drafted(step)
        if draft is not None:
            parts["draft"] = draft
        body = self.cause.event.body
        how = getattr(body, "evidence", None)
        if how is not None and effect.kind in {"received", "confirmed"}:
            parts["delivery"] = {
                "to": getattr(body, "role", ""),
                "accepted": how,
                "at": written_time(self.now)[:19] + "Z",
            }
        if self.cause.event.assurance == "act" and self.cause.event.actor.person:
            parts["act"] = {
                "name": self.cause.event.name,
                "person": self.cause.event.actor.person,
            }
        parts["next"] = self.next
        parts["kind"] = effect.kind
        return parts


class _Due:
    """The deadlines that a case waits for after a step; read only when asked."""

    def __init__(self, unit: Unit, number: str | None) -> None:
        self._unit = unit
        self._number = number
        self._set: dict[str, tuple[datetime, str]] = {}

    def set(self, name: str, due: datetime, who: str) -> None:
        self._set[name] = (due, who)

    def clear(self, name: str) -> None:
        self._set.pop(name, None)

    def next(self) -> dict[str, Any] | None:
        if self._number is None:
            return None
        found = [(due, name, who) for name, (due, who) in self._set.items()]
        kept = cases.next_deadline(self._unit, self._number)
        if kept is not None:
            found.append((kept.due, kept.name, kept.who))
        if not found:
            return None
        due, name, who = min(found)
        return {"deadline": name, "due": written_time(due)[:19] + "Z", "who": who}


def drafted(step: Step) -> dict[str, Any] | None:
    """Version and digest of the agreement that a step is about, where the procedure has one."""
    for effect in step.effects:
        if isinstance(effect, MakeDraft):
            return {"version": effect.version, "digest": effect.digest}
    current = getattr(step.case.data, "current", None) if step.case else None
    if current is None:
        return None
    return {"version": current.number, "digest": current.digest}


def error_rows(problems: Sequence[Problem], language: str) -> list[dict[str, str]]:
    """Refusals as the evidence has them."""
    return [{"code": p.code, "path": p.path, "text": p.text(language)} for p in problems]


def error_lines(problems: Sequence[Problem], language: str) -> str:
    """Refusals as lines of a mail."""
    return "\n".join(f"- {p.text(language)}" for p in problems)
