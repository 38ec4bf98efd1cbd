"""Mail between us and partners who use GnuPG: what opens, what is refused, and under which name."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from keys.errors import (
    KeysError,
    NoKeyError,
    OpenError,
    OpenPgpKeyExpiredError,
    OpenPgpKeyRevokedError,
    OpenPgpSignerUnknownError,
    RecipientError,
    SignatureInvalidError,
    SignatureMissingError,
    SignatureWeakError,
)
from keys.openpgp import OpenPgp, OwnOpenPgpKey, read_public_key
from keys.openpgp.home import MOST_OUTPUT
from tests.keys.openpgp import packets
from tests.keys.openpgp.conftest import Ours, peer_with
from tests.keys.openpgp.peer import Peer

ENTITY = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "CPR-nummer: 670765-4005\r\nBehov: støtte døgnet rundt\r\n".encode()
)
PLAIN = ("-z", "0")
FORMS = {
    "default": (),
    "uncompressed": PLAIN,
    "bzip2": ("--compress-algo", "bzip2"),
    "rfc4880": ("--rfc4880",),
    "hidden reader": ("--throw-keyids",),
    "sha512": ("--digest-algo", "SHA512"),
    "aes128": ("--cipher-algo", "AES128"),
    "camellia": ("--cipher-algo", "CAMELLIA256"),
}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("who", ["aarhus", "viborg"])
def test_mail_of_partners_is_opened_and_named(
    request: pytest.FixtureRequest, pgp: OpenPgp, ours: Ours, who: str, form: str
) -> None:
    peer: Peer = request.getfixturevalue(who)

    clear = pgp.decrypt(peer.seal(ENTITY, ours.fingerprint, *FORMS[form]), now())

    assert clear.content == ENTITY
    assert clear.found.key == ours.fingerprint
    assert clear.found.integrity == "MDC"
    assert [one.primary for one in clear.found.signatures] == [peer.fingerprint]


def test_text_mode_gives_the_same_lines(pgp: OpenPgp, ours: Ours, aarhus: Peer) -> None:
    clear = pgp.decrypt(aarhus.seal(ENTITY, ours.fingerprint, "--textmode"), now())

    assert clear.content.replace(b"\r\n", b"\n") == ENTITY.replace(b"\r\n", b"\n")
    assert clear.found.signatures


def test_a_subkey_signs_in_the_name_of_its_primary_key(
    pgp: OpenPgp, ours: Ours, viborg: Peer
) -> None:
    (signature,) = pgp.decrypt(viborg.seal(ENTITY, ours.fingerprint), now()).found.signatures

    assert signature.primary == viborg.fingerprint
    assert signature.fingerprint != signature.primary


def test_unsigned_mail_opens_and_names_nobody(pgp: OpenPgp, ours: Ours, aarhus: Peer) -> None:
    clear = pgp.decrypt(aarhus.encrypt(ENTITY, ours.fingerprint), now())

    assert (clear.content, clear.found.signatures) == (ENTITY, ())


def test_mail_for_others_is_told_apart(pgp: OpenPgp, aarhus: Peer, viborg: Peer) -> None:
    aarhus.meet(viborg.public)

    with pytest.raises(NoKeyError):
        pgp.decrypt(aarhus.seal(ENTITY, viborg.fingerprint), now())


def test_mail_to_several_is_opened_with_our_key(
    pgp: OpenPgp, ours: Ours, aarhus: Peer, viborg: Peer
) -> None:
    aarhus.meet(viborg.public)

    sealed = aarhus.seal(ENTITY, viborg.fingerprint, "-r", ours.fingerprint)
    assert pgp.decrypt(sealed, now()).content == ENTITY


def test_without_a_key_of_ours_nothing_is_opened(viborg: Peer, ours: Ours) -> None:
    with pytest.raises(NoKeyError):
        OpenPgp([], []).decrypt(viborg.seal(ENTITY, ours.fingerprint), now())


def test_a_signature_by_a_stranger_is_refused(pgp: OpenPgp, ours: Ours, stranger: Peer) -> None:
    with pytest.raises(OpenPgpSignerUnknownError):
        pgp.decrypt(stranger.seal(ENTITY, ours.fingerprint), now())
    with pytest.raises(OpenPgpSignerUnknownError):
        pgp.verify(ENTITY, stranger.sign_detached(ENTITY), now())


def test_our_own_signature_is_nobodys(pgp: OpenPgp, ours: Ours) -> None:
    """The key is in the keyring, and on no partner's list."""
    thief = Peer("Tyv", "tyv@stranger.example")
    try:
        thief.meet(ours.secret)
        sealed = thief.seal(ENTITY, ours.fingerprint, "-u", ours.fingerprint)
    finally:
        thief.close()
    with pytest.raises(OpenPgpSignerUnknownError):
        pgp.decrypt(sealed, now())


def test_a_copied_name_helps_nobody(pgp: OpenPgp, ours: Ours, aarhus: Peer) -> None:
    twin = peer_with(ours, aarhus.name, aarhus.address)
    try:
        with pytest.raises(OpenPgpSignerUnknownError):
            pgp.decrypt(twin.seal(ENTITY, ours.fingerprint), now())
    finally:
        twin.close()


# --- a key or a signature that is not good any more ---------------------------------------------


def test_an_expired_key_is_judged_by_the_time_of_receipt(ours: Ours) -> None:
    old = peer_with(ours, "Gammel", "post@old.example", expires="1d")
    try:
        known = ours.with_registered(old)
        sealed, signature = old.seal(ENTITY, ours.fingerprint), old.sign_detached(ENTITY)
        assert known.decrypt(sealed, now()).found.signatures
        with pytest.raises(OpenPgpKeyExpiredError):
            known.decrypt(sealed, now() + timedelta(days=2))
        with pytest.raises(OpenPgpKeyExpiredError):
            known.verify(ENTITY, signature, now() + timedelta(days=2))
        with pytest.raises(RecipientError):
            known.seal_entity(ENTITY, old.fingerprint, now() + timedelta(days=2))
        known.close()
    finally:
        old.close()


def test_a_revoked_key_and_an_expired_signature_are_refused(ours: Ours) -> None:
    gone = peer_with(ours, "Trukket", "post@gone.example")
    try:
        before = ours.with_registered(gone)
        sealed = gone.seal(ENTITY, ours.fingerprint)
        short = gone.seal(ENTITY, ours.fingerprint, "--default-sig-expire", "1d")
        assert before.decrypt(sealed, now()).found.signatures
        with pytest.raises(OpenError) as refused:
            before.decrypt(short, now() + timedelta(days=2))
        assert refused.value.detail.startswith("EXPSIG")
        registered = before._registered
        gone.revoke()
        revoked = gone.gpg("--export", gone.fingerprint).output
        after = OpenPgp(before._own, [(gone.fingerprint, revoked)])
        assert registered[gone.fingerprint] != revoked
        with pytest.raises(OpenPgpKeyRevokedError):
            after.decrypt(sealed, now())
        before.close()
        after.close()
    finally:
        gone.close()


@pytest.mark.parametrize("digest", ["SHA1", "RIPEMD160"])
def test_weak_hashes_are_refused(pgp: OpenPgp, ours: Ours, aarhus: Peer, digest: str) -> None:
    with pytest.raises(SignatureWeakError):
        pgp.decrypt(aarhus.seal(ENTITY, ours.fingerprint, "--digest-algo", digest), now())
    with pytest.raises(SignatureWeakError):
        pgp.verify(ENTITY, aarhus.sign_detached(ENTITY, "--digest-algo", digest), now())


# --- detached signatures ------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["aarhus", "viborg"])
def test_a_detached_signature_is_over_exact_octets(
    request: pytest.FixtureRequest, pgp: OpenPgp, who: str
) -> None:
    peer: Peer = request.getfixturevalue(who)
    signature = peer.sign_detached(ENTITY)

    assert pgp.verify(ENTITY, signature, now())[0].primary == peer.fingerprint
    for other in (ENTITY + b"\r\n", ENTITY[:-1], ENTITY.replace(b"\r\n", b"\n"), b""):
        with pytest.raises(SignatureInvalidError):
            pgp.verify(other, signature, now())


@pytest.mark.parametrize("junk", [b"", b"junk", b"-----BEGIN PGP SIGNATURE-----\n\n=AAAA\n"])
def test_what_is_no_signature_counts_for_nothing(pgp: OpenPgp, junk: bytes) -> None:
    with pytest.raises((SignatureInvalidError, SignatureMissingError)):
        pgp.verify(ENTITY, junk, now())


def test_a_signature_that_brings_its_own_content_is_refused(pgp: OpenPgp, aarhus: Peer) -> None:
    """The content of another mail, signed, in the place of the signature."""
    for signed in (
        aarhus.sign(b"another content"),
        aarhus.gpg("--clear-sign", data=b"another content").output,
        aarhus.sign(ENTITY),
    ):
        with pytest.raises((SignatureInvalidError, SignatureMissingError)):
            pgp.verify(ENTITY, signed, now())


def test_every_one_of_several_signatures_must_be_good(
    pgp: OpenPgp, ours: Ours, aarhus: Peer, stranger: Peer
) -> None:
    pair = peer_with(ours, "To", "post@two.example")
    try:
        pair.meet(stranger.secret)
        both = ("-u", pair.fingerprint, "-u", stranger.fingerprint)
        one, two = ours.with_registered(pair), ours.with_registered(pair, stranger)
        with pytest.raises(OpenPgpSignerUnknownError):
            one.decrypt(pair.seal(ENTITY, ours.fingerprint, *both), now())
        with pytest.raises(OpenPgpSignerUnknownError):
            one.verify(ENTITY, pair.sign_detached(ENTITY, *both), now())
        with pytest.raises(SignatureInvalidError) as refused:
            two.verify(ENTITY, pair.sign_detached(ENTITY, *both), now())
        assert refused.value.detail == "signed by several who are registered"
        good = pair.dearmored(pair.sign_detached(ENTITY))
        other = pair.dearmored(pair.sign_detached(b"another content"))
        assert one.verify(ENTITY, good + good, now())[0].primary == pair.fingerprint
        for both_packets in (good + other, other + good):
            with pytest.raises(SignatureInvalidError):
                one.verify(ENTITY, both_packets, now())
        one.close()
        two.close()
    finally:
        pair.close()


# --- attacks on the structure -------------------------------------------------------------------


def test_a_signed_message_is_no_encrypted_one(pgp: OpenPgp, aarhus: Peer) -> None:
    for signed in (aarhus.sign(ENTITY), aarhus.gpg("--clear-sign", data=ENTITY).output):
        with pytest.raises(OpenError):
            pgp.decrypt(signed, now())


def test_messages_that_were_put_together_are_refused(
    pgp: OpenPgp, ours: Ours, aarhus: Peer
) -> None:
    signed = aarhus.sign(ENTITY)
    encrypted = aarhus.dearmored(aarhus.encrypt(b"attacker\r\n", ours.fingerprint))
    sealed = aarhus.dearmored(aarhus.seal(ENTITY, ours.fingerprint))
    literal = packets.literal(b"attacker\r\n")

    for parts in (
        (signed, encrypted),
        (encrypted, signed),
        (encrypted, sealed),
        (sealed, encrypted),
        (sealed, sealed),
        (sealed, literal),
        (literal, sealed),
        (sealed, signed),
    ):
        with pytest.raises((OpenError, SignatureInvalidError)):
            pgp.decrypt(b"".join(parts), now())


@pytest.mark.parametrize("order", [("literal", "signed"), ("signed", "literal"), ("literal",) * 2])
def test_a_second_plaintext_inside_one_encryption_is_refused(
    pgp: OpenPgp, ours: Ours, aarhus: Peer, order: tuple[str, ...]
) -> None:
    inside = {
        "literal": packets.literal(b"attacker\r\n"),
        "signed": aarhus.sign(ENTITY, *PLAIN),
    }
    packed = b"".join(inside[one] for one in order)
    sealed = aarhus.encrypt(packed, ours.fingerprint, "--no-literal", *PLAIN)

    with pytest.raises((OpenError, SignatureInvalidError)):
        pgp.decrypt(sealed, now())


def test_a_signature_over_the_ciphertext_is_not_one_over_the_content(
    pgp: OpenPgp, ours: Ours, aarhus: Peer, stranger: Peer
) -> None:
    """A ciphertext by somebody else, in the literal of an honest signer."""
    theirs = stranger.dearmored(stranger.encrypt(ENTITY, ours.fingerprint))
    wrapped = aarhus.sign(theirs, *PLAIN)

    with pytest.raises(OpenError):
        pgp.decrypt(wrapped, now())
    nested = aarhus.encrypt(theirs, ours.fingerprint, "--no-literal", *PLAIN)
    with pytest.raises(OpenError):
        pgp.decrypt(nested, now())


def session_of(ours: Ours, sealed: bytes) -> bytes:
    """The session key of a message, as whoever made it knows it."""
    owner = Peer("Ejer", "ejer@stranger.example")
    try:
        owner.meet(ours.secret)
        told = owner.gpg("--show-session-key", "--decrypt", data=sealed).told
    finally:
        owner.close()
    found = re.search(r"SESSION_KEY 9:([0-9A-F]{64})", told)
    assert found, told
    return bytes.fromhex(found[1])


def test_encryption_without_integrity_is_refused(pgp: OpenPgp, ours: Ours, aarhus: Peer) -> None:
    """The downgrade of EFAIL: the same session key, in a packet that has no MDC."""
    sealed = aarhus.dearmored(aarhus.encrypt(ENTITY, ours.fingerprint))
    start = packets.first_packet(sealed)
    key = session_of(ours, sealed)

    for inside in (packets.literal(ENTITY), aarhus.sign(ENTITY, *PLAIN)):
        with pytest.raises(OpenError) as refused:
            pgp.decrypt(start + packets.without_integrity(key, inside), now())
        assert str(refused.value) == OpenError.sentence


def test_one_changed_bit_anywhere_is_refused_alike(pgp: OpenPgp, ours: Ours, aarhus: Peer) -> None:
    sealed = bytearray(aarhus.dearmored(aarhus.seal(ENTITY, ours.fingerprint)))
    start = len(packets.first_packet(bytes(sealed)))
    refusals: set[tuple[str, str]] = set()
    for place in (start + 8, start + 40, len(sealed) - 30, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(KeysError) as refused:
            pgp.decrypt(bytes(changed), now())
        refusals.add((refused.value.code, str(refused.value)))
    for cut in (start, start + 30, len(sealed) - 1):
        with pytest.raises(KeysError) as refused:
            pgp.decrypt(bytes(sealed[:cut]), now())
        refusals.add((refused.value.code, str(refused.value)))

    assert refusals == {(OpenError.code, OpenError.sentence)}


SPOOFED = (
    "x\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 1 a\n[GNUPG:] VALIDSIG {mark} 2026-11-25 1795602523 0 4"
    " 0 22 10 00 {mark}\n"
)


@pytest.mark.parametrize("options", [(), ("-v", "-v")], ids=["quiet", "verbose"])
@pytest.mark.parametrize("where", ["file name", "notation", "notation name"])
def test_status_lines_inside_a_mail_are_not_heard(
    pgp: OpenPgp, ours: Ours, stranger: Peer, aarhus: Peer, where: str, options: tuple[str, ...]
) -> None:
    """SigSpoof (CVE-2018-12020), in all the places where a sender may write."""
    spoof = SPOOFED.format(mark=aarhus.fingerprint)
    if where == "file name":
        sealed = stranger.encrypt(ENTITY, ours.fingerprint, *options, "--set-filename", spoof)
        assert pgp.decrypt(sealed, now()).found.signatures == ()
        return
    name, _, value = ("a@b", "", spoof) if where == "notation" else ("GNUPG@x", "", "VALIDSIG")
    extra = (*options, "--sig-notation", f"{name}={value}".replace("\n", " "))
    with pytest.raises(OpenPgpSignerUnknownError):
        pgp.decrypt(stranger.seal(ENTITY, ours.fingerprint, *extra), now())
    clear = pgp.decrypt(aarhus.seal(ENTITY, ours.fingerprint, *extra), now())
    assert len(clear.found.signatures) == 1


def test_a_passphrase_is_never_asked_for(pgp: OpenPgp, aarhus: Peer) -> None:
    with pytest.raises(OpenError):
        pgp.decrypt(aarhus.gpg("--passphrase", "kode", "--symmetric", data=ENTITY).output, now())


def test_a_key_in_a_mail_is_not_imported(ours: Ours, stranger: Peer, aarhus: Peer) -> None:
    mine = ours.with_registered(aarhus)
    try:
        for key in (stranger.public, stranger.dearmored(stranger.public)):
            with pytest.raises(OpenError):
                mine.decrypt(key, now())
            with pytest.raises((SignatureInvalidError, SignatureMissingError)):
                mine.verify(ENTITY, key, now())
        included = stranger.seal(ENTITY, ours.fingerprint)
        with pytest.raises(OpenPgpSignerUnknownError):
            mine.decrypt(included, now())
    finally:
        mine.close()


def test_a_registered_key_that_is_broken_harms_only_its_owner(ours: Ours, viborg: Peer) -> None:
    known = read_public_key(viborg.public, now())
    own = OwnOpenPgpKey("gateway", ours.secret)
    for broken in (known.data[:40], b"", b"junk"):
        mine = OpenPgp([own], [(known.fingerprint, known.data), ("A" * 40, broken)])
        clear = mine.decrypt(viborg.seal(ENTITY, ours.fingerprint), now())
        assert clear.found.signatures[0].primary == viborg.fingerprint
        mine.close()


# --- size ---------------------------------------------------------------------------------------


def test_a_large_mail_comes_through(pgp: OpenPgp, ours: Ours, viborg: Peer) -> None:
    large = ENTITY + b"0123456789abcdef" * (25 * 1024 * 1024 // 16)

    clear = pgp.decrypt(viborg.seal(large, ours.fingerprint, *PLAIN), now())
    assert clear.content == large


def test_a_compression_bomb_is_refused(pgp: OpenPgp, ours: Ours, viborg: Peer) -> None:
    bomb = viborg.encrypt(bytes(MOST_OUTPUT + 1), ours.fingerprint)
    assert len(bomb) < 200_000

    with pytest.raises(OpenError):
        pgp.decrypt(bomb, now())


def test_a_thousand_signatures_are_not_read_to_their_end(
    pgp: OpenPgp, aarhus: Peer, stranger: Peer
) -> None:
    many = aarhus.dearmored(aarhus.sign_detached(ENTITY)) * 100

    with pytest.raises(SignatureInvalidError) as refused:
        pgp.verify(ENTITY, many, now())
    assert refused.value.detail == "too many signatures"
    small = stranger.dearmored(stranger.sign_detached(ENTITY)) * 400
    assert len(small) < 64 * 1024
    with pytest.raises((SignatureInvalidError, OpenPgpSignerUnknownError)):
        pgp.verify(ENTITY, small, now())
    with pytest.raises(SignatureInvalidError):
        pgp.verify(ENTITY, small * 10, now())


# --- out ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["aarhus", "viborg"])
def test_what_we_seal_partners_open_and_know_as_ours(
    request: pytest.FixtureRequest, pgp: OpenPgp, ours: Ours, who: str
) -> None:
    peer: Peer = request.getfixturevalue(who)

    dressed = pgp.seal_entity(ENTITY, peer.fingerprint, now())

    armored = dressed[dressed.index(b"-----BEGIN") : dressed.rindex(b"\r\n--=_")]
    heard = peer.decrypt(armored)
    assert heard.output == ENTITY
    assert f"VALIDSIG {ours.fingerprint}" in heard.told
    assert "DECRYPTION_INFO 2 9 0" in heard.told
    assert "670765" not in dressed.decode("ascii")


def test_nothing_is_sealed_to_a_key_that_is_not_registered(pgp: OpenPgp, stranger: Peer) -> None:
    with pytest.raises(RecipientError):
        pgp.seal_entity(ENTITY, stranger.fingerprint, now())


def test_only_canonical_lines_are_sealed(pgp: OpenPgp, aarhus: Peer) -> None:
    with pytest.raises(ValueError, match="CRLF"):
        pgp.seal_entity(ENTITY.replace(b"\r\n", b"\n"), aarhus.fingerprint, now())
