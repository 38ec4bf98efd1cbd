"""The MIME dressing of OpenPGP (RFC 3156), in octets: what goes out, and telling what came in.

Nothing here reads MIME: `parsers.mime` slices.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Final, Literal

Dressing = Literal["openpgp-encrypted", "openpgp-signed"]

_ENCRYPTED: Final = "application/pgp-encrypted"
_SIGNATURE: Final = "application/pgp-signature"
# Both forms of OpenPGP inside a text: at the beginning of a line, as every program writes them.
_INLINE: Final = (b"-----BEGIN PGP MESSAGE-----", b"-----BEGIN PGP SIGNED MESSAGE-----")


def classify(media_type: str, parameters: Mapping[str, str]) -> Dressing | None:
    """Tell whether an entity is OpenPGP by its Content-Type; None when it is something else."""
    protocol = parameters.get("protocol", "").strip().lower()
    if media_type == "multipart/encrypted" and protocol == _ENCRYPTED:
        return "openpgp-encrypted"
    if media_type == "multipart/signed" and protocol == _SIGNATURE:
        return "openpgp-signed"
    return None


def is_encrypted_form(media_types: Sequence[str], control: bytes) -> bool:
    """Whether the parts of a multipart/encrypted are those of RFC 3156 section 4, and no more."""
    version = b"".join(control.split()).lower()
    return list(media_types) == [_ENCRYPTED, "application/octet-stream"] and version == b"version:1"


def is_signed_form(media_types: Sequence[str]) -> bool:
    """Whether the parts of a multipart/signed are those of RFC 3156 section 5, and no more."""
    return len(media_types) == 2 and media_types[1] == _SIGNATURE


def is_inline(text: bytes | memoryview) -> bool:
    """Whether a text holds OpenPGP of its own, which is not opened here."""
    held = b"\n" + bytes(text)
    return any(b"\n" + mark in held for mark in _INLINE)


def encrypted_entity(armored: bytes) -> bytes:
    """Dress an armoured message as multipart/encrypted: content headers, empty line and body."""
    boundary = b"=_" + os.urandom(16).hex().encode("ascii")
    lines = b"\r\n".join(armored.split(b"\n")).replace(b"\r\r\n", b"\r\n")
    return b"".join(
        (
            b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";\r\n',
            b' boundary="' + boundary + b'"\r\n\r\n',
            b"--" + boundary + b"\r\n",
            b"Content-Type: application/pgp-encrypted\r\n",
            b"Content-Description: PGP/MIME version identification\r\n\r\n",
            b"Version: 1\r\n\r\n",
            b"--" + boundary + b"\r\n",
            b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n',
            b"Content-Description: OpenPGP encrypted message\r\n",
            b'Content-Disposition: inline; filename="encrypted.asc"\r\n\r\n',
            lines.rstrip(b"\r\n"),
            b"\r\n--" + boundary + b"--\r\n",
        )
    )
