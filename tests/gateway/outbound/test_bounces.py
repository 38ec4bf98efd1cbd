"""Reports are read as foreign machines write them, and never stop anything."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound.bounces import DeliveryReport, read_reports

POSTFIX = """\
From: MAILER-DAEMON@mx.example
To: bounce+abc.0123456789abcdef@gateway.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you ...
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Queue-ID: 1234
Original-Envelope-Id: out-17
Arrival-Date: Sun, 22 Nov 2026 06:00:00 +0100 (CET)

Final-Recipient: rfc822; granbo@region.example
Original-Recipient: rfc822;granbo@region.example
Action: {action}
Status: {status}
Remote-MTA: dns; mail.region.example
Diagnostic-Code: smtp; 550 5.1.1 <granbo@region.example>: Recipient
    address rejected

--B
Content-Type: text/rfc822-headers

From: gateway@gateway.example
Message-ID: <m-1@gateway.example>

--B--
"""

MDN = """\
Content-Type: multipart/report; report-type=disposition-notification; boundary="B"

--B
Content-Type: text/plain

Vist
--B
Content-Type: message/disposition-notification

Reporting-UA: mail.example; Outlook
Final-Recipient: RFC822;sikkermail@aarhus.example
Original-Message-ID: <m-2@gateway.example>
Disposition: manual-action/MDN-sent-manually; {disposition}
Received-content-MIC: abc=, sha-256

--B--
"""


def wire(text: str, **values: str) -> bytes:
    return text.format(**values).replace("\n", "\r\n").encode()


def only(raw: bytes) -> DeliveryReport:
    (report,) = read_reports(raw)
    return report


def test_a_bounce_names_recipient_reason_and_mail() -> None:
    assert only(wire(POSTFIX, action="failed", status="5.1.1")) == DeliveryReport(
        kind="failed",
        form="dsn",
        recipient="granbo@region.example",
        status="5.1.1",
        diagnostic="550 5.1.1 <granbo@region.example>: Recipient address rejected",
        reporter="mx.example",
        original_message_id="<m-1@gateway.example>",
        envelope_id="out-17",
        at=datetime(2026, 11, 22, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delivered", "delivered"),
        ("FAILED (for good)", "failed"),
        ("delayed", "delayed"),
        ("relayed", "relayed"),
        ("expanded", "relayed"),
    ],
)
def test_each_action_has_its_kind(action: str, kind: str) -> None:
    assert only(wire(POSTFIX, action=action, status="2.0.0")).kind == kind


@pytest.mark.parametrize(
    ("status", "kind"), [("2.1.5", "delivered"), ("4.4.1", "delayed"), ("5.2.2", "failed")]
)
def test_without_a_known_action_the_status_decides(status: str, kind: str) -> None:
    report = only(wire(POSTFIX, action="other", status=status))
    assert (report.kind, report.status) == (kind, status)


def test_without_action_and_status_nothing_is_reported() -> None:
    assert read_reports(wire(POSTFIX, action="", status="")) == ()


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [
        ("displayed", "read"),
        ("processed", "processed"),
        ("processed/error", "failed"),
        ("dispatched", "processed"),
        ("deleted", "failed"),
    ],
)
def test_each_disposition_has_its_kind(disposition: str, kind: str) -> None:
    report = only(wire(MDN, disposition=disposition))
    assert report.kind == kind
    assert report.form == "mdn"
    assert report.original_message_id == "<m-2@gateway.example>"
    assert report.mic == "abc=, sha-256"
    assert report.recipient == "sikkermail@aarhus.example"


def test_a_bounce_that_only_names_who_failed_is_understood() -> None:
    raw = b"X-Failed-Recipients: a@b.example, c@d.example\r\n\r\nThis message was created ...\r\n"
    assert [report.recipient for report in read_reports(raw)] == ["a@b.example", "c@d.example"]


def test_ordinary_mail_reports_nothing() -> None:
    assert read_reports(b"Subject: Hej\r\n\r\nAction: failed\r\nStatus: 5.0.0\r\n") == ()


@given(st.binary(max_size=2000))
def test_no_bytes_stop_the_reader(raw: bytes) -> None:
    assert isinstance(read_reports(raw), tuple)


@given(st.data())
def test_no_damage_to_a_report_stops_the_reader(data: st.DataObject) -> None:
    raw = bytearray(wire(POSTFIX, action="failed", status="5.1.1"))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(read_reports(bytes(raw)), tuple)


def test_a_report_on_very_many_recipients_is_cut() -> None:
    group = "\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\n"
    raw = wire(POSTFIX, action="failed", status="5.1.1").decode()
    raw = raw.replace("\r\n", "\n").replace(
        "\n--B\nContent-Type: text/rfc822", group * 5000 + "\n--B\nContent-Type: text/rfc822"
    )
    assert len(read_reports(raw.encode())) == 50
