"""The pages and pictures of the procedures are drawn from their tables, and are current."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tests.rules.procedures import FOLDER, files
from workflows.catalogue import catalogue, procedures
from workflows.drawing import draw
from workflows.wording import LANGUAGES

NAMES = sorted(procedures())
BOLD = 8.5
"""The width of a bold letter of 13 points on average, as a browser shows it, and a little more."""
SVG = "{http://www.w3.org/2000/svg}"


def test_every_page_and_picture_is_current_and_there_are_no_others() -> None:
    wanted = files()
    assert {*FOLDER.iterdir()} == {*wanted}
    stale = [file.name for file, text in wanted.items() if file.read_text("utf-8") != text]
    assert stale == [], "run python -m tests.rules.procedures"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_shows_every_state_and_every_move_in_words(name: str, language: str) -> None:
    procedure = procedures()[name]
    tree = ElementTree.fromstring(draw(procedure, language))
    shown = " ".join("".join(text.itertext()) for text in tree.iter(f"{SVG}text"))
    shown = " ".join(shown.split())
    for state in procedure.states:
        assert procedure.wording.text(f"state.{state}", language) in shown
    for move in procedure.moves:
        for event in move.events:
            key = f"deadline.{move.deadline}" if move.deadline else f"event.{event}"
            assert procedure.wording.text(key, language) in shown
    boxes = list(tree.iter(f"{SVG}rect"))
    assert len(boxes) == 1 + len(procedure.states)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_a_picture_stands_outside_it_or_on_another_state(name: str) -> None:
    tree = ElementTree.fromstring(draw(procedures()[name], "da"))
    height = float(tree.attrib["height"])
    boxes = [
        (float(box.attrib["y"]), float(box.attrib["height"]))
        for box in list(tree.iter(f"{SVG}rect"))[1:]
    ]
    assert boxes == sorted(boxes)
    for (top, tall), (below, _) in pairwise(boxes):
        assert top + tall < below
    assert all(0 < float(text.attrib["y"]) < height for text in tree.iter(f"{SVG}text"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_a_state_stands_within_its_box(name: str, language: str) -> None:
    tree = ElementTree.fromstring(draw(procedures()[name], language))
    boxes = list(tree.iter(f"{SVG}rect"))[1:]
    names = [one for one in tree.iter(f"{SVG}text") if one.get("text-anchor") == "middle"]
    for text in names:
        y = float(text.attrib["y"])
        (box,) = (b for b in boxes if 0 < y - float(b.attrib["y"]) < float(b.attrib["height"]))
        assert len(text.text or "") * BOLD <= float(box.attrib["width"]), text.text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_every_setting_with_its_default_and_every_form_of_a_message(name: str) -> None:
    procedure = procedures()[name]
    page = (FOLDER / f"{name}.md").read_text("utf-8")
    for key in type(procedure.settings).model_fields:
        assert f"| `{key}` |" in page
    for kind in catalogue([procedure]):
        if procedure.message(kind.name) is not None:
            (line,) = (
                x
                for x in page.splitlines()
                if x.startswith(f"| `{kind.name}` | ") and not x.endswith(" | act | |")
            )
            assert line.endswith(f" | {', '.join(kind.forms)} |")
