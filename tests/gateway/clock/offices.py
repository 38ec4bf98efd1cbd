"""An authority with web servers for its lists and answers, and a partner of a gateway below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.clock.fetching import Fetching
from gateway.showcase.authority import Identity
from gateway.store import sources
from gateway.store import tables as t
from tests.gateway.clock.responders import free_port, ocsp_responder, web_server
from tests.gateway.rig import Rig
from tests.keys.other_side import LEAF_EXTENSIONS, Authority, Party
from tests.keys.revoking import OCSP_SIGNER, Entry, make_list

ADDRESS = "sikkermail@odense.example"
SUBJECT = "/C=DK/organizationIdentifier=NTRDK-35209115/O=Odense Kommune/CN=Odense Kommune"


@dataclass
class Office:
    """An authority with a web server for its list, and one partner below it for each kind."""

    authority: Authority
    folder: Path
    port: int
    answers_port: int
    responder: Party
    by_list: Party
    """Its certificate names a list."""
    by_answer: Party
    """Its certificate names a responder."""

    def publish(self, *entries: Entry, made: Any, number: int, until: Any = None) -> None:
        data = make_list(self.authority.issuing, entries, made=made, number=number, until=until)
        (self.folder / "issuing.crl").write_bytes(data)

    def served(self) -> Any:
        return web_server(self.folder, self.port)

    def answers(self) -> Any:
        return ocsp_responder(self.authority, self.responder, self.answers_port)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    authority = Authority(tmp_path_factory.mktemp("office"))
    folder = tmp_path_factory.mktemp("web")
    port, answers_port = free_port(), free_port()
    names = (*LEAF_EXTENSIONS[:-1], f"subjectAltName=email:{ADDRESS}")
    with_list = (*names, f"crlDistributionPoints=URI:http://127.0.0.1:{port}/issuing.crl")
    with_answers = (*names, f"authorityInfoAccess=OCSP;URI:http://127.0.0.1:{answers_port}/")
    return Office(
        authority=authority,
        folder=folder,
        port=port,
        answers_port=answers_port,
        responder=authority.issue("responder", "p256", OCSP_SIGNER, subject="/CN=Responder"),
        by_list=authority.issue("by-list", "p256", with_list, subject=SUBJECT),
        by_answer=authority.issue("by-answer", "p256", with_answers, subject=SUBJECT),
    )


class Partner:
    """A gateway with one partner of the office, and what its clock fetches."""

    def __init__(self, rig: Rig, office: Office, party: Party) -> None:
        self.rig, self.office, self.party = rig, office, party
        self.written = 0
        self.identity = Identity(
            "Odense Kommune", ADDRESS, party.key, party.pem, office.authority.issuing.pem
        )
        rig.readers[ADDRESS] = self.identity
        rig.run("anchor", "add", str(office.authority.root.pem))
        rig.run(
            "partner", "add", "odense", "--name", "Odense Kommune", "--cvr", "35209115",
            "--municipality", "461", "--address", ADDRESS, "--certificate", str(party.pem),
            "--may", "request,approve",
        )  # fmt: skip
        self.fetching = Fetching(rig.gateway.store, rig.settings.trust, rig.clock.now)

    def write(self) -> str:
        self.written += 1
        return self.rig.send(self.identity, f"Vi har spørgsmål {self.written}.")

    def ask_for_a_place(self) -> str:
        """A whole request, which opens a case."""
        need = self.rig.request(acting_municipality="0461")
        return self.rig.send(self.identity, need)

    def revocation(self, mail: str) -> str:
        """What the trace says of the signer's revocation."""
        with self.rig.gateway.store.read() as unit:
            layers = unit.connection.execute(
                select(t.judgements.c.layers)
                .where(t.judgements.c.mail == int(mail[1:]))
                .order_by(t.judgements.c.number.desc())
            ).scalar()
        (signed,) = (layer for layer in layers if layer["kind"] == "signed")
        return str(signed["facts"].get("revocation", signed["code"]))

    def sources(self) -> dict[str, dict[str, Any]]:
        with self.rig.gateway.store.read() as unit:
            return {row["kind"]: row for row in sources.shown(unit)}


@pytest.fixture
def partner(make_rig: Callable[..., Rig], office: Office) -> Callable[..., Partner]:
    def make(party: Party, **options: Any) -> Partner:
        return Partner(make_rig(key="p256", **options), office, party)

    return make


@pytest.fixture
def child() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack
