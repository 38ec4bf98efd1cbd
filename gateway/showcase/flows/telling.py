"""Tells a flow on a console while it is played: what is written, read, and where cases stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.showcase.flows.acting import Act
from gateway.showcase.flows.cast import Cast
from gateway.showcase.flows.language import (
    Chapter,
    Delivery,
    Flow,
    Routes,
    Sends,
    SendsAgain,
    Step,
    Waits,
    Writes,
)
from gateway.showcase.flows.reading_mail import ReadPost
from gateway.showcase.flows.seen import Cases, Seen
from gateway.showcase.flows.stage import StageOfFlow
from gateway.showcase.narration import Narrator
from workflows.calendars import ZONES

_ROUTES: Final[dict[Delivery, str]] = {
    "arrives": "takes mail again",
    "waits": "takes no mail for the time being",
    "fails": "refuses mail for good",
    "bounces": "reports that the last mail could not be delivered after all",
}


@dataclass
class Teller:
    """A listener of the player."""

    tell: Narrator
    cast: Cast
    stage: StageOfFlow
    folder: Path
    """Where the PDFs that people get are put, to be looked at."""

    @property
    def flow(self) -> Flow:
        """The flow that is told."""
        return self.cast.flow

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the times that are told."""
        return ZONES[self.flow.calendar]

    def begin(self) -> None:
        """Say what is going to be played."""
        self.tell.heading(self.flow.title)
        self.tell.say(f"   {self._clock()}. It is a rehearsal: every mail says so.")

    def step(self, step: Step) -> None:
        """Say what happens next."""
        match step:
            case Chapter():
                self.tell.heading(step.words)
            case SendsAgain():
                what = (
                    "the same content again, sealed anew" if step.anew else "the same bytes again"
                )
                self.tell.say(f"   {self._name(step.who)} sends {what}.")
            case Routes():
                self.tell.say(
                    f"   The mail server of {self._name(step.who)} {_ROUTES[step.delivery]}."
                )
            case Waits():
                self.tell.say(
                    "   Time passes: the gateway ends, and begins again with another clock."
                )

    def written(self, who: str, step: Sends | Writes, content: str | Mapping[str, Any]) -> None:
        """Show what a partner is about to seal, or not to seal."""
        if step.manner.sealing != "sealed":
            self.tell.say(f"   The next mail goes {step.manner.sealing}.")
        if isinstance(step, Sends) and step.manner.form != "json":
            self.tell.say(f"   The next mail is written as {step.manner.form}.")
        self.tell.written(self._name(who), content)

    def acts(self, act: Act) -> None:
        """Show the command of a caseworker, and what stands in its file."""
        file = f" --file {act.words[-1]}.json" if act.content else ""
        self.tell.say(f"   $ sagspost {' '.join(act.words)}{file} --as '{act.person}'")
        if act.content:
            self.tell.file(f"{act.words[-1]}.json", act.content)

    def happened(self, seen: Seen, step: Step) -> None:
        """Show the mails that came of it, what became of the one before them, and the cases."""
        if isinstance(step, Waits):
            self.tell.say(f"   {self._clock()}.")
        for post in seen.posts:
            self.tell.mail(post)
            self._keep_pdfs(post)
        if seen.fate is not None and seen.fate.state != "processed":
            self.tell.good(seen.fate.in_words())
        for number in self._touched(seen):
            self.tell.case(seen.after.shown[number])
            self._due(seen.after, number)
        self.tell.good(f"as the dialogue says: {step.words}")

    def _keep_pdfs(self, post: ReadPost) -> None:
        for name, data in post.letter.attachments.items():
            if data.startswith(b"%PDF-"):
                path = self.folder / f"{post.post.id}-{Path(name).name}"
                path.write_bytes(data)
                self.tell.good(f"the PDF is {path}")

    def _touched(self, seen: Seen) -> list[str]:
        """Give the cases in which something happened."""
        return [number for number in seen.after.shown if seen.new_events(number)]

    def _due(self, cases: Cases, number: str) -> None:
        for name, due in cases.waiting(number).items():
            self.tell.say(
                f"      waits for {name} until {due.astimezone(self.zone):%Y-%m-%d %H:%M}"
            )

    def _clock(self) -> str:
        return f"The clock says {self.stage.now().astimezone(self.zone):%A %-d %B %Y, %H:%M}"

    def _name(self, key: str) -> str:
        return self.cast.identity(key).name
