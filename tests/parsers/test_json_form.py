"""JSON submissions are read strictly, and everything that is wrong is said at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.content import Attachment, Content
from parsers.problems import LANGUAGES, Problem
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from tests.parsers.messages import BODY, CATALOGUE, FIELDS


def mail(*files: bytes | str, text: str = "", media_type: str = "application/json") -> Content:
    data = [one.encode("utf-8", "surrogatepass") if isinstance(one, str) else one for one in files]
    attachments = [Attachment(f"a{n}.json", media_type, one) for n, one in enumerate(data)]
    return Content(None, text, None, tuple(attachments))


def read(*files: bytes | str, text: str = "", media_type: str = "application/json") -> Outcome:
    return read_submission(mail(*files, text=text, media_type=media_type), CATALOGUE, "fallback")


def changed(body: dict[str, Any] | None = None, **keys: Any) -> str:
    return json.dumps({**FIELDS, **keys, "body": {**BODY, **(body or {})}})


def problems(outcome: Outcome) -> set[tuple[str, str]]:
    assert isinstance(outcome, Unreadable)
    for problem in outcome.problems:
        for language in LANGUAGES:
            sentence = problem.text(language)
            assert "{" not in sentence
            assert "670765" not in sentence
    return {(problem.code, problem.path) for problem in outcome.problems}


def test_a_whole_submission_is_read() -> None:
    outcome = read(changed())
    assert isinstance(outcome, Submission)
    assert (outcome.form, outcome.message, outcome.id) == ("json", "placement_request", "0f9c2b62")
    assert (outcome.to, outcome.reference, outcome.case) == ("29190925", "AAK-2026-4711", None)
    assert outcome.fields["body"]["citizen"]["anonymous"] is None  # type: ignore[index,call-overload]
    assert len(outcome.digest) == 64
    assert [one.code for one in outcome.warnings] == ["cpr.substitute"]


def test_a_number_without_modulus_11_is_accepted_with_a_warning() -> None:
    outcome = read(changed({"citizen": {"cpr": "610165-0001", "name": "P"}}))
    assert isinstance(outcome, Submission)
    assert ("cpr.mod11", "citizen.cpr") in {(one.code, one.path) for one in outcome.warnings}


@pytest.mark.parametrize("media_type", ["application/json", "application/octet-stream"])
def test_json_may_be_an_attachment_of_either_type(media_type: str) -> None:
    assert isinstance(read(changed(), media_type=media_type), Submission)


def test_json_may_be_the_whole_body() -> None:
    assert isinstance(read(text=changed() + "\n"), Submission)


def test_all_errors_are_told_at_once() -> None:
    text = json.dumps(
        {
            "message": "placement_request",
            "to": "x",
            "case": "nonsense",
            "extra": 1,
            "body": {
                "citizen": {"cpr": "320765-4005", "nmae": "x"},
                "acting_municipality": "9999",
                "requested_start": "1. december 2026",
                "kind": "neither",
                "need": "",
                "urgent": "ja",
                "expected_end": 20261201,
            },
        }
    )
    assert problems(read(text)) == {
        ("field.missing", "sagspost"),
        ("field.missing", "id"),
        ("field.invalid", "to"),
        ("field.invalid", "case"),
        ("field.unknown", "extra"),
        ("field.invalid", "citizen.cpr"),
        ("field.missing", "citizen.name"),
        ("field.unknown", "citizen.nmae"),
        ("field.invalid", "acting_municipality"),
        ("field.missing", "caseworker"),
        ("field.missing", "legal_basis"),
        ("field.invalid", "requested_start"),
        ("field.invalid", "kind"),
        ("field.invalid", "need"),
        ("field.invalid", "urgent"),
        ("field.invalid", "expected_end"),
    }


def test_a_model_can_name_its_own_missing_field() -> None:
    outcome = read(changed({"citizen": {"name": "P"}}))
    assert problems(outcome) == {("field.missing", "citizen.cpr")}
    assert isinstance(outcome, Unreadable)
    assert outcome.problems[0].text("da") == "Feltet »CPR-nummer« mangler og skal udfyldes."
    assert (outcome.id, outcome.reference) == ("0f9c2b62", "AAK-2026-4711")


def test_a_key_that_stands_twice_is_an_error_with_its_path() -> None:
    text = changed().replace('"name": "S. Behandler"', '"name": "a", "name": "b"')
    text = text.replace('"id": "0f9c2b62"', '"id": "0f9c2b62", "id": "0f9c2b62"')
    assert problems(read(text)) == {
        ("field.duplicate", "caseworker.name"),
        ("field.duplicate", "id"),
    }


def test_an_unknown_message_is_told_with_what_there_is() -> None:
    outcome = read(changed(message="plea"))
    assert problems(outcome) == {("message.unknown", "message")}
    assert isinstance(outcome, Unreadable)
    assert "agreement_offer" in outcome.problems[0].text("sv")


def test_a_message_that_could_be_readdressed_needs_its_addressee() -> None:
    fields = {"sagspost": "1", "message": "agreement_approval", "id": "1"}
    body = {"version": 1, "approver": "A. Leder"}
    assert problems(read(json.dumps({**fields, "body": body}))) == {("field.missing", "to")}
    bound = json.dumps({**fields, "body": {**body, "digest": "5f2a"}})
    assert isinstance(read(bound), Submission)


@pytest.mark.parametrize("written", ["212000-0142", "2120000142", "16212000-0142"])
def test_a_swedish_authority_is_addressed_by_its_organisation_number(written: str) -> None:
    outcome = read(changed(to=written))
    assert isinstance(outcome, Submission)
    assert outcome.to == outcome.fields["to"] == "2120000142"
    assert problems(read(changed(to="212000-0143"))) == {("field.invalid", "to")}


@pytest.mark.parametrize("label", ["To authority", "Till myndighet (organisationsnummer)"])
@pytest.mark.parametrize("written", ["212000-0142", "org.nr 212000-0142", "2120000142"])
def test_labelled_text_addresses_a_swedish_authority_too(label: str, written: str) -> None:
    block = f"--- Sagspost: dialogue ---\n{label}: {written}\nTekst: Hej\n--- slut ---"
    outcome = read(text=block)
    assert isinstance(outcome, Submission)
    assert outcome.to == "2120000142"


def test_a_field_is_called_in_the_language_of_who_reads_of_it() -> None:
    outcome = read(changed({"requested_start": "x"}), text="")
    assert isinstance(outcome, Unreadable)
    danish, swedish = outcome.problems[0].text("da"), outcome.problems[0].text("sv")
    assert "»Ønsket start«" in danish
    assert "”Önskad start”" in swedish


def test_two_submissions_in_one_mail_are_refused() -> None:
    assert problems(read(changed(), changed())) == {("submission.several", "")}
    block = "--- Sagspost: dialogue ---\nTekst: x\n--- slut ---"
    assert problems(read(changed(), text=block)) == {("submission.several", "")}
    reply = "GODKENDT RM-2026-000123/1 5f2a9c0e1b7d4466"
    assert problems(read(changed(), text=reply)) == {("submission.several", "")}


def test_other_json_files_are_attachments_of_the_case() -> None:
    outcome = read(changed(), '{"weather": "rain"}', text="Se vedhæftet.")
    assert isinstance(outcome, Submission)
    assert [one.name for one in outcome.attachments] == ["a1.json"]
    assert isinstance(read('{"weather": "rain"}'), NoSubmission)


@pytest.mark.parametrize(
    "text",
    [
        '{"sagspost": "1", ',
        '{"sagspost": NaN}',
        '{"sagspost": 1e999}',
        '{"sagspost": ' + "9" * 10_000 + "}",
        '["sagspost", "sagspost"]',
        '{"sagspost": ' + "[" * 100_000,
        '{"sagspost": ' + '{"a":' * 5000 + "1" + "}" * 5001,
        '{"sagspost": "' + "x" * 2_000_000 + '"}',
        changed(id="\ud800"),
        changed({"need": "\ud800"}),
        changed({"\ud800": 1}),
        changed({"urgent": 10**15}),
    ],
    ids=lambda text: text[:30].encode("ascii", "replace").decode(),
)
def test_hostile_json_is_refused_and_never_fails(text: str) -> None:
    assert problems(read(text)) if '"sagspost"' in text else True


def test_text_is_composed_before_it_is_digested() -> None:
    plain, decomposed = read(changed({"need": "blå"})), read(changed({"need": "bla\u030a"}))
    assert isinstance(plain, Submission)
    assert isinstance(decomposed, Submission)
    assert plain.digest == decomposed.digest
    assert plain.body == decomposed.body


@given(st.binary(max_size=300))
def test_any_bytes_after_a_good_beginning_give_an_outcome(tail: bytes) -> None:
    read(changed().encode()[:-20] + tail)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.sampled_from(list(FIELDS)), JSON)
def test_any_value_for_a_key_gives_an_outcome(key: str, value: Any) -> None:
    outcome = read(json.dumps({**FIELDS, key: value}))
    assert isinstance(outcome, Submission | Unreadable | NoSubmission)


@given(st.sampled_from(list(BODY)), JSON)
def test_any_value_for_a_field_gives_an_outcome(key: str, value: Any) -> None:
    assert isinstance(read(changed({key: value})), Submission | Unreadable)


def test_every_code_has_a_sentence_in_every_language() -> None:
    codes = [
        "field.missing",
        "field.invalid",
        "field.unknown",
        "field.duplicate",
        "message.unknown",
        "submission.none",
        "submission.several",
        "submission.id_reused",
        "case.unknown",
        "case.contradiction",
        "case.state",
        "draft.superseded",
        "draft.digest",
        "sender.role",
        "sender.assurance",
        "sender.municipality",
        "partner.unknown",
        "facility.unknown",
        "addressee.wrong",
        "out_of_scope",
    ]
    for language in LANGUAGES:
        nothing = Problem("no.such.code").text(language)
        sentences = [Problem(code, "x").text(language) for code in codes]
        assert nothing not in sentences
        assert len(set(sentences)) == len(codes)
        assert all(one.endswith(".") and "{" not in one for one in sentences)
