"""The other side of every test: authorities and partners that use OpenSSL's command line only."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography import x509

from keys.keyring import own_key
from keys.own import OwnKey

KEY_OPTIONS = {
    "rsa1024": ("RSA", "rsa_keygen_bits:1024"),
    "rsa2048": ("RSA", "rsa_keygen_bits:2048"),
    "rsa3072": ("RSA", "rsa_keygen_bits:3072"),
    "p256": ("EC", "ec_paramgen_curve:P-256"),
    "p384": ("EC", "ec_paramgen_curve:P-384"),
    "p521": ("EC", "ec_paramgen_curve:P-521"),
    "brainpool": ("EC", "ec_paramgen_curve:brainpoolP256r1"),
}
LEAF_EXTENSIONS = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement",
    "extendedKeyUsage=emailProtection",
    "subjectKeyIdentifier=hash",
    "subjectAltName=email:sikkermail@aarhus.example",
)
CA_EXTENSIONS = (
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier=hash",
)
SUBJECT = "/C=DK/organizationIdentifier=NTRDK-55133018/O=Aarhus Kommune/CN=Aarhus Kommune"


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """Run openssl; a failure fails the test with what it said."""
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def openssl_refuses(*arguments: str | Path, stdin: bytes = b"") -> bool:
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    return done.returncode != 0


@dataclass(frozen=True)
class Party:
    """A key and its certificate, as files."""

    name: str
    key: Path
    pem: Path

    @cached_property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem.read_bytes())

    @cached_property
    def own(self) -> OwnKey:
        return own_key(self.key.read_bytes(), certificate=self.pem.read_bytes(), key_id=self.name)


class Authority:
    """A certificate authority in a folder of its own: root, one issuing CA, leaves and lists."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys: dict[str, Path] = {}
        self._serial = 1000
        self._config()
        self.root = self.issue("root", "p256", CA_EXTENSIONS, subject="/CN=Test Root", by=None)
        self.issuing = self.issue(
            "issuing", "p256", CA_EXTENSIONS, subject="/CN=Test Issuing CA", by=self.root
        )

    def key(self, kind: str, name: str | None = None) -> Path:
        """Give the key of this kind, made once, or a key of its own for `name`."""
        place = name or kind
        if place not in self._keys:
            algorithm, option = KEY_OPTIONS[kind]
            path = self.folder / f"{place}.key"
            openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", path)
            self._keys[place] = path
        return self._keys[place]

    def issue(
        self,
        name: str,
        kind: str,
        extensions: Sequence[str] = LEAF_EXTENSIONS,
        *,
        subject: str = SUBJECT,
        by: Party | str | None = "issuing",
        options: Sequence[str] = (),
        days: tuple[int, int] = (-1, 365),
        own_serial: bool = False,
    ) -> Party:
        """Issue a certificate by the issuing CA, by another party, or by itself (`by=None`)."""
        issuer = self.issuing if by == "issuing" else by
        assert not isinstance(issuer, str)
        own = name if extensions is CA_EXTENSIONS or "CA:TRUE" in extensions[0] else None
        key = self.key(kind, own and f"{own}-{kind}")
        request, pem, ext = (self.folder / f"{name}.{end}" for end in ("csr", "pem", "ext"))
        # `openssl ca` alone can write validity in the past, so that it is used for all.
        openssl("req", "-new", "-utf8", "-key", key, "-subj", subject, "-out", request)
        ext.write_text("\n".join(extensions) + "\n")
        if own_serial:
            (self.folder / "index.txt").write_text("")
        signer: list[str | Path] = ["-selfsign", "-keyfile", key]
        if issuer is not None:
            signer = ["-cert", issuer.pem, "-keyfile", issuer.key]
        moments = openssl_dates(days)
        openssl(
            *("ca", "-config", self.folder / "ca.cnf", "-batch", "-notext"),
            *(() if own_serial else ("-rand_serial",)),
            *("-in", request, "-out", pem, "-extfile", ext, *signer, *options),
            *("-startdate", moments[0], "-enddate", moments[1]),
        )
        return Party(name, key, pem)

    def revocation_list(
        self,
        revoked: Sequence[Party] = (),
        *,
        by: Party | None = None,
        days: tuple[int, int] = (-1, 30),
        reason: str = "keyCompromise",
        extensions: Sequence[str] = (),
    ) -> bytes:
        """Write the issuer's list as DER, with the revoked named in it."""
        issuer = by or self.issuing
        signer: list[str | Path] = ["-cert", issuer.pem, "-keyfile", issuer.key]
        config = ["-config", self.folder / "ca.cnf"]
        (self.folder / "index.txt").write_text("")
        for party in revoked:
            openssl("ca", *config, "-revoke", party.pem, "-crl_reason", reason, *signer)
        moments = openssl_dates(days)
        section = self.folder / "crl.ext"
        section.write_text("\n".join(extensions) + "\n")
        pem = openssl(
            *("ca", *config, "-gencrl", *signer),
            *("-crl_lastupdate", moments[0], "-crl_nextupdate", moments[1]),
            *(("-crlexts", "crl_ext") if extensions else ()),
        )
        return openssl("crl", "-outform", "DER", stdin=pem)

    def _config(self) -> None:
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("1000\n")
        (self.folder / "index.txt.attr").write_text("unique_subject = no\n")
        (self.folder / "ca.cnf").write_text(
            f"""[ca]
default_ca = here
[here]
dir = {self.folder}
database = {self.folder}/index.txt
serial = {self.folder}/serial
new_certs_dir = {self.folder}
default_md = sha256
default_days = 365
default_crl_days = 30
policy = any
email_in_dn = yes
unique_subject = no
string_mask = utf8only
[any]
countryName = optional
organizationIdentifier = optional
organizationName = optional
serialNumber = optional
commonName = optional
emailAddress = optional
[crl_ext]
issuingDistributionPoint = critical,@idp
[idp]
indirectCRL = TRUE
"""
        )


def openssl_dates(days: tuple[int, int]) -> tuple[str, str]:
    now = datetime.now(UTC)
    first, last = (f"{now + timedelta(days=day):%Y%m%d%H%M%SZ}" for day in days)
    return first, last
