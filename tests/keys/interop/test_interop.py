"""docs/interop.md says what a fresh run finds out, and nothing that a peer makes is read wrongly.

`INTEROP=write pytest tests/keys/interop`, or `make interop`, writes the page.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keys.interop.circle import Circle
from tests.keys.interop.matrix import WRONG, section
from tests.keys.interop.peers import GnuPg, Nss, OpenSsl, Peer

PAGE = Path(__file__).resolve().parents[3] / "docs" / "interop.md"


@pytest.fixture(scope="module")
def circle(tmp_path_factory: pytest.TempPathFactory) -> Circle:
    return Circle(tmp_path_factory.mktemp("circle"))


@pytest.fixture(scope="module", params=["OpenSSL", "NSS", "GnuPG"])
def peer(
    request: pytest.FixtureRequest, circle: Circle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peer]:
    if request.param == "OpenSSL":
        yield OpenSsl(circle, tmp_path_factory.mktemp("openssl"))
        return
    if request.param == "NSS":
        yield Nss(circle, tmp_path_factory.mktemp("nss"))
        return
    with GnuPg.started(circle) as running:
        yield running


def test_what_a_peer_makes_is_read_and_the_page_tells_what_each_can_do(
    peer: Peer, circle: Circle
) -> None:
    found = section(peer, circle)
    assert WRONG not in found, found
    page = PAGE.read_text("utf-8")
    if os.environ.get("INTEROP") == "write":
        page = written(page, peer, found)
        PAGE.write_text(page, "utf-8")
    told = sections(page)
    known = told.get(peer.name)
    assert known is not None, f"{peer.name} is not in {PAGE.name}: make interop"
    if f"## {peer.name} {peer.version}\n" not in known:
        # Another version can do other things: what it made was read, and that is what counts.
        print(f"the page is about another version of {peer.name} than {peer.version}")  # noqa: T201
        return
    assert known.strip() == found.strip(), "make interop"


def sections(page: str) -> dict[str, str]:
    """The page's parts by the peer's name."""
    parts = re.split(r"(?m)^(?=## )", page)[1:]
    heads = [part.partition("\n")[0].removeprefix("## ") for part in parts]
    return {head.rpartition(" ")[0]: part for head, part in zip(heads, parts, strict=True)}


def written(page: str, peer: Peer, found: str) -> str:
    known = sections(page).get(peer.name)
    return page.replace(known, f"{found}\n") if known else f"{page.rstrip()}\n\n{found}\n"
