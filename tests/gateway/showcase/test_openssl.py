"""The other side's cryptography: OpenSSL, and nothing of ours."""

import base64
import hashlib
import subprocess

import pytest

from gateway.showcase.letters import Outer, json_entity, read_letter, text_entity
from gateway.showcase.openssl import (
    Authority,
    Identity,
    OpensslError,
    decrypt,
    dress,
    encrypt,
    open_mail,
    open_signed,
    seal,
    sign,
    verify_detached,
)

AARHUS = ("Aarhus Kommune", "55133018", "sikkermail@aarhus.example")
ENTITY = text_entity(
    "Hej\n\n.en prik først på linjen\nog et mellemrum til sidst \n\n\n",
    sender=AARHUS[2],
    recipient="sikkermail@rm.example",
    subject="Anmodning på æøå",
    attachments={"bilag.bin": bytes(range(256))},
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), issuing=True, key="p256")


@pytest.fixture(scope="module")
def kommune(authority: Authority) -> Identity:
    return authority.kommune(*AARHUS)


@pytest.fixture(scope="module")
def kommune_ec(authority: Authority) -> Identity:
    return authority.kommune(*AARHUS, key="p384")


@pytest.fixture(scope="module")
def region(authority: Authority) -> Identity:
    return authority.inbox("Region Midtjylland", "29190925", "sikkermail@rm.example")


@pytest.fixture(scope="module")
def region_ec(authority: Authority) -> Identity:
    return authority.inbox("Region Midtjylland", "29190925", "sikkermail@rm.example", key="p256")


@pytest.mark.parametrize("form", [(d, c) for d in (True, False) for c in ("aes256", "aes-256-gcm")])
@pytest.mark.parametrize(
    ("signer", "reader"),
    [
        ("kommune", "region"),
        ("kommune", "region_ec"),
        ("kommune_ec", "region"),
        ("kommune_ec", "region_ec"),
    ],
)
def test_openssl_opens_what_it_sealed_and_finds_the_same_bytes(
    authority: Authority,
    request: pytest.FixtureRequest,
    form: tuple[bool, str],
    signer: str,
    reader: str,
) -> None:
    own, other = request.getfixturevalue(signer), request.getfixturevalue(reader)
    mail = seal(ENTITY, own, other.certificate, detached=form[0], cipher=form[1])
    opened = open_mail(mail, other.key, other.certificate, authority.anchor)
    assert opened.entity == ENTITY
    assert "organizationIdentifier=NTRDK-55133018" in opened.signer


@pytest.mark.parametrize(
    "options",
    [{"pss": True}, {"oaep": True}, {"keyid": True}, {"digest": "sha512"}],
    ids=lambda options: next(iter(options)),
)
def test_every_option_of_sealing_can_be_opened(
    authority: Authority, kommune: Identity, region: Identity, options: dict[str, bool | str]
) -> None:
    mail = seal(ENTITY, kommune, region.certificate, **options)
    opened = open_mail(mail, region.key, region.certificate, authority.anchor)
    assert opened.entity == ENTITY


def test_a_sealed_mail_has_crlf_at_every_line_and_no_subject_outside(
    kommune: Identity, region: Identity
) -> None:
    mail = seal(ENTITY, kommune, region.certificate)
    assert b"\n" not in mail.replace(b"\r\n", b"")
    head = mail.partition(b"\r\n\r\n")[0]
    assert b"Subject: Sikker mail" in head
    assert b"From: sikkermail@aarhus.example" in head
    assert head.lower().count(b"mime-version") == 1


def test_a_person_reads_subject_text_and_attachments_of_an_opened_mail(
    authority: Authority, kommune: Identity, region: Identity
) -> None:
    mail = seal(ENTITY, kommune, region.certificate)
    letter = read_letter(open_mail(mail, region.key, region.certificate, authority.anchor).entity)
    assert letter.subject == "Anmodning på æøå"
    assert letter.text.startswith("Hej")
    assert letter.attachments["bilag.bin"] == bytes(range(256))


def test_a_submission_travels_as_json() -> None:
    entity = json_entity(
        {"sagspost": "1", "n": "ø"},
        sender="a@b.example",
        recipient="c@d.example",
        subject="Anmodning",
    )
    assert read_letter(entity).json("sagspost.json") == {"sagspost": "1", "n": "ø"}


def test_the_signature_covers_the_bytes_that_are_sent(
    authority: Authority, kommune: Identity
) -> None:
    mail = dress(sign(ENTITY, kommune), Outer.for_entity(ENTITY, kommune.address))
    boundary = mail.partition(b'boundary="')[2].partition(b'"')[0]
    part = mail.split(b"--" + boundary + b"\r\n")[1].removesuffix(b"\r\n")
    assert hashlib.sha256(part).digest() == hashlib.sha256(ENTITY).digest()
    assert open_signed(mail, authority.anchor).entity == part


@pytest.mark.parametrize("detached", [True, False])
def test_a_changed_byte_of_signed_content_is_seen(
    authority: Authority, kommune: Identity, detached: bool
) -> None:
    signed = sign(ENTITY, kommune, detached=detached)
    middle = signed.index(b"prik") if detached else len(signed) // 3
    old = signed[middle : middle + 1]
    changed = signed[:middle] + (b"A" if old != b"A" else b"B") + signed[middle + 1 :]
    with pytest.raises(OpensslError):
        open_signed(changed, authority.anchor)


def test_an_unencrypted_mail_is_not_taken_for_a_sealed_one(
    authority: Authority, kommune: Identity, region: Identity
) -> None:
    outer = Outer.for_entity(ENTITY, kommune.address)
    for mail in (dress(sign(ENTITY, kommune), outer), dress(ENTITY, outer)):
        with pytest.raises(OpensslError, match="not encrypted"):
            open_mail(mail, region.key, region.certificate, authority.anchor)


def test_an_unsigned_mail_is_not_taken_for_a_sealed_one(
    authority: Authority, kommune: Identity, region: Identity
) -> None:
    outer = Outer.for_entity(ENTITY, kommune.address)
    mail = dress(encrypt(ENTITY, region.certificate), outer)
    assert decrypt(mail, region.key, region.certificate) == ENTITY
    with pytest.raises(OpensslError):
        open_mail(mail, region.key, region.certificate, authority.anchor)


def test_a_signer_of_another_authority_is_refused(
    authority: Authority, region: Identity, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Authority(tmp_path_factory.mktemp("stranger"), key="p256").kommune(*AARHUS)
    mail = seal(ENTITY, stranger, region.certificate)
    with pytest.raises(OpensslError, match="verif"):
        open_mail(mail, region.key, region.certificate, authority.anchor)


@pytest.mark.parametrize("validity", ["expired", "not_yet_valid"])
def test_a_certificate_outside_its_time_is_refused(
    authority: Authority, region: Identity, validity: str
) -> None:
    signer = authority.kommune(*AARHUS, key="p256", validity=validity)  # type: ignore[arg-type] # parametrized by its names
    mail = seal(ENTITY, signer, region.certificate)
    with pytest.raises(OpensslError):
        open_mail(mail, region.key, region.certificate, authority.anchor)


def test_a_certificate_for_another_use_is_refused(authority: Authority, region: Identity) -> None:
    signer = authority.kommune(*AARHUS, key="p256", usage="serverAuth")
    mail = seal(ENTITY, signer, region.certificate)
    with pytest.raises(OpensslError):
        open_mail(mail, region.key, region.certificate, authority.anchor)


def test_a_self_signed_certificate_is_its_own_anchor(
    authority: Authority, region: Identity
) -> None:
    signer = authority.kommune(*AARHUS, key="p256", self_signed=True)
    mail = seal(ENTITY, signer, region.certificate)
    opened = open_mail(mail, region.key, region.certificate, signer.certificate)
    assert opened.entity == ENTITY
    with pytest.raises(OpensslError):
        open_mail(mail, region.key, region.certificate, authority.anchor)


def test_an_oces2_certificate_names_the_organisation_in_its_serial_number(
    authority: Authority,
) -> None:
    signer = authority.kommune(*AARHUS, key="p256", layout="oces2")
    names = _text(signer)
    assert "serialNumber=CVR:55133018-UID:" in names
    assert "NTRDK" not in names


def test_an_oces3_certificate_has_address_use_and_organisation(
    authority: Authority, kommune: Identity
) -> None:
    names = _text(kommune)
    assert "organizationIdentifier=NTRDK-55133018" in names
    assert "email:sikkermail@aarhus.example" in names
    assert "E-mail Protection" in names
    assert "NTRSE-212000-0142" in _text(
        authority.kommune("Stockholm", "212000-0142", "a@b.example", key="p256", layout="sweden")
    )


def test_a_revoked_certificate_stands_on_the_list_and_a_stale_list_is_past(
    authority: Authority,
) -> None:
    signer = authority.kommune(*AARHUS, key="p256")
    serial = _run("x509", "-in", str(signer.certificate), "-noout", "-serial").split("=")[1].strip()
    assert serial not in _run("crl", "-in", str(authority.crl()), "-noout", "-text")
    authority.revoke(signer)
    assert serial in _run("crl", "-in", str(authority.crl()), "-noout", "-text")
    stale = authority.crl(stale=True)
    assert _run("crl", "-in", str(stale), "-noout", "-nextupdate").startswith("nextUpdate=")


def test_a_detached_signature_over_a_file_is_verified_over_its_exact_bytes(
    authority: Authority, kommune: Identity
) -> None:
    content = b'{"kind":"received",\n"text":"\xc3\xb8"}'
    mail = subprocess.run(
        [
            "openssl",
            "cms",
            "-sign",
            "-binary",
            "-outform",
            "DER",
            "-signer",
            kommune.certificate,
            "-inkey",
            kommune.key,
            "-certfile",
            str(kommune.chain),
        ],
        input=content,
        capture_output=True,
        check=True,
    )
    assert "NTRDK-55133018" in verify_detached(content, mail.stdout, authority.anchor)
    with pytest.raises(OpensslError):
        verify_detached(content.replace(b"\n", b"\r\n"), mail.stdout, authority.anchor)


def test_gcm_makes_an_authenticated_envelope_that_notices_a_flipped_bit(
    kommune: Identity, region: Identity
) -> None:
    mail = seal(ENTITY, kommune, region.certificate, cipher="aes-256-gcm")
    assert b"smime-type=authEnveloped-data" in mail
    head, _, body = mail.partition(b"\r\n\r\n")
    der = bytearray(base64.b64decode(body))
    der[len(der) // 2] ^= 1
    with pytest.raises(OpensslError):
        decrypt(head + b"\r\n\r\n" + base64.encodebytes(der), region.key, region.certificate)


def _run(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=True)
    return done.stdout.decode()


def _text(identity: Identity) -> str:
    return _run(
        "x509",
        "-in",
        str(identity.certificate),
        "-noout",
        "-text",
        "-nameopt",
        "utf8,sep_comma_plus_space",
    )
