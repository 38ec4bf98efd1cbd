"""The terms of a change: what it names, and for the rest what holds on its first day anyway."""

from __future__ import annotations

from workflows.procedures.payment_agreement.agreement import Agreement, in_force
from workflows.procedures.payment_agreement.booking import agreed_end, stretches_of
from workflows.procedures.payment_agreement.offers import AgreementOffer, Rate, Terms, terms_from
from workflows.procedures.payment_agreement.plan import rates_from, supplements_from
from workflows.procedures.payment_agreement.running import (
    AgreementAmendment,
    ResponsibilityTransfer,
)


def amended_rates(agreement: Agreement, body: AgreementAmendment) -> tuple[Rate, ...]:
    """Return the rates from a change's first day: its own, else those that hold anyway."""
    own = (body.rate,) if body.rate else body.rates
    return own or rates_from(stretches_of(agreement), body.effective)


def amended_terms(agreement: Agreement, body: AgreementAmendment) -> Terms | None:
    """Return the terms from a change's first day on. None: the rates do not fit the period."""
    terms = in_force(agreement).terms
    kept = supplements_from(stretches_of(agreement), body.effective)
    offer = AgreementOffer(
        rates=amended_rates(agreement, body),
        start=body.effective,
        end=body.end or agreed_end(agreement),
        service=body.service or terms.service,
        scope=body.scope or terms.scope,
        supplements=kept if body.supplements is None else body.supplements,
        notice_policy=body.notice_policy or terms.notice_policy,
        billing=body.billing or terms.billing,
        matching=body.matching or terms.matching,
        valid_until=body.valid_until,
        operator=terms.operator,
    )
    return terms_from(
        offer, (terms.facility, terms.facility_name), terms.legal_basis, terms.notice_policy
    )


def transferred_terms(agreement: Agreement, body: ResponsibilityTransfer) -> Terms:
    """Return the terms that another kommune takes over, as they stand on its first day."""
    stretches, end = stretches_of(agreement), agreed_end(agreement)
    rates = rates_from(stretches, body.effective)
    if end is not None:
        rates = (*rates[:-1], rates[-1].model_copy(update={"last": end}))
    changes = {
        "start": body.effective,
        "end": end,
        "rates": rates,
        "supplements": supplements_from(stretches, body.effective),
        "valid_until": None,
    }
    return in_force(agreement).terms.model_copy(update=changes)
