"""What a home holds, opened: its clock and its store, and nothing that judges or makes mail.

Apart from `wiring` because a listing at the command line needs no more than this, and starts fast.
"""

from __future__ import annotations

from gateway.clock.now import Clock
from gateway.settings import Settings, clock_offset
from gateway.store.engine import open_engine
from gateway.store.unit import Store
from keys import keyring


def open_clock(settings: Settings) -> Clock:
    """The gateway's clock. Raises WrongSettings when it is moved without a rehearsal."""
    return Clock.at(rehearsal=settings.clock.rehearsal, offset=clock_offset())


def open_store(settings: Settings) -> Store:
    """The database with the keys that protect it. Raises keys.errors.KeyFileError without them."""
    return Store(
        engine=open_engine(settings.database_url),
        vault=keyring.load_vault(settings.keys / "vault.hex"),
        chain_key=keyring.load_secret(settings.keys / "chain.hex"),
    )
