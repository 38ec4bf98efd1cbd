"""Where revocation lists and answers are fetched from, and what came of it.

A source comes from the operator (`anchor add --crl URL`) or from a certificate whose path led to an
anchor: nobody else can make us ask anything of anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID
from sqlalchemy import Connection, delete, insert, select, update

from gateway.errors import Refused
from gateway.store import grounds
from gateway.store import tables as t
from gateway.store.unit import Unit
from keys.certificates import MALFORMED
from keys.identity import fingerprint

MOST_URLS: Final = 4  # of one certificate
LONGEST_URL: Final = 2048
_FORGOTTEN: Final = timedelta(days=30)  # nobody wrote for so long: nothing is fetched for them
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
_OPERATOR: Final = "operator"  # as the subject: added by hand, asked for as long as it stands


@dataclass(frozen=True, slots=True)
class Source:
    """One place to ask; for an answer also about which certificate."""

    id: int
    kind: str
    url: str
    certificate: x509.Certificate | None
    issuer: x509.Certificate
    failures: int


def source_url(text: str) -> str:
    """A URL that may be fetched from. Raises Refused for any other."""
    if not is_fetchable(text):
        raise Refused(f"{text}: must be http://HOST/PATH or https://HOST/PATH, without a password.")
    return text


def is_fetchable(url: str) -> bool:
    """Say whether a URL is one that is ever asked: http or https, a host, no credentials."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and parts.username is None
        and port != 0
    )


def add_list(unit: Unit, url: str, issuer: x509.Certificate, now: datetime) -> None:
    """Let a list be fetched from where the operator says."""
    _add(unit, "crl", url, _OPERATOR, issuer, now)


def seen_paths(unit: Unit, since: datetime | None) -> list[tuple[list[str], datetime]]:
    """The paths of those who wrote after a time, by the SHA-256 of their certificates."""
    s = t.seen_paths.c
    query = select(s.path, s.seen_at)
    if since is not None:
        query = query.where(s.seen_at > since)
    return [(row.path, row.seen_at) for row in unit.connection.execute(query)]


def learn(unit: Unit, path: Sequence[str], seen_at: datetime) -> None:
    """Let be fetched what the certificates of a path name."""
    known = grounds.read(unit, path)
    chain = [x509.load_der_x509_certificate(known[name]) for name in path if name in known]
    for certificate, issuer in pairwise(chain):
        learn_from(unit, certificate, issuer, seen_at)


def learn_from(
    unit: Unit, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> None:
    """Let be fetched what one certificate names."""
    for url in list_urls(certificate):
        _add(unit, "crl", url, "", issuer, now)
    (mark,) = grounds.put(unit, "certificate", [certificate.public_bytes(Encoding.DER)], now)
    for url in answer_urls(certificate):
        _add(unit, "ocsp", url, mark, issuer, now)


def list_urls(holder: x509.Certificate) -> Sequence[str]:
    """Where a certificate says that its issuer's lists are, complete and delta."""
    found: list[str] = []
    for kind in (x509.CRLDistributionPoints, x509.FreshestCRL):
        try:
            points = holder.extensions.get_extension_for_class(kind).value
        except (*MALFORMED, x509.ExtensionNotFound):
            continue
        for point in points:  # type: ignore[attr-defined]  # both are made of points
            if point.crl_issuer is None and point.reasons is None:
                found += [name.value for name in point.full_name or () if _is_url(name)]
    return _fetchable(found)


def answer_urls(certificate: x509.Certificate) -> Sequence[str]:
    """Where a certificate says that somebody answers about it."""
    try:
        access = certificate.extensions.get_extension_for_class(
            x509.AuthorityInformationAccess
        ).value
    except (*MALFORMED, x509.ExtensionNotFound):
        return ()
    return _fetchable(
        [
            entry.access_location.value
            for entry in access
            if entry.access_method == AuthorityInformationAccessOID.OCSP
            and _is_url(entry.access_location)
        ]
    )


def due(unit: Unit, now: datetime, most: int) -> list[Source]:
    """The sources that it is time to ask, those that wait longest first."""
    s = t.sources.c
    rows = unit.connection.execute(
        select(t.sources)
        .where(s.next_try <= now, (s.seen_at > now - _FORGOTTEN) | (s.subject == _OPERATOR))
        .order_by(s.next_try)
        .limit(most)
    ).all()
    known = grounds.read(unit, [mark for row in rows for mark in (row.subject, row.issuer)])
    return list(_read(rows, known))


def asked(
    unit: Unit,
    source: Source,
    now: datetime,
    again: timedelta,
    *,
    sha256: str,
    next_update: datetime | None,
) -> None:
    """Note that a source gave what was asked of it."""
    _note(
        unit,
        source,
        fetched_at=now,
        next_try=now + again,
        next_update=next_update,
        sha256=sha256,
        failures=0,
        last_error=None,
    )


def failed(unit: Unit, source: Source, now: datetime, why: str) -> None:
    """Note that a source did not answer well, and wait longer each time."""
    wait = min(_FIRST_WAIT * 2 ** min(source.failures, 16), _LONGEST_WAIT)
    _note(
        unit,
        source,
        next_try=now + wait,
        failures=source.failures + 1,
        last_error=why[:200],
    )


def shown(unit: Unit) -> list[dict[str, Any]]:
    """The sources for people."""
    s = t.sources.c
    rows = unit.connection.execute(select(t.sources).order_by(s.kind, s.url, s.id))
    return [
        {
            "kind": row.kind,
            "url": row.url,
            "fetched_at": row.fetched_at,
            "next_update": row.next_update,
            "next_try": row.next_try,
            "failures": row.failures,
            "last_error": row.last_error,
        }
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Sources:
    """How many are asked, how many failed at the last try, and how many are out of date so."""

    asked: int
    failing: int
    late: int


def state(connection: Connection, now: datetime) -> Sources:
    """How it stands with the sources that are still asked."""
    s = t.sources.c
    rows = connection.execute(
        select(s.failures, s.next_update).where(
            (s.seen_at > now - _FORGOTTEN) | (s.subject == _OPERATOR)
        )
    ).all()
    failing = [row for row in rows if row.failures]
    late = [row for row in failing if row.next_update is not None and row.next_update < now]
    return Sources(len(rows), len(failing), len(late))


def let_go(unit: Unit, now: datetime) -> None:
    """Delete what nobody was seen with for a long time."""
    s = t.sources.c
    unit.connection.execute(
        delete(t.sources).where(s.subject != _OPERATOR, s.seen_at < now - 2 * _FORGOTTEN)
    )


def _add(
    unit: Unit, kind: str, url: str, subject: str, issuer: x509.Certificate, now: datetime
) -> None:
    grounds.put(unit, "certificate", [issuer.public_bytes(Encoding.DER)], now)
    s = t.sources.c
    same = (
        s.kind == kind,
        s.url == url,
        s.subject == subject,
        s.issuer == fingerprint(issuer),
    )
    found = unit.connection.execute(select(s.id).where(*same)).scalar()
    if found is not None:
        unit.connection.execute(update(t.sources).where(s.id == found).values(seen_at=now))
        return
    unit.connection.execute(
        insert(t.sources).values(
            kind=kind,
            url=url,
            subject=subject,
            issuer=fingerprint(issuer),
            seen_at=now,
            next_try=now,
            failures=0,
        )
    )


def _read(rows: Sequence[Any], known: dict[str, bytes]) -> Iterator[Source]:
    for row in rows:
        issuer, subject = known.get(row.issuer), known.get(row.subject)
        if issuer is not None and (subject is not None or row.kind == "crl"):
            yield Source(
                id=row.id,
                kind=row.kind,
                url=row.url,
                certificate=x509.load_der_x509_certificate(subject) if subject else None,
                issuer=x509.load_der_x509_certificate(issuer),
                failures=row.failures,
            )


def _note(unit: Unit, source: Source, **values: Any) -> None:
    unit.connection.execute(update(t.sources).where(t.sources.c.id == source.id).values(**values))


def _is_url(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.UniformResourceIdentifier)


def _fetchable(urls: Sequence[str]) -> Sequence[str]:
    return [url for url in dict.fromkeys(urls) if is_fetchable(url)][:MOST_URLS]
