"""What can act when it is opened is told by its octets and its name, and the rest is left alone."""

import io
import time
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.active import active_kind

PDF = b"%%PDF-1.7\n1 0 obj\n<< /Type /Catalog %s >>\nendobj\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return out.getvalue()


def compressed(objects: bytes) -> bytes:
    stream = zlib.compress(objects)
    return b"2 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\r\n" + stream


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("faktura.pdf", b"MZ\x90\x00\x03" + bytes(100)),
        ("billede.jpg", b"\x7fELF\x02"),
        ("genvej", b"L\x00\x00\x00\x01\x14\x02\x00\x00"),
        ("notat.txt", b"#!/bin/sh\nrm"),
        ("plan.pdf.exe", b"what it is does not matter"),
        ("plan.JS", b"1"),
        ("plan.vbs. . ", b"1"),
        ("plan.h\u200bta", b"<p>"),
        ("plan.lnk", b""),
        ("bilag.zip", archive("a.txt", "b/plan.exe")),
        ("bilag.zip", archive("plan.PS1")),
    ],
)
def test_programs_and_archives_with_programs_are_seen(name: str, data: bytes) -> None:
    assert active_kind(name, "application/octet-stream", data) == "program"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("budget.xlsm", archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("brev.docx", archive("[Content_Types].xml", "word/vbaProject.bin")),
        ("budget.xlsx", archive("xl/macrosheets/sheet1.xml")),
        ("gammel.doc", OLE + "_VBA_PROJECT".encode("utf-16-le")),
    ],
)
def test_macros_are_seen_whatever_the_ending_says(name: str, data: bytes) -> None:
    assert active_kind(name, "application/vnd.ms-excel", data) == "macros"


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("side.html", "application/octet-stream", b"<p>hej</p><ScRiPt>x()</script>"),
        ("side", "text/html", b'<img src=x onerror = "x()">'),
        ("tegning.svg", "image/svg+xml", b"<svg><a href='javascript:x()'/></svg>"),
        ("side.bin", "application/octet-stream", b"<!DOCTYPE html><script src=x></script>"),
        ("side.htm", "text/html", "<script>x()</script>".encode("utf-16")),
    ],
)
def test_pages_with_scripts_are_seen(name: str, media_type: str, data: bytes) -> None:
    assert active_kind(name, media_type, data) == "script"


@pytest.mark.parametrize(
    "data",
    [
        PDF % b"/OpenAction << /S /JavaScript /JS (app.alert) >>",
        PDF % b"/AA << /O << /S /Launch /F (cmd.exe) >> >>",
        PDF % b"/S /J#61vaScript",
        PDF % b"/S/#4aS(x)",
        b"\n\n" + PDF % b"/JS 3 0 R",
        PDF % b"" + compressed(b"3 0 << /S /JavaScript >>"),
    ],
)
def test_pdf_with_actions_is_seen(data: bytes) -> None:
    assert active_kind("bilag.pdf", "application/pdf", data) == "actions"


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("bilag.pdf", "application/pdf", PDF % b"/OpenAction [3 0 R /Fit] /JSomething 1"),
        ("bilag.pdf", "application/pdf", PDF % b"" + compressed(b"3 0 << /Type /Font >>")),
        ("brev.docx", "application/zip", archive("[Content_Types].xml", "word/document.xml")),
        ("gammel.doc", "application/msword", OLE),
        ("side.html", "text/html", b"<p>We write <b>script</b> here, and one = two</p>"),
        ("tal.csv", "text/csv", b"MZ;2026;1845,50\n"),
        ("notat.txt", "text/plain", b"see plan.exe and <script>"),
        ("request.json", "application/json", b'{"sagspost": "1"}'),
        ("billede.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
        ("bilag.zip", "application/zip", b"PK\x03\x04 broken"),
        ("uden endelse", "", b""),
    ],
)
def test_ordinary_files_are_left_alone(name: str, media_type: str, data: bytes) -> None:
    assert active_kind(name, media_type, data) is None


@given(
    st.sampled_from(["a.pdf", "a.html", "a.zip", "a", "a.doc"]),
    st.sampled_from([b"", b"PK\x03\x04", b"%PDF-", b"<html>", OLE, b"%PDF- /ObjStm stream"]),
    st.binary(max_size=300),
)
def test_no_octets_at_all_make_it_fail(name: str, head: bytes, rest: bytes) -> None:
    active_kind(name, "text/html", head + rest)


@pytest.mark.parametrize(
    "data",
    [
        b"<html>" + b"<a " * 2_000_000,
        b"<html>" + b"<a onaaaaaaaaaaaaaaaaaaaaa " * 200_000,
        b"<html>" + b"<" + b" " * 5_000_000,
        b"%PDF-" + b"/J" * 5_000_000,
        b"%PDF-" + compressed(bytes(50_000_000)) * 50,
        b"%PDF-" + b"/ObjStm stream" * 300_000,
        b"PK\x03\x04" * 1_000_000,
    ],
)
def test_hostile_files_cost_little_time(data: bytes) -> None:
    before = time.process_time()
    active_kind("a.html", "text/html", data)
    assert time.process_time() - before < 2
