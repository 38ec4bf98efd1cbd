"""Mail to a partner with a tunnel and no certificate: signed, over that tunnel, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Refused
from gateway.showcase import openssl
from gateway.showcase.inboxes import Inboxes
from tests.gateway.outbound.far_end import FarEnd
from tests.gateway.rig import TLS, Rig, Sent

ADDRESS = "sikkermail@favrskov.example"


@pytest.fixture
def relay() -> Iterator[Inboxes]:
    """The relay of all other mail."""
    with Inboxes() as inboxes:
        yield inboxes


@pytest.fixture
def rig(make_rig: Callable[..., Rig], relay: Inboxes) -> Rig:
    """Favrskov writes through its tunnel; nobody has a certificate of it."""
    made = make_rig(
        change_settings=lambda text: text.replace(
            "smtp://127.0.0.1:2526", f"smtp://127.0.0.1:{relay.port}"
        )
    )
    made.run(
        "partner", "add", "favrskov", "--name", "Favrskov Kommune", "--cvr", "29189714",
        "--municipality", "0710", "--address", ADDRESS,
    )  # fmt: skip
    return made


@pytest.fixture
def make_end(rig: Rig, tmp_path: Path) -> Iterator[Callable[..., FarEnd]]:
    made: list[FarEnd] = []

    def make(*, asks: bool = True, tls: bool = True) -> FarEnd:
        client = rig.home / "keys" / "tls.pem" if asks else None
        made.append(FarEnd(tmp_path / f"end-{len(made)}", client, tls=tls))
        return made[-1]

    yield make
    for one in made:
        one.close()


def dig(rig: Rig, end: FarEnd, *, ca: Path | None = None) -> None:
    """Register the tunnel of Favrskov in both directions."""
    rig.run(
        "partner", "tunnel", "add", "favrskov", str(rig.world.favrskov.certificate),
        "--relay", f"smtp+starttls://127.0.0.1:{end.port}", "--ca", str(ca or end.certificate),
    )  # fmt: skip


def ask(rig: Rig, **changes: Any) -> str:
    """Let a request of Favrskov come through its tunnel, and make what it causes."""
    client = openssl.openssl("x509", "-in", str(rig.world.favrskov.certificate), "-outform", "DER")
    entity = rig.json(rig.request(acting_municipality="0710", **changes), rig.world.favrskov)
    mail = rig.deliver(
        openssl.dress(entity, rig.outer(ADDRESS)),
        tls=TLS | {"certificate_sha256": hashlib.sha256(client).hexdigest()},
    )
    rig.work()
    return mail


def send(rig: Rig, until: Callable[[], bool], seconds: float = 10) -> None:
    """Let the real outbox send until something is so."""

    async def run() -> None:
        stopping = asyncio.Event()
        task = asyncio.create_task(rig.gateway.sending().run(stopping, lambda: True))
        for _ in range(int(seconds / 0.02)):
            if until():
                break
            await asyncio.sleep(0.02)
        stopping.set()
        await task
        await asyncio.sleep(0.05)  # the loop closes what was closed

    asyncio.run(run())
    assert until()


def tries(rig: Rig, sent: Sent) -> tuple[str, str]:
    row = next(row for row in rig.outbox() if row["id"] == f"o{sent.id}")
    return row["state"], row["last_reply"] or ""


def test_a_receipt_goes_signed_through_the_tunnel_and_no_other_way(
    rig: Rig, relay: Inboxes, make_end: Callable[..., FarEnd]
) -> None:
    end = make_end()
    dig(rig, end)
    ask(rig, facility="ukendt")

    send(rig, lambda: bool(end.mails))

    ((to, raw),) = end.mails
    assert to == ADDRESS
    signed = openssl.open_signed(raw, rig.certificate)  # OpenSSL verifies
    assert b'hp="clear"' in signed.entity
    (receipt,) = rig.outgoing(to=ADDRESS)
    assert (receipt.kind, receipt.state) == ("refused", "sent")
    assert receipt.codes == ["facility.unknown"]
    assert relay.to(ADDRESS) == ()
    shown = openssl.openssl("x509", "-in", str(rig.home / "keys" / "tls.pem"), "-outform", "DER")
    assert end.clients == [hashlib.sha256(shown).hexdigest()]


def test_the_case_moves_on_when_the_tunnel_has_taken_the_draft(
    rig: Rig, relay: Inboxes, make_end: Callable[..., FarEnd]
) -> None:
    end = make_end()
    dig(rig, end)
    ask(rig)
    send(rig, lambda: len(relay.arrived) >= 2)  # the notices to facility and inbox
    rig.work()
    send(rig, lambda: len(end.mails) == 1)
    (number,) = (row["number"] for row in rig.cases())
    rig.act(number, "offer", **rig.terms())
    send(rig, lambda: len(end.mails) == 2)

    kinds = [(sent.kind, sent.state, sent.is_sealed) for sent in rig.outgoing(to=ADDRESS)]
    assert kinds == [("received", "sent", False), ("draft", "sent", False)]
    assert set(rig.letter("draft").letter.attachments) >= {"evidence.json", "evidence.json.p7s"}
    assert rig.state(number) == "DRAFT_SENT"
    assert {mail.envelope_to for mail in relay.arrived} == {
        rig.granbo.address,
        rig.world.inbox.address,
    }


@pytest.mark.parametrize("fault", ["another certificate", "no TLS"])
def test_a_tunnel_that_cannot_be_verified_gets_nothing(
    rig: Rig, relay: Inboxes, make_end: Callable[..., FarEnd], fault: str
) -> None:
    end = make_end(tls=fault != "no TLS")
    other = make_end()
    dig(rig, end, ca=other.certificate)
    ask(rig, facility="ukendt")
    (receipt,) = rig.outgoing(to=ADDRESS)

    send(rig, lambda: tries(rig, receipt)[1] != "")

    state, reply = tries(rig, receipt)
    assert state == "queued"
    assert ("certificate verify failed" if fault == "another certificate" else "STARTTLS") in reply
    assert end.mails == other.mails == []
    assert relay.arrived == ()


def test_what_was_held_goes_through_a_tunnel_that_is_registered_later(
    rig: Rig, make_end: Callable[..., FarEnd]
) -> None:
    rig.run("partner", "tunnel", "add", "favrskov", str(rig.world.favrskov.certificate))
    ask(rig, facility="ukendt")
    (receipt,) = rig.outgoing(to=ADDRESS)
    assert (receipt.state, receipt.raw) == ("held", b"")
    assert rig.letter("alert", to=rig.world.inbox.address)

    end = make_end()
    dig(rig, end)
    rig.run("outbox", "retry", f"o{receipt.id}")
    rig.work()
    send(rig, lambda: bool(end.mails))

    assert rig.outgoing(to=ADDRESS)[0].codes == ["facility.unknown"]


def test_a_partner_with_a_certificate_gets_sealed_mail_and_no_tunnel(
    rig: Rig, relay: Inboxes, make_end: Callable[..., FarEnd]
) -> None:
    end = make_end()
    client = str(rig.viborg.certificate)
    way = ("--relay", f"smtp+starttls://127.0.0.1:{end.port}", "--ca", str(end.certificate))
    rig.run("partner", "tunnel", "add", "aarhus", client, *way)
    rig.deliver(rig.seal(rig.aarhus, rig.request(facility="ukendt")))
    rig.work()

    send(rig, lambda: bool(relay.to(rig.aarhus.address)))

    assert rig.letter("refused").is_sealed
    assert end.mails == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--relay", "smtp://127.0.0.1:25"), "smtp+starttls://"),
        (("--relay", "relay.favrskov.example"), "HOST:PORT"),
        (("--ca", "sagspost.toml"), "--relay"),
        (("--relay", "smtps://relay.favrskov.example:465", "--ca", "sagspost.toml"), "PEM"),
    ],
)
def test_only_enforced_tls_is_registered_as_a_way_out(
    rig: Rig, options: tuple[str, ...], told: str
) -> None:
    given = [str(rig.home / one) if one == "sagspost.toml" else one for one in options]

    with pytest.raises(Refused, match=re.escape(told)):
        rig.run("partner", "tunnel", "add", "favrskov", str(rig.world.favrskov.certificate), *given)


def test_the_notice_of_a_quarantine_is_held_where_it_cannot_be_sealed(rig: Rig) -> None:
    """Even a mail without content tells who writes to whom: it never leaves in clear."""
    mail = rig.deliver(openssl.dress(rig.words("Hej", rig.world.favrskov), rig.outer(ADDRESS)))
    rig.settle()

    assert rig.judged(mail)[0] == "quarantined"
    (notice,) = rig.outgoing(to=ADDRESS)
    assert (notice.kind, notice.state, notice.raw) == ("notice", "held", b"")
