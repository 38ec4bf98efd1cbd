"""What ends a mail, what does not, and what comes out: the place where mail is smuggled."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inbound import replies
from gateway.inbound.data import Incoming
from gateway.inbound.limits import MIB, Limits
from gateway.inbound.occupancy import Occupancy
from gateway.inbound.replies import Reply
from tests.gateway.inbound.doors import MAILBOX, Caller, House, open_house

SMUGGLED = b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<sikkermail@region.example>\r\nDATA\r\n"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house(limits=Limits(line_bytes=2 * MIB)) as opened:
        yield opened


@pytest.mark.parametrize(
    "no_end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\n.\r",
        b"\r\r\n.\r\r\n",
        b"\r\n.\x00\r\n\n",
    ],
)
def test_no_other_line_end_ends_a_mail_and_the_whole_is_refused(
    house: House, no_end: bytes
) -> None:
    before = len(house.kept.deliveries)
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(b"one\r\nmail" + no_end + SMUGGLED + b"two\r\n.\r\n")
        assert caller.reply().startswith("554 5.6.0 bare CR or LF")
        assert caller.ask("NOOP") == "250 2.0.0 ok"
    assert len(house.kept.deliveries) == before


@pytest.mark.parametrize("bare", [b"a\nb\r\n", b"a\rb\r\n", b"\n", b"\ra\r\n", b"a\r\n\r\r\n"])
def test_a_bare_cr_or_lf_is_refused_wherever_it_stands(house: House, bare: bytes) -> None:
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(bare + b"\r\n.\r\n")
        assert caller.reply().startswith("554 5.6.0")


def test_the_end_may_come_in_single_bytes(house: House) -> None:
    with Caller(house.port) as caller:
        caller.start_mail()
        for byte in b"a\r\n..b\r\n.\r\n":
            caller.send(bytes([byte]))
            time.sleep(0.002)
        assert caller.reply().startswith("250")
    assert house.kept.deliveries[-1].raw == b"a\r\n.b\r\n"


def test_a_binary_mail_with_long_lines_arrives_uncut(house: House) -> None:
    raw = b"X: y\r\n\r\n" + bytes(b for b in range(256) if b not in b"\r\n") * 8000 + b"\r\n"
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(raw + b".\r\n")
        assert caller.reply().startswith("250")
    assert house.kept.deliveries[-1].raw == raw


def test_a_line_over_the_limit_is_refused(house: House) -> None:
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(b"a\r\n" + b"x" * (2 * MIB) + b"\r\n.\r\n")
        assert caller.reply().startswith("250")
        for command in ("MAIL FROM:<a@b.example>", f"RCPT TO:<{MAILBOX}>", "DATA"):
            caller.ask(command)
        caller.send(b"a\r\n" + b"x" * (2 * MIB + 1) + b"\r\n.\r\n")
        assert caller.reply().startswith("554 5.6.0 a line of the mail is too long")


def test_a_mail_of_the_size_limit_is_kept_and_one_byte_more_is_refused() -> None:
    block = b"x" * 1022 + b"\r\n"
    with open_house() as house, Caller(house.port) as caller:
        caller.start_mail()
        began = time.monotonic()
        caller.send(block * 40960 + b".\r\n")
        assert caller.reply().startswith("250")
        assert len(house.kept.deliveries[0].raw) == 40 * MIB
        for command in ("MAIL FROM:<a@b.example>", f"RCPT TO:<{MAILBOX}>", "DATA"):
            caller.ask(command)
        caller.send(block * 40960 + b"\r\n.\r\n")
        assert caller.reply().startswith("552 5.3.4")
        assert caller.ask("NOOP").startswith("250")
        assert time.monotonic() - began < 10
    assert len(house.kept.deliveries) == 1


def test_an_endless_mail_is_cut_off_with_552() -> None:
    with open_house(limits=Limits(message_bytes=100_000)) as house, Caller(house.port) as caller:
        caller.start_mail()
        try:
            for _ in range(1000):
                caller.send(b"x" * 9998 + b"\r\n")
        except ConnectionError:
            return
        pytest.fail(
            "the door read ten megabytes of a mail that may have one hundred thousand bytes"
        )


def test_mail_that_does_not_fit_in_memory_is_put_off_and_the_rest_goes_on() -> None:
    limits = Limits(message_bytes=200_000, arriving_bytes=250_000)
    with open_house(limits=limits) as house, Caller(house.port) as one, Caller(house.port) as two:
        one.start_mail()
        two.start_mail()
        one.send(b"x" * 149_998 + b"\r\n")
        time.sleep(0.1)
        two.send(b"x" * 149_998 + b"\r\n")
        assert two.reply().startswith("421 4.3.2")
        assert one.ask(".").startswith("250")
        one.ask("MAIL FROM:<a@b.example>")
        one.ask(f"RCPT TO:<{MAILBOX}>")
        one.ask("DATA")
        one.send(b"x" * 199_998 + b"\r\n.\r\n")
        assert one.reply().startswith("250")


def read(wire: list[bytes], limit: int = 40 * MIB) -> tuple[bytes | Reply, bytes]:
    async def reading() -> tuple[bytes | Reply, bytes]:
        limits = Limits(message_bytes=limit)
        reader = asyncio.StreamReader(limit=64)
        incoming = Incoming(reader, limits=limits, occupancy=Occupancy(limits))
        task = asyncio.ensure_future(incoming.read())
        for piece in wire:
            await asyncio.sleep(0)
            reader.feed_data(piece)
        reader.feed_eof()
        mail = await task
        return mail, await reader.read()

    return asyncio.run(reading())


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b"x" * 70]),
        st.binary(max_size=12).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"")),
    ),
    max_size=30,
)


@given(lines=LINES, cuts=st.lists(st.integers(0, 400), max_size=8), rest=st.binary(max_size=9))
def test_every_mail_comes_out_as_it_went_in_however_it_is_cut(
    lines: list[bytes], cuts: list[int], rest: bytes
) -> None:
    raw = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." if line[:1] == b"." else b"") + line + b"\r\n" for line in lines)
    wire = stuffed + b".\r\n" + rest
    edges = sorted({0, len(wire), *(min(cut, len(wire)) for cut in cuts)})
    pieces = [wire[a:b] for a, b in itertools.pairwise(edges)]
    assert read(pieces) == (raw, rest)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_are_a_clean_mail_or_a_refusal(data: bytes, step: int) -> None:
    wire = data + b"\r\n.\r\n"
    mail, _ = read([wire[at : at + step] for at in range(0, len(wire), step)])
    if isinstance(mail, Reply):
        assert mail is replies.BARE_NEWLINE
    else:
        assert mail.replace(b"\r\n", b"").count(b"\n") == 0
        assert mail.replace(b"\r\n", b"").count(b"\r") == 0
        assert mail == b"" or mail.endswith(b"\r\n")
