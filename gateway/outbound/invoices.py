"""Settlement lines as the draft of an electronic invoice: UBL 2.1 as Peppol BIS Billing 3 has it.

A month whose corrections come to more than its days is a credit note, which names the drafts of the
months that it corrects.

A draft: who keeps the books adds where to pay, and sends it. It holds no personal data but what the
agreement calls its lines. Services of this kind are exempt from VAT (directive 2006/112/EC, article
132(1)(g); da: momsloven § 13, stk. 1, nr. 2). Amounts are those of the lines: where a line is no
whole number of units (a part of a month), it is one unit at its amount, and says how it came about.

The tests hold drafts against the OASIS schemas of UBL 2.1 and the EN 16931 rules of CEN. The rules
that Peppol adds are given out under terms that no package passes on, and are not run here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from xml.etree import ElementTree as ET

from gateway.errors import Refused
from gateway.settings import AuthoritySettings
from parsers.organisations import is_cvr

_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
_SPACES: Final = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
}
_BILLING: Final = "urn:fdc:peppol.eu:2017:poacc:billing"
_CUSTOMIZATION: Final = f"urn:cen.eu:en16931:2017#compliant#{_BILLING}:3.0"
_CVR: Final = "0184"
_GLN: Final = "0088"
_UNITS: Final = {"day": "DAY", "hour": "HUR", "month": "MON", "once": "C62"}
"""UN/ECE recommendation 20."""
_UNIT_WORDS: Final = {"day": "døgn", "hour": "timer", "month": "måneder", "once": "gange"}
_EXEMPT: Final = ("VATEX-EU-132-1G", "Fritaget for moms, momsloven § 13, stk. 1, nr. 2")
_NO_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CENT: Final = Decimal("0.01")
_TERMS: Final = "Modregnes eller udbetales senest {due:%d.%m.%Y}."
_ADDRESS: Final = re.compile(r"(?P<street>.+?),\s*(?P<zone>[0-9]{4})\s+(?P<city>.+)")


@dataclass(frozen=True, slots=True)
class InvoiceParty:
    """Who bills, or who pays; ``gln`` is where electronic invoices are addressed to."""

    name: str
    cvr: str
    gln: str | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """A settlement line as an invoice has it: the amount is the quantity times the price."""

    name: str
    note: str
    unit: str
    quantity: Decimal
    price: Decimal
    amount: Decimal
    first: date
    last: date
    corrects: str | None = None
    """The month, `2026-11`, that a line corrects, where it is one of a closed month."""


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice, or a credit note, for one month of one case."""

    number: str
    case: str
    reference: str
    issued: date
    due: date
    seller: InvoiceParty
    buyer: InvoiceParty
    lines: tuple[InvoiceLine, ...]

    @property
    def total(self) -> Decimal:
        """The sum of the lines; there is no VAT."""
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def is_credit(self) -> bool:
        """Whether the month gives money back, and is a credit note."""
        return self.total < 0


def invoice_draft(
    number: str,
    body: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    authority: AuthoritySettings,
    today: date,
) -> InvoiceDraft:
    """Make the draft of one month's lines. Raises Refused for what can not be billed."""
    months = {line["month"] for line in lines}
    if len(months) != 1:
        raise Refused("An invoice is of one month: say which with --month.")
    if any(line["amount"] is None for line in lines):
        raise Refused(f"{number}: a line waits for reported hours; there is no invoice before.")
    if any(line.get("disputed") for line in lines):
        raise Refused(f"{number}: a line is disputed; there is no invoice before it is answered.")
    payers = {line["payer"] for line in lines}
    if len(payers) != 1:
        raise Refused(f"{number}: several pay in this month; say who with --payer.")
    billing = _billing(body["case"]["data"])
    return InvoiceDraft(
        number=f"{number}-{months.pop()}",
        case=number,
        reference=billing.get("reference") or number,
        issued=today,
        due=today + timedelta(days=int(billing.get("due_days") or 30)),
        seller=_seller(number, authority),
        buyer=_payer(number, body, payers.pop(), billing.get("ean")),
        lines=tuple(_line(line) for line in lines),
    )


def _seller(number: str, authority: AuthoritySettings) -> InvoiceParty:
    if not is_cvr(authority.cvr):
        raise Refused(f"{number}: an invoice draft names its seller by CVR, and we have none.")
    return InvoiceParty(authority.name, authority.cvr, address=authority.address)


def _billing(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """How the version that is settled is billed."""
    versions = data.get("versions") or ()
    settled = [one for one in versions if one["state"] in ("active", "ended")]
    terms = (settled or list(versions))[-1]["terms"] if versions else {}
    found: Mapping[str, Any] = terms.get("billing") or {}
    return found


def _payer(number: str, body: Mapping[str, Any], key: str | None, gln: str | None) -> InvoiceParty:
    """Who pays; the EAN of the agreement is that of the kommune that it was made with."""
    parties = list(body["case"]["parties"])
    party = next((one for one in parties if one["key"] == key and is_cvr(one["cvr"])), None)
    if party is None:
        raise Refused(f"{number}: nobody with a CVR number pays.")
    first = next((p for p in parties if p["role"] == "payer"), None) or next(
        (p for p in parties if p["role"] == "acting"), party
    )
    return InvoiceParty(party["name"], party["cvr"], gln if party["key"] == first["key"] else None)


def _line(line: Mapping[str, Any]) -> InvoiceLine:
    amount, rate = Decimal(line["amount"]), Decimal(line["rate"])
    quantity, unit = Decimal(line["quantity"] or 1), line["unit"]
    note = ""
    whole = (quantity * rate).quantize(_CENT, ROUND_HALF_UP) == amount and rate >= 0
    if not whole:
        note = f"{_comma(quantity)} {_UNIT_WORDS.get(unit, unit)} à {_comma(rate)} kr."
        quantity, rate, unit = Decimal(-1 if amount < 0 else 1), abs(amount), "once"
    return InvoiceLine(
        name=line["label"],
        note=note,
        unit=_UNITS.get(unit, "C62"),
        quantity=quantity,
        price=rate,
        amount=amount,
        first=date.fromisoformat(line["first"]),
        last=date.fromisoformat(line["last"]),
        corrects=line.get("corrects"),
    )


def _comma(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")


class _Element:
    """Builds an element in the order of its schema, prefix by prefix."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element

    def text(self, name: str, value: object, **attributes: str) -> None:
        """Add a basic component; nothing where there is no value."""
        if value not in (None, ""):
            found = ET.SubElement(self.element, f"{{{_SPACES['cbc']}}}{name}", attributes)
            found.text = _NO_XML.sub("", str(value))

    def money(self, name: str, value: Decimal) -> None:
        """Add an amount in kroner."""
        self.text(name, f"{value:.2f}", currencyID="DKK")

    def group(self, name: str) -> _Element:
        """Add an aggregate component, and give it to be filled."""
        return _Element(ET.SubElement(self.element, f"{{{_SPACES['cac']}}}{name}"))


@dataclass(frozen=True, slots=True)
class _Document:
    """How a kind of document names its parts; a credit note turns every sign."""

    name: str
    code: str
    quantity: str
    sign: int

    @property
    def space(self) -> str:
        """The namespace of its schema."""
        return f"{_UBL}{self.name}-2"


_INVOICE: Final = _Document("Invoice", "380", "InvoicedQuantity", 1)
_CREDIT_NOTE: Final = _Document("CreditNote", "381", "CreditedQuantity", -1)
"""UNTDID 1001."""


def peppol_document(draft: InvoiceDraft) -> bytes:
    """Return the draft as UBL 2.1 in UTF-8. The same draft gives the same bytes."""
    document = _CREDIT_NOTE if draft.is_credit else _INVOICE
    for prefix, space in (_SPACES | {"": document.space}).items():
        ET.register_namespace(prefix, space)
    root = _Element(ET.Element(f"{{{document.space}}}{document.name}"))
    _head(root, draft, document)
    _party(root.group("AccountingSupplierParty").group("Party"), draft.seller, taxed=True)
    _party(root.group("AccountingCustomerParty").group("Party"), draft.buyer, taxed=False)
    if draft.is_credit:
        root.group("PaymentTerms").text("Note", _TERMS.format(due=draft.due))
    _totals(root, document.sign * draft.total)
    for at, line in enumerate(draft.lines, 1):
        _line_of(root.group(f"{document.name}Line"), at, line, document)
    ET.indent(root.element)
    written: bytes = ET.tostring(root.element, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _head(root: _Element, draft: InvoiceDraft, document: _Document) -> None:
    root.text("CustomizationID", _CUSTOMIZATION)
    root.text("ProfileID", f"{_BILLING}:01:1.0")
    root.text("ID", draft.number)
    root.text("IssueDate", draft.issued)
    root.text("DueDate", None if draft.is_credit else draft.due)
    root.text(f"{document.name}TypeCode", document.code)
    root.text("DocumentCurrencyCode", "DKK")
    root.text("BuyerReference", draft.reference)
    _period(root, min(line.first for line in draft.lines), max(line.last for line in draft.lines))
    for month in sorted({line.corrects for line in draft.lines if line.corrects}):
        earlier = root.group("BillingReference").group("InvoiceDocumentReference")
        earlier.text("ID", f"{draft.case}-{month}")
    root.group("ContractDocumentReference").text("ID", draft.case)


def _period(to: _Element, first: date, last: date) -> None:
    period = to.group("InvoicePeriod")
    period.text("StartDate", first)
    period.text("EndDate", last)


def _party(party: _Element, of: InvoiceParty, *, taxed: bool) -> None:
    if of.gln:
        party.text("EndpointID", of.gln, schemeID=_GLN)
    else:
        party.text("EndpointID", f"DK{of.cvr}", schemeID=_CVR)
    party.group("PartyName").text("Name", of.name)
    address = party.group("PostalAddress")
    match = _ADDRESS.fullmatch(of.address)
    address.text("StreetName", match["street"] if match else of.address)
    address.text("CityName", match["city"] if match else None)
    address.text("PostalZone", match["zone"] if match else None)
    address.group("Country").text("IdentificationCode", "DK")
    if taxed:
        scheme = party.group("PartyTaxScheme")
        scheme.text("CompanyID", f"DK{of.cvr}")
        scheme.group("TaxScheme").text("ID", "VAT")
    entity = party.group("PartyLegalEntity")
    entity.text("RegistrationName", of.name)
    entity.text("CompanyID", f"DK{of.cvr}", schemeID=_CVR)


def _totals(root: _Element, total: Decimal) -> None:
    tax = root.group("TaxTotal")
    tax.money("TaxAmount", Decimal(0))
    subtotal = tax.group("TaxSubtotal")
    subtotal.money("TaxableAmount", total)
    subtotal.money("TaxAmount", Decimal(0))
    _category(subtotal.group("TaxCategory"), reason=True)
    sums = root.group("LegalMonetaryTotal")
    for name in ("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount"):
        sums.money(name, total)
    sums.money("PayableAmount", total)


def _category(category: _Element, *, reason: bool) -> None:
    category.text("ID", "E")
    category.text("Percent", "0")
    if reason:
        category.text("TaxExemptionReasonCode", _EXEMPT[0])
        category.text("TaxExemptionReason", _EXEMPT[1])
    category.group("TaxScheme").text("ID", "VAT")


def _line_of(to: _Element, at: int, line: InvoiceLine, document: _Document) -> None:
    to.text("ID", at)
    to.text(document.quantity, f"{document.sign * line.quantity:f}", unitCode=line.unit)
    to.money("LineExtensionAmount", document.sign * line.amount)
    _period(to, line.first, line.last)
    item = to.group("Item")
    item.text("Description", line.note)
    item.text("Name", line.name)
    _category(item.group("ClassifiedTaxCategory"), reason=False)
    to.group("Price").money("PriceAmount", line.price)
