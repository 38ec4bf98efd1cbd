"""`case settlement`: the lines of a case (da: afregningslinjer) for whoever keeps the books.

One row for each line, the amounts as they were computed: nothing is rounded again, and sums are
exact. A line whose hours are not reported yet has no amount, and is counted as open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gateway.cli.home import Home, opened
from gateway.cli.show import AsJson, done, listing
from gateway.cli.values import LANGUAGES, one_of
from gateway.errors import Refused
from gateway.logs import masked
from gateway.settings import Settings
from gateway.store import cases as kept_cases

FORMS: Final = ("csv", "xlsx", "json", "peppol")
_MONTH: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_COLUMNS: Final = {
    "da": (
        *("Sagsnr.", "Måned", "Fra", "Til", "Ydelse", "Art", "Vedrører", "Betaler"),
        *("Enhed", "Antal", "Takst", "Beløb i {kroner}"),
    ),
    "sv": (
        *("Ärendenr", "Månad", "Från", "Till", "Insats", "Slag", "Avser", "Betalare"),
        *("Enhet", "Antal", "Pris", "Belopp i {kroner}"),
    ),
    "en": (
        *("Case", "Month", "From", "To", "Service", "Kind", "Concerns", "Payer"),
        *("Unit", "Quantity", "Rate", "Amount in {kroner}"),
    ),
}
_KRONER: Final = {
    "DKK": {"da": "kr.", "sv": "danska kr", "en": "DKK"},
    "SEK": {"da": "svenske kr.", "sv": "kr", "en": "SEK"},
}
_UNITS: Final = {
    "da": {"day": "døgn", "hour": "time", "month": "måned", "once": "én gang"},
    "sv": {"day": "dygn", "hour": "timme", "month": "månad", "once": "en gång"},
    "en": {"day": "day", "hour": "hour", "month": "month", "once": "once"},
}
_KINDS: Final = {
    "da": {
        "plan": "plan",
        "adjustment": "regulering",
        "correction": "rettelse",
        "paid": "betalt",
        "exceeded": "overskredet frist",
        "suspended": "tilbageført",
    },
    "sv": {
        "plan": "plan",
        "adjustment": "justering",
        "correction": "rättelse",
        "paid": "betald",
        "exceeded": "överskriden frist",
        "suspended": "återförd",
    },
    "en": {},
}
_SHOWN: Final = ("month", "first", "last", "label", "kind", "unit", "quantity", "rate", "amount")


def case_settlement(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="The case's number, such as RM-2026-000001.")],
    as_form: Annotated[
        str | None, typer.Option("--as", help="csv, xlsx, json or peppol; without it a table here.")
    ] = None,
    month: Annotated[str | None, typer.Option(help="Only this month: YYYY-MM.")] = None,
    payer: Annotated[str | None, typer.Option(help="Only what this partner pays: its key.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write a file that does not exist yet.")] = None,
    language: Annotated[
        str | None, typer.Option(help="da, sv or en; by default the authority's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The settlement lines of a case for the books: one row for each line, exact sums."""
    home = opened(ctx)
    form = "json" if as_json else as_form or ("csv" if to else None)
    if form is not None:
        one_of("--as", form, FORMS)
    words = language or home.settings.authority.language
    one_of("--language", words, LANGUAGES)
    with home.store.read() as unit:
        kept = kept_cases.load(unit, number)
    if kept is None:
        raise Refused(f"There is no case {number}; `case list` shows all.")
    lines = settlement_lines(number, kept.body, month, payer)
    currency = _currency(kept.body, home)
    if form is None:
        shown = [{name: line[name] for name in _SHOWN} for line in lines]
        listing(shown, as_json=False, title="lines")
        done(f"{len(lines)} lines, {total(lines):.2f} in all")
    elif form == "json":
        told = as_json_object(number, kept.body, lines, home.settings, currency)
        _hand_over(to, json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n", len(lines))
    elif form == "peppol":
        if currency != "DKK":
            raise Refused(f"{number} is in {currency}: invoice drafts are made in DKK only.")
        _hand_over(to, _invoice(number, kept.body, lines, home), len(lines))
    else:
        view = as_view(number, lines, words, currency)
        _hand_over(to, _rendered(view, form), len(lines))


def _currency(body: Mapping[str, Any], home: Home) -> str:
    from workflows.catalogue import procedures

    return procedures(home.settings.policy)[body["case"]["procedure"]].days.currency


def _invoice(
    number: str, body: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], home: Home
) -> bytes:
    from gateway.outbound.invoices import invoice_draft, peppol_document

    today = home.now().astimezone(home.settings.policy.days.zone).date()
    return peppol_document(invoice_draft(number, body, lines, home.settings.authority, today))


def _rendered(view: Mapping[str, Any], form: str) -> bytes:
    from gateway.outbound.rendering import write_document

    return write_document(f"lines.{form}", view, {})[1]


def _hand_over(to: Path | None, data: bytes, lines: int) -> None:
    if to is None:
        typer.get_binary_stream("stdout").write(data)
        return
    try:
        with to.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise Refused(f"{to} exists; an export never overwrites.") from None
    done(f"{lines} lines in {to}")


def settlement_lines(
    number: str, body: Mapping[str, Any], month: str | None, payer: str | None = None
) -> list[Mapping[str, Any]]:
    """The lines of a case, all or those of a month or payer. Raises Refused where there are none.

    Each has the key of its `payer`: the one that the case began with, where the line names none.
    """
    if month is not None and not _MONTH.fullmatch(month):
        raise Refused(f"--month {month}: must be a month such as 2026-12.")
    case = body["case"]
    kept = (case["data"].get("settlement") or {}).get("lines") or ()
    if not kept:
        raise Refused(f"{number} is in state {case['state']} and has no settlement lines.")
    parties = {party["role"]: party["key"] for party in case["parties"]}
    first = parties.get("payer") or parties.get("acting")
    every = [_whole(line, first) for line in kept]
    found = [line for line in every if month is None or line["month"] == month]
    if not found:
        there_are = f"{every[0]['month']} to {every[-1]['month']}"
        raise Refused(f"{number} has no settlement lines in {month}; it has them from {there_are}.")
    found = [line for line in found if payer is None or line["payer"] == payer]
    if not found:
        who = ", ".join(sorted({line["payer"] or "nobody" for line in every}))
        raise Refused(f"{payer} pays none of these lines of {number}; who pays: {who}.")
    return found


def _whole(line: Mapping[str, Any], first_payer: str | None) -> Mapping[str, Any]:
    """A line of any procedure with all that is exported of it."""
    payer = line.get("payer") or first_payer
    return {**shown_line(line), "kind": line.get("kind") or "plan", "payer": payer}


def shown_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line without any CPR number in what people wrote: what it is called, why it was added."""
    words = {"label": masked(line.get("label") or line.get("kind") or "plan")}
    if line.get("reason"):
        words["reason"] = masked(line["reason"])
    return {**line, **words}


def total(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    """The sum of the amounts that are known, exact."""
    known = (line["amount"] for line in lines)
    return sum((Decimal(one) for one in known if one is not None), Decimal("0.00"))


def as_view(
    number: str, lines: Sequence[Mapping[str, Any]], language: str, currency: str = "DKK"
) -> dict[str, Any]:
    """The lines as a table for `gateway.outbound.rendering`."""
    kroner = _KRONER[currency][language]
    return {
        "language": language,
        "table": {
            "columns": [one.format(kroner=kroner) for one in _COLUMNS[language]],
            "rows": [_row(number, line, language) for line in lines],
        },
    }


def _row(number: str, line: Mapping[str, Any], language: str) -> tuple[Any, ...]:
    return (
        number,
        line["month"],
        date.fromisoformat(line["first"]),
        date.fromisoformat(line["last"]),
        line["label"],
        _KINDS[language].get(line["kind"], line["kind"]),
        line.get("corrects"),
        line["payer"],
        _UNITS[language].get(line["unit"], line["unit"]),
        _number(line["quantity"]),
        _number(line["rate"]),
        _number(line["amount"]),
    )


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def as_json_object(
    number: str,
    body: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    settings: Settings,
    currency: str,
) -> dict[str, Any]:
    """The lines with their sums, for programs; money as text with two decimals."""
    months = dict.fromkeys(line["month"] for line in lines)
    return {
        "case": number,
        "authority": {"name": settings.authority.name, "cvr": settings.authority.cvr},
        "parties": [
            {name: party[name] for name in ("role", "key", "name", "cvr")}
            for party in body["case"]["parties"]
        ],
        "currency": currency,
        "lines": list(lines),
        "months": [
            {"month": month, **_sums([one for one in lines if one["month"] == month])}
            for month in months
        ],
        **_sums(lines),
    }


def _sums(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "total": f"{total(lines):.2f}",
        "open": sum(line["amount"] is None for line in lines),
    }
