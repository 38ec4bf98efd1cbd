"""Near misses are asked about in words of our own lists, and nothing that was sent comes back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import Attachment, Content
from parsers.problems import LANGUAGES, Problem
from parsers.submission import Submission, Unreadable, read_submission
from parsers.suggestions import distance, nearest
from tests.parsers.messages import BODY, CATALOGUE, FIELDS

TEXT = """--- Sagspost: placement_request ---
CPR-nummer: 670765-4005
Borgerens navn: Prøve Borger
Handlekommune: Aarhus
Sagsbehandler: S. Behandler
Telefon: 89400000
Lovgrundlag: SEL § 107
Ønsket start: 1. december 2026
Behov: Støtte
--- slut ---
"""
WORDS = ["Handlekommune", "Betalingskommune", "Sagsbehandler", "Ønsket start"]


def read(body: dict[str, Any], **keys: Any) -> tuple[Problem, ...]:
    data = json.dumps({**FIELDS, **keys, "body": {**BODY, **body}}).encode()
    file = Attachment("a.json", "application/json", data)
    outcome = read_submission(Content(None, "", None, (file,)), CATALOGUE, "derived")
    assert isinstance(outcome, Unreadable)
    return outcome.problems


def read_text(text: str) -> Submission | Unreadable:
    outcome = read_submission(Content(None, text, None, ()), CATALOGUE, "derived")
    assert isinstance(outcome, Submission | Unreadable)
    return outcome


def meant(problems: tuple[Problem, ...]) -> dict[str, str]:
    return {one.path: one.params["suggestion"] for one in problems if "suggestion" in one.params}


@pytest.mark.parametrize(
    ("body", "path", "suggestion"),
    [
        ({"cpr": "670765-4005"}, "cpr", "citizen.cpr"),
        ({"citizen": {"cpr": "670765-4005", "nmae": "P"}}, "citizen.nmae", "citizen.name"),
        ({"requestedStart": "2026-12-01"}, "requestedStart", "requested_start"),
        ({"Lovgrundlag": "SEL § 107"}, "Lovgrundlag", "legal_basis"),
        ({"kind": "payement"}, "kind", "payment"),
        ({"kind": "betalingsaftale"}, "kind", "payment"),
        ({"acting_municipality": "Århuus Kommune"}, "acting_municipality", "Aarhus (0751)"),
        ({"acting_municipality": "Sønderbrog"}, "acting_municipality", "Sønderborg (0540)"),
    ],
)
def test_a_near_miss_in_json_is_asked_about(
    body: dict[str, Any], path: str, suggestion: str
) -> None:
    assert meant(read(body))[path] == suggestion


def test_unknown_messages_and_keys_are_asked_about() -> None:
    assert meant(read({}, message="placement_reqest")) == {"message": "placement_request"}
    assert meant(read({}, mesage="x")) == {"mesage": "message"}


def test_the_question_stands_at_the_end_in_the_language_of_the_reader() -> None:
    (problem,) = read({"kind": "payement"})

    assert problem.text("da").endswith("Mente I »payment«?")
    assert problem.text("sv").endswith("Menade ni ”payment”?")
    assert problem.text("en").endswith("Did you mean “payment”?")


def test_an_unknown_label_is_asked_about_by_the_label_that_it_nearly_is() -> None:
    outcome = read_text(TEXT.replace("Behov:", "Haaster: ja\nBehov:"))

    assert isinstance(outcome, Submission)
    (warning,) = (one for one in outcome.warnings if one.code == "label.unknown")
    assert warning.params["suggestion"] == "Haster"
    assert "Haaster" not in warning.text("da")


def test_a_choice_in_text_is_asked_about_in_words() -> None:
    outcome = read_text(TEXT.replace("Behov:", "Aftaletype: betalingsaftalle\nBehov:"))

    assert isinstance(outcome, Unreadable)
    assert meant(outcome.problems) == {"kind": "betalingsaftale"}


def test_an_unknown_marker_is_asked_about_by_the_messages_title() -> None:
    outcome = read_text(TEXT.replace("placement_request", "Anmodning om pladds"))

    assert isinstance(outcome, Unreadable)
    assert meant(outcome.problems) == {"message": "Anmodning om plads"}


@pytest.mark.parametrize("text", ["670765-4005", "Prøve Borger", "", "x", "Kommune"])
def test_what_is_near_to_nothing_is_asked_about_with_nothing(text: str) -> None:
    assert nearest(text, WORDS) is None


def test_two_words_that_are_equally_near_are_not_chosen_between() -> None:
    assert nearest("Sagen", ["Sager", "Sagem"]) is None
    assert nearest("Handlekomune", WORDS) == "Handlekommune"


SHORT = st.text("abcæå", max_size=8)


@given(SHORT, SHORT)
def test_the_distance_is_the_same_both_ways_and_nothing_only_for_equals(a: str, b: str) -> None:
    far = distance(a, b, 20)
    assert far == distance(b, a, 20)
    assert (far == 0) == (a == b)
    assert far <= max(len(a), len(b))
    assert distance(a, b, 2) == min(far, 2)


@given(st.text(max_size=100), st.lists(st.text(max_size=20), max_size=6))
def test_whatever_was_sent_only_a_word_of_the_list_comes_back(text: str, words: list[str]) -> None:
    assert nearest(text, words) in {*words, None}


HOSTILE = st.text(max_size=40) | st.from_regex(r"[0-9]{6}-?[0-9]{4}", fullmatch=True)
KEYS = ("kind", "acting_municipality", "legal_basis", "urgent")


@given(st.dictionaries(st.sampled_from(KEYS) | HOSTILE, HOSTILE, max_size=4), HOSTILE)
def test_no_number_that_was_sent_is_ever_suggested(body: dict[str, str], title: str) -> None:
    data = json.dumps({**FIELDS, "message": title, "body": {**BODY, **body}}).encode()
    file = Attachment("a.json", "application/json", data)
    outcome = read_submission(Content(None, "", None, (file,)), CATALOGUE, "derived")
    told = json.dumps(meant(outcome.problems)) if isinstance(outcome, Unreadable) else ""
    for text in (*body.values(), title):
        if sum(map(str.isdigit, text)) >= 6:
            assert text not in told


def test_thousands_of_unknown_labels_and_fields_are_told_soon() -> None:
    many = "".join(f"Ukendt betegnelse {n}x: {n}\n" for n in range(10_000))
    read_text(TEXT.replace("Behov:", f"{many}Behov:"))
    assert len(read({f"ukendt felt {n}": 1 for n in range(20_000)})) == 100


def test_an_unknown_key_that_is_a_number_is_told_like_any_other() -> None:
    (problem,) = (p for p in read({"0": None}) if p.code == "field.unknown")
    assert problem.path == "0"


def test_a_suggestion_is_asked_in_every_language() -> None:
    told = {Problem("label.unknown", "", {"suggestion": "Haster"}).text(one) for one in LANGUAGES}
    assert len(told) == 3
    assert all("Haster" in one and one.endswith("?") for one in told)
