"""The sender is whom the certificate names."""

import pytest

from keys.identity import Organisation, address_source, addresses_of, organisation_of
from tests.keys.other_side import LEAF_EXTENSIONS, Authority

BARE = LEAF_EXTENSIONS[:1]
SUBJECTS = {
    "/organizationIdentifier=NTRDK-55133018/CN=x": Organisation("cvr", "55133018"),
    "/serialNumber=CVR:55133018-FID:1234567890/CN=x": Organisation("cvr", "55133018"),
    "/serialNumber=CVR:55133018-UID:1234/CN=x": Organisation("cvr", "55133018"),
    "/organizationIdentifier=NTRSE-2321000164/CN=x": Organisation("orgnr", "2321000164"),
    "/organizationIdentifier=NTRSE-232100-0164/CN=x": Organisation("orgnr", "2321000164"),
    "/organizationIdentifier=NTRDK-55133018/serialNumber=CVR:55133018-FID:1/CN=x": Organisation(
        "cvr", "55133018"
    ),
    "/organizationIdentifier=NTRDK-55133018/serialNumber=CVR:29190925-FID:1/CN=x": None,
    "/organizationIdentifier=NTRDK-5513301/CN=x": None,
    "/organizationIdentifier=NTRDK-55133018-9/CN=x": None,
    "/organizationIdentifier=NTRNO-551330180/CN=x": None,
    "/serialNumber=CVR:55133018/CN=x": None,
    "/serialNumber=XCVR:55133018-FID:1/CN=x": None,
    "/CN=NTRDK-55133018": None,
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_organisation_is_read_from_its_fields_only(subject: str, authority: Authority) -> None:
    party = authority.issue("named", "p256", subject=subject)
    assert organisation_of(party.certificate) == SUBJECTS[subject]


def test_addresses_come_from_the_alternative_names_before_the_subject(
    authority: Authority,
) -> None:
    names = (
        "subjectAltName=@names",
        "[names]",
        "email.1=a@aarhus.example",
        "email.2=b@aarhus.example",
        "otherName.1=1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:søg@aarhus.example",
    )
    subject = "/CN=x/emailAddress=c@aarhus.example"
    party = authority.issue("both", "p256", (*BARE, *names), subject=subject)
    assert addresses_of(party.certificate)[:2] == ("a@aarhus.example", "b@aarhus.example")
    assert addresses_of(party.certificate)[2] == "søg@aarhus.example"
    assert address_source(party.certificate) == "certificate"


def test_an_address_of_the_subject_is_told_apart(authority: Authority) -> None:
    subject = "/CN=x/emailAddress=c@aarhus.example"
    party = authority.issue("dn", "p256", BARE, subject=subject)
    assert addresses_of(party.certificate) == ("c@aarhus.example",)
    assert address_source(party.certificate) == "distinguished-name"


def test_a_certificate_without_an_address_has_none(authority: Authority) -> None:
    party = authority.issue("none", "p256", BARE, subject="/CN=x")
    assert addresses_of(party.certificate) == ()
    assert address_source(party.certificate) == "none"
