"""The dialogues that the product brings along: one in each procedure's folder, `demo.flow`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.showcase.flows.language import Flow
from gateway.showcase.flows.reading import read_flow
from workflows import procedures as folders

NAME: Final = "demo.flow"


def packaged() -> dict[str, Path]:
    """Find the dialogue of each procedure that brings one along, by the procedure's name."""
    return {
        file.parent.name: file
        for folder in folders.__path__
        for file in sorted(Path(folder).glob(f"*/{NAME}"))
    }


def packaged_flow(name: str) -> Flow:
    """Read a procedure's dialogue. Raises KeyError where there is none, FlowError."""
    return read_flow(packaged()[name].read_text("utf-8"))
