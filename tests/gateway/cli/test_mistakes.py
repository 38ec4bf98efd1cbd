"""What new users write wrong: one helpful line for each mistake, the right status, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Command
from tests.gateway.rig import Rig
from workflows.catalogue import procedures
from workflows.mistakes import implausible

WRONG_SETTINGS = {
    "payment_agreement.payer_refrence": (
        '"required"',
        "is not a setting of payment_agreement; did you mean payer_reference?",
    ),
    "payment_agreement.payer_reference": ('"maybe"', "must be 'asked' or 'required'"),
    "payment_agreement.absence_percent": ("150", "must be less than or equal to 100"),
    "payment_agrement": ("{}", "did you mean payment_agreement?"),
}


def with_setting(rig: Rig, key: str, value: str) -> None:
    file = rig.home / "sagspost.toml"
    file.write_text(file.read_text("utf-8") + f"\n[policy.procedures]\n{key} = {value}\n", "utf-8")


@pytest.mark.parametrize("key", WRONG_SETTINGS)
def test_a_wrong_setting_of_a_procedure_is_told_by_every_command_that_needs_it(
    key: str, sagspost: Command, own: Rig
) -> None:
    value, said = WRONG_SETTINGS[key]
    with_setting(own, key, value)

    watched = sagspost("watchlist", home=own.home)
    served = sagspost("serve", home=own.home)
    checked = sagspost("check", home=own.home)

    assert (watched.status, served.status, checked.status) == (1, 1, 1)
    told = [" ".join(text.split()) for text in (watched.err, served.err, checked.out)]
    assert all(f"policy.procedures.{key}: {said}" in one for one in told), told


def test_all_wrong_settings_of_a_procedure_are_told_at_once(sagspost: Command, own: Rig) -> None:
    with_setting(own, "short_stay", "{no_such = 1, neither = 2}")
    said = sagspost("watchlist", home=own.home).err
    assert "short_stay.no_such: " in said
    assert "short_stay.neither: " in said


RATES = ("rate_announcement", "announce_rates")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("paymnt_agreement", "offer"), "paymnt_agreement; did you mean payment_agreement?"),
        (("payment_agreement", "placement_request"), "mail does: placement_request"),
        (("payment_agreement", "offer"), "No act opens a case of payment_agreement; mail does"),
        (("rate_announcement", "announce_rate"), "did you mean announce_rates?"),
        (RATES, "announce_rates: facility: is missing"),
        ((*RATES, "--set", "facilty=granbo"), "facilty: is not a field of announce_rates; did you"),
        ((*RATES, "--set", "year=next"), "year: must be a whole number"),
        (
            ("capacity_report", "report_call", "--set", "closes_on=i morgen"),
            "closes_on: must be a date, such as 2027-01-31",
        ),
        (
            ("service_order", "oral_order", "--set", "individual.personnummer=1"),
            "individual.personnummer: must be a Swedish personal number of the form",
        ),
        ((*RATES, "--set", "rates.0.unit=dag"), "rates.0.unit: must be 'day', 'hour' or 'month'"),
        ((*RATES, "--set", "rates.1.unit=day"), "the item before it is missing: number 0"),
        ((*RATES, "--file", "{folder}/none.json"), "none.json cannot be read: No such file"),
        ((*RATES, "--file", "{folder}/half.json"), "half.json is not JSON: "),
        ((*RATES, "--file", "{folder}/half.toml"), "half.toml is not TOML: "),
        ((*RATES, "--file", "{folder}/octets.json"), "octets.json is not JSON: its text is not"),
        ((*RATES, "--file", "{folder}/list.json"), "list.json must hold one JSON object"),
    ],
)
def test_a_case_that_cannot_be_opened_is_refused_in_a_line_that_helps(
    sagspost: Command, own: Rig, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    for name, octets in WRONG_FILES.items():
        (tmp_path / name).write_bytes(octets)

    words = [word.format(folder=tmp_path) for word in arguments]
    done = sagspost("case", "open", *words, home=own.home)

    assert (done.status, done.out) == (1, "")
    assert told in done.err
    assert "Input should be" not in done.err
    assert sagspost("case", "list", "--json", home=own.home).json == []


WRONG_FILES = {
    "half.json": b'{"facility": ',
    "half.toml": b"facility = ",
    "octets.json": b"\xff\xfe\x00",
    "list.json": b"[1, 2]",
}


def test_single_values_reach_into_groups_and_lists_beside_a_file(
    sagspost: Command, own: Rig, tmp_path: Path
) -> None:
    number = own.acknowledged()
    terms = tmp_path / "offer.json"
    terms.write_text(json.dumps({"start": f"{own.start}", "rate": {"amount": "1800.00"}}), "utf-8")

    done = sagspost(
        *("case", "act", number, "offer", "--file", terms),
        *("--set", "rate.unit=day", "--set", "supplements.0.text=Tolk"),
        *("--set", "supplements.0.amount=120.50", "--set", "supplements.0.unit=day"),
        home=own.home,
    )

    assert done.status == 0, done.err
    (terms_kept,) = [one["terms"] for one in own.body(number)["data"]["versions"]]
    assert terms_kept["rates"][0]["amount"] == "1800.00"
    assert terms_kept["supplements"][0]["text"] == "Tolk"


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (("agreement_approval",), "agreement_approval comes by mail, and is no act of payment"),
        (("start_setlement",), "did you mean start_settlement?"),
        (
            ("offer", "--set", "rate=1845.50"),
            "rate: must be a section with keys of its own: amount",
        ),
    ],
)
def test_an_act_that_is_none_is_told_what_was_meant(
    sagspost: Command, own: Rig, act: tuple[str, ...], told: str
) -> None:
    number = own.acknowledged()
    done = sagspost("case", "act", number, *act, home=own.home)
    assert (done.status, done.out) == (1, "")
    assert told in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("form", "placment_request"), "There is no message placment_request; did you mean"),
        (("procedure", "draw", "paymnt_agreement"), "did you mean payment_agreement?"),
        (("demo", "--procedure", "short_stayy"), "did you mean short_stay?"),
        (("demo", "--procedure", "quite_another"), "there are: capacity_report"),
    ],
)
def test_a_name_that_is_nearly_one_of_ours_is_asked_about(
    sagspost: Command, arguments: tuple[str, ...], told: str
) -> None:
    done = sagspost(*arguments)
    assert (done.status, done.out) == (1, "")
    assert told in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("case", "list", "--state", "NOTIFID"), "no procedure has it; did you mean NOTIFIED?"),
        (("message", "release", "m99"), "There is no message m99"),
        (("message", "replay", "m99"), "There is no message m99"),
        (("message", "assign", "m99", "{case}"), "There is no message m99"),
        (("message", "release", "m1"), "m1 is not in quarantine: it is processed."),
        (("outbox", "retry", "o99"), "There is no mail o99 going out"),
        (("seal", "{folder}/none.json", "--from", "{own}", "--to", "{key}"), "none.json cannot be"),
        (("seal", "{toml}", "--from", "{folder}/k.pem", "--to", "{key}"), "k.pem cannot be read"),
        (("anchor", "add", "{toml}"), "sagspost.toml holds no certificate in PEM or DER."),
        (("partner", "import", "{folder}/none.toml"), "none.toml cannot be read: No such file"),
    ],
)
def test_what_is_not_there_is_said_by_its_name(
    sagspost: Command, settled: Rig, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    places = {
        "case": settled.cases()[0]["number"],
        "folder": str(tmp_path),
        "key": str(settled.home / "keys" / "gateway.pem"),
        "own": str(settled.home / "keys" / "gateway.key"),
        "toml": str(settled.home / "sagspost.toml"),
    }
    done = sagspost(*(word.format(**places) for word in arguments), home=settled.home)
    assert (done.status, done.out) == (1, "")
    assert told in done.err
    assert "Errno" not in done.err
    assert "ParseError" not in done.err


def test_a_check_names_the_section_of_a_wrong_setting(
    sagspost: Command, own: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGSPOST_CLOCK_OFFSET", "+9d")
    done = sagspost("check", home=own.home)
    assert done.status == 1
    assert "[clock] rehearsal is not true" in " ".join(done.out.split())


@pytest.mark.parametrize("year", ["1850", "2999"])
def test_an_act_with_a_date_of_another_century_changes_nothing(
    sagspost: Command, own: Rig, year: str
) -> None:
    values = (
        "individual.personnummer=640823-3234", "individual.name=Ulla Prov",
        "caseworker.name=Siv", "provider=aarhus", f"decision_date={year}-01-01",
        "legal_basis=SoL 11 kap. 1 §",
    )  # fmt: skip
    sets = [word for one in values for word in ("--set", one)]
    done = sagspost("case", "open", "service_order", "decide", *sets, home=own.home)
    assert done.status == 1
    assert "decide: decision_date: must be a date from 1900 to 2200" in done.err
    assert sagspost("case", "list", "--json", home=own.home).json == []


def test_a_date_in_a_row_is_told_with_its_place() -> None:
    order = {
        "services": [{"kind": "home_care", "valid_from": "2026-12-01", "valid_to": "2999-01-01"}]
    }
    (wrong,) = implausible(procedures()["service_order"].acts["order"].model_validate(order))
    assert wrong.key == "services.0.valid_to"


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('region = "9999"', "policy.cooperation.region: must be a Danish region code"),
        (
            'secretariat = "x"',
            "policy.cooperation.secretariat: must be a CVR number of eight digits",
        ),
    ],
)
def test_a_cooperation_of_nobody_is_a_wrong_setting(
    sagspost: Command, own: Rig, setting: str, told: str
) -> None:
    file = own.home / "sagspost.toml"
    file.write_text(file.read_text("utf-8") + f"\n[policy.cooperation]\n{setting}\n", "utf-8")
    done = sagspost("check", home=own.home)
    assert done.status == 1
    assert told in " ".join((done.out + done.err).split())
