"""Web servers of an authority as child processes: its lists, and its OCSP responder by OpenSSL."""

from __future__ import annotations

import http.server
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.keys.other_side import Authority, Party


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[None]:
    """A child that listens on a port; ended at the end."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ) as child:
        try:
            wait_until_it_listens(port)
            yield
        finally:
            child.kill()
            child.wait()


def wait_until_it_listens(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nobody listens on {port}")


@contextmanager
def web_server(folder: Path, port: int) -> Iterator[None]:
    """Python's own web server over a folder."""
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with running([*command, "--directory", str(folder)], port):
        yield


@contextmanager
def ocsp_responder(authority: Authority, responder: Party, port: int) -> Iterator[None]:
    """OpenSSL's OCSP responder over the authority's own list of certificates.

    Ready when it says so: it takes one connection at a time, and one that only knocks stops it.
    """
    command = [
        *("openssl", "ocsp", "-port", str(port), "-index", str(authority.folder / "index.txt")),
        *("-CA", str(authority.issuing.pem), "-rsigner", str(responder.pem)),
        *("-rkey", str(responder.key), "-ndays", "40", "-ignore_err"),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as child:
        try:
            assert child.stderr is not None
            assert any(b"waiting for OCSP client" in line for line in child.stderr)
            yield
        finally:
            child.kill()


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that sends the same bytes to everybody, slowly where they hold a form feed."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            for block in answer.split(b"\f"):
                self.wfile.write(block)
                self.wfile.flush()
                if b"\f" in answer:
                    time.sleep(0.3)
            self.close_connection = True

        do_POST = do_GET  # noqa: N815  the name that the library looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/list.crl"
    server.shutdown()
    server.server_close()
    thread.join()
