"""OpenPGP mail through the whole gateway: whose it is, what it is worth, and what goes back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import Refused
from gateway.showcase import openssl
from gateway.showcase.authority import Identity
from gateway.showcase.letters import read_letter
from keys.openpgp import create
from keys.openpgp.folder import retire_openpgp_key, write_openpgp_key
from tests.gateway import pgp
from tests.gateway.rig import MAILBOX, TLS, Rig, Sent
from tests.keys.openpgp.peer import Peer

RANDERS = "sikkermail@randers.example"
INLINE = "-----BEGIN PGP MESSAGE-----\r\n\r\nhF4D\r\n-----END PGP MESSAGE-----"


@dataclass(frozen=True)
class Ours:
    """The gateway's OpenPGP key, made once for all tests."""

    secret: bytes
    public: bytes
    fingerprint: str


@pytest.fixture(scope="module")
def ours() -> Ours:
    return Ours(*create("Region Midtjylland", MAILBOX, datetime.now(UTC)))


@pytest.fixture(scope="module")
def randers(ours: Ours) -> Iterator[Peer]:
    """A kommune that has OpenPGP and no certificate."""
    peer = Peer("Randers Kommune", RANDERS)
    peer.meet(ours.public)
    yield peer
    peer.close()


@pytest.fixture(scope="module")
def stranger(ours: Ours) -> Iterator[Peer]:
    peer = Peer("Randers Kommune", RANDERS)
    peer.meet(ours.public)
    yield peer
    peer.close()


@pytest.fixture
def unregistered(rig: Rig, ours: Ours) -> Rig:
    """A gateway with an OpenPGP key, and a partner without one."""
    write_openpgp_key(rig.home / "keys", "gateway", ours.secret, ours.public)
    rig.run(
        "partner", "add", "randers", "--name", "Randers Kommune", "--cvr", "29189668",
        "--municipality", "0730", "--address", RANDERS,
    )  # fmt: skip
    return rig


def register(rig: Rig, peer: Peer, owner: str = "randers") -> str:
    file = rig.home.parent / f"{owner}.asc"
    file.write_bytes(peer.public)
    return rig.run("partner", "openpgp", "add", owner, str(file))


@pytest.fixture
def known(unregistered: Rig, randers: Peer) -> Rig:
    """The same, with the partner's key registered."""
    register(unregistered, randers)
    return unregistered


def identity(address: str = RANDERS) -> Identity:
    """What the rig needs of a sender: where it writes from."""
    nowhere = Path("/nonexistent")
    return Identity(name="Randers Kommune", address=address, key=nowhere, certificate=nowhere)


def request(rig: Rig, sender: str = RANDERS) -> bytes:
    return rig.json(rig.request(acting_municipality="0730"), identity(sender))


def letter_to(peer: Peer, sent: Sent) -> tuple[bytes, str]:
    """What the peer reads, and what its gpg told about it."""
    start = sent.raw.index(b"-----BEGIN PGP MESSAGE-----")
    heard = peer.decrypt(sent.raw[start : sent.raw.index(b"-----END PGP MESSAGE-----") + 25])
    return heard.output, heard.told


FORMS = {
    "combined": pgp.combined,
    "encapsulated": pgp.encapsulated,
    "combined, text mode": lambda *a: pgp.combined(*a, "--textmode"),
    "encapsulated, text mode": lambda *a: pgp.encapsulated(*a, "--textmode"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_request_in_each_form_is_sealed_and_answered_in_kind(
    known: Rig, randers: Peer, ours: Ours, form: str
) -> None:
    content = request(known)
    entity = FORMS[form](randers, content, ours.fingerprint)

    mail = known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.settle()

    assert known.judged(mail) == ("processed", None)
    assert known.message(mail)["assurance"] == "sealed"
    assert known.message(mail)["partner"] == "randers"
    receipt = known.letter("received", to=RANDERS)
    assert b"multipart/encrypted" in receipt.raw.partition(b"\r\n\r\n")[0]
    assert b"670765" not in receipt.raw
    read, told = letter_to(randers, receipt)
    assert f"VALIDSIG {ours.fingerprint}" in told
    assert b'hp="cipher"' in read.replace(b"\r\n ", b" ")
    letter = read_letter(read)
    evidence = letter.json("evidence.json")
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert evidence["message"]["mic"] == f"{digest}, sha-256"
    sender = evidence["sender"]
    assert sender["assurance"] == "sealed"
    assert sender["certificate_sha256"] is None
    assert sender["openpgp_fingerprint"] == randers.fingerprint
    assert sender["signed_at"]
    openssl.verify_detached(
        letter.attachments["evidence.json"],
        letter.attachments["evidence.json.p7s"],
        known.certificate,
    )


def test_each_layer_is_told_in_words(known: Rig, randers: Peer, ours: Ours) -> None:
    entity = pgp.encapsulated(randers, request(known), ours.fingerprint)
    mail = known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.work()

    told = [step["words"] for step in known.trace(mail) if step["stage"] in {"encrypted", "signed"}]
    assert "OpenPGP, AES-256 (MDC), to our key" in told[0]
    assert ours.fingerprint[-16:] in told[0]
    assert randers.fingerprint in told[1]
    assert "EdDSA and SHA-" in told[1]


def test_a_signed_mail_counts_as_signed_and_only_over_tls(known: Rig, randers: Peer) -> None:
    entity = request(known)
    mail = pgp.mailed(pgp.signed(entity, randers.sign_detached(entity)), known.outer(RANDERS))

    clear = known.deliver(mail, tls=None)
    known.work()
    assert known.judged(clear) == ("quarantined", "sender.assurance")
    signed = known.deliver(mail.replace(b"Sikker mail", b"Sikker post"), tls=TLS)
    known.work()
    assert known.message(signed)["assurance"] == "signed"
    changed = known.deliver(mail.replace(b"Subject: Sagspost", b"Subject: Sagspust"), tls=TLS)
    known.work()
    assert known.judged(changed) == ("quarantined", "keys.signature.invalid")


def test_mail_by_a_key_that_is_not_registered_waits_for_it(
    unregistered: Rig, randers: Peer, ours: Ours
) -> None:
    rig = unregistered
    entity = pgp.combined(randers, request(rig), ours.fingerprint)
    mail = rig.deliver(pgp.mailed(entity, rig.outer(RANDERS)))
    rig.work()
    assert rig.judged(mail) == ("quarantined", "keys.openpgp.signer_unknown")
    assert rig.cases() == []

    assert "judged again" in register(rig, randers)
    rig.settle()
    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["assurance"] == "sealed"


def test_a_retired_key_signs_for_nobody_and_gets_nothing(
    known: Rig, randers: Peer, ours: Ours
) -> None:
    known.run("partner", "openpgp", "retire", "randers", randers.fingerprint)
    entity = pgp.combined(randers, request(known), ours.fingerprint)

    mail = known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.work()
    assert known.judged(mail) == ("quarantined", "keys.openpgp.signer_unknown")
    with pytest.raises(Refused, match="in use"):
        known.run("partner", "openpgp", "retire", "randers", randers.fingerprint)


def test_a_key_of_a_retired_partner_signs_for_nobody(known: Rig, randers: Peer, ours: Ours) -> None:
    known.run("partner", "retire", "randers")

    entity = pgp.combined(randers, request(known), ours.fingerprint)
    mail = known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.settle()

    assert known.judged(mail) == ("quarantined", "keys.openpgp.signer_unknown")
    assert known.cases() == []


def test_a_key_belongs_to_one_partner(known: Rig, randers: Peer) -> None:
    with pytest.raises(Refused, match="partner randers"):
        register(known, randers, "aarhus")


def test_a_partners_own_key_does_not_sign_for_another(
    known: Rig, randers: Peer, ours: Ours
) -> None:
    sender = known.aarhus.address
    entity = pgp.combined(randers, request(known, sender), ours.fingerprint)

    mail = known.deliver(pgp.mailed(entity, known.outer(sender)))
    known.work()
    assert known.judged(mail) == ("quarantined", "sender.from")


def test_a_twin_with_the_same_name_is_a_stranger(known: Rig, stranger: Peer, ours: Ours) -> None:
    """Its key comes with the mail, as attachment and in an Autocrypt header; neither counts."""
    key = stranger.dearmored(stranger.public)
    autocrypt = f"addr={RANDERS}; prefer-encrypt=mutual; keydata={key.hex()}"
    entity = known.words("GODKENDT", identity(), attachments={"key.asc": stranger.public})

    for count in range(2):
        dressed = pgp.combined(stranger, entity, ours.fingerprint)
        outer = known.outer(RANDERS, Autocrypt=autocrypt, X_Count=str(count))
        mail = known.deliver(pgp.mailed(dressed, outer))
        known.work()
        assert known.judged(mail) == ("quarantined", "keys.openpgp.signer_unknown")


def test_encrypted_mail_without_a_signature_inside_is_quarantined(
    known: Rig, randers: Peer, ours: Ours
) -> None:
    entity = request(known)
    bare = pgp.encrypted(randers.encrypt(entity, ours.fingerprint))
    around = pgp.signed(bare, randers.sign_detached(bare))

    for dressed in (bare, around):
        mail = known.deliver(pgp.mailed(dressed, known.outer(RANDERS)))
        known.work()
        assert known.judged(mail) == ("quarantined", "keys.signature.missing")
    assert known.cases() == []


def test_a_second_encryption_is_never_opened(
    known: Rig, randers: Peer, stranger: Peer, ours: Ours
) -> None:
    """The ciphertext of somebody else inside an honest signature, and S/MIME around OpenPGP."""
    theirs = pgp.combined(stranger, request(known), ours.fingerprint)
    theirs = theirs.replace(b'"pgp"', b'"in"').replace(b"--pgp", b"--in")
    nested = pgp.encapsulated(randers, theirs, ours.fingerprint)
    honest = pgp.combined(randers, request(known), ours.fingerprint)
    smime = known.encrypted(honest, known.outer(RANDERS))

    for mail in (pgp.mailed(nested, known.outer(RANDERS)), smime):
        kept = known.deliver(mail)
        known.work()
        assert known.judged(kept) == ("quarantined", "keys.open.nested")


@pytest.mark.parametrize("change", ["third part", "no version", "wrong type", "one part"])
def test_parts_other_than_those_of_the_standard_are_refused(
    known: Rig, randers: Peer, ours: Ours, change: str
) -> None:
    entity = pgp.combined(randers, request(known), ours.fingerprint)
    changed = {
        "third part": entity.replace(b"--pgp--", b"--pgp\r\n\r\nGODKENDT\r\n--pgp--"),
        "no version": entity.replace(b"Version: 1", b"Version: 2"),
        "wrong type": entity.replace(b"application/octet-stream", b"text/plain"),
        "one part": entity.replace(b"Version: 1\r\n\r\n--pgp\r\n", b"Version: 1\r\n"),
    }[change]
    assert changed != entity

    mail = known.deliver(pgp.mailed(changed, known.outer(RANDERS)))
    known.work()
    assert known.judged(mail) == ("quarantined", "keys.structure")


@pytest.mark.parametrize("place", ["text", "clear-signed", "relay"])
def test_openpgp_inside_a_text_is_not_opened(
    known: Rig, randers: Peer, ours: Ours, place: str
) -> None:
    if place == "text":
        entity = known.words(INLINE, identity())
    elif place == "clear-signed":
        words = randers.gpg("--clear-sign", data=b"GODKENDT").output.decode()
        entity = known.words(words, identity())
    else:
        entity = pgp.combined(randers, request(known), ours.fingerprint)
        entity = entity.replace(pgp.HEAD, b'Content-Type: multipart/mixed; boundary="pgp"')

    mail = known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.work()
    assert known.judged(mail) == ("quarantined", "keys.openpgp.inline")


def test_a_quoted_line_in_a_signed_mail_is_text(known: Rig, randers: Peer, ours: Ours) -> None:
    entity = known.words(f"I skrev:\r\n{INLINE}", identity())

    mail = known.deliver(
        pgp.mailed(pgp.combined(randers, entity, ours.fingerprint), known.outer(RANDERS))
    )
    known.work()
    assert known.judged(mail)[0] == "manual"


def test_the_protected_from_counts_and_the_outer_does_not(
    known: Rig, randers: Peer, ours: Ours
) -> None:
    entity = pgp.combined(randers, request(known), ours.fingerprint)

    mail = known.deliver(pgp.mailed(entity, known.outer(known.aarhus)))
    known.settle()
    assert known.message(mail)["partner"] == "randers"
    receipt, _ = letter_to(randers, known.letter("received", to=RANDERS))
    evidence = read_letter(receipt).json("evidence.json")
    assert "flag.from.differs" in evidence["sender"]["notes"]


def test_the_same_signed_mail_sealed_anew_has_no_second_effect(
    known: Rig, randers: Peer, ours: Ours
) -> None:
    content = request(known)
    first, again = (
        known.deliver(
            pgp.mailed(pgp.combined(randers, content, ours.fingerprint), known.outer(RANDERS))
        )
        for _ in range(2)
    )
    known.settle()
    assert known.judged(first) == ("processed", None)
    assert known.judged(again)[0] == "duplicate"
    assert len(known.cases()) == 1


# --- what goes out ------------------------------------------------------------------------------


def test_without_a_key_of_ours_mail_to_an_openpgp_partner_is_held(
    rig: Rig, unregistered: Rig, randers: Peer, ours: Ours
) -> None:
    register(rig, randers)
    entity = pgp.combined(randers, request(rig), ours.fingerprint)
    mail = rig.deliver(pgp.mailed(entity, rig.outer(RANDERS)))
    retire_openpgp_key(rig.home / "keys", "gateway")
    rig.settle()

    assert rig.judged(mail) == ("processed", None), "a retired key still opens"
    assert {sent.state for sent in rig.outgoing(to=RANDERS)} == {"held"}
    assert all(not sent.raw for sent in rig.outgoing(to=RANDERS))


def test_a_partner_with_both_gets_what_the_settings_say(
    make_rig: Callable[..., Rig], randers: Peer, ours: Ours
) -> None:
    for preferred, wanted in ((False, b"pkcs7-mime"), (True, b"multipart/encrypted")):
        line = '\n[openpgp]\npreferred_by = ["aarhus"]\n' if preferred else ""
        rig = make_rig(change_settings=lambda text, line=line: text + line)
        write_openpgp_key(rig.home / "keys", "gateway", ours.secret, ours.public)
        register(rig, randers, "aarhus")
        rig.send(rig.aarhus, rig.request())
        receipt = rig.letter("received", to=rig.aarhus.address)
        assert wanted in receipt.raw.partition(b"\r\n\r\n")[0]


def test_a_facility_with_an_openpgp_key_gets_its_notice_whole(
    known: Rig, stranger: Peer, randers: Peer, ours: Ours
) -> None:
    register(known, stranger, "solvang")
    content = known.json(known.request(acting_municipality="0730", facility="solvang"), identity())
    known.deliver(
        pgp.mailed(pgp.combined(randers, content, ours.fingerprint), known.outer(RANDERS))
    )
    known.work()
    notice = known.letter("notice", to="solvang@rm.example")
    read, _ = letter_to(stranger, notice)
    assert "RM-" in read_letter(read).text
    assert b"multipart/encrypted" in notice.raw


def test_help_brings_our_openpgp_key(known: Rig, randers: Peer, ours: Ours) -> None:
    entity = pgp.combined(randers, known.words("HJÆLP", identity()), ours.fingerprint)
    known.deliver(pgp.mailed(entity, known.outer(RANDERS)))
    known.settle()

    read, _ = letter_to(randers, known.letter("help", to=RANDERS))
    assert read_letter(read).attachments["gateway.pgp.asc"] == ours.public


def test_without_openpgp_keys_no_gnupg_is_needed(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, ours: Ours, randers: Peer
) -> None:
    entity = pgp.combined(randers, request(rig), ours.fingerprint)
    monkeypatch.setattr("keys.openpgp.home.PROGRAMS", ("gpg-that-is-not-there",))

    mail = rig.deliver(pgp.mailed(entity, rig.outer(RANDERS)))
    rig.work()
    assert rig.judged(mail) == ("quarantined", "keys.open.no_key")
    rig.send(rig.aarhus, rig.request())
    assert rig.letter("received", to=rig.aarhus.address).is_sealed


def test_check_tells_when_gnupg_is_missing(known: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway import checks  # noqa: PLC0415  the rows are looked at, not the command

    row = next(one for one in checks.run(known.settings) if one["what"] == "openpgp")
    assert row["state"] == "good"
    assert "1 to sign with; 1 registered" in row["words"]
    monkeypatch.setattr("keys.openpgp.home.PROGRAMS", ("gpg-that-is-not-there",))
    row = next(one for one in checks.run(known.settings) if one["what"] == "openpgp")
    assert row["state"] == "wrong"
    assert "gpg-that-is-not-there" in row["words"]
    assert "gnupg" in row["words"]


def test_what_is_no_public_key_is_refused_with_a_reason(known: Rig, randers: Peer) -> None:
    file = known.home.parent / "wrong.asc"
    for data, reason in ((randers.secret, "secret"), (b"junk", "not one"), (b"", "not one")):
        file.write_bytes(data)
        with pytest.raises(Refused, match=reason):
            known.run("partner", "openpgp", "add", "randers", str(file))
    with pytest.raises(Refused, match="no partner or facility"):
        known.run("partner", "openpgp", "add", "nobody", str(file.with_name("randers.asc")))


def test_keys_are_listed_with_their_owners(known: Rig, randers: Peer) -> None:
    assert randers.fingerprint in known.run("partner", "openpgp", "list", "--json")
    assert randers.fingerprint in known.run("partner", "show", "randers", "--json")


def test_our_own_key_is_made_shown_exported_and_retired(known: Rig, randers: Peer) -> None:
    """Made while the gateway runs, and used by the next mail."""
    told = known.run("key", "create", "pgp", "--kind", "openpgp")
    mark = told.split("OpenPGP key ")[1].split()[0]
    assert mark in known.run("key", "list", "--json")
    file = known.home.parent / "pgp.asc"
    known.run("key", "export-certificate", "pgp", "--to", str(file))
    randers.meet(file.read_bytes())

    mail = known.deliver(
        pgp.mailed(pgp.combined(randers, request(known), mark), known.outer(RANDERS))
    )
    known.settle()
    assert known.judged(mail) == ("processed", None)
    _, heard = letter_to(randers, known.letter("received", to=RANDERS))
    assert f"VALIDSIG {mark}" in heard
    known.run("key", "retire", "pgp")
    assert '"state": "retired"' in known.run("key", "list", "--json")
    for again in ("pgp", "gateway"):
        with pytest.raises(Refused, match="already"):
            known.run("key", "create", again, "--kind", "openpgp")
    with pytest.raises(Refused, match="without --request"):
        known.run("key", "create", "other", "--kind", "openpgp", "--starts", "2030-01-01")


def test_a_partner_may_seal_with_the_command(known: Rig, randers: Peer, ours: Ours) -> None:
    folder = known.home.parent
    files = {
        "request.json": json.dumps(known.request(acting_municipality="0730")).encode(),
        "randers.asc": randers.secret,
        "gateway.asc": ours.public,
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    content, sender, recipient = (str(folder / name) for name in files)
    options = ("--format", "pgp", "--output", str(folder / "mail"))
    known.run("seal", content, "--from", sender, "--to", recipient, *options)

    mail = known.deliver((folder / "mail").read_bytes())
    known.settle()
    assert known.judged(mail) == ("processed", None)
    assert known.message(mail)["assurance"] == "sealed"
    with pytest.raises(Refused, match="secret"):
        known.run("seal", content, "--from", recipient, "--to", recipient, *options)


def test_partners_come_from_a_file_with_their_keys(rig: Rig, randers: Peer) -> None:
    folder = rig.home.parent
    (folder / "randers.asc").write_bytes(randers.public)
    (folder / "partners.toml").write_text(
        '[[partner]]\nkey = "randers"\nname = "Randers Kommune"\ncvr = "29189668"\n'
        f'address = ["{RANDERS}"]\nopenpgp_key = ["randers.asc"]\n'
    )
    assert randers.fingerprint in rig.run("partner", "import", str(folder / "partners.toml"))
    assert randers.fingerprint in rig.run("partner", "openpgp", "list", "--json")


def test_operations_are_warned_of_a_key_that_ends_soon(unregistered: Rig) -> None:
    short = Peer("Randers Kommune", RANDERS, expires="40d")
    try:
        register(unregistered, short)
        for _ in range(2):
            asyncio.run(unregistered.duties.check_keys())
        unregistered.settle()
    finally:
        short.close()
    alerts = [one for one in unregistered.outgoing(kind="alert") if "OpenPGP" in one.text]
    assert len(alerts) == 1
    assert f"{short.fingerprint[:16]}, registreret for randers, udløber den" in alerts[0].text
