"""A partner's next certificate, by a mail that is sealed with the one before.

It is registered when it names the same organisation or none, leads to an anchor, and may be used;
nobody at the authority has to do anything, and the authority's inbox is told. The certificate
before it stays: mail on its way is still accepted, and it ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from cryptography import x509

from gateway.pipeline.batch import Batch
from gateway.pipeline.candidates import UNFIT, Candidate, Candidates
from gateway.pipeline.decisions import Refused, Standing
from gateway.pipeline.ending import end_mail
from gateway.pipeline.plans import Plan
from gateway.pipeline.posting import Outgoing, post
from gateway.pipeline.reading import Read
from gateway.pipeline.sender import Sender
from gateway.pipeline.telling import evidence_parts
from gateway.store import mails, outgoing, registry
from gateway.store import tables as t
from gateway.store.journal import Note
from gateway.store.mails import Waiting
from keys.certificates import read_certificates
from keys.errors import KeysError
from parsers.outcomes import Submission
from parsers.problems import Problem
from workflows.standing import CertificateChange
from workflows.wording import SHARED

MOST_CERTIFICATES = 16
KIND = "certificate_changed"
_ENDS = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")


def change_certificates(batch: Batch, mail: Waiting, read: Read, asked: Standing) -> None:
    """Register what a mail brings, or refuse it with every reason, and end the mail."""
    sender, submission = asked.sender, asked.submission
    known = batch.before.submissions.get((sender.key, submission.id))
    if known is not None and known[0] == submission.digest:
        batch.answers.duplicate(batch.unit, mail, read, known[1], sender.key, batch.now)
        return
    problems: tuple[Problem, ...] = ()
    found: tuple[Candidate, ...] = ()
    offered = _offered(submission)
    if known is not None:
        problems = (Problem("submission.id_reused", "id"),)
    elif offered is None:
        problems = (Problem("field.invalid", "certificate"),)
    elif not offered:
        problems = (Problem("field.missing", "certificate"),)
    elif len(offered) > MOST_CERTIFICATES:
        problems = (Problem(UNFIT, "certificate"),)
    else:
        judge = Candidates(batch.desk.directory, mail.received_at)
        found = judge.judged(offered, sender.cvr or None, sender.key)
        problems = tuple(Problem(one.fault, "certificate") for one in found if one.fault)
    if problems:
        refused = Refused(sender, problems, submission.message, submission.id, submission.reference)
        batch.answers.decided(batch.unit, mail, read, refused, batch.now)
        return
    _register(batch, mail, sender, found)
    end_mail(
        batch.unit,
        mail,
        read,
        sender,
        "processed",
        None,
        batch.now,
        submission=submission.id,
        content_digest=submission.digest,
    )
    mails.keep_submission(batch.unit, sender.key, submission.id, submission.digest, mail.id)
    batch.before.submissions[sender.key, submission.id] = (submission.digest, mail.id)
    _answer(batch, mail, read, asked, found)


def _offered(submission: Submission) -> tuple[x509.Certificate, ...] | None:
    """The certificates in the field and in the files beside it, each once; None for a wrong field.

    A file that is none is kept with the mail, and nothing is said about it.
    """
    assert isinstance(submission.body, CertificateChange)
    found: dict[x509.Certificate, None] = {}
    if submission.body.certificate is not None:
        try:
            found |= dict.fromkeys(read_certificates(submission.body.certificate.encode()))
        except KeysError:
            return None
    for file in submission.attachments:
        if file.name.lower().endswith(_ENDS):
            with suppress(KeysError):
                found |= dict.fromkeys(read_certificates(file.data))
    return tuple(found)


def _register(batch: Batch, mail: Waiting, sender: Sender, found: Sequence[Candidate]) -> None:
    kind, owner = _owner(batch, sender)
    held = registry.certificates_of(batch.unit.connection, kind, owner)
    for one in found:
        active = held.get(one.fingerprint)
        if active is None:
            batch.unit.stage(
                t.certificates,
                owner_kind=kind,
                owner=owner,
                fingerprint=one.fingerprint,
                der=one.der,
                added_at=batch.now,
            )
        elif not active:
            continue  # what a person retired here is not brought back by a mail
        facts = {kind: owner, "certificate": one.fingerprint}
        batch.unit.note(Note(batch.now, "certificate_added", sender.key, mail=mail.id, facts=facts))
    registry.changed(batch.unit.connection)
    for released in outgoing.release_held(batch.unit, sender.key, batch.now):
        facts = {"outgoing": f"o{released}", "why": "certificate changed"}
        batch.unit.note(Note(batch.now, "mail_released", "gateway", facts=facts))


def _owner(batch: Batch, sender: Sender) -> tuple[str, str]:
    """Whose certificate it becomes: the partner's, the facility's, or that of one of its staff."""
    if sender.kind == "partner":
        return "partner", sender.key
    facility = batch.desk.directory.facilities[sender.key]
    person = facility.person_certificates.get(sender.certificate_sha256 or "")
    return ("person", person) if person else ("facility", sender.key)


def _answer(
    batch: Batch, mail: Waiting, read: Read, asked: Standing, found: Sequence[Candidate]
) -> None:
    sender, submission = asked.sender, asked.submission
    recipients = batch.answers.recipients
    inbox, recipient = recipients.inbox(), recipients.sender(sender)
    parts = evidence_parts(mail, read, sender)
    parts["message"]["submission_id"] = submission.id
    parts |= {
        "kind": KIND,
        "content": {
            "message": submission.message,
            "digest": submission.digest,
            "fields": dict(submission.fields),
            "attachments": [],
        },
    }
    plan = Plan(
        wording=KIND,
        language=recipient.language,
        values={"certificates": told(found)},
        evidence=parts,
        in_reply_to=read.opened.envelope.message_id,
        reference=submission.reference,
        report=recipient.report,
    )
    post(batch.unit, Outgoing(KIND, recipient, plan, mail=mail.id), inbox, batch.now)
    values = {"who": sender.key, "certificates": told(found)}
    what = SHARED.text("certificate.changed", inbox.language, values)
    alert = Plan("alert", inbox.language, values={"what": what}, personal=False)
    post(batch.unit, Outgoing("alert", inbox, alert), inbox, batch.now)


def told(found: Sequence[Candidate]) -> str:
    """Certificates as lines of a mail: nothing in it that a stranger could have written."""
    return "\n".join(f"- SHA-256 {one.fingerprint}, {one.ends:%Y-%m-%d}" for one in found)
