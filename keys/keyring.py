"""Keys on disk: with `keys.files`, the only module of this package that touches files.

A folder of own keys holds, for each key id,

    <id>.key          the private key, PKCS#8 PEM, mode 0600; or
    <id>.pkcs11.toml  where it lies in a token, by label (`keys.token`)
    <id>.pem          its certificate, then the chain if there is any
    <id>.csr          a request; without a certificate beside it the key waits for one
    <id>.retired      the key only opens: always when empty, else from the time that stands in it
    <id>.destroyed    the certificate of a key that is no more: what it signed is checked by it
"""

import json
import os
import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs12

from keys.certificates import loaded, read_certificates
from keys.errors import KeyFileError, StructureError
from keys.files import (
    load_or_create_vault,
    load_secret,
    load_vault,
    read_file,
    shred,
    sync_folder,
    write_new,
    write_over,
)
from keys.issuing import KeyKind, issue_own_key
from keys.own import Keyring, OwnKey, PrivateKey

__all__ = [
    "KeyKind",
    "Keyring",
    "OwnKey",
    "Token",
    "add_certificate",
    "destroy",
    "folder_mark",
    "issue_own_key",
    "key_ids",
    "load_keyring",
    "load_or_create_vault",
    "load_secret",
    "load_vault",
    "order_chain",
    "own_certificates",
    "own_key",
    "read_own_key",
    "require_free",
    "retire",
    "token_label",
    "write_new",
    "write_own_key",
    "write_token_key",
]

_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_KEY: Final = ".key"
_IN_TOKEN: Final = ".pkcs11.toml"  # noqa: S105  (the end of a file name)
_CERTIFICATE: Final = ".pem"
_REQUEST: Final = ".csr"
_RETIRED: Final = ".retired"
_DESTROYED: Final = ".destroyed"
_EVER: Final = datetime(1950, 1, 1, tzinfo=UTC)


class Token(Protocol):
    """Where private keys are that are in no file (`keys.token`)."""

    def key(self, label: str) -> PrivateKey:
        """Give the private key with this label; raises `KeyFileError`."""
        ...


def load_keyring(folder: Path, token: Token | None = None) -> Keyring:
    """Load all own keys of a folder; raises `KeyFileError` when there is none, or one is broken.

    `token` is where the keys are that the folder only names.
    """
    found = [_load(folder, key_id, token) for key_id in key_ids(folder)]
    if not found:
        raise KeyFileError("no private key in the folder")
    return Keyring(tuple(found))


def key_ids(folder: Path, *, waiting: bool = False) -> tuple[str, ...]:
    """Name the keys of a folder: those with a certificate, or those that wait for one."""
    ids = {p.name.removesuffix(end) for end in (_KEY, _IN_TOKEN) for p in folder.glob(f"*{end}")}
    asked = {i for i in ids if _in(folder, i, _REQUEST).exists() and not _in(folder, i).exists()}
    return tuple(sorted(asked if waiting else ids - asked))


def folder_mark(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Tell whether the folder's keys have changed: a value that differs when they have."""
    ends = (_KEY, _IN_TOKEN, _CERTIFICATE, _RETIRED, ".asc")
    with os.scandir(folder) as entries:
        files = [(e.name, e.stat()) for e in entries if e.name.endswith(ends)]
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_ino) for name, stat in files))


def own_certificates(folder: Path) -> tuple[x509.Certificate, ...]:
    """Read the certificates of all keys, destroyed ones too: they check what was signed.

    Raises `KeyFileError`.
    """
    paths = [_in(folder, key_id) for key_id in key_ids(folder)]
    paths += sorted(folder.glob(f"*{_DESTROYED}"))
    return tuple(read_certificates(read_file(path))[0] for path in paths)


def write_own_key(
    folder: Path,
    key_id: str,
    key_pem: bytes,
    certificate_pem: bytes | None,
    request_pem: bytes | None = None,
) -> None:
    """Write a new own key, or one that waits for the certificate that was asked for.

    Raises `KeyFileError` when the id is taken or is no file name.
    """
    require_free(folder, key_id)
    if request_pem is not None:
        write_new(_in(folder, key_id, _REQUEST), request_pem, mode=0o644)
    if certificate_pem is not None:
        write_new(_in(folder, key_id), certificate_pem, mode=0o644)
    # The key comes last: whoever finds it finds the rest too.
    write_new(_in(folder, key_id, _KEY), key_pem, mode=0o600)


def write_token_key(
    folder: Path,
    key_id: str,
    label: str,
    certificate_pem: bytes | None,
    request_pem: bytes | None = None,
) -> None:
    """Write down that a token has a key of ours, by its label; raises `KeyFileError`."""
    require_free(folder, key_id)
    if request_pem is not None:
        write_new(_in(folder, key_id, _REQUEST), request_pem, mode=0o644)
    if certificate_pem is not None:
        write_new(_in(folder, key_id), certificate_pem, mode=0o644)
    named = f"label = {json.dumps(label)}\n".encode()
    write_new(_in(folder, key_id, _IN_TOKEN), named, mode=0o644)


def require_free(folder: Path, key_id: str) -> None:
    """Raise `KeyFileError` when a key id is taken or is no file name."""
    if not _KEY_ID.fullmatch(key_id):
        raise KeyFileError(f"{key_id!r} is no key id: letters, digits, - _ and . only")
    for end in (_KEY, _IN_TOKEN, _CERTIFICATE, _DESTROYED):
        if _in(folder, key_id, end).exists():
            raise KeyFileError(f"{key_id}{end} exists already")


def add_certificate(
    folder: Path, key_id: str, certificates: Sequence[x509.Certificate], token: Token | None = None
) -> str:
    """Give a key the certificate that a CA issued for it; gives the id that it has now.

    A key that has a certificate already gets the new one under an id of its own, and stays as it
    is: mail on its way names the old certificate. Raises `KeyFileError` where no certificate is of
    this key.
    """
    require_known(folder, key_id)
    public_key = _public_key(folder, key_id, token)
    ordered = order_chain(public_key, tuple(certificates))
    pem = b"".join(entry.public_bytes(Encoding.PEM) for entry in ordered)
    if not _in(folder, key_id).exists():
        write_new(_in(folder, key_id), pem, mode=0o644)
        return key_id
    number = next(n for n in range(2, 1000) if _is_free(folder, f"{key_id}-{n}"))
    again = f"{key_id}-{number}"
    if (key := _in(folder, key_id, _KEY)).exists():
        write_own_key(folder, again, read_file(key, private=True), pem)
    else:
        write_token_key(folder, again, token_label(folder, key_id) or "", pem)
    return again


def retire(folder: Path, key_id: str, since: datetime | None = None) -> None:
    """Keep a key for opening only, at once or from a time on; raises `KeyFileError`.

    An earlier time takes the place of a later one.
    """
    require_known(folder, key_id)
    mark = f"{since.isoformat()}\n".encode() if since else b""
    write_over(_in(folder, key_id, _RETIRED), mark, mode=0o644)


def destroy(folder: Path, key_id: str) -> None:
    """Overwrite a private key and remove it; its certificate is kept to check what it signed.

    Best effort: a disk that writes elsewhere, a snapshot or a backup may still have it. Raises
    `KeyFileError`.
    """
    require_known(folder, key_id)
    key, certificate = _in(folder, key_id, _KEY), _in(folder, key_id)
    if certificate.exists():
        write_new(_in(folder, key_id, _DESTROYED), read_file(certificate), mode=0o644)
    if key.exists():
        shred(key)
    for end in (_IN_TOKEN, _CERTIFICATE, _REQUEST, _RETIRED):
        _in(folder, key_id, end).unlink(missing_ok=True)
    sync_folder(folder)


def require_known(folder: Path, key_id: str) -> None:
    """Raise `KeyFileError` when there is no such key."""
    if _is_free(folder, key_id):
        raise KeyFileError(f"there is no key {key_id}")


def token_label(folder: Path, key_id: str) -> str | None:
    """Give the label of a key in a token; None for one in a file. Raises `KeyFileError`."""
    path = _in(folder, key_id, _IN_TOKEN)
    if not path.exists():
        return None
    try:
        label = tomllib.loads(read_file(path).decode())["label"]
    except (KeyError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeyFileError(f'{path.name}: must be label = "..."') from error
    return str(label)


def read_own_key(
    path: Path, *, password: bytes | None = None, certificate: Path | None = None
) -> OwnKey:
    """Read one private key with its certificate from a PKCS#12 or PEM file.

    The certificate of a PEM key stands in the same file, in `certificate`, or beside it as `.pem`,
    `.crt` or `.cer`. Raises `KeyFileError`.
    """
    data = read_file(path)
    beside = [certificate] if certificate else [path.with_suffix(s) for s in _CERTIFICATE_SUFFIXES]
    extra = next((read_file(other) for other in beside if other.exists() and other != path), b"")
    return own_key(data, password=password, certificate=extra, key_id=path.stem)


_CERTIFICATE_SUFFIXES: Final = (".pem", ".crt", ".cer")


def own_key(
    data: bytes,
    *,
    password: bytes | None = None,
    certificate: bytes = b"",
    key_id: str = "imported",
    retired_from: datetime | None = None,
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
    leaf_first = order_chain(key.public_key(), entries)
    return OwnKey(key, leaf_first[0], key_id, retired_from, leaf_first[1:])


def _load(folder: Path, key_id: str, token: Token | None) -> OwnKey:
    certificate, retired = read_file(_in(folder, key_id)), _retired_from(folder, key_id)
    label = token_label(folder, key_id)
    if label is None:
        data = read_file(_in(folder, key_id, _KEY), private=True)
        return own_key(data, certificate=certificate, key_id=key_id, retired_from=retired)
    key = _token_key(token, label)
    leaf_first = order_chain(key.public_key(), read_certificates(certificate))
    return OwnKey(key, leaf_first[0], key_id, retired, leaf_first[1:])


def _retired_from(folder: Path, key_id: str) -> datetime | None:
    mark = _in(folder, key_id, _RETIRED)
    if not mark.exists():
        return None
    text = read_file(mark).decode("ascii", "replace").strip()
    if not text:
        return _EVER
    try:
        since = datetime.fromisoformat(text)
    except ValueError as error:
        raise KeyFileError(f"{mark.name}: must be empty or a time") from error
    return since if since.tzinfo else since.replace(tzinfo=UTC)


def _public_key(folder: Path, key_id: str, token: Token | None) -> CertificatePublicKeyTypes:
    label = token_label(folder, key_id)
    if label is not None:
        return _token_key(token, label).public_key()
    try:
        key = load_pem_private_key(read_file(_in(folder, key_id, _KEY), private=True), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError("private key not readable") from error
    assert isinstance(key, PrivateKey)
    return key.public_key()


def _token_key(token: Token | None, label: str) -> PrivateKey:
    if token is None:
        raise KeyFileError(f"the key {label} is in a token, and the settings name none: [hsm]")
    return token.key(label)


def _in(folder: Path, key_id: str, end: str = ".pem") -> Path:
    return folder / f"{key_id}{end}"


def _is_free(folder: Path, key_id: str) -> bool:
    return not any(_in(folder, key_id, end).exists() for end in (_KEY, _IN_TOKEN))


def order_chain(
    public_key: CertificatePublicKeyTypes, entries: tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate, ...]:
    """Put the key's own certificate first; with another, mail would be sealed to nobody.

    Raises `KeyFileError` where none is of this key.
    """
    for entry in entries:
        try:
            if loaded(entry).public_key == public_key:
                return (entry, *(other for other in entries if other != entry))
        except StructureError:
            continue
    raise KeyFileError("no certificate of this private key")
