"""Issue keys of our own: a private key and a self-signed certificate, to sign and encrypt mail.

The certificate is no CA and names its use, so that it verifies as its own anchor with OpenSSL's
default purpose for mail, and so that nobody can issue anything under it.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys import asn1

KeyKind = Literal["rsa3072", "p256"]
_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

LIFETIME: Final = timedelta(days=3 * 365)
_CLOCK_LEEWAY: Final = timedelta(hours=1)  # partners' clocks may be behind ours
_SMTP_UTF8_MAILBOX: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")


def issue_own_key(
    name: str, cvr: str, address: str, kind: KeyKind, now: datetime
) -> tuple[bytes, bytes]:
    """Make a key and its certificate, valid from `now` for three years: (key PEM, certificate PEM).

    `name` is the authority's, `cvr` its number (8 digits; 10 for a Swedish orgnr), `address` the
    mailbox that partners write to.
    """
    key: _PrivateKey
    if kind == "rsa3072":
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, name, cvr, address, now)
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key_pem, certificate.public_bytes(Encoding.PEM)


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


def _certificate(
    key: _PrivateKey, name: str, cvr: str, address: str, now: datetime
) -> x509.Certificate:
    swedish = len(cvr) == 10
    subject = x509.Name(
        (
            x509.NameAttribute(NameOID.COUNTRY_NAME, "SE" if swedish else "DK"),
            x509.NameAttribute(
                NameOID.ORGANIZATION_IDENTIFIER, f"{'NTRSE' if swedish else 'NTRDK'}-{cvr}"
            ),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        )
    )
    start = now.astimezone(UTC).replace(microsecond=0)
    public_key = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - _CLOCK_LEEWAY)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(key), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName([_mailbox(address)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def _key_usage(key: _PrivateKey) -> x509.KeyUsage:
    transport = isinstance(key, rsa.RSAPrivateKey)
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=transport,
        data_encipherment=False,
        key_agreement=not transport,
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
