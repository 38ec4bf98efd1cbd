"""What the mails of one step tell: which mail it is about, and the parts of its evidence."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gateway.pipeline.casebook import OpenCase
from gateway.pipeline.grouping import error_lines
from gateway.pipeline.reading import Read
from gateway.pipeline.recipients import Recipient
from gateway.pipeline.sender import Sender
from gateway.store.mails import Waiting
from gateway.store.times import written_time
from parsers.problems import Problem, first_of
from workflows.definition import Procedure
from workflows.effects import MakeDraft, SendMail
from workflows.engine import Event, Step
from workflows.explain import settings_in_words

RECEIPTS: Final = frozenset({"received", "accepted_not_delivered", "corrected"})
"""What answers a request although something else, such as a delivery, causes it."""
_MOST_ERRORS: Final = 500  # so that the answer to a report of ten thousand wrong rows stays small
_MOST_LETTERS: Final = 80_000  # of all of them: three hundred of the longest sentences fit


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


@dataclass(frozen=True, slots=True)
class Telling:
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
            "due": _second(first.due),
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
        if not (self.about_for(recipient) and self.answers(effect)):
            parts.pop("warnings", None)
        step = self.step
        if step.case is not None:
            parts["case"] = {
                "number": step.case.number,
                "procedure": step.case.procedure,
                "from": step.path[-2] if len(step.path) > 1 else step.from_state,
                "to": step.to_state,
                "rules": list(step.rules),
            }
        if step.settings:
            parts["policies"] = policy_rows(self.procedure, step.settings, recipient.language)
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
                "at": _second(self.now),
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


def policy_rows(procedure: Procedure, names: Sequence[str], language: str) -> list[dict[str, str]]:
    """The settings that a step rests on, as the evidence has them."""
    return [
        {"name": s.name, "value": s.value, "text": s.text}
        for s in settings_in_words(procedure, names, language)
    ]


def error_rows(problems: Sequence[Problem], language: str) -> list[dict[str, str]]:
    """Refusals as the evidence has them; of very many the first, and how many were left out."""
    rows: list[dict[str, str]] = []
    letters = 0
    for problem in problems[:_MOST_ERRORS]:
        row = {"code": problem.code, "path": problem.path, "text": problem.text(language)}
        letters += sum(map(len, row.values())) + len(row) * len('"text": "", ')
        if letters > _MOST_LETTERS:
            break
        rows.append(row)
    rest = first_of(problems, len(rows))[len(rows) :]
    return rows + [{"code": p.code, "path": p.path, "text": p.text(language)} for p in rest]


def evidence_parts(mail: Waiting, read: Read, sender: Sender) -> dict[str, Any]:
    """The parts of the evidence that say which mail it is about and who sent it."""
    opened = read.opened
    mic = base64.b64encode(bytes.fromhex(opened.mic)).decode() if opened.mic else None
    return {
        "message": {
            "message_id": opened.envelope.message_id,
            "submission_id": None,
            "received_at": _second(mail.received_at),
            "door": mail.door,
            "sha256": mail.sha256,
            "mic": f"{mic}, sha-256" if mic else None,
        },
        "sender": {
            "partner": sender.key,
            "cvr": sender.cvr or None,
            "assurance": sender.assurance,
            "certificate_sha256": sender.certificate_sha256,
            "signed_at": _second(sender.signed_at) if sender.signed_at else None,
            "revocation": sender.revocation,
            **_openpgp(sender),
            "notes": list(sender.notes),
        },
    }


def _openpgp(sender: Sender) -> dict[str, str]:
    """The registered OpenPGP key, where no certificate signed."""
    mark = sender.openpgp_fingerprint
    return {"openpgp_fingerprint": mark} if mark else {}


def _second(at: datetime) -> str:
    return written_time(at)[:19] + "Z"
