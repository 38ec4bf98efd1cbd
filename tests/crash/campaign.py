"""Kills without end, and what must be found at the end of them."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from bench.prepare import prepare
from gateway.running import read_state
from gateway.showcase.letters import header_of, read_letter
from gateway.showcase.openssl import open_mail, verify_detached
from gateway.showcase.stage import GATEWAY_ADDRESS
from tests.crash.rig import Postman, Served, eventually


class Trap(NamedTuple):
    """Where to die, and who: the process itself, or the whole gateway."""

    role: str
    point: str
    moment: str
    scope: str

    def __str__(self) -> str:
        return " ".join(self)


class Campaign:
    """Sends requests while the gateway is being killed, then looks at what became of each."""

    def __init__(self, gateway: Served, folder: Path, mails: int) -> None:
        self.gateway = gateway
        self.folder = prepare(
            folder / "requests",
            mails,
            sender=gateway.cast.kommune,
            recipient=GATEWAY_ADDRESS,
            gateway_certificate=gateway.stage.certificate,
            size=2500,
        )
        self._unsent: Iterator[bytes] = (p.read_bytes() for p in sorted(self.folder.glob("*.eml")))
        self.sent: list[bytes] = []
        self.kills = 0

    def mails(self, count: int) -> list[bytes]:
        """The next few requests."""
        taken = [next(self._unsent) for _ in range(count)]
        self.sent += taken
        return taken

    def fall_into(self, trap: Trap, postman: Postman) -> None:
        """Set one trap, send mail until it snaps, and see that the gateway comes back."""
        gateway = self.gateway
        gateway.trap.write_text(str(trap), "ascii")
        if trap.point == "connect":
            # Connections to the relay stay open: only an outbox that starts anew must connect.
            self._kill_child(trap.role)
        postman.send(self.mails(2))
        eventually(lambda: not gateway.trap.exists(), 40, what=f"nobody came to {trap}")
        self.kills += 1
        if trap.scope == "group":
            gateway.wait_dead()
            gateway.start()
        elif trap.role == "pool":
            # A mail whose process dies twice is set aside as the cause of it: let it get through.
            gateway.settle()

    def strike(self, chance: random.Random, postman: Postman) -> None:
        """Kill something at a random moment after the beginning of a mail."""
        gateway = self.gateway
        postman.send(self.mails(1))
        time.sleep(chance.random() * 0.4)
        self.kills += 1
        victims = list(self._children())
        if chance.random() < 0.5 or not victims:
            gateway.kill()
            gateway.start()
            return
        self._kill_child(chance.choice(victims))

    def _children(self) -> dict[str, dict[str, Any]]:
        return (read_state(self.gateway.stage.home) or {}).get("children", {})

    def _kill_child(self, name: str) -> None:
        pid = self._children().get(name, {}).get("pid")
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def finish(self) -> None:
        """Check that nothing was lost and nothing was done twice."""
        gateway = self.gateway
        gateway.settle()
        self._each_mail_was_processed_once()
        self._each_case_went_the_same_way()
        self._each_mail_out_is_one_mail()
        self._each_request_has_one_receipt()
        gateway.verify_log()
        gateway.stop()

    def _each_mail_was_processed_once(self) -> None:
        states = defaultdict(list)
        for message_id, state in self.gateway.rows("SELECT message_id, state FROM mails"):
            states[message_id].append(state)
        assert set(states) == {header_of(mail, "Message-ID") for mail in self.sent}
        for message_id, found in states.items():
            assert Counter(found) - Counter({"duplicate": len(found)}) == {"processed": 1}, (
                message_id,
                found,
            )
        assert self.gateway.number("SELECT count(*) FROM cases") == len(self.sent)

    def _each_case_went_the_same_way(self) -> None:
        ways = defaultdict(list)
        for number, event, before, after in self.gateway.rows(
            "SELECT number, event, from_state, to_state FROM case_events ORDER BY id"
        ):
            ways[number].append((event, before, after))
        assert len(ways) == len(self.sent)
        # The two notices go out on two connections: either may be accepted first.
        events = {tuple(event for event, _, _ in way) for way in ways.values()}
        states = {tuple(dict.fromkeys(after for _, _, after in way)) for way in ways.values()}
        assert len(events) == len(states) == 1, ways
        assert next(iter(states))[-1] == "ACKNOWLEDGED"
        mails = defaultdict(list)
        for number, kind, role in self.gateway.rows(
            "SELECT number, kind, role FROM outbox WHERE plan_sealed IS NOT NULL"
            " AND mail IN (SELECT id FROM mails WHERE state = 'processed') OR mail IS NULL"
        ):
            mails[number].append((kind, role))
        shapes = {tuple(sorted(mails[number])) for number in ways}
        repeated = max(len(shape) - len(set(shape)) for shape in shapes)
        assert len({frozenset(shape) for shape in shapes}) == 1, shapes
        assert repeated <= 5, shapes  # the same evidence again, for mail that came again

    def _each_mail_out_is_one_mail(self) -> None:
        states = Counter(s for (s,) in self.gateway.rows("SELECT state FROM outbox"))
        assert set(states) == {"sent"}, states
        bodies: dict[str, set[bytes]] = defaultdict(set)
        for arrived in self.gateway.inboxes.arrived:
            bodies[arrived.header("Message-ID")].add(arrived.raw)
        assert all(len(different) == 1 for different in bodies.values())
        made = {one for (one,) in self.gateway.rows("SELECT message_id FROM outbox")}
        assert made - set(bodies) == set(), "marked as sent, and nobody got it"
        assert set(bodies) - made == set(), "somebody got it, and it is not known"

    def _each_request_has_one_receipt(self) -> None:
        reader = self.gateway.cast.kommune
        anchor = self.gateway.stage.certificate
        receipts: dict[str, set[bytes]] = defaultdict(set)
        distinct = {mail.raw for mail in self.gateway.inboxes.to(reader.address)}
        for raw in distinct:
            opened = open_mail(raw, reader.key, reader.certificate, anchor)
            letter = read_letter(opened.entity)
            evidence = letter.attachments["evidence.json"]
            verify_detached(evidence, letter.attachments["evidence.json.p7s"], anchor)
            said: dict[str, Any] = letter.json("evidence.json")
            assert said["kind"] == "received", said
            receipts[said["message"]["message_id"]].add(evidence)
        assert set(receipts) == {header_of(mail, "Message-ID") for mail in self.sent}
        assert all(len(different) == 1 for different in receipts.values())
