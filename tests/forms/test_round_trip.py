"""Every message in every form that can be filled: what is written is read back as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.catalogue import MessageType
from parsers.content import Attachment, Content
from parsers.forms import written
from parsers.markup import text_of_html
from parsers.problems import LANGUAGES
from parsers.submission import Submission, read_submission
from tests.forms.messages import CATALOGUE, KINDS, bodies, submission


def _file(name: str, media_type: str) -> Callable[[bytes], Content]:
    return lambda data: Content(None, "", None, (Attachment(name, media_type, data),))


ARRIVES: Mapping[str, Callable[[bytes], Content]] = {
    "json": _file("a.json", "application/json"),
    "xml": _file("a.xml", "application/xml"),
    "table": lambda data: Content(None, text_of_html(data.decode()), data.decode(), ()),
    "pdf": _file("a.pdf", "application/pdf"),
    "csv": _file("a.csv", "text/csv"),
    "xlsx": _file("a.xlsx", "application/octet-stream"),
    "text": lambda data: Content(None, data.decode(), None, ()),
}
PAIRS = [(kind, form) for kind in KINDS for form in kind.forms]


def collapsed(value: Any) -> Any:
    """In HTML a run of blanks is one."""
    if isinstance(value, str):
        return "\n".join(re.sub("[ \u00a0]+", " ", line).strip() for line in value.split("\n"))
    if isinstance(value, dict):
        return {key: collapsed(one) for key, one in value.items()}
    return [collapsed(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("kind", "form"), PAIRS, ids=lambda one: getattr(one, "name", one))
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data(), language=st.sampled_from(LANGUAGES))
def test_a_written_form_is_read_back_as_it_was(
    kind: MessageType, form: str, data: Any, language: str
) -> None:
    fields = submission(kind, data.draw(bodies(kind)))
    if form == "table":
        fields = collapsed(fields)

    made = written(kind, fields, form, language)
    outcome = read_submission(ARRIVES[form](made), CATALOGUE, "x-1")

    assert isinstance(outcome, Submission), (outcome, made)
    assert outcome.form == form
    assert outcome.fields == fields


def test_json_and_labelled_text_are_forms_of_every_message() -> None:
    for kind in KINDS:
        assert {"json", "text"} <= set(kind.forms), kind.name


def test_long_rows_may_come_as_a_spreadsheet_and_nothing_else() -> None:
    for kind in KINDS:
        assert ({"csv", "xlsx"} <= set(kind.forms)) == (kind.rows is not None), kind.name
