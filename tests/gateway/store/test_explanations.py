"""Every verdict has words and a next step, in all three languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.app import COMMANDS, loaded
from gateway.cli.mail import OUTBOX_STATES
from gateway.store.explanations import (
    NEXT,
    WORDS,
    layer_told,
    meaning,
    next_step,
    sending_step,
    state_in_words,
)
from keys.errors import KeysError
from keys.verdicts import tls_verdict
from parsers.problems import LANGUAGES

ROOT = Path(__file__).parents[3]
GOOD = {
    "keys.decompressed",
    "keys.opened",
    "keys.plain",
    "keys.signature.good",
    "content.clean",
    "mail.automatic",
    "mail.duplicate",
    "mail.report",
    "tls.none",
    "tls.used",
}
"""What sends no mail into quarantine."""
STATES = {"received", "processed", "refused", "manual", "duplicate", "parked", "quarantined"}


def errors(of: type[KeysError] = KeysError) -> Iterator[type[KeysError]]:
    yield of
    for below in of.__subclasses__():
        yield from errors(below)


def written_codes() -> set[str]:
    """Every code that stands in the source of what judges mail."""
    form = re.compile(r"(tls|keys|mime|mail|content|sender)(\.[a-z_]+)+")
    found: set[str] = set()
    for folder in ("gateway/pipeline", "keys", "parsers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= {node.value} if form.fullmatch(node.value) else set()
    return found


CODES = sorted({error.code for error in errors()} | written_codes())


def test_codes_are_found_where_they_are_written() -> None:
    assert {"sender.from", "content.malware", "mime.malformed", "keys.open.nested"} <= set(CODES)
    assert len(CODES) > 40


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_verdict_has_words(code: str, language: str) -> None:
    text = meaning(code, language)
    assert text is not None
    assert text.endswith(".")
    assert len(text) > 15


@pytest.mark.parametrize("code", sorted(set(CODES) - GOOD))
def test_every_verdict_that_is_not_good_has_a_next_step(code: str) -> None:
    assert code in NEXT
    for language in LANGUAGES:
        assert len(next_step("quarantined", code, "m17", language)) > 20


def test_every_state_has_words_and_a_next_step() -> None:
    for language in LANGUAGES:
        assert set(WORDS.under("state", language)) == STATES
        for state in STATES:
            assert state_in_words(state, language)
            assert next_step(state, "SomeError", "m17", language)


def test_refusals_are_told_as_the_sender_was_told() -> None:
    assert meaning("draft.superseded", "en") == meaning("draft.superseded", "en")
    assert "draft" in str(meaning("draft.superseded", "en"))
    assert meaning("ZeroDivisionError", "en") is None
    assert meaning(None, "en") is None


def test_the_languages_have_the_same_texts_and_no_next_step_is_unused() -> None:
    first = WORDS.texts["en"].keys()
    assert all(WORDS.texts[language].keys() == first for language in LANGUAGES)
    used = {next_step("quarantined", code, "ID", "en") for code in NEXT}
    used |= {next_step(state, None, "ID", "en") for state in STATES}
    assert set(WORDS.under("next", "en").values()) == used


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_that_a_next_step_names_exists(language: str) -> None:
    named = 0
    for text in WORDS.under("next", language).values():
        for line in re.findall(r"`sagspost ([^`]+)`", text):
            words = line.split()
            command = loaded(words[0]) if words[0] in COMMANDS else None
            assert command is not None, line
            for word in words[1:]:
                children = getattr(command, "commands", {})
                if word in children:
                    command = children[word]
                elif word.startswith("--"):
                    assert word in {o for p in command.params for o in p.opts}, line
            assert not getattr(command, "commands", {}), f"{line} is no whole command"
            named += 1
    assert named > 10


def test_commands_name_the_mail_that_they_are_for() -> None:
    assert "message replay m17`" in next_step("parked", "ZeroDivisionError", "m17", "en")
    assert "ID" not in next_step("quarantined", "content.not_scanned", "m17", "da")


@pytest.mark.parametrize("language", LANGUAGES)
def test_layers_of_before_are_told_as_far_as_they_go(language: str) -> None:
    """What was kept by an older version has fewer facts."""
    for layer in (
        tls_verdict(None).to_json(),
        tls_verdict({"version": "TLSv1.3"}).to_json(),
        {"kind": "encrypted", "ok": True, "code": "keys.opened", "words": "Encrypted"},
        {"kind": "signed", "ok": False, "code": "keys.gone", "words": "Gone", "facts": {}},
        {"kind": "signed", "ok": False, "code": "keys.structure", "words": "x",
         "facts": {"subject": "A", "detail": "element cut off"}},
        {"kind": "encrypted", "ok": True, "code": "keys.opened", "words": "x",
         "facts": {"key": "AB", "cipher": "AES-256", "integrity": "MDC", "authenticated": "yes"}},
        {"kind": "signed", "ok": True, "code": "keys.signature.good", "words": "x",
         "facts": {"openpgp_fingerprint": "9F92", "algorithm": "EdDSA", "digest": "SHA-512"}},
        {"kind": "unheard", "ok": True, "code": "unheard.of", "words": "Something", "facts": None},
    ):  # fmt: skip
        told = layer_told(layer, language)
        assert told["what"]
        assert told["why"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_mail_that_goes_out_has_a_next_step(language: str) -> None:
    told = {state: sending_step(state, "o7", language) for state in OUTBOX_STATES}
    assert told["sent"] == told["delivered"] == WORDS.text("sending.done", language)
    for state in ("held", "failed", "expired"):
        assert "`sagspost outbox retry o7`" in told[state]
    assert set(told.values()) == {
        text.replace(" ID", " o7") for text in WORDS.under("sending", language).values()
    }
