"""What a verification found: each fault with its code, the place, and a sentence.

Codes: `evidence.unreadable`, `evidence.altered`, `evidence.issuer`, `evidence.missing`,
`content.altered`, `signature.missing`, `signature.invalid`, `signature.untrusted`, `chain.gap`,
`chain.previous`, `chain.fork`, `chain.order`, `chain.cut`, `head.altered`, `head.gap`,
`head.previous`, `head.case`, `file.altered`, `file.missing`, `file.unlisted`, `bag.malformed`,
`receipt.unreadable`, `receipt.sealed`, `receipt.document`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.errors import Damaged


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `where` names a file or a link of a chain; never a person."""

    code: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text} ({self.code})"


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and every fault. No findings: all that was looked at is as issued.

    `notes` are facts that are no faults but limit what was proved.
    """

    checked: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    def require_sound(self) -> None:
        """Raise VerificationError with the first finding, where there is one."""
        if self.findings:
            raise VerificationError(self)


class VerificationError(Damaged):
    """Something is not as it was issued; `report` names everything."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report.findings[0]))
        self.report = report
        self.code = report.findings[0].code


def joined(reports: Iterable[Report]) -> Report:
    """Return several reports as one."""
    kept = tuple(reports)
    return Report(
        tuple(name for report in kept for name in report.checked),
        tuple(finding for report in kept for finding in report.findings),
        tuple(dict.fromkeys(note for report in kept for note in report.notes)),
    )
