"""Receives all outgoing mail in a process of its own and notes when each mail came.

`python -m bench.sink` writes its port on the first line. Then each line on its standard input is
a question: `count` is answered with the number of mails for each address as one line of JSON, and
`dump FILE` writes one JSON object for each mail to the file. It ends when its input ends.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway.showcase.inboxes import Arrived, Inboxes


class Sink:
    """The sink's process, from the side of who asks it."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.sink"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        self.port = int(self._read())

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None
    ) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(30)

    def count(self) -> dict[str, int]:
        """Ask how many mails have come, for each address."""
        self._ask("count")
        counted: dict[str, int] = json.loads(self._read())
        return counted

    def mails(self, file: Path) -> list[dict[str, Any]]:
        """Ask for all mails so far: `at`, `to`, `message_id`, `in_reply_to`, `sealed`, `size`."""
        self._ask(f"dump {file}")
        self._read()
        return [json.loads(line) for line in file.read_text().splitlines()]

    def _ask(self, question: str) -> None:
        assert self._process.stdin is not None
        print(question, file=self._process.stdin, flush=True)

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def _note(mail: Arrived) -> dict[str, Any]:
    """Tell of one mail what can be read outside its sealing."""
    return {
        "at": mail.at,
        "to": mail.envelope_to,
        "message_id": mail.header("Message-ID"),
        "in_reply_to": mail.header("In-Reply-To"),
        "sealed": "enveloped-data" in mail.header("Content-Type").lower(),
        "size": len(mail.raw),
    }


def main() -> None:
    """Answer questions until there are no more."""
    with Inboxes() as inboxes:
        print(inboxes.port, flush=True)
        for line in sys.stdin:
            word, _, argument = line.strip().partition(" ")
            if word == "count":
                counted = Counter(mail.envelope_to for mail in inboxes.arrived)
                print(json.dumps(counted), flush=True)
            elif word == "dump":
                notes = [json.dumps(_note(mail)) for mail in inboxes.arrived]
                Path(argument).write_text("\n".join(notes) + "\n")
                print("done", flush=True)


if __name__ == "__main__":
    main()
