"""Agreements, settlement plans and reports as PDF/A-2b, by typst, with the fonts of its wheel.

The data reaches the template only as JSON in `sys.inputs`, and is set as text: a name such as
`#import "x"` prints as it is written. The same view is the same bytes on every machine, since
neither the clock nor the machine's fonts take part; the creation date is the view's.

Not here: what the view says (`workflows`), Danish words (`printing`).
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typst

from gateway.outbound import danish
from gateway.outbound.errors import ViewError
from gateway.outbound.printing import Printed, printed_agreement, printed_plan
from gateway.outbound.views import AgreementView, PlanView, Variant

MEDIA_TYPE: Final = "application/pdf"

_TEMPLATES: Final = Path(__file__).parent / "templates"


def agreement_pdf(view: AgreementView, variant: Variant = "full") -> bytes:
    """Return the draft agreement (da: betalings- og matchningsaftale). Raises ViewError."""
    return _set("agreement.typ", view["date"], _printed(lambda: printed_agreement(view, variant)))


def plan_pdf(view: PlanView) -> bytes:
    """Return the settlement plan (da: afregningsplan). Raises ViewError."""
    return _set("settlement.typ", view["date"], _printed(lambda: printed_plan(view)))


def report_pdf(date: str, printed: Printed) -> bytes:
    """Return a report of text, tables and charts, made on a date. Raises ViewError."""
    return _set("report.typ", date, printed)


def _printed(make: Callable[[], Printed]) -> Printed:
    try:
        return make()
    except (KeyError, TypeError) as missing:
        name = str(missing.args[0]) if isinstance(missing, KeyError) else ""
        raise ViewError("view.field", name) from None


def _set(template: str, date: str, printed: Printed) -> bytes:
    plain = _each_text(printed, danish.printable)
    try:
        return _compile(template, date, plain)
    except typst.TypstError:
        # PDF/A allows no letter without a glyph; our fonts have those of Europe.
        known = _each_text(plain, danish.only_known_letters)
    try:
        return _compile(template, date, known)
    except typst.TypstError:
        raise ViewError("view.template", template) from None


def _compile(template: str, date: str, printed: object) -> bytes:
    made = datetime.combine(danish.iso_date(date), datetime.min.time(), UTC)
    return typst.compile(
        str(_TEMPLATES / template),
        root=str(_TEMPLATES),
        ignore_system_fonts=True,
        sys_inputs={"view": json.dumps(printed, ensure_ascii=False)},
        pdf_standards="a-2b",
        timestamp=int(made.timestamp()),
    )


def _each_text(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(one, change) for name, one in value.items()}
    if isinstance(value, list):
        return [_each_text(one, change) for one in value]
    return value
