"""One party for each kind of key, under one root that every peer is told to trust."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.own import OwnKey, PrivateKey
from tests.keys.own_keys import own_key_of

NAMES = {
    "rsa2048": "RSA-2048",
    "rsa3072": "RSA-3072",
    "p256": "P-256",
    "p384": "P-384",
    "p521": "P-521",
    "ed25519": "Ed25519",
    "x25519": "X25519",
}
SEALED_TO = ("rsa2048", "rsa3072", "p256", "p384", "p521", "x25519")
SIGNING = ("rsa2048", "rsa3072", "p256", "p384", "p521", "ed25519")


@dataclass(frozen=True)
class Member:
    """A key with its certificate, as objects for us and as files for the others."""

    kind: str
    key: PrivateKey
    certificate: x509.Certificate
    key_file: Path
    pem: Path

    @cached_property
    def own(self) -> OwnKey:
        return OwnKey(self.key, self.certificate, self.kind)

    @property
    def address(self) -> str:
        return f"{self.kind}@interop.example"


class Circle:
    """The root and its members, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._certify(self._root_key, "Interop Root", None)
        self.root_pem = folder / "root.pem"
        self.root_pem.write_bytes(self.root.public_bytes(Encoding.PEM))
        self.members: dict[str, Member] = {}
        for kind in NAMES:
            key: PrivateKey = (
                rsa.generate_private_key(65537, 3072)
                if kind == "rsa3072"
                else own_key_of(kind, "interop").key
            )
            certificate = self._certify(key, kind, self.root)
            key_file, pem = folder / f"{kind}.key", folder / f"{kind}.pem"
            plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            key_file.write_bytes(plain)
            pem.write_bytes(certificate.public_bytes(Encoding.PEM))
            self.members[kind] = Member(kind, key, certificate, key_file, pem)

    def _certify(
        self, key: PrivateKey, name: str, issuer: x509.Certificate | None
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        public = key.public_key()
        agrees, transports = name.startswith(("p", "x")), name.startswith("rsa")
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=issuer is not None and name != "x25519",
                    content_commitment=False,
                    key_encipherment=transports,
                    data_encipherment=False,
                    key_agreement=agrees,
                    key_cert_sign=issuer is None,
                    crl_sign=issuer is None,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
        )
        if issuer is not None:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            names = x509.SubjectAlternativeName([x509.RFC822Name(f"{name}@interop.example")])
            root_key = self._root_key.public_key()
            authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key)
            builder = builder.add_extension(usage, critical=False)
            builder = builder.add_extension(names, critical=False)
            builder = builder.add_extension(authority, critical=False)
        return builder.sign(self._root_key, hashes.SHA256())
