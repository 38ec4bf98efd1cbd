"""Only the header that a signature covers says who wrote, to whom and about what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import content_of, read_content
from parsers.errors import ParsersError
from parsers.mime import read_entity
from parsers.protection import Protected, read_protected

FIELDS = "From: a@x.example\nTo: b@y.example\nCc: c@z.example\nSubject: Emne\n"


def protected(raw: str) -> Protected:
    return read_protected(read_entity(raw.replace("\n", "\r\n").encode()))


def text_of(raw: str) -> str:
    return content_of(protected(raw)).text


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        (f'{FIELDS}Content-Type: text/plain; hp="clear"\n\nx', "hp-clear"),
        (f'{FIELDS}Content-Type: text/plain; hp="cipher"\n\nx', "hp-cipher"),
        (f'{FIELDS}Content-Type: text/plain; protected-headers="v1"\n\nx', "draft"),
        (f"Content-Type: message/rfc822\n\n{FIELDS}\nx", "wrapped"),
        (f"Content-Type: message/rfc822; forwarded=no\n\n{FIELDS}\nx", "wrapped"),
        (f"Content-Type: message/global; forwarded=no\n\n{FIELDS}\nx", "wrapped"),
    ],
)
def test_each_form_of_protection_is_read(raw: str, form: str) -> None:
    found = protected(raw)
    assert found.form == form
    assert found.from_addresses == ("a@x.example",)
    assert found.recipients == ("b@y.example", "c@z.example")
    assert found.subject == "Emne"


def test_a_forwarded_mail_is_no_header_of_its_forwarder() -> None:
    found = protected(f"Content-Type: message/rfc822; forwarded=yes\n\n{FIELDS}\nx")
    assert (found.form, found.from_addresses, found.subject) == ("bare", None, None)
    assert len(content_of(found).attachments) == 1


def test_a_forwarded_mail_under_rfc_9788_stays_an_attachment() -> None:
    found = protected(
        f'From: a@x.example\nContent-Type: message/rfc822; hp="cipher"\n\n'
        f"{FIELDS.replace('a@x', 'evil@x')}\nx"
    )
    assert found.from_addresses == ("a@x.example",)
    assert content_of(found).text == ""


@pytest.mark.parametrize("value", ["", "Clear;", "signed", "cipher x"])
def test_an_unknown_kind_of_protection_is_none(value: str) -> None:
    assert protected(f'{FIELDS}Content-Type: text/plain; hp="{value}"\n\nx').form == "bare"


def test_a_bare_entity_has_no_subject_but_its_from_counts() -> None:
    found = protected(f"{FIELDS}\nx")
    assert (found.from_addresses, found.subject) == (("a@x.example",), None)


@pytest.mark.parametrize("name", ["From", "Subject"])
def test_a_protected_field_that_stands_twice_does_not_count(name: str) -> None:
    found = protected(f'{name}: a@x.example\n{FIELDS}Content-Type: text/plain; hp="clear"\n\nx')
    assert (found.from_addresses == ()) == (name == "From")
    assert (found.subject is None) == (name == "Subject")


def test_recipients_of_whom_one_is_unclear_are_none() -> None:
    found = protected(
        "To: b@y.example\nCc: Venner: c@z.example;\nContent-Type: text/plain; hp=clear\n\nx"
    )
    assert found.recipients == ()


def test_what_was_left_outside_is_told_by_the_sender() -> None:
    found = protected(
        "From: a@x.example\nHP-Outer: Subject: [...]\nHP-Outer: From: relay@x.example\n"
        'Content-Type: text/plain; hp="cipher"\n\nx'
    )
    assert found.outer_addresses() == ("relay@x.example",)
    assert protected("HP-Outer: From: r@x.example\n\nx").outer_addresses() is None


# --- what repeats the protected header is no text ------------------------------------------------

CIPHER = 'hp="cipher"'
LEGACY = 'hp-legacy-display="1"'


def test_a_legacy_display_in_plain_text_is_skipped() -> None:
    raw = f"Content-Type: text/plain; {CIPHER}; {LEGACY}\n\nSubject: GODKENDT\nTo: b,\n c\n\nhej"
    assert text_of(raw) == "hej"


def test_a_legacy_display_in_html_is_skipped() -> None:
    raw = (
        f"Content-Type: text/html; {CIPHER}; {LEGACY}\n\n<html><body>\n"
        '<div class="header-protection-legacy-display"><pre>Subject: GODKENDT</pre>'
        "<div>x</div></div><p>hej</p></body></html>"
    )
    assert text_of(raw) == "hej"


def test_only_the_first_thing_on_a_page_is_a_legacy_display() -> None:
    display = '<div class="header-protection-legacy-display">to</div>'
    raw = f"Content-Type: text/html; {CIPHER}; {LEGACY}\n\n<p>en</p>{display}"
    assert text_of(raw).split() == ["en", "to"]


def test_a_legacy_display_deeper_down_is_skipped_too() -> None:
    raw = (
        f"Content-Type: multipart/mixed; boundary=m; {CIPHER}\n\n--m\n"
        f"Content-Type: text/plain; {LEGACY}\n\nSubject: x\n\nhej\n--m\n"
        "Content-Type: application/json; name=a.json\n\n{}\n--m--"
    )
    assert text_of(raw) == "hej"


@pytest.mark.parametrize(
    "raw",
    [
        f"Content-Type: text/plain; {LEGACY}\n\nSubject: x\n\nhej",
        f"Content-Type: text/plain; {CIPHER}\n\nSubject: x\n\nhej",
        f"Content-Type: text/plain; {CIPHER}; {LEGACY}\n\nSubject: x\nikke et felt\n\nhej",
    ],
    ids=["not protected", "not marked", "no fields"],
)
def test_what_is_no_legacy_display_is_read(raw: str) -> None:
    assert text_of(raw).startswith("Subject: x")


def draft(kind: str) -> str:
    v1 = 'protected-headers="v1"'
    return (
        f"{FIELDS}Content-Type: multipart/mixed; boundary=m; {v1}\n\n--m\n"
        f"Content-Type: {kind}\nContent-Disposition: inline\n\nSubject: GODKENDT\n"
        "--m\nContent-Type: text/plain\n\nhej\n--m--"
    )


@pytest.mark.parametrize("kind", ["text/plain", "text/rfc822-headers"])
def test_a_legacy_display_of_the_drafts_is_skipped(kind: str) -> None:
    assert text_of(draft(f'{kind}; protected-headers="v1"')) == "hej"


def test_a_first_part_without_the_mark_is_text() -> None:
    assert text_of(draft("text/plain")) == "Subject: GODKENDT\n\nhej"


def test_sealed_parts_inside_are_counted_and_stay_closed() -> None:
    content = content_of(
        protected(
            "Content-Type: multipart/mixed; boundary=m\n\n--m\n\nhej\n--m\n"
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
            "Content-Transfer-Encoding: base64\n\nMAA=\n--m--"
        )
    )
    assert (content.closed, content.text) == (1, "hej")
    (sealed,) = content.attachments
    assert sealed.data == b"0\0"
    # Under its own type, whoever gets it passed on would have it opened by his mail program.
    assert (sealed.name, sealed.media_type) == ("smime.p7m", "application/octet-stream")


PIECES = st.sampled_from(
    [
        b"Content-Type: text/plain; hp=cipher; hp-legacy-display=1\r\n",
        b"Content-Type: multipart/mixed; boundary=m; protected-headers=v1\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html; hp-legacy-display=1\r\n",
        b"From: a@x.example\r\n",
        b"HP-Outer: From: x\r\n",
        b"HP-Outer:\r\n",
        b"Subject: =?utf-8?b?w6Y=?=\r\n",
        b"\r\n",
        b"\r\n--m\r\n",
        b"--m--\r\n",
        b'<div class="header-protection-legacy-display">',
        b"Subject: x\r\n\r\nhej",
        b"\xff\0",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=8), max_size=14).map(b"".join))
def test_any_entity_is_read_or_refused_with_our_own_error(raw: bytes) -> None:
    try:
        entity = read_entity(raw)
        found = read_protected(entity)
        read_content(entity)
    except ParsersError:
        return
    for addresses in (found.from_addresses, found.recipients, found.outer_addresses()):
        assert addresses is None or all("@" in address for address in addresses)
    assert found.subject is None or isinstance(found.subject, str)
