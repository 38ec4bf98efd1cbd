"""`key`: own keys made, imported, renewed, retired and destroyed, while the gateway goes on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway import checks
from gateway.errors import Refused
from gateway.settings import PASSWORD_VARIABLE
from gateway.showcase import openssl
from gateway.showcase.letters import read_letter
from gateway.showcase.runner import openssl as run_openssl
from gateway.store import tables as t
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig


@pytest.fixture
def home(make_rig: Callable[..., Rig]) -> Rig:
    """A home with a P-256 key, whose clock is that of the commands."""
    rig = make_rig(key="p256")
    rig.clock.time = datetime.now(UTC)
    return rig


def keys(rig: Rig) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in json.loads(rig.run("key", "list", "--json"))}


def pem(rig: Rig, ident: str) -> Path:
    return rig.home / "keys" / f"{ident}.pem"


def request_to(rig: Rig, certificate: Path, **more: Any) -> bytes:
    """A request, signed by Aarhus and encrypted to this certificate of ours."""
    signed = openssl.sign(rig.json(rig.request(), rig.aarhus), rig.aarhus)
    text = run_openssl("x509", "-in", str(certificate), "-noout", "-text").decode()
    digest = {"ecdh_digest": "sha256"} if "id-ecPublicKey" in text else {}
    sealed = openssl.encrypt(signed, certificate, **digest, **more)
    return openssl.dress(sealed, rig.outer(rig.aarhus))


def signed_by(rig: Rig, anchor: Path) -> bool:
    """Whether OpenSSL says that the last receipt was signed by the key of this certificate."""
    raw = rig.letter("received", to=rig.aarhus.address).raw
    try:
        openssl.open_mail(raw, rig.aarhus.key, rig.aarhus.certificate, anchor)
    except openssl.OpensslError:
        return False
    return True


def journal(rig: Rig) -> list[str]:
    with rig.gateway.store.read() as unit:
        query = select(t.journal.c.what).order_by(t.journal.c.sequence)
        return list(unit.connection.execute(query).scalars())


def ca_issues(rig: Rig, request: Path, folder: Path, usage: str) -> Path:
    """What a CA does: sign the request, with what it allows, and give the chain along."""
    office = rig.world.authority.folder / "issuing"
    (folder / "ext").write_text(
        f"keyUsage=critical,{usage}\nextendedKeyUsage=emailProtection\n"
        "subjectAltName=email:sikkermail@rm.example\nsubjectKeyIdentifier=hash\n"
    )
    issued = run_openssl(
        "x509", "-req", "-in", str(request), "-CA", str(office / "ca.pem"),
        "-CAkey", str(office / "ca.key"), "-set_serial", str(datetime.now(UTC).microsecond + 1000),
        "-days", "365", "-extfile", str(folder / "ext"),
    )  # fmt: skip
    answer = folder / "answer.pem"
    answer.write_bytes(issued + (office / "ca.pem").read_bytes())
    return answer


def test_a_new_home_lists_the_one_key_that_does_everything(home: Rig) -> None:
    (row,) = keys(home).values()

    assert row["id"] == "gateway"
    assert (row["kind"], row["in"], row["state"]) == ("P-256", "file", "active")
    assert row["signs"]
    assert row["partners_encrypt"]


@pytest.mark.parametrize("kind", ["p384", "rsa3072"])
def test_a_renewed_key_signs_at_once_and_both_open(home: Rig, kind: str) -> None:
    home.run("key", "create", "gateway-2", "--kind", kind, "--as", "Karen Holm")

    for certificate in (home.certificate, pem(home, "gateway-2")):
        mail = home.deliver(request_to(home, certificate))
        home.settle()
        assert home.judged(mail) == ("processed", None)
        assert signed_by(home, pem(home, "gateway-2"))
        assert not signed_by(home, home.certificate)
    assert "key_created" in journal(home)


def test_renew_makes_the_same_kind_and_the_old_key_only_opens(home: Rig) -> None:
    said = home.run("key", "renew", "gateway")

    old, new = sorted(keys(home).values(), key=lambda row: row["id"])
    assert (old["id"], old["state"], old["signs"]) == ("gateway", "retired", False)
    assert (new["kind"], new["state"], new["signs"]) == ("P-256", "active", True)
    assert new["id"] in said
    mail = home.deliver(request_to(home, home.certificate))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    assert signed_by(home, pem(home, new["id"]))


def test_a_key_that_starts_later_leaves_the_old_one_signing_until_then(home: Rig) -> None:
    starts = (home.clock.time + timedelta(days=30)).date()
    home.run("key", "renew", "gateway", "--to", "next", "--starts", starts.isoformat())

    listed = keys(home)
    assert (listed["gateway"]["state"], listed["gateway"]["signs"]) == ("active", True)
    assert (listed["next"]["state"], listed["next"]["signs"]) == ("coming", False)
    home.deliver(request_to(home, home.certificate))
    home.settle()
    assert signed_by(home, home.certificate)
    home.pass_time(days=31)
    mail = home.deliver(request_to(home, pem(home, "next")))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    # OpenSSL's clock is today's, for which the new certificate has not begun.
    assert not signed_by(home, home.certificate)


def test_a_key_is_retired_on_a_day_and_never_the_last_one(home: Rig) -> None:
    with pytest.raises(Refused, match="only key that signs"):
        home.run("key", "retire", "gateway")
    home.run("key", "create", "second", "--kind", "p256")
    day = (home.clock.time + timedelta(days=10)).date().isoformat()
    home.run("key", "retire", "second", "--on", day)

    assert keys(home)["second"]["signs"]
    home.pass_time(days=11)
    mail = home.deliver(request_to(home, home.certificate))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    assert signed_by(home, home.certificate)


def test_a_request_goes_to_a_ca_and_its_answer_makes_the_key(home: Rig, tmp_path: Path) -> None:
    request = tmp_path / "oces.csr"
    home.run("key", "create", "oces", "--kind", "p256", "--request", str(request))

    text = run_openssl("req", "-in", str(request), "-noout", "-text", "-verify").decode()
    assert "NTRDK-29190925" in text
    assert "sikkermail@rm.example" in text
    assert keys(home)["oces"]["state"] == "waiting"
    assert keys(home)["gateway"]["signs"]
    answer = ca_issues(home, request, tmp_path, "digitalSignature,keyAgreement")
    home.run("key", "import", "--certificate", str(answer))  # it finds the key that waits
    assert keys(home)["oces"]["signs"]
    home.clock.time = datetime.now(UTC)  # the certificate begins as it is issued
    mail = home.deliver(request_to(home, pem(home, "oces")))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    # The chain goes along: the reader needs nothing but the root.
    assert signed_by(home, home.world.authority.anchor)


def test_the_answer_to_anothers_request_is_refused(
    sagspost: Command, home: Rig, tmp_path: Path
) -> None:
    home.run("key", "create", "oces", "--kind", "p256", "--request", str(tmp_path / "csr"))

    done = sagspost(
        "key", "import", "--id", "oces", "--certificate", home.aarhus.certificate, home=home.home
    )
    assert done.status == 1
    assert "no certificate of this private key" in done.err
    assert keys(home)["oces"]["state"] == "waiting"


def test_a_certificate_issued_again_leaves_the_old_one_opening(home: Rig, tmp_path: Path) -> None:
    request = tmp_path / "csr"
    home.run("key", "create", "oces", "--kind", "p256", "--request", str(request))
    answers = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        answers.append(ca_issues(home, request, folder, "digitalSignature,keyAgreement"))
        home.run("key", "import", "--id", "oces", "--certificate", str(answers[-1]))

    assert {"oces", "oces-2"} <= set(keys(home))
    rows = keys(home)
    assert rows["oces"]["fingerprint"] != rows["oces-2"]["fingerprint"]
    for ident in ("oces", "oces-2"):
        mail = home.deliver(request_to(home, pem(home, ident)))
        home.settle()
        assert home.judged(mail) == ("processed", None)
    said = home.run("key", "destroy", "oces", "--yes")
    assert "oces-2 holds the same private key" in said


def test_one_certificate_signs_and_another_is_encrypted_to(home: Rig) -> None:
    home.run("key", "create", "signer", "--kind", "p256", "--use", "sign")
    home.run("key", "create", "opener", "--kind", "p256", "--use", "encrypt")
    home.run("key", "retire", "gateway")

    listed = keys(home)
    assert (listed["signer"]["signs"], listed["signer"]["partners_encrypt"]) == (True, False)
    assert (listed["opener"]["signs"], listed["opener"]["partners_encrypt"]) == (False, True)
    assert home.run("key", "export-certificate").encode() == pem(home, "opener").read_bytes()
    mail = home.deliver(request_to(home, pem(home, "opener")))
    home.settle()
    assert home.judged(mail) == ("processed", None)
    assert signed_by(home, pem(home, "signer"))


def bundle(rig: Rig, folder: Path) -> Path:
    """A PKCS#12 file as a CA's portal gives it, with the chain."""
    made = rig.world.authority.inbox("Region Midtjylland", "29190925", "s@rm.example", key="p256")
    file = folder / "from-ca.p12"
    assert made.chain is not None
    run_openssl(
        "pkcs12", "-export", "-inkey", str(made.key), "-in", str(made.certificate),
        "-certfile", str(made.chain), "-passout", "pass:hemmelig", "-out", str(file),
    )  # fmt: skip
    return file


def test_a_bundle_with_its_chain_is_imported_by_its_password(
    home: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = bundle(home, tmp_path)
    with pytest.raises(Refused, match="password"):
        home.run("key", "import", str(file), "--id", "oces")
    monkeypatch.setenv(PASSWORD_VARIABLE, "forkert")
    with pytest.raises(Refused, match="password"):
        home.run("key", "import", str(file), "--id", "oces")
    monkeypatch.setenv(PASSWORD_VARIABLE, "hemmelig")
    home.run("key", "import", str(file), "--id", "oces")

    (home.home / "pin").write_text("hemmelig\n")
    monkeypatch.delenv(PASSWORD_VARIABLE)
    home.run("key", "import", str(file), "--id", "again", "--password-file", str(home.home / "pin"))
    home.run("key", "retire", "again")
    said = home.run(
        "key", "import", str(file), "--id", "third", "--password-file", str(home.home / "pin")
    )
    assert "gateway signs" in said  # it is newer: the operator is told, and decides
    home.run("key", "retire", "third")
    home.run("key", "retire", "gateway")
    assert keys(home)["oces"]["signs"]
    assert (home.home / "keys" / "oces.key").stat().st_mode & 0o777 == 0o600
    home.deliver(request_to(home, pem(home, "oces")))
    home.settle()
    assert signed_by(home, home.world.authority.anchor)


@pytest.mark.parametrize("protected", [True, False])
def test_a_pem_key_with_its_certificate_beside_it_is_imported(
    home: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protected: bool
) -> None:
    made = home.world.authority.inbox("Region", "29190925", "s@rm.example", key="p256")
    cipher = ("-aes256", "-passout", "pass:hemmelig") if protected else ()
    run_openssl("pkey", "-in", str(made.key), *cipher, "-out", str(tmp_path / "ca.key"))
    (tmp_path / "ca.crt").write_bytes(made.certificate.read_bytes())
    monkeypatch.setenv(PASSWORD_VARIABLE, "hemmelig")
    home.run("key", "import", str(tmp_path / "ca.key"), "--id", "oces")

    mail = home.deliver(request_to(home, made.certificate))
    home.settle()
    assert home.judged(mail) == ("processed", None)


def test_a_key_without_a_name_is_named_by_the_day(home: Rig) -> None:
    for _ in range(2):
        home.run("key", "create", "--kind", "p256")
    day = f"gateway-{datetime.now(UTC):%Y%m%d}"
    assert set(keys(home)) == {"gateway", day, f"{day}-2"}


def test_help_brings_the_certificate_that_partners_should_encrypt_to(home: Rig) -> None:
    home.run("key", "renew", "gateway", "--to", "next")
    home.send(home.aarhus, "HJÆLP")

    raw = home.letter("help").raw
    opened = openssl.open_mail(raw, home.aarhus.key, home.aarhus.certificate, pem(home, "next"))
    attached = read_letter(opened.entity).attachments
    assert attached["gateway.pem"] == pem(home, "next").read_bytes()
    assert "certificate_change.txt" in attached


def test_mail_that_came_before_its_key_is_judged_again_by_itself(
    home: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = home.world.authority.inbox("Region", "29190925", "s@rm.example", key="p256")
    mail = home.deliver(request_to(home, made.certificate))
    home.work()
    assert home.judged(mail) == ("quarantined", "keys.open.no_key")

    both = tmp_path / "both.pem"
    both.write_bytes(made.key.read_bytes() + made.certificate.read_bytes())
    home.run("key", "import", str(both), "--id", "oces")
    home.settle()

    assert home.judged(mail) == ("processed", None)
    assert "judged_again" in journal(home)
    with home.gateway.store.read() as unit:
        query = select(t.judgements.c.state).order_by(t.judgements.c.number)
        assert list(unit.connection.execute(query).scalars()) == ["quarantined", "processed"]


def test_a_pair_that_is_put_into_the_folder_by_hand_is_taken_up_too(home: Rig) -> None:
    made = home.world.authority.inbox("Region", "29190925", "s@rm.example", key="p256")
    mail = home.deliver(request_to(home, made.certificate))
    home.work()
    assert home.judged(mail) == ("quarantined", "keys.open.no_key")

    folder = home.home / "keys"
    (folder / "by-hand.key").write_text("half a key")
    home.gateway.take_up_keys()
    assert home.judged(mail) == ("quarantined", "keys.open.no_key")
    (folder / "by-hand.key").unlink()
    (folder / "by-hand.pem").write_bytes(made.certificate.read_bytes())
    (folder / "by-hand.key").write_bytes(made.key.read_bytes())
    (folder / "by-hand.key").chmod(0o600)
    home.gateway.take_up_keys()
    home.settle()
    assert home.judged(mail) == ("processed", None)


def test_a_destroyed_key_opens_nothing_and_what_it_signed_is_still_checked(
    home: Rig, tmp_path: Path
) -> None:
    home.deliver(request_to(home, home.certificate))
    home.settle()
    receipt = home.letter("received", to=home.aarhus.address)
    evidence = tmp_path / "evidence.json"
    evidence.write_bytes(receipt.letter.attachments["evidence.json"])
    signature = tmp_path / "evidence.json.p7s"
    signature.write_bytes(receipt.letter.attachments["evidence.json.p7s"])
    before = home.certificate.read_bytes()
    sealed = request_to(home, home.certificate)

    with pytest.raises(Refused, match="only key that signs"):
        home.run("key", "destroy", "gateway", "--yes")
    home.run("key", "create", "next", "--kind", "p256")
    with pytest.raises(Refused, match="--yes"):
        home.run("key", "destroy", "gateway")
    home.run("key", "destroy", "gateway", "--yes")

    folder = home.home / "keys"
    assert not list(folder.glob("gateway.key*"))
    assert (folder / "gateway.destroyed").read_bytes() == before
    assert set(keys(home)) == {"next"}
    mail = home.deliver(sealed)
    home.settle()
    assert home.judged(mail) == ("quarantined", "keys.open.no_key")
    assert "as it was issued" in home.run("evidence", "verify", str(evidence))
    home.run("log", "verify")
    assert "key_destroyed" in journal(home)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("create", "gateway"), "exists already"),
        (("create", "../x"), "no key id"),
        (("create", "new", "--kind", "dsa"), "rsa3072, rsa4096, p256, p384"),
        (("create", "new", "--use", "both,sign"), "both, sign, encrypt"),
        (("create", "new", "--starts", "soon"), "2027-01-15"),
        (("create", "new", "--pkcs11", "label"), "[hsm]"),
        (("import",), "--certificate"),
        (("import", "/nowhere.p12"), "/nowhere.p12"),
        (("retire", "nobody"), "no key nobody"),
        (("destroy", "nobody", "--yes"), "no key nobody"),
        (("export-certificate", "nobody"), "no key nobody"),
    ],
)
def test_what_cannot_be_done_is_told(
    sagspost: Command, home: Rig, wrong: tuple[str, ...], told: str
) -> None:
    done = sagspost("key", *wrong, home=home.home)

    assert done.status == 1
    assert told in done.err
    assert set(keys(home)) == {"gateway"}


def test_check_names_the_keys_in_use(home: Rig) -> None:
    home.run("key", "create", "next", "--kind", "p256")

    (told,) = (row["words"] for row in checks.run(home.settings) if row["what"] == "keys")
    assert "signing with next" in told
    assert "partners encrypt to next" in told


# --- OpenPGP -------------------------------------------------------------------------------------


def sealed_by_gpg(rig: Rig, public: Path, folder: Path) -> bytes:
    """A mail that GnuPG encrypts to our key, as somebody unknown would."""
    gnupg = folder / "gnupg"
    gnupg.mkdir(mode=0o700)
    # Nothing here needs an agent, and one that was started would outlive the test.
    run = ["gpg", "--homedir", str(gnupg), "--batch", "--quiet", "--trust-model", "always"]
    run.append("--no-autostart")
    subprocess.run([*run, "--import", str(public)], check=True, capture_output=True)
    listed = subprocess.run([*run, "--with-colons", "--list-keys"], check=True, capture_output=True)
    mark = listed.stdout.decode().partition("fpr:::::::::")[2].partition(":")[0]
    done = subprocess.run(
        [*run, "--armor", "--recipient", mark, "--encrypt"],
        input=rig.json(rig.request(), rig.aarhus), check=True, capture_output=True,
    )  # fmt: skip
    entity = (
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"\r\n'
        b"\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\n"
        + done.stdout.replace(b"\n", b"\r\n")
        + b"\r\n--b--\r\n"
    )
    return openssl.dress(entity, rig.outer(rig.aarhus))


def test_an_openpgp_key_is_made_retired_and_destroyed(home: Rig, tmp_path: Path) -> None:
    home.run("key", "create", "pgp", "--kind", "openpgp")
    public = tmp_path / "ours.asc"
    home.run("key", "export-certificate", "pgp", "--to", str(public))

    row = keys(home)["pgp"]
    assert (row["kind"], row["state"]) == ("OpenPGP", "active")
    assert b"BEGIN PGP PUBLIC KEY" in public.read_bytes()
    sealed = sealed_by_gpg(home, public, tmp_path)
    home.clock.time -= timedelta(minutes=30)  # mail may be older than the key, when judged again
    mail = home.deliver(sealed)
    home.settle()
    # It was opened, and nobody signed it.
    assert home.judged(mail) == ("quarantined", "keys.signature.missing")
    with pytest.raises(Refused, match="only OpenPGP key"):
        home.run("key", "destroy", "pgp", "--yes")
    home.run("key", "retire", "pgp")
    assert keys(home)["pgp"]["state"] == "retired"
    home.run("key", "destroy", "pgp", "--yes")
    assert "pgp" not in keys(home)
    home.settle()
    assert home.judged(mail) == ("quarantined", "keys.open.no_key")
    assert journal(home).count("key_destroyed") == 1
