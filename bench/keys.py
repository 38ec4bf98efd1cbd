"""`python -m bench.keys`: what opening and sealing cost beside the bare key operation, on one core.

Open is decrypt, verify, and the certificate judged with its path known already; seal is sign and
encrypt. Of a 10 KB content, as CMS octets (`keys.cms`), which is what the aims are about, and as a
whole mail (`open_message`, `keys.smime.seal_entity`), MIME and base64 included.

The limit is OpenSSL's own rate for the private operation of RSA, and for P-256 its rate of
verifying (open) and of signing (seal), by `openssl speed` on the same core between the rounds. The
command's OpenSSL may be older and slower than the one inside `cryptography`; so the same bare
operation is measured through that too, and both shares are told. All rates are by CPU time, so that
other work on the machine disturbs both alike; medians of the rounds are told.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import cryptography
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from rich.console import Console
from rich.table import Table

from bench.floor import Costs, Kind, measure
from gateway.pipeline.opening import open_message
from gateway.pipeline.peel import Means
from gateway.showcase.authority import Authority, Identity
from keys import cms, smime
from keys.certificates import der_of, read_certificates
from keys.keyring import read_own_key
from keys.own import Keyring
from keys.trust import Judge, TrustMaterial

KINDS: Final[tuple[Kind, ...]] = ("rsa3072", "p256")
AIMS: Final = {
    ("rsa3072", "open"): 0.85,
    ("rsa3072", "seal"): 0.85,
    ("p256", "open"): 0.13,
    ("p256", "seal"): 0.08,
}
SIGN, VERIFY = "bare sign", "bare verify"
_SIZE: Final = 10 * 1024
_HEAD: Final = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
_LINE: Final = b"CPR-nummer: 670765-4005. Behov: stoette doegnet rundt.\r\n"
_ENOUGH: Final = 0.5  # seconds of CPU for one rate

HEADS: Final = (
    *("key", "what", "a second", "limit", "a second", "share"),
    *("the library's", "share of it", "aim"),
)

Work = Callable[[], object]


@dataclass(frozen=True)
class Rate:
    """One operation: how often in a second of CPU, beside what the bare key operation reaches."""

    key: str
    what: str
    rate: float
    limit: float
    limit_is: str
    bare: float
    """The same bare operation by the library that does our mathematics."""
    aim: float | None

    @property
    def share(self) -> float:
        """How much of the limit it reaches."""
        return self.rate / self.limit

    @property
    def share_of_bare(self) -> float:
        """How much it reaches of what the library itself does."""
        return self.rate / self.bare

    @property
    def is_missed(self) -> bool:
        """Whether there is an aim and it was not reached."""
        return self.aim is not None and self.share < self.aim


def works(kind: Kind, folder: Path, at: datetime) -> dict[str, Work]:
    """What is measured, ready to be called; each was called once and did what it should."""
    authority = Authority(folder / "ca", key="p256")
    ours = authority.kommune("Region", "29190925", "g@rm.example", key=kind)
    theirs = authority.kommune("Kommune", "55133018", "a@aarhus.example", key=kind)
    own, partner = _own(ours), _own(theirs)
    ring = Keyring((own,))
    (anchor,) = read_certificates(authority.anchor.read_bytes())
    judge = Judge(TrustMaterial(anchors=(der_of(anchor),)))
    entity = _HEAD + _LINE * (-(-_SIZE // len(_LINE)))
    # Theirs comes in, and ours goes out.
    opaque = cms.sign(entity, partner, detached=False, signing_time=at)
    sealed = cms.encrypt(opaque, [own.certificate])
    mail = b"From: a@aarhus.example\r\nMIME-Version: 1.0\r\n" + smime.seal_entity(
        entity, partner, own.certificate, at
    )

    def open_cms() -> object:
        signed = cms.verify(cms.decrypt(sealed, ring).content)
        judge.judge(signed.signers[0].certificate, signed.certificates, at)
        return signed.content

    def seal_cms() -> object:
        signed = cms.sign(entity, own, detached=False, signing_time=at)
        return cms.encrypt(signed, [partner.certificate])

    def open_mail() -> object:
        opened = open_message(mail, Means(ring, judge, at))
        assert opened.failure is None, opened.layers[-1]
        return opened.content

    def seal_mail() -> object:
        return smime.seal_entity(entity, own, partner.certificate, at)

    assert open_cms() == entity
    whole = {"open": open_cms, "seal": seal_cms, "open mail": open_mail, "seal mail": seal_mail}
    return whole | bare_works(own)


def bare_works(own: cms.OwnKey) -> dict[str, Work]:
    """The operations that one is held against, through the library and without any structure."""
    digest, hashed = bytes(32), Prehashed(SHA256())
    key, public = own.key, own.certificate.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        return {SIGN: lambda: key.sign(digest, PKCS1v15(), hashed)}
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    algorithm = ec.ECDSA(hashed)
    signature = key.sign(digest, algorithm)
    return {
        SIGN: lambda: key.sign(digest, algorithm),
        VERIFY: lambda: public.verify(signature, digest, algorithm),
    }


def _own(identity: Identity) -> cms.OwnKey:
    return read_own_key(identity.key, certificate=identity.certificate)


def rate_of(
    work: Work, enough: float = _ENOUGH, clock: Callable[[], float] = time.process_time
) -> float:
    """Calls in a second of CPU, over as many calls as take `enough` seconds."""
    work()
    calls, start = 0, clock()
    while (used := clock() - start) < enough:
        work()
        calls += 1
    return calls / used


def limit_of(kind: Kind, what: str, costs: Costs) -> tuple[float, str]:
    """The bare operation that one is held against: its rate and its name."""
    if kind == "p256" and what.startswith("open"):
        return 1000 / costs.verify, "P-256 verify"
    name = "P-256 sign" if kind == "p256" else f"{kind.upper()[:3]}-{kind[3:]} private"
    return 1000 / costs.sign, name


def rates(
    kind: Kind, measured: Mapping[str, Sequence[float]], costs: Sequence[Costs]
) -> list[Rate]:
    """Medians of all rounds, each with its limit."""
    middle = Costs(
        *(median(getattr(one, name) for one in costs) for name in Costs.__dataclass_fields__)
    )
    found = []
    for what, each in measured.items():
        if what in {SIGN, VERIFY}:
            continue
        limit, name = limit_of(kind, what, middle)
        bare = median(measured[VERIFY if name.endswith("verify") else SIGN])
        found.append(Rate(kind, what, median(each), limit, name, bare, AIMS.get((kind, what))))
    return found


def run(kind: Kind, rounds: int, say: Callable[[str], object]) -> list[Rate]:
    """Measure one kind of key: OpenSSL and ours in turns."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = works(kind, Path(folder), datetime.now(UTC))
        measured: dict[str, list[float]] = {what: [] for what in chosen}
        costs: list[Costs] = []
        for number in range(rounds):
            say(f"{kind}: round {number + 1} of {rounds}")
            costs.append(measure(kind, parallel=1))
            for what, work in chosen.items():
                measured[what].append(rate_of(work))
    return rates(kind, measured, costs)


def show(found: Sequence[Rate], console: Console) -> None:
    """Print the table."""
    table = Table(title="Opening and sealing 10 KB on one core, by CPU time, medians")
    for name in HEADS:
        table.add_column(name, justify="left" if name in {"key", "what", "limit"} else "right")
    for one in found:
        table.add_row(
            one.key,
            one.what,
            f"{one.rate:.0f}",
            one.limit_is,
            f"{one.limit:.0f}",
            f"{one.share:.1%}",
            f"{one.bare:.0f}",
            f"{one.share_of_bare:.1%}",
            "" if one.aim is None else f"{one.aim:.0%}",
        )
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.keys", description=__doc__)
    parser.add_argument("--keys", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, help="the core to run on; the last by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--require", action="store_true", help="status 1 when an aim is missed")
    wanted = parser.parse_args(arguments)
    core = max(os.sched_getaffinity(0)) if wanted.core is None else wanted.core
    os.sched_setaffinity(0, {core})  # what openssl is started on, too
    console = Console(highlight=False, width=max(110, Console().width))
    console.print(
        f"core {core}, load {os.getloadavg()[0]:.1f}; limit: {_version()};"
        f" ours: cryptography {cryptography.__version__} with {backend.openssl_version_text()}"
    )
    found = [one for kind in wanted.keys for one in run(kind, wanted.rounds, console.print)]
    show(found, console)
    if wanted.json:
        rows = [asdict(one) | {"share": one.share} for one in found]
        wanted.json.write_text(json.dumps(rows, indent=1) + "\n")
    missed = [one for one in found if one.is_missed]
    for one in missed:
        console.print(f"missed: {one.key} {one.what}: {one.share:.1%}, {one.aim:.0%} wanted")
    return 1 if missed and wanted.require else 0


def _version() -> str:
    done = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True)
    return done.stdout.split(" (")[0].strip()


if __name__ == "__main__":
    sys.exit(main())
