"""Open one mail and read what is in it: the pure, costly half of the pipeline.

It runs in worker processes, one per core, because cryptography in threads beside an event loop
costs more in waiting for the interpreter than in mathematics.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.pipeline.opened import Opened
from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from gateway.pipeline.scanning import Examiner
from keys.keyring import Keyring
from keys.openpgp import OpenPgp
from keys.trust import Judge
from parsers.active import Active
from parsers.catalogue import Catalogue
from parsers.outcomes import Outcome
from parsers.owntext import own_text
from parsers.submission import case_tokens, read_submission


@dataclass(frozen=True, slots=True)
class Read:
    """A mail, opened as far as it goes, and what its content turned out to be."""

    opened: Opened
    outcome: Outcome | None = None
    subject_tokens: tuple[str, ...] = ()
    """Case numbers in the protected Subject."""
    text_tokens: tuple[str, ...] = ()
    """Case numbers in the sender's own text."""
    active: Mapping[str, Active] = field(default_factory=dict)
    """Attachments that can act, by their SHA-256."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """The case numbers that count: those of the Subject, else those of the text."""
        return self.subject_tokens or self.text_tokens


@dataclass(frozen=True, slots=True)
class Tools:
    """What opening and reading need; made once for each process."""

    keyring: Keyring
    judge: Judge
    catalogue: Catalogue
    examiner: Examiner
    openpgp: OpenPgp | None = None

    def read(self, raw: bytes, at: datetime, *, tunnel: bool = False) -> Read:
        """Open and read a mail as of the time it was received. Never raises for what is in it.

        What no signature covers is read only where it came through a `tunnel`. Raises ScannerAway,
        and then says nothing of the mail.
        """
        means = Means(self.keyring, self.judge, at, tunnel, self.openpgp)
        examined = self.examiner.examine(open_message(raw, means))
        opened = examined.opened
        if opened.content is None:
            return Read(opened)
        content = opened.content
        fallback = opened.mic or hashlib.sha256(raw).hexdigest()
        outcome = read_submission(content, self.catalogue, fallback)
        return Read(
            opened,
            outcome,
            case_tokens(content.subject or ""),
            case_tokens(own_text(content.text)),
            examined.active,
        )
