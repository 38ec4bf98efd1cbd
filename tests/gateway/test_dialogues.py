"""Whole dialogues, from the first mail to the last, as the parties see them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from gateway.errors import Refused
from gateway.showcase.authority import Identity
from tests.gateway.rig import INBOX, Rig, Sent

MakeRig = Callable[..., Rig]


def rules_of(rig: Rig, number: str, event: str) -> list[str]:
    found = [row["rules"] for row in rig.events(number) if row["event"] == event]
    assert found, [row["event"] for row in rig.events(number)]
    return list(found[-1])


def path(rig: Rig, number: str) -> list[str]:
    """The states that a case went through."""
    states: list[str] = []
    for row in rig.events(number):
        if row["to"] and (not states or states[-1] != row["to"]):
            states.append(row["to"])
    return states


def chain(rig: Rig, number: str) -> list[dict[str, Any]]:
    """The evidence of a case as its readers hold it, in the order of its chain."""
    found = [sent.evidence for sent in rig.outgoing(number=number) if sent.evidence]
    return sorted(found, key=lambda evidence: evidence["chain"]["sequence"])


# --- the ten steps of the seed -------------------------------------------------------------------


def test_a_request_goes_all_the_way_to_settlement_and_its_end(rig: Rig) -> None:
    number, line = rig.drafted()
    rig.send(rig.aarhus, f"{line}\n\nVenlig hilsen\nS. Behandler\n")
    rig.act(number, "start_settlement")
    rig.settle()
    assert rig.state(number) == "SETTLEMENT_ACTIVE"

    notice = rig.submission("agreement_termination", number, {"reason": "Borgeren flytter hjem."})
    rig.send(rig.aarhus, notice)
    assert rig.state(number) == "TERMINATING"
    rig.pass_until(rig.deadlines(number)["agreement_end"])
    rig.settle()

    assert path(rig, number) == [
        "RECEIVED",
        "NOTIFIED",
        "ACKNOWLEDGED",
        "DRAFT_SENT",
        "APPROVED",
        "CONFIRMED",
        "SETTLEMENT_ACTIVE",
        "TERMINATING",
        "ENDED",
    ]
    assert set(rules_of(rig, number, "notice_accepted")) >= {"S0-R9", "S0-R11"}
    assert set(rules_of(rig, number, "offer")) >= {"S0-R14", "S0-R15"}
    assert set(rules_of(rig, number, "agreement_approval")) >= {"S0-R17"}
    assert set(rules_of(rig, number, "confirmation_accepted")) >= {"S0-R18"}
    assert set(rules_of(rig, number, "start_settlement")) >= {"S0-R19"}
    kinds = [sent.kind for sent in rig.outgoing(to=rig.aarhus.address)]
    assert kinds == [
        "received",
        "draft",
        "approved",
        "confirmed",
        "settlement_started",
        "terminating",
        "ended",
    ]
    assert rig.deadlines(number) == {}
    assert all(sent.is_sealed for sent in rig.outgoing())


def test_the_evidence_of_a_case_is_one_unbroken_chain(rig: Rig) -> None:
    number = rig.settling()
    rig.send(rig.aarhus, "Et spørgsmål mere", subject=f"[{number}]")

    found = chain(rig, number)
    assert [one["chain"]["sequence"] for one in found] == list(range(1, len(found) + 1))
    assert found[0]["chain"]["previous"] is None
    for before, after in pairwise(found):
        assert after["chain"]["previous"] == before["chain"]["digest"]
    rig.run("case", "verify", number)
    rig.run("log", "verify")


def test_the_draft_holds_one_pdf_and_its_json_with_the_digest(rig: Rig) -> None:
    number, line = rig.drafted()

    draft = rig.letter("draft", role="acting")
    files = {n: d for n, d in draft.letter.attachments.items() if not n.startswith("evidence")}
    assert len(files) == 2
    (pdf,) = [data for data in files.values() if data.startswith(b"%PDF-")]
    (canonical,) = [json.loads(data) for data in files.values() if not data.startswith(b"%PDF-")]
    assert canonical["case"] == number
    assert canonical["citizen"]["cpr"] == "670765-4005"
    assert len(pdf) > 5000
    assert line in draft.text
    assert draft.evidence["draft"]["version"] == 1
    assert set(rig.deadlines(number)) == {"draft_answer"}


def test_what_is_approved_is_one_version_and_its_digest(rig: Rig) -> None:
    number, _ = rig.drafted()
    rig.offer(number, "1700.00")
    draft = rig.letter("draft", number=number).evidence["draft"]
    body = {"version": 2, "digest": draft["digest"], "approver": "Lise Leder"}

    rig.send(rig.aarhus, rig.submission("agreement_approval", number, body))

    approved = rig.letter("approved").evidence
    assert approved["draft"] == draft == {"version": 2, "digest": draft["digest"]}
    confirmation = rig.letter("confirmation", to=INBOX)
    assert "Lise Leder" in confirmation.text
    assert draft["digest"] in confirmation.text


def test_the_confirmation_comes_before_settlement(rig: Rig) -> None:
    number, line = rig.drafted()
    rig.deliver(rig.seal(rig.aarhus, line))
    rig.work()
    assert rig.state(number) == "APPROVED"

    step = rig.gateway.pipeline.act(number, "start_settlement", {}, "Karen Holm")
    assert [problem.code for problem in step.refused] == ["case.state"]
    assert rig.state(number) == "APPROVED"

    rig.refuse(451, kind="confirmation")
    rig.settle()
    assert rig.state(number) == "APPROVED"
    rig.pass_time(minutes=2)
    rig.settle()
    assert rig.state(number) == "CONFIRMED"
    assert rig.letter("confirmed").evidence["delivery"]["accepted"] == "250"


def test_settlement_may_start_by_policy(make_rig: MakeRig) -> None:
    rig = make_rig(change_settings=lambda t: t + '\n[policy]\nsettlement_start = "automatic"\n')
    number, line = rig.drafted()

    rig.send(rig.aarhus, line)

    assert rig.state(number) == "SETTLEMENT_ACTIVE"
    assert "CONFIRMED" in path(rig, number)


# --- the receipt in two stages -------------------------------------------------------------------


def test_there_is_no_receipt_before_the_facilitys_next_hop_has_accepted(rig: Rig) -> None:
    rig.deliver(rig.seal(rig.aarhus, rig.request()))
    rig.work()
    number = rig.cases()[0]["number"]
    assert rig.state(number) == "NOTIFIED"
    assert rig.outgoing(to=rig.aarhus.address) == []

    rig.accept(role="inbox")
    rig.work()
    assert rig.state(number) == "NOTIFIED"
    assert rig.outgoing(to=rig.aarhus.address) == []
    rig.refuse(451, role="facility")
    rig.work()
    assert rig.outgoing(to=rig.aarhus.address) == []

    rig.pass_time(seconds=30)
    rig.accept(role="facility")
    rig.work()
    assert rig.state(number) == "ACKNOWLEDGED"
    receipt = rig.letter("received")
    assert receipt.evidence["delivery"]["accepted"] == "250"
    assert receipt.evidence["case"]["from"] == "NOTIFIED"
    assert receipt.evidence["case"]["to"] == "ACKNOWLEDGED"
    assert "Granbo" in receipt.text


def test_after_fifteen_minutes_the_receipt_says_that_it_is_not_delivered(rig: Rig) -> None:
    rig.deliver(rig.seal(rig.aarhus, rig.request()))
    rig.work()
    number = rig.cases()[0]["number"]
    rig.refuse(0, role="facility")
    rig.pass_time(minutes=14, seconds=59)
    rig.refuse(0, role="facility")
    assert rig.outgoing(to=rig.aarhus.address) == []

    rig.pass_time(seconds=2)

    told = rig.letter("accepted_not_delivered", to=rig.aarhus.address)
    assert told.evidence["kind"] == "accepted_not_delivered"
    assert rig.letter("alert", to=INBOX).number == number
    assert rig.state(number) == "NOTIFIED"

    rig.pass_time(hours=2)
    rig.settle()
    assert rig.state(number) == "ACKNOWLEDGED"
    assert [sent.kind for sent in rig.outgoing(to=rig.aarhus.address)] == [
        "accepted_not_delivered",
        "received",
    ]


def test_a_notice_that_is_refused_for_good_is_told_at_once(rig: Rig) -> None:
    rig.deliver(rig.seal(rig.aarhus, rig.request()))
    rig.work()
    rig.refuse(550, role="facility")
    rig.work()

    assert rig.letter("accepted_not_delivered").to == rig.aarhus.address
    assert rig.letter("alert").to == INBOX


def test_a_bounce_afterwards_corrects_the_receipt(rig: Rig) -> None:
    number = rig.acknowledged()

    kept = rig.bounce(rig.letter("notice", role="facility"))

    assert rig.judged(kept) == ("processed", "mail.report")
    assert rig.state(number) == "NOTIFIED"
    assert rig.letter("notice", role="facility").state == "failed"
    corrected = rig.letter("corrected", to=rig.aarhus.address).evidence
    first = rig.letter("received").evidence
    assert corrected["chain"]["previous"] == first["chain"]["digest"]
    assert corrected["message"] == first["message"]
    assert corrected["case"]["to"] == "NOTIFIED"
    assert rig.letter("alert", to=INBOX).number == number


def test_a_report_of_a_delay_changes_nothing(rig: Rig) -> None:
    number = rig.acknowledged()

    rig.bounce(rig.letter("notice", role="facility"), action="delayed", status="4.4.1")

    assert rig.state(number) == "ACKNOWLEDGED"
    assert rig.outgoing(kind="corrected") == []


def test_a_report_to_a_wrong_tag_changes_nothing(rig: Rig) -> None:
    number = rig.acknowledged()
    notice = rig.letter("notice", role="facility")
    right = rig.gateway.bounce_address(notice.id)
    local, _, domain = right.rpartition("@")
    wrong = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"

    rig.gateway.bounce_address = lambda _id: wrong
    rig.bounce(notice)

    assert rig.state(number) == "ACKNOWLEDGED"


# --- dialogue ------------------------------------------------------------------------------------


def play_to(rig: Rig, state: str) -> str:
    """A case in a state that is open."""
    if state in {"ACKNOWLEDGED", "NOTIFIED"}:
        number = rig.acknowledged()
        if state == "NOTIFIED":
            rig.bounce(rig.letter("notice", role="facility"))
        return number
    if state == "UNDER_CLARIFICATION":
        number = rig.acknowledged()
        rig.act(number, "open")
        return number
    if state in {"CONFIRMED", "SETTLEMENT_ACTIVE", "TERMINATING"}:
        number = rig.confirmed() if state == "CONFIRMED" else rig.settling()
        if state == "TERMINATING":
            rig.act(number, "terminate", reason="Pladsen nedlægges.")
        return number
    number, line = rig.drafted()
    if state == "KOMMUNE_CLARIFYING":
        rig.act(number, "clarify")
    if state == "APPROVED":
        rig.deliver(rig.seal(rig.aarhus, line))
        rig.work()
    return number


OPEN_STATES = (
    "NOTIFIED",
    "ACKNOWLEDGED",
    "UNDER_CLARIFICATION",
    "DRAFT_SENT",
    "KOMMUNE_CLARIFYING",
    "APPROVED",
    "CONFIRMED",
    "SETTLEMENT_ACTIVE",
    "TERMINATING",
)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_dialogue_is_possible_in_every_open_state_and_moves_nothing(rig: Rig, state: str) -> None:
    number = play_to(rig, state)
    assert rig.state(number) == state
    plan = rig.words(
        "Her er handleplanen.", rig.aarhus, f"Handleplan [{number}]", {"plan.pdf": b"%PDF-plan"}
    )

    mail = rig.deliver(rig.seal(rig.aarhus, plan))
    rig.work()

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["case"] == number
    assert rig.state(number) == state
    passed_on = rig.letter("dialogue", to=rig.granbo.address)
    assert "Her er handleplanen." in passed_on.text
    assert passed_on.letter.attachments["plan.pdf"] == b"%PDF-plan"
    assert rig.letter("dialogue", to=INBOX)
    assert rules_of(rig, number, "dialogue") == ["S0-R5", "S0-R6", "S0-R12"]


def test_a_closed_case_takes_no_dialogue(rig: Rig) -> None:
    number = rig.acknowledged()
    rig.send(rig.aarhus, rig.submission("request_withdrawal", number, {}))
    assert rig.state(number) == "WITHDRAWN"

    mail = rig.send(rig.aarhus, "En ting til", subject=f"[{number}]")

    assert rig.judged(mail) == ("refused", "case.state")


def test_dialogue_goes_to_those_who_are_named(rig: Rig) -> None:
    number = rig.acknowledged()
    body = {"text": "Kun til regionen.", "recipients": ["authority"]}

    rig.send(rig.aarhus, rig.submission("dialogue", number, body))

    assert [sent.to for sent in rig.outgoing(kind="dialogue")] == [INBOX]


def test_an_outer_in_reply_to_alone_files_dialogue(rig: Rig) -> None:
    number = rig.acknowledged()
    ours = rig.letter("received").header("Message-ID")

    mail = rig.send(rig.aarhus, "Tak for kvitteringen.", In_Reply_To=ours)

    assert rig.judged(mail) == ("processed", None)
    assert rig.message(mail)["case"] == number
    assert rig.letter("dialogue", to=rig.granbo.address)


def test_an_outer_in_reply_to_never_decides_a_change_of_state(rig: Rig) -> None:
    number = rig.acknowledged()
    ours = rig.letter("received").header("Message-ID")

    withdrawal = rig.submission("request_withdrawal", None, {"reason": "Fortrudt"})
    mail = rig.send(rig.aarhus, withdrawal, In_Reply_To=ours)

    assert rig.judged(mail) == ("refused", "case.unknown")
    assert rig.state(number) == "ACKNOWLEDGED"


def test_a_token_in_the_signed_content_wins_over_the_thread(rig: Rig) -> None:
    one, other = rig.acknowledged(), rig.acknowledged()
    thread = rig.letter("received", number=one).header("Message-ID")

    mail = rig.send(rig.aarhus, "Om den anden sag", subject=f"[{other}]", In_Reply_To=thread)

    assert rig.message(mail)["case"] == other


def test_a_strangers_thread_opens_nothing(rig: Rig) -> None:
    rig.acknowledged()
    ours = rig.letter("received").header("Message-ID")

    mail = rig.send(rig.viborg, "Hvad skrev I?", In_Reply_To=ours)

    assert rig.message(mail)["case"] is None
    assert rig.outgoing(kind="dialogue") == []


def test_a_request_without_case_opens_a_new_one_in_whatever_thread(rig: Rig) -> None:
    rig.acknowledged()
    ours = rig.letter("received").header("Message-ID")

    rig.send(rig.aarhus, rig.request(), In_Reply_To=ours)

    assert len(rig.cases()) == 2


# --- answers to a draft --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "{line}",
        "Hej\n\n{line}\n\nVenlig hilsen\nS. Behandler\nAarhus Kommune",
        "{lower}\n\nMed venlig hilsen\nS. Behandler\n\nDen 3. november skrev Regionen:\n> {line}",
        "EKSTERN E-MAIL: Klik ikke på links.\n\n{line}\n\n-- \nS. Behandler",
        "{other}",
    ],
    ids=["bare", "greeting", "quoted", "banner", "GODKENDES"],
)
def test_a_signed_reply_approves(rig: Rig, text: str) -> None:
    number, line = rig.drafted()
    filled = text.format(line=line, lower=line.lower(), other=line.replace("GODKENDT", "GODKENDES"))

    mail = rig.send(rig.aarhus, filled, subject=f"SV: [sikker] Udkast [{number}]")

    assert rig.judged(mail) == ("processed", None)
    assert rig.state(number) == "CONFIRMED"
    assert rig.letter("approved").evidence["content"]["message"] == "agreement_approval"


@pytest.mark.parametrize(
    "text",
    [
        "{line}\n\nDog kun hvis taksten er den samme som sidste år.",
        "{line} under forudsætning af at I sender handleplanen",
        "Vi kan godkende sag {number}, hvis taksten sættes ned.",
        "GODKENDT {number}",
        "Det er godkendt herfra!",
        "{line}\n\nP.S. Vi godkender ikke tillægget.",
        "Det er IKKE godkendt",
    ],
)
def test_an_unclear_answer_is_dialogue_and_gets_the_line_to_copy(rig: Rig, text: str) -> None:
    number, line = rig.drafted()
    before = len(rig.outgoing(to=rig.aarhus.address))

    mail = rig.send(
        rig.aarhus, text.format(line=line, number=number), subject=f"SV: Udkast [{number}]"
    )

    assert rig.judged(mail) == ("processed", None)
    assert rig.state(number) == "DRAFT_SENT"
    (answer,) = rig.outgoing(to=rig.aarhus.address)[before:]
    assert "ikke registreret som en godkendelse" in answer.letter.subject + answer.text
    assert f"\n{line}\n" in f"{answer.text}\n"
    assert answer.evidence["kind"] == "manual"
    assert rig.letter("dialogue", to=rig.granbo.address)
    assert "S0-R5" in rules_of(rig, number, rig.events(number)[-1]["event"])


def test_the_line_of_an_unclear_answer_approves_when_it_is_copied(rig: Rig) -> None:
    number, _ = rig.drafted()
    rig.send(rig.aarhus, "Det er fint, godkendt", subject=f"[{number}]")
    answer = rig.outgoing(to=rig.aarhus.address)[-1]
    (line,) = [row for row in answer.text.splitlines() if row.startswith("GODKENDT ")]

    rig.send(rig.aarhus, line)

    assert rig.state(number) == "CONFIRMED"


def test_an_unclear_answer_without_a_draft_gets_no_line(rig: Rig) -> None:
    number = rig.acknowledged()

    rig.send(rig.aarhus, "Vi godkender selvfølgelig", subject=f"[{number}]")

    answer = rig.outgoing(to=rig.aarhus.address)[-1]
    assert "GODKENDT" not in answer.text
    assert "None" not in answer.text


def test_a_signed_reply_asks_for_a_change(rig: Rig) -> None:
    number, line = rig.drafted()

    rig.send(rig.aarhus, line.replace("GODKENDT", "ÆNDRES") + "\n\nTaksten er ikke den aftalte.")

    assert rig.state(number) == "UNDER_CLARIFICATION"
    told = [sent for sent in rig.outgoing(kind="notice") if "ikke den aftalte" in sent.text]
    assert {sent.to for sent in told} == {rig.granbo.address, INBOX}
    assert rig.letter("received").evidence["content"]["message"] == "agreement_change_request"


def test_a_signed_reply_does_not_approve(rig: Rig) -> None:
    number, line = rig.drafted()

    rig.send(rig.aarhus, line.replace("GODKENDT", "IKKE GODKENDT") + "\nFor dyrt.")

    assert rig.state(number) == "REJECTED"
    assert rig.letter("rejected").evidence["case"]["to"] == "REJECTED"


def test_the_same_approval_twice_is_answered_twice_and_counts_once(rig: Rig) -> None:
    number, line = rig.drafted()
    rig.send(rig.aarhus, line)
    rig.send(rig.aarhus, line, subject="Anden gang")

    assert rig.state(number) == "CONFIRMED"
    assert len(rig.outgoing(kind="confirmation")) == 1
    first, second = rig.outgoing(kind="approved")
    assert first.evidence["draft"] == second.evidence["draft"]


# --- a payer of its own --------------------------------------------------------------------------


def drafted_with_payer(rig: Rig) -> tuple[str, str, str]:
    """Aarhus acts, Viborg pays: the number and the line of each."""
    number, line = rig.drafted(paying_municipality="0791")
    theirs = rig.letter("draft", to=rig.viborg.address)
    (payers_line,) = [row for row in theirs.text.splitlines() if row.startswith("GODKENDT ")]
    return number, line, payers_line


def approve(rig: Rig, sender: Identity, line: str) -> Sent:
    mail = rig.send(sender, line)
    assert rig.judged(mail) == ("processed", None)
    return rig.letter("approved", to=sender.address)


@pytest.mark.parametrize("acting_first", [True, False])
def test_both_kommuner_approve_when_another_one_pays(rig: Rig, acting_first: bool) -> None:
    number, line, payers_line = drafted_with_payer(rig)
    order = [(rig.aarhus, line), (rig.viborg, payers_line)]
    if not acting_first:
        order.reverse()

    first = approve(rig, *order[0])
    assert rig.state(number) == "DRAFT_SENT"
    assert order[1][0].name in first.text
    assert rig.outgoing(kind="confirmation") == []

    approve(rig, *order[1])
    assert rig.state(number) == "CONFIRMED"
    for who in (rig.aarhus, rig.viborg):
        assert rig.letter("approved", to=who.address)
        assert rig.letter("confirmed", to=who.address)


def test_the_payer_sees_terms_and_billing_and_no_more(rig: Rig) -> None:
    drafted_with_payer(rig)

    theirs = rig.letter("draft", to=rig.viborg.address)
    written = json.dumps(
        [
            json.loads(data)
            for name, data in theirs.letter.attachments.items()
            if data.startswith(b"{") and not name.startswith("evidence")
        ],
        ensure_ascii=False,
    )
    assert "1845.50" in written
    told = written + theirs.text + json.dumps(theirs.evidence, ensure_ascii=False)
    # Whom it pays for, and nothing of the need, the address or the caseworker.
    for secret in ("Støtte døgnet rundt til struktur", "Prøvevej", "S. Behandler", "consent"):
        assert secret not in told


def test_the_payers_answer_may_be_left_out_by_policy(make_rig: MakeRig) -> None:
    rig = make_rig(change_settings=lambda t: t + '\n[policy]\napproval_by = "acting"\n')
    number, line = rig.drafted(paying_municipality="0791")

    rig.send(rig.aarhus, line)

    assert rig.state(number) == "CONFIRMED"


# --- other ways out ------------------------------------------------------------------------------


def test_a_facility_offers_by_mail(rig: Rig) -> None:
    number = rig.acknowledged()

    mail = rig.send(rig.granbo, rig.submission("agreement_offer", number, rig.terms()))

    assert rig.judged(mail) == ("processed", None)
    assert rig.state(number) == "DRAFT_SENT"
    assert rig.letter("received", to=rig.granbo.address)
    rig.send(rig.aarhus, rig.line(number))
    assert rig.state(number) == "CONFIRMED"


def test_a_facility_that_has_no_place_says_so(rig: Rig) -> None:
    number = rig.acknowledged()

    rig.send(rig.granbo, rig.submission("unavailable", number, {"reason": "Alt er optaget."}))

    assert rig.state(number) == "DECLINED"
    assert "Alt er optaget." in rig.letter("declined", to=rig.aarhus.address).text
    assert rig.deadlines(number) == {}


def test_a_kommune_cannot_offer_in_the_facilitys_name(rig: Rig) -> None:
    number = rig.acknowledged()

    mail = rig.send(rig.aarhus, rig.submission("agreement_offer", number, rig.terms()))

    assert rig.judged(mail) == ("refused", "sender.role")
    assert rig.state(number) == "ACKNOWLEDGED"


def test_an_approval_by_another_channel_takes_two_persons(rig: Rig) -> None:
    number, _ = rig.drafted()
    entered = {
        "document": "brev.pdf",
        "channel": "Digital Post",
        "approver": "Lise Leder",
        "second_person": "Karen Holm",
    }
    step = rig.gateway.pipeline.act(number, "register_approval", entered, "Karen Holm")
    assert [problem.path for problem in step.refused] == ["second_person"]

    rig.act(number, "register_approval", **(entered | {"second_person": "Anders Beck"}))
    rig.settle()

    assert rig.state(number) == "CONFIRMED"
    approved = rig.letter("approved").evidence
    assert approved["act"] == {"name": "register_approval", "person": "Karen Holm"}


def test_an_act_that_nobody_knows_is_refused(rig: Rig) -> None:
    number = rig.acknowledged()

    with pytest.raises(Refused, match="start_settlement"):
        rig.gateway.pipeline.act(number, "approve_everything", {}, "Karen Holm")


def test_a_draft_without_answer_is_reminded_of_and_then_told(rig: Rig) -> None:
    number, _ = rig.drafted()
    kinds = []
    for _ in range(6):
        waiting = rig.deadlines(number)
        if "draft_answer" not in waiting:
            break
        rig.pass_until(waiting["draft_answer"])
        rig.settle()
        kinds.append(rig.outgoing(number=number)[-1].kind)

    assert rig.outgoing(kind="reminder", to=rig.aarhus.address)
    assert rig.letter("overdue", to=INBOX)
    assert rig.letter("alert", to=INBOX)
    assert rig.state(number) == "DRAFT_SENT"


def test_a_draft_that_says_how_long_it_holds_expires(rig: Rig) -> None:
    number = rig.acknowledged()
    last = (rig.clock.now() + timedelta(days=2)).date()
    line = rig.offer(number, valid_until=last.isoformat())

    rig.pass_until(rig.deadlines(number)["draft_validity"])
    rig.settle()
    mail = rig.send(rig.aarhus, line)

    assert rig.state(number) == "UNDER_CLARIFICATION"
    assert rig.judged(mail) == ("refused", "case.state")


def test_two_cases_do_not_touch_each_other(rig: Rig) -> None:
    one, line = rig.drafted()
    other, _ = rig.drafted(rig.viborg, acting_municipality="0791")

    rig.send(rig.aarhus, line)

    assert (rig.state(one), rig.state(other)) == ("CONFIRMED", "DRAFT_SENT")
    assert {sent.number for sent in rig.outgoing(to=rig.viborg.address)} == {other}
    assert {sent.number for sent in rig.outgoing(to=rig.aarhus.address)} == {one}


# --- whom mail cannot be sealed to ---------------------------------------------------------------


@pytest.fixture
def without_certificate(rig: Rig) -> Rig:
    """Favrskov is registered by its CVR and has no certificate registered."""
    favrskov = rig.world.favrskov
    rig.readers[favrskov.address] = favrskov
    rig.run(
        "partner", "add", "favrskov", "--name", favrskov.name, "--cvr", "29189714",
        "--municipality", "0710", "--address", favrskov.address,
    )  # fmt: skip
    return rig


def test_mail_to_a_partner_without_a_certificate_is_held(without_certificate: Rig) -> None:
    rig = without_certificate

    number = rig.acknowledged(rig.world.favrskov, acting_municipality="0710")

    (receipt,) = rig.outgoing(to=rig.world.favrskov.address)
    assert (receipt.kind, receipt.state, receipt.raw) == ("received", "held", b"")
    assert rig.state(number) == "ACKNOWLEDGED"
    assert rig.letter("alert", to=INBOX)


def test_held_mail_never_leaves_in_clear_when_it_is_tried_again(without_certificate: Rig) -> None:
    rig = without_certificate
    rig.acknowledged(rig.world.favrskov, acting_municipality="0710")
    (receipt,) = rig.outgoing(to=rig.world.favrskov.address)

    with suppress(Refused):
        rig.run("outbox", "retry", f"o{receipt.id}")
    rig.settle()

    (receipt,) = rig.outgoing(to=rig.world.favrskov.address)
    assert (receipt.state, receipt.raw) == ("held", b"")


def test_a_facility_without_a_certificate_gets_no_personal_data(rig: Rig) -> None:
    number = rig.acknowledged(facility="solvang")
    rig.send(rig.aarhus, "Prøve Borger er glad for katte.", subject=f"Katte [{number}]")
    rig.act(number, "offer", **rig.terms())
    rig.settle()
    rig.send(rig.aarhus, rig.line(number))
    rig.act(number, "start_settlement")
    rig.settle()

    for sent in rig.outgoing(to="solvang@rm.example"):
        assert not sent.is_sealed
        assert sent.evidence == {}
        assert set(sent.letter.attachments) <= {"smime.p7s"}
        assert number in sent.text + sent.letter.subject
        for secret in ("670765", "Borger", "katte", "Støtte", "AAK-2026-4711", "1.845"):
            assert secret.encode() not in sent.raw
            assert secret not in sent.text + sent.letter.subject
    assert rig.state(number) == "SETTLEMENT_ACTIVE"
