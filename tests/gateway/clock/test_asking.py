"""Asking a web server costs a bounded time and size, and leads nowhere that was not meant."""

from __future__ import annotations

import socket
import time

import pytest

from gateway.clock.asking import AskError, ask
from gateway.store.sources import is_fetchable
from tests.gateway.clock.responders import answering, free_port

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n\r\n"


def said(url: str, *, most: int = 1000, seconds: float = 5, body: bytes | None = None) -> str:
    """What came, or why nothing did."""
    try:
        return ask(url, most=most, seconds=seconds, body=body).decode()
    except AskError as error:
        return str(error)


def test_what_the_server_sends_is_given() -> None:
    with answering(OK + b"a list") as url:
        assert said(url) == "a list"


def test_more_than_was_allowed_is_refused() -> None:
    with answering(OK + b"x" * 2000) as url:
        assert said(url) == "more than 1000 octets came"


def test_a_server_that_takes_its_time_is_left() -> None:
    with answering(OK + b"\f".join([b"x"] * 100)) as url:
        began = time.monotonic()
        assert said(url, seconds=1) in {"it took too long", "no answer: TimeoutError"}
        assert time.monotonic() - began < 3


def test_a_server_that_says_nothing_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert said(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.5).startswith("no ")
        assert time.monotonic() - began < 3


def test_nobody_there_and_an_error_are_told() -> None:
    assert said(f"http://127.0.0.1:{free_port()}/x").startswith("no connection")
    with answering(b"HTTP/1.1 503 Busy\r\n\r\n") as url:
        assert said(url) == "the server answered 503"
    with answering(b"SSH-2.0-OpenSSH\r\n") as url:
        assert said(url).startswith("no answer")


@pytest.mark.parametrize(
    "place",
    ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:secret@127.0.0.1/", "gopher://x/"],
)
def test_a_redirect_to_something_else_is_not_followed(place: str) -> None:
    with answering(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n".encode()) as url:
        assert said(url) == "the address is not one that is asked"


def test_a_redirect_is_followed_a_few_times_and_never_with_a_question() -> None:
    with (
        answering(OK + b"moved here") as there,
        answering(f"HTTP/1.1 301 Moved\r\nLocation: {there}\r\n\r\n".encode()) as url,
    ):
        assert said(url) == "moved here"
        assert said(url, body=b"?") == "the server sends us elsewhere"
    with answering(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n") as url:
        assert said(url) == "the server sends us elsewhere again and again"


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "224.0.0.1", "0.0.0.0", "[::]"])
def test_addresses_of_this_link_or_of_many_are_not_asked(host: str) -> None:
    assert said(f"http://{host}/latest/meta-data", seconds=1) in {
        "the host is at no address that is asked",
        "the host is not known: gaierror",
    }


@pytest.mark.parametrize(
    "url",
    [
        "ldap://ca.example/cn=CA?certificateRevocationList",
        "HTTP//ca.example/x",
        "http://",
        "http://ca.example:99999/",
        "http://a@ca.example/",
        "http://ca.example/a b",
        "http://ca.example/\r\nX: y",
        "http://ca.example/" + "x" * 3000,
    ],
)
def test_only_plain_web_addresses_are_sources(url: str) -> None:
    assert is_fetchable("http://crl.ca.example/issuing.crl")
    assert not is_fetchable(url)
