"""Shows on a console what everybody sees: mails, states, plans."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from gateway.showcase.letters import Letter

_LINES = 24


class Readable(Protocol):
    """A mail in its reader's hands, opened and verified."""

    @property
    def reader(self) -> str:
        """Who reads it."""

    @property
    def kind(self) -> str:
        """What kind of mail it is."""

    @property
    def signer(self) -> str:
        """The subject of the certificate that signed it."""

    @property
    def sealed(self) -> bool:
        """Whether it was encrypted."""

    @property
    def letter(self) -> Letter:
        """What it says."""

    @property
    def evidence(self) -> Mapping[str, Any]:
        """The evidence in it, if there is any."""


@dataclass
class Narrator:
    """Tells the dialogue on `out`, step by step."""

    out: Console
    step: int = 0

    def heading(self, words: str) -> None:
        """Begin a step."""
        self.step += 1
        self.out.print()
        self.out.print(Rule(f"[bold]{self.step}. {escape(words)}[/bold]", align="left"))

    def say(self, words: str) -> None:
        """Say a sentence."""
        self.out.print(words, highlight=False, markup=False, soft_wrap=True)

    def good(self, words: str) -> None:
        """Say that something was found as it should be."""
        self.out.print(f"[green]✓[/green] {escape(words)}", highlight=False, soft_wrap=True)

    def written(self, writer: str, content: bytes | str | Mapping[str, Any]) -> None:
        """Show what somebody is about to seal."""
        if isinstance(content, Mapping):
            text = json.dumps(content, ensure_ascii=False, indent=2)
        else:
            text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        title = f"{writer} writes, and seals with `openssl cms -sign | openssl cms -encrypt`"
        self.out.print(
            Panel(_cut(text), title=title, title_align="left", border_style="cyan"), soft_wrap=False
        )

    def file(self, name: str, content: Mapping[str, Any]) -> None:
        """Show what stands in a file of JSON."""
        text = json.dumps(content, ensure_ascii=False, indent=2)
        self.out.print(
            Panel(_cut(text), title=name, title_align="left", border_style="dim"), soft_wrap=False
        )

    def mail(self, mail: Readable) -> None:
        """Show a mail as its reader sees it."""
        letter = mail.letter
        parts: list[Text | str] = [
            Text(f"Subject: {letter.subject}", style="bold"),
            Text(letter.text.replace("\r\n", "\n").strip() or "(no text)"),
        ]
        if letter.attachments:
            names = [f"{name} ({len(data)} bytes)" for name, data in letter.attachments.items()]
            parts.append(Text("Attached: " + ", ".join(names), style="dim"))
        if mail.evidence:
            chain = mail.evidence.get("chain", {})
            parts.append(
                Text(
                    f"Evidence: {mail.kind}, link {chain.get('sequence')} of the case's chain;"
                    " its detached signature holds",
                    style="green",
                )
            )
        how = "decrypted and verified" if mail.sealed else "not encrypted; verified"
        title = f"{mail.reader} reads ({how} by OpenSSL)"
        subtitle = f"signed by {_common_name(mail.signer)}"
        panel = Panel(
            Group(*parts),
            title=title,
            title_align="left",
            subtitle=escape(subtitle),
            subtitle_align="left",
            border_style="green",
        )
        self.out.print(panel, soft_wrap=False)

    def case(self, case: Mapping[str, Any]) -> None:
        """Show a case's state and the event that led to it."""
        events = case.get("events") or [{}]
        last = events[-1]
        rules = " ".join(last.get("rules") or ())
        line = f"[bold]{case['number']}[/bold] is [bold magenta]{case['state']}[/bold magenta]"
        told = f"after {last.get('event', '?')} {rules}".rstrip()
        self.out.print(f"   {line}  [dim]({escape(told)})[/dim]", highlight=False)

    def trace(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Show what the gateway found in a mail, layer by layer, as `message trace` tells it."""
        for step in steps:
            mark = "[green]✓[/green]" if step["ok"] else "[red]✗[/red]"
            words = f"{step['stage']}: {step['words']}"
            self.out.print(f"   {mark} {escape(words)}", highlight=False)

    def table(self, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show rows of the same shape."""
        if not rows:
            return
        table = Table(title=title, title_justify="left")
        for name in rows[0]:
            table.add_column(str(name))
        for row in rows[:12]:
            table.add_row(*(escape(_cell(value)) for value in row.values()))
        self.out.print(table, soft_wrap=False)
        if len(rows) > 12:
            self.say(f"   ... and {len(rows) - 12} more")


def _cell(value: object) -> str:
    """Write one value for a table."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


def _common_name(subject: str) -> str:
    """Give a subject's CN, or the whole of it."""
    return subject.rpartition("CN=")[2].split(",")[0] or subject


def _cut(text: str) -> Text:
    """Give the first lines of a long text."""
    lines = text.strip().splitlines()
    shown = lines[:_LINES] + ([f"... {len(lines) - _LINES} more lines"] * (len(lines) > _LINES))
    return Text("\n".join(shown))
