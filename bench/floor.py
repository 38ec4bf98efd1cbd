"""The machine's own floor: what the key operations of a request cost at OpenSSL's own speed.

`openssl speed` runs as often at once as there are cores, as it is under load: cores that share a
physical core are slower together than one alone. Both rates are kept.

How operations are counted:

- RSA: a decryption is one private operation (OpenSSL's *sign*), an encryption one public operation
  (its *verify*).
- P-256: a decryption is one ECDH. An encryption is one ECDH and one new key; that one is a
  multiplication of the base point, which is what a signature mostly is, and is counted as one.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import mean
from typing import Literal

Kind = Literal["rsa2048", "rsa3072", "p256"]

_ALGORITHMS: dict[Kind, tuple[str, ...]] = {
    "rsa2048": ("rsa2048",),
    "rsa3072": ("rsa3072",),
    "p256": ("ecdsap256", "ecdhp256"),
}
_RSA = re.compile(r"^\+F2:\d+:\d+:([\d.]+):([\d.]+)", re.MULTILINE)
_ECDSA = re.compile(r"^\+F4:\d+:\d+:([\d.]+):([\d.]+)", re.MULTILINE)
_ECDH = re.compile(r"^\+F5:\d+:\d+:([\d.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Costs:
    """CPU milliseconds of one operation each, for one kind of key."""

    sign: float
    verify: float
    encrypt: float
    decrypt: float


@dataclass(frozen=True)
class Operations:
    """How many operations one request costs."""

    decrypt: float
    sign: float
    encrypt: float
    verify: float = 0.0


def floor_of(gateway: Costs, partner: Costs, operations: Operations) -> float:
    """Give the CPU milliseconds that no gateway can go below.

    The gateway decrypts and signs with its own key, and encrypts to and verifies by the partner's.
    """
    return (
        operations.decrypt * gateway.decrypt
        + operations.sign * gateway.sign
        + operations.encrypt * partner.encrypt
        + operations.verify * partner.verify
    )


def measure(kind: Kind, *, parallel: int | None = None, seconds: int = 1) -> Costs:
    """Run `openssl speed` that many times at once (as there are cores) and take the mean."""
    times = parallel or os.cpu_count() or 1
    command = ["openssl", "speed", "-mr", "-seconds", str(seconds), *_ALGORITHMS[kind]]

    def once(_: int) -> Costs:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return read_speed(kind, done.stdout)

    with ThreadPoolExecutor(times) as pool:
        return average(list(pool.map(once, range(times))))


def average(costs: Sequence[Costs]) -> Costs:
    """Take the mean of several measurements."""
    return Costs(
        sign=mean(each.sign for each in costs),
        verify=mean(each.verify for each in costs),
        encrypt=mean(each.encrypt for each in costs),
        decrypt=mean(each.decrypt for each in costs),
    )


def read_speed(kind: Kind, written: str) -> Costs:
    """Read what `openssl speed -mr` wrote; raises ValueError when the figures are not there."""
    if kind == "p256":
        signing, exchange = _ECDSA.search(written), _ECDH.search(written)
        if not signing or not exchange:
            raise ValueError("openssl speed wrote no figures for P-256")
        sign, verify = 1000 / float(signing[1]), 1000 / float(signing[2])
        ecdh = 1000 / float(exchange[1])
        return Costs(sign=sign, verify=verify, encrypt=sign + ecdh, decrypt=ecdh)
    found = _RSA.search(written)
    if not found:
        raise ValueError(f"openssl speed wrote no figures for {kind}")
    private, public = 1000 / float(found[1]), 1000 / float(found[2])
    return Costs(sign=private, verify=public, encrypt=public, decrypt=private)
