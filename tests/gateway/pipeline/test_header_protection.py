"""The header that was signed files a mail and names its sender, in every form it is written in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.showcase import openssl
from gateway.showcase.letters import Outer
from tests.gateway.rig import MAILBOX, Rig

MakeRig = Callable[..., Rig]
ADDRESS = "sikkermail@aarhus.example"


def fields(subject: str, address: str = ADDRESS) -> str:
    return f"From: {address}\r\nTo: {MAILBOX}\r\nSubject: {subject}\r\n"


def in_hp(subject: str, body: str) -> str:
    return f'{fields(subject)}Content-Type: text/plain; charset=utf-8; hp="cipher"\r\n\r\n{body}'


def in_draft(subject: str, body: str) -> str:
    kind = 'text/plain; charset=utf-8; protected-headers="v1"'
    return f"{fields(subject)}Content-Type: {kind}\r\n\r\n{body}"


def in_draft_with_display(subject: str, body: str) -> str:
    v1 = 'protected-headers="v1"'
    return (
        f'{fields(subject)}Content-Type: multipart/mixed; boundary="m"; {v1}\r\n\r\n'
        f"--m\r\nContent-Type: text/plain; {v1}\r\nContent-Disposition: inline\r\n\r\n"
        f"Subject: {subject}\r\n--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{body}\r\n--m--\r\n"
    )


def wrapped(subject: str, body: str) -> str:
    inner = f"{fields(subject)}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    return f"Content-Type: message/rfc822; forwarded=no\r\n\r\n{inner}"


def wrapped_without_a_word(subject: str, body: str) -> str:
    return wrapped(subject, body).replace("; forwarded=no", "")


def displayed(subject: str, body: str) -> str:
    kind = 'text/plain; charset=utf-8; hp="cipher"; hp-legacy-display="1"'
    head = f"{fields(subject)}HP-Outer: Subject: [...]\r\nContent-Type: {kind}\r\n\r\n"
    return f"{head}Subject: {subject}\r\n\r\n{body}"


def displayed_as_page(subject: str, body: str) -> str:
    kind = 'text/html; charset=utf-8; hp="cipher"; hp-legacy-display="1"'
    lines = body.replace("\r\n", "<br>\r\n")
    display = f'<div class="header-protection-legacy-display"><pre>Subject: {subject}</pre></div>'
    head = f"{fields(subject)}Content-Type: {kind}\r\n\r\n"
    return f"{head}<html><body>{display}<p>{lines}</p></body></html>\r\n"


FORMS: dict[str, Callable[[str, str], str]] = {
    "RFC 9788": in_hp,
    "RFC 9788, with legacy display": displayed,
    "RFC 9788, with legacy display as a page": displayed_as_page,
    "the draft": in_draft,
    "the draft, with legacy display": in_draft_with_display,
    "RFC 8551": wrapped,
    "RFC 8551, without a word on it": wrapped_without_a_word,
}


def sealed(rig: Rig, entity: str, outer_subject: str = "...") -> bytes:
    """Signed and sealed by Aarhus; all that is outside is anybody's."""
    outer = Outer("anybody@relay.example", "x@relay.example", subject=outer_subject)
    return rig.encrypted(openssl.sign(entity.encode(), rig.aarhus), outer)


@pytest.mark.parametrize("form", FORMS)
def test_the_signed_subject_names_the_case_and_the_outer_one_does_not(rig: Rig, form: str) -> None:
    first, second = rig.acknowledged(), rig.acknowledged()

    mail = rig.deliver(sealed(rig, FORMS[form](f"Vedr. [{first}]", "Hvornår?\r\n"), f"[{second}]"))
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["case"] == first
    assert rig.message(mail)["from"] == ADDRESS


@pytest.mark.parametrize("form", FORMS)
def test_an_approval_is_read_below_what_repeats_its_header(rig: Rig, form: str) -> None:
    number, line = rig.drafted()

    mail = rig.deliver(sealed(rig, FORMS[form]("SV: Tilbud", f"{line}\r\n\r\nMvh\r\nAarhus\r\n")))
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    assert rig.state(number) == "CONFIRMED"


@pytest.mark.parametrize(
    "form", ["RFC 9788, with legacy display", "the draft, with legacy display"]
)
def test_an_approval_in_what_repeats_the_header_is_none(rig: Rig, form: str) -> None:
    """Only old programs show it, and nobody wrote it into the text."""
    number, line = rig.drafted()

    rig.deliver(sealed(rig, FORMS[form](line, f"Vi vender tilbage om [{number}].\r\n")))
    rig.settle()

    assert rig.state(number) == "DRAFT_SENT"


@pytest.mark.parametrize("form", FORMS)
def test_the_signed_from_is_compared_and_the_outer_one_is_not(rig: Rig, form: str) -> None:
    entity = FORMS[form]("Vedr.", "Hej\r\n").replace(ADDRESS, "borgmester@aarhus.example")
    outer = Outer(ADDRESS, MAILBOX)

    mail = rig.deliver(rig.encrypted(openssl.sign(entity.encode(), rig.aarhus), outer))
    rig.settle()

    assert rig.judged(mail) == ("quarantined", "sender.from")


def test_mail_that_was_signed_to_another_mailbox_of_ours_is_flagged(make_rig: MakeRig) -> None:
    more = '\n[[mailbox]]\naddress = "anden@rm.example"\n'
    rig = make_rig(change_settings=lambda text: text.replace("\n[smtp]", f"{more}\n[smtp]", 1))
    request = rig.request() | {"to": None}
    entity = rig.json(request, rig.aarhus).replace(MAILBOX.encode(), b"anden@rm.example", 1)

    mail = rig.deliver(rig.seal(rig.aarhus, entity))
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    notes = {s["code"] for s in rig.trace(mail) if s["code"].startswith("flag.")}
    assert "flag.to.other_mailbox" in notes
    assert notes == set(rig.letter("received").evidence["sender"]["notes"])
