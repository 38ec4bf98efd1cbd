"""A mail that was decided and is not made yet: all that its making needs, as one value.

It is kept, sealed, with the row of the outbox in the same transaction as the step of the case that
caused it. Everything that must not change between a crash and a restart is already in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.wording import SHARED


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mail says and to whom."""

    wording: str
    language: str
    procedure: str | None = None
    """Whose wording it is; None for the texts that belong to no procedure."""
    values: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    evidence: Mapping[str, Any] | None = None
    """The parts of the evidence but its id, issuer, time and chain; None for a mail without."""
    again: int | None = None
    """The mail whose evidence is sent again, byte for byte."""
    head: int | None = None
    """The signed head that is attached, by its sequence."""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reference: str | None = None
    """The partner's own reference, which comes back in the subject."""
    personal: bool = True
    """Whether it holds personal data: then it never leaves unsealed."""
    report: bool = False
    """Whether the receipt is `multipart/report`."""
    on_accepted: str | None = None
    on_failed: str | None = None

    @property
    def remarks(self) -> list[str]:
        """What was noticed in the reader's submission, a sentence each."""
        return [one["text"] for one in (self.evidence or {}).get("warnings") or ()]

    @property
    def policies(self) -> list[str]:
        """The settings that the step rests on, a sentence each."""
        return [one["text"] for one in (self.evidence or {}).get("policies") or ()]

    def subject(self, word: str, number: str | None) -> str:
        """The subject: our word for the mail, the case in brackets, and the reader's reference."""
        parts = [word]
        if number and f"[{number}]" not in word:
            parts.append(f"[{number}]")
        if self.reference:
            theirs = SHARED.text("reference.yours", self.language)
            parts.append(f"[{theirs} {self.reference}]")
        return " ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """As kept."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Plan:
        """The reverse of `to_json`."""
        values = dict(kept)
        values["documents"] = tuple(values["documents"])
        values["references"] = tuple(values["references"])
        return cls(**values)
