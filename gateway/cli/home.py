"""The gateway's home as a command uses it: settings, store, clock and who is at the keyboard."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer

from gateway import homes
from gateway import settings as settings_module
from gateway.clock.now import Clock
from gateway.settings import Settings
from gateway.store.unit import Store

AsPerson = Annotated[
    str | None,
    typer.Option("--as", help="The person who acts; kept in journal and evidence."),
]


@dataclass
class Home:
    """A home as one command uses it; what it needs is opened at first use."""

    folder: Path

    @cached_property
    def settings(self) -> Settings:
        """`sagspost.toml`."""
        return settings_module.load(self.folder)

    @cached_property
    def store(self) -> Store:
        """The database."""
        return homes.open_store(self.settings)

    @cached_property
    def clock(self) -> Clock:
        """The gateway's clock, offset in a rehearsal."""
        return homes.open_clock(self.settings)

    @cached_property
    def person(self) -> str:
        """Who is at the keyboard, unless --as says otherwise."""
        return getpass.getuser()

    def now(self) -> datetime:
        """The gateway's time."""
        return self.clock.now()

    def close(self) -> None:
        """Let go of what was opened."""
        store = self.__dict__.get("store")
        if store is not None:
            store.close()


def opened(ctx: typer.Context) -> Home:
    """The home that this call is about."""
    home: Home = ctx.find_root().obj
    return home
