"""What is answered, and what is written down, for each way a mail can end.

The rules of who gets an answer stand here together: nothing goes to an address that was not
authenticated; a machine is never answered; the same mail again gets the same evidence again, a few
times an hour; and beyond its submissions a partner gets so many answers an hour and no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from gateway.pipeline.decisions import (
    Admitted,
    Decision,
    Quarantined,
    Refused,
    SetAside,
    Silent,
    Standing,
)
from gateway.pipeline.ending import end_mail, judge
from gateway.pipeline.grouping import error_lines
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
from gateway.pipeline.reading import Read
from gateway.pipeline.recipients import Recipients
from gateway.pipeline.sender import Sender
from gateway.pipeline.telling import error_rows, evidence_parts
from gateway.settings import Settings
from gateway.store import mails, outgoing
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.mails import Waiting
from gateway.store.registry import Directory
from gateway.store.unit import Unit
from workflows.engine import Step

NOTICE_PAUSE: Final = timedelta(hours=24)
HOUR: Final = timedelta(hours=1)
AUTHORITY: Final = "authority"
UNSAFE: Final = frozenset({"content.malware", "content.active"})
KEPT_WAITING: Final = "waiting for the scanner"  # where an address stands for a notice


class Report(Protocol):
    """What a delivery report says about one recipient."""

    @property
    def kind(self) -> str:
        """`delivered`, `relayed`, `delayed`, `failed`, `read` or `processed`."""

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463)."""


ReadReports = Callable[[bytes], Sequence[Report]]


class Answers:
    """Ends a mail: its row, its judgement, its journal note, and its answer if there is one."""

    def __init__(
        self,
        *,
        settings: Settings,
        directory: Directory,
        recipients: Recipients,
        read_reports: ReadReports,
    ) -> None:
        self._read_reports = read_reports
        self._answered: Counter[str] = Counter()
        self._again: Counter[int] = Counter()
        self._settings = settings
        self._directory = directory
        self._recipients = recipients

    @property
    def recipients(self) -> Recipients:
        """Who reads the answers."""
        return self._recipients

    def decided(
        self, unit: Unit, mail: Waiting, read: Read, decision: Decision, now: datetime
    ) -> None:
        """End a mail that goes to no procedure."""
        match decision:
            case Quarantined():
                code, words = decision.code, decision.words
                end_mail(unit, mail, read, decision.sender, "quarantined", code, now, words=words)
                unsafe = code in UNSAFE
                if not mail.judged:  # the sender was told once, when the mail came
                    self._notice(
                        unit, read, now, "unsafe_notice" if unsafe else "quarantine_notice"
                    )
                if unsafe:
                    self._alert(unit, f"message trace m{mail.id}: {code}", now)
            case Refused():
                self._refuse(unit, mail, read, decision, now)
            case SetAside():
                state = "processed" if decision.code == "help" else "manual"
                end_mail(unit, mail, read, decision.sender, state, decision.code, now)
                self._set_aside(unit, mail, read, decision, now)
            case Silent():
                end_mail(unit, mail, read, decision.sender, "manual", decision.code, now)
            case Admitted() | Standing():
                raise AssertionError("an admitted mail goes to its procedure or its module")

    def _refuse(
        self, unit: Unit, mail: Waiting, read: Read, decision: Refused, now: datetime
    ) -> None:
        sender = decision.sender
        code = decision.problems[0].code
        end_mail(unit, mail, read, sender, "refused", code, now, submission=decision.submission_id)
        parts = evidence_parts(mail, read, sender)
        parts["message"]["submission_id"] = decision.submission_id
        parts |= {
            "kind": "refused",
            "content": None,
            "errors": error_rows(decision.problems, sender.language),
        }
        plan = self._plan(
            read,
            sender,
            "refused",
            values={"errors": error_lines(decision.problems, sender.language)},
            evidence=parts,
            reference=decision.reference,
        )
        self._post(unit, "refused", sender, plan, mail, None, now)

    def _set_aside(
        self, unit: Unit, mail: Waiting, read: Read, decision: SetAside, now: datetime
    ) -> None:
        sender = decision.sender
        if self.answered_enough(unit, sender, now):
            return
        self.answered(sender)
        parts = evidence_parts(mail, read, sender) | {"kind": "manual", "content": None}
        evidence = parts if decision.wording == "manual" else None
        plan = self._plan(read, sender, decision.wording, evidence=evidence)
        self._post(unit, decision.wording, sender, plan, mail, None, now, automatic=True)

    def answered_enough(self, unit: Unit, sender: Sender, now: datetime) -> bool:
        """Whether a partner got its answers of this hour beyond those to its submissions."""
        limit = self._settings.limits.answers_per_hour
        if sender.key not in self._answered:
            self._answered[sender.key] = outgoing.answers_since(unit, sender.key, now - HOUR)
        return self._answered[sender.key] >= limit

    def answered(self, sender: Sender) -> None:
        """Count an answer beyond the submissions; this batch's are not in the database yet."""
        self._answered[sender.key] += 1

    def advanced(
        self,
        unit: Unit,
        mail: Waiting,
        read: Read,
        asked: Admitted,
        step: Step,
        now: datetime,
    ) -> None:
        """End a mail that its procedure has judged; the receipt is an effect of the step."""
        submission = asked.submission
        state = "refused" if step.refused else "processed"
        end_mail(
            unit,
            mail,
            read,
            asked.sender,
            state,
            step.refused[0].code if step.refused else None,
            now,
            case_number=step.case.number if step.case else None,
            submission=submission.id if submission else None,
            content_digest=submission.digest if submission else None,
        )
        if submission and not step.refused:
            mails.keep_submission(unit, asked.sender.key, submission.id, submission.digest, mail.id)

    def duplicate(
        self, unit: Unit, mail: Waiting, read: Read, first: int, partner: str | None, now: datetime
    ) -> None:
        """End a mail that came before: no second effect, and the same evidence again."""
        limit = self._settings.limits.same_evidence_per_hour
        mails.settle(
            unit,
            mail,
            state="duplicate",
            reason="mail.duplicate",
            duplicate_of=first,
            partner=partner,
            message_id=read.opened.envelope.message_id,
            processed_at=now,
        )
        judge(unit, mail, read, "duplicate", "mail.duplicate", now)
        facts = {"first": f"m{first}"}
        unit.note(Note(now, "duplicate", "gateway", mail=mail.id, facts=facts))
        recipient = self._recipients.known(partner) if partner else None
        if recipient is None or partner is None:
            return
        evidence = outgoing.evidence_of_mail(unit, first, partner)
        sent = mails.sent_again_since(unit, first, now - HOUR) + self._again[first]
        if evidence is None or sent >= limit:
            return
        self._again[first] += 1
        unit.stage(t.sent_again, mail=first, at=now)
        plan = Plan(
            wording="again",
            language=recipient.language,
            again=first,
            in_reply_to=read.opened.envelope.message_id,
        )
        post(
            unit,
            Outgoing(
                kind=evidence.kind,
                recipient=recipient,
                plan=plan,
                number=evidence.number,
                mail=mail.id,
            ),
            self._recipients.inbox(),
            now,
        )

    def delivery_report(self, unit: Unit, mail: Waiting, sent: int, now: datetime) -> None:
        """End a bounce: it changes the delivery state of one mail, and nothing else."""
        for report in self._read_reports(mail.raw):
            outgoing.report(unit, sent, report.kind, report.status, now)
        mails.settle(unit, mail, state="processed", reason="mail.report", processed_at=now)
        facts = {"outgoing": f"o{sent}"}
        unit.note(Note(now, "report", "gateway", mail=mail.id, facts=facts))

    def parked(self, unit: Unit, mail: Waiting, error: Exception, now: datetime) -> None:
        """Keep a mail that we failed on, with an alarm; `message replay` judges it again."""
        code = type(error).__name__
        mails.settle(unit, mail, state="parked", reason=code[:60], processed_at=now)
        unit.note(Note(now, "parked", "gateway", mail=mail.id, facts={"error": code}))
        self._alert(unit, f"message trace m{mail.id}: parked ({code})", now)

    def kept_waiting(self, unit: Unit, mail: Waiting, why: str, now: datetime) -> None:
        """Tell the inbox, once a day, of mail that has waited too long for what is away."""
        patience = timedelta(minutes=self._settings.scan.alarm_after_minutes)
        if now - mail.received_at < patience:
            return
        if mails.notice_allowed(unit, KEPT_WAITING, now, NOTICE_PAUSE):
            self._alert(unit, f"message trace m{mail.id}: {why}", now)
            unit.note(Note(now, "kept_waiting", "gateway", mail=mail.id, facts={"why": why}))

    def _alert(self, unit: Unit, what: str, now: datetime) -> None:
        inbox = self._recipients.inbox()
        language = self._settings.authority.language
        plan = Plan(wording="alert", language=language, values={"what": what}, personal=False)
        post(unit, Outgoing(kind="alert", recipient=inbox, plan=plan), inbox, now)

    def _notice(self, unit: Unit, read: Read, now: datetime, wording: str) -> None:
        """One content-free notice to the registered address of whoever From claims to be."""
        claimed = read.opened.envelope.from_addresses
        envelope = read.opened.envelope
        if envelope.automatic or envelope.report or len(claimed) != 1:
            return
        partner = self._directory.partner_of_domain(claimed[0])
        recipient = self._recipients.partner(partner.key, "notice") if partner else None
        if recipient is None or not mails.notice_allowed(
            unit, recipient.address, now, NOTICE_PAUSE
        ):
            return
        plan = Plan(wording=wording, language=recipient.language, personal=False)
        post(
            unit,
            Outgoing(
                kind="notice",
                recipient=recipient,
                plan=plan,
                automatic=True,
            ),
            self._recipients.inbox(),
            now,
        )

    def _plan(
        self,
        read: Read,
        sender: Sender,
        wording: str,
        *,
        values: Mapping[str, str] | None = None,
        evidence: Mapping[str, Any] | None = None,
        reference: str | None = None,
    ) -> Plan:
        recipient = self._recipients.sender(sender)
        return Plan(
            wording=wording,
            language=recipient.language,
            values=values or {},
            evidence=evidence,
            in_reply_to=read.opened.envelope.message_id,
            reference=reference,
            report=recipient.report and evidence is not None,
        )

    def _post(
        self,
        unit: Unit,
        kind: str,
        sender: Sender,
        plan: Plan,
        mail: Waiting,
        number: str | None,
        now: datetime,
        *,
        automatic: bool = False,
    ) -> None:
        post(
            unit,
            Outgoing(
                kind=kind,
                recipient=self._recipients.sender(sender),
                plan=plan,
                number=number,
                mail=mail.id,
                automatic=automatic,
            ),
            self._recipients.inbox(),
            now,
        )
