"""Turn a step into rows: case, event, documents, deadlines, mails, journal. Rows only.

Everything is staged in the caller's transaction; what goes out is decided here, to the last value,
and made and sent by `outbound` after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from gateway.pipeline.casebook import Casebook, OpenCase
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
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

RECEIPTS: Final = frozenset({"received", "accepted_not_delivered", "corrected"})
"""What answers a request although something else, such as a delivery, causes it."""

RenderDraft = Callable[[Mapping[str, Any], str], bytes]
"""The PDF of a draft, from its view and for whom it is: `acting` or `payer`."""


@dataclass(frozen=True, slots=True)
class About:
    """The mail that a case last moved by: what a receipt sent later is about."""

    mail: int | None = None
    message_id: str | None = None
    reference: str | None = None
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
        return cls(kept["mail"], kept["message_id"], kept["reference"], kept["parts"])


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a step was taken: the mail, act or occurrence behind it."""

    event: Event
    actor: str
    about: About
    sender: Sender | None = None
    automatic: bool = False
    """Whether the answer is one beyond the partner's submissions, of which there is a limit."""
    silent: bool = False
    """Whether that limit is reached: the sender gets no answer."""


class Applier:
    """Writes steps; made once for a batch, with the directory of that moment."""

    def __init__(
        self,
        *,
        unit: Unit,
        casebook: Casebook,
        settings: Settings,
        recipients: Recipients,
        render: RenderDraft,
        now: datetime,
    ) -> None:
        self._unit = unit
        self._casebook = casebook
        self._settings = settings
        self._recipients = recipients
        self._render = render
        self._now = now

    def apply(
        self, procedure: Procedure, step: Step, cause: Cause, opened: OpenCase | None
    ) -> None:
        """Stage everything that a step asks for; `opened` is None where it opens a case."""
        if step.case is not None and not step.refused and step.move is not None:
            opened = self._case(procedure, step, step.case, cause, opened)
            self._history(step, step.case, cause)
        self._effects(procedure, step, cause, opened)

    def _case(
        self,
        procedure: Procedure,
        step: Step,
        case: Case,
        cause: Cause,
        opened: OpenCase | None,
    ) -> OpenCase:
        references = dict(opened.references) if opened else {}
        if cause.about.reference and cause.sender:
            references[cause.sender.key] = cause.about.reference
        if opened is None:
            about = cause.about.to_json()
            opened = OpenCase(case, procedure, 1, about, references)
            self._casebook.add(opened)
            return opened
        opened.case, opened.references = case, references
        moved_by_mail = step.from_state != step.to_state and cause.about.parts is not None
        if moved_by_mail:
            opened.about = cause.about.to_json()
        self._casebook.save(opened, moved_by_mail=moved_by_mail)
        return opened

    def _history(self, step: Step, case: Case, cause: Cause) -> None:
        states = (step.from_state, *step.path) if step.path else (step.from_state, step.to_state)
        for before, after in pairwise(states):
            self._unit.stage(
                t.case_events,
                number=case.number,
                at=self._now,
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
        self._unit.note(
            Note(
                self._now,
                "moved",
                cause.actor,
                mail=cause.about.mail,
                number=case.number,
                facts=facts,
            )
        )

    def _effects(
        self, procedure: Procedure, step: Step, cause: Cause, opened: OpenCase | None
    ) -> None:
        forwarded: dict[str, tuple[str, ...]] = {}
        for effect in step.effects:
            match effect:
                case ForwardAttachments():
                    forwarded[effect.to] = tuple(a.document_id for a in effect.attachments)
                case SetDeadline() if opened:
                    row = {
                        "name": effect.name,
                        "due": effect.due,
                        "who": effect.who,
                        "count": dict(effect.count),
                    }
                    self._casebook.set_deadline(opened, row, self._now)
                case ClearDeadline() if opened:
                    self._casebook.end_deadline(opened, effect.name, self._now)
                case MakeDraft() if opened:
                    self._draft(opened.case.number, effect)
                case Alert():
                    self._alert(procedure, step, effect)
                case _:
                    pass
        context = _Context(procedure, step, cause, opened, self._now)
        for effect in step.effects:
            if isinstance(effect, SendMail):
                self._mail(effect, context, forwarded.get(effect.to, ()))

    def _draft(self, number: str, effect: MakeDraft) -> None:
        for key, media_type, content in (
            (f"{effect.key}.json", "application/json", canonical(dict(effect.canonical))),
            (f"{effect.key}.pdf", "application/pdf", self._render(effect.view, effect.audience)),
        ):
            cases.add_document(
                self._unit,
                number=number,
                key=key,
                name=f"{number} {key}",
                media_type=media_type,
                content=content,
                mail=None,
                at=self._now,
            )

    def _alert(self, procedure: Procedure, step: Step, effect: Alert) -> None:
        number = step.case.number if step.case else None
        language = self._settings.authority.language
        words = procedure.wording.text(f"alert.{effect.code}", language, effect.values)
        plan = Plan(wording="alert", language=language, values={"what": words}, personal=False)
        self._post(Outgoing("alert", self._recipients.inbox(), plan, number))
        facts = {"code": effect.code}
        self._unit.note(Note(self._now, "alert", "gateway", number=number, facts=facts))

    def _post(self, outgoing: Outgoing) -> None:
        post(self._unit, outgoing, self._recipients.inbox(), self._now)

    def _mail(self, effect: SendMail, context: _Context, forwarded: Sequence[str]) -> None:
        if effect.to == SENDER and context.cause.silent:
            return
        recipient = self._recipient(effect.to, context)
        if recipient is None:
            facts = {"to": effect.to, "kind": effect.kind}
            note = Note(self._now, "no_recipient", "gateway", number=context.number, facts=facts)
            self._unit.note(note)
            return
        about = context.about_for(recipient)
        plan = Plan(
            wording=effect.wording,
            language=recipient.language,
            procedure=context.procedure.name,
            values=dict(effect.values) | context.error_values(recipient.language),
            documents=(*effect.documents, *forwarded),
            evidence=context.evidence(effect, recipient) if effect.evidence else None,
            in_reply_to=about.message_id if about else None,
            reference=context.reference_of(recipient),
            personal=effect.personal,
            report=recipient.report and effect.evidence,
            on_accepted=effect.on_accepted,
            on_failed=effect.on_failed,
        )
        self._post(
            Outgoing(
                effect.kind,
                recipient,
                plan,
                context.number,
                about.mail if about and context.answers(effect) else None,
                automatic=effect.to == SENDER and context.cause.automatic,
            )
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
    opened: OpenCase | None
    now: datetime

    @property
    def number(self) -> str | None:
        """The case's number; None where none was opened."""
        return self.step.case.number if self.step.case else None

    @property
    def about(self) -> About:
        """The mail that evidence of this step is about."""
        if self.cause.about.parts is not None or self.opened is None:
            return self.cause.about
        return About.from_json(self.opened.about)

    @property
    def next(self) -> dict[str, Any] | None:
        """The next deadline after the step."""
        waiting = self.opened.waiting.values() if self.opened else ()
        first = min(waiting, key=lambda due: (due.due, due.name), default=None)
        if first is None:
            return None
        return {
            "deadline": first.name,
            "due": written_time(first.due)[:19] + "Z",
            "who": first.who,
        }

    def about_for(self, recipient: Recipient) -> About | None:
        """The mail that a mail to this reader answers: only its own."""
        about = self.about
        sender = (about.parts or {}).get("sender") or {}
        return about if recipient.key and sender.get("partner") == recipient.key else None

    def answers(self, effect: SendMail) -> bool:
        """Whether a mail is the answer to the mail that it is about, and not only later news."""
        return self.cause.about.parts is not None or effect.kind in RECEIPTS

    def reference_of(self, recipient: Recipient) -> str | None:
        """The reader's own reference for the case."""
        sender = self.cause.sender
        if sender is not None and sender.key == recipient.key and self.cause.about.reference:
            return self.cause.about.reference
        if self.opened is None or recipient.key is None:
            return None
        return self.opened.references.get(recipient.key)

    def error_values(self, language: str) -> dict[str, str]:
        """The refusals as lines of text."""
        if not self.step.refused:
            return {}
        return {"errors": error_lines(self.step.refused, language)}

    def evidence(self, effect: SendMail, recipient: Recipient) -> dict[str, Any]:
        """The parts of the evidence that are known now, and that this reader may see."""
        parts = dict(self.about.parts or {"message": None, "sender": None, "content": None})
        if parts["content"] and self.about_for(recipient) is None:
            # What somebody else submitted stays between them and us; its digest proves it.
            parts["content"] = {**parts["content"], "fields": {}}
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
            parts["errors"] = error_rows(step.refused, recipient.language)
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
