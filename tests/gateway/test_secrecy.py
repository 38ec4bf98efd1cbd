"""No citizen can be read where nothing is sealed: in rows, listings, logs, subjects, mail."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.showcase import openssl
from gateway.store import tables as t
from tests.gateway.rig import CPR, Rig

SECRETS = (CPR, CPR.replace("-", ""), "Prøve Borger", "Prøvevej", "struktur, måltider")
OTHER = "610190-4006"


def unsealed_values(rig: Rig) -> Iterator[tuple[str, str]]:
    """Everything in the database that is not encrypted, as text, with the column's name."""
    with rig.gateway.store.read() as unit:
        for table in t.metadata.sorted_tables:
            columns = [c for c in table.columns if not c.name.endswith("_sealed")]
            for row in unit.connection.execute(select(*columns)):
                for column, value in zip(columns, row, strict=True):
                    yield f"{table.name}.{column.name}", written(value)


def written(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


@pytest.fixture
def played(rig: Rig) -> Rig:
    """A dialogue in which everybody puts the number wherever a person would put it."""
    request = rig.request(citizen={"cpr": CPR, "name": "Prøve Borger", "address": "Prøvevej 1"})
    request |= {"reference": f"Vedr. {CPR}", "id": f"anmodning-{CPR}"}
    subject = f"Anmodning vedr. Prøve Borger {CPR}"
    rig.send(rig.aarhus, rig.json(request, rig.aarhus, subject))
    number = rig.cases()[0]["number"]
    words = rig.words(
        f"Handleplan for Prøve Borger, {CPR}",
        rig.aarhus,
        f"Handleplan {CPR} [{number}]",
        {f"handleplan {CPR}.pdf": b"%PDF-plan", f"{CPR.replace('-', '')} Prøve Borger.txt": b"x"},
    )
    rig.send(rig.aarhus, words)
    rig.send(rig.aarhus, f"Angående {OTHER}", subject=f"Spørgsmål om {OTHER}")
    rig.send(rig.aarhus, rig.request(citizen={"cpr": "310265-4005", "name": CPR}, facility=CPR))
    rig.send(rig.aarhus, rig.request() | {"case": CPR, "to": "29190623", CPR: CPR})
    rig.deliver(openssl.dress(words, rig.outer(rig.aarhus)), sender=f"{OTHER}@aarhus.example")
    rig.settle()
    rig.act(number, "offer", **rig.terms())
    rig.settle()
    line = rig.line(number)
    rig.send(rig.aarhus, f"{line}\n\nDog ikke for {CPR}", subject=f"[{number}]")
    rig.send(rig.aarhus, line)
    rig.act(number, "start_settlement")
    rig.settle()
    body = {"reason": f"{CPR} flytter."}
    rig.send(rig.aarhus, rig.submission("agreement_termination", number, body))
    assert rig.state(number) == "TERMINATING"
    return rig


def test_no_unsealed_column_holds_a_citizens_data(played: Rig) -> None:
    found = {
        (name, secret)
        for name, text in unsealed_values(played)
        for secret in (*SECRETS, OTHER, "310265")
        if secret in text
    }
    # The addresses of an envelope are what the relay saw; a person may not put a number there.
    assert found - {("mails.envelope_from", OTHER)} == set()


def test_no_file_of_the_database_holds_a_citizens_data(played: Rig) -> None:
    for file in Path(played.home).glob("sagspost.db*"):
        data = file.read_bytes()
        for secret in SECRETS:
            assert secret.encode() not in data, (file.name, secret)


def test_no_listing_shows_a_citizens_data(played: Rig) -> None:
    number = played.cases()[0]["number"]
    shown = [
        played.run(*words)
        for words in (
            ("message", "list", "--json"),
            ("message", "list"),
            ("case", "list", "--json"),
            ("outbox", "list", "--json"),
            ("deadline", "list", "--json"),
            ("partner", "list", "--json"),
        )
    ]
    for row in played.messages():
        if row["direction"] == "in":
            shown.append(played.run("message", "show", row["id"], "--json"))
            shown.append(played.run("message", "trace", row["id"], "--json"))
    for text in shown:
        for secret in SECRETS:
            assert secret not in text
    documents = played.run("case", "show", number, "--json")
    assert "handleplan" in documents
    assert CPR not in documents
    assert CPR.replace("-", "") not in documents


def test_no_log_line_shows_a_citizens_data(played: Rig) -> None:
    told = played.log.getvalue()
    for secret in (*SECRETS, OTHER):
        assert secret not in told


def test_nothing_of_a_mail_can_be_read_without_the_readers_key(played: Rig) -> None:
    sent = played.outgoing()
    assert len(sent) > 10
    for mail in sent:
        assert mail.is_sealed, mail
        head, _, body = mail.raw.partition(b"\r\n\r\n")
        assert re.fullmatch(rb"[A-Za-z0-9+/=\r\n]+", body), "nothing but base64"
        subject = mail.header("Subject")
        assert subject == mail.letter.subject
        for secret in (*SECRETS, OTHER, "flytter"):
            assert secret not in head.decode("utf-8", "replace") + subject
        assert "anmodning-" not in subject


def test_the_readers_do_see_what_concerns_them(played: Rig) -> None:
    notice = played.outgoing(kind="notice", role="facility")[0]
    assert CPR in notice.text
    passed_on = next(
        sent
        for sent in played.outgoing(kind="dialogue", to=played.granbo.address)
        if "Handleplan" in sent.text
    )
    assert passed_on.letter.attachments[f"handleplan {CPR}.pdf"] == b"%PDF-plan"


def test_raw_mails_are_encrypted_at_rest(rig: Rig) -> None:
    entity = openssl.sign(rig.words(f"Hej {CPR}", rig.aarhus), rig.aarhus)
    rig.deliver(openssl.dress(entity, rig.outer(rig.aarhus)))

    with rig.gateway.store.read() as unit:
        (kept,) = unit.connection.execute(select(t.raws.c.raw_sealed)).scalars()
    assert CPR.encode() not in kept
    assert b"Content-Type" not in kept
