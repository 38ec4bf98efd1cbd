"""A clock that is moved, in a rehearsal only: deadlines fall due, and everything says so."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.showcase.correspondence import Correspondence
from tests.badinput.hostile import good_request
from tests.crash.rig import Served, Template, eventually, served

OFFSET = "SAGSPOST_CLOCK_OFFSET"
BANNER = "ØVELSE"


def rehearse(gateway: Served) -> None:
    """Allow the clock to be moved."""
    file = gateway.stage.home / "sagspost.toml"
    text = re.sub(r"^rehearsal = false", "rehearsal = true", file.read_text("utf-8"), flags=re.M)
    file.write_text(text, "utf-8")


def test_the_clock_is_not_moved_without_a_rehearsal(template: Template, tmp_path: Path) -> None:
    with served(template, tmp_path) as gateway:
        gateway.stage.command = ("env", f"{OFFSET}=+9d", *gateway.stage.command)
        for command in (("serve",), ("case", "act", "RM-2026-000001", "start_settlement")):
            refused = gateway.stage.run(*command, may_fail=True)
            assert (refused.status, refused.out) == (1, "")
            said = " ".join(refused.err.split())
            assert said.count("sagspost:") == 1
            assert "[clock] rehearsal is not true in sagspost.toml" in said
            assert "Traceback" not in said


def test_nine_days_later_the_facility_is_reminded_and_all_mail_says_rehearsal(
    template: Template, tmp_path: Path
) -> None:
    with served(template, tmp_path) as gateway:
        cast = gateway.cast
        mail = Correspondence(gateway.stage, gateway.inboxes)
        rehearse(gateway)
        gateway.start()
        gateway.deliver(good_request("A-1", cast.kommune, gateway.stage.certificate))
        receipt = mail.expect_kind(cast.kommune, "received")
        assert BANNER not in receipt.letter.text
        assert "rehearsal" not in receipt.evidence
        gateway.settle()
        notices = len(gateway.inboxes.to(cast.facility.address))
        gateway.stop()

        gateway.environment = {OFFSET: "+9d"}
        gateway.start()
        gateway.inboxes.wait_to(cast.facility.address, notices + 1, timeout=30)
        passed = "SELECT count(*) FROM deadlines WHERE name='facility_answer' AND state='passed'"
        eventually(lambda: gateway.number(passed) == 1)
        reminder = mail.expect(cast.facility, lambda one: BANNER in one.letter.text)
        assert "RM-" in reminder.letter.subject
        gateway.deliver(good_request("A-2", cast.kommune, gateway.stage.certificate))
        receipt = mail.expect_kind(cast.kommune, "received")
        assert BANNER in receipt.letter.text
        assert receipt.evidence["rehearsal"] is True
        gateway.settle()
        gateway.verify_log()
        gateway.stage.command = ("env", f"{OFFSET}=+9d", *gateway.stage.command)
        rows = {row["what"]: row for row in gateway.stage.json("check")["checks"]}
        assert "REHEARSAL" in rows["clock"]["words"]
        gateway.stop()
