"""Envelopes by key agreement, written by hand after the RFCs, are opened in every form."""

import os
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys import asn1
from keys.asn1 import oid_octets
from keys.cms import Keyring, OwnKey, decrypt, encrypt
from keys.errors import NoKeyError, OpenError, StructureError
from tests.keys.conftest import ENTITY
from tests.keys.own_keys import own_key_of

AUTH_ENVELOPED = oid_octets("1.2.840.113549.1.9.16.1.23")
DATA = oid_octets("1.2.840.113549.1.7.1")
AES256_GCM = oid_octets("2.16.840.1.101.3.4.1.46")
WRAPS = {16: "2.16.840.1.101.3.4.1.5", 24: "2.16.840.1.101.3.4.1.25", 32: "2.16.840.1.101.3.4.1.45"}
HASHES = (hashes.SHA1(), hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
X963 = dict(
    zip(
        ("1.3.133.16.840.63.0.2", *(f"1.3.132.1.11.{arc}" for arc in range(4))),
        HASHES,
        strict=True,
    )
)
HKDFS = dict(
    zip((f"1.2.840.113549.1.9.16.3.{arc}" for arc in (19, 20, 21)), HASHES[2:], strict=True)
)
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


def envelope(
    recipient_infos: Sequence[bytes], content_key: bytes, *, authenticated: bytes = b""
) -> bytes:
    """An AuthEnvelopedData around the entity; the tag covers the attributes `authenticated` too."""
    nonce = os.urandom(12)
    covered = asn1.tlv(asn1.SET, authenticated) if authenticated else None
    sealed = AESGCM(content_key).encrypt(nonce, ENTITY, covered)
    parameters = asn1.sequence(asn1.octet_string(nonce), asn1.integer(16))
    algorithm = asn1.sequence(asn1.oid(AES256_GCM), parameters)
    body = asn1.sequence(
        asn1.integer(0),
        asn1.set_of(*recipient_infos),
        asn1.sequence(asn1.oid(DATA), algorithm, asn1.tlv(0x80, sealed[:-16])),
        asn1.tlv(0xA1, authenticated) if authenticated else b"",
        asn1.octet_string(sealed[-16:]),
    )
    return asn1.sequence(asn1.oid(AUTH_ENVELOPED), asn1.explicit(0, body))


class Agreeing:
    """The sender's side of one KeyAgreeRecipientInfo, in whatever form a test needs."""

    def __init__(self, scheme: str, size: int = 32, ukm: bytes | None = None) -> None:
        self.scheme, self.size, self.ukm = scheme, size, ukm
        self.wrap = asn1.sequence(asn1.oid(oid_octets(WRAPS[size])))

    def kek(self, secret: bytes) -> bytes:
        entity = b"" if self.ukm is None else asn1.explicit(0, asn1.octet_string(self.ukm))
        bits = asn1.octet_string((8 * self.size).to_bytes(4, "big"))
        info = asn1.sequence(self.wrap, entity, asn1.explicit(2, bits))
        if self.scheme in HKDFS:  # RFC 8418, 2.2
            return HKDF(HKDFS[self.scheme], self.size, self.ukm, info).derive(secret)
        return X963KDF(X963[self.scheme], self.size, info).derive(secret)

    def info(
        self,
        owns: Sequence[OwnKey],
        content_key: bytes,
        *,
        by_identifier: bool = False,
        point: bytes | None = None,
        in_pieces: bool = False,
    ) -> bytes:
        """The RecipientInfo; `point` stands in the place of the real ephemeral key."""
        key = owns[0].public_key
        entries = []
        if isinstance(key, x25519.X25519PublicKey):
            fresh = x25519.X25519PrivateKey.generate()
            secrets = [fresh.exchange(own.public_key) for own in owns]  # type: ignore[arg-type]
            public, kind = fresh.public_key().public_bytes_raw(), oid_octets("1.3.101.110")
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey)
            ephemeral = ec.generate_private_key(key.curve)
            secrets = [ephemeral.exchange(ec.ECDH(), own.public_key) for own in owns]  # type: ignore[arg-type]
            form = PublicFormat.UncompressedPoint
            public = ephemeral.public_key().public_bytes(Encoding.X962, form)
            kind = oid_octets("1.2.840.10045.2.1")
        for own, secret in zip(owns, secrets, strict=True):
            wrapped = keywrap.aes_key_wrap(self.kek(secret), content_key)
            name = own.loaded.issuer_and_serial
            if by_identifier:
                name = asn1.explicit(0, string(own.loaded.key_identifier, in_pieces))
            entries.append(asn1.sequence(name, string(wrapped, in_pieces)))
        originator = asn1.sequence(asn1.oid(kind)) + asn1.bit_string(point or public)
        ukm = b"" if self.ukm is None else asn1.explicit(1, string(self.ukm, in_pieces))
        return asn1.explicit(
            1,
            asn1.integer(3)
            + asn1.explicit(0, asn1.explicit(1, originator))
            + ukm
            + asn1.sequence(asn1.oid(oid_octets(self.scheme)), self.wrap)
            + asn1.sequence(*entries),
        )


def string(value: bytes, in_pieces: bool) -> bytes:
    if not in_pieces:
        return asn1.octet_string(value)
    half = len(value) // 2
    pieces = asn1.octet_string(value[:half]) + asn1.octet_string(value[half:])
    return b"\x24\x80" + pieces + b"\x00\x00"


@pytest.mark.parametrize("ukm", [None, b"keying material"], ids=["plain", "ukm"])
@pytest.mark.parametrize("size", WRAPS)
@pytest.mark.parametrize(
    ("kind", "scheme"),
    [(kind, scheme) for kind in ("p256", "p384", "p521") for scheme in X963]
    + [("x25519", scheme) for scheme in (*HKDFS, *list(X963)[2:])],
)
def test_every_curve_derivation_and_wrap_is_opened(
    kind: str, scheme: str, size: int, ukm: bytes | None
) -> None:
    own, content_key = own_key_of(kind), os.urandom(32)
    info = Agreeing(scheme, size, ukm).info([own], content_key)
    opened = decrypt(envelope([info], content_key), Keyring((own,)))
    assert opened.content == ENTITY
    derivation = HKDFS.get(scheme)
    named = f"hkdf-{derivation.name}" if derivation else X963[scheme].name
    assert opened.key_algorithm.endswith(named)


@pytest.mark.parametrize("in_pieces", [False, True], ids=["whole", "pieces"])
@pytest.mark.parametrize("kind", ["p256", "x25519"])
def test_one_ephemeral_key_serves_several_recipients_by_either_name(
    kind: str, in_pieces: bool
) -> None:
    scheme = "1.2.840.113549.1.9.16.3.19" if kind == "x25519" else "1.3.132.1.11.1"
    owns = [own_key_of(kind, str(number)) for number in range(3)]
    content_key = os.urandom(32)
    for by_identifier in (False, True):
        info = Agreeing(scheme, ukm=b"x").info(
            owns, content_key, by_identifier=by_identifier, in_pieces=in_pieces
        )
        for own in owns:
            opened = decrypt(envelope([info], content_key), Keyring((own,)))
            assert (opened.content, opened.key_id) == (ENTITY, own.key_id)
        with pytest.raises(NoKeyError):
            decrypt(envelope([info], content_key), Keyring((own_key_of(kind, "other"),)))


@pytest.mark.parametrize("cipher", ["aes256-gcm", "aes256-cbc"])
@pytest.mark.parametrize("kind", ["p521", "x25519"])
def test_what_is_sealed_to_p521_or_x25519_is_opened_again(kind: str, cipher: str) -> None:
    own = own_key_of(kind)
    sealed = encrypt(ENTITY, [own.certificate], cipher=cipher)  # type: ignore[arg-type]
    opened = decrypt(sealed, Keyring((own,)))
    assert opened.content == ENTITY
    expected = {"p521": "P-521, ECDH sha512", "x25519": "X25519, X25519 hkdf-sha256"}
    assert opened.key_algorithm == expected[kind]


POINTS = {
    "none at all": b"\x00",
    "of another curve": b"\x04" + bytes(96),
    "not on the curve": b"\x04" + b"\x01" * 64,
    "of order one": bytes(32),
}


@pytest.mark.parametrize("kind", ["p256", "x25519"])
@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_an_ephemeral_key_that_is_none_gives_the_one_answer(kind: str, point: bytes) -> None:
    scheme = "1.2.840.113549.1.9.16.3.19" if kind == "x25519" else "1.3.132.1.11.1"
    own, content_key = own_key_of(kind), os.urandom(32)
    info = Agreeing(scheme).info([own], content_key, point=point)
    with pytest.raises(OpenError) as caught:
        decrypt(envelope([info], content_key), Keyring((own,)))
    assert (caught.value.code, caught.value.detail) == ("keys.open.failed", "content did not open")


def test_a_recipient_in_a_form_that_is_not_read_leaves_the_next_to_be_tried() -> None:
    own, second, content_key = own_key_of("p256"), own_key_of("p384"), os.urandom(32)
    good = Agreeing("1.3.132.1.11.2").info([second], content_key)
    odd = Agreeing("1.3.132.1.11.1").info([own], content_key)
    scheme = asn1.oid(oid_octets("1.3.132.1.11.1"))
    odd = odd.replace(scheme, asn1.oid(oid_octets("1.3.132.1.11.9")))
    assert decrypt(envelope([odd, good], content_key), Keyring((own, second))).content == ENTITY
    with pytest.raises(StructureError):
        decrypt(envelope([odd], content_key), Keyring((own,)))


def test_authenticated_attributes_are_covered_by_the_tag() -> None:
    own, content_key = own_key_of("p256"), os.urandom(32)
    kind = asn1.oid(oid_octets("1.2.840.113549.1.9.3"))
    attribute = asn1.sequence(kind, asn1.tlv(asn1.SET, asn1.oid(DATA)))
    info = Agreeing("1.3.132.1.11.1").info([own], content_key)
    der = envelope([info], content_key, authenticated=attribute)
    assert decrypt(der, Keyring((own,))).content == ENTITY
    changed = attribute.replace(DATA, DATA[:-1] + b"\x02")
    with pytest.raises(OpenError):
        decrypt(der.replace(attribute, changed), Keyring((own,)))
    with pytest.raises(OpenError):
        decrypt(envelope([info], os.urandom(32)), Keyring((own,)))
