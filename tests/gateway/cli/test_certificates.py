"""`partner certificate`: several at once, the right one used, held mail let go, one retired."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from gateway.errors import Refused
from gateway.showcase import openssl
from gateway.showcase.authority import Identity
from gateway.showcase.runner import openssl as run_openssl
from gateway.store.certificates import Certificate, newest_to_encrypt
from keys.certificates import der_of
from keys.identity import fingerprint
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig, World

AARHUS = ("Aarhus Kommune", "55133018", "sikkermail@aarhus.example")


@pytest.fixture
def home(make_rig: Callable[..., Rig]) -> Rig:
    rig = make_rig(key="p256")
    rig.clock.time = datetime.now(UTC)
    return rig


def another(world: World, **more: Any) -> Identity:
    """A further key and certificate of Aarhus."""
    return world.authority.kommune(*AARHUS, key="p256", **more)


def with_usage(world: World, folder: Path, usage: str) -> Identity:
    """One whose certificate is for one use alone."""
    office = world.authority.folder / "issuing"
    key, request, pem = (folder / f"{usage}.{end}" for end in ("key", "csr", "pem"))
    run_openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-out", str(key))  # fmt: skip
    subject = "/C=DK/organizationIdentifier=NTRDK-55133018/O=Aarhus Kommune/CN=Aarhus"
    run_openssl("req", "-new", "-key", str(key), "-subj", subject, "-out", str(request))
    (folder / "ext").write_text(
        f"keyUsage=critical,{usage}\nextendedKeyUsage=emailProtection\n"
        f"subjectAltName=email:{AARHUS[2]}\nsubjectKeyIdentifier=hash\n"
    )
    run_openssl(
        "x509", "-req", "-in", str(request), "-CA", str(office / "ca.pem"),
        "-CAkey", str(office / "ca.key"), "-set_serial", str(datetime.now(UTC).microsecond + 9000),
        "-days", "365", "-extfile", str(folder / "ext"), "-out", str(pem),
    )  # fmt: skip
    return Identity(AARHUS[0], AARHUS[2], key, pem, world.authority.intermediate)


def mark(who: Identity) -> str:
    text = run_openssl("x509", "-in", str(who.certificate), "-noout", "-fingerprint", "-sha256")
    return text.decode().partition("=")[2].strip().replace(":", "").lower()


def listed(rig: Rig) -> dict[str, dict[str, Any]]:
    rows = json.loads(rig.run("partner", "certificate", "list", "aarhus", "--json"))
    return {row["fingerprint"]: row for row in rows}


def opens(rig: Rig, who: Identity) -> bool:
    """Whether the last receipt to Aarhus is opened with this key."""
    raw = rig.letter("received", to=AARHUS[2]).raw
    try:
        openssl.open_mail(raw, who.key, who.certificate, rig.certificate)
    except (openssl.OpensslError, subprocess.CalledProcessError):
        return False
    return True


def test_mail_is_sealed_to_the_newest_certificate_and_both_may_sign(home: Rig) -> None:
    second = another(home.world)
    assert second.chain is not None
    whole = home.home / "whole.pem"
    whole.write_bytes(second.certificate.read_bytes() + second.chain.read_bytes())
    said = home.run("partner", "certificate", "add", "aarhus", str(whole))
    assert "Note" not in said

    for sender in (home.aarhus, second):
        mail = home.send(sender, home.request())
        assert home.judged(mail) == ("processed", None)
        assert opens(home, second)
        assert not opens(home, home.aarhus)
    rows = listed(home)
    assert rows[mark(second)]["sealed_to"]
    assert not rows[mark(home.aarhus)]["sealed_to"]


def test_an_ended_certificate_beside_a_valid_one_stops_nothing(world: World) -> None:
    kept = {}
    periods = {"valid": "valid", "ended": "expired", "coming": "not_yet_valid"}
    for name, validity in periods.items():
        who = another(world, validity=validity)
        read = x509.load_pem_x509_certificate(who.certificate.read_bytes())
        kept[name] = Certificate(fingerprint(read), der_of(read), False)
    now = datetime.now(UTC)

    for order in (("valid", "ended", "coming"), ("coming", "ended", "valid")):
        assert newest_to_encrypt([kept[name] for name in order], now) == kept["valid"]
    assert newest_to_encrypt([kept["ended"], kept["coming"]], now) is None
    broken = Certificate("00", b"\x30\x00", False)
    assert newest_to_encrypt([broken], now) is None


def test_one_certificate_signs_and_another_is_sealed_to(home: Rig, tmp_path: Path) -> None:
    signer = with_usage(home.world, tmp_path, "digitalSignature")
    opener = with_usage(home.world, tmp_path, "keyAgreement")
    for who in (opener, signer):
        home.run("partner", "certificate", "add", "aarhus", str(who.certificate))
    home.clock.time = datetime.now(UTC)  # they begin as they are issued

    mail = home.send(signer, home.request())
    assert home.judged(mail) == ("processed", None)
    assert opens(home, opener)
    rows = listed(home)
    assert rows[mark(signer)]["uses"] == ["sign"]
    assert rows[mark(opener)]["uses"] == ["encrypt"]
    mail = home.send(opener, home.request())
    assert home.judged(mail) == ("quarantined", "keys.certificate.usage")


def test_mail_held_for_want_of_a_certificate_goes_out_when_one_is_added(home: Rig) -> None:
    home.run("partner", "certificate", "retire", "aarhus", mark(home.aarhus))
    second = another(home.world)
    home.send(second, home.request())
    assert home.letter("received", to=AARHUS[2]).state == "held"

    said = home.run("partner", "certificate", "add", "aarhus", str(second.certificate))
    home.settle()

    assert "go out" in said
    assert home.letter("received", to=AARHUS[2]).state == "sent"
    assert opens(home, second)


def test_what_a_retired_certificate_signed_is_nobodys_until_it_is_added_again(home: Rig) -> None:
    second = another(home.world)
    home.run("partner", "certificate", "add", "aarhus", str(second.certificate))
    home.run("partner", "certificate", "retire", "aarhus", mark(home.aarhus)[:16])

    mail = home.send(home.aarhus, home.request())
    assert home.judged(mail) == ("quarantined", "sender.retired")
    assert listed(home)[mark(home.aarhus)]["retired"]
    home.run("partner", "certificate", "add", "aarhus", str(home.aarhus.certificate))
    home.settle()
    assert home.judged(mail) == ("processed", None)


def test_a_facility_gets_a_further_certificate_too(home: Rig) -> None:
    second = home.world.authority.facility("Granbo", "granbo@rm.example", key="p256")
    home.run("facility", "certificate", "add", "granbo", str(second.certificate))
    home.send(home.aarhus, home.request())

    raw = home.outgoing(to="granbo@rm.example")[-1].raw
    assert openssl.open_mail(raw, second.key, second.certificate, home.certificate).entity


def test_a_certificate_that_would_serve_nobody_is_refused(
    sagspost: Command, home: Rig, tmp_path: Path
) -> None:
    def refused(who: Identity | Path) -> str:
        path = who if isinstance(who, Path) else who.certificate
        done = sagspost("partner", "certificate", "add", "aarhus", path, home=home.home)
        assert (done.status, done.out) == (1, "")
        return done.err

    odense = home.world.authority.kommune("Odense", "35209115", "s@odense.example", key="p256")
    assert "names 35209115, not 55133018" in refused(odense)
    assert "is registered for viborg" in refused(home.viborg)
    assert "has ended" in refused(another(home.world, validity="expired"))
    assert "already" in refused(home.aarhus)
    assert "no certificate" in refused(home.home / "sagspost.toml")
    assert "neither sign nor" in refused(with_usage(home.world, tmp_path, "keyCertSign"))
    revoked = another(home.world)
    home.world.authority.revoke(revoked)
    home.run("anchor", "add", str(home.world.authority.anchor), "--crl",
             str(home.world.authority.crl()))  # fmt: skip
    assert revoked.chain is not None
    whole = tmp_path / "whole.pem"
    whole.write_bytes(revoked.certificate.read_bytes() + revoked.chain.read_bytes())
    assert "is revoked" in refused(whole)
    assert set(listed(home)) == {mark(home.aarhus)}


def test_one_without_an_anchor_is_kept_and_told(home: Rig) -> None:
    stranger = home.world.stranger.kommune(*AARHUS, key="p256")

    said = home.run("partner", "certificate", "add", "aarhus", str(stranger.certificate))

    assert "no anchor" in said
    mail = home.send(stranger, home.request())
    assert home.judged(mail) == ("quarantined", "keys.certificate.untrusted")


def test_a_fingerprint_that_names_none_or_several_retires_nothing(home: Rig) -> None:
    for wrong in ("", "00", "0" * 64):
        with pytest.raises(Refused):
            home.run("partner", "certificate", "retire", "aarhus", wrong)
    assert not listed(home)[mark(home.aarhus)]["retired"]


def test_a_certificate_is_taken_from_a_signed_mail(home: Rig) -> None:
    second = another(home.world)
    mail = home.send(second, home.request())
    home.run("partner", "certificate", "add", "aarhus", "--from-mail", mail)

    assert set(listed(home)) == {mark(home.aarhus), mark(second)}


def test_a_mail_that_is_not_trusted_brings_no_certificate(sagspost: Command, home: Rig) -> None:
    stranger = home.world.stranger.kommune(*AARHUS, key="p256")
    mail = home.send(stranger, home.request())
    viborgs = home.send(home.viborg, home.request())

    for options, told in (
        (("--from-mail", mail), "no signature that is trusted"),
        (("--from-mail", viborgs), "registered for viborg"),
        (("--from-mail", "m999"), "no message m999"),
        ((), "a FILE, or --from-mail"),
    ):
        done = sagspost("partner", "certificate", "add", "aarhus", *options, home=home.home)
        assert (done.status, done.out) == (1, "")
        assert told in done.err
    assert set(listed(home)) == {mark(home.aarhus)}
