"""Seals and opens mail as a partner does who has nothing but the openssl command.

The layers are functions from entity to entity (`sign`, `encrypt`), and `dress` puts the outer
headers before the last one, so that every right and wrong order of layers can be made:

    seal = dress(encrypt(sign(entity)))

Line ends: an entity is brought to CRLF before it is signed, and stays so. OpenSSL leaves its own
base64 lines at LF whatever it is told, so these are mended after signing and after encrypting;
the signature covers none of them (RFC 8551 section 3.1.1).
"""

import re
import tempfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gateway.showcase.authority import Authority, Identity
from gateway.showcase.letters import Outer, header_of
from gateway.showcase.runner import OpensslError, openssl

__all__ = [
    "Authority",
    "Identity",
    "Opened",
    "OpensslError",
    "decrypt",
    "dress",
    "encrypt",
    "open_mail",
    "open_signed",
    "seal",
    "sign",
    "verify_detached",
]

_LINE_END = re.compile(rb"\r?\n")


class Opened(NamedTuple):
    """What a sealed mail held: the entity that was signed, and the name of who signed it."""

    entity: bytes
    signer: str


def sign(
    entity: bytes,
    signer: Identity,
    *,
    detached: bool = True,
    digest: str = "sha256",
    pss: bool = False,
    keyid: bool = False,
) -> bytes:
    """Sign an entity: multipart/signed, or one opaque application/pkcs7-mime part."""
    arguments = [
        "-sign",
        "-binary",
        "-crlfeol",
        "-md",
        digest,
        "-signer",
        str(signer.certificate),
        "-inkey",
        str(signer.key),
    ]
    if pss:
        arguments += ["-keyopt", "rsa_padding_mode:pss"]
    if signer.chain:
        arguments += ["-certfile", str(signer.chain)]
    if keyid:
        arguments.append("-keyid")
    if not detached:
        arguments.append("-nodetach")
    return _with_crlf(openssl("cms", *arguments, stdin=_with_crlf(entity)))


def encrypt(
    entity: bytes,
    *recipients: Path,
    cipher: str = "aes256",
    oaep: bool = False,
    keyid: bool = False,
    ecdh_digest: str | None = None,
) -> bytes:
    """Encrypt an entity to the certificates in these PEM files.

    `cipher` is OpenSSL's name (`aes128`, `aes256`, `des3`, `aes-256-gcm`); GCM makes an
    AuthEnvelopedData. For an EC certificate `ecdh_digest` is the hash of the key derivation;
    OpenSSL takes SHA-1 when nothing is said.
    """
    arguments = ["-encrypt", "-binary", "-crlfeol", f"-{cipher}"]
    if keyid:
        arguments.append("-keyid")
    for recipient in recipients:
        arguments += ["-recip", str(recipient)]
        if oaep:
            arguments += ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"]
        if ecdh_digest:
            arguments += ["-keyopt", f"ecdh_kdf_md:{ecdh_digest}"]
    return _with_crlf(openssl("cms", *arguments, stdin=entity))


def dress(entity: bytes, outer: Outer) -> bytes:
    """Put the outer headers before an entity; a field that stands in both is the outer one's."""
    head, _, body = _with_crlf(entity).partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    names = outer.names()
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() not in names]
    return outer.lines() + b"\r\n".join(kept) + b"\r\n\r\n" + body


def seal(
    entity: bytes,
    signer: Identity,
    recipient_pem: Path,
    *,
    outer: Outer | None = None,
    detached: bool = True,
    cipher: str = "aes256",
    digest: str = "sha256",
    pss: bool = False,
    oaep: bool = False,
    keyid: bool = False,
    ecdh_digest: str | None = None,
) -> bytes:
    """Sign, then encrypt, then put outer headers before it: a whole sikkermail.

    Without `outer`, From and To are those that the entity names, else the signer's address.
    """
    signed = sign(entity, signer, detached=detached, digest=digest, pss=pss, keyid=keyid)
    sealed = encrypt(
        signed, recipient_pem, cipher=cipher, oaep=oaep, keyid=keyid, ecdh_digest=ecdh_digest
    )
    return dress(sealed, outer or Outer.for_entity(entity, signer.address))


def decrypt(mail: bytes, key: Path, certificate: Path) -> bytes:
    """Open the encryption of a mail or entity; raises OpensslError."""
    return openssl("cms", "-decrypt", "-recip", str(certificate), "-inkey", str(key), stdin=mail)


def open_signed(entity: bytes, anchor: Path, *, at: datetime | None = None) -> Opened:
    """Verify a signed mail or entity against an anchor; raises OpensslError.

    The anchor is a root, or the signer's own certificate where it signed itself. `at` is the time
    at which certificates must be valid; without it, now.
    """
    with tempfile.TemporaryDirectory() as folder:
        signer = Path(folder) / "signer.pem"
        content = openssl(
            "cms",
            "-verify",
            "-CAfile",
            str(anchor),
            "-signer",
            str(signer),
            *_valid_at(at),
            stdin=entity,
        )
        return Opened(content, subject_of(signer))


def open_mail(
    mail: bytes, key: Path, certificate: Path, anchor: Path, *, at: datetime | None = None
) -> Opened:
    """Decrypt a sealed mail and verify the signature within; raises OpensslError.

    A mail that is not encrypted is refused, and so is one that holds no signature. `at` is as for
    `open_signed`.
    """
    media_type = header_of(mail, "Content-Type").lower()
    if "pkcs7-mime" not in media_type or "signed-data" in media_type:
        raise OpensslError("the mail is not encrypted")
    return open_signed(decrypt(mail, key, certificate), anchor, at=at)


def verify_detached(
    content: bytes, signature: bytes, anchor: Path, *, at: datetime | None = None
) -> str:
    """Verify a detached DER signature over exactly these bytes; gives the signer's name.

    `at` is as for `open_signed`.
    """
    with tempfile.TemporaryDirectory() as folder:
        signed, signer = Path(folder) / "content", Path(folder) / "signer.pem"
        signed.write_bytes(content)
        openssl(
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-content",
            str(signed),
            "-CAfile",
            str(anchor),
            "-signer",
            str(signer),
            *_valid_at(at),
            stdin=signature,
        )
        return subject_of(signer)


def _valid_at(at: datetime | None) -> tuple[str, ...]:
    """Give the option for the time at which certificates must be valid."""
    return () if at is None else ("-attime", str(int(at.timestamp())))


def subject_of(certificate: Path) -> str:
    """Give the subject of a PEM certificate, in words."""
    return _subject(certificate.read_bytes())


@lru_cache(maxsize=64)  # a gateway signs all its mail with the same one
def _subject(certificate: bytes) -> str:
    line = openssl(
        "x509", "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus_space", stdin=certificate
    )
    return line.decode().strip().removeprefix("subject=")


def _with_crlf(entity: bytes) -> bytes:
    """Give the entity with CRLF at the end of every line."""
    return _LINE_END.sub(b"\r\n", entity)
