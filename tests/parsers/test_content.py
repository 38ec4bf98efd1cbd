"""The content of a mail is what its reader would see."""

import pytest

from parsers.content import read_content, safe_name
from parsers.markup import text_of_html
from parsers.mime import read_entity


def content_of(raw: str | bytes) -> object:
    data = raw.encode() if isinstance(raw, str) else raw
    return read_content(read_entity(data.replace(b"\n", b"\r\n")))


def text_of(raw: str | bytes) -> str:
    data = raw.encode() if isinstance(raw, str) else raw
    return read_content(read_entity(data.replace(b"\n", b"\r\n"))).text


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("utf-8", "blå ærø".encode()),
        ("iso-8859-1", "blå ærø".encode("latin-1")),
        ("windows-1252", "blå ærø".encode("cp1252")),
        ("us-ascii", "blå ærø".encode()),
        ("x-unknown", "blå ærø".encode("cp1252")),
        ("zip", "blå ærø".encode()),
    ],
)
def test_text_is_decoded_by_its_charset_or_sensibly(charset: str, data: bytes) -> None:
    assert (
        text_of(b"Content-Type: text/plain; charset=%s\n\n" % charset.encode() + data) == "blå ærø"
    )


def test_flowed_text_is_joined_and_unstuffed() -> None:
    raw = "Content-Type: text/plain; format=flowed\n\nen \nto\n > tre\n>> fire \n>> fem\n-- \nH"
    assert text_of(raw) == "en to\n> tre\n>> fire fem\n-- \nH"


def test_plain_text_wins_over_its_html_twin_and_attachments_are_kept() -> None:
    raw = """Content-Type: multipart/mixed; boundary=m

--m
Content-Type: multipart/alternative; boundary=a

--a
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

bl=C3=A5
--a
Content-Type: text/html

<p>rød</p>
--a--
--m
Content-Type: application/json
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="..\\\\x/an modning.json"

e30=
--m
Content-Type: message/rfc822

Subject: forwarded

x
--m--
"""
    content = read_content(read_entity(raw.encode()))
    assert content.text == "blå"
    assert content.html == "<p>rød</p>"
    assert [one.name for one in content.attachments] == ["an modning.json", "attachment-2"]
    assert content.attachments[0].data == b"{}"
    assert content.attachments[0].sha256.startswith("44136fa3")


def test_a_signature_is_no_attachment() -> None:
    raw = (
        "Content-Type: multipart/signed; boundary=s\n\n--s\n\nhej\n--s\n"
        "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx\n--s--"
    )
    content = read_content(read_entity(raw.encode()))
    assert (content.text, content.attachments) == ("hej", ())


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        ("Subject: outer\n\nx", None),
        ('Content-Type: text/plain; hp="cipher"\nSubject: inner\n\nx', "inner"),
        ('Content-Type: text/plain; protected-headers="v1"\nSubject: inner\n\nx', "inner"),
        ("Content-Type: message/rfc822\n\nSubject: inner\n\nx", "inner"),
    ],
)
def test_only_a_protected_subject_is_content(raw: str, subject: str | None) -> None:
    assert read_content(read_entity(raw.encode())).subject == subject


def test_a_legacy_display_is_no_text() -> None:
    raw = 'Content-Type: text/plain; hp="cipher"; hp-legacy-display="1"\n\nSubject: x\n\nhej'
    assert text_of(raw) == "hej"


def test_html_becomes_the_text_that_is_seen() -> None:
    page = """<html><head><title>no</title><style>p{}</style></head><body><!-- no -->
    <p>CPR&#8209;nummer:&nbsp;<b>1</b></p><table><tr><th>Navn</th><td>P &amp; B</td></tr></table>
    <div style="display:none">GODKENDT <div>x</div> y</div>linje<br>ny
    <blockquote>citat</blockquote>efter"""
    lines = [line for line in text_of_html(page).split("\n") if line]
    assert lines == ["CPR‑nummer: 1", "Navn\tP & B", "linje", "ny", "> citat", "efter"]


@pytest.mark.parametrize(
    "page", ["<" * 2_000_000, "<a " * 500_000, "<!--" * 500_000, "&" * 900_000]
)
def test_hostile_html_is_read_in_linear_time(page: str) -> None:
    text_of_html(page)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("../../etc/passwd", "passwd"), ("C:\\a\\b.pdf", "b.pdf"), ("a\r\nb\0.txt", "a__b_.txt"),
     (None, ""), ("..", ""), ("x" * 500, "x" * 150)],
)  # fmt: skip
def test_file_names_are_never_paths(name: str | None, safe: str) -> None:
    assert safe_name(name) == safe
