"""`sagspost check`: each part of a home, good or what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import aiosmtplib
from sqlalchemy.exc import SQLAlchemyError

from gateway.clock import expiry
from gateway.clock.now import Clock
from gateway.clock.pulse import Pulse
from gateway.errors import GatewayError, in_words
from gateway.homes import open_clock, open_store
from gateway.outbound.relay import Relay, is_loopback
from gateway.ownkeys import open_keyring
from gateway.pipeline.clamd import Clamd
from gateway.relays import relay_of, tunnel_relay
from gateway.running import read_state
from gateway.settings import Settings, clock_offset
from gateway.store import migrate, registry, sources
from gateway.store.engine import open_engine, transaction
from gateway.store.openpgp import registered_keys
from gateway.wiring import judge_settings
from keys.errors import KeysError, TokenError
from keys.keyring import load_secret, load_vault
from keys.openpgp import missing_programs
from keys.openpgp.folder import load_openpgp_keys

Row = dict[str, str]
_STALE_SECONDS: Final = 60
_PATIENCE: Final = 5  # seconds for a relay to answer


def run(settings: Settings) -> list[Row]:
    """Ask every part; a part that cannot be asked is wrong, and says why."""
    rows = []
    for what, ask in CHECKS:
        try:
            words = ask(settings)
            rows.append({"what": what, "state": "good", "words": words})
        except (GatewayError, KeysError, TokenError, OSError) as error:
            rows.append({"what": what, "state": "wrong", "words": in_words(error)})
    return rows


def _keys(settings: Settings) -> str:
    ring, now = open_keyring(settings), datetime.now(UTC)
    load_vault(settings.keys / "vault.hex")
    for name in ("chain.hex", "bounce.hex"):
        load_secret(settings.keys / name)
    signing, encrypting = ring.signing_at(now), ring.encrypting_at(now)
    ends = min(own.certificate.not_valid_after_utc for own in (signing, encrypting))
    left = (ends - now).days
    if left < 0:
        raise GatewayError(f"our certificate ended {ends:%Y-%m-%d}: `sagspost key renew`")
    return (
        f"{len(ring.keys)} key(s), signing with {signing.key_id}, "
        f"partners encrypt to {encrypting.key_id}, good for {left} days"
    )


def _certificates(settings: Settings) -> str:
    """What ends soon; `key list` and `partner certificate list` show the rest."""
    now = open_clock(settings).now()
    store = open_store(settings)
    try:
        with store.read() as unit:
            directory = registry.directory(unit.connection)
        found = expiry.ending(settings, open_keyring(settings), directory, now)
    except SQLAlchemyError:
        raise GatewayError("the database cannot be read: see `database`") from None
    finally:
        store.close()
    if not found:
        return "none ends within 60 days"
    return "; ".join(one.words("en", now).rstrip(".") for one in found)


def _openpgp(settings: Settings) -> str:
    own = load_openpgp_keys(settings.keys)
    store = open_store(settings)
    try:
        with store.read() as unit:
            registered = [k for k in registered_keys(unit.connection) if not k.retired]
    except SQLAlchemyError:
        raise GatewayError("the database can not be asked: `sagspost migrate`") from None
    finally:
        store.close()
    if not own and not registered:
        return "not used: no OpenPGP key of ours, and none registered"
    missing = missing_programs()
    if missing:
        raise GatewayError(f"{', '.join(missing)} is missing: install GnuPG (package gnupg)")
    signing = sum(not key.decrypt_only for key in own)
    if not signing:
        return (
            f"{len(registered)} key(s) registered; mail can not be sealed to them: we have no key"
        )
    return f"{len(own)} key(s) of ours, {signing} to sign with; {len(registered)} registered"


def _database(settings: Settings) -> str:
    current = migrate.current_version(open_engine(settings.database_url))
    wanted = migrate.expected_version()
    if current != wanted:
        raise GatewayError(f"it is at {current or 'nothing'}, not {wanted}: `sagspost migrate`")
    return f"at {current}"


def _relay(settings: Settings) -> str:
    relay = relay_of(settings)
    _greet(relay, "check relay.url; mail waits meanwhile")
    plain = is_loopback(relay.host) and relay.scheme == "smtp"
    safe = "on this machine" if plain else "over verified TLS"
    return f"{relay.host}:{relay.port} answers; mail goes to it {safe}"


def _tunnels(settings: Settings) -> str:
    engine = open_engine(settings.database_url)
    try:
        with engine.connect() as connection:
            partners = registry.directory(connection).partners.values()
    except SQLAlchemyError:
        raise GatewayError("cannot be read while the database is wrong") from None
    finally:
        engine.dispose()
    ways = [(p.key, p.way_out) for p in partners if p.way_out and not p.retired]
    for key, way in ways:
        _greet(tunnel_relay(settings, way), f"mail to {key} waits meanwhile")
    return f"{', '.join(key for key, _ in ways) or 'none'}: where mail goes that is not sealed"


def _greet(relay: Relay, hint: str) -> None:
    """Greet a relay as for a mail, certificates and all. Raises GatewayError."""

    async def greet() -> None:
        (await relay.connect()).close()
        await asyncio.sleep(0)  # the loop closes what was closed

    try:
        asyncio.run(asyncio.wait_for(greet(), _PATIENCE))
    except (OSError, aiosmtplib.SMTPException, TimeoutError) as error:
        why = str(error) or "no answer in time"
        raise GatewayError(
            f"{relay.host}:{relay.port} takes no mail from us ({why}): {hint}"
        ) from None


def _clock(settings: Settings) -> str:
    clock = Clock.at(rehearsal=settings.clock.rehearsal, offset=clock_offset())
    if clock.is_shifted:
        return f"REHEARSAL: shifted by {clock.offset}"
    age = Pulse(settings.home / "run" / "pulse").age()
    if read_state(settings.home) is None:
        return "right; nothing is being served here"
    if age is None or age > _STALE_SECONDS:
        raise GatewayError("deadlines were not looked at for a minute: restart serve")
    return f"right; deadlines were looked at {age:.0f} s ago"


def _revocation(settings: Settings) -> str:
    if not settings.trust.fetch:
        return "fetching is off ([trust] fetch): lists are added by `anchor add --crl`"
    now = open_clock(settings).now()
    engine = open_engine(settings.database_url)
    with transaction(engine, write=False) as connection:
        known = sources.state(connection, now)
    engine.dispose()
    if known.late:
        days = settings.trust.revocation_grace_days
        raise GatewayError(
            f"{known.late} of {known.asked} source(s) of revocation data fail, and what they gave "
            f"last is out of date: `anchor sources`; after {days} days mail waits in quarantine"
        )
    failing = f", {known.failing} of them in vain at the last try" if known.failing else ""
    return f"{known.asked} source(s) are asked{failing}"


def _scanner(settings: Settings) -> str:
    if settings.scan.clamd is None:
        return "no malware scanner is set (scan.clamd)"
    scanner = Clamd(settings.scan.clamd)
    return f"{settings.scan.clamd} answers: {scanner.version()}"


def _settings(settings: Settings) -> str:
    judge_settings(settings)
    return f"{settings.home / 'sagspost.toml'}: {settings.authority.name}"


CHECKS: Final[tuple[tuple[str, Callable[[Settings], str]], ...]] = (
    ("settings", _settings),
    ("keys", _keys),
    ("openpgp", _openpgp),
    ("database", _database),
    ("certificates", _certificates),
    ("revocation", _revocation),
    ("relay", _relay),
    ("tunnels", _tunnels),
    ("scanner", _scanner),
    ("clock", _clock),
)
