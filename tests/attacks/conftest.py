"""A gateway with a draft that waits for Aarhus Kommune, once for each module of attacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from gateway.showcase.authority import Identity
from tests.gateway.conftest import make_rig, rig, world
from tests.gateway.rig import TLS, Rig, Sent, World

__all__ = ["make_rig", "rig", "world"]

CANARY = "Kanariefuglen hedder Frode"
"""What stands in mail that was caught, and must be seen nowhere."""


@dataclass
class Scene:
    """A gateway under attack: the draft's case, and the line that would approve it."""

    rig: Rig
    number: str
    line: str
    seen: int = field(default=0)

    @property
    def aarhus(self) -> Identity:
        return self.rig.aarhus

    @property
    def silkeborg(self) -> Identity:
        return self.rig.silkeborg

    def approval(self, sender: Identity | None = None) -> bytes:
        """The entity that approves the draft, as Aarhus would write it and sign it."""
        # No two of them are the same mail.
        return self.rig.words(self.line, sender or self.aarhus, f"Svar {uuid4()}")

    def words(self, text: str, sender: Identity | None = None) -> bytes:
        """Words about the case."""
        return self.rig.words(text, sender or self.aarhus, f"Sag [{self.number}]")

    def to_gateway(self, entity: bytes, **options: str) -> bytes:
        """Encrypt an entity to the gateway; the outer From is that of Aarhus."""
        return self.rig.encrypted(entity, self.rig.outer(self.aarhus), **options)

    def deliver(self, mail: bytes) -> str:
        """Deliver over TLS, which is the most that an attacker can have, and settle."""
        self.seen = len(self.rig.outgoing())
        found = self.rig.deliver(mail, sender=self.aarhus.address, tls=TLS)
        self.rig.settle()
        return found

    def answers(self) -> list[Sent]:
        """What went out because of the last mail."""
        return self.rig.outgoing()[self.seen :]

    def assert_nothing_came_of(self, mail: str, *codes: str) -> None:
        """It is in quarantine for one of these reasons, silently, and the draft still waits."""
        state, reason = self.rig.judged(mail)
        assert (state, reason in codes) == ("quarantined", True), (state, reason)
        self.assert_unmoved()
        for sent in self.answers():
            assert (sent.kind, sent.role) == ("notice", "notice")
            assert self.number not in sent.text

    def assert_unmoved(self) -> None:
        """No case was opened or moved, and what was caught went nowhere."""
        assert self.rig.state(self.number) == "DRAFT_SENT"
        assert [row["number"] for row in self.rig.cases()] == [self.number]
        for sent in self.answers():
            assert CANARY not in sent.text + sent.letter.subject + str(sent.evidence)
            assert not any(CANARY.encode() in one for one in sent.letter.attachments.values())


@pytest.fixture(scope="module")
def scene(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    one = Rig(world, tmp_path_factory.mktemp("attacked"))
    number, line = one.drafted()
    yield Scene(one, number, line)
    one.close()


def mixed(*parts: bytes, kind: str = "multipart/mixed") -> bytes:
    """A multipart of entities; nothing in it is changed."""
    line = b"--" + uuid4().hex.encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    head = f'Content-Type: {kind}; boundary="{line[2:].decode()}"\r\n\r\n'.encode()
    return head + body + line + b"--\r\n"
