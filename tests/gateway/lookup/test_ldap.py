"""The wire to a directory: a real slapd, and servers that lie."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Refused, TryLater
from gateway.lookup import ldap
from gateway.lookup.filters import filter_of
from gateway.lookup.ldap import Directory, search
from gateway.showcase.authority import Identity
from keys import asn1
from tests.gateway.cli.test_certificates import AARHUS
from tests.gateway.lookup.conftest import bundle, der
from tests.gateway.lookup.slapd import ADMIN, BASE, PASSWORD, Slapd
from tests.gateway.rig import World


def of(address: str, template: str = "(mail={address})") -> bytes:
    return filter_of(template, address)


def test_all_values_of_all_entries_with_the_address_come(
    directory: Slapd, people: dict[str, Identity]
) -> None:
    found = search(Directory(directory.url, BASE), of(AARHUS[2]))

    assert der(people["new"]) in found
    assert bundle(people["bundled"]) in found
    assert b"junk" in found
    assert search(Directory(directory.url, BASE), of("nobody@nowhere.example")) == []
    assert search(Directory(directory.url, "dc=other"), of(AARHUS[2])) == []


def test_tls_is_verified(directory: Slapd, tls: tuple[Path, Path], world: World) -> None:
    known = Directory(directory.secure, BASE, ca_file=tls[0])
    assert search(known, of(AARHUS[2]))
    with pytest.raises(Refused, match="certificate is not good"):
        search(Directory(directory.secure, BASE), of(AARHUS[2]))
    with pytest.raises(Refused, match="certificate is not good"):
        search(Directory(directory.secure, BASE, ca_file=world.authority.anchor), of(AARHUS[2]))
    by_number = directory.secure.replace("localhost", "127.0.0.1")
    with pytest.raises(Refused, match="certificate is not good"):
        search(Directory(by_number, BASE, ca_file=tls[0]), of(AARHUS[2]))


def test_a_name_and_a_password_open_what_is_closed(directory: Slapd, world: World) -> None:
    closed = of("secret@rm.example")
    assert search(Directory(directory.url, BASE), closed) == []
    named = Directory(directory.url, BASE, bind_dn=ADMIN, password=PASSWORD.encode())
    assert search(named, closed) == [der(world.granbo)]
    wrong = Directory(directory.url, BASE, bind_dn=ADMIN, password=b"forkert")
    with pytest.raises(Refused, match="lets nobody in: result 49"):
        search(wrong, closed)


def test_a_password_never_goes_in_clear_to_another_machine() -> None:
    away = Directory("ldap://192.0.2.1", BASE, bind_dn=ADMIN, password=b"x")
    with pytest.raises(Refused, match="ldaps:// only"):
        search(away, of("x@y.example"))


@pytest.mark.parametrize(
    "address",
    [
        "*",
        "*@aarhus.example",
        "x)(mail=*",
        "x)(|(mail=*",
        "sikkermail@aarhus.example)(objectClass=*",
        "\\2a",
        "x\0",
        "{address}",
        "é@aarhus.example",
    ],
)
def test_nothing_in_an_address_adds_a_condition(directory: Slapd, address: str) -> None:
    """Asked of the real server: each of these is a mail address that nobody has, and no more."""
    for template in (
        "(mail={address})",
        "(&(objectClass=inetOrgPerson)(|(mail={address})(cn=no)))",
    ):
        assert search(Directory(directory.url, BASE), of(address, template)) == []


@given(address=st.text(max_size=60))
def test_whatever_the_address_is_the_filter_is_one_equality_of_it(address: str) -> None:
    name, value = asn1.octet_string(b"mail"), asn1.octet_string(address.encode())
    assert of(address) == asn1.tlv(0xA3, name + value)


@pytest.mark.parametrize(
    "template",
    [
        "(&(objectClass=inetOrgPerson)(mail={address}))",
        "(|(mail={address})(cn={address}))",
        "(&(sn=*)(!(mail=sikkermail@viborg.example))(mail={address}))",
        "(mail;lang-da={address})",
    ],
)
def test_templates_are_read_as_the_server_reads_them(directory: Slapd, template: str) -> None:
    expected = 0 if ";lang-da" in template else 7
    assert len(search(Directory(directory.url, BASE), of(AARHUS[2], template))) == expected


@pytest.mark.parametrize(
    "template",
    ["", "mail={address}", "(mail={address}", "(mail={address}))", "(&)", "(!(a=b)(c=d))",
     "(mail=*@x)", "(=x)", "(1.2=x)", "(mail~={address})", "(" * 50, "(a=b)(c=d)", "(a=\\2a)"],
)  # fmt: skip
def test_a_template_that_is_none_is_refused(template: str) -> None:
    with pytest.raises(Refused, match=r"lookup\.filter"):
        of("x@y.example", template)


@pytest.mark.parametrize(
    "url", ["http://x.example", "ldap://", "ldap://a:b@host", "ldap://host:99999", "x"]
)
def test_a_wrong_address_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="ldaps://HOST"):
        search(Directory(url, BASE), of("x@y.example"))


def test_a_directory_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(TryLater, match="does not answer"):
        search(Directory(f"ldap://127.0.0.1:{port}", BASE), of("x@y.example"))


@contextmanager
def saying(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says this to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            try:
                client, _ = listening.accept()
                with client:
                    client.recv(4096)
                    answer(client)
            except OSError:
                return

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield f"ldap://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)


BOUND = asn1.sequence(
    asn1.integer(1), asn1.tlv(0x61, asn1.tlv(0x0A, b"\0") + 2 * asn1.octet_string(b""))
)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(100),
        b"\x30\x84\x7f\xff\xff\xff",
        b"\x30\x80\x00\x00",
        b"\x30\x03\x02\x01\x07",
        asn1.sequence(asn1.integer(9), asn1.tlv(0x61, b"")),
        BOUND + asn1.sequence(asn1.integer(2), asn1.tlv(0x64, b"\xff\xff")),
        BOUND + asn1.sequence(asn1.integer(2), asn1.tlv(0x78, b"")),
    ],
    ids=["http", "huge", "endless", "empty", "other number", "broken entry", "other kind"],
)
def test_a_server_that_speaks_something_else_is_refused(said: bytes) -> None:
    with saying(lambda client: client.sendall(said)) as url, pytest.raises(Refused):
        search(Directory(url, BASE), of("x@y.example"))


def test_a_server_that_sends_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ldap, "MOST_OCTETS", 200_000)
    value = asn1.tlv(0x31, asn1.octet_string(bytes(50_000)))
    attribute = asn1.sequence(asn1.octet_string(b"userCertificate"), value)
    entry = asn1.tlv(0x64, asn1.octet_string(b"cn=x") + asn1.sequence(attribute))
    flood = BOUND + 1000 * asn1.sequence(asn1.integer(2), entry)
    with saying(lambda client: client.sendall(flood)) as url, pytest.raises(Refused, match="LDAP"):
        search(Directory(url, BASE), of("x@y.example"))


def test_a_server_that_trickles_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ldap, "SECONDS", 0.5)

    def trickle(client: socket.socket) -> None:
        for octet in BOUND * 20:
            client.sendall(bytes([octet]))
            time.sleep(0.05)

    started = time.monotonic()
    with saying(trickle) as url, pytest.raises((TryLater, Refused)):
        search(Directory(url, BASE), of("x@y.example"))
    assert time.monotonic() - started < 5
