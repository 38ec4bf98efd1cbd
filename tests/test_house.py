"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("gateway", "parsers", "workflows", "keys")
BANNED_FILES = {"utils.py", "helpers.py", "common.py", "base.py", "misc.py"}
BANNED_CLASSES = ("Manager", "Service", "Helper", "Factory")
LONGEST = 350
LONGER = {
    "gateway/store/migrations/versions/0001_the_first_tables.py": "all tables, as one version",
    "gateway/store/tables.py": "every table, in the order in which a mail touches them",
}


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sources(*folders):
        yield named(path), ast.parse(path.read_text("utf-8"))


def calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("package", ["parsers", "keys", "workflows"])
def test_the_pure_packages_never_ask_for_the_time(package: str) -> None:
    clocks = re.compile(
        r"(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns|monotonic|sleep)$"
    )
    for name, tree in trees(package):
        assert [call for call in calls(tree) if clocks.search(call)] == [], name


@pytest.mark.parametrize("package", ["parsers", "workflows"])
def test_the_pure_packages_touch_nothing_outside(package: str) -> None:
    """Reading their own data files at import is all that they do with the disk."""
    outside = {"socket", "subprocess", "sqlite3", "logging", "structlog", "os", "asyncio", "random"}
    for name, tree in trees(package):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not {alias.name.split(".")[0] for alias in node.names} & outside, name
            elif isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] not in outside, name


def test_only_the_keyring_touches_the_disk_in_keys() -> None:
    for name, tree in trees("keys"):
        if name != "keys/keyring.py":
            assert not {
                call
                for call in calls(tree)
                if call.rpartition(".")[2] in {"read_bytes", "read_text", "write_bytes", "open"}
                and "Path" in call
            }, name


def test_only_one_module_of_keys_starts_processes() -> None:
    """GnuPG works in homes of its own; who owns them also starts it, ends it, and bounds it."""
    starting = {
        name
        for name, tree in trees("keys")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(a.name == "subprocess" for a in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "subprocess")
        or (
            isinstance(node, ast.Attribute)
            and re.match(r"os\.(exec|spawn|posix_spawn|fork|system|popen)", ast.unparse(node))
        )
    }
    assert starting == {"keys/openpgp/home.py"}


def test_every_module_says_what_it_is() -> None:
    for name, tree in trees(*PACKAGES, "bench", "fuzz"):
        assert ast.get_docstring(tree), name


def test_every_test_module_says_what_it_promises() -> None:
    for name, tree in trees("tests"):
        if not name.endswith("__init__.py"):
            assert ast.get_docstring(tree), name


def test_no_file_is_named_for_nothing() -> None:
    for path in sources(*PACKAGES, "bench", "fuzz", "tests"):
        assert path.name not in BANNED_FILES, named(path)


def test_no_class_is_named_for_nothing() -> None:
    for name, tree in trees(*PACKAGES, "bench", "fuzz", "tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                assert not node.name.endswith(BANNED_CLASSES), f"{name}: {node.name}"


def test_long_files_are_few_and_have_a_reason() -> None:
    lengths = {
        named(path): len(path.read_text("utf-8").splitlines())
        for path in sources(*PACKAGES, "bench", "fuzz")
    }
    long = {name: length for name, length in lengths.items() if length > LONGEST}

    assert set(long) - set(LONGER) == set(), "split by meaning, or give a reason"
    assert set(LONGER) - set(long) == set(), "these are short now"


def test_only_settings_read_the_environment() -> None:
    """The showcase hands the whole environment on to children that it starts, and reads nothing."""
    for name, tree in trees(*PACKAGES):
        if name != "gateway/settings.py":
            read = [
                ast.unparse(node)
                for node in ast.walk(tree)
                if (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ")
                or (isinstance(node, ast.Call) and "os.environ." in ast.unparse(node.func))
                or (isinstance(node, ast.Call) and ast.unparse(node.func) == "os.getenv")
            ]
            assert read == [], name


def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for path in sources(*PACKAGES, "bench", "fuzz", "tests"):
        if path != Path(__file__).resolve():
            assert not mark.search(path.read_text("utf-8")), named(path)


def test_no_lint_or_type_exception_is_without_its_name() -> None:
    bare = re.compile(r"#\s*(noqa|type:\s*ignore)(?![\[:])")
    for path in sources(*PACKAGES, "bench", "fuzz", "tests"):
        if path != Path(__file__).resolve():
            assert not bare.search(path.read_text("utf-8")), named(path)


def test_no_check_is_ever_switched_off() -> None:
    off = re.compile(r"verify\s*=\s*False|CERT_NONE|check_hostname\s*=\s*False")
    for path in sources(*PACKAGES):
        assert not off.search(path.read_text("utf-8")), named(path)


def test_pure_packages_stand_on_their_own_names() -> None:
    for name, tree in trees(*PACKAGES):
        for node in ast.walk(tree):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{name}: relative import"


def named_functions() -> list[tuple[str, str]]:
    page = " ".join((ROOT / "README.md").read_text("utf-8").split())
    return re.findall(r"`([\w/]+\.py): (\w+)`", page)


def test_the_readme_names_a_whole_way() -> None:
    assert len(named_functions()) > 20


@pytest.mark.parametrize(("file", "function"), named_functions(), ids=lambda text: text)
def test_every_function_that_the_readme_names_exists(file: str, function: str) -> None:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    assert function in {node.name for node in ast.walk(tree) if isinstance(node, kinds)}
