"""How mail to a reader is sealed, as the command line shows and sets it."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from gateway.cli.home import Home
from gateway.cli.show import done
from gateway.cli.values import one_of
from gateway.store import capabilities, registry
from gateway.store.capabilities import Known, Owner
from gateway.store.journal import Note
from gateway.store.unit import Unit
from keys.capabilities import Choice

CHOICES: tuple[Choice, ...] = get_args(Choice)

Use = Annotated[
    str,
    typer.Option(help="aes256-gcm, aes256-cbc, or auto: what its own mail tells that it can read."),
]


def cipher_row(known: Known) -> dict[str, Any]:
    """What is known of a reader, and what comes of it."""
    cipher, transport = known.sealing
    return {
        "use": known.chosen,
        "cipher": cipher,
        "rsa": transport,
        "learnt": None if known.learnt is None else list(known.learnt.ciphers),
        "learnt_at": known.learnt_at,
    }


def set_cipher(unit: Unit, home: Home, owner: Owner, use: str) -> None:
    """Set what mail to a reader is sealed with. Raises Refused for what there is not."""
    choice = next(name for name in CHOICES if name == one_of("--use", use, CHOICES))
    capabilities.keep_choice(unit.connection, owner, choice)
    registry.changed(unit.connection)
    kind, key = owner
    unit.note(Note(home.now(), "cipher_set", home.person, facts={kind: key, "use": choice}))
    sealing = capabilities.known_of(unit.connection, owner).sealing
    done(f"Mail to {key} is sealed with {sealing.cipher}.")
