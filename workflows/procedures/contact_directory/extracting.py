"""What the directory tells: an extract to a member who asks, and who is missing in the network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from parsers.identifiers import MunicipalityCode
from parsers.values import write_date
from workflows.definition import NO_CASE, Case, Move, Outcome, Situation
from workflows.effects import MakeDocument
from workflows.events import AUTHORITY, INBOX
from workflows.letters import letter
from workflows.participants import taking_part
from workflows.procedures.contact_directory import guards as g
from workflows.procedures.contact_directory.entry import OWNER, Entry, entries
from workflows.procedures.contact_directory.messages import ContactUpdate, DirectoryExtract

_COLUMNS: Final = (
    "organisation",
    "cvr",
    "unit",
    "role",
    "name",
    "phone",
    "secure_mail",
    "ean",
    "topics",
    "valid_from",
    "valid_to",
    "state",
    "verified",
)


def _chosen(situation: Situation) -> list[tuple[Case, Entry, ContactUpdate]]:
    asked = situation.body(DirectoryExtract)
    today = situation.calendar.local_date(situation.event.at)
    found = [
        (case, entry, entry.contact)
        for case, entry in entries(situation.event.related)
        if entry.contact is not None
        and (asked.role is None or entry.contact.role == asked.role)
        and (asked.of is None or entry.organisation == asked.of)
        and (entry.contact.valid_to is None or entry.contact.valid_to >= today)
    ]
    return sorted(found, key=lambda one: (one[1].name, one[2].role, one[2].name))


def _row(situation: Situation, case: Case, entry: Entry, contact: ContactUpdate) -> list[str]:
    language, wording = situation.reader(), situation.wording
    verified = entry.verified_at
    day = situation.calendar.local_date(verified) if verified else None
    return [
        entry.name,
        entry.organisation,
        contact.unit or "",
        wording.text(f"role.{contact.role}", language),
        contact.name,
        contact.phone or "",
        contact.secure_mail or "",
        contact.ean or "",
        ", ".join(contact.topics),
        *(_day(one, language) for one in (contact.valid_from, contact.valid_to)),
        wording.text(f"state.{case.state}", language),
        _day(day, language),
    ]


def _day(day: date | None, language: str) -> str:
    return write_date(day, language) if day else ""


def _json(case: Case, entry: Entry, contact: ContactUpdate) -> dict[str, Any]:
    return {
        "organisation": entry.organisation,
        "organisation_name": entry.name,
        "state": case.state,
        "verified_at": entry.verified_at.isoformat() if entry.verified_at else None,
        "contact": contact.model_dump(mode="json", exclude={"organisation"}),
    }


def _extract(situation: Situation) -> Outcome:
    chosen = _chosen(situation)
    language = situation.reader()
    columns = [situation.wording.text(f"column.{name}", language) for name in _COLUMNS]
    rows = [_row(situation, *one) for one in chosen]
    table = MakeDocument("contacts.csv", {"table": {"columns": columns, "rows": rows}})
    plain = MakeDocument("contacts.json", {"contacts": [_json(*one) for one in chosen]})
    told = letter(
        situation,
        "extract",
        OWNER,
        "extract",
        evidence=True,
        documents=(table.key, plain.key),
        many=len(chosen),
        stale=sum(case.state == "STALE" for case, _, _ in chosen),
    )
    return Outcome(Entry(), (table, plain, told))


def _representatives(situation: Situation) -> Iterator[tuple[MunicipalityCode, list[str]]]:
    """Name each member kommune and its verified representatives in the L 550 network."""
    today = situation.calendar.local_date(situation.event.at)
    found: dict[str, list[str]] = {}
    for case, entry in entries(situation.event.related):
        contact = entry.contact
        serves = contact and contact.role == "L550_REP" and contact.serves(today)
        if contact and serves and case.state == "VERIFIED" and entry.municipality:
            found.setdefault(entry.municipality, []).append(contact.name)
    for code in taking_part(situation).kommuner:
        yield code, found.get(code, [])


def _is_complete(situation: Situation) -> bool:
    return all(names for _, names in _representatives(situation))


def _check(situation: Situation) -> Outcome:
    language = situation.reader(INBOX)
    members = list(_representatives(situation))
    names = ("municipality", "organisation", "representatives")
    columns = [situation.wording.text(f"column.{name}", language) for name in names]
    rows = [[str(code), code.name, ", ".join(found)] for code, found in members]
    report = MakeDocument("network.csv", {"table": {"columns": columns, "rows": rows}})
    missing = [code.name for code, found in members if not found]
    told = letter(
        situation,
        "notice",
        INBOX,
        "network_incomplete" if missing else "network_complete",
        documents=(report.key,),
        many=len(members),
        missing=", ".join(missing),
    )
    return Outcome(Entry(), (report, told))


EXTRACTING: Final = (
    Move(
        name="extract",
        sources=(NO_CASE,),
        events=("directory_extract",),
        target="EXTRACT_SENT",
        who=(OWNER,),
        rules=("S2-R12",),
        guards=(*g.MAIL, g.MEMBER),
        act=_extract,
        settings=("policy.cooperation.region",),
    ),
    Move(
        name="find_complete",
        sources=(NO_CASE,),
        events=("check_network",),
        when=_is_complete,
        target="NETWORK_COMPLETE",
        who=(AUTHORITY,),
        rules=("S2-R3",),
        act=_check,
        settings=("policy.cooperation.region",),
    ),
    Move(
        name="find_incomplete",
        sources=(NO_CASE,),
        events=("check_network",),
        target="NETWORK_INCOMPLETE",
        who=(AUTHORITY,),
        rules=("S2-R3",),
        act=_check,
        settings=("policy.cooperation.region",),
    ),
)
