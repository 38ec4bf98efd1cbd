"""What is kept encrypted opens with its key, in its place, unchanged, and in no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.atrest import OVERHEAD, Vault
from keys.errors import AtRestError, AtRestFailedError, AtRestUnknownKeyError

KEY = bytes(range(32))
OTHER = bytes(reversed(range(32)))


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_a_blob_opens_to_what_was_sealed(data: bytes, context: str) -> None:
    vault = Vault(KEY)
    blob = vault.seal(data, context)
    assert len(blob) == len(data) + OVERHEAD
    assert vault.open(blob, context) == data
    assert vault.open(memoryview(blob), context.encode()) == data


@given(st.binary(max_size=200), st.data())
def test_a_changed_blob_does_not_open(data: bytes, draw: st.DataObject) -> None:
    blob = bytearray(Vault(KEY).seal(data, "mail/1"))
    place = draw.draw(st.integers(0, len(blob) * 8 - 1))
    blob[place // 8] ^= 1 << place % 8
    with pytest.raises(AtRestError):
        Vault(KEY).open(bytes(blob), "mail/1")


@given(st.binary(max_size=100))
def test_random_bytes_do_not_open(data: bytes) -> None:
    with pytest.raises(AtRestError):
        Vault(KEY).open(data, "mail/1")


def test_a_blob_that_was_cut_or_moved_does_not_open() -> None:
    blob = Vault(KEY).seal(b"secret", "mail/1")
    for broken, context in ((blob[:-1], "mail/1"), (blob[:20], "mail/1"), (blob, "mail/2")):
        with pytest.raises(AtRestFailedError) as caught:
            Vault(KEY).open(broken, context)
        assert caught.value.code == "keys.atrest.failed"


def test_older_keys_open_and_the_first_seals() -> None:
    blob = Vault(OTHER).seal(b"secret", "x")
    rotated = Vault(KEY, (OTHER,))
    assert rotated.open(blob, "x") == b"secret"
    assert rotated.seal(b"", "x")[1:5].hex() == Vault(KEY).key_id
    with pytest.raises(AtRestUnknownKeyError) as caught:
        Vault(KEY).open(blob, "x")
    assert caught.value.code == "keys.atrest.unknown_key"


def test_the_same_content_never_gives_the_same_blob() -> None:
    vault = Vault(KEY)
    assert len({vault.seal(b"secret", "x") for _ in range(100)}) == 100


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        Vault(bytes(size))
