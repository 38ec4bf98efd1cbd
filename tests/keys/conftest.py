"""Parties with fresh keys for the tests of `keys`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.keyring import issue_own_key
from keys.own import Keyring
from keys.trust import TrustMaterial
from tests.keys.gpgsm import Gpgsm
from tests.keys.other_side import Authority, Party, openssl

ENTITY = (
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n"
    + "CPR-nummer: 670765-4005\r\nBehov: støtte døgnet rundt\r\n".encode()
)


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def parties(authority: Authority) -> dict[str, Party]:
    """One partner for each kind of key that is accepted."""
    return {
        kind: authority.issue(f"partner-{kind}", kind)
        for kind in ("rsa2048", "rsa3072", "p256", "p384")
    }


@pytest.fixture(scope="session")
def gateways(now: datetime, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Party]:
    """Keys that the gateway issued itself, as files for the other side."""
    folder = tmp_path_factory.mktemp("gateway")
    found = {}
    for kind in ("rsa3072", "p256"):
        key, certificate = issue_own_key(
            "Region Midtjylland", "29190925", "sikker@rm.example", kind, now
        )
        paths = folder / f"gateway-{kind}.key", folder / f"gateway-{kind}.pem"
        paths[0].write_bytes(key)
        paths[1].write_bytes(certificate)
        found[kind] = Party(f"gateway-{kind}", *paths)
    return found


@pytest.fixture(scope="session")
def keyring(parties: dict[str, Party]) -> Keyring:
    """Our keys in tests of opening: all kinds at once, so that the right one must be chosen."""
    return Keyring(tuple(party.own for party in parties.values()))


@pytest.fixture(scope="session")
def material(authority: Authority) -> TrustMaterial:
    return TrustMaterial(anchors=(der(authority.root),), intermediates=(der(authority.issuing),))


@pytest.fixture(scope="session")
def gpgsm(parties: dict[str, Party], authority: Authority) -> Iterator[Gpgsm]:
    with Gpgsm.started(parties["rsa2048"], authority) as running:
        yield running


@pytest.fixture
def entity_file(tmp_path: Path) -> Path:
    path = tmp_path / "entity"
    path.write_bytes(ENTITY)
    return path


def der(party: Party) -> bytes:
    return openssl("x509", "-in", party.pem, "-outform", "DER")
