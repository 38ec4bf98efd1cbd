"""The sender is whom the certificate names; what differs and is no reason to refuse is flagged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.errors import Refused
from gateway.showcase import openssl
from gateway.showcase.authority import Identity
from gateway.store import traces
from gateway.store.explanations import meaning
from tests.gateway import forging
from tests.gateway.rig import Rig, World

ROOT = Path(__file__).resolve().parents[3]
WORDS = ROOT / "gateway" / "store" / "words"
CVR = "29189633"
IDN = "post@rådhus.example"
IDN_ASCII = "post@xn--rdhus-mra.example"
EAI = "søg@skanderborg.example"
PLAIN = "sikkermail@skanderborg.example"
SUBJECT = f"/C=DK/organizationIdentifier=NTRDK-{CVR}/O=Skanderborg Kommune/CN=Skanderborg"
UTF8_NAME = "otherName:1.3.6.1.5.5.7.8.9;FORMAT:UTF8,UTF8:"


@dataclass(frozen=True)
class Registered:
    """A gateway with one more partner, which has three addresses and certificates as we like."""

    rig: Rig
    folder: Path

    def signer(
        self, *names: str, subject: str = SUBJECT, by: str = "issuing", address: str = PLAIN
    ) -> Identity:
        """A certificate with these alternative names."""
        world = self.rig.world
        key = forging.new_key(self.folder / f"{len(list(self.folder.iterdir()))}.key")
        extensions = forging.LEAF.replace("digitalSignature", "digitalSignature, keyAgreement")
        if names:
            lines = [name.partition(":") for name in names]
            extensions += "subjectAltName = @names\n[names]\n"
            extensions += "".join(
                f"{kind}.{n} = {value}\n" for n, (kind, _, value) in enumerate(lines)
            )
        office = world.authority.folder / by
        pem = forging.issue(key.with_suffix(".pem"), key, subject, extensions, by=office)
        return Identity("Skanderborg", address, key, pem, world.authority.intermediate)

    def send(self, signer: Identity, written: str) -> str:
        """Send words under a From, in UTF-8 where it is not ASCII; gives the mail."""
        self.rig.clock.time += timedelta(hours=2)  # so many answers are given in an hour, no more
        entity = self.rig.words(f"Har I plads? {uuid4()}", self.rig.aarhus).replace(
            b"From: sikkermail@aarhus.example", f"From: {written}".encode(), 1
        )
        signed = openssl.sign(entity, signer)
        mail = self.rig.deliver(self.rig.encrypted(signed, self.rig.outer(PLAIN)))
        self.rig.settle()
        return mail

    def notes(self, mail: str) -> set[str]:
        """What was flagged, but that the outer From differs, as it does in all these."""
        codes = {step["code"] for step in self.rig.trace(mail)}
        return {code for code in codes if code.startswith("flag.")} - {"flag.from.differs"}


@pytest.fixture(scope="module")
def registered(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registered]:
    rig = Rig(world, tmp_path_factory.mktemp("senders"), key="p256")
    made = Registered(rig, tmp_path_factory.mktemp("certificates"))
    reader = made.signer(f"email:{PLAIN}")
    rig.readers |= dict.fromkeys((PLAIN, IDN_ASCII, EAI), reader)
    rig.run(
        *("partner", "add", "skanderborg", "--name", "Skanderborg", "--cvr", CVR),
        *("--municipality", "0746", "--certificate", str(reader.certificate)),
        *("--address", PLAIN, "--address", IDN, "--address", EAI),
    )
    yield made
    rig.close()


ADDRESS_NOTES: dict[str, tuple[tuple[str, ...], str, str | None]] = {
    "the same address": ((f"email:{PLAIN}",), PLAIN, None),
    "one of two": (("email:x@skanderborg.example", f"email:{PLAIN}"), PLAIN, None),
    "another address": (("email:x@skanderborg.example",), PLAIN, "flag.address.other"),
    "another domain": (("email:sikkermail@evil.example",), PLAIN, "flag.address.other"),
    "no address": ((), PLAIN, "flag.address.none"),
    "no mail name among the names": (("DNS:x.example",), PLAIN, "flag.address.none"),
    "in other letters": (("email:SikkerMail@skanderborg.example",), PLAIN, "flag.address.spelling"),
    "the domain as the DNS has it": ((f"email:{IDN_ASCII}",), IDN, None),
    "a UTF-8 mailbox": ((f"{UTF8_NAME}{EAI}",), EAI, None),
    "a UTF-8 mailbox beside others": ((f"email:{PLAIN}", f"{UTF8_NAME}{EAI}"), EAI, None),
    "another UTF-8 mailbox": ((f"{UTF8_NAME}sæg@skanderborg.example",), EAI, "flag.address.other"),
}


@pytest.mark.parametrize("case", ADDRESS_NOTES)
def test_an_address_that_the_certificate_does_not_bear_out_is_flagged(
    registered: Registered, case: str
) -> None:
    names, written, note = ADDRESS_NOTES[case]

    mail = registered.send(registered.signer(*names), written)

    assert registered.rig.judged(mail) == ("manual", "submission.none")
    assert registered.rig.message(mail)["partner"] == "skanderborg"
    found = registered.notes(mail)
    assert found == ({note} if note else set())
    evidence = registered.rig.letter("manual").evidence
    assert found <= set(evidence["sender"]["notes"]), "the evidence says so too"
    # Not every relay takes an address in UTF-8; the partner's first other one gets the answer.
    expected = {EAI: PLAIN, IDN: IDN_ASCII}.get(written, written)
    assert registered.rig.letter("manual").to == expected


def test_an_address_in_the_subject_only_is_flagged(registered: Registered) -> None:
    signer = registered.signer(subject=f"{SUBJECT}/emailAddress={PLAIN}")

    mail = registered.send(signer, PLAIN)

    assert registered.rig.judged(mail)[0] == "manual"
    assert registered.notes(mail) == {"flag.address.subject_only"}


SPELLINGS = {
    "in capitals": "SIKKERMAIL@SKANDERBORG.EXAMPLE",
    "with a name": f"Skanderborg Kommune <{PLAIN}>",
    "with an encoded name": f"=?utf-8?q?R=C3=A5dhuset?= <{PLAIN}>",
    "a domain in Unicode": IDN,
    "a domain as the DNS has it": IDN_ASCII,
    "a domain in capitals": "Post@RÅDHUS.example",
    "a letter and its ring": "post@ra\u030adhus.example",
    "a local part in UTF-8": EAI,
    "a local part in UTF-8 and capitals": "SØG@skanderborg.example",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_registered_address_is_known_in_each_of_its_spellings(
    registered: Registered, spelling: str
) -> None:
    mail = registered.send(registered.signer(f"email:{PLAIN}"), SPELLINGS[spelling])

    assert registered.rig.judged(mail) == ("manual", "submission.none")
    assert registered.rig.message(mail)["partner"] == "skanderborg"


TWINS = {
    "another local part": "søk@skanderborg.example",
    "a Cyrillic letter": "sikkerm\u0430il@skanderborg.example",
    "a Cyrillic domain": "sikkermail@sk\u0430nderborg.example",
    "without its ring": "post@radhus.example",
    "a Kelvin sign": "si\u212akermail@skanderborg.example",
    "a subdomain": "sikkermail@x.skanderborg.example",
    "a longer domain": "sikkermail@skanderborg.example.evil.example",
    "a longer local part": "x.sikkermail@skanderborg.example",
    "a plus": "sikkermail+x@skanderborg.example",
}


@pytest.mark.parametrize("twin", TWINS)
def test_what_looks_like_a_registered_address_is_another(registered: Registered, twin: str) -> None:
    mail = registered.send(registered.signer(f"email:{PLAIN}"), TWINS[twin])

    assert registered.rig.judged(mail) == ("quarantined", "sender.from")


# --- the organisation's number -------------------------------------------------------------------

NUMBERS = {
    "OCES3": f"/organizationIdentifier=NTRDK-{CVR}/CN=x",
    "OCES2, a function": f"/serialNumber=CVR:{CVR}-FID:12345678/CN=x",
    "OCES2, a company": f"/serialNumber=CVR:{CVR}-UID:12345678/CN=x",
    "OCES2, an employee": f"/serialNumber=CVR:{CVR}-RID:12345678/CN=x",
    "both, and the same": f"/organizationIdentifier=NTRDK-{CVR}/serialNumber=CVR:{CVR}-UID:1/CN=x",
}


@pytest.mark.parametrize("layout", NUMBERS)
def test_each_layout_of_the_number_names_the_partner(registered: Registered, layout: str) -> None:
    signer = registered.signer(f"email:{PLAIN}", subject=NUMBERS[layout])

    assert registered.rig.message(registered.send(signer, PLAIN))["partner"] == "skanderborg"


NOBODY = {
    "a digit less": f"/organizationIdentifier=NTRDK-{CVR[:-1]}/CN=x",
    "a digit more": f"/organizationIdentifier=NTRDK-{CVR}0/CN=x",
    "the Swedish register": f"/organizationIdentifier=NTRSE-{CVR}/CN=x",
    "a VAT number": f"/organizationIdentifier=VATDK-{CVR}/CN=x",
    "in the common name": f"/CN=NTRDK-{CVR}",
    "in the organisation": f"/O=Skanderborg \\/\\/ CVR:{CVR}/CN=x",
    "in the wrong field": f"/serialNumber=NTRDK-{CVR}/CN=x",
    "behind something": f"/serialNumber=X-CVR:{CVR}-UID:1/CN=x",
}


@pytest.mark.parametrize("layout", NOBODY)
def test_what_only_looks_like_a_number_names_nobody(registered: Registered, layout: str) -> None:
    signer = registered.signer(f"email:{PLAIN}", subject=NOBODY[layout])

    mail = registered.send(signer, PLAIN)

    assert registered.rig.judged(mail) == ("quarantined", "sender.unknown")


def test_a_swedish_number_names_a_swedish_partner(registered: Registered) -> None:
    rig, address = registered.rig, "post@lund.example"
    signers = [
        registered.signer(
            f"email:{address}", subject=f"/C=SE/organizationIdentifier=NTRSE-{n}/CN=x"
        )
        for n in ("232100-0164", "2321000164")
    ]
    rig.run(
        *("partner", "add", "lund", "--name", "Lunds kommun", "--cvr", "232100-0164"),
        *("--language", "sv", "--certificate", str(signers[0].certificate)),
        *("--address", address),
    )

    for signer in signers:
        mail = registered.send(signer, address)
        assert rig.judged(mail) == ("manual", "submission.none")
        assert rig.message(mail)["partner"] == "lund"


def test_a_registered_certificate_without_a_number_names_its_partner(
    registered: Registered,
) -> None:
    rig = registered.rig
    signer = registered.signer("email:post@samsoe.example", subject="/O=Samsø/CN=Samsø")
    rig.run(
        *("partner", "add", "samsoe", "--name", "Samsø Kommune", "--cvr", "23795515"),
        *("--certificate", str(signer.certificate), "--address", "post@samsoe.example"),
    )
    twin = registered.signer("email:post@samsoe.example", subject="/O=Samsø/CN=Samsø")

    mail = registered.send(signer, "post@samsoe.example")
    other = registered.send(twin, "post@samsoe.example")

    assert rig.message(mail)["partner"] == "samsoe"
    assert rig.judged(other) == ("quarantined", "sender.unknown")


@pytest.mark.parametrize(
    "address", ['"x"@skanderborg.example', "x@[192.0.2.1]", "x(y)@z.example", "x@-.example"]
)
def test_an_address_that_no_from_could_name_is_not_registered(
    registered: Registered, address: str
) -> None:
    with pytest.raises(Refused, match="plain mail address"):
        registered.rig.run(
            *("partner", "add", "x", "--name", "X", "--cvr", "23795515", "--address", address)
        )


def test_a_facility_with_the_number_of_its_kommune_is_still_the_facility(
    registered: Registered,
) -> None:
    """Its certificate names the kommune that runs it, and is registered as the facility's."""
    rig, address = registered.rig, "skovbo@skanderborg.example"
    signer = registered.signer(f"email:{address}")
    rig.run(
        *("facility", "add", "skovbo", "--name", "Skovbo", "--address", address),
        *("--certificate", str(signer.certificate)),
    )

    own = registered.send(signer, address)
    as_kommune = registered.send(signer, PLAIN)
    stranger = registered.send(registered.signer(f"email:{address}"), address)

    assert rig.message(own)["partner"] == "skovbo"
    assert rig.message(as_kommune)["partner"] == "skanderborg"
    assert rig.judged(stranger) == ("quarantined", "sender.from")


ENGLISH = (WORDS / "wording.en.toml").read_text("utf-8")
FLAGS = set(re.findall(r'^"(flag[a-z_.]+)"', ENGLISH, re.MULTILINE))


def test_every_flag_is_told_in_each_language_and_on_the_page() -> None:
    assert len(FLAGS) == 13
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    for flag in FLAGS:
        told = {language: meaning(flag, language) for language in ("da", "sv", "en")}
        assert len(set(told.values())) == 3, told
        assert f"| `{flag}` | {str(told['en']).rstrip('.')} |" in page


def test_every_flag_that_is_raised_has_words() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "gateway" / "pipeline").glob("*.py")]
    raised = {code for text in sources for code in re.findall(r'"(flag\.[a-z_.]*[a-z])"', text)}
    assert raised == FLAGS


def test_a_flag_is_told_in_the_language_of_the_reader(registered: Registered) -> None:
    mail = registered.send(registered.signer("email:x@skanderborg.example"), PLAIN)

    with registered.rig.gateway.store.read() as unit:
        steps = traces.trace(unit, int(mail[1:]), "da")

    (told,) = (step["told"] for step in steps if step["code"] == "flag.address.other")
    assert told == {"what": "Bemærk", "why": "Certifikatet nævner en anden adresse end From."}
