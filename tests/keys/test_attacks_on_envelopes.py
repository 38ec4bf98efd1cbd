"""Envelopes that were built to make us tell about keys: the same work and the same answer."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from keys import asn1
from keys.cms import Keyring, OwnKey, decrypt, encrypt
from keys.content_info import content_info, read_content_info
from keys.errors import KeysError, OpenError, StructureError
from keys.own import Oaep
from keys.recipients import MAX_RECIPIENTS
from tests.keys.conftest import ENTITY
from tests.keys.own_keys import certificate_for, own_key_of
from tests.keys.test_agreement import Agreeing, envelope

HOW = {
    "v1.5": ("rsa2048", "pkcs1v15"),
    "oaep": ("rsa2048", "oaep"),
    "ecdh": ("p256", "pkcs1v15"),
    "x25519": ("x25519", "pkcs1v15"),
}
CIPHERS = ("aes256-cbc", "aes256-gcm")


class Parts:
    """An envelope to one recipient, whose key, content and tag can be exchanged."""

    def __init__(self, der: bytes) -> None:
        self.kind, body = read_content_info(der)
        self.version = bytes(body.take().encoding)
        self.recipients = bytes(body.take(asn1.SET).content)
        self.info = bytes(body.take().encoding)
        self.tag = bytes(body.take().content) if body.more() else b""
        self.content = self._last(self.info)

    def _last(self, sequence: bytes) -> bytes:
        reader = asn1.read(sequence).children()
        while reader.more():
            element = reader.take()
        return bytes(element.content)

    def encrypted_key(self) -> bytes:
        """The last octet string of the only recipient."""
        element = asn1.read(self.recipients)
        while element.tag & asn1.CONSTRUCTED:
            reader = element.children()
            while reader.more():
                element = reader.take()
        return bytes(element.content)

    def write(
        self, *, key: bytes | None = None, content: bytes | None = None, tag: bytes | None = None
    ) -> bytes:
        """The message again, with other octets of the same length in these places."""
        recipients = self.recipients.replace(self.encrypted_key(), key or self.encrypted_key())
        info = self.info.replace(self.content, content or self.content)
        tags = [asn1.octet_string(tag or self.tag)] if self.tag else []
        body = asn1.sequence(self.version, asn1.tlv(asn1.SET, recipients), info, *tags)
        return content_info(self.kind, body)


def flipped(octets: bytes, place: int) -> bytes:
    changed = bytearray(octets)
    changed[place] ^= 0x55
    return bytes(changed)


def forgeries(own: OwnKey, transport: str, cipher: str) -> dict[str, bytes]:
    """The same message, wrong in each of the ways that depend on a key."""
    sealed = encrypt(ENTITY * 20, [own.certificate], cipher=cipher, key_transport=transport)  # type: ignore[arg-type]
    parts = Parts(sealed)
    key = parts.encrypted_key()
    found = {
        "the key's end": parts.write(key=flipped(key, -1)),
        "the key's middle": parts.write(key=flipped(key, len(key) // 2)),
        "another key": parts.write(key=b"\x01" + os.urandom(len(key) - 1)),
        # It flips the padding's last octet: 1 to 16 becomes more than 64. A change inside the last
        # block itself would come out as good padding once in 256 times.
        "the content": parts.write(content=flipped(parts.content, -17)),
        "both": parts.write(key=flipped(key, -1), content=flipped(parts.content, -1)),
    }
    if parts.tag:
        found["the tag"] = parts.write(tag=flipped(parts.tag, 0))
    public = own.public_key
    if isinstance(public, rsa.RSAPublicKey):
        way: padding.AsymmetricPadding = padding.PKCS1v15()
        if transport == "oaep":
            way = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        for size in (0, 16, 31, 33, 100):
            found[f"a key of {size}"] = parts.write(key=public.encrypt(os.urandom(size), way))
    return found


@dataclass
class Recorded:
    """What was called, in its order, and how it ended."""

    error: KeysError | None = None
    calls: list[str] = field(default_factory=list)

    def run(self, work: Callable[[], object]) -> "Recorded":
        def record(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call":
                self.calls.append(frame.f_code.co_qualname)
            elif event == "c_call":
                self.calls.append(argument.__qualname__)

        sys.setprofile(record)
        try:
            work()
        except KeysError as error:
            self.error = error
        finally:
            sys.setprofile(None)
        return self


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize("how", HOW)
def test_every_failure_does_the_same_work_and_gives_the_same_answer(how: str, cipher: str) -> None:
    """Not only code and words: the very same calls, so that no clock tells them apart."""
    kind, transport = HOW[how]
    own = own_key_of(kind)
    ring = Keyring((own,))
    wrong = forgeries(own, transport, cipher)
    decrypt(encrypt(ENTITY, [own.certificate]), ring)  # fills what is worked out once
    told = {}
    for name, der in wrong.items():
        # Of 256 random keys one leaves padding that fits: then more is done, and told no more.
        runs = [Recorded().run(lambda: decrypt(der, ring)) for _ in range(3)]  # noqa: B023
        usual = min(runs, key=lambda one: len(one.calls))
        assert isinstance(usual.error, OpenError), name
        told[name] = usual
    answers = {(one.error.code, str(one.error), one.error.detail) for one in told.values()}  # type: ignore[union-attr]
    assert answers == {("keys.open.failed", str(OpenError()), "content did not open")}
    sequences = {name: tuple(one.calls) for name, one in told.items()}
    assert len(set(sequences.values())) == 1, {n: len(calls) for n, calls in sequences.items()}
    (calls,) = set(sequences.values())
    assert sum("decrypt_rsa" in call or call.endswith("agree") for call in calls) == 1


def test_a_point_that_is_none_costs_the_same_work() -> None:
    own, content_key = own_key_of("p256"), os.urandom(32)
    ring = Keyring((own,))
    agreeing = Agreeing("1.3.132.1.11.1")
    points = (None, b"\x04" + b"\x01" * 64)
    runs = []
    for point in points:
        der = envelope([agreeing.info([own], os.urandom(32), point=point)], content_key)
        runs.append(Recorded().run(lambda: decrypt(der, ring)))  # noqa: B023
    assert [type(run.error) for run in runs] == [OpenError, OpenError]
    done = [[call for call in run.calls if "exchange" in call or "unwrap" in call] for run in runs]
    assert done[0] == done[1] != []


def test_garbage_for_a_key_never_opens_and_never_says_why() -> None:
    """As Bleichenbacher asks: thousands of numbers, to learn from one answer in many."""
    own = own_key_of("rsa2048")
    ring = Keyring((own,))
    for cipher in CIPHERS:
        parts = Parts(encrypt(ENTITY, [own.certificate], cipher=cipher))  # type: ignore[arg-type]
        size = len(parts.encrypted_key())
        answers = set()
        for number in range(150):
            garbage = (number.to_bytes(2, "big") + os.urandom(size - 2))[:size]
            with pytest.raises(OpenError) as caught:
                decrypt(parts.write(key=b"\x00" + garbage[1:]), ring)
            answers.add((caught.value.code, str(caught.value), caught.value.detail))
        assert len(answers) == 1


class Counting(OwnKey):
    """A key that counts what is done with it."""

    done: list[str] = []  # noqa: RUF012

    def decrypt_rsa(self, ciphertext: bytes, oaep: Oaep | None) -> bytes:
        self.done.append("rsa")
        return super().decrypt_rsa(ciphertext, oaep)

    def agree(self, peer: Any) -> bytes:
        self.done.append("agree")
        return super().agree(peer)


@pytest.mark.parametrize("kind", ["rsa2048", "p256"])
def test_many_recipients_that_name_our_key_cost_one_private_operation(kind: str) -> None:
    real = own_key_of(kind)
    own = Counting(real.key, real.certificate, real.key_id)
    for cipher in CIPHERS:
        parts = Parts(encrypt(ENTITY, [own.certificate], cipher=cipher))  # type: ignore[arg-type]
        good, key = parts.recipients, parts.encrypted_key()
        for order in ((True, False, False), (False, True, True)):
            bad = good.replace(key, flipped(key, -1))
            parts.recipients = b"".join(good if one else bad for one in order)
            own.done.clear()
            body = [parts.version, asn1.tlv(asn1.SET, parts.recipients), parts.info]
            body += [asn1.octet_string(parts.tag)] if parts.tag else []
            der = content_info(parts.kind, asn1.sequence(*body))
            if order[0]:
                assert decrypt(der, Keyring((own,))).content == ENTITY
            else:
                with pytest.raises(OpenError):
                    decrypt(der, Keyring((own,)))
            assert len(own.done) == 1


def test_a_mail_to_a_retired_key_is_opened_by_what_it_names() -> None:
    current, retired = own_key_of("rsa2048"), own_key_of("rsa2048", "old")
    now = datetime.now(UTC)
    old = OwnKey(retired.key, retired.certificate, "old", retired_from=now)
    ring = Keyring((current, own_key_of("p256"), old))
    assert decrypt(encrypt(ENTITY, [old.certificate]), ring).key_id == "old"
    assert old.is_retired(now)


def gcm(nonce: int, tag: int, said: int | None) -> bytes:
    """AuthEnvelopedData with a nonce and a tag of these lengths, and what it says of the tag."""
    own = own_key_of("p256")
    parts = Parts(encrypt(ENTITY, [own.certificate], cipher="aes256-gcm"))
    reader = asn1.read(parts.info).children()
    kind, algorithm, content = (bytes(reader.take().encoding) for _ in range(3))
    oid = asn1.oid(asn1.read(algorithm).children().oid())
    length = b"" if said is None else asn1.integer(said)
    parameters = asn1.sequence(asn1.octet_string(bytes(nonce)), length)
    info = asn1.sequence(kind, asn1.sequence(oid, parameters), content)
    tags = asn1.octet_string(bytes(tag))
    recipients = asn1.tlv(asn1.SET, parts.recipients)
    return content_info(parts.kind, asn1.sequence(parts.version, recipients, info, tags))


@pytest.mark.parametrize(
    ("nonce", "tag", "said"),
    [(12, size, size) for size in (0, 4, 8, 12, 13, 14, 15, 17)]
    + [(12, 12, None), (12, 16, None), (12, 4, 16), (12, 16, 4), (8, 16, 16), (16, 16, 16)],
)
def test_gcm_with_another_tag_or_nonce_is_refused_before_a_key_is_used(
    nonce: int, tag: int, said: int | None
) -> None:
    real = own_key_of("p256")
    own = Counting(real.key, real.certificate, real.key_id)
    own.done.clear()
    with pytest.raises(StructureError):
        decrypt(gcm(nonce, tag, said), Keyring((own,)))
    assert own.done == []


@pytest.mark.parametrize("count", [100, MAX_RECIPIENTS, MAX_RECIPIENTS + 1, 20_000])
def test_recipients_are_bounded_in_number_and_time(count: int) -> None:
    own, content_key = own_key_of("p256"), os.urandom(32)
    stranger = own_key_of("p256", "stranger")
    one = Agreeing("1.3.132.1.11.1").info([stranger], content_key)
    ours = Agreeing("1.3.132.1.11.1").info([own], content_key)
    body = asn1.tlv(asn1.SET, one * (count - 1) + ours)
    parts = Parts(envelope([ours], content_key))
    tag = asn1.octet_string(parts.tag)
    der = content_info(parts.kind, asn1.sequence(parts.version, body, parts.info, tag))
    start = time.process_time()
    if count <= MAX_RECIPIENTS:
        assert decrypt(der, Keyring((own,))).content == ENTITY
    else:
        with pytest.raises(StructureError):
            decrypt(der, Keyring((own,)))
    assert time.process_time() - start < 1


def test_a_key_with_another_kind_under_its_name_is_not_used_for_it() -> None:
    """A recipient of RSA that names our EC key by its identifier gets no answer but `no key`."""
    rsa_key, ec_key = own_key_of("rsa2048"), own_key_of("p256")
    sealed = Parts(encrypt(ENTITY, [rsa_key.certificate]))
    der = sealed.write()
    renamed = der.replace(rsa_key.loaded.issuer_and_serial, ec_key.loaded.issuer_and_serial)
    with pytest.raises(KeysError):
        decrypt(renamed, Keyring((ec_key,)))
    twin = OwnKey(ec_key.key, certificate_for(ec_key.key, "twin"), "twin")
    with pytest.raises(KeysError):
        decrypt(der, Keyring((twin,)))
