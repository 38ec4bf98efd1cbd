"""The slicer keeps every byte where it was, and refuses what could be read in two ways."""

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import MalformedMail, ParsersError
from parsers.mime import Limits, canonical_crlf, read_entity

SIGNED = (
    b'From: a@example.dk\r\nContent-Type: multipart/signed;\r\n\tboundary="=_s"; micalg=sha-256\r\n'
    b"\r\npreamble\r\n--=_s  \r\n"
    b"Content-Type:text/plain; charset=utf-8\r\n"
    b"X-Odd:   folded\r\n\t too \r\n\r\nline \r\n-- \r\n\r\n"
    b"--=_s\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n"
    b"\r\nAAEC\r\n--=_s--\r\nepilogue\r\n"
)


def nested(levels: int) -> bytes:
    out = bytearray()
    for level in range(levels):
        out += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    return bytes(out + b"\r\nend\r\n")


def with_parts(count: int) -> bytes:
    return (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\n\r\nx\r\n" * count
        + b"--b--"
    )


def test_first_part_of_a_signed_mail_is_the_exact_signed_bytes() -> None:
    start = SIGNED.index(b"--=_s  \r\n") + len(b"--=_s  \r\n")
    end = SIGNED.index(b"\r\n--=_s\r\n")
    first, second = read_entity(SIGNED).children
    assert bytes(first.raw) == SIGNED[start:end]
    assert bytes(first.body) == b"line \r\n-- \r\n"
    assert second.decoded() == b"\0\1\2"


def test_parts_are_views_into_the_mail_and_no_copies() -> None:
    assert read_entity(SIGNED).children[0].raw.obj is SIGNED


def test_bare_line_feeds_are_sliced_alike() -> None:
    plain = SIGNED.replace(b"\r\n", b"\n")
    first = read_entity(plain).children[0]
    assert canonical_crlf(first.raw) == bytes(read_entity(SIGNED).children[0].raw)


def test_an_empty_line_counts_whatever_follows_it() -> None:
    """Found by fuzzing: a bare LF that a CRLF followed was no empty line, but alone it was."""
    alone = b"X: y\r\n\n"
    part = read_entity(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + alone + b"\r\n--b--"
    ).children[0]
    assert bytes(part.header) == bytes(read_entity(alone).header) == alone


@pytest.mark.parametrize("rest", [b"not a boundary\r\n", b"\r\n"])
def test_a_boundary_line_without_an_end_in_sight_is_refused(rest: bytes) -> None:
    """One reader would see a boundary in its beginning, and another one text."""
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b"
        + b" " * 300
        + rest
        + b"two\r\n--b--"
    )
    with pytest.raises(MalformedMail):
        read_entity(raw)


def test_an_outer_boundary_ends_the_inner_parts_too() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
        b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\none\r\n"
        b"--outer\r\n\r\ntwo\r\n--outer--\r\n"
    )
    inner, second = read_entity(raw).children
    assert bytes(inner.children[0].body) == b"one"
    assert bytes(second.body) == b"two"


def test_a_part_without_header_or_body_is_still_a_part() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    raw += b"--b\r\nX: y\r\n--b\r\n\r\n--b--\r\n"
    assert [bytes(part.body) for part in read_entity(raw).children] == [b"", b"", b""]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (with_parts(10_000), "mime.too_many_parts"),
        (nested(1000), "mime.too_deep"),
        (b"X: " + b"a" * 1_000_000 + b"\r\n\r\nbody", "mime.header_too_large"),
        (b"X: y\r\n" * 200_000 + b"\r\nbody", "mime.header_too_large"),
        (b"\x00\xff random bytes \r\n\r\n", "mime.malformed"),
        (b" folded first\r\n\r\n", "mime.malformed"),
        (b"Content-Type: multipart/mixed\r\n\r\nx", "mime.malformed"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nnone", "mime.malformed"),
        (b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx", "mime.malformed"),
        (b"Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n--a", "mime.malformed"),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx",
            "mime.malformed",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n"
            b"\r\n--b\r\n\r\nx",
            "mime.malformed",
        ),
    ],
)
def test_what_is_too_much_or_ambiguous_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(MalformedMail) as caught:
        read_entity(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "raw",
    [
        with_parts(10_000),
        nested(1000),
        b"X: " + b"a" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + b"\n--x" * 5_000_000,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + b"a" * 40_000_000,
    ],
    ids=["parts", "levels", "header", "dashes", "large"],
)
def test_hostile_mail_costs_little_time_and_memory(raw: bytes) -> None:
    tracemalloc.start()
    started = time.process_time()
    with contextlib.suppress(MalformedMail):
        read_entity(raw)
    spent, peak = time.process_time() - started, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 1.5
    assert peak < 10_000_000


def test_headers_are_decoded_and_unfolded_on_request() -> None:
    raw = (
        b"Subject: =?utf-8?Q?Anmodning_=C3?= =?utf-8?Q?=B8nsket?= nu\r\nReceived: a\r\n"
        b"Received: b\r\nX-Raw: \xc3\xa6\r\n\r\n"
    )
    headers = read_entity(raw).headers()
    assert headers.get("SUBJECT") == "Anmodning ønsket nu"
    assert headers.all("received") == ["a", "b"]
    assert headers.get("x-raw") == "æ"
    assert headers.get("to") is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b'attachment; filename="a \\"b\\".json"', 'a "b".json'),
        (b"attachment; filename*=utf-8''%C3%A6ble.json", "æble.json"),
        (b"attachment; filename*0*=iso-8859-1''%E6b; filename*1=le.json", "æble.json"),
        (b"attachment; filename==?utf-8?B?w6ZibGUuanNvbg==?=", "æble.json"),
        (b'attachment; filename="=?utf-8?B?w6ZibGUuanNvbg==?="', "æble.json"),
        (b"attachment (why); filename=b.json (who)", "b.json"),
    ],
)
def test_file_names_are_read_in_all_their_forms(line: bytes, name: str) -> None:
    assert read_entity(b"Content-Disposition: " + line + b"\r\n\r\n").filename == name


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_by_our_own_error(raw: bytes) -> None:
    with contextlib.suppress(ParsersError):
        read_entity(raw)


PIECES = [
    b"\r\n", b"\n", b"--a", b"--b", b"--", b"Content-Type: multipart/mixed; boundary=a\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"X: y", b"text", b" ", b"\r",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_every_part_lies_inside_its_parent(raw: bytes) -> None:
    try:
        waiting = [read_entity(raw, Limits(depth=10))]
    except ParsersError:
        return
    while waiting:
        part = waiting.pop()
        assert bytes(part.raw) == bytes(part.header) + bytes(part.body)
        for child in part.children:
            assert bytes(child.raw) in bytes(part.body)
        waiting.extend(part.children)


@given(st.binary())
def test_canonical_lines_are_stable_and_keep_the_text(data: bytes) -> None:
    once = canonical_crlf(data)
    assert canonical_crlf(once) == once
    assert once.replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n")


# --- slices --------------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=a\r\n",
        b"Content-Type: multipart/signed; boundary=b\r\n",
        b"Content-Type: text/plain\r\n",
        b"X: y\r\n z\r\n",
        b"\r\n",
        b"\n",
        b"--a\r\n",
        b"--a \t\r\n",
        b"--b\n",
        b"--a--\r\n",
        b"--b--",
        b"--c\r\n",
        b"text\r\n",
        b"-- \r\n",
        b"\xff\0\r",
    ]
)


HEADS = st.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"])


@given(st.builds(bytes.__add__, HEADS, st.lists(LINES, max_size=25).map(b"".join)))
def test_every_slice_lies_in_the_mail_and_nothing_is_lost(raw: bytes) -> None:
    """Between and around the children stand boundary lines, preamble and epilogue, no more."""
    try:
        top = read_entity(raw)
    except ParsersError:
        return
    assert bytes(top.raw) == raw
    waiting = [top]
    while waiting:
        part = waiting.pop()
        end = part.start + len(part.raw)
        assert part.raw.obj is part.header.obj is part.body.obj is raw
        assert bytes(part.raw) == raw[part.start : end]
        assert bytes(part.header) + bytes(part.body) == bytes(part.raw)
        at, joined = part.start + len(part.header), b""
        for child in part.children:
            between = raw[at : child.start]
            boundary = b"--" + part.parameters["boundary"].encode()
            # What the slicer leaves out before a child ends with a whole boundary line.
            assert between.rstrip(b" \t\r\n").endswith(boundary)
            joined += between + bytes(child.raw)
            at = child.start + len(child.raw)
        assert at <= end
        assert bytes(part.header) + joined + raw[at:end] == bytes(part.raw)
        waiting.extend(part.children)
