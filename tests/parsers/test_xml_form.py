"""XML is read as strictly as JSON, fetches and expands nothing, and agrees with its schema."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from parsers.catalogue import MessageType
from parsers.content import Attachment, Content
from parsers.forms import blank, written
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from tests.forms.messages import CATALOGUE as ALL
from tests.forms.messages import KINDS, bodies, submission
from tests.parsers.messages import CATALOGUE, FIELDS, REQUEST

ATTACKS = Path(__file__).resolve().parents[3] / "shared" / "testdata" / "xml-attacks"
GOOD = written(REQUEST, FIELDS, "xml", "da")


def read(data: bytes, media_type: str = "application/xml", name: str = "a.xml") -> Outcome:
    return read_submission(
        Content(None, "", None, (Attachment(name, media_type, data),)), CATALOGUE, "x"
    )


def told(data: bytes) -> list[tuple[str, str]]:
    outcome = read(data)
    assert isinstance(outcome, Unreadable), outcome
    return [(one.code, one.path) for one in outcome.problems]


def changed(before: str, after: str) -> bytes:
    text = GOOD.decode()
    assert before in text
    return text.replace(before, after, 1).encode()


def test_xml_and_json_of_the_same_message_have_the_same_digest() -> None:
    by_xml = read(GOOD)
    by_json = read(written(REQUEST, FIELDS, "json", "da"), "application/json", "a.json")
    assert isinstance(by_xml, Submission)
    assert isinstance(by_json, Submission)
    assert by_xml.form == "xml"
    assert by_xml.digest == by_json.digest


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("text/xml", "x"), ("application/octet-stream", "A.XML"), ("application/xml", "x")],
)
def test_a_file_that_names_the_namespace_is_the_submission(media_type: str, name: str) -> None:
    assert isinstance(read(GOOD, media_type, name), Submission)


def test_xml_of_something_else_is_an_ordinary_attachment() -> None:
    outcome = read(b"<invoice xmlns='urn:oioubl'/>")
    assert isinstance(outcome, NoSubmission)
    assert len(outcome.attachments) == 1


def test_the_order_of_elements_is_free_and_remarks_are_no_content() -> None:
    name = "<name>Prøve Borger</name>"
    moved = changed(f"      {name}\n", "").decode()
    moved = moved.replace("<citizen>", f"<citizen><!-- her -->{name}", 1)
    assert isinstance(read(moved.encode()), Submission)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("<need>", "<needs/><need>", ("field.unknown", "needs")),
        ("<need>", "<need>a</need><need>", ("field.duplicate", "need")),
        ("<citizen>", "<citizen><cpr>610190-4006</cpr>", ("field.duplicate", "citizen.cpr")),
        ("<body>", '<body lang="da">', ("field.unknown", "body.@lang")),
        ("<id>", "<extra/><id>", ("field.unknown", "extra")),
        ("<id>", "<id>0</id><id>", ("field.duplicate", "id")),
        ("<body>", '<body><need xmlns="urn:other">a</need>', ("field.unknown", "need")),
        ("2026-12-01", "1. december 2026", ("field.invalid", "requested_start")),
        ("2026-12-01", "2026-12-01Z", ("field.invalid", "requested_start")),
        ("2026-12-01", "", ("field.invalid", "requested_start")),
        (">false<", ">nej<", ("field.invalid", "urgent")),
        (">false<", ">0<", ("field.invalid", "urgent")),
        ("<citizen>", "<citizen>words", ("field.invalid", "citizen")),
        ("<need>", "<need><b>x</b>", ("field.unknown", "need.b")),
        ("<message>placement_request", "<message>placement", ("message.unknown", "message")),
        ("<sagspost>1", "<sagspost>2", ("field.invalid", "sagspost")),
        ("<id>0f9c2b62</id>", "", ("field.missing", "id")),
    ],
)
def test_what_is_wrong_is_told_with_its_code_and_path(
    before: str, after: str, expected: tuple[str, str]
) -> None:
    assert expected in told(changed(before, after))


def test_all_errors_come_at_once() -> None:
    data = changed("2026-12-01", "x").decode().replace("<need>", "<other/><need>")
    found = told(data.replace("0751", "9999").encode())
    assert set(found) == {
        ("field.invalid", "requested_start"),
        ("field.unknown", "other"),
        ("field.invalid", "acting_municipality"),
    }


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE submission>",
        '<!DOCTYPE submission SYSTEM "http://x.example/a.dtd">',
        '<!DOCTYPE submission [<!ENTITY a "b">]>',
        '<!DOCTYPE s [<!ENTITY a "x"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
        '<!DOCTYPE s [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        "<?xml-stylesheet href='http://x.example/a.xsl'?>",
    ],
)
def test_document_types_entities_and_instructions_are_refused(prolog: str) -> None:
    data = GOOD.replace(b"<submission", prolog.encode() + b"<submission", 1)
    assert told(data) == [("submission.malformed", "")]


@pytest.mark.skipif(not ATTACKS.is_dir(), reason="the published attacks are not on this machine")
def test_published_attacks_are_refused_at_once() -> None:
    for path in sorted(ATTACKS.glob("*.xml")):
        if not path.name.startswith("simple"):
            data = path.read_bytes() + b"<!-- urn:sagspost:1 -->"
            start = time.perf_counter()
            assert told(data)[0][0] in {"submission.malformed", "submission.too_large"}, path.name
            assert time.perf_counter() - start < 1, path.name


def test_too_deep_and_too_much_is_refused_quickly() -> None:
    mark = b"<!-- urn:sagspost:1 -->"
    assert told(mark + b"<a>" * 100_000) == [("submission.too_large", "")]
    assert told(mark + b"<r>" + b"<a/>" * 300_000 + b"</r>") == [("submission.too_large", "")]
    assert told(mark + b" " * (9 * 1024 * 1024)) == [("submission.too_large", "")]


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encodings_of_the_house_are_read(codec: str) -> None:
    named = "utf-8" if codec == "utf-8-sig" else codec
    text = GOOD.decode().replace('encoding="UTF-8"', f'encoding="{named}"')
    outcome = read(text.encode(codec))
    assert isinstance(outcome, Submission), outcome
    assert "Støtte" in outcome.body.model_dump()["need"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_have_an_outcome(data: bytes) -> None:
    read(data + b"urn:sagspost:1")
    read(b'<submission xmlns="urn:sagspost:1">' + data)


@given(st.data())
def test_a_damaged_submission_has_an_outcome(data: Any) -> None:
    at = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(at, len(GOOD)))
    read(GOOD[:at] + data.draw(st.binary(max_size=20)) + GOOD[end:])


# --- the schema ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schemas() -> dict[str, etree.XMLSchema]:
    return {
        kind.name: etree.XMLSchema(etree.fromstring(blank(kind, "xsd", "da"))) for kind in KINDS
    }


def _outcome(data: bytes) -> Outcome:
    return read_submission(
        Content(None, "", None, (Attachment("a.xml", "application/xml", data),)), ALL, "x"
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_our_xml_is_valid_by_our_schema(
    kind: MessageType, data: Any, schemas: dict[str, etree.XMLSchema]
) -> None:
    made = written(kind, submission(kind, data.draw(bodies(kind))), "xml", "da")
    schemas[kind.name].assertValid(etree.fromstring(made))


STRANGE = (
    *("", " ", "x", "0", "-1", "1.5", "1e3", "+5", "007", "true", "TRUE", "1845.50", "1845,50"),
    *(
        "2026-02-30",
        "2026-12-01Z",
        "20261201",
        "2026-12-01T00:00:00",
        " 2026-12-01 ",
        "12345678901",
    ),
    *("a\nb", "a" * 301, "16212000-0142", "212000-0142", "670765-4005", "6707654005", "2024"),
    *("\u0663" * 13, "5798009811578", "9" * 18, "day", " day ", "consent"),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_what_the_schema_refuses_the_reader_refuses(
    kind: MessageType, data: Any, schemas: dict[str, etree.XMLSchema]
) -> None:
    made = written(kind, submission(kind, data.draw(bodies(kind))), "xml", "da")
    tree = etree.fromstring(made)
    element = data.draw(st.sampled_from(list(tree.iter())))
    parent = element.getparent()
    act = data.draw(st.sampled_from(["text", "remove", "twice", "rename", "move"]))
    if act == "text" and not len(element):
        element.text = data.draw(st.sampled_from(STRANGE) | st.text("aZ 09-.§\n", max_size=12))
    elif parent is not None and act == "remove":
        parent.remove(element)
    elif parent is not None and act == "twice":
        parent.append(etree.fromstring(etree.tostring(element)))
    elif parent is not None and act == "rename":
        element.tag = "{urn:sagspost:1}other"
    elif parent is not None and act == "move":
        tree.append(element)
    if not schemas[kind.name].validate(tree):
        outcome = _outcome(etree.tostring(tree, encoding="utf-8"))
        assert not isinstance(outcome, Submission), (schemas[kind.name].error_log, outcome)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_another_program_takes_the_schema_and_our_xml(kind: MessageType, tmp_path: Path) -> None:
    """The blank form is well-formed; the schema then asks for what is not filled in."""
    (tmp_path / "a.xsd").write_bytes(blank(kind, "xsd", "sv"))
    (tmp_path / "a.xml").write_bytes(blank(kind, "xml", "sv"))
    ran = subprocess.run(
        ["xmllint", "--nonet", "--noout", "--schema", "a.xsd", "a.xml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 3, ran.stderr
    assert "element id" in ran.stderr.lower()


def test_a_valid_document_is_valid_for_xmllint(tmp_path: Path) -> None:
    (tmp_path / "a.xsd").write_bytes(blank(REQUEST, "xsd", "da"))
    (tmp_path / "a.xml").write_bytes(GOOD)
    ran = subprocess.run(
        ["xmllint", "--nonet", "--noout", "--schema", "a.xsd", "a.xml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
