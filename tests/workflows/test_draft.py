"""The draft: what its digest is over, and what its documents hold."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from parsers.canonical import canonical
from tests.workflows.play import Play, with_payer
from workflows.effects import MakeDraft

FULL = {
    "end": "2027-11-30",
    "service": "Botilbud",
    "supplements": [{"text": "Kørsel", "amount": "500.00", "unit": "once"}],
    "billing": {"ean": "5798001234566", "due_days": 14, "reference": "PO 7"},
    "matching": {"package": "Støtte døgnet rundt"},
    "valid_until": "2026-12-11",
}


def draft(play: Play, key: str = "draft-1") -> MakeDraft:
    return next(one for one in play.effects(MakeDraft) if one.key == key)


@pytest.mark.rule("S0-R15")
def test_the_digest_is_the_sha256_of_the_json_document() -> None:
    play = Play().drafted()
    made = draft(play)
    assert made.digest == hashlib.sha256(canonical(made.canonical)).hexdigest()
    assert made.digest == play.version.digest
    assert set(made.canonical) == {
        "authority",
        "case",
        "version",
        "kind",
        "parties",
        "citizen",
        "terms",
    }


def test_every_field_is_present_absent_is_null_and_money_is_text() -> None:
    made = draft(Play().drafted())
    terms = made.canonical["terms"]
    assert terms["rates"][0] == {
        "amount": "1845.50",
        "from": "2026-12-01",
        "to": None,
        "hours": None,
        "unit": "day",
        "price_level": None,
    }
    assert (terms["end"], terms["matching"]) == (None, None)
    assert terms["notice_policy"] == {"running_month": True, "plus_days": 30, "plus_months": None}
    assert made.canonical["parties"] == {
        "acting": "55133018",
        "payer": "55133018",
        "facility": None,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"rate": {"amount": "1845.51", "unit": "day"}},
        {"rate": {"amount": "1845.50", "unit": "month"}},
        {"start": "2026-12-02"},
        {"service": "Andet"},
        {"notice_policy": {"plus_days": 31}},
    ],
)
def test_any_other_term_gives_another_digest(change: dict[str, Any]) -> None:
    same = Play().acknowledged().offer(FULL).version.digest
    assert Play().acknowledged().offer(FULL).version.digest == same
    assert Play().acknowledged().offer(FULL | change).version.digest != same


def test_the_same_terms_in_another_version_have_another_digest() -> None:
    play = Play().drafted().offer()
    first, second = play.agreement.versions
    assert first.terms == second.terms
    assert first.digest != second.digest


def test_the_view_has_what_the_document_prints() -> None:
    view = draft(Play().acknowledged().offer(FULL)).view
    assert json.loads(json.dumps(view)) == view
    assert view["facility"] == "Granbo"
    assert view["citizen"] == {
        "name": "Prøve Borger",
        "cpr": "670765-4005",
        "address": "Prøvevej 1",
        "guardians": [],
    }
    assert view["terms"]["notice_policy"] == "Løbende måned + 30 dage"
    assert "Betalingsfristen er 14 dage." in view["terms"]["billing"]
    assert view["terms"]["supplements"][0]["label"] == "Kørsel"
    assert view["plan"][0]["amount"] == "57210.50"
    assert [party["role"] for party in view["parties"]] == ["acting", "facility"]


def test_a_protected_address_is_not_printed() -> None:
    citizen = {
        "cpr": "670765-4005",
        "name": "Prøve Borger",
        "address": "Hemmelig 1",
        "protected_address": True,
    }
    play = Play().request({"citizen": citizen}).delivered("notice_accepted", "facility").offer()
    assert draft(play).view["citizen"]["address"] is None
    assert "Hemmelig" not in json.dumps(draft(play).view)


def test_a_payer_gets_terms_and_billing_and_nothing_of_the_need() -> None:
    play = with_payer().offer(FULL)
    terms = draft(play, "terms-1")
    assert terms.audience == "payer"
    assert terms.digest == play.version.digest == terms.canonical["digest"]
    told = json.dumps(terms.canonical, ensure_ascii=False)
    assert "Støtte" not in told
    assert "Prøvevej" not in told
    assert "1845.50" in told
    assert play.mails()["draft_payer", "payer"].documents == ("terms-1.pdf", "terms-1.json")


def test_a_payer_that_approves_an_old_version_gets_its_own_document_back() -> None:
    play = with_payer().offer().offer()
    first = play.agreement.versions[0]
    play.approve("payer", {"version": 1, "digest": first.digest})
    assert play.codes == ["draft.superseded"]
    assert play.mails()["refused", "sender"].documents == ("terms-2.pdf", "terms-2.json")
