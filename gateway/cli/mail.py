"""`message`, `outbox` and `deadline`: what happened to a mail, what goes out, what is due."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import shorten
from typing import Annotated

import typer
from sqlalchemy import select, update

from gateway.cli import tracing
from gateway.cli.home import AsPerson, opened
from gateway.cli.show import AsJson, details, done, listing
from gateway.cli.values import LANGUAGES, one_of
from gateway.errors import Refused
from gateway.store import listings, mails, traces
from gateway.store import tables as t
from gateway.store.explanations import label, sending_step
from gateway.store.journal import Note

message = typer.Typer(no_args_is_help=True)
outbox = typer.Typer(no_args_is_help=True)
deadline = typer.Typer(no_args_is_help=True)

MAIL_STATES = (
    "received", "processed", "refused", "manual", "quarantined", "duplicate", "parked",
)  # fmt: skip
OUTBOX_STATES = (
    "held", "queued", "sent", "delivered", "read", "processed", "failed", "expired",
)  # fmt: skip

# What a scanner has found, or has not looked at, is released to nobody: it is scanned first.
UNREAD = frozenset({"content.malware", "content.not_scanned"})
_NO_MESSAGE = "There is no message {}; `message list` shows all."
Limit = Annotated[int, typer.Option(min=1, help="The newest so many.")]
AnyId = Annotated[str, typer.Argument(help="The mail's id, such as m17 or o17.")]
InId = Annotated[str, typer.Argument(help="The id of mail that came in, such as m17.")]
OutId = Annotated[str, typer.Argument(help="The id of mail going out, such as o17.")]
DeadlineId = Annotated[str, typer.Argument(help="The deadline's id, such as d17.")]
Number = Annotated[str, typer.Argument(help="The case's number, such as RM-2026-000001.")]
State = Annotated[str | None, typer.Option(help="Only those in this state.")]


def number_of(text: str, letter: str) -> int:
    """The row behind an id such as m17. Raises Refused for anything else."""
    digits = text.removeprefix(letter)
    if not digits.isdigit():
        raise Refused(f"{text} is no id; ids here look like {letter}17.")
    return int(digits)


def _claimed(address: str | None) -> str | None:
    """What stands for the partner where nobody is known: anybody can write that From."""
    return f"claims {address}" if address else None


@message.command("list")
def message_list(
    ctx: typer.Context, as_json: AsJson = False, limit: Limit = 200, state: State = None
) -> None:
    """Mail in and out, newest first."""
    one_of("--state", state or "sent", tuple(dict.fromkeys((*MAIL_STATES, *OUTBOX_STATES))))
    with opened(ctx).store.read() as unit:
        rows = listings.messages(unit, limit=limit, state=state)
    if not as_json:
        rows = [row | {"partner": row["partner"] or _claimed(row["from"])} for row in rows]
    listing(
        rows,
        as_json=as_json,
        title="messages",
        columns=("id", "received_at", "partner", "state", "reason", "case"),
    )


@message.command("show")
def message_show(ctx: typer.Context, ident: AnyId, as_json: AsJson = False) -> None:
    """One mail: who, when, what became of it, what was answered."""
    with opened(ctx).store.read() as unit:
        if ident.startswith("o"):
            row = listings.out_message(unit, number_of(ident, "o"))
        else:
            row = listings.message(unit, number_of(ident, "m"))
    if row is None:
        raise Refused(_NO_MESSAGE.format(ident))
    details(row, as_json=as_json)


@message.command("trace")
def message_trace(
    ctx: typer.Context,
    ident: AnyId,
    as_json: AsJson = False,
    language: Annotated[str, typer.Option(help="da, sv or en: the words of the verdicts.")] = "en",
) -> None:
    """What happened to a mail: what to do, then each layer and step in words."""
    one_of("--language", language, LANGUAGES)
    if ident.startswith("o"):
        _trace_out(ctx, ident, language, as_json=as_json)
        return
    mail = number_of(ident, "m")
    with opened(ctx).store.read() as unit:
        row = listings.message(unit, mail)
        if row is None:
            raise Refused(_NO_MESSAGE.format(ident))
        steps = traces.trace(unit, mail, language)
        summary = traces.summary(unit, row, language)
    if as_json:
        details(row | {"told": summary, "steps": steps}, as_json=True)
    else:
        tracing.show(row, summary, steps, language)


def _trace_out(ctx: typer.Context, ident: str, language: str, *, as_json: bool) -> None:
    outgoing = number_of(ident, "o")
    with opened(ctx).store.read() as unit:
        row, steps = listings.out_message(unit, outgoing), traces.trace_out(unit, outgoing)
    if row is None:
        raise Refused(_NO_MESSAGE.format(ident))
    told = {"next": sending_step(row["state"], ident, language)}
    if as_json:
        details(row | {"told": told, "steps": steps}, as_json=True)
        return
    done(
        f"{ident}: {row['state']}"
        + (f" ({row['reason']})" if row["reason"] else "")
        + f", partner {row['partner'] or '-'}, case {row['case'] or '-'}"
    )
    reply = f": {row['last_reply']}" if row["last_reply"] else ""
    done(f"  {row['kind']} -> {row['to']}{reply}")
    done(f"  {label('next', language)}: {told['next']}")
    listing(steps, as_json=False, title="steps", columns=("at", "ok", "stage", "words"))


@message.command("replay")
def message_replay(ctx: typer.Context, ident: InId, person: AsPerson = None) -> None:
    """Judge a mail again that is in quarantine, parked or set aside."""
    home = opened(ctx)
    mail = number_of(ident, "m")
    with home.store.write() as unit:
        if not mails.replay(unit, mail):
            if listings.message(unit, mail) is None:
                raise Refused(_NO_MESSAGE.format(ident))
            raise Refused(f"{ident} is not in quarantine, parked or manual: nothing to replay.")
        unit.note(Note(home.now(), "replayed", person or home.person, mail=mail))
    done(f"{ident} is judged again.")


@message.command("release")
def message_release(ctx: typer.Context, ident: InId, person: AsPerson = None) -> None:
    """Let a person read a mail in quarantine as manual mail; its assurance is not raised."""
    home = opened(ctx)
    mail = number_of(ident, "m")
    with home.store.write() as unit:
        found = unit.connection.execute(
            select(t.mails.c.state, t.mails.c.reason).where(t.mails.c.id == mail)
        ).first()
        if found is None:
            raise Refused(_NO_MESSAGE.format(ident))
        if found.state != "quarantined":
            raise Refused(f"{ident} is not in quarantine: it is {found.state}.")
        if found.reason in UNREAD:
            raise Refused(
                f"{ident}: {found.reason}: nobody may read it. `message trace` says more."
            )
        unit.connection.execute(update(t.mails).where(t.mails.c.id == mail).values(state="manual"))
        unit.note(Note(home.now(), "released", person or home.person, mail=mail))
    done(f"{ident} is released to a person. It still counts for nothing by itself.")


@message.command("assign")
def message_assign(ctx: typer.Context, ident: InId, case: Number, person: AsPerson = None) -> None:
    """File a manual mail with a case, as dialogue; it moves nothing."""
    home = opened(ctx)
    mail, now = number_of(ident, "m"), home.now()
    with home.store.write() as unit:
        state = unit.connection.execute(
            select(t.cases.c.state).where(t.cases.c.number == case)
        ).scalar()
        if state is None:
            raise Refused(f"There is no case {case}; `case list` shows all.")
        changed = unit.connection.execute(
            update(t.mails)
            .where(t.mails.c.id == mail, t.mails.c.state == "manual")
            .values(case_number=case, state="processed", reason="assigned")
        )
        if changed.rowcount != 1:
            if listings.message(unit, mail) is None:
                raise Refused(_NO_MESSAGE.format(ident))
            raise Refused(f"{ident} is not manual mail; only that can be assigned.")
        unit.stage(
            t.case_events,
            number=case,
            at=now,
            event="assigned",
            from_state=state,
            to_state=state,
            rules=["S0-R5"],
            mail=mail,
            actor=person or home.person,
        )
        unit.note(Note(now, "assigned", person or home.person, mail=mail, number=case))
    done(f"{ident} is filed with {case}.")


@outbox.command("list")
def outbox_list(
    ctx: typer.Context, as_json: AsJson = False, limit: Limit = 200, state: State = None
) -> None:
    """Mail going out, newest first."""
    one_of("--state", state or "sent", OUTBOX_STATES)
    with opened(ctx).store.read() as unit:
        rows = listings.outbox(unit, limit=limit, state=state)
    if not as_json:
        # Replies may be long; `message trace` has them whole, and the time of the next try.
        rows = [row | {"last_reply": shorten(row["last_reply"] or "-", 32)} for row in rows]
    listing(
        rows,
        as_json=as_json,
        title="outgoing mail",
        columns=("id", "case", "kind", "to", "state", "last_reply"),
    )


@outbox.command("retry")
def outbox_retry(ctx: typer.Context, ident: OutId, person: AsPerson = None) -> None:
    """Try a mail now that is held, failed, expired or waits for its next try."""
    home = opened(ctx)
    outgoing = number_of(ident, "o")
    with home.store.write() as unit:
        changed = unit.connection.execute(
            update(t.outbox)
            .where(
                t.outbox.c.id == outgoing,
                t.outbox.c.state.in_(("held", "failed", "expired", "queued")),
            )
            .values(state="queued", next_try=home.now())
        )
        if changed.rowcount != 1:
            if listings.out_message(unit, outgoing) is None:
                raise Refused(f"There is no mail {ident} going out; `outbox list` shows all.")
            raise Refused(f"{ident} is not waiting, held or failed: nothing to retry.")
        unit.note(Note(home.now(), "retried", person or home.person, facts={"outgoing": ident}))
    done(f"{ident} is tried again.")


@deadline.command("list")
def deadline_list(
    ctx: typer.Context,
    as_json: AsJson = False,
    case: Annotated[str | None, typer.Option(help="Only this case's.")] = None,
    waiting: Annotated[bool, typer.Option(help="Only those still waited for.")] = False,
) -> None:
    """What is due when, the next first."""
    with opened(ctx).store.read() as unit:
        rows = listings.deadlines(unit, number=case, waiting_only=waiting)
    listing(rows, as_json=as_json, title="deadlines")


@deadline.command("explain")
def deadline_explain(
    ctx: typer.Context,
    ident: DeadlineId,
    language: Annotated[str, typer.Option(help="da, sv or en.")] = "en",
    as_json: AsJson = False,
) -> None:
    """The count that led to a deadline, in words."""
    from workflows.catalogue import procedures
    from workflows.explain import count_in_words, settings_in_words

    one_of("--language", language, LANGUAGES)
    home = opened(ctx)
    with home.store.read() as unit:
        row = unit.connection.execute(
            select(t.deadlines).where(t.deadlines.c.id == number_of(ident, "d"))
        ).first()
        if row is None:
            raise Refused(f"There is no deadline {ident}; `deadline list` shows all.")
        name = unit.connection.execute(
            select(t.cases.c.procedure).where(t.cases.c.number == row.number)
        ).scalar_one()
        count = dict(row._mapping["count"])
    procedure = procedures(home.settings.policy)[name]
    words = count_in_words(count, procedure.wording, language, procedure.days.zone)
    rule = next((rule for rule in procedure.deadlines if rule.name == row.name), None)
    basis = settings_in_words(procedure, rule.settings if rule else (), language)
    if as_json:
        told = {"count": count, "words": words, "settings": [asdict(one) for one in basis]}
        details(listings.deadline_row(row) | told, as_json=True)
    else:
        done(f"{row.number}: {row.name}, due {row.due:%Y-%m-%d %H:%M} UTC, {row.state}")
        done("\n".join([words, *(f"- {one.text}" for one in basis)]))
