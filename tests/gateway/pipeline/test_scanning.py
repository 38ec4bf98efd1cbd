"""Nothing is read or passed on before it was scanned, and what can act goes on with a warning."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateway import checks
from gateway.errors import Refused
from gateway.pipeline import process, scanning
from gateway.pipeline.clamd import ScannerAway
from gateway.pipeline.reading import Read
from gateway.store import listings, mails
from gateway.workers import Workers
from tests.gateway.rig import INBOX, Rig
from tests.gateway.scanner import EICAR, LARGEST, Scanner

MakeRig = Callable[..., Rig]


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    one = Scanner(tmp_path_factory.mktemp("av"))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def scanned(make_rig: MakeRig, scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A gateway with a scanner, and no rest between two tries."""
    monkeypatch.setattr(process, "REST", 0)
    monkeypatch.setattr(scanning, "_PAUSE", 0)
    return make_rig(
        key="p256",
        change_settings=lambda text: text + f'\n[scan]\nclamd = "{scanner.address}"\n',
    )


def macros() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(zipfile.ZipInfo("xl/vbaProject.bin"), b"x")
    return out.getvalue()


def with_file(rig: Rig, name: str, data: bytes, subject: str = "Bilag") -> bytes:
    return rig.seal(rig.viborg, rig.words("Se bilag.", rig.viborg, subject, {name: data}))


def codes(rig: Rig, mail: str) -> list[str]:
    return [step["code"] for step in rig.trace(mail)]


def test_clean_mail_goes_on_and_says_that_it_was_scanned(scanned: Rig) -> None:
    number = scanned.acknowledged(scanned.viborg, acting_municipality="0791")

    assert scanned.state(number) == "ACKNOWLEDGED"
    assert "content.clean" in codes(scanned, "m1")


def test_infected_mail_is_quarantined_whoever_signed_it(scanned: Rig) -> None:
    mail = scanned.deliver(with_file(scanned, "Prøve Borger.pdf", EICAR))
    scanned.settle()

    assert scanned.judged(mail) == ("quarantined", "content.malware")
    assert scanned.cases() == []
    told = next(step for step in scanned.trace(mail) if step["code"] == "content.malware")
    assert "Own.Eicar" in told["words"]


def test_of_infected_mail_a_notice_goes_to_the_registered_address_and_an_alert_to_us(
    scanned: Rig,
) -> None:
    mail = scanned.deliver(with_file(scanned, "Prøve Borger.pdf", EICAR))
    scanned.settle()

    notice = scanned.letter("notice")
    assert notice.to == scanned.viborg.address
    assert "sikkerhedskontrol" in notice.text
    alert = scanned.letter("alert", to=INBOX)
    assert mail in alert.text
    assert "content.malware" in alert.text
    for sent in (notice, alert):
        assert "Borger" not in sent.text
        assert "Eicar" not in sent.text
        assert sent.letter.attachments == {}


def test_infected_mail_is_released_to_nobody(scanned: Rig) -> None:
    mail = scanned.deliver(with_file(scanned, "plan.pdf", EICAR))
    scanned.settle()

    with pytest.raises(Refused, match=r"content\.malware"):
        scanned.run("message", "release", mail)
    scanned.run("message", "replay", mail)
    scanned.settle()
    assert scanned.judged(mail) == ("quarantined", "content.malware")


def test_malware_in_the_text_itself_is_found(scanned: Rig) -> None:
    mail = scanned.deliver(scanned.seal(scanned.viborg, EICAR.decode()))
    scanned.settle()

    assert scanned.judged(mail) == ("quarantined", "content.malware")


def test_while_the_scanner_is_away_mail_waits_and_nothing_of_it_is_lost(
    scanned: Rig, scanner: Scanner
) -> None:
    request = scanned.request(acting_municipality="0791")
    with scanner.away():
        mail = scanned.deliver(scanned.seal(scanned.viborg, request))
        scanned.settle()
        assert scanned.judged(mail) == ("received", None)
        assert scanned.outgoing() == []

    scanned.settle()
    assert scanned.judged(mail) == ("processed", None)


def test_worker_processes_say_that_it_is_away_and_not_that_they_failed(
    scanned: Rig, scanner: Scanner
) -> None:
    """What comes out of a process of its own as another error would park the mail."""
    mail = scanned.deliver(scanned.seal(scanned.viborg, "Hej"))
    with scanned.gateway.store.read() as unit:
        waiting = mails.waiting(unit, 1)
    workers = Workers(scanned.gateway.workers._kit, 2)
    try:
        (read,) = workers.read(waiting)
        with scanner.away():
            (away,) = workers.read(waiting)
    finally:
        workers.close()

    assert isinstance(away, ScannerAway)
    assert isinstance(read, Read)
    assert read.opened.failure is None
    assert scanned.judged(mail) == ("received", None)


def test_mail_that_cannot_be_opened_does_not_wait_for_the_scanner(
    scanned: Rig, scanner: Scanner
) -> None:
    with scanner.away():
        kept = scanned.deliver(scanned.seal(scanned.viborg, "Hej"))
        lost = scanned.deliver(b"Content-Type: application/pkcs7-mime\r\n\r\nMIAG\r\n")
        scanned.settle()
        assert scanned.judged(kept) == ("received", None)
        assert scanned.judged(lost)[0] == "quarantined"


def test_people_are_told_once_a_day_when_mail_waits_too_long(
    scanned: Rig, scanner: Scanner
) -> None:
    with scanner.away():
        scanned.deliver(scanned.seal(scanned.viborg, "Hej"))
        scanned.settle()
        assert scanned.outgoing() == []
        for minutes in (11, 5, 30):
            scanned.pass_time(minutes=minutes)
        (alert,) = scanned.outgoing(kind="alert")
        assert "does not answer" in alert.text
        scanned.clock.time += timedelta(days=1)
        scanned.work()
        assert len(scanned.outgoing(kind="alert")) == 2


def test_what_the_scanner_will_not_scan_is_not_passed_on(scanned: Rig) -> None:
    mail = scanned.deliver(with_file(scanned, "stor.bin", bytes(2 * LARGEST)))
    scanned.settle()

    assert scanned.judged(mail) == ("quarantined", "content.not_scanned")
    scanned.send(scanned.viborg, scanned.request(acting_municipality="0791"))
    assert len(scanned.cases()) == 1, "one mail that is too large holds no other up"


def test_check_asks_the_scanner(scanned: Rig, scanner: Scanner) -> None:
    def row() -> dict[str, str]:
        return next(one for one in checks.run(scanned.settings) if one["what"] == "scanner")

    assert row()["state"] == "good"
    assert "ClamAV" in row()["words"]
    with scanner.away():
        assert row()["state"] == "wrong"
        assert str(scanner.socket) in row()["words"]


def test_without_a_scanner_mail_is_judged_as_ever(rig: Rig) -> None:
    rig.acknowledged()

    assert "content.clean" not in codes(rig, "m1")
    row = next(one for one in checks.run(rig.settings) if one["what"] == "scanner")
    assert row["state"] == "good"


# --- active content ------------------------------------------------------------------------------


def dialogue_with_macros(rig: Rig) -> tuple[str, str]:
    number = rig.acknowledged(rig.viborg, acting_municipality="0791")
    mail = rig.deliver(with_file(rig, "budget.xlsm", macros(), f"Budget [{number}]"))
    rig.work()
    return number, mail


def documents(rig: Rig, number: str) -> list[dict[str, Any]]:
    with rig.gateway.store.read() as unit:
        return listings.case_documents(unit, number)


def test_what_can_act_is_kept_with_the_case_and_flagged(make_rig: MakeRig) -> None:
    rig = make_rig(key="p256")
    number, mail = dialogue_with_macros(rig)

    assert rig.judged(mail) == ("processed", None)
    (kept,) = [one for one in documents(rig, number) if one["name"] == "budget.xlsm"]
    assert kept["active"] == "macros"
    told = next(step for step in rig.trace(mail) if step["code"] == "content.active")
    assert "macros" in told["words"]
    assert "budget" not in told["words"], "names of files are content"


def test_what_can_act_is_passed_on_with_a_warning_above_the_text(make_rig: MakeRig) -> None:
    rig = make_rig(key="p256")
    dialogue_with_macros(rig)

    passed_on = rig.letter("dialogue", to=rig.granbo.address)
    assert passed_on.letter.attachments["budget.xlsm"] == macros()
    assert passed_on.text.startswith("ADVARSEL")
    assert "- budget.xlsm: indeholder makroer" in passed_on.text
    assert passed_on.text.index("ADVARSEL") < passed_on.text.index("Se bilag.")


def test_what_cannot_act_is_passed_on_without_one(make_rig: MakeRig) -> None:
    rig = make_rig(key="p256")
    number = rig.acknowledged(rig.viborg, acting_municipality="0791")
    rig.deliver(with_file(rig, "plan.pdf", b"%PDF-plan", f"Plan [{number}]"))
    rig.work()

    assert "ADVARSEL" not in rig.letter("dialogue", to=rig.granbo.address).text
    assert "ADVARSEL" not in json.dumps([rig.letter("received").text])


def test_by_setting_what_can_act_is_quarantined(make_rig: MakeRig) -> None:
    rig = make_rig(
        key="p256",
        change_settings=lambda text: text + '\n[scan]\nactive_content = "quarantine"\n',
    )
    number, mail = dialogue_with_macros(rig)

    assert rig.judged(mail) == ("quarantined", "content.active")
    assert [one for one in documents(rig, number) if one["active"]] == []
    assert rig.outgoing(kind="dialogue") == []
    assert rig.letter("alert", to=INBOX)
