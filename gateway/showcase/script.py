"""What the kommune and the facility say in the demonstration, in Danish as they would."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any


def submission(message: str, case: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Write the outer fields that every submission has."""
    return {
        "sagspost": "1",
        "message": message,
        "id": str(uuid.uuid4()),
        "to": "29190925",
        "reference": "AAK-2026-4711",
        "case": case,
        "body": dict(body),
    }


def next_month() -> date:
    """Give the first day of the coming month, when the citizen is to move in."""
    today = datetime.now(UTC).date()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def need() -> dict[str, Any]:
    """Write what the kommune asks for; the CPR number is one that nobody can have."""
    return {
        "kind": "both",
        "citizen": {
            "cpr": "670765-4005",
            "name": "Prøve Borger",
            "address": "Prøvevej 1, 8000 Aarhus C",
        },
        "acting_municipality": "0751",
        "caseworker": {
            "name": "S. Behandler",
            "phone": "89400000",
            "email": "sikkermail@aarhus.example",
        },
        "facility": "granbo",
        "legal_basis": "SEL § 107",
        "duration": "temporary",
        "requested_start": next_month().isoformat(),
        "need": "Støtte døgnet rundt til struktur, måltider og samvær.",
        "disclosure_basis": "consent",
    }


def terms(amount: str) -> dict[str, Any]:
    """Write what the facility offers."""
    return {
        "rates": [{"amount": amount, "unit": "day", "price_level": next_month().year}],
        "start": next_month().isoformat(),
        "service": "Midlertidigt botilbud med støtte døgnet rundt",
        "scope": "Døgnophold, 7 dage om ugen",
        "matching": {"need_category": "Støtte i moderat omfang"},
    }


def approval(case: str, version: int, digest: str) -> str:
    """Answer a draft as a person does: the line that it asks for, then greeting and quotation."""
    return (
        f"GODKENDT {case}/{version} {digest[:16]}\n\n"
        "Venlig hilsen\nS. Behandler\nAarhus Kommune\n\n"
        f"Den {datetime.now(UTC):%d.%m.%Y} skrev Region Midtjylland:\n"
        "> Hermed udkast til betalingsaftale.\n"
    )
