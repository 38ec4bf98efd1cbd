"""One HTML page that a person fills in a browser, and saves as JSON or copies as labelled text.

The request module (da: anmodningsmodul) for people who have only a browser and a mail program.
The page is whole: style and script stand in it and are named by their digests, its content
security policy forbids everything else, and nothing is stored or sent. What it checks it checks
for the person's sake; the reader decides.
"""

import base64
import hashlib
import html
import json
from pathlib import Path
from typing import Any, Final

from parsers.catalogue import MessageType
from parsers.identifiers import MUNICIPALITIES
from parsers.leaves import Leaf
from parsers.problems import envelope_label, form_words, page_words

_STYLE: Final = (Path(__file__).parent / "page" / "form.css").read_text("utf-8")
_SCRIPT: Final = (Path(__file__).parent / "page" / "form.js").read_text("utf-8")
_OWN: Final = (("to", "authority"), ("reference", "line"), ("case", "case_number"))
_CASE: Final = "[A-ZÆØÅÄÖ][A-Z0-9ÆØÅÄÖ]{0,9}-[0-9]{4}-[0-9]{6}"
_HELP: Final = ("cpr", "amount", "municipality", "legal_basis")


def page_form(kind: MessageType, language: str) -> bytes:
    """Write the page in UTF-8."""
    words = page_words(language)
    title = html.escape(kind.title(language))
    data = json.dumps(_data(kind, language), ensure_ascii=False, separators=(",", ":"))
    policy = (
        f"default-src 'none'; style-src '{_digest(_STYLE)}'; script-src '{_digest(_SCRIPT)}';"
        " base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><div>
<h1>{title}</h1>
<p>{html.escape(words["intro"])}</p>
</div></header>
<main>
<noscript><p>{html.escape(words["no_script"])}</p></noscript>
<p><span class="star">*</span> {html.escape(words["required"])}</p>
<div id="errors" tabindex="-1" role="alert" hidden>
<h2>{html.escape(words["errors"])}</h2>
<ul id="error-list"></ul>
</div>
<div id="fields"></div>
<section id="actions" aria-label="{html.escape(words["actions"])}">
<div class="buttons">
<button type="button" class="main" id="save">{html.escape(words["save"])}</button>
<button type="button" id="copy">{html.escape(words["copy"])}</button>
</div>
<p class="help">{html.escape(words["save_help"])}</p>
<p class="help">{html.escape(words["copy_help"])}</p>
<p id="said" role="status"></p>
<div id="copy-box" hidden>
<label for="copy-text">{html.escape(words["copy_label"])}</label>
<textarea id="copy-text" readonly></textarea>
</div>
</section>
</main>
<script type="application/json" id="form">{data.replace("<", chr(92) + "u003c")}</script>
<script>{_SCRIPT}</script>
</body>
</html>
""".encode()


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()


def _data(kind: MessageType, language: str) -> dict[str, Any]:
    shared = form_words(language)
    words = {**page_words(language), **{key: shared[key] for key in ("yes", "no", "end")}}
    places = any(leaf.kind == "municipality" for leaf in kind.leaves)
    groups = {path for leaf in kind.leaves for path in _groups(leaf.path)}
    return {
        "message": kind.name,
        "title": kind.title(language),
        "language": language,
        "words": words,
        "fields": [_field(kind, leaf, language) for leaf in kind.leaves],
        "envelope": [
            {
                "path": key,
                "kind": of,
                "label": envelope_label(key, language),
                "required": key == "to" and kind.needs_addressee,
                "pattern": _CASE if key == "case" else "",
                "help": words[f"{key}_help"],
                "listed": None,
            }
            for key, of in _OWN
        ],
        "groups": {
            path: kind.label(path, language)
            for path in sorted(groups)
            if kind.label(path, language) != path
        },
        "required_groups": sorted(
            {
                path
                for leaf in kind.leaves
                if leaf.required and leaf.listed is None
                for path in _groups(leaf.path)
            }
        ),
        "required_lists": sorted(
            {leaf.listed for leaf in kind.leaves if leaf.listed and leaf.required}
        ),
        "municipalities": [[one.code, one.name] for one in MUNICIPALITIES.values()]
        if places
        else None,
    }


def _groups(path: str) -> list[str]:
    steps = path.split(".")
    return [".".join(steps[:end]) for end in range(1, len(steps))]


def _field(kind: MessageType, leaf: Leaf, language: str) -> dict[str, Any]:
    words = kind.choices.get(language, {}).get(leaf.path, {})
    help_text = kind.help.get(language, {}).get(leaf.path, "")
    if leaf.kind in _HELP:
        written = form_words(language)[leaf.kind]
        help_text = f"{written}. {help_text}" if help_text else written
    return {
        "path": leaf.path,
        "kind": leaf.kind,
        "label": kind.label(leaf.path, language),
        "help": help_text[:1].upper() + help_text[1:],
        "required": leaf.required or (leaf.listed is not None and leaf.needed),
        "listed": leaf.listed,
        "choices": [[value, words.get(value, value)] for value in leaf.choices],
        "pattern": leaf.identifier.pattern if leaf.identifier else "",
    }
