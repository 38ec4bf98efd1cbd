"""Partners with real GnuPG keys, made once for all tests of a process, and our side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from keys.openpgp import OpenPgp, OwnOpenPgpKey, create, read_public_key
from tests.keys.openpgp.peer import Peer


@dataclass
class Ours:
    """Our side: an own key, and what is registered."""

    secret: bytes
    public: bytes
    fingerprint: str

    def with_registered(self, *peers: Peer) -> OpenPgp:
        now = datetime.now(UTC)
        keys = [read_public_key(peer.public, now) for peer in peers]
        own = OwnOpenPgpKey("gateway", self.secret)
        return OpenPgp([own], [(key.fingerprint, key.data) for key in keys])


@pytest.fixture(scope="session")
def ours() -> Ours:
    secret, public, mark = create("Region Midtjylland", "post@rm.example", datetime.now(UTC))
    return Ours(secret, public, mark)


def peer_with(ours: Ours, name: str, address: str, **options: object) -> Peer:
    peer = Peer(name, address, **options)  # type: ignore[arg-type]  # named as Peer's fields
    peer.meet(ours.public)
    return peer


@pytest.fixture(scope="session")
def aarhus(ours: Ours) -> Iterator[Peer]:
    """RSA, as most partners have."""
    peer = peer_with(ours, "Aarhus Kommune", "post@aarhus.example", kind=("rsa3072", "rsa3072"))
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def viborg(ours: Ours) -> Iterator[Peer]:
    """Curve 25519, with a subkey to sign with."""
    peer = peer_with(ours, "Viborg Kommune", "post@viborg.example", signing_subkey="ed25519")
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def stranger(ours: Ours) -> Iterator[Peer]:
    """Registered nowhere."""
    peer = peer_with(ours, "Fremmed", "post@stranger.example")
    yield peer
    peer.close()


@pytest.fixture(scope="session")
def pgp(ours: Ours, aarhus: Peer, viborg: Peer) -> Iterator[OpenPgp]:
    """Our side with both partners registered."""
    made = ours.with_registered(aarhus, viborg)
    yield made
    made.close()
