"""Signatures of OpenSSL and GnuPG are verified, and nothing that was changed passes."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.cms import Signed, verify
from keys.errors import (
    KeysError,
    SignatureInvalidError,
    SignatureMissingError,
    SignatureWeakError,
    SignerUnknownError,
    StructureError,
)
from keys.identity import fingerprint
from keys.trust import Judge, TrustMaterial
from tests.keys.conftest import ENTITY
from tests.keys.gpgsm import Gpgsm
from tests.keys.other_side import Authority, Party, openssl

KINDS = ("rsa2048", "rsa3072", "p256", "p384")
PSS = ("-keyopt", "rsa_padding_mode:pss")


def sign(entity: Path, party: Party, *options: str | Path) -> bytes:
    return openssl(
        *("cms", "-sign", "-binary", "-in", entity, "-outform", "DER"),
        *("-signer", party.pem, "-inkey", party.key, *options),
    )


@pytest.mark.parametrize("form", ["opaque", "detached"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-noattr",),
        ("-cades",),
        ("-stream",),
        ("-keyid",),
        ("-md", "sha384"),
        ("-md", "sha512", "-nosmimecap"),
    ],
    ids="-".join,
)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_signature_is_verified(
    kind: str,
    options: tuple[str, ...],
    form: str,
    *,
    parties: dict[str, Party],
    entity_file: Path,
) -> None:
    opaque = form == "opaque"
    der = sign(entity_file, parties[kind], *options, *(("-nodetach",) if opaque else ()))
    signed = verify(der, None if opaque else ENTITY)
    assert signed.content == ENTITY
    (signer,) = signed.signers
    assert signer.certificate == parties[kind].certificate
    assert (signer.signed_at is None) == ("-noattr" in options)
    expected = "SHA-" + (options[1].removeprefix("sha") if "-md" in options else "256")
    assert signer.digest_algorithm == expected


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_pss_signature_is_verified(
    digest: str, parties: dict[str, Party], entity_file: Path
) -> None:
    der = sign(entity_file, parties["rsa2048"], "-nodetach", "-md", digest, *PSS)
    assert verify(der).signers[0].signature_algorithm == "RSA-PSS"


def test_a_pss_signature_whose_mask_has_another_hash_is_refused(
    parties: dict[str, Party], entity_file: Path
) -> None:
    options = (*PSS, "-keyopt", "rsa_mgf1_md:sha1")
    with pytest.raises(SignatureWeakError):
        verify(sign(entity_file, parties["rsa2048"], "-nodetach", *options))


def test_a_signature_by_gnupg_is_verified(gpgsm: Gpgsm, parties: dict[str, Party]) -> None:
    opaque = gpgsm.run("--sign", stdin=ENTITY)
    detached = gpgsm.run("--sign", "--detach-sign", stdin=ENTITY)
    assert verify(opaque).content == ENTITY
    assert verify(detached, ENTITY).signers[0].certificate == parties["rsa2048"].certificate


def test_two_signers_are_both_verified(parties: dict[str, Party], entity_file: Path) -> None:
    second = parties["p256"]
    der = sign(entity_file, parties["rsa2048"], "-signer", second.pem, "-inkey", second.key)
    signed = verify(der, ENTITY)
    assert {s.signature_algorithm for s in signed.signers} == {"RSA PKCS#1 v1.5", "ECDSA P-256"}


def test_one_bad_signature_beside_a_good_one_refuses_the_mail(
    parties: dict[str, Party], entity_file: Path
) -> None:
    second = parties["p256"]
    der = sign(entity_file, parties["rsa2048"], "-signer", second.pem, "-inkey", second.key)
    with pytest.raises(SignatureInvalidError):
        verify(der[:-1] + bytes((der[-1] ^ 1,)), ENTITY)


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha224"])
def test_a_signature_over_a_weak_hash_is_refused(
    digest: str, parties: dict[str, Party], entity_file: Path
) -> None:
    with pytest.raises(SignatureWeakError):
        verify(sign(entity_file, parties["rsa2048"], "-nodetach", "-md", digest))


def test_a_detached_signature_without_its_content_counts_as_missing(
    parties: dict[str, Party], entity_file: Path
) -> None:
    with pytest.raises(SignatureMissingError):
        verify(sign(entity_file, parties["p256"]))


def test_certificates_without_a_signature_count_as_missing(parties: dict[str, Party]) -> None:
    certificates = openssl(
        "crl2pkcs7", "-nocrl", "-certfile", parties["p256"].pem, "-outform", "DER"
    )
    with pytest.raises(SignatureMissingError):
        verify(certificates)


def test_other_content_beside_an_opaque_signature_is_refused(
    parties: dict[str, Party], entity_file: Path
) -> None:
    der = sign(entity_file, parties["p256"], "-nodetach")
    with pytest.raises(StructureError):
        verify(der, ENTITY + b"and more")


def test_a_signer_whose_certificate_is_left_out_is_known_only_by_the_callers_list(
    parties: dict[str, Party], entity_file: Path
) -> None:
    der = sign(entity_file, parties["p256"], "-nocerts")
    with pytest.raises(SignerUnknownError):
        verify(der, ENTITY)
    assert verify(der, ENTITY, known=[parties["p256"].certificate]).content == ENTITY


def test_content_of_another_type_than_data_is_refused(
    parties: dict[str, Party], entity_file: Path
) -> None:
    for options in ((), ("-noattr",)):
        der = sign(
            *(entity_file, parties["p256"], "-nodetach", *options),
            *("-econtent_type", "1.2.840.113549.1.9.16.1.4"),
        )
        with pytest.raises(StructureError):
            verify(der)


@pytest.mark.parametrize("place", [0, len(ENTITY) // 2, len(ENTITY) - 1])
def test_a_changed_content_is_refused(
    place: int, parties: dict[str, Party], entity_file: Path
) -> None:
    changed = bytearray(ENTITY)
    changed[place] ^= 1
    for options in ((), ("-noattr",)):
        der = sign(entity_file, parties["rsa2048"], *options)
        with pytest.raises(SignatureInvalidError):
            verify(der, bytes(changed))


def test_a_certificate_that_was_put_in_the_place_of_the_named_one_is_refused(
    authority: Authority, parties: dict[str, Party], entity_file: Path
) -> None:
    """The attribute signingCertificateV2 binds the signature to one certificate."""
    first = parties["p256"]
    serial = f"{first.certificate.serial_number:X}"
    (authority.folder / "serial").write_text("0" * (len(serial) % 2) + serial + "\n")
    twin = authority.issue("twin", "p256", subject="/CN=Somebody else", own_serial=True)
    der = sign(entity_file, first, "-nocerts", "-cades")
    assert verify(der, ENTITY, known=[first.certificate]).content == ENTITY
    with pytest.raises(SignatureInvalidError):
        verify(der, ENTITY, known=[twin.certificate])


@pytest.fixture(scope="module")
def genuine(
    parties: dict[str, Party], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    path = tmp_path_factory.mktemp("signed") / "entity"
    path.write_bytes(ENTITY)
    return {kind: sign(path, parties[kind], "-nodetach") for kind in ("rsa2048", "p256")}


def accepted(der: bytes, judge: Judge, party: Party) -> Signed | None:
    try:
        signed = verify(der)
        for signer in signed.signers:
            judge.judge(
                signer.certificate,
                signed.certificates,
                party.certificate.not_valid_before_utc + timedelta(hours=30),
            )
    except KeysError:
        return None
    return signed


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@settings(max_examples=250, deadline=None)
@given(data=st.data())
@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # the library remarks on one that is
def test_a_flipped_bit_anywhere_refuses_or_changes_nothing_that_counts(
    kind: str,
    data: st.DataObject,
    genuine: dict[str, bytes],
    *,
    material: TrustMaterial,
    parties: dict[str, Party],
) -> None:
    der = bytearray(genuine[kind])
    place = data.draw(st.integers(0, len(der) * 8 - 1))
    der[place // 8] ^= 1 << place % 8
    signed = accepted(bytes(der), Judge(material), parties[kind])
    if signed is not None:
        assert signed.content == ENTITY
        (signer,) = signed.signers
        assert fingerprint(signer.certificate) == fingerprint(parties[kind].certificate)
