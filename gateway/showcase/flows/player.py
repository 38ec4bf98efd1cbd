"""Plays a flow step by step on a stage, and says at once what is not as the flow expects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from gateway.showcase.flows.acting import Act, act_of
from gateway.showcase.flows.cast import MAILBOX, Cast
from gateway.showcase.flows.checking import Check
from gateway.showcase.flows.expected import Gets
from gateway.showcase.flows.language import (
    Acts,
    Chapter,
    Field,
    FlowError,
    Manner,
    Opens,
    Routes,
    Sends,
    SendsAgain,
    Step,
    Waits,
    Writes,
)
from gateway.showcase.flows.memory import Memory
from gateway.showcase.flows.reading_mail import ReadPost, read_post
from gateway.showcase.flows.seen import Cases, Fate, Seen, cases_on, mails_after, number_of
from gateway.showcase.flows.stage import StageOfFlow
from gateway.showcase.flows.writing import Writer, seal
from gateway.showcase.letters import Outer
from gateway.showcase.runner import OpensslError
from parsers.catalogue import Catalogue
from workflows.calendars import ZONES
from workflows.definition import Procedure

_A_MOMENT: Final = timedelta(minutes=1)
"""After a deadline: the gateway's rehearsal clock is moved by whole minutes."""
_MOST_STOPS: Final = 100
_PLAINLY: Final = Manner()


class FlowFailed(Exception):
    """Something is not as the flow expects; the text has a line for each thing."""


class Listener(Protocol):
    """Whoever watches a flow: the demonstration tells it to people."""

    def step(self, step: Step) -> None:
        """A step begins."""

    def written(self, who: str, step: Sends | Writes, content: str | Mapping[str, Any]) -> None:
        """A partner is about to seal and send something."""

    def acts(self, act: Act) -> None:
        """A person at the authority is about to act."""

    def happened(self, seen: Seen, step: Step) -> None:
        """A step is over, and as expected."""


@dataclass
class Player:
    """Plays one flow; `catalogue` and `procedures` are what the gateway can read and do."""

    cast: Cast
    stage: StageOfFlow
    procedures: Mapping[str, Procedure]
    catalogue: Catalogue
    listener: Listener | None = None
    strict: bool = True
    """False: go on whatever is seen, for whoever has yet to write down what is to be expected."""
    memory: Memory = field(default_factory=Memory)
    _before: Cases = field(default_factory=Cases)
    _taken: int = 0
    _mail: int = 0

    def play(self) -> None:
        """Play all steps. Raises FlowFailed, and FlowError for what no stage could do."""
        for step in self.cast.flow.steps:
            if self.listener:
                self.listener.step(step)
            if not isinstance(step, Chapter):
                self._judge(step, self._do(step))
        self.stage.settle(self._taken)
        late = [self._opened(post).named for post in self.stage.posts()[self._taken :]]
        if late:
            raise FlowFailed(f"after the last step, not expected: {', '.join(late)}")

    # --- one step --------------------------------------------------------------------------------

    def _do(self, step: Step) -> Fate | None:
        """Let it happen; gives what became of an act."""
        match step:
            case Sends():
                for who in step.whos:
                    self._send(who, step)
            case Writes():
                for who in step.whos:
                    self._write(who, step)
            case SendsAgain():
                self._send_again(step)
            case Acts() | Opens():
                return self._act(step)
            case Waits():
                self._wait(step)
            case Routes():
                self.stage.route(self.cast.identity(step.who).address, step.delivery)
        return None

    def _judge(self, step: Step, fate: Fate | None) -> None:
        """Look until all is as expected, or it is no use to look any longer."""
        expected = sum(isinstance(one, Gets) for one in step.expected)
        self.stage.settle(self._taken + expected)
        whos = _senders(step)
        while True:
            seen = self._seen(step, self._mail_fate(len(whos)) if whos else fate, whos)
            said = self._check(step, seen).complaints()
            if not said or not self.strict:
                break
            if not self.stage.look_again():
                raise FlowFailed("\n".join(sorted(said, key=_line_of)))
        self._before, self._taken = seen.after, self._taken + len(seen.posts)
        self._mail = max((number_of(row) for row in mails_after(self.stage, 0)), default=0)
        if self.listener:
            self.listener.happened(seen, step)

    def _seen(self, step: Step, fate: Fate | None, whos: tuple[str, ...]) -> Seen:
        after = cases_on(self.stage)
        posts = tuple(self._opened(post) for post in self.stage.posts()[self._taken :])
        self.memory.learn(after, posts, getattr(step, "manner", _PLAINLY).label)
        if fate is not None and fate.state == "refused" and not fate.reasons:
            fate = replace(fate, reasons=_reasons(posts, whos))
        return Seen(self._before, after, posts, fate, whos)

    def _opened(self, post: Any) -> ReadPost:
        try:
            return self.memory.opened(post, lambda: read_post(post, self.cast, self.stage))
        except OpensslError as error:
            who = self.cast.name_of(post.to) or post.to
            raise FlowFailed(f"{who} gets {post.kind}, and cannot open it: {error}") from None

    def _mail_fate(self, count: int) -> Fate:
        """Say what became of the mails that were just sent: of the first that was not processed."""
        rows = mails_after(self.stage, self._mail)
        if len(rows) < count:
            return Fate("not there yet")
        row = next((one for one in rows if one["state"] != "processed"), rows[0])
        if row["state"] in ("refused", "processed"):
            return Fate(row["state"])
        reason = row["reason"]
        return Fate(row["state"], ((reason, ""),) if reason else ())

    def _check(self, step: Step, seen: Seen) -> Check:
        case = self._case(step)
        return Check(
            step,
            seen,
            ZONES[self.cast.flow.calendar],
            lambda label: self.memory.number(label) if label else case,
            lambda text: self.memory.filled(text, case, step.line),
            lambda *command: self.stage.run(*command).out,
            self.cast.flow.language,
        )

    # --- what people do --------------------------------------------------------------------------

    def _send(self, who: str, step: Sends) -> None:
        writer = self._writer(who)
        case = None if self._opens_case(step) else self._case(step)
        fields = self._fields(step, writer.about)
        submission = writer.submission(step.message, fields, case, self.catalogue)
        self._tell(who, step, submission)
        manner = self._manner(step, case)
        entity = writer.entity(submission, manner, step.line, self.catalogue)
        self._hand_over(who, entity, manner)

    def _opens_case(self, step: Sends) -> bool:
        """Say whether the mail names no case: it opens one, or stands outside of all."""
        if step.manner.case:
            return False
        if step.manner.without_case or step.manner.label:
            return True
        rules = [p.message(step.message) for p in self.procedures.values()]
        return not any(rule is not None and not rule.opens for rule in rules)

    def _write(self, who: str, step: Writes) -> None:
        writer = self._writer(who)
        case = None if step.manner.without_case else self._case(step)
        text = self.memory.filled(step.text, case, step.line, writer.about)
        manner = self._manner(step, case)
        self._tell(who, step, text)
        entity = writer.words(text, manner, f"SV: [{case}]" if case else "Sikker mail")
        self._hand_over(who, entity, manner)

    def _act(self, step: Acts | Opens) -> Fate:
        name, number = self.cast.flow.authority
        own = {"who": "authority", "name": name, "number": number, "municipality": ""}
        fields = self._fields(step, own)
        act = act_of(self.stage, step, fields, self._case(step), self.procedures)
        if self.listener:
            self.listener.acts(act)
        return act.do(self.stage)

    def _hand_over(self, who: str, entity: bytes, manner: Manner) -> None:
        mail = self._writer(who).sealed(entity, manner)
        self.memory.sent[who] = (mail, entity, manner)
        self._give(who, mail, manner)

    def _give(self, who: str, mail: bytes, manner: Manner) -> None:
        address = manner.address or self.cast.identity(who).address
        tunnel = who if manner.sealing == "through the tunnel" else None
        self.stage.hand_over(mail, address, tunnel=tunnel)

    def _send_again(self, step: SendsAgain) -> None:
        if step.who not in self.memory.sent:
            raise FlowError(step.line, f"{step.who} has sent nothing yet")
        mail, entity, manner = self.memory.sent[step.who]
        if step.anew:
            outer = Outer(self.cast.identity(step.who).address, MAILBOX)
            mail = seal(entity, self.cast.identity(step.who), self.stage, manner.sealing, outer)
        self._give(step.who, mail, manner)

    def _wait(self, step: Waits) -> None:
        """Let time pass, and stop at each deadline on the way as a clock that runs would."""
        target = self._target(step)
        if target <= self.stage.now():
            raise FlowError(step.line, f"it is {self._local(self.stage.now())} already")
        for _ in range(_MOST_STOPS):
            cases = cases_on(self.stage)
            waiting = [due for n in cases.shown for due in cases.waiting(n).values()]
            coming = [due + _A_MOMENT for due in waiting if due > self.stage.now()]
            stop = min(coming, default=target)
            if stop >= target:
                break
            self.stage.move_to(stop)
            self.stage.settle(0)
        self.stage.move_to(target)

    def _target(self, step: Waits) -> datetime:
        if step.past is not None:
            number = self._case(step)
            waiting = self._before.waiting(number or "")
            if step.past not in waiting:
                there = ", ".join(sorted(waiting)) or "none"
                raise FlowError(step.line, f"{step.past} is not waited for; there are: {there}")
            return waiting[step.past] + _A_MOMENT
        if step.by is not None:
            return self.stage.now() + step.by
        assert step.to is not None
        return step.to.replace(tzinfo=ZONES[self.cast.flow.calendar])

    # --- small things ----------------------------------------------------------------------------

    def _writer(self, who: str) -> Writer:
        flow = self.cast.flow
        partner = next((one for one in flow.partners if one.key == who), None)
        language = partner.language if partner else flow.language
        about = {"who": who, "name": self.cast.identity(who).name}
        if partner is not None:
            about |= {"number": partner.number, "municipality": partner.municipality or ""}
        return Writer(self.cast.identity(who), language, self.stage, flow.authority[1], about)

    def _case(self, step: Step) -> str | None:
        """Give the number of the case that a step is about. Raises FlowError."""
        manner: Manner = getattr(step, "manner", _PLAINLY)
        number = self.memory.number(manner.case or manner.label)
        if manner.case and number is None:
            raise FlowError(step.line, f"there is no case {manner.case} yet")
        return number

    def _manner(self, step: Sends | Writes, case: str | None) -> Manner:
        """Give the manner with placeholders in its subject replaced."""
        manner = step.manner
        if manner.subject is None:
            return manner
        return replace(manner, subject=self.memory.filled(manner.subject, case, step.line))

    def _fields(
        self, step: Sends | Acts | Opens, sender: Mapping[str, str] | None = None
    ) -> list[Field]:
        """Give the sheet's fields and then the step's own, with placeholders replaced."""
        sheet = self.cast.flow.sheet(step.manner.sheet) if step.manner.sheet else None
        case = self._case(step)
        return [
            replace(one, value=self.memory.filled(one.value, case, one.line, sender))
            if one.value is not None
            else one
            for one in (*(sheet.fields if sheet else ()), *step.fields)
        ]

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(ZONES[self.cast.flow.calendar]):%Y-%m-%d %H:%M}"

    def _tell(self, who: str, step: Sends | Writes, content: str | Mapping[str, Any]) -> None:
        if self.listener:
            self.listener.written(who, step, content)


def _senders(step: Step) -> tuple[str, ...]:
    """Give who sends something in a step."""
    match step:
        case Sends() | Writes():
            return step.whos
        case SendsAgain():
            return (step.who,)
        case _:
            return ()


def _reasons(posts: tuple[ReadPost, ...], whos: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Give the errors of the refusals that senders got, each once."""
    found = [
        (error["code"], error["path"])
        for post in posts
        if post.post.kind == "refused" and post.who in whos
        for error in post.evidence.get("errors", ())
    ]
    return tuple(dict.fromkeys(found))


def _line_of(said: str) -> int:
    match = re.match(r"line (\d+):", said)
    return int(match[1]) if match else 0
