"""Messages and keys that others published are read as their publishers say."""

from functools import cache
from pathlib import Path

import pytest

from keys.cms import Keyring, OpenPolicy, decrypt, encrypt, sign, verify
from keys.errors import RecipientError, StructureError
from keys.keyring import own_key
from keys.own import OwnKey
from tests.keys.conftest import ENTITY
from tests.material import absent, cases

NSS = cases("nss-smime", "*.env")
TEXT = b"This is a test message to Fran.\n"
RFC9216 = {
    # whose, of which kind of key -> the section of the certificates and of the private keys
    "alice": ("RSA-2048", "RSA-2048", "4"),
    "bob": ("RSA-2048", "RSA-2048", "5"),
    "carlos": ("Ed25519", "X25519", "7"),
    "dana": ("Ed25519", "X25519", "8"),
}
FOLDERS = cases("rfc9216-keys", "3_1_*.pem")


@cache
def fran(folder: Path) -> Keyring:
    names = ("Fran.p12", "Fran-ec.p12")
    return Keyring(tuple(own_key((folder / name).read_bytes(), password=b"nss") for name in names))


# Netscape's tools write BER where PKCS#12 files are DER today.
@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
@pytest.mark.parametrize("case", NSS, ids=lambda case: case.stem if case else "none")
def test_each_nss_vector_is_opened(case: Path | None) -> None:
    """RSA-OAEP with every hash, mask and label, and ECDH with every derivation."""
    if absent(case):
        return
    assert case is not None
    sealed, ring = case.read_bytes(), fran(case.parent)
    assert decrypt(sealed, ring, OpenPolicy(read_3des=True)).content == TEXT
    if case.stem == "fran-oaep_ossl":  # the one that is under 3DES
        with pytest.raises(StructureError):
            decrypt(sealed, ring)
    else:
        assert decrypt(sealed, ring).content == TEXT


def key_of(folder: Path, section: str, what: int) -> OwnKey:
    """One of the RFC's keys: its certificate is `what`, its private key the next."""
    (certificate,) = folder.glob(f"{section}_{what}_*.pem")
    (key,) = folder.glob(f"{section}_{what + 1}_*.pem")
    return own_key(key.read_bytes(), certificate=certificate.read_bytes(), key_id=certificate.stem)


@pytest.mark.parametrize("name", RFC9216)
@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: "there" if case else "none")
def test_the_keys_of_rfc_9216_sign_and_open_each_for_its_own_use(
    case: Path | None, name: str
) -> None:
    if absent(case):
        return
    assert case is not None
    signing_kind, sealing_kind, section = RFC9216[name]
    signing = key_of(case.parent, section, 1)
    sealing = key_of(case.parent, section, 3)
    ring = Keyring((sealing, signing))
    assert (signing.algorithm, sealing.algorithm) == (signing_kind, sealing_kind)
    at = signing.certificate.not_valid_before_utc
    assert ring.signing_at(at) is signing
    assert not sealing.can_sign
    signed = verify(sign(ENTITY, signing, detached=False, signing_time=at))
    assert signed.content == ENTITY
    assert signed.signers[0].certificate == signing.certificate
    opened = decrypt(encrypt(ENTITY, [sealing.certificate]), ring)
    assert (opened.content, opened.key_id) == (ENTITY, sealing.key_id)
    if signing_kind == "Ed25519":
        with pytest.raises(RecipientError):
            encrypt(ENTITY, [signing.certificate])
