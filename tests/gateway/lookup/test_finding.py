"""`partner certificate find`: what a directory or a folder has, judged before it is offered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Refused
from gateway.showcase.authority import Identity
from tests.gateway.cli.conftest import Command
from tests.gateway.cli.test_certificates import another, listed, mark, opens
from tests.gateway.lookup.conftest import bundle
from tests.gateway.lookup.slapd import BASE, Slapd
from tests.gateway.rig import Rig


def find(home: Rig, *options: str) -> dict[str, dict[str, Any]]:
    rows = json.loads(home.run("partner", "certificate", "find", "aarhus", "--json", *options))
    return {row["fingerprint"]: row for row in rows}


def test_what_the_directory_has_is_judged(
    home: Rig, directory: Slapd, people: dict[str, Identity]
) -> None:
    found = find(home, "--ldap", directory.url, "--base", BASE)

    faults = {name: found[mark(who)]["fault"] for name, who in people.items()}
    assert faults == {
        "new": None,
        "bundled": None,
        "ended": "certificate.unfit",
        "stranger": "certificate.untrusted",
        "server": "certificate.unfit",
    }
    assert found[mark(home.viborg)]["fault"] == "certificate.organisation"
    assert set(listed(home)) == {mark(home.aarhus)}


def test_with_add_the_good_ones_are_registered_and_used(
    home: Rig, directory: Slapd, people: dict[str, Identity], tls: tuple[Path, Path]
) -> None:
    file = home.home / "sagspost.toml"
    section = f'\n[lookup]\nldap = "{directory.secure}"\nbase = "{BASE}"\nca_file = "{tls[0]}"\n'
    file.write_text(file.read_text("utf-8") + section, "utf-8")
    home.run("partner", "certificate", "find", "aarhus", "--add")

    good = {mark(people["new"]), mark(people["bundled"])}
    assert set(listed(home)) == {mark(home.aarhus), *good}
    home.send(home.aarhus, home.request())
    assert any(opens(home, people[name]) for name in ("new", "bundled"))
    with pytest.raises(Refused, match="Nothing new"):
        home.run("partner", "certificate", "find", "aarhus", "--add")


def test_a_folder_is_searched_for_the_partners_own(home: Rig, tmp_path: Path) -> None:
    new = another(home.world)
    (tmp_path / "aarhus.p7b").write_bytes(bundle(new))
    (tmp_path / "viborg.pem").write_bytes(home.viborg.certificate.read_bytes())
    (tmp_path / "granbo.cer").write_bytes(home.granbo.certificate.read_bytes())
    (tmp_path / "notes.txt").write_text("nothing")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / "huge.pem").write_bytes(bytes(10_000_000))

    found = find(home, "--folder", str(tmp_path))
    assert {fp: row["fault"] for fp, row in found.items()} == {mark(new): None}
    home.run("partner", "certificate", "find", "aarhus", "--folder", str(tmp_path), "--add")
    assert mark(new) in listed(home)


def test_one_that_names_nobody_is_offered_and_not_added(
    home: Rig, directory: Slapd, tmp_path: Path
) -> None:
    """Without an organisation and with another address: the directory may be wrong."""
    nobody = home.world.authority.facility("Nobody", "nobody@nowhere.example", key="p256")
    directory.add_person("odense", "sikkermail@odense.example", {
        "userSMIMECertificate": [bundle(nobody)]})  # fmt: skip
    home.run("partner", "add", "odense", "--name", "Odense", "--cvr", "35209115",
             "--address", "sikkermail@odense.example")  # fmt: skip
    told = json.loads(home.run("partner", "certificate", "find", "odense", "--json",
                               "--ldap", directory.url, "--base", BASE))  # fmt: skip

    assert [row["fault"] for row in told] == ["certificate.organisation"]
    with pytest.raises(Refused, match="Nothing new"):
        home.run("partner", "certificate", "find", "odense", "--add", "--ldap", directory.url,
                 "--base", BASE)  # fmt: skip


def test_what_cannot_be_asked_is_told(sagspost: Command, home: Rig, tmp_path: Path) -> None:
    for options, told in (
        ((), "--ldap URL or --folder DIR"),
        (("--folder", tmp_path / "none"), "no folder"),
        (("--ldap", "http://x"), "ldaps://HOST"),
        (("--ldap", "ldap://127.0.0.1:1"), "does not answer"),
    ):
        done = sagspost("partner", "certificate", "find", "aarhus", *options, home=home.home)
        assert done.status == 1
        assert told in done.err
