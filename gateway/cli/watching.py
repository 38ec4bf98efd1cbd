"""`watchlist`: the cases that wait for our own caseworkers (sv: insatsbevakningslista).

What is overdue, and what has come in and nobody has seen yet: seed 003 has such notices appear in a
list, not in a mail alone. Which states stand on it is said by each procedure (`watched`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.home import opened
from gateway.cli.show import AsJson, listing
from gateway.cli.values import one_of
from workflows.wording import LANGUAGES


def watchlist(
    ctx: typer.Context,
    as_json: AsJson = False,
    language: Annotated[str | None, typer.Option(help="da, sv or en.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
) -> None:
    """Cases that are overdue or that somebody here has to look at, the longest waiting first."""
    from gateway.clock.watching import waiting
    from workflows.catalogue import procedures

    if language is not None:
        one_of("--language", language, LANGUAGES)
    home = opened(ctx)
    known = procedures(home.settings.policy)
    words = language or home.settings.authority.language
    with home.store.read() as unit:
        rows = waiting(unit, known, words, limit=limit)
    listing(
        rows,
        as_json=as_json,
        title="cases to watch",
        columns=("number", "procedure", "what", "since", "partner", "next_deadline"),
    )
