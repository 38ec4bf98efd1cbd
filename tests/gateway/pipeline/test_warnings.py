"""What is noticed in a submission and refuses nothing: told in the answer, and kept."""

from __future__ import annotations

from typing import Any

from tests.gateway.rig import CPR, Rig, Sent

WITHOUT_MOD11 = "610165-0001"
FORM = """--- Sagspost: placement_request ---
CPR-nummer: 670765-4005
Borgerens navn: Prøve Borger
Handlekommune: Aarhus Kommune
Sagsbehandler: S. Behandler
Yndlingsfarve: blå
Tilbud: granbo
Lovgrundlag: servicelovens § 107
Ønsket startdato: 1. december 2026
Beskrivelse af behovet: Støtte døgnet rundt.
Grundlag for videregivelse: samtykke
--- slut ---
"""


def warned(sent: Sent) -> list[tuple[str, str]]:
    return [(one["code"], one["path"]) for one in sent.evidence.get("warnings", ())]


def receipt(rig: Rig, content: Any) -> tuple[str, Sent]:
    mail = rig.send(rig.aarhus, content)
    assert rig.judged(mail) == ("processed", None)
    return mail, rig.letter("received", to=rig.aarhus.address)


def test_a_number_without_modulus_11_is_accepted_with_a_warning(rig: Rig) -> None:
    citizen = {"cpr": WITHOUT_MOD11, "name": "Prøve Borger"}

    mail, sent = receipt(rig, rig.request(citizen=citizen))

    assert ("cpr.mod11", "citizen.cpr") in warned(sent)
    for warning in sent.evidence["warnings"]:
        assert set(warning) == {"code", "path", "text"}
        assert f"- {warning['text']}" in sent.text
    assert "Bemærk:" in sent.text
    assert {"cpr.mod11", "cpr.substitute"} <= {step["code"] for step in rig.trace(mail)}
    assert WITHOUT_MOD11 not in str(rig.trace(mail))


def test_a_label_that_nobody_knows_is_told_and_does_no_harm(rig: Rig) -> None:
    _, sent = receipt(rig, FORM)

    assert "label.unknown" in [code for code, _ in warned(sent)]
    assert "blå" not in sent.text


def test_a_warning_is_told_once_and_only_to_who_wrote(rig: Rig) -> None:
    receipt(rig, rig.request())
    (number,) = (row["number"] for row in rig.cases())

    rig.offer(number)

    for sent in rig.outgoing(number=number):
        told = sent.kind == "received"
        assert ("Bemærk:" in sent.text) is told, sent
        assert bool(warned(sent)) is told, sent


def test_a_substitute_number_is_labelled_in_the_notice(rig: Rig) -> None:
    number = rig.acknowledged()

    notice = rig.outgoing(number=number, to=rig.granbo.address)[0]

    assert f"Borger: Prøve Borger, {CPR} (erstatningspersonnummer)" in notice.text
