"""Peel the layers of a mail until its content lies open, and keep a verdict on each.

Exactly one decryption happens; a ciphertext below it is never opened, whoever signed around it. A
signature counts only when it lies inside that decryption (or the mail was not encrypted at all) and
covers the whole of what is read. What is read is sliced from the bytes as received.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from keys import cms, smime, verdicts
from keys.cms import Keyring, Signer
from keys.errors import KeysError, SignatureInvalidError
from keys.trust import Judge, Trusted
from keys.verdicts import Kind, LayerVerdict
from parsers.addresses import addresses_in
from parsers.content import Content, read_content
from parsers.errors import ParsersError
from parsers.headers import unfold
from parsers.mime import Headers, Part, read_entity

# Deeper wrapping is not made by any mail program; each layer costs a full pass over the mail.
MOST_LAYERS = 8
REPORT = "multipart/report"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The outer headers, which anybody can write: for transport and filing, never for trust."""

    message_id: str | None = None
    from_addresses: tuple[str, ...] = ()
    in_reply_to: str | None = None
    references: str | None = None
    subject: str | None = None
    automatic: bool = False
    """Sent by a machine: a list, an out-of-office reply, a report."""
    report: bool = False
    """`multipart/report`: a bounce or a disposition notification."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail with its layers peeled off, or as far as that went."""

    envelope: Envelope
    layers: tuple[LayerVerdict, ...] = ()
    encrypted: bool = False
    signer: bytes | None = None
    """DER of the certificate whose signature covers all the content, inside the encryption."""
    trust: Trusted | None = None
    signed_at: datetime | None = None
    mic: str | None = None
    """SHA-256 (hex) over the signed MIME entity."""
    from_addresses: tuple[str, ...] = ()
    """The From that counts: the protected one where there is one."""
    content: Content | None = None
    failure: str | None = None
    """Why the mail could not be opened or trusted; a code."""

    @property
    def signer_fingerprint(self) -> str | None:
        """SHA-256 of the signer's certificate, hex."""
        return hashlib.sha256(self.signer).hexdigest() if self.signer else None


@dataclass
class _Peel:
    """Where the peeling stands."""

    entity: Part
    opened: Opened
    layers: list[LayerVerdict] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The next layer's number; 0 is the transport."""
        return len(self.layers) + 1

    def ended(self, verdict: LayerVerdict) -> Opened:
        """No further: this layer is why."""
        self.layers.append(verdict)
        return replace(self.opened, layers=tuple(self.layers), content=None, failure=verdict.code)

    def failed(self, kind: Kind, code: str, words: str) -> Opened:
        """No further, for a reason of this module."""
        return self.ended(LayerVerdict(self.number, kind, False, code, words))


def open_message(raw: bytes, keyring: Keyring, judge: Judge, at: datetime) -> Opened:
    """Open a mail with our keys and judge its signatures as of the time it was received."""
    try:
        entity = read_entity(raw)
    except ParsersError as error:
        layer = LayerVerdict(1, "plain", False, error.code, "The mail cannot be taken apart")
        return Opened(Envelope(), layers=(layer,), failure=error.code)
    peel = _Peel(entity, Opened(_envelope(entity)))
    for _ in range(MOST_LAYERS):
        kind = smime.classify(
            peel.entity.media_type,
            peel.entity.parameters,
            peel.entity.body[:256],
            peel.entity.filename,
        )
        if kind == "plain":
            if not peel.layers:
                peel.layers.append(verdicts.plain_verdict(1))
            return _content(peel)
        step = _decrypt(peel, keyring) if kind == "encrypted" else _verify(peel, kind, judge, at)
        if step is not None:
            return step
    return peel.failed("plain", "mail.too_many_layers", f"More than {MOST_LAYERS} layers")


def _decrypt(peel: _Peel, keyring: Keyring) -> Opened | None:
    if peel.opened.encrypted:
        words = "Encrypted once more inside; a second layer is never opened"
        return peel.failed("encrypted", "keys.open.nested", words)
    try:
        clear = cms.decrypt(peel.entity.decoded(), keyring)
        entity = read_entity(clear.content)
    except KeysError as error:
        return peel.ended(verdicts.refused_verdict(peel.number, "encrypted", error))
    except ParsersError as error:
        return peel.failed("encrypted", error.code, "The decrypted content is not MIME")
    peel.layers.append(verdicts.encrypted_verdict(peel.number, clear))
    # A signature around the ciphertext says nothing about who wrote what is inside: forget it.
    peel.opened = Opened(peel.opened.envelope, encrypted=True)
    peel.entity = entity
    return None


def _verify(peel: _Peel, kind: str, judge: Judge, at: datetime) -> Opened | None:
    signer: Signer | None = None
    found: list[tuple[Signer, Trusted]] = []
    try:
        der, covered = _signature_and_content(peel.entity, kind)
        signed = cms.verify(der, covered)
        content = signed.content if covered is None else bytes(covered)
        for signer in signed.signers:
            found.append((signer, judge.judge(signer.certificate, signed.certificates, at)))
        entity = read_entity(content)
    except KeysError as error:
        return peel.ended(verdicts.refused_verdict(peel.number, "signed", error, signer))
    except ParsersError as error:
        return peel.failed("signed", error.code, "The signed content is not MIME")
    for one, trust in found:
        peel.layers.append(verdicts.signed_verdict(peel.number, one, trust))
    if peel.opened.signer is None:
        first, trust = found[0]
        peel.opened = replace(
            peel.opened,
            signer=first.certificate.public_bytes(Encoding.DER),
            trust=trust,
            signed_at=first.signed_at,
            mic=hashlib.sha256(content).hexdigest(),
        )
    peel.entity = entity
    return None


def _signature_and_content(entity: Part, kind: str) -> tuple[bytes, memoryview | None]:
    if kind != "signed-clear":
        return entity.decoded(), None
    if len(entity.children) != 2:
        # RFC 1847 section 2.1: exactly two parts. A third would be shown but is not signed.
        raise SignatureInvalidError("not two parts")
    return entity.children[1].decoded(), entity.children[0].raw


def _content(peel: _Peel) -> Opened:
    try:
        content = read_content(peel.entity)
    except ParsersError as error:
        return peel.failed("plain", error.code, "The content cannot be read")
    inner, envelope = peel.entity.headers(), peel.opened.envelope
    return replace(
        peel.opened,
        envelope=replace(
            envelope,
            automatic=envelope.automatic or _is_automatic(inner),
            report=envelope.report or peel.entity.media_type == REPORT,
        ),
        layers=tuple(peel.layers),
        content=content,
        # A protected From that cannot be read names nobody; the outer one never stands in for it.
        from_addresses=_addresses(inner, "From")
        if inner.raw_all("From")
        else envelope.from_addresses,
    )


def _envelope(entity: Part) -> Envelope:
    headers = entity.headers()
    return Envelope(
        message_id=_short(headers.get("Message-ID")),
        from_addresses=_addresses(headers, "From"),
        in_reply_to=_short(headers.get("In-Reply-To")),
        references=_short(headers.get("References")),
        subject=headers.get("Subject"),
        automatic=_is_automatic(headers),
        report=entity.media_type == REPORT,
    )


def _is_automatic(headers: Headers) -> bool:
    submitted = (headers.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
    precedence = (headers.get("Precedence") or "").strip().lower()
    listed = headers.get("List-Id") is not None or precedence in {"bulk", "junk", "list"}
    return submitted != "no" or listed


def _short(value: str | None) -> str | None:
    return value.strip()[:998] if value else None


def _addresses(headers: Headers, name: str) -> tuple[str, ...]:
    """Every address that the header names, in lower case; none when any of it is in doubt."""
    found = [addresses_in(unfold(field)) for field in headers.raw_all(name)]
    return tuple(one for addresses in found for one in addresses) if all(found) else ()
