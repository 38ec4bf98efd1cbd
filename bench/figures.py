"""From what was sent and what arrived to the figures, and the table that people read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.floor import Costs, Operations, floor_of


@dataclass(frozen=True)
class Phase:
    """One load at one rate. Times are in seconds; latency is from `250` to the receipt."""

    requests: int
    seconds: float
    rate: float
    p50: float
    p95: float
    p99: float
    worst: float
    last_answer_after: float
    mails_out: int


@dataclass(frozen=True)
class Result:
    """All figures for one kind of gateway key. CPU is in milliseconds for each request."""

    key: str
    partner_key: str
    full: Phase
    half: Phase
    cpu: float
    cpu_by_process: Mapping[str, float]
    operations: Operations
    costs: Costs
    costs_alone: Costs
    partner_costs: Costs
    floor: float = field(init=False)
    share: float = field(init=False)
    all_key_operations: float = field(init=False)
    share_of_all_key_operations: float = field(init=False)

    def __post_init__(self) -> None:
        wanted = self.operations
        plain = Operations(decrypt=wanted.decrypt, sign=wanted.encrypt, encrypt=wanted.encrypt)
        floor = floor_of(self.costs, self.partner_costs, plain)
        every = floor_of(self.costs, self.partner_costs, wanted)
        object.__setattr__(self, "floor", floor)
        object.__setattr__(self, "share", floor / self.cpu)
        object.__setattr__(self, "all_key_operations", every)
        object.__setattr__(self, "share_of_all_key_operations", every / self.cpu)


def phase_of(
    sent: Sequence[Mapping[str, Any]], arrived: Iterable[Mapping[str, Any]], receiver: str
) -> Phase:
    """Match each request with its receipt, the first mail to `receiver` that replies to it.

    Raises ValueError when a request was not answered with 250 or has no receipt.
    """
    first: dict[str, float] = {}
    mails = list(arrived)
    for mail in mails:
        if mail["to"] == receiver and mail["in_reply_to"]:
            first.setdefault(mail["in_reply_to"], mail["at"])
    refused = [each["code"] for each in sent if each["code"] != 250]
    missing = [each["message_id"] for each in sent if each["message_id"] not in first]
    if refused or missing:
        raise ValueError(
            f"{len(refused)} requests refused {set(refused)}, {len(missing)} without"
            f" a receipt, the first of them {missing[:1]}"
        )
    waits = sorted(max(0.0, first[each["message_id"]] - each["answered_at"]) for each in sent)
    start = min(each["data_at"] for each in sent)
    seconds = max(first[each["message_id"]] for each in sent) - start
    return Phase(
        requests=len(sent),
        seconds=seconds,
        rate=len(sent) / seconds,
        p50=percentile(waits, 50),
        p95=percentile(waits, 95),
        p99=percentile(waits, 99),
        worst=waits[-1],
        last_answer_after=max(each["answered_at"] for each in sent) - start,
        mails_out=len(mails),
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Give the nearest-rank percentile of values in rising order."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def show(results: Sequence[Result], console: Console) -> None:
    """Print the table."""
    table = Table(title="Sealed 10 KB placement requests, from first DATA to last receipt")
    table.add_column("")
    for result in results:
        table.add_column(f"key {result.key}", justify="right")
    rows: list[tuple[str, list[str]]] = [
        ("requests", [str(r.full.requests) for r in results]),
        ("requests per second", [f"{r.full.rate:.1f}" for r in results]),
        ("answered 250 after (s)", [f"{r.full.last_answer_after:.1f}" for r in results]),
        ("outgoing mails for each", [f"{r.full.mails_out / r.full.requests:.2f}" for r in results]),
        ("250 to receipt p50 / p95 / p99 (ms)", [_spread(r.full) for r in results]),
        ("half rate, requests per second", [f"{r.half.rate:.1f}" for r in results]),
        ("the same at half rate (ms)", [_spread(r.half) for r in results]),
        ("gateway CPU for each (ms)", [f"{r.cpu:.2f}" for r in results]),
        ("machine's floor for each (ms)", [f"{r.floor:.2f}" for r in results]),
        ("share of the limit", [f"{r.share:.0%}" for r in results]),
        (
            "floor with evidence and check (ms)",
            [f"{r.all_key_operations:.2f}" for r in results],
        ),
        ("share of that", [f"{r.share_of_all_key_operations:.0%}" for r in results]),
        ("sign / decrypt, all cores busy (ms)", [_pair(r.costs) for r in results]),
        ("sign / decrypt, one alone (ms)", [_pair(r.costs_alone) for r in results]),
    ]
    for name, cells in rows:
        table.add_row(name, *cells)
    console.print(table)
    for result in results:
        used = ", ".join(
            f"{name}: {seconds:.2f} s"
            for name, seconds in result.cpu_by_process.items()
            if seconds >= 0.05
        )
        console.print(f"[bold]{result.key}[/bold] CPU by process: {used}", highlight=False)


def shortfalls(results: Sequence[Result]) -> list[str]:
    """Name every aim that was missed: 60 % of the floor (RSA), 6 ms (P-256), p99 under 1 s."""
    missed = []
    for result in results:
        if result.key.startswith("rsa") and result.share < 0.60:
            missed.append(f"{result.key}: {result.share:.0%} of the limit, 60 % wanted")
        if result.key == "p256" and result.cpu > 6.0:
            missed.append(f"{result.key}: {result.cpu:.2f} ms of CPU, at most 6 ms wanted")
        if result.half.p99 >= 1.0:
            missed.append(f"{result.key}: p99 at half rate {result.half.p99:.2f} s, 1 s wanted")
    return missed


def _spread(phase: Phase) -> str:
    return f"{phase.p50 * 1000:.0f} / {phase.p95 * 1000:.0f} / {phase.p99 * 1000:.0f}"


def _pair(costs: Costs) -> str:
    return f"{costs.sign:.3f} / {costs.decrypt:.3f}"
