"""A relay of somebody else: aiosmtpd, with TLS by certificates that OpenSSL made."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from gateway.showcase import openssl
from gateway.showcase.stage import free_port


class FarEnd:
    """Listens until it is closed; with `client` it takes nobody who shows another certificate."""

    def __init__(self, folder: Path, client: Path | None, *, tls: bool = True) -> None:
        folder.mkdir()
        self.certificate, key = folder / "relay.pem", folder / "relay-key.pem"
        openssl.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(key), "-out", str(self.certificate), "-days", "2",
            "-subj", "/CN=relay", "-addext", "subjectAltName=IP:127.0.0.1",
        )  # fmt: skip
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, key)
            if client is not None:
                context.load_verify_locations(client)
                context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
                context.verify_mode = ssl.CERT_REQUIRED
        self.mails: list[tuple[str, bytes]] = []
        self.clients: list[str] = []
        self.port = free_port()
        self._server = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=tls
        )
        self._server.start()

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        shown = server.transport.get_extra_info("ssl_object")
        if shown is not None and (der := shown.getpeercert(binary_form=True)):
            self.clients.append(hashlib.sha256(der).hexdigest())
        self.mails.append((envelope.rcpt_tos[0], envelope.original_content))
        return "250 2.0.0 Ok"

    def close(self) -> None:
        self._server.stop()
