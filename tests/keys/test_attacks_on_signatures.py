"""Signatures that were built to mean something else: what contradicts itself is refused."""

import hashlib
import time
from collections.abc import Sequence
from datetime import datetime

import pytest

from keys import asn1
from keys.algorithms import (
    ALGORITHM_PROTECTION,
    CONTENT_TYPE,
    DATA,
    ECDSA_SHA256,
    ECDSA_SHA384,
    ED25519,
    MESSAGE_DIGEST,
    SHA256,
    SHA384,
    SHA512,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    SMIME_CAPABILITIES,
    Digest,
    SignatureScheme,
)
from keys.certificates import loaded
from keys.cms import OwnKey, sign, verify
from keys.content_info import content_info
from keys.errors import (
    KeysError,
    SignatureError,
    SignatureInvalidError,
    SignerUnknownError,
    StructureError,
)
from keys.signed import MAX_CERTIFICATES, MAX_SIGNERS
from keys.signed_attributes import write_time
from tests.keys.conftest import ENTITY
from tests.keys.own_keys import certificate_for, own_key_of

OTHER = b"Content-Type: text/plain\r\n\r\nPay the attacker\r\n"


def algorithm(oid: bytes) -> bytes:
    return asn1.sequence(asn1.oid(oid))


def attribute(kind: bytes, *values: bytes) -> bytes:
    return asn1.sequence(asn1.oid(kind), asn1.tlv(asn1.SET, b"".join(values)))


def usual(content: bytes = ENTITY, digest: Digest = SHA256) -> list[bytes]:
    """The two attributes that there must be."""
    return [
        attribute(CONTENT_TYPE, asn1.oid(DATA)),
        attribute(MESSAGE_DIGEST, asn1.octet_string(digest.new(content).digest())),
    ]


def signer_info(
    own: OwnKey,
    attributes: Sequence[bytes],
    *,
    digest: Digest = SHA256,
    signature: bytes = ECDSA_SHA256,
    scheme: SignatureScheme | None = None,
    unsigned: bytes = b"",
) -> bytes:
    """A SignerInfo with a signature that is good over these attributes."""
    encoded = asn1.tlv(asn1.SET, b"".join(attributes))
    made = own.sign(encoded, scheme or SignatureScheme("ECDSA", digest))
    return asn1.sequence(
        asn1.integer(1),
        own.loaded.issuer_and_serial,
        algorithm(digest.oid),
        b"\xa0" + encoded[1:],
        algorithm(signature),
        asn1.octet_string(made),
        unsigned,
    )


def signed_data(
    infos: Sequence[bytes], content: bytes | None = ENTITY, *, certificates: bytes = b""
) -> bytes:
    inside = b"" if content is None else asn1.explicit(0, asn1.octet_string(content))
    body = asn1.sequence(
        asn1.integer(1),
        asn1.set_of(algorithm(SHA256.oid)),
        asn1.sequence(asn1.oid(DATA), inside),
        asn1.tlv(0xA0, certificates or own_key_of("p256").loaded.der),
        asn1.tlv(asn1.SET, b"".join(infos)),
    )
    return content_info(SIGNED_DATA, body)


def protection(digest: bytes, signature: bytes) -> bytes:
    return attribute(
        ALGORITHM_PROTECTION,
        asn1.sequence(algorithm(digest), asn1.tlv(0xA1, algorithm(signature)[2:])),
    )


def certificate_id(own: OwnKey, *, named: OwnKey | None = None) -> bytes:
    """SigningCertificateV2 with the hash of one certificate and the serial number of another."""
    reader = asn1.read((named or own).loaded.issuer_and_serial).children()
    issuer, serial = bytes(reader.take().encoding), bytes(reader.take().encoding)
    issuer_serial = asn1.sequence(asn1.sequence(asn1.explicit(4, issuer)), serial)
    entry = asn1.sequence(asn1.octet_string(SHA256.new(own.loaded.der).digest()), issuer_serial)
    return attribute(SIGNING_CERTIFICATE_V2, asn1.sequence(asn1.sequence(entry)))


def verifies(attributes: Sequence[bytes]) -> None:
    own = own_key_of("p256")
    assert verify(signed_data([signer_info(own, attributes)])).content == ENTITY


NOW = write_time(datetime.now().astimezone())
LIST = asn1.sequence()
BOTH = (ENTITY, OTHER)


def test_attributes_that_agree_are_verified() -> None:
    own = own_key_of("p256")
    verifies(usual())
    verifies([*usual(), protection(SHA256.oid, ECDSA_SHA256)])
    verifies([*usual(), certificate_id(own)])
    verifies([*usual(), attribute(SIGNING_TIME, NOW), attribute(SMIME_CAPABILITIES, LIST)])
    # What is not known here is covered by the signature, and changes nothing.
    verifies([*usual(), attribute(asn1.oid_octets("1.2.3.4"), NOW, LIST)])


CONTRADICTIONS = {
    "no contentType": usual()[1:],
    "no messageDigest": usual()[:1],
    "contentType twice": [*usual(), usual()[0]],
    "messageDigest twice": [*usual(), usual()[1]],
    "another messageDigest besides": [*usual(), usual(OTHER)[1]],
    "two digests in one": [
        usual()[0],
        attribute(MESSAGE_DIGEST, *(asn1.octet_string(SHA256.new(c).digest()) for c in BOTH)),
    ],
    "no value": [*usual(), attribute(SIGNING_TIME)],
    "two times": [*usual(), attribute(SIGNING_TIME, NOW, NOW)],
    "time twice": [*usual(), attribute(SIGNING_TIME, NOW), attribute(SIGNING_TIME, NOW)],
    "two lists of capabilities": [*usual(), attribute(SMIME_CAPABILITIES, LIST, LIST)],
    "the digest of other content": usual(OTHER),
    "the digest by another hash": usual(digest=SHA384),
    "content of another type": [attribute(CONTENT_TYPE, asn1.oid(SIGNED_DATA)), usual()[1]],
    "protection of another hash": [*usual(), protection(SHA384.oid, ECDSA_SHA256)],
    "protection of another scheme": [*usual(), protection(SHA256.oid, ECDSA_SHA384)],
    "protection twice": [*usual(), *[protection(SHA256.oid, ECDSA_SHA256)] * 2],
    "an unknown attribute twice": [*usual(), *[attribute(asn1.oid_octets("1.2.3.4"), NOW)] * 2],
    "sixty-five attributes": [
        *usual(),
        *(attribute(asn1.oid_octets(f"1.2.3.{number}"), NOW) for number in range(64)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_attributes_that_contradict_each_other_or_the_content_are_refused(name: str) -> None:
    """Although the signature over them is good."""
    with pytest.raises((SignatureError, StructureError)):
        verifies(CONTRADICTIONS[name])


def test_a_signing_certificate_with_the_serial_number_of_another_is_refused() -> None:
    own, another = own_key_of("p256"), own_key_of("p256", "another")
    with pytest.raises(SignatureInvalidError):
        verifies([*usual(), certificate_id(own, named=another)])
    with pytest.raises(SignatureInvalidError):
        verifies([*usual(), certificate_id(another, named=own)])


@pytest.mark.parametrize(
    ("kind", "digest", "signature", "made"),
    [
        ("p256", SHA384, ECDSA_SHA256, SignatureScheme("ECDSA", SHA256)),
        ("p256", SHA256, ECDSA_SHA384, SignatureScheme("ECDSA", SHA384)),
        ("p256", SHA256, ED25519, SignatureScheme("ECDSA", SHA256)),
        ("ed25519", SHA256, ED25519, SignatureScheme("Ed25519", SHA512)),
        ("ed25519", SHA512, ECDSA_SHA256, SignatureScheme("Ed25519", SHA512)),
    ],
)
def test_a_hash_or_scheme_that_differs_from_what_is_named_is_refused(
    kind: str, digest: Digest, signature: bytes, made: SignatureScheme
) -> None:
    own = own_key_of(kind)
    info = signer_info(own, usual(digest=digest), digest=digest, signature=signature, scheme=made)
    with pytest.raises(SignatureError):
        verify(signed_data([info], certificates=own.loaded.der))


def test_content_beside_or_instead_of_what_was_signed_is_never_given_out() -> None:
    """Signature wrapping: the signed content is moved aside, another stands in its place."""
    own = own_key_of("p256")
    info = signer_info(own, usual())
    aside = asn1.tlv(0xA1, attribute(asn1.oid_octets("1.2.3.4"), asn1.octet_string(ENTITY)))
    wrapped = signer_info(own, usual(), unsigned=aside)
    for infos, content, beside in (
        ([info], OTHER, None),
        ([wrapped], OTHER, None),
        ([info], OTHER, ENTITY),
        ([info], ENTITY, OTHER),
        ([info], None, OTHER),
        ([info, signer_info(own, usual(OTHER))], ENTITY, None),
        ([signer_info(own, usual(OTHER)), info], OTHER, None),
    ):
        with pytest.raises(KeysError):
            verify(signed_data(infos, content), beside)
    assert verify(signed_data([wrapped])).content == ENTITY


def test_a_good_signature_lends_nothing_to_one_by_an_unknown_signer() -> None:
    own, stranger = own_key_of("p256"), own_key_of("p256", "stranger")
    good, strange = signer_info(own, usual()), signer_info(stranger, usual())
    for infos in ([good, strange], [strange, good]):
        with pytest.raises(SignerUnknownError):
            verify(signed_data(infos))
    both = own.loaded.der + stranger.loaded.der
    assert len(verify(signed_data([good, strange], certificates=both)).signers) == 2


def test_a_certificate_with_the_name_of_the_signers_and_another_key_lets_nothing_in() -> None:
    own = own_key_of("p256")
    clone = certificate_for(own_key_of("p256", "clone").key, "clone", named=own.certificate)
    theirs = loaded(clone)
    assert theirs.issuer_and_serial == own.loaded.issuer_and_serial
    forged = signer_info(OwnKey(own_key_of("p256", "clone").key, clone, "clone"), usual())
    for info in (signer_info(own, usual()), forged):
        for certificates in (own.loaded.der + theirs.der, theirs.der + own.loaded.der):
            try:
                (signer,) = verify(signed_data([info], certificates=certificates)).signers
            except SignatureInvalidError:
                continue
            # Whose signature it is, is said by the certificate that it fits.
            assert signer.certificate == (clone if info is forged else own.certificate)


@pytest.mark.parametrize("count", [MAX_SIGNERS, MAX_SIGNERS + 1, 100, 5000])
def test_signatures_are_bounded_in_number_and_time(count: int) -> None:
    info = signer_info(own_key_of("p256"), usual())
    der = signed_data([info] * count)
    start = time.process_time()
    if count <= MAX_SIGNERS:
        assert len(verify(der).signers) == count
    else:
        with pytest.raises(StructureError):
            verify(der)
    assert time.process_time() - start < 1


def test_certificates_are_bounded_in_number_and_what_is_none_is_passed_over() -> None:
    own = own_key_of("p256")
    info = signer_info(own, usual())
    odd = asn1.sequence(asn1.integer(5)) + asn1.tlv(0xA1, b"") + own.loaded.der
    assert verify(signed_data([info], certificates=odd)).content == ENTITY
    with pytest.raises(StructureError):
        verify(signed_data([info], certificates=own.loaded.der * (MAX_CERTIFICATES + 1)))


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384", "p521", "ed25519"])
@pytest.mark.parametrize("pss", [False, True], ids=["usual", "pss"])
def test_every_kind_of_key_signs_and_is_verified_and_no_changed_octet_passes(
    kind: str, pss: bool, now: datetime
) -> None:
    own = own_key_of(kind)
    der = sign(ENTITY, own, detached=False, signing_time=now, pss=pss)
    (signer,) = verify(der).signers
    hashed = {"p384": "SHA-384", "p521": "SHA-512", "ed25519": "SHA-512"}.get(kind, "SHA-256")
    assert signer.digest_algorithm == hashed
    assert ("PSS" in signer.signature_algorithm) == (pss and kind == "rsa2048")
    place = der.index(hashlib.new(hashed.replace("-", "").lower(), ENTITY).digest())
    for at in (der.index(ENTITY), place, len(der) - 1):
        changed = bytearray(der)
        changed[at] ^= 1
        with pytest.raises(KeysError):
            verify(bytes(changed))
