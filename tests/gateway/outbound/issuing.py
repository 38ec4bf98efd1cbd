"""A gateway's key made for one test run, and evidence issued with it."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.outbound.evidence import Evidence, Issued, Issuer, Last, compose, issue
from keys.cms import OwnKey

AT = datetime(2026, 11, 22, 5, 4, 3, tzinfo=UTC)
ISSUER: Issuer = {"name": "Region Midtjylland", "cvr": "29190925"}
CASE = "RM-2026-000001"


@lru_cache
def own_key(cvr: str = "29190925", serial: int = 1) -> OwnKey:
    """Return a P-256 key with a self-signed certificate, as `init` makes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Sagspost"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, f"NTRDK-{cvr}"),
        ]
    )
    builder = (
        x509.CertificateBuilder(name, name, key.public_key(), serial)
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.SubjectAlternativeName([x509.RFC822Name("sikkermail@region.example")]), False
        )
    )
    return OwnKey(key, builder.sign(key, hashes.SHA256()), "gateway-2026")


def make(sequence: int, last: Last | None, mail: bytes = b"mail", case: str = CASE) -> Evidence:
    """Return one evidence of the case."""
    kinds = ("received", "draft", "approved", "confirmed")
    return compose(
        id=f"e-{sequence}",
        kind=kinds[(sequence - 1) % len(kinds)],
        issued_at=AT + timedelta(hours=sequence),
        issuer=ISSUER,
        last=last,
        message={
            "message_id": "<in-1@aarhus.example>",
            "submission_id": "0f9c2b62-4f0e-4d6e-9f0a-0d1f6a9d2c11",
            "received_at": "2026-11-22T05:04:03Z",
            "door": "smtp",
            "sha256": hashlib.sha256(mail).hexdigest(),
            "mic": "q6GMdA1AfnPo5IZvl3U0nWfuQHt0QMnt7DBo5Rp9Rt4=, sha-256",
        },
        case={
            "number": case,
            "procedure": "payment_agreement",
            "from": "NOTIFIED",
            "to": "ACKNOWLEDGED",
            "rules": ["S0-R9", "S0-R11"],
        },
        content={
            "message": "placement_request",
            "digest": "0" * 64,
            "fields": {"name": 'Prøve "Borger"\n\u007f', "amount": "1845.50", "urgent": False},
            "attachments": [],
        },
    )


def chain(length: int, case: str = CASE) -> list[Evidence]:
    """Return a whole chain."""
    made: list[Evidence] = []
    for sequence in range(1, length + 1):
        last = None
        if made:
            link = made[-1]["chain"]
            last = Last(link["sequence"], link["digest"])
        made.append(make(sequence, last, case=case))
    return made


def issued(evidence: Evidence, own: OwnKey | None = None) -> Issued:
    """Return it signed."""
    return issue(evidence, own or own_key(), AT)
