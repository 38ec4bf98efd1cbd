"""Wrong settings: one message that names the key and what is allowed, and exit status 1."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from gateway import settings, wiring
from gateway.errors import WrongSettings
from gateway.showcase.stage import Stage, free_port
from tests.crash.rig import Template

WRONG = {
    "a number that is none": ("authority", 'cvr = "123"', "authority.cvr", "8 digits"),
    "a number without quotes": ("authority", "cvr = 29190925", "authority.cvr", "text in quotes"),
    "a language": ("authority", 'language = "no"', "authority.language", "'da', 'sv' or 'en'"),
    "a prefix": ("authority", 'case_prefix = "r"', "authority.case_prefix", "2 to 6 letters"),
    "an inbox": ("authority", 'inbox = "x"', "authority.inbox", "mail address"),
    "a link": ("authority", 'case_link = "ftp:x"', "authority.case_link", "{number}"),
    "a mailbox": ("[mailbox]", 'address = "x"', "mailbox.0.address", "mail address"),
    "no list": ("[mailbox]", 'procedures = "x"', "mailbox.0.procedures", "a list"),
    "a place to listen": ("smtp", 'listen = "25"', "smtp.listen", "HOST:PORT"),
    "a port": ("smtp", 'listen = "h:99999"', "smtp.listen", "HOST:PORT"),
    "a relay": ("relay", 'url = "http://x:1"', "relay.url", "smtp+starttls://HOST:PORT"),
    "connections": ("relay", "connections = 0", "relay.connections", "greater than or equal to 1"),
    "a database": ("database", 'url = "oracle:x"', "database.url", "sqlite:///FILE"),
    "a redis": ("redis", 'url = "memcached"', "redis.url", "'embedded'"),
    "a console": ("console", 'listen = "x"', "console.listen", "HOST:PORT"),
    "a limit": ("limits", "mail_bytes = 1", "limits.mail_bytes", "greater than or equal to 1024"),
    "a limit in words": ("limits", 'batch = "many"', "limits.batch", "a whole number"),
    "too many workers": ("limits", "workers = 1000", "limits.workers", "less than or equal to 64"),
    "an approval": ("policy", 'approval_by = "x"', "policy.approval_by", "'both' or 'acting'"),
    "an assurance": (
        "policy",
        'assurance = {placement_request = "x"}',
        "policy.assurance.placement_request",
        "'sealed', 'signed' or 'tunnel'",
    ),
    "a month": (
        "policy",
        "closed_days = [[13, 1]]",
        "policy.closed_days.0.0",
        "less than or equal to 12",
    ),
    "a timer": ("policy.timers", "reminders = 0", "policy.timers.reminders", "equal to 1"),
    "a retention": ("retention", "raw_days = 0", "retention.raw_days", "greater than or equal"),
    "a switch": ("clock", 'rehearsal = "maybe"', "clock.rehearsal", "true or false"),
    "an hour": ("clock", "head_hour = 24", "clock.head_hour", "less than or equal to 23"),
    "an unknown key": ("clock", "rehersal = true", "clock.rehersal", "head_hour, rehearsal"),
    "an unknown section": ("colck", "rehearsal = true", "colck", "authority, clock, console"),
    "an unknown timer": ("policy.timers", "x = 1", "policy.timers.x", "draft_answer_days"),
}
LATER = {
    "a procedure": (
        "[mailbox]",
        'procedures = ["payment"]',
        "mailbox.0.procedures",
        "payment_agreement",
    ),
    "a message": (
        "policy",
        'assurance = {approval = "sealed"}',
        "policy.assurance.approval",
        "agreement_approval",
    ),
    "an inbox certificate": (
        "authority",
        'inbox_certificate = "keys/none.pem"',
        "authority.inbox_certificate",
        "keys/none.pem",
    ),
    "a file of authorities": ("relay", 'ca_file = "none.pem"', "relay.ca_file", "PEM file"),
}


def with_line(text: str, section: str, line: str) -> str:
    """The settings with one line in place of the same key's, or as a new one in the section."""
    key = line.partition(" = ")[0]
    head = f"[{section}]"
    if head not in text.splitlines() and head not in [x.split()[0] for x in text.split("\n") if x]:
        return f"{text}\n{head}\n{line}\n"
    kept, inside, done = [], False, False
    for one in text.splitlines():
        if one.startswith("["):
            inside = one.split()[0] == head
            kept.append(one)
            if inside and not done:
                kept.append(line)
                done = True
        elif not (inside and one.partition(" = ")[0] == key):
            kept.append(one)
    return "\n".join(kept) + "\n"


@pytest.fixture
def home(template: Template, tmp_path: Path) -> Path:
    shutil.copytree(template.home, tmp_path / "home")
    return tmp_path / "home"


def change(home: Path, section: str, line: str) -> None:
    file = home / "sagspost.toml"
    file.write_text(with_line(file.read_text("utf-8"), section, line), "utf-8")


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_value_is_told_with_its_key_and_what_is_allowed(kind: str, home: Path) -> None:
    section, line, key, allowed = WRONG[kind]
    change(home, section, line)
    with pytest.raises(WrongSettings) as caught:
        settings.load(home)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(f"{home / 'sagspost.toml'}: {key}: ")
    assert allowed in said


@pytest.mark.parametrize("kind", LATER)
def test_a_name_that_leads_nowhere_is_told_with_its_key(kind: str, home: Path) -> None:
    section, line, key, allowed = LATER[kind]
    change(home, section, line)
    with pytest.raises(WrongSettings) as caught:
        wiring.judge_settings(settings.load(home))
    assert str(caught.value).startswith(f"{key}: ")
    assert allowed in str(caught.value)


def test_the_settings_as_they_are_made_are_right(home: Path) -> None:
    wiring.judge_settings(settings.load(home))


@pytest.mark.parametrize("text", ["[[[", "key = \x00", "x = 'æ"])
def test_a_file_that_is_not_toml_is_told_with_its_line(text: str, home: Path) -> None:
    (home / "sagspost.toml").write_text(text, "utf-8")
    with pytest.raises(
        WrongSettings, match=r"sagspost\.toml is not TOML: .*(line|end of document)"
    ):
        settings.load(home)


def test_every_error_is_told_at_once(home: Path) -> None:
    change(home, "authority", 'cvr = "1"')
    change(home, "clock", "head_hour = 99")
    with pytest.raises(WrongSettings) as caught:
        settings.load(home)
    assert len(str(caught.value).splitlines()) == 2


def fails(home: Path, *command: str) -> str:
    """What a command says on stderr, which ends with exit status 1 and says nothing else."""
    stage = Stage(home, relay_port=free_port())
    done = stage.run(*command, may_fail=True)
    assert (done.status, done.out) == (1, "")
    assert "Traceback" not in done.err
    return " ".join(done.err.split())


def test_serve_refuses_wrong_settings_in_one_message(home: Path) -> None:
    change(home, "smtp", 'listen = "25"')
    said = fails(home, "serve")
    assert said.count("sagspost:") == 1
    assert "smtp.listen: must be HOST:PORT" in said


def test_serve_refuses_names_that_lead_nowhere_before_anything_is_started(home: Path) -> None:
    change(home, "policy", 'assurance = {approval = "sealed"}')
    said = fails(home, "serve")
    assert said.count("sagspost:") == 1
    assert "policy.assurance.approval: there are:" in said
    assert not (home / "run" / "serve.json").exists()


def test_serve_names_the_key_when_its_port_is_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        change(home, "smtp", f'listen = "127.0.0.1:{port}"')
        said = fails(home, "serve")
    assert f"smtp.listen: 127.0.0.1:{port}: must be an address of this machine" in said


def test_a_home_that_is_not_there_is_told_how_to_make_one(tmp_path: Path) -> None:
    assert "Make a home with `sagspost --home DIR init" in fails(tmp_path / "no", "serve")
