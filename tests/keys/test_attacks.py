"""Mail that was built to deceive: one outward answer to tampering, no reuse of signatures."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import asn1
from keys.algorithms import CONTENT_TYPE, DATA, SIGNED_DATA
from keys.cms import Keyring, decrypt, sign, verify
from keys.content_info import content_info, read_content_info
from keys.errors import (
    KeysError,
    NoKeyError,
    OpenError,
    SignatureError,
    SignatureInvalidError,
    StructureError,
)
from tests.keys.conftest import ENTITY
from tests.keys.other_side import Party, openssl


def seal(content: bytes, party: Party, *options: str) -> bytes:
    command = ("cms", "-encrypt", "-binary", "-outform", "DER", "-recip", party.pem)
    return openssl(*command, *options, stdin=content)


def encrypted_key(der: bytes) -> bytes:
    """Find the encrypted key of a single RSA recipient."""
    _, body = read_content_info(der)
    body.take()
    info = body.take(asn1.SET).children().take().children()
    for _ in range(3):
        info.take()
    return bytes(info.take().content)


@pytest.fixture(scope="module")
def sealed(parties: dict[str, Party]) -> dict[tuple[str, str], bytes]:
    return {
        (kind, cipher): seal(ENTITY, parties[kind], f"-{cipher}")
        for kind in ("rsa2048", "p256")
        for cipher in ("aes-256-cbc", "aes-256-gcm")
    }


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_in_an_authenticated_envelope_is_refused(
    kind: str,
    data: st.DataObject,
    sealed: dict[tuple[str, str], bytes],
    *,
    parties: dict[str, Party],
) -> None:
    der = bytearray(sealed[kind, "aes-256-gcm"])
    place = data.draw(st.integers(0, len(der) * 8 - 1))
    der[place // 8] ^= 1 << place % 8
    try:
        opened = decrypt(bytes(der), Keyring((parties[kind].own,)))
    except (StructureError, NoKeyError, OpenError):
        return
    assert opened.content == ENTITY


@pytest.fixture(scope="module")
def signed_and_sealed(parties: dict[str, Party], now: datetime) -> dict[str, bytes]:
    return {
        kind: seal(
            sign(ENTITY, parties["p256"].own, detached=False, signing_time=now),
            parties[kind],
            "-aes256",
        )
        for kind in ("rsa2048", "p256")
    }


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_in_a_cbc_envelope_never_gives_other_content_as_signed(
    kind: str,
    data: st.DataObject,
    signed_and_sealed: dict[str, bytes],
    *,
    parties: dict[str, Party],
) -> None:
    der = bytearray(signed_and_sealed[kind])
    place = data.draw(st.integers(0, len(der) * 8 - 1))
    der[place // 8] ^= 1 << place % 8
    try:
        content = verify(decrypt(bytes(der), Keyring((parties[kind].own,))).content).content
    except KeysError:
        return
    assert content == ENTITY


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
@pytest.mark.parametrize("cipher", ["aes-256-cbc", "aes-256-gcm"])
def test_key_padding_and_content_faults_give_one_answer(
    kind: str,
    cipher: str,
    sealed: dict[tuple[str, str], bytes],
    *,
    parties: dict[str, Party],
) -> None:
    """A stranger learns nothing from code or words: neither from padding, key nor content."""
    der = sealed[kind, cipher]
    ring = Keyring((parties[kind].own,))
    key_place = der.index(encrypted_key(der)) if kind == "rsa2048" else der.rindex(b"\x04\x28") + 4
    # A key that fails leaves a random one in its place, whose padding fits once in 256 tries.
    answers = set()
    for place in [key_place + offset for offset in range(8)] + [len(der) - 5, len(der) - 30]:
        changed = bytearray(der)
        changed[place] ^= 0x41
        try:
            decrypt(bytes(changed), ring)
        except KeysError as error:
            answers.add((type(error), error.code, str(error), error.detail))
    assert len(answers) == 1
    assert answers.pop()[0] is OpenError


def test_a_key_of_another_length_than_the_cipher_needs_gives_the_same_answer(
    parties: dict[str, Party],
) -> None:
    party = parties["rsa2048"]
    der = seal(ENTITY, party, "-aes256")
    openssl_key = openssl(
        *("pkeyutl", "-encrypt", "-certin", "-inkey", party.pem), stdin=b"sixteen octets.."
    )
    changed = der.replace(encrypted_key(der), openssl_key)
    outcomes = set()
    for _ in range(6):
        try:
            outcomes.add(decrypt(changed, Keyring((party.own,))).content == ENTITY)
        except OpenError as error:
            outcomes.add(error.code)
    assert "keys.open.failed" in outcomes
    assert True not in outcomes


def test_a_short_tag_is_refused_before_a_key_is_used(
    sealed: dict[tuple[str, str], bytes], parties: dict[str, Party]
) -> None:
    der = sealed["rsa2048", "aes-256-gcm"]
    content_type, body = read_content_info(der)
    parts = [bytes(body.take().encoding) for _ in range(4)]
    parts[2] = parts[2].replace(b"\x02\x01\x10", b"\x02\x01\x04")
    parts[3] = asn1.octet_string(parts[3][2:6])
    with pytest.raises(StructureError):
        decrypt(
            content_info(content_type, asn1.sequence(*parts)), Keyring((parties["rsa2048"].own,))
        )


def test_an_authenticated_cipher_stripped_to_plain_enveloped_data_is_refused(
    sealed: dict[tuple[str, str], bytes], parties: dict[str, Party]
) -> None:
    der = sealed["rsa2048", "aes-256-gcm"]
    _, body = read_content_info(der)
    parts = [bytes(body.take().encoding) for _ in range(3)]
    stripped = content_info(asn1.oid_octets("1.2.840.113549.1.7.3"), asn1.sequence(*parts))
    with pytest.raises(StructureError):
        decrypt(stripped, Keyring((parties["rsa2048"].own,)))


class Rebuilt:
    """A SignedData taken apart, so that its attributes can be exchanged."""

    def __init__(self, der: bytes) -> None:
        _, body = read_content_info(der)
        self.version, self.digests, self.inner, self.certificates = (
            bytes(body.take().encoding) for _ in range(4)
        )
        info = body.take(asn1.SET).children().take().children()
        self.head = [bytes(info.take().encoding) for _ in range(3)]
        self.attributes = bytes(info.take(0xA0).content)
        self.tail = [bytes(info.take().encoding) for _ in range(2)]

    def write(self, inner: bytes, attributes: bytes | None) -> bytes:
        fields = [*self.head, *([asn1.tlv(0xA0, attributes)] if attributes else []), *self.tail]
        info = asn1.tlv(asn1.SET, asn1.sequence(*fields))
        parts = (self.version, self.digests, inner, self.certificates, info)
        return content_info(SIGNED_DATA, asn1.sequence(*parts))


def test_signed_attributes_cannot_be_passed_off_as_signed_content(
    parties: dict[str, Party], now: datetime
) -> None:
    own = parties["p256"].own
    rebuilt = Rebuilt(sign(ENTITY, own, detached=False, signing_time=now))
    as_content = asn1.tlv(asn1.SET, rebuilt.attributes)
    inner = asn1.sequence(asn1.oid(DATA), asn1.explicit(0, asn1.octet_string(as_content)))
    with pytest.raises(SignatureInvalidError):
        verify(rebuilt.write(inner, None))


def test_contradictory_and_repeated_attributes_are_refused(tmp_path: Path) -> None:
    """The signature is good over these attributes; only their form is wrong."""
    key = tmp_path / "key"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key)
    pem = openssl("req", "-x509", "-key", key, "-subj", "/CN=x")
    (tmp_path / "pem").write_bytes(pem)
    (tmp_path / "in").write_bytes(ENTITY)
    der = openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-in", tmp_path / "in", "-outform", "DER"),
        *("-signer", tmp_path / "pem", "-inkey", key),
    )
    rebuilt = Rebuilt(der)
    assert verify(rebuilt.write(rebuilt.inner, rebuilt.attributes)).content == ENTITY
    entries = split(rebuilt.attributes)
    digest = next(e for e in entries if b"\x01\x09\x04\x31" in e)
    kind = asn1.sequence(asn1.oid(CONTENT_TYPE), asn1.tlv(asn1.SET, asn1.oid(SIGNED_DATA)))
    variants = {
        "a digest twice": [*entries, digest],
        "no digest": [e for e in entries if e != digest],
        "two values": [doubled(digest) if e == digest else e for e in entries],
        "another type": [kind if b"\x01\x09\x03\x31" in e else e for e in entries],
    }
    for changed in variants.values():
        attributes = b"".join(sorted(changed))
        (tmp_path / "attributes").write_bytes(asn1.tlv(asn1.SET, attributes))
        rebuilt.tail[1] = asn1.octet_string(
            openssl("dgst", "-sha256", "-sign", key, tmp_path / "attributes")
        )
        with pytest.raises(SignatureError):
            verify(rebuilt.write(rebuilt.inner, attributes))


def split(attributes: bytes) -> list[bytes]:
    reader = asn1.read(asn1.tlv(asn1.SET, attributes)).children()
    found = []
    while reader.more():
        found.append(bytes(reader.take().encoding))
    return found


def doubled(attribute: bytes) -> bytes:
    reader = asn1.read(attribute).children()
    kind, value = reader.oid(), bytes(reader.take(asn1.SET).content)
    return asn1.sequence(asn1.oid(kind), asn1.tlv(asn1.SET, value + value))


def test_a_hundred_signatures_are_refused_and_a_hundred_recipients_opened(
    parties: dict[str, Party], now: datetime
) -> None:
    own = parties["p256"].own
    rebuilt = Rebuilt(sign(ENTITY, own, detached=False, signing_time=now))
    fields = asn1.sequence(*rebuilt.head, asn1.tlv(0xA0, rebuilt.attributes), *rebuilt.tail)
    parts = (rebuilt.version, rebuilt.digests, rebuilt.inner, rebuilt.certificates)
    many = asn1.sequence(*parts, asn1.tlv(asn1.SET, fields * 100))
    with pytest.raises(StructureError):
        verify(content_info(SIGNED_DATA, many))
    others = ["-recip", str(parties["rsa3072"].pem)] * 99
    command = ("cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", *others)
    der = openssl(*command, "-recip", parties["p256"].pem, stdin=ENTITY)
    assert decrypt(der, Keyring((own,))).content == ENTITY
