"""The blank forms in docs/forms/ are those that the messages have now."""

from __future__ import annotations

import pytest

from parsers.catalogue import MessageType
from parsers.forms import blank, offered
from parsers.problems import LANGUAGES
from tests.forms.messages import KINDS
from tests.forms.write import FOLDER, blank_forms


def test_the_blank_forms_are_current() -> None:
    """When this fails: `python -m tests.forms.write`."""
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    made = blank_forms()
    assert set(kept) == set(made)
    assert [name for name, data in made.items() if kept[name] != data] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_form_is_there_in_every_language(kind: MessageType) -> None:
    for form in offered(kind):
        for language in LANGUAGES:
            assert len(blank(kind, form, language)) > 100, (form, language)
