"""One run: set up a gateway by its command line, load it, measure, take it down."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.cpu import Usage, usage_of
from bench.figures import Phase, Result, phase_of
from bench.floor import Kind, Operations, average, measure
from bench.load import send_folder
from bench.prepare import prepare
from bench.sink import Sink
from gateway.showcase.stage import GATEWAY_ADDRESS, GATEWAY_COMMAND, Cast, Stage, make_cast

ROOT = Path(__file__).resolve().parent.parent
_WARM_UP = 24
_QUIET = 1.0  # seconds without a new mail: everything has gone out
_STALLED = 60.0  # seconds without a new mail while receipts are missing: it will not come


@dataclass(frozen=True)
class Plan:
    """What to measure; `partner_key` None takes the gateway's own kind for everybody."""

    requests: int = 600
    connections: int = 8
    partner_key: Kind | None = None
    command: Sequence[str] = GATEWAY_COMMAND
    keep: Path | None = None


def run(kind: Kind, plan: Plan, say: Callable[[str], None]) -> Result:
    """Measure one kind of gateway key; raises ValueError when a request has no receipt."""
    with tempfile.TemporaryDirectory(prefix="sagspost-bench-") as temporary:
        folder = (plan.keep or Path(temporary)) / kind
        folder.mkdir(parents=True)
        return _run_in(folder, kind, plan, say)


def _run_in(folder: Path, kind: Kind, plan: Plan, say: Callable[[str], None]) -> Result:
    partner_kind = plan.partner_key or kind
    with Sink(ROOT) as sink:
        cast = make_cast(folder / "ca", key=partner_kind)
        stage = Stage(folder / "home", relay_port=sink.port, command=plan.command)
        stage.set_up(cast, key=kind)
        counts = {"warm": _WARM_UP, "full": plan.requests, "half": max(plan.requests // 2, 1)}
        say(f"{kind}: sealing {sum(counts.values())} requests with OpenSSL")
        for name, count in counts.items():
            prepare(
                folder / name,
                count,
                sender=cast.kommune,
                recipient=GATEWAY_ADDRESS,
                gateway_certificate=stage.certificate,
            )
        alone, before = measure(kind, parallel=1), measure(kind)
        load = _Load(folder, stage, sink, cast, plan.connections)
        with stage.serving() as process:
            load.play("warm")
            say(f"{kind}: {plan.requests} requests as fast as they are taken")
            idle = usage_of(process.pid)
            full = load.play("full")
            used = usage_of(process.pid)
            say(f"{kind}: half of that rate, {full.rate / 2:.1f} a second")
            half = load.play("half", rate=full.rate / 2)
        costs = average([before, measure(kind)])
        return Result(
            key=kind,
            partner_key=partner_kind,
            full=full,
            half=half,
            cpu=1000 * _seconds(idle, used) / plan.requests,
            cpu_by_process=used.since(idle),
            operations=_operations(full),
            costs=costs,
            costs_alone=alone,
            partner_costs=costs if partner_kind == kind else measure(partner_kind),
        )


def _operations(full: Phase) -> Operations:
    """Count the key operations of one request from the mails that it caused.

    Each mail is signed and encrypted; beside that, the receipt's evidence has a signature of its
    own, and the request's signature is checked.
    """
    mails = full.mails_out / full.requests
    return Operations(decrypt=1, sign=mails + 1, encrypt=mails, verify=1)


def _seconds(earlier: Usage, later: Usage) -> float:
    return later.total - earlier.total


@dataclass
class _Load:
    """Plays prepared folders against one gateway and waits for everything that comes of it."""

    folder: Path
    stage: Stage
    sink: Sink
    cast: Cast
    connections: int

    def play(self, name: str, rate: float | None = None) -> Phase:
        """Send one folder; gives its figures when all receipts are here and nothing more comes."""
        receiver = self.cast.kommune.address
        earlier = self.sink.count()
        sent = send_folder(
            ROOT,
            self.folder / name,
            port=self.stage.smtp_port,
            sender=receiver,
            recipient=GATEWAY_ADDRESS,
            connections=self.connections,
            rate=rate,
        )
        self._settle(earlier.get(receiver, 0) + len(sent), receiver)
        mails = self.sink.mails(self.folder / f"{name}.arrived")[sum(earlier.values()) :]
        phase = phase_of(sent, mails, receiver)
        if not all(mail["sealed"] for mail in mails):
            phase = replace(phase, mails_out=sum(mail["sealed"] for mail in mails))
        return phase

    def _settle(self, wanted: int, receiver: str) -> None:
        """Wait until the receipts are here and no mail has come for a while."""
        count, changed = self.sink.count(), time.monotonic()
        while True:
            time.sleep(0.2)
            now = self.sink.count()
            if now != count:
                count, changed = now, time.monotonic()
            enough = count.get(receiver, 0) >= wanted
            if time.monotonic() - changed > (_QUIET if enough else _STALLED):
                return
