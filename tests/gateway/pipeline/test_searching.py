"""Files are searched for citizens' numbers, and what can not be read is never called clean."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from gateway.pipeline.searching import holds_citizen
from parsers.content import Attachment


def file(name: str, data: bytes, media_type: str = "application/octet-stream") -> Attachment:
    return Attachment(name, media_type, data)


def office(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/document.xml", f"<w:t>{text}</w:t>")
    return out.getvalue()


def cut_short() -> bytes:
    """An archive whose directory promises more of a part than there is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as parts:
        parts.writestr("word/document.xml", "<w:t>Kapacitet</w:t>")
    data = bytearray(out.getvalue())
    sizes = data.index(b"PK\x01\x02") + 20
    data[sizes : sizes + 8] = struct.pack("<II", 100_000, 100_000)
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("referat.txt", b"Borger 670765-4005 blev n\xe6vnt", True),
        ("referat.txt", "Sag 12 af 3. marts".encode("utf-16"), False),
        ("liste.csv", b"navn;nr\r\nA;6707654005\r\n", True),
        ("referat.docx", office("Borger 670765-4005"), True),
        ("referat.docx", office("67</w:t><w:t>0765-4005"), True),
        ("referat.docx", office("Kapacitet 2027"), False),
        ("referat.docx", b"no archive", None),
        ("referat.docx", cut_short(), None),
        ("referat.pdf", b"%PDF-1.7", None),
        ("billede.png", b"\x89PNG", None),
    ],
)
def test_what_can_be_read_is_searched(name: str, data: bytes, found: bool | None) -> None:
    assert holds_citizen(file(name, data)) is found


def test_a_file_that_unpacks_without_end_is_not_called_clean() -> None:
    assert holds_citizen(file("bombe.docx", office("x" * (21 * 1024 * 1024)))) is None
