"""`data check`: each data set with its source, and what is out of date by the gateway's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.home import Home
from gateway.errors import WrongSettings
from gateway.settings import Settings
from gateway.wiring import Gateway, judge_settings
from parsers.data_sets import COLUMNS
from parsers.identifiers import MunicipalityCode
from parsers.reference import install
from tests.gateway.cli.conftest import Command, Done
from tests.gateway.rig import Rig

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "parsers" / "data"


@pytest.fixture(autouse=True)
def _as_shipped() -> Any:
    yield
    install({})


@pytest.fixture
def check(sagspost: Command, own: Rig, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    def run(day: str, *options: str) -> Done:
        now = datetime.fromisoformat(day).replace(tzinfo=UTC)
        monkeypatch.setattr(Home, "now", lambda _: now)
        return sagspost("data", "check", *options, home=own.home)

    return run


def told(done: Done) -> dict[str, Any]:
    return {row["name"]: row for row in done.json["data"]}


def put(home: Path, name: str, change: Callable[[str], str]) -> None:
    (home / "data").mkdir(exist_ok=True)
    text = (SHIPPED / f"{name}.csv").read_text("utf-8")
    changed = change(text)
    assert changed != text
    (home / "data" / f"{name}.csv").write_text(changed, "utf-8")


def words(row: dict[str, Any], state: str) -> list[str]:
    return [finding["words"] for finding in row["findings"] if finding["state"] == state]


def test_every_data_set_is_told_with_source_day_and_rows(check: Callable[..., Done]) -> None:
    done = check("2026-11-22", "--json")

    assert done.status == 0
    assert done.json["date"] == "2026-11-22"
    rows = told(done)
    assert list(rows) == list(COLUMNS)
    assert {name: row["rows"] for name, row in rows.items()} | {"laws": 0, "paragraphs": 0} == {
        "municipalities_dk": 98, "regions_dk": 6, "collaborations_dk": 103, "laws": 0,
        "municipalities_se": 1, "districts_stockholm": 17, "paragraphs": 0,
    }  # fmt: skip
    for row in rows.values():
        assert row["source"]
        assert (row["as_of"], row["from"], row["replaces"]) == ("2026-11-22", "shipped", None)
    assert rows["municipalities_dk"]["state"] == "good"


def test_what_will_end_is_told_two_months_before(check: Callable[..., Done]) -> None:
    assert words(told(check("2026-10-31", "--json"))["regions_dk"], "soon") == []
    row = told(check("2026-11-22", "--json"))["regions_dk"]

    assert row["state"] == "soon"
    assert "Region Sjælland holds until 2026-12-31, then Region Østdanmark" in words(row, "soon")
    assert any("no code and no cvr" in one for one in words(row, "soon"))


def test_what_has_ended_is_out_of_date_and_the_status_says_so(check: Callable[..., Done]) -> None:
    done = check("2027-01-01", "--json")
    rows = told(done)

    assert done.status == 1
    assert any(
        "Region Østdanmark has no code" in one for one in words(rows["regions_dk"], "outdated")
    )
    gone = words(rows["collaborations_dk"], "outdated")
    assert {"region 1084 of hovedstaden is not there today",
            "region 1085 of sjaelland is not there today"} <= set(gone)  # fmt: skip
    assert rows["municipalities_dk"]["state"] == "good"
    assert rows["districts_stockholm"]["state"] == "good"


def test_the_day_turns_with_the_authoritys_midnight(check: Callable[..., Done]) -> None:
    assert check("2026-12-31T22:59").status == 0
    assert check("2026-12-31T23:01").status == 1


def test_people_read_it_too(check: Callable[..., Done]) -> None:
    done = check("2027-01-01")

    assert done.status == 1
    assert "outdated  regions_dk" in done.out
    assert "Region Østdanmark has no code" in done.out


def test_a_file_of_the_home_takes_the_place_of_ours(check: Callable[..., Done], own: Rig) -> None:
    put(own.home, "regions_dk", lambda text: text.replace(
        "Region Østdanmark,,,", "Region Østdanmark,1086,29190623,").replace(
        "as_of: 2026-11-22", "as_of: 2027-01-05").replace(
        "review_by: 2026-12-31", "review_by: 2028-01-31"))  # fmt: skip
    put(own.home, "collaborations_dk", lambda text: text.replace(
        "region,1084,2007-01-01,", "region,1086,2027-01-01,").replace(
        "region,1085,2007-01-01,", "region,1086,2027-01-01,").replace(
        "review_by: 2026-12-31", "review_by: 2028-01-31"))  # fmt: skip
    done = check("2027-01-06", "--json")
    rows = told(done)

    assert done.status == 0, done.out
    assert rows["regions_dk"]["from"] == "home"
    assert rows["regions_dk"]["state"] == "good"
    assert rows["regions_dk"]["replaces"] == (
        "6 rows as of 2026-11-22: 1 rows are new or changed, 1 gone"
    )


def test_a_file_that_is_older_than_ours_is_out_of_date(
    check: Callable[..., Done], own: Rig
) -> None:
    put(own.home, "laws", lambda text: text.replace("as_of: 2026-11-22", "as_of: 2025-01-01"))
    row = told(check("2026-11-22", "--json"))["laws"]

    assert row["state"] == "outdated"
    assert "older than what ships" in row["findings"][0]["words"]


@pytest.mark.parametrize(
    ("name", "before", "after", "line", "told"),
    [
        ("regions_dk", "1082,", "82,", "line 6", "code must match"),
        ("regions_dk", "name,code", "navn,kode", "line 4", "columns must be name,code"),
        ("laws", "2024-01-01", "2024-13-01", "line 7", "valid_from must be a date"),
        ("laws", "# source", "# kilde", "line 1", "# source"),
        ("laws", "2002-01-01,2025-06-30", "2002-01-01,2001-06-30", "line 12", "before valid_from"),
        ("paragraphs", "SEL § 108,længerevarende botilbud,,,", "SEL § 108,x", "", "5 values"),
    ],
)
def test_a_file_that_does_not_keep_its_form_is_told_with_its_line(
    check: Callable[..., Done], own: Rig, name: str, before: str, after: str, line: str, told: str
) -> None:
    put(own.home, name, lambda text: text.replace(before, after))
    done = check("2026-11-22")

    assert done.status == 1
    assert f"{name}.csv" in done.err
    assert line in done.err
    assert told in done.err


def test_a_file_that_is_no_data_set_is_told_with_those_there_are(
    check: Callable[..., Done], own: Rig
) -> None:
    (own.home / "data").mkdir()
    (own.home / "data" / "kommuner.csv").write_text("x", "utf-8")
    done = check("2026-11-22")

    assert done.status == 1
    assert "municipalities_dk" in done.err


class WithWorkers(Gateway):
    """A gateway whose mail is read in processes of their own."""

    def __init__(self, settings: Settings, *, workers: int | None = None) -> None:
        put(settings.home, "municipalities_dk", lambda text: text.replace(
            "0751,Aarhus,Aarhus Kommune", "0751,Smilets By,Smilets By Kommune"))  # fmt: skip
        super().__init__(settings, workers=2 * (workers or 1))


def test_mail_is_read_by_the_data_of_the_home_in_every_process(
    make_rig: Callable[..., Rig],
) -> None:
    rig = make_rig(gateway=WithWorkers)
    words = {
        "CPR-nummer": "670765-4005", "Borgerens navn": "P", "Handlekommune": "Smilets By Kommune",
        "Sagsbehandler": "S", "Tilbud": "granbo", "Lovgrundlag": "§ 107",
        "Ønsket startdato": "1. december 2026", "Beskrivelse af behovet": "Støtte",
        "Grundlag for videregivelse": "samtykke",
    }  # fmt: skip
    lines = "\n".join(f"{label}: {value}" for label, value in words.items())
    mail = rig.send(rig.aarhus, f"--- Sagspost: placement_request ---\n{lines}\n--- slut ---\n")

    assert rig.judged(mail) == ("processed", None)
    assert MunicipalityCode.read("Smilets By") == "0751"
    with pytest.raises(ValueError, match="name"):
        MunicipalityCode.read("Aarhus")


def test_a_gateway_does_not_start_with_a_file_that_does_not_keep_its_form(own: Rig) -> None:
    put(own.home, "laws", lambda text: text.replace("# as_of", "# day"))

    with pytest.raises(WrongSettings, match=r"laws\.csv, line 1"):
        Gateway(own.settings, workers=1)
    with pytest.raises(WrongSettings, match=r"laws\.csv, line 1"):
        judge_settings(own.settings)
