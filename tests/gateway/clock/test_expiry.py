"""Warnings of certificates that end: in time, once each, and only where nothing follows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import select

from gateway import checks
from gateway.clock.duties import Duties
from gateway.clock.expiry import ending
from gateway.ownkeys import open_keyring
from gateway.showcase.authority import Identity
from gateway.store import tables as t
from gateway.wiring import inbox_certificate
from tests.gateway.cli.test_certificates import AARHUS, another, mark, with_usage
from tests.gateway.rig import INBOX, Rig


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    return make_rig(key="p256")


def check(rig: Rig, duties: Duties | None = None) -> list[Any]:
    """Let the clock look; gives what went out for it."""
    before = {sent.id for sent in rig.outgoing()}
    asyncio.run((duties or rig.duties).check_keys())
    rig.settle()
    return [sent for sent in rig.outgoing() if sent.id not in before]


def ends_of(who: Identity | Path) -> Any:
    path = who if isinstance(who, Path) else who.certificate
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc


def short(rig: Rig, folder: Path, key: str = "aarhus") -> Identity:
    """Leave the partner with one certificate that ends long before all others."""
    with_short = with_usage(rig.world, folder, "digitalSignature,keyAgreement")
    rig.run("partner", "certificate", "add", key, str(with_short.certificate))
    rig.run("partner", "certificate", "retire", key, mark(rig.aarhus))
    rig.readers[AARHUS[2]] = with_short
    return with_short


def test_nothing_is_said_while_nothing_ends(rig: Rig) -> None:
    assert check(rig) == []


def test_a_partner_and_operations_are_told_at_60_30_and_7_days_once_each(
    rig: Rig, tmp_path: Path
) -> None:
    last = short(rig, tmp_path)
    told: list[tuple[int, list[str]]] = []
    for left in (61, 60, 45, 30, 29, 10, 7, 3, 1):
        rig.clock.time = ends_of(last) - timedelta(days=left)
        sent = check(rig)
        told.append((left, sorted(one.kind for one in sent)))
        assert check(rig) == []

    both = ["alert", "certificate_ends"]
    assert told == [
        (61, []), (60, both), (45, []), (30, both), (29, []), (10, []), (7, both), (3, []), (1, []),
    ]  # fmt: skip
    letter = rig.letter("certificate_ends")
    assert letter.to == AARHUS[2]
    assert letter.is_sealed
    assert mark(last) in letter.text
    assert f"{ends_of(last):%Y-%m-%d}" in letter.text
    alert = rig.letter("alert")
    assert alert.to == INBOX
    assert "aarhus" in alert.text
    assert mark(last)[:16] in alert.text


@pytest.mark.parametrize(("language", "word"), [("sv", "löper ut"), ("en", "ends on")])
def test_the_partner_is_told_in_its_language(
    make_rig: Callable[..., Rig], language: str, word: str, tmp_path: Path
) -> None:
    rig = make_rig(key="p256")
    only = with_usage(rig.world, tmp_path, "digitalSignature,keyAgreement")
    rig.run("partner", "retire", "aarhus")
    rig.run("partner", "add", "aarhus2", "--name", AARHUS[0], "--cvr", AARHUS[1], "--address",
            AARHUS[2], "--certificate", str(only.certificate), "--language", language)  # fmt: skip
    rig.readers[AARHUS[2]] = only
    rig.clock.time = ends_of(only) - timedelta(days=20)
    check(rig)

    assert word in rig.letter("certificate_ends").text


def test_one_that_is_found_late_is_told_of_once(rig: Rig, tmp_path: Path) -> None:
    last = short(rig, tmp_path)
    rig.clock.time = ends_of(last) - timedelta(days=5)
    assert len(check(rig)) == 2
    with rig.gateway.store.read() as unit:
        w = t.expiry_warnings.c
        query = select(w.days).where(w.fingerprint == mark(last)).order_by(w.days)
        assert list(unit.connection.execute(query).scalars()) == [7, 30, 60]
    rig.clock.time = ends_of(last) - timedelta(days=1)
    assert check(rig) == []


def test_a_restart_tells_nothing_twice(rig: Rig, tmp_path: Path) -> None:
    last = short(rig, tmp_path)
    rig.clock.time = ends_of(last) - timedelta(days=50)
    assert len(check(rig)) == 2
    restarted = Duties(
        store=rig.gateway.store,
        settings=rig.settings,
        now=rig.clock.now,
        inbox_certificate=inbox_certificate(rig.settings),
    )
    assert check(rig, restarted) == []


def test_a_partner_that_has_a_successor_is_left_alone(rig: Rig, tmp_path: Path) -> None:
    last = short(rig, tmp_path)
    new = another(rig.world)
    rig.run("partner", "certificate", "add", "aarhus", str(new.certificate))
    rig.clock.time = ends_of(last) - timedelta(days=5)

    assert check(rig) == []


def test_a_successor_for_signing_alone_does_not_count_for_encryption(
    rig: Rig, tmp_path: Path
) -> None:
    opener = with_usage(rig.world, tmp_path, "keyAgreement")
    rig.run("partner", "certificate", "add", "aarhus", str(opener.certificate))
    rig.clock.time = ends_of(rig.aarhus) - timedelta(days=5)

    sent = check(rig)
    assert mark(rig.aarhus)[:16] in "".join(one.text for one in sent if one.kind == "alert")


def test_one_that_has_ended_is_told_to_operations_and_nothing_goes_out_unsealed(
    rig: Rig, tmp_path: Path
) -> None:
    last = short(rig, tmp_path)
    rig.clock.time = ends_of(last) + timedelta(days=1)

    assert [one.kind for one in check(rig)] == ["alert"]
    assert "udløbet" in rig.letter("alert").text


def test_our_own_key_and_an_anchor_are_told_to_operations(rig: Rig) -> None:
    rig.clock.time = ends_of(rig.certificate) - timedelta(days=7)

    (alert,) = [one for one in check(rig) if one.kind == "alert"]
    assert "Vores egen nøgle gateway" in alert.text
    assert "keys/tls.pem" in alert.text
    assert "keys/inbox.pem" in alert.text
    assert "Udstederen" in alert.text
    assert "Tilbuddet granbo" in alert.text


def test_a_renewed_key_of_ours_is_not_warned_about(rig: Rig) -> None:
    starts = (ends_of(rig.certificate) - timedelta(days=90)).date().isoformat()
    rig.run("key", "renew", "gateway", "--to", "next", "--starts", starts)
    rig.clock.time = ends_of(rig.certificate) - timedelta(days=7)

    ring, directory = open_keyring(rig.settings), rig.gateway.directory()
    found = ending(rig.settings, ring, directory, rig.clock.time)
    assert found
    assert "own" not in {one.kind for one in found}


def test_check_lists_what_ends_soon(make_rig: Callable[..., Rig], tmp_path: Path) -> None:
    rehearsal = make_rig(
        key="p256",
        change_settings=lambda text: text.replace("rehearsal = false", "rehearsal = true"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAGSPOST_CLOCK_OFFSET", "+1050d")
        rows = {row["what"]: row for row in checks.run(rehearsal.settings)}
    assert rows["certificates"]["state"] == "good"
    assert "aarhus" in rows["certificates"]["words"]
    assert "has no successor" in rows["certificates"]["words"]
