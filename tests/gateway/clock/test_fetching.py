"""Lists and answers are fetched in the background from where certificates say, and then count."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from cryptography import x509
from sqlalchemy import select

from gateway import checks, wiring
from gateway.store import grounds, mails
from gateway.store import tables as t
from tests.gateway.clock.offices import Office, Partner, child, office, partner
from tests.keys.other_side import Authority
from tests.keys.revoking import DAY, Entry, make_list

__all__ = ["child", "office", "partner"]


def test_a_list_is_fetched_for_whoever_wrote_and_counts_from_then_on(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    now = odense.rig.clock.now()
    office.publish(made=now - DAY, number=1)
    child.enter_context(office.served())

    first = odense.write()
    assert odense.rig.judged(first)[0] == "manual"
    assert odense.revocation(first) == "unknown"
    assert odense.fetching.fetch_due() == (1, 1)
    assert odense.revocation(odense.write()) == "good"
    assert odense.fetching.fetch_due() == (0, 0), "it is not due again"

    odense.rig.clock.time += timedelta(minutes=61)
    assert odense.fetching.fetch_due() == (1, 0), "the same list is nothing new"
    office.publish(Entry(office.by_list, now - DAY), made=now, number=2)
    odense.rig.clock.time += timedelta(minutes=61)
    assert odense.fetching.fetch_due() == (1, 1)
    revoked = odense.write()
    assert odense.rig.judged(revoked) == ("quarantined", "keys.certificate.revoked")


def test_an_answer_of_openssls_responder_counts(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_answer)
    child.enter_context(office.answers())
    assert odense.revocation(odense.write()) == "unknown"
    assert odense.fetching.fetch_due() == (1, 1), odense.sources()["ocsp"]["last_error"]
    mail = odense.write()
    assert odense.revocation(mail) == "good"
    asked = odense.sources()["ocsp"]
    assert (asked["failures"], asked["last_error"]) == (0, None)
    assert asked["next_update"] is not None


def test_an_older_list_never_takes_the_place_of_a_newer_one(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    now = odense.rig.clock.now()
    office.publish(Entry(office.by_list, now - 2 * DAY), made=now - DAY, number=8)
    child.enter_context(office.served())
    odense.write()
    assert odense.fetching.fetch_due() == (1, 1)
    office.publish(made=now - 2 * DAY, number=7)
    odense.rig.clock.time += timedelta(minutes=61)
    assert odense.fetching.fetch_due() == (1, 0)
    assert odense.sources()["crl"]["last_error"] == "older than what is known already"
    assert odense.rig.judged(odense.write()) == ("quarantined", "keys.certificate.revoked")


def test_a_list_that_another_key_signed_is_not_kept(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    now = odense.rig.clock.now()
    forged = make_list(
        office.authority.root, made=now, name=office.authority.issuing.certificate.subject
    )
    (office.folder / "issuing.crl").write_bytes(forged)
    child.enter_context(office.served())
    odense.write()
    assert odense.fetching.fetch_due() == (1, 0)
    assert odense.sources()["crl"]["last_error"] == "the list is not signed by this issuer"
    assert odense.revocation(odense.write()) == "unknown"


def test_a_server_that_is_down_is_asked_less_and_less_often(
    office: Office, partner: Callable[..., Partner]
) -> None:
    odense = partner(office.by_list)
    odense.write()
    waits = []
    for failures in range(1, 12):
        assert odense.fetching.fetch_due() == (1, 0)
        row = odense.sources()["crl"]
        assert row["failures"] == failures
        assert row["last_error"].startswith("no connection")
        waits.append(row["next_try"] - odense.rig.clock.time)
        odense.rig.clock.time = row["next_try"]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=6))


def test_a_stale_list_is_accepted_in_the_grace_period_and_then_mail_waits_for_a_new_one(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    office.publish(made=now - DAY, until=now + DAY, number=20)
    with office.served():
        odense.write()
        assert odense.fetching.fetch_due() == (1, 1)
    assert odense.revocation(odense.write()) == "good"
    rig.clock.time += timedelta(days=3)
    flagged = odense.write()
    assert (rig.judged(flagged)[0], odense.revocation(flagged)) == ("manual", "stale-accepted")
    assert any("out of date" in step["words"] for step in rig.trace(flagged))

    rig.clock.time += timedelta(days=6)
    received = rig.clock.time
    waiting = odense.ask_for_a_place()
    assert rig.judged(waiting) == ("quarantined", "keys.certificate.revocation_stale")
    notices = len(rig.outgoing(kind="notice", role="notice"))
    rig.clock.time += timedelta(days=2)
    office.publish(made=rig.clock.time - DAY, number=21)
    child.enter_context(office.served())
    assert odense.fetching.fetch_due() == (1, 1)
    rig.settle()

    assert rig.judged(waiting) == ("processed", None)
    judged = [(s["judgement"], s["code"]) for s in rig.trace(waiting) if s["stage"] == "signed"]
    assert judged == [(1, "keys.certificate.revocation_stale"), (2, "keys.signature.good")]
    assert len(rig.outgoing(kind="notice", role="notice")) == notices, "nobody is told twice"
    evidence = rig.letter("received").evidence
    assert evidence["message"]["received_at"].startswith(f"{received:%Y-%m-%dT%H:%M}")
    (case,) = rig.cases()
    assert case["opened_at"] == received, "and every deadline counts from there"


FLAGS = x509.ReasonFlags
AFTER: list[tuple[x509.ReasonFlags | None, int, str]] = [
    (None, 1, "good"),
    (FLAGS.superseded, 1, "good"),
    (FLAGS.superseded, -1, "keys.certificate.revoked"),
    (FLAGS.key_compromise, 1, "keys.certificate.revoked"),
]


@pytest.mark.parametrize(("reason", "days", "judged"), AFTER)
def test_mail_that_waited_is_judged_as_of_its_receipt(
    reason: x509.ReasonFlags | None,
    days: int,
    judged: str,
    *,
    office: Office,
    partner: Callable[..., Partner],
    child: ExitStack,
) -> None:
    """The list that comes at last names the certificate, as revoked after receipt or before."""
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    number = 200 + AFTER.index((reason, days, judged)) * 2
    office.publish(made=now - 30 * DAY, until=now - 20 * DAY, number=number)
    child.enter_context(office.served())
    odense.write()
    odense.fetching.fetch_due()
    waiting = odense.write()
    assert rig.judged(waiting)[1] == "keys.certificate.revocation_stale"
    revoked = Entry(office.by_list, now + days * DAY, reason)
    rig.clock.time += 2 * DAY
    office.publish(revoked, made=rig.clock.time, number=number + 1)
    odense.fetching.fetch_due()
    rig.settle()
    assert odense.revocation(waiting) == judged
    assert rig.judged(waiting)[0] == ("manual" if judged == "good" else "quarantined")


def test_a_list_of_another_authority_judges_nothing_anew(
    office: Office, partner: Callable[..., Partner], child: ExitStack, tmp_path: Path
) -> None:
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    office.publish(made=now - 30 * DAY, until=now - 20 * DAY, number=30)
    other = Authority(tmp_path)
    (office.folder / "other.crl").write_bytes(make_list(other.root, made=now - DAY))
    child.enter_context(office.served())
    odense.write()
    odense.fetching.fetch_due()
    waiting = odense.write()
    assert rig.judged(waiting) == ("quarantined", "keys.certificate.revocation_stale")
    url = f"http://127.0.0.1:{office.port}/other.crl"
    rig.run("anchor", "add", str(other.root.pem), "--crl", url)
    rig.settle()
    before = rig.message(waiting)["judged"]
    assert odense.fetching.fetch_due() == (1, 1)
    rig.settle()
    assert rig.message(waiting)["judged"] == before


def test_the_clock_does_it_and_check_tells_how_it_stands(
    office: Office, partner: Callable[..., Partner]
) -> None:
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    office.publish(made=now - DAY, until=now + DAY, number=55)

    def check() -> tuple[str, str]:
        with patch.object(checks, "open_clock", lambda _: rig.clock):
            (row,) = (row for row in checks.run(rig.settings) if row["what"] == "revocation")
        return row["state"], row["words"]

    assert check() == ("good", "0 source(s) are asked")
    odense.write()
    with office.served():
        asyncio.run(rig.duties.fetch_revocation())
    assert odense.revocation(odense.write()) == "good"
    assert check() == ("good", "1 source(s) are asked")
    rig.clock.time += timedelta(minutes=61)
    asyncio.run(rig.duties.fetch_revocation())
    assert check() == ("good", "1 source(s) are asked, 1 of them in vain at the last try")
    rig.clock.time += timedelta(days=2)
    state, words = check()
    assert state == "wrong"
    assert "`anchor sources`" in words


def test_nothing_is_fetched_where_the_operator_says_so(
    office: Office, partner: Callable[..., Partner]
) -> None:
    def never(text: str) -> str:
        return f"{text}\n[trust]\nfetch = false\n"

    odense = partner(office.by_list, change_settings=never)
    odense.write()
    assert odense.fetching.fetch_due() == (0, 0)
    assert odense.sources() == {}


def test_what_is_missing_is_quarantined_where_the_operator_says_so(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    def strict(text: str) -> str:
        return f'{text}\n[trust]\nmissing_revocation = "quarantine"\n'

    odense = partner(office.by_list, change_settings=strict)
    rig, now = odense.rig, odense.rig.clock.now()
    waiting = odense.write()
    assert rig.judged(waiting) == ("quarantined", "keys.certificate.revocation_missing")
    office.publish(made=now - DAY, number=40)
    of_root = office.folder / "root.crl"
    of_root.write_bytes(make_list(office.authority.root, made=now - 8 * DAY, until=now + DAY))
    rig.run("anchor", "add", str(office.authority.root.pem), "--crl", str(of_root))
    child.enter_context(office.served())
    odense.fetching.fetch_due()
    rig.settle()
    assert rig.judged(waiting)[0] == "manual"


def test_a_list_reaches_the_workers_without_a_new_process(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    gateway: Any = wiring.Gateway(rig.settings, workers=2)
    child.callback(gateway.close)
    office.publish(made=now - DAY, number=50)
    child.enter_context(office.served())
    odense.write()

    def read() -> str:
        with rig.gateway.store.read() as unit:
            raw = mails.raw(unit, 1)
            waiting = mails.Waiting(
                1, now, "smtp", "", None, "", None, sha256="", judged=0, raw=raw or b""
            )
        (found,) = gateway.workers.read([waiting])
        return str(found.opened.trust.revocation)

    assert read() == "unknown"
    before = set(gateway._workers._pool._processes)
    odense.fetching.fetch_due()
    assert read() == "good"
    assert set(gateway._workers._pool._processes) >= before
    rig.run("anchor", "add", str(office.authority.issuing.pem))
    assert read() == "good"
    assert not set(gateway._workers._pool._processes) & before, "an anchor makes them anew"


def test_registered_certificates_are_asked_about_before_their_first_mail(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    odense.rig.run("anchor", "add", str(office.authority.issuing.pem))
    office.publish(made=odense.rig.clock.now() - DAY, number=60)
    child.enter_context(office.served())
    assert odense.fetching.fetch_due() == (1, 1)
    assert odense.revocation(odense.write()) == "good"


def test_what_no_verdict_rests_on_is_let_go_and_the_rest_stays(
    office: Office, partner: Callable[..., Partner], child: ExitStack
) -> None:
    odense = partner(office.by_list)
    rig, now = odense.rig, odense.rig.clock.now()
    child.enter_context(office.served())
    odense.write()
    marks = []
    for number in (70, 71, 72):
        office.publish(made=rig.clock.time - DAY, until=now + 300 * DAY, number=number)
        assert odense.fetching.fetch_due() == (1, 1)
        with rig.gateway.store.read() as unit:
            r = t.revocations.c
            marks.append(unit.connection.execute(select(r.sha256)).scalar_one())
        if number == 70:
            assert odense.revocation(odense.write()) == "good"
        rig.clock.time += timedelta(minutes=61)
    rig.clock.time += timedelta(days=90)
    odense.fetching.let_go()
    with rig.gateway.store.read() as unit:
        left = grounds.read(unit, marks)
    assert set(left) == {marks[0], marks[2]}, "one that a verdict names, and the one that counts"
    assert x509.load_der_x509_crl(left[marks[2]]).extensions is not None
