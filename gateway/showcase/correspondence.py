"""Who writes to the gateway and reads its answers, with OpenSSL and nothing else."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.showcase.authority import Identity
from gateway.showcase.inboxes import Arrived, Inboxes
from gateway.showcase.letters import Letter, Outer, json_entity, read_letter, text_entity
from gateway.showcase.mailer import Reply, send_one
from gateway.showcase.openssl import open_mail, seal, verify_detached
from gateway.showcase.stage import GATEWAY_ADDRESS, Stage

EVIDENCE = "evidence.json"
_SIGNATURE = "evidence.json.p7s"


@dataclass(frozen=True)
class ReadMail:
    """One mail that its reader has decrypted and verified.

    `evidence` is empty where the mail carries none; where it carries some, the detached signature
    over its exact bytes has been verified too.
    """

    arrived: Arrived
    reader: str
    signer: str
    letter: Letter
    evidence: dict[str, Any]

    sealed: bool = True

    @property
    def kind(self) -> str:
        """Give the evidence's kind, or an empty text."""
        return str(self.evidence.get("kind", ""))


@dataclass
class Correspondence:
    """The mail of everybody around one gateway."""

    stage: Stage
    inboxes: Inboxes
    _read: dict[str, list[ReadMail]] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)

    def send(self, entity: bytes, sender: Identity, outer: Outer | None = None) -> Reply:
        """Sign and encrypt an entity to the gateway and hand it over."""
        return self.send_raw(seal(entity, sender, self.stage.certificate, outer=outer), sender)

    def send_raw(self, mail: bytes, sender: Identity) -> Reply:
        """Hand over a mail as it is."""
        return send_one(
            mail,
            host="127.0.0.1",
            port=self.stage.smtp_port,
            sender=sender.address,
            recipient=GATEWAY_ADDRESS,
        )

    def write_json(self, submission: dict[str, Any], sender: Identity, subject: str) -> bytes:
        """Write a submission as a kommune's system does."""
        return json_entity(
            submission, sender=sender.address, recipient=GATEWAY_ADDRESS, subject=subject
        )

    def write_text(self, text: str, sender: Identity, subject: str) -> bytes:
        """Write a mail as a person does."""
        return text_entity(text, sender=sender.address, recipient=GATEWAY_ADDRESS, subject=subject)

    def expect(
        self,
        reader: Identity,
        fits: Callable[[ReadMail], bool] = lambda _: True,
        *,
        timeout: float = 20.0,
    ) -> ReadMail:
        """Give the reader's first mail that fits and was not given before; raises TimeoutError.

        Raises OpensslError when a mail does not open or its signature does not hold.
        """
        limit = time.monotonic() + timeout
        while True:
            for mail in self._opened(reader):
                if id(mail) not in self._taken and fits(mail):
                    self._taken.add(id(mail))
                    return mail
            if time.monotonic() > limit:
                kinds = [mail.kind or mail.letter.subject for mail in self._opened(reader)]
                raise TimeoutError(f"no such mail to {reader.name} in {timeout:g} s; came: {kinds}")
            time.sleep(0.05)

    def expect_kind(self, reader: Identity, kind: str, *, timeout: float = 20.0) -> ReadMail:
        """Give the reader's first mail with evidence of that kind; raises as `expect`."""
        return self.expect(reader, lambda mail: mail.kind == kind, timeout=timeout)

    def _opened(self, reader: Identity) -> list[ReadMail]:
        """Open what has come since last time."""
        opened = self._read.setdefault(reader.address, [])
        for arrived in self.inboxes.to(reader.address)[len(opened) :]:
            opened.append(self._open(arrived, reader))
        return opened

    def _open(self, arrived: Arrived, reader: Identity) -> ReadMail:
        anchor = self.stage.certificate
        entity, signer = open_mail(arrived.raw, reader.key, reader.certificate, anchor)
        letter = read_letter(entity)
        evidence = {}
        if EVIDENCE in letter.attachments:
            written = letter.attachments[EVIDENCE]
            verify_detached(written, letter.attachments[_SIGNATURE], anchor)
            evidence = letter.json(EVIDENCE)
        return ReadMail(arrived, reader.name, signer, letter, evidence)
