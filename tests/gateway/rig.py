"""A whole gateway in one process: real store, real keys, real pipeline, OpenSSL on the other side.

    mail = rig.seal(rig.aarhus, rig.request())      # OpenSSL signs and encrypts
    rig.deliver(mail); rig.settle()                 # kept, judged, made, taken by the relay
    rig.letter("received").evidence["case"]         # OpenSSL decrypts and verifies

Nothing here runs `serve`: the relay's word is given through `accept`, `refuse` and `bounce`, and
time passes when `pass_time` says so.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import structlog
from sqlalchemy import select
from typer.testing import CliRunner

from gateway import logs, wiring
from gateway import settings as settings_module
from gateway.cli.app import app
from gateway.cli.init import TOML, quoted
from gateway.clock.duties import Duties
from gateway.errors import GatewayError
from gateway.inbound.delivery import Delivery
from gateway.inbound.keeping import keep_batch
from gateway.outbound import sending
from gateway.outbound.sending import Outcome
from gateway.showcase import openssl
from gateway.showcase.authority import Authority, Identity
from gateway.showcase.letters import (
    Letter,
    Outer,
    delivery_report,
    header_of,
    json_entity,
    read_letter,
    text_entity,
)
from gateway.store import cases, listings, migrate, outgoing, traces
from gateway.store import tables as t
from gateway.store.engine import open_engine

AUTHORITY_CVR = "29190925"
MAILBOX = "sikkermail@rm.example"
INBOX = "betalingsaftaler@rm.example"
REGION = "Region Midtjylland"
TLS = {"version": "TLSv1.3", "cipher": "TLS_AES_256_GCM_SHA384"}
GIVE_UP = timedelta(hours=48)
CPR = "670765-4005"


def coming_monday() -> datetime:
    """Monday nine o'clock UTC after today: certificates made today are valid then, for years."""
    today = datetime.now(UTC).date()
    return datetime.combine(today + timedelta(days=7 - today.weekday()), time(9), UTC)


@dataclass
class FakeClock:
    """Stands still until it is told to go."""

    time: datetime = field(default_factory=coming_monday)
    is_shifted: bool = False

    def now(self) -> datetime:
        return self.time


@dataclass(frozen=True)
class World:
    """Everybody around a gateway: keys and certificates made by OpenSSL, once for all tests."""

    authority: Authority
    stranger: Authority
    aarhus: Identity
    """May request and approve; RSA."""
    viborg: Identity
    """A second kommune, which pays."""
    silkeborg: Identity
    """May request and not approve."""
    favrskov: Identity
    """Is registered nowhere."""
    granbo: Identity
    """A facility with a certificate; the facility `solvang` has none."""
    inbox: Identity
    homes: Mapping[str, Path]
    """Homes to copy, by the kind of the gateway's key."""

    @property
    def readers(self) -> tuple[Identity, ...]:
        """Everybody who can open what the gateway sends."""
        return (self.aarhus, self.viborg, self.silkeborg, self.granbo, self.inbox)


class Surroundings(Protocol):
    """The little that a rig must know of its world; the names of people are only for tests."""

    homes: Mapping[str, Path]
    readers: Sequence[Identity]


MUNICIPALITIES = {
    "aarhus": ("Aarhus Kommune", "55133018", "0751", "request,approve"),
    "viborg": ("Viborg Kommune", "29189846", "0791", "request,approve"),
    "silkeborg": ("Silkeborg Kommune", "29189641", "0740", "request"),
}


def make_world(folder: Path) -> World:
    """Make the other side, and a home for each kind of key with everybody registered in it."""
    authority = Authority(folder / "ca", issuing=True, key="p256")
    made = {
        key: authority.kommune(
            name, cvr, f"sikkermail@{key}.example", key="rsa2048" if key == "aarhus" else "p256"
        )
        for key, (name, cvr, _, _) in MUNICIPALITIES.items()
    }
    world = World(
        authority=authority,
        stranger=Authority(folder / "stranger", key="p256", name="Fremmede certifikater"),
        favrskov=authority.kommune(
            "Favrskov Kommune", "29189714", "sikkermail@favrskov.example", key="p256"
        ),
        granbo=authority.facility("Granbo", "granbo@rm.example", key="p256"),
        inbox=authority.inbox(REGION, AUTHORITY_CVR, INBOX, key="p256"),
        homes={kind: folder / f"home-{kind}" for kind in ("rsa3072", "p256")},
        **made,
    )
    for kind, home in world.homes.items():
        make_home(home, world, kind=kind)
    return world


def make_home(home: Path, world: World, *, kind: str) -> None:
    """Do what `sagspost init` does, then register everybody by the documented commands."""
    home.mkdir(mode=0o700)
    text = TOML.format(
        name=quoted(REGION),
        cvr=quoted(AUTHORITY_CVR),
        language=quoted("da"),
        case_prefix=quoted("RM"),
        inbox=quoted(INBOX),
        inbox_certificate='inbox_certificate = "keys/inbox.pem"\n',
        address=quoted(MAILBOX),
        smtp=quoted("127.0.0.1:2525"),
        relay=quoted("smtp://127.0.0.1:2526"),
        console=quoted("127.0.0.1:8025"),
        rehearsal="false",
    )
    (home / "sagspost.toml").write_text(text, encoding="utf-8")
    settings = settings_module.load(home)
    wiring.issue_keys(settings, kind=kind, now=datetime.now(UTC))
    (settings.keys / "inbox.pem").write_bytes(world.inbox.certificate.read_bytes())
    engine = open_engine(settings.database_url)
    migrate.migrate(engine)
    engine.dispose()
    run(home, "anchor", "add", str(world.authority.anchor))
    for key, (name, cvr, code, may) in MUNICIPALITIES.items():
        who: Identity = getattr(world, key)
        run(
            home, "partner", "add", key, "--name", name, "--cvr", cvr, "--municipality", code,
            "--address", who.address, "--certificate", str(who.certificate), "--may", may,
        )  # fmt: skip
    granbo = world.granbo
    run(
        home, "facility", "add", "granbo", "--name", "Granbo",
        "--address", granbo.address, "--certificate", str(granbo.certificate),
    )  # fmt: skip
    run(home, "facility", "add", "solvang", "--name", "Solvang", "--address", "solvang@rm.example")


def run(home: Path, *arguments: str) -> str:
    """Run one command of the command line in this process; gives what it wrote."""
    with patch.object(logs, "set_up"):
        done = CliRunner().invoke(app, ["--home", str(home), *arguments])
    if done.exit_code != 0:
        error = done.exception
        if isinstance(error, GatewayError):
            raise error
        raise AssertionError(f"{arguments}: exit status {done.exit_code}: {done.output}") from error
    return done.output


def log_to(stream: io.StringIO) -> None:
    """Let the log of this process go to a stream of its own, whatever was set up before."""
    logs.set_up(process="test", as_json=True, stream=stream)
    structlog.configure(cache_logger_on_first_use=False)
    for name, module in sys.modules.items():
        if name.startswith("gateway."):
            # A logger that was used before keeps its first stream in this attribute.
            getattr(getattr(module, "_log", None), "__dict__", {}).pop("bind", None)


@dataclass(frozen=True)
class Sent:
    """One row of the outbox; what it says is opened, by OpenSSL alone, when it is asked for."""

    rig: Rig = field(repr=False)
    id: int
    kind: str
    role: str
    to: str
    state: str
    number: str | None
    automatic: bool
    message_id: str | None
    raw: bytes = field(repr=False)

    @cached_property
    def entity(self) -> bytes:
        """The signed entity; decrypted with the reader's key where the mail is sealed."""
        anchor = self.rig.certificate
        reader = self.rig.readers.get(self.to)
        if self.is_sealed:
            assert reader is not None
            return openssl.open_mail(self.raw, reader.key, reader.certificate, anchor).entity
        return openssl.open_signed(self.raw, anchor).entity

    @property
    def is_sealed(self) -> bool:
        return b"enveloped-data" in self.raw.partition(b"\r\n\r\n")[0].lower()

    @cached_property
    def letter(self) -> Letter:
        return read_letter(self.entity)

    @property
    def text(self) -> str:
        return self.letter.text.replace("\r\n", "\n")

    @cached_property
    def evidence(self) -> dict[str, Any]:
        """The evidence, its detached signature verified by OpenSSL; empty where there is none."""
        attached = self.letter.attachments
        if "evidence.json" not in attached:
            return {}
        written = attached["evidence.json"]
        openssl.verify_detached(written, attached["evidence.json.p7s"], self.rig.certificate)
        found: dict[str, Any] = json.loads(written)
        return found

    @property
    def codes(self) -> list[str]:
        """The codes of a refusal."""
        return [error["code"] for error in self.evidence.get("errors", ())]

    def header(self, name: str) -> str:
        return header_of(self.raw, name)


class Rig:
    """One gateway with everybody around it. `close` it at the end."""

    def __init__(
        self,
        world: World | Surroundings,
        folder: Path,
        *,
        key: str = "rsa3072",
        change_settings: Callable[[str], str] = lambda text: text,
        gateway: type[wiring.Gateway] = wiring.Gateway,
        clock: FakeClock | None = None,
    ) -> None:
        self.world = world
        self.home = folder / "home"
        shutil.copytree(world.homes[key], self.home)
        file = self.home / "sagspost.toml"
        file.write_text(change_settings(file.read_text("utf-8")), encoding="utf-8")
        self.log = io.StringIO()
        log_to(self.log)
        self.clock = clock or FakeClock()
        self.settings = settings_module.load(self.home)
        with patch.object(wiring, "open_clock", lambda _settings: self.clock):
            self.gateway: Any = gateway(self.settings, workers=1)
        self.duties = Duties(
            store=self.gateway.store,
            settings=self.settings,
            now=self.clock.now,
            inbox_certificate=wiring.inbox_certificate(self.settings),
        )
        self.readers = {one.address: one for one in world.readers}
        self._opened: dict[int, Sent] = {}

    def close(self) -> None:
        self.gateway.close()
        self.gateway.store.engine.dispose()

    def run(self, *arguments: str) -> str:
        """Run one command on this home; what it changes, the gateway sees."""
        return run(self.home, *arguments)

    # --- who takes part --------------------------------------------------------------------------

    @property
    def certificate(self) -> Path:
        """The gateway's certificate: what partners encrypt to, and verify with."""
        return self.home / "keys" / "gateway.pem"

    @property
    def aarhus(self) -> Identity:
        return self.world.aarhus

    @property
    def viborg(self) -> Identity:
        return self.world.viborg

    @property
    def silkeborg(self) -> Identity:
        return self.world.silkeborg

    @property
    def granbo(self) -> Identity:
        return self.world.granbo

    # --- what partners write ---------------------------------------------------------------------

    @property
    def start(self) -> date:
        """The day that citizens move in: the first of the month after next."""
        day = self.clock.time.date()
        month = day.month + 1
        return date(day.year + month // 12, month % 12 + 1, 1)

    def submission(
        self, message: str, case: str | None, body: Mapping[str, Any], **changes: Any
    ) -> dict[str, Any]:
        """The outer fields that every submission has; a change to None leaves the field null."""
        return {
            "sagspost": "1",
            "message": message,
            "id": str(uuid.uuid4()),
            "to": AUTHORITY_CVR,
            "reference": "AAK-2026-4711",
            "case": case,
            "body": dict(body),
        } | changes

    def need(self, **changes: Any) -> dict[str, Any]:
        """What a kommune asks for. A change to None leaves the field out."""
        body: dict[str, Any] = {
            "kind": "both",
            "citizen": {
                "cpr": CPR,
                "name": "Prøve Borger",
                "address": "Prøvevej 1, 8000 Aarhus C",
            },
            "acting_municipality": "0751",
            "caseworker": {"name": "S. Behandler", "phone": "89400000"},
            "facility": "granbo",
            "legal_basis": "SEL § 107",
            "duration": "temporary",
            "requested_start": self.start.isoformat(),
            "need": "Støtte døgnet rundt til struktur, måltider og samvær.",
            "disclosure_basis": "consent",
        }
        return {name: v for name, v in (body | changes).items() if v is not None}

    def request(self, **changes: Any) -> dict[str, Any]:
        """A valid request; `changes` are to its body."""
        return self.submission("placement_request", None, self.need(**changes))

    def terms(self, amount: str = "1845.50", **changes: Any) -> dict[str, Any]:
        """What the facility offers."""
        return {
            "rates": [{"amount": amount, "unit": "day"}],
            "start": self.start.isoformat(),
            "service": "Midlertidigt botilbud med støtte døgnet rundt",
        } | changes

    def json(
        self, submission: Mapping[str, Any], sender: Identity, subject: str = "Sagspost"
    ) -> bytes:
        """A submission as an entity to be signed."""
        return json_entity(submission, sender=sender.address, recipient=MAILBOX, subject=subject)

    def words(
        self,
        text: str,
        sender: Identity,
        subject: str = "Sikker mail",
        attachments: Mapping[str, bytes] | None = None,
    ) -> bytes:
        """Words as an entity to be signed."""
        return text_entity(
            text,
            sender=sender.address,
            recipient=MAILBOX,
            subject=subject,
            attachments=attachments,
        )

    def seal(
        self,
        sender: Identity,
        content: Mapping[str, Any] | bytes | str,
        *,
        subject: str = "Sikker mail",
        outer: Outer | None = None,
        **extra: str,
    ) -> bytes:
        """Sign and encrypt with OpenSSL; `extra` are more outer headers (Auto_Submitted="...")."""
        entity = content if isinstance(content, bytes) else None
        if isinstance(content, str):
            entity = self.words(content, sender, subject)
        elif entity is None:
            entity = self.json(content, sender, subject)  # type: ignore[arg-type]  # a mapping
        signed = openssl.sign(entity, sender)
        return self.encrypted(signed, outer or self.outer(sender, **extra))

    def encrypted(self, entity: bytes, outer: Outer, **options: Any) -> bytes:
        """Encrypt an entity to the gateway and dress it."""
        chosen = {"ecdh_digest": "sha256"} if "p256" in self._key_kind else {}
        sealed = openssl.encrypt(entity, self.certificate, **(chosen | options))
        return openssl.dress(sealed, outer)

    @cached_property
    def _key_kind(self) -> str:
        text = openssl.openssl("x509", "-in", str(self.certificate), "-noout", "-text").decode()
        return "p256" if "id-ecPublicKey" in text else "rsa3072"

    def outer(self, sender: Identity | str, **extra: str) -> Outer:
        """Outer headers; `In_Reply_To` and any other by its name with underscores."""
        address = sender if isinstance(sender, str) else sender.address
        replied = extra.pop("In_Reply_To", None)
        fields = tuple((name.replace("_", "-"), value) for name, value in extra.items())
        return Outer(sender=address, recipient=MAILBOX, in_reply_to=replied, extra=fields)

    # --- what happens ----------------------------------------------------------------------------

    def deliver(
        self,
        *mails: bytes,
        sender: str | None = "someone@partner.example",
        to: str = MAILBOX,
        tls: Mapping[str, str] | None = None,
    ) -> str:
        """Let the door keep mails in one batch; gives the id of the last."""
        kept = keep_batch(
            self.gateway.store,
            [
                Delivery(
                    raw=mail,
                    door="smtp",
                    mailbox=MAILBOX,
                    envelope_from=sender,
                    envelope_to=to,
                    peer="192.0.2.7",
                    tls=tls,
                    received_at=self.clock.now(),
                )
                for mail in mails
            ],
        )
        assert isinstance(kept[-1], str)
        return kept[-1]

    def work(self) -> None:
        """Judge what was kept and make what was decided, until nothing is left."""
        for _ in range(200):
            if not self.gateway.pipeline.process() + self.gateway.making.make_waiting(100):
                return
        raise AssertionError("the gateway does not come to rest")

    def accept(self, **chosen: Any) -> int:
        """Let the relay take mails over; chosen by kind, role, to, number or id."""
        return self._relay_says(250, "2.0.0 Ok", chosen)

    def refuse(self, code: int = 550, **chosen: Any) -> int:
        """Let the relay refuse mails: for good with 5xx, for now with 4xx, 0 for no answer."""
        return self._relay_says(code, "no", chosen)

    def _relay_says(self, code: int, text: str, chosen: Mapping[str, Any]) -> int:
        with self.gateway.store.write() as unit:
            ready = [
                mail
                for mail in outgoing.ready(unit, self.clock.now(), 1000)
                if all(_field(mail, name) == value for name, value in chosen.items())
            ]
            outcomes = [Outcome(mail, code, text) for mail in ready]
            sending.record(unit, outcomes, self.clock.now(), GIVE_UP)
        return len(ready)

    def settle(self) -> None:
        """Work, with a relay that takes every mail at once, until nothing is left."""
        for _ in range(50):
            self.work()
            if not self.accept():
                return
        raise AssertionError("the gateway does not come to rest")

    def bounce(self, mail: Sent, *, action: str = "failed", status: str = "5.1.1") -> str:
        """Let a delivery status notification come back about a mail of ours, and judge it."""
        back = self.gateway.bounce_address(mail.id)
        assert mail.message_id is not None
        report = delivery_report(back, mail.to, mail.message_id, action=action, status=status)
        kept = self.deliver(report, sender=None, to=back)
        self.work()
        return kept

    def pass_time(self, **span: float) -> None:
        """Let time pass, let the clock do what is due, and work."""
        self.clock.time += timedelta(**span)
        asyncio.run(self.duties.sweep_deadlines())
        self.work()

    def pass_until(self, due: datetime) -> None:
        """Let time pass until a moment has gone by."""
        self.pass_time(seconds=(due - self.clock.time).total_seconds() + 1)

    def act(self, number: str, name: str, person: str = "Karen Holm", **values: Any) -> None:
        """Let a caseworker act, and work."""
        step = self.gateway.pipeline.act(number, name, values, person)
        assert not step.refused, [problem.code for problem in step.refused]
        self.work()

    # --- what is to be seen ----------------------------------------------------------------------

    def outgoing(self, **chosen: Any) -> list[Sent]:
        """Mails going out, oldest first; chosen by kind, role, to, state or number."""
        o = t.outbox.c
        with self.gateway.store.read() as unit:
            made = t.made_mails
            query = select(t.outbox, made.c.content).outerjoin(made, o.id == made.c.outgoing)
            rows = unit.connection.execute(query.order_by(o.id)).all()
        found = []
        for row in rows:
            known = self._opened.get(row.id)
            if known is None or known.state != row.state or not known.raw:
                known = self._opened[row.id] = Sent(
                    rig=self,
                    id=row.id,
                    kind=row.kind,
                    role=row.role,
                    to=row.to_address,
                    state=row.state,
                    number=row.number,
                    automatic=row.automatic,
                    message_id=row.message_id,
                    raw=row.content or b"",
                )
            found.append(known)
        return [one for one in found if all(_field(one, n) == v for n, v in chosen.items())]

    def letter(self, kind: str, **chosen: Any) -> Sent:
        """The last mail of a kind."""
        found = self.outgoing(kind=kind, **chosen)
        assert found, f"no {kind} among {[(m.kind, m.to) for m in self.outgoing()]}"
        return found[-1]

    def message(self, mail: str) -> dict[str, Any]:
        with self.gateway.store.read() as unit:
            found = listings.message(unit, int(mail[1:]))
        assert found is not None
        return found

    def messages(self) -> list[dict[str, Any]]:
        with self.gateway.store.read() as unit:
            return listings.messages(unit, limit=1000)

    def trace(self, mail: str) -> list[dict[str, Any]]:
        with self.gateway.store.read() as unit:
            return traces.trace(unit, int(mail[1:]))

    def judged(self, mail: str) -> tuple[str, str | None]:
        """State and reason of a mail."""
        row = self.message(mail)
        return row["state"], row["reason"]

    def outbox(self) -> list[dict[str, Any]]:
        with self.gateway.store.read() as unit:
            return listings.outbox(unit, limit=1000)

    def cases(self) -> list[dict[str, Any]]:
        with self.gateway.store.read() as unit:
            return listings.cases(unit, limit=1000)

    def state(self, number: str) -> str:
        return str(next(row["state"] for row in self.cases() if row["number"] == number))

    def body(self, number: str) -> dict[str, Any]:
        """The case as the procedure keeps it."""
        with self.gateway.store.read() as unit:
            kept = cases.load(unit, number)
        assert kept is not None
        found: dict[str, Any] = kept.body["case"]
        return found

    def events(self, number: str) -> list[dict[str, Any]]:
        with self.gateway.store.read() as unit:
            return listings.case_events(unit, number)

    def deadlines(self, number: str, state: str = "waiting") -> dict[str, datetime]:
        with self.gateway.store.read() as unit:
            rows = listings.deadlines(unit, number=number)
        return {row["name"]: row["due"] for row in rows if row["state"] == state}

    # --- dialogues -------------------------------------------------------------------------------

    def send(self, sender: Identity, content: Mapping[str, Any] | bytes | str, **more: Any) -> str:
        """Seal, deliver and settle; gives the mail's id."""
        mail = self.deliver(self.seal(sender, content, **more))
        self.settle()
        return mail

    def acknowledged(self, sender: Identity | None = None, **changes: Any) -> str:
        """Play a request up to its receipt; gives the case's number."""
        before = {row["number"] for row in self.cases()}
        mail = self.send(sender or self.aarhus, self.request(**changes))
        new = [row["number"] for row in self.cases() if row["number"] not in before]
        assert len(new) == 1, self.judged(mail)
        return str(new[0])

    def drafted(self, sender: Identity | None = None, **changes: Any) -> tuple[str, str]:
        """Play up to a draft; gives the case's number and the line to copy."""
        number = self.acknowledged(sender, **changes)
        return number, self.offer(number)

    def offer(self, number: str, amount: str = "1845.50", **changes: Any) -> str:
        """Enter the facility's offer; gives the line to copy."""
        self.act(number, "offer", **self.terms(amount, **changes))
        self.settle()
        return self.line(number)

    def line(self, number: str, word: str = "GODKENDT") -> str:
        """The line that approves the latest draft."""
        draft = self.letter("draft", number=number, role="acting").evidence["draft"]
        return f"{word} {number}/{draft['version']} {draft['digest'][:16]}"

    def confirmed(self) -> str:
        """Play up to the delivered confirmation."""
        number, line = self.drafted()
        self.send(self.aarhus, line)
        assert self.state(number) == "CONFIRMED"
        return number

    def settling(self) -> str:
        """Play up to settlement."""
        number = self.confirmed()
        self.act(number, "start_settlement")
        self.settle()
        return number


def _field(mail: Any, name: str) -> Any:
    return getattr(mail, {"to": "to_address"}.get(name, name), None) or getattr(mail, name, None)
