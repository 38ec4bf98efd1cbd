"""Writes docs/procedures: one page and one picture for each procedure, from its own table.

python -m tests.rules.procedures        # write them anew
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.rules.places import ROOT, rows_of
from tests.rules.setting_rows import setting_rows
from workflows.catalogue import catalogue, procedures
from workflows.definition import Procedure
from workflows.drawing import draw
from workflows.events import kind_of
from workflows.seeds import SENTENCES

FOLDER = ROOT / "docs" / "procedures"
_HEAD = """\
# The procedures

Each page is drawn and written from the procedure's own table (`python -m tests.rules.procedures`,
or `sagspost procedure draw NAME` for the picture alone), and `make test` checks that it is current.
"""

_INTRODUCED = {
    "Settings": (
        "Under `[policy.procedures.NAME]`, with the name of this page; `policy.` stands for\n"
        "`[policy]` ([protocol.md](../protocol.md)). All of them may be left out.",
    )
}


def files() -> Mapping[Path, str]:
    """Give every file of the folder with its text."""
    found = procedures().values()
    made = {FOLDER / f"{one.name}.md": page(one) for one in found}
    made |= {FOLDER / f"{one.name}.svg": draw(one, "en") for one in found}
    lines = [f"- [{one.name}]({one.name}.md): {_title(one)}" for one in found]
    made[FOLDER / "README.md"] = _HEAD + "\n" + "\n".join(lines) + "\n"
    return made


def page(procedure: Procedure) -> str:
    """Give a procedure's page."""
    parts = [
        f"# {procedure.name}",
        _title(procedure),
        f"![{procedure.name}]({procedure.name}.svg)",
        "## Messages and acts",
        "| name | what it is | from | least assurance | forms |\n|---|---|---|---|---|\n"
        + "\n".join((*_messages(procedure), *_acts(procedure))),
    ]
    for heading, table, rows in (
        ("Deadlines", "| deadline | who | rule or reason |\n|---|---|---|", _deadlines(procedure)),
        (
            "Settings",
            "| setting | default | takes | what for |\n|---|---|---|---|",
            _settings(procedure),
        ),
        ("Rules", "| rule | sentence | kept by |\n|---|---|---|", _rules(procedure)),
        ("Beyond the seeds", "| row | reason |\n|---|---|", _beyond(procedure)),
    ):
        lines = list(rows)
        if lines:
            parts += [f"## {heading}", *_INTRODUCED.get(heading, ()), "\n".join((table, *lines))]
    return "\n\n".join(parts) + "\n"


def _title(procedure: Procedure) -> str:
    return procedure.wording.text("procedure.title", "en")


def _senders(procedure: Procedure, event: str) -> str:
    found = [role for m in procedure.moves if event in m.events for role in m.who]
    words = (procedure.wording.text(f"role.{kind_of(role)}", "en") for role in found)
    return ", ".join(dict.fromkeys(words))


def _messages(procedure: Procedure) -> Iterator[str]:
    kinds = {kind.name: kind for kind in catalogue([procedure])}
    for rule in procedure.messages:
        title = procedure.wording.text(f"message.{rule.name}.title", "en")
        who = _senders(procedure, rule.name)
        forms = ", ".join(kinds[rule.name].forms)
        yield f"| `{rule.name}` | {title} | {who} | {procedure.minimum(rule.name)} | {forms} |"


def _acts(procedure: Procedure) -> Iterator[str]:
    for name in procedure.acts:
        title = procedure.wording.text(f"event.{name}", "en")
        yield f"| `{name}` | {title} | {_senders(procedure, name)} | act | |"


def _deadlines(procedure: Procedure) -> Iterator[str]:
    for rule in procedure.deadlines:
        title = procedure.wording.text(f"deadline.{rule.name}", "en")
        who = procedure.wording.text(f"role.{kind_of(rule.who)}", "en")
        yield f"| `{rule.name}`: {title} | {who} | {', '.join(rule.rules) or rule.reason} |"


def _settings(procedure: Procedure) -> Iterator[str]:
    for key, default, takes, text in setting_rows(procedure):
        shown = f"`{default}`" if default else ""
        yield f"| `{key}` | {shown} | {_cell(takes)} | {_cell(text)} |"


def _rules(procedure: Procedure) -> Iterator[str]:
    kept: dict[str, list[str]] = {}
    for place, rules, _ in rows_of(procedure):
        for rule in rules:
            kept.setdefault(rule, []).append(f"{place.kind} `{place.name}`")
    for rule, sentence in SENTENCES.items():
        if rule in kept:
            yield f"| {rule} | {_cell(sentence)} | {', '.join(kept[rule])} |"


def _beyond(procedure: Procedure) -> Iterator[str]:
    for place, rules, reason in rows_of(procedure):
        if reason and not rules:
            yield f"| {place.kind} `{place.name}` | {_cell(reason)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in files().items():
        file.write_text(text, encoding="utf-8")
