"""Mail that we write by hand is read back by Python's own reader, with no defect."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound import compose
from gateway.outbound.compose import Disposition, Letter, Piece
from parsers.content import read_content
from parsers.mime import read_entity

LETTER = Letter(
    sender="sikkermail@region.example",
    sender_name="Region Midtjylland, Socialområdet",
    recipient="sikkermail@aarhus.example",
    subject="Kvittering: anmodningen er modtaget på Granbo [RM-2026-000123] [Deres ref. AAK-1]",
    date=datetime(2026, 11, 22, 5, 4, 3, tzinfo=UTC),
    message_id="<out-1@gateway.example>",
    in_reply_to="<in-1@aarhus.example>",
    references=("<in-0@aarhus.example>", "<in-1@aarhus.example>"),
)
FIELDS = compose.header_fields(LETTER)
TEXT = st.text(st.characters(codec="utf-8"), max_size=2000)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters='/\\:*?"<>|'), max_size=120)
PIECES = st.lists(
    st.builds(
        Piece,
        name=NAMES,
        media_type=st.sampled_from(["application/pdf", "application/json"]),
        data=st.binary(max_size=500),
    ),
    max_size=4,
)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def assert_clean(message: EmailMessage, raw: bytes) -> None:
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert raw.isascii()
    assert all(len(line) <= 86 for line in raw.split(b"\r\n"))
    for part in message.walk():
        assert not part.defects


@given(TEXT, PIECES)
def test_text_and_attachments_are_read_back(text: str, pieces: list[Piece]) -> None:
    raw = compose.entity(FIELDS, text, pieces, "cipher")
    message = read(raw)
    assert_clean(message, raw)
    first, *rest = message.iter_parts()
    assert first.get_content().splitlines() == "\n".join(text.splitlines()).splitlines()
    assert [part.get_content() for part in rest] == [piece.data for piece in pieces]
    for part, piece in zip(rest, pieces, strict=True):
        assert part.get_content_type() == piece.media_type
        assert (part.get_filename() or "") == compose.headers.one_line(piece.name)


@given(TEXT, PIECES)
def test_our_own_reader_agrees(text: str, pieces: list[Piece]) -> None:
    content = read_content(read_entity(compose.entity(FIELDS, text, pieces, "cipher")))
    assert content.subject == LETTER.subject
    assert [one.data for one in content.attachments] == [piece.data for piece in pieces]


def test_the_header_says_who_what_and_that_a_machine_wrote_it() -> None:
    message = read(compose.whole(FIELDS, b"Content-Type: text/plain\r\n\r\nx\r\n"))
    assert message["Subject"] == LETTER.subject
    assert message["From"].addresses[0].display_name == LETTER.sender_name
    assert message["To"] == LETTER.recipient
    assert message["Message-ID"] == LETTER.message_id
    assert message["In-Reply-To"] == LETTER.in_reply_to
    assert message["References"] == " ".join(LETTER.references)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["MIME-Version"] == "1.0"
    assert message["Date"].datetime == LETTER.date


def test_inside_encryption_the_header_is_protected_and_tells_what_stood_outside() -> None:
    message = read(compose.entity(FIELDS, "Hej", [], "cipher"))
    outer = read(compose.whole(FIELDS, b"\r\n"))
    assert message.get_param("hp") == "cipher"
    told = [value.partition(": ")[::2] for value in message.get_all("HP-Outer")]
    assert [name for name, _ in told] == [name for name in outer if name != "MIME-Version"]
    assert message["Subject"] == outer["Subject"]
    assert dict(told)["To"] == LETTER.recipient


def test_a_mail_that_is_only_signed_protects_its_header_in_clear() -> None:
    message = read(compose.entity(FIELDS, "Hej", [], "clear"))
    assert message.get_param("hp") == "clear"
    assert message["HP-Outer"] is None
    assert message["Subject"] == LETTER.subject


@pytest.mark.parametrize(
    "text", ["From here\n", "a\nFrom there", ".\n..\n", "x" * 3000, "æøå " * 500]
)
def test_lines_that_mail_servers_change_do_not_stand_in_the_mail(text: str) -> None:
    raw = compose.entity(FIELDS, text, [], "cipher")
    body = raw.partition(b"\r\n\r\n")[2]
    assert b"\r\nFrom " not in body
    assert all(line != b"." for line in raw.split(b"\r\n"))
    assert_clean(read(raw), raw)


def test_the_same_letter_is_the_same_bytes() -> None:
    piece = Piece("a.pdf", "application/pdf", b"x")
    assert compose.entity(FIELDS, "Hej", [piece], "cipher") == compose.entity(
        FIELDS, "Hej", [piece], "cipher"
    )


@pytest.mark.parametrize("error", [None, "Feltet CPR-nummer mangler"])
def test_a_receipt_for_machines_is_a_disposition_notification(error: str | None) -> None:
    disposition = Disposition(
        reporting_ua="gateway.example; Sagspost",
        final_recipient="sikkermail@region.example",
        original_message_id="<in-1@aarhus.example>",
        mic="q6GMdA1AfnPo5IZvl3U0nWfuQHt0QMnt7DBo5Rp9Rt4=, sha-256",
        error=error,
    )
    evidence = Piece("evidence.json", "application/vnd.sagspost.evidence+json", b"{}")
    raw = compose.report_entity(FIELDS, "Kvittering", disposition, [evidence], "cipher")
    message = read(raw)
    assert_clean(message, raw)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "disposition-notification"
    people, machines, further = message.iter_parts()
    assert people.get_content().strip() == "Kvittering"
    assert machines.get_content_type() == "message/disposition-notification"
    facts = machines.get_payload()[0]
    outcome = "processed/error" if error else "processed"
    assert facts["Disposition"] == f"automatic-action/MDN-sent-automatically; {outcome}"
    assert facts["Received-content-MIC"] == disposition.mic
    assert facts["Original-Message-ID"] == "<in-1@aarhus.example>"
    assert facts["Final-Recipient"] == "rfc822;sikkermail@region.example"
    assert facts["Error"] == error
    (kept,) = further.iter_parts()
    assert kept.get_filename() == "evidence.json"
    assert kept.get_content() == b"{}"
