"""A partner changes its certificate by a mail that is sealed with the one before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.showcase import openssl
from gateway.showcase.authority import Identity
from gateway.store import tables as t
from tests.gateway.cli.test_certificates import AARHUS, another, mark
from tests.gateway.rig import TLS, Rig


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig(key="p256")


def whole(who: Identity) -> str:
    """The certificate with its chain, as a partner sends it."""
    chain = who.chain.read_text() if who.chain else ""
    return who.certificate.read_text() + chain


def change(rig: Rig, certificate: str | None, **outer: Any) -> dict[str, Any]:
    return rig.submission("certificate_change", None, {"certificate": certificate}, **outer)


def registered(rig: Rig, owner: str = "aarhus") -> list[str]:
    with rig.gateway.store.read() as unit:
        query = select(t.certificates.c.fingerprint).where(t.certificates.c.owner == owner)
        return list(unit.connection.execute(query.order_by(t.certificates.c.id)).scalars())


def test_the_next_certificate_is_registered_receipted_and_told(rig: Rig) -> None:
    new = another(rig.world)
    mail = rig.send(rig.aarhus, change(rig, whole(new)))

    assert rig.judged(mail) == ("processed", None)
    assert registered(rig) == [mark(rig.aarhus), mark(new)]
    rig.readers[AARHUS[2]] = new  # from now on mail to Aarhus is sealed to the new one
    receipt = rig.letter("certificate_changed")
    assert receipt.evidence["kind"] == "certificate_changed"
    assert receipt.evidence["content"]["message"] == "certificate_change"
    assert receipt.evidence["sender"]["certificate_sha256"] == mark(rig.aarhus)
    assert mark(new) in receipt.text
    alert = rig.letter("alert")
    assert alert.to == "betalingsaftaler@rm.example"
    assert mark(new) in alert.text
    with rig.gateway.store.read() as unit:
        j = t.journal.c
        noted = unit.connection.execute(select(j.facts).where(j.what == "certificate_added"))
        assert noted.scalars().all() == [{"partner": "aarhus", "certificate": mark(new)}]


def test_afterwards_both_sign_and_mail_is_sealed_to_the_new_one(rig: Rig) -> None:
    new = another(rig.world)
    rig.send(rig.aarhus, change(rig, whole(new)))

    for sender in (new, rig.aarhus):
        assert rig.judged(rig.send(sender, rig.request())) == ("processed", None)
        raw = rig.letter("received", to=AARHUS[2]).raw
        assert openssl.open_mail(raw, new.key, new.certificate, rig.certificate).entity


@pytest.mark.parametrize("name", ["ny.pem", "ny.cer", "ny.p7b"])
def test_a_person_attaches_the_certificate_to_the_blank_form(rig: Rig, name: str) -> None:
    new = another(rig.world)
    data = whole(new).encode()
    if name.endswith("cer"):
        data = openssl.openssl("x509", "-in", str(new.certificate), "-outform", "DER")
        assert new.chain is not None
    if name.endswith("p7b"):
        assert new.chain is not None
        data = openssl.openssl(
            "crl2pkcs7", "-nocrl", "-certfile", str(new.certificate), "-certfile", str(new.chain),
            "-outform", "DER",
        )  # fmt: skip
    files = {name: data}
    if name.endswith("cer"):
        assert new.chain is not None
        files["udsteder.cer"] = new.chain.read_bytes()
    words = "Hermed vores nye certifikat.\n\n--- Sagspost: Nyt certifikat ---\n--- slut ---\n"
    mail = rig.send(rig.aarhus, rig.words(words, rig.aarhus, attachments=files))

    assert rig.judged(mail) == ("processed", None)
    assert registered(rig)[-1] == mark(new)


def test_the_certificate_may_stand_in_the_text_itself(rig: Rig) -> None:
    new = another(rig.world)
    block = f"Certifikat som tekst (PEM):\n{whole(new)}"
    words = f"--- Sagspost: certificate_change ---\n{block}\n--- slut ---\n"
    mail = rig.send(rig.aarhus, words)

    assert rig.judged(mail) == ("processed", None)
    assert registered(rig)[-1] == mark(new)


def test_a_facility_changes_its_certificate_too(rig: Rig) -> None:
    new = rig.world.authority.facility("Granbo", "granbo@rm.example", key="p256")
    mail = rig.send(rig.granbo, change(rig, whole(new)))

    assert rig.judged(mail) == ("processed", None)
    assert registered(rig, "granbo")[-1] == mark(new)
    assert rig.judged(rig.send(new, "HJÆLP")) == ("processed", "help")


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("viborg's", "certificate.organisation"),
        ("ended", "certificate.unfit"),
        ("stranger's", "certificate.untrusted"),
        ("without chain", "certificate.untrusted"),
        ("for servers", "certificate.unfit"),
        ("none", "field.missing"),
        ("not one", "field.invalid"),
    ],
)
def test_what_cannot_be_trusted_is_refused_in_words(rig: Rig, which: str, code: str) -> None:
    world = rig.world
    texts: dict[str, Callable[[], str | None]] = {
        "viborg's": lambda: whole(rig.viborg),
        "ended": lambda: whole(another(world, validity="expired")),
        "stranger's": lambda: whole(world.stranger.kommune(*AARHUS, key="p256")),
        "without chain": lambda: Path(another(world).certificate).read_text("ascii"),
        "for servers": lambda: whole(another(world, usage="serverAuth")),
        "none": lambda: None,
        "not one": lambda: "certifikat følger",
    }
    mail = rig.send(rig.aarhus, change(rig, texts[which]()))

    assert rig.judged(mail) == ("refused", code)
    assert rig.letter("refused").codes == [code]
    assert registered(rig) == [mark(rig.aarhus)]
    assert not rig.outgoing(kind="alert")


def test_a_pinned_certificate_of_another_is_never_taken_over(rig: Rig, tmp_path: Any) -> None:
    """One that names no organisation says by registration alone whose it is."""
    pinned = rig.world.authority.facility("Odense", "sikkermail@odense.example", key="p256")
    rig.run("partner", "add", "odense", "--name", "Odense Kommune", "--cvr", "35209115",
            "--address", pinned.address, "--certificate", str(pinned.certificate))  # fmt: skip
    mail = rig.send(rig.aarhus, change(rig, whole(pinned)))

    assert rig.judged(mail) == ("refused", "certificate.organisation")


def test_less_than_sealed_changes_nothing(rig: Rig) -> None:
    new = another(rig.world)
    signed = openssl.sign(rig.json(change(rig, whole(new)), rig.aarhus), rig.aarhus)
    mail = rig.deliver(openssl.dress(signed, rig.outer(rig.aarhus)), tls=TLS)
    rig.settle()

    assert rig.judged(mail) == ("quarantined", "sender.assurance")
    assert registered(rig) == [mark(rig.aarhus)]


def test_the_new_certificate_cannot_introduce_itself(rig: Rig) -> None:
    """Signed by a certificate that nobody registered and no anchor vouches for: nobody's mail."""
    new = rig.world.stranger.kommune(*AARHUS, key="p256")
    mail = rig.send(new, change(rig, whole(new)))

    assert rig.judged(mail) == ("quarantined", "keys.certificate.untrusted")
    assert registered(rig) == [mark(rig.aarhus)]


def test_the_same_change_again_has_no_second_effect(rig: Rig) -> None:
    submission = change(rig, whole(another(rig.world)))
    rig.send(rig.aarhus, submission)
    again = rig.send(rig.aarhus, submission, subject="igen")
    assert rig.judged(again)[0] == "duplicate"
    other = submission | {"body": {"certificate": whole(another(rig.world))}}
    assert rig.judged(rig.send(rig.aarhus, other)) == ("refused", "submission.id_reused")
    assert len(registered(rig)) == 2
    assert len(rig.outgoing(kind="alert")) == 1


def test_a_change_for_another_authority_is_refused(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, change(rig, whole(another(rig.world)), to="29190909"))

    assert rig.judged(mail) == ("refused", "addressee.wrong")
    assert registered(rig) == [mark(rig.aarhus)]


def test_mail_that_was_held_goes_out_with_the_change(rig: Rig) -> None:
    rig.acknowledged()
    rig.run("partner", "certificate", "retire", "aarhus", mark(rig.aarhus))
    new = another(rig.world)
    held = rig.send(new, rig.request())
    assert rig.judged(held)[0] == "processed"
    assert rig.letter("received", to=AARHUS[2]).state == "held"
    rig.send(new, change(rig, whole(new)))

    assert rig.letter("received", to=AARHUS[2]).state == "sent"
