"""Keys in a token: a real SoftHSM does the private operations, OpenSSL is the other side."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys import cms
from keys.algorithms import SHA256, SHA384, SHA512, SignatureScheme
from keys.errors import KeyFileError, OpenError, TokenError
from keys.issuing import KeyKind, certificate_request, self_signed
from keys.keyring import load_keyring, write_token_key
from keys.own import Keyring, Oaep, OwnKey
from keys.token import TokenAt
from tests.keys.conftest import ENTITY
from tests.keys.other_side import openssl
from tests.softhsm import SoftHsm, softhsm

NOW = datetime.now(UTC)
WHO = ("Region Midtjylland", "29190925", "sikker@rm.example")


@pytest.fixture(scope="module")
def hsm() -> SoftHsm:
    return softhsm()


@pytest.fixture(scope="module")
def owns(hsm: SoftHsm) -> dict[str, OwnKey]:
    """A key of each kind, made in the token, with a certificate that it signed itself."""
    made = {}
    kinds: tuple[KeyKind, ...] = ("rsa3072", "p256", "p384")
    for kind in kinds:
        key = hsm.at.generate(f"keys-{kind}", kind)
        certificate = x509.load_pem_x509_certificate(self_signed(key, *WHO, NOW))
        made[kind] = OwnKey(key, certificate, kind)
    return made


def file_of(own: OwnKey, folder: Path) -> Path:
    path = folder / f"{own.key_id}.pem"
    path.write_bytes(own.certificate.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize("kind", ["rsa3072", "p256", "p384"])
def test_what_the_token_signed_is_verified_by_openssl(
    kind: str, owns: dict[str, OwnKey], tmp_path: Path
) -> None:
    own = owns[kind]
    signature = tmp_path / "signature"
    signature.write_bytes(cms.sign(ENTITY, own, detached=True, signing_time=NOW))
    content = tmp_path / "content"
    content.write_bytes(ENTITY)
    anchor = file_of(own, tmp_path)
    openssl(
        *("cms", "-verify", "-binary", "-inform", "DER", "-in", signature),
        *("-content", content, "-CAfile", anchor),
    )


@pytest.mark.parametrize("digest", [SHA256, SHA384, SHA512], ids=lambda d: d.name)
def test_every_signature_scheme_is_done_in_the_token(owns: dict[str, OwnKey], digest) -> None:
    own = owns["rsa3072"]
    public = own.public_key
    assert isinstance(public, rsa.RSAPublicKey)
    signed = own.sign(ENTITY, SignatureScheme("RSA PKCS#1 v1.5", digest))
    public.verify(signed, ENTITY, padding.PKCS1v15(), digest.algorithm)
    signed = own.sign(ENTITY, SignatureScheme("RSA-PSS", digest))
    pss = padding.PSS(padding.MGF1(digest.algorithm), digest.algorithm.digest_size)
    public.verify(signed, ENTITY, pss, digest.algorithm)
    curve = owns["p384"]
    assert isinstance(curve.public_key, ec.EllipticCurvePublicKey)
    signed = curve.sign(ENTITY, SignatureScheme("ECDSA", digest))
    curve.public_key.verify(signed, ENTITY, ec.ECDSA(digest.algorithm))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("rsa3072", ()),
        ("rsa3072", ("-keyopt", "rsa_padding_mode:oaep")),
        ("p256", ("-keyopt", "ecdh_kdf_md:sha256")),
        ("p384", ("-keyopt", "ecdh_kdf_md:sha384")),
    ],
)
def test_what_openssl_sealed_is_opened_by_the_token(
    kind: str, options: tuple[str, ...], owns: dict[str, OwnKey], tmp_path: Path
) -> None:
    own = owns[kind]
    sealed = openssl(
        *("cms", "-encrypt", "-binary", "-outform", "DER", "-aes256"),
        *("-recip", file_of(own, tmp_path), *options),
        stdin=ENTITY,
    )
    assert cms.decrypt(sealed, Keyring((own,))).content == ENTITY


@pytest.mark.parametrize("place", [-1, -400])
def test_a_wrong_ciphertext_is_the_same_error_as_with_a_key_in_a_file(
    place: int, owns: dict[str, OwnKey], tmp_path: Path
) -> None:
    """Once in the content, once in the encrypted key, which SoftHSM refuses outright."""
    own = owns["rsa3072"]
    recipient = file_of(own, tmp_path)
    sealed = bytearray(
        openssl(
            *("cms", "-encrypt", "-binary", "-outform", "DER", "-aes256", "-recip", recipient),
            stdin=ENTITY,
        )
    )
    start = sealed.index(b"\x04\x82\x01\x80") if place == -400 else len(sealed) - 20
    sealed[start + 10] ^= 0x55
    with pytest.raises(OpenError):
        cms.decrypt(bytes(sealed), Keyring((own,)))


def test_bad_data_is_a_value_error_for_each_operation(owns: dict[str, OwnKey]) -> None:
    own = owns["rsa3072"]
    for oaep in (None, Oaep(hashes.SHA1(), hashes.SHA1())):
        for junk in (b"", b"short", bytes(384), b"\xff" * 384):
            with pytest.raises(ValueError, match=r"Error|Invalid|Range|Failed|Bad"):
                own.decrypt_rsa(junk, oaep)


def test_the_private_key_cannot_be_had(owns: dict[str, OwnKey]) -> None:
    for kind in ("rsa3072", "p256"):
        key = owns[kind].key
        with pytest.raises(KeyFileError):
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(KeyFileError):
            key.private_numbers()  # type: ignore[union-attr]


def test_a_token_asks_a_ca_for_a_certificate(hsm: SoftHsm, owns: dict[str, OwnKey]) -> None:
    request = certificate_request(hsm.at.key("keys-p256"), *WHO)
    text = openssl("req", "-noout", "-verify", "-text", stdin=request).decode()
    assert "NTRDK-29190925" in text


def test_a_folder_names_a_key_in_the_token(
    hsm: SoftHsm, owns: dict[str, OwnKey], tmp_path: Path
) -> None:
    pem = owns["p256"].certificate.public_bytes(Encoding.PEM)
    write_token_key(tmp_path, "gateway", "keys-p256", pem)
    own = load_keyring(tmp_path, hsm.at).signing_at(NOW)
    assert own.key_id == "gateway"
    assert cms.sign(b"x", own, detached=True, signing_time=NOW)
    with pytest.raises(KeyFileError) as caught:
        load_keyring(tmp_path)
    assert "[hsm]" in caught.value.detail


def test_a_key_made_by_another_program_is_used(hsm: SoftHsm, tmp_path: Path) -> None:
    hsm.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "by-opensc", "--id", "77")
    key = hsm.at.key("by-opensc")
    (tmp_path / "pem").write_bytes(self_signed(key, *WHO, NOW))
    openssl("verify", "-CAfile", tmp_path / "pem", tmp_path / "pem")
    assert "by-opensc" in hsm.at.labels()


def test_labels_are_exact_and_once(hsm: SoftHsm) -> None:
    with pytest.raises(KeyFileError) as caught:
        hsm.at.key("nobody")
    assert "nobody" in caught.value.detail
    hsm.at.generate("once", "p256")
    with pytest.raises(KeyFileError):
        hsm.at.generate("once", "p256")
    hsm.at.destroy("once")
    assert "once" not in hsm.at.labels()


def test_a_token_that_is_gone_is_no_verdict_on_a_mail(hsm: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("0000")
    (tmp_path / "pin").chmod(0o600)
    with pytest.raises(TokenError):
        TokenAt(hsm.module, "no such token", hsm.at.pin_file).key("x")
    with pytest.raises(TokenError):
        TokenAt("/usr/lib/no-such-module.so", "gateway", hsm.at.pin_file).key("x")
    with pytest.raises(KeyFileError):
        TokenAt(hsm.module, "gateway", tmp_path / "no-pin").key("x")


def test_a_session_that_was_lost_is_opened_again(owns: dict[str, OwnKey], hsm: SoftHsm) -> None:
    from keys import token  # noqa: PLC0415  the session of this process

    session = token._session_of(hsm.at)._open
    assert session is not None
    session.close()
    own = owns["p256"]
    assert isinstance(own.public_key, ec.EllipticCurvePublicKey)
    signed = own.sign(ENTITY, SignatureScheme("ECDSA", SHA256))
    own.public_key.verify(signed, ENTITY, ec.ECDSA(hashes.SHA256()))
