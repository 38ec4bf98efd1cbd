"""PGP/MIME as mail programs write it, around what a peer's gpg makes of it."""

from __future__ import annotations

from gateway.showcase import openssl
from gateway.showcase.letters import Outer
from tests.keys.openpgp.peer import Peer

HEAD = b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="pgp"'
SIGNED = (
    b'Content-Type: multipart/signed; micalg=pgp-sha256; protocol="application/pgp-signature";'
    b' boundary="sig"'
)


def encrypted(message: bytes) -> bytes:
    """A multipart/encrypted entity around an armoured message."""
    return b"\r\n".join(
        (
            *(HEAD, b"", b"This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)"),
            *(b"--pgp", b"Content-Type: application/pgp-encrypted", b"", b"Version: 1", b""),
            *(b"--pgp", b'Content-Type: application/octet-stream; name="encrypted.asc"', b""),
            *(message.replace(b"\n", b"\r\n"), b"--pgp--", b""),
        )
    )


def signed(entity: bytes, signature: bytes) -> bytes:
    """A multipart/signed entity."""
    return b"\r\n".join(
        (
            *(SIGNED, b"", b"This is an OpenPGP/MIME signed message", b"--sig", entity, b"--sig"),
            *(b'Content-Type: application/pgp-signature; name="signature.asc"', b""),
            *(signature.replace(b"\n", b"\r\n"), b"--sig--", b""),
        )
    )


def combined(peer: Peer, entity: bytes, to: str, *options: str) -> bytes:
    """Signed and encrypted in one (RFC 3156 section 6.2)."""
    return encrypted(peer.seal(entity, to, *options))


def encapsulated(peer: Peer, entity: bytes, to: str, *options: str) -> bytes:
    """Signed, then encrypted as a whole (RFC 3156 section 6.1)."""
    inner = signed(entity, peer.sign_detached(entity))
    return encrypted(peer.encrypt(inner, to, *options))


def mailed(entity: bytes, outer: Outer) -> bytes:
    """With the outer headers before it."""
    return openssl.dress(entity, outer)
