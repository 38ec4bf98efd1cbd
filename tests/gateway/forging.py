"""Certificates that differ in one thing from what an authority would issue, made by OpenSSL."""

from __future__ import annotations

from pathlib import Path

from gateway.showcase import openssl

LEAF = (
    "basicConstraints = critical, CA:FALSE\nkeyUsage = critical, digitalSignature\n"
    "extendedKeyUsage = emailProtection\nsubjectKeyIdentifier = hash\n"
)


def new_key(path: Path) -> Path:
    """Make a P-256 key."""
    option = ("-pkeyopt", "ec_paramgen_curve:P-256")
    openssl.openssl("genpkey", "-algorithm", "EC", *option, "-out", str(path))
    return path


def issue(
    pem: Path,
    key: Path,
    subject: str,
    extensions: str = LEAF,
    *,
    by: Path | None = None,
    serial: str = "0x1F",
) -> Path:
    """Issue exactly this for a key, by the office in a folder, or by the key itself."""
    request, extension_file = pem.with_suffix(".csr"), pem.with_suffix(".ext")
    extension_file.write_text(extensions, encoding="utf-8")
    openssl.openssl(
        *("req", "-new", "-utf8", "-key", str(key), "-subj", subject, "-out", str(request))
    )
    signer = ["-signkey", str(key)]
    if by is not None:
        signer = ["-CA", str(by / "ca.pem"), "-CAkey", str(by / "ca.key")]
    openssl.openssl(
        *("x509", "-req", "-in", str(request), "-days", "365", "-out", str(pem)),
        *("-extfile", str(extension_file), "-set_serial", serial, *signer),
    )
    return pem
