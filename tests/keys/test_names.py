"""A certificate is found by issuer and serial number, in whatever way a program writes them."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from keys import asn1
from keys.asn1 import oid_octets
from keys.cms import Keyring, OwnKey, decrypt, encrypt, verify
from keys.errors import NoKeyError, SignerUnknownError
from keys.names import comparable
from tests.keys.conftest import ENTITY
from tests.keys.own_keys import certificate_for, own_key_of
from tests.keys.test_attacks_on_signatures import signed_data, signer_info, usual

COMMON_NAME, COUNTRY = oid_octets("2.5.4.3"), oid_octets("2.5.4.6")


def named(*parts: list[tuple[bytes, int, bytes]], serial: bytes = b"\x01\x02") -> bytes:
    """IssuerAndSerialNumber from the relative names as they are written."""
    sets = [
        asn1.tlv(asn1.SET, b"".join(asn1.sequence(asn1.oid(o), asn1.tlv(t, v)) for o, t, v in part))
        for part in parts
    ]
    return asn1.sequence(asn1.sequence(*sets), asn1.tlv(asn1.INTEGER, serial))


SAME = {
    "as it was": named([(COMMON_NAME, 0x0C, "Ålborg CA".encode())]),
    "BMPString": named([(COMMON_NAME, 0x1E, "Ålborg CA".encode("utf-16-be"))]),
    "TeletexString": named([(COMMON_NAME, 0x14, "Ålborg CA".encode("latin-1"))]),
    "another case": named([(COMMON_NAME, 0x0C, "ålborg ca".encode())]),
    "more space": named([(COMMON_NAME, 0x0C, " Ålborg  CA ".encode())]),
}
OTHERS = {
    "another name": named([(COMMON_NAME, 0x0C, b"Aalborg CA")]),
    "another attribute": named([(COUNTRY, 0x0C, "Ålborg CA".encode())]),
    "another serial number": named([(COMMON_NAME, 0x0C, "Ålborg CA".encode())], serial=b"\x01"),
    "a negative serial number": named([(COMMON_NAME, 0x0C, "Ålborg CA".encode())], serial=b"\xff"),
    "one more part": named([(COMMON_NAME, 0x0C, "Ålborg CA".encode())], [(COUNTRY, 0x13, b"DK")]),
    "no string": named([(COMMON_NAME, 0x04, "Ålborg CA".encode())]),
    "broken text": named([(COMMON_NAME, 0x0C, "Ålborg CA".encode("latin-1"))]),
}


@pytest.mark.parametrize("way", SAME)
def test_a_name_is_the_same_in_every_string_type_case_and_spacing(way: str) -> None:
    assert comparable(SAME[way]) == comparable(SAME["as it was"]) is not None


@pytest.mark.parametrize("way", OTHERS)
def test_another_name_or_number_is_another(way: str) -> None:
    assert comparable(OTHERS[way]) != comparable(SAME["as it was"])


def test_the_attributes_of_one_relative_name_have_no_order() -> None:
    both = [(COMMON_NAME, 0x0C, b"CA"), (COUNTRY, 0x13, b"DK")]
    assert comparable(named(both)) == comparable(named(both[::-1]))


@given(st.binary(max_size=200))
def test_what_is_no_name_is_none_and_never_fails(data: bytes) -> None:
    for value in (data, asn1.sequence(data), asn1.sequence(asn1.sequence(data), asn1.integer(1))):
        comparable(value)
    assert comparable(b"\x00" * 5000) is None


def renamed(own: OwnKey) -> bytes:
    """The name of its issuer in BMPString, of the same serial number."""
    reader = asn1.read(own.loaded.issuer_and_serial).children()
    name, serial = reader.take(), bytes(reader.take().encoding)
    text = f"Issuer of {own.key_id}".upper().encode("utf-16-be")
    assert name.tag == asn1.SEQUENCE
    written = asn1.tlv(asn1.SET, asn1.sequence(asn1.oid(COMMON_NAME), asn1.tlv(0x1E, text)))
    return asn1.sequence(asn1.sequence(written), serial)


def test_a_recipient_whose_issuer_is_written_anew_is_us() -> None:
    # The lengths inside a message stay as they are only when both names are as long.
    own = own_key_of("p256")
    other = OwnKey(own.key, certificate_for(own.key, "x" * 40), "x" * 40)
    ring = Keyring((other, own_key_of("rsa2048")))
    assert ring.with_certificate(renamed(other)) is other
    assert ring.with_certificate(renamed(own)) is None
    sealed = encrypt(ENTITY, [own.certificate])
    with pytest.raises(NoKeyError):
        decrypt(sealed, ring)


def test_a_signer_whose_issuer_is_written_anew_is_found_among_the_certificates() -> None:
    own = own_key_of("p256")
    info = signer_info(own, usual())
    body = asn1.read(info).children()
    fields = [bytes(body.take().encoding) for _ in range(6)]
    fields[1] = renamed(own)
    der = signed_data([asn1.sequence(*fields)])
    assert verify(der).signers[0].certificate == own.certificate
    stranger = OwnKey(ec.generate_private_key(ec.SECP256R1()), own.certificate, "stranger")
    fields[1] = renamed(stranger)
    with pytest.raises(SignerUnknownError):
        verify(signed_data([asn1.sequence(*fields)]))
