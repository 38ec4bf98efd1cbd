"""Take a receipt mail apart: the evidence, its signature, and what the mail's own signature covers.

Reads what is left after decryption: `multipart/signed` around `multipart/mixed` or
`multipart/report`, or the inner entity alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.outbound.evidence import (
    FILE_NAME,
    MEDIA_TYPE,
    SIGNATURE_FILE_NAME,
    Issued,
)
from gateway.outbound.findings import Finding
from parsers.errors import ParsersError
from parsers.mime import Part, canonical_crlf, read_entity

_SIGNATURES: Final = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_SEALED: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt holds; `signed` is what the mail's own signature covers, where it has one."""

    evidence: bytes
    evidence_signature: bytes | None
    attached: Mapping[str, bytes]
    signed: Issued | None


def read_receipt(raw: bytes) -> Receipt | Finding:
    """Return the receipt, or the fault that hinders reading it."""
    try:
        return _read(canonical_crlf(raw))
    except ParsersError:
        return Finding("receipt.unreadable", "receipt", "the mail can not be read")


def _read(raw: bytes) -> Receipt | Finding:
    mail = read_entity(raw)
    signed = None
    if mail.media_type in _SEALED:
        return Finding("receipt.sealed", "receipt", "the mail is encrypted: decrypt it first")
    if mail.media_type == "multipart/signed" and len(mail.children) == 2:
        inner, signature = mail.children
        signed = Issued(bytes(inner.raw), signature.decoded())
        mail = inner
    leaves = list(_leaves(mail))
    if [part.filename for part in leaves].count(FILE_NAME) > 1:
        text = "there are several evidences in this mail, and only one was sent"
        return Finding("receipt.unreadable", "receipt", text)
    parts = {part.filename or part.media_type: part for part in leaves}
    evidence = parts.get(FILE_NAME) or parts.get(MEDIA_TYPE)
    if evidence is None:
        return Finding("evidence.missing", "receipt", "there is no evidence in this mail")
    signature_part = parts.get(SIGNATURE_FILE_NAME)
    return Receipt(
        evidence.decoded(),
        None if signature_part is None else signature_part.decoded(),
        {name: part.decoded() for name, part in parts.items() if part.filename},
        signed,
    )


def _leaves(mail: Part) -> Iterator[Part]:
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        waiting.extend(reversed(part.children))
        if not part.children:
            yield part
