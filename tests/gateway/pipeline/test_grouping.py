"""What is wrong in many rows is said once, with the rows."""

from __future__ import annotations

from gateway.pipeline.grouping import error_lines
from parsers.problems import Problem


def test_the_same_fault_in_many_rows_is_one_line() -> None:
    wrong = [
        Problem("field.invalid", f"rows.{at}.rate", {"label": "Takst"}) for at in (2, 4, 5, 6, 9)
    ]
    other = Problem("field.missing", "rows.0.facility", {"label": "Tilbud"})
    lines = error_lines([*wrong, other, Problem("field.missing", "contact")], "da").splitlines()
    assert lines[0] == "- Værdien i feltet »Takst« kan ikke bruges. (5 rækker: 3, 5–7, 10.)"
    assert lines[1] == "- Feltet »Tilbud« mangler og skal udfyldes. (Række 1.)"
    assert lines[2] == "- Feltet »contact« mangler og skal udfyldes."


def test_a_single_refusal_reads_as_ever() -> None:
    assert error_lines([Problem("case.unknown", "case")], "en").startswith("- ")
