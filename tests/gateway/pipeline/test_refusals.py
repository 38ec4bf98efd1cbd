"""Each code of a refusal, reached by a real mail, and what its evidence says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.showcase import openssl
from tests.gateway.rig import TLS, Rig, Sent


def refusal(rig: Rig, mail: str, to: str | None = None) -> Sent:
    """The refusal of a mail: sealed to its sender, with evidence that OpenSSL has verified."""
    state, reason = rig.judged(mail)
    assert state == "refused", (state, reason)
    sent = rig.letter("refused", to=to or rig.aarhus.address)
    assert sent.is_sealed
    evidence = sent.evidence
    assert evidence["kind"] == "refused"
    assert reason == sent.codes[0]
    assert evidence["sender"]["partner"]
    assert evidence["message"]["sha256"] == rig.message(mail)["sha256"]
    for error in evidence["errors"]:
        assert set(error) == {"code", "path", "text"}
        # Every sentence of the evidence is in the mail that people read.
        assert error["text"] in sent.text
    return sent


def errors(sent: Sent) -> list[tuple[str, str]]:
    return [(error["code"], error["path"]) for error in sent.evidence["errors"]]


def raw_json(rig: Rig, text: str) -> bytes:
    """An entity whose JSON is exactly this text."""
    head = rig.json(rig.request(), rig.aarhus).partition(b"Content-")[0]
    return (
        head.replace(b"\r\n\r\n", b"\r\n")
        + b"Content-Type: application/json\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + text.encode()
        + b"\r\n"
    )


def test_all_errors_are_told_at_once_each_with_its_path(rig: Rig) -> None:
    body = rig.need(
        citizen={"cpr": "310265-4005", "name": "Prøve Borger", "nickname": "P"},
        legal_basis=None,
        disclosure_basis=None,
        requested_start="snarest",
    )

    sent = refusal(rig, rig.send(rig.aarhus, rig.submission("placement_request", None, body)))

    assert sorted(errors(sent)) == [
        ("field.invalid", "citizen.cpr"),
        ("field.invalid", "requested_start"),
        ("field.missing", "disclosure_basis"),
        ("field.missing", "legal_basis"),
        ("field.unknown", "citizen.nickname"),
    ]
    assert "310265" not in sent.text + json.dumps(sent.evidence)
    assert sent.evidence["message"]["submission_id"]
    assert rig.cases() == []


def test_a_duplicate_field_is_refused(rig: Rig) -> None:
    text = json.dumps(rig.request(), ensure_ascii=False)
    twice = text.replace('"facility": "granbo"', '"facility": "granbo", "facility": "solvang"')

    sent = refusal(rig, rig.send(rig.aarhus, raw_json(rig, twice)))

    assert ("field.duplicate", "facility") in errors(sent)


@pytest.mark.parametrize("name", ["id", "message", "sagspost"])
def test_a_submission_without_its_own_fields_is_refused(rig: Rig, name: str) -> None:
    request = rig.request()
    del request[name]

    mail = rig.send(rig.aarhus, request)

    assert ("field.missing", name) in errors(refusal(rig, mail))


def test_an_unknown_message_is_refused(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, rig.submission("placement_wish", None, rig.need()))

    assert errors(refusal(rig, mail)) == [("message.unknown", "message")]


def test_two_submissions_in_one_mail_are_refused(rig: Rig) -> None:
    files = {
        f"{name}.json": json.dumps(rig.request()).encode() for name in ("anmodning", "anmodning-2")
    }
    mail = rig.send(rig.aarhus, rig.words("Se vedhæftede", rig.aarhus, attachments=files))

    assert [code for code, _ in errors(refusal(rig, mail))] == ["submission.several"]
    assert rig.cases() == []


def test_what_is_no_submission_and_has_no_case_is_sorted_by_a_person(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, "Hej, har I plads i næste måned?")

    assert rig.judged(mail) == ("manual", "submission.none")
    sent = rig.letter("manual")
    assert sent.is_sealed
    assert sent.evidence["kind"] == "manual"
    assert sent.evidence["message"]["sha256"] == rig.message(mail)["sha256"]


def withdrawal(rig: Rig, case: str | None) -> dict[str, Any]:
    return rig.submission("request_withdrawal", case, {"reason": "Ikke længere relevant"})


def test_a_case_that_does_not_exist_is_unknown(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, withdrawal(rig, "RM-2026-999999"))

    assert errors(refusal(rig, mail)) == [("case.unknown", "case")]


def test_a_follow_up_that_names_no_case_is_refused(rig: Rig) -> None:
    rig.acknowledged()

    mail = rig.send(rig.aarhus, withdrawal(rig, None))

    assert errors(refusal(rig, mail)) == [("case.unknown", "case")]


@pytest.mark.parametrize("form", ["submission", "reply", "words"])
def test_who_is_no_party_gets_the_answer_of_a_case_that_does_not_exist(rig: Rig, form: str) -> None:
    number, line = rig.drafted()
    written = rig.need()["citizen"]["name"]

    def attempt(case: str) -> str:
        if form == "submission":
            return rig.send(rig.viborg, withdrawal(rig, case))
        if form == "reply":
            return rig.send(rig.viborg, line.replace(number, case))
        return rig.send(rig.viborg, "Hvordan går det?", subject=f"Spørgsmål [{case}]")

    nowhere, elsewhere = attempt("RM-2026-999999"), attempt(number)

    assert rig.judged(nowhere) == rig.judged(elsewhere) == ("refused", "case.unknown")
    one, other = rig.outgoing(kind="refused", to=rig.viborg.address)
    assert one.text == other.text.replace(number, "RM-2026-999999")
    assert one.header("Subject") == other.header("Subject").replace(number, "RM-2026-999999")
    secret = {"id", "issued_at", "message", "sender", "chain"}
    told = [{k: v for k, v in sent.evidence.items() if k not in secret} for sent in (one, other)]
    assert told[0] == told[1]
    assert "DRAFT_SENT" not in json.dumps(other.evidence)
    assert written not in other.text
    assert rig.state(number) == "DRAFT_SENT"
    assert rig.message(elsewhere)["case"] is None


def test_case_and_token_that_contradict_are_refused(rig: Rig) -> None:
    one, other = rig.acknowledged(), rig.acknowledged()

    mail = rig.send(
        rig.aarhus, rig.json(withdrawal(rig, one), rig.aarhus, f"Tilbagetrækning [{other}]")
    )

    assert errors(refusal(rig, mail)) == [("case.contradiction", "case")]
    assert rig.state(one) == rig.state(other) == "ACKNOWLEDGED"


def test_a_reply_whose_subject_names_another_case_is_refused(rig: Rig) -> None:
    other = rig.acknowledged()
    number, line = rig.drafted()

    mail = rig.send(rig.aarhus, line, subject=f"SV: Udkast [{other}]")

    assert errors(refusal(rig, mail)) == [("case.contradiction", "case")]
    assert rig.state(number) == "DRAFT_SENT"


def test_the_outer_subject_never_decides_which_case(rig: Rig) -> None:
    one, other = rig.acknowledged(), rig.acknowledged()
    entity = rig.json(withdrawal(rig, one), rig.aarhus, "Tilbagetrækning")
    signed = openssl.sign(entity, rig.aarhus)
    outer = rig.outer(rig.aarhus)

    sealed = rig.encrypted(signed, type(outer)(outer.sender, outer.recipient, f"Sag [{other}]"))
    mail = rig.deliver(sealed)
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    assert (rig.state(one), rig.state(other)) == ("WITHDRAWN", "ACKNOWLEDGED")


def test_two_tokens_and_no_case_are_a_contradiction(rig: Rig) -> None:
    one, other = rig.acknowledged(), rig.acknowledged()
    entity = rig.json(withdrawal(rig, None), rig.aarhus, f"Sag [{one}] og [{other}]")

    mail = rig.send(rig.aarhus, entity)

    assert errors(refusal(rig, mail)) == [("case.contradiction", "case")]


def approval(rig: Rig, number: str, **changes: Any) -> dict[str, Any]:
    draft = rig.letter("draft", number=number, role="acting").evidence["draft"]
    body = {"version": draft["version"], "digest": draft["digest"], "approver": "L. Leder"}
    return rig.submission("agreement_approval", number, body | changes)


def test_what_does_not_fit_the_state_is_refused(rig: Rig) -> None:
    number = rig.acknowledged()
    body = {"version": 1, "digest": "ab" * 32}

    mail = rig.send(rig.aarhus, rig.submission("agreement_approval", number, body))

    sent = refusal(rig, mail)
    assert sent.codes == ["case.state"]
    assert "ACKNOWLEDGED" not in sent.text  # the state is told in words


def test_a_request_for_a_case_that_exists_does_not_fit(rig: Rig) -> None:
    number = rig.acknowledged()

    mail = rig.send(rig.aarhus, rig.request() | {"case": number})

    assert refusal(rig, mail).codes == ["case.state"]


def test_approving_a_superseded_draft_is_refused_with_the_current_one(rig: Rig) -> None:
    number, _ = rig.drafted()
    old = approval(rig, number)
    rig.offer(number, "1700.00")

    sent = refusal(rig, rig.send(rig.aarhus, old))

    assert sent.codes == ["draft.superseded"]
    current = rig.letter("draft", number=number, role="acting")
    for name, data in current.letter.attachments.items():
        if not name.startswith("evidence"):
            assert sent.letter.attachments[name] == data
    assert any(data.startswith(b"%PDF-") for data in sent.letter.attachments.values())
    assert sent.evidence["draft"] == current.evidence["draft"]
    assert rig.state(number) == "DRAFT_SENT"


def test_an_approval_with_another_digest_is_refused(rig: Rig) -> None:
    number, _ = rig.drafted()

    mail = rig.send(rig.aarhus, approval(rig, number, digest="0" * 64))

    assert errors(refusal(rig, mail)) == [("draft.digest", "digest")]
    assert rig.state(number) == "DRAFT_SENT"


def test_an_approval_without_digest_is_refused(rig: Rig) -> None:
    number, _ = rig.drafted()
    written = approval(rig, number)
    del written["body"]["digest"]

    mail = rig.send(rig.aarhus, written)

    assert errors(refusal(rig, mail)) == [("field.missing", "digest")]


def test_who_may_only_request_cannot_approve(rig: Rig) -> None:
    number, line = rig.drafted(rig.silkeborg, acting_municipality="0740")

    for content in (line, approval(rig, number)):
        sent = refusal(rig, rig.send(rig.silkeborg, content), rig.silkeborg.address)
        assert sent.codes == ["sender.role"]
    assert rig.state(number) == "DRAFT_SENT"


def test_only_a_listed_approver_can_approve(rig: Rig) -> None:
    rig.run("partner", "approver", "add", "aarhus", "Lise Leder")
    number, line = rig.drafted()

    for content in (line, approval(rig, number, approver="S. Behandler")):
        assert refusal(rig, rig.send(rig.aarhus, content)).codes == ["sender.role"]
    mail = rig.send(rig.aarhus, approval(rig, number, approver="Lise Leder"))

    assert rig.judged(mail) == ("processed", None)
    assert rig.state(number) == "CONFIRMED"


def test_an_approval_that_is_only_signed_is_quarantined(rig: Rig) -> None:
    number, line = rig.drafted()
    before = len(rig.outgoing(to=rig.aarhus.address))

    for entity in (
        rig.words(line, rig.aarhus),
        rig.json(approval(rig, number), rig.aarhus),
    ):
        signed = openssl.sign(entity, rig.aarhus)
        mail = rig.deliver(openssl.dress(signed, rig.outer(rig.aarhus)), tls=TLS)
        rig.settle()
        assert rig.judged(mail) == ("quarantined", "sender.assurance")
    assert rig.state(number) == "DRAFT_SENT"
    answers = rig.outgoing(to=rig.aarhus.address)[before:]
    assert [sent.role for sent in answers] == ["notice"]


def test_a_request_for_another_municipality_is_refused(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, rig.request(acting_municipality="0791"))

    assert ("sender.municipality", "acting_municipality") in errors(refusal(rig, mail))


def test_an_unregistered_payer_is_refused(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, rig.request(paying_municipality="0710"))

    assert errors(refusal(rig, mail)) == [("partner.unknown", "paying_municipality")]


def test_an_unknown_facility_is_refused(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, rig.request(facility="findes-ikke"))

    assert errors(refusal(rig, mail)) == [("facility.unknown", "facility")]


@pytest.mark.parametrize("written", ["granboo", "Grnabo", "670765-4005 granboo"])
def test_a_facility_that_is_nearly_a_known_one_is_asked_about(rig: Rig, written: str) -> None:
    mail = rig.send(rig.aarhus, rig.request(facility=written))

    (error,) = refusal(rig, mail).evidence["errors"]
    assert ("Mente I »granbo«?" in error["text"]) == ("670765" not in written)
    assert written not in error["text"]


def test_a_submission_to_another_authority_is_refused(rig: Rig) -> None:
    mail = rig.send(rig.aarhus, rig.request() | {"to": "29190623"})

    assert errors(refusal(rig, mail)) == [("addressee.wrong", "to")]


def test_a_refusal_is_in_the_partners_language(rig: Rig) -> None:
    lund = rig.world.authority.kommune(
        "Lunds kommun", "2120001132", "saker@lund.example", key="p256", layout="sweden"
    )
    rig.readers[lund.address] = lund
    rig.run(
        "partner", "add", "lund", "--name", lund.name, "--cvr", "212000-1132", "--language", "sv",
        "--address", lund.address, "--certificate", str(lund.certificate),
    )  # fmt: skip

    mail = rig.send(lund, rig.request(legal_basis=None))

    sent = refusal(rig, mail, lund.address)
    assert ("field.missing", "legal_basis") in errors(sent)
    assert "fält" in sent.text.casefold() or "saknas" in sent.text.casefold()


def test_a_message_that_a_mailbox_does_not_take_is_out_of_scope(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(
        change_settings=lambda text: text.replace('procedures = ["*"]', "procedures = []")
    )

    mail = rig.send(rig.aarhus, rig.request())

    assert errors(refusal(rig, mail)) == [("out_of_scope", "message")]
    assert rig.cases() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"sagspost": "1", "message": "placement_request", "body": {', "submission.malformed"),
        ('{"sagspost": "1", "body": ' + "[" * 500 + "]" * 500 + "}", "submission.too_large"),
    ],
)
def test_what_is_no_json_or_too_deep_is_refused(rig: Rig, text: str, code: str) -> None:
    mail = rig.send(rig.aarhus, raw_json(rig, text))

    assert [told for told, _ in errors(refusal(rig, mail))] == [code]
    assert rig.cases() == []


def test_every_code_of_a_refusal_has_a_test_that_reaches_it() -> None:
    """Each code that docs/protocol.md lists stands, in quotes, in a test of the gateway."""
    root = Path(__file__).parents[3]
    page = (root / "docs" / "protocol.md").read_text("utf-8")
    listed = page.partition("The codes:")[2].partition("Warnings,")[0]
    codes = set(re.findall(r"`([a-z_0-9]+(?:\.[a-z_0-9]+)?)`", listed))
    tests = "".join(
        file.read_text("utf-8") for file in Path(__file__).parents[1].rglob("test_*.py")
    )

    assert len(codes) == 26
    assert {code for code in codes if f'"{code}"' not in tests} == set()
