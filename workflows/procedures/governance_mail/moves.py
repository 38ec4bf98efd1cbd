"""From the opening of a list to its end: members come and go, the secretariat posts to all.

Every organisation with a member on the day gets a mail of its own, sealed for it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from parsers.identifiers import MUNICIPALITIES
from workflows.bodies import Note
from workflows.definition import DeadlineRule, Move, Outcome, Situation
from workflows.effects import Effect, FileUnder
from workflows.events import AUTHORITY, SENDER, Party
from workflows.letters import Key, address_of, forward, letter, proof
from workflows.participants import own_cvr, secretariat, taking_part
from workflows.procedures.governance_mail import guards as g
from workflows.procedures.governance_mail.body import GovernanceBody, Post
from workflows.procedures.governance_mail.messages import (
    Agenda,
    BodyOpen,
    MeetingCall,
    MemberChange,
    Minutes,
    MinutesApproval,
)
from workflows.procedures.governance_mail.seats import (
    BODIES,
    kind_of_organisation,
    missing_seats,
    valid_on,
)
from workflows.timing import clear, on_date

FILED: Final = "governance_body"
"""Bodies are filed under their code, so that notices find whom they are for."""
BODY_END: Final = DeadlineRule("body_end", "authority", rules=("S4-R19",))
DEADLINES: Final = (BODY_END,)
_SECRETARIAT: Final = ("secretariat", "authority")


def _parties(situation: Situation) -> tuple[Party, ...]:
    """Return the parties with whom the event names, each in the role that it has in the body."""
    cooperation = taking_part(situation)
    found: dict[str, Party] = {}
    for party in (*(situation.case.parties if situation.case else ()), *situation.event.parties):
        stranger = kind_of_organisation(party.cvr, cooperation) == "interest"
        reads_only = party.role.startswith("member.") and stranger
        role = f"reader.{party.key}" if reads_only else party.role
        found.setdefault(role, replace(party, role=role))
    return tuple(found.values())


def _name(situation: Situation, cvr: str) -> str:
    """Return an organisation's name; a kommune that sends nobody yet has the register's."""
    parties = _parties(situation)
    kommuner = (one for one in MUNICIPALITIES.values() if one.cvr == cvr)
    register = next((f"{one.name} Kommune" for one in kommuner), cvr)
    return next((party.name for party in parties if party.cvr == cvr), register)


def _missing(situation: Situation, data: GovernanceBody) -> str | None:
    """Return the seats that nobody has today, a line each; None where the body is complete."""
    today = situation.calendar.local_date(situation.event.at)
    cooperation = taking_part(situation)
    language = situation.reader(secretariat(situation))
    lines = [
        f"- {_name(situation, cvr)}: {situation.wording.text(f'choice.level.{level}', language)}"
        for cvr, level in missing_seats(data.code, data.members, cooperation, today)
    ]
    return "\n".join(lines) or None


def _open(situation: Situation) -> Outcome:
    body = situation.body(BodyOpen)
    data = GovernanceBody(
        code=body.code,
        name=body.name,
        secretariat=body.secretariat or situation.policy.cooperation.secretariat,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        members=body.members,
    )
    parent = BODIES[body.code].parent
    told = letter(
        situation,
        "notice",
        secretariat(situation),
        "opened",
        body=data.name,
        parent=Key(f"choice.code.{parent}") if parent else None,
        members=len(data.members),
        until=data.valid_to or "",
        missing=_missing(situation, data),
    )
    effects: list[Effect] = [FileUnder(FILED, body.code), told]
    if data.valid_to is not None:
        effects.append(on_date(situation, BODY_END, data.valid_to, "valid_to"))
    return Outcome(data, tuple(effects), _parties(situation))


def _change(situation: Situation) -> Outcome:
    change, data = situation.body(MemberChange), situation.data(GovernanceBody)
    data = data.model_copy(update={"members": g.changed(data.members, change)})
    facts: dict[str, Any] = {
        "body": data.name,
        "person": change.person,
        "organisation": _name(situation, change.organisation),
        "level": Key(f"choice.level.{change.level}"),
        "change": Key(f"choice.change.{change.change}"),
        "what_day": Key(f"what_day.{change.change}"),
        "day": change.on,
        "until": change.until if change.until and change.change == "APPOINTED" else "",
        "missing": _missing(situation, data),
    }
    effects: list[Effect] = [letter(situation, "notice", secretariat(situation), "member", **facts)]
    effects += _told_its_own(situation, change.organisation, facts)
    if situation.event.by_mail:
        effects.append(
            letter(situation, "received", SENDER, "member_received", evidence=True, **facts)
        )
    return Outcome(data, tuple(effects), _parties(situation))


def _told_its_own(situation: Situation, cvr: str, facts: dict[str, Any]) -> list[Effect]:
    """Tell the organisation whose member comes or goes, where another one said so."""
    parties = _parties(situation)
    case = replace(situation.case, parties=parties) if situation.case else None
    known = {party.cvr: address_of(party.role) for party in parties if _takes_part(party)}
    to = known.get(cvr)
    if to is None or to == secretariat(situation) or own_cvr(situation) == cvr:
        return []
    return [proof(replace(situation, case=case), "notice", to, "member_told", **facts)]


def _takes_part(party: Party) -> bool:
    return party.role.startswith(("member.", "reader.")) or party.role == AUTHORITY


def _readers(situation: Situation, data: GovernanceBody) -> tuple[Party, ...]:
    """Return whom a post goes to: each organisation with a member on the day, the sender apart."""
    today = situation.calendar.local_date(situation.event.at)
    sitting = {one.organisation for one in valid_on(data.members, today)}
    own = own_cvr(situation)
    found: dict[str, Party] = {}
    for party in situation.parties:
        if _takes_part(party) and party.cvr in sitting and party.cvr != own:
            found.setdefault(party.cvr, party)
    return tuple(found.values())


def _people(situation: Situation, data: GovernanceBody, cvr: str) -> str:
    sitting = valid_on(data.members, situation.calendar.local_date(situation.event.at))
    return ", ".join(dict.fromkeys(one.person for one in sitting if one.organisation == cvr))


def _post(situation: Situation, what: str, title: str, **facts: Any) -> Outcome:
    data = situation.data(GovernanceBody)
    readers = _readers(situation, data)
    effects: list[Effect] = []
    for party in readers:
        role = address_of(party.role)
        people = _people(situation, data, party.cvr)
        effects.append(
            letter(
                situation,
                "governance",
                role,
                what,
                body=data.name,
                title=title,
                people=people,
                **facts,
            )
        )
        effects += forward(situation, role)
    post = Post(
        what=what,
        title=title,
        meeting_date=facts["meeting_date"],
        at=situation.event.at,
        by=situation.event.actor.name,
        readers=tuple(party.role for party in readers),
    )
    if situation.event.by_mail:
        effects.append(_posted(situation, data, title, readers))
    return Outcome(data.model_copy(update={"posts": (*data.posts, post)}), tuple(effects))


def _posted(
    situation: Situation, data: GovernanceBody, title: str, readers: tuple[Party, ...]
) -> Effect:
    unread = [f.name for f in situation.event.attachments if f.citizen_number is None]
    return letter(
        situation,
        "received",
        SENDER,
        "posted",
        evidence=True,
        body=data.name,
        title=title,
        readers="\n".join(f"- {party.name}" for party in readers) or None,
        missing=_missing(situation, data),
        unread=", ".join(unread),
    )


def _call(situation: Situation) -> Outcome:
    body = situation.body(MeetingCall)
    return _post(
        situation,
        "meeting_call",
        body.title,
        meeting_date=body.meeting_date,
        time=body.time,
        place=body.place,
        text=body.text or "",
    )


def _agenda(situation: Situation) -> Outcome:
    body = situation.body(Agenda)
    return _post(situation, "agenda", body.title, meeting_date=body.meeting_date, text=body.text)


def _minutes(situation: Situation) -> Outcome:
    body = situation.body(Minutes)
    return _post(
        situation,
        "minutes",
        body.title,
        meeting_date=body.meeting_date,
        text=body.text,
        remarks_by=body.remarks_by or "",
    )


def _approve(situation: Situation) -> Outcome:
    body = situation.body(MinutesApproval)
    return _post(
        situation,
        "minutes_approval",
        body.title,
        meeting_date=body.meeting_date,
        approved_on=body.approved_on,
        text=body.text or "",
    )


def _check(situation: Situation) -> Outcome:
    data = situation.data(GovernanceBody)
    told = letter(
        situation,
        "notice",
        secretariat(situation),
        "checked",
        body=data.name,
        missing=_missing(situation, data),
    )
    return Outcome(data, (told,))


def _close(situation: Situation) -> Outcome:
    data = situation.data(GovernanceBody)
    reason = situation.event.body.note if isinstance(situation.event.body, Note) else None
    data = data.model_copy(update={"closing_reason": reason})
    told = letter(situation, "ended", secretariat(situation), "closed", body=data.name)
    return Outcome(data, (told, *clear(BODY_END)))


def _row(name: str, act: Callable[[Situation], Outcome], *rules: str) -> Move:
    return Move(
        name=name,
        sources=("ACTIVE",),
        events=(name,),
        target=None,
        who=_SECRETARIAT,
        rules=rules,
        guards=g.POSTING,
        act=act,
    )


_POST_RULES: Final = ("S4-R17", "S4-R18", "S4-R23")
MOVES: Final = (
    Move(
        name="open_body",
        sources=(None,),
        events=("body_open",),
        target="ACTIVE",
        who=("authority",),
        rules=("S4-R11", "S4-R19", "S4-R20"),
        guards=g.OPENING,
        settings=("policy.cooperation.region", "policy.cooperation.secretariat"),
        act=_open,
    ),
    Move(
        name="change_member",
        sources=("ACTIVE",),
        events=("member_change",),
        target=None,
        who=("member", "reader", *_SECRETARIAT),
        rules=("S4-R13", "S4-R14", "S4-R15"),
        guards=g.CHANGING,
        act=_change,
    ),
    _row("meeting_call", _call, *_POST_RULES),
    _row("agenda", _agenda, *_POST_RULES),
    _row("minutes", _minutes, *_POST_RULES),
    _row("minutes_approval", _approve, *_POST_RULES),
    Move(
        name="check_seats",
        sources=("ACTIVE",),
        events=("check_seats",),
        target=None,
        who=("authority",),
        rules=("S4-R12", "S4-R13", "S4-R21"),
        act=_check,
    ),
    Move(
        name="end_body",
        sources=("ACTIVE",),
        events=("deadline_passed",),
        deadline=BODY_END.name,
        target="CLOSED",
        who=("clock",),
        rules=("S4-R19",),
        act=_close,
    ),
    Move(
        name="close_body",
        sources=("ACTIVE",),
        events=("body_close",),
        target="CLOSED",
        who=("authority",),
        reason="A body without an end of its own is closed when it is dissolved.",
        act=_close,
    ),
)
