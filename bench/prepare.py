"""Makes sealed placement requests beforehand, with the openssl command, on all cores."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gateway.showcase.authority import Identity
from gateway.showcase.letters import Outer, json_entity
from gateway.showcase.openssl import seal

_SENTENCE = "Borgeren har behov for støtte døgnet rundt til struktur, måltider og samvær. "


def placement_request(reference: str, need: str, cpr: str = "670765-4005") -> dict[str, Any]:
    """Write a request as a kommune's system would, with an id of its own.

    `cpr` is a substitute number, which no one can hold.
    """
    return {
        "sagspost": "1",
        "message": "placement_request",
        "id": str(uuid.uuid4()),
        "to": "29190925",
        "reference": reference,
        "case": None,
        "body": {
            "kind": "both",
            "citizen": {
                "cpr": cpr,
                "name": "Prøve Borger",
                "address": "Prøvevej 1, 8000 Aarhus C",
            },
            "acting_municipality": "0751",
            "paying_municipality": "0751",
            "caseworker": {
                "name": "S. Behandler",
                "phone": "89400000",
                "email": "sikkermail@aarhus.example",
            },
            "facility": "granbo",
            "legal_basis": "SEL § 107",
            "duration": "temporary",
            "requested_start": "2026-12-01",
            "expected_end": None,
            "need": need,
            "disclosure_basis": "consent",
            "urgent": False,
        },
    }


def prepare(
    folder: Path,
    count: int,
    *,
    sender: Identity,
    recipient: str,
    gateway_certificate: Path,
    size: int = 10_000,
) -> Path:
    """Write `count` sealed mails as files in `folder`, in the order in which they are sent.

    `size` is the length of the entity that is signed, in bytes; sealing adds about 90 % to it.
    Each mail's Message-ID is `<NNNNN@FOLDER.bench.example>`.
    """
    folder.mkdir(parents=True)

    def make(number: int) -> None:
        entity = _entity(number, sender.address, recipient, size)
        outer = Outer(
            sender=sender.address,
            recipient=recipient,
            message_id=f"<{number:05}@{folder.name}.bench.example>",
        )
        mail = seal(entity, sender, gateway_certificate, outer=outer)
        (folder / f"{number:05}.eml").write_bytes(mail)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for _ in pool.map(make, range(count)):
            pass
    return folder


def _entity(number: int, sender: str, recipient: str, size: int) -> bytes:
    """Write one request of about that size; base64 makes four bytes of three."""
    room = (size - 1600) * 3 // 4
    need = (_SENTENCE * (room // len(_SENTENCE.encode()) + 1)).strip()
    # A citizen for each: nobody asks for one hundreds of times, and all cases of one are looked at.
    citizen = f"{61 + number // 9999}0165-{number % 9999 + 1:04}"
    request = placement_request(f"AAK-2026-{number:05}", need, citizen)
    return json_entity(request, sender=sender, recipient=recipient, subject="Anmodning om plads")
