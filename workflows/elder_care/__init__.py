"""What the procedures of Swedish elder care share (sv: äldreomsorg; seed 003).

An order goes from the needs-assessment unit of a city district (sv: biståndsenhet) to a provider
(sv: utförare); before some orders a place has to be found. Texts that several of them use stand in
this folder's wording files.
"""

from pathlib import Path
from typing import Final

from workflows.wording import SHARED, load

WORDING: Final = load(Path(__file__).parent, SHARED)
"""The shared texts of all procedures, and over them those of elder care."""
