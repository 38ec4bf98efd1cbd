"""GnuPG's agents live and die with the gateway, whichever of its processes is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.running import descendants_of
from gateway.showcase.letters import Outer, json_entity
from gateway.showcase.stage import GATEWAY_ADDRESS
from keys.openpgp import create
from keys.openpgp.folder import write_openpgp_key
from tests.badinput.hostile import placement_request
from tests.crash.rig import Served, Template, eventually, served
from tests.gateway import pgp
from tests.keys.openpgp.peer import Peer


@dataclass
class World:
    """A running gateway with an OpenPGP key, and a kommune that has one too."""

    gateway: Served
    kommune: Peer
    fingerprint: str

    def deliver(self, reference: str) -> None:
        """A request comes in, sealed with OpenPGP, and is processed."""
        sender = self.gateway.cast.kommune.address
        entity = json_entity(
            placement_request(reference, "Støtte døgnet rundt."),
            sender=sender,
            recipient=GATEWAY_ADDRESS,
            subject="Anmodning",
        )
        sealed = pgp.combined(self.kommune, entity, self.fingerprint)
        outer = Outer(sender=sender, recipient=GATEWAY_ADDRESS)
        before = self.processed()
        self.gateway.deliver(pgp.mailed(sealed, outer))
        eventually(lambda: self.processed() == before + 1, what="the mail is processed")

    def processed(self) -> int:
        """How many mails were sealed and processed."""
        return self.gateway.number(
            "SELECT count(*) FROM mails WHERE state = 'processed' AND assurance = 'sealed'"
        )

    def agents(self) -> dict[int, str]:
        """The agents below the gateway, with their homes."""
        found = {}
        for pid, _ in descendants_of(self.gateway.pid):
            words = command_of(pid)
            if words[0].endswith("gpg-agent"):
                found[pid] = words[words.index("--homedir") + 1]
        return found


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return [""]


def are_gone(agents: dict[int, str]) -> bool:
    """Whether none of these runs; a pid that somebody else has by now does not count."""
    return not any(folder in command_of(pid) for pid, folder in agents.items())


@pytest.fixture
def running(template: Template, tmp_path: Path) -> Iterator[World]:
    secret, public, mark = create("Region Midtjylland", GATEWAY_ADDRESS, datetime.now(UTC))
    with served(template, tmp_path) as gateway:
        kommune = Peer("Kommune", gateway.cast.kommune.address)
        try:
            kommune.meet(public)
            write_openpgp_key(gateway.stage.home / "keys", "gateway", secret, public)
            file = tmp_path / "kommune.asc"
            file.write_bytes(kommune.public)
            gateway.stage.run("partner", "openpgp", "add", "aarhus", str(file))
            gateway.start()
            made = World(gateway, kommune, mark)
            made.deliver("P-1")
            yield made
        finally:
            kommune.close()


def test_a_killed_worker_leaves_no_agent_and_its_successor_works(running: World) -> None:
    before = running.agents()

    os.kill(running.gateway.child("worker"), signal.SIGKILL)
    eventually(lambda: are_gone(before), what="the agents of the killed worker are gone")
    running.deliver("P-2")
    after = running.agents()
    assert after
    assert not set(after.values()) & set(before.values())
    assert not any(Path(folder).exists() for folder in before.values()), "swept by the next"

    running.gateway.stop()
    assert are_gone(before | after)
    assert not any(Path(folder).exists() for folder in after.values())


def test_a_killed_serve_leaves_no_agent_and_the_next_one_no_home(running: World) -> None:
    agents = running.agents()

    os.kill(running.gateway.pid, signal.SIGKILL)
    running.gateway.wait_dead()
    eventually(lambda: are_gone(agents), what="the agents of the killed serve are gone")
    running.gateway.start()
    running.gateway.stop()
    assert not any(Path(folder).exists() for folder in agents.values())
