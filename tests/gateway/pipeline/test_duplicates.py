"""The same mail again has no second effect, and gets the same evidence again, newly sealed."""

from __future__ import annotations

import json
from collections.abc import Callable

from gateway.showcase import openssl
from tests.gateway.rig import Rig, Sent

MakeRig = Callable[..., Rig]


def receipts(rig: Rig) -> list[Sent]:
    return rig.outgoing(kind="received", to=rig.aarhus.address)


def proof(sent: Sent) -> tuple[bytes, bytes]:
    """The evidence and its signature, as they are in the mail."""
    attached = sent.letter.attachments
    return attached["evidence.json"], attached["evidence.json.p7s"]


def assert_the_same_again(rig: Rig, mail: str, first: str) -> None:
    assert rig.judged(mail) == ("duplicate", "mail.duplicate")
    assert rig.message(mail)["duplicate_of"] == first
    assert len(rig.cases()) == 1
    one, again = receipts(rig)
    assert proof(one) == proof(again)
    assert one.raw != again.raw
    assert one.message_id != again.message_id


def test_the_same_bytes_again_get_the_same_evidence(rig: Rig) -> None:
    raw = rig.seal(rig.aarhus, rig.request())
    first = rig.deliver(raw)
    rig.settle()

    again = rig.deliver(raw)
    rig.settle()

    assert_the_same_again(rig, again, first)


def test_the_same_signed_content_in_another_wrapping_is_the_same_mail(rig: Rig) -> None:
    entity = rig.json(rig.request(), rig.aarhus)
    first = rig.deliver(rig.seal(rig.aarhus, entity))
    rig.settle()

    signed = openssl.sign(entity, rig.aarhus, detached=False, digest="sha512")
    again = rig.deliver(rig.encrypted(signed, rig.outer(rig.aarhus), cipher="aes-256-gcm"))
    rig.settle()

    assert_the_same_again(rig, again, first)


def test_the_same_words_in_another_wrapping_are_the_same_mail(rig: Rig) -> None:
    number = rig.acknowledged()
    entity = rig.words("Har I plads til en seng?", rig.aarhus, f"Spørgsmål [{number}]")
    rig.send(rig.aarhus, entity)
    passed_on = len(rig.outgoing(kind="dialogue"))

    again = rig.send(rig.aarhus, entity)

    assert rig.judged(again) == ("duplicate", "mail.duplicate")
    assert len(rig.outgoing(kind="dialogue")) == passed_on


def test_the_same_id_with_the_same_content_is_the_same_submission(rig: Rig) -> None:
    request = rig.request()
    first = rig.send(rig.aarhus, rig.json(request, rig.aarhus, "Anmodning"))

    reordered = dict(reversed(request.items()))
    again = rig.send(rig.aarhus, rig.json(reordered, rig.aarhus, "Anmodning, sendt igen"))

    assert_the_same_again(rig, again, first)


def test_the_same_id_with_other_content_is_refused(rig: Rig) -> None:
    request = rig.request()
    rig.send(rig.aarhus, request)

    other = request | {"body": rig.need(need="Noget helt andet.")}
    mail = rig.send(rig.aarhus, other)

    assert rig.judged(mail) == ("refused", "submission.id_reused")
    assert rig.letter("refused").codes == ["submission.id_reused"]
    assert rig.letter("refused").evidence["message"]["submission_id"] == request["id"]
    assert len(rig.cases()) == 1


def test_another_partner_may_use_the_same_id(rig: Rig) -> None:
    request = rig.request()
    rig.send(rig.aarhus, request)

    mail = rig.send(rig.viborg, request | {"body": rig.need(acting_municipality="0791")})

    assert rig.judged(mail) == ("processed", None)
    assert len(rig.cases()) == 2


def test_a_refused_request_may_be_mended_under_its_id(rig: Rig) -> None:
    request = rig.request()
    refused = rig.send(rig.aarhus, request | {"body": rig.need(facility="findes-ikke")})
    assert rig.judged(refused) == ("refused", "facility.unknown")

    mended = rig.send(rig.aarhus, request)

    assert rig.judged(mended) == ("processed", None)


def test_a_refused_mail_again_gets_the_same_refusal(rig: Rig) -> None:
    entity = rig.json(rig.request(facility="findes-ikke"), rig.aarhus)
    rig.send(rig.aarhus, entity)
    rig.send(rig.aarhus, entity)

    one, again = rig.outgoing(kind="refused")
    assert proof(one) == proof(again)


def test_duplicates_are_answered_five_times_an_hour(rig: Rig) -> None:
    raw = rig.seal(rig.aarhus, rig.request())
    rig.deliver(raw)
    rig.settle()

    rig.deliver(*[raw] * 4)
    rig.settle()
    rig.deliver(*[raw] * 4)
    rig.settle()
    assert len(receipts(rig)) == 1 + 5

    rig.pass_time(minutes=61)
    rig.deliver(raw)
    rig.settle()
    assert len(receipts(rig)) == 1 + 5 + 1
    assert len({proof(sent) for sent in receipts(rig)}) == 1


def test_the_request_again_gets_its_receipt_and_not_what_the_case_sent_later(rig: Rig) -> None:
    raw = rig.seal(rig.aarhus, rig.request())
    rig.deliver(raw)
    rig.settle()
    first = receipts(rig)[0]
    number = first.evidence["case"]["number"]
    rig.act(number, "offer", **rig.terms())
    rig.settle()
    drafts = len(rig.outgoing(kind="draft"))

    rig.deliver(raw)
    rig.settle()

    assert proof(receipts(rig)[-1]) == proof(first)
    assert len(receipts(rig)) == 2
    assert len(rig.outgoing(kind="draft")) == drafts


def test_a_bounced_notice_is_told_again_as_corrected(rig: Rig) -> None:
    raw = rig.seal(rig.aarhus, rig.request())
    rig.deliver(raw)
    rig.settle()
    rig.bounce(rig.letter("notice", role="facility"))
    corrected = rig.letter("corrected")

    rig.deliver(raw)
    rig.settle()

    # The latest word on the mail counts: a receipt that was corrected is not sent again.
    assert proof(rig.outgoing(to=rig.aarhus.address)[-1]) == proof(corrected)


def test_two_of_the_same_in_one_batch_open_one_case(rig: Rig) -> None:
    request = rig.request()
    entity = rig.json(request, rig.aarhus)
    raw = rig.seal(rig.aarhus, entity)
    other = rig.json(request, rig.aarhus, "Et andet emne")

    rig.deliver(raw, raw, rig.seal(rig.aarhus, entity), rig.seal(rig.aarhus, other))
    rig.settle()

    assert [rig.judged(f"m{at}")[0] for at in (1, 2, 3, 4)] == ["processed"] + ["duplicate"] * 3
    assert len(rig.cases()) == 1
    assert len({proof(sent) for sent in receipts(rig)}) == 1


def test_two_requests_with_one_id_and_other_content_in_one_batch(rig: Rig) -> None:
    request = rig.request()
    other = request | {"body": rig.need(need="Noget helt andet.")}

    rig.deliver(rig.seal(rig.aarhus, request), rig.seal(rig.aarhus, other))
    rig.settle()

    assert rig.judged("m1") == ("processed", None)
    assert rig.judged("m2") == ("refused", "submission.id_reused")


def test_a_quarantined_mail_sent_again_is_judged_anew(rig: Rig) -> None:
    signer = rig.world.stranger.kommune(
        "Aarhus Kommune", "55133018", rig.aarhus.address, key="p256"
    )
    raw = rig.seal(signer, rig.request())
    first, second = rig.deliver(raw), rig.deliver(raw)
    rig.settle()
    assert rig.judged(first) == rig.judged(second) == ("quarantined", "keys.certificate.untrusted")

    rig.run("anchor", "add", str(rig.world.stranger.anchor))
    third = rig.deliver(raw)
    rig.settle()

    assert [rig.judged(mail)[0] for mail in (first, second, third)] == [
        "processed",
        "duplicate",
        "duplicate",
    ]
    assert len(rig.cases()) == 1


def test_a_facility_that_writes_again_gets_its_evidence_again(rig: Rig) -> None:
    number = rig.acknowledged()
    offer = rig.json(rig.submission("agreement_offer", number, rig.terms()), rig.granbo)
    rig.send(rig.granbo, offer)
    rig.send(rig.granbo, offer)

    one, again = rig.outgoing(kind="received", to=rig.granbo.address)
    assert proof(one) == proof(again)
    assert len(rig.outgoing(kind="draft")) == 1


def test_the_same_evidence_says_what_it_said(rig: Rig) -> None:
    raw = rig.seal(rig.aarhus, rig.request())
    rig.deliver(raw)
    rig.settle()
    rig.pass_time(days=3)
    rig.deliver(raw)
    rig.settle()

    again = json.loads(proof(receipts(rig)[-1])[0])
    assert again["chain"]["sequence"] == 1
    assert again["case"]["to"] == "ACKNOWLEDGED"
