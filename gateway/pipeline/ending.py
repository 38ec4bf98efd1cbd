"""Write down what became of a mail: its row, this judgement of it layer by layer, the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.pipeline.reading import Read
from gateway.pipeline.sender import Sender
from gateway.store import grounds, mails
from gateway.store import tables as t
from gateway.store.explanations import meaning
from gateway.store.journal import Note
from gateway.store.mails import Waiting
from gateway.store.unit import Unit
from keys.grounds import Grounds, KeyGrounds
from keys.verdicts import tls_verdict
from parsers.outcomes import Submission


def end_mail(
    unit: Unit,
    mail: Waiting,
    read: Read,
    sender: Sender | None,
    state: str,
    code: str | None,
    now: datetime,
    *,
    words: str | None = None,
    **more: Any,
) -> None:
    """Settle a mail; `code` says why, where it is not simply processed, and `words` in words."""
    opened = read.opened
    # Where a From is signed, an outer one that differs is shown to nobody.
    froms = opened.from_addresses or opened.envelope.from_addresses
    mails.settle(
        unit,
        mail,
        state=state,
        reason=code,
        message_id=opened.envelope.message_id,
        from_address=froms[0][:320] if froms else None,
        partner=sender.key if sender else None,
        assurance=sender.assurance if sender else "none",
        mic=opened.mic,
        processed_at=now,
        **more,
    )
    judge(unit, mail, read, state, code, now, sender, words)
    facts: dict[str, Any] = {"state": state, "code": code}
    if rested := rested_on(read):
        facts["grounds"] = grounds.mark_of(rested)  # the journal binds what the judgement names
    note = Note(now, "judged", "gateway", mail=mail.id, number=more.get("case_number"), facts=facts)
    unit.note(note)


def judge(
    unit: Unit,
    mail: Waiting,
    read: Read,
    state: str,
    code: str | None,
    now: datetime,
    sender: Sender | None = None,
    words: str | None = None,
) -> None:
    """Keep this judgement beside those before it."""
    unit.stage(
        t.judgements,
        mail=mail.id,
        number=mail.judged + 1,
        at=now,
        state=state,
        reason=code,
        layers=[layer.to_json() for layer in (tls_verdict(mail.tls), *read.opened.layers)],
        steps=_steps(read, state, code, sender, words),
        grounds=rested_on(read) or None,
    )


def rested_on(read: Read) -> list[dict[str, Any]]:
    """What each judgement of a certificate said, and the name of its grounds, layer by layer."""
    return [
        {
            "grounds": grounds.verdict_of(layer.grounds)[0],
            "code": layer.code,
            "revocation": layer.facts.get("revocation"),
        }
        for layer in read.opened.layers
        if layer.grounds is not None
    ]


def grounds_in(read: Read) -> list[Grounds | KeyGrounds]:
    """What the judgements of a mail's certificates and keys rested on, layer by layer."""
    return [layer.grounds for layer in read.opened.layers if layer.grounds is not None]


def _steps(
    read: Read, state: str, code: str | None, sender: Sender | None, why: str | None
) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if sender is not None:
        words = f"{sender.kind} {sender.key}, assurance {sender.assurance}"
        facts = {"kind": sender.kind, "key": sender.key, "assurance": sender.assurance}
        found = {"stage": "sender", "ok": True, "code": "ok", "words": words, "facts": facts}
        steps.append(found)
        steps += [
            {"stage": "sender", "ok": True, "code": flag, "words": meaning(flag, "en") or flag}
            for flag in sender.notes
        ]
    if isinstance(read.outcome, Submission):
        steps += [
            {"stage": "content", "ok": True, "code": one.code, "words": one.text("en")}
            for one in read.outcome.warnings
        ]
    ok = state in {"processed", "duplicate", "manual"}
    words = f"{state}: {why}" if why else state
    steps.append({"stage": "end", "ok": ok, "code": code or "ok", "words": words})
    return steps
