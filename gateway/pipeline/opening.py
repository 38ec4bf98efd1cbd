"""Peel the layers of a mail until its content lies open, and keep a verdict on each.

Exactly one decryption happens; a ciphertext below it is never opened, whoever signed around it. A
signature counts only when it lies inside that decryption (or the mail was not encrypted at all) and
covers the whole of what is read. What is read is sliced from the bytes as received.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from gateway.pipeline import openpgp_layers, smime_layers
from gateway.pipeline.noticing import noticed, signed_or_sealed_within
from gateway.pipeline.opened import Envelope, Opened
from gateway.pipeline.peel import Layer, Means, Peel
from keys import smime, verdicts
from keys.errors import KeysError
from keys.openpgp import mail
from keys.verdicts import LayerVerdict
from parsers.addresses import addresses_in
from parsers.content import content_of
from parsers.errors import ParsersError
from parsers.mime import Headers, Part, read_entity
from parsers.protection import read_protected

# Deeper wrapping is not made by any mail program; each layer costs a full pass over the mail.
MOST_LAYERS: Final = 8
REPORT: Final = "multipart/report"
MISSING: Final = "keys.signature.missing"

# Every kind of layer that can be peeled off, by what `_kind` calls it; anything else is content.
LAYERS: Final[Mapping[str, Layer]] = {
    "encrypted": Layer("encrypted", smime_layers.decrypt),
    "signed-opaque": Layer("signed", smime_layers.verify_opaque),
    "signed-clear": Layer("signed", smime_layers.verify_clear),
    "compressed": Layer("compressed", smime_layers.decompress),
    "openpgp-encrypted": Layer("encrypted", openpgp_layers.decrypt),
    "openpgp-signed": Layer("signed", openpgp_layers.verify),
}


def open_message(raw: bytes, means: Means) -> Opened:
    """Open a mail with our keys and judge its signatures as of the time it was received."""
    try:
        entity = read_entity(raw)
    except ParsersError as error:
        verdict = LayerVerdict(1, "plain", False, error.code, "The mail cannot be taken apart")
        return Opened(Envelope(), layers=(verdict,), failure=error.code)
    peel = Peel(entity, Opened(_envelope(entity)))
    for _ in range(MOST_LAYERS):
        layer = LAYERS.get(_kind(peel.entity))
        if layer is None:
            return _content(peel, means)
        ended = _peel_off(layer, peel, means)
        if ended is not None:
            return ended
    return peel.failed("plain", "mail.too_many_layers", f"More than {MOST_LAYERS} layers")


def _kind(entity: Part) -> str:
    """What kind of layer an entity is: a key of LAYERS, or `plain`."""
    openpgp = mail.classify(entity.media_type, entity.parameters)
    if openpgp is not None:
        return openpgp
    return smime.classify(entity.media_type, entity.parameters, entity.body[:256], entity.filename)


def _peel_off(layer: Layer, peel: Peel, means: Means) -> Opened | None:
    if layer.kind == "encrypted" and peel.opened.encrypted:
        words = "Encrypted once more inside; a second layer is never opened"
        return peel.failed("encrypted", "keys.open.nested", words)
    try:
        return layer.step(peel, means)
    except KeysError as error:
        return peel.ended(verdicts.refused_verdict(peel.number, layer.kind, error))
    except ParsersError as error:
        return peel.failed(layer.kind, error.code, f"The {layer.kind} content is not MIME")


def _content(peel: Peel, means: Means) -> Opened:
    if not peel.opened.is_signed:
        ended = _unsigned(peel, means)
        if ended is not None:
            return ended
    try:
        protected = read_protected(peel.entity)
        content = content_of(protected)
    except ParsersError as error:
        return peel.failed("plain", error.code, "The content cannot be read")
    envelope, inner = peel.opened.envelope, protected.headers
    named = protected.from_addresses
    return replace(
        peel.opened,
        envelope=replace(
            envelope,
            automatic=envelope.automatic or _is_automatic(inner),
            report=envelope.report or protected.payload.media_type == REPORT,
        ),
        layers=tuple(peel.layers),
        content=content,
        # A protected From that cannot be read names nobody; the outer one never stands in for it.
        from_addresses=envelope.from_addresses if named is None else named,
        recipients=protected.recipients if peel.opened.is_signed else (),
        notes=noticed(peel.opened, protected, content, means.at),
    )


def _unsigned(peel: Peel, means: Means) -> Opened | None:
    """End a mail of which no signature covers all: only what a tunnel vouches for is read."""
    inside = signed_or_sealed_within(peel.entity)
    if peel.opened.encrypted:
        # Whoever has a ciphertext, or knows our key, can wrap it up anew: nothing of it is told.
        words = "Encrypted, but not signed inside the encryption"
        return peel.failed("plain", MISSING, f"{words}{inside}")
    inline = openpgp_layers.inline_within(peel)
    if inline is not None:
        return inline
    verdict = verdicts.plain_verdict(peel.number)
    peel.layers.append(replace(verdict, words=f"{verdict.words}{inside}"))
    if means.tunnel:
        return None
    return replace(peel.opened, layers=tuple(peel.layers), failure=MISSING)


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
    """Every address that the header names; none when any of it is in doubt."""
    found = [addresses_in(field) for field in headers.raw_all(name)]
    return tuple(one for addresses in found for one in addresses) if all(found) else ()
