"""A certificate authority made with the openssl command, in the layout of the Danish OCES3.

Layout: subject with `organizationIdentifier` (OID 2.5.4.97) `NTRDK-<CVR>`, the mail address as SAN
rfc822Name, extended key usage emailProtection. OCES2 named the organisation in `serialNumber`
instead, as `CVR:<8 digits>-UID:<id>`; a Swedish one uses `NTRSE-<orgnr>`. Every key is made at run
time, for a test or a demonstration, and is worth nothing afterwards.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from gateway.showcase.runner import openssl

KeyKind = Literal["rsa1024", "rsa2048", "rsa3072", "rsa4096", "p256", "p384"]
Layout = Literal["oces3", "oces2", "sweden", "person"]
Validity = Literal["valid", "expired", "not_yet_valid", "always"]

_KEY_OPTIONS: dict[KeyKind, tuple[str, ...]] = {
    "rsa1024": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
    "rsa2048": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "rsa3072": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"),
    "rsa4096": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"),
    "p256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "p384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
}
_PERIODS: dict[Validity, tuple[int, int]] = {  # days from now: first, last
    "valid": (-2, 3 * 365),
    "expired": (-400, -30),
    "not_yet_valid": (30, 400),
    "always": (-40 * 365, 40 * 365),  # for dialogues that are played at their own time
}
_CA_EXTENSIONS = (
    "basicConstraints = critical, CA:TRUE\n"
    "keyUsage = critical, keyCertSign, cRLSign\n"
    "subjectKeyIdentifier = hash\n"
    "authorityKeyIdentifier = keyid\n"
)
_CONFIGURATION = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
crlnumber = {folder}/crlnumber
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
policy = any
unique_subject = no
crl_extensions = crl
[any]
[crl]
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Identity:
    """Somebody with a mail address, a private key and a certificate, each in its own PEM file.

    `chain` holds the issuing certificates that a signer sends along, where there are any.
    """

    name: str
    address: str
    key: Path
    certificate: Path
    chain: Path | None = None


class Authority:
    """A root and, if asked for, an issuing authority below it; everything lies in `folder`.

    `anchor` is the root certificate, the file that `sagspost anchor add` takes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        key: KeyKind = "rsa2048",
        issuing: bool = False,
        name: str = "Prøvecertifikater",
        validity: Validity = "valid",
    ) -> None:
        self.folder = folder
        self._validity = validity
        self.issued = folder / "issued"
        self.issued.mkdir(parents=True, exist_ok=True)
        self._root = _make_office(folder / "root")
        self._issuer = self._root
        subject = _subject(C="DK", O=name, CN=f"{name} rod")
        _make_key(self._root / "ca.key", key)
        days = _PERIODS[validity]
        _make_root(self._root, subject, days)
        self.anchor = self._root / "ca.pem"
        self.intermediate: Path | None = None
        if issuing:
            self._issuer = _make_office(folder / "issuing")
            _make_key(self._issuer / "ca.key", key)
            _issue(
                self._root,
                self._issuer / "ca.key",
                self._issuer / "ca.pem",
                subject=_subject(C="DK", O=name, CN=f"{name} udsteder"),
                extensions=_CA_EXTENSIONS,
                days=days,
            )
            self.intermediate = self._issuer / "ca.pem"

    def kommune(
        self,
        name: str,
        cvr: str,
        address: str,
        *,
        key: KeyKind = "rsa2048",
        layout: Layout = "oces3",
        validity: Validity | None = None,
        usage: str = "emailProtection, clientAuth",
        self_signed: bool = False,
    ) -> Identity:
        """Make an organisation's key and certificate (da: kommune; sv: kommun).

        `cvr` is the organisation's number: CVR, or the Swedish orgnr for the layout `sweden`.
        `usage` is the extended key usage as OpenSSL writes it; `serverAuth` is a wrong one.
        `validity` is the authority's own, unless it is given.
        """
        subject = _organisation_subject(name, cvr, layout)
        return self._identity(
            name, address, subject, key=key, validity=validity, usage=usage, self_signed=self_signed
        )

    def facility(self, name: str, address: str, *, key: KeyKind = "rsa2048") -> Identity:
        """Make a facility's key and certificate (da: tilbud); it has no number of its own."""
        subject = _organisation_subject(name, "", "person")
        return self._identity(name, address, subject, key=key)

    def inbox(self, name: str, cvr: str, address: str, *, key: KeyKind = "rsa2048") -> Identity:
        """Make the key and certificate of the authority's own inbox."""
        return self.kommune(name, cvr, address, key=key, layout=layout_of(cvr))

    def revoke(self, identity: Identity) -> None:
        """Revoke a certificate; it stands on every list that `crl` makes from now on."""
        _ca(self._issuer, "-revoke", str(identity.certificate))

    def crl(self, *, stale: bool = False) -> Path:
        """Make the issuer's list of revoked certificates; a stale one ended 30 days ago."""
        path = self.folder / ("stale.crl.pem" if stale else "crl.pem")
        first, last = (-60, -30) if stale else (-1, 30)
        period = ("-crl_lastupdate", _stamp(first), "-crl_nextupdate", _stamp(last))
        _ca(self._issuer, "-gencrl", *period, "-out", str(path))
        return path

    def _identity(
        self,
        name: str,
        address: str,
        subject: str,
        *,
        key: KeyKind,
        validity: Validity | None = None,
        usage: str = "emailProtection",
        self_signed: bool = False,
    ) -> Identity:
        stem = f"{len(list(self.issued.glob('*.key'))):03}"
        key_path, certificate = self.issued / f"{stem}.key", self.issued / f"{stem}.pem"
        _make_key(key_path, key)
        encryption = "keyAgreement" if key.startswith("p") else "keyEncipherment"
        extensions = (
            "basicConstraints = critical, CA:FALSE\n"
            f"keyUsage = critical, digitalSignature, nonRepudiation, {encryption}\n"
            f"extendedKeyUsage = {usage}\n"
            f"subjectAltName = email:{address}\n"
            "subjectKeyIdentifier = hash\n"
            "authorityKeyIdentifier = keyid\n"
        )
        office = self._issuer
        if self_signed:
            office = _make_office(self.issued / f"{stem}.own")
            (office / "ca.key").write_bytes(key_path.read_bytes())
        _issue(
            office,
            key_path,
            certificate,
            subject=subject,
            extensions=extensions,
            days=_PERIODS[validity or self._validity],
            self_signed=self_signed,
        )
        chain = None if self_signed else self.intermediate
        return Identity(name, address, key_path, certificate, chain)


def layout_of(number: str) -> Layout:
    """Choose the layout by the country of an organisation's number: eight digits are a CVR."""
    return "oces3" if number.isdecimal() and len(number) == 8 else "sweden"


def _organisation_subject(name: str, number: str, layout: Layout) -> str:
    """Name an organisation as its layout does."""
    common = f"{name} - sikkermail"
    if layout == "oces2":
        return _subject(
            C="DK",
            O=f"{name} // CVR:{number}",
            CN=common,
            serialNumber=f"CVR:{number}-UID:27403738",
        )
    if layout == "sweden":
        return _subject(C="SE", organizationIdentifier=f"NTRSE-{number}", O=name, CN=common)
    if layout == "person":
        return _subject(C="DK", O=name, CN=common)
    return _subject(
        C="DK",
        organizationIdentifier=f"NTRDK-{number}",
        O=name,
        serialNumber="UI:DK-O:G:7f1c9f0e-3a52-4a0e-9d6b-5a5b1e2f4c11",
        CN=common,
    )


def _subject(**fields: str) -> str:
    """Write a name as openssl's -subj takes it: its own separators inside a value are escaped."""
    written = ""
    for field, value in fields.items():
        escaped = value
        for mark in "\\/+":
            escaped = escaped.replace(mark, "\\" + mark)
        written += f"/{field}={escaped}"
    return written


def _stamp(days: int) -> str:
    """Give the UTC time that many days from now, as openssl takes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def _make_office(folder: Path) -> Path:
    """Lay out the files that `openssl ca` keeps: its list, its numbers, its settings."""
    folder.mkdir(parents=True)
    (folder / "index.txt").write_text("")
    (folder / "index.txt.attr").write_text("unique_subject = no\n")
    (folder / "crlnumber").write_text("01\n")
    (folder / "ca.cnf").write_text(_CONFIGURATION.format(folder=folder))
    return folder


def _make_key(path: Path, kind: KeyKind) -> None:
    """Make a private key, readable by its owner only."""
    openssl("genpkey", *_KEY_OPTIONS[kind], "-out", str(path))
    path.chmod(0o600)


def _make_root(office: Path, subject: str, days: tuple[int, int]) -> None:
    """Sign an authority's own certificate."""
    _issue(
        office,
        office / "ca.key",
        office / "ca.pem",
        subject=subject,
        extensions=_CA_EXTENSIONS,
        days=days,
        self_signed=True,
    )


def _issue(
    office: Path,
    key: Path,
    certificate: Path,
    *,
    subject: str,
    extensions: str,
    days: tuple[int, int] = _PERIODS["valid"],
    self_signed: bool = False,
) -> None:
    """Make a request for `key` and sign it at `office`, valid from and to these days from now."""
    wish = certificate.with_suffix(".csr")
    wish.write_bytes(openssl("req", "-new", "-key", str(key), "-utf8", "-subj", subject))
    extension_file = certificate.with_suffix(".ext")
    extension_file.write_text(extensions)
    period = ("-startdate", _stamp(days[0]), "-enddate", _stamp(days[1]))
    own = ("-selfsign", "-keyfile", str(key)) if self_signed else ()
    _ca(
        office,
        *own,
        "-rand_serial",
        "-in",
        str(wish),
        "-out",
        str(certificate),
        "-extfile",
        str(extension_file),
        *period,
    )


def _ca(office: Path, *arguments: str) -> None:
    """Run `openssl ca` at an office, without questions."""
    openssl(
        "ca",
        "-batch",
        "-notext",
        "-preserveDN",
        "-utf8",
        "-config",
        str(office / "ca.cnf"),
        *arguments,
    )
