"""Sends prepared mails from a process of its own and notes when each was answered.

`python -m bench.load FOLDER --port P ...` writes one JSON object for each mail to `--out`: its
Message-ID, when its DATA was sent, when the `250` came, and the code of the answer. Times are those
of the monotonic clock, which the sink shares.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from gateway.showcase.letters import header_of
from gateway.showcase.mailer import send_many


def send_folder(
    root: Path,
    folder: Path,
    *,
    port: int,
    sender: str,
    recipient: str,
    connections: int,
    rate: float | None = None,
) -> list[dict[str, Any]]:
    """Start the sending process, wait for its end, and give its notes in the order of sending."""
    out = folder.with_suffix(".sent")
    line = [
        sys.executable,
        "-m",
        "bench.load",
        str(folder),
        "--port",
        str(port),
        "--sender",
        sender,
        "--recipient",
        recipient,
        "--connections",
        str(connections),
        "--out",
        str(out),
    ]
    if rate:
        line += ["--rate", f"{rate:.3f}"]
    subprocess.run(line, cwd=root, check=True)
    return [json.loads(note) for note in out.read_text().splitlines()]


def main() -> None:
    """Send what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sender", required=True)
    parser.add_argument("--recipient", required=True)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args()
    mails = [file.read_bytes() for file in sorted(wanted.folder.glob("*.eml"))]
    sent = asyncio.run(
        send_many(
            mails,
            host="127.0.0.1",
            port=wanted.port,
            sender=wanted.sender,
            recipient=wanted.recipient,
            connections=wanted.connections,
            rate=wanted.rate,
        )
    )
    notes = [
        {
            "message_id": header_of(mails[each.index], "Message-ID"),
            "data_at": each.data_at,
            "answered_at": each.answered_at,
            "code": each.code,
        }
        for each in sent
    ]
    wanted.out.write_text("\n".join(json.dumps(note) for note in notes) + "\n")


if __name__ == "__main__":
    main()
