"""Revocation lists count when the issuer signed them, while they are fresh, and a while longer."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from keys.crl import List, read_lists, require_list
from keys.errors import (
    CertificateRevokedError,
    KeysError,
    RevocationMissingError,
    RevocationSourceError,
    RevocationStaleError,
)
from keys.identity import fingerprint
from keys.policy import TrustPolicy
from keys.trust import Judge, TrustMaterial
from tests.keys.other_side import CA_EXTENSIONS, LEAF_EXTENSIONS, Authority, Party
from tests.keys.revoking import DAY, Entry, make_list, scope


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


# --- from when on --------------------------------------------------------------------------------

REASONS = [one for one in x509.ReasonFlags if one is not x509.ReasonFlags.remove_from_crl]


@pytest.mark.parametrize("reason", [None, *REASONS], ids=str)
def test_every_reason_refuses_what_comes_after(
    reason: x509.ReasonFlags | None,
    authority: Authority,
    material: TrustMaterial,
    *,
    parties: dict[str, Party],
    now: datetime,
) -> None:
    entry = Entry(parties["p256"], now - 2 * DAY, reason)
    judge = with_lists(material, make_list(authority.issuing, [entry], made=now - DAY))
    with pytest.raises(CertificateRevokedError):
        judge.judge(parties["p256"].certificate, (), now)


def test_what_was_revoked_after_receipt_stays_good_unless_the_key_was_lost(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf, flags = parties["p256"], x509.ReasonFlags
    received = now - timedelta(hours=6)
    later = now - timedelta(hours=1)

    def state(reason: x509.ReasonFlags | None, since: datetime | None = None) -> str:
        entry = Entry(leaf, later, reason, since)
        judge = with_lists(material, make_list(authority.issuing, [entry], made=later))
        try:
            return judge.judge(leaf.certificate, (), received).revocation
        except CertificateRevokedError:
            return "revoked"

    assert state(None) == state(flags.superseded) == state(flags.certificate_hold) == "good"
    assert state(flags.key_compromise) == state(flags.ca_compromise) == "revoked"
    # The issuer may say since when: then that counts, for a lost key and for any other reason.
    assert state(flags.key_compromise, now - timedelta(hours=2)) == "good"
    assert state(flags.key_compromise, received - DAY) == "revoked"
    assert state(flags.superseded, received - DAY) == "revoked"


# --- delta lists ---------------------------------------------------------------------------------


def test_a_delta_list_counts_with_the_complete_list_that_it_builds_on(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf = parties["p256"].certificate
    entry = Entry(parties["p256"], now - 2 * DAY, x509.ReasonFlags.certificate_hold)
    complete = make_list(authority.issuing, made=now - 3 * DAY, number=10)
    held = make_list(authority.issuing, [entry], made=now - 3 * DAY, number=10)
    delta = make_list(authority.issuing, [entry], made=now - DAY, number=12, base=10)
    gone = Entry(parties["p256"], now - DAY, x509.ReasonFlags.remove_from_crl)
    removed = make_list(authority.issuing, [gone], made=now - DAY, number=12, base=10)

    assert with_lists(material, complete).judge(leaf, (), now).revocation == "good"
    with pytest.raises(CertificateRevokedError):
        with_lists(material, complete, delta).judge(leaf, (), now)
    with pytest.raises(CertificateRevokedError):
        with_lists(material, held).judge(leaf, (), now)
    assert with_lists(material, held, removed).judge(leaf, (), now).revocation == "good"


@pytest.mark.parametrize(("number", "base"), [(12, 11), (10, 10), (9, 8)])
def test_a_delta_list_that_does_not_fit_the_complete_one_says_nothing(
    number: int,
    base: int,
    authority: Authority,
    *,
    material: TrustMaterial,
    parties: dict[str, Party],
    now: datetime,
) -> None:
    entry = Entry(parties["p256"], now - 2 * DAY)
    complete = make_list(authority.issuing, made=now - 3 * DAY, number=10)
    delta = make_list(authority.issuing, [entry], made=now - DAY, number=number, base=base)
    judge = with_lists(material, complete, delta)
    assert judge.judge(parties["p256"].certificate, (), now).revocation == "good"


def test_a_delta_list_alone_says_nothing_and_is_named(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    delta = make_list(authority.issuing, made=now - DAY, number=12, base=10)
    trusted = with_lists(material, delta).judge(parties["p256"].certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", "crl.delta")


def test_a_fresh_delta_list_keeps_its_complete_list_fresh(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf = parties["p256"].certificate
    old = make_list(authority.issuing, made=now - 9 * DAY, until=now - 2 * DAY, number=10)
    delta = make_list(authority.issuing, made=now - DAY, until=now + DAY, number=12, base=10)
    stale = make_list(
        authority.issuing, made=now - 4 * DAY, until=now - 3 * DAY, number=12, base=10
    )
    assert with_lists(material, old).judge(leaf, (), now).revocation == "stale-accepted"
    assert with_lists(material, old, stale).judge(leaf, (), now).revocation == "stale-accepted"
    assert with_lists(material, old, delta).judge(leaf, (), now).revocation == "good"
    with pytest.raises(RevocationStaleError):
        with_lists(material, old, stale).judge(leaf, (), now + 10 * DAY)


# --- what a list speaks for ----------------------------------------------------------------------

SCOPES = {
    "certificates of authorities": (scope(only_contains_ca_certs=True), "crl.other_scope"),
    "attribute certificates": (scope(only_contains_attribute_certs=True), "crl.partial"),
    "other issuers too": (scope(indirect_crl=True), "crl.indirect"),
    "some reasons": (
        scope(only_some_reasons=frozenset((x509.ReasonFlags.key_compromise,))),
        "crl.partial",
    ),
}


@pytest.mark.parametrize("name", SCOPES)
def test_a_list_that_speaks_for_other_things_is_passed_over_and_named(
    name: str,
    authority: Authority,
    material: TrustMaterial,
    *,
    parties: dict[str, Party],
    now: datetime,
) -> None:
    point, note = SCOPES[name]
    made = make_list(authority.issuing, made=now - DAY, scope=point)
    trusted = with_lists(material, made).judge(parties["p256"].certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", note)


def test_a_list_for_user_certificates_speaks_for_them_and_not_for_authorities(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    point = scope(only_contains_user_certs=True)
    leaf = parties["p256"].certificate
    users = make_list(authority.issuing, made=now - DAY, scope=point)
    assert with_lists(material, users).judge(leaf, (), now).revocation == "good"
    entry = Entry(authority.issuing, now - 2 * DAY)
    of_root = make_list(authority.root, [entry], made=now - DAY, scope=point)
    trusted = with_lists(material, users, of_root).judge(leaf, (), now)
    assert "crl.other_scope" in trusted.notes
    assert "crl.unknown_for_issuer" in trusted.notes


def test_a_list_of_one_distribution_point_speaks_for_those_that_name_it(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    names = ("http://crl.example/1.crl", "http://crl.example/2.crl")
    point = [x509.UniformResourceIdentifier(names[0])]
    made = make_list(authority.issuing, made=now - DAY, scope=scope(full_name=point))
    for name, state in zip(names, ("good", "unknown"), strict=True):
        extensions = (*LEAF_EXTENSIONS, f"crlDistributionPoints=URI:{name}")
        leaf = authority.issue(f"point-{state}", "p256", extensions)
        assert with_lists(material, made).judge(leaf.certificate, (), now).revocation == state


def test_a_list_with_an_unknown_critical_extension_is_passed_over(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    made = make_list(authority.issuing, made=now - DAY, extra=[(strange, True)])
    trusted = with_lists(material, made).judge(parties["p256"].certificate, (), now)
    assert (trusted.revocation, trusted.notes[0]) == ("unknown", "crl.critical_extension")


def test_a_list_takes_the_place_of_an_older_one_of_the_same_issuer_and_scope_only(
    authority: Authority, now: datetime
) -> None:
    def one(**changes: Any) -> List:
        return read_lists(make_list(authority.issuing, **({"made": now} | changes)))[0]

    users = scope(only_contains_user_certs=True)
    first, second = one(number=4), one(number=5, made=now - DAY)
    assert first.place == second.place
    assert first.order < second.order, "the number decides, not the time"
    assert one(made=now - DAY).order < one().order, "without numbers the time decides"
    assert len({first.place, one(base=4).place, one(scope=users).place}) == 3


def test_a_list_is_taken_over_only_from_its_issuer_and_its_time(
    authority: Authority, now: datetime
) -> None:
    good = read_lists(make_list(authority.issuing, made=now - DAY))[0]
    require_list(good, authority.issuing.certificate, now)
    forged = make_list(authority.root, made=now, name=authority.issuing.certificate.subject)
    early = make_list(authority.issuing, made=now + DAY)
    for der, issuer in (
        (forged, authority.issuing),
        (early, authority.issuing),
        (make_list(authority.issuing, made=now, scope=scope(indirect_crl=True)), authority.issuing),
        (make_list(authority.issuing, made=now), authority.root),
    ):
        with pytest.raises(RevocationSourceError):
            require_list(read_lists(der)[0], issuer.certificate, now)


# --- nothing known -------------------------------------------------------------------------------


def test_what_is_not_known_is_accepted_or_not_as_the_policy_says(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf = parties["p256"].certificate
    strict = TrustPolicy(missing_revocation="quarantine")
    assert Judge(material).judge(leaf, (), now).revocation == "unknown"
    with pytest.raises(RevocationMissingError) as caught:
        Judge(material, strict).judge(leaf, (), now)
    assert caught.value.code == "keys.certificate.revocation_missing"
    lists = tuple(make_list(by, made=now - DAY) for by in (authority.root, authority.issuing))
    assert Judge(replace(material, crls=lists), strict).judge(leaf, (), now).revocation == "good"
    with pytest.raises(RevocationMissingError):
        Judge(replace(material, crls=lists[1:]), strict).judge(leaf, (), now)


def test_a_flipped_bit_anywhere_in_a_list_is_told_or_changes_nothing_that_counts(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    entry = Entry(parties["p384"], now - DAY, x509.ReasonFlags.superseded, now - DAY)
    good = make_list(authority.issuing, [entry], made=now - DAY, number=7, base=6)
    signed = read_lists(good)[0].crl.tbs_certlist_bytes
    leaf = parties["p256"].certificate
    for place in range(len(good)):
        broken = good[:place] + bytes((good[place] ^ 1,)) + good[place + 1 :]
        try:
            found = read_lists(broken)[0]
            require_list(found, authority.issuing.certificate, now)
        except KeysError:
            continue
        assert found.crl.tbs_certlist_bytes == signed
        with_lists(material, broken).judge(leaf, (), now)
