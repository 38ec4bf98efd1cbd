"""A request opens the same case in whatever form it is written, and a fault is told in each."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pikepdf
import pytest

from parsers.forms import written
from tests.gateway.rig import MAILBOX, Rig
from workflows.catalogue import catalogue, procedures

REQUEST = next(one for one in catalogue(procedures()) if one.name == "placement_request")
OUTLOOK = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office'><head><style>p.MsoNormal{{margin:0}}"
    "</style></head><body lang=DA><div class=WordSection1><p class=MsoNormal>Hej<o:p></o:p></p>"
    "{table}<p class=MsoNormal>Med venlig hilsen</p><p class=MsoNormal>S. Behandler</p></div>"
    "</body></html>"
)
GMAIL = '<div dir="ltr">Hej<div><br></div>{table}<div><br></div><div>Med venlig hilsen</div></div>'
THUNDERBIRD = (
    '<html><head><meta http-equiv="content-type" content="text/html; charset=UTF-8"></head>'
    "<body><p>Hej</p>{table}<p><br></p><p>Med venlig hilsen</p></body></html>"
)

Fields = Mapping[str, Any]
Make = Callable[[Fields], EmailMessage]


def mail(text: str = "Hermed anmodning.\n\nMed venlig hilsen\nS. Behandler\n") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_content(text)
    return message


def attached(form: str, media_type: str, name: str, change: Any = None) -> Make:
    """The form as a file beside a few words."""

    def make(fields: Fields) -> EmailMessage:
        data = written(REQUEST, fields, form, "da")
        main, _, sub = media_type.partition("/")
        message = mail()
        message.add_attachment(
            change(data) if change else data, maintype=main, subtype=sub, filename=name
        )
        return message

    return make


def pasted(page: str) -> Make:
    """The table as a mail program pastes it, beside plain text that says little."""

    def make(fields: Fields) -> EmailMessage:
        table = written(REQUEST, fields, "table", "da").decode()
        message = mail("Se tabellen.\n")
        message.add_alternative(page.format(table=table), subtype="html")
        return message

    return make


def typed(charset: str, encoding: str) -> Make:
    """Labelled text, in a character set and an encoding."""

    def make(fields: Fields) -> EmailMessage:
        text = written(REQUEST, fields, "text", "da").decode()
        message = EmailMessage(policy=SMTP)
        message.set_content(text, charset=charset, cte=encoding)
        return message

    return make


def flowed(fields: Fields) -> EmailMessage:
    """Labelled text as RFC 3676 lets a mail program break it."""
    text = written(REQUEST, fields, "text", "da").decode()
    lines = []
    for whole in text.splitlines():
        rest = whole.rstrip()
        while len(rest) > 60 and " " in rest[:60]:
            at = rest.rindex(" ", 0, 60) + 1
            lines.append(rest[:at])
            rest = rest[at:]
        lines.append(rest)
    message = EmailMessage(policy=SMTP)
    message.set_content("\n".join(lines) + "\n", charset="utf-8", cte="quoted-printable")
    message.set_param("format", "flowed")
    return message


def by_another_program(data: bytes) -> bytes:
    """Open, and save again as qpdf does: with object streams, and no appearance of ours."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.Root.AcroForm.NeedAppearances = True
        out = io.BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


FORMS: Mapping[str, Make] = {
    "json": attached("json", "application/json", "anmodning.json"),
    "json without its type": attached("json", "application/octet-stream", "anmodning.json"),
    "xml": attached("xml", "application/xml", "anmodning.xml"),
    "xml as text": attached("xml", "text/xml", "anmodning.xml"),
    "pdf": attached("pdf", "application/pdf", "anmodning.pdf"),
    "pdf saved by another program": attached(
        "pdf", "application/octet-stream", "anmodning.pdf", by_another_program
    ),
    "table by outlook": pasted(OUTLOOK),
    "table by gmail": pasted(GMAIL),
    "table by thunderbird": pasted(THUNDERBIRD),
    "text in utf-8": typed("utf-8", "8bit"),
    "text in utf-8, quoted-printable": typed("utf-8", "quoted-printable"),
    "text in latin-1": typed("iso-8859-1", "quoted-printable"),
    "text in windows-1252, base64": typed("windows-1252", "base64"),
    "flowed text": flowed,
}


def entity(rig: Rig, message: EmailMessage) -> bytes:
    for name, value in (("From", rig.aarhus.address), ("To", MAILBOX), ("Subject", "Anmodning")):
        message[name] = value
    del message["MIME-Version"]
    message.set_param("hp", "cipher")
    return message.as_bytes()


def send(rig: Rig, make: Make, fields: Fields) -> str:
    return rig.send(rig.aarhus, entity(rig, make(fields)))


@pytest.fixture
def asked(rig: Rig) -> dict[str, Any]:
    """A request with something of every kind: letters of ours, a date, an amount, yes and no."""
    return rig.request(
        need="Støtte døgnet rundt: måltider, økonomi og samvær, også i weekenden.",
        urgent=True,
        duration="temporary",
        expected_end=rig.start.replace(year=rig.start.year + 1).isoformat(),
    )


@pytest.fixture
def as_json(rig: Rig, asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The case that the request opens as JSON, and what its receipt says was read."""
    send(rig, FORMS["json"], asked)
    receipt = rig.letter("received", to=rig.aarhus.address)
    return rig.body(receipt.evidence["case"]["number"])["data"], receipt.evidence["content"]


@pytest.mark.parametrize("form", FORMS)
def test_a_request_opens_the_same_case_in_every_form(
    rig: Rig, asked: dict[str, Any], as_json: tuple[Any, Any], form: str
) -> None:
    known, content = as_json
    fields = rig.submission("placement_request", None, asked["body"])

    judged = rig.judged(send(rig, FORMS[form], fields))
    assert judged == ("processed", None)
    receipt = rig.letter("received", to=rig.aarhus.address)
    read = receipt.evidence["content"]
    assert read["fields"]["body"] == content["fields"]["body"]
    case = rig.body(receipt.evidence["case"]["number"])["data"]
    assert case["request"] == known["request"]


@pytest.mark.parametrize("form", FORMS)
def test_faults_are_told_back_by_their_labels_in_every_form(
    rig: Rig, asked: dict[str, Any], form: str
) -> None:
    wrong = {
        **asked["body"],
        "citizen": {**asked["body"]["citizen"], "cpr": "320165-0001"},
        "requested_start": "2999-01-01",
        "expected_end": None,
        "legal_basis": "det sædvanlige",
    }

    judged = rig.judged(send(rig, FORMS[form], asked | {"body": wrong}))
    assert judged == ("refused", "field.invalid")
    refusal = rig.letter("refused")
    assert refusal.is_sealed
    assert sorted((e["code"], e["path"]) for e in refusal.evidence["errors"]) == [
        ("field.invalid", "citizen.cpr"),
        ("field.invalid", "legal_basis"),
        ("field.invalid", "requested_start"),
    ]
    for label in ("CPR-nummer", "Lovgrundlag", "Ønsket startdato"):
        assert f"»{label}«" in refusal.text
    assert "320165" not in refusal.text
    assert rig.cases() == []


def two(first: str, second: str, fields: Fields, other: Fields) -> EmailMessage:
    """Two forms in one mail."""
    message = FORMS[first](fields)
    for part in FORMS[second](other).iter_attachments():
        name = f"2-{part.get_filename()}"
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        main, sub = part.get_content_maintype(), part.get_content_subtype()
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


@pytest.mark.parametrize("second", ["xml", "pdf"])
@pytest.mark.parametrize("urgent", [True, False], ids=["the same", "another"])
def test_two_forms_in_one_mail_are_refused_whether_they_agree_or_not(
    rig: Rig, asked: dict[str, Any], second: str, urgent: bool
) -> None:
    other = asked | {"body": {**asked["body"], "urgent": urgent}}

    mail = rig.send(rig.aarhus, entity(rig, two("json", second, asked, other)))
    assert rig.judged(mail) == ("refused", "submission.several")
    assert rig.cases() == []


def test_a_document_type_in_xml_is_refused_and_nothing_is_fetched(
    rig: Rig, asked: dict[str, Any]
) -> None:
    def with_entity(data: bytes) -> bytes:
        return data.replace(
            b"?>", b"?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>", 1
        ).replace("Prøve Borger".encode(), b"&x;")

    mail = send(rig, attached("xml", "application/xml", "a.xml", with_entity), asked)
    assert rig.judged(mail) == ("refused", "submission.malformed")
    assert "XML" in rig.letter("refused").text


def test_a_filled_pdf_that_can_act_is_read_for_its_fields_and_told_as_active(
    rig: Rig, asked: dict[str, Any]
) -> None:
    def with_script(data: bytes) -> bytes:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
            out = io.BytesIO()
            pdf.save(out)
            return out.getvalue()

    mail = send(rig, attached("pdf", "application/pdf", "a.pdf", with_script), asked)
    assert rig.judged(mail) == ("processed", None)
    assert "content.active" in [row["code"] for row in rig.trace(mail)]
    assert "(PDF)" in next(r["words"] for r in rig.trace(mail) if r["code"] == "content.active")
