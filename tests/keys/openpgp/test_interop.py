"""The page about OpenPGP and others says what is seen, cell by cell and vector by vector."""

from __future__ import annotations

import pytest

from tests.keys.openpgp import interop, vectors
from tests.material import absent


def test_the_table_is_what_gnupg_and_we_make_of_each_other() -> None:
    seen = interop.measured()

    assert interop.tables(seen) == interop.between(interop.PAGE.read_text("utf-8"), "matrix")
    for row in seen:
        assert row[-1] == interop.GOOD, row[0]
        assert interop.GOOD in row[1:7], row[0]


def test_every_vector_is_read_or_gnupg_cannot() -> None:
    if absent(vectors.FOLDER if vectors.FOLDER.is_dir() else None):
        return
    found = vectors.results()

    assert vectors.table(found) == interop.between(interop.PAGE.read_text("utf-8"), "vectors")
    for one in found:
        if one.ours not in (vectors.READ, vectors.SIGNED, vectors.NO_KEY):
            assert one.ours.startswith("unsupported"), one
            assert not one.gnupg_reads, one


@pytest.mark.parametrize("name", ["matrix", "vectors"])
def test_the_page_has_both_tables(name: str) -> None:
    assert interop.between(interop.PAGE.read_text("utf-8"), name).count("|") > 10
