"""Plays a framework agreement among all twenty councils: each method is one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.workflows.cooperating import REGION, VIBORG, Stage, kommuner
from workflows.catalogue import procedures
from workflows.engine import AttachmentRef, Party, Procedure
from workflows.procedures.framework_agreement.framework import Framework, newest, open_round

PROCEDURE = procedures()["framework_agreement"]
SPRING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COUNCILS = kommuner("council")
EXTRACT = (AttachmentRef("protokol.pdf", "cd" * 32, "9"),)
SECTIONS = [{"heading": "Formål", "text": "Et samlet overblik.\n\nOg samarbejde."}]


@dataclass
class Play(Stage):
    """A framework agreement on the stage."""

    procedure: Procedure = PROCEDURE
    parties: tuple[Party, ...] = (REGION, VIBORG, *COUNCILS)
    now: datetime = SPRING

    @property
    def framework(self) -> Framework:
        assert isinstance(self.data, Framework)
        return self.data

    @property
    def digest(self) -> str:
        return newest(self.framework).digest

    @property
    def rounds(self) -> int:
        return len(self.framework.rounds)

    def opened(self, **body: Any) -> Play:
        said = {"title": "Rammeaftale 2027-2028", "first_year": 2027} | body
        return self.happens("open_framework", "authority", said)

    def steering(self, role: str = "secretariat") -> Play:
        said = {"title": "Styringsaftale", "sections": SECTIONS}
        return self.happens("steering_agreement", role, said)

    def draft(self, text: str = "Teksten", **changes: Any) -> Play:
        sections = [{"heading": "Aftalen", "text": text}]
        said = {"title": "Rammeaftale 2027-2028", "sections": sections}
        return self.happens("fa_draft", "secretariat", said, **changes)

    def recommend(
        self, body: str, decision: str = "RECOMMENDED", role: str = "secretariat"
    ) -> Play:
        said = {"organ": body, "decision": decision, "meeting_date": self.now.date().isoformat()}
        return self.happens("fa_recommendation", role, said)

    def recommended(self) -> Play:
        for body in ("DASSOS", "KD_NET", "KKR"):
            self.recommend(body)
        return self

    def asked(self) -> Play:
        return self.opened().steering().draft().at(2026, 9, 9, 8).recommended()

    def vote(self, party: Party, body: dict[str, Any] | None = None, **changes: Any) -> Play:
        said = {
            "organisation": party.cvr,
            "outcome": "APPROVED",
            "digest": self.digest[:16],
            "meeting_date": (self.now - timedelta(days=2)).date().isoformat(),
            "agenda_item": "12",
            "voted_by": "Bo Byråd",
        } | (body or {})
        if party is REGION:
            said = {"protocol_extract": "protokol.pdf", "second_person": "Anders Anden"} | said
        attached: tuple[AttachmentRef, ...] = () if party is REGION else EXTRACT
        return self.happens("fa_vote", party.role, said, **({"attachments": attached} | changes))

    def votes_of_all(self, *but: Party) -> Play:
        for party in (*COUNCILS, REGION):
            if party not in but:
                self.vote(party)
        return self

    def standing(self, party: Party) -> Any:
        return open_round(self.framework).standing(party.cvr)
