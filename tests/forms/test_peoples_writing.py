"""Whole mails as caseworkers write them: read rightly, or refused with words that help.

Each text is one that people write into the forms of real procedures, in three languages, as mail
programs change it on the way.
"""

import re
import textwrap

import pytest

from parsers.content import Content
from parsers.forms import blank
from parsers.meant import MACHINE_FORMS
from parsers.problems import LANGUAGES, form_words
from parsers.submission import NoSubmission, Outcome, Submission, Unreadable, read_submission
from workflows.catalogue import catalogue, procedures

CATALOGUE = catalogue(procedures())


def read(text: str) -> Outcome:
    return read_submission(Content("Besked", text, None, ()), CATALOGUE, "derived")


def body_of(text: str) -> dict[str, object]:
    outcome = read(text)
    assert isinstance(outcome, Submission), outcome
    body = outcome.fields["body"]
    assert isinstance(body, dict)
    return {"case": outcome.case, **body}


def refusal(text: str, language: str = "da") -> str:
    outcome = read(text)
    assert isinstance(outcome, Unreadable), outcome
    return "\n".join(one.text(language) for one in outcome.problems if one.severity == "error")


def moving_out(lines: str, end: str = "--- slut ---") -> str:
    return f"--- Sagspost: move_out ---\n{lines}\n{end}"


@pytest.mark.parametrize(
    "text",
    [
        moving_out("*Sagsnummer:* RM-2026-000123\n*Sidste dag:* 3. marts 2026\n*Begrundelse:* Fri"),
        moving_out("**Sagsnummer**: rm–2026–000123\n**Sidste dag**: *3/3-26*\nBegrundelse: *Fri*"),
        moving_out("- Sagsnummer: RM 2026 000123\n- Sidste dag: d.3/3 2026\n- Begrundelse: Fri"),
        "Hej\n\n• Fraflytning\n• Sag: RM-2026-000123.\n• Sidste dag: 3/3-26\n• Begrundelse: Fri",
        "–– Sagspost: move_out ––\nSagsnummer:\u00a0RM‑2026‑000123\n"
        "Sidste\u00a0dag:\n\u00a03.\u00a0marts\u00a02026\nBegrundelse:\tFri\n–– slut ––",
        "Dear all,\n\nMoving out\n\nCase number: rm-2026-000123\nLast day: 3rd of March, 2026\n"
        "Reason: Fri\n\nKind regards\nJohn",
        "Hej\n\nUtflyttning\n\nÄrende\tRM-2026-000123\nÄrendenummer\tRM-2026-000123\n"
        "Sista dag\ttisdagen den 3 mars 2026\nSkäl\tFri\n\nMed vänliga hälsningar\nSven",
    ],
)
def test_what_mail_programs_and_people_add_is_no_part_of_a_value(text: str) -> None:
    found = body_of(text)
    assert (found["case"], found["last_day"], found["reason"]) == (
        "RM-2026-000123",
        "2026-03-03",
        "Fri",
    )


@pytest.mark.parametrize(
    "below",
    [
        "Med venlig hilsen\nSørine Behandler\nTlf.: 89400000",
        "Fra: Region Midt <post@region.example>\nSendt: 2. marts 2026 10:15\nTil: Sørine\n"
        "Emne: Blanket\n\nBegrundelse: noget andet",
        "Den 2. mar. 2026 kl. 10.15 skrev Region Midt <post@region.example>:\n> Sidste dag: 1/1-26",
    ],
)
def test_a_form_without_its_last_line_ends_where_the_senders_words_do(below: str) -> None:
    lines = "Sagsnummer: RM-2026-000123\nSidste dag: 3. marts 2026\nBegrundelse: Fri"
    found = body_of(moving_out(lines, f"\n{below}"))
    assert (found["last_day"], found["reason"]) == ("2026-03-03", "Fri")


def test_a_form_that_stands_in_a_quoted_mail_is_not_the_senders() -> None:
    quoted = moving_out("Sagsnummer: RM-2026-000123\nSidste dag: 3/3-26").replace("\n", "\n> ")
    assert isinstance(read(f"Hej, se nedenfor.\n\n> {quoted}"), NoSubmission)


@pytest.mark.parametrize(
    ("name", "number"),
    [("Region Midtjylland", "29190925"), ("Aarhus Kommune", "55133018"),
     ("Århus kommune, 55 13 30 18", "55133018"), ("55133018 (Aarhus)", "55133018")],
)  # fmt: skip
def test_an_authority_may_be_named_instead_of_its_number(name: str, number: str) -> None:
    outcome = read(moving_out(f"Til myndighed: {name}\nSag: RM-2026-000123\nSidste dag: 3/3-26"))
    assert isinstance(outcome, Submission)
    assert outcome.to == number


def test_a_name_beside_the_number_of_another_authority_is_refused() -> None:
    said = refusal(moving_out("Til myndighed: Aarhus, 29190925\nSidste dag: 3/3-26"))
    assert "Til myndighed" in said


@pytest.mark.parametrize(
    ("written", "said"),
    [("mandag den 3. marts 2026", "ugedag"), ("31/11-2026", "findes i kalenderen"),
     ("den 3. marts", "årstal"), ("mandag den 3. marts", "årstal"), ("3/3", "årstal"),
     ("01-02-26", "én måde"), ("snarest", "1. december 2026")],
)  # fmt: skip
def test_a_refused_date_is_told_what_it_lacks(written: str, said: str) -> None:
    assert said in refusal(moving_out(f"Sag: RM-2026-000123\nSidste dag: {written}"))


NOTICE = """Varsling af ændring i en bevilling

CPR-nr.: 670765-4005
Borgerens navn: Anna Prøve
Handlekommune: Lyngby
Ændring: mere
Hidtidig takst: 1,234 kr.
Takstenhed: uge
Ændringen skal gælde fra: 1/4 2026
Lovgrundlag: servicelovens § 107, stk. 1
Til: begge parter
Kontaktperson: Ole Olsen
Grundlag for videregivelse: samtykke
"""


def test_a_refusal_of_written_text_speaks_in_peoples_words() -> None:
    said = refusal(NOTICE)
    assert "Mente I »Lyngby-Taarbæk (0173)«?" in said
    assert "mere støtte, mindre støtte, flytning" in said
    assert "døgn, time, måned" in said
    assert "drift, myndighed, begge" in said
    assert "én måde" in said
    assert not any(word in said for word in ("increase", "MYNDIGHED", "month"))


def test_a_machine_is_told_the_choices_as_it_writes_them() -> None:
    assert "json" in MACHINE_FORMS
    data = '{"sagspost": "1", "message": "absence", "id": "1", "body": {"cause": "ferie"}}'
    outcome = read(data)
    assert isinstance(outcome, Unreadable)
    told = next(one for one in outcome.problems if one.path == "cause")
    assert "hospital" in told.params["allowed"]


def test_a_mistyped_label_is_asked_about_where_its_field_is_missing() -> None:
    said = refusal(moving_out("Sagsnummer: RM-2026-000123\nSiste dag: 3. marts 2026"))
    assert "mangler" in said
    assert "Mente I »Sidste dag«?" in said


def test_a_mistyped_message_is_asked_about_without_a_list_of_all() -> None:
    said = refusal(moving_out("Sidste dag: 3/3-26").replace("move_out", "fraflyttning"))
    assert said == "Meddelelsestypen findes ikke her. Mente I »Fraflytning«?"


def test_an_unknown_message_is_told_the_titles_that_there_are() -> None:
    said = refusal(moving_out("Sidste dag: 3/3-26").replace("move_out", "kvittering"))
    assert "Fraflytning, " in said
    assert "move_out" not in said


def test_first_and_last_day_of_an_absence_are_read() -> None:
    lines = "Sag: RM-2026-000123\nFørste dag: 24/12-2026\nSidste dag: 2/1 2027\nÅrsag: andet"
    found = body_of(moving_out(lines).replace("move_out", "absence"))
    assert (found["from"], found["until"], found["cause"]) == ("2026-12-24", "2027-01-02", "other")


ORDER = """--- Sagspost: service_order ---
Personnummer: 640823-3234
Den enskildes namn: Anna Prov
Biståndshandläggare: Sven Handläggare
Utförare: solgarden
Beslutsdatum: den 2:a mars 2026
Lagrum: SoL 4 kap. 1 §
Insats 1: hemtjänst
Insatsens innehåll 1: Städning
Timmar per månad 1: 12,5 tim
Dagar per vecka 1: {days}
Giltig från 1: fr.o.m. 2026-04-01
Timpris: 1 234:-
--- slut ---"""


def broken(text: str, width: int) -> str:
    """The text as mail programs send it that break long lines."""
    return "\n".join(
        piece for line in text.split("\n") for piece in textwrap.wrap(line, width) or [""]
    )


@pytest.mark.parametrize("width", [60, 70, 76, 998])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_form_whose_long_labels_were_broken_is_read(language: str, width: int) -> None:
    kind = CATALOGUE.get("placement_request")
    assert kind is not None
    values = {"kind": "payment", "framework_region": "midtjylland", "facility": "granbo"}
    values["disclosure_basis"] = "consent"
    lines = blank(kind, "text", language).decode().split("\n")
    for path, value in values.items():
        label = kind.label(path, language)
        word = kind.choices[language].get(path, {}).get(value, value)
        at = next(n for n, line in enumerate(lines) if line.startswith((f"{label} (", f"{label}:")))
        lines[at] += f" {word}"
    outcome = read(broken("\n".join(lines), width))
    assert isinstance(outcome, Unreadable)  # of all that is not filled
    assert {one.code for one in outcome.problems} == {"field.missing"}
    assert not set(values) & {one.path for one in outcome.problems}


def test_every_choice_is_named_on_the_blank_form_in_text() -> None:
    for kind in CATALOGUE:
        for language in LANGUAGES:
            form = blank(kind, "text", language).decode()
            words = kind.choices.get(language, {})
            for leaf in kind.leaves:
                for choice in leaf.choices:
                    word = words.get(leaf.path, {}).get(choice, choice)
                    plain = word.translate({ord(mark): None for mark in "():"})
                    assert plain in form, (kind.name, language, leaf.path, choice)


@pytest.mark.parametrize("language", LANGUAGES)
def test_hours_are_not_said_to_be_a_sum_of_money(language: str) -> None:
    for kind in CATALOGUE:
        hours = [leaf for leaf in kind.leaves if "hours" in leaf.path and leaf.kind == "amount"]
        lines = blank(kind, "text", language).decode().split("\n")
        for leaf in hours:
            label = kind.label(leaf.path, language)
            (line,) = (one for one in lines if re.match(rf"{label}(?: 1)?(?: \(|:)", one))
            assert form_words(language)["amount"] not in line, (kind.name, leaf.path)


def test_a_unit_that_the_label_has_too_may_stand_behind_a_number() -> None:
    service = body_of(ORDER.format(days="3 dagar"))["services"]
    assert isinstance(service, list)
    assert isinstance(service[0], dict)
    assert service[0]["days_per_week"] == 3
    assert service[0]["valid_from"] == "2026-04-01"


def test_another_unit_than_the_labels_is_refused() -> None:
    assert "Dagar per vecka" in refusal(ORDER.format(days="3 timmar"), "sv")
