"""Our OpenPGP keys in the folder of own keys, read and written by `keys.files`.

<id>.pgp-secret.asc   the secret key, armoured, mode 0600, without a passphrase
<id>.pgp.asc          the public key, which partners get
<id>.pgp.retired      the key only opens
"""

import re
from pathlib import Path
from typing import Final

from keys.errors import KeyFileError
from keys.files import read_file, shred, write_new
from keys.openpgp.material import OwnOpenPgpKey

_SECRET: Final = ".pgp-secret.asc"  # noqa: S105  (the end of a file name)
_PUBLIC: Final = ".pgp.asc"
_RETIRED: Final = ".pgp.retired"
_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def load_openpgp_keys(folder: Path) -> tuple[OwnOpenPgpKey, ...]:
    """Load all own OpenPGP keys of a folder, which may have none; raises `KeyFileError`."""
    return tuple(
        OwnOpenPgpKey(
            key_id,
            read_file(folder / f"{key_id}{_SECRET}", private=True),
            (folder / f"{key_id}{_RETIRED}").exists(),
        )
        for key_id in openpgp_key_ids(folder)
    )


def openpgp_key_ids(folder: Path) -> tuple[str, ...]:
    """Name the own OpenPGP keys of a folder."""
    return tuple(sorted(p.name.removesuffix(_SECRET) for p in folder.glob(f"*{_SECRET}")))


def can_sign_openpgp(folder: Path) -> bool:
    """Whether there is an own OpenPGP key that is not retired."""
    ids = openpgp_key_ids(folder)
    return any(not (folder / f"{key_id}{_RETIRED}").exists() for key_id in ids)


def public_openpgp_keys(folder: Path) -> dict[str, bytes]:
    """Give our public keys by the names of their files: what partners get."""
    paths = (folder / f"{key_id}{_PUBLIC}" for key_id in openpgp_key_ids(folder))
    return {path.name: read_file(path) for path in paths if path.exists()}


def write_openpgp_key(folder: Path, key_id: str, secret: bytes, public: bytes) -> None:
    """Write a new OpenPGP key; raises `KeyFileError` when the id is taken or is no file name."""
    if not _KEY_ID.fullmatch(key_id):
        raise KeyFileError("key id")
    write_new(folder / f"{key_id}{_SECRET}", secret, mode=0o600)
    write_new(folder / f"{key_id}{_PUBLIC}", public, mode=0o644)


def retire_openpgp_key(folder: Path, key_id: str) -> None:
    """Keep a key for opening only; raises `KeyFileError` for an unknown id."""
    if key_id not in openpgp_key_ids(folder):
        raise KeyFileError("key id")
    mark = folder / f"{key_id}{_RETIRED}"
    if not mark.exists():
        write_new(mark, b"", mode=0o644)


def destroy_openpgp_key(folder: Path, key_id: str) -> None:
    """Overwrite a secret key and remove it; the public one stays, to check what was signed."""
    if key_id not in openpgp_key_ids(folder):
        raise KeyFileError("key id")
    shred(folder / f"{key_id}{_SECRET}")
    (folder / f"{key_id}{_RETIRED}").unlink(missing_ok=True)
