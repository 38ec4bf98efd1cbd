"""Revocation lists count when the issuer signed them, while they are fresh, and a while longer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keys.errors import CertificateRevokedError, RevocationStaleError
from keys.identity import fingerprint
from keys.policy import TrustPolicy
from keys.trust import Judge, TrustMaterial
from tests.keys.other_side import CA_EXTENSIONS, Authority, Party


def with_lists(material: TrustMaterial, *lists: bytes) -> Judge:
    return Judge(replace(material, crls=lists))


def test_a_fresh_list_that_does_not_name_the_certificate_makes_it_good(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    judge = with_lists(material, authority.revocation_list([parties["rsa3072"]]))
    assert judge.judge(parties["p256"].certificate, (), now).revocation == "good"


def test_a_revoked_certificate_is_refused_pinned_or_not(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    lists = (authority.revocation_list([parties["p256"]]),)
    leaf = parties["p256"].certificate
    for pinned in (frozenset[str](), frozenset((fingerprint(leaf),))):
        with pytest.raises(CertificateRevokedError):
            Judge(replace(material, crls=lists, pinned=pinned)).judge(leaf, (), now)


def test_a_revoked_issuer_takes_its_certificates_with_it(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    by_root = authority.revocation_list([authority.issuing], by=authority.root)
    with pytest.raises(CertificateRevokedError):
        with_lists(material, by_root).judge(parties["p256"].certificate, (), now)


def test_a_list_out_of_date_is_accepted_and_flagged_within_the_grace_period_only(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    judge = with_lists(material, authority.revocation_list(days=(-9, 2)))
    leaf = parties["p256"].certificate
    assert judge.judge(leaf, (), now).revocation == "good"
    late = judge.judge(leaf, (), now + timedelta(days=4))
    assert (late.revocation, late.notes[0]) == ("stale-accepted", "crl.stale")
    with pytest.raises(RevocationStaleError) as caught:
        judge.judge(leaf, (), now + timedelta(days=10))
    assert caught.value.code == "keys.certificate.revocation_stale"
    assert judge.judge(leaf, (), now).revocation == "good"


def test_the_grace_period_is_a_matter_of_policy(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    full = replace(material, crls=(authority.revocation_list(days=(-9, -2)),))
    strict = Judge(full, TrustPolicy(revocation_grace=timedelta(0)))
    with pytest.raises(RevocationStaleError):
        strict.judge(parties["p256"].certificate, (), now)
    assert Judge(full).judge(parties["p256"].certificate, (), now).revocation == "stale-accepted"


def test_the_newest_list_of_the_issuer_decides(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    old = authority.revocation_list(days=(-20, 20))
    new = authority.revocation_list([parties["p256"]], days=(-1, 20))
    with pytest.raises(CertificateRevokedError):
        with_lists(material, old, new).judge(parties["p256"].certificate, (), now)


def test_a_list_that_another_key_signed_under_the_issuers_name_says_nothing(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    fake = authority.issue(
        "fake-issuing", "p384", CA_EXTENSIONS, subject="/CN=Test Issuing CA", by=None
    )
    forged = authority.revocation_list([parties["p256"]], by=fake)
    trusted = with_lists(material, forged).judge(parties["p256"].certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", "crl.not_by_issuer")


def test_an_indirect_list_is_passed_over_and_named(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    indirect = authority.revocation_list([parties["p256"]], extensions=("indirect",))
    trusted = with_lists(material, indirect).judge(parties["p256"].certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", "crl.indirect")


def test_an_orderly_end_counts_from_its_day_and_a_lost_key_from_always(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf = parties["p256"].certificate
    before = now - timedelta(hours=2)
    orderly = authority.revocation_list([parties["p256"]], reason="superseded")
    judge = with_lists(material, orderly)
    assert judge.judge(leaf, (), before).revocation == "good"
    with pytest.raises(CertificateRevokedError):
        judge.judge(leaf, (), now + timedelta(hours=1))
    lost = authority.revocation_list([parties["p256"]], reason="keyCompromise")
    with pytest.raises(CertificateRevokedError):
        with_lists(material, lost).judge(leaf, (), before)
