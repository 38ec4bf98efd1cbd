"""A private key of ours is used in three ways, each of which fits its kind, and in no other."""

import ast
import gc
import weakref
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, x25519

from keys.algorithms import SHA256, SignatureFamily, SignatureScheme
from keys.cms import Keyring, OwnKey, decrypt, encrypt, sign
from keys.errors import KeyFileError
from tests.keys.other_side import Party
from tests.keys.own_keys import own_key_of


@pytest.mark.parametrize(
    ("kind", "family"),
    [("rsa2048", "ECDSA"), ("rsa2048", "Ed25519"), ("p256", "RSA-PSS"), ("p256", "Ed25519")],
)
def test_a_key_signs_by_no_scheme_of_another_kind(
    kind: str, family: SignatureFamily, parties: dict[str, Party]
) -> None:
    with pytest.raises(KeyFileError):
        parties[kind].own.sign(b"octets", SignatureScheme(family, SHA256))


def test_a_key_opens_nothing_in_the_way_of_another_kind(parties: dict[str, Party]) -> None:
    with pytest.raises(KeyFileError):
        parties["p256"].own.decrypt_rsa(bytes(256), None)
    peer = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(KeyFileError):
        parties["rsa2048"].own.agree(peer)
    with pytest.raises(KeyFileError):
        parties["p256"].own.agree(x25519.X25519PrivateKey.generate().public_key())


def test_no_other_module_reaches_for_the_private_key_of_an_own_key() -> None:
    """So that a key that never leaves its hardware can stand in the place of one in memory."""
    package = Path(__file__).resolve().parents[2] / "keys"
    for module in package.glob("*.py"):
        if module.name == "own.py":
            continue
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "key":
                owner = node.value
                name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
                assert name != "own", f"{module.name}:{node.lineno}"


def test_a_key_that_is_let_go_is_kept_nowhere(now: datetime) -> None:
    """One that was destroyed must not stay in memory because it signed something."""
    real = own_key_of("p256")
    own = OwnKey(real.key, real.certificate, "short-lived")
    sign(b"octets", own, detached=True, signing_time=now)
    decrypt(encrypt(b"octets", [own.certificate]), Keyring((own,)))
    kept = weakref.ref(own)
    del own
    gc.collect()
    assert kept() is None
