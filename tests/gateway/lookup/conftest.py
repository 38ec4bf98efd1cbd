"""One directory for all tests of looking up, filled with the certificates of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.showcase.authority import Identity
from gateway.showcase.runner import openssl
from keys.issuing import issue_tls_key
from tests.gateway.cli.conftest import sagspost
from tests.gateway.cli.test_certificates import AARHUS, another
from tests.gateway.lookup.slapd import Slapd, serving
from tests.gateway.rig import Rig, World

__all__ = ["sagspost"]


def der(who: Identity) -> bytes:
    return openssl("x509", "-in", str(who.certificate), "-outform", "DER")


def bundle(who: Identity) -> bytes:
    """PKCS#7 with the chain, as userSMIMECertificate has it."""
    assert who.chain is not None
    return openssl("crl2pkcs7", "-nocrl", "-certfile", str(who.certificate), "-certfile",
                   str(who.chain), "-outform", "DER")  # fmt: skip


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of the directory, for `localhost`."""
    folder = tmp_path_factory.mktemp("ldap-tls")
    key, certificate = issue_tls_key("localhost", datetime.now(UTC))
    (folder / "key.pem").write_bytes(key)
    (folder / "cert.pem").write_bytes(certificate)
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="session")
def people(world: World) -> dict[str, Identity]:
    """The certificates that the directory has."""
    stranger = world.stranger.kommune(*AARHUS, key="p256")
    return {
        "new": another(world),
        "bundled": another(world),
        "ended": another(world, validity="expired"),
        "stranger": stranger,
        "server": another(world, usage="serverAuth"),
    }


@pytest.fixture(scope="session")
def directory(
    world: World,
    people: dict[str, Identity],
    tls: tuple[Path, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Slapd]:
    with serving(tmp_path_factory.mktemp("slapd"), *tls) as slapd:
        binary = "userCertificate;binary"
        names = ("ended", "stranger", "server")
        wrong = [der(people[name]) for name in names] + [der(world.viborg)]
        slapd.add_person("aarhus", AARHUS[2], {binary: [der(people["new"]), *wrong]})
        smime = {"userSMIMECertificate": [bundle(people["bundled"]), b"junk"]}
        slapd.add_person("aarhus bundle", AARHUS[2], smime)
        slapd.add_person("viborg", "sikkermail@viborg.example", {binary: [der(world.viborg)]})
        slapd.add("dn: ou=closed,dc=example\nobjectClass: organizationalUnit\nou: closed\n")
        slapd.add_person(
            "secret", "secret@rm.example", {binary: [der(world.granbo)]}, under="ou=closed,"
        )
        yield slapd


@pytest.fixture
def home(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig(key="p256")
    rig.clock.time = datetime.now(UTC)
    return rig
