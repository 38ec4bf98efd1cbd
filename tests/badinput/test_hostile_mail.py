"""Mail made to hurt: answered or quarantined within seconds, and the next mail goes through."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable

import pytest

from gateway.showcase.authority import Identity
from tests.badinput import hostile
from tests.badinput.hostile import LIMIT, MIB
from tests.badinput.memory import Memory
from tests.crash.rig import Postman, Served, eventually

WITHIN = 5.0
MOST = 300

Make = Callable[[Identity, Served], bytes]

UNSIGNED: dict[str, Make] = {
    "random bytes": lambda _, __: hostile.random_bytes(MIB),
    "forty mebibytes": lambda _, __: hostile.of_size(LIMIT),
    "ten thousand parts": lambda _, __: hostile.many_parts(10_000),
    "a thousand levels": lambda _, __: hostile.many_levels(1000),
    "a thousand mails in each other": lambda _, __: hostile.nested_messages(1000),
    "a header of a megabyte": lambda _, __: hostile.long_header(MIB),
    "a hundred signatures": lambda k, g: hostile.nested_signatures(100, k, g.stage.certificate),
    "a hundred envelopes": lambda k, g: hostile.nested_envelopes(100, k, g.stage.certificate),
    "a BER that never ends": lambda _, __: hostile.endless_nesting(10 * MIB),
    "a BER of a million pieces": lambda _, __: hostile.million_pieces(4 * MIB),
    "a DER that claims too much": lambda _, __: hostile.claims_too_much(),
}


def judged(gateway: Served, reply_text: str) -> str:
    """What became of the mail that was just kept, once it is judged."""
    mail = int(reply_text.rpartition(" m")[2])
    query = "SELECT state FROM mails WHERE id = ? AND state <> 'received'"
    rows = eventually(lambda: gateway.rows(query, mail), WITHIN, what="the mail is judged")
    return str(rows[0][0])


def the_next_mail_goes_through(gateway: Served) -> None:
    kommune = gateway.cast.kommune
    before = len(gateway.inboxes.to(kommune.address))
    mail = hostile.good_request(f"AAK-{time.monotonic_ns()}", kommune, gateway.stage.certificate)
    assert gateway.send(mail).code == 250
    gateway.inboxes.wait_to(kommune.address, before + 1, timeout=10)
    gateway.settle()


@pytest.mark.parametrize("kind", UNSIGNED)
def test_what_is_no_mail_is_quarantined_at_once_and_cheaply(
    kind: str, gateway: Served, idle: Memory
) -> None:
    mail = UNSIGNED[kind](gateway.cast.kommune, gateway)
    before = set(gateway.group())
    memory = idle.again()
    reply = gateway.send(mail)
    assert reply.code == 250, reply
    assert judged(gateway, reply.text) == "quarantined"
    gateway.settle()
    assert memory.most() < MOST, memory.growth()
    assert set(gateway.group()) == before, "a process died of it"
    the_next_mail_goes_through(gateway)


def test_a_submission_nested_a_hundred_thousand_deep_is_refused_in_a_receipt(
    gateway: Served, idle: Memory
) -> None:
    kommune = gateway.cast.kommune
    mail = hostile.deep_json(5 * MIB, 100_000, kommune, gateway.stage.certificate)
    memory = idle.again()
    before = len(gateway.inboxes.to(kommune.address))
    reply = gateway.send(mail)
    assert judged(gateway, reply.text) == "refused"
    gateway.inboxes.wait_to(kommune.address, before + 1, timeout=WITHIN)
    assert memory.most() < MOST, memory.growth()
    the_next_mail_goes_through(gateway)


def test_a_request_with_a_very_large_attachment_is_answered_and_passed_on(
    gateway: Served, idle: Memory
) -> None:
    kommune = gateway.cast.kommune
    mail = hostile.large_request(20 * MIB, kommune, gateway.stage.certificate)
    assert 35 * MIB < len(mail) < LIMIT
    memory = idle.again()
    before = len(gateway.inboxes.to(kommune.address))
    reply = gateway.send(mail)
    assert judged(gateway, reply.text) == "processed"
    gateway.inboxes.wait_to(kommune.address, before + 1, timeout=20)
    gateway.settle()
    assert memory.most() < MOST, memory.growth()
    the_next_mail_goes_through(gateway)


def test_a_mail_over_the_limit_is_refused_at_the_door(gateway: Served) -> None:
    mail = hostile.of_size(LIMIT + 1)
    said = gateway.send(mail)
    assert (said.code, said.text[:5]) == (552, "5.3.4")
    with smtplib.SMTP("127.0.0.1", gateway.stage.smtp_port, timeout=30) as client:
        client.ehlo()
        client.mail("stranger@nowhere.example")  # says nothing about the size
        client.rcpt("sikkermail@rm.example")
        assert client.data(mail)[0] == 552
    the_next_mail_goes_through(gateway)


def test_noise_with_bare_line_ends_is_refused_at_the_door(gateway: Served) -> None:
    assert gateway.send_as_it_is(hostile.raw_noise(MIB)).code == 554
    the_next_mail_goes_through(gateway)


@pytest.mark.long
def test_many_of_the_largest_mails_at_once_cost_no_more_memory_than_one(
    gateway: Served, idle: Memory
) -> None:
    kommune = gateway.cast.kommune
    large = [
        hostile.large_request(20 * MIB, kommune, gateway.stage.certificate, reference=f"A-{n}")
        for n in range(4)
    ]
    memory = idle.again()
    before = gateway.number("SELECT count(*) FROM mails")
    with Postman(gateway, threads=32) as postman:
        postman.send(large + [hostile.of_size(LIMIT) for _ in range(28)], patience=500, pause=2)
        postman.wait()
    gateway.settle(300)
    assert gateway.number("SELECT count(*) FROM mails") - before == 32
    assert memory.most() < MOST, memory.growth()
    the_next_mail_goes_through(gateway)
