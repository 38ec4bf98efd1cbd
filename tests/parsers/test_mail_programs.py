"""Mails as other people's programs make them: their charsets, encodings, line breaks and HTML."""

import base64
import quopri
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import read_content
from parsers.markup import text_of_html
from parsers.mime import read_entity
from parsers.submission import NoSubmission, Outcome, Submission, read_submission
from tests.parsers.messages import CATALOGUE, PlacementRequest

LINES = """--- Sagspost: placement_request ---
CPR-nummer: 670765-4005
Borgerens navn: Åse Ægidius Prøve
Adresse: Søndergade 1, 8000 Århus C
Handlekommune: Århus Kommune
Sagsbehandler: Sørine Behandler
Telefon: 89400000
Lovgrundlag: servicelovens § 107, stk. 1
Ønsket start: tirsdag den 1. december 2026
Behov: Støtte døgnet rundt
Haster: nej
--- slut ---
"""


def entity(body: bytes, content_type: str, encoding: str = "8bit") -> bytes:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


def read(raw: bytes) -> Outcome:
    return read_submission(read_content(read_entity(raw)), CATALOGUE, "derived")


def assert_read(raw: bytes, need: str = "Støtte døgnet rundt") -> None:
    outcome = read(raw)
    assert isinstance(outcome, Submission), outcome
    body = outcome.body
    assert isinstance(body, PlacementRequest)
    assert body.citizen.cpr == "670765-4005"
    assert body.citizen.name == "Åse Ægidius Prøve"
    assert body.citizen.address == "Søndergade 1, 8000 Århus C"
    assert body.acting_municipality == "0751"
    assert body.caseworker.name == "Sørine Behandler"
    assert body.legal_basis == "SEL § 107, stk. 1"
    assert body.requested_start == date(2026, 12, 1)
    assert body.need == need
    assert not body.urgent
    assert [one.code for one in outcome.warnings] == ["cpr.substitute"]


CHARSETS = [
    ("utf-8", "utf-8"), ("UTF8", "utf-8"), ("iso-8859-1", "latin-1"),
    ("ISO-8859-15", "iso-8859-15"),
    ("windows-1252", "cp1252"), ("us-ascii", "cp1252"), ("us-ascii", "utf-8"),
    ("x-unknown", "cp1252"), ("macintosh", "mac-roman"), ("iso-8859-1", "cp1252"),
]  # fmt: skip


@pytest.mark.parametrize(("named", "codec"), CHARSETS)
@pytest.mark.parametrize("encoding", ["8bit", "quoted-printable", "base64"])
def test_a_mail_is_read_in_every_charset_and_encoding(
    named: str, codec: str, encoding: str
) -> None:
    data = crlf(LINES).encode(codec)
    if encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    assert_read(entity(data, f'text/plain; charset="{named}"', encoding))


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le"])
def test_utf_16_is_read(codec: str) -> None:
    data = base64.encodebytes(crlf(LINES).encode(codec)).replace(b"\n", b"\r\n")
    named = "utf-16" if codec == "utf-16" else "utf-16le"
    assert_read(entity(data, f"text/plain; charset={named}", "base64"))


def test_a_byte_order_mark_and_bare_line_feeds_do_no_harm() -> None:
    assert_read(entity("\ufeff".encode() + LINES.encode(), "text/plain; charset=utf-8"))


def test_letters_with_separate_accents_are_read() -> None:
    data = unicodedata.normalize("NFD", crlf(LINES)).encode()
    assert_read(entity(data, "text/plain; charset=utf-8"))


def flowed(text: str, width: int, *, delete_space: bool) -> str:
    """Break lines as RFC 3676 has it: at a blank, which stays; or anywhere, with one added."""
    out = []
    for line in text.split("\n"):
        rest = line
        while len(rest) > width:
            at = width if delete_space else rest.rfind(" ", 0, width) + 1
            if at <= 0:
                break
            piece, rest = rest[:at], rest[at:]
            out.append(stuffed(piece + (" " if delete_space else "")))
        out.append(stuffed(rest))
    return "\n".join(out)


def stuffed(line: str) -> str:
    return f" {line}" if line.startswith((" ", ">", "From ")) else line


@pytest.mark.parametrize("width", [20, 33, 72])
@pytest.mark.parametrize("delete_space", [False, True])
def test_flowed_text_is_put_together_again(width: int, delete_space: bool) -> None:
    text = crlf(flowed(LINES, width, delete_space=delete_space))
    parameters = "charset=utf-8; format=flowed" + ("; delsp=yes" if delete_space else "")
    assert_read(entity(text.encode(), f"text/plain; {parameters}"))


def test_flowed_quotes_are_nobodys_submission() -> None:
    quoted = "\n".join(f"> {line}" for line in LINES.split("\n"))
    text = crlf(f"Tak for mailen.\n\nDen 1. dec. 2026 kl. 10.15 skrev S <s@x.example>:\n{quoted}")
    raw = entity(text.encode(), "text/plain; charset=utf-8; format=flowed")
    assert isinstance(read(raw), NoSubmission)


# Outlook with Word as its editor: HTML alone, in windows-1252, quoted-printable.
OUTLOOK = """<html xmlns:v="urn:schemas-microsoft-com:vml"
 xmlns:o="urn:schemas-microsoft-com:office:office"
 xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252">
<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}</style><![endif]-->
<style><!-- p.MsoNormal {margin:0cm; font-family:"Calibri",sans-serif;} --></style>
<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]-->
</head><body lang="DA" link="#0563C1"><div class="WordSection1">
<p class="MsoNormal">Hej Region Midtjylland<o:p></o:p></p>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<table class="MsoNormalTable" border="0"><tr><td style="padding:0cm"><p class="MsoNormal">&nbsp;</p>
<table class="MsoTableGrid" border="1" cellspacing="0"><tbody>%s</tbody></table>
<p class="MsoNormal"><o:p>&nbsp;</o:p></p></td></tr></table>
<!--[if mso]><table><tr><td>CPR-nummer</td><td>010101-0101</td></tr></table><![endif]-->
<![if !supportLists]><span style="mso-list:Ignore">&middot;</span><![endif]>
<p class="MsoNormal">Med venlig hilsen<br>Sørine<o:p></o:p></p></div></body></html>"""
ROW = """<tr style="mso-yfti-irow:0"><td width="201" valign="top" style="border:solid">
<p class="MsoNormal"><b><span lang="DA">%s</span></b><o:p></o:p></p></td>
<td width="402"><p class="MsoNormal"><span>%s</span><o:p></o:p></p></td></tr>"""


def rows(colon: str = "") -> str:
    pairs = [line.split(": ", 1) for line in LINES.split("\n")[1:-2]]
    values = [
        value.replace("-4005", "&#8209;4005")
        .replace(" 107", "&nbsp;107")
        .replace("døg", "d&oslash;&shy;g")
        for _, value in pairs
    ]
    labels = [label.replace(" ", "&nbsp;") + colon for label, _ in pairs]
    return "\n".join(ROW % pair for pair in zip(labels, values, strict=True))


@pytest.mark.parametrize("colon", ["", ":", "&nbsp;:"])
def test_outlooks_html_with_nested_tables_is_read(colon: str) -> None:
    page = OUTLOOK % rows(colon)
    page = page.replace("Hej Region Midtjylland", "Hej Region Midtjylland</p><p>Anmodning om plads")
    data = quopri.encodestring(crlf(page).encode("cp1252")).replace(b"\n", b"\r\n")
    raw = entity(data, 'text/html; charset="Windows-1252"', "quoted-printable")
    outcome = read(raw)
    assert isinstance(outcome, Submission), read_content(read_entity(raw)).text
    assert_read(raw)


# Gmail: both forms, lines of the HTML in div elements of their own.
def test_gmails_two_forms_are_read_once() -> None:
    page = "".join(f"<div>{line or '<br>'}</div>" for line in LINES.split("\n"))
    parts = [
        entity(base64.encodebytes(crlf(LINES).encode()).replace(b"\n", b"\r\n"),
               'text/plain; charset="UTF-8"', "base64"),
        entity(f'<div dir="ltr">{page}</div>'.encode(), 'text/html; charset="UTF-8"'),
    ]  # fmt: skip
    body = b"".join(b"--000b\r\n" + part + b"\r\n" for part in parts) + b"--000b--\r\n"
    assert_read(entity(body, 'multipart/alternative; boundary="000b"'))
    assert_read(parts[1])


# Outlook on the web and its apps: div for each line, entities, quoted mail below a rule.
def test_outlook_on_the_web_is_read_without_what_it_quotes() -> None:
    page = "".join(
        f'<div class="elementToProof">{line or "<br>"}</div>' for line in LINES.split("\n")
    )
    quoted = (
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        '<div id="divRplyFwdMsg"><b>Fra:</b> Region &lt;r@rm.example&gt;<br><b>Sendt:</b> i går<br>'
        f"<b>Emne:</b> Sag</div><div>{page}</div>"
    )
    assert_read(
        entity(f"<html><body>{page}{quoted}</body></html>".encode(), "text/html; charset=utf-8")
    )


# Word's autocorrection: dashes for hyphens, curly quotes, non-breaking blanks.
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---", "—-"),
        ("---", "–––"),
        ("---", "—"),
        ("670765-4005", "670765–4005"),
        ("670765-4005", "670765\u20114005"),
        (": nej", ":\u00a0“Nej”"),
        ("Ønsket start", "Ønsket\u00a0start"),
        ("Sagsbehandler:", "Sags\u00adbehandler\u200b:"),
        ("tirsdag den 1. december", "tirsdag den 1.\u00a0december"),
        ("servicelovens § 107", "servicelovens §\u202f107"),
        ("Århus Kommune", "Århus\u00a0Kom\u00admune"),
    ],
)
def test_what_word_made_of_the_marks_is_read_as_it_was_meant(before: str, after: str) -> None:
    assert before in LINES
    assert_read(entity(crlf(LINES.replace(before, after)).encode(), "text/plain; charset=utf-8"))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\tb"),
        ("<table><tr><td><div>a</div></td>\n<td><p>b</p><p>c</p></td></tr></table>", "a\tb\n\nc"),
        ("<table><tr><td></td><td>b</td></tr></table>", "b"),
        ("<blockquote><table><tr><td><p>a</p></td><td>b</td></tr></table></blockquote>", "> a\tb"),
        ("<p>x</p><table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "x\n\na\nb"),
        ("<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>c</td></tr></table>",
         "a\tb\nc"),
        ("<p>x</p><td>y</td>", "x\ny"),
        ("so&shy;cial&#8203;t&nbsp;x", "socialt x"),
    ],
)  # fmt: skip
def test_cells_of_a_row_stand_in_one_line(page: str, text: str) -> None:
    assert [line for line in text_of_html(page).split("\n") if line.strip("> ")] == [
        line for line in text.split("\n") if line
    ]


TAGS = st.sampled_from(
    ["<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<p>", "</p>", "<br>", "<th>",
     "<blockquote>", "</blockquote>", "<o:p>", "x", "y", "&nbsp;", "<div>"]
)  # fmt: skip


@given(st.lists(TAGS, max_size=40))
def test_any_tables_become_text_and_lose_no_letter(tags: list[str]) -> None:
    text = text_of_html("".join(tags))
    assert [one for one in text if one in "xy"] == [one for one in tags if one in ("x", "y")]


def test_a_page_of_cells_is_read_in_linear_time() -> None:
    page = "<table>" + "<tr><td><p>a</p></td><td><p>b</p></td></tr>" * 50_000 + "<td>" * 50_000
    assert text_of_html(page).count("\t") >= 50_000
