"""Whom an authority wants to be written to: roles of contacts, and what cases are filed under.

The contact directory files its entries under the organisation; a case that needs a contact in a
role is filed under organisation and role, so that the directory never takes the last one away.
"""

from __future__ import annotations

from typing import Final, Literal

ContactRole = Literal[
    "DRIFT", "MYNDIGHED", "FINANCE", "FRAMEWORK_SECRETARIAT", "L550_REP", "TILBUD_LEADER"
]
"""The seller's operations (da: drift), the buyer's authority (da: myndighed), and four more."""
Addressee = Literal["DRIFT", "MYNDIGHED", "BOTH"]
"""Whom a change notice is for (S2-R10)."""

ORGANISATION: Final = "organisation"
"""Entries of the directory are filed under the organisation's CVR number."""
NEEDED: Final = "contact_needed"
"""Cases are filed under the contact that they need: `needed`."""
OWN: Final = "own"
"""In place of a CVR number: the authority that the gateway serves."""


def needed(organisation: str, role: str) -> str:
    """Return the value that a case is filed under when it needs a contact in a role."""
    return f"{organisation} {role}"
