"""Tell whether a file can act when it is opened: a program, a script, macros, a PDF with actions.

By its first octets and by its name, whatever its media type claims. The rules are simple and
bounded: they serve to warn the next reader, and are no malware scanner. What is encrypted, or
hidden two archives deep, is not seen.
"""

import io
import re
import unicodedata
import zipfile
import zlib
from typing import Final, Literal

Active = Literal["program", "script", "macros", "actions"]

# fmt: off
_PROGRAMS: Final = frozenset((
    "application", "appx", "bat", "chm", "cmd", "com", "command", "cpl", "desktop", "dll", "exe",
    "gadget", "hta", "jar", "js", "jse", "lnk", "mjs", "msi", "msix", "msp", "pif", "ps1", "psm1",
    "reg", "scf", "scr", "sct", "url", "vb", "vbe", "vbs", "wsc", "wsf", "wsh",
))
# fmt: on
_PAGES: Final = frozenset(("htm", "html", "mht", "mhtml", "shtml", "svg", "xhtml"))
_PAGE_TYPES: Final = frozenset(("text/html", "application/xhtml+xml", "image/svg+xml"))
_MAGIC: Final = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # macOS, four forms
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # macOS universal, and Java classes
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a Windows shortcut
    b"#!",
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Office before 2007
_OLE_MACROS: Final = ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"))
_OOXML_MACROS: Final = re.compile(r"vbaproject\.bin$|/macrosheets/", re.IGNORECASE)
_SCRIPT: Final = re.compile(
    rb"<\s*script\b|\bjavascript\s*:|\bvbscript\s*:|<[a-z][^<>]{0,500}?\son[a-z]{3,20}\s*=",
    re.IGNORECASE,
)
_MOST_MEMBERS: Final = 2000
_MOST_TEXT: Final = 8 * 1024 * 1024  # of a page: more is no letter
_MOST_STREAMS, _MOST_STREAM, _MOST_INFLATED = 200, 1024 * 1024, 16 * 1024 * 1024
_HEAD: Final = 1024  # a PDF may begin so late


def _pdf_name(name: str) -> bytes:
    """A PDF name, each letter as it is or as #hh (ISO 32000 section 7.3.5)."""
    return b"/" + b"".join(
        b"(?:%c|#%02x|#%02X)" % (letter, letter, letter) for letter in name.encode()
    )


_PDF_ACTIONS: Final = re.compile(
    b"(?:" + b"|".join(_pdf_name(n) for n in ("JavaScript", "JS", "Launch")) + rb")(?![A-Za-z0-9#])"
)
_PDF_OBJECTS: Final = re.compile(rb"/ObjStm\b")


def active_kind(name: str, media_type: str, data: bytes) -> Active | None:
    """Say how a file can act, or None. Never raises for what is in it."""
    ending = _ending(name)
    if data.startswith(_MAGIC) or ending in _PROGRAMS or _is_windows_program(data):
        return "program"
    if data.startswith(_OLE):
        return "macros" if any(mark in data for mark in _OLE_MACROS) else None
    if data.startswith(b"PK"):
        return _in_archive(data)
    if b"%PDF-" in data[:_HEAD]:
        return "actions" if _pdf_acts(data) else None
    if ending in _PAGES or media_type.lower() in _PAGE_TYPES or _looks_like_a_page(data):
        return "script" if _SCRIPT.search(_as_ascii(data[:_MOST_TEXT])) else None
    return None


def _is_windows_program(data: bytes) -> bool:
    """Two letters are little to go by: a text may begin with them too, but holds no zero."""
    return data.startswith(b"MZ") and b"\x00" in data[:64]


def _ending(name: str) -> str:
    """The last ending, as a program sees it: no invisible characters, dots or blanks behind it."""
    visible = "".join(c for c in name if unicodedata.category(c) != "Cf")
    return visible.rstrip(" .").rpartition(".")[2].lower()


def _looks_like_a_page(data: bytes) -> bool:
    head = _as_ascii(data[:_HEAD]).lstrip().lower()
    return head.startswith((b"<!doctype html", b"<html", b"<script", b"<svg"))


def _as_ascii(data: bytes) -> bytes:
    """UTF-16 and its marks taken off, so that the letters of tags stand together."""
    return data.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe")


def _in_archive(data: bytes) -> Active | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()[:_MOST_MEMBERS]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if any(_OOXML_MACROS.search(name) for name in names):
        return "macros"
    return "program" if any(_ending(name) in _PROGRAMS for name in names) else None


def _pdf_acts(data: bytes) -> bool:
    if _PDF_ACTIONS.search(data):
        return True
    left = _MOST_INFLATED
    for count, found in enumerate(_PDF_OBJECTS.finditer(data)):
        start = data.find(b"stream", found.end(), found.end() + _HEAD)
        if count == _MOST_STREAMS or left <= 0:
            break
        if start < 0:
            continue
        objects = _inflated(data[start + 6 : start + 6 + _MOST_STREAM].lstrip(b"\r\n"))
        left -= len(objects)
        if _PDF_ACTIONS.search(objects):
            return True
    return False


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, _MOST_STREAM)
    except zlib.error:
        return b""
