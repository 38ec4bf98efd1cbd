"""Issue keys of our own: a private key and a self-signed certificate, to sign and encrypt mail.

The certificate is no CA and names its use, so that it verifies as its own anchor with OpenSSL's
default purpose for mail, and so that nobody can issue anything under it.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import asn1
from keys.own import PrivateKey

KeyKind = Literal["rsa3072", "rsa4096", "p256", "p384"]
KeyUse = Literal["both", "sign", "encrypt"]
SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
"""A key that can sign its own certificate or request; in a file, or in a token."""

KINDS: Final[tuple[KeyKind, ...]] = get_args(KeyKind)
USES: Final[tuple[KeyUse, ...]] = get_args(KeyUse)
LIFETIME: Final = timedelta(days=3 * 365)
_CLOCK_LEEWAY: Final = timedelta(hours=1)  # partners' clocks may be behind ours
_SMTP_UTF8_MAILBOX: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
_MAIL: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])


def issue_own_key(
    name: str, cvr: str, address: str, kind: KeyKind, now: datetime, use: KeyUse = "both"
) -> tuple[bytes, bytes]:
    """Make a key and its certificate, valid from `now` for three years: (key PEM, certificate PEM).

    `name` is the authority's, `cvr` its number (8 digits; 10 for a Swedish orgnr), `address` the
    mailbox that partners write to.
    """
    key = generate_key(kind)
    return pem_of(key), self_signed(key, name, cvr, address, now, use)


def generate_key(kind: KeyKind) -> SigningKey:
    """Make a private key."""
    match kind:
        case "rsa3072" | "rsa4096":
            return rsa.generate_private_key(public_exponent=65537, key_size=int(kind[3:]))
        case "p256":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())


def kind_of(public_key: object) -> KeyKind | None:
    """Tell which kind to renew a key by; None for one that is not made here."""
    if isinstance(public_key, rsa.RSAPublicKey):
        return "rsa4096" if public_key.key_size > 3072 else "rsa3072"
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return {"secp256r1": KINDS[2], "secp384r1": KINDS[3]}.get(public_key.curve.name)
    return None


def pem_of(key: PrivateKey) -> bytes:
    """Write a private key as PKCS#8 PEM; the file's mode protects it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def self_signed(
    key: SigningKey, name: str, cvr: str, address: str, now: datetime, use: KeyUse = "both"
) -> bytes:
    """Make the certificate of a key of ours, signed by itself: PEM."""
    subject, start = _subject(name, cvr), valid_from(now)
    public_key = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _CLOCK_LEEWAY + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(key, use), critical=True)
        .add_extension(_MAIL, critical=False)
        .add_extension(x509.SubjectAlternativeName([_mailbox(address)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    return builder.sign(key, _hash(key)).public_bytes(Encoding.PEM)


def valid_from(now: datetime) -> datetime:
    """Give the time from which a certificate is valid that is made `now`: whole seconds."""
    return now.astimezone(UTC).replace(microsecond=0) - _CLOCK_LEEWAY


def certificate_request(
    key: SigningKey, name: str, cvr: str, address: str, use: KeyUse = "both"
) -> bytes:
    """Ask a CA for a certificate (PKCS#10, PEM); it may write another subject than is asked for."""
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_subject(name, cvr))
        .add_extension(_key_usage(key, use), critical=True)
        .add_extension(_MAIL, critical=False)
        .add_extension(x509.SubjectAlternativeName([_mailbox(address)]), critical=False)
    )
    return builder.sign(key, _hash(key)).public_bytes(Encoding.PEM)


def issue_tls_key(host: str, now: datetime) -> tuple[bytes, bytes]:
    """Make a P-256 key and a self-signed certificate for the SMTP door: (key, certificate) PEM.

    Sending relays rarely check it; whoever does gets a certificate from a CA and replaces it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name((x509.NameAttribute(NameOID.COMMON_NAME, host[:64]),))
    start = now.astimezone(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _CLOCK_LEEWAY)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_host(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key_pem, certificate.public_bytes(Encoding.PEM)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def _subject(name: str, cvr: str) -> x509.Name:
    swedish = len(cvr) == 10
    return x509.Name(
        (
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SE" if swedish else "DK"),
            x509.NameAttribute(
                NameOID.ORGANIZATION_IDENTIFIER, f"{'NTRSE' if swedish else 'NTRDK'}-{cvr}"
            ),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        )
    )


def _hash(key: SigningKey) -> hashes.SHA256 | hashes.SHA384:
    """Choose a hash of the curve's strength; SHA-256 for the others."""
    large = isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size > 256
    return hashes.SHA384() if large else hashes.SHA256()


def _key_usage(key: SigningKey, use: KeyUse) -> x509.KeyUsage:
    transport, opens = isinstance(key, rsa.RSAPrivateKey), use != "sign"
    return x509.KeyUsage(
        digital_signature=use != "encrypt",
        content_commitment=False,
        key_encipherment=opens and transport,
        data_encipherment=False,
        key_agreement=opens and not transport,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _mailbox(address: str) -> x509.GeneralName:
    """Write a mailbox; one with letters outside ASCII has its own form (RFC 9598)."""
    if address.isascii():
        return x509.RFC822Name(address)
    return x509.OtherName(_SMTP_UTF8_MAILBOX, asn1.tlv(0x0C, address.encode()))
