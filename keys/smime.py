"""The MIME dressing of CMS (RFC 8551 3), in octets: what goes out, and telling what came in.

Entities are octets with CRLF line ends, headers included; they are wrapped and never changed, since
a signature is over exact octets. Nothing here reads MIME: `parsers.mime` slices.
"""

import binascii
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from cryptography import x509

from keys.capabilities import USUAL, Sealing
from keys.content_info import content_kind
from keys.own import OwnKey
from keys.sealing import encrypt
from keys.signing import micalg, sign

Classification = Literal["encrypted", "signed-opaque", "signed-clear", "compressed", "plain"]

_PKCS7: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNATURE: Final = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature"))
_BY_KIND: Final[dict[str, Classification]] = {
    "signed": "signed-opaque",
    "enveloped": "encrypted",
    "auth-enveloped": "encrypted",
    "compressed": "compressed",
}
_BY_SMIME_TYPE: Final[dict[str, Classification]] = {
    "enveloped-data": "encrypted",
    "authenveloped-data": "encrypted",
    "signed-data": "signed-opaque",
    "certs-only": "signed-opaque",
    "signed-receipt": "signed-opaque",
    "compressed-data": "compressed",
}
_HEAD: Final = 256
_LINE: Final = 76
_BLOCK: Final = 57 * 1024  # octets of whole lines


def classify(
    media_type: str,
    parameters: Mapping[str, str],
    body_head: bytes | memoryview,
    filename: str | None = None,
) -> Classification:
    """Tell what an entity is by its Content-Type and the first octets of its body.

    `body_head` is the body's beginning, decoded or still in base64. Where it can be read, the CMS
    content type decides, since `smime-type` is missing or wrong often enough; then `smime-type`;
    `application/pkcs7-mime` with neither counts as encrypted. `application/octet-stream` counts
    when it is named `.p7m`.
    """
    kind = media_type.lower()
    if kind == "multipart/signed":
        protocol = parameters.get("protocol", "").strip().lower()
        return "signed-clear" if not protocol or protocol in _SIGNATURE else "plain"
    name = (filename or parameters.get("name") or "").lower()
    named = kind == "application/octet-stream" and name.endswith(".p7m")
    if kind not in _PKCS7 and not named:
        return "plain"
    found = _kind_of(bytes(body_head[:_HEAD]))
    if found is not None:
        return _BY_KIND[found]
    if named:
        return "plain"
    return _BY_SMIME_TYPE.get(parameters.get("smime-type", "").strip().lower(), "encrypted")


def sign_entity(
    entity: bytes, own: OwnKey, signing_time: datetime, *, announce: bool = True
) -> bytes:
    """Wrap an entity in multipart/signed and give the new entity, headers first.

    `announce` as in `keys.signing`. Raises `ValueError` when `entity` has other line ends than
    CRLF: a relay would change them.
    """
    require_crlf(entity)
    signature = sign(entity, own, detached=True, signing_time=signing_time, announce=announce)
    boundary = b"=_" + os.urandom(16).hex().encode("ascii")
    return b"".join(
        (
            b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n',
            b" micalg=",
            micalg(own).encode("ascii"),
            b';\r\n boundary="',
            boundary,
            b'"\r\n\r\n--',
            boundary,
            b"\r\n",
            entity,
            b"\r\n--",
            boundary,
            b'\r\nContent-Type: application/pkcs7-signature; name="smime.p7s"\r\n',
            b"Content-Transfer-Encoding: base64\r\n",
            b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n',
            base64_lines(signature),
            b"\r\n--",
            boundary,
            b"--\r\n",
        )
    )


def seal_entity(
    entity: bytes,
    own: OwnKey,
    recipient: x509.Certificate,
    signing_time: datetime,
    sealing: Sealing = USUAL,
) -> bytes:
    """Sign an entity, then encrypt it to one recipient.

    Gives content headers, empty line and body: transport headers, with MIME-Version, go in front.
    Raises `RecipientError`, and `ValueError` for line ends other than CRLF.
    """
    return encrypt_entity(sign_entity(entity, own, signing_time), recipient, sealing)


def encrypt_entity(entity: bytes, recipient: x509.Certificate, sealing: Sealing = USUAL) -> bytes:
    """Encrypt an entity to one recipient: content headers, empty line and body."""
    cipher, key_transport = sealing
    sealed = encrypt(entity, (recipient,), cipher=cipher, key_transport=key_transport)
    kind = b"authEnveloped-data" if cipher.endswith("gcm") else b"enveloped-data"
    return b"".join(
        (
            b"Content-Type: application/pkcs7-mime; smime-type=",
            kind,
            b';\r\n name="smime.p7m"\r\n',
            b"Content-Transfer-Encoding: base64\r\n",
            b'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n',
            base64_lines(sealed),
            b"\r\n",
        )
    )


def sign_detached(data: bytes, own: OwnKey, signing_time: datetime) -> bytes:
    """Sign octets that are kept beside their signature (evidence): DER of a detached SignedData.

    It verifies with `openssl cms -verify -binary -inform DER -content FILE -CAfile CERTIFICATE`.
    """
    return sign(data, own, detached=True, signing_time=signing_time)


def require_crlf(entity: bytes) -> None:
    """Raise `ValueError` when a CR or LF stands alone."""
    ends = entity.count(b"\r\n")
    if entity.count(b"\n") != ends or entity.count(b"\r") != ends:
        raise ValueError("the entity is not in canonical form: lines end in CRLF")


def base64_lines(data: bytes) -> bytes:
    """Encode to base64 in lines of 76, CRLF between them and none at the end."""
    if len(data) > _BLOCK:  # block by block: so many lines at once take twice the memory of a mail
        view = memoryview(data)
        blocks = [_lines(view[at : at + _BLOCK]) for at in range(0, len(view), _BLOCK)]
        return b"\r\n".join(blocks)
    return _lines(data)


def _lines(data: bytes | memoryview) -> bytes:
    text = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join([text[place : place + _LINE] for place in range(0, len(text), _LINE)])


def _kind_of(head: bytes) -> str | None:
    found = content_kind(head)
    if found is not None:
        return found
    text = b"".join(head.split())
    try:
        return content_kind(binascii.a2b_base64(text[: len(text) // 4 * 4]))
    except binascii.Error:
        return None
