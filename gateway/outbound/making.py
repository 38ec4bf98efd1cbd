"""Make the mails that were decided: evidence chained and signed, words set, sealed to one reader.

The order of evidence within a case is the order in which its mails were decided. What costs time
(signing and sealing) is `gateway.outbound.dressing`, which is pure and runs in worker processes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from gateway.errors import TryLater
from gateway.logs import logger
from gateway.outbound import evidence as evidences
from gateway.outbound.compose import (
    Disposition,
    Letter,
    Piece,
)
from gateway.outbound.dressing import Job, Made, MakeBatch
from gateway.outbound.evidence import NO_CASE, Issued, Issuer, Last
from gateway.outbound.heads import head_pieces
from gateway.outbound.warnings import warned
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import OWN_ROLES
from gateway.settings import MailboxSettings, Settings
from gateway.store import cases, mails, outgoing
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.outgoing import Planned
from gateway.store.unit import Store, Unit
from keys.capabilities import Reader
from workflows.wording import SHARED, Wording

ACTOR: Final = "outbox"
_log = logger("making")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A job with the rows that it will become."""

    planned: Planned
    job: Job
    evidence: evidences.Evidence | None
    tunnel: str | None
    """The partner whose tunnel alone may carry the mail."""


class Making:
    """Takes planned mails from the store and puts sealed ones back; one in a gateway."""

    def __init__(
        self,
        *,
        store: Store,
        settings: Settings,
        wordings: Mapping[str, Wording],
        make_batch: MakeBatch,
        refresh: Callable[[Unit], object],
        reader_of: Callable[[Planned], Reader | str | None],
        tunnel_of: Callable[[Planned], str | None],
        help_pieces: Callable[[str, MailboxSettings], tuple[Piece, ...]],
        help_listed: Callable[[str, MailboxSettings], str],
        now: Callable[[], datetime],
        rehearsal: bool,
    ) -> None:
        self._store = store
        self._settings = settings
        self._wordings = wordings
        self._make_batch = make_batch
        self._refresh = refresh
        self._reader_of = reader_of
        self._tunnel_of = tunnel_of
        self._help_pieces = help_pieces
        self._help_listed = help_listed
        self._now = now
        self._rehearsal = rehearsal
        self._issuer = Issuer(name=settings.authority.name, cvr=settings.authority.cvr)
        self._sender = settings.mailbox[0].address
        self._domain = self._sender.rpartition("@")[2]

    def make_waiting(self, limit: int) -> int:
        """Make what waits to be made; gives how many mails it was. Raises TryLater."""
        now = self._now()
        with self._store.read() as unit:
            self._refresh(unit)  # a certificate or a tunnel may have come since
            drafts, unfit = self._drafts(unit, outgoing.planned(unit, limit), now)
        if unfit:
            with self._store.write() as unit:
                for planned, why in unfit:
                    self._hold(unit, planned, why, now)
        if not drafts:
            return len(unfit)
        made = self._make_batch([draft.job for draft in drafts])
        for result in made:
            if isinstance(result, TryLater):
                raise result  # the key to sign with is away: all of it waits as it is
        with self._store.write() as unit:
            self._keep(unit, drafts, made, now)
        return len(drafts)

    def _drafts(
        self, unit: Unit, waiting: Sequence[Planned], now: datetime
    ) -> tuple[list[_Draft], list[tuple[Planned, str]]]:
        """The first of these, as many bytes as may be in memory; and those that cannot be made."""
        chained = {p.number or NO_CASE for p in waiting if p.plan["evidence"] is not None}
        ends = {
            number: Last(*end)
            for number, end in outgoing.evidence_ends(unit, list(chained)).items()
        }
        drafts: list[_Draft] = []
        unfit: list[tuple[Planned, str]] = []
        size = 0
        for planned in waiting:
            # A certificate may have gone since the mail was decided: it must still not go in clear.
            if not self._may_leave(planned):
                unfit.append((planned, outgoing.NO_CERTIFICATE))
                continue
            before = dict(ends)
            try:
                drafts.append(self._draft(unit, planned, ends, now))
            except Exception as error:  # our own fault, as in the pipeline: this mail alone waits
                _log.exception("cannot set", outgoing=f"o{planned.id}", error=type(error).__name__)
                unfit.append((planned, f"cannot be made: {type(error).__name__}"))
                ends = before
                continue
            size += sum(len(piece.data) for piece in drafts[-1].job.pieces)
            if size >= mails.BATCH_BYTES:
                break
        return drafts, unfit

    def _may_leave(self, planned: Planned) -> bool:
        if self._reader_of(planned) or self._tunnel_of(planned):
            return True
        return planned.role in OWN_ROLES and not planned.plan["personal"]

    def _draft(self, unit: Unit, planned: Planned, ends: dict[str, Last], now: datetime) -> _Draft:
        plan = Plan.from_json(planned.plan)
        pieces = self._pieces(unit, planned, plan)
        composed = None
        if plan.evidence is not None:
            parts = dict(plan.evidence)
            if plan.documents:
                parts["documents"] = [
                    {"name": p.name, "sha256": hashlib.sha256(p.data).hexdigest()} for p in pieces
                ]
            composed = self._evidence(planned, parts, ends, now)
        issued = self._issued(unit, plan.again, planned) if plan.again is not None else None
        letter, text = self._words(unit, planned, plan, now)
        reader = self._reader_of(planned)
        text = warned(text, pieces, plan.language)
        job = Job(
            letter=letter,
            text=text,
            pieces=pieces,
            evidence=evidences.bytes_of(composed) if composed else None,
            issued=issued,
            disposition=self._disposition(plan) if plan.report else None,
            reader=reader,
            at=now,
        )
        tunnel = None if reader else self._tunnel_of(planned)
        return _Draft(planned, job, composed, tunnel)

    def _evidence(
        self, planned: Planned, parts: Mapping[str, Any], ends: dict[str, Last], now: datetime
    ) -> evidences.Evidence:
        chain = planned.number or NO_CASE
        composed = evidences.compose(
            id=f"{self._settings.authority.cvr}-o{planned.id}",
            issued_at=now,
            issuer=self._issuer,
            last=ends.get(chain),
            rehearsal=self._rehearsal,
            **cast("dict[str, Any]", parts),
        )
        link = composed["chain"]
        ends[chain] = Last(link["sequence"], link["digest"])
        return composed

    def _issued(self, unit: Unit, mail: int, planned: Planned) -> Issued | None:
        row = outgoing.evidence_of_mail(unit, mail, planned.recipient or "")
        if row is None:
            return None
        body = unit.open(row.body_sealed, outgoing.evidence_context(row.digest))
        return Issued(body, row.signature)

    def _words(self, unit: Unit, planned: Planned, plan: Plan, now: datetime) -> tuple[Letter, str]:
        wording = self._wordings[plan.procedure] if plan.procedure else SHARED
        authority = self._settings.authority
        link = (authority.case_link or "").replace("{number}", planned.number or "")
        values = {
            "number": planned.number or "",
            "authority": authority.name,
            "contacts": "\n".join((*authority.contacts, authority.address)).strip(),
            "link": link,
            **plan.values,
        }
        if plan.wording == "help":
            values["forms"] = self._help_listed(
                plan.language, self._answered_at(unit, planned, plan)
            )
        plain = not plan.personal and wording.has(f"mail.{plan.wording}.plain_body", plan.language)
        remarks = plan.remarks
        letter = wording.letter(
            plan.wording,
            plan.language,
            values,
            plain=plain,
            remarks=remarks,
            basis=plan.policies,
        )
        subject = plan.subject(letter.subject, planned.number)
        text = letter.text
        if self._rehearsal:
            text = f"{SHARED.text('rehearsal', plan.language)}\n\n{text}"
        box = self._answered_at(unit, planned, plan).address
        header = Letter(
            sender=self._sender,
            sender_name=authority.name,
            recipient=planned.to_address,
            subject=subject,
            date=now,
            message_id=f"<o{planned.id}.{secrets.token_hex(8)}@{self._domain}>",
            auto_submitted="auto-replied" if plan.in_reply_to else "auto-generated",
            in_reply_to=plan.in_reply_to,
            references=plan.references,
            reply_to=box if box != self._sender else None,
        )
        return header, text

    def _answered_at(self, unit: Unit, planned: Planned, plan: Plan) -> MailboxSettings:
        """The mailbox that takes an answer: the one that was written to, where it takes the case.

        Our certificate names the address of the first one, which therefore stays the sender.
        """
        boxes = self._settings.mailbox
        if len(boxes) == 1:
            return boxes[0]
        name = plan.procedure
        taking = [box for box in boxes if name is None or name in box.taken((name,))] or [boxes[0]]
        asked = outgoing.mailbox_of(unit, planned.mail) if planned.mail is not None else None
        return next((box for box in taking if box.address == asked), taking[0])

    def _pieces(self, unit: Unit, planned: Planned, plan: Plan) -> tuple[Piece, ...]:
        if plan.head is not None:
            return head_pieces(unit, plan.head)
        if plan.wording == "help":
            return self._help_pieces(plan.language, self._answered_at(unit, planned, plan))
        if not plan.documents or planned.number is None:
            return ()
        found = cases.documents(unit, planned.number, plan.documents)
        return tuple(Piece(d.name, d.media_type, d.content) for d in found)

    def _disposition(self, plan: Plan) -> Disposition:
        parts = plan.evidence or {}
        message, errors = parts.get("message") or {}, parts.get("errors") or ()
        return Disposition(
            reporting_ua=f"{self._domain}; Sagspost",
            final_recipient=self._sender,
            original_message_id=message.get("message_id"),
            mic=message.get("mic"),
            error=errors[0]["text"] if errors else None,
        )

    def _keep(
        self, unit: Unit, drafts: Sequence[_Draft], made: Sequence[Made | Exception], now: datetime
    ) -> None:
        broken: set[str] = set()
        for draft, result in zip(drafts, made, strict=True):
            planned = draft.planned
            chain = planned.number or NO_CASE
            if draft.evidence is not None and chain in broken:
                # It was chained to evidence that does not exist: it is made anew in the next round.
                continue
            if isinstance(result, Exception):
                broken.add(chain)
                self._hold(unit, planned, f"cannot be made: {type(result).__name__}", now)
                continue
            if draft.evidence is not None:
                self._keep_evidence(unit, draft, result, now)
            message_id = draft.job.letter.message_id
            outgoing.keep_made(unit, planned.id, result.message, message_id, now, draft.tunnel)

    def _hold(self, unit: Unit, planned: Planned, why: str, now: datetime) -> None:
        """Keep a mail that cannot be made; `outbox retry` tries it again."""
        _log.error("held", outgoing=f"o{planned.id}", why=why)
        outgoing.change(unit, planned.id, state="held", last_reply=why)
        facts = {"outgoing": f"o{planned.id}", "why": why}
        unit.note(Note(now, "mail_held", ACTOR, number=planned.number, facts=facts))

    def _keep_evidence(self, unit: Unit, draft: _Draft, result: Made, now: datetime) -> None:
        planned, evidence = draft.planned, draft.evidence
        assert evidence is not None
        assert draft.job.evidence is not None
        link = evidence["chain"]
        unit.stage(
            t.evidence,
            number=planned.number or NO_CASE,
            sequence=link["sequence"],
            kind=evidence["kind"],
            digest=link["digest"],
            previous=link["previous"],
            issued_at=now,
            mail=planned.mail,
            recipient=planned.recipient,
            body_sealed=unit.seal(draft.job.evidence, outgoing.evidence_context(link["digest"])),
            signature=result.signature,
        )
        facts = {
            "evidence": link["digest"],
            "kind": evidence["kind"],
            "outgoing": f"o{planned.id}",
        }
        unit.note(
            Note(now, "evidence", ACTOR, mail=planned.mail, number=planned.number, facts=facts)
        )
