"""A relay that shows a registered client certificate is known by it at the door."""

import asyncio
import hashlib
import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.inbound.delivery import Delivery
from gateway.inbound.smtp_in import SmtpDoor, server_tls
from gateway.inbound.tunnels import accept_clients
from keys.issuing import issue_tls_key

MAIL = "From: a@kommune.example\r\nSubject: x\r\n\r\nHej\r\n"


def client_certificate(folder: Path, name: str) -> tuple[Path, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return file, certificate.public_bytes(Encoding.DER)


def send(port: int, client: Path | None) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if client is not None:
        context.load_cert_chain(client)
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        smtp.starttls(context=context)
        smtp.sendmail("a@kommune.example", ["box@region.example"], MAIL)


async def received(folder: Path, client: Path | None, registered: list[bytes]) -> list[Delivery]:
    key, certificate = issue_tls_key("127.0.0.1", datetime.now(UTC))
    (folder / "tls.key").write_bytes(key)
    (folder / "tls.pem").write_bytes(certificate)
    kept: list[Delivery] = []

    async def keep(deliveries: list[Delivery]) -> list[str]:
        kept.extend(deliveries)
        return [f"m{len(kept)}"]

    tls = server_tls(folder / "tls.pem", folder / "tls.key")
    accept_clients(tls, registered)
    door = SmtpDoor(
        mailboxes=["box@region.example"],
        keep=keep,
        now=lambda: datetime.now(UTC),
        hostname="region.example",
        tls=tls,
    )
    _, port = await door.open("127.0.0.1", 0)
    try:
        await asyncio.to_thread(send, port, client)
    finally:
        await door.close()
    return kept


def test_a_registered_certificate_is_told_with_the_mail(tmp_path: Path) -> None:
    client, der = client_certificate(tmp_path, "relay")

    (mail,) = asyncio.run(received(tmp_path, client, [der]))

    assert mail.tls is not None
    assert mail.tls["certificate_sha256"] == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("tunnels", [0, 1])
def test_a_client_without_a_certificate_is_served_all_the_same(
    tmp_path: Path, tunnels: int
) -> None:
    _, der = client_certificate(tmp_path, "relay")

    (mail,) = asyncio.run(received(tmp_path, None, [der] * tunnels))

    assert mail.tls is not None
    assert "certificate_sha256" not in mail.tls


def test_a_certificate_that_nobody_registered_opens_no_tunnel(tmp_path: Path) -> None:
    stranger, _ = client_certificate(tmp_path, "stranger")
    _, der = client_certificate(tmp_path, "relay")

    with pytest.raises((ssl.SSLError, smtplib.SMTPException, OSError)):
        asyncio.run(received(tmp_path, stranger, [der]))
