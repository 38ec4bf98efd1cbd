"""The pure half of making a mail: sign its evidence, set it, sign it, seal it to one reader.

It runs in worker processes, one for each core, and touches neither disk nor clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.outbound.compose import (
    Disposition,
    Letter,
    Piece,
    entity,
    evidence_pieces,
    header_fields,
    report_entity,
    whole,
)
from gateway.outbound.evidence import Issued
from keys import cms, smime
from keys.capabilities import Reader
from keys.certificates import load
from keys.errors import KeyFileError
from keys.openpgp import OpenPgp


@dataclass(frozen=True, slots=True)
class Job:
    """One mail to be made, with everything that its making needs."""

    letter: Letter
    text: str
    pieces: tuple[Piece, ...]
    evidence: bytes | None
    """Canonical evidence to be signed."""
    issued: Issued | None
    """Evidence that was signed before and goes out again."""
    disposition: Disposition | None
    reader: Reader | str | None
    """A certificate and what can be sealed to it, or the fingerprint of an OpenPGP key."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A mail as it goes to the relay, and the signature of its evidence."""

    message: bytes
    signature: bytes | None


MakeBatch = Callable[[Sequence[Job]], list[Made | Exception]]


def make(job: Job, own: cms.OwnKey, openpgp: OpenPgp | None = None) -> Made:
    """Sign the evidence, set the mail, sign it and seal it."""
    issued, signature = job.issued, None
    if job.evidence is not None:
        signature = cms.sign(job.evidence, own, detached=True, signing_time=job.at)
        issued = Issued(job.evidence, signature)
    pieces = (*(evidence_pieces(issued) if issued else ()), *job.pieces)
    fields = header_fields(job.letter)
    protection: Any = "cipher" if job.reader else "clear"
    if job.disposition is not None:
        inner = report_entity(fields, job.text, job.disposition, pieces, protection)
    else:
        inner = entity(fields, job.text, pieces, protection)
    return Made(whole(fields, _dressed(inner, job, own, openpgp)), signature)


def _dressed(inner: bytes, job: Job, own: cms.OwnKey, openpgp: OpenPgp | None) -> bytes:
    """Sealed to the reader; only signed where there is none, which posting allows for few mails."""
    if isinstance(job.reader, str):
        if openpgp is None:
            raise KeyFileError("no OpenPGP key to sign with")
        return openpgp.seal_entity(inner, job.reader, job.at)
    if job.reader:
        recipient = load(job.reader.certificate).certificate
        return smime.seal_entity(inner, own, recipient, job.at, job.reader.sealing)
    return smime.sign_entity(inner, own, job.at)
