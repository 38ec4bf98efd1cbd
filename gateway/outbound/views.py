"""The data that documents are printed from, in the terms of the domain.

A view comes with a step's `MakeDraft` effect: JSON, money as strings with two decimals, dates as
ISO 8601. What is absent is left out or null. `gateway.outbound.printing` turns it into what the
templates set.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict

Variant = Literal["full", "payer"]
"""The payer's copy holds terms and billing, and of the citizen only name and CPR number."""


class Authority(TypedDict):
    """Who issues the document; address and phone stand in the letterhead (S0-R20, R21)."""

    name: str
    cvr: str
    address: NotRequired[str | None]
    phone: NotRequired[str | None]


class Party(TypedDict):
    """One party; `role` is `acting`, `payer`, `facility` or `authority`.

    `lines` are printed beneath the name: address, contact. `signs` asks for a signature block.
    """

    role: str
    name: str
    cvr: NotRequired[str | None]
    lines: NotRequired[Sequence[str]]
    signs: NotRequired[bool]


class Citizen(TypedDict):
    """The citizen. A protected address is left out by who makes the view."""

    name: str
    cpr: NotRequired[str | None]
    address: NotRequired[str | None]
    guardians: NotRequired[Sequence[str]]


Rate = TypedDict(
    "Rate",
    {
        "amount": str,
        "unit": str,
        "from": NotRequired[str | None],
        "to": NotRequired[str | None],
        "price_level": NotRequired[str | None],
        "label": NotRequired[str | None],
        "hours": NotRequired[str | None],
    },
)
"""A rate or a supplement: kroner for one `day`, `hour`, `month` or `once`."""


class PlanLine(TypedDict):
    """One price in one month (`YYYY-MM`); quantity and amount are null while not known."""

    month: str
    first: str
    last: str
    label: str
    unit: str
    quantity: str | None
    rate: str
    amount: str | None


class Terms(TypedDict):
    """What is agreed. Texts may be one string or a list of paragraphs."""

    rates: Sequence[Rate]
    start: str
    end: NotRequired[str | None]
    service: NotRequired[str | None]
    scope: NotRequired[str | None]
    supplements: NotRequired[Sequence[Rate] | None]
    billing: NotRequired[str | Sequence[str] | None]
    matching: NotRequired[str | Sequence[str] | None]
    notice_policy: NotRequired[str | Sequence[str] | None]
    special_terms: NotRequired[str | Sequence[str] | None]
    operator: NotRequired[str | None]
    valid_until: NotRequired[str | None]


class AgreementView(TypedDict):
    """All that a draft agreement prints; `kind` is `both`, `payment` or `matching`."""

    case: str
    version: int
    digest: str
    date: str
    kind: str
    authority: Authority
    parties: Sequence[Party]
    citizen: Citizen
    legal_basis: str
    facility: str
    terms: Terms
    reference: NotRequired[str | None]
    duration: NotRequired[str | None]
    need: NotRequired[str | None]
    plan: NotRequired[Sequence[PlanLine]]
    purpose: NotRequired[str]
    """`agreement`, or what a later version is for: `amendment`, `transfer`."""


class PlanView(TypedDict):
    """All that a settlement plan prints; `digest` is that of the version that is settled."""

    case: str
    version: int
    digest: str
    date: str
    authority: Authority
    facility: str
    payer: str
    citizen: Citizen
    period: Mapping[str, str | None]
    lines: Sequence[PlanLine]
