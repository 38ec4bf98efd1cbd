"""The blank forms of docs/forms/: `python -m tests.forms.write` writes them anew."""

from __future__ import annotations

from pathlib import Path

from parsers.catalogue import MessageType
from parsers.forms import blank, offered
from workflows.catalogue import catalogue, procedures

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "forms"
ENDINGS = {
    "text": "txt",
    "html": "html",
    "pdf": "pdf",
    "xsd": "xsd",
    "csv": "csv",
    "xlsx": "xlsx",
}


def blank_forms() -> dict[str, bytes]:
    """Make every form of every message, in the main language of its procedure."""
    found = procedures()
    languages = {rule.name: one.language for one in found.values() for rule in one.messages}
    openings = {rule.name for one in found.values() for rule in one.messages if rule.opens}
    forms: dict[str, bytes] = {}
    rows = []
    for kind in catalogue(found):
        language = languages.get(kind.name, "da")
        kept = [one for one in offered(kind) if one != "html" or kind.name in openings]
        made = {f"{kind.name}.{ENDINGS[one]}": one for one in kept if one in ENDINGS}
        forms |= {name: blank(kind, one, language) for name, one in made.items()}
        rows.append(_row(kind, language, made))
    return forms | {"README.md": "\n".join([*_HEAD, *rows, ""]).encode()}


def _row(kind: MessageType, language: str, made: dict[str, str]) -> str:
    links = ", ".join(f"[{one}]({name})" for name, one in made.items())
    return f"| `{kind.name}` | {kind.title(language)} | {language} | {links} |"


_HEAD = (
    "# Blank forms",
    "",
    "Written by `python -m tests.forms.write`, checked by `make test`. `sagspost form` prints each",
    "in Danish, Swedish or English; [protocol.md](../protocol.md) says how they are sent and read.",
    "The HTML pages of messages that open a case stand here; `--as html` makes all others.",
    "",
    "| message | | language | forms |",
    "|---|---|---|---|",
)


def main() -> None:
    """Write all forms, and take away those of messages that are no more."""
    FOLDER.mkdir(exist_ok=True)
    forms = blank_forms()
    for path in FOLDER.iterdir():
        if path.name not in forms:
            path.unlink()
    for name, data in forms.items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
