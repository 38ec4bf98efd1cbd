"""Searches attached files for citizens' numbers, where a procedure allows no citizen to be named.

Read are text files (also CSV, JSON, XML, HTML) and the parts of office files (docx, xlsx, pptx,
odt, ods, odp). What can not be read, a PDF or a picture, is told as such, never as clean.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Final

from parsers.content import Attachment
from workflows.citizen_numbers import holds_a_citizens_number

_TEXT_ENDINGS: Final = (".txt", ".csv", ".json", ".xml", ".html", ".htm", ".md", ".ics", ".rtf")
_OFFICE: Final = re.compile(r"\.(?:docx|xlsx|pptx|odt|ods|odp)$", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^>]*>")
_MOST: Final = 20 * 1024 * 1024
"""So many bytes of one file are read, unpacked."""


def holds_citizen(file: Attachment) -> bool | None:
    """Whether a file holds a citizen's number; None where it can not be read in full."""
    name = file.name.casefold()
    if _OFFICE.search(name):
        return _in_office_file(file.data)
    if file.media_type.startswith("text/") or name.endswith(_TEXT_ENDINGS):
        if len(file.data) > _MOST:
            return None
        return _in_text(_decoded(file.data))
    return None


def _in_office_file(data: bytes) -> bool | None:
    left = _MOST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for info in parts.infolist():
                if not info.filename.endswith(".xml"):
                    continue
                with parts.open(info) as part:
                    text = part.read(left + 1)
                left -= len(text)
                if left < 0:
                    return None
                if _in_text(_decoded(text)):
                    return True
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        return None  # damaged, encrypted (RuntimeError) or oddly packed: told as not searched
    return False


def _in_text(text: str) -> bool:
    """Also where tags cut a number into pieces, as word processors like to do."""
    return holds_a_citizens_number(_TAG.sub(" ", text)) or holds_a_citizens_number(
        _TAG.sub("", text)
    )


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
