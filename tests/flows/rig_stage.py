"""A flow's stage within this process: the rig, a clock that jumps, and a relay that obeys.

Homes are copied from templates, one for each authority and year, and people are registered by the
documented commands.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

from gateway import homes, logs, wiring
from gateway import settings as settings_module
from gateway.cli.app import app
from gateway.cli.init import TOML, quoted
from gateway.errors import GatewayError
from gateway.outbound import sending
from gateway.outbound.sending import Outcome
from gateway.showcase.authority import Identity
from gateway.showcase.flows.cast import (
    INBOX_ADDRESS,
    MAILBOX,
    Agency,
    Cast,
    cast_of,
    registrations,
    settings_of,
)
from gateway.showcase.flows.language import Delivery, Flow
from gateway.showcase.flows.player import Listener, Player
from gateway.showcase.flows.stage import UNTOLD, Post
from gateway.showcase.runner import openssl
from gateway.showcase.stage import Done
from gateway.store import migrate, outgoing
from gateway.store.engine import open_engine
from tests.gateway.rig import GIVE_UP, TLS, FakeClock, Rig
from workflows.calendars import ZONES
from workflows.catalogue import catalogue, procedures

KEY = "p256"
_REPLIES = {"waits": 451, "fails": 550}


@dataclass
class Workshop:
    """Makes homes and people for flows, and keeps what several flows can share."""

    folder: Path
    agency: Agency = field(init=False)

    def __post_init__(self) -> None:
        self.agency = Agency(self.folder / "people")

    def template(self, flow: Flow) -> Path:
        """A home with keys of that year and an anchor, and nobody in it yet."""
        year = flow.start.year - 1
        home = self.folder / f"{flow.authority[1]}-{flow.language}-{year}"
        if not home.exists():
            self._make(home, flow, datetime(year, 7, 1, tzinfo=UTC))
        return home

    def _make(self, home: Path, flow: Flow, at: datetime) -> None:
        home.mkdir(mode=0o700)
        text = TOML.format(
            name=quoted(flow.authority[0]),
            cvr=quoted(flow.authority[1]),
            language=quoted(flow.language),
            case_prefix=quoted("RM"),
            inbox=quoted(INBOX_ADDRESS),
            inbox_certificate='inbox_certificate = "keys/inbox.pem"\n',
            address=quoted(MAILBOX),
            smtp=quoted("127.0.0.1:2525"),
            relay=quoted("smtp://127.0.0.1:2526"),
            console=quoted("127.0.0.1:8025"),
            rehearsal="false",
        )
        (home / "sagspost.toml").write_text(text, encoding="utf-8")
        settings = settings_module.load(home)
        wiring.issue_keys(settings, kind=KEY, now=at)
        inbox = self.agency.inbox(flow.authority)
        (settings.keys / "inbox.pem").write_bytes(inbox.certificate.read_bytes())
        engine = open_engine(settings.database_url)
        migrate.migrate(engine)
        engine.dispose()
        done = command(home, FakeClock(at), "anchor", "add", str(self.agency.trusted.anchor))
        assert done.status == 0, done.err


@dataclass(frozen=True)
class Around:
    """What the rig wants to know of the world around it."""

    homes: Mapping[str, Path]
    readers: Sequence[Identity]


@contextmanager
def clock_of(clock: FakeClock) -> Iterator[None]:
    """Let every command see this time."""
    with (
        patch.object(homes, "open_clock", lambda _settings: clock),
        patch.object(wiring, "open_clock", lambda _settings: clock),
        patch.object(logs, "set_up"),
    ):
        yield


def command(home: Path, clock: FakeClock, *arguments: str) -> Done:
    """Run one command in this process, at that time."""
    with clock_of(clock):
        done = CliRunner().invoke(app, ["--home", str(home), *arguments])
    error = done.exception
    if isinstance(error, GatewayError):
        return Done(1, done.stdout, f"{done.stderr}sagspost: {error}")
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return Done(done.exit_code, done.stdout, done.stderr)


class RigStage:
    """The stage; `close` it at the end."""

    def __init__(self, flow: Flow, workshop: Workshop, folder: Path) -> None:
        self.cast: Cast = cast_of(flow, workshop.agency)
        start = flow.start.replace(tzinfo=ZONES[flow.calendar]).astimezone(UTC)
        self.clock = FakeClock(start)
        home = folder / "ready"
        shutil.copytree(workshop.template(flow), home)
        toml = home / "sagspost.toml"
        toml.write_text(settings_of(flow, toml.read_text("utf-8")), "utf-8")
        for words in chain(*registrations(self.cast)):
            done = command(home, self.clock, *words)
            assert done.status == 0, f"{' '.join(words)}: {done.err}"
        readers = tuple(self.cast.identities.values())
        self.rig = Rig(Around({KEY: home}, readers), folder, key=KEY, clock=self.clock)
        self._routes: dict[str, Delivery] = {}
        self._posts: list[Post] = []
        self._tunnels = {
            one.key: self.cast.identity(one.key) for one in flow.partners if one.tunnel
        }

    def close(self) -> None:
        self.rig.close()

    @property
    def certificate(self) -> Path:
        return self.rig.certificate

    @property
    def mailbox(self) -> str:
        return MAILBOX

    def now(self) -> datetime:
        return self.clock.now()

    def run(self, *arguments: str) -> Done:
        return command(self.rig.home, self.clock, *arguments)

    def hand_over(self, mail: bytes, sender: str, *, tunnel: str | None = None) -> None:
        tls = dict(TLS)
        if tunnel is not None:
            tls["certificate_sha256"] = _fingerprint(self._tunnels[tunnel])
        self.rig.deliver(mail, sender=sender, tls=tls)

    def move_to(self, moment: datetime) -> None:
        self.rig.pass_time(seconds=(moment - self.clock.now()).total_seconds())

    def settle(self, posts: int) -> None:
        del posts  # nothing is on its way here when the gateway rests
        for _ in range(50):
            self.rig.work()
            if not self._relay():
                return
        raise AssertionError("the gateway does not come to rest")

    def look_again(self) -> bool:
        return False

    def posts(self) -> Sequence[Post]:
        return self._posts

    def route(self, address: str, delivery: Delivery) -> None:
        if delivery != "bounces":
            self._routes[address] = delivery
            return
        last = [sent for sent in self.rig.outgoing(to=address) if sent.state == "sent"][-1]
        self.rig.bounce(last)

    def _relay(self) -> int:
        """Let the relay take what is ready, as the routes say; gives how many mails it was."""
        with self.rig.gateway.store.write() as unit:
            ready = outgoing.ready(unit, self.clock.now(), 1000)
            outcomes = [Outcome(mail, self._reply(mail.to_address), "said") for mail in ready]
            sending.record(unit, outcomes, self.clock.now(), GIVE_UP)
        for one in outcomes:
            if one.accepted and one.mail.kind != UNTOLD:
                mail = one.mail
                self._posts.append(
                    Post(f"o{mail.id}", mail.kind, mail.to_address, mail.number, mail.message)
                )
        return len(outcomes)

    def _reply(self, address: str) -> int:
        return _REPLIES.get(self._routes.get(address, "arrives"), 250)


def _fingerprint(identity: Identity) -> str:
    der = openssl("x509", "-in", str(identity.certificate), "-outform", "DER")
    return hashlib.sha256(der).hexdigest()


def parts_beside(file: Path) -> dict[str, str]:
    """The parts that a flow may include: those in its own folder."""
    return {part.stem: part.read_text("utf-8") for part in file.parent.glob("*.part")}


def play(
    flow: Flow,
    workshop: Workshop,
    folder: Path,
    listener: Listener | None = None,
    *,
    strict: bool = True,
) -> None:
    """Play a flow to its end."""
    stage = RigStage(flow, workshop, folder)
    known = procedures(stage.rig.settings.policy)
    try:
        Player(stage.cast, stage, known, catalogue(known), listener, strict=strict).play()
    finally:
        stage.close()
