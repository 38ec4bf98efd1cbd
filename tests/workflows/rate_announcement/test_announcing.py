"""An announcement tells every agreement of its facility that settles, and leaves others alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tests.workflows.play import GRANBO, REGION, Play
from workflows.catalogue import procedures
from workflows.definition import Case
from workflows.effects import FileUnder, SendMail, TellCase
from workflows.engine import Actor, Event, Step, advance
from workflows.procedures.payment_agreement.running import RatesAnnounced
from workflows.procedures.rate_announcement.messages import AnnounceRates
from workflows.wording import LANGUAGES

PROCEDURE = procedures()["rate_announcement"]
NOW = datetime(2027, 11, 10, 9, 0, tzinfo=UTC)
DAILY = {"amount": "1950.00", "unit": "day", "replaces": "1845.50"}
BODY = {"facility": "granbo", "year": 2028, "percent": "2.5"}


def announce(*related: Case, parties: tuple[Any, ...] = (REGION, GRANBO), **body: Any) -> Step:
    event = Event(
        name="announce_rates",
        actor=Actor("authority", "region", "Region Prøve", "Rie Region"),
        at=NOW,
        body=AnnounceRates.model_validate(BODY | body),
        parties=parties,
        number="RM-2027-000009",
        related=related,
    )
    return advance(PROCEDURE, None, event, NOW)


def agreement(number: str, state: str) -> Case:
    case = Play().settling().case
    assert case is not None
    return replace(case, number=number, state=state)


def test_agreements_that_settle_are_told_and_the_others_named_for_a_person() -> None:
    step = announce(
        agreement("A", "SETTLEMENT_ACTIVE"),
        agreement("B", "TERMINATING"),
        agreement("C", "CONFIRMED"),
        agreement("D", "ENDED"),
    )
    told = [effect for effect in step.effects if isinstance(effect, TellCase)]
    assert [one.number for one in told] == ["A", "B"]
    said = RatesAnnounced.model_validate(told[0].body)
    assert (said.year, str(said.announced), said.announcement) == (
        2028,
        "2027-11-10",
        "RM-2027-000009",
    )
    mails = {one.to: one for one in step.effects if isinstance(one, SendMail)}
    assert mails.keys() == {"inbox", "facility"}
    assert (mails["inbox"].values["told"], mails["inbox"].values["waiting"]) == ("A, B", "C")
    assert FileUnder("facility", "granbo") in step.effects


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            {"rates": (DAILY,), "percent": None},
            "- 1.950,00 kr. pr. døgn, hvor taksten hidtil var 1.845,50 kr.",
        ),
        ({"rates": ({"amount": "400", "unit": "hour"},), "percent": None}, "- 400,00 kr. pr. time"),
        ({"rates": (), "percent": "-2.50"}, "- Alle takster reguleres med -2,5 procent."),
    ],
)
def test_the_news_says_which_rates_and_nothing_that_is_empty(
    body: dict[str, Any], told: str
) -> None:
    step = announce(**body)
    (mail,) = (one for one in step.effects if isinstance(one, SendMail) and one.to == "facility")
    given = {"authority": "Region", "contacts": "", "link": ""}
    text = PROCEDURE.wording.letter(mail.wording, "da", {**mail.values, **given}).text
    assert told in text
    assert ": –" not in text
    assert "Bemærkning" not in text


def test_a_facility_that_nobody_knows_has_no_rates() -> None:
    assert [p.code for p in announce(parties=(REGION,)).refused] == ["facility.unknown"]


def test_rates_of_a_year_that_has_begun_are_not_announced() -> None:
    assert [(p.code, p.path) for p in announce(year=2027).refused] == [("field.invalid", "year")]


@pytest.mark.parametrize(
    "body",
    [
        {"percent": None},
        {"rates": [{"amount": "1.00", "unit": "day"}]},
        {"percent": "-100"},
        {"percent": None, "rates": [{"amount": "-1.00", "unit": "day"}]},
    ],
)
def test_an_announcement_says_rates_or_a_percentage_and_not_both(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AnnounceRates.model_validate(BODY | body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_news_can_be_written_in_every_language(language: str) -> None:
    parties = tuple(replace(one, language=language) for one in (REGION, GRANBO))
    for mail in announce(parties=parties).effects:
        if isinstance(mail, SendMail):
            given = {"authority": "Region Prøve", "contacts": "", "link": ""}
            letter = PROCEDURE.wording.letter(mail.wording, language, {**mail.values, **given})
            assert "{" not in letter.text + letter.subject
