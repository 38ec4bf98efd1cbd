"""Whatever is changed, removed, moved or cut off after it was kept is found, and named.

A whole dialogue is kept once; each test harms a copy of its database as somebody could who has the
disk and not the keys, and asks what the operator would ask: `log verify`, `case verify`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from gateway import homes, logs
from gateway import settings as settings_module
from gateway.cli.app import app
from gateway.outbound import export, integrity
from gateway.store import journal
from gateway.store import tables as t
from gateway.store.unit import Store
from tests.gateway.rig import Rig, World, run


@dataclass(frozen=True)
class Kept:
    """A home after a dialogue, with the number of its first case."""

    home: Path
    number: str
    head: Path
    """A signed head, kept outside, of the moment before the last words."""
    older: Path
    """A copy of the database from before the draft."""
    receipt: Path
    """The receipt as OpenSSL decrypted it."""


@pytest.fixture(scope="module")
def dialogue(world: World, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """From the request to settlement, a second case, a refusal, and the head of the day."""
    outside = tmp_path_factory.mktemp("outside")
    rig = Rig(world, tmp_path_factory.mktemp("dialogue"))
    number, line = rig.drafted()
    older = outside / "older.db"
    with closing(sqlite3.connect(rig.home / "sagspost.db")) as source:
        source.execute("VACUUM INTO ?", (str(older),))
    rig.send(rig.aarhus, line)
    rig.act(number, "start_settlement")
    rig.settle()
    rig.acknowledged()
    rig.send(rig.aarhus, rig.request(facility="findes-ikke"))
    rig.duties._head()
    rig.settle()
    attached = rig.letter("head").letter.attachments
    for name in ("head.json", "head.json.p7s"):
        (outside / name).write_bytes(attached[name])
    receipt = outside / "receipt.eml"
    receipt.write_bytes(rig.letter("received", number=number).entity)
    rig.send(rig.aarhus, f"Tak for hjælpen. [{number}]")
    rig.close()
    with closing(sqlite3.connect(rig.home / "sagspost.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Kept(rig.home, number, outside / "head.json", older, receipt)


@dataclass
class Copy:
    """A copy that may be harmed."""

    kept: Kept
    home: Path

    def sql(self, statement: str, *values: object) -> None:
        """Write as somebody with the disk alone would: without our code, and without our keys."""
        with closing(sqlite3.connect(self.home / "sagspost.db", isolation_level=None)) as database:
            assert database.execute(statement, values).rowcount != 0, "nothing was harmed"

    def value(self, query: str, *values: object) -> object:
        with closing(sqlite3.connect(self.home / "sagspost.db")) as database:
            (found,) = database.execute(query, values).fetchone()
            return found

    @property
    def store(self) -> Store:
        return homes.open_store(settings_module.load(self.home))

    def log(self) -> list[str]:
        """What `log verify` says."""
        with self.store.read() as unit:
            return list(integrity.all_findings(unit, settings_module.load(self.home)))

    def case(self) -> list[str]:
        """What `case verify` says of the first case."""
        with self.store.read() as unit:
            loaded = settings_module.load(self.home)
            return list(integrity.case_findings(unit, self.kept.number, loaded))

    def against_head(self) -> list[str]:
        """What `log verify --head` says more."""
        with self.store.read() as unit:
            loaded = settings_module.load(self.home)
            return list(integrity.outside_head_findings(unit, self.kept.head, loaded))


@pytest.fixture
def copy(dialogue: Kept, tmp_path: Path) -> Copy:
    home = tmp_path / "home"
    shutil.copytree(dialogue.home, home)
    return Copy(dialogue, home)


def test_what_nobody_has_touched_is_whole(copy: Copy) -> None:
    assert copy.log() == []
    assert copy.case() == []
    assert copy.against_head() == []


Harm = Callable[[Copy], None]

EVIDENCE = "(SELECT id FROM evidence WHERE number LIKE 'RM-%' AND sequence = 2 LIMIT 1)"
CERTIFICATE = "(SELECT min(sha256) FROM grounds WHERE kind = 'certificate')"
LAST = "(SELECT max(sequence) FROM journal)"


def swap(table: str, column: str, first: str, second: str) -> Harm:
    """Exchange one column of two rows."""

    def harm(copy: Copy) -> None:
        one = copy.value(f"SELECT {column} FROM {table} WHERE {first}")
        two = copy.value(f"SELECT {column} FROM {table} WHERE {second}")
        assert one != two
        copy.sql(f"UPDATE {table} SET {column} = ? WHERE {first}", two)
        copy.sql(f"UPDATE {table} SET {column} = ? WHERE {second}", one)

    return harm


def flip(table: str, column: str, where: str) -> Harm:
    """Change one bit in the middle of a column."""

    def harm(copy: Copy) -> None:
        data = copy.value(f"SELECT {column} FROM {table} WHERE {where}")
        assert isinstance(data, bytes)
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        copy.sql(f"UPDATE {table} SET {column} = ? WHERE {where}", changed)

    return harm


def write(statement: str) -> Harm:
    def harm(copy: Copy) -> None:
        copy.sql(statement)

    return harm


def reorder_journal(copy: Copy) -> None:
    """Exchange the places of two rows, whole."""
    for before, after in ((5, -1), (6, 5), (-1, 6)):
        copy.sql("UPDATE journal SET sequence = ? WHERE sequence = ?", after, before)


def cut_journal_and_its_end(copy: Copy) -> None:
    """Take the last row and move the end back; the MAC cannot be made without the key."""
    copy.sql(f"DELETE FROM journal WHERE sequence = {LAST}")
    copy.sql(
        "UPDATE chain_ends SET (sequence, digest) ="
        " (SELECT sequence, digest FROM journal ORDER BY sequence DESC LIMIT 1)"
    )


def rewrite_journal(copy: Copy) -> None:
    """Change a row and make every digest after it anew, as anybody can; only the end stays."""
    with copy.store.engine.begin() as connection:
        rows = connection.execute(select(t.journal).order_by(t.journal.c.sequence)).mappings().all()
        previous = journal.FIRST
        for found in rows:
            row = dict(found) | {"previous": previous}
            if row["sequence"] == 4:
                row["actor"] = "somebody else"
            previous = row["digest"] = journal.digest_of(row)
            connection.execute(
                t.journal.update().where(t.journal.c.sequence == row["sequence"]).values(row)
            )


HARMS: dict[str, tuple[Harm, str]] = {
    "a journal row is flipped": (
        write("UPDATE journal SET actor = 'somebody' WHERE sequence = 4"),
        "row 4",
    ),
    "a time in the journal is moved": (
        write("UPDATE journal SET at = '2020-01-01T00:00:00.000000Z' WHERE sequence = 4"),
        "row 4",
    ),
    "a time in the journal is no time": (
        write("UPDATE journal SET at = 'yesterday' WHERE sequence = 4"),
        "row 4",
    ),
    "facts in the journal are no JSON": (
        write("UPDATE journal SET facts = '{' WHERE sequence = 4"),
        "row 4",
    ),
    "facts in the journal are changed": (
        write("UPDATE journal SET facts = '{}' WHERE sequence = 1"),
        "row 1",
    ),
    "a journal row is removed": (write("DELETE FROM journal WHERE sequence = 4"), "row 4"),
    "the first journal row is removed": (write("DELETE FROM journal WHERE sequence = 1"), "row 1"),
    "journal rows are reordered": (reorder_journal, "row 5"),
    "the journal is cut off": (
        write(f"DELETE FROM journal WHERE sequence > {LAST} - 3"),
        "cut off at the end",
    ),
    "the journal is cut off and its end moved": (cut_journal_and_its_end, "guarded end"),
    "the journal is written anew": (rewrite_journal, "is not the end that was guarded"),
    "the whole journal is removed": (write("DELETE FROM journal"), "cut off at the end: 0 rows"),
    "the guarded end is removed": (write("DELETE FROM chain_ends"), "guarded end is missing"),
    "the guarded end is changed": (
        write("UPDATE chain_ends SET sequence = sequence - 1"),
        "guarded end",
    ),
    "an evidence body is flipped": (
        flip("evidence", "body_sealed", f"id = {EVIDENCE}"),
        "/2: it was changed",
    ),
    "an evidence signature is flipped": (
        flip("evidence", "signature", f"id = {EVIDENCE}"),
        "signature.invalid",
    ),
    "an evidence signature is exchanged": (
        swap("evidence", "signature", "id = 1", "id = 2"),
        "signature.invalid",
    ),
    "an evidence body is exchanged": (
        swap("evidence", "body_sealed", "id = 1", "id = 2"),
        "in another's place",
    ),
    "the digest of evidence is changed": (
        write(f"UPDATE evidence SET digest = '{'0' * 64}' WHERE id = {EVIDENCE}"),
        "/2",
    ),
    "the kind of evidence is changed": (
        write(f"UPDATE evidence SET kind = 'refused' WHERE id = {EVIDENCE}"),
        "its row does not say",
    ),
    "the predecessor of evidence is changed": (
        write(f"UPDATE evidence SET previous = '{'0' * 64}' WHERE id = {EVIDENCE}"),
        "its row does not say",
    ),
    "the time of evidence is changed": (
        write(
            f"UPDATE evidence SET issued_at = '2020-01-01T00:00:00.000000Z' WHERE id = {EVIDENCE}"
        ),
        "its row does not say",
    ),
    "the mail of evidence is changed": (
        write(f"UPDATE evidence SET mail = 99 WHERE id = {EVIDENCE}"),
        "its row does not say",
    ),
    "evidence is moved to another case": (
        write(f"UPDATE evidence SET number = 'RM-2026-000099' WHERE id = {EVIDENCE}"),
        "is missing or was changed",
    ),
    "evidence is removed": (write(f"DELETE FROM evidence WHERE id = {EVIDENCE}"), "chain.gap"),
    "a chain of evidence is cut off": (
        write(
            "DELETE FROM evidence WHERE id = (SELECT id FROM evidence WHERE number LIKE 'RM-%'"
            " ORDER BY number, sequence DESC LIMIT 1)"
        ),
        "is missing or was changed",
    ),
    "a chain of evidence is removed": (
        write("DELETE FROM evidence WHERE number LIKE 'RM-%-000001'"),
        "is missing or was changed",
    ),
    "evidence without a case is removed": (
        write("DELETE FROM evidence WHERE number = '-'"),
        "evidence of -",
    ),
    "two pieces of evidence are reordered": (
        swap("evidence", "digest", "id = 1", "id = 2"),
        "it was changed",
    ),
    "a raw mail is flipped": (flip("raws", "raw_sealed", "mail = 2"), "mail m2"),
    "a raw mail is removed": (write("DELETE FROM raws WHERE mail = 2"), "mail m2"),
    "raw mails are exchanged": (swap("raws", "raw_sealed", "mail = 1", "mail = 2"), "mail m1"),
    "the row of a mail is removed": (write("DELETE FROM mails WHERE id = 2"), "mail m2"),
    "the digest of a mail is changed": (
        write(f"UPDATE mails SET sha256 = '{'0' * 64}' WHERE id = 2"),
        "mail m2",
    ),
    "the time of receipt is changed": (
        write("UPDATE mails SET received_at = '2020-01-01T00:00:00.000000Z' WHERE id = 2"),
        "mail m2",
    ),
    "a document is flipped": (flip("documents", "content_sealed", "id = 1"), "document RM-"),
    "a document is removed": (write("DELETE FROM documents WHERE id = 1"), "document"),
    "documents are exchanged": (
        swap("documents", "content_sealed", "id = 1", "id = 2"),
        "document RM-",
    ),
    "the digest of a document is changed": (
        write(f"UPDATE documents SET sha256 = '{'0' * 64}' WHERE id = 1"),
        "document RM-",
    ),
    "the body of a case is flipped": (
        flip("cases", "body_sealed", "number LIKE 'RM-%-000001'"),
        "000001: its body",
    ),
    "the bodies of two cases are exchanged": (
        swap("cases", "body_sealed", "number LIKE 'RM-%-000001'", "number LIKE 'RM-%-000002'"),
        "its body was changed",
    ),
    "the state of a case is changed": (
        write("UPDATE cases SET state = 'ENDED' WHERE number LIKE 'RM-%-000001'"),
        "000001: its state",
    ),
    "a case is removed": (
        write("DELETE FROM cases WHERE number LIKE 'RM-%-000002'"),
        "000002",
    ),
    "a case's history is changed": (
        write("UPDATE case_events SET to_state = 'ENDED' WHERE id = 2"),
        "its history",
    ),
    "a head is flipped": (
        flip("heads", "body", "sequence = 1"),
        "head 1",
    ),
    "a head is turned into text": (
        write("UPDATE heads SET body = 'nothing'"),
        "heads: cannot be read",
    ),
    "a head's signature is flipped": (flip("heads", "signature", "sequence = 1"), "head 1"),
    "a head is removed": (write("DELETE FROM heads"), "head"),
    "a certificate that a verdict rests on is flipped": (
        flip("grounds", "content", f"sha256 = {CERTIFICATE}"),
        "grounds",
    ),
    "a certificate that a verdict rests on is removed": (
        write(f"DELETE FROM grounds WHERE sha256 = {CERTIFICATE}"),
        "which they name, was removed",
    ),
    "the grounds of verdicts are removed": (
        write("DELETE FROM grounds WHERE kind = 'verdict'"),
        "the grounds of a judgement were removed",
    ),
    "what a judgement rests on is changed": (
        write("UPDATE judgements SET grounds = replace(grounds, 'unknown', 'good') WHERE mail = 1"),
        "is not what the journal says",
    ),
}


@pytest.mark.parametrize("harmed", HARMS, ids=lambda text: text.replace(" ", "-"))
def test_every_change_is_found_and_named(copy: Copy, harmed: str) -> None:
    harm, named = HARMS[harmed]

    harm(copy)

    found = copy.log()
    assert any(named in finding for finding in found), found


OF_THE_CASE = ("an evidence", "evidence is", "a chain", "the body", "a document", "the journal")


@pytest.mark.parametrize(
    "harmed",
    [name for name in HARMS if name.startswith(OF_THE_CASE)],
    ids=lambda text: text.replace(" ", "-"),
)
def test_what_concerns_a_case_is_found_by_asking_for_the_case(copy: Copy, harmed: str) -> None:
    harm, named = HARMS[harmed]

    harm(copy)

    found = copy.case()
    assert any(named in finding for finding in found), found


def test_a_database_that_was_rolled_back_is_shown_by_a_head_that_was_mailed_out(
    copy: Copy,
) -> None:
    for leftover in copy.home.glob("sagspost.db-*"):
        leftover.unlink()
    shutil.copyfile(copy.kept.older, copy.home / "sagspost.db")

    inside = copy.log()
    outside = copy.against_head()

    assert inside == [], "an old copy is whole in itself"
    assert any("journal: row" in finding and "missing" in finding for finding in outside)
    assert any(copy.kept.number in finding for finding in outside)


def test_a_head_of_another_gateway_or_a_changed_one_proves_nothing(
    copy: Copy, tmp_path: Path
) -> None:
    changed = tmp_path / "head.json"
    changed.write_bytes(copy.kept.head.read_bytes().replace(b'"sequence":1', b'"sequence":2', 1))
    signature = copy.kept.head.with_name("head.json.p7s")
    changed.with_name("head.json.p7s").write_bytes(signature.read_bytes())

    with copy.store.read() as unit:
        loaded = settings_module.load(copy.home)
        found = list(integrity.outside_head_findings(unit, changed, loaded))

    assert any("signature.invalid" in finding for finding in found)


def exported(copy: Copy, to: Path) -> Path:
    with copy.store.read() as unit:
        export.write(unit, copy.kept.number, to, settings_module.load(copy.home))
    return to


def test_an_export_is_checked_with_the_certificate_alone(copy: Copy, tmp_path: Path) -> None:
    folder = exported(copy, tmp_path / "case")
    anchor = tmp_path / "gateway.pem"
    anchor.write_bytes((copy.home / "keys" / "gateway.pem").read_bytes())
    shutil.rmtree(copy.home)

    told = json.loads(
        run(copy.home, "evidence", "verify", str(folder), "--anchor", str(anchor),
            "--head", str(copy.kept.head), "--json")
    )  # fmt: skip

    assert told["good"]
    assert len(told["checked"]) > 5
    count, *anchors = told["notes"]
    assert count.endswith("verdict(s) on certificates and keys were repeated as of receipt")
    assert all("they rest on the anchor" in note for note in anchors)


@pytest.mark.parametrize(
    "folder", ["data/evidence", "data/messages", "data/documents", "data/grounds"]
)
@pytest.mark.parametrize("harm", ["flip", "remove", "add"])
def test_an_export_that_was_changed_is_found_by_name(
    copy: Copy, tmp_path: Path, folder: str, harm: str
) -> None:
    case = exported(copy, tmp_path / "case")
    file = sorted((case / folder).iterdir())[0]
    if harm == "flip":
        data = file.read_bytes()
        file.write_bytes(data[:-20] + bytes([data[-20] ^ 1]) + data[-19:])
    elif harm == "remove":
        file.unlink()
    else:
        file = file.with_name("added.json")
        file.write_bytes(b"{}")

    told = verified(copy, case)

    assert any(file.name in finding for finding in told), told


def test_an_export_that_lost_its_tail_is_shown_by_the_head(copy: Copy, tmp_path: Path) -> None:
    case = exported(copy, tmp_path / "case")
    evidence = sorted((case / "data" / "evidence").glob("*.json"))
    for file in evidence[-2:]:
        file.unlink()
        file.with_name(f"{file.name}.p7s").unlink()

    told = verified(copy, case, "--head", str(copy.kept.head))

    assert any("cut off at the end" in finding for finding in told), told


def verified(copy: Copy, path: Path, *more: str) -> list[str]:
    """What `evidence verify` finds; it must end with 1."""
    line = ["--home", str(copy.home), "evidence", "verify", str(path), "--anchor",
            str(copy.home / "keys" / "gateway.pem"), *more, "--json"]  # fmt: skip
    with patch.object(logs, "set_up"):
        done = CliRunner().invoke(app, line)
    assert done.exit_code == 1
    return [f"{f['where']}: {f['text']} ({f['code']})" for f in json.loads(done.stdout)["findings"]]


def test_a_receipt_is_verified_as_openssl_decrypted_it(copy: Copy, tmp_path: Path) -> None:
    anchor = str(copy.home / "keys" / "gateway.pem")

    told = json.loads(
        run(copy.home, "evidence", "verify", str(copy.kept.receipt), "--anchor", anchor, "--json")
    )
    changed = tmp_path / "receipt.eml"
    whole = copy.kept.receipt.read_bytes()
    place = whole.index(b"evidence.json") + 400
    changed.write_bytes(whole[:place] + b"A" + whole[place + 1 :])

    assert told["good"]
    assert verified(copy, changed)
