"""What can go wrong while something is being made to leave.

    OutboundError (a GatewayError)
    ├── EvidenceError    the facts handed in can not be made into evidence
    ├── ViewError        the data handed in can not be made into a document
    └── AddressError     an address that must not stand in a header

Each carries `.code`, stable and dotted. None carries mail content, names or CPR numbers.
"""

from gateway.errors import GatewayError


class OutboundError(GatewayError):
    """Root of the tree; `code` is stable and dotted."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class EvidenceError(OutboundError):
    """The facts can not be made into evidence: a broken promise of the caller."""


class ViewError(OutboundError):
    """The data can not be made into a document."""


class AddressError(OutboundError):
    """An address that can not stand in a header, or would add one."""
