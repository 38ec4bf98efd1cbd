"""One file is one key, public, alive and strong; and our own key is made so that others take it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.errors import KeyFileError, OpenPgpKeyError
from keys.openpgp import OpenPgp, OwnOpenPgpKey, create, read_public_key
from keys.openpgp.folder import load_openpgp_keys, retire_openpgp_key, write_openpgp_key
from tests.keys.openpgp.conftest import Ours
from tests.keys.openpgp.peer import Peer

ENTITY = b"Content-Type: text/plain\r\n\r\nhej\r\n"


def now() -> datetime:
    return datetime.now(UTC)


def refusal_of(data: bytes, at: datetime | None = None) -> str:
    with pytest.raises(OpenPgpKeyError) as refused:
        read_public_key(data, at or now())
    return refused.value.detail


def test_a_partners_key_is_read_armoured_or_not(aarhus: Peer) -> None:
    armoured = read_public_key(aarhus.public, now())
    binary = read_public_key(aarhus.dearmored(aarhus.public), now())

    assert armoured == binary
    assert armoured.fingerprint == aarhus.fingerprint
    assert armoured.addresses == (aarhus.address,)
    assert armoured.encrypts
    assert armoured.expires is None
    assert b"BEGIN" not in armoured.data


def test_a_secret_key_is_not_registered(aarhus: Peer) -> None:
    assert "secret" in refusal_of(aarhus.secret)


def test_a_file_holds_one_key(aarhus: Peer, viborg: Peer) -> None:
    assert "not one" in refusal_of(aarhus.public + viborg.public)
    assert "not one" in refusal_of(b"-----BEGIN CERTIFICATE-----\n")
    assert "not one" in refusal_of(b"")
    assert "larger" in refusal_of(bytes(1024 * 1024))


def test_what_is_weak_or_over_is_not_registered() -> None:
    weak = Peer("Svag", "svag@old.example", kind=("rsa1024", "rsa1024"))
    short = Peer("Kort", "kort@old.example", expires="1d")
    try:
        assert "2048" in refusal_of(weak.public)
        assert read_public_key(short.public, now()).expires is not None
        assert "expired" in refusal_of(short.public, now() + timedelta(days=2))
        short.revoke()
        assert "revoked" in refusal_of(short.public)
    finally:
        weak.close()
        short.close()


def test_a_name_can_not_smuggle_parameters_into_a_new_key() -> None:
    for name in ("X\n%commit", "X <other@x.example>", "", "X\x00"):
        with pytest.raises(OpenPgpKeyError):
            create(name, "post@rm.example", now())


@pytest.mark.parametrize("kind", ["ed25519", "rsa3072"])
def test_a_key_of_ours_is_taken_by_gnupg(kind: str, viborg: Peer) -> None:
    secret, public, mark = create("Region Sjælland", "post@rs.example", now(), kind)  # type: ignore[arg-type]

    viborg.meet(public)
    listed = viborg.gpg("--with-colons", "--list-keys", mark).output.decode()
    assert "Region Sjælland <post@rs.example>" in listed
    assert secret.startswith(b"-----BEGIN PGP PRIVATE KEY BLOCK-----")
    assert read_public_key(public, now()).encrypts


def test_own_keys_are_files_that_only_we_can_read(tmp_path: Path, ours: Ours) -> None:
    write_openpgp_key(tmp_path, "gateway", ours.secret, ours.public)

    assert (tmp_path / "gateway.pgp-secret.asc").stat().st_mode & 0o777 == 0o600
    assert load_openpgp_keys(tmp_path) == (OwnOpenPgpKey("gateway", ours.secret),)
    with pytest.raises(KeyFileError):
        write_openpgp_key(tmp_path, "gateway", ours.secret, ours.public)
    retire_openpgp_key(tmp_path, "gateway")
    retire_openpgp_key(tmp_path, "gateway")
    assert load_openpgp_keys(tmp_path)[0].decrypt_only
    (tmp_path / "gateway.pgp-secret.asc").chmod(0o644)
    with pytest.raises(KeyFileError):
        load_openpgp_keys(tmp_path)


def test_the_newest_key_signs_and_every_key_opens(ours: Ours, viborg: Peer) -> None:
    secret, public, mark = create(
        "Region Midtjylland", "post@rm.example", now() - timedelta(days=9)
    )
    viborg.meet(public)
    known = read_public_key(viborg.public, now())
    old, new = OwnOpenPgpKey("b", secret), OwnOpenPgpKey("a", ours.secret)
    for own in ((old, new), (new, old)):
        both = OpenPgp(own, [(known.fingerprint, known.data)])
        sealed = both.seal_entity(ENTITY, viborg.fingerprint, now())
        told = viborg.decrypt(sealed[sealed.index(b"-----BEGIN") : sealed.rindex(b"--=_")]).told
        assert f"VALIDSIG {ours.fingerprint}" in told
        for key in (mark, ours.fingerprint):
            assert both.decrypt(viborg.seal(ENTITY, key), now()).found.key == key
        both.close()
    retired = OpenPgp([OwnOpenPgpKey("a", ours.secret, True)], [(known.fingerprint, known.data)])
    assert not retired.can_seal
    assert retired.decrypt(viborg.seal(ENTITY, ours.fingerprint), now()).content == ENTITY
    with pytest.raises(KeyFileError):
        retired.seal_entity(ENTITY, viborg.fingerprint, now())
    retired.close()


def test_a_broken_key_file_is_named(viborg: Peer) -> None:
    broken = OpenPgp([OwnOpenPgpKey("gateway", b"junk")], [])

    with pytest.raises(KeyFileError) as refused:
        broken.decrypt(b"x", now())
    assert "gateway.pgp-secret.asc" in refused.value.detail
    public_only = OpenPgp([OwnOpenPgpKey("gateway", viborg.public)], [])
    with pytest.raises(KeyFileError):
        public_only.decrypt(b"x", now())
