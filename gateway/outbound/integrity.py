"""Whether everything that was kept is as it was kept: evidence, chains, documents, raw mails.

The journal says what was received and issued, and its own end is guarded; so what the journal names
must be there, and nothing may be there that it does not name. Everything is told at once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.outbound.chains import Entry, chain_findings, read_document
from gateway.outbound.evidence import Issued, moment
from gateway.outbound.grounds import kept_grounds_findings
from gateway.outbound.histories import case_row_findings, head_row_findings, mail_row_findings
from gateway.outbound.verify import Verifier, read_entry
from gateway.settings import Settings
from gateway.store import cases, journal, mails, outgoing
from gateway.store import tables as t
from gateway.store.unit import Unit
from keys.errors import KeysError
from keys.keyring import own_certificates

# Damage can have any form: a column of another type, JSON that is none, a row that is half a row.
DAMAGE = (KeysError, ValueError, TypeError, LookupError, AttributeError, SQLAlchemyError)


def all_findings(
    unit: Unit, settings: Settings, at: Callable[[str], None] = lambda _part: None
) -> Iterator[str]:
    """Everything that is wrong in the whole store; `at` is told which part is being looked at."""
    at("the journal")
    yield from _told("journal", journal.findings(unit.connection, unit.chain_key))
    at("mails")
    yield from _told("mails", _mail_findings(unit, None))
    yield from _told("grounds", kept_grounds_findings(unit))
    verifier = _verifier(settings)
    for number in _numbers(unit, t.evidence.c.number, "evidence"):
        at(f"evidence {number}")
        yield from _told(f"evidence {number}", _chain_findings(unit, number, verifier))
    for number in _numbers(unit, t.cases.c.number, "moved"):
        at(f"case {number}")
        yield from _told(f"case {number}", _case_findings(unit, number))
    at("heads")
    yield from _told("heads", _head_findings(unit, verifier))


def case_findings(unit: Unit, number: str, settings: Settings) -> Iterator[str]:
    """Everything that is wrong with one case."""
    yield from _told("journal", journal.findings(unit.connection, unit.chain_key))
    yield from _told("mails", _mail_findings(unit, number))
    chain = _chain_findings(unit, number, _verifier(settings))
    yield from _told(f"evidence {number}", chain)
    yield from _told(f"case {number}", _case_findings(unit, number))


def _told(where: str, found: Iterator[str]) -> Iterator[str]:
    """What was found; and where the rows cannot even be read, that."""
    try:
        yield from found
    except DAMAGE as error:
        yield f"{where}: cannot be read ({type(error).__name__}): it was changed"


def _verifier(settings: Settings) -> Verifier:
    return Verifier(own_certificates(settings.keys))


def _numbers(unit: Unit, column: ColumnElement[str], what: str) -> list[str]:
    """What exists, and what must: a chain or a case that was removed whole shows here."""
    kept = unit.connection.execute(select(column).distinct()).scalars()
    noted = unit.connection.execute(
        select(t.journal.c.number).where(t.journal.c.what == what).distinct()
    ).scalars()
    return sorted({*kept, *(number or "-" for number in noted)})


def _mail_findings(unit: Unit, number: str | None) -> Iterator[str]:
    """Each mail that the journal says was received must be there with its digest."""
    j = t.journal.c
    noted = select(j.mail, j.at, j.facts).where(j.what == "received").order_by(j.sequence)
    if number is not None:
        ours = select(j.mail).where(j.number == number, j.mail.is_not(None))
        filed = select(t.mails.c.id).where(t.mails.c.case_number == number)
        noted = noted.where(j.mail.in_(ours.union(filed)))
    rows = select(t.mails.c.id, t.mails.c.sha256, t.mails.c.mailbox, t.mails.c.received_at)
    for note in unit.connection.execute(noted).all():
        row = unit.connection.execute(rows.where(t.mails.c.id == note.mail)).first()
        yield from mail_row_findings(row, note)
        yield from _one_mail(unit, note.mail, note.facts["sha256"])
    if number is None:
        received = select(j.mail).where(j.what == "received")
        strange = select(t.raws.c.mail).where(t.raws.c.mail.not_in(received))
        for mail in unit.connection.execute(strange).scalars():
            yield f"mail m{mail}: it is kept, but the journal never received it"


def _one_mail(unit: Unit, mail: int, sha256: str) -> Iterator[str]:
    try:
        raw = mails.raw(unit, mail)
    except KeysError:
        yield f"mail m{mail}: its raw bytes were changed or belong to another mail"
        return
    if raw is None:
        yield f"mail m{mail}: its raw bytes were removed"
    elif hashlib.sha256(raw).hexdigest() != sha256:
        yield f"mail m{mail}: its raw bytes are not those that were received"


def _chain_findings(unit: Unit, number: str, verifier: Verifier) -> Iterator[str]:
    entries = []
    kept: dict[str, int | None] = {}
    documents = frozenset(
        unit.connection.execute(
            select(t.documents.c.sha256).where(t.documents.c.number == number)
        ).scalars()
    )
    for row in outgoing.evidence_of_case(unit, number):
        where = f"evidence {number}/{row.sequence}"
        try:
            body = unit.open(row.body_sealed, outgoing.evidence_context(row.digest))
        except KeysError:
            yield f"{where}: it was changed or put in another's place"
            continue
        entry = read_entry(where, body)
        if entry is None:
            yield f"{where}: it cannot be read as evidence"
            continue
        entries.append(entry)
        kept[entry.digest] = row.mail
        for finding in verifier.verify_evidence(body, row.signature, where).findings:
            yield str(finding)
        yield from _column_findings(row, entry, where)
        yield from _document_findings(entry, where, documents)
    for finding in chain_findings(entries):
        yield str(finding)
    yield from _noted_findings(unit, number, kept)


def _column_findings(row: Any, entry: Entry, where: str) -> Iterator[str]:
    said = entry.evidence
    if (row.sequence, row.digest, row.previous, row.kind, moment(row.issued_at)) != (
        entry.sequence,
        entry.digest,
        entry.previous,
        said.get("kind"),
        said.get("issued_at"),
    ):
        yield f"{where}: its row does not say what the evidence says"


def _document_findings(entry: Entry, where: str, kept: frozenset[str]) -> Iterator[str]:
    """What evidence says went along, or came along with what was kept, must be there."""
    content = entry.evidence.get("content")
    attached = content.get("attachments") if isinstance(content, Mapping) else ()
    if entry.evidence.get("kind") == "refused" or entry.evidence.get("case") is None:
        attached = ()
    for listed in (entry.evidence.get("documents"), attached):
        for document in listed if isinstance(listed, Sequence) else ():
            if document["sha256"] not in kept:
                yield f"{where}: its document {document['name']} is missing or was changed"


def _noted_findings(unit: Unit, number: str, kept: Mapping[str, int | None]) -> Iterator[str]:
    """Evidence that the journal says was issued must be there: also the last one."""
    j = t.journal.c
    noted = select(j.sequence, j.mail, j.facts).where(
        j.what == "evidence", j.number.is_(None) if number == "-" else j.number == number
    )
    for sequence, mail, facts in unit.connection.execute(noted):
        digest = facts["evidence"]
        if digest not in kept:
            yield (
                f"evidence of {number}: the one that journal row {sequence} names "
                f"({facts['kind']}, {digest[:16]}) is missing or was changed"
            )
        elif kept[digest] != mail:
            yield (
                f"evidence of {number}: its row does not say what journal row {sequence} says "
                f"({digest[:16]})"
            )


def _case_findings(unit: Unit, number: str) -> Iterator[str]:
    try:
        cases.load(unit, number)
    except (KeysError, ValueError):
        yield f"case {number}: its body was changed"
    else:
        yield from case_row_findings(unit, number)
    columns = select(t.documents.c.id, t.documents.c.key).where(t.documents.c.number == number)
    for ident, key in unit.connection.execute(columns).all():
        row = unit.connection.execute(
            select(t.documents.c.content_sealed, t.documents.c.sha256).where(
                t.documents.c.id == ident
            )
        ).one()
        try:
            content = unit.open(row.content_sealed, cases.document_context(number, key))
        except KeysError:
            yield f"document {number} {key}: it was changed"
            continue
        if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), row.sha256):
            yield f"document {number} {key}: it is not what was kept"


def _head_findings(unit: Unit, verifier: Verifier) -> Iterator[str]:
    for row in unit.connection.execute(select(t.heads).order_by(t.heads.c.sequence)):
        where = f"head {row.sequence}"
        for finding in verifier.verify_head(Issued(row.body, row.signature), where).findings:
            yield str(finding)
    yield from head_row_findings(unit)


def outside_head_findings(unit: Unit, file: Path, settings: Settings) -> Iterator[str]:
    """What a head that was kept outside shows: chains and journal must still reach that far."""
    beside = file.with_name(f"{file.name}.p7s")
    issued = Issued(file.read_bytes(), beside.read_bytes() if beside.is_file() else b"")
    for finding in _verifier(settings).verify_head(issued, file.name).findings:
        yield str(finding)
    head = read_document(issued.data, "sagspost_head")
    if head is None:
        return
    end: Any = head["journal"]
    kept = unit.connection.execute(
        select(t.journal.c.digest).where(t.journal.c.sequence == end["sequence"])
    ).scalar()
    if end["sequence"] and kept != end["digest"]:
        yield f"journal: row {end['sequence']}, which {file.name} names, is missing or another"
    ends: Any = head["cases"]
    for link in ends:
        found = unit.connection.execute(
            select(t.evidence.c.digest).where(
                t.evidence.c.number == link["number"], t.evidence.c.sequence == link["sequence"]
            )
        ).scalar()
        if found != link["digest"]:
            yield (
                f"evidence {link['number']}/{link['sequence']}, which {file.name} names, "
                "is missing or another"
            )
