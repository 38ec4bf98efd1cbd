"""A real door on a real port, in a loop of its own thread, and raw sockets to knock with."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvloop

from gateway.inbound.delivery import Delivery
from gateway.inbound.smtp_in import SmtpDoor

MAILBOX = "Sikkermail@region.example"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
T = TypeVar("T")


class Kept:
    """A store in memory that can be told to fail."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    async def __call__(self, deliveries: list[Delivery]) -> list[str]:
        while not self.gate.is_set():  # noqa: ASYNC110  # set from another thread
            await asyncio.sleep(0.005)
        if self.failure is not None:
            raise self.failure
        self.deliveries += deliveries
        first = len(self.deliveries) - len(deliveries) + 1
        return [f"m{number}" for number in range(first, len(self.deliveries) + 1)]


class Running:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class House:
    """A door that is open, what it kept, and its port."""

    def __init__(self, running: Running, implicit_tls: bool, **terms: Any) -> None:
        self.kept = Kept()
        self.running = running
        self.door = SmtpDoor(
            **{
                "mailboxes": [MAILBOX, "plads@region.example"],
                "keep": self.kept,
                "now": lambda: NOON,
                "hostname": "mx.region.example",
                "is_bounce_address": lambda address: address.startswith("bounce+good"),
            }
            | terms
        )
        self.port = running.do(self.door.open("127.0.0.1", 0, implicit_tls=implicit_tls))[1]

    def close(self, grace: float = 1.0) -> None:
        self.running.do(self.door.close(grace=grace))


@contextmanager
def open_house(*, implicit_tls: bool = False, **terms: Any) -> Iterator[House]:
    running = Running()
    try:
        house = House(running, implicit_tls, **terms)
        yield house
        house.close()
    finally:
        running.stop()


class Caller:
    """A client that sends exactly the bytes that it is told to."""

    def __init__(self, port: int, wrap: Callable[[socket.socket], socket.socket] | None = None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        if wrap:
            self.socket = wrap(self.socket)
        self._rest = b""

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> str:
        while b"\r\n" not in self._rest:
            data = self.socket.recv(65536)
            if not data:
                return "closed"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\r\n")
        return line.decode("ascii")

    def reply(self) -> str:
        """The last line of the next reply."""
        while True:
            line = self.line()
            if line[3:4] != "-":
                return line

    def ask(self, command: str) -> str:
        self.send(command.encode() + b"\r\n")
        return self.reply()

    def start_mail(self, recipient: str = MAILBOX) -> None:
        self.reply()
        self.ask("EHLO mail.aarhus.example")
        assert self.ask("MAIL FROM:<sender@aarhus.example>").startswith("250 2.1.0")
        assert self.ask(f"RCPT TO:<{recipient}>").startswith("250 2.1.5")
        assert self.ask("DATA").startswith("354")
