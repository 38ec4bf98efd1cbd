"""From a view to what the templates set: Danish words, dates and amounts, in the order of reading.

Also decides what the payer's copy leaves out: need, matching and everything about the citizen that
billing can do without (data minimisation, GDPR article 5(1)(c)).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from gateway.outbound import danish
from gateway.outbound.views import (
    AgreementView,
    Authority,
    Citizen,
    Party,
    PlanLine,
    PlanView,
    Rate,
    Variant,
)
from parsers.identifiers import Cpr
from parsers.organisations import titled

Printed = dict[str, Any]
"""JSON for a template; its shape is the template's own."""

TITLES: Final[Mapping[str, str]] = {
    "both": "Betalings- og matchningsaftale",
    "payment": "Betalingsaftale",
    "matching": "Matchningsaftale",
}
_ROLES: Final[Mapping[str, str]] = {
    "acting": "Handlekommune",
    "payer": "Betalingskommune",
    "facility": "Tilbud",
    "authority": "Leverandør",
}
_DURATIONS: Final[Mapping[str, str]] = {"temporary": "Midlertidigt", "permanent": "Varigt"}
_OPERATORS: Final[Mapping[str, str]] = {
    "own": "Handlekommunen selv",
    "other_kommune": "En anden kommune",
    "region": "En region",
    "private": "En privat leverandør",
}
_NOTICE: Final = (
    "Parterne kan opsige aftalen skriftligt med det varsel, der gælder efter rammeaftalen. "
    "Slutdatoen beregnes og meddeles, når opsigelsen er modtaget."
)
_SETTLEMENT: Final = (
    "Afregningen begynder, når aftalen er godkendt og bekræftet, og sker månedsvis. "
    "Hver linje afrundes til hele øre."
)


def printed_agreement(view: AgreementView, variant: Variant) -> Printed:
    """Return what `agreement.typ` sets. Raises ViewError, or KeyError for a missing field."""
    terms, full = view["terms"], variant == "full"
    return {
        **_sheet(view["case"], view["version"], view["digest"], view["date"], view["authority"]),
        "title": _title(view),
        "subtitle": _subtitle(view, full=full),
        "description": f"Udkast til aftale i sag {view['case']}, version {view['version']}",
        "parties": [_party(party) for party in _all_parties(view)],
        "citizen": _citizen(view["citizen"], full=full),
        "basis": _basis(view, full=full),
        "terms": _terms(view, full=full),
        "rates": [_rate(rate, "Takst") for rate in terms["rates"]],
        "supplements": [_rate(rate, "Tillæg") for rate in terms.get("supplements") or ()],
        "settlement": _paragraphs(terms.get("billing")) or [_SETTLEMENT],
        "matching": _paragraphs(terms.get("matching")) if full else [],
        "notice": _paragraphs(terms.get("notice_policy")) or [_NOTICE],
        "special": _paragraphs(terms.get("special_terms")),
        "plan": _plan(view.get("plan") or ()),
        "approval": _approval(view),
    }


def printed_plan(view: PlanView) -> Printed:
    """Return what `settlement.typ` sets. Raises ViewError, or KeyError for a missing field."""
    period = view["period"]
    return {
        **_sheet(view["case"], view["version"], view["digest"], view["date"], view["authority"]),
        "title": "Afregningsplan",
        "subtitle": danish.period(period.get("from"), period.get("to")),
        "description": f"Afregningsplan i sag {view['case']}",
        "basis": _rows(
            ("Betaler", view["payer"]),
            ("Tilbud", view["facility"]),
            ("Borger", view["citizen"]["name"]),
            _number(view["citizen"].get("cpr")),
        ),
        "plan": _plan(view["lines"]),
    }


def _sheet(case: str, version: int, digest: str, date: str, authority: Authority) -> Printed:
    made = danish.iso_date(date)
    line = [authority.get("address"), titled(authority["cvr"]), authority.get("phone")]
    return {
        "case": case,
        "version": str(version),
        "digest": digest,
        "marking": f"Version {version} · {danish.long_date(date)}",
        "made": {"year": made.year, "month": made.month, "day": made.day},
        "authority": {"name": authority["name"], "line": " · ".join(filter(None, line))},
    }


def _title(view: AgreementView) -> str:
    title = TITLES.get(view["kind"], TITLES["both"])
    match view.get("purpose"):
        case "amendment":
            return f"Ændring af {title[0].lower()}{title[1:]}"
        case "transfer":
            return f"{title} ved ny handlekommune"
        case _:
            return title


def _is_change(view: AgreementView) -> bool:
    return view.get("purpose", "agreement") != "agreement"


def _subtitle(view: AgreementView, *, full: bool) -> str:
    words = f"Udkast til godkendelse, version {view['version']}"
    until = view["terms"].get("valid_until")
    if until:
        words += f" · gælder til og med {danish.long_date(until)}"
    return words if full else f"{words}\nTil betalingskommunen: vilkår og betaling"


def _all_parties(view: AgreementView) -> list[Party]:
    """Return the parties, the authority last where the view does not place it."""
    parties = list(view["parties"])
    if any(party["role"] == "authority" for party in parties):
        return parties
    authority = view["authority"]
    lines = [line for line in (authority.get("address"), authority.get("phone")) if line]
    supplier: Party = {"role": "authority", "name": authority["name"], "lines": lines}
    return [*parties, {**supplier, "cvr": authority["cvr"]}]


def _party(party: Party) -> Printed:
    cvr = party.get("cvr")
    lines = [*party.get("lines", ()), *([titled(cvr)] if cvr else [])]
    return {
        "role": _ROLES.get(party["role"], party["role"]),
        "name": party["name"],
        "lines": lines,
    }


def _citizen(citizen: Citizen, *, full: bool) -> list[Printed]:
    rows = _rows(("Borger", citizen["name"]), _number(citizen.get("cpr")))
    if full:
        guardians = "\n".join(citizen.get("guardians") or ())
        rows += _rows(("Adresse", citizen.get("address")), ("Værge", guardians))
    return rows


def _number(cpr: str | None) -> tuple[str, str | None]:
    """A row with the citizen's number, labelled where it is a substitute (da: erstatnings-)."""
    try:
        substitute = cpr is not None and Cpr(cpr).substitute
    except ValueError:
        substitute = False
    return ("Erstatningspersonnummer" if substitute else "CPR-nummer", cpr)


def _basis(view: AgreementView, *, full: bool) -> list[Printed]:
    duration = view.get("duration")
    return _rows(
        ("Hjemmel", view["legal_basis"]),
        ("Ophold", _DURATIONS.get(duration, duration) if duration else None),
        ("Handlekommunens reference", view.get("reference")),
        ("Behov", view.get("need") if full else None),
    )


def _terms(view: AgreementView, *, full: bool) -> list[Printed]:
    terms = view["terms"]
    end = terms.get("end")
    return _rows(
        ("Tilbud", view["facility"]),
        ("Driftsherre", _OPERATORS.get(terms.get("operator") or "")),
        ("Ydelse", terms.get("service") if full else None),
        ("Omfang", terms.get("scope")),
        ("Gælder fra" if _is_change(view) else "Startdato", danish.long_date(terms["start"])),
        ("Slutdato", danish.long_date(end) if end else "Løber, til aftalen opsiges"),
    )


def _rate(rate: Rate, what: str) -> Printed:
    unit = danish.UNITS.get(rate["unit"], rate["unit"])
    hours = rate.get("hours")
    label = rate.get("label") or what
    return {
        "what": f"{label}, {danish.quantity(hours, 'hour')} pr. måned" if hours else label,
        "period": danish.period(rate.get("from"), rate.get("to")),
        "level": rate.get("price_level") or "–",
        "amount": danish.amount(rate["amount"]),
        "unit": unit,
    }


def _plan(lines: Sequence[PlanLine]) -> Printed:
    known = [Decimal(line["amount"]) for line in lines if line["amount"] is not None]
    total = danish.amount(str(sum(known, Decimal("0.00"))))
    waiting = len(known) < len(lines)
    return {
        "lines": [
            {
                "month": danish.month(line["month"]),
                "label": line["label"],
                "period": danish.short_period(line["first"], line["last"]),
                "quantity": danish.quantity(line["quantity"], line["unit"])
                if line["quantity"] is not None
                else "afventer timer",
                "rate": danish.amount(line["rate"]),
                "amount": danish.amount(line["amount"]) if line["amount"] is not None else "–",
            }
            for line in lines
        ],
        "total": f"{total} + timer" if waiting else total,
    }


def _approval(view: AgreementView) -> Printed:
    token = f"{view['case']}/{view['version']} {view['digest'][:16]}"
    signing = [party for party in _all_parties(view) if party.get("signs", True)]
    return {
        "text": [
            "Aftalen godkendes ved at besvare mailen med sikker mail, signeret med jeres "
            "certifikat. Skriv denne linje, og kun den, øverst i svaret:"
        ],
        "line": f"GODKENDT {token}",
        "other": "Kan aftalen ikke godkendes, skrives i stedet IKKE GODKENDT eller ÆNDRES, "
        "samme betegnelse og derunder en begrundelse. Godkendelsen gælder denne version og "
        "dette aftryk (SHA-256); det står nederst på hver side.",
        "signers": [
            {"role": _ROLES.get(party["role"], party["role"]), "name": party["name"]}
            for party in signing
        ],
    }


def _rows(*rows: tuple[str, str | None]) -> list[Printed]:
    return [{"label": label, "value": value} for label, value in rows if value]


def _paragraphs(value: str | Sequence[str] | None) -> list[str]:
    if not value:
        return []
    return [value] if isinstance(value, str) else [text for text in value if text]
