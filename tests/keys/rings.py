"""Certificates that are made to cost whoever looks for a path: clones and rings of authorities."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.keys.other_side import Party

Key = ec.EllipticCurvePrivateKey
Member = tuple[Key, x509.Certificate]


def _certificate(
    subject: x509.Name, key: Key, issuer: x509.Name, by: Key, now: datetime, *, ca: bool
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .sign(by, hashes.SHA256())
    )


def make_clone(of: Party, now: datetime) -> x509.Certificate:
    """The same names as an authority's certificate, with another key."""
    key = ec.generate_private_key(ec.SECP256R1())
    known = of.certificate
    return _certificate(known.subject, key, known.issuer, key, now, ca=True)


def make_ring(size: int, now: datetime) -> list[Member]:
    """So many authorities of one name, each issued by each other."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Ring")])
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(size)]
    return [
        (key, _certificate(name, key, name, by, now, ca=True))
        for place, key in enumerate(keys)
        for by in (keys[place - 1], keys[(place + 1) % size], keys[(place + 7) % size])
    ]


def make_leaf_under(member: Member, now: datetime) -> x509.Certificate:
    """A certificate for mail, issued by a member of a ring."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Leaf")])
    return _certificate(name, key, member[1].subject, member[0], now, ca=False)
