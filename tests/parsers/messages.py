"""Small messages that look like those of the procedures, with their words."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from parsers.catalogue import Catalogue, MessageType
from parsers.identifiers import Cpr, LegalBasis, MunicipalityCode
from parsers.problems import field_fault
from parsers.values import Money

Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]

Line = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00-\x1f]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Citizen(Strict):
    cpr: Cpr | None = None
    anonymous: Text | None = None
    name: Text
    address: Line | None = None

    @model_validator(mode="after")
    def known_or_anonymous(self) -> Self:
        if self.cpr is None and self.anonymous is None:
            raise field_fault("field.missing", "cpr")
        return self


class Caseworker(Strict):
    name: Text
    phone: Text


class PlacementRequest(Strict):
    kind: Literal["payment", "matching", "both"] = "both"
    citizen: Citizen
    acting_municipality: MunicipalityCode
    caseworker: Caseworker
    legal_basis: LegalBasis
    requested_start: date
    expected_end: date | None = None
    need: Text
    urgent: bool = False


class Rate(Strict):
    amount: Money
    unit: Literal["day", "hour", "month"]
    from_: date | None = Field(default=None, alias="from")


class Offer(Strict):
    rates: tuple[Rate, ...] = Field(min_length=1)
    start: date
    conditions: tuple[Text, ...] = ()


class Approval(Strict):
    version: int = Field(ge=1)
    digest: Text | None = None
    approver: Text


class Dialogue(Strict):
    text: Text


REQUEST = MessageType(
    "placement_request",
    PlacementRequest,
    titles={"da": "Anmodning om plads", "sv": "Begäran om plats", "en": "Placement request"},
    labels={
        "da": {
            "kind": "Aftaletype",
            "citizen.cpr": "CPR-nummer",
            "citizen.anonymous": "Begrundelse for anonymitet",
            "citizen.name": "Borgerens navn",
            "citizen.address": "Adresse",
            "acting_municipality": "Handlekommune",
            "caseworker.name": "Sagsbehandler",
            "caseworker.phone": "Telefon (sagsbehandler)",
            "legal_basis": "Lovgrundlag",
            "requested_start": "Ønsket start",
            "expected_end": "Forventet slut",
            "need": "Behov",
            "urgent": "Haster",
        },
        "sv": {
            "kind": "Avtalstyp",
            "citizen.cpr": "Personnummer (CPR)",
            "citizen.anonymous": "Skäl för anonymitet",
            "citizen.name": "Den enskildes namn",
            "acting_municipality": "Beställande kommun",
            "caseworker.name": "Handläggare",
            "caseworker.phone": "Telefon",
            "legal_basis": "Lagrum",
            "requested_start": "Önskad start",
            "expected_end": "Beräknat slut",
            "need": "Behov av stöd",
            "urgent": "Brådskande",
        },
        "en": {
            "kind": "Agreement type",
            "citizen.cpr": "CPR number",
            "citizen.anonymous": "Reason for anonymity",
            "citizen.name": "Citizen's name",
            "acting_municipality": "Acting municipality",
            "caseworker.name": "Caseworker",
            "caseworker.phone": "Phone",
            "legal_basis": "Legal basis",
            "requested_start": "Requested start",
            "expected_end": "Expected end",
            "need": "Need",
            "urgent": "Urgent",
        },
    },
    choices={
        "da": {
            "kind": {"payment": "betalingsaftale", "matching": "matchningsaftale", "both": "begge"}
        },
        "sv": {
            "kind": {"payment": "betalningsavtal", "matching": "matchningsavtal", "both": "båda"}
        },
    },
    aliases={"da": {"citizen.cpr": ("CPR", "Personnummer"), "citizen.name": ("Navn",)}},
)
OFFER = MessageType(
    "agreement_offer",
    Offer,
    titles={"da": "Tilbud", "en": "Offer"},
    labels={
        "da": {
            "rates.amount": "Takst",
            "rates.unit": "Takstenhed",
            "rates.from": "Takst gælder fra",
            "start": "Startdato",
            "conditions": "Særligt vilkår",
        }
    },
    choices={"da": {"rates.unit": {"day": "døgn", "hour": "time", "month": "måned"}}},
)
APPROVAL = MessageType(
    "agreement_approval",
    Approval,
    labels={"da": {"version": "Version", "digest": "Kontrolkode", "approver": "Godkender"}},
    titles={"da": "Godkendelse", "en": "Approval"},
    needs_addressee=True,
)
DIALOGUE = MessageType(
    "dialogue", Dialogue, titles={"da": "Dialog"}, labels={"da": {"text": "Tekst"}}
)
CATALOGUE = Catalogue([REQUEST, OFFER, APPROVAL, DIALOGUE])

BODY: dict[str, object] = {
    "kind": "both",
    "citizen": {"cpr": "670765-4005", "name": "Prøve Borger"},
    "acting_municipality": "0751",
    "caseworker": {"name": "S. Behandler", "phone": "89400000"},
    "legal_basis": "SEL § 107",
    "requested_start": "2026-12-01",
    "need": "Støtte døgnet rundt",
    "urgent": False,
}
FIELDS: dict[str, object] = {
    "sagspost": "1",
    "message": "placement_request",
    "id": "0f9c2b62",
    "to": "29190925",
    "reference": "AAK-2026-4711",
    "case": None,
    "body": BODY,
}
