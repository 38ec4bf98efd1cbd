"""The PDF of a draft, with the authority's letter head from the settings (S0-R20, S0-R21)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from gateway.outbound.documents import agreement_pdf
from gateway.outbound.views import AgreementView
from gateway.settings import Settings


def renderer(settings: Settings) -> Callable[[Mapping[str, Any], str], bytes]:
    """Return the function that sets a draft's view for an audience: `acting` or `payer`."""
    authority = settings.authority

    def render(view: Mapping[str, Any], audience: str) -> bytes:
        head = {
            **view["authority"],
            "address": authority.address or None,
            "phone": ", ".join(authority.contacts) or None,
        }
        whole = cast("AgreementView", {**view, "authority": head})
        return agreement_pdf(whole, "payer" if audience == "payer" else "full")

    return render
