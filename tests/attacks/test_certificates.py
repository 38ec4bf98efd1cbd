"""A certificate that looks like that of Aarhus, or is not meant for it, signs nothing for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.showcase import openssl
from gateway.showcase.authority import Authority, Identity
from tests.attacks.conftest import Scene
from tests.gateway import forging
from tests.gateway.rig import Rig, World

NAME, CVR, ADDRESS = "Aarhus Kommune", "55133018", "sikkermail@aarhus.example"
UNTRUSTED = "keys.certificate.untrusted"


@dataclass(frozen=True)
class Forge:
    """Makes certificates that differ from that of Aarhus in one thing."""

    world: World
    folder: Path

    def issued(self, **options: object) -> Identity:
        """By the authority that the gateway trusts."""
        return self.world.authority.kommune(NAME, CVR, ADDRESS, **({"key": "p256"} | options))  # type: ignore[arg-type]  # each is one of its options

    def made(
        self, name: str, extensions: str, *, by: Path | None = None, serial: str = "0x1F"
    ) -> Identity:
        """With exactly these extensions, by the office in a folder, or by itself."""
        subject = openssl.openssl(
            *("x509", "-in", str(self.world.aarhus.certificate), "-noout", "-subject"),
            *("-nameopt", "compat,-esc_msb,utf8"),
        )
        line = subject.decode().strip().removeprefix("subject=")
        line = line if line.startswith("/") else "/" + line.replace(", ", "/")
        key = forging.new_key(self.folder / f"{name}.key")
        pem = forging.issue(key.with_suffix(".pem"), key, line, extensions, by=by, serial=serial)
        return Identity(name, ADDRESS, key, pem, self.world.aarhus.chain)

    @property
    def issuing(self) -> Path:
        """The office of the trusted authority, which a thief may have broken into."""
        return self.world.authority.folder / "issuing"

    def serial_of(self, identity: Identity) -> str:
        said = openssl.openssl("x509", "-in", str(identity.certificate), "-noout", "-serial")
        return "0x" + said.decode().strip().removeprefix("serial=")


@pytest.fixture(scope="module")
def forge(world: World, tmp_path_factory: pytest.TempPathFactory) -> Forge:
    return Forge(world, tmp_path_factory.mktemp("forge"))


LEAF = forging.LEAF + f"subjectAltName = email:{ADDRESS}\n"


def twin_authority(forge: Forge, name: str) -> Authority:
    """An authority of a stranger, with the names of the trusted one."""
    return Authority(forge.folder / name, issuing=True, key="p256")


def clone_with(forge: Forge, chain: list[Path], name: str) -> Identity:
    """A clone by a twin of the issuer, of the same serial number, and what is sent along."""
    twin = twin_authority(forge, f"twin-{name}")
    serial = forge.serial_of(forge.world.aarhus)
    clone = forge.made(f"clone-{name}", LEAF, by=twin.folder / "issuing", serial=serial)
    along = forge.folder / f"{name}.chain.pem"
    along.write_bytes(b"".join(path.read_bytes() for path in chain))
    return replace(clone, chain=along)


FORGERIES: dict[str, tuple[Callable[[Forge], Identity], str]] = {
    "a self-signed clone": (lambda f: f.made("self", LEAF), UNTRUSTED),
    "a self-signed clone of the same serial": (
        lambda f: f.made("self-serial", LEAF, serial=f.serial_of(f.world.aarhus)),
        UNTRUSTED,
    ),
    "a clone by a twin of its issuer": (
        lambda f: clone_with(f, [f.world.authority.intermediate or Path()], "issuer"),
        UNTRUSTED,
    ),
    "a certificate of an authority of the same name": (
        lambda f: twin_authority(f, "same-name").kommune(NAME, CVR, ADDRESS, key="p256"),
        UNTRUSTED,
    ),
    "a certificate of a stranger": (
        lambda f: f.world.stranger.kommune(NAME, CVR, ADDRESS, key="p256"),
        UNTRUSTED,
    ),
    "an authority as signer": (
        lambda f: f.made(
            "office",
            LEAF.replace("CA:FALSE", "CA:TRUE").replace(
                "digitalSignature", "digitalSignature, keyCertSign"
            ),
            by=f.issuing,
        ),
        "keys.certificate.usage",
    ),
    "a certificate issued by a leaf": (
        lambda f: f.made("below-leaf", LEAF, by=leaf_as_office(f)),
        UNTRUSTED,
    ),
    "expired": (lambda f: f.issued(validity="expired"), "keys.certificate.expired"),
    "not yet valid": (
        lambda f: f.issued(validity="not_yet_valid"),
        "keys.certificate.not_yet_valid",
    ),
    "for servers only": (lambda f: f.issued(usage="serverAuth"), "keys.certificate.usage"),
    "for encryption only": (
        lambda f: f.made(
            "encryption", LEAF.replace("digitalSignature", "keyAgreement"), by=f.issuing
        ),
        "keys.certificate.usage",
    ),
    "RSA-1024": (lambda f: f.issued(key="rsa1024"), "keys.certificate.weak"),
    "an unknown critical extension": (
        lambda f: f.made(
            "critical", LEAF + "1.2.3.4.5 = critical, ASN1:UTF8String:x\n", by=f.issuing
        ),
        UNTRUSTED,
    ),
}


def leaf_as_office(forge: Forge) -> Path:
    """The key of Silkeborg, used as if it were an authority's."""
    office = forge.folder / "leaf-office"
    office.mkdir(exist_ok=True)
    silkeborg = forge.world.silkeborg
    (office / "ca.pem").write_bytes(silkeborg.certificate.read_bytes())
    (office / "ca.key").write_bytes(silkeborg.key.read_bytes())
    return office


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_certificate_that_may_not_speak_for_aarhus_does_not(
    scene: Scene, forge: Forge, forgery: str
) -> None:
    make, code = FORGERIES[forgery]
    signer = make(forge)

    mail = scene.deliver(scene.to_gateway(openssl.sign(scene.approval(), signer)))

    scene.assert_nothing_came_of(mail, code)


@pytest.mark.parametrize("first", ["the clone", "the real one"])
def test_a_clone_beside_the_real_certificate_is_not_taken_for_it(
    scene: Scene, forge: Forge, first: str
) -> None:
    """Issuer and serial number fit both: the signature fits the clone, the trust the real one."""
    real = scene.aarhus.certificate
    chain = [scene.aarhus.chain or Path()]
    # OpenSSL puts the signer's own certificate before those that it is given, unless told not to.
    clone = clone_with(forge, [real, *chain], f"beside-{first.replace(' ', '-')}")
    signed = openssl.sign(scene.approval(), clone)
    if first == "the real one":
        signed = without_own_certificate(scene, clone, [real, clone.certificate, *chain])

    mail = scene.deliver(scene.to_gateway(signed))

    scene.assert_nothing_came_of(mail, UNTRUSTED, "keys.signature.invalid")


def without_own_certificate(scene: Scene, signer: Identity, chain: list[Path]) -> bytes:
    """Sign, and send along exactly these certificates in this order."""
    along = signer.certificate.with_suffix(".along.pem")
    along.write_bytes(b"".join(path.read_bytes() for path in chain))
    return openssl.openssl(
        *("cms", "-sign", "-binary", "-nodetach", "-nocerts", "-md", "sha256"),
        *("-signer", str(signer.certificate), "-inkey", str(signer.key)),
        *("-certfile", str(along), "-outform", "SMIME"),
        stdin=scene.approval(),
    )


@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_a_broken_hash_signs_nothing(scene: Scene, digest: str) -> None:
    mail = scene.deliver(
        scene.to_gateway(openssl.sign(scene.approval(), scene.aarhus, digest=digest))
    )
    scene.assert_nothing_came_of(mail, "keys.signature.weak")


def test_a_revoked_certificate_signs_nothing(rig: Rig, tmp_path: Path) -> None:
    """With an authority of its own, so that no other test sees the list."""
    office = Authority(tmp_path / "revoking", issuing=True, key="p256", name="Tilbagekaldt")
    thief = office.kommune(NAME, CVR, ADDRESS, key="p256")
    number, line = rig.drafted()
    rig.run("anchor", "add", str(office.anchor))
    office.revoke(thief)
    rig.run("anchor", "add", str(office.anchor), "--crl", str(office.crl()))

    mail = rig.deliver(rig.seal(thief, rig.words(line, rig.aarhus)))
    rig.settle()

    assert rig.judged(mail) == ("quarantined", "keys.certificate.revoked")
    assert rig.state(number) == "DRAFT_SENT"


# --- what the certificate names ------------------------------------------------------------------


def test_a_certificate_that_names_two_organisations_names_nobody(
    scene: Scene, forge: Forge
) -> None:
    key = forging.new_key(forge.folder / "twofold.key")
    subject = f"/organizationIdentifier=NTRDK-{CVR}/serialNumber=CVR:29189641-UID:1/CN=x"
    pem = forging.issue(key.with_suffix(".pem"), key, subject, LEAF, by=forge.issuing)
    twofold = Identity("twofold", ADDRESS, key, pem, scene.aarhus.chain)

    mail = scene.deliver(scene.to_gateway(openssl.sign(scene.approval(), twofold)))

    scene.assert_nothing_came_of(mail, "sender.organisation")


def test_a_registered_certificate_of_another_number_names_nobody(rig: Rig, forge: Forge) -> None:
    """Somebody got a certificate of Aarhus registered with Skanderborg: it is neither's now."""
    number, line = rig.drafted()
    held = forge.issued()
    rig.run(
        *("partner", "add", "skanderborg", "--name", "Skanderborg", "--cvr", "29189633"),
        *("--municipality", "0746", "--address", "sikkermail@skanderborg.example"),
        *("--certificate", str(held.certificate), "--may", "request,approve"),
    )
    for address in (ADDRESS, "sikkermail@skanderborg.example"):
        entity = rig.words(line, rig.aarhus).replace(ADDRESS.encode(), address.encode(), 1)
        mail = rig.deliver(rig.encrypted(openssl.sign(entity, held), rig.outer(rig.aarhus)))
        rig.settle()
        assert rig.judged(mail) == ("quarantined", "sender.organisation")
    assert rig.state(number) == "DRAFT_SENT"


def test_the_forgeries_do_look_like_the_real_one(forge: Forge) -> None:
    clone = forge.made("compared", LEAF, serial=forge.serial_of(forge.world.aarhus))

    def told(identity: Identity) -> list[str]:
        options = ("-noout", "-subject", "-serial", "-nameopt", "utf8")
        said = openssl.openssl("x509", "-in", str(identity.certificate), *options).decode()
        return re.split(r"\n", said.strip())

    assert told(clone) == told(forge.world.aarhus)
