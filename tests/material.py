"""Test material that nobody here wrote, beside the project's folder; the tests pass without it."""

from pathlib import Path

TESTDATA = Path(__file__).resolve().parents[2] / "shared" / "testdata"


def cases(folder: str, pattern: str) -> list[Path | None]:
    """The files of a folder, or a single None where the folder is absent."""
    return [*sorted((TESTDATA / folder).glob(pattern))] or [None]


def absent(case: Path | None) -> bool:
    """Whether there is no material to test with; says so."""
    if case is None:
        print(f"not there, so not tested: {TESTDATA}")  # noqa: T201  (the reason, for who asks)
    return case is None
