"""Help for everything, and the exit status that scripts go by."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.app import COMMANDS, loaded
from tests.gateway.cli.conftest import Command

GROUPS = {
    "key": {"list", "create", "import", "renew", "retire", "destroy", "export-certificate"},
    "anchor": {"add", "list", "sources", "fetch"},
    "partner": {
        "add",
        "list",
        "show",
        "retire",
        "import",
        "approver",
        "cipher",
        "openpgp",
        "tunnel",
        "certificate",
    },
    "facility": {"add", "cipher", "list", "person", "certificate"},
    "procedure": {"draw", "list"},
    "case": {"list", "show", "explain", "open", "act", "export", "verify", "settlement"},
    "message": {"list", "show", "trace", "replay", "release", "assign"},
    "outbox": {"list", "retry"},
    "deadline": {"list", "explain"},
    "data": {"check"},
    "evidence": {"verify"},
    "log": {"verify"},
}


DEEPER = {("partner", "approver"): {"add"}, ("partner", "tunnel"): {"add"},
          ("facility", "person"): {"add"}, ("facility", "certificate"): {"add"},
          ("partner", "certificate"): {"add", "list", "retire", "find"},
          ("partner", "openpgp"): {"add", "list", "retire"}}  # fmt: skip
PATHS = sorted(
    [(name,) for name in COMMANDS]
    + [(name, child) for name, children in GROUPS.items() for child in children]
    + [(*path, child) for path, children in DEEPER.items() for child in children]
)


def every_command() -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in COMMANDS:
        yield from below((name,), loaded(name))


def below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from below((*path, name), child)


def test_there_are_exactly_the_commands_of_this_page() -> None:
    assert sorted(path for path, _ in every_command()) == PATHS


def test_the_whole_is_told_with_every_command(sagspost: Command) -> None:
    done = sagspost("--help")

    assert done.status == 0
    assert all(name in done.out for name in COMMANDS)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_tells_what_it_does(sagspost: Command, path: tuple[str, ...]) -> None:
    done = sagspost(*path, "--help")

    assert done.status == 0
    assert f"Usage: sagspost {' '.join(path)}" in done.out


def test_every_option_is_explained() -> None:
    for path, command in every_command():
        options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
        assert command.help, path
        assert [p.name for p in options if not p.help] == [], path


def test_the_line_in_the_table_is_what_the_command_says_of_itself() -> None:
    for name, (place, line) in COMMANDS.items():
        told = loaded(name).help.split("\n")[0]
        assert told.startswith(line.rstrip(".").split(";")[0].split(", or one")[0]), place


def test_every_listing_speaks_json() -> None:
    for path, command in every_command():
        if path[-1] in {"list", "show", "trace", "explain", "verify", "check"}:
            assert any("--json" in param.opts for param in command.params), path


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("case", "nonsense"), ("case", "list", "--nonsense"), ("case", "show"), ()],
)
def test_wrong_usage_ends_with_two_and_says_so_on_stderr(
    sagspost: Command, arguments: tuple[str, ...]
) -> None:
    done = sagspost(*arguments)

    assert done.status == 2
    assert arguments == () or "Usage" in done.err


def test_without_a_home_a_refusal_says_what_to_do(sagspost: Command) -> None:
    done = sagspost("case", "list", "--json")

    assert (done.status, done.out) == (1, "")
    assert "init" in done.err


def test_a_wrong_setting_is_named_with_what_is_allowed(sagspost: Command, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "sagspost.toml").write_text("[smtp]\nlisten = 25\ncolour = 'red'\n")

    done = sagspost("case", "list")

    assert done.status == 1
    assert "smtp.colour" in done.err
    assert "authority" in done.err


def test_the_installed_command_ends_with_the_same_status(tmp_path: Path) -> None:
    for arguments, status in (("--help",), 0), (("case", "list"), 1), (("nonsense",), 2):
        line = [sys.executable, "-m", "gateway", "--home", str(tmp_path), *arguments]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == status
        assert "Traceback" not in done.stderr


def test_help_and_listings_load_nothing_that_only_serve_needs(tmp_path: Path) -> None:
    heavy = ("alembic", "arq", "redis", "aiosmtpd", "aiosmtplib", "typst", "uvloop", "holidays",
             "workflows.catalogue", "gateway.wiring", "gateway.serving")  # fmt: skip
    program = (
        "import sys\n"
        "from gateway.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    for arguments in ("--help",), ("--home", str(tmp_path), "case", "list"):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
        )
        assert not set(done.stderr.split()) & set(heavy), arguments


def test_every_argument_and_option_says_what_it_is() -> None:
    silent = [
        f"{' '.join(path)} {param.name}"
        for path, command in every_command()
        for param in command.params
        if not getattr(param, "hidden", False) and not getattr(param, "help", None)
    ]
    assert silent == []
