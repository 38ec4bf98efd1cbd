"""A case as a BagIt package (RFC 8493): its mails, documents and evidence, manifest signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from gateway.errors import Refused
from gateway.outbound import bag
from gateway.outbound.grounds import grounds_files
from gateway.outbound.verify import read_entry
from gateway.ownkeys import open_keyring
from gateway.settings import Settings
from gateway.store import cases, mails, outgoing
from gateway.store import tables as t
from gateway.store.times import written_time
from gateway.store.unit import Unit


def write(unit: Unit, number: str, folder: Path, settings: Settings) -> int:
    """Write the package into a folder that must not exist; gives the number of files.

    Raises Refused when the folder exists or there is no such case.
    """
    if folder.exists():
        raise Refused(f"{folder} exists already; an export never overwrites.")
    row = unit.connection.execute(
        select(t.cases.c.opened_at).where(t.cases.c.number == number)
    ).first()
    if row is None:
        raise Refused(f"There is no case {number}; `case list` shows all.")
    digests = {}
    for name, content in _payload(unit, number):
        digests[name] = hashlib.sha256(content).hexdigest()
        _put(folder / name, content)
    ring = open_keyring(settings)
    newest = unit.connection.execute(
        select(t.journal.c.at).order_by(t.journal.c.sequence.desc()).limit(1)
    ).scalar_one()
    info = {
        "Source-Organization": settings.authority.name,
        "External-Identifier": number,
        "Bagging-Date": written_time(newest)[:10],
    }
    tags = bag.tag_files(digests, info, ring.signing_at(newest), newest)
    for name, content in tags.items():
        _put(folder / name, content)
    return len(digests) + len(tags)


def _payload(unit: Unit, number: str) -> Iterator[tuple[str, bytes]]:
    for row in outgoing.evidence_of_case(unit, number):
        body = unit.open(row.body_sealed, outgoing.evidence_context(row.digest))
        entry = read_entry(str(row.sequence), body)
        assert entry is not None
        name = bag.evidence_file_name(entry)
        yield name, body
        yield f"{name}.p7s", row.signature
    ours = select(t.mails.c.id).where(t.mails.c.case_number == number).order_by(t.mails.c.id)
    incoming = unit.connection.execute(ours).scalars().all()
    yield from grounds_files(unit, incoming)
    for mail in incoming:
        raw = mails.raw(unit, mail)
        if raw is not None:
            yield f"{bag.MESSAGES}m{mail}.eml", raw
    o, made = t.outbox.c, t.made_mails.c
    sent = (
        select(o.id, made.content)
        .join_from(t.outbox, t.made_mails, o.id == made.outgoing)
        .where(o.number == number)
        .order_by(o.id)
    )
    for row in unit.connection.execute(sent):
        yield f"{bag.MESSAGES}o{row.id}.eml", row.content
    seen: set[str] = set()
    for document in cases.documents(unit, number):
        name = f"{bag.DOCUMENTS}{document.key}"
        if name not in seen:
            seen.add(name)
            yield name, document.content


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
