"""Evidence (da: kvitteringsbevis, sv: kvittensbevis): what a receipt proves, as signed JSON.

Field names are those of docs/protocol.md section 4. The bytes that are signed, kept and mailed are
the RFC 8785 canonical form, so the same evidence is always the same bytes. `chain.digest` is the
SHA-256 of the canonical evidence without that one field, and the next evidence of the same case
names it as `previous`: what is flipped, removed or reordered afterwards shows. A signed head over
all cases, mailed out daily, shows what was cut off at the end.

There are no fractions in it (money is text) and names of fields are ASCII. That makes the canonical
form equal to what `json.dumps` of Python's standard library writes with sorted keys, and so
checkable by a stranger (docs/evidence.md).

Not here: where the chain's last link is kept, and sealing for a recipient.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NotRequired, TypedDict, Unpack, cast

from gateway.outbound.errors import EvidenceError
from keys import cms
from parsers.canonical import (
    JsonValue,
    canonical,
    canonical_of_plain,
    digest_of_plain,
    plain_json,
)

MEDIA_TYPE: Final = "application/vnd.sagspost.evidence+json"
SIGNATURE_MEDIA_TYPE: Final = "application/pkcs7-signature"
FILE_NAME: Final = "evidence.json"
SIGNATURE_FILE_NAME: Final = "evidence.json.p7s"

NO_CASE: Final = "-"
"""The chain of evidence that belongs to no case, for example refusals of a first request."""

KINDS: Final[Mapping[str, str]] = {
    "received": "the request has been received, and accepted where it was to go",
    "accepted_not_delivered": "received here; the place it is meant for has not accepted it yet",
    "corrected": "an earlier receipt no longer holds",
    "refused": "the content was refused; the errors say why",
    "manual": "kept for a person to sort",
    "draft": "a version of the agreement was sent",
    "approved": "the version named was approved",
    "confirmed": "the approval was handed to the authority",
    "settlement_started": "settlement runs",
    "reminder": "something is still awaited",
    "overdue": "something awaited did not come in time",
    "declined": "a place can not be offered",
    "rejected": "the draft was not approved",
    "withdrawn": "the request was taken back",
    "certificate_changed": "the certificate named is registered for the sender",
    "terminating": "notice was given; the end date is computed",
    "ended": "the agreement has ended",
}
"""The kinds of this version with their meaning. A procedure may add kinds of its own."""

_ALWAYS: Final = ("message", "sender", "content", "case", "draft", "next")
_KIND_FORM: Final = re.compile(r"[a-z][a-z_]{0,63}")


class Issuer(TypedDict):
    """The authority that issues."""

    name: str
    cvr: str


class Message(TypedDict):
    """The mail that the evidence is about; `sha256` is over its raw bytes."""

    message_id: str | None
    submission_id: str | None
    received_at: str
    door: str
    sha256: str
    mic: str | None


class Sender(TypedDict):
    """Whom the mail was authenticated as, and how."""

    partner: str
    cvr: str | None
    assurance: str
    certificate_sha256: str | None
    signed_at: str | None
    revocation: str | None
    openpgp_fingerprint: NotRequired[str]


class FileDigest(TypedDict):
    """One attachment or document, by name and SHA-256."""

    name: str
    sha256: str


class Content(TypedDict):
    """What was submitted; `digest` is over the canonical submission."""

    message: str
    digest: str
    fields: Mapping[str, object]
    attachments: Sequence[FileDigest]


CaseStep = TypedDict(
    "CaseStep",
    {"number": str, "procedure": str, "from": str | None, "to": str | None, "rules": Sequence[str]},
)
"""The step that the case took; functional form because `from` is a word of Python."""


class Draft(TypedDict):
    """The version of the agreement that this is about."""

    version: int
    digest: str


class Next(TypedDict):
    """What is awaited, until when and from whom."""

    deadline: str
    due: str
    who: str


class Refusal(TypedDict):
    """One error in the content, or one warning, in the partner's language."""

    code: str
    path: str
    text: str


class Delivery(TypedDict):
    """That the next hop accepted a mail; `accepted` is `250` or `dsn` (S0-R11)."""

    to: str
    accepted: str
    at: str


class Act(TypedDict):
    """An act of a person at the authority."""

    name: str
    person: str


class Link(TypedDict):
    """The place in the chain of a case, or of heads. Sequences begin at 1."""

    sequence: int
    previous: str | None
    digest: str


class Evidence(TypedDict):
    """The whole evidence. Parts that do not apply are null; optional keys are left out."""

    sagspost_evidence: str
    id: str
    kind: str
    issued_at: str
    issuer: Issuer
    message: Message | None
    sender: Sender | None
    content: Content | None
    case: CaseStep | None
    draft: Draft | None
    next: Next | None
    chain: Link
    errors: NotRequired[Sequence[Refusal]]
    warnings: NotRequired[Sequence[Refusal]]
    delivery: NotRequired[Delivery]
    act: NotRequired[Act]
    documents: NotRequired[Sequence[FileDigest]]
    rehearsal: NotRequired[bool]


@dataclass(frozen=True, slots=True)
class Last:
    """The newest link of a chain, which the next one follows."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Issued:
    """Evidence or a head as it leaves: exact bytes, and our detached CMS signature over them."""

    data: bytes
    signature: bytes


def moment(at: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC, whole seconds; refuses a naive one."""
    if at.tzinfo is None:
        raise EvidenceError("evidence.naive_time")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Parts(TypedDict, total=False):
    """What evidence may tell, as keywords of `compose`."""

    message: Message | None
    sender: Sender | None
    content: Content | None
    case: CaseStep | None
    draft: Draft | None
    next: Next | None
    errors: Sequence[Refusal]
    warnings: Sequence[Refusal]
    delivery: Delivery | None
    act: Act | None
    documents: Sequence[FileDigest]


def compose(
    *,
    id: str,  # noqa: A002  the evidence's own field name
    kind: str,
    issued_at: datetime,
    issuer: Issuer,
    last: Last | None,
    rehearsal: bool = False,
    **parts: Unpack[Parts],
) -> Evidence:
    """Return the evidence with its link, ready for `canonical_bytes`.

    `last` is the newest link of the same case's chain (of the chain `NO_CASE` where there is no
    case), None for its first. Raises EvidenceError for a malformed kind, a refusal without
    errors and a naive time, and parsers' NotCanonical for fields that have no canonical form.
    """
    if not _KIND_FORM.fullmatch(kind):
        raise EvidenceError("evidence.kind", kind[:64])
    if (kind == "refused") != bool(parts.get("errors")):
        raise EvidenceError("evidence.errors", "a refusal carries errors, and nothing else does")
    evidence: dict[str, object] = {
        "sagspost_evidence": "1",
        "id": id,
        "kind": kind,
        "issued_at": moment(issued_at),
        "issuer": issuer,
        **dict.fromkeys(_ALWAYS),
    }
    evidence.update({name: told for name, told in parts.items() if told or name in _ALWAYS})
    if rehearsal:
        evidence["rehearsal"] = True
    link = _unsigned_link(last)
    plain = plain_json({**evidence, "chain": link})
    assert isinstance(plain, dict)
    digest = digest_of_plain(plain)
    return cast("Evidence", {**plain, "chain": {**link, "digest": digest}})


def bytes_of(evidence: Evidence) -> bytes:
    """Return what `canonical_bytes` would of what `compose` gave: it is in plain form already."""
    return canonical_of_plain(cast("JsonValue", evidence))


def canonical_bytes(document: Mapping[str, object]) -> bytes:
    """Return the exact bytes that are signed, kept and mailed (RFC 8785)."""
    return canonical(document)


def chain_digest(evidence: Mapping[str, object]) -> str:
    """Return the SHA-256, in hex, of the canonical evidence without `chain.digest`.

    Raises EvidenceError when there is no chain in it.
    """
    chain = evidence.get("chain")
    if not isinstance(chain, Mapping):
        raise EvidenceError("evidence.chain")
    link = {name: value for name, value in chain.items() if name != "digest"}
    return hashlib.sha256(canonical({**evidence, "chain": link})).hexdigest()


def chain_of(evidence: Mapping[str, object]) -> str:
    """Return the name of the chain that evidence belongs to: its case number, or `NO_CASE`."""
    case = evidence.get("case")
    number = case.get("number") if isinstance(case, Mapping) else None
    return number if isinstance(number, str) else NO_CASE


def issue(document: Mapping[str, object], own: cms.OwnKey, at: datetime) -> Issued:
    """Sign evidence or a head on its own, so that it can be kept and checked outside the mail."""
    data = canonical_bytes(document)
    return Issued(data, cms.sign(data, own, detached=True, signing_time=at))


def _unsigned_link(last: Last | None) -> dict[str, object]:
    if last is None:
        return {"sequence": 1, "previous": None}
    return {"sequence": last.sequence + 1, "previous": last.digest}
