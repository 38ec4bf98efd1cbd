"""`serve`: everything in one process group, or one part of it alone.

    redis    the clock's server, where it is embedded
    smtp     the door: keeps mail, and answers
    worker   opens, reads, advances, and makes the answers
    outbox   hands mail to the relay
    clock    looks for what is due

Each part is a process of its own that shares nothing with the others but the database; any of them
can be killed at any moment.
"""

from __future__ import annotations

import asyncio
import signal
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway import embedded_redis, logs, wiring
from gateway.clock import duties
from gateway.clock.pulse import Pulse
from gateway.clock.rota import Rota
from gateway.clock.worker import ClockWorker
from gateway.errors import TryLater, WrongSettings
from gateway.inbound.intake import Intake
from gateway.inbound.keeping import keep_batch
from gateway.inbound.limits import Limits
from gateway.inbound.smtp_in import SmtpDoor, server_tls
from gateway.inbound.tunnels import follow_tunnels
from gateway.memory import collect_rarely, give_back_large_blocks
from gateway.processes import Child, Supervisor, announce_ready
from gateway.settings import Settings
from gateway.store import rejudging
from gateway.store.watch import Watch
from gateway.wiring import Gateway
from keys import openpgp

ROLES = ("smtp", "worker", "outbox", "clock")
_log = logs.logger("serve")
_LOOK = 0.01  # seconds between two looks at whether the store has changed
_TOGETHER = 0.02  # seconds in which work gathers for one round

MakeGateway = Callable[[Settings], Gateway]


def serve(settings: Settings, say: Callable[[str], object]) -> None:
    """Run all parts until told to stop.

    Raises Refused when another `serve` has the home, and WrongSettings.
    """
    wiring.judge_settings(settings)
    first: list[Child] = []
    if settings.redis.url == "embedded":
        first.append(embedded_redis.prepare(settings.home).child())
    parts = [Child(role, argv_of(settings.home, role)) for role in ROLES]
    try:
        Supervisor((*first, *parts), home=settings.home, say=say).run()
    finally:
        openpgp.sweep()  # what a part that was killed has left of GnuPG


def argv_of(home: Path, role: str) -> tuple[str, ...]:
    """The command line of one part."""
    # -P: our own code, whatever lies in the folder that `serve` is started in.
    start = (sys.executable, "-P", "-m", "gateway", "--home", str(home))
    return (*start, "serve", role, "--ready-fd", "{ready_fd}")


def serve_role(settings: Settings, role: str, ready: Callable[[Mapping[str, str]], None]) -> None:
    """Run one part until told to stop."""
    logs.set_up(process=role)
    give_back_large_blocks()
    collect_rarely()
    run = {"smtp": _smtp, "worker": _worker, "outbox": _outbox, "clock": _clock}[role]
    run(settings, Gateway, ready)


def readiness(ready_fd: int | None) -> Callable[[Mapping[str, str]], None]:
    """Tell the supervisor, where there is one."""

    def ready(addresses: Mapping[str, str]) -> None:
        if ready_fd is not None:
            announce_ready(ready_fd, addresses)

    return ready


def _stopping() -> asyncio.Event:
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, event.set)
    return event


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


# --- smtp ----------------------------------------------------------------------------------------


def _smtp(
    settings: Settings, make: MakeGateway, ready: Callable[[Mapping[str, str]], None]
) -> None:
    import uvloop  # noqa: PLC0415  the other parts do without it

    uvloop.run(_run_smtp(settings, make(settings), ready))


async def _run_smtp(
    settings: Settings, gateway: Gateway, ready: Callable[[Mapping[str, str]], None]
) -> None:
    stopping = _stopping()
    limits = settings.limits
    async with Intake(
        lambda deliveries: keep_batch(gateway.store, deliveries),
        waiting_mails=limits.waiting_mails,
    ) as intake:
        tls = _tls(settings)
        door = SmtpDoor(
            mailboxes=[m.address for m in settings.mailbox],
            keep=intake.accept,
            now=gateway.clock.now,
            hostname=settings.mailbox[0].address.rpartition("@")[2],
            is_bounce_address=lambda address: gateway.outgoing_of(address) is not None,
            is_overloaded=intake.is_full,
            limits=Limits(
                message_bytes=limits.mail_bytes,
                connections=limits.connections,
                connections_from_one=limits.connections_per_host,
                idle=float(limits.idle_seconds),
            ),
            tls=tls,
        )
        addresses = {"smtp": await _listen(door, "listen", settings.smtp.listen)}
        if settings.smtp.tls_listen is not None:
            addresses["smtps"] = await _listen(door, "tls_listen", settings.smtp.tls_listen)
        tunnels = asyncio.create_task(follow_tunnels(tls, gateway.tunnel_certificates))
        ready(addresses)
        await stopping.wait()
        tunnels.cancel()
        await door.close()


def _tls(settings: Settings) -> ssl.SSLContext:
    smtp = settings.smtp
    try:
        return server_tls(settings.path(smtp.tls_certificate), settings.path(smtp.tls_key))
    except OSError as error:  # an SSLError is one too
        raise WrongSettings(
            f"smtp.tls_certificate, smtp.tls_key: {smtp.tls_certificate}, {smtp.tls_key}: "
            f"must be PEM files of a certificate and its key ({error})"
        ) from None


async def _listen(door: SmtpDoor, key: str, endpoint: str) -> str:
    try:
        bound = await door.open(*_endpoint(endpoint), implicit_tls=key == "tls_listen")
    except OSError as error:
        raise WrongSettings(
            f"smtp.{key}: {endpoint}: must be an address of this machine that nobody else listens "
            f"on ({error.strerror})"
        ) from None
    return f"{bound[0]}:{bound[1]}"


# --- worker --------------------------------------------------------------------------------------


class _Stop:
    """Set by a signal; a plain flag, because the worker's loop has no event loop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, *_: object) -> None:
        self.asked = True


def _worker(
    settings: Settings, make: MakeGateway, ready: Callable[[Mapping[str, str]], None]
) -> None:
    stop = _Stop()
    gateway = make(settings)
    watch = Watch(gateway.store.engine)
    with gateway.store.write() as unit:
        # A key that was put into the folder while we were down opens what waited for it.
        rejudging.judge_anew(unit, gateway.clock.now(), "started", rejudging.NEEDS_KEY)
    gateway.workers.warm()
    ready({})
    batch = settings.limits.batch
    while not stop.asked:
        try:
            gateway.take_up_keys()
            done = gateway.pipeline.process() + gateway.making.make_waiting(2 * batch)
        except TryLater as error:
            _log.error("cannot work now", error=str(error))
            done = 0
            time.sleep(1)
        if not done:
            _wait(watch, stop)
        if done < batch:
            # A round of one mail costs almost what a round of thirty does: let some more come.
            time.sleep(_TOGETHER)
    gateway.close()


def _wait(watch: Watch, stop: _Stop) -> None:
    """Until another process has committed something, or a second has passed."""
    until = time.monotonic() + 1
    while not stop.asked and time.monotonic() < until and not watch.changed():
        time.sleep(_LOOK)


# --- outbox --------------------------------------------------------------------------------------


def _outbox(
    settings: Settings, make: MakeGateway, ready: Callable[[Mapping[str, str]], None]
) -> None:
    import uvloop  # noqa: PLC0415  the worker does without it

    uvloop.run(_run_outbox(settings, make(settings), ready))


async def _run_outbox(
    settings: Settings,  # noqa: ARG001  every part is called alike
    gateway: Gateway,
    ready: Callable[[Mapping[str, str]], None],
) -> None:
    stopping = _stopping()
    watch = Watch(gateway.store.engine)
    ready({})
    await gateway.sending().run(stopping, watch.changed)


# --- clock ---------------------------------------------------------------------------------------


def _clock(
    settings: Settings, make: MakeGateway, ready: Callable[[Mapping[str, str]], None]
) -> None:
    asyncio.run(_run_clock(settings, make(settings), ready))


async def _run_clock(
    settings: Settings, gateway: Gateway, ready: Callable[[Mapping[str, str]], None]
) -> None:
    stopping = _stopping()
    embedded = settings.redis.url == "embedded"
    url = embedded_redis.url_of(settings.home) if embedded else settings.redis.url
    watched = duties.Duties(
        store=gateway.store,
        settings=settings,
        now=gateway.clock.now,
        inbox_certificate=wiring.inbox_certificate(settings),
    )
    rota = Rota(
        sweep_deadlines=watched.sweep_deadlines,
        retry_outbox=watched.retry_outbox,
        mail_head=watched.mail_head,
        check_keys=watched.check_keys,
        mail_watchlist=watched.mail_watchlist,
        fetch_revocation=watched.fetch_revocation,
        pulse=Pulse(settings.home / "run" / "pulse"),
        head_hour=settings.clock.head_hour,
    )
    worker = ClockWorker(rota, redis_url=url, zone=ZoneInfo("UTC"))
    running = asyncio.create_task(worker.run())
    ready({})
    await stopping.wait()
    worker.stop()
    await running
