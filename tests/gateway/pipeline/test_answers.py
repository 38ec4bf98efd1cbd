"""Who gets an answer, how often, and who gets none."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest

from gateway.showcase import openssl
from gateway.showcase.letters import Outer
from tests.gateway.rig import CPR, MAILBOX, TLS, Rig

MakeRig = Callable[..., Rig]
MACHINES = {
    "out of office": {"Auto_Submitted": "auto-replied"},
    "generated": {"Auto_Submitted": "auto-generated; owner-email=x@y.example"},
    "bulk": {"Precedence": "bulk"},
    "junk": {"Precedence": "junk"},
    "list": {"List_Id": "<alle.aarhus.example>"},
}


def three_answers_an_hour(text: str) -> str:
    return text + "\n[limits]\nanswers_per_hour = 3\n"


def answers_to_aarhus(rig: Rig) -> list[str]:
    return [sent.kind for sent in rig.outgoing(to=rig.aarhus.address)]


@pytest.mark.parametrize("mark", MACHINES.values(), ids=MACHINES)
def test_a_machine_that_says_nothing_for_us_gets_no_answer(rig: Rig, mark: dict[str, str]) -> None:
    number = rig.acknowledged()
    before = len(rig.outgoing())

    for text in ("Jeg holder ferie.", "HJÆLP", f"Jeg er væk. [{number}]", "GODKENDT?"):
        mail = rig.send(rig.aarhus, text, **mark)
        assert rig.judged(mail) == ("manual", "mail.automatic")
    assert len(rig.outgoing()) == before


def test_a_machine_that_says_so_inside_the_sealing_gets_no_answer(rig: Rig) -> None:
    entity = rig.words("Jeg holder ferie.", rig.aarhus)

    mail = rig.send(rig.aarhus, b"Auto-Submitted: auto-replied\r\n" + entity)

    assert rig.judged(mail) == ("manual", "mail.automatic")
    assert rig.outgoing() == []


@pytest.mark.parametrize("mark", MACHINES.values(), ids=MACHINES)
def test_a_valid_submission_gets_its_receipt_even_from_a_machine(
    rig: Rig, mark: dict[str, str]
) -> None:
    rig.send(rig.aarhus, rig.request(), **mark)

    assert answers_to_aarhus(rig) == ["received"]


REPORT = (
    b"From: sikkermail@aarhus.example\r\nTo: sikkermail@rm.example\r\nSubject: Read: Kvittering\r\n"
    b'Content-Type: multipart/report; report-type=disposition-notification; boundary="m"\r\n\r\n'
    b"--m\r\nContent-Type: text/plain\r\n\r\nYour mail was displayed.\r\n"
    b"--m\r\nContent-Type: message/disposition-notification\r\n\r\n"
    b"Disposition: automatic-action/MDN-sent-automatically; displayed\r\n\r\n--m--\r\n"
)


def test_a_sealed_report_gets_no_answer(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, REPORT)

    assert rig.judged(mail) == ("manual", "mail.automatic")
    assert rig.outgoing() == []


def test_a_plain_report_gets_no_answer_and_causes_no_notice(rig: Rig) -> None:
    mail = rig.deliver(openssl.dress(REPORT, rig.outer(rig.aarhus)), sender=None)
    rig.settle()

    assert rig.judged(mail)[0] == "quarantined"
    assert rig.outgoing() == []


def test_a_null_sender_gets_no_answer_to_words(rig: Rig) -> None:
    for text in ("Hej", "HJÆLP"):
        mail = rig.deliver(rig.seal(rig.aarhus, text), sender=None)
        rig.settle()
        assert rig.judged(mail) == ("manual", "mail.automatic")
    assert rig.outgoing() == []


def test_a_null_sender_with_a_submission_gets_its_receipt(rig: Rig) -> None:
    rig.deliver(rig.seal(rig.aarhus, rig.request()), sender=None)
    rig.settle()

    assert answers_to_aarhus(rig) == ["received"]


def test_our_own_mail_coming_back_gets_no_answer(rig: Rig) -> None:
    rig.acknowledged(facility="solvang")
    ours = rig.outgoing()
    before = len(ours)
    assert {sent.is_sealed for sent in ours} == {True, False}

    for sent in ours:
        mail = rig.deliver(sent.raw, sender=None)
        rig.settle()
        assert rig.judged(mail)[0] == "quarantined"
        forwarded = rig.deliver(sent.raw, sender="sikkermail@aarhus.example", tls=TLS)
        rig.settle()
        assert rig.judged(forwarded)[0] == "quarantined"
    assert len(rig.outgoing()) == before


def test_our_own_mail_sealed_by_a_partner_is_no_submission(rig: Rig) -> None:
    """A mail program that forwards our receipt as it is, sealed by the kommune."""
    number = rig.acknowledged()
    entity = rig.letter("received").entity

    mail = rig.send(rig.aarhus, entity, outer=rig.outer(rig.aarhus))

    assert rig.judged(mail)[0] in {"manual", "quarantined"}
    assert rig.state(number) == "ACKNOWLEDGED"
    assert [event["event"] for event in rig.events(number)][-1] == "notice_accepted"


# --- the notice to a registered address ----------------------------------------------------------


def unsigned(rig: Rig, text: str = "Hej", sender: str = "x@aarhus.example", **extra: str) -> str:
    entity = rig.words(text, rig.aarhus, f"CPR {CPR}").partition(b"\r\n\r\n")
    plain = b"\r\n".join(
        line for line in entity[0].split(b"\r\n") if not line.startswith((b"From:", b"To:"))
    )
    mail = openssl.dress(plain + b"\r\n\r\n" + entity[2], rig.outer(sender, **extra))
    kept = rig.deliver(mail)
    rig.settle()
    return kept


def test_a_mail_in_a_partners_name_causes_one_notice_a_day_without_content(rig: Rig) -> None:
    for _ in range(3):
        assert rig.judged(unsigned(rig, f"Angående {CPR}"))[0] == "quarantined"

    (notice,) = rig.outgoing()
    assert (notice.kind, notice.to) == ("notice", "sikkermail@aarhus.example")
    assert notice.is_sealed
    assert notice.evidence == {}
    assert set(notice.letter.attachments) <= {"smime.p7s"}
    for secret in (CPR, "Angående", "x@aarhus.example"):
        assert secret not in notice.text + notice.letter.subject
    assert notice.header("In-Reply-To") == notice.header("References") == ""

    rig.pass_time(hours=25)
    unsigned(rig)
    assert len(rig.outgoing()) == 2


@pytest.mark.parametrize(
    ("sender", "extra"),
    [
        ("nogen@ukendt.example", {}),
        ("x@aarhus.example", {"Auto_Submitted": "auto-replied"}),
        ("x@aarhus.example", {"List_Id": "<a.b>"}),
        ("x@aarhus.example, y@viborg.example", {}),
        ("sikkermail@rm.example", {}),
    ],
    ids=["unknown domain", "machine", "list", "two addresses", "ourselves"],
)
def test_no_notice_is_sent_for(rig: Rig, sender: str, extra: dict[str, str]) -> None:
    mail = unsigned(rig, sender=sender, **extra)

    assert rig.judged(mail)[0] == "quarantined"
    assert rig.outgoing() == []


# --- how many ------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [True, False])
def test_words_are_answered_so_many_times_an_hour(make_rig: MakeRig, at_once: bool) -> None:
    rig = make_rig(change_settings=three_answers_an_hour)
    mails = [rig.seal(rig.aarhus, f"Spørgsmål {at}") for at in range(5)]
    if at_once:
        rig.deliver(*mails)
        rig.settle()
    else:
        for mail in mails:
            rig.deliver(mail)
            rig.settle()

    assert [rig.judged(f"m{at}")[0] for at in range(1, 6)] == ["manual"] * 5
    assert answers_to_aarhus(rig) == ["manual"] * 3

    rig.send(rig.silkeborg, "Et spørgsmål fra en anden")
    assert len(rig.outgoing(to=rig.silkeborg.address)) == 1
    rig.pass_time(minutes=61)
    rig.send(rig.aarhus, "Endnu et spørgsmål")
    assert answers_to_aarhus(rig) == ["manual"] * 4


def test_submissions_are_answered_beyond_the_cap(make_rig: MakeRig) -> None:
    rig = make_rig(change_settings=three_answers_an_hour)
    for at in range(4):
        rig.send(rig.aarhus, f"Spørgsmål {at}")

    rig.send(rig.aarhus, rig.request())
    rig.send(rig.aarhus, rig.request(facility="findes-ikke"))

    assert answers_to_aarhus(rig) == ["manual"] * 3 + ["received", "refused"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("text", ["Spørgsmål {}", "Vi godkender, hvis {}"])
def test_words_on_a_case_are_capped_and_still_passed_on(
    make_rig: MakeRig, text: str, at_once: bool
) -> None:
    rig = make_rig(change_settings=three_answers_an_hour)
    number, line = rig.drafted()
    before = len(answers_to_aarhus(rig))
    mails = [
        rig.seal(rig.aarhus, text.format(at), subject=f"Spørgsmål [{number}]") for at in range(5)
    ]
    if at_once:
        rig.deliver(*mails)
        rig.settle()
    else:
        for mail in mails:
            rig.deliver(mail)
            rig.settle()

    assert len(rig.outgoing(kind="dialogue", to=rig.granbo.address)) == 5
    assert len(answers_to_aarhus(rig)) - before == 3
    rig.send(rig.aarhus, line)
    assert rig.state(number) == "CONFIRMED"
    assert answers_to_aarhus(rig)[-2:] == ["approved", "confirmed"]


# --- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["HJÆLP", "hjælp", "Hej\n\nHJÆLP\n\nVenlig hilsen\nS. Behandler"])
def test_help_returns_our_certificate_and_blank_forms(rig: Rig, text: str) -> None:
    mail = rig.send(rig.aarhus, text)

    assert rig.judged(mail)[0] == "processed"
    sent = rig.letter("help")
    files = sent.letter.attachments
    assert files["gateway.pem"] == rig.certificate.read_bytes()
    forms = [data.decode() for name, data in files.items() if name.endswith(".txt")]
    assert any("CPR-nummer" in form for form in forms)
    assert json.loads(files["placement_request.json"])["message"] == "placement_request"


def test_help_brings_what_a_person_fills_in_and_says_what_each_file_is(rig: Rig) -> None:
    """The page in a browser for what opens a case, and the PDF form for every message."""
    rig.send(rig.aarhus, "HJÆLP")

    sent = rig.letter("help").letter
    files = sent.attachments
    assert files["placement_request.html"].startswith(b"<!DOCTYPE html>")
    assert "move_out.html" not in files
    for name in [name for name in files if name.endswith(".txt")]:
        assert files[name.replace(".txt", ".pdf")].startswith(b"%PDF-")
    lines = [line for line in sent.text.splitlines() if line.startswith("- ")]
    assert "- Anmodning om plads: placement_request (.html, .pdf, .txt, .json)" in lines
    assert "- Fraflytning: move_out (.pdf, .txt, .json)" in lines
    assert ".html" in lines[0]
    assert ".html" not in lines[-1]


def test_a_mail_program_reads_the_letters_of_a_blank_form(rig: Rig) -> None:
    rig.send(rig.aarhus, "HJÆLP")

    read = message_from_bytes(rig.letter("help").entity, policy=policy.default)
    (form,) = (p for p in read.walk() if p.get_filename() == "placement_request.txt")
    assert "Ønsket startdato" in form.get_content()


def test_help_is_given_to_nobody_who_is_not_authenticated(rig: Rig) -> None:
    unsigned(rig, "HJÆLP", sender="nogen@ukendt.example")

    assert rig.outgoing() == []


def test_answers_are_marked_as_automatic_and_name_what_they_answer(rig: Rig) -> None:
    entity = rig.json(rig.request(), rig.aarhus)
    outer = Outer(rig.aarhus.address, MAILBOX)
    rig.deliver(rig.seal(rig.aarhus, entity, outer=outer))
    rig.settle()

    sent = rig.letter("received")
    assert sent.header("Auto-Submitted").startswith("auto-replied")
    assert sent.header("In-Reply-To") == outer.message_id
    assert outer.message_id in sent.header("References")
    assert sent.header("Subject") == sent.letter.subject
    assert f"[{sent.number}]" in sent.letter.subject
    assert "[Deres ref. AAK-2026-4711]" in sent.letter.subject


def test_the_answer_to_a_person_of_a_facility_goes_where_it_can_be_opened(rig: Rig) -> None:
    """It is sealed to the facility's certificate, which a person of her own does not have."""
    anna = rig.world.authority.facility("Anna Holm", "anna@rm.example", key="p256")
    rig.run(
        "facility", "person", "add", "granbo", "--name", "Anna Holm",
        "--address", anna.address, "--certificate", str(anna.certificate),
    )  # fmt: skip
    number = rig.acknowledged()

    rig.send(anna, rig.submission("agreement_offer", number, rig.terms()))

    receipt = rig.letter("received", number=number, role="sender")
    assert receipt.to == rig.granbo.address
    assert receipt.evidence["sender"]["partner"] == "granbo"
