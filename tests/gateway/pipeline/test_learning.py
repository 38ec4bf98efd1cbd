"""What a partner's signed mail tells that it can read decides how answers to it are sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.x509 import load_pem_x509_certificates
from sqlalchemy import select

from gateway.showcase import openssl
from gateway.showcase.authority import Identity
from gateway.store import tables as t
from keys import smime
from keys.capabilities import Capabilities
from keys.keyring import read_own_key
from tests.gateway.pipeline.test_opening import certificate_of_aarhus
from tests.gateway.rig import Rig

MakeRig = Callable[..., Rig]


def signed(
    rig: Rig, sender: Identity, *, at: datetime | None = None, announce: bool = True
) -> bytes:
    """A request signed with a list of capabilities like ours; OpenSSL's list is fixed."""
    own = read_own_key(sender.key, certificate=sender.certificate)
    if sender.chain is not None:
        own = replace(own, chain=tuple(load_pem_x509_certificates(sender.chain.read_bytes())))
    entity = rig.json(rig.request(), rig.aarhus)
    return smime.sign_entity(entity, own, at or datetime.now(UTC), announce=announce)


def request(rig: Rig, sender: Identity, **options: object) -> bytes:
    """Deliver such a request and give the receipt."""
    entity = signed(rig, sender, **options)  # type: ignore[arg-type]
    mail = rig.deliver(rig.encrypted(entity, rig.outer(rig.aarhus)))
    rig.settle()
    assert rig.judged(mail) == ("processed", None)
    return rig.outgoing(kind="received", to=rig.aarhus.address)[-1].raw


def is_authenticated(mail: bytes) -> bool:
    return b"smime-type=authEnveloped-data" in mail


def learnt(rig: Rig) -> Capabilities | None:
    known = rig.gateway.directory().capabilities.get(("partner", "aarhus"))
    return known.learnt if known else None


def test_a_partner_of_whom_nothing_is_known_gets_what_everybody_reads(rig: Rig) -> None:
    assert not is_authenticated(request(rig, rig.aarhus, announce=False))
    assert learnt(rig) is None


def test_a_partner_that_tells_it_reads_gcm_gets_gcm_and_opens_it(rig: Rig) -> None:
    request(rig, rig.aarhus)

    assert learnt(rig) is not None
    answer = rig.outgoing(kind="received", to=rig.aarhus.address)[-1]
    assert is_authenticated(answer.raw)
    assert answer.evidence["kind"]
    with rig.gateway.store.read() as unit:
        noted = unit.connection.execute(
            select(t.journal.c.facts).where(t.journal.c.what == "capabilities_learnt")
        ).scalars()
        assert [fact["partner"] for fact in noted] == ["aarhus"]


def test_what_a_partner_tells_later_takes_the_place_of_what_it_told(rig: Rig) -> None:
    assert is_authenticated(request(rig, rig.aarhus, at=datetime.now(UTC) - timedelta(days=2)))
    rig.send(rig.aarhus, rig.request())  # OpenSSL lists AES in CBC mode only
    assert learnt(rig) == Capabilities(("aes256-cbc", "aes128-cbc"))
    assert not is_authenticated(request(rig, rig.aarhus, announce=False))


def test_an_older_signature_takes_nothing_back(rig: Rig) -> None:
    rig.send(rig.aarhus, rig.request())
    before = learnt(rig)
    request(rig, rig.aarhus, at=datetime.now(UTC) - timedelta(days=2))
    assert learnt(rig) == before


def test_a_clock_that_runs_ahead_shuts_nothing_out(rig: Rig) -> None:
    request(rig, rig.aarhus, at=datetime.now(UTC) + timedelta(days=400))
    rig.pass_time(minutes=1)
    rig.send(rig.aarhus, rig.request())
    assert learnt(rig) is not None


def test_another_certificate_of_the_partner_teaches_nothing(rig: Rig) -> None:
    """A colleague's program is not the one that opens our mail."""
    colleague = certificate_of_aarhus(rig.world.authority)
    mail = rig.deliver(
        rig.encrypted(
            openssl.sign(rig.json(rig.request(), rig.aarhus), colleague), rig.outer(rig.aarhus)
        )
    )
    rig.settle()
    assert rig.judged(mail) == ("processed", None)
    assert learnt(rig) is None


@pytest.mark.parametrize("use", ["aes256-gcm", "aes256-cbc"])
def test_what_an_operator_set_goes_before_what_was_learnt(rig: Rig, use: str) -> None:
    rig.run("partner", "cipher", "aarhus", "--use", use)
    announce = use == "aes256-cbc"
    assert is_authenticated(request(rig, rig.aarhus, announce=announce)) == (use == "aes256-gcm")
