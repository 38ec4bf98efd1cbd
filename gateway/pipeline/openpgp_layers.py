"""The layers of OpenPGP mail (RFC 3156): encrypted, combined with a signature or not, and signed.

The signature of the combined form lies inside the encryption and covers all of it; that of
multipart/signed is checked over the exact bytes of the part beside it. Keys that come with a mail,
and what Autocrypt headers say, count for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.pipeline.opened import Opened
from gateway.pipeline.peel import Means, Peel
from keys.errors import (
    NoKeyError,
    OpenPgpSignerUnknownError,
    SignatureInvalidError,
    StructureError,
)
from keys.openpgp import OpenPgp, Signature, mail, verdicts
from parsers.errors import ParsersError
from parsers.mime import Part, canonical_crlf, read_entity

INLINE = "keys.openpgp.inline"


def decrypt(peel: Peel, means: Means) -> None:
    """Open the second part with GnuPG; the signatures inside, where there are any, count."""
    parts = peel.entity.children
    if not mail.is_encrypted_form([part.media_type for part in parts], parts[0].decoded()):
        raise StructureError("not the two parts of RFC 3156")
    if means.openpgp is None:
        raise NoKeyError("no OpenPGP key of ours")
    clear = means.openpgp.decrypt(parts[1].octets(), means.at)
    content = clear.content
    if b"\r\n" not in content:
        # Text mode gives the lines of this machine; those that were signed end in CRLF.
        content = canonical_crlf(content)
    peel.decrypted(content, verdicts.encrypted_verdict(peel.number, clear.found))
    if clear.found.signatures:
        _signed(peel, peel.entity, clear.found.signatures, means.openpgp)


def verify(peel: Peel, means: Means) -> None:
    """Check the signature beside the part that it covers, over its bytes as received."""
    parts = peel.entity.children
    if not mail.is_signed_form([part.media_type for part in parts]):
        raise SignatureInvalidError("not two parts")
    if means.openpgp is None:
        raise OpenPgpSignerUnknownError("no OpenPGP key is registered")
    covered, signature = parts
    inside, found = _verify_beside(means.openpgp, covered, signature.decoded(), means)
    _signed(peel, inside, found, means.openpgp)


def _verify_beside(
    openpgp: OpenPgp, covered: Part, signature: bytes, means: Means
) -> tuple[Part, Sequence[Signature]]:
    """Verify over the exact bytes, then over canonical lines (text mode gives bare LF)."""
    try:
        return covered, openpgp.verify(covered.raw, signature, means.at)
    except SignatureInvalidError:
        canonical = canonical_crlf(covered.raw)
        if len(canonical) == len(covered.raw):
            raise
        return read_entity(canonical), openpgp.verify(canonical, signature, means.at)


def _signed(peel: Peel, inside: Part, found: Sequence[Signature], openpgp: OpenPgp) -> None:
    layers = [
        verdicts.signed_verdict(peel.number + n, one, openpgp.registered(one.primary))
        for n, one in enumerate(found)
    ]
    first = found[0]
    peel.signed(inside, layers, None, None, first.signed_at, openpgp=first.primary)


def inline_within(peel: Peel) -> Opened | None:
    """End a mail that holds OpenPGP in a text, or in parts that a relay has put differently.

    Not opened: what stands around it would be read as if it were protected too.
    """
    waiting = [peel.entity]
    while waiting:
        part = waiting.pop()
        waiting.extend(part.children)
        if _is_inline(part):
            words = "OpenPGP inside the text, or in parts not as RFC 3156 has them: not opened"
            return peel.failed("plain", INLINE, words)
    return None


def _is_inline(part: Part) -> bool:
    if part.media_type == "application/pgp-encrypted":
        return True
    if part.children or not part.media_type.startswith("text/"):
        return False
    try:
        return mail.is_inline(part.decoded())
    except ParsersError:
        return False
