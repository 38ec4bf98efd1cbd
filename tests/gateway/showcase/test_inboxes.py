"""The mail servers that the other side runs in the showcase."""

import asyncio
import smtplib
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from gateway.showcase.inboxes import PERMANENT, TEMPORARY, Behaviour, Inboxes
from gateway.showcase.mailer import Reply, send_many, send_one

MAIL = b"Subject: Hej\r\nMessage-ID: <1@a.example>\r\n\r\n.\r\n..\r\nlinje\r\n"


def _send(inboxes: Inboxes, mail: bytes = MAIL, to: str = "k@a.example") -> Reply:
    return send_one(mail, host=inboxes.host, port=inboxes.port, sender="g@b.example", recipient=to)


def test_a_mail_is_kept_as_it_was_sent_with_its_envelope() -> None:
    with Inboxes() as inboxes:
        assert _send(inboxes).code == 250
        mail = inboxes.wait_for(lambda mail: mail.header("Subject") == "Hej")
    assert mail.raw == MAIL
    assert (mail.envelope_from, mail.envelope_to) == ("g@b.example", "k@a.example")
    assert mail.header("Message-ID") == "<1@a.example>"


def test_a_mailbox_refuses_for_now_and_for_good_as_told() -> None:
    with Inboxes() as inboxes:
        inboxes.behave("busy@a.example", TEMPORARY)
        inboxes.behave("gone@a.example", PERMANENT)
        assert _send(inboxes, to="busy@a.example").code == 450
        assert _send(inboxes, to="gone@a.example").code == 550
        assert _send(inboxes, to="well@a.example").code == 250
        inboxes.behave("busy@a.example")
        assert _send(inboxes, to="busy@a.example").code == 250
        assert [mail.envelope_to for mail in inboxes.arrived] == [
            "well@a.example",
            "busy@a.example",
        ]


def test_a_refusal_after_data_keeps_nothing() -> None:
    with Inboxes() as inboxes:
        inboxes.behave(behaviour=Behaviour(data="451 4.3.0 Disk full"))
        assert _send(inboxes) == Reply(451, "4.3.0 Disk full")
        assert inboxes.arrived == ()


@pytest.mark.parametrize("keep", [True, False])
def test_a_mailbox_hangs_up_before_the_answer_as_told(keep: bool) -> None:
    with Inboxes() as inboxes:
        inboxes.behave(behaviour=Behaviour(hang_up=True, keep=keep))
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
            _send(inboxes)
        assert len(inboxes.arrived) == keep


def test_a_slow_mailbox_takes_its_time() -> None:
    with Inboxes() as inboxes:
        inboxes.behave(behaviour=Behaviour(delay=0.3))
        start = time.monotonic()
        assert _send(inboxes).code == 250
        assert time.monotonic() - start >= 0.3


def test_delivery_status_notifications_are_offered_only_when_told() -> None:
    for dsn in (True, False):
        with Inboxes(dsn=dsn) as inboxes:
            with smtplib.SMTP(inboxes.host, inboxes.port) as client:
                client.ehlo()
                assert client.has_extn("dsn") is dsn
                client.mail("g@b.example", ["RET=HDRS", "ENVID=1"] if dsn else [])
                client.rcpt("k@a.example", ["NOTIFY=SUCCESS,FAILURE"] if dsn else [])
                client.data(MAIL)
            kept = inboxes.wait_to("k@a.example")
        assert kept.mail_parameters == ("RET=HDRS ENVID=1" if dsn else "")
        assert kept.rcpt_parameters == ("NOTIFY=SUCCESS,FAILURE" if dsn else "")


def test_waiting_for_a_mail_that_never_comes_ends() -> None:
    with Inboxes() as inboxes, pytest.raises(TimeoutError):
        inboxes.wait_for(lambda mail: mail.raw == b"?", timeout=0.1)


def test_starttls_is_offered_and_noted(tmp_path: Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            tmp_path / "k.pem",
            "-out",
            tmp_path / "c.pem",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    client = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
    with Inboxes(tls=server) as inboxes:
        reply = send_one(
            MAIL,
            host=inboxes.host,
            port=inboxes.port,
            sender="g@b.example",
            recipient="k@a.example",
            tls=client,
        )
        assert reply.code == 250
        assert inboxes.wait_to("k@a.example").tls


def test_many_mails_go_over_few_connections_each_once() -> None:
    mails = [b"Message-ID: <%d@a.example>\r\n\r\n.x\r\n" % number for number in range(300)]
    with Inboxes() as inboxes:
        sent = asyncio.run(
            send_many(
                mails,
                host=inboxes.host,
                port=inboxes.port,
                sender="a@b.example",
                recipient="k@a.example",
                connections=5,
            )
        )
        kept = {mail.raw for mail in inboxes.arrived}
    assert [each.index for each in sent] == list(range(300))
    assert all(each.code == 250 and each.data_at <= each.answered_at for each in sent)
    assert kept == set(mails)


def test_a_load_keeps_to_its_rate() -> None:
    with Inboxes() as inboxes:
        start = time.monotonic()
        asyncio.run(
            send_many(
                [MAIL] * 21,
                host=inboxes.host,
                port=inboxes.port,
                sender="a@b.example",
                recipient="k@a.example",
                connections=3,
                rate=50,
            )
        )
        assert time.monotonic() - start >= 0.4


def test_a_load_sends_again_what_was_refused_for_now() -> None:
    with Inboxes() as inboxes:
        inboxes.behave(behaviour=TEMPORARY)

        async def recover() -> None:
            await asyncio.sleep(0.15)
            inboxes.behave()

        async def play() -> list[int]:
            sending = send_many(
                [MAIL] * 4,
                host=inboxes.host,
                port=inboxes.port,
                connections=2,
                sender="a@b.example",
                recipient="k@a.example",
            )
            sent, _ = await asyncio.gather(sending, recover())
            return [each.code for each in sent]

        assert asyncio.run(play()) == [250] * 4
        assert len(inboxes.arrived) == 4


@pytest.mark.parametrize("part", [b"", b"Subject: x\r\n\r\nhalf of"])
def test_a_sender_that_goes_before_the_dot_leaves_nothing(part: bytes) -> None:
    with Inboxes() as inboxes:
        with smtplib.SMTP(inboxes.host, inboxes.port) as client:
            client.ehlo()
            client.mail("a@b.example")
            client.rcpt("k@a.example")
            client.docmd("DATA")
            client.send(part)
            client.close()
        send_one(
            MAIL,
            host=inboxes.host,
            port=inboxes.port,
            sender="a@b.example",
            recipient="k@a.example",
        )
        assert [mail.raw for mail in inboxes.arrived] == [MAIL]
