"""Keys on disk: the only module of this package that touches files.

A folder of own keys holds, for each key id, `<id>.pem` (certificate, then its chain if any),
`<id>.key` (private key, PKCS#8 PEM, mode 0600) and, when the key is retired to opening only, an
empty `<id>.retired`. A vault key file has one key a line in hex, the one that seals first.

Files are made with their mode from the start, synced to disk with their folder, and never
overwritten. A private file that everybody on the machine can read is refused.
"""

import os
import re
import stat
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from keys.atrest import KEY_SIZE, Vault
from keys.certificates import loaded, read_certificates
from keys.errors import KeyFileError, StructureError
from keys.issuing import KeyKind, issue_own_key
from keys.own import Keyring, OwnKey, PrivateKey

__all__ = [
    "KeyKind",
    "Keyring",
    "OwnKey",
    "issue_own_key",
    "load_keyring",
    "load_or_create_vault",
    "load_secret",
    "load_vault",
    "own_key",
    "read_own_key",
    "retire",
    "write_new",
    "write_own_key",
]

_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def load_keyring(folder: Path) -> Keyring:
    """Load all own keys of a folder; raises `KeyFileError` when there is none, or one is broken."""
    found = [_load_pair(path) for path in sorted(folder.glob("*.key"))]
    if not found:
        raise KeyFileError("no private key in the folder")
    return Keyring(tuple(found))


def write_own_key(folder: Path, key_id: str, key_pem: bytes, certificate_pem: bytes) -> None:
    """Write a new own key; raises `KeyFileError` when the id is taken or is no file name."""
    if not _KEY_ID.fullmatch(key_id):
        raise KeyFileError("key id")
    write_new(folder / f"{key_id}.key", key_pem, mode=0o600)
    write_new(folder / f"{key_id}.pem", certificate_pem, mode=0o644)


def retire(folder: Path, key_id: str) -> None:
    """Keep a key for opening only, from the next start; raises `KeyFileError` for an unknown id."""
    if not _KEY_ID.fullmatch(key_id) or not (folder / f"{key_id}.key").exists():
        raise KeyFileError("key id")
    mark = folder / f"{key_id}.retired"
    if not mark.exists():
        write_new(mark, b"", mode=0o644)


def read_own_key(
    path: Path, *, password: bytes | None = None, certificate: Path | None = None
) -> OwnKey:
    """Read one private key with its certificate from a PKCS#12 or PEM file.

    The certificate of a PEM key stands in the same file, in `certificate`, or beside it as `.pem`,
    `.crt` or `.cer`. Raises `KeyFileError`.
    """
    data = _read(path)
    beside = [certificate] if certificate else [path.with_suffix(s) for s in _CERTIFICATE_SUFFIXES]
    extra = next((_read(other) for other in beside if other.exists() and other != path), b"")
    return own_key(data, password=password, certificate=extra, key_id=path.stem)


_CERTIFICATE_SUFFIXES: Final = (".pem", ".crt", ".cer")


def own_key(
    data: bytes,
    *,
    password: bytes | None = None,
    certificate: bytes = b"",
    key_id: str = "imported",
    decrypt_only: bool = False,
) -> OwnKey:
    """Make an `OwnKey` from the octets of PKCS#12 or PEM files; raises `KeyFileError`.

    The key's own arithmetic is not checked again on each start (44 ms for RSA): the file is ours.
    """
    try:
        if data.lstrip().startswith(b"-----"):
            key: object = load_pem_private_key(data, password, unsafe_skip_rsa_key_validation=True)
            entries = read_certificates(certificate or data)
        else:
            key, leaf, others = pkcs12.load_key_and_certificates(data, password)
            entries = (*([leaf] if leaf else ()), *others)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError("private key not readable") from error
    if not isinstance(key, PrivateKey):
        raise KeyFileError("private key of another kind than RSA, EC, Ed25519 or X25519")
    leaf_first = _order(key, entries)
    return OwnKey(key, leaf_first[0], key_id, decrypt_only, leaf_first[1:])


def load_vault(path: Path) -> Vault:
    """Load the vault's key file; raises `KeyFileError`."""
    lines = _read(path, private=True).split()
    try:
        keys = [bytes.fromhex(line.decode("ascii")) for line in lines]
    except ValueError as error:
        raise KeyFileError("vault key file") from error
    if not keys or any(len(key) != KEY_SIZE for key in keys):
        raise KeyFileError("vault key file")
    return Vault(keys[0], keys[1:])


def load_or_create_vault(path: Path) -> Vault:
    """Load the vault's key file, or make it with a new key and mode 0600; raises `KeyFileError`."""
    if not path.exists():
        write_new(path, os.urandom(KEY_SIZE).hex().encode() + b"\n", mode=0o600)
    return load_vault(path)


def load_secret(path: Path) -> bytes:
    """Load a secret of 32 octets from its file (hex); raises `KeyFileError`."""
    try:
        secret = bytes.fromhex(_read(path, private=True).decode("ascii").strip())
    except ValueError as error:
        raise KeyFileError(path.name) from error
    if len(secret) != KEY_SIZE:
        raise KeyFileError(path.name)
    return secret


def _load_pair(path: Path) -> OwnKey:
    key_id = path.stem
    data = _read(path, private=True)
    certificate = _read(path.with_suffix(".pem"))
    retired = path.with_suffix(".retired").exists()
    return own_key(data, certificate=certificate, key_id=key_id, decrypt_only=retired)


def _order(key: PrivateKey, entries: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """Put the key's own certificate first; with another, mail would be sealed to nobody."""
    public_key = key.public_key()
    for entry in entries:
        try:
            if loaded(entry).public_key == public_key:
                return (entry, *(other for other in entries if other != entry))
        except StructureError:
            continue
    raise KeyFileError("no certificate of this private key")


def _read(path: Path, *, private: bool = False) -> bytes:
    try:
        with path.open("rb") as file:
            if private and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & stat.S_IROTH:
                raise KeyFileError(f"{path.name} is readable by everybody: chmod 600")
            return file.read()
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that must not exist yet, with its mode, to disk; raises `KeyFileError`."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(path, flags, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error
