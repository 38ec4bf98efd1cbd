"""docs/evidence.md keeps its word: its commands and programs run as they stand, without ours."""

import ast
import hashlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.outbound import bag, compose
from gateway.outbound.chains import Entry
from gateway.outbound.compose import Letter, evidence_pieces
from gateway.outbound.evidence import KINDS, issue
from gateway.outbound.heads import compose_head
from tests.gateway.outbound.issuing import AT, CASE, ISSUER, chain, issued, own_key

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "evidence.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [text for kind, text in BLOCKS if kind == "sh"]
PROGRAMS = {
    text.splitlines()[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "python"
}


def run(command: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Run one command with the system's tools; our packages are not on its path."""
    python = Path(sys.base_prefix) / "bin"
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=where,
        env={"PATH": f"{python}:/usr/bin:/bin", "HOME": str(where)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def command_with(words: str) -> str:
    """Return the one block of the page that holds these words."""
    (found,) = [text for text in COMMANDS if words in text]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a stranger has it: a certificate, a receipt, a case, a head."""
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    own, evidences = own_key(), chain(4)
    (tmp_path / "gateway.pem").write_bytes(own.certificate.public_bytes(Encoding.PEM))
    write_case(tmp_path / "case", evidences)
    first = issued(evidences[0])
    (tmp_path / "evidence.json").write_bytes(first.data)
    (tmp_path / "evidence.json.p7s").write_bytes(first.signature)
    link = evidences[-1]["chain"]
    head = compose_head(
        issued_at=AT,
        issuer=ISSUER,
        last=None,
        journal={"sequence": 9, "digest": "0" * 64},
        cases=[{"number": CASE, "sequence": link["sequence"], "digest": link["digest"]}],
    )
    made = issue(head, own, datetime.now(UTC))
    (tmp_path / "head.json").write_bytes(made.data)
    (tmp_path / "head.json.p7s").write_bytes(made.signature)
    write_receipt(tmp_path, compose.entity(FIELDS, "Hej", evidence_pieces(first), "cipher"))
    return tmp_path


FIELDS = compose.header_fields(
    Letter("a@region.example", "Region", "b@aarhus.example", "Kvittering", AT, "<o@region.example>")
)


def write_case(root: Path, evidences: list) -> None:
    files = {"data/messages/in-1.eml": b"mail"}
    for one in evidences:
        name, made = bag.evidence_file_name(Entry("", one)), issued(one)
        files[name], files[f"{name}.p7s"] = made.data, made.signature
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    files.update(bag.tag_files(digests, {"Source-Organization": "Region"}, own_key(), AT))
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def write_receipt(where: Path, entity: bytes) -> None:
    """Encrypt to a partner's key, both made by OpenSSL."""
    (where / "inner.eml").write_bytes(entity)
    done = run(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=partner "
        "-keyout partner.key -out partner.pem && "
        "openssl cms -encrypt -aes256 -binary -in inner.eml -out receipt.eml partner.pem",
        where,
    )
    assert done.returncode == 0, done.stderr


def test_every_command_and_program_of_the_page_succeeds(folder: Path) -> None:
    for command in COMMANDS:
        done = run(command, folder)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_the_programs_use_the_standard_library_alone() -> None:
    assert set(PROGRAMS) == {"take_out.py", "check_chain.py", "check_head.py"}
    for text in PROGRAMS.values():
        imported = {
            alias.name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert imported <= sys.stdlib_module_names


def test_the_page_finds_evidence_that_was_changed_or_signed_by_another(folder: Path) -> None:
    command = command_with("-in evidence.json.p7s")
    good = (folder / "evidence.json").read_bytes()
    (folder / "evidence.json").write_bytes(good.replace(b"smtp", b"imap"))
    assert run(command, folder).returncode != 0
    (folder / "evidence.json").write_bytes(good)
    other = own_key("29190925", 2).certificate.public_bytes(Encoding.PEM)
    (folder / "gateway.pem").write_bytes(other)
    assert run(command, folder).returncode != 0


def test_the_page_takes_the_same_bytes_out_of_a_receipt(folder: Path) -> None:
    wanted = (folder / "evidence.json").read_bytes()
    (folder / "evidence.json").unlink()
    (folder / "evidence.json.p7s").unlink()
    assert run(command_with("cms -decrypt"), folder).returncode == 0
    assert (folder / "evidence.json").read_bytes() == wanted
    assert run(command_with("-in evidence.json.p7s"), folder).returncode == 0


def test_the_page_names_the_link_that_was_changed_removed_or_reordered(folder: Path) -> None:
    command = command_with("check_chain.py")
    names = sorted((folder / "case/data/evidence").glob("*.json"))
    second = names[1].read_bytes()
    names[1].write_bytes(second.replace(b"smtp", b"imap"))
    assert f"FAULT case/data/evidence/{names[1].name}: changed" in run(command, folder).stdout
    names[1].unlink()
    removed = run(command, folder)
    assert removed.returncode == 1
    assert "is number 3, but 2 should stand here" in removed.stdout
    names[1].write_bytes(names[2].read_bytes())
    names[2].write_bytes(second)
    reordered = run(command, folder)
    assert reordered.returncode == 1
    assert "is number 3, but 2 should stand here" in reordered.stdout


def test_the_page_finds_a_lost_tail_by_the_head(folder: Path) -> None:
    for path in (folder / "case/data/evidence").glob("0004-*"):
        path.unlink()
    assert run(command_with("check_chain.py"), folder).returncode == 0
    cut = run(command_with("check_head.py"), folder)
    assert cut.returncode == 1
    assert f"FAULT {CASE}: number 4 is cut off" in cut.stderr


def test_the_page_finds_a_changed_head(folder: Path) -> None:
    data = (folder / "head.json").read_bytes().replace(b'"sequence":4', b'"sequence":3')
    (folder / "head.json").write_bytes(data)
    assert run(command_with("check_head.py"), folder).returncode != 0
    alone = run("python3 check_head.py head.json case/data/evidence/*.json", folder)
    assert "the head was changed" in alone.stderr


def test_the_page_finds_a_changed_mail_in_an_export(folder: Path) -> None:
    (folder / "case/data/messages/in-1.eml").write_bytes(b"other")
    assert run(command_with("sha256sum"), folder).returncode != 0


def test_the_page_explains_every_kind() -> None:
    for kind, meaning in KINDS.items():
        assert f"| `{kind}` | {meaning} |" in PAGE
