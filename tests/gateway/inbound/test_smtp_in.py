"""The door as a mail program meets it."""

from __future__ import annotations

import hashlib
import smtplib
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.inbound.errors import Overloaded
from gateway.inbound.limits import Limits
from gateway.inbound.smtp_in import server_tls
from tests.gateway.inbound.doors import MAILBOX, NOON, Caller, House, open_house

MAIL = b"From: a@aarhus.example\r\nSubject: x\r\n\r\n.hello\r\n..\r\n"


@pytest.fixture
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, chain = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=localhost -keyout {key} -out {chain}".split(),
        check=True,
        capture_output=True,
    )
    return chain, key


def careless() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_a_mail_is_kept_with_its_exact_bytes_and_answered_with_its_id(house: House) -> None:
    with smtplib.SMTP("127.0.0.1", house.port) as client:
        client.ehlo("mail.aarhus.example")
        client.mail("sender@aarhus.example", ["SIZE=60", "BODY=8BITMIME"])
        client.rcpt("SIKKERMAIL@Region.Example")
        assert client.data(MAIL) == (250, b"2.0.0 kept as m1")
    (delivery,) = house.kept.deliveries
    assert delivery.raw == MAIL
    assert delivery.sha256 == hashlib.sha256(MAIL).hexdigest()
    assert (delivery.door, delivery.mailbox, delivery.tls) == ("smtp", MAILBOX, None)
    assert delivery.envelope_from == "sender@aarhus.example"
    assert delivery.envelope_to == "SIKKERMAIL@Region.Example"
    assert delivery.peer.startswith("127.0.0.1:")
    assert delivery.received_at == NOON


def test_the_door_says_what_it_offers(house: House) -> None:
    with smtplib.SMTP("127.0.0.1", house.port) as client:
        client.ehlo("mail.aarhus.example")
        assert client.esmtp_features == {
            "size": str(40 * 1024 * 1024),
            "8bitmime": "",
            "smtputf8": "",
            "pipelining": "",
            "enhancedstatuscodes": "",
        }


def test_starttls_is_offered_and_its_facts_reach_the_delivery(
    certificate: tuple[Path, Path],
) -> None:
    with open_house(tls=server_tls(*certificate)) as house:
        with smtplib.SMTP("127.0.0.1", house.port) as client:
            client.ehlo("mail.aarhus.example")
            assert client.has_extn("starttls")
            client.starttls(context=careless())
            client.ehlo("mail.aarhus.example")
            assert not client.has_extn("starttls")
            assert client.docmd("STARTTLS")[0] == 503
            client.sendmail("s@aarhus.example", [MAILBOX], MAIL)
        (delivery,) = house.kept.deliveries
        assert delivery.tls is not None
        assert delivery.tls["protocol"] == "TLSv1.3"
        assert delivery.tls["cipher"].startswith("TLS_")


def test_an_implicit_tls_listener_takes_mail(certificate: tuple[Path, Path]) -> None:
    with open_house(tls=server_tls(*certificate), implicit_tls=True) as house:
        with smtplib.SMTP_SSL("127.0.0.1", house.port, context=careless()) as client:
            client.sendmail("s@aarhus.example", [MAILBOX], MAIL)
        assert house.kept.deliveries[0].tls is not None


def test_a_client_certificate_is_told_by_its_fingerprint(certificate: tuple[Path, Path]) -> None:
    chain, key = certificate
    with open_house(tls=server_tls(chain, key, clients=chain)) as house:
        context = careless()
        context.load_cert_chain(chain, key)
        with smtplib.SMTP("127.0.0.1", house.port) as client:
            client.starttls(context=context)
            client.sendmail("s@aarhus.example", [MAILBOX], MAIL)
        shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(chain.read_text())).hexdigest()
        tls = house.kept.deliveries[0].tls
        assert tls is not None
        assert tls["certificate_sha256"] == shown


def test_tls_older_than_1_2_is_refused(certificate: tuple[Path, Path]) -> None:
    context = careless()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with open_house(tls=server_tls(*certificate)) as house:
        client = smtplib.SMTP("127.0.0.1", house.port)
        with pytest.raises(OSError, match=r"."):
            client.starttls(context=context)
        client.close()
        deadline = time.monotonic() + 3
        while house.door.connections and time.monotonic() < deadline:
            time.sleep(0.01)
        assert house.door.connections == 0


def test_what_was_sent_in_clear_behind_starttls_is_forgotten(
    certificate: tuple[Path, Path],
) -> None:
    with open_house(tls=server_tls(*certificate)) as house, Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        caller.send(b"STARTTLS\r\nMAIL FROM:<evil@x.example>\r\n")
        assert caller.reply() == "220 2.0.0 ready to start TLS"
        caller.socket = careless().wrap_socket(caller.socket)
        assert caller.ask("MAIL FROM:<a@b.example>").startswith("503 5.5.1 say EHLO")


def test_without_tls_nothing_is_taken_where_tls_is_required(
    certificate: tuple[Path, Path],
) -> None:
    with (
        open_house(tls=server_tls(*certificate), require_tls=True) as house,
        Caller(house.port) as c,
    ):
        c.reply()
        c.ask("EHLO x")
        assert c.ask("MAIL FROM:<a@b.example>") == "530 5.7.0 STARTTLS first"


@pytest.mark.parametrize(
    "path",
    [
        f"<{MAILBOX}>",
        f" <{MAILBOX.upper()}>",
        f'"Sikkermail, Region" <{MAILBOX}>',
        MAILBOX,
        "<@relay.example:sikkermail@region.example>",
        '<"sikkermail"@region.example>',
        "<sikkermail@region.example.>",
    ],
)
def test_a_mailbox_is_known_in_any_spelling(house: House, path: str) -> None:
    with Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        caller.ask("MAIL FROM:<>")
        assert caller.ask(f"RCPT TO:{path}") == "250 2.1.5 recipient ok"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("<nobody@region.example>", "550 5.1.1"),
        ("<sikkermail@other.example>", "550 5.1.1"),
        ("<xsikkermail@region.example>", "550 5.1.1"),
        ("<bounce+forged@region.example>", "550 5.1.1"),
        ("<>", "553 5.1.3"),
        ("<no address>", "553 5.1.3"),
        ("<a@b@c.example>", "553 5.1.3"),
        ("sikkermail", "553 5.1.3"),
        (f"<{'a' * 400}@region.example>", "553 5.1.3"),
        (f"<{MAILBOX}> NOTIFY=NEVER", "555 5.5.4"),
    ],
)
def test_another_address_is_refused_in_the_session(house: House, path: str, answer: str) -> None:
    with Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        caller.ask("MAIL FROM:<a@b.example>")
        assert caller.ask(f"RCPT TO:{path}").startswith(answer)
        assert caller.ask("DATA").startswith("503 5.5.1")


def test_a_tagged_bounce_address_is_accepted_with_a_null_sender(house: House) -> None:
    with smtplib.SMTP("127.0.0.1", house.port) as client:
        client.sendmail("", ["bounce+good7@region.example"], MAIL)
    (delivery,) = house.kept.deliveries
    assert (delivery.mailbox, delivery.envelope_from) == ("", None)
    assert delivery.envelope_to == "bounce+good7@region.example"


def test_a_mail_to_two_mailboxes_is_one_delivery_for_each(house: House) -> None:
    with smtplib.SMTP("127.0.0.1", house.port) as client:
        client.ehlo("x")
        client.mail("a@b.example")
        for recipient in (MAILBOX, "plads@region.example", MAILBOX.lower()):
            client.rcpt(recipient)
        assert client.data(MAIL)[1] == b"2.0.0 kept as m1 m2"
    assert [one.mailbox for one in house.kept.deliveries] == [MAILBOX, "plads@region.example"]


def test_an_address_in_utf8_is_read(house: House) -> None:
    with Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        assert caller.ask("MAIL FROM:<søren@århus.example> SMTPUTF8").startswith("250")
        assert caller.ask("RCPT TO:<sikkermail@region.example>").startswith("250")
        caller.ask("DATA")
        assert caller.ask("hej\r\n.").startswith("250 2.0.0")
    assert house.kept.deliveries[0].envelope_from == "søren@århus.example"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL FROM:<a@b.example> SIZE=41943041", "552 5.3.4"),
        ("MAIL FROM:<a@b.example> SIZE=41943040", "250 2.1.0"),
        ("MAIL FROM:<a@b.example> SIZE=-1", "501 5.5.4"),
        ("MAIL FROM:<a@b.example> SIZE=" + "9" * 30, "501 5.5.4"),
        ("MAIL FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4"),
        ("MAIL FROM:<a@b.example> RET=FULL", "555 5.5.4"),
        ("MAIL FROM:<a b>", "553 5.1.7"),
        ("MAIL TO:<a@b.example>", "501 5.5.4"),
        ("MAIL", "501 5.5.4"),
        ("RCPT TO:<a@b.example>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("DATA now", "501 5.5.4"),
        ("EHLO", "501 5.5.4"),
        ("STARTTLS", "454 4.7.0"),
        ("AUTH PLAIN x", "502 5.5.1"),
        ("BDAT 10", "502 5.5.1"),
        ("VRFY a", "252 2.5.2"),
        ("HELP", "214 2.0.0"),
        ("NOOP", "250 2.0.0"),
        ("RSET", "250 2.0.0"),
        ("QUIT", "221 2.0.0"),
        ("GET / HTTP/1.1", "500 5.5.2"),
        ("", "500 5.5.2"),
        ("X" * 5000, "500 5.5.2"),
        ("X" * 200_000, "500 5.5.2"),
    ],
)
def test_each_command_is_answered_with_an_enhanced_code(
    house: House, command: str, answer: str
) -> None:
    with Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        assert caller.ask(command).startswith(answer)


def test_a_command_that_is_not_utf8_is_refused_and_the_session_goes_on(house: House) -> None:
    with Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        caller.send(b"MAIL FROM:<\xff@b.example>\r\n\xff\xfe\r\n")
        assert caller.reply().startswith("501")
        assert caller.reply().startswith("500")
        assert caller.ask("NOOP").startswith("250")


def test_pipelined_commands_and_mails_are_answered_in_order(house: House) -> None:
    envelope = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<sikkermail@region.example>\r\nDATA\r\n"
    with Caller(house.port) as caller:
        caller.send(
            b"EHLO x\r\n" + (envelope + b"one\r\n.\r\n") + (envelope + b".\r\n") + b"QUIT\r\n"
        )
        answers = [caller.reply()[:3] for _ in range(11)]
    assert " ".join(answers) == "220 250 250 250 354 250 250 250 354 250 221"
    assert [one.raw for one in house.kept.deliveries] == [b"one\r\n", b""]


def test_a_client_that_closed_its_half_still_gets_its_answer(house: House) -> None:
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(b"body\r\n.\r\n")
        caller.socket.shutdown(socket.SHUT_WR)
        assert caller.reply() == "250 2.0.0 kept as m1"
        assert caller.reply() == "closed"


def test_a_mail_without_its_end_is_not_kept(house: House) -> None:
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(b"body\r\n.\r")
    time.sleep(0.1)
    assert house.kept.deliveries == []


def test_what_the_store_cannot_keep_is_put_off_with_451_and_the_next_goes_through(
    house: House,
) -> None:
    house.kept.failure = OSError(28, "No space left on device")
    with Caller(house.port) as caller:
        caller.start_mail()
        assert caller.ask("body\r\n.").startswith("451 4.3.0 cannot keep the mail now")
        house.kept.failure = None
        caller.ask("MAIL FROM:<a@b.example>")
        caller.ask(f"RCPT TO:<{MAILBOX}>")
        caller.ask("DATA")
        assert caller.ask("body\r\n.").startswith("250 2.0.0")


def test_an_overloaded_intake_is_told_with_421(house: House) -> None:
    house.kept.failure = Overloaded("full")
    with Caller(house.port) as caller:
        caller.start_mail()
        assert caller.ask("body\r\n.").startswith("421 4.3.2")
        assert caller.reply() == "closed"


def test_new_mail_is_put_off_at_once_while_overloaded() -> None:
    with open_house(is_overloaded=lambda: True) as house, Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        assert caller.ask("MAIL FROM:<a@b.example>").startswith("421 4.3.2")
        assert caller.reply() == "closed"


def test_250_is_not_said_before_the_mail_is_kept(house: House) -> None:
    house.kept.gate.clear()
    with Caller(house.port) as caller:
        caller.start_mail()
        caller.send(b"body\r\n.\r\n")
        caller.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            caller.reply()
        house.kept.gate.set()
        caller.socket.settimeout(5)
        assert caller.reply() == "250 2.0.0 kept as m1"


def test_a_mail_on_its_way_is_finished_at_shutdown_and_others_get_421() -> None:
    with open_house() as house, Caller(house.port) as idle, Caller(house.port) as busy:
        idle.reply()
        busy.start_mail()
        house.kept.gate.clear()
        busy.send(b"body\r\n.\r\n")
        time.sleep(0.05)
        closing = house.running.loop.create_task
        house.running.loop.call_soon_threadsafe(closing, house.door.close(grace=5))
        assert idle.reply() == "421 4.3.2 shutting down, come back in a minute"
        house.kept.gate.set()
        assert busy.reply() == "250 2.0.0 kept as m1"
        assert busy.reply().startswith("421 4.3.2")
        assert busy.reply() == "closed"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", house.port))


def test_too_many_connections_from_one_address_are_told_to_come_back() -> None:
    limits = Limits(connections_from_one=2)
    with open_house(limits=limits) as house, Caller(house.port) as one, Caller(house.port) as two:
        assert one.reply().startswith("220 mx.region.example")
        two.reply()
        with Caller(house.port) as three:
            assert three.reply().startswith("421 4.7.0")
            assert three.reply() == "closed"
        one.ask("QUIT")
        time.sleep(0.05)
        with Caller(house.port) as four:
            assert four.reply().startswith("220")


def test_too_many_connections_in_all_are_told_to_come_back() -> None:
    with open_house(limits=Limits(connections=1)) as house, Caller(house.port) as one:
        one.reply()
        with Caller(house.port) as two:
            assert two.reply().startswith("421 4.3.2 too many connections")


def test_recipients_beyond_the_limit_are_put_off_and_the_mail_goes_to_the_others() -> None:
    with open_house(limits=Limits(recipients=1)) as house, Caller(house.port) as caller:
        caller.reply()
        caller.ask("EHLO x")
        caller.ask("MAIL FROM:<a@b.example>")
        assert caller.ask(f"RCPT TO:<{MAILBOX}>").startswith("250")
        assert caller.ask("RCPT TO:<plads@region.example>").startswith("452 4.5.3")
        assert caller.ask(f"RCPT TO:<{MAILBOX}>").startswith("250")
        caller.ask("DATA")
        assert caller.ask("x\r\n.") == "250 2.0.0 kept as m1"


def test_a_client_that_only_errs_or_chatters_is_sent_away() -> None:
    with open_house(limits=Limits(errors=3, commands=6)) as house:
        with Caller(house.port) as caller:
            caller.reply()
            for _ in range(3):
                caller.send(b"NONSENSE\r\n")
                caller.reply()
            assert caller.reply().startswith("421 4.7.0 too many errors")
        with Caller(house.port) as caller:
            caller.reply()
            for _ in range(6):
                caller.ask("NOOP")
            assert caller.reply().startswith("421 4.7.0 too many commands")


def test_a_silent_client_hears_421_and_a_dripping_one_too() -> None:
    with open_house(limits=Limits(idle=0.3)) as house:
        with Caller(house.port) as silent:
            silent.reply()
            assert silent.reply().startswith("421 4.4.2 nothing heard")
        with Caller(house.port) as dripping:
            dripping.reply()
            began = time.monotonic()
            dripping.socket.settimeout(0.1)
            for _ in range(20):
                try:
                    dripping.send(b"E")
                    assert dripping.reply().startswith("421 4.4.2")
                    break
                except TimeoutError:
                    continue
            assert time.monotonic() - began < 1.5


def test_a_mail_may_take_longer_than_the_idle_time_but_not_for_ever() -> None:
    with open_house(limits=Limits(idle=0.3, mail_time=1.0)) as house:
        with Caller(house.port) as slow:
            slow.start_mail()
            for _ in range(5):
                slow.send(b"line\r\n")
                time.sleep(0.12)
            assert slow.ask(".").startswith("250")
        with Caller(house.port) as endless:
            endless.start_mail()
            endless.socket.settimeout(0.1)
            began = time.monotonic()
            answer = ""
            while not answer and time.monotonic() - began < 4:
                endless.send(b"line\r\n")
                try:
                    answer = endless.reply()
                except TimeoutError:
                    continue
            assert answer.startswith("421 4.4.2 the mail took too long")


def test_implicit_tls_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="certificate"), open_house(implicit_tls=True):
        pass
