"""How a part of the gateway keeps house with its memory: large blocks, and garbage in circles.

Large blocks of memory go back to the system as soon as they are free.

glibc keeps freed blocks of up to 32 MiB for itself once one of that size was freed, and a process
that has read one large mail would stay as large as that. Elsewhere this does nothing.
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

_M_MMAP_THRESHOLD: Final = -3  # mallopt(3)
_LARGE: Final = 1024 * 1024
_OBJECTS: Final = 20_000  # so many new ones before circles are looked for; Python's own choice: 700


def give_back_large_blocks() -> None:
    """Fix the size from which a block is a mapping of its own, for this process."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


def collect_rarely() -> None:
    """Look for circles seldom, and never among what was loaded at the start.

    Rows and mails are freed when they are done with; circles are few, and looking for them through
    all modules and models was a fourteenth of a request's CPU.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
