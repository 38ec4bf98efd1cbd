"""What a certificate changes: reading one from a file, and judging the quarantine anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.home import Home
from gateway.errors import Refused
from gateway.store import registry, rejudging
from gateway.store.certificates import Certificate
from gateway.store.unit import Unit
from keys.identity import fingerprint


def read_certificates(file: Path) -> list[x509.Certificate]:
    """The certificates in a PEM or DER file. Raises Refused when there is none."""
    try:
        data = file.read_bytes()
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificates(data)
        return [x509.load_der_x509_certificate(data)]
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise Refused(f"{file} holds no certificate in PEM or DER.") from None


def kept_from(files: Iterable[Path]) -> tuple[Certificate, ...]:
    """The first certificate of each file, as the registry keeps it; each once."""
    found = {}
    for file in files:
        certificate = read_certificates(file)[0]
        mark = fingerprint(certificate)
        found[mark] = Certificate(mark, certificate.public_bytes(Encoding.DER), False)
    return tuple(found.values())


def judge_anew(unit: Unit, home: Home, why: str) -> int:
    """Let the quarantine be judged again after a change; gives the number of mails."""
    registry.changed(unit.connection)
    return rejudging.judge_anew(unit, home.now(), why, actor=home.person)
