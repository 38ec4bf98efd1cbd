"""Several mailboxes of one authority: answers go back to the one that takes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.showcase.letters import header_of
from tests.gateway.rig import MAILBOX, Rig

FIRST = '[[mailbox]]\naddress = "samordning@rm.example"\nprocedures = ["coordination"]\n\n'
PAYMENTS = 'procedures = ["payment_agreement"]\n'


def beside_another(text: str) -> str:
    """Another mailbox stands first, and the usual one takes payment agreements alone."""
    head, mailbox, rest = text.partition("[[mailbox]]")
    taken, _, below = rest.partition("procedures = ")
    return head + FIRST + mailbox + taken + PAYMENTS + below.partition("\n")[2]


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """A gateway whose second mailbox is the one that partners write to."""
    return make_rig(change_settings=beside_another)


def test_an_answer_to_our_mail_belongs_to_the_mailbox_that_takes_the_case(rig: Rig) -> None:
    number = rig.acknowledged()
    rig.act(number, "offer", **rig.terms())  # no mail came before it
    rig.settle()

    for kind in ("received", "notice", "draft"):
        sent = rig.letter(kind, role="facility" if kind == "notice" else "acting")
        assert header_of(sent.raw, "From").endswith("<samordning@rm.example>")
        assert header_of(sent.raw, "Reply-To") == MAILBOX
        assert header_of(sent.entity, "Reply-To") == MAILBOX


def test_with_one_mailbox_an_answer_goes_to_the_sender(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig()
    rig.acknowledged()
    assert header_of(rig.letter("received").raw, "Reply-To") == ""


def test_help_brings_the_forms_of_the_mailbox_that_was_asked(rig: Rig) -> None:
    rig.send(rig.aarhus, "HJÆLP")

    sent = rig.letter("help")
    assert header_of(sent.raw, "Reply-To") == MAILBOX
    assert "placement_request.txt" in sent.letter.attachments
    assert "coordination_request.txt" not in sent.letter.attachments
