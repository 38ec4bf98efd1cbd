"""Forms as other people's programs write them, sealed and sent through the whole gateway."""

from __future__ import annotations

import html
import io
import re
import subprocess
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter

from parsers.forms import blank, written
from tests.gateway.rig import CPR, Rig
from tests.gateway.test_every_form import FORMS, REQUEST, attached, entity, mail, send, typed


def as_people_write(rig: Rig) -> dict[str, str]:
    """A request by its labels, as a caseworker fills a table."""
    start = rig.start
    return {
        "Meddelelse": "Anmodning om betalingsaftale eller plads",
        "Jeres reference": "AAK-2026-4711",
        "CPR-nummer": CPR,
        "Borgerens navn": "Prøve Borger",
        "Borgerens adresse": "Prøvevej 1, 8000 Aarhus C",
        "Handlekommune": "Århus Kommune",
        "Sagsbehandler": "S. Behandler",
        "Sagsbehandlers telefon": "89 40 00 00",
        "Tilbud": "granbo",
        "Lovgrundlag": "servicelovens § 107",
        "Varighed": "Midlertidig",
        "Ønsket startdato": f"{start.day}.{start.month}.{start.year}",
        "Beskrivelse af behovet": "Støtte døgnet rundt til struktur, måltider og samvær.",
        "Grundlag for videregivelse": "samtykke",
    }


def outlook(rows: Mapping[str, str]) -> str:
    """Word's table in Outlook: paragraphs and spans in cells, conditional comments, hard spaces."""
    lines = "".join(
        f"<tr style='mso-yfti-irow:{at}'><td style='width:169.4pt;"
        "border:solid windowtext 1.0pt;padding:0cm 5.4pt 0cm 5.4pt'><p class=MsoNormal><b><span"
        "\r\nlang=DA style='mso-bidi-font-size:11.0pt'>"
        f"{html.escape(label)}:<o:p></o:p></span></b></p>"
        "</td><td width=376 valign=top style='width:281.6pt'><p class=MsoNormal><span lang=DA>"
        f"{html.escape(value).replace(' ', '&nbsp;', 1)}<o:p></o:p></span></p></td></tr>\r\n"
        for at, (label, value) in enumerate(rows.items())
    )
    return (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:'
        'word"><head>'
        '<meta name=Generator content="Microsoft Word 15 (filtered medium)"><!--[if gte '
        'mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--><style><!--'
        "\r\n@font-face {font-family:Calibri;}\r\np.MsoNormal {margin:0cm;}\r\n--></style></head>"
        '<body lang=DA link="#0563C1"><div class=WordSection1><p class=MsoNormal>Hej<o:p></o:p></p>'
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p><table class=MsoTableGrid border=1 cellspacing=0 "
        f"cellpadding=0 style='border-collapse:collapse;border:none'>{lines}</table>"
        "<p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        "<p class=MsoNormal>Med venlig hilsen<o:p></o:p></p>"
        "<p class=MsoNormal>S. Behandler<o:p></o:p></p></div></body></html>"
    )


def gmail(rows: Mapping[str, str]) -> str:
    """A table of Google Docs in Gmail: column groups, and each word in styles of its own."""
    style = "font-size:11pt;font-family:Arial,sans-serif;white-space:pre-wrap"
    lines = "".join(
        '<tr style="height:0pt">'
        + "".join(
            '<td style="border:1pt solid rgb(0,0,0);vertical-align:top;padding:5pt"><p dir="ltr" '
            'style="line-height:1.2;margin-top:0pt"><span style="'
            f'{style}">{html.escape(cell)}</span></p></td>'
            for cell in row
        )
        + "</tr>"
        for row in rows.items()
    )
    return (
        '<div dir="ltr">Hej<div><br></div>'
        '<div><span id="gmail-docs-internal-guid-1f"><div dir="ltr" '
        'style="margin-left:0pt" align="left"><table style="border:none;border-collapse:collapse">'
        '<colgroup><col width="200"><col width="400"></colgroup>'
        f"<tbody>{lines}</tbody></table></div>"
        "</span><br></div><div>Venlig hilsen</div>"
        '<span class="gmail_signature_prefix">-- </span><br>'
        '<div dir="ltr" class="gmail_signature"><div dir="ltr">S. Behandler<br>Tilbud: intet</div>'
        "</div></div>"
    )


def thunderbird(rows: Mapping[str, str]) -> str:
    """Thunderbird: source lines that are broken within a cell, a break at its end, and a footer."""
    lines = "".join(
        f'      <tr>\r\n        <td valign="top">{html.escape(label)}<br>\r\n        </td>\r\n'
        f'        <td valign="top">{html.escape(value).replace(" ", chr(13) + chr(10) + " " * 10)}'
        "<br>\r\n        </td>\r\n      </tr>\r\n"
        for label, value in rows.items()
    )
    return (
        '<!DOCTYPE html>\r\n<html>\r\n  <head>\r\n    <meta http-equiv="content-type" '
        'content="text/html; charset=UTF-8">\r\n  </head>\r\n  <body>\r\n    <p>Hej</p>\r\n'
        '    <table width="100%" cellspacing="2" cellpadding="2" border="1">\r\n    <tbody>\r\n'
        f'{lines}    </tbody>\r\n    </table>\r\n    <p><br>\r\n    </p>\r\n    <pre class="'
        'moz-signature" cols="72">-- \r\nS. Behandler\r\nTilbud: intet</pre>'
        "\r\n  </body>\r\n</html>"
    )


def page(rig: Rig, text: str) -> bytes:
    message = mail("Se tabellen.\n")
    message.add_alternative(text, subtype="html", cte="quoted-printable")
    return entity(rig, message)


@pytest.mark.parametrize("program", [outlook, gmail, thunderbird], ids=lambda one: one.__name__)
def test_a_table_in_the_markup_of_a_mail_program_opens_the_case_that_json_opens(
    rig: Rig, program: Callable[[Mapping[str, str]], str]
) -> None:
    known = opened(rig, FORMS["json"](rig.submission("placement_request", None, asked(rig))))

    read = opened(rig, page(rig, program(as_people_write(rig))))

    assert read == known


@pytest.mark.parametrize("program", [outlook, gmail, thunderbird], ids=lambda one: one.__name__)
def test_a_fault_in_a_table_of_a_mail_program_is_told_by_its_label(
    rig: Rig, program: Callable[[Mapping[str, str]], str]
) -> None:
    rows = as_people_write(rig) | {"Ønsket startdato": "snarest", "CPR-nummer": "320165-0001"}

    kept = rig.send(rig.aarhus, page(rig, program(rows)))

    assert rig.judged(kept) == ("refused", "field.invalid")
    refusal = rig.letter("refused")
    told = sorted(one["path"] for one in refusal.evidence["errors"])
    assert told == ["citizen.cpr", "requested_start"]
    assert "»Ønsket startdato«" in refusal.text
    assert "320165" not in refusal.text


def asked(rig: Rig) -> dict[str, Any]:
    """What `as_people_write` says, as machines write it."""
    return rig.need(kind=None, caseworker={"name": "S. Behandler", "phone": "89 40 00 00"})


def opened(rig: Rig, content: bytes | EmailMessage) -> tuple[Any, Any]:
    """What the receipt says was read, and what the case holds of it."""
    sealed = content if isinstance(content, bytes) else entity(rig, content)
    kept = rig.send(rig.aarhus, sealed)
    assert rig.judged(kept) == ("processed", None), rig.letter("refused").evidence["errors"]
    evidence = rig.letter("received", to=rig.aarhus.address).evidence
    assert evidence["case"]["to"] == "ACKNOWLEDGED"
    body = rig.body(evidence["case"]["number"])["data"]
    return evidence["content"]["fields"]["body"], body["request"]


# --- PDF filled by other programs ----------------------------------------------------------------


def values_of(data: bytes) -> dict[str, str]:
    """The fields that a filled form of ours holds."""
    found = PdfReader(io.BytesIO(data)).get_fields() or {}
    values = {name: one.get("/V") for name, one in found.items()}
    return {name: str(value) for name, value in values.items() if value not in (None, "", "/Off")}


def by_pypdf(values: Mapping[str, str], _folder: Path) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(blank(REQUEST, "pdf", "da")))
    for sheet in writer.pages:
        writer.update_page_form_field_values(sheet, dict(values), auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def by_pdftk(values: Mapping[str, str], folder: Path) -> bytes:
    (folder / "blank.pdf").write_bytes(blank(REQUEST, "pdf", "da"))
    fields = "".join(
        f'<field name="{name}"><value>{html.escape(value.removeprefix("/"))}</value></field>'
        for name, value in values.items()
    )
    (folder / "a.xfdf").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><xfdf xmlns="http://ns.adobe.com/xfdf/">'
        f"<fields>{fields}</fields></xfdf>",
        "utf-8",
    )
    line = ["pdftk", "blank.pdf", "fill_form", "a.xfdf", "output", "out.pdf", "need_appearances"]
    subprocess.run(line, cwd=folder, check=True)
    return (folder / "out.pdf").read_bytes()


def file(name: str, data: bytes, media_type: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_content("Hermed anmodning.\n")
    main, _, sub = media_type.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message


@pytest.mark.parametrize("program", [by_pypdf, by_pdftk], ids=lambda one: one.__name__)
def test_a_pdf_that_another_program_filled_opens_the_case_that_json_opens(
    rig: Rig, tmp_path: Path, program: Callable[[Mapping[str, str], Path], bytes]
) -> None:
    fields = rig.submission("placement_request", None, asked(rig) | {"urgent": True})
    known = opened(rig, FORMS["json"](fields))
    values = values_of(written(REQUEST, fields, "pdf", "da"))
    assert values["citizen.cpr"] == CPR

    filled = program(values, tmp_path)

    assert opened(rig, file("anmodning.pdf", filled, "application/pdf")) == known


def test_a_file_inside_a_filled_pdf_is_never_read(rig: Rig) -> None:
    fields = rig.submission("placement_request", None, asked(rig))
    other = fields | {"body": asked(rig) | {"urgent": True}}

    def with_file(data: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pdf.attachments["sagspost.json"] = written(REQUEST, other, "json", "da")
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()

    kept = send(rig, attached("pdf", "application/pdf", "a.pdf", with_file), fields)

    assert rig.judged(kept) == ("processed", None)
    read = rig.letter("received").evidence["content"]["fields"]["body"]
    assert read["urgent"] is False


# --- XML that wants more than to be read ---------------------------------------------------------

HOSTILE = {
    "document type": '<!DOCTYPE submission SYSTEM "http://127.0.0.1:9/a.dtd">',
    "entity": '<!DOCTYPE submission [<!ENTITY x "y">]>',
    "parameter entity": '<!DOCTYPE submission [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
    "style sheet": '<?xml-stylesheet href="http://127.0.0.1:9/a.xsl" type="text/xsl"?>',
}


@pytest.mark.parametrize("added", HOSTILE)
def test_xml_that_refers_to_anything_else_is_refused_and_opens_nothing(
    rig: Rig, added: str
) -> None:
    fields = rig.submission("placement_request", None, asked(rig))

    def hostile(data: bytes) -> bytes:
        return data.replace(b"?>", b"?>" + HOSTILE[added].encode(), 1)

    kept = send(rig, attached("xml", "application/xml", "a.xml", hostile), fields)

    assert rig.judged(kept) == ("refused", "submission.malformed")
    assert "XML" in rig.letter("refused").text
    assert rig.cases() == []


def test_an_inclusion_in_xml_is_an_unknown_field_and_includes_nothing(rig: Rig) -> None:
    fields = rig.submission("placement_request", None, asked(rig))
    included = (
        b'<need><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" '
        b'href="file:///etc/hostname" parse="text"/></need>'
    )

    def including(data: bytes) -> bytes:
        return re.sub(b"<need>.*</need>", included, data, flags=re.DOTALL)

    kept = send(rig, attached("xml", "application/xml", "a.xml", including), fields)

    assert rig.judged(kept)[0] == "refused"
    told = [(one["code"], one["path"]) for one in rig.letter("refused").evidence["errors"]]
    assert set(told) == {("field.unknown", "need.include"), ("field.invalid", "need")}
    assert rig.cases() == []


def test_where_an_xml_file_says_its_schema_is_nothing_is_fetched(rig: Rig) -> None:
    fields = rig.submission("placement_request", None, asked(rig))
    known = opened(rig, FORMS["json"](fields))
    where = (
        b'<submission xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="urn:sagspost:1 http://127.0.0.1:9/a.xsd" '
    )

    def hinting(data: bytes) -> bytes:
        return data.replace(b"<submission ", where, 1)

    other = fields | {"id": "another"}
    assert opened(rig, attached("xml", "application/xml", "a.xml", hinting)(other)) == known


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be"])
def test_json_in_utf_16_is_refused_and_not_left_for_a_person(rig: Rig, codec: str) -> None:
    fields = rig.submission("placement_request", None, asked(rig))

    def saved(data: bytes) -> bytes:
        return data.decode().encode(codec)

    kept = send(rig, attached("json", "application/json", "a.json", saved), fields)

    assert rig.judged(kept) == ("refused", "submission.malformed")
    assert "JSON" in rig.letter("refused").text


def test_a_fault_of_xml_itself_is_told_by_its_line(rig: Rig) -> None:
    fields = rig.submission("placement_request", None, asked(rig))

    def broken(data: bytes) -> bytes:
        return data.replace(b"</citizen>", b"", 1)

    kept = send(rig, attached("xml", "application/xml", "a.xml", broken), fields)

    assert rig.judged(kept) == ("refused", "submission.malformed")
    assert "(linje " in rig.letter("refused").text


# --- two at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize("urgent", [False, True], ids=["the same", "another"])
@pytest.mark.parametrize("words", ["text", "table"])
def test_a_form_in_the_mail_and_one_beside_it_are_refused_whether_they_agree_or_not(
    rig: Rig, words: str, urgent: bool
) -> None:
    fields = rig.submission("placement_request", None, asked(rig))
    other = fields | {"body": asked(rig) | {"urgent": urgent}}
    if words == "text":
        message = typed("utf-8", "quoted-printable")(fields)
    else:
        message = mail("Se tabellen.\n")
        message.add_alternative(outlook(as_people_write(rig)), subtype="html")
    data = written(REQUEST, other, "json", "da")
    message.add_attachment(data, maintype="application", subtype="json", filename="a.json")

    kept = rig.send(rig.aarhus, entity(rig, message))

    assert rig.judged(kept) == ("refused", "submission.several")
    assert rig.cases() == []
    assert rig.letter("refused").codes == ["submission.several"]
