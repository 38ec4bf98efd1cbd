"""`python -m bench`: runs, prints the table, writes the figures as JSON."""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench.figures import shortfalls, show
from bench.run import Plan, run
from gateway.showcase.stage import GATEWAY_COMMAND, StageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; gives the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Loads the real `serve` with sealed requests and compares it with the machine.",
    )
    parser.add_argument(
        "--keys", nargs="+", default=["rsa3072", "p256"], choices=["rsa2048", "rsa3072", "p256"]
    )
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--partner-key", choices=["rsa2048", "rsa3072", "p256"])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep homes and mails in DIR")
    parser.add_argument("--gateway", default=shlex.join(GATEWAY_COMMAND), help="its command line")
    parser.add_argument("--require", action="store_true", help="status 1 when an aim is missed")
    wanted = parser.parse_args(arguments)
    console = Console(highlight=False)
    plan = Plan(
        requests=wanted.requests,
        connections=wanted.connections,
        partner_key=wanted.partner_key,
        command=shlex.split(wanted.gateway),
        keep=wanted.keep,
    )
    try:
        results = [run(kind, plan, console.print) for kind in wanted.keys]
    except (StageError, ValueError) as error:
        Console(stderr=True).print(f"bench: {error}", highlight=False, markup=False)
        return 1
    show(results, console)
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(r) for r in results], indent=1) + "\n")
    missed = shortfalls(results)
    for line in missed:
        console.print(f"missed: {line}", markup=False)
    return 1 if missed and wanted.require else 0


if __name__ == "__main__":
    sys.exit(main())
