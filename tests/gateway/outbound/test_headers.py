"""What goes into a header comes out of Python's own reader, and nothing else does."""

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.outbound import headers
from gateway.outbound.errors import AddressError

TEXT = st.text(st.characters(codec="utf-8"), max_size=400)


def read(field: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(field + b"\r\n", policy=email.policy.default)


@given(TEXT)
@example("00¡¡¡¡ 0: 0000¡¡𐀀𐀀")
def test_a_subject_is_read_back_as_one_line(text: str) -> None:
    field = headers.text_field("Subject", text)
    message = read(field)
    assert message.keys() == ["Subject"]
    assert str(message["Subject"]) == headers.one_line(text)
    assert not message.defects
    assert all(len(line) <= headers.LINE for line in field.split(b"\r\n"))


def test_a_case_token_can_be_read_in_the_raw_subject() -> None:
    field = headers.text_field("Subject", "Kvittering for modtagelse på Granbo [RM-2026-000123]")
    assert b"[RM-2026-000123]" in field
    assert b"=?utf-8?B?" in field


@pytest.mark.parametrize("text", ["a\r\nBcc: x@y.dk", "a\nBcc: x@y.dk", "a\u2028Bcc: x@y.dk"])
def test_no_subject_can_add_a_field(text: str) -> None:
    assert read(headers.text_field("Subject", text)).keys() == ["Subject"]


@given(TEXT)
def test_a_display_name_is_read_back(text: str) -> None:
    message = read(headers.mailbox_field("From", "sikkermail@region.example", text))
    assert message.keys() == ["From"]
    (mailbox,) = message["From"].addresses
    assert mailbox.addr_spec == "sikkermail@region.example"
    # Python 3.11 puts a space between two encoded words of a phrase; RFC 2047 6.2 does not.
    assert mailbox.display_name.replace(" ", "") == headers.one_line(text).replace(" ", "")


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b\r\nBcc: c@d", "a b@c.dk", "a@b@c.dk", "<a@b.dk>", "a@" + "b" * 300, "å@b.dk"],
)
def test_an_address_that_would_break_the_header_is_refused(address: str) -> None:
    with pytest.raises(AddressError) as refusal:
        headers.mailbox_field("To", address)
    assert str(refusal.value) == "outbound.address"


def test_a_danish_domain_goes_out_in_ascii() -> None:
    assert headers.checked_address("post@rød-kommune.example") == "post@xn--rd-kommune-0cb.example"


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_a_file_name_is_read_back(name: str) -> None:
    field = b"Content-Disposition: attachment" + headers.parameter("filename", name).encode()
    assert all(len(line) <= headers.LINE for line in field.split(b"\r\n"))
    wanted = headers.one_line(name)
    assert (read(field + b"\r\n").get_filename() or "") == wanted


def test_identifiers_that_are_none_are_left_out_and_long_threads_shortened() -> None:
    assert headers.identifiers_field("References", ["junk", "<a b@c>", "<x@y>\r\nBcc: z"]) == b""
    many = [f"<{number}@x.example>" for number in range(100)]
    kept = headers.identifiers_field("References", many).decode()
    assert "<0@x.example>" in kept
    assert "<99@x.example>" in kept
    assert kept.count("<") == 20


def test_a_date_is_in_utc() -> None:
    at = datetime(2026, 11, 22, 5, 4, 3, tzinfo=UTC)
    assert headers.date_field("Date", at) == b"Date: Sun, 22 Nov 2026 05:04:03 +0000\r\n"
