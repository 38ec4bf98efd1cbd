"""Which certificates are relied on, at what time, and why the others are not."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from keys.errors import (
    CertificateError,
    CertificateExpiredError,
    CertificateNotYetValidError,
    CertificateUntrustedError,
    CertificateUsageError,
    CertificateWeakError,
)
from keys.identity import fingerprint
from keys.policy import TrustPolicy
from keys.trust import Judge, Trusted, TrustMaterial
from keys.usage import Usage
from tests.keys.conftest import der
from tests.keys.other_side import CA_EXTENSIONS, LEAF_EXTENSIONS, Authority, Party

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


def test_errors_keep_code_and_detail_across_process_borders() -> None:
    error = pickle.loads(pickle.dumps(CertificateWeakError("RSA 1024 is not allowed")))
    assert (type(error), error.code) == (CertificateWeakError, "keys.certificate.weak")
    assert error.detail == "RSA 1024 is not allowed"
