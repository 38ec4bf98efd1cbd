"""Which certificates are relied on, at what time, and why the others are not."""

import hashlib
import pickle
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from keys.certificates import load
from keys.errors import (
    CertificateError,
    CertificateExpiredError,
    CertificateNotYetValidError,
    CertificateUntrustedError,
    CertificateUsageError,
    CertificateWeakError,
    GroundsError,
    StructureError,
)
from keys.grounds import read_grounds
from keys.identity import addresses_of, fingerprint, subject_in_words
from keys.policy import CIPHER_RULES, HASH_RULES, KEY_RULES, TrustPolicy, cipher_is_read
from keys.trust import Judge, Trusted, TrustMaterial, repeat
from keys.usage import Usage
from tests.keys.conftest import der
from tests.keys.other_side import CA_EXTENSIONS, LEAF_EXTENSIONS, Authority, Party
from tests.keys.revoking import DAY, Entry, make_list
from tests.keys.rings import make_clone, make_leaf_under, make_ring

BARE = LEAF_EXTENSIONS[:1]


@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "p256", "p384"])
@pytest.mark.parametrize("usage", ["sign", "encrypt"])
def test_a_certificate_with_a_path_to_an_anchor_is_trusted(
    kind: str,
    usage: Usage,
    parties: dict[str, Party],
    *,
    material: TrustMaterial,
    now: datetime,
) -> None:
    trusted = Judge(material).judge(parties[kind].certificate, (), now, usage)
    assert trusted.chain[0] == fingerprint(parties[kind].certificate)
    assert len(trusted.chain) == 3
    assert trusted.revocation == "unknown"


def test_intermediates_may_come_with_the_mail_in_any_order(
    authority: Authority, parties: dict[str, Party], now: datetime
) -> None:
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    leaf = parties["p256"].certificate
    with pytest.raises(CertificateUntrustedError):
        judge.judge(leaf, (), now)
    pool = [parties["rsa2048"].certificate, leaf, authority.issuing.certificate]
    assert len(judge.judge(leaf, pool, now).chain) == 3


def test_a_chain_that_was_trusted_in_one_mail_is_remembered(
    authority: Authority, parties: dict[str, Party], now: datetime
) -> None:
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    leaf = parties["p256"].certificate
    first = judge.judge(leaf, [authority.issuing.certificate], now)
    assert judge.judge(leaf, (), now + timedelta(minutes=1)) is first
    with pytest.raises(CertificateExpiredError):
        judge.judge(leaf, (), now + timedelta(days=400))
    with pytest.raises(CertificateNotYetValidError):
        judge.judge(leaf, (), now - timedelta(days=3))


def test_without_anchors_nothing_is_trusted_but_what_is_pinned(
    parties: dict[str, Party], now: datetime
) -> None:
    leaf = parties["p256"].certificate
    with pytest.raises(CertificateUntrustedError):
        Judge(TrustMaterial()).judge(leaf, (), now)
    trusted = Judge(TrustMaterial(pinned=frozenset((fingerprint(leaf),)))).judge(leaf, (), now)
    assert trusted == Trusted((fingerprint(leaf),), "unknown", ("pinned",))


def test_a_pin_is_no_way_around_validity_and_strength(authority: Authority, now: datetime) -> None:
    expired = authority.issue("pinned-expired", "p256", days=(-10, -1))
    weak = authority.issue("pinned-weak", "rsa1024")
    pins = frozenset(fingerprint(party.certificate) for party in (expired, weak))
    judge = Judge(TrustMaterial(pinned=pins))
    with pytest.raises(CertificateExpiredError):
        judge.judge(expired.certificate, (), now)
    with pytest.raises(CertificateWeakError):
        judge.judge(weak.certificate, (), now)


def test_a_self_made_certificate_that_calls_itself_an_authority_may_be_pinned(
    authority: Authority, now: datetime
) -> None:
    made = authority.issue("self-made", "p256", ("basicConstraints=CA:TRUE",), by=None)
    pin = frozenset((fingerprint(made.certificate),))
    assert "pinned" in Judge(TrustMaterial(pinned=pin)).judge(made.certificate, (), now).notes
    with pytest.raises(CertificateUsageError):
        Judge(TrustMaterial(anchors=(der(made),))).judge(made.certificate, (), now)


def test_a_self_signed_clone_of_a_trusted_certificate_is_not_trusted(
    authority: Authority, material: TrustMaterial, now: datetime
) -> None:
    clone = authority.issue("clone", "p256", by=None)
    with pytest.raises(CertificateUntrustedError):
        Judge(material).judge(clone.certificate, (), now)


def test_a_clone_of_the_authority_leads_nowhere(
    authority: Authority, material: TrustMaterial, now: datetime
) -> None:
    fake = authority.issue("fake-ca", "p384", CA_EXTENSIONS, subject="/CN=Test Root", by=None)
    leaf = authority.issue("under-fake", "p256", by=fake)
    with pytest.raises(CertificateUntrustedError):
        Judge(material).judge(leaf.certificate, [fake.certificate], now)


def test_a_partner_cannot_issue_certificates_for_others(
    authority: Authority, material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf = authority.issue("by-partner", "p256", by=parties["p256"])
    with pytest.raises(CertificateUntrustedError):
        Judge(material).judge(leaf.certificate, [parties["p256"].certificate], now)


REFUSED: dict[str, tuple[str, Sequence[str], type[CertificateError]]] = {
    "RSA-1024": ("rsa1024", LEAF_EXTENSIONS, CertificateWeakError),
    "an odd curve": ("brainpool", LEAF_EXTENSIONS, CertificateWeakError),
    "a CA as signer": ("p256", ("basicConstraints=critical,CA:TRUE",), CertificateUsageError),
    "for TLS only": ("p256", (*BARE, "extendedKeyUsage=serverAuth"), CertificateUsageError),
    "for encryption only": ("p256", (*BARE, "keyUsage=keyAgreement"), CertificateUsageError),
    "an unknown critical extension": (
        "p256",
        (*BARE, "1.2.3.4=critical,ASN1:NULL"),
        CertificateUntrustedError,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_fit_to_sign_mail_is_refused(
    name: str, authority: Authority, material: TrustMaterial, now: datetime
) -> None:
    kind, extensions, error = REFUSED[name]
    party = authority.issue("refused", kind, extensions)
    with pytest.raises(error):
        Judge(material).judge(party.certificate, (), now)


def test_a_certificate_for_signing_only_is_not_encrypted_to(
    authority: Authority, material: TrustMaterial, now: datetime
) -> None:
    for kind in ("rsa2048", "p256"):
        party = authority.issue("signs", kind, (*BARE, "keyUsage=digitalSignature"))
        judge = Judge(material)
        judge.judge(party.certificate, (), now, "sign")
        with pytest.raises(CertificateUsageError):
            judge.judge(party.certificate, (), now, "encrypt")


def test_a_certificate_signed_with_sha1_is_refused(
    authority: Authority, material: TrustMaterial, now: datetime
) -> None:
    party = authority.issue("sha1", "p256", options=("-md", "sha1"))
    with pytest.raises(CertificateError):
        Judge(material).judge(party.certificate, (), now)


def test_an_issuing_authority_for_mail_only_is_accepted_and_one_for_tls_is_not(
    authority: Authority, now: datetime
) -> None:
    for usage, good in (("emailProtection", True), ("serverAuth", False)):
        extensions = (*CA_EXTENSIONS, f"extendedKeyUsage={usage}")
        name = f"ca-{usage}"
        ca = authority.issue(name, "p256", extensions, subject=f"/CN={name}", by=authority.root)
        leaf = authority.issue(f"leaf-{usage}", "p256", by=ca)
        judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
        if good:
            assert judge.judge(leaf.certificate, [ca.certificate], now).chain
        else:
            with pytest.raises(CertificateUntrustedError):
                judge.judge(leaf.certificate, [ca.certificate], now)


def test_name_constraints_of_the_authority_hold_for_addresses(
    authority: Authority, now: datetime
) -> None:
    for domain, good in (("aarhus.example", True), ("other.example", False)):
        extensions = (*CA_EXTENSIONS, f"nameConstraints=critical,permitted;email:{domain}")
        name = f"ca-{domain}"
        ca = authority.issue(name, "p256", extensions, subject=f"/CN={name}", by=authority.root)
        leaf = authority.issue(f"leaf-{domain}", "p256", by=ca)
        judge = Judge(TrustMaterial(anchors=(der(authority.root), der(ca))))
        if good:
            assert judge.judge(leaf.certificate, (), now).chain
        else:
            with pytest.raises(CertificateUntrustedError):
                judge.judge(leaf.certificate, (), now)


def test_an_address_outside_the_alternative_names_is_flagged(
    authority: Authority, material: TrustMaterial, now: datetime
) -> None:
    subject = "/CN=x/emailAddress=sikkermail@aarhus.example"
    inside = authority.issue("dn-address", "p256", BARE, subject=subject)
    without = authority.issue("no-address", "p256", BARE, subject="/CN=x")
    judge = Judge(material)
    assert "address.distinguished-name" in judge.judge(inside.certificate, (), now).notes
    assert "address.none" in judge.judge(without.certificate, (), now).notes


def test_rsa_2048_is_trusted_until_its_row_of_the_table_ends(
    authority: Authority, now: datetime
) -> None:
    party = authority.issue("long", "rsa2048", by=None, days=(-1, 3650))
    judge = Judge(TrustMaterial(pinned=frozenset((fingerprint(party.certificate),))))
    judge.judge(party.certificate, (), now)
    with pytest.raises(CertificateWeakError):
        judge.judge(party.certificate, (), now.replace(year=2031, month=2, day=1))


def test_the_material_crosses_process_borders(
    material: TrustMaterial, parties: dict[str, Party], now: datetime
) -> None:
    leaf = parties["p256"].certificate
    full = replace(material, pinned=frozenset(("00",)))
    assert pickle.loads(pickle.dumps(full)) == full
    verdict = Judge(pickle.loads(pickle.dumps(material)), TrustPolicy()).judge(leaf, (), now)
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    assert pickle.loads(pickle.dumps(verdict)).grounds == verdict.grounds


def test_errors_keep_code_and_detail_across_process_borders() -> None:
    error = pickle.loads(pickle.dumps(CertificateWeakError("RSA 1024 is not allowed")))
    assert (type(error), error.code) == (CertificateWeakError, "keys.certificate.weak")
    assert error.detail == "RSA 1024 is not allowed"


# --- paths ---------------------------------------------------------------------------------------


def authority_named(authority: Authority, name: str, **options: Any) -> Party:
    return authority.issue(name, "p256", CA_EXTENSIONS, subject=f"/CN={name}", **options)


def test_a_hundred_certificates_in_the_mail_cost_little_and_hide_nothing(
    authority: Authority, parties: dict[str, Party], now: datetime
) -> None:
    """Copies of the issuer's name under other keys stand before the issuer itself."""
    made = [make_clone(authority.issuing, now) for _ in range(99)]
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    began = time.perf_counter()
    trusted = judge.judge(parties["p256"].certificate, [*made, authority.issuing.certificate], now)
    assert len(trusted.chain) == 3
    assert time.perf_counter() - began < 1


def test_paths_that_run_in_circles_end(authority: Authority, now: datetime) -> None:
    """Twenty authorities that all issued each other, and none of them an anchor."""
    ring = make_ring(20, now)
    leaf = make_leaf_under(ring[0], now)
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    began = time.perf_counter()
    with pytest.raises(CertificateUntrustedError):
        judge.judge(leaf, [certificate for _, certificate in ring], now)
    assert time.perf_counter() - began < 1


def test_a_path_longer_than_the_policy_or_the_authority_allows_is_refused(
    authority: Authority, now: datetime
) -> None:
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    above, pool = authority.root, []
    for number in range(6):
        above = authority_named(authority, f"link-{number}", by=above)
        pool.append(above.certificate)
        leaf = authority.issue(f"under-{number}", "p256", by=above).certificate
        if number < 5:
            assert len(judge.judge(leaf, pool, now).chain) == number + 3
    with pytest.raises(CertificateUntrustedError):
        judge.judge(leaf, pool, now)

    short = ("basicConstraints=critical,CA:TRUE,pathlen:0", *CA_EXTENSIONS[1:])
    first = authority.issue("short", "p256", short, subject="/CN=short", by=authority.root)
    second = authority_named(authority, "too-deep", by=first)
    leaf = authority.issue("too-deep-leaf", "p256", by=second).certificate
    with pytest.raises(CertificateUntrustedError):
        judge.judge(leaf, [first.certificate, second.certificate], now)


def test_an_authority_with_an_unknown_critical_extension_leads_nowhere(
    authority: Authority, now: datetime
) -> None:
    extensions = (*CA_EXTENSIONS, "1.2.3.4=critical,ASN1:NULL")
    ca = authority.issue("strange", "p256", extensions, subject="/CN=strange", by=authority.root)
    leaf = authority.issue("under-strange", "p256", by=ca)
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    with pytest.raises(CertificateUntrustedError):
        judge.judge(leaf.certificate, [ca.certificate], now)


def test_a_path_whose_authority_expired_is_refused_and_the_other_one_is_found(
    authority: Authority, now: datetime
) -> None:
    """The same authority twice: its old certificate, and the one that it has now."""
    old = authority.issue(
        "renewed-ca", "p256", CA_EXTENSIONS, subject="/CN=Renewed", by=authority.root, days=(-9, -2)
    )
    leaf = authority.issue("under-renewed", "p256", by=old).certificate
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    with pytest.raises(CertificateUntrustedError) as caught:
        judge.judge(leaf, [old.certificate], now)
    assert "not valid at this time" in caught.value.detail
    new = authority.issue(
        "renewed-ca", "p256", CA_EXTENSIONS, subject="/CN=Renewed", by=authority.root
    )
    assert len(judge.judge(leaf, [old.certificate, new.certificate], now).chain) == 3


@pytest.mark.parametrize("kind", ["rsa1024", "brainpool"])
def test_a_weak_authority_in_the_path_is_refused(
    kind: str, authority: Authority, now: datetime
) -> None:
    ca = authority.issue(f"ca-{kind}", kind, CA_EXTENSIONS, subject=f"/CN={kind}", by=None)
    leaf = authority.issue(f"under-{kind}", "p256", by=ca)
    with pytest.raises(CertificateWeakError):
        Judge(TrustMaterial(anchors=(der(ca),))).judge(leaf.certificate, (), now)


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_a_certificate_signed_with_a_broken_hash_is_called_weak(
    digest: str, authority: Authority, now: datetime
) -> None:
    ca = authority.issue("rsa-ca", "rsa2048", CA_EXTENSIONS, subject="/CN=RSA CA", by=None)
    leaf = authority.issue(f"by-{digest}", "p256", by=ca, options=("-md", digest))
    with pytest.raises(CertificateWeakError) as caught:
        Judge(TrustMaterial(anchors=(der(ca),))).judge(leaf.certificate, (), now)
    assert caught.value.detail == f"{digest} is not allowed"


def test_what_is_malformed_inside_is_no_certificate_or_leads_nowhere(
    authority: Authority, parties: dict[str, Party], material: TrustMaterial, now: datetime
) -> None:
    whole = der(parties["p256"])
    for place in range(len(whole)):
        broken = whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :]
        try:
            leaf = load(broken).certificate
        except StructureError:
            continue
        if leaf.tbs_certificate_bytes == parties["p256"].certificate.tbs_certificate_bytes:
            continue  # a signature has more than one encoding; what it is over is the same
        assert subject_in_words(leaf)
        assert addresses_of(leaf) is not None
        with pytest.raises(CertificateError):
            Judge(material).judge(leaf, [authority.issuing.certificate], now)


# --- names ---------------------------------------------------------------------------------------

IN_SUBJECT = "/CN=x/emailAddress=sikkermail@aarhus.example"
UTF8_MAILBOX = "subjectAltName=otherName:1.3.6.1.5.5.7.8.9;UTF8:støtte@{domain}"
CONSTRAINED = {
    "the host": ("permitted;email:aarhus.example", True),
    "the mailbox": ("permitted;email:sikkermail@aarhus.example", True),
    "all below a domain": ("permitted;email:.example", True),
    "another host": ("permitted;email:other.example", False),
    "another mailbox": ("permitted;email:anden@aarhus.example", False),
    "hosts below, not the host": ("permitted;email:.aarhus.example", False),
    "the host, by exclusion": ("excluded;email:aarhus.example", False),
    "another host, by exclusion": ("excluded;email:other.example", True),
    "names of another kind": ("permitted;DNS:aarhus.example", True),
}


@pytest.mark.parametrize("name", CONSTRAINED)
def test_an_address_in_the_subject_is_no_way_around_name_constraints(
    name: str, authority: Authority, now: datetime
) -> None:
    constraint, good = CONSTRAINED[name]
    extensions = (*CA_EXTENSIONS, f"nameConstraints=critical,{constraint}")
    ca = authority.issue("limits", "p256", extensions, subject="/CN=limits", by=authority.root)
    leaf = authority.issue("limited", "p256", BARE, subject=IN_SUBJECT, by=ca).certificate
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    if good:
        assert judge.judge(leaf, [ca.certificate], now).chain
    else:
        with pytest.raises(CertificateUntrustedError):
            judge.judge(leaf, [ca.certificate], now)


@pytest.mark.parametrize(("domain", "good"), [("aarhus.example", True), ("other.example", False)])
def test_an_internationalised_mailbox_is_under_name_constraints_too(
    domain: str, good: bool, authority: Authority, now: datetime
) -> None:
    extensions = (*CA_EXTENSIONS, "nameConstraints=critical,permitted;email:aarhus.example")
    ca = authority.issue("limits", "p256", extensions, subject="/CN=limits", by=authority.root)
    names = (*BARE, UTF8_MAILBOX.format(domain=domain))
    leaf = authority.issue("utf8", "p256", names, subject="/CN=x", by=ca).certificate
    judge = Judge(TrustMaterial(anchors=(der(authority.root),)))
    if good:
        assert judge.judge(leaf, [ca.certificate], now).chain
    else:
        with pytest.raises(CertificateUntrustedError):
            judge.judge(leaf, [ca.certificate], now)


# --- grounds -------------------------------------------------------------------------------------


def test_every_verdict_can_be_repeated_from_its_grounds_alone(
    authority: Authority, parties: dict[str, Party], now: datetime
) -> None:
    party = parties["p256"]
    lost = authority.issue("lost", "p256")
    held = make_list(authority.issuing, [Entry(lost, now - DAY)], made=now - DAY)
    judge = Judge(TrustMaterial(anchors=(der(authority.root),), crls=(held,)))
    pool = [authority.issuing.certificate]
    trusted = judge.judge(party.certificate, pool, now)
    assert trusted.grounds is not None
    blobs = trusted.grounds.blobs | {hashlib.sha256(held).hexdigest(): held}
    again = repeat(read_grounds(trusted.grounds.to_json(), blobs), blobs, now)
    assert (again, again.grounds) == (trusted, trusted.grounds)

    weak = authority.issue("weak", "rsa1024")
    for bad in (lost, weak, authority.issue("unlinked", "p256", by=None)):
        with pytest.raises(CertificateError) as first:
            judge.judge(bad.certificate, pool, now)
        grounds = first.value.grounds
        assert grounds is not None
        known = blobs | grounds.blobs
        with pytest.raises(type(first.value)):
            repeat(read_grounds(grounds.to_json(), known), known, now)


def test_grounds_that_are_missing_or_changed_are_named(
    parties: dict[str, Party], material: TrustMaterial, now: datetime
) -> None:
    grounds = Judge(material).judge(parties["p256"].certificate, (), now).grounds
    assert grounds is not None
    for name in grounds.to_json()["certificates"]:
        without = {key: value for key, value in grounds.blobs.items() if key != name}
        with pytest.raises(GroundsError) as caught:
            read_grounds(grounds.to_json(), without)
        assert caught.value.detail == f"{name} is missing"
        with pytest.raises(GroundsError) as caught:
            read_grounds(grounds.to_json(), without | {name: grounds.blobs[name] + b"\x00"})
        assert caught.value.detail == f"{name} was changed"


# --- the table -----------------------------------------------------------------------------------


def test_3des_is_read_where_the_operator_says_so_and_else_no_more(now: datetime) -> None:
    assert cipher_is_read("AES-256", now, TrustPolicy())
    assert not cipher_is_read("3DES", now, TrustPolicy())
    assert cipher_is_read("3DES", now, TrustPolicy(read_3des=True))
    assert not cipher_is_read("RC2", now, TrustPolicy(read_3des=True))


def test_every_row_of_the_table_has_a_source_and_a_span() -> None:
    for rule in (*KEY_RULES, *HASH_RULES, *CIPHER_RULES):
        assert rule.source
        assert rule.since < rule.until
