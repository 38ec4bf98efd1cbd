"""Bytes to text, by a short table: a name from a mail never chooses a Python codec by itself."""

from typing import Final

_CODECS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",  # as every mail program reads it (WHATWG encoding standard)
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "iso-8859-10": "iso-8859-10",
    "iso-8859-4": "iso-8859-4",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


def decode(data: bytes, charset: str | None) -> str:
    """Decode by the named charset; where that fails, UTF-8, and at last Windows-1252."""
    for codec in (_CODECS.get((charset or "utf-8").strip().lower(), "utf-8"), "utf-8"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", "replace")
