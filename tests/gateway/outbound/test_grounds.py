"""An export holds what its verdicts rested on, and anyone repeats them from it, years later."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from gateway.outbound.chains import Entry
from gateway.outbound.grounds import VERDICTS, grounds_report
from gateway.outbound.verify import verify_path
from gateway.store import grounds
from gateway.store.times import read_time
from keys.grounds import read_grounds
from tests.gateway.cli.conftest import Command, sagspost
from tests.gateway.clock.offices import Office, Partner, child, office, partner
from tests.gateway.rig import Rig
from tests.keys.other_side import openssl, openssl_refuses
from tests.keys.revoking import DAY, make_list

__all__ = ["child", "office", "partner", "sagspost"]


@dataclass
class Exported:
    """A case of a partner whose certificate was judged by a list, exported when all was fetched."""

    odense: Partner
    mail: str
    folder: Path

    @property
    def verdicts(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / VERDICTS).read_bytes())
        return found

    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture
def exported(
    office: Office, partner: Callable[..., Partner], child: ExitStack, tmp_path: Path
) -> Exported:
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    office.publish(made=now - 30 * DAY, until=now - 20 * DAY, number=100)
    with office.served():
        odense.write()
        odense.fetching.fetch_due()
        mail = odense.ask_for_a_place()
        assert rig.judged(mail)[1] == "keys.certificate.revocation_stale"
        rig.clock.time += timedelta(hours=2)
        office.publish(made=now - DAY, until=now + 3 * DAY, number=101)
        odense.fetching.fetch_due()
        rig.settle()
    assert rig.judged(mail) == ("processed", None)
    folder = tmp_path / "case"
    rig.run("case", "export", rig.cases()[0]["number"], "--to", str(folder))
    return Exported(odense, mail, folder)


def codes(files: dict[str, bytes]) -> set[tuple[str, str]]:
    return {(f.code, f.where) for f in grounds_report(files, ()).findings}


def test_each_judgement_of_each_mail_is_listed_with_what_it_rested_on(exported: Exported) -> None:
    (mail,) = exported.verdicts["mails"]
    assert mail["file"] == f"data/messages/{exported.mail}.eml"
    assert [
        (judgement["reason"], judged["code"], judged["revocation"])
        for judgement in mail["judgements"]
        for judged in judgement["certificates"]
    ] == [
        ("keys.certificate.revocation_stale", "keys.certificate.revocation_stale", None),
        (None, "keys.signature.good", "good"),
    ]
    endings = sorted(path.suffix for path in (exported.folder / "data" / "grounds").iterdir())
    assert endings.count(".crl") == 2
    assert endings.count(".cer") == 3


def test_an_export_is_judged_again_ten_years_later_without_anything_of_ours(
    exported: Exported, tmp_path: Path
) -> None:
    """Another machine: no home, no network, a clock that is ten years on, the lists long gone."""
    anchor = tmp_path / "gateway.pem"
    anchor.write_bytes(exported.odense.rig.certificate.read_bytes())
    exported.odense.rig.close()
    shutil.rmtree(exported.odense.rig.home)
    program = (
        "import datetime, socket, time, sys\n"
        "real = time.time\n"
        "time.time = lambda: real() + 10 * 365 * 86400\n"
        "class Later(datetime.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, tz=None):\n"
        "        return cls.fromtimestamp(time.time(), tz)\n"
        "datetime.datetime = Later\n"
        "def refuse(*_, **__):\n"
        "    raise AssertionError('the network was asked')\n"
        "socket.socket.connect = refuse\n"
        "assert datetime.datetime.now().year > 2035\n"
        "from gateway.cli import main\n"
        "sys.argv[0] = 'sagspost'\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-c", program, "evidence", "verify", str(exported.folder)),
            *("--anchor", str(anchor), "--json"),
        ],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["good"]
    assert "2 verdict(s) on certificates and keys were repeated as of receipt" in told["notes"]
    assert any(note.startswith("they rest on the anchor CN=Test Root") for note in told["notes"])


def test_openssl_alone_comes_to_the_same_verdict(exported: Exported, tmp_path: Path) -> None:
    """As the page tells: certificates and list from the export, the time from its verdicts."""
    (mail,) = exported.verdicts["mails"]
    received = read_time(mail["received_at"])
    judged = mail["judgements"][-1]["certificates"][0]["grounds"]
    folder = exported.folder / "data" / "grounds"
    rested = json.loads((folder / f"{judged}.json").read_bytes())
    kinds = [*(("x509", f"{name}.cer") for name in rested["certificates"])]
    kinds += [("crl", f"{name}.crl") for name in rested["revocation"]]
    for kind, name in kinds:
        openssl(kind, "-inform", "DER", "-in", folder / name, "-out", tmp_path / name)
    signer, issuer, anchor, listed = (tmp_path / name for _, name in kinds)

    def verify(at: datetime) -> bool:
        return not openssl_refuses(
            *("verify", "-attime", str(int(at.timestamp())), "-partial_chain", "-crl_check"),
            *("-trusted", anchor, "-untrusted", issuer, "-CRLfile", listed, signer),
        )

    assert verify(received)
    assert not verify(received + 10 * DAY), "the list was good for days, and not for ever"


def test_grounds_that_were_changed_or_removed_are_named(exported: Exported) -> None:
    files = exported.files()
    pem = exported.odense.rig.certificate.read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    assert grounds_report(files, ()).findings == ()
    names = [n for n in files if n.startswith("data/grounds/") and n != VERDICTS]
    assert len(names) == 7
    for name in names:
        without = {key: value for key, value in files.items() if key != name}
        changed = {**files, name: files[name][:-1] + bytes((files[name][-1] ^ 1,))}
        for damaged, code in ((without, "grounds.missing"), (changed, "grounds.altered")):
            found = grounds_report(damaged, ()).findings
            assert found, name
            assert {one.code for one in found} == {code}
            mark = name.removeprefix("data/grounds/").partition(".")[0]
            assert all(mark in f"{one.where} {one.text}" for one in found)
    path = exported.folder / names[0]
    path.write_bytes(path.read_bytes() + b"\x00")
    report = verify_path(exported.folder, [certificate])
    assert {"file.altered"} <= {one.code for one in report.findings}


def test_a_verdict_that_the_grounds_do_not_bear_is_named(
    exported: Exported, office: Office
) -> None:
    """Whoever rewrites the list of verdicts is found out before any signature is looked at."""
    files = exported.files()
    told = exported.verdicts
    told["mails"][0]["judgements"][0]["certificates"][0]["code"] = "keys.signature.good"
    where = told["mails"][0]["file"]
    assert codes({**files, VERDICTS: json.dumps(told).encode()}) == {("grounds.verdict", where)}

    told = exported.verdicts
    told["mails"][0]["received_at"] = "2036-11-22T09:00:00.000000Z"
    assert codes({**files, VERDICTS: json.dumps(told).encode()}) == {("grounds.verdict", where)}
    assert codes({**files, VERDICTS: b"{"}) == {("grounds.altered", VERDICTS)}


def test_evidence_names_the_certificate_that_the_verdict_is_about(
    exported: Exported,
) -> None:
    rig = exported.odense.rig
    evidence = rig.letter("received").evidence
    entry = Entry("received", evidence)
    files = exported.files()
    assert grounds_report(files, [entry]).findings == ()
    other = Entry("other", evidence | {"sender": evidence["sender"] | {"revocation": "unknown"}})
    (found,) = grounds_report(files, [other]).findings
    assert (found.code, found.where) == ("grounds.verdict", "other")
    mark = {"certificate_sha256": "00" * 32}
    other = Entry("other", evidence | {"sender": evidence["sender"] | mark})
    (found,) = grounds_report(files, [other]).findings
    assert (found.code, found.where) == ("grounds.verdict", "other")


def test_the_bytes_are_kept_once_however_many_mails_rest_on_them(
    office: Office, partner: Callable[..., Partner]
) -> None:
    odense = partner(office.by_list)
    for _ in range(5):
        odense.write()
    with odense.rig.gateway.store.read() as unit:
        rows = unit.connection.exec_driver_sql("select kind, count(*) from grounds group by kind")
        kept = {row[0]: row[1] for row in rows}
    assert kept == {"certificate": 3, "verdict": 1}


def test_a_batch_that_fails_leaves_no_verdict_without_its_grounds(
    office: Office, partner: Callable[..., Partner]
) -> None:
    """What was inserted by a transaction that was rolled back is inserted again by the next."""
    odense = partner(office.by_list)
    rig: Rig = odense.rig
    shelf = grounds.Shelf()
    mail = odense.write()
    with rig.gateway.store.read() as unit:
        row = unit.connection.exec_driver_sql(
            f"select grounds from judgements where mail = {int(mail[1:])}"
        ).scalar_one()
        (judged,) = json.loads(row)
        document = grounds.read(unit, [judged["grounds"]])[judged["grounds"]]
        certificates = grounds.read(unit, json.loads(document)["certificates"])
        assert len(certificates) == 3
    found = read_grounds(json.loads(document), certificates)
    with suppress(RuntimeError), rig.gateway.store.write() as unit:
        unit.connection.exec_driver_sql("delete from grounds")
        shelf.keep(unit, [found], rig.clock.now())
        raise RuntimeError("the power fails")
    with rig.gateway.store.write() as unit:
        unit.connection.exec_driver_sql("delete from grounds")
        shelf.keep(unit, [found], rig.clock.now())
    with rig.gateway.store.read() as unit:
        assert len(grounds.read(unit, list(found.blobs))) == 3


def test_an_older_list_is_refused_at_the_command_line(
    sagspost: Command, office: Office, partner: Callable[..., Partner], tmp_path: Path
) -> None:
    odense = partner(office.by_list)
    now = odense.rig.clock.now() - 8 * DAY
    root = office.authority.root
    for number in (4, 5):
        made = make_list(root, made=now + number * timedelta(hours=1), number=number)
        (tmp_path / f"{number}.crl").write_bytes(made)
    for number, status in ((5, 0), (4, 1), (5, 0)):
        file = tmp_path / f"{number}.crl"
        done = sagspost("anchor", "add", root.pem, "--crl", file, home=odense.rig.home)
        assert done.status == status, done.err
        assert status == 0 or "older than the one that is known" in done.err
    forged = tmp_path / "forged.crl"
    forged.write_bytes(make_list(office.authority.issuing, made=now, name=root.certificate.subject))
    done = sagspost("anchor", "add", root.pem, "--crl", forged, home=odense.rig.home)
    assert (done.status, "not signed by this issuer" in done.err) == (1, True)
    done = sagspost("anchor", "add", root.pem, "--crl", "file:///etc/passwd", home=odense.rig.home)
    assert (done.status, "must be http://HOST/PATH" in done.err) == (1, True)
