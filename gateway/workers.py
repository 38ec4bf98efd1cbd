"""Worker processes for what costs time: opening, reading, signing, sealing.

Processes and not threads: cryptography beside a busy interpreter waits longer for the interpreter's
lock than it computes. Keys are loaded once for each process. A worker that dies takes only the mail
down that killed it: the batch is tried again one by one, and that one comes back as an exception.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from gateway import reference_data
from gateway.errors import TryLater
from gateway.memory import collect_rarely, give_back_large_blocks
from gateway.outbound.dressing import Job, Made, make
from gateway.pipeline.reading import Read, Tools
from gateway.pipeline.scanning import Examiner
from gateway.processes import die_with_parent
from gateway.settings import ScanSettings
from gateway.store import registry
from gateway.store.engine import open_engine, transaction
from gateway.store.mails import Waiting
from keys.errors import TokenError
from keys.keyring import load_keyring
from keys.openpgp import OpenPgp
from keys.openpgp.folder import load_openpgp_keys
from keys.policy import TrustPolicy
from keys.token import TokenAt
from keys.trust import Judge, TrustMaterial
from workflows.catalogue import catalogue, procedures
from workflows.policy import Policy

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Kit:
    """What a worker process is made of; small and picklable."""

    keys: Path
    token: TokenAt | None
    material: TrustMaterial
    policy: Policy
    scan: ScanSettings
    trust: TrustPolicy
    database_url: str
    """Where processes that run already read lists and answers that came since they started."""
    openpgp: tuple[tuple[str, bytes], ...] = ()
    """The registered OpenPGP keys by their fingerprints."""
    home: Path | None = None
    """Where an operator's reference data lies; without it, what ships is read."""


_tools: Tools | None = None
_kit: Kit | None = None
_version = 0
"""Of the registry, as of which this process knows lists and answers."""


def tools_of(kit: Kit) -> Tools:
    """Load keys, anchors and message types."""
    return Tools(
        keyring=load_keyring(kit.keys, kit.token),
        judge=Judge(kit.material, kit.trust),
        catalogue=catalogue(procedures(kit.policy)),
        examiner=Examiner(kit.scan),
        openpgp=OpenPgp(load_openpgp_keys(kit.keys), kit.openpgp),
    )


def _start(kit: Kit, parent: int) -> None:
    global _kit, _tools
    die_with_parent(parent)
    give_back_large_blocks()
    if kit.home is not None:
        reference_data.take_up(kit.home)
    _kit, _tools = kit, tools_of(kit)
    collect_rarely()


def _renew(version: int) -> None:
    """Read lists and answers anew, if they changed since this process knew them.

    Keys and message types stay as they are: loading those is what makes a new process slow.
    """
    global _tools, _version  # noqa: PLW0603  see above
    if version <= _version or _kit is None or _tools is None:
        return
    engine = open_engine(_kit.database_url)
    with transaction(engine, write=False) as connection:
        material = registry.trust_material(connection)
    engine.dispose()
    _tools = replace(_tools, judge=Judge(material, _kit.trust))
    _version = version


def _read(mail: Waiting, tools: Tools) -> Read:
    tunnel = "certificate_sha256" in (mail.tls or {})
    return tools.read(mail.raw, mail.received_at, tunnel=tunnel)


def _make(job: Job, tools: Tools) -> Made:
    return make(job, tools.keyring.signing_at(job.at), tools.openpgp)


def _nothing(_task: None, _tools: Tools) -> None:
    """A task that only makes its process start."""


def _all(
    work: Callable[[Task, Tools], Result],
    tasks: Sequence[Task],
    tools: Tools | None = None,
    version: int = 0,
) -> list[Result | Exception]:
    if tools is None:
        _renew(version)
    used = tools or _tools
    assert used is not None
    results: list[Result | Exception] = []
    for task in tasks:
        try:
            results.append(work(task, used))
        except TryLater as error:
            results.append(error)
        except TokenError as error:
            results.append(TryLater(str(error)))  # the keys are away, and nothing is wrong with it
        except Exception as error:
            # Its text may quote the mail, and what cannot be pickled cannot come back.
            frame = extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            results.append(RuntimeError(f"{type(error).__name__} at {where}"))
    return results


class Workers:
    """So many processes, or none: then the work is done in this one."""

    def __init__(self, kit: Kit, count: int) -> None:
        self._kit = kit
        self._count = count
        self._tools = tools_of(kit) if count == 1 else None
        self._pool: ProcessPoolExecutor | None = None
        self._version = 0

    def renew(self, material: TrustMaterial, version: int) -> None:
        """Judge by these lists and answers from the next task on; no process is made anew."""
        self._kit = replace(self._kit, material=material)
        self._version = version
        if self._tools is not None:
            self._tools = replace(self._tools, judge=Judge(material, self._kit.trust))

    def read(self, mails: Sequence[Waiting]) -> list[Read | Exception]:
        """Open and read mails."""
        return self._run(_read, mails)

    def make(self, jobs: Sequence[Job]) -> list[Made | Exception]:
        """Make mails."""
        return self._run(_make, jobs)

    def warm(self) -> None:
        """Start the processes now, so that the first mail does not wait for them."""
        if self._tools is None:
            self._chunks(_nothing, [[None]] * self._count)

    def close(self) -> None:
        """End the processes, and what GnuPG started in this one."""
        if self._tools is not None and self._tools.openpgp is not None:
            self._tools.openpgp.close()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _run(
        self, work: Callable[[Task, Tools], Result], tasks: Sequence[Task]
    ) -> list[Result | Exception]:
        if self._tools is not None:
            return _all(work, tasks, self._tools)
        size = -(-len(tasks) // self._count)
        chunks = [tasks[at : at + size] for at in range(0, len(tasks), size)]
        try:
            return self._chunks(work, chunks)
        except BrokenProcessPool:
            self.close()
        results: list[Result | Exception] = []
        for task in tasks:
            try:
                results += self._chunks(work, [[task]])
            except BrokenProcessPool as error:
                self.close()
                results.append(error)
        return results

    def _chunks(
        self, work: Callable[[Task, Tools], Result], chunks: Sequence[Sequence[Task]]
    ) -> list[Result | Exception]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._count,
                mp_context=get_context("spawn"),
                initializer=_start,
                initargs=(self._kit, os.getpid()),
            )
        futures = [self._pool.submit(_all, work, chunk, None, self._version) for chunk in chunks]
        return [result for future in futures for result in future.result()]
