"""Own keys: issued, written privately, loaded, retired; and the vault's key file."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from keys.errors import KeyFileError
from keys.identity import Organisation, addresses_of, organisation_of
from keys.issuing import issue_tls_key
from keys.keyring import (
    KeyKind,
    destroy,
    folder_mark,
    issue_own_key,
    load_keyring,
    load_or_create_vault,
    load_secret,
    load_vault,
    own_certificates,
    read_own_key,
    retire,
    write_new,
    write_own_key,
)
from tests.keys.other_side import Party, openssl


def issue(folder: Path, key_id: str, kind: KeyKind, now: datetime) -> None:
    pair = issue_own_key("Region Midtjylland", "29190925", "sikker@rm.example", kind, now)
    write_own_key(folder, key_id, *pair)


@pytest.mark.parametrize("kind", ["rsa3072", "p256"])
def test_an_issued_key_names_the_authority_and_its_use(
    kind: KeyKind, tmp_path: Path, now: datetime
) -> None:
    issue(tmp_path, "gateway", kind, now)
    own = load_keyring(tmp_path).signing_at(now)
    assert own.algorithm == {"rsa3072": "RSA-3072", "p256": "P-256"}[kind]
    assert organisation_of(own.certificate) == Organisation("cvr", "29190925")
    assert addresses_of(own.certificate) == ("sikker@rm.example",)
    text = openssl("x509", "-in", tmp_path / "gateway.pem", "-noout", "-text").decode()
    assert "CA:FALSE" in text
    assert "E-mail Protection" in text
    assert "Digital Signature, Key " in text
    assert (tmp_path / "gateway.key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path, now: datetime) -> None:
    issue(tmp_path, "gateway", "p256", now)
    before = (tmp_path / "gateway.key").read_bytes()
    with pytest.raises(KeyFileError):
        issue(tmp_path, "gateway", "p256", now)
    assert (tmp_path / "gateway.key").read_bytes() == before
    for name in ("", "../x", "a/b", "."):
        with pytest.raises(KeyFileError):
            issue(tmp_path, name, "p256", now)


def test_the_newest_key_signs_and_a_retired_one_only_opens(tmp_path: Path, now: datetime) -> None:
    for key_id, age in (("old", 2), ("new", 0), ("middle", 1)):
        issue(tmp_path, key_id, "p256", now - timedelta(days=age))
    assert load_keyring(tmp_path).signing_at(now).key_id == "new"
    retire(tmp_path, "new")
    ring = load_keyring(tmp_path)
    assert ring.signing_at(now).key_id == "middle"
    assert len(ring.keys) == 3
    for key_id in ("middle", "old"):
        retire(tmp_path, key_id)
    with pytest.raises(KeyFileError):
        load_keyring(tmp_path).signing_at(now)


def test_a_private_key_that_everybody_can_read_is_refused(tmp_path: Path, now: datetime) -> None:
    issue(tmp_path, "gateway", "p256", now)
    (tmp_path / "gateway.key").chmod(0o644)
    with pytest.raises(KeyFileError) as caught:
        load_keyring(tmp_path)
    assert "chmod 600" in caught.value.detail


def test_a_certificate_of_another_key_is_refused(tmp_path: Path, now: datetime) -> None:
    issue(tmp_path, "one", "p256", now)
    issue(tmp_path, "two", "p256", now)
    (tmp_path / "one.pem").write_bytes((tmp_path / "two.pem").read_bytes())
    with pytest.raises(KeyFileError):
        load_keyring(tmp_path)


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN %s-----\nAAAA\n" % b"PRIVATE KEY"])
def test_a_broken_key_file_is_named_and_refused(
    content: bytes, tmp_path: Path, now: datetime
) -> None:
    issue(tmp_path, "gateway", "p256", now)
    (tmp_path / "gateway.key").write_bytes(content)
    with pytest.raises(KeyFileError):
        load_keyring(tmp_path)
    with pytest.raises(KeyFileError):
        load_keyring(tmp_path / "nowhere")


@pytest.mark.parametrize("legacy", [(), ("-legacy",)])
def test_a_partners_key_is_read_from_pkcs12_and_pem(
    legacy: tuple[str, ...], parties: dict[str, Party], tmp_path: Path
) -> None:
    party = parties["rsa2048"]
    bundle = tmp_path / "partner.p12"
    openssl(
        *("pkcs12", "-export", *legacy, "-inkey", party.key, "-in", party.pem),
        *("-passout", "pass:secret", "-out", bundle),
    )
    assert read_own_key(bundle, password=b"secret").certificate == party.certificate
    with pytest.raises(KeyFileError):
        read_own_key(bundle, password=b"wrong")
    together = tmp_path / "both.pem"
    together.write_bytes(party.key.read_bytes() + party.pem.read_bytes())
    assert read_own_key(together).certificate == party.certificate
    assert read_own_key(party.key, certificate=party.pem).certificate == party.certificate


def test_the_vault_key_is_made_once_and_privately(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    blob = load_or_create_vault(path).seal(b"secret", "row 1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_vault(path).open(blob, "row 1") == b"secret"
    newer = subprocess.run(["openssl", "rand", "-hex", "32"], capture_output=True, check=True)
    path.write_bytes(newer.stdout + path.read_bytes())
    rotated = load_vault(path)
    assert rotated.open(blob, "row 1") == b"secret"
    assert not rotated.is_current(blob)
    assert rotated.is_current(rotated.seal(b"secret", "row 1"))
    path.chmod(0o604)
    with pytest.raises(KeyFileError):
        load_vault(path)


@pytest.mark.parametrize("content", [b"", b"00\n", b"zz" * 32, b"\xff" * 64])
def test_a_broken_vault_key_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        load_vault(path)


@pytest.mark.parametrize("host", ["mail.rm.example", "127.0.0.1", "[::1]"])
def test_the_key_for_the_smtp_door_serves_tls_under_its_host(
    host: str, tmp_path: Path, now: datetime
) -> None:
    key, certificate = issue_tls_key(host, now)
    (tmp_path / "tls.key").write_bytes(key)
    (tmp_path / "tls.pem").write_bytes(certificate)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
        tmp_path / "tls.pem", tmp_path / "tls.key"
    )
    kind = "-verify_hostname" if host[0] == "m" else "-verify_ip"
    openssl(
        *("verify", "-CAfile", tmp_path / "tls.pem", "-purpose", "sslserver"),
        *(kind, host.strip("[]"), tmp_path / "tls.pem"),
    )


def test_a_secret_is_read_whole_and_privately(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("ab" * 32 + "\n")
    path.chmod(0o600)
    assert load_secret(path) == b"\xab" * 32
    for broken in ("", "ab" * 31, "zz" * 32):
        path.write_text(broken)
        with pytest.raises(KeyFileError):
            load_secret(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError):
        load_secret(path)


def test_a_certificate_begins_an_hour_early_and_ends_after_three_years() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    _, pem = issue_own_key("X", "29190925", "søg@rm.example", "p256", now)
    text = openssl("x509", "-noout", "-dates", stdin=pem).decode()
    assert "notBefore=Nov 22 11:00:00 2026 GMT" in text
    assert "notAfter=Nov 21 12:00:00 2029 GMT" in text


def test_a_key_retires_on_a_day(tmp_path: Path, now: datetime) -> None:
    issue(tmp_path, "old", "p256", now - timedelta(days=1))
    issue(tmp_path, "new", "p256", now)
    day = now + timedelta(days=3)
    retire(tmp_path, "new", day)
    ring = load_keyring(tmp_path)
    assert ring.signing_at(now).key_id == "new"
    assert ring.signing_at(day).key_id == "old"
    assert ring.encrypting_at(day).key_id == "old"
    retire(tmp_path, "new")
    assert load_keyring(tmp_path).signing_at(now).key_id == "old"
    (tmp_path / "new.retired").write_text("tomorrow")
    with pytest.raises(KeyFileError):
        load_keyring(tmp_path)


def test_a_key_that_has_ended_signs_only_where_there_is_no_other(
    tmp_path: Path, now: datetime
) -> None:
    issue(tmp_path, "ended", "p256", now - timedelta(days=4 * 365))
    assert load_keyring(tmp_path).signing_at(now).key_id == "ended"
    issue(tmp_path, "older", "p256", now - timedelta(days=2 * 365))
    issue(tmp_path, "coming", "p256", now + timedelta(days=2))
    ring = load_keyring(tmp_path)
    assert ring.signing_at(now).key_id == "older"
    assert ring.signing_at(now + timedelta(days=3)).key_id == "coming"


def test_a_key_is_for_what_its_certificate_says(tmp_path: Path, now: datetime) -> None:
    for use in ("sign", "encrypt"):
        pair = issue_own_key("Region", "29190925", "s@rm.example", "p256", now, use)
        write_own_key(tmp_path, use, *pair)
    ring = load_keyring(tmp_path)
    assert ring.signing_at(now).key_id == "sign"
    assert ring.encrypting_at(now).key_id == "encrypt"


def test_a_destroyed_key_is_overwritten_and_its_name_is_not_used_again(
    tmp_path: Path, now: datetime
) -> None:
    issue(tmp_path, "gateway", "p256", now)
    certificate = (tmp_path / "gateway.pem").read_bytes()
    other_name = tmp_path / "still-linked"
    other_name.hardlink_to(tmp_path / "gateway.key")
    before = other_name.read_bytes()
    destroy(tmp_path, "gateway")

    assert other_name.read_bytes() != before
    assert b"PRIVATE KEY" not in other_name.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gateway.destroyed", "still-linked"]
    assert (tmp_path / "gateway.destroyed").read_bytes() == certificate
    assert [c.public_bytes(Encoding.PEM) for c in own_certificates(tmp_path)] == [certificate]
    with pytest.raises(KeyFileError):
        issue(tmp_path, "gateway", "p256", now)
    with pytest.raises(KeyFileError):
        destroy(tmp_path, "gateway")


def test_the_mark_of_a_folder_changes_with_its_keys(tmp_path: Path, now: datetime) -> None:
    marks = [folder_mark(tmp_path)]
    for change in (
        lambda: issue(tmp_path, "one", "p256", now),
        lambda: (tmp_path / "vault.hex").write_text("no key"),
        lambda: issue(tmp_path, "two", "p256", now),
        lambda: retire(tmp_path, "one"),
        lambda: retire(tmp_path, "one", now),
        lambda: destroy(tmp_path, "one"),
    ):
        change()
        marks.append(folder_mark(tmp_path))
    changed = [before != after for before, after in pairwise(marks)]
    assert changed == [True, False, True, True, True, True]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    write_new(tmp_path / "a.key", b"secret", mode=0o600)
    with pytest.raises(KeyFileError):
        write_new(tmp_path / "a.key", b"other", mode=0o600)
    assert (tmp_path / "a.key").read_bytes() == b"secret"
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.key"]
