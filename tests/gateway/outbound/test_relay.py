"""The relay is reached over TLS that verifies; only on this machine may it be plain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import aiosmtplib
import pytest

from gateway.outbound.relay import Answer, Relay, is_loopback
from tests.gateway.outbound.far_end import FarEnd

MAIL = b"Subject: Hej\r\n\r\n.en linje med punktum\r\n"


@pytest.fixture
def make_end(tmp_path: Path) -> Iterator[Callable[..., FarEnd]]:
    made: list[FarEnd] = []

    def make(*, tls: bool = True) -> FarEnd:
        made.append(FarEnd(tmp_path / f"end-{len(made)}", None, tls=tls))
        return made[-1]

    yield make
    for one in made:
        one.close()


def hand_over(end: FarEnd, *, scheme: str, host: str, ca: Path | None) -> Answer:
    relay = Relay(scheme, host, end.port, ca, timeout=10, helo="rm.example")

    async def run() -> Answer:
        try:
            connection = await relay.connect()
            try:
                return await connection.hand_over("o1", "b@rm.example", "k@a.example", MAIL)
            finally:
                connection.close()
        finally:
            await asyncio.sleep(0.05)  # the loop closes what was closed

    return asyncio.run(run())


def test_a_relay_whose_certificate_verifies_gets_the_mail(make_end: Callable[..., FarEnd]) -> None:
    end = make_end()

    assert hand_over(end, scheme="smtp+starttls", host="127.0.0.1", ca=end.certificate).code == 250
    assert end.mails == [("k@a.example", MAIL)]


@pytest.mark.parametrize("ca", ["of another", "the system's"])
def test_a_relay_whose_certificate_does_not_verify_gets_nothing(
    make_end: Callable[..., FarEnd], ca: str
) -> None:
    end, other = make_end(), make_end()
    file = other.certificate if ca == "of another" else None

    with pytest.raises((aiosmtplib.SMTPException, OSError), match="certificate verify failed"):
        hand_over(end, scheme="smtp+starttls", host="127.0.0.1", ca=file)
    assert end.mails == []


def test_a_certificate_for_another_name_does_not_verify(make_end: Callable[..., FarEnd]) -> None:
    end = make_end()  # its certificate names 127.0.0.1

    with pytest.raises((aiosmtplib.SMTPException, OSError), match="certificate verify failed"):
        hand_over(end, scheme="smtp+starttls", host="localhost", ca=end.certificate)
    assert end.mails == []


@pytest.mark.parametrize(
    ("scheme", "host"),
    [
        ("smtp+starttls", "127.0.0.1"),
        ("smtp", "127.1"),  # this machine, and not told by its name or address
    ],
)
def test_a_relay_without_tls_gets_nothing_unless_it_is_plainly_this_machine(
    make_end: Callable[..., FarEnd], scheme: str, host: str
) -> None:
    end = make_end(tls=False)

    with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
        hand_over(end, scheme=scheme, host=host, ca=None)
    assert end.mails == []
    assert hand_over(end, scheme="smtp", host="127.0.0.1", ca=None).code == 250


def test_this_machine_is_known_by_name_and_address_alone() -> None:
    for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"):
        assert is_loopback(host)
    for host in ("localhost.example", "127.0.0.1.example", "0.0.0.0", "relay.rm.example", ""):
        assert not is_loopback(host)
