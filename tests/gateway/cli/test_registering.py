"""`anchor`, `partner` and `facility`: who may write to us, and what waits for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.showcase.authority import Authority
from gateway.store import tables as t
from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig, World, run

INIT = (
    "init", "--name", "Region Midtjylland", "--cvr", "29190925", "--key", "p256",
    "--address", "sikkermail@rm.example", "--inbox", "betalingsaftaler@rm.example",
)  # fmt: skip
ODENSE = (
    "partner", "add", "odense", "--name", "Odense Kommune", "--cvr", "35209115",
    "--municipality", "461", "--address", "Sikkermail@Odense.example",
)  # fmt: skip


@pytest.fixture
def home(sagspost: Command, tmp_path: Path) -> Path:
    assert sagspost(*INIT).status == 0
    return tmp_path / "home"


def journal(rig: Rig) -> list[tuple[str, str, dict[str, object]]]:
    with rig.gateway.store.read() as unit:
        rows = unit.connection.execute(select(t.journal).order_by(t.journal.c.sequence)).all()
    return [(row.what, row.actor, row.facts) for row in rows]


@pytest.mark.parametrize(
    ("option", "written"), [("--cvr", "5599990016"), ("--orgnr", "559999-0016")]
)
def test_a_swedish_partner_has_an_organisation_number(
    sagspost: Command, home: Path, option: str, written: str
) -> None:
    omsorg = ("--name", "Omsorg AB", "--address", "post@omsorg.example", "--language", "sv")

    wrong = sagspost("partner", "add", "omsorg", *omsorg, option, "559999-0017")
    added = sagspost("partner", "add", "omsorg", *omsorg, option, written)
    other = ("--name", "Omsorg AB", "--address", "andra@omsorg.example", "--cvr", "559999-0016")
    again = sagspost("partner", "add", "andra", *other)

    assert (wrong.status, added.status, again.status) == (1, 0, 1)
    assert "10 (Swedish organisation number)" in wrong.err
    assert "Partner omsorg has the Org.nr 559999-0016 already." in again.err
    assert [row["cvr"] for row in sagspost("partner", "list", "--json").json] == ["5599990016"]


def test_an_anchor_is_listed_once(sagspost: Command, home: Path, world: World) -> None:
    first = sagspost("anchor", "add", world.authority.anchor)
    again = sagspost("anchor", "add", world.authority.anchor)
    listed = sagspost("anchor", "list", "--json").json

    assert first.status == 0
    assert again.status in {0, 1}
    assert len(listed) == 1
    assert "rod" in listed[0]["subject"]


def test_what_is_no_certificate_is_refused(sagspost: Command, home: Path, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")

    for command in (
        ("anchor", "add", tmp_path / "no.pem"),
        ("anchor", "add", tmp_path / "missing.pem"),
        (*ODENSE, "--certificate", tmp_path / "no.pem"),
    ):
        done = sagspost(*command)
        assert (done.status, done.out) == (1, "")
        assert "no certificate" in done.err or "cannot be read" in done.err


def test_a_partner_is_shown_as_it_was_added(sagspost: Command, home: Path, world: World) -> None:
    done = sagspost(
        *ODENSE, "--address", "post@odense.example", "--certificate", world.aarhus.certificate,
        "--certificate", world.aarhus.certificate, "--language", "en", "--may", "request",
        "--receipt-form", "mdn",
    )  # fmt: skip
    shown = sagspost("partner", "show", "Odense", "--json").json

    assert done.status == 0, done.err
    assert "no mail passes" in done.out
    assert shown.pop("certificates")[0].keys() == {"fingerprint", "subject", "valid_to", "retired"}
    assert shown == {
        "key": "odense",
        "name": "Odense Kommune",
        "cvr": "35209115",
        "municipality": "0461",
        "language": "en",
        "may": ["request"],
        "addresses": ["sikkermail@odense.example", "post@odense.example"],
        "retired": False,
        "receipt_form": "mdn",
        "approvers": [],
        "tunnels": [],
        "tunnel_relay": None,
        "sealing": {
            "use": "auto",
            "cipher": "aes256-cbc",
            "rsa": "pkcs1v15",
            "learnt": None,
            "learnt_at": None,
        },
        "openpgp": [],
    }
    assert [row["key"] for row in sagspost("partner", "list", "--json").json] == ["odense"]
    assert "Odense Kommune" in sagspost("partner", "list").out


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--cvr", "352091"), "8 digits"),
        (("--municipality", "Odense"), "four digits"),
        (("--language", "fi"), "da, sv, en"),
        (("--may", "pay"), "request, approve"),
        (("--may", ""), "request, approve"),
        (("--receipt-form", "fax"), "mixed, mdn"),
        (("--address", "two words@odense.example"), "mail address"),
        (("--address", "a@odense.example\r\nBcc: x@y.example"), "mail address"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    sagspost: Command, home: Path, wrong: tuple[str, str], told: str
) -> None:
    done = sagspost(*ODENSE, *wrong)

    assert (done.status, done.out) == (1, "")
    assert told in done.err
    assert sagspost("partner", "list", "--json").json == []


def test_key_address_and_cvr_are_each_taken_once(sagspost: Command, home: Path) -> None:
    sagspost(*ODENSE)

    same_key = sagspost(*ODENSE)
    same_cvr = sagspost("partner", "add", "other", *ODENSE[3:-1], "other@odense.example")
    same_address = sagspost(
        "partner", "add", "other", "--name", "Other", "--cvr", "29189846", *ODENSE[-2:]
    )

    assert [d.status for d in (same_key, same_cvr, same_address)] == [1, 1, 1]
    assert "odense already" in same_key.err
    assert "CVR" in same_cvr.err
    assert "address" in same_address.err


def test_the_successor_of_a_retired_partner_takes_its_address(
    sagspost: Command, home: Path
) -> None:
    sagspost(*ODENSE)

    retired = sagspost("partner", "retire", "odense")
    again = sagspost("partner", "retire", "odense")
    successor = sagspost("partner", "add", "odense-2", *ODENSE[3:])

    assert (retired.status, again.status, successor.status) == (0, 1, 0), successor.err
    rows = {row["key"]: row for row in sagspost("partner", "list", "--json").json}
    assert rows["odense"]["retired"]
    assert rows["odense-2"]["addresses"] == ["sikkermail@odense.example"]


def test_approvers_and_tunnels_are_listed_with_their_partner(
    sagspost: Command, home: Path, world: World
) -> None:
    sagspost(*ODENSE)

    for _ in range(2):
        approver = sagspost("partner", "approver", "add", "odense", "Lis Leder")
        tunnel = sagspost("partner", "tunnel", "add", "odense", world.aarhus.certificate)
    shown = sagspost("partner", "show", "odense", "--json").json

    assert (approver.status, tunnel.status) == (1, 1)
    assert shown["approvers"] == ["Lis Leder"]
    assert len(shown["tunnels"]) == 1
    for command in ("show", "retire"):
        assert "no partner nobody" in sagspost("partner", command, "nobody").err
    assert sagspost("partner", "approver", "add", "nobody", "Lis").status == 1


IMPORT = """
[[partner]]
key = "odense"
name = "Odense Kommune"
cvr = "35209115"
municipality = "0461"
address = ["sikkermail@odense.example"]
certificate = ["odense.pem"]
approver = ["Lis Leder"]

[[partner]]
key = "viborg"
name = "Viborg Kommune"
cvr = "29189846"
address = ["sikkermail@viborg.example"]
may = "request"
"""


def test_partners_are_imported_all_or_none(
    sagspost: Command, home: Path, tmp_path: Path, world: World
) -> None:
    file = tmp_path / "partners.toml"
    (tmp_path / "odense.pem").write_bytes(world.aarhus.certificate.read_bytes())
    file.write_text(IMPORT.replace('"29189846"', '"1"'))
    wrong = sagspost("partner", "import", file)
    before = sagspost("partner", "list", "--json").json
    file.write_text(IMPORT)

    right = sagspost("partner", "import", file)

    assert wrong.status == 1
    assert "viborg" in wrong.err
    assert before == []
    assert right.status == 0, right.err
    rows = {row["key"]: row for row in sagspost("partner", "list", "--json").json}
    assert rows["viborg"]["may"] == ["request"]
    assert sagspost("partner", "show", "odense", "--json").json["approvers"] == ["Lis Leder"]


@pytest.mark.parametrize(
    "text",
    ["nothing", "[[partner]]\nkey = 'a'\n", "[[partner]]\ncolour = 'red'\n", "[x]\n",
     IMPORT.replace('["sikkermail@viborg.example"]', '"one"')],
)  # fmt: skip
def test_an_import_that_is_wrong_names_the_place(
    sagspost: Command, home: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "partners.toml"
    file.write_text(text)

    done = sagspost("partner", "import", file)

    assert done.status == 1
    assert "partners.toml" in done.err


def test_facilities_and_their_staff_are_registered(
    sagspost: Command, home: Path, world: World
) -> None:
    facility = sagspost(
        "facility", "add", "Granbo", "--name", "Granbo", "--address", "Granbo@rm.example"
    )
    again = sagspost("facility", "add", "granbo", "--name", "G", "--address", "g@rm.example")
    person = (
        "facility", "person", "add", "granbo", "--name", "Karen Holm",
        "--address", "kh@rm.example", "--certificate", world.granbo.certificate,
    )  # fmt: skip

    assert (facility.status, again.status) == (0, 1)
    assert sagspost("facility", "list", "--json").json == [
        {"key": "granbo", "name": "Granbo", "address": "granbo@rm.example", "sealed": False}
    ]
    assert sagspost(*person).status == 0
    assert sagspost(*person).status == 1
    assert sagspost(*person[:3], "nowhere", *person[4:]).status == 1


def test_registrations_stand_in_the_journal_with_who_made_them(
    make_rig: Callable[..., Rig], world: World
) -> None:
    rig = make_rig()

    noted = {what for what, actor, _ in journal(rig) if actor}

    assert {"anchor_added", "partner_added", "facility_added"} <= noted


def test_a_missing_anchor_frees_the_quarantine_when_it_is_added(
    make_rig: Callable[..., Rig], world: World, tmp_path: Path
) -> None:
    rig = make_rig()
    stranger = world.stranger.kommune(
        "Odense Kommune", "35209115", "sikkermail@odense.example", key="p256"
    )
    run(rig.home, *ODENSE, "--certificate", str(stranger.certificate))
    body = {"acting_municipality": "0461"}
    mail = rig.send(stranger, rig.request(**body))
    before = rig.judged(mail)

    rig.run("anchor", "add", str(world.stranger.anchor))
    rig.settle()

    assert before == ("quarantined", "keys.certificate.untrusted")
    assert rig.judged(mail) == ("processed", None)
    assert [row["partner"] for row in rig.cases()] == ["odense"]


def test_a_revocation_list_stops_a_certificate_and_its_renewal_frees_the_rest(
    make_rig: Callable[..., Rig], tmp_path: Path
) -> None:
    rig = make_rig()
    authority = Authority(tmp_path / "ca", key="p256")
    good = authority.kommune("Odense Kommune", "35209115", "sikkermail@odense.example", key="p256")
    bad = authority.kommune("Ringsted Kommune", "18957981", "post@ringsted.example", key="p256")
    rig.run(*ODENSE)
    rig.run(
        "partner", "add", "ringsted", "--name", "Ringsted Kommune", "--cvr", "18957981",
        "--municipality", "0329", "--address", "post@ringsted.example",
    )  # fmt: skip
    rig.run("anchor", "add", str(authority.anchor), "--crl", str(authority.crl(stale=True)))
    waits = rig.send(good, rig.request(acting_municipality="0461"))
    stale = rig.judged(waits)

    authority.revoke(bad)
    rig.run("anchor", "add", str(authority.anchor), "--crl", str(authority.crl()))
    rig.settle()
    revoked = rig.send(bad, rig.request(acting_municipality="0329"))

    assert stale == ("quarantined", "keys.certificate.revocation_stale")
    assert rig.judged(waits) == ("processed", None)
    assert rig.judged(revoked) == ("quarantined", "keys.certificate.revoked")
    assert rig.outgoing(role="notice", to="post@ringsted.example")
