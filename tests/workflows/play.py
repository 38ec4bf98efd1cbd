"""Plays a case: each method is one event, and the case moves on unless it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from parsers.identifiers import MunicipalityCode
from tests.workflows.stage import Stage
from workflows.catalogue import procedures
from workflows.engine import (
    Actor,
    AttachmentRef,
    Delivery,
    Party,
    Procedure,
    SendMail,
    Step,
)
from workflows.policy import Policy
from workflows.procedures.payment_agreement.agreement import Agreement, Version, latest

PROCEDURE = procedures()["payment_agreement"]
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REGION = Party("authority", "region", "Region Prøve", "29190925", "da")
AARHUS = Party("acting", "aarhus", "Aarhus Kommune", "55133018", "da", "0751")
VIBORG = Party("payer", "viborg", "Viborg Kommune", "29189846", "da", "0791")
GRANBO = Party("facility", "granbo", "Granbo", "", "da")
SKIVE = Party("successor", "skive", "Skive Kommune", "29189579", "da", "0779")
PEOPLE = {
    "acting": Actor("acting", "aarhus", "Aarhus Kommune"),
    "payer": Actor("payer", "viborg", "Viborg Kommune"),
    "successor": Actor("successor", "skive", "Skive Kommune"),
    "facility": Actor("facility", "granbo", "Granbo", "Lise Leder"),
    "authority": Actor("authority", "region", "Region Prøve", "Rie Region"),
    "gateway": Actor("gateway", "gateway", "Sagspost"),
    "clock": Actor("clock", "clock", "Sagspost"),
}
REQUEST = {
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger", "address": "Prøvevej 1"},
    "acting_municipality": "0751",
    "caseworker": {"name": "S. Behandler", "phone": "89400000"},
    "facility": "granbo",
    "legal_basis": "SEL § 107",
    "requested_start": "2026-12-01",
    "need": "Støtte døgnet rundt",
    "disclosure_basis": "consent",
}
OFFER = {"rate": {"amount": "1845.50", "unit": "day"}, "start": "2026-12-01"}
AMENDMENT = {
    "effective": "2027-02-01",
    "reason": "Mere støtte om natten",
    "rate": {"amount": "2000.00", "unit": "day"},
}
TRANSFER = {
    "to_municipality": "0779",
    "effective": "2027-03-15",
    "reason": "Borgeren er flyttet",
    "disclosure_basis": "consent",
}
SUBMISSION = {"to": "29190925", "reference": "AAK-2026-4711"}
ATTACHED = (AttachmentRef("plan.pdf", "ab" * 32, "7"),)


@dataclass
class Play(Stage):
    """A payment agreement on the stage."""

    procedure: Procedure = PROCEDURE
    parties: tuple[Party, ...] = (REGION, AARHUS, GRANBO)
    now: datetime = MONDAY

    @property
    def agreement(self) -> Agreement:
        assert isinstance(self.data, Agreement)
        return self.data

    @property
    def version(self) -> Version:
        return latest(self.agreement)

    def happens(self, name: str, role: str, body: Any = None, **changes: Any) -> Step:
        said = {"submission": SUBMISSION, "attachments": ATTACHED}
        return self.play(name, PEOPLE[role], body, **(said | changes))

    # --- what people and machines do -------------------------------------------------------------

    def request(self, body: dict[str, Any] | None = None, **changes: Any) -> Play:
        self.happens("placement_request", "acting", REQUEST | (body or {}), **changes)
        return self

    def delivered(self, name: str, role: str, evidence: str = "250") -> Play:
        self.happens(name, "gateway", Delivery(role=role, evidence=evidence))  # type: ignore[arg-type]  # literals
        return self

    def acknowledged(self) -> Play:
        return self.request().delivered("notice_accepted", "facility")

    def offer(self, body: dict[str, Any] | None = None, **changes: Any) -> Play:
        self.happens("offer", "authority", OFFER | (body or {}), **changes)
        return self

    def drafted(self) -> Play:
        return self.acknowledged().offer()

    def approve(self, role: str = "acting", body: Any = None, **changes: Any) -> Play:
        named = {"version": self.version.number, "digest": self.version.digest} | (body or {})
        self.happens("agreement_approval", role, named, **changes)
        return self

    def register(self, body: Any = None, **changes: Any) -> Play:
        registered = {
            "document": "brev.pdf",
            "channel": "Digital Post",
            "second_person": "Anders Anden",
            "approver": "Karen Kommune",
        }
        self.happens("register_approval", "authority", registered | (body or {}), **changes)
        return self

    def approved(self) -> Play:
        return self.drafted().approve()

    def confirmed(self) -> Play:
        return self.approved().delivered("confirmation_accepted", "inbox")

    def start(self, **changes: Any) -> Play:
        self.happens("start_settlement", "authority", **changes)
        return self

    def settling(self) -> Play:
        return self.confirmed().start()

    def amend(self, body: dict[str, Any] | None = None, **changes: Any) -> Play:
        """The facility offers a higher rate from February on."""
        self.happens("agreement_amendment", "facility", AMENDMENT | (body or {}), **changes)
        return self

    def amended(self, body: dict[str, Any] | None = None) -> Play:
        """An amendment is sent, approved and confirmed."""
        return self.settling().amend(body).approve().delivered("confirmation_accepted", "inbox")

    def transfer(self, body: dict[str, Any] | None = None, **changes: Any) -> Play:
        said = {"parties": (SKIVE,)} | changes
        self.happens("responsibility_transfer", "acting", TRANSFER | (body or {}), **said)
        return self

    def reported(self, name: str, role: str = "facility", **body: Any) -> Play:
        """A fact of a running agreement."""
        self.happens(name, role, body)
        return self

    @property
    def lines(self) -> list[tuple[str, str, str, str]]:
        """The settlement: month, first day, last day and amount of each line."""
        assert self.agreement.settlement is not None
        return [
            (line.month, f"{line.first:%m-%d}", f"{line.last:%m-%d}", str(line.amount))
            for line in self.agreement.settlement.lines
        ]

    def terminate(self, body: Any = None, role: str = "acting", **changes: Any) -> Play:
        said = {"reason": "Borgeren flytter"} | (body or {})
        self.happens("agreement_termination", role, said, **changes)
        return self

    # --- what came of it -------------------------------------------------------------------------

    def mails(self) -> dict[tuple[str, str], SendMail]:
        return {(one.wording, one.to): one for one in self.effects(SendMail)}

    def sent(self) -> set[tuple[str, str]]:
        return set(self.mails())


def with_policy(**settings: Any) -> Procedure:
    return procedures(Policy.model_validate(settings))["payment_agreement"]


def with_payer(procedure: Procedure = PROCEDURE) -> Play:
    """A request whose payer is another kommune, up to the draft."""
    play = Play(procedure, parties=(REGION, AARHUS, VIBORG, GRANBO))
    code = MunicipalityCode("0791")
    return play.request({"paying_municipality": code}).delivered("notice_accepted", "facility")
