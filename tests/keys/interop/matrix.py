"""The tables of docs/interop.md, worked out by trying every cell."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from keys.capabilities import CipherName, KeyTransport
from keys.cms import Keyring, OpenPolicy, decrypt, encrypt, sign, verify
from keys.errors import KeysError, StructureError
from tests.keys.interop.circle import NAMES, SEALED_TO, SIGNING, Circle, Member
from tests.keys.interop.peers import CIPHERS, DIGESTS, Peer

CONTENT = b"Content-Type: text/plain\r\n\r\nWhat both sides must read\r\n"
YES, NO, POLICY, REFUSED, WRONG = "yes", "-", "by policy", "refused", "WRONG"
OURS: tuple[CipherName, ...] = ("aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm")
FORMS = ("opaque", "detached")

Row = tuple[str, list[str]]


def they_seal(peer: Peer, circle: Circle) -> list[Row]:
    """What it seals, and whether we open it."""
    rows: list[Row] = []
    for kind in SEALED_TO:
        member = circle.members[kind]
        for way in peer.ways(member):
            found, named = [], way
            for cipher in CIPHERS:
                sealed = peer.seal(member, cipher, way, CONTENT)
                cell, scheme = (NO, "") if sealed is None else _opened(sealed, member, cipher)
                found.append(cell)
                named = named or scheme
            rows.append((_named(kind, named), found))
    return rows


def _opened(sealed: bytes, member: Member, cipher: str) -> tuple[str, str]:
    """How we open it; a cipher that it wrote in the place of another is no cipher of its own."""
    ring = Keyring((member.own,))
    try:
        opened = decrypt(sealed, ring)
        cell = YES
    except StructureError:
        try:
            opened = decrypt(sealed, ring, OpenPolicy(read_3des=True))
        except StructureError:
            # Where the content is under 3DES, agreement wraps the key with 3DES too: never read.
            return REFUSED if cipher == "3DES-CBC" else WRONG, ""
        except KeysError:
            return WRONG, ""
        cell = POLICY
    except KeysError:
        return WRONG, ""
    if opened.content != CONTENT:
        return WRONG, ""
    if opened.content_algorithm != cipher:
        cell = NO
    return cell, opened.key_algorithm.partition(", ")[2]


def we_seal(peer: Peer, circle: Circle) -> list[Row]:
    """What we seal, and whether it opens that."""
    rows: list[Row] = []
    for kind in SEALED_TO:
        member = circle.members[kind]
        transports: tuple[KeyTransport, ...] = ("pkcs1v15",)
        if kind.startswith("rsa"):
            transports = ("pkcs1v15", "oaep")
        for transport in transports:
            found = []
            for cipher in OURS:
                sealed = encrypt(
                    CONTENT, [member.certificate], cipher=cipher, key_transport=transport
                )
                way = decrypt(sealed, Keyring((member.own,))).key_algorithm.partition(", ")[2]
                found.append(YES if peer.open(member, sealed) == CONTENT else NO)
            rows.append((_named(kind, way), found))
    return rows


def they_sign(peer: Peer, circle: Circle) -> list[Row]:
    """What it signs, and whether we verify it."""
    rows: list[Row] = []
    for kind, scheme in _schemes():
        member = circle.members[kind]
        found = []
        for digest in DIGESTS:
            for detached in (False, True):
                made = peer.sign(member, digest, scheme, CONTENT, detached=detached)
                found.append(NO if made is None else _verified(made, member, digest, detached))
        rows.append((_named(kind, scheme), found))
    return rows


def _verified(made: bytes, member: Member, digest: str, detached: bool) -> str:
    try:
        signed = verify(made, CONTENT if detached else None)
    except KeysError:
        return WRONG
    (signer,) = signed.signers
    if signed.content != CONTENT or signer.certificate != member.certificate:
        return WRONG
    # It may hash as the key asks and not as it was told to.
    return YES if signer.digest_algorithm == digest else NO


def we_sign(peer: Peer, circle: Circle) -> list[Row]:
    """What we sign, and whether it verifies that."""
    rows: list[Row] = []
    now = datetime.now(UTC)
    for kind, scheme in _schemes():
        member = circle.members[kind]
        found = []
        for detached in (False, True):
            made = sign(
                CONTENT, member.own, detached=detached, signing_time=now, pss=scheme == "RSA-PSS"
            )
            good = peer.verify(made, CONTENT, detached=detached)
            broken = made[:-1] + bytes((made[-1] ^ 1,))
            bad = peer.verify(broken, CONTENT, detached=detached)
            found.append(WRONG if bad else YES if good else NO)
        rows.append((_named(kind, scheme), found))
    return rows


def _schemes() -> list[tuple[str, str]]:
    found = []
    for kind in SIGNING:
        if kind.startswith("rsa"):
            found += [(kind, "RSA PKCS#1 v1.5"), (kind, "RSA-PSS")]
        else:
            found.append((kind, "ECDSA" if kind.startswith("p") else "Ed25519"))
    return found


def _named(kind: str, way: str) -> str:
    return f"{NAMES[kind]}, {way}" if way and way != NAMES[kind] else NAMES[kind]


TABLES: tuple[tuple[str, Sequence[str], Callable[[Peer, Circle], list[Row]]], ...] = (
    ("It seals, we open", CIPHERS, they_seal),
    ("We seal, it opens", [name.upper().replace("AES", "AES-") for name in OURS], we_seal),
    ("It signs, we verify", [f"{d}, {form}" for d in DIGESTS for form in FORMS], they_sign),
    ("We sign, it verifies", FORMS, we_sign),
)


def section(peer: Peer, circle: Circle) -> str:
    """All that we and one peer can read of each other, as Markdown."""
    parts = [f"## {peer.name} {peer.version}\n"]
    for title, heads, rows in TABLES:
        lines = [f"### {title}\n", "| key | " + " | ".join(heads) + " |"]
        lines.append("|---" * (len(heads) + 1) + "|")
        lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows(peer, circle)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)
