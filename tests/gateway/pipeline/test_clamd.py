"""Our side of clamd's protocol, with a real clamd and with a few impostors."""

import contextlib
import pickle
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import TryLater
from gateway.pipeline.clamd import Clamd, ScannerAway, Unscannable
from tests.gateway.scanner import EICAR, LARGEST, Scanner


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    one = Scanner(tmp_path_factory.mktemp("av"))
    one.start()
    yield one
    one.stop()


@contextlib.contextmanager
def impostor(path: Path, *answers: bytes) -> Iterator[str]:
    """Somebody at the socket who says these things, one to each connection, and no more."""

    def speak() -> None:
        for answer in answers:
            with contextlib.suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(answer)
                    if answer:
                        connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        speaker = threading.Thread(target=speak, daemon=True)
        speaker.start()
        yield f"unix:{path}"
    speaker.join(6)


def test_clean_content_is_clean(scanner: Scanner) -> None:
    assert Clamd(scanner.address).scan([b"hej", b"", bytes(700_000)]) is None


def test_malware_is_named_wherever_it_stands(scanner: Scanner) -> None:
    clamd = Clamd(scanner.address)
    assert clamd.scan([EICAR]) == "Own.Eicar.UNOFFICIAL"
    assert clamd.scan([b"text", bytes(300_000), EICAR, b"more"]) == "Own.Eicar.UNOFFICIAL"


def test_what_is_too_large_for_it_is_not_called_clean(scanner: Scanner) -> None:
    with pytest.raises(Unscannable):
        Clamd(scanner.address).scan([b"small", bytes(4 * LARGEST)])


def test_it_says_who_it_is(scanner: Scanner) -> None:
    assert Clamd(scanner.address).version().startswith("ClamAV ")


def test_nobody_there_is_told_with_the_address(tmp_path: Path) -> None:
    with pytest.raises(ScannerAway, match=r"nobody\.sock does not answer"):
        Clamd(f"unix:{tmp_path}/nobody.sock").scan([b"x"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ScannerAway, match=f"127.0.0.1:{port}"):
        Clamd(f"127.0.0.1:{port}").scan([b"x"])


def test_a_scanner_that_hangs_up_on_everybody_is_away(tmp_path: Path) -> None:
    with impostor(tmp_path / "s", b"1: str", b"1: PO") as address, pytest.raises(ScannerAway):
        Clamd(address).scan([b"x"])


def test_a_scanner_that_breaks_off_on_one_mail_alone_holds_nobody_else_up(tmp_path: Path) -> None:
    """Gone while scanning, and there when asked: it is the content that it cannot take."""
    with (
        impostor(tmp_path / "s", b"1: str", b"1: PONG\x002: ClamAV 1\x00") as address,
        pytest.raises(Unscannable),
    ):
        Clamd(address).scan([b"x"])


@pytest.mark.parametrize(
    "answer", [b"1: stream: Limits ERROR\0", b"1: OK\0", b"1: stream: OK FOUND it\0", b"\xff\0"]
)
def test_no_answer_but_ok_means_clean(tmp_path: Path, answer: bytes) -> None:
    with impostor(tmp_path / "s", answer) as address, pytest.raises(Unscannable):
        Clamd(address).scan([b"x"])


def test_an_answer_without_end_is_not_read_for_ever(tmp_path: Path) -> None:
    with impostor(tmp_path / "s", b"1" * 9000, b"1" * 9000) as address, pytest.raises(ScannerAway):
        Clamd(address).scan([b"x"])


def test_a_scanner_that_says_nothing_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with impostor(tmp_path / "s", b"", b"1: PO") as address, pytest.raises(ScannerAway):
        Clamd(address, seconds=0.3).scan([b"x"])


def test_that_it_is_away_comes_out_of_a_worker_process() -> None:
    """As itself: an error of another kind would park the mail."""
    again = pickle.loads(pickle.dumps(ScannerAway("it does not answer")))
    assert isinstance(again, TryLater)
    assert str(again) == "it does not answer"
