"""Files that hold secrets, and the vault's key file.

A file appears whole or not at all, with its mode from the start, synced to disk with its folder,
and is never overwritten. So a running gateway may read a folder of keys at any moment. A private
file that everybody on the machine can read is refused.

A vault key file has one key a line in hex, the one that seals first.
"""

import os
import stat
from pathlib import Path

from keys.atrest import KEY_SIZE, Vault
from keys.errors import KeyFileError


def load_vault(path: Path) -> Vault:
    """Load the vault's key file; raises `KeyFileError`."""
    lines = read_file(path, private=True).split()
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
        secret = bytes.fromhex(read_file(path, private=True).decode("ascii").strip())
    except ValueError as error:
        raise KeyFileError(path.name) from error
    if len(secret) != KEY_SIZE:
        raise KeyFileError(path.name)
    return secret


def read_file(path: Path, *, private: bool = False) -> bytes:
    """Read a file; raises `KeyFileError`, for a private one that others can read too."""
    try:
        with path.open("rb") as file:
            if private and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & stat.S_IROTH:
                raise KeyFileError(f"{path.name} is readable by everybody: chmod 600")
            return file.read()
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error


def write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that must not exist yet, with its mode, to disk; raises `KeyFileError`."""
    try:
        half = _half(path, data, mode)
        try:
            os.link(half, path)  # fails where there is one: nothing is overwritten
        finally:
            half.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error


def write_over(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file in the place of one that may exist, never a key; raises `KeyFileError`."""
    try:
        _half(path, data, mode).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error


def shred(path: Path) -> None:
    """Overwrite a file and remove it; best effort, as a disk may keep what was there before."""
    gone = path.with_name(f".{path.name}.gone")
    path.replace(gone)  # whoever reads the folder now finds no file, and never half a one
    with gone.open("r+b") as file:
        file.write(os.urandom(gone.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    gone.unlink()


def _half(path: Path, data: bytes, mode: int) -> Path:
    """Write the octets under a name that nobody looks for."""
    half = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(half, flags, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return half


def sync_folder(folder: Path) -> None:
    """Have what was written to a folder on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
