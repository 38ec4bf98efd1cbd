"""Turn a step into rows: case, event, documents, deadlines, mails, journal. Rows only.

Everything is staged in the caller's transaction; what goes out is decided here, to the last value,
and made and sent by `outbound` after the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from gateway.pipeline.casebook import Casebook, OpenCase
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
from gateway.pipeline.recipients import Recipient, Recipients
from gateway.pipeline.telling import Cause, Telling
from gateway.settings import Settings
from gateway.store import cases
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.unit import Unit
from parsers.canonical import canonical
from workflows.definition import Procedure
from workflows.effects import (
    Alert,
    ClearDeadline,
    FileUnder,
    ForwardAttachments,
    MakeDocument,
    MakeDraft,
    SendMail,
    SetDeadline,
    TellCase,
)
from workflows.engine import INBOX, SENDER, Case, Step

RenderDraft = Callable[[Mapping[str, Any], str], bytes]
"""The PDF of a draft, from its view and for whom it is: `acting` or `payer`."""


WriteDocument = Callable[[str, Mapping[str, Any]], tuple[str, bytes]]
"""The media type and the bytes of a document, from its name and its view."""


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
        write: WriteDocument,
        now: datetime,
    ) -> None:
        self._unit = unit
        self._casebook = casebook
        self._settings = settings
        self._recipients = recipients
        self._render = render
        self._write = write
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
                case MakeDocument() if opened:
                    self._document(opened.case.number, effect)
                case FileUnder() if opened:
                    self._casebook.file_under(opened, effect.kind, effect.value)
                case TellCase():
                    self._tell(effect)
                case Alert():
                    self._alert(procedure, step, effect)
                case _:
                    pass
        context = Telling(procedure, step, cause, opened, self._now)
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

    def _document(self, number: str, effect: MakeDocument) -> None:
        media_type, content = self._write(effect.key, effect.view)
        cases.add_document(
            self._unit,
            number=number,
            key=effect.key,
            name=effect.title or f"{number} {effect.key}",
            media_type=media_type,
            content=content,
            mail=None,
            at=self._now,
        )

    def _tell(self, effect: TellCase) -> None:
        self._unit.stage(
            t.occurrences,
            number=effect.number,
            name=effect.event,
            body=dict(effect.body),
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

    def _mail(self, effect: SendMail, context: Telling, forwarded: Sequence[str]) -> None:
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

    def _recipient(self, to: str, context: Telling) -> Recipient | None:
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
