"""What a recipient can read: learnt from smimeCapabilities (RFC 8551 2.5.2), and how to seal by it.

A list is read only from a signature that was verified. What nobody has told is assumed to be what
everybody reads: AES-256-CBC, with PKCS#1 v1.5 to RSA keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

from keys import asn1
from keys.algorithms import (
    CONTENT_CIPHERS,
    RSA_MGF1,
    RSA_OAEP,
    SHA256,
)
from keys.asn1 import Element
from keys.content_info import read_algorithm
from keys.errors import StructureError

CipherName = Literal["aes256-cbc", "aes256-gcm", "aes128-cbc", "aes128-gcm"]
KeyTransport = Literal["pkcs1v15", "oaep"]
Choice = Literal["auto", "aes256-gcm", "aes256-cbc"]
"""What an operator may set for a recipient."""

MAX_CAPABILITIES: Final = 64

CIPHERS: Final = {
    cipher.name.lower().replace("aes-", "aes"): cipher for cipher in CONTENT_CIPHERS.values()
}
_WRITTEN: Final[tuple[CipherName, ...]] = get_args(CipherName)
_CIPHER_NAMES: Final = {CIPHERS[name].oid: name for name in _WRITTEN}
# Strongest first; an authenticated cipher before one that is not.
_PREFERRED: Final[tuple[CipherName, ...]] = (
    "aes256-gcm",
    "aes128-gcm",
    "aes256-cbc",
    "aes128-cbc",
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The ciphers that somebody can read, as listed, and whether RSA-OAEP with SHA-256 is read."""

    ciphers: tuple[CipherName, ...] = ()
    oaep: bool = False

    def to_json(self) -> dict[str, object]:
        """Give it as JSON values."""
        return {"ciphers": list(self.ciphers), "oaep": self.oaep}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Capabilities":
        """Read what `to_json` gave; names that are not known any more are left out."""
        known = [name for name in value.get("ciphers", ()) if name in _WRITTEN]
        return cls(tuple(known), value.get("oaep") is True)


class Sealing(NamedTuple):
    """How to seal to a recipient; the transport counts for RSA keys only."""

    cipher: CipherName = "aes256-cbc"
    key_transport: KeyTransport = "pkcs1v15"


class Reader(NamedTuple):
    """Whom a mail is sealed to, by certificate (DER), and how."""

    certificate: bytes
    sealing: Sealing


USUAL: Final = Sealing()


def choose(learnt: Capabilities | None, choice: Choice = "auto") -> Sealing:
    """Choose cipher and transport by what was learnt; what an operator set goes before it."""
    transport: KeyTransport = "oaep" if learnt is not None and learnt.oaep else "pkcs1v15"
    if choice != "auto":
        return Sealing(choice, transport)
    readable = () if learnt is None else learnt.ciphers
    cipher = next((name for name in _PREFERRED if name in readable), USUAL.cipher)
    return Sealing(cipher, transport)


def read_capabilities(value: Element) -> Capabilities:
    """Read SMIMECapabilities; raises `StructureError`. What is not known here is passed over."""
    ciphers: list[CipherName] = []
    oaep = False
    reader = value.children()
    count = 0
    while reader.more():
        count += 1
        if count > MAX_CAPABILITIES:
            raise StructureError("too many capabilities")
        oid, parameters = read_algorithm(reader.take(asn1.SEQUENCE))
        name = _CIPHER_NAMES.get(oid)
        if name is not None and name not in ciphers:
            ciphers.append(name)
        elif oid == RSA_OAEP and parameters is not None:
            oaep = oaep or bytes(parameters.encoding) in _OAEP_SHA256
    return Capabilities(tuple(ciphers), oaep)


def write_capabilities() -> bytes:
    """List what we open, best first."""
    names = ("aes256-gcm", "aes128-gcm", "aes256-cbc", "aes192-cbc", "aes128-cbc")
    ciphers = [asn1.sequence(asn1.oid(CIPHERS[name].oid)) for name in names]
    return asn1.sequence(*ciphers, OAEP_SHA256)


def _oaep_parameters(hash_algorithm: bytes) -> bytes:
    mask = asn1.sequence(asn1.oid(RSA_MGF1), hash_algorithm)
    return asn1.sequence(asn1.explicit(0, hash_algorithm), asn1.explicit(1, mask))


# RSAES-OAEP-params of SHA-256 in hash and mask, with NULL and without (RFC 4055 2.1).
_OAEP_SHA256: Final = tuple(
    _oaep_parameters(asn1.sequence(asn1.oid(SHA256.oid), null)) for null in (asn1.DER_NULL, b"")
)
OAEP_SHA256: Final = asn1.sequence(asn1.oid(RSA_OAEP), _OAEP_SHA256[0])
"""The AlgorithmIdentifier of RSA-OAEP as it is written here."""
