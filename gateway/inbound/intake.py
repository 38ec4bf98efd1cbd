"""Keeps mail before it is answered: one writer thread, one commit for all that is waiting.

An fsync costs the same for one mail as for fifty. While one commit runs, deliveries from all doors
gather; the next commit takes them together. Nobody waits for a batch to fill.

In: `accept`, called from the event loop. Out: `store_batch`, called in the writer thread only.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from gateway.inbound.delivery import Delivery
from gateway.inbound.errors import NotKept, Overloaded, reason_of
from gateway.logs import logger

StoreBatch = Callable[[list[Delivery]], list[str | Exception]]
"""One transaction for all; for each delivery, in order, its mail id or why just it was not kept.

It returns after the commit is on disk. If it raises, nothing of the batch was kept.
"""

_log = logger("intake")
_Outcome = list[str | Exception]


@dataclass(frozen=True, slots=True)
class _Waiting:
    deliveries: list[Delivery]
    answer: asyncio.Future[_Outcome]


class Intake:
    """The one writer of incoming mail in this process. Made and closed in one event loop."""

    def __init__(
        self,
        store_batch: StoreBatch,
        *,
        waiting_bytes: int = 128 * 1024 * 1024,
        waiting_mails: int = 2000,
        batch_mails: int = 64,
        batch_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        self._store_batch = store_batch
        self._waiting_bytes = waiting_bytes
        self._waiting_mails = waiting_mails
        self._batch_mails = batch_mails
        self._batch_bytes = batch_bytes
        self._bytes = 0
        self._mails = 0
        self._closed = False
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write, name="intake", daemon=True)
        self._thread.start()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def is_full(self) -> bool:
        """Whether so much waits that the next mail should be put off."""
        return self._mails >= self._waiting_mails or self._bytes >= self._waiting_bytes

    async def accept(self, deliveries: Sequence[Delivery]) -> list[str]:
        """Keep them, and give the mail ids once they are on disk.

        Raises Overloaded when too much is waiting, NotKept when one of them could not be kept.
        Those that were kept all the same are known by their bytes when the client comes again.
        """
        size = sum(len(delivery.raw) for delivery in deliveries)
        if self._closed or self.is_full():
            raise Overloaded("too much mail is waiting for the disk")
        waiting = _Waiting(list(deliveries), self._loop.create_future())
        self._mails += len(deliveries)
        self._bytes += size
        waiting.answer.add_done_callback(lambda _: self._forget(len(deliveries), size))
        self._queue.put(waiting)
        kept: list[str] = []
        for outcome in await waiting.answer:
            if isinstance(outcome, Exception):
                raise NotKept("the store did not keep the mail") from outcome
            kept.append(outcome)
        return kept

    async def close(self) -> None:
        """Take nothing more, write what is waiting, and end the thread."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)

    def _forget(self, mails: int, size: int) -> None:
        self._mails -= mails
        self._bytes -= size

    # In the writer thread.

    def _write(self) -> None:
        last = False
        while not last:
            batch, last = self._next_batch()
            if batch:
                outcomes = self._store([one for waiting in batch for one in waiting.deliveries])
                self._tell(batch, outcomes)
            del batch  # large mails would stay in memory until the next ones come

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        """Take what is waiting, at least one; and say whether it is the last."""
        batch: list[_Waiting] = []
        mails = size = 0
        item = self._queue.get()
        while item is not None:
            batch.append(item)
            mails += len(item.deliveries)
            size += sum(len(delivery.raw) for delivery in item.deliveries)
            if mails >= self._batch_mails or size >= self._batch_bytes:
                return batch, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _store(self, deliveries: list[Delivery]) -> _Outcome:
        try:
            return self._checked(deliveries)
        except Exception as error:
            _log.error("batch not kept", mails=len(deliveries), reason=reason_of(error))
            if len(deliveries) == 1:
                return [error]
        return self._store_singly(deliveries)

    def _store_singly(self, deliveries: list[Delivery]) -> _Outcome:
        """Ask for each alone, lest one bad mail fail the others; but do not ask a dead store on."""
        outcomes: _Outcome = []
        dead = False
        for delivery in deliveries:
            try:
                outcomes += [outcomes[-1]] if dead else self._checked([delivery])
            except Exception as error:
                outcomes.append(error)
            dead = len(outcomes) >= 3 and all(isinstance(one, Exception) for one in outcomes)
        return outcomes

    def _checked(self, deliveries: list[Delivery]) -> _Outcome:
        outcomes = self._store_batch(deliveries)
        if len(outcomes) != len(deliveries):
            raise RuntimeError("the store did not answer for each delivery")
        return outcomes

    def _tell(self, batch: list[_Waiting], outcomes: _Outcome) -> None:
        try:
            self._loop.call_soon_threadsafe(_settle, batch, outcomes)
        except RuntimeError:  # the loop is gone, and with it everybody who waited
            _log.warning("kept after the end", mails=len(outcomes))


def _settle(batch: list[_Waiting], outcomes: _Outcome) -> None:
    start = 0
    for waiting in batch:
        end = start + len(waiting.deliveries)
        if not waiting.answer.done():  # the client may have gone
            waiting.answer.set_result(outcomes[start:end])
        start = end
