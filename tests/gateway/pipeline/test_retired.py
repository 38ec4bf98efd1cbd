"""A certificate that was retired stays so, under whatever form of its signature it is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding

from keys import asn1
from keys.identity import fingerprint
from tests.gateway.rig import Rig

# NIST SP 800-186, 3.2.1.3: the order of P-256.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def other_form(certificate: x509.Certificate) -> x509.Certificate:
    """The same certificate with the other good form of its issuer's signature."""
    r, s = decode_dss_signature(certificate.signature)
    _, algorithm, _ = parts(certificate.public_bytes(Encoding.DER))
    signature = asn1.bit_string(encode_dss_signature(r, ORDER - s))
    der = asn1.sequence(certificate.tbs_certificate_bytes, algorithm, signature)
    return x509.load_der_x509_certificate(der)


def parts(der: bytes) -> tuple[bytes, bytes, bytes]:
    reader = asn1.read(der).children()
    first, second, third = (bytes(reader.take().encoding) for _ in range(3))
    return first, second, third


def test_a_retired_certificate_is_known_under_the_other_form_of_its_signature(
    rig: Rig, tmp_path: Path
) -> None:
    known = x509.load_pem_x509_certificate(rig.viborg.certificate.read_bytes())
    twin = other_form(known)
    assert fingerprint(twin) != fingerprint(known)
    shown = tmp_path / "twin.pem"
    shown.write_bytes(twin.public_bytes(Encoding.PEM))
    thief = replace(rig.viborg, certificate=shown)

    good = rig.send(thief, "Før den blev trukket tilbage.")
    assert rig.judged(good)[0] == "manual"
    rig.run("partner", "certificate", "retire", "viborg", fingerprint(known))
    for sender, text in ((rig.viborg, "Efter."), (thief, "Efter, i en anden form.")):
        mail = rig.send(sender, text)
        assert rig.judged(mail) == ("quarantined", "sender.retired")
