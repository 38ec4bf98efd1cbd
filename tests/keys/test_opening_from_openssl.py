"""Mail that OpenSSL or GnuPG sealed is opened, whatever kind of recipient and cipher it chose."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from keys.cms import decrypt
from keys.errors import NoKeyError, OpenError, StructureError
from keys.own import Keyring, OwnKey
from tests.keys.conftest import ENTITY
from tests.keys.gpgsm import Gpgsm
from tests.keys.other_side import Authority, Party, openssl

CIPHERS = ("aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "aes-128-gcm", "aes-256-gcm")
RSA_OPTIONS = {
    "v1.5": (),
    "oaep": ("-keyopt", "rsa_padding_mode:oaep"),
    "oaep-sha256": ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"),
    "oaep-mixed": (
        *("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha512"),
        *("-keyopt", "rsa_mgf1_md:sha1", "-keyopt", "rsa_oaep_label:abcdef"),
    ),
}
EC_OPTIONS = {
    "default": (),
    "sha256": ("-keyopt", "ecdh_kdf_md:sha256"),
    "sha384-wrap128": ("-keyopt", "ecdh_kdf_md:sha384", "-aes128-wrap"),
    "cofactor-sha512": ("-keyopt", "ecdh_kdf_md:sha512", "-keyopt", "ecdh_cofactor_mode:1"),
}


def seal(entity: Path, *options: str | Path) -> bytes:
    return openssl("cms", "-encrypt", "-binary", "-in", entity, "-outform", "DER", *options)


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("kind", ["rsa2048", "rsa3072", "p256", "p384"])
def test_every_cipher_to_every_kind_of_key_is_opened(
    kind: str, cipher: str, parties: dict[str, Party], keyring: Keyring, entity_file: Path
) -> None:
    opened = decrypt(seal(entity_file, f"-{cipher}", "-recip", parties[kind].pem), keyring)
    assert opened.content == ENTITY
    assert opened.key_id == f"partner-{kind}"
    assert opened.content_algorithm == cipher.upper()
    assert opened.authenticated == cipher.endswith("gcm")


@pytest.mark.parametrize(
    ("kind", "option"),
    [("rsa2048", option) for option in RSA_OPTIONS]
    + [(kind, option) for kind in ("p256", "p384") for option in EC_OPTIONS],
)
@pytest.mark.parametrize("stream", [(), ("-stream",)], ids=["der", "ber"])
@pytest.mark.parametrize("rid", [(), ("-keyid",)], ids=["issuer", "keyid"])
def test_every_way_of_wrapping_the_key_is_opened(
    kind: str,
    option: str,
    stream: tuple[str, ...],
    rid: tuple[str, ...],
    *,
    parties: dict[str, Party],
    keyring: Keyring,
    entity_file: Path,
) -> None:
    options = (RSA_OPTIONS if kind.startswith("rsa") else EC_OPTIONS)[option]
    sealed = seal(entity_file, "-aes256", *stream, *rid, "-recip", parties[kind].pem, *options)
    opened = decrypt(sealed, keyring)
    assert opened.content == ENTITY
    assert ("OAEP" in opened.key_algorithm) == option.startswith("oaep")


@pytest.mark.parametrize("cipher", ["aes-256-cbc", "aes-256-gcm"])
def test_each_of_several_recipients_of_mixed_kinds_opens_the_same_mail(
    cipher: str, parties: dict[str, Party], entity_file: Path
) -> None:
    recipients = [part for party in parties.values() for part in ("-recip", party.pem)]
    sealed = seal(entity_file, f"-{cipher}", "-stream", *recipients)
    for party in parties.values():
        assert decrypt(sealed, Keyring((party.own,))).content == ENTITY


def test_a_large_mail_in_pieces_is_opened_whole(
    parties: dict[str, Party], keyring: Keyring, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 12000
    (tmp_path / "large").write_bytes(content)
    sealed = seal(tmp_path / "large", "-stream", "-aes256", "-recip", parties["p256"].pem)
    assert decrypt(sealed, keyring).content == content


def test_mail_that_gnupg_sealed_is_opened(
    gpgsm: Gpgsm, keyring: Keyring, parties: dict[str, Party]
) -> None:
    sealed = gpgsm.run("--encrypt", "--recipient", "sikkermail@aarhus.example", stdin=ENTITY)
    opened = decrypt(sealed, keyring)
    assert opened.content == ENTITY
    assert opened.key_algorithm == "RSA-2048, PKCS#1 v1.5"


def test_mail_to_other_keys_than_ours_says_no_key(
    parties: dict[str, Party], entity_file: Path
) -> None:
    sealed = seal(entity_file, "-aes256", "-recip", parties["rsa2048"].pem)
    with pytest.raises(NoKeyError) as caught:
        decrypt(sealed, Keyring((parties["p256"].own,)))
    assert caught.value.code == "keys.open.no_key"


def test_mail_with_a_password_only_is_not_for_us(entity_file: Path, keyring: Keyring) -> None:
    sealed = seal(entity_file, "-aes256", "-pwri_password", "secret")
    with pytest.raises(NoKeyError):
        decrypt(sealed, keyring)


def test_triple_des_is_not_read_and_the_log_says_so(
    parties: dict[str, Party], keyring: Keyring, entity_file: Path
) -> None:
    sealed = seal(entity_file, "-des3", "-recip", parties["rsa2048"].pem)
    with pytest.raises(StructureError) as caught:
        decrypt(sealed, keyring)
    assert "3DES" in caught.value.detail


def test_another_private_key_under_the_same_certificate_fails_with_the_one_code(
    authority: Authority, parties: dict[str, Party], entity_file: Path
) -> None:
    own = parties["rsa2048"].own
    sealed = seal(entity_file, "-aes-256-gcm", "-recip", parties["rsa2048"].pem)
    other = authority.key("rsa2048", "stranger").read_bytes()
    private_key = load_pem_private_key(other, None)
    assert isinstance(private_key, RSAPrivateKey)
    impostor = OwnKey(private_key, own.certificate, "x")
    with pytest.raises(OpenError):
        decrypt(sealed, Keyring((impostor,)))
