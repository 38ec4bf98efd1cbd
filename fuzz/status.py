"""The reader of GnuPG's status pipe: one whole story or a refusal, held against plain counting.

The first octet is the exit status, the rest stands on the pipe. What the state machine accepts is
counted again by regular expressions, which know no states and so share no mistake with it.
"""

import re
from collections.abc import Iterator
from typing import Final

from keys.errors import KeysError
from keys.openpgp.status import judge_decryption, judge_sealing, judge_verification

INSTRUMENTED = ("keys",)
_SIGNER: Final = b"6B267CE7740A0DB561FFC4C61B879C35097A7F30"
_OTHER: Final = b"9F9213D5ECF05A52C44D367E5FBCD8E59F779C22"
_KEY: Final = b"DECRYPTION_KEY BF34D903EDCA2798C21081D5CDE9847676D6470B " + _OTHER + b" u"
_SIGNED: Final = (
    b"NEWSIG",
    b"GOODSIG 1B879C35097A7F30 P <p@x.example>",
    b"VALIDSIG " + _SIGNER + b" 2026-11-25 1795602523 0 4 0 22 10 00 " + _OTHER,
)
_BEFORE: Final = (
    b"ENC_TO CDE9847676D6470B 1 0",
    _KEY,
    b"BEGIN_DECRYPTION",
    b"DECRYPTION_INFO 2 9 0",
    b"PLAINTEXT 62 1795602523 m",
)
_AFTER: Final = (b"DECRYPTION_OKAY", b"GOODMDC", b"END_DECRYPTION")
_AEAD: Final = (_KEY, b"BEGIN_DECRYPTION", b"DECRYPTION_INFO 0 9 2", b"PLAINTEXT 62 1 ")
_ODD: Final = (
    b"BADSIG 1B879C35097A7F30 P",
    b"EXPKEYSIG 1B879C35097A7F30 P",
    b"REVKEYSIG 1B879C35097A7F30 P",
    b"EXPSIG 1B879C35097A7F30 P",
    b"ERRSIG 1B879C35097A7F30 22 10 00 1795602523 9 " + _SIGNER,
    b"NO_PUBKEY 1B879C35097A7F30",
    b"NO_SECKEY CDE9847676D6470B",
    b"DECRYPTION_FAILED",
    b"FAILURE gpg-exit 33554433",
    b"NODATA 3",
    b"BADMDC",
    b"ERROR proc_pkt.plaintext 89_BAD_DATA",
    b"INV_RECP 10 a@x.example",
    b"NOTATION_NAME a@x.example",
)
_SEALED: Final = (
    b"BEGIN_SIGNING H10",
    b"SIG_CREATED S 22 10 00 1795602523 " + _SIGNER,
    b"BEGIN_ENCRYPTION 2 9",
    b"END_ENCRYPTION",
)
LINES: Final = (*_BEFORE, *_SIGNED, *_AFTER, *_AEAD, *_ODD, *_SEALED)
"""What lines are put in by the mutator."""


def seeds() -> Iterator[bytes]:
    """Whole stories, and each with one odd line in it."""
    whole = (*_BEFORE, *_SIGNED, *_AFTER)
    stories = [
        whole,
        (*_BEFORE, *_AFTER),
        (*_BEFORE, *_SIGNED, *_SIGNED, *_AFTER),
        (*_AEAD, *_SIGNED, b"DECRYPTION_OKAY", b"END_DECRYPTION"),
        _SIGNED,
        _SEALED,
    ]
    stories += [(*whole[:5], odd, *whole[5:]) for odd in _ODD]
    for story in stories:
        yield b"\x00" + told(story)
    yield b"\x02" + told(whole)


def told(lines: tuple[bytes, ...]) -> bytes:
    """Write a story as GnuPG does."""
    return b"".join(b"[GNUPG:] " + line + b"\n" for line in lines)


def one(data: bytes) -> None:
    """Read it as the story of a decryption, a verification and a sealing."""
    exit_status, status = (data[0] if data else 0), data[1:]
    try:
        found = judge_decryption(status, exit_status)
    except KeysError:
        pass
    else:
        _whole(status, exit_status)
        assert len(found.signatures) == _count(status, "VALIDSIG")
        assert found.key, "opened by no key"
        assert found.integrity in ("MDC", "EAX", "OCB", "GCM")
        assert found.integrity != "MDC" or _count(status, "GOODMDC") == 1
    try:
        signatures = judge_verification(status, exit_status)
    except KeysError:
        pass
    else:
        _good_signatures(status, exit_status)
        assert len(signatures) == _count(status, "VALIDSIG") > 0
        assert all(one.fingerprint.encode() in status for one in signatures)
        assert not _count(status, "PLAINTEXT|BEGIN_DECRYPTION")
    try:
        judge_sealing(status, exit_status)
    except KeysError:
        return
    assert exit_status == 0
    for word in ("SIG_CREATED", "BEGIN_ENCRYPTION", "END_ENCRYPTION"):
        assert _count(status, word) == 1, word
    assert not _count(status, "INV_RECP|NO_RECP|FAILURE|ERROR")


def _whole(status: bytes, exit_status: int) -> None:
    """One plaintext, inside one decryption that went well to its end."""
    _good_signatures(status, exit_status)
    places = []
    for word in ("BEGIN_DECRYPTION", "PLAINTEXT", "DECRYPTION_OKAY", "END_DECRYPTION"):
        assert _count(status, word) == 1, word
        places.append(_places(status, word)[0])
    assert places == sorted(places)
    for at in _places(status, "NEWSIG|GOODSIG|VALIDSIG"):
        assert places[1] < at < places[2], "a signature outside the encryption"
    assert not _count(status, "DECRYPTION_FAILED|BADMDC|NODATA")


def _good_signatures(status: bytes, exit_status: int) -> None:
    assert exit_status == 0, "accepted in spite of the exit status"
    assert not _count(status, "BADSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|ERRSIG|NO_PUBKEY")
    assert not _count(status, "FAILURE|ERROR|NODATA")
    good, valid = _count(status, "GOODSIG"), _count(status, "VALIDSIG")
    assert _count(status, "NEWSIG") == good == valid, "a signature without its end"


def _places(status: bytes, words: str) -> list[int]:
    line = re.compile(rb"^\[GNUPG:\] (?:" + words.encode() + rb")(?= |$)", re.MULTILINE)
    return [found.start() for found in line.finditer(status)]


def _count(status: bytes, words: str) -> int:
    return len(_places(status, words))
