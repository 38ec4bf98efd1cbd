"""The figures of the benchmark, and how they are told."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.cpu import usage_of
from bench.figures import percentile, phase_of
from bench.floor import Costs, Operations, floor_of, measure, read_speed
from bench.load import send_folder
from bench.prepare import prepare
from bench.run import ROOT
from bench.sink import Sink
from gateway.showcase.letters import read_letter
from gateway.showcase.openssl import Authority, open_mail

SPEED = "+F2:3:3072:250.000000:12500.000000\n+F4:3:256:20000.0:8000.0\n+F5:3:256:10000.0:0.0001\n"


def test_the_figures_of_openssl_speed_become_milliseconds() -> None:
    rsa, curve = read_speed("rsa3072", SPEED), read_speed("p256", SPEED)
    assert rsa == Costs(sign=4.0, verify=0.08, encrypt=0.08, decrypt=4.0)
    assert curve.sign == pytest.approx(0.05)
    assert curve.decrypt == pytest.approx(0.1)
    assert curve.encrypt == pytest.approx(0.15)
    with pytest.raises(ValueError, match="no figures"):
        read_speed("p256", "")


def test_openssl_speed_is_understood_on_this_machine() -> None:
    costs = measure("p256", parallel=1, seconds=1)
    assert 0 < costs.sign < 50
    assert 0 < costs.decrypt < 50


def test_the_floor_is_own_private_and_partners_public_operations() -> None:
    own, partner = Costs(4.0, 9.0, 9.0, 5.0), Costs(9.0, 0.5, 0.25, 9.0)
    wanted = Operations(decrypt=1, sign=3, encrypt=3, verify=1)
    assert floor_of(own, partner, wanted) == 5.0 + 12.0 + 0.75 + 0.5


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 99) == 7.0


def test_a_receipt_is_matched_with_the_request_that_it_replies_to() -> None:
    sent = [
        {"message_id": f"<{n}@a>", "data_at": 10.0 + n, "answered_at": 10.5 + n, "code": 250}
        for n in range(2)
    ]
    arrived = [
        {"to": "inbox", "in_reply_to": "<0@a>", "at": 10.6},
        {"to": "kommune", "in_reply_to": "<1@a>", "at": 11.75},
        {"to": "kommune", "in_reply_to": "<0@a>", "at": 12.0},
        {"to": "kommune", "in_reply_to": "<0@a>", "at": 99.0},
    ]
    phase = phase_of(sent, arrived, "kommune")
    assert (phase.requests, phase.seconds, phase.rate) == (2, 2.0, 1.0)
    assert (phase.p50, phase.worst, phase.mails_out) == (0.25, 1.5, 4)


def test_a_request_without_a_receipt_spoils_the_run() -> None:
    sent = [{"message_id": "<0@a>", "data_at": 1.0, "answered_at": 2.0, "code": 250}]
    with pytest.raises(ValueError, match="1 without a receipt"):
        phase_of(sent, [], "kommune")


def test_the_time_of_a_group_has_its_children_dead_or_alive() -> None:
    spin = "t=__import__('time');e=t.process_time()+0.3\nwhile t.process_time()<e: pass"
    script = (
        f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {spin!r}])\n"
        "print('reaped', flush=True)\ntime.sleep(60)"
    )
    leader = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert leader.stdout is not None
        leader.stdout.readline()
        assert usage_of(leader.pid).total >= 0.3
        assert list(usage_of(leader.pid).by_process) == [leader.pid]
        assert usage_of(leader.pid).since(usage_of(leader.pid)) != {}
    finally:
        leader.kill()
        leader.wait()
        assert leader.stdout is not None
        leader.stdout.close()
    assert os.getpid() not in usage_of(leader.pid).by_process


def test_prepared_requests_are_sealed_of_the_promised_size_and_each_arrives(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path / "ca", key="p256")
    kommune = authority.kommune("Aarhus Kommune", "55133018", "a@aarhus.example", key="p256")
    region = authority.inbox("Region", "29190925", "g@rm.example", key="p256")
    start = time.monotonic()
    with Sink(ROOT) as sink:
        folder = prepare(
            tmp_path / "full",
            5,
            sender=kommune,
            recipient=region.address,
            gateway_certificate=region.certificate,
        )
        sent = send_folder(
            ROOT, folder, port=sink.port, sender="a@aarhus.example", recipient=region.address,
            connections=2,
        )  # fmt: skip
        assert sink.count() == {region.address: 5}
        mails = sink.mails(tmp_path / "arrived")
    assert [each["message_id"] for each in sent] == [
        f"<{number:05}@full.bench.example>" for number in range(5)
    ]
    assert all(mail["sealed"] and mail["at"] > start for mail in mails)
    one = (folder / "00003.eml").read_bytes()
    opened = open_mail(one, region.key, region.certificate, authority.anchor)
    assert 9_500 < len(opened.entity) < 10_500
    assert read_letter(opened.entity).json("sagspost.json")["reference"] == "AAK-2026-00003"
