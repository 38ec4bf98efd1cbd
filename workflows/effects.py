"""What a step asks the gateway to do, in the imperative. Plain values; nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from workflows.events import AttachmentRef


@dataclass(frozen=True, slots=True)
class SendMail:
    """One mail to one recipient.

    `wording` names the text: `mail.<wording>.subject` and `.body`; where the recipient has no
    certificate and is an inbox or a facility of ours, `.plain_subject` and `.plain_body`, which
    hold nothing personal. `values` are already words in the recipient's language.
    """

    kind: str
    """Of evidence (`received`, `draft`, ...), or `notice`, `confirmation`, `dialogue`."""
    to: str
    """A party's role, `inbox`, or `sender`."""
    wording: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    documents: tuple[str, ...] = ()
    """Names of documents of the case, such as `draft-1.pdf`."""
    evidence: bool = False
    """Whether signed evidence goes with it and into the case's chain."""
    personal: bool = True
    """Whether the text holds personal data; then it needs sealing, or the plain variant."""
    on_accepted: str | None = None
    """The event to raise when the next hop has accepted it."""
    on_failed: str | None = None
    """The event to raise when it can not be delivered, or comes back later."""


@dataclass(frozen=True, slots=True)
class MakeDraft:
    """One PDF and one JSON file: documents `<key>.pdf` and `<key>.json`.

    `<key>.json` is the canonical form of `canonical`. For the acting party its SHA-256 is
    `digest`; the payer's has fewer fields, and so another SHA-256, but names the same `digest`.
    """

    key: str
    version: int
    digest: str
    canonical: Mapping[str, Any] = field(repr=False)
    view: Mapping[str, Any] = field(repr=False)
    audience: str = "acting"


@dataclass(frozen=True, slots=True)
class SetDeadline:
    """Watch for a time. Setting a name again replaces it."""

    name: str
    due: datetime
    who: str
    count: Mapping[str, Any]
    """The facts that `workflows.explain.count_in_words` tells."""


@dataclass(frozen=True, slots=True)
class ClearDeadline:
    """Stop watching: it was met, or has lost its sense. Unknown names are no error."""

    name: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Tell the people who run the gateway; `alert.<code>` in the wording."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ForwardAttachments:
    """Add the event's attachments to the mail of this step that goes to `to`."""

    to: str
    attachments: tuple[AttachmentRef, ...]


@dataclass(frozen=True, slots=True)
class MakeDocument:
    """A document of the case: `key` is its name, and its ending says what it is.

    `.csv` and `.xlsx` are tables, `.pdf` is for reading, `.json` is the view itself. What a view
    holds is told in `gateway.outbound.rendering`.
    """

    key: str
    view: Mapping[str, Any] = field(repr=False)
    title: str = ""


@dataclass(frozen=True, slots=True)
class FileUnder:
    """Let the case be found by others through a value: a citizen, a facility, a round.

    The gateway keeps a keyed digest of the value, never the value.
    """

    kind: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TellCase:
    """Raise an event in another case, as the gateway; `body` is JSON for the event's model."""

    number: str
    event: str
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)


Effect: TypeAlias = (
    SendMail
    | MakeDraft
    | MakeDocument
    | SetDeadline
    | ClearDeadline
    | Alert
    | ForwardAttachments
    | FileUnder
    | TellCase
)
