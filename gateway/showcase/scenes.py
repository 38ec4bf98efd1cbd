"""The scenes of the demonstration, in the order in which they are played.

Each shows what happens and checks its own promise; what does not hold raises DemoError.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.showcase import script
from gateway.showcase.authority import Authority
from gateway.showcase.correspondence import EVIDENCE, Correspondence, ReadMail
from gateway.showcase.narration import Narrator
from gateway.showcase.stage import Cast, Stage

_CASEWORKER = "Karen Holm"


class DemoError(Exception):
    """Something did not go as the dialogue promises; the text says what."""


@dataclass
class Play:
    """What the steps have in common: who plays, where, and what has been seen so far."""

    tell: Narrator
    folder: Path
    stage: Stage
    cast: Cast
    post: Correspondence
    case: str = ""
    request: bytes = b""
    receipt: ReadMail | None = None
    drafts: dict[int, str] = field(default_factory=dict)


def request(this: Play) -> None:
    """Play request, notices and receipt (S0-R9 to S0-R11)."""
    this.tell.heading("The kommune asks for a place; facility and region are told; a receipt")
    kommune = this.cast.kommune
    submission = script.submission("placement_request", None, script.need())
    this.tell.written(kommune.name, submission)
    this.request = this.post.write_json(submission, kommune, "Anmodning om plads på Granbo")
    _hand_over(this, this.request)
    this.tell.mail(this.post.expect(this.cast.inbox, _about("[rm-")))
    this.tell.mail(this.post.expect(this.cast.facility, _about("[rm-")))
    this.receipt = this.post.expect_kind(kommune, "received")
    this.tell.mail(this.receipt)
    this.case = this.receipt.evidence["case"]["number"]
    _await_state(this, "ACKNOWLEDGED")


def dialogue(this: Play) -> None:
    """Play the dialogue that no system replaces, and that never moves a case (S0-R5)."""
    this.tell.heading("A question by ordinary sealed mail: kept, passed on, nothing changes")
    text = "Hej\n\nHar I mulighed for et besøg i næste uge?\n\nVenlig hilsen\nS. Behandler\n"
    this.tell.written(this.cast.kommune.name, text)
    subject = f"Besøg inden indflytning [{this.case}]"
    _hand_over(this, this.post.write_text(text, this.cast.kommune, subject))
    this.tell.mail(this.post.expect(this.cast.facility))
    this.tell.mail(this.post.expect(this.cast.kommune))
    _await_state(this, "ACKNOWLEDGED")


def first_draft(this: Play) -> None:
    """Play clarification, offer and draft (S0-R12 to S0-R15)."""
    this.tell.heading("The caseworker takes the case up and enters the facility's offer: draft 1")
    _act(this, "open")
    _offer(this, 1, "1895.00")


def change(this: Play) -> None:
    """Play the wish for a change, and the new version."""
    this.tell.heading("The kommune asks for a change; the facility offers again: draft 2")
    body = {"text": "Taksten skal være den, der er aftalt i rammeaftalen: 1.845,50 kr. pr. døgn."}
    submission = script.submission("agreement_change_request", this.case, body)
    this.tell.written(this.cast.kommune.name, submission)
    _hand_over(this, this.post.write_json(submission, this.cast.kommune, "Ændringsønske"))
    with _meanwhile(this, "UNDER_CLARIFICATION"):
        this.tell.mail(this.post.expect(this.cast.kommune))
    _offer(this, 2, "1845.50")


def superseded(this: Play) -> None:
    """Show that an approval binds to one version and its digest (S0-R17)."""
    this.tell.heading("Approving the superseded draft is refused, and the current one comes again")
    _reply_approved(this, 1)
    refusal = this.post.expect_kind(this.cast.kommune, "refused")
    this.tell.mail(refusal)
    codes = [error["code"] for error in refusal.evidence["errors"]]
    _check(this, "draft.superseded" in codes, f"refused with {codes}")
    _await_state(this, "DRAFT_SENT")


def approval(this: Play) -> None:
    """Play the approval, and the confirmation that comes first (S0-R17, S0-R18)."""
    this.tell.heading("The signed reply line approves draft 2; the region gets its confirmation")
    _reply_approved(this, 2)
    with _meanwhile(this, "CONFIRMED"):
        this.tell.mail(this.post.expect_kind(this.cast.kommune, "approved"))
        this.tell.mail(this.post.expect(this.cast.inbox, _about("confirm", "bekræft")))


def settlement(this: Play) -> None:
    """Play the start of settlement, only after the confirmation (S0-R19)."""
    this.tell.heading("A caseworker starts settlement: the plan, month by month")
    _act(this, "start_settlement")
    plan = _case_in(this, "SETTLEMENT_ACTIVE")["settlement"]
    _check(this, bool(plan), "the plan is made, from the agreement's first day")
    this.tell.table("Settlement plan", plan)
    this.tell.mail(this.post.expect_kind(this.cast.kommune, "settlement_started"))


def again(this: Play) -> None:
    """Show that the same mail again has no second effect."""
    this.tell.heading("The first request comes again, sealed anew: the same evidence again")
    assert this.receipt is not None
    _hand_over(this, this.request)
    again = this.post.expect_kind(this.cast.kommune, "received")
    before, after = (mail.letter.attachments[EVIDENCE] for mail in (this.receipt, again))
    _check(this, before == after, f"the evidence of {again.evidence['issued_at']} came again")
    cases = this.stage.json("case", "list")
    _check(this, len(cases) == 1, "there is still one case")


def forged(this: Play) -> None:
    """Show that a sender is whom a certificate names, and only under a known authority."""
    this.tell.heading("Somebody else writes in the kommune's name: quarantine, and no answer")
    false = Authority(this.folder / "stranger", key="p256", name="Falske Certifikater")
    forger = false.kommune("Aarhus Kommune", "55133018", this.cast.kommune.address, key="p256")
    body = {"reason": "Anmodningen trækkes tilbage."}
    submission = script.submission("request_withdrawal", this.case, body)
    entity = this.post.write_json(submission, forger, "Tilbagetrækning")
    reply = this.post.send(entity, forger)
    this.tell.say(f"   The gateway answers {reply.code}: whoever it is, the mail is kept.")
    message = _await_quarantine(this)
    _check(this, True, f"message {message['id']} is quarantined: {message['reason']}")
    with _meanwhile(this, "SETTLEMENT_ACTIVE"):
        this.tell.trace(this.stage.json("message", "trace", message["id"])["steps"])
        this.tell.say("   One notice without contents goes to the registered address:")
        this.tell.mail(this.post.expect(this.cast.kommune, lambda mail: not mail.evidence))


def proof(this: Play) -> None:
    """Check what was kept, by the gateway's certificate alone."""
    this.tell.heading("What was kept can be checked: evidence, case, journal")
    assert this.receipt is not None
    kept = this.folder / "evidence"
    kept.mkdir()
    for name, data in this.receipt.letter.attachments.items():
        (kept / Path(name).name).write_bytes(data)
    anchor = ("--anchor", str(this.stage.certificate))
    commands = (
        ("evidence", "verify", str(kept / EVIDENCE), *anchor),
        ("case", "verify", this.case),
        ("log", "verify"),
    )
    with ThreadPoolExecutor(len(commands)) as pool:
        for done in pool.map(lambda command: this.stage.run(*command), commands):
            this.tell.good(" ".join(done.out.split()))


def _offer(this: Play, version: int, amount: str) -> None:
    """Enter the facility's terms as an act, and read the draft that comes of it."""
    terms = this.folder / f"terms-{version}.json"
    terms.write_text(json.dumps(script.terms(amount), ensure_ascii=False, indent=1))
    _act(this, "offer", "--file", str(terms))
    draft = this.post.expect_kind(this.cast.kommune, "draft")
    this.tell.mail(draft)
    told = draft.evidence["draft"]
    _check(this, told["version"] == version, f"version {version}, digest {told['digest'][:16]}...")
    this.drafts[version] = told["digest"]
    for name, data in draft.letter.attachments.items():
        if data.startswith(b"%PDF-"):
            path = this.folder / f"draft-{version}-{Path(name).name}"
            path.write_bytes(data)
            this.tell.good(f"the PDF is {path}")
            break
    else:
        raise DemoError("the draft has no PDF")


def _reply_approved(this: Play, version: int) -> None:
    """Send the signed reply line for a version."""
    text = script.approval(this.case, version, this.drafts[version])
    this.tell.written(this.cast.kommune.name, text)
    subject = f"SV: Udkast til betalingsaftale [{this.case}]"
    _hand_over(this, this.post.write_text(text, this.cast.kommune, subject))


def _hand_over(this: Play, entity: bytes) -> None:
    """Seal, send, and insist on the 250."""
    reply = this.post.send(entity, this.cast.kommune)
    _check(this, reply.code == 250, f"handed over by SMTP: {reply.code} {reply.text}")


def _act(this: Play, *words: str) -> None:
    """Let the caseworker act, as the command line lets her."""
    this.tell.say(f"   $ sagspost case act {this.case} {' '.join(words)} --as '{_CASEWORKER}'")
    done = this.stage.json("case", "act", this.case, *words, "--as", _CASEWORKER)
    event = {"event": words[0], "rules": done["rules"]}
    this.tell.case({"number": this.case, "state": done["to"], "events": [event]})


def _await_state(this: Play, state: str) -> None:
    """Ask for the case until it is in that state, and show it."""
    this.tell.case(_case_in(this, state))


@contextmanager
def _meanwhile(this: Play, state: str) -> Iterator[None]:
    """Ask for the case while mails are awaited, and show it after them.

    Only where the state changes, or nothing can change it any more: an answer from too early would
    not be noticed otherwise.
    """
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_case_in, this, state)
        yield
        this.tell.case(asked.result())


def _case_in(this: Play, state: str, timeout: float = 20.0) -> dict[str, Any]:
    """Ask for the case until it is in that state."""
    limit = time.monotonic() + timeout
    while True:
        case: dict[str, Any] = this.stage.json("case", "show", this.case)
        if case["state"] == state:
            return case
        if time.monotonic() > limit:
            raise DemoError(f"{this.case} is {case['state']}, not {state}")
        time.sleep(0.2)


def _await_quarantine(this: Play, timeout: float = 20.0) -> dict[str, Any]:
    """Ask for the messages until one is in quarantine."""
    limit = time.monotonic() + timeout
    while time.monotonic() < limit:
        messages: list[dict[str, Any]] = this.stage.json("message", "list")
        for message in messages:
            if message["state"] == "quarantined":
                return message
        time.sleep(0.2)
    raise DemoError("the forged mail was not quarantined")


def _check(this: Play, holds: bool, words: str) -> None:
    """Say what was found; raises DemoError when it is not as promised."""
    if not holds:
        raise DemoError(f"not so: {words}")
    this.tell.good(words)


def _about(*words: str) -> Callable[[ReadMail], bool]:
    """Give a test for mails whose subject or evidence has one of these words."""
    return lambda mail: any(word in f"{mail.kind} {mail.letter.subject}".lower() for word in words)


SCENES: tuple[Callable[[Play], None], ...] = (
    request,
    dialogue,
    first_draft,
    change,
    superseded,
    approval,
    settlement,
    again,
    forged,
    proof,
)
