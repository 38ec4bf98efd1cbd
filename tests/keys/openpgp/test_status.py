"""The status reader takes one whole story and nothing else, whatever stands on the pipe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import (
    KeysError,
    NoKeyError,
    OpenError,
    OpenPgpKeyError,
    OpenPgpKeyExpiredError,
    OpenPgpKeyRevokedError,
    OpenPgpSignerUnknownError,
    RecipientError,
    SignatureInvalidError,
    SignatureMissingError,
    SignatureWeakError,
    StructureError,
)
from keys.openpgp import status

SIGNER = "6B267CE7740A0DB561FFC4C61B879C35097A7F30"
PRIMARY = "9F9213D5ECF05A52C44D367E5FBCD8E59F779C22"
VALID = f"VALIDSIG {SIGNER} 2026-11-25 1795602523 0 4 0 22 10 00 {PRIMARY}"
SIGNED = ("NEWSIG", f"KEY_CONSIDERED {SIGNER} 0", "GOODSIG 1B879C35097A7F30 P <p@x.example>", VALID)
BEFORE = (
    "ENC_TO CDE9847676D6470B 1 0",
    "DECRYPTION_KEY BF34D903EDCA2798C21081D5CDE9847676D6470B " + PRIMARY + " u",
    "BEGIN_DECRYPTION",
    "DECRYPTION_INFO 2 9 0",
    "PLAINTEXT 62 1795602523 m",
)
AFTER = ("DECRYPTION_OKAY", "GOODMDC", "END_DECRYPTION")
WHOLE = (*BEFORE, *SIGNED, *AFTER)
TOLD_AND_NEEDED = [at for at, line in enumerate(WHOLE) if not line.startswith(("ENC_TO", "KEY_C"))]
KEYWORDS = (
    *("BEGIN_DECRYPTION", "DECRYPTION_INFO", "PLAINTEXT", "NEWSIG", "GOODSIG", "VALIDSIG"),
    *("DECRYPTION_OKAY", "GOODMDC", "END_DECRYPTION", "BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG"),
    *("REVKEYSIG", "NO_SECKEY", "NO_PUBKEY", "FAILURE", "ERROR", "BADMDC", "NODATA"),
    *("DECRYPTION_KEY", "SIG_CREATED", "END_ENCRYPTION", "BEGIN_SIGNING", "BEGIN_ENCRYPTION"),
    *("IMPORT_OK", "KEY_CREATED", "INV_RECP"),
)


def told(*lines: str) -> bytes:
    return "".join(f"[GNUPG:] {line}\n" for line in lines).encode("latin-1")


def without(place: int) -> bytes:
    return told(*WHOLE[:place], *WHOLE[place + 1 :])


def test_a_whole_story_gives_cipher_integrity_key_and_signer() -> None:
    found = status.judge_decryption(told(*WHOLE), 0)

    assert (found.cipher, found.integrity, found.key) == ("AES-256", "MDC", PRIMARY)
    (signature,) = found.signatures
    assert (signature.fingerprint, signature.primary) == (SIGNER, PRIMARY)
    assert signature.signed_at.isoformat() == "2026-11-25T10:28:43+00:00"
    assert (signature.key_algorithm, signature.digest) == ("EdDSA", "SHA-512")


def test_a_story_without_signatures_has_none() -> None:
    assert status.judge_decryption(told(*BEFORE, *AFTER), 0).signatures == ()


def test_aead_needs_no_word_about_an_mdc() -> None:
    lines = [line.replace("INFO 2 9 0", "INFO 0 9 2") for line in WHOLE if line != "GOODMDC"]

    assert status.judge_decryption(told(*lines), 0).integrity == "OCB"


@pytest.mark.parametrize("place", TOLD_AND_NEEDED)
def test_a_story_with_a_line_missing_is_refused(place: int) -> None:
    with pytest.raises((OpenError, SignatureInvalidError)):
        status.judge_decryption(without(place), 0)


@pytest.mark.parametrize("place", [at for at in TOLD_AND_NEEDED if at != 1])
def test_a_story_with_a_line_told_twice_is_refused(place: int) -> None:
    with pytest.raises((OpenError, SignatureInvalidError)):
        status.judge_decryption(told(*WHOLE[: place + 1], *WHOLE[place:]), 0)


@pytest.mark.parametrize("place", range(len(BEFORE) - 1))
def test_a_signature_before_the_plaintext_is_refused(place: int) -> None:
    with pytest.raises(OpenError):
        status.judge_decryption(told(*BEFORE[:place], *SIGNED, *BEFORE[place:], *AFTER), 0)


@pytest.mark.parametrize("place", range(1, len(AFTER) + 1))
def test_a_signature_after_the_decryption_is_refused(place: int) -> None:
    with pytest.raises(OpenError):
        status.judge_decryption(told(*BEFORE, *AFTER[:place], *SIGNED, *AFTER[place:]), 0)


def test_two_stories_are_none() -> None:
    with pytest.raises(OpenError):
        status.judge_decryption(told(*WHOLE, *WHOLE), 0)


@pytest.mark.parametrize("line", ["NEW_WAY_TO_SAY_NO", "ERROR x 1", "NODATA 1", "BADMDC", "", " "])
def test_what_is_not_known_is_a_refusal(line: str) -> None:
    with pytest.raises(OpenError):
        status.judge_decryption(told(*BEFORE, *SIGNED, line, *AFTER), 0)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("BADSIG 1B879C35097A7F30 P", SignatureInvalidError),
        ("EXPSIG 1B879C35097A7F30 P", SignatureInvalidError),
        ("EXPKEYSIG 1B879C35097A7F30 P", OpenPgpKeyExpiredError),
        ("REVKEYSIG 1B879C35097A7F30 P", OpenPgpKeyRevokedError),
        ("ERRSIG 1B879C35097A7F30 22 10 00 1795602523 9 -", OpenPgpSignerUnknownError),
        ("ERRSIG 1B879C35097A7F30 22 10 00 1795602523 4 -", SignatureInvalidError),
        ("ERRSIG 1B879C35097A7F30 22 1 00 1795602523 4 -", SignatureWeakError),
    ],
)
def test_a_signature_that_is_not_good_is_named(line: str, error: type[KeysError]) -> None:
    spoiled = ("NEWSIG", line, VALID)

    with pytest.raises(error):
        status.judge_decryption(told(*BEFORE, *spoiled, *AFTER, "FAILURE gpg-exit 1"), 2)
    with pytest.raises(error):
        status.judge_verification(told(*spoiled, "FAILURE gpg-exit 1"), 2)


def test_a_missing_key_spoils_a_story_without_an_errsig_before_it_too() -> None:
    """Found by fuzzing: alone it was passed over."""
    missing = "NO_PUBKEY 1B879C35097A7F30"
    with pytest.raises(OpenPgpSignerUnknownError):
        status.judge_verification(told(*SIGNED, missing), 0)
    with pytest.raises(OpenPgpSignerUnknownError):
        status.judge_decryption(told(*BEFORE, *SIGNED, missing, *AFTER), 0)


def test_one_good_signature_does_not_make_up_for_a_bad_one() -> None:
    bad = ("NEWSIG", "BADSIG 1B879C35097A7F30 P")
    for lines in ((*SIGNED, *bad), (*bad, *SIGNED)):
        with pytest.raises(SignatureInvalidError):
            status.judge_verification(told(*lines), 0)
        with pytest.raises(SignatureInvalidError):
            status.judge_decryption(told(*BEFORE, *lines, *AFTER), 0)


@pytest.mark.parametrize(
    "changed",
    [
        VALID.replace(" 10 00 ", " 10 1F "),
        VALID.replace(PRIMARY, PRIMARY[:-1]),
        VALID.replace(PRIMARY, "x" * 40),
        VALID.replace(SIGNER, SIGNER.lower()),
        VALID.replace("1795602523", "-1"),
        VALID.replace("1795602523", "99999999999999"),
        VALID.rsplit(" ", 1)[0],
        "VALIDSIG",
    ],
)
def test_a_validsig_of_another_form_counts_for_nothing(changed: str) -> None:
    with pytest.raises(SignatureInvalidError):
        status.judge_verification(told("NEWSIG", SIGNED[2], changed), 0)


@pytest.mark.parametrize("digest", ["1", "2", "3", "99", ""])
def test_weak_and_unknown_hashes_are_refused(digest: str) -> None:
    weak = VALID.replace(" 10 00 ", f" {digest} 00 ")

    with pytest.raises(SignatureWeakError):
        status.judge_verification(told("NEWSIG", SIGNED[2], weak), 0)


@pytest.mark.parametrize("info", ["DECRYPTION_INFO 0 9 0", "DECRYPTION_INFO", "DECRYPTION_INFO 0"])
def test_encryption_without_integrity_protection_is_refused(info: str) -> None:
    lines = [info if line.startswith("DECRYPTION_INFO") else line for line in WHOLE]

    with pytest.raises(OpenError) as refused:
        status.judge_decryption(told(*lines), 0)
    assert refused.value.detail == "no integrity protection"


def test_a_key_that_is_not_ours_is_told_apart() -> None:
    lines = ("ENC_TO 58E0A8C0673FA0DB 18 0", "NO_SECKEY 58E0A8C0673FA0DB", "BEGIN_DECRYPTION")

    with pytest.raises(NoKeyError):
        status.judge_decryption(told(*lines, "DECRYPTION_FAILED", "END_DECRYPTION"), 2)


def test_no_story_at_all_is_no_opened_mail() -> None:
    for lines in ((), ("NODATA 1",), SIGNED):
        with pytest.raises(OpenError):
            status.judge_decryption(told(*lines), 0)
    with pytest.raises(SignatureMissingError):
        status.judge_verification(b"", 0)


@pytest.mark.parametrize("exit_status", [1, 2, 33])
def test_a_good_story_with_a_bad_end_is_refused(exit_status: int) -> None:
    with pytest.raises(OpenError):
        status.judge_decryption(told(*WHOLE), exit_status)
    with pytest.raises(SignatureInvalidError):
        status.judge_verification(told(*SIGNED), exit_status)


def test_binary_notations_are_heard_and_mean_nothing() -> None:
    salt = b"[GNUPG:] NOTATION_NAME salt@notations.sequoia-pgp.org\n[GNUPG:] NOTATION_FLAGS 0 0\n"
    data = b"[GNUPG:] NOTATION_DATA \xff\xfe\x00\r\x85\xe2\x80\xa8\x0b\x0c\x1c VALIDSIG\n"

    (signature,) = status.judge_verification(told(*SIGNED) + salt + data, 0)
    assert signature.primary == PRIMARY


def test_only_lines_of_gnupg_itself_are_heard() -> None:
    spoof = f"gpg: note\n [GNUPG:] {VALID}\nGNUPG:] {VALID}\n[GNUPG:]{VALID}\r[GNUPG:] {VALID}\n"

    with pytest.raises(SignatureMissingError):
        status.judge_verification(spoof.encode(), 0)


def test_a_status_that_is_cut_off_or_endless_is_refused() -> None:
    with pytest.raises(StructureError):
        status.judge_verification(told(*SIGNED)[:-1], 0)
    with pytest.raises(StructureError):
        status.judge_verification(told("KEY_CONSIDERED X 0") * 10_000, 0)


def test_more_signatures_than_anybody_makes_are_refused() -> None:
    assert len(status.judge_verification(told(*SIGNED * status.MOST_SIGNATURES), 0)) == 16
    with pytest.raises(SignatureInvalidError):
        status.judge_verification(told(*SIGNED * 100), 0)


def test_a_sealing_needs_our_signature_and_an_encryption() -> None:
    signed = ("BEGIN_SIGNING H8", "SIG_CREATED S 22 8 00 1795602523 " + SIGNER)
    sealed = ("BEGIN_ENCRYPTION 2 9", "END_ENCRYPTION")

    status.judge_sealing(told(*signed, *sealed), 0)
    for lines in (signed, sealed, (*sealed, *signed), (*signed, *signed, *sealed), ()):
        with pytest.raises(OpenPgpKeyError):
            status.judge_sealing(told(*lines), 0)
    with pytest.raises(OpenPgpKeyError):
        status.judge_sealing(told(*signed, *sealed), 2)
    with pytest.raises(RecipientError):
        status.judge_sealing(told("INV_RECP 5 " + PRIMARY, "FAILURE encrypt 53"), 2)


LINES = st.lists(
    st.one_of(
        st.sampled_from(WHOLE),
        st.builds("{} {}".format, st.sampled_from(KEYWORDS), st.text(max_size=60)),
    ),
    max_size=40,
)


@given(LINES, st.integers(0, 2))
def test_any_lines_give_a_verdict_or_a_refusal(lines: list[str], exit_status: int) -> None:
    text = "".join(f"[GNUPG:] {line}\n" for line in lines).encode("utf-8", "replace")
    for judge in (status.judge_decryption, status.judge_verification, status.judge_sealing):
        try:
            judge(text, exit_status)
        except KeysError as error:
            assert error.code.startswith("keys.")  # noqa: PT017


@given(st.binary(max_size=4000), st.integers(-9, 255))
def test_any_octets_give_a_refusal(octets: bytes, exit_status: int) -> None:
    with pytest.raises(KeysError):
        status.judge_decryption(octets, exit_status)
    with pytest.raises(KeysError):
        status.judge_verification(octets, exit_status)


@given(st.permutations(WHOLE))
def test_the_story_in_another_order_is_refused_or_the_same(lines: list[str]) -> None:
    needed = [line for line in lines if not line.startswith(("ENC_TO", "KEY_C", "DECRYPTION_KEY"))]
    same = [line for line in WHOLE if not line.startswith(("ENC_TO", "KEY_C", "DECRYPTION_KEY"))]
    try:
        status.judge_decryption(told(*lines), 0)
    except KeysError:
        assert needed != same
    else:
        assert sorted(needed) == sorted(same)
        assert needed.index("DECRYPTION_OKAY") > needed.index(VALID)
        assert needed.index(VALID) > needed.index("PLAINTEXT 62 1795602523 m")
