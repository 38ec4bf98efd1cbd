"""Every kind of S/MIME that OpenSSL makes, and whose mail it then is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.showcase import openssl
from gateway.showcase.authority import Authority, Identity, KeyKind
from tests.gateway.rig import MAILBOX, TLS, Rig, World

MakeRig = Callable[..., Rig]


@pytest.fixture(scope="module")
def signers(world: World) -> dict[str, Identity]:
    """Aarhus Kommune with keys of each kind; any trusted certificate of its CVR is its own."""
    made = {"rsa2048": world.aarhus}
    kinds: tuple[KeyKind, ...] = ("rsa3072", "p256", "p384")
    for kind in kinds:
        made[kind] = certificate_of_aarhus(world.authority, key=kind)
    return made


def certificate_of_aarhus(authority: Authority, **options: Any) -> Identity:
    options = {"key": "p256"} | options
    return authority.kommune("Aarhus Kommune", "55133018", "sikkermail@aarhus.example", **options)


def layers(rig: Rig, mail: str) -> list[tuple[str, bool, str]]:
    """Stage, verdict and words of what was found on the way in."""
    return [
        (step["stage"], step["ok"], step["words"])
        for step in rig.trace(mail)
        if step["stage"] in {"encrypted", "signed", "plain", "tls"}
    ]


def assert_quarantined_in_silence(rig: Rig, mail: str, code: str) -> None:
    """It is kept with its reason, opens no case, and nobody who was not authenticated is told."""
    assert rig.judged(mail) == ("quarantined", code)
    assert rig.message(mail)["assurance"] == "none"
    assert rig.cases() == []
    assert {(sent.kind, sent.role) for sent in rig.outgoing()} <= {("notice", "notice")}


@pytest.mark.parametrize("key", ["rsa3072", "p256"])
@pytest.mark.parametrize("cipher", ["aes128", "aes256", "aes-128-gcm", "aes-256-gcm"])
def test_each_cipher_to_each_kind_of_our_key_is_opened(
    make_rig: MakeRig, key: str, cipher: str
) -> None:
    rig = make_rig(key=key)
    entity = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)

    mail = rig.deliver(rig.encrypted(entity, rig.outer(rig.aarhus), cipher=cipher))
    rig.work()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["assurance"] == "sealed"
    told = layers(rig, mail)
    name = cipher.upper().removeprefix("AES").lstrip("-")[:3]
    mode = "GCM" if "gcm" in cipher else "CBC"
    assert any(
        stage == "encrypted" and ok and f"AES-{name}-{mode}" in words for stage, ok, words in told
    ), told


@pytest.mark.parametrize("detached", [True, False], ids=["detached", "opaque"])
@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "p256", "p384"])
def test_each_kind_of_signature_counts(
    rig: Rig, signers: dict[str, Identity], kind: str, detached: bool
) -> None:
    signer = signers[kind]
    signed = openssl.sign(rig.json(rig.request(), signer), signer, detached=detached)

    mail = rig.deliver(rig.encrypted(signed, rig.outer(signer)))
    rig.work()

    assert rig.judged(mail) == ("processed", None)
    assert (rig.message(mail)["partner"], rig.message(mail)["assurance"]) == ("aarhus", "sealed")
    assert any(stage == "signed" and ok for stage, ok, _ in layers(rig, mail))


@pytest.mark.parametrize(
    ("signing", "sealing"),
    [
        ({"pss": True}, {}),
        ({"keyid": True}, {"keyid": True}),
        ({"digest": "sha512"}, {"oaep": True}),
        ({"digest": "sha384", "detached": False}, {"cipher": "aes192"}),
    ],
    ids=["pss", "key identifiers", "sha512 and oaep", "sha384 and aes192"],
)
def test_less_usual_forms_are_understood(
    rig: Rig, signing: dict[str, Any], sealing: dict[str, Any]
) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus, **signing)

    mail = rig.deliver(rig.encrypted(signed, rig.outer(rig.aarhus), **sealing))
    rig.work()

    assert rig.judged(mail) == ("processed", None)


@pytest.mark.parametrize("layout", ["oces3", "oces2"])
def test_the_organisation_is_read_from_both_layouts_of_oces(rig: Rig, layout: str) -> None:
    signer = certificate_of_aarhus(rig.world.authority, layout=layout)

    mail = rig.deliver(rig.seal(signer, rig.request()))
    rig.work()

    assert rig.message(mail)["partner"] == "aarhus"


# --- who it is from ------------------------------------------------------------------------------


def test_the_sender_is_whom_the_certificate_names_and_not_from(rig: Rig) -> None:
    written_as_aarhus = rig.json(rig.request(), rig.aarhus)

    mail = rig.deliver(rig.seal(rig.silkeborg, written_as_aarhus))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "sender.from")


def test_the_outer_from_is_for_transport_only(rig: Rig) -> None:
    outer = rig.outer("postkasse@relay.example")

    mail = rig.deliver(rig.seal(rig.aarhus, rig.request(), outer=outer))
    rig.work()

    assert rig.judged(mail) == ("processed", None)


def test_the_protected_from_wins_over_a_registered_outer_one(rig: Rig) -> None:
    entity = rig.json(rig.request(), rig.aarhus).replace(
        b"From: sikkermail@aarhus.example", b"From: privat@aarhus.example"
    )

    mail = rig.deliver(rig.seal(rig.aarhus, entity, outer=rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "sender.from")


def test_without_a_protected_from_the_outer_one_counts(rig: Rig) -> None:
    entity = rig.json(rig.request(), rig.aarhus).replace(
        b"From: sikkermail@aarhus.example\r\n", b""
    )

    good = rig.deliver(rig.seal(rig.aarhus, entity, outer=rig.outer(rig.aarhus)))
    other = rig.deliver(rig.seal(rig.aarhus, entity, outer=rig.outer("x@aarhus.example")))
    rig.work()

    assert rig.judged(good) == ("processed", None)
    assert rig.judged(other) == ("quarantined", "sender.from")


@pytest.mark.parametrize(
    "froms",
    [
        b"From: sikkermail@aarhus.example\r\nFrom: borgmester@aarhus.example\r\n",
        b"From: sikkermail@aarhus.example\r\nFrom: Borgmesteren <<x>\r\n",
        b"From: sikkermail@aarhus.example, borgmester@aarhus.example\r\n",
        b"From: Borgmesteren <<x>\r\n",
    ],
    ids=["two fields", "two fields, one unreadable", "two addresses", "one unreadable"],
)
def test_a_from_that_can_be_read_in_two_ways_names_nobody(rig: Rig, froms: bytes) -> None:
    entity = rig.json(rig.request(), rig.aarhus).replace(
        b"From: sikkermail@aarhus.example\r\n", froms
    )

    mail = rig.deliver(rig.seal(rig.aarhus, entity, outer=rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "sender.from")


def test_a_trusted_certificate_of_somebody_unregistered_is_quarantined(rig: Rig) -> None:
    mail = rig.deliver(rig.seal(rig.world.favrskov, rig.request()))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "sender.unknown")


def test_a_mail_from_a_kommune_that_is_registered_afterwards_is_judged_again(rig: Rig) -> None:
    favrskov = rig.world.favrskov
    mail = rig.deliver(rig.seal(favrskov, rig.request(acting_municipality="0710")))
    rig.work()

    rig.run(
        "partner", "add", "favrskov", "--name", favrskov.name, "--cvr", "29189714",
        "--municipality", "0710", "--address", favrskov.address,
        "--certificate", str(favrskov.certificate),
    )  # fmt: skip
    rig.work()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["partner"] == "favrskov"


def test_a_certificate_that_names_another_address_is_flagged(rig: Rig) -> None:
    signer = rig.world.authority.kommune(
        "Aarhus Kommune", "55133018", "anden@aarhus.example", key="p256"
    )

    mail = rig.deliver(rig.seal(signer, rig.json(rig.request(), rig.aarhus)))
    rig.work()

    assert rig.judged(mail) == ("processed", None)
    assert "flag.address.other" in [step["code"] for step in rig.trace(mail)]


# --- whether it can be trusted -------------------------------------------------------------------


@pytest.mark.parametrize("when", ["expired", "not_yet_valid"])
def test_a_certificate_out_of_its_time_is_quarantined(rig: Rig, when: str) -> None:
    signer = certificate_of_aarhus(rig.world.authority, validity=when)

    mail = rig.deliver(rig.seal(signer, rig.request()))
    rig.work()

    assert_quarantined_in_silence(rig, mail, f"keys.certificate.{when}")


def test_a_certificate_for_other_uses_is_quarantined(rig: Rig) -> None:
    signer = certificate_of_aarhus(rig.world.authority, usage="serverAuth")

    mail = rig.deliver(rig.seal(signer, rig.request()))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.certificate.usage")


def test_a_self_signed_certificate_is_quarantined(rig: Rig) -> None:
    signer = certificate_of_aarhus(rig.world.authority, self_signed=True)

    mail = rig.deliver(rig.seal(signer, rig.request()))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.certificate.untrusted")


def test_mail_under_an_unknown_authority_is_processed_when_its_anchor_comes(rig: Rig) -> None:
    signer = certificate_of_aarhus(rig.world.stranger)
    mail = rig.deliver(rig.seal(signer, rig.request()))
    first = rig.clock.now()
    rig.work()
    assert_quarantined_in_silence(rig, mail, "keys.certificate.untrusted")

    rig.pass_time(hours=30)
    rig.run("anchor", "add", str(rig.world.stranger.anchor))
    rig.settle()

    assert rig.judged(mail) == ("processed", None)
    receipt = rig.letter("received").evidence
    # The first 250 is the time of receipt, whenever the mail was understood.
    assert receipt["message"]["received_at"] == first.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len({step["judgement"] for step in rig.trace(mail)} - {None}) == 2


def test_a_revoked_certificate_is_quarantined(rig: Rig, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", key="p256", name="Tilbagekaldte")
    good, revoked = certificate_of_aarhus(authority), certificate_of_aarhus(authority)
    authority.revoke(revoked)
    rig.run("anchor", "add", str(authority.anchor), "--crl", str(authority.crl()))

    bad = rig.deliver(rig.seal(revoked, rig.request()))
    rig.work()
    assert_quarantined_in_silence(rig, bad, "keys.certificate.revoked")

    mail = rig.deliver(rig.seal(good, rig.request()))
    rig.settle()
    assert rig.judged(mail) == ("processed", None)
    assert rig.letter("received").evidence["sender"]["revocation"] == "good"


def test_a_stale_list_quarantines_until_a_new_one_comes(rig: Rig, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca", key="p256", name="Forsinkede")
    signer = certificate_of_aarhus(authority)
    rig.run("anchor", "add", str(authority.anchor), "--crl", str(authority.crl(stale=True)))
    mail = rig.deliver(rig.seal(signer, rig.request()))
    rig.work()
    assert_quarantined_in_silence(rig, mail, "keys.certificate.revocation_stale")

    rig.run("anchor", "add", str(authority.anchor), "--crl", str(authority.crl()))
    rig.work()

    assert rig.judged(mail) == ("processed", None)


def test_an_authority_without_a_list_is_accepted_and_flagged(rig: Rig) -> None:
    rig.acknowledged()

    assert rig.letter("received").evidence["sender"]["revocation"] == "unknown"


# --- what was signed and sealed ------------------------------------------------------------------


def test_a_signed_mail_over_tls_is_good_for_a_request(rig: Rig) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)

    mail = rig.deliver(openssl.dress(signed, rig.outer(rig.aarhus)), tls=TLS)
    rig.work()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["assurance"] == "signed"


def test_a_signed_mail_without_tls_is_quarantined(rig: Rig) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)

    mail = rig.deliver(openssl.dress(signed, rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "sender.assurance")


def test_an_encrypted_mail_without_a_signature_is_quarantined(rig: Rig) -> None:
    mail = rig.deliver(rig.encrypted(rig.json(rig.request(), rig.aarhus), rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.signature.missing")


def test_a_plain_mail_is_quarantined(rig: Rig) -> None:
    entity = rig.json(rig.request(), rig.aarhus)

    mail = rig.deliver(openssl.dress(entity, rig.outer(rig.aarhus)), tls=TLS)
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.signature.missing")


@pytest.mark.parametrize("detached", [True, False], ids=["detached", "opaque"])
def test_a_signature_around_the_ciphertext_only_does_not_count(rig: Rig, detached: bool) -> None:
    sealed = openssl.encrypt(rig.json(rig.request(), rig.aarhus), rig.certificate)
    signed = openssl.sign(sealed, rig.aarhus, detached=detached)

    mail = rig.deliver(openssl.dress(signed, rig.outer(rig.aarhus)), tls=TLS)
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.signature.missing")


def test_signed_inside_and_outside_counts_by_the_inner_signature(rig: Rig) -> None:
    inner = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    outside = openssl.sign(openssl.encrypt(inner, rig.certificate), rig.silkeborg)

    mail = rig.deliver(openssl.dress(outside, rig.outer(rig.aarhus)))
    rig.work()

    assert (rig.message(mail)["partner"], rig.message(mail)["assurance"]) == ("aarhus", "sealed")


def mixed(*parts: bytes) -> bytes:
    """A multipart/mixed of entities."""
    body = b"".join(b"--ydre\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/mixed; boundary="ydre"\r\n\r\n' + body + b"--ydre--\r\n"


ADDED = b"Content-Type: text/plain\r\n\r\nSkrevet af en anden.\r\n"


def test_a_signature_that_covers_only_a_part_does_not_count(rig: Rig) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)

    mails = [
        rig.deliver(rig.encrypted(mixed(*parts), rig.outer(rig.aarhus)))
        for parts in ((signed, ADDED), (ADDED, signed), (signed,))
    ]
    rig.work()

    for mail in mails:
        assert_quarantined_in_silence(rig, mail, "keys.signature.missing")


def test_a_third_part_in_a_signed_mail_is_refused_by_its_form(rig: Rig) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    boundary = signed.partition(b'boundary="')[2].partition(b'"')[0]
    end = b"--" + boundary + b"--"
    assert end in signed
    longer = signed.replace(end, b"--" + boundary + b"\r\n" + ADDED + end)

    mail = rig.deliver(rig.encrypted(longer, rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.signature.invalid")


def test_signed_bytes_that_were_changed_are_quarantined(rig: Rig) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    changed = signed.replace(b"application/json", b"application/JSON", 1)
    assert changed != signed

    mail = rig.deliver(rig.encrypted(changed, rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.signature.invalid")


@pytest.mark.parametrize("signed_between", [True, False])
def test_a_second_encryption_is_never_opened(rig: Rig, signed_between: bool) -> None:
    inner = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    sealed = openssl.encrypt(inner, rig.certificate)
    if signed_between:
        sealed = openssl.sign(sealed, rig.aarhus)

    mail = rig.deliver(rig.encrypted(sealed, rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.open.nested")


def test_mail_to_another_key_is_quarantined(rig: Rig) -> None:
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    sealed = openssl.encrypt(signed, rig.world.inbox.certificate)

    mail = rig.deliver(openssl.dress(sealed, rig.outer(rig.aarhus)))
    rig.work()

    assert_quarantined_in_silence(rig, mail, "keys.open.no_key")


def test_what_is_no_mail_at_all_is_quarantined(rig: Rig) -> None:
    for raw in (b"", b"\x00" * 4000, bytes(range(256)) * 40, b"Subject: x"):
        mail = rig.deliver(raw)
        rig.work()
        assert rig.judged(mail)[0] == "quarantined", raw[:20]
    assert rig.outgoing() == []


def test_the_trace_tells_every_layer_in_words(rig: Rig) -> None:
    mail = rig.deliver(rig.seal(rig.aarhus, rig.request()), tls=TLS)
    rig.work()

    told = layers(rig, mail)
    assert [stage for stage, _, _ in told] == ["tls", "encrypted", "signed"]
    assert all(ok for _, ok, _ in told)
    assert "AES-256-CBC" in told[1][2]
    assert "Aarhus" in told[2][2] or "55133018" in told[2][2]
    assert MAILBOX not in str(told)


def test_3des_is_opened_only_where_the_settings_allow_it(make_rig: MakeRig) -> None:
    allowing = make_rig(change_settings=lambda text: f"{text}\n[trust]\nread_3des = true\n")
    fates = []
    for rig in (make_rig(), allowing):
        entity = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
        mail = rig.deliver(rig.encrypted(entity, rig.outer(rig.aarhus), cipher="des3"))
        rig.work()
        fates.append(rig.judged(mail))

    assert fates == [("quarantined", "keys.structure"), ("processed", None)]
