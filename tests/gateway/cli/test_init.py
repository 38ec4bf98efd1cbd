"""`init` makes a home that works, and never touches one that is there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway import settings
from gateway.showcase import openssl
from gateway.store.migrate import expected_version
from keys.identity import Organisation, organisation_of
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import World

LEAST = (
    "init", "--name", "Region Midtjylland", "--cvr", "29190925",
    "--address", "sikkermail@rm.example", "--inbox", "betalingsaftaler@rm.example",
)  # fmt: skip
SECRETS = ("gateway.key", "tls-key.pem", "vault.hex", "chain.hex", "bounce.hex")


def test_init_makes_settings_keys_and_database(sagspost: Command, tmp_path: Path) -> None:
    done = sagspost(*LEAST)
    home = tmp_path / "home"

    assert done.status == 0, done.err
    assert "gateway.pem" in done.out
    for name in ("sagspost.toml", "sagspost.db", "keys/gateway.pem", "keys/tls.pem"):
        assert (home / name).is_file()
    certificate = x509.load_pem_x509_certificate((home / "keys" / "gateway.pem").read_bytes())
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    assert key.key_size == 3072


def test_the_certificate_is_one_that_openssl_takes(sagspost: Command, tmp_path: Path) -> None:
    sagspost(*LEAST, "--key", "p256")
    file = tmp_path / "home" / "keys" / "gateway.pem"

    told = openssl.openssl("x509", "-in", str(file), "-noout", "-text").decode()

    assert "NTRDK-29190925" in told
    assert "email:sikkermail@rm.example" in told
    assert isinstance(
        x509.load_pem_x509_certificate(file.read_bytes()).public_key(), EllipticCurvePublicKey
    )


@pytest.mark.parametrize("option", ["--cvr", "--orgnr"])
@pytest.mark.parametrize("written", ["212000-0142", "2120000142"])
def test_a_swedish_authority_is_named_by_its_organisation_number(
    sagspost: Command, tmp_path: Path, option: str, written: str
) -> None:
    done = sagspost(
        "init", "--name", "Stockholms stad", option, written, "--language", "sv", "--key", "p256",
        "--address", "bestallning@stad.example", "--inbox", "bistand@stad.example",
    )  # fmt: skip
    home = tmp_path / "home"

    assert done.status == 0, done.err
    assert settings.load(home).authority.cvr == "2120000142"
    assert "organisationsnummer" in (home / "sagspost.toml").read_text("utf-8")
    certificate = x509.load_pem_x509_certificate((home / "keys" / "gateway.pem").read_bytes())
    assert organisation_of(certificate) == Organisation("orgnr", "2120000142")


def test_private_files_are_for_their_owner_alone(sagspost: Command, tmp_path: Path) -> None:
    sagspost(*LEAST, "--key", "p256")
    home = tmp_path / "home"

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in SECRETS:
        assert stat.S_IMODE((home / "keys" / name).stat().st_mode) == 0o600, name


def test_every_option_ends_in_the_settings(sagspost: Command, tmp_path: Path, world: World) -> None:
    done = sagspost(
        *LEAST, "--language", "sv", "--case-prefix", "RSYD", "--key", "p256",
        "--inbox-certificate", world.inbox.certificate, "--smtp", "127.0.0.1:2599",
        "--relay", "smtps://relay.example:465", "--console", "127.0.0.1:8099",
    )  # fmt: skip
    made = settings.load(tmp_path / "home")

    assert done.status == 0, done.err
    assert made.authority.name == "Region Midtjylland"
    assert (made.authority.language, made.authority.case_prefix) == ("sv", "RSYD")
    assert made.mailbox[0].address == "sikkermail@rm.example"
    assert made.authority.inbox == "betalingsaftaler@rm.example"
    assert made.authority.inbox_certificate is not None
    kept = made.path(made.authority.inbox_certificate)
    assert kept.read_bytes() == world.inbox.certificate.read_bytes()
    assert (made.smtp.listen, made.relay.url) == ("127.0.0.1:2599", "smtps://relay.example:465")
    assert made.console.listen == "127.0.0.1:8099"


def test_init_never_overwrites(sagspost: Command, tmp_path: Path) -> None:
    sagspost(*LEAST, "--key", "p256")
    files = [p for p in (tmp_path / "home").rglob("*") if p.is_file()]
    before = {path: path.read_bytes() for path in files}

    done = sagspost(*LEAST, "--key", "p256")

    assert done.status == 1
    assert "never overwrites" in done.err
    assert {path: path.read_bytes() for path in files} == before


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--cvr", "1234"), "authority.cvr"),
        (("--orgnr", "212000-0143"), "authority.cvr"),
        (("--address", "nobody"), "mailbox.0.address"),
        (("--smtp", "2525"), "HOST:PORT"),
        (("--relay", "http://relay.example"), "smtps://HOST:PORT"),
        (("--language", "no"), "'da', 'sv' or 'en'"),
        (("--key", "dsa"), "rsa3072, rsa4096, p256, p384"),
        (("--case-prefix", "rm"), "authority.case_prefix"),
        (("--inbox-certificate", "/nowhere.pem"), "/nowhere.pem"),
    ],
)
def test_a_wrong_option_is_named_and_leaves_nothing(
    sagspost: Command, tmp_path: Path, wrong: tuple[str, str], told: str
) -> None:
    done = sagspost(*LEAST, *wrong)

    assert done.status == 1
    assert told in done.err
    assert not (tmp_path / "home" / "sagspost.toml").exists()
    assert not (tmp_path / "home" / "keys").exists()


def test_the_home_may_come_from_the_environment(
    sagspost: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGSPOST_HOME", str(tmp_path / "elsewhere"))

    assert settings.home_from(None) == tmp_path / "elsewhere"
    monkeypatch.delenv("SAGSPOST_HOME")
    assert settings.home_from(None) == Path.cwd() / "sagspost-home"


def test_migrate_says_where_the_database_is(sagspost: Command, tmp_path: Path) -> None:
    sagspost(*LEAST, "--key", "p256")

    again = sagspost("migrate")
    (tmp_path / "home" / "sagspost.db").unlink()
    anew = sagspost("migrate")

    assert again.status == anew.status == 0
    assert f"Database at {expected_version()}" in again.out
    assert "was empty" in anew.out
