"""Unsigned mail through a partner's own tunnel: good for requests, never for approvals."""

from __future__ import annotations

import hashlib

import pytest

from gateway.showcase import openssl
from tests.gateway.rig import TLS, Rig


@pytest.fixture
def tunnel(rig: Rig) -> dict[str, str]:
    """What the door says of mail through the tunnel of Aarhus."""
    client = rig.viborg.certificate  # any client certificate that the settings name
    rig.run("partner", "tunnel", "add", "aarhus", str(client))
    der = openssl.openssl("x509", "-in", str(client), "-outform", "DER")
    return TLS | {"certificate_sha256": hashlib.sha256(der).hexdigest()}


def plain(rig: Rig, entity: bytes) -> bytes:
    return openssl.dress(entity, rig.outer(rig.aarhus))


def test_a_request_through_the_tunnel_is_processed(rig: Rig, tunnel: dict[str, str]) -> None:
    mail = rig.deliver(plain(rig, rig.json(rig.request(), rig.aarhus)), tls=tunnel)
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["assurance"] == "tunnel"
    receipt = rig.letter("received")
    assert receipt.is_sealed
    assert receipt.evidence["sender"]["assurance"] == "tunnel"


def test_an_approval_through_the_tunnel_is_quarantined(rig: Rig, tunnel: dict[str, str]) -> None:
    number, line = rig.drafted()

    mail = rig.deliver(plain(rig, rig.words(line, rig.aarhus)), tls=tunnel)
    rig.settle()

    assert rig.judged(mail) == ("quarantined", "sender.assurance")
    assert rig.state(number) == "DRAFT_SENT"


def test_a_token_that_nobody_signed_names_no_case(rig: Rig, tunnel: dict[str, str]) -> None:
    number = rig.acknowledged()
    withdrawal = rig.submission("request_withdrawal", None, {"reason": "Fortrudt"})
    entity = rig.json(withdrawal, rig.aarhus, f"Tilbagetrækning [{number}]")

    mail = rig.deliver(plain(rig, entity), tls=tunnel)
    rig.settle()

    assert rig.judged(mail) == ("refused", "case.unknown")
    assert rig.state(number) == "ACKNOWLEDGED"


def test_another_certificate_is_no_tunnel(rig: Rig, tunnel: dict[str, str]) -> None:
    entity = rig.json(rig.request(), rig.aarhus)

    for tls in (TLS, TLS | {"certificate_sha256": "0" * 64}):
        mail = rig.deliver(plain(rig, entity), tls=tls)
        rig.settle()
        assert rig.judged(mail) == ("quarantined", "keys.signature.missing")


def test_a_tunnel_speaks_for_its_partner_only(rig: Rig, tunnel: dict[str, str]) -> None:
    entity = rig.json(rig.request(acting_municipality="0740"), rig.silkeborg)

    mail = rig.deliver(openssl.dress(entity, rig.outer(rig.silkeborg)), tls=tunnel)
    rig.settle()

    assert rig.judged(mail) == ("quarantined", "sender.from")
