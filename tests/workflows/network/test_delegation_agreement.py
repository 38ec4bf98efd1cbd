"""A delegation holds when both sides have accepted one version, and ends when it is revoked."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.outbound.rendering import write_document
from tests.workflows.network.stage import (
    AARHUS,
    GRANBO,
    REGION,
    VIBORG,
    Stage,
    as_role,
    under,
)
from workflows.definition import Case
from workflows.effects import ClearDeadline, FileUnder, MakeDocument, SetDeadline
from workflows.events import Party
from workflows.procedures.delegation_agreement.procedure import PROCEDURE

DELEGATOR = as_role(AARHUS, "acting")
DELEGATE = as_role(VIBORG, "delegate")
PROPOSAL = {
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger"},
    "delegating_municipality": "0751",
    "delegate_municipality": "0791",
    "tasks": [
        {"type": "follow_up", "frequency": "hvert halve år"},
        {"type": "supplementary_hours", "ceiling": "5.00", "ceiling_unit": "hours_per_week"},
    ],
    "start": "2027-01-01",
    "end": "2027-12-31",
    "caseworker": {"name": "S. Behandler"},
    "disclosure_basis": "consent",
}


def stage(parties: Any = (REGION, DELEGATOR, DELEGATE), settings: Any = None) -> Stage:
    return Stage(under("delegation_agreement", settings), parties)


def proposed(body: Any = None, play: Stage | None = None) -> Stage:
    return (play or stage()).does("delegation_proposal", "acting", PROPOSAL | (body or {}))


def accept(play: Stage, role: str, body: Any = None, **changes: Any) -> Stage:
    version = play.data.current
    named = {"version": version.number, "digest": version.digest} | (body or {})
    event = "accept_delegation" if role == "authority" else "delegation_accept"
    return play.does(event, role, named, **changes)


def accepted(body: Any = None) -> Stage:
    return accept(accept(proposed(body), "acting"), "delegate")


def active() -> Stage:
    return accepted({"start": "2026-11-01"})


@pytest.mark.rule("S2-R11")
def test_a_proposal_goes_to_both_sides_as_one_document_with_a_digest() -> None:
    play = proposed()

    assert (play.state, play.last.path) == ("PROPOSED", ("DRAFT", "PROPOSED"))
    assert play.sent() == {("proposal_sent", "acting"), ("proposal", "delegate")}
    assert play.mail("proposal_sent", "acting").kind == "received"
    files = play.mail("proposal", "delegate").documents
    assert files == ("delegation-1.pdf", "delegation-1.json")
    text = play.text("proposal", "delegate")
    assert play.data.current.digest in text
    assert "- bevilling af ekstra timer, 5 timer pr. uge" in text


@pytest.mark.rule("S2-R11")
def test_the_digest_is_that_of_the_json_file_and_names_the_template() -> None:
    play = proposed()
    head = {"name": "Region", "line": "CVR 29190925"}
    pdf, plain = play.effects(MakeDocument)
    _, content = write_document(plain.key, plain.view, head)
    assert hashlib.sha256(content).hexdigest() == play.data.current.digest
    assert plain.view["template"] == "delegation/1"
    _, paper = write_document(pdf.key, pdf.view, head)
    assert paper.startswith(b"%PDF")


@pytest.mark.rule("S2-R8")
def test_facilities_inside_and_outside_the_framework_agreement_are_told_apart() -> None:
    digests = {
        proposed({"covered_by_framework": covered}).data.current.digest for covered in (True, False)
    }
    assert len(digests) == 2


@pytest.mark.rule("S2-R11")
def test_it_holds_when_both_have_accepted_and_runs_from_its_first_day() -> None:
    play = accept(proposed(), "delegate")
    assert (play.state, play.sent()) == ("PROPOSED", {("accepted_first", "delegate")})
    assert "accept fra: Aarhus Kommune" in play.text("accepted_first", "delegate")
    accept(play, "acting")
    assert play.state == "ACCEPTED"
    assert play.sent() == {("accepted", "acting"), ("accepted", "delegate")}
    assert play.due("delegation_start").date() == date(2026, 12, 31)
    play.at(2027, 1, 1, 0).passed("delegation_start")
    assert (play.state, play.sent()) == ("ACTIVE", {("active", "acting"), ("active", "delegate")})


@pytest.mark.rule("S2-R11")
def test_a_first_day_that_has_passed_makes_it_active_at_once() -> None:
    play = active()
    assert (play.state, play.last.path) == ("ACTIVE", ("ACCEPTED", "ACTIVE"))
    assert play.due("delegation_end").date() == date(2027, 12, 31)
    assert play.due("delegation_expiry_reminder").date() == date(2027, 12, 1)


@pytest.mark.rule("S2-R11")
def test_an_acceptance_that_is_not_sealed_is_refused() -> None:
    play = accept(proposed(), "delegate", assurance="signed")
    assert play.codes == ["sender.assurance"]


@pytest.mark.rule("S2-R11")
def test_an_acceptance_of_a_superseded_version_or_another_digest_is_refused() -> None:
    play = proposed()
    old = play.data.current
    play.does("delegation_proposal", "acting", PROPOSAL | {"end": "2027-06-30"})
    assert [version.state for version in play.data.versions] == ["superseded", "sent"]
    accept(play, "delegate", {"version": 1, "digest": old.digest})
    assert play.codes == ["draft.superseded"]
    refusal = play.mail("refused", "sender")
    assert refusal.documents == ("delegation-2.pdf", "delegation-2.json")
    accept(play, "delegate", {"digest": old.digest})
    assert play.codes == ["draft.digest"]
    accept(play, "delegate", {"version": 3})
    assert play.codes[0] == "field.invalid"
    accept(play, "delegate", {"digest": play.data.current.digest[:16]})
    assert play.codes == []


@pytest.mark.rule("S2-R11")
def test_a_new_version_has_to_be_accepted_by_both_anew() -> None:
    play = accept(proposed(), "delegate")
    play.does("delegation_proposal", "acting", PROPOSAL | {"end": "2027-06-30"})
    assert play.data.current.acceptances == ()
    accept(play, "acting")
    assert play.state == "PROPOSED"


def test_an_acceptance_that_comes_twice_changes_nothing() -> None:
    play = accept(accept(proposed(), "delegate"), "delegate")
    assert (play.state, play.sent()) == ("PROPOSED", {("accepted_again", "delegate")})
    assert len(play.data.current.acceptances) == 1
    assert accept(accepted(), "acting").state == "ACCEPTED"


def test_only_who_may_approve_accepts() -> None:
    play = accept(proposed(), "delegate", may=frozenset({"request"}))
    assert play.codes == ["sender.role"]
    play = accept(proposed(), "delegate", approvers=("Lise Leder",))
    assert (play.codes, play.places) == (["sender.role"], ["signer"])
    play = accept(proposed(), "delegate", {"signer": "lise  leder"}, approvers=("Lise Leder",))
    assert play.codes == []


def test_the_host_of_a_case_accepts_for_nobody() -> None:
    assert accept(proposed(), "authority").codes == ["sender.role"]


# --- what may be delegated -----------------------------------------------------------------------


def test_power_to_decide_needs_a_paragraph_that_allows_it() -> None:
    play = proposed({"delegates_decision_power": True})
    assert (play.codes, play.places) == (["field.missing"], ["legal_basis"])
    assert proposed({"delegates_decision_power": True, "legal_basis": "RSL § 9"}).codes == []


def test_hours_are_delegated_up_to_a_ceiling() -> None:
    play = proposed({"tasks": [{"type": "follow_up"}, {"type": "supplementary_hours"}]})
    assert (play.codes, play.places) == (["field.missing"], ["tasks.1.ceiling"])


def test_both_know_what_is_delegated_and_up_to_what() -> None:
    play = proposed({"tasks": [{"type": "supplementary_hours", "ceiling": "5.00"}]})
    assert play.refused == [("field.missing", "tasks.0.ceiling_unit")]
    play = proposed({"tasks": [{"type": "follow_up"}, {"type": "other"}]})
    assert play.refused == [("field.missing", "tasks.1.text")]
    assert proposed({"tasks": [{"type": "other", "text": "Kørsel"}]}).codes == []


def test_no_facility_of_ours_accepts_for_another_kommune() -> None:
    play = proposed({"facility": "granbo"}, stage((REGION, DELEGATOR, DELEGATE, GRANBO)))
    assert (play.case, play.refused) == (None, [("field.invalid", "facility")])


def test_an_agreement_that_is_over_already_is_refused() -> None:
    play = proposed({"start": "2026-01-01", "end": "2026-11-22"})
    assert (play.codes, play.places) == (["field.invalid"], ["end"])
    assert proposed({"start": "2026-01-01", "end": "2026-11-23"}).codes == []


@pytest.mark.rule("S2-R1")
def test_a_kommune_delegates_only_its_own_and_to_another() -> None:
    assert proposed({"delegating_municipality": "0730"}).codes == ["sender.municipality"]
    play = proposed({"delegate_municipality": "0751"}, stage((REGION, DELEGATOR)))
    assert "field.invalid" in play.codes
    play = proposed(play=stage((REGION, DELEGATOR)))
    assert (play.codes, play.places) == (["partner.unknown"], ["delegate_municipality"])
    play = stage().does("delegation_proposal", "acting", PROPOSAL, may=frozenset())
    assert play.codes == ["sender.role"]
    body = {"delegate_municipality": None, "facility": "ukendt"}
    assert proposed(body).codes == ["facility.unknown"]


@pytest.mark.rule("S2-R1")
def test_nobody_delegates_to_themselves() -> None:
    """Also where somebody else of that number is registered as the delegate."""
    same = as_role(AARHUS, "delegate")
    play = proposed({"delegate_municipality": "0751"}, stage((REGION, DELEGATOR, same)))
    assert (play.codes, play.places) == (["field.invalid"], ["delegate_municipality"])


# --- our own side --------------------------------------------------------------------------------


@pytest.mark.rule("S2-R11")
def test_tasks_go_to_a_facility_of_ours_and_our_people_accept_for_it() -> None:
    body = {"delegate_municipality": None, "facility": "granbo"}
    play = proposed(body, stage((REGION, DELEGATOR, GRANBO)))
    assert play.sent() == {("proposal_sent", "acting"), ("proposal", "facility")}
    assert not play.mail("proposal", "facility").evidence
    accept(accept(play, "acting"), "authority")
    assert play.state == "ACCEPTED"
    assert play.data.current.acceptances[-1].signer == "Rie Region"


KOMMUNE = Party("authority", "authority", "Viborg Kommune", "29189846", "da")


@pytest.mark.rule("S2-R11")
def test_our_own_kommune_drafts_changes_and_proposes_by_acts() -> None:
    play = stage((KOMMUNE, as_role(AARHUS, "delegate")))
    ours = {"delegating_municipality": "0791", "delegate_municipality": "0751"}
    play.does("draft_delegation", "authority", PROPOSAL | ours)
    assert (play.state, play.sent()) == ("DRAFT", set())
    play.does("draft_delegation", "authority", PROPOSAL | ours | {"end": None})
    assert play.data.current.number == 2
    play.does("propose_delegation", "authority")
    assert play.sent() == {("proposal_sent", "inbox"), ("proposal", "delegate")}
    accept(accept(play, "delegate"), "authority")
    assert play.state == "ACCEPTED"
    play.passed("delegation_start")
    assert play.effects(SetDeadline) == []  # it has no end
    assert play.does("revoke_delegation", "authority").state == "REVOKED"


def test_a_draft_that_nobody_has_seen_is_dropped_in_silence() -> None:
    play = stage((KOMMUNE, as_role(AARHUS, "delegate")))
    ours = {"delegating_municipality": "0791", "delegate_municipality": "0751"}
    play.does("draft_delegation", "authority", PROPOSAL | ours)
    play.does("revoke_delegation", "authority")
    assert (play.state, play.sent()) == ("REVOKED", set())


def test_a_region_that_is_no_kommune_delegates_nothing() -> None:
    play = stage((REGION, DELEGATE)).does("draft_delegation", "authority", PROPOSAL)
    assert play.codes == ["sender.municipality"]


# --- the end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [accepted, active])
def test_who_delegates_may_revoke_it_at_any_time(make: Any) -> None:
    play = make().does("delegation_revoke", "acting", {"reason": "Borgeren flytter"})
    assert play.state == "REVOKED"
    assert play.sent() == {("revoked", "acting"), ("revoked", "delegate")}
    assert "Borgeren flytter" in play.text("revoked", "delegate")
    assert ClearDeadline("delegation_end") in play.last.effects


def test_nobody_else_revokes_it() -> None:
    assert active().does("delegation_revoke", "delegate").codes == ["sender.role"]
    assert active().does("revoke_delegation", "authority").codes == ["sender.role"]


def test_who_is_asked_may_say_no_and_who_asks_may_not() -> None:
    assert proposed().does("delegation_reject", "acting", {"reason": "x"}).codes == ["sender.role"]
    play = proposed().does("delegation_reject", "delegate", {"reason": "Ingen tid", "version": 1})
    assert (play.state, play.sent()) == (
        "REJECTED",
        {("rejected", "acting"), ("rejected_receipt", "delegate")},
    )


def test_both_are_reminded_thirty_days_before_the_end() -> None:
    play = active().at(2027, 12, 2).passed("delegation_expiry_reminder")
    assert play.sent() == {("expiry_reminder", "acting"), ("expiry_reminder", "delegate")}
    assert "udløber 31. december 2027" in play.text("expiry_reminder", "acting")


@pytest.mark.rule("S2-R11")
def test_it_expires_at_the_end_of_its_last_day() -> None:
    play = active()
    assert play.due("delegation_end").isoformat() == "2027-12-31T22:59:59+00:00"
    play.at(2028, 1, 1).passed("delegation_end")
    assert (play.state, play.sent()) == (
        "EXPIRED",
        {("expired", "acting"), ("expired", "delegate")},
    )


def test_a_short_agreement_is_not_reminded_of_in_the_past() -> None:
    play = accepted({"start": "2026-11-01", "end": "2026-12-01"})
    assert [one.name for one in play.effects(SetDeadline)] == ["delegation_end"]


def test_nobody_accepts_by_silence() -> None:
    play = accept(proposed(), "acting")
    play.passed("delegation_answer")
    assert play.sent() == {("answer_reminder", "delegate")}
    play.passed("delegation_answer").passed("delegation_answer")
    assert (play.state, play.alerts()) == ("PROPOSED", ["delegation_unanswered"])
    assert play.sent() == {("answer_overdue", "acting")}


def test_a_new_version_is_for_the_same_citizen_and_the_same_sides() -> None:
    other = {"citizen": {"cpr": "610190-4006", "name": "Anden"}}
    play = proposed().does("delegation_proposal", "acting", PROPOSAL | other)
    assert (play.codes, play.places) == (["field.invalid"], ["citizen.cpr"])
    sides = {"delegate_municipality": None, "facility": "granbo"}
    play = proposed().does("delegation_proposal", "acting", PROPOSAL | sides)
    assert play.refused == [("field.invalid", "delegate_municipality")]
    play = proposed().does("delegation_proposal", "delegate", PROPOSAL)
    assert play.codes == ["sender.role"]


def test_the_case_is_filed_under_the_contacts_that_it_needs() -> None:
    filed = {(one.kind, one.value) for one in proposed().effects(FileUnder)}
    assert filed == {
        ("contact_needed", "55133018 MYNDIGHED"),
        ("contact_needed", "29189846 MYNDIGHED"),
        ("citizen", "670765-4005"),
    }


def test_a_delegation_is_kept_and_read_back() -> None:
    play = active()
    assert play.case is not None
    assert Case.from_json(PROCEDURE, play.case.to_json()) == play.case
    assert replace(play.case, state="ACTIVE") == play.case


def test_who_hosts_the_case_of_two_others_reads_none_of_what_they_write() -> None:
    play = proposed().does("dialogue", "delegate", {"text": "Hvad menes med opfølgning?"})
    assert {to for wording, to in play.sent() if wording == "dialogue"} == {"acting"}
    body = {"delegate_municipality": None, "facility": "granbo"}
    play = proposed(body, stage((REGION, DELEGATOR, GRANBO)))
    play.does("dialogue", "acting", {"text": "Hvad menes?"})
    assert {("dialogue", "inbox"), ("dialogue", "facility")} <= play.sent()
