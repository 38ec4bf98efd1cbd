"""A flow's stage as it is in the world: `serve` on embedded defaults, SMTP, OpenSSL.

Time passes by the rehearsal clock: `serve` ends and begins again with another offset, as an
operator would do it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from gateway.showcase.flows.cast import (
    INBOX,
    MAILBOX,
    Agency,
    Cast,
    cast_of,
    registrations,
    settings_of,
)
from gateway.showcase.flows.language import Delivery, Flow
from gateway.showcase.flows.stage import ALL, UNTOLD, Post, listed
from gateway.showcase.inboxes import PERMANENT, TEMPORARY, Behaviour, Inboxes
from gateway.showcase.letters import delivery_report
from gateway.showcase.mailer import send_one
from gateway.showcase.resident import resident
from gateway.showcase.stage import Done, Stage, StageError
from workflows.calendars import ZONES

OFFSET: Final = "SAGSPOST_CLOCK_OFFSET"
_PATIENCE: Final = 40.0
"""Seconds for what is expected to come."""
_PAUSE: Final = 0.1
_SOON: Final = timedelta(seconds=1)
_BEHAVIOURS: Final[dict[Delivery, Behaviour]] = {
    "arrives": Behaviour(),
    "waits": TEMPORARY,
    "fails": PERMANENT,
}


@dataclass
class LiveStage:
    """One real gateway; made by `on_stage`, which also ends it."""

    cast: Cast
    stage: Stage
    inboxes: Inboxes
    _offset: timedelta
    _serving: ExitStack = field(default_factory=ExitStack)
    _kinds: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)
    """By Message-ID: id, kind and case of a mail that goes out."""
    _until: float = 0.0
    _looked: dict[tuple[str, ...], Done] = field(default_factory=dict)
    """What listings said since anybody last did or waited for anything."""

    @property
    def certificate(self) -> Path:
        """The gateway's certificate, which `init` made."""
        return self.stage.certificate

    @property
    def mailbox(self) -> str:
        """The address that partners write to."""
        return MAILBOX

    def now(self) -> datetime:
        """The gateway's time, UTC."""
        return datetime.now(UTC) + self._offset

    def run(self, *arguments: str) -> Done:
        """Run one command of `sagspost`; one that only looks is not run twice in a row."""
        if arguments[-1] != "--json":
            self._looked.clear()
            return self.stage.run(*arguments, may_fail=True)
        if arguments not in self._looked:
            self._looked[arguments] = self.stage.run(*arguments, may_fail=True)
        return self._looked[arguments]

    def begin(self) -> None:
        """Start `serve`."""
        self._serving.enter_context(self.stage.serving())

    def end(self) -> None:
        """End `serve`. Raises StageError when it leaves a process behind."""
        self._serving.close()

    def set_clock(self, moment: datetime) -> None:
        """Let every command and the next `serve` have that time, or up to a minute later."""
        self._looked.clear()
        self._offset = whole_minutes(moment - datetime.now(UTC))
        self.stage.environment[OFFSET] = written(self._offset)

    def move_to(self, moment: datetime) -> None:
        """End `serve`, and begin it again with the clock at that moment."""
        self.end()
        self.set_clock(moment)
        self.begin()
        self._until = time.monotonic() + _PATIENCE
        while self._is_overdue() and self._has_time():
            time.sleep(_PAUSE)

    def hand_over(self, mail: bytes, sender: str, *, tunnel: str | None = None) -> None:
        """Hand a raw mail over by SMTP. Raises StageError where it is not taken."""
        if tunnel is not None:
            raise StageError("a demonstration has no tunnels")
        self._send(mail, sender, MAILBOX)

    def settle(self, posts: int) -> None:
        """Wait until so many posts have come and nothing is on its way any more."""
        self._until = time.monotonic() + _PATIENCE
        while len(self.inboxes.arrived) < posts and self._has_time():
            time.sleep(_PAUSE)
        while (self._is_busy() or len(self.posts()) < posts) and self._has_time():
            time.sleep(_PAUSE)

    def look_again(self) -> bool:
        """Wait a little; false when what is expected has had time enough to come."""
        time.sleep(_PAUSE)
        self._looked.clear()
        return self._has_time()

    def posts(self) -> Sequence[Post]:
        """All mail that came to anybody's mailbox so far, but for the day's head."""
        arrived = self.inboxes.arrived
        idents = [mail.header("Message-ID") for mail in arrived]
        if not set(idents) <= self._kinds.keys():
            self._learn_kinds()
        if not set(idents) <= self._kinds.keys():
            self._looked.clear()  # one has come since the gateway was asked
            self._learn_kinds()
        # What has just come may be here before the gateway has written down that it went.
        known = ((i, m) for i, m in zip(idents, arrived, strict=True) if i in self._kinds)
        told = ((self._kinds[i], m) for i, m in known)
        return [
            Post(ident, kind, mail.envelope_to, case, mail.raw)
            for (ident, kind, case), mail in told
            if kind != UNTOLD
        ]

    def _learn_kinds(self) -> None:
        for row in listed(self, "message", "list", *ALL):
            if row["direction"] == "out" and row["message_id"]:
                self._kinds[row["message_id"]] = (row["id"], row["reason"], row["case"])

    def route(self, address: str, delivery: Delivery) -> None:
        """Let mail to an address arrive, wait or fail from now on; or let the last one bounce."""
        if delivery == "bounces":
            mail = self.inboxes.to(address)[-1]
            report = delivery_report(mail.envelope_from, address, mail.header("Message-ID"))
            self._send(report, "", mail.envelope_from)
            return
        self.inboxes.behave(address, _BEHAVIOURS[delivery])

    def _send(self, mail: bytes, sender: str, recipient: str) -> None:
        reply = send_one(
            mail, host="127.0.0.1", port=self.stage.smtp_port, sender=sender, recipient=recipient
        )
        if reply.code != 250:
            raise StageError(f"the gateway does not take the mail: {reply.code} {reply.text}")

    def _has_time(self) -> bool:
        return time.monotonic() < self._until

    def _is_overdue(self) -> bool:
        """Say whether a deadline has passed that the clock has not looked at yet."""
        self._looked.clear()
        now = self.now()
        return any(
            datetime.fromisoformat(row["due"]) <= now
            for row in listed(self, "deadline", "list", "--waiting")
        )

    def _is_busy(self) -> bool:
        """Say whether mail is still to be judged, made or handed over."""
        self._looked.clear()
        states = {row["state"] for row in listed(self, "message", "list", *ALL)}
        if not states & {"received", "queued"}:
            return False
        soon = self.now() + _SOON
        return "received" in states or any(
            row["state"] == "queued" and datetime.fromisoformat(row["next_try"]) < soon
            for row in listed(self, "outbox", "list", *ALL)
        )


@contextmanager
def on_stage(flow: Flow, folder: Path) -> Iterator[LiveStage]:
    """Set a gateway up for a flow by the documented commands, and serve while the block runs.

    Raises StageError when it does not start, and when it leaves a process behind.
    """
    start = flow.start.replace(tzinfo=ZONES[flow.calendar])
    offset = whole_minutes(start - datetime.now(UTC))
    with Inboxes() as inboxes, resident() as commands:
        agency = Agency(folder / "people")
        cast = cast_of(flow, agency)
        stage = Stage(
            folder / "home",
            inboxes.port,
            environment={OFFSET: written(offset)},
            resident=commands,
        )
        stage.make_home(flow.authority, flow.language, cast.identity(INBOX), "--rehearsal")
        file = stage.home / "sagspost.toml"
        file.write_text(settings_of(flow, file.read_text("utf-8")), "utf-8")
        stage.run("anchor", "add", str(agency.trusted.anchor))
        for words in chain(*registrations(cast)):
            stage.run(*words)
        live = LiveStage(cast, stage, inboxes, offset)
        live.set_clock(start)  # the time that the setting up took has not passed in the flow
        live.begin()
        try:
            yield live
        finally:
            live.end()


def whole_minutes(span: timedelta) -> timedelta:
    """Round a span up to whole minutes: the rehearsal clock takes no less."""
    return timedelta(minutes=-(-span // timedelta(minutes=1)))


def written(offset: timedelta) -> str:
    """Write an offset as SAGSPOST_CLOCK_OFFSET takes it."""
    sign, span = ("-", -offset) if offset < timedelta() else ("+", offset)
    hours, minutes = divmod(span.seconds // 60, 60)
    return f"{sign}{span.days}d{hours}h{minutes}m"
