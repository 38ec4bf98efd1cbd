"""Whether everything that was kept is as it was kept: evidence, chains, documents, raw mails.

The journal says what was received and issued, and its own end is guarded; so what the journal names
must be there, and nothing may be there that it does not name. Everything is told at once.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.outbound.chains import Entry, chain_findings, read_document
from gateway.outbound.evidence import Issued
from gateway.outbound.verify import Verifier, read_entry
from gateway.settings import Settings
from gateway.store import cases, journal, mails, outgoing
from gateway.store import tables as t
from gateway.store.unit import Unit
from keys.errors import KeysError
from keys.keyring import load_keyring


def all_findings(unit: Unit, settings: Settings) -> Iterator[str]:
    """Everything that is wrong in the whole store."""
    yield from journal.findings(unit.connection, unit.chain_key)
    yield from _mail_findings(unit, None)
    verifier = _verifier(settings)
    numbers = list(
        unit.connection.execute(
            select(t.evidence.c.number).distinct().order_by(t.evidence.c.number)
        ).scalars()
    )
    for number in _numbers_in_journal(unit, numbers):
        yield from _chain_findings(unit, number, verifier)
    for number in unit.connection.execute(select(t.cases.c.number)).scalars():
        yield from _body_findings(unit, number)
    yield from _head_findings(unit, verifier)


def case_findings(unit: Unit, number: str, settings: Settings) -> Iterator[str]:
    """Everything that is wrong with one case."""
    yield from journal.findings(unit.connection, unit.chain_key)
    yield from _mail_findings(unit, number)
    yield from _chain_findings(unit, number, _verifier(settings))
    yield from _body_findings(unit, number)


def _verifier(settings: Settings) -> Verifier:
    return Verifier([own.certificate for own in load_keyring(settings.keys).keys])


def _numbers_in_journal(unit: Unit, known: list[str]) -> list[str]:
    """The chains that exist, and those that must: a chain that was removed whole shows here."""
    noted = unit.connection.execute(
        select(t.journal.c.number).where(t.journal.c.what == "evidence").distinct()
    ).scalars()
    return sorted({*known, *(number or "-" for number in noted)})


def _mail_findings(unit: Unit, number: str | None) -> Iterator[str]:
    """Each mail that the journal says was received must be there with its digest."""
    noted = select(t.journal.c.mail, t.journal.c.facts).where(t.journal.c.what == "received")
    if number is not None:
        ours = select(t.mails.c.id).where(t.mails.c.case_number == number)
        noted = noted.where(t.journal.c.mail.in_(ours))
    for mail, facts in unit.connection.execute(noted):
        yield from _one_mail(unit, mail, facts["sha256"])
    if number is None:
        received = select(t.journal.c.mail).where(t.journal.c.what == "received")
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
        for finding in verifier.verify_evidence(body, row.signature, where).findings:
            yield str(finding)
        yield from _column_findings(row, entry, where)
    for finding in chain_findings(entries):
        yield str(finding)
    yield from _noted_findings(unit, number, {entry.digest for entry in entries})


def _column_findings(row: Any, entry: Entry, where: str) -> Iterator[str]:
    if (row.sequence, row.digest) != (entry.sequence, entry.digest):
        yield f"{where}: its row does not say what the evidence says"


def _noted_findings(unit: Unit, number: str, present: set[str]) -> Iterator[str]:
    """Evidence that the journal says was issued must be there: also the last one."""
    noted = select(t.journal.c.sequence, t.journal.c.facts).where(
        t.journal.c.what == "evidence",
        t.journal.c.number.is_(None) if number == "-" else t.journal.c.number == number,
    )
    for sequence, facts in unit.connection.execute(noted):
        if facts["evidence"] not in present:
            yield (
                f"evidence of {number}: the one that journal row {sequence} names "
                f"({facts['kind']}, {facts['evidence'][:16]}) is missing or was changed"
            )


def _body_findings(unit: Unit, number: str) -> Iterator[str]:
    try:
        cases.load(unit, number)
    except (KeysError, ValueError):
        yield f"case {number}: its body was changed"
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
