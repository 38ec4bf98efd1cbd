"""Where the peeling of a mail stands, and what a layer may do to it.

A layer is one function: it looks at `Peel.entity`, and either goes one layer in by `decrypted`,
`signed` or `unwrapped`, or says by `ended` or `failed` why it goes no further. It may let the
errors of `keys` and `parsers` pass: `opening` makes them the layer's verdict.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.pipeline.opened import Opened
from keys.capabilities import Capabilities
from keys.cms import Keyring
from keys.openpgp import OpenPgp
from keys.trust import Judge, Trusted
from keys.verdicts import Kind, LayerVerdict
from parsers.mime import Part, read_entity


@dataclass(frozen=True, slots=True)
class Means:
    """What opening a mail takes: our keys, whom we trust, and when the mail was received."""

    keyring: Keyring
    judge: Judge
    at: datetime
    tunnel: bool = False
    """It came through a tunnel: with a client certificate, so that unsigned mail may be read."""
    openpgp: OpenPgp | None = None
    """GnuPG with our OpenPGP keys and the registered ones; None where there are neither."""


@dataclass
class Peel:
    """The entity that lies open, and what was found out on the way to it."""

    entity: Part
    opened: Opened
    layers: list[LayerVerdict] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The next layer's number; 0 is the transport."""
        return len(self.layers) + 1

    def decrypted(self, content: bytes, verdict: LayerVerdict) -> None:
        """Go into what was decrypted. Raises ParsersError where that is not MIME."""
        self.unwrapped(content, verdict)
        # A signature around the ciphertext says nothing about who wrote what is inside: forget it.
        self.opened = Opened(self.opened.envelope, encrypted=True)

    def unwrapped(self, content: bytes, verdict: LayerVerdict) -> None:
        """Go into a wrapping that protects nothing. Raises ParsersError for what is not MIME."""
        self.entity = read_entity(content)
        self.layers.append(verdict)

    def signed(
        self,
        inside: Part,
        found: Sequence[LayerVerdict],
        signer: bytes | None,
        trust: Trusted | None,
        signed_at: datetime | None,
        capabilities: Capabilities | None = None,
        openpgp: str | None = None,
    ) -> None:
        """Go into what was signed; of signatures within each other the outermost one counts."""
        self.layers += found
        self.entity = inside
        if not self.opened.is_signed:
            self.opened = replace(
                self.opened,
                signer=signer,
                openpgp=openpgp,
                trust=trust,
                signed_at=signed_at,
                capabilities=capabilities,
                mic=hashlib.sha256(inside.raw).hexdigest(),
            )

    def ended(self, verdict: LayerVerdict) -> Opened:
        """No further: this layer is why."""
        self.layers.append(verdict)
        return replace(self.opened, layers=tuple(self.layers), content=None, failure=verdict.code)

    def failed(self, kind: Kind, code: str, words: str) -> Opened:
        """No further, for a reason that is not of `keys`."""
        return self.ended(LayerVerdict(self.number, kind, False, code, words))


Step = Callable[[Peel, Means], Opened | None]
"""Peels one layer off; gives the end of it where the mail goes no further."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A kind of layer: what it is, and how it is peeled off."""

    kind: Kind
    step: Step
