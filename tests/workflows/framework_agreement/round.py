"""Plays a framework agreement among all twenty councils: each method is one event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from parsers.identifiers import MUNICIPALITIES
from workflows.catalogue import procedures
from workflows.engine import (
    ACT,
    Actor,
    AttachmentRef,
    Case,
    DeadlinePassed,
    Effect,
    Event,
    Party,
    Procedure,
    SendMail,
    SetDeadline,
    Step,
    advance,
)
from workflows.procedures.framework_agreement.framework import Framework, newest, open_round

PROCEDURE = procedures()["framework_agreement"]
SPRING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REGION = Party("authority", "authority", "Region Midtjylland", "29190925", "da")
VIBORG = Party("secretariat", "k0791", "Viborg Kommune", "29189846", "da", "0791")
COUNCILS = tuple(
    Party(f"council.k{one.code}", f"k{one.code}", f"{one.name} Kommune", one.cvr, "da", one.code)
    for one in MUNICIPALITIES.values()
    if one.region == "1082"
)
EXTRACT = (AttachmentRef("protokol.pdf", "cd" * 32, "9"),)
SECTIONS = [{"heading": "Formål", "text": "Et samlet overblik.\n\nOg samarbejde."}]


@dataclass
class Play:
    """A framework agreement on the stage, with everything that was sent on its way."""

    procedure: Procedure = PROCEDURE
    now: datetime = SPRING
    parties: tuple[Party, ...] = (REGION, VIBORG, *COUNCILS)
    case: Case | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def state(self) -> str | None:
        return self.case.state if self.case else None

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def framework(self) -> Framework:
        assert self.case is not None
        assert isinstance(self.case.data, Framework)
        return self.case.data

    @property
    def digest(self) -> str:
        return newest(self.framework).digest

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.last.refused]

    @property
    def rounds(self) -> int:
        return len(self.framework.rounds)

    def happens(self, name: str, role: str, body: Any = None, **changes: Any) -> Play:
        model = self.procedure.body_model(name)
        assert model is not None
        act = role in {"authority", "clock"}
        known = {party.role: party for party in self.parties}
        party = known.get(role)
        actor = Actor(
            role, party.key if party else role, party.name if party else role, "Rie Region"
        )
        event = Event(
            name=name,
            actor=actor,
            at=self.now,
            body=model.model_validate(body or {}),
            assurance=ACT if act else "sealed",
            submission=None if act else {"to": "29190925"},
            number="RM-2026-000001",
            parties=self.parties if self.case is None else (),
            may=frozenset({"request", "approve"}),
        )
        step = advance(self.procedure, self.case, replace(event, **changes), self.now)
        self.steps.append(step)
        self.case = step.case
        return self

    def at(self, *moment: int) -> Play:
        self.now = datetime(*moment, tzinfo=UTC)  # type: ignore[misc,arg-type]  # three to five
        return self

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

    def passed(self, deadline: str) -> Play:
        due = next(
            one.due
            for step in reversed(self.steps)
            for one in step.effects
            if isinstance(one, SetDeadline) and one.name == deadline
        )
        self.now = due + timedelta(seconds=2)
        self.happens("deadline_passed", "clock", DeadlinePassed(name=deadline).model_dump())
        return self

    def effects(self, kind: type[Effect]) -> list[Any]:
        return [one for one in self.last.effects if isinstance(one, kind)]

    def sent(self) -> list[tuple[str, str]]:
        return [(one.wording, one.to) for one in self.effects(SendMail)]

    def mail(self, wording: str) -> SendMail:
        found: SendMail = next(m for m in self.effects(SendMail) if m.wording == wording)
        return found

    def deadline(self, name: str) -> SetDeadline:
        found: SetDeadline = next(d for d in self.effects(SetDeadline) if d.name == name)
        return found

    def standing(self, party: Party) -> Any:
        return open_round(self.framework).standing(party.cvr)
