"""Mail that no mail program makes, as bytes; the sealed ones are made with OpenSSL."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from bench.prepare import placement_request
from gateway.showcase.authority import Identity
from gateway.showcase.letters import Outer, json_entity, text_entity
from gateway.showcase.openssl import dress, encrypt, seal, sign
from gateway.showcase.runner import openssl
from gateway.showcase.stage import GATEWAY_ADDRESS

MIB = 1024 * 1024
LIMIT = 40 * MIB


def heading(sender: str, *more: str) -> bytes:
    """The outer headers, ended."""
    lines = (f"From: {sender}", f"To: {GATEWAY_ADDRESS}", "Subject: x", "MIME-Version: 1.0", *more)
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def random_bytes(size: int) -> bytes:
    """Noise in lines that a mail may have: no CR or LF but at their ends."""
    noise = os.urandom(size).replace(b"\r", b"r").replace(b"\n", b"n")
    return b"\r\n".join(noise[at : at + 900] for at in range(0, size, 900)) + b"\r\n"


def raw_noise(size: int) -> bytes:
    """Noise as it comes, which holds bare CR and LF."""
    return os.urandom(size) + b"\nx\r\n"


def of_size(size: int) -> bytes:
    """An unsigned mail of exactly so many bytes."""
    head = heading("stranger@nowhere.example", "Content-Type: text/plain")
    line = b"A" * 998 + b"\r\n"
    body = line * (size // len(line) + 1)
    return (head + body)[: size - 2].rstrip(b"\r").ljust(size - 2, b"A") + b"\r\n"


def many_parts(parts: int) -> bytes:
    """A flat multipart."""
    head = heading("stranger@nowhere.example", 'Content-Type: multipart/mixed; boundary="b"')
    return head + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * parts + b"--b--\r\n"


def many_levels(levels: int) -> bytes:
    """A multipart in a multipart, and so on."""
    head = heading("stranger@nowhere.example", 'Content-Type: multipart/mixed; boundary="b0"')
    lines = [
        f'--b{n}\r\nContent-Type: multipart/mixed; boundary="b{n + 1}"\r\n\r\n'.encode()
        for n in range(levels)
    ]
    return head + b"".join(lines)


def long_header(size: int) -> bytes:
    """One header field of many folded lines."""
    folded = "X-Long: " + "y" * 60 + ("\r\n " + "y" * 70) * (size // 73)
    return heading("stranger@nowhere.example", folded) + b"text\r\n"


def nested_messages(levels: int) -> bytes:
    """A mail attached to a mail, and so on."""
    head = heading("stranger@nowhere.example", "Content-Type: message/rfc822")
    return head + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"text\r\n"


def nested_signatures(layers: int, sender: Identity, gateway: Path) -> bytes:
    """So many opaque signatures around each other, and one encryption around them all."""
    entity = text_entity("x", sender=sender.address, recipient=GATEWAY_ADDRESS, subject="x")
    for _ in range(layers):
        arguments = ["-sign", "-nodetach", "-binary", "-outform", "DER", "-nocerts"]
        signer = ["-signer", str(sender.certificate), "-inkey", str(sender.key)]
        der = openssl("cms", *arguments, *signer, stdin=entity)
        entity = _as_binary(der, "signed-data")
    return dress(encrypt(entity, gateway), Outer(sender=sender.address, recipient=GATEWAY_ADDRESS))


def nested_envelopes(layers: int, sender: Identity, gateway: Path) -> bytes:
    """So many encryptions to the gateway around each other."""
    entity = sign(
        text_entity("x", sender=sender.address, recipient=GATEWAY_ADDRESS, subject="x"), sender
    )
    for _ in range(layers):
        arguments = ["-encrypt", "-binary", "-outform", "DER", "-aes256", "-recip", str(gateway)]
        entity = _as_binary(openssl("cms", *arguments, stdin=entity), "enveloped-data")
    body = entity.partition(b"\r\n\r\n")[2]
    return _as_cms(body, "enveloped-data", sender.address)


def _as_binary(der: bytes, kind: str) -> bytes:
    head = f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\r\n"
    return head.encode() + b"Content-Transfer-Encoding: binary\r\n\r\n" + der


def _as_cms(der: bytes, kind: str, sender: str) -> bytes:
    head = heading(
        sender,
        f"Content-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
    )
    return head + base64.encodebytes(der).replace(b"\n", b"\r\n")


ENVELOPED = bytes.fromhex("06092a864886f70d010703")
SIGNED = bytes.fromhex("06092a864886f70d010702")


def endless_nesting(size: int) -> bytes:
    """An EnvelopedData that opens one more sequence of unknown length with each two bytes."""
    der = b"\x30\x80" + ENVELOPED + b"\xa0\x80" + b"\x30\x80" * (size // 2)
    return _as_cms(der, "enveloped-data", "stranger@nowhere.example")


def million_pieces(pieces: int) -> bytes:
    """A SignedData whose content is cut into pieces of one byte each."""
    content = b"\x24\x80" + b"\x04\x01x" * pieces + b"\x00\x00"
    info = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010701") + b"\xa0\x80" + content
    der = (
        b"\x30\x80"
        + SIGNED
        + b"\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
        + info
        + b"\x00\x00" * 2
        + b"\x31\x00"
        + b"\x00\x00" * 3
    )
    return _as_cms(der, "signed-data", "stranger@nowhere.example")


def claims_too_much() -> bytes:
    """A DER whose length says that four gigabytes follow."""
    der = b"\x30\x84\xff\xff\xff\xff" + ENVELOPED + b"\xa0\x84\xff\xff\xff\xf0" + b"\x00" * 1000
    return _as_cms(der, "enveloped-data", "stranger@nowhere.example")


def deep_json(size: int, depth: int, sender: Identity, gateway: Path) -> bytes:
    """A sealed submission that is nothing but brackets and blanks."""
    inner = "[" * depth + "]" * depth
    filler = " " * (size - len(inner))
    text = '{"sagspost": "1", "message": "placement_request", "id": "deep", "body": '
    entity = (
        f"From: {sender.address}\r\nTo: {GATEWAY_ADDRESS}\r\nSubject: x\r\n"
        "Content-Type: application/json; name=sagspost.json\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes((text + inner + filler + "}").encode())
    outer = Outer(sender=sender.address, recipient=GATEWAY_ADDRESS)
    return seal(entity, sender, gateway, outer=outer)


def large_request(
    attachment: int, sender: Identity, gateway: Path, *, reference: str = "AAK-2026-1"
) -> bytes:
    """A good request beside an attachment of so many bytes."""
    request = placement_request(reference, "Støtte døgnet rundt.")
    entity = text_entity(
        "Se vedhæftede.",
        sender=sender.address,
        recipient=GATEWAY_ADDRESS,
        subject="Anmodning",
        attachments={
            "sagspost.json": json.dumps(request).encode(),
            "bilag.bin": os.urandom(attachment),
        },
    )
    outer = Outer(sender=sender.address, recipient=GATEWAY_ADDRESS)
    return seal(entity, sender, gateway, outer=outer)


def good_request(reference: str, sender: Identity, gateway: Path) -> bytes:
    """A request as it should be."""
    entity = json_entity(
        placement_request(reference, "Støtte døgnet rundt."),
        sender=sender.address,
        recipient=GATEWAY_ADDRESS,
        subject="Anmodning",
    )
    outer = Outer(sender=sender.address, recipient=GATEWAY_ADDRESS)
    return seal(entity, sender, gateway, outer=outer)
