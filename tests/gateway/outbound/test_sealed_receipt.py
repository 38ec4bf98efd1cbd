"""A receipt goes the whole way: written, sealed, opened by OpenSSL, verified."""

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.outbound import compose
from gateway.outbound.compose import Disposition, Letter, evidence_pieces
from gateway.outbound.verify import Verifier
from keys import smime
from tests.gateway.outbound.issuing import AT, issued, make, own_key

LETTER = Letter(
    sender="sikkermail@region.example",
    sender_name="Region Midtjylland",
    recipient="sikkermail@aarhus.example",
    subject="Kvittering: anmodningen er modtaget på Granbo [RM-2026-000001]",
    date=AT,
    message_id="<out-1@gateway.example>",
)


def openssl(*arguments: str, where: Path) -> None:
    subprocess.run(["openssl", *arguments], cwd=where, check=True, capture_output=True, timeout=60)


def test_openssl_opens_and_verifies_both_forms_of_a_receipt(tmp_path: Path) -> None:
    made = issued(make(1, None))
    fields = compose.header_fields(LETTER)
    pieces = evidence_pieces(made)
    report = Disposition("gateway.example; Sagspost", LETTER.sender, "<in-1@aarhus.example>")
    forms = {
        "plain": compose.entity(fields, "Kvittering på modtagelse", pieces, "cipher"),
        "mdn": compose.report_entity(fields, "Kvittering", report, pieces, "cipher"),
    }
    key, certificate = "partner.key", "partner.pem"
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=partner"),
        *("-keyout", key, "-out", certificate),
        where=tmp_path,
    )
    partner = x509.load_pem_x509_certificate((tmp_path / certificate).read_bytes())
    own = own_key()
    (tmp_path / "gateway.pem").write_bytes(own.certificate.public_bytes(Encoding.PEM))
    for name, entity in forms.items():
        mail = compose.whole(fields, smime.seal_entity(entity, own, partner, AT))
        assert all(len(line) <= 86 for line in mail.split(b"\r\n"))
        (tmp_path / name).write_bytes(mail)
        openssl(
            *("cms", "-decrypt", "-in", name, "-recip", certificate, "-inkey", key),
            *("-out", f"{name}.signed"),
            where=tmp_path,
        )
        openssl(
            *("cms", "-verify", "-in", f"{name}.signed", "-CAfile", "gateway.pem"),
            *("-partial_chain", "-purpose", "any", "-out", f"{name}.inner"),
            where=tmp_path,
        )
        opened = (tmp_path / f"{name}.signed").read_bytes()
        assert Verifier([own.certificate]).verify_receipt(opened).findings == ()
        assert (tmp_path / f"{name}.inner").read_bytes() == entity
