"""What the fuzzer kept is read again in each run of the tests, without the fuzzer."""

import importlib
import random
from pathlib import Path

import pytest

from fuzz import __main__ as runner
from fuzz.__main__ import SEEDS, TARGETS, told
from fuzz.mutation import mutate, read_nodes
from keys import asn1, cms
from keys.errors import StructureError

KEPT = [path for target in TARGETS for path in sorted((SEEDS / target).glob("*"))]


@pytest.mark.filterwarnings("ignore")  # what a library remarks on odd certificates is no promise
@pytest.mark.parametrize("target", TARGETS)
def test_every_seed_holds_the_promises_of_its_target(target: str) -> None:
    module = importlib.import_module(f"fuzz.{target}")
    seeds = [*module.seeds(), *(path.read_bytes() for path in sorted((SEEDS / target).glob("*")))]
    assert len(seeds) > 20
    for seed in seeds:
        module.one(seed)


def test_the_seeds_are_small_and_hold_no_key() -> None:
    assert sum(path.stat().st_size for path in KEPT) < 200_000
    for path in KEPT:
        assert b"PRIVATE KEY" not in path.read_bytes(), path.name


def test_a_broken_promise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target asserts in earnest: a reader that loses an octet does not pass."""
    module = importlib.import_module("fuzz.mime")
    whole = module.read_entity
    monkeypatch.setattr(module, "read_entity", lambda raw: whole(raw[:-1]))
    with pytest.raises(AssertionError):
        module.one(b"Subject: x\r\n\r\nbody\r\n")


def test_a_changed_tree_has_lengths_that_fit() -> None:
    chance = random.Random(1)
    message = asn1.sequence(
        asn1.integer(1), asn1.set_of(asn1.oid(b"\x2a"), asn1.octet_string(bytes(300)))
    )
    read = 0
    for _ in range(200):
        changed = mutate(message, chance)
        assert changed is not None
        try:
            read += asn1.read(changed).stop > 0
        except StructureError:
            continue  # what stood alone may have been taken out, or made to stand twice
    assert read > 100


def test_what_is_no_tree_is_left_to_others() -> None:
    assert mutate(b"\x30\x80\x00\x00", random.Random(1)) is None
    assert read_nodes(b"\x30\x05\x02") is None


def test_the_outcome_of_a_run_is_told_from_the_log() -> None:
    log = (
        "#99 DONE   cov: 7 ft: 8 corp: 9/39Kb lim: 8192 exec/s: 3032 rss: 43Mb\n"
        "Done 99 runs in 21 second(s)\nstat::number_of_executed_units: 99\n"
    )
    assert told(log) == "21 s, 99 inputs, 7 branches, 8 features, 9 kept inputs"
    assert told("Traceback") == "ended early"


def test_every_target_is_described_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
    for target in TARGETS:
        assert f"| `{target}` |" in page


def test_every_kind_of_mail_that_cms_begins_with_is_read() -> None:
    """A search that begins with what is refused at once would reach nothing."""
    module = importlib.import_module("fuzz.cms")
    read = {"signed": 0, "enveloped": 0, "auth-enveloped": 0, "compressed": 0}
    policy = cms.OpenPolicy(read_3des=True)
    for seed in module.seeds():
        kind = cms.content_kind(seed)
        assert kind is not None
        if kind == "signed":
            detached = module.OTHER not in seed and b"\x24\x80" not in seed
            assert cms.verify(seed, module.OTHER if detached else None).content == module.OTHER
        elif kind == "compressed":
            assert cms.decompress(seed) == module.CONTENT
        else:
            assert cms.decrypt(seed, module.RING, policy).content == module.CONTENT
        read[kind] += 1
    assert min(read.values()) > 0
    assert sum(read.values()) > 30


def test_seeds_are_renewed_within_bounds_and_of_every_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WORK", tmp_path / "work"), ("SEEDS", tmp_path / "seeds")):
        monkeypatch.setattr(runner, name, value)
    (tmp_path / "work" / "ber").mkdir(parents=True)
    (tmp_path / "seeds" / "ber").mkdir(parents=True)
    (tmp_path / "seeds" / "ber" / "old").write_bytes(b"x")
    for size in range(1, 401):
        (tmp_path / "work" / "ber" / str(size)).write_bytes(bytes(size))

    runner.keep("ber")

    sizes = sorted(path.stat().st_size for path in (tmp_path / "seeds" / "ber").iterdir())
    assert len(sizes) == runner.KEPT_INPUTS
    assert sum(sizes) <= runner.KEPT_BYTES
    assert sizes[0] == 1
    assert sizes[-1] > 390
