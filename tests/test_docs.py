"""The documentation is true: its examples run, and it names only what exists."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.app import COMMANDS, loaded
from gateway.settings import Settings
from parsers.content import Attachment, Content
from parsers.submission import Submission, read_submission
from tests.gateway.conftest import make_rig, world
from tests.gateway.rig import Rig
from workflows.catalogue import catalogue, procedures
from workflows.standing import STANDING

__all__ = ["make_rig", "world"]

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text("utf-8")


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def section(number: int) -> str:
    found = re.search(rf"^## {number}\. .*?(?=^## |\Z)", PROTOCOL, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


@pytest.fixture
def rig(make_rig: Any) -> Rig:
    made: Rig = make_rig()
    return made


# --- the examples of the protocol ----------------------------------------------------------------


def test_the_json_example_is_processed(rig: Rig) -> None:
    example = json.loads(blocks(section(2), "json")[0])
    mail = rig.send(rig.aarhus, example | {"to": "29190925"})

    assert rig.judged(mail) == ("processed", None)
    evidence = rig.letter("received").evidence
    assert evidence["message"]["submission_id"] == example["id"]
    assert evidence["content"]["fields"]["body"]["need"] == example["body"]["need"]


def test_the_text_example_is_processed_and_means_the_same(rig: Rig) -> None:
    json_example = json.loads(blocks(section(2), "json")[0])["body"]
    mail = rig.send(rig.aarhus, blocks(section(2), "text")[0])

    assert rig.judged(mail) == ("processed", None)
    fields = rig.letter("received").evidence["content"]["fields"]["body"]
    for name in ("acting_municipality", "facility", "legal_basis", "requested_start", "need"):
        assert fields[name] == json_example[name]
    assert fields["citizen"]["cpr"] == json_example["citizen"]["cpr"]


def test_the_line_that_approves_has_the_form_that_a_draft_asks_to_copy(rig: Rig) -> None:
    example = blocks(section(2), "text")[1].strip()
    number, line = rig.drafted()

    def shape(text: str) -> str:
        return re.sub("[0-9a-f]", "0", text)

    assert shape(line) == shape(example)
    assert line in rig.letter("draft", role="acting").text
    rig.send(rig.aarhus, line)
    assert rig.state(number) == "CONFIRMED"


def test_the_example_of_a_certificate_change_is_processed_with_the_file_beside_it(rig: Rig) -> None:
    (example,) = blocks(section(2), "text change")
    new = rig.world.authority.kommune(
        "Aarhus Kommune", "55133018", "sikkermail@aarhus.example", key="p256"
    )
    assert new.chain is not None
    whole = new.certificate.read_bytes() + new.chain.read_bytes()
    files = {"nyt-certifikat.pem": whole}
    mail = rig.send(rig.aarhus, rig.words(example, rig.aarhus, attachments=files))

    assert rig.judged(mail) == ("processed", None)
    rig.readers[new.address] = new
    evidence = rig.letter("certificate_changed").evidence
    assert evidence["kind"] == "certificate_changed"


def test_the_evidence_example_has_the_fields_of_a_real_one(rig: Rig) -> None:
    (example,) = (json.loads(text) for text in blocks(PROTOCOL, "json evidence"))
    rig.acknowledged()
    real = rig.letter("received").evidence

    assert set(real) == set(example)
    for name, value in example.items():
        if isinstance(value, dict) and name != "content":
            assert set(value) == set(real[name]), name
    assert real["case"]["rules"] == example["case"]["rules"]
    assert real["next"]["deadline"] == example["next"]["deadline"]


NAMED = dict(re.findall(r"^```json (\w+)\n(.*?)^```", PROTOCOL, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"evidence"}))
def test_each_named_body_is_read_as_its_message_or_act(name: str) -> None:
    """Whatever is added under a name runs; what the page says is what is read."""
    example = json.loads(NAMED[name])
    found = procedures()
    acts = {act: model for one in found.values() for act, model in one.acts.items()}
    if name in acts:
        read = acts[name].model_validate_json(NAMED[name]).model_dump(mode="json", by_alias=True)
    else:
        keys = {"sagspost": "1", "message": name, "id": "x-1", "to": "29190925"}
        data = json.dumps(keys | {"case": "RM-2026-000123", "body": example}).encode()
        files = (Attachment("a.json", "application/json", data),)
        outcome = read_submission(Content(None, "", None, files), catalogue(found), "x")
        assert isinstance(outcome, Submission), outcome
        read = outcome.fields["body"]

    assert said(read) == example


def said(value: Any) -> Any:
    """A body without what it leaves unsaid."""
    if isinstance(value, dict):
        return {key: said(one) for key, one in value.items() if one not in (None, [])}
    return [said(one) for one in value] if isinstance(value, list) else value


def test_the_page_of_the_protocol_has_examples_of_bodies() -> None:
    assert {"agreement_amendment", "responsibility_transfer", "invoice_dispute"} <= set(NAMED)


def test_no_example_stands_on_the_page_of_the_protocol_that_nothing_runs() -> None:
    """The blocks that the tests above take, by kind and number; a named body is run by itself."""
    opened = Counter(re.findall(r"^```(\S.*)$", PROTOCOL, re.MULTILINE))
    taken = Counter({"json": 1, "text": 2, "text change": 1, "json evidence": 1, "toml": 1})

    assert opened == taken + Counter(f"json {name}" for name in set(NAMED) - {"evidence"})


def test_the_settings_example_is_taken(tmp_path: Path) -> None:
    (example,) = blocks(PROTOCOL, "toml")
    tree = tomllib.loads(example)

    settings = Settings(home=tmp_path, **tree)

    assert settings.policy.timers.facility_answer_days == 5
    for table, values in tree.items():
        for name, value in values.items() if isinstance(values, dict) else ():
            if table in {"limits", "clock"}:
                default = type(getattr(settings, table)).model_fields[name].default
                assert value == default, f"{table}.{name} is not the default"


def test_the_codes_of_refusals_and_warnings_are_all_there() -> None:
    told = set(re.findall(r"`([a-z_]+\.[a-z_0-9]+|out_of_scope)`", section(4)))

    with (ROOT / "parsers" / "wording.en.toml").open("rb") as file:
        known = set(tomllib.load(file)["problem"])
    assert told - {"evidence.json", "evidence.md"} == known - {"unknown"}


def test_every_message_act_and_state_is_in_the_table() -> None:
    procedure = procedures()["payment_agreement"]
    page = section(3)

    for name in (*(m.name for m in procedure.messages), *procedure.acts):
        assert f"`{name}`" in page or f"act `{name}`" in page, name
    for state in procedure.states:
        assert state == "RECEIVED" or f"`{state}`" in page, state


def test_the_least_assurance_of_every_message_is_the_one_that_is_told() -> None:
    rows = re.findall(r"^\| (.+?) \| `(sealed|signed|tunnel)` \|$", section(1), re.MULTILINE)
    told = {name: least for words, least in rows for name in re.findall(r"`(\w+)`", words)}

    rules = [rule for procedure in procedures().values() for rule in procedure.messages]
    for rule in (*rules, *STANDING.values()):
        assert rule.assurance == told.get(rule.name, "tunnel"), rule.name
    assert set(told) <= {rule.name for rule in rules} | set(STANDING)


def test_every_field_of_a_message_about_a_running_agreement_is_named() -> None:
    known = {rule.name: rule.model for rule in procedures()["payment_agreement"].messages}
    running = section(3).partition("### An agreement that stands")[2]
    for message in ("absence", "move_out", "start_changed", "death", "admission_notice"):
        (cell,) = re.findall(rf"^\| \w+ \| `{message}` \| (.+?) \|", running, re.MULTILINE)
        named = set(re.findall(r"`(\w+)`", cell.partition("(")[0]))
        assert named == {f.alias or n for n, f in known[message].model_fields.items()}, message


# --- what the pages name -------------------------------------------------------------------------


def commands_in(page: str) -> Iterator[str]:
    """Every `sagspost ...` that a page tells to write, in code of any kind."""
    continued = page.replace("\\\n", " ")
    for fenced in blocks(continued, "sh"):
        for line in fenced.splitlines():
            found = re.search(r"(?:^|\s)sagspost\s+(.*)", line.split("#")[0])
            if found:
                yield found[1]
    yield from re.findall(r"`sagspost\s+([^`]+)`", page)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    for line in commands_in(page.read_text("utf-8")):
        words = line.split()
        if words[0] == "--home":
            words = words[2:]
        if words[0] in {"...", "[--home"}:
            continue
        assert words[0] in COMMANDS, line
        command = loaded(words[0])
        for word in words[1:]:
            children = getattr(command, "commands", {})
            if word in children:
                command = children[word]
            elif word.startswith("--") and word != "--json":
                known = {opt for param in command.params for opt in param.opts}
                assert word in known, f"{line}: {word}"
        assert not getattr(command, "commands", {}) or "|" in line, f"{line} is no whole command"


def test_every_command_is_in_the_protocol() -> None:
    page = section(5)

    for name in COMMANDS:
        assert f"`sagspost {name}" in page, name
        for child in getattr(loaded(name), "commands", {}):
            assert f"{name} {child}" in page, f"{name} {child}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    ours = "gateway|parsers|keys|workflows|tests|docs|deploy|bench"
    pattern = rf"`((?:{ours})/(?:[\w./-]*\.(?:py|sh|service|md|toml)|[\w/]*/)?)[:`]"
    for path in re.findall(pattern, page.read_text("utf-8")):
        assert (ROOT / path).exists(), path
