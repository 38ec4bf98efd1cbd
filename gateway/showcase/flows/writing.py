"""What the people of a flow write, sealed as they seal it: OpenSSL and the standard library.

The text form is filled by our own `parsers.forms`, because a blank form is what the authority hands
out; signing and encrypting is never ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.showcase import openssl, runner
from gateway.showcase.authority import Identity
from gateway.showcase.flows.content import body_of
from gateway.showcase.flows.language import Field, FlowError, Manner, Sealing
from gateway.showcase.flows.stage import StageOfFlow
from gateway.showcase.letters import Outer, file_entity, json_entity, text_entity
from parsers import forms
from parsers.catalogue import Catalogue, MessageType

_ENVELOPE = "submission."
_MEDIA_TYPES = {
    "text": "text/plain",
    "xml": "application/xml",
    "html": "text/html",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Writer:
    """Somebody who writes to the gateway, and the language of the forms that they fill."""

    identity: Identity
    language: str
    stage: StageOfFlow
    to: str
    """The authority's CVR."""
    about: Mapping[str, str]
    """What the placeholders for the sender stand for."""

    def submission(
        self,
        message: str,
        fields: Sequence[Field],
        case: str | None,
        catalogue: Catalogue,
    ) -> dict[str, Any]:
        """Lay a submission out; fields below `submission.` are its own, the others its body's."""
        kind = catalogue.get(message)
        own = {f.path.removeprefix(_ENVELOPE): f.value for f in fields if _is_own(f)}
        body = body_of([f for f in fields if not _is_own(f)], kind.model if kind else None)
        whole = {
            "sagspost": "1",
            "message": message,
            "id": str(uuid.uuid4()),
            "to": self.to,
            "reference": None,
            "case": case,
            "body": body,
        }
        return whole | own

    def entity(
        self,
        submission: Mapping[str, Any],
        manner: Manner,
        line: int,
        catalogue: Catalogue,
    ) -> bytes:
        """Write a submission in the form that the flow names. Raises FlowError for an unknown one.

        The entity is the whole of what is signed.
        """
        kind = catalogue.get(str(submission["message"]))
        subject = manner.subject or str(submission["message"]).replace("_", " ").capitalize()
        files = contents_of(manner.files)
        if manner.form == "json":
            return json_entity(
                submission,
                sender=self._address(manner),
                recipient=self.stage.mailbox,
                subject=subject,
                attachments=files,
            )
        data = self._filled(kind, submission, manner.form, line)
        if manner.form == "text":
            return self.words(data.decode(), manner, subject)
        return file_entity(
            data,
            _MEDIA_TYPES[manner.form],
            f"sagspost.{manner.form}",
            sender=self._address(manner),
            recipient=self.stage.mailbox,
            subject=subject,
            attachments=files,
        )

    def _filled(
        self, kind: MessageType | None, submission: Mapping[str, Any], form: str, line: int
    ) -> bytes:
        if kind is None or form not in _MEDIA_TYPES:
            raise FlowError(line, f"{submission['message']} cannot be sent as {form}")
        try:
            return forms.written(kind, submission, form, self.language)
        except ValueError as error:
            raise FlowError(line, f"as {form}: {error}") from None

    def words(self, text: str, manner: Manner, subject: str) -> bytes:
        """Write words as an entity to be signed."""
        return text_entity(
            text,
            sender=self._address(manner),
            recipient=self.stage.mailbox,
            subject=manner.subject or subject,
            attachments=contents_of(manner.files),
        )

    def sealed(self, entity: bytes, manner: Manner) -> bytes:
        """Sign, encrypt and dress an entity, or leave out what the flow says to leave out."""
        outer = Outer(sender=self._address(manner), recipient=self.stage.mailbox)
        return seal(entity, self.identity, self.stage, manner.sealing, outer)

    def _address(self, manner: Manner) -> str:
        return manner.address or self.identity.address


def seal(
    entity: bytes, signer: Identity, stage: StageOfFlow, sealing: Sealing, outer: Outer
) -> bytes:
    """Put the layers around an entity that somebody's way of sending has."""
    if sealing in ("in clear", "through the tunnel"):
        return openssl.dress(entity, outer)
    signed = openssl.sign(entity, signer)
    if sealing == "signed only":
        return openssl.dress(signed, outer)
    digest = "sha256" if _is_elliptic(stage.certificate.read_bytes()) else None
    return openssl.dress(openssl.encrypt(signed, stage.certificate, ecdh_digest=digest), outer)


@lru_cache(maxsize=64)
def _is_elliptic(certificate: bytes) -> bool:
    text = runner.openssl("x509", "-noout", "-text", stdin=certificate)
    return b"id-ecPublicKey" in text


def _is_own(field: Field) -> bool:
    return field.path.startswith(_ENVELOPE)


def contents_of(names: Sequence[str]) -> dict[str, bytes]:
    """Make a small file for each name; what is in it is of no interest to a dialogue."""
    marks = {"pdf": b"%PDF-1.7\n", "png": b"\x89PNG\r\n\x1a\n", "txt": b""}
    return {name: marks.get(name.rpartition(".")[2].lower(), b"") + name.encode() for name in names}
