"""Who asks, for what, and whether they may: from a mail that was read to an event, or to a no.

Each way out is a type of `gateway.pipeline.decisions`. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from gateway.pipeline.decisions import (
    Admitted,
    Decision,
    Desk,
    Quarantined,
    Refused,
    SetAside,
    Silent,
    Standing,
)
from gateway.pipeline.reading import Read
from gateway.pipeline.sender import Sender, Unknown, identify, meets
from gateway.store.mails import Waiting
from parsers.addresses import comparable
from parsers.outcomes import Help, NoSubmission, Reply, Submission, UnclearReply, Unreadable
from parsers.problems import Problem
from workflows.definition import Procedure
from workflows.dialogue import DIALOGUE_EVENTS, SHARED_MESSAGES
from workflows.standing import STANDING

SHARED_EVENTS: Final = SHARED_MESSAGES | {*DIALOGUE_EVENTS}


def admit(mail: Waiting, read: Read, desk: Desk, threaded: str | None) -> Decision:
    """Decide what a mail is; `threaded` is the case that its outer headers claim to follow."""
    decision = _decide(mail, read, desk, threaded)
    if (
        isinstance(decision, Admitted)
        and decision.event not in SHARED_EVENTS  # its case says whose it is
        and not desk.takes(mail.mailbox, decision.procedure)
    ):
        return decision.refused(Problem("out_of_scope", "message"))
    return decision


def _decide(  # noqa: PLR0911  one way out for each kind of content
    mail: Waiting, read: Read, desk: Desk, threaded: str | None
) -> Decision:
    opened = read.opened
    if opened.failure is not None:
        return Quarantined(opened.failure, opened.layers[-1].words)
    found = identify(opened, mail.tls, desk.directory)
    if isinstance(found, Unknown):
        return Quarantined(found.code, found.words)
    elsewhere = _signed_for_others(mail, read, desk)
    if elsewhere is not None:
        found = replace(found, notes=(*found.notes, elsewhere))
    match read.outcome:
        case Submission():
            return _submission(read.outcome, read, found, desk)
        case Reply():
            return _reply(read.outcome, read, found, desk)
        case Unreadable():
            return _unreadable(read.outcome, found)
        case _ if _by_machine(mail, read):
            # Never answer a machine: two gateways would thank each other for ever.
            return Silent(found, "mail.automatic")
        case Help():
            return SetAside(found, "help", "help")
        case UnclearReply() | NoSubmission():
            return _words(read.outcome, read, found, desk, threaded)
        case None:
            return Quarantined("content.none", "There is no content to read")


ELSEWHERE: Final = "flag.to.elsewhere"


def _signed_for_others(mail: Waiting, read: Read, desk: Desk) -> str | None:
    """Whether the sender wrote to somebody else, and who got it sealed it anew for us, in words."""
    named = read.opened.recipients
    if not named or comparable(mail.mailbox) in named:
        return None
    ours = {comparable(address) for address in desk.mailboxes}
    return "flag.to.other_mailbox" if ours & set(named) else ELSEWHERE


def _by_machine(mail: Waiting, read: Read) -> bool:
    """Sent by no person: a list, an out-of-office reply, a report, anything from `<>`."""
    envelope = read.opened.envelope
    return envelope.automatic or envelope.report or mail.envelope_from is None


def _submission(submission: Submission, read: Read, sender: Sender, desk: Desk) -> Decision:
    if submission.message in STANDING:
        return _standing(submission, sender, desk)
    procedure = desk.procedure_of(submission.message)
    if procedure is None:
        return _refused(sender, submission, Problem("message.unknown", "message"))
    too_weak = _too_weak(sender, procedure, submission.message)
    if too_weak is not None:
        return too_weak
    misled = _wrong_addressee(submission, sender, desk)
    if misled is not None:
        return _refused(sender, submission, misled)
    number = _named_case(submission, read, sender, procedure)
    if isinstance(number, Problem):
        return _refused(sender, submission, number)
    return Admitted(
        sender=sender,
        procedure=procedure,
        event=submission.message,
        body=submission.body,
        case=number,
        submission=submission,
        attachments=submission.attachments,
        fields=submission.fields,
    )


def _wrong_addressee(submission: Submission, sender: Sender, desk: Desk) -> Problem | None:
    """Whether a submission was meant for others: what was signed to them needs `to` to count here.

    A digest is taken over the authority's CVR too, and so is as good as `to`. Dialogue moves
    nothing, and people do write it to one and copy it to another.
    """
    own = desk.authority.cvr
    if submission.to is not None:
        return None if submission.to == own else Problem("addressee.wrong", "to")
    bound = submission.message == "dialogue" or getattr(submission.body, "digest", None)
    if bound or ELSEWHERE not in sender.notes:
        return None
    return Problem("addressee.wrong", "to", {"allowed": own})


def _standing(submission: Submission, sender: Sender, desk: Desk) -> Decision:
    minimum = STANDING[submission.message].assurance
    if not meets(sender.assurance, minimum):
        words = f"{submission.message} takes {minimum}; this mail is {sender.assurance}"
        return Quarantined("sender.assurance", words, sender)
    if (wrong := _wrong_addressee(submission, sender, desk)) is not None:
        return _refused(sender, submission, wrong)
    return Standing(sender, submission)


def _named_case(
    submission: Submission, read: Read, sender: Sender, procedure: Procedure
) -> str | Problem | None:
    """The case that a submission belongs to; None where it opens one."""
    number = submission.case
    if number is None:
        rule = procedure.message(submission.message)
        return None if rule and rule.opens else _token(read, sender)
    if _contradicts(number, read, sender):
        return Problem("case.contradiction", "case")
    return number


def _too_weak(sender: Sender, procedure: Procedure, message: str) -> Quarantined | None:
    minimum = procedure.minimum(message)
    if meets(sender.assurance, minimum):
        return None
    words = f"{message} takes {minimum}; this mail is {sender.assurance}"
    return Quarantined("sender.assurance", words, sender)


_ANSWERS = {
    "approved": "agreement_approval",
    "not_approved": "agreement_rejection",
    "change": "agreement_change_request",
}


def _reply(reply: Reply, read: Read, sender: Sender, desk: Desk) -> Decision:
    event = _ANSWERS[reply.keyword]
    procedure = desk.procedure_of(event)
    if procedure is None:
        return SetAside(sender, "message.unknown", "manual")
    too_weak = _too_weak(sender, procedure, event)
    if too_weak is not None:
        return too_weak
    if _contradicts(reply.case, read, sender):
        return Refused(sender, (Problem("case.contradiction", "case"),), event)
    # A no is for one draft of one authority as well as a yes, and so the digest goes along.
    said = {"approved": {}, "not_approved": {"reason": reply.text}, "change": {"text": reply.text}}
    values: dict[str, Any] = {"version": reply.version, "digest": reply.digest_start}
    values |= said[reply.keyword]
    body = _body(procedure, event, values)
    if isinstance(body, Problem):
        return Refused(sender, (body,), event)
    return Admitted(
        sender=sender,
        procedure=procedure,
        event=event,
        body=body,
        case=reply.case,
        attachments=reply.attachments,
        fields=values | {"case": reply.case},
    )


def _unreadable(outcome: Unreadable, sender: Sender) -> Decision:
    errors = tuple(p for p in outcome.problems if p.severity == "error")
    return Refused(sender, errors, outcome.message, outcome.id, outcome.reference)


def _words(
    outcome: UnclearReply | NoSubmission,
    read: Read,
    sender: Sender,
    desk: Desk,
    threaded: str | None,
) -> Decision:
    chosen = _token(read, sender)
    # An outer header may file dialogue with a case, and can do nothing else.
    number = threaded if isinstance(chosen, Problem) and not read.tokens else chosen
    procedure = desk.procedure_of("dialogue")
    if number is None or isinstance(number, Problem) or procedure is None:
        return SetAside(sender, "submission.none", "manual")
    # What looks like an answer and is not clear must never pass for one: the sender is told so.
    event = "unclear_reply" if isinstance(outcome, UnclearReply) else "dialogue"
    body = _body(procedure, event, {"text": outcome.text or "-"})
    if isinstance(body, Problem):
        return SetAside(sender, "submission.none", "manual")
    return Admitted(
        sender=sender,
        procedure=procedure,
        event=event,
        body=body,
        case=number,
        attachments=outcome.attachments,
        fields={"case": number},
    )


def _token(read: Read, sender: Sender) -> str | Problem:
    """The case that the signed content names."""
    tokens = dict.fromkeys(read.tokens)
    if sender.assurance == "tunnel" or not tokens:
        return Problem("case.unknown", "case")
    return next(iter(tokens)) if len(tokens) == 1 else Problem("case.contradiction", "case")


def _contradicts(number: str, read: Read, sender: Sender) -> bool:
    return sender.assurance != "tunnel" and bool(read.tokens) and number not in read.tokens


def _refused(sender: Sender, submission: Submission, *problems: Problem) -> Refused:
    return Refused(sender, problems, submission.message, submission.id, submission.reference)


def _body(procedure: Procedure, event: str, values: Mapping[str, Any]) -> BaseModel | Problem:
    model = procedure.body_model(event)
    assert model is not None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        path = ".".join(str(step) for step in error.errors()[0]["loc"])
        return Problem("field.invalid" if values.get(path) else "field.missing", path)
