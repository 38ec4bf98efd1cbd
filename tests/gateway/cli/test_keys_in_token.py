"""A gateway whose private key is in a token: created there or found there, and used for mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import checks
from gateway.errors import Refused, TryLater
from gateway.showcase.runner import openssl as run_openssl
from keys import token
from keys.errors import TokenError
from tests.gateway.cli.test_keys import keys, pem, request_to, signed_by
from tests.gateway.rig import Rig
from tests.softhsm import SoftHsm, softhsm


@pytest.fixture(scope="module")
def hsm() -> SoftHsm:
    return softhsm()


@pytest.fixture
def home(make_rig: Callable[..., Rig], hsm: SoftHsm) -> Rig:
    """A home whose settings name the token."""
    section = f'\n[hsm]\nmodule = "{hsm.module}"\ntoken = "{hsm.label}"\n'
    section += f'pin_file = "{hsm.at.pin_file}"\n'
    rig = make_rig(key="p256", change_settings=lambda text: text + section)
    rig.clock.time = datetime.now(UTC)
    return rig


@pytest.mark.parametrize("kind", ["rsa3072", "p256"])
def test_a_key_made_in_the_token_opens_mail_and_signs_receipts(home: Rig, kind: str) -> None:
    home.run("key", "create", "hsm", "--kind", kind, "--pkcs11", f"made-{kind}")
    home.run("key", "destroy", "gateway", "--yes")

    assert keys(home)["hsm"]["in"] == "token"
    assert not list((home.home / "keys").glob("*.key"))
    mail = home.deliver(request_to(home, pem(home, "hsm")))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    assert signed_by(home, pem(home, "hsm"))


def test_a_key_that_lies_in_the_token_is_imported_with_its_certificate(
    home: Rig, hsm: SoftHsm, tmp_path: Path
) -> None:
    made = home.world.authority.inbox("Region", "29190925", "s@rm.example", key="p256")
    for kind, source, type_ in (("pkey", made.key, "privkey"), ("x509", made.certificate, "cert")):
        der = tmp_path / f"{type_}.der"
        run_openssl(kind, "-in", str(source), "-outform", "DER", "-out", str(der))
        usage = ["--usage-sign", "--usage-derive"] if type_ == "privkey" else []
        named = ("--type", type_, "--label", "oces", "--id", "33")
        hsm.tool("--write-object", str(der), *named, *usage)
    public = tmp_path / "public.der"
    run_openssl("pkey", "-in", str(made.key), "-pubout", "-outform", "DER", "-out", str(public))
    hsm.tool("--write-object", str(public), "--type", "pubkey", "--label", "oces", "--id", "33")

    home.run("key", "import", "--id", "oces", "--pkcs11", "oces")
    home.run("key", "retire", "gateway")
    mail = home.deliver(request_to(home, made.certificate))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    (told,) = (row for row in keys(home).values() if row["id"] == "oces")
    assert told["signs"]
    assert told["partners_encrypt"]
    assert not signed_by(home, home.certificate)


def test_a_renewed_key_stays_in_the_token_and_a_destroyed_one_leaves_it(
    home: Rig, hsm: SoftHsm
) -> None:
    home.run("key", "create", "hsm", "--kind", "p256", "--pkcs11", "to-renew")
    home.run("key", "renew", "hsm", "--to", "hsm-next")

    assert keys(home)["hsm-next"]["in"] == "token"
    assert {"to-renew", "hsm-next"} <= set(hsm.at.labels())
    home.run("key", "destroy", "hsm", "--yes")
    assert "to-renew" not in hsm.at.labels()
    assert "hsm-next" in hsm.at.labels()


def test_mail_waits_while_the_token_is_away_and_goes_on_when_it_is_back(
    home: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.run("key", "create", "hsm", "--kind", "p256", "--pkcs11", "away")
    first = home.deliver(request_to(home, pem(home, "hsm")))
    home.settle()
    assert home.judged(first) == ("processed", None)
    mail = home.deliver(request_to(home, pem(home, "hsm")))

    def away(session: token._Session) -> None:
        raise TokenError(f"token {session._at.label}: DeviceRemoved")

    with monkeypatch.context() as gone:
        gone.setattr(token._Session, "_session", away)
        home.gateway.pipeline.process()
        assert home.judged(mail) == ("received", None)
        rows = {row["what"]: row for row in checks.run(home.settings)}
        assert rows["keys"]["state"] == "wrong"
        assert "DeviceRemoved" in rows["keys"]["words"]
    home.gateway.pipeline._resting_until = 0.0
    home.gateway.pipeline.process()
    with monkeypatch.context() as gone:
        gone.setattr(token._Session, "_session", away)
        with pytest.raises(TryLater, match="DeviceRemoved"):
            home.gateway.making.make_waiting(100)
        home.gateway._end_workers()
        with pytest.raises(TryLater, match="DeviceRemoved"):
            home.gateway.workers.warm()
    home.settle()
    assert home.judged(mail) == ("processed", None)
    assert not home.outgoing(state="held")


def test_a_label_that_is_not_in_the_token_makes_nothing(home: Rig) -> None:
    with pytest.raises((Refused, AssertionError)):
        home.run("key", "import", "--id", "hsm", "--pkcs11", "nobody")
    assert set(keys(home)) == {"gateway"}
