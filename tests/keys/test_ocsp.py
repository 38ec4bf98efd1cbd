"""An OCSP answer counts for the certificate that it is about, from those who may give it."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from keys.errors import CertificateRevokedError, RevocationSourceError, RevocationStaleError
from keys.ocsp import NONCE_OCTETS, Answer, ask, read_answer, require_answer
from keys.trust import Judge, TrustMaterial
from tests.keys.other_side import CA_EXTENSIONS, Authority, Party, openssl
from tests.keys.revoking import DAY, OCSP_SIGNER, Entry, make_answer, make_list

NONCE = os.urandom(NONCE_OCTETS)


@pytest.fixture(scope="module")
def responder(authority: Authority) -> Party:
    return authority.issue("responder", "p256", OCSP_SIGNER, subject="/CN=Responder")


@pytest.fixture(scope="module")
def leaf(parties: dict[str, Party]) -> Party:
    return parties["p256"]


def with_answers(material: TrustMaterial, *answers: bytes, crls: tuple[bytes, ...] = ()) -> Judge:
    return Judge(replace(material, answers=answers, crls=crls))


def required(der: bytes, about: Party, issuer: Party, now: datetime) -> str:
    """What becomes of an answer that just came: its status, or why it is not used."""
    try:
        single = require_answer(
            read_answer(der), about.certificate, issuer.certificate, nonce=NONCE, at=now
        )
    except RevocationSourceError as error:
        return error.detail
    return single.certificate_status.name.lower()


def test_openssl_reads_what_we_ask(authority: Authority, leaf: Party) -> None:
    request = ask(leaf.certificate, authority.issuing.certificate, NONCE)
    told = openssl("ocsp", "-reqin", "/dev/stdin", "-req_text", stdin=request).decode()
    assert f"{leaf.certificate.serial_number:X}" in told
    assert NONCE.hex().upper() in told.replace("\n", "").replace(" ", "")


def test_the_issuer_and_its_responder_may_answer(
    authority: Authority, material: TrustMaterial, responder: Party, leaf: Party, now: datetime
) -> None:
    for by in (None, responder):
        der = make_answer(leaf, authority.issuing, made=now, until=now + DAY, by=by)
        trusted = with_answers(material, der).judge(leaf.certificate, (), now)
        assert trusted.revocation == "good"
        assert trusted.grounds is not None
        assert trusted.grounds.revocation == (read_answer(der).digest,)


@pytest.mark.parametrize("reason", [None, *x509.ReasonFlags], ids=str)
def test_a_revoked_certificate_is_refused(
    reason: x509.ReasonFlags | None,
    authority: Authority,
    material: TrustMaterial,
    *,
    leaf: Party,
    now: datetime,
) -> None:
    der = make_answer(
        leaf,
        authority.issuing,
        made=now - timedelta(hours=1),
        until=now + DAY,
        status=ocsp.OCSPCertStatus.REVOKED,
        revoked=now - DAY,
        reason=reason,
    )
    fresh_list = make_list(authority.issuing, made=now - 2 * DAY)
    with pytest.raises(CertificateRevokedError):
        with_answers(material, der, crls=(fresh_list,)).judge(leaf.certificate, (), now)


def test_unknown_is_no_answer(
    authority: Authority, material: TrustMaterial, leaf: Party, now: datetime
) -> None:
    der = make_answer(
        leaf,
        authority.issuing,
        made=now,
        until=now + DAY,
        status=ocsp.OCSPCertStatus.UNKNOWN,
    )
    trusted = with_answers(material, der).judge(leaf.certificate, (), now)
    assert (trusted.revocation, trusted.notes) == ("unknown", ("ocsp.unknown", *trusted.notes[1:]))


def test_an_old_answer_is_accepted_within_the_grace_period_and_a_list_may_be_fresher(
    authority: Authority, material: TrustMaterial, leaf: Party, now: datetime
) -> None:
    old = make_answer(leaf, authority.issuing, made=now - 5 * DAY, until=now - 3 * DAY)
    trusted = with_answers(material, old).judge(leaf.certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("stale-accepted", "ocsp.stale")
    with pytest.raises(RevocationStaleError):
        with_answers(material, old).judge(leaf.certificate, (), now + 5 * DAY)
    fresh = make_list(authority.issuing, made=now - DAY, until=now + 9 * DAY)
    judge = with_answers(material, old, crls=(fresh,))
    assert judge.judge(leaf.certificate, (), now + 5 * DAY).revocation == "good"


def test_the_newest_of_several_answers_counts(
    authority: Authority, material: TrustMaterial, leaf: Party, now: datetime
) -> None:
    good = make_answer(leaf, authority.issuing, made=now - DAY, until=now + 3 * DAY)
    revoked = make_answer(
        leaf,
        authority.issuing,
        made=now - timedelta(hours=1),
        until=now + DAY,
        status=ocsp.OCSPCertStatus.REVOKED,
        revoked=now - timedelta(hours=2),
    )
    for answers in ((good, revoked), (revoked, good)):
        with pytest.raises(CertificateRevokedError):
            with_answers(material, *answers).judge(leaf.certificate, (), now)


Forged = Callable[[Authority, dict[str, Party], datetime], bytes]


def _by_a_stranger(authority: Authority, parties: dict[str, Party], now: datetime) -> bytes:
    stranger = authority.issue(
        "fake-responder", "p384", OCSP_SIGNER, subject="/CN=Responder", by=None
    )
    return make_answer(parties["p256"], authority.issuing, made=now, until=now + DAY, by=stranger)


def _by_a_partner(authority: Authority, parties: dict[str, Party], now: datetime) -> bytes:
    """A partner's certificate is of the same issuer, and not made for answers."""
    by = parties["p384"]
    return make_answer(parties["p256"], authority.issuing, made=now, until=now + DAY, by=by)


def _by_a_responder_of_the_root(
    authority: Authority, parties: dict[str, Party], now: datetime
) -> bytes:
    by = authority.issue("root-responder", "p256", OCSP_SIGNER, by=authority.root)
    return make_answer(parties["p256"], authority.issuing, made=now, until=now + DAY, by=by)


def _by_an_expired_responder(
    authority: Authority, parties: dict[str, Party], now: datetime
) -> bytes:
    by = authority.issue("late-responder", "p256", OCSP_SIGNER, days=(-20, -10))
    return make_answer(parties["p256"], authority.issuing, made=now, until=now + DAY, by=by)


def _by_a_weak_responder(authority: Authority, parties: dict[str, Party], now: datetime) -> bytes:
    by = authority.issue("weak-responder", "rsa1024", OCSP_SIGNER)
    return make_answer(parties["p256"], authority.issuing, made=now, until=now + DAY, by=by)


def _with_a_bit_changed(authority: Authority, parties: dict[str, Party], now: datetime) -> bytes:
    good = make_answer(parties["p256"], authority.issuing, made=now, until=now + DAY)
    return good[:-1] + bytes((good[-1] ^ 1,))


FORGED: list[Forged] = [
    _by_a_stranger,
    _by_a_partner,
    _by_a_responder_of_the_root,
    _by_an_expired_responder,
    _by_a_weak_responder,
    _with_a_bit_changed,
]


@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: forge.__name__[1:])
def test_an_answer_of_anybody_else_says_nothing(
    forge: Forged,
    authority: Authority,
    material: TrustMaterial,
    *,
    parties: dict[str, Party],
    now: datetime,
) -> None:
    der = forge(authority, parties, now)
    leaf = parties["p256"]
    trusted = with_answers(material, der).judge(leaf.certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", "ocsp.not_by_issuer")
    assert "not signed by" in required(der, leaf, authority.issuing, now)


def test_an_answer_about_another_certificate_says_nothing(
    authority: Authority,
    material: TrustMaterial,
    parties: dict[str, Party],
    *,
    leaf: Party,
    now: datetime,
) -> None:
    other = make_answer(parties["p384"], authority.issuing, made=now, until=now + DAY)
    trusted = with_answers(material, other).judge(leaf.certificate, (), now)
    assert trusted.revocation == "unknown"
    assert "another certificate" in required(other, leaf, authority.issuing, now)
    # The same serial of another issuer is another certificate too.
    twin = authority.issue("other-ca", "p256", CA_EXTENSIONS, subject="/CN=Other CA", by=None)
    of_twin = make_answer(leaf, twin, made=now, until=now + DAY)
    trusted = with_answers(material, of_twin).judge(leaf.certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", "ocsp.other_certificate")


def test_an_answer_is_taken_over_only_to_our_question_and_in_its_time(
    authority: Authority, leaf: Party, now: datetime
) -> None:
    def said(**changes: object) -> str:
        options = {"made": now, "until": now + DAY, "nonce": NONCE} | changes
        der = make_answer(leaf, authority.issuing, **options)  # type: ignore[arg-type]  # by name
        return required(der, leaf, authority.issuing, now)

    assert said() == said(nonce=None) == "good"
    assert "nonce differs" in said(nonce=os.urandom(NONCE_OCTETS))
    assert "out of date" in said(made=now - 3 * DAY, until=now - DAY)
    assert "in the future" in said(made=now + 2 * DAY, until=now + 3 * DAY)


def test_a_responder_without_nocheck_is_asked_about_in_the_lists(
    authority: Authority, material: TrustMaterial, leaf: Party, now: datetime
) -> None:
    by = authority.issue("checked-responder", "p256", OCSP_SIGNER[:-1], subject="/CN=Checked")
    der = make_answer(leaf, authority.issuing, made=now, until=now + DAY, by=by)
    unchecked = with_answers(material, der).judge(leaf.certificate, (), now)
    assert (unchecked.revocation, unchecked.notes[0]) == ("good", "ocsp.responder_unchecked")
    gone = make_list(authority.issuing, [Entry(by, now - DAY)], made=now - DAY, until=now + DAY)
    with_list = with_answers(material, der, crls=(gone,)).judge(leaf.certificate, (), now)
    assert with_list.grounds is not None
    assert read_answer(der).digest not in with_list.grounds.revocation


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x0a\x01\x06", b"<html>", b"\x30\x80" * 5000])
def test_what_is_no_good_answer_is_told(der: bytes) -> None:
    with pytest.raises(RevocationSourceError):
        read_answer(der)


def test_a_flipped_bit_anywhere_is_told_or_changes_nothing_that_counts(
    authority: Authority, responder: Party, leaf: Party, now: datetime
) -> None:
    good = make_answer(
        leaf, authority.issuing, made=now, until=now + DAY, by=responder, nonce=NONCE
    )
    signed = read_answer(good).response.tbs_response_bytes
    for place in range(len(good)):
        broken = good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :]
        if required(broken, leaf, authority.issuing, now) == "good":
            assert read_answer(broken).response.tbs_response_bytes == signed


def test_an_answer_is_read_once_and_known_by_its_bytes(
    authority: Authority, leaf: Party, now: datetime
) -> None:
    der = make_answer(leaf, authority.issuing, made=now, until=now + DAY)
    answer = read_answer(der)
    assert isinstance(answer, Answer)
    assert answer.status_of(leaf.certificate, authority.issuing.certificate) is not None
    assert answer.status_of(leaf.certificate, authority.root.certificate) is None
