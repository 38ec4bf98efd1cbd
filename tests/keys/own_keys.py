"""Own keys of every kind, each with a certificate by an authority that is made for it."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import NameOID

from keys.own import OwnKey, PrivateKey

KINDS = ("rsa2048", "p256", "p384", "p521", "ed25519", "x25519")


@cache
def own_key_of(kind: str, name: str = "") -> OwnKey:
    """Give the key of this kind, made once; with a `name`, another one."""
    key = _private_key(kind)
    return OwnKey(key, certificate_for(key, f"{kind}{name}"), f"{kind}{name}")


def certificate_for(
    key: PrivateKey, name: str, *, named: x509.Certificate | None = None
) -> x509.Certificate:
    """Certify a key by an authority; with `named`, under issuer and serial number of that."""
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Issuer of {name}")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(named.issuer if named else authority)
        .public_key(key.public_key())
        .serial_number(named.serial_number if named else x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(signer, hashes.SHA256())


def _private_key(kind: str) -> PrivateKey:
    match kind:
        case "rsa2048":
            return rsa.generate_private_key(65537, 2048)
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "p521":
            return ec.generate_private_key(ec.SECP521R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "x25519":
            return x25519.X25519PrivateKey.generate()
    raise AssertionError(kind)
