"""A signed mail means what it meant, where it was meant, once; and nobody can take its place first.

Whoever receives a signed mail can seal it anew for somebody else (surreptitious forwarding): the
signature stays good. So what has an effect names the case, the version and, by the digest or by
`to`, the authority.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.showcase import openssl
from gateway.showcase.letters import Outer
from tests.attacks.conftest import Scene
from tests.gateway.rig import MAILBOX, TLS, Rig, World

MakeRig = Callable[..., Rig]
OTHER_CVR = "29190941"
OTHERS = "sikkermail@rsyd.example"


@pytest.fixture(scope="module")
def other(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A second gateway, of another region, whose draft has the same number for the same partner."""

    def of_the_other_region(text: str) -> str:
        assert "29190925" in text
        return text.replace("29190925", OTHER_CVR)

    folder = tmp_path_factory.mktemp("other")
    one = Rig(world, folder, key="p256", change_settings=of_the_other_region)
    one.send(one.aarhus, one.request() | {"to": OTHER_CVR})
    (number,) = (row["number"] for row in one.cases())
    yield Scene(one, number, one.offer(number))
    one.close()


def resealed(signed: bytes, scene: Scene) -> bytes:
    """What a dishonest recipient does: decrypt, and encrypt to somebody else."""
    return scene.to_gateway(signed)


def submission(scene: Scene, message: str, body: dict[str, Any], **changes: Any) -> bytes:
    return scene.rig.json(
        scene.rig.submission(message, scene.number, body, **changes), scene.aarhus
    )


def to(entity: bytes, address: str) -> bytes:
    """Another protected To."""
    assert f"To: {MAILBOX}\r\n".encode() in entity
    return entity.replace(f"To: {MAILBOX}\r\n".encode(), f"To: {address}\r\n".encode(), 1)


# --- to another gateway --------------------------------------------------------------------------


def test_an_approval_in_words_means_nothing_at_another_gateway(scene: Scene, other: Scene) -> None:
    assert scene.number == other.number, "the worst case: the numbers are the same"
    signed = openssl.sign(scene.approval(), scene.aarhus)

    mail = other.deliver(resealed(signed, other))

    assert other.rig.judged(mail) == ("refused", "draft.digest")
    other.assert_unmoved()


@pytest.mark.parametrize("answer", ["IKKE GODKENDT", "ÆNDRES", "GODKÄNNS EJ", "CHANGE"])
def test_a_no_in_words_means_nothing_at_another_gateway_either(
    scene: Scene, other: Scene, answer: str
) -> None:
    words = f"{scene.line.replace('GODKENDT', answer)}\r\nPrisen er for høj.\r\n"
    signed = openssl.sign(scene.rig.words(words, scene.aarhus), scene.aarhus)

    mail = other.deliver(resealed(signed, other))

    assert other.rig.judged(mail) == ("refused", "draft.digest")
    other.assert_unmoved()


@pytest.mark.parametrize("with_digest", [True, False])
@pytest.mark.parametrize("with_to", [True, False])
def test_an_approval_as_data_means_nothing_at_another_gateway(
    scene: Scene, other: Scene, with_to: bool, with_digest: bool
) -> None:
    draft = scene.rig.letter("draft", number=scene.number, role="acting").evidence["draft"]
    body = {"version": 1, "approver": "S. Behandler"}
    if with_digest:
        body["digest"] = draft["digest"]
    entity = submission(scene, "agreement_approval", body, to="29190925" if with_to else None)

    mail = other.deliver(resealed(openssl.sign(entity, scene.aarhus), other))

    reason = "addressee.wrong" if with_to else "draft.digest"
    assert other.rig.judged(mail) == ("refused", reason if with_digest else "field.missing")
    other.assert_unmoved()


MOVING: dict[str, dict[str, Any]] = {
    "request_withdrawal": {"reason": "Fortrudt"},
    "agreement_change_request": {"text": "En anden pris"},
    "agreement_rejection": {"reason": "For dyrt"},
}


@pytest.mark.parametrize("message", MOVING)
def test_what_was_signed_to_another_address_moves_nothing_here(scene: Scene, message: str) -> None:
    """Without `to`, the signed To is all that tells: it names the other region."""
    entity = to(submission(scene, message, MOVING[message], to=None), OTHERS)

    mail = scene.deliver(resealed(openssl.sign(entity, scene.aarhus), scene))

    assert scene.rig.judged(mail) == ("refused", "addressee.wrong")
    assert "29190925" in scene.answers()[-1].text, "it is told what to write"
    assert "flag.to.elsewhere" in [step["code"] for step in scene.rig.trace(mail)]
    scene.assert_unmoved()


def test_a_request_that_was_signed_to_another_address_opens_no_case(scene: Scene) -> None:
    request = scene.rig.request() | {"to": None}
    entity = to(scene.rig.json(request, scene.aarhus), OTHERS)

    mail = scene.deliver(resealed(openssl.sign(entity, scene.aarhus), scene))

    assert scene.rig.judged(mail) == ("refused", "addressee.wrong")
    scene.assert_unmoved()


def test_dialogue_that_was_signed_to_another_address_is_flagged(scene: Scene) -> None:
    signed = openssl.sign(to(scene.words("Har I plads?"), OTHERS), scene.aarhus)

    mail = scene.deliver(resealed(signed, scene))

    assert scene.rig.judged(mail) == ("processed", None)
    assert "flag.to.elsewhere" in [step["code"] for step in scene.rig.trace(mail)]
    scene.assert_unmoved()


@pytest.mark.parametrize("form", ["clear", "cipher"])
def test_an_encryption_that_its_signer_did_not_make_is_flagged(scene: Scene, form: str) -> None:
    """RFC 9788: `hp` says whether the signer encrypted; somebody sealed or opened it since."""
    entity = scene.words(f"Har I plads? ({form})").replace(b'hp="cipher"', f'hp="{form}"'.encode())
    signed = openssl.sign(entity, scene.aarhus)
    outer = scene.rig.outer(scene.aarhus)

    mail = scene.deliver(
        resealed(signed, scene) if form == "clear" else openssl.dress(signed, outer)
    )

    assert scene.rig.judged(mail) == ("processed", None)
    codes = [step["code"] for step in scene.rig.trace(mail)]
    assert ("flag.encryption.added" in codes) == (form == "clear")
    assert ("flag.encryption.lost" in codes) == (form == "cipher")


def test_an_approval_that_was_opened_on_its_way_does_not_count(scene: Scene) -> None:
    """Somebody who could decrypt it sends it on in clear: signed, and no longer sealed."""
    signed = openssl.sign(scene.approval(), scene.aarhus)

    mail = scene.deliver(openssl.dress(signed, scene.rig.outer(scene.aarhus)))

    assert scene.rig.judged(mail) == ("quarantined", "sender.assurance")
    scene.assert_unmoved()


def test_a_mail_that_was_signed_long_ago_is_flagged(rig: Rig) -> None:
    number, _ = rig.drafted()
    mail = rig.seal(rig.aarhus, rig.words("Har I plads?", rig.aarhus, f"Sag [{number}]"))
    rig.pass_time(days=20)

    late = rig.deliver(mail)
    rig.work()

    assert "flag.signed.long_ago" in [step["code"] for step in rig.trace(late)]


# --- to another case, another time, another mailbox ----------------------------------------------


def test_an_approval_is_good_once_and_for_its_case_only(rig: Rig) -> None:
    number, line = rig.drafted()
    second, _ = rig.drafted()
    signed = openssl.sign(rig.words(line, rig.aarhus), rig.aarhus)
    rig.deliver(rig.encrypted(signed, rig.outer(rig.aarhus)))
    rig.settle()
    assert rig.state(number) == "CONFIRMED"
    before = rig.events(number)
    about = rig.letter("draft", number=second, role="acting").message_id

    outer = Outer(rig.aarhus.address, MAILBOX, subject=f"[{second}]", in_reply_to=about)
    again = rig.deliver(rig.encrypted(signed, outer, cipher="aes-256-gcm"))
    rig.settle()

    assert rig.judged(again) == ("duplicate", "mail.duplicate")
    assert (rig.events(number), rig.state(second)) == (before, "DRAFT_SENT")


def test_an_approval_that_was_held_back_is_too_late_for_the_next_draft(rig: Rig) -> None:
    number, line = rig.drafted()
    held_back = rig.seal(rig.aarhus, line)
    rig.send(
        rig.aarhus,
        rig.json(
            rig.submission("agreement_change_request", number, {"text": "Lavere pris"}), rig.aarhus
        ),
    )
    rig.offer(number, "9999.00")

    mail = rig.deliver(held_back)
    rig.settle()

    assert rig.judged(mail) == ("refused", "draft.superseded")
    assert rig.state(number) == "DRAFT_SENT"


@pytest.mark.parametrize("answer", ["IKKE GODKENDT", "ÆNDRES"])
def test_a_no_that_was_held_back_is_too_late_for_the_next_draft(rig: Rig, answer: str) -> None:
    number, line = rig.drafted()
    held_back = rig.seal(rig.aarhus, f"{line.replace('GODKENDT', answer)}\r\nFor dyrt.\r\n")
    rig.offer(number, "1500.00")

    mail = rig.deliver(held_back)
    rig.settle()

    assert rig.judged(mail) == ("refused", "draft.superseded")
    assert rig.state(number) == "DRAFT_SENT"


def test_outer_headers_take_signed_words_to_no_other_case(rig: Rig) -> None:
    """The signed Subject names one case; In-Reply-To and the outer Subject name another."""
    first, _ = rig.drafted()
    second, _ = rig.drafted()
    about = rig.letter("draft", number=second, role="acting").message_id
    signed = openssl.sign(rig.words("Hvornår?", rig.aarhus, f"Sag [{first}]"), rig.aarhus)

    outer = Outer(rig.aarhus.address, MAILBOX, subject=f"[{second}]", in_reply_to=about)
    mail = rig.deliver(rig.encrypted(signed, outer))
    rig.settle()

    assert rig.message(mail)["case"] == first


# --- ahead of the real one -----------------------------------------------------------------------


@pytest.mark.parametrize("attacker", ["nobody", "a stranger", "Silkeborg", "the same bytes, cut"])
def test_a_mail_with_a_guessed_message_id_stops_nobody(rig: Rig, attacker: str) -> None:
    """The attacker knows Message-ID and `id` of the mail that Aarhus is about to send."""
    request = rig.request()
    outer = Outer(rig.aarhus.address, MAILBOX, message_id="<guessed@aarhus.example>")
    real = rig.seal(rig.aarhus, request, outer=outer)
    entity = rig.json(request | {"reference": "FALSK"}, rig.silkeborg)
    if attacker == "nobody":
        ahead = openssl.dress(entity, outer)
    elif attacker == "a stranger":
        stranger = rig.world.stranger.kommune(
            "Aarhus Kommune", "55133018", rig.aarhus.address, key="p256"
        )
        ahead = rig.encrypted(openssl.sign(entity, stranger), outer)
    elif attacker == "Silkeborg":
        ahead = rig.encrypted(openssl.sign(entity, rig.silkeborg), outer)
    else:
        ahead = real[: len(real) // 2]

    first = rig.deliver(ahead, tls=TLS)
    rig.settle()
    assert rig.judged(first)[0] in ("quarantined", "refused")
    assert rig.cases() == []
    mail = rig.deliver(real)
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["message_id"] == "<guessed@aarhus.example>"
    assert rig.letter("received").to == rig.aarhus.address


def test_the_real_bytes_sent_ahead_over_a_poorer_way_stop_nobody(rig: Rig) -> None:
    """Caught on the wire and sent ahead without TLS: quarantined, and judged anew when it comes."""
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    raw = openssl.dress(signed, rig.outer(rig.aarhus))

    ahead = rig.deliver(raw)
    rig.settle()
    mail = rig.deliver(raw, tls=TLS)
    rig.settle()

    assert rig.judged(ahead)[0] == "quarantined"
    assert rig.judged(mail) == ("processed", None)
