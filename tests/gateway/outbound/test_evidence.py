"""Evidence has one form, one digest, and a place in its chain."""

import hashlib
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbound import evidence
from gateway.outbound.errors import EvidenceError
from gateway.outbound.evidence import Last, compose
from gateway.outbound.heads import compose_head, head_digest
from parsers.errors import NotCanonical
from tests.gateway.outbound.issuing import AT, ISSUER, chain, make

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


def plain_digest(data: bytes) -> str:
    """What docs/evidence.md tells a stranger to do, with the standard library alone."""
    document = json.loads(data)
    del document["chain"]["digest"]
    form = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(form.encode()).hexdigest()


def bare(**more: object) -> evidence.Evidence:
    facts = {"id": "e", "kind": "received", "issued_at": AT, "issuer": ISSUER, "last": None}
    return compose(**{**facts, **more})  # type: ignore[arg-type]  # wrong values are the point


def test_every_part_stands_there_and_what_does_not_apply_is_null() -> None:
    assert set(bare()) == {
        "sagspost_evidence",
        "id",
        "kind",
        "issued_at",
        "issuer",
        "message",
        "sender",
        "content",
        "case",
        "draft",
        "next",
        "chain",
    }
    assert bare()["sagspost_evidence"] == "1"
    assert bare()["issued_at"] == "2026-11-22T05:04:03Z"
    assert bare()["draft"] is None


def test_a_shifted_clock_shows_in_the_evidence_and_a_true_one_does_not() -> None:
    assert bare(rehearsal=True)["rehearsal"] is True
    assert "rehearsal" not in bare()


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), JSON, max_size=4))
def test_a_stranger_finds_the_same_digest_with_the_standard_library(fields: dict) -> None:
    content = {"message": "m", "digest": "0", "fields": fields, "attachments": []}
    made = bare(content=content)
    assert plain_digest(evidence.canonical_bytes(made)) == made["chain"]["digest"]


def test_each_link_names_the_one_before() -> None:
    first, second, third = (one["chain"] for one in chain(3))
    assert (first["sequence"], first["previous"]) == (1, None)
    assert (second["sequence"], second["previous"]) == (2, first["digest"])
    assert (third["sequence"], third["previous"]) == (3, second["digest"])


def test_the_same_facts_are_the_same_bytes() -> None:
    assert evidence.canonical_bytes(make(1, None)) == evidence.canonical_bytes(make(1, None))


def test_a_refusal_carries_its_errors_and_nothing_else_does() -> None:
    errors = [{"code": "field.missing", "path": "citizen.cpr", "text": "CPR-nummer mangler."}]
    assert bare(kind="refused", errors=errors)["errors"] == errors
    with pytest.raises(EvidenceError, match="errors"):
        bare(kind="refused")
    with pytest.raises(EvidenceError, match="errors"):
        bare(errors=errors)


@pytest.mark.parametrize("kind", ["", "Received", "a b", "x" * 65, "æ"])
def test_a_malformed_kind_is_refused(kind: str) -> None:
    with pytest.raises(EvidenceError, match=r"evidence\.kind"):
        bare(kind=kind)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(EvidenceError, match="naive"):
        bare(issued_at=datetime(2026, 11, 22))  # noqa: DTZ001  the mistake that is tested


def test_a_fraction_is_refused_because_readers_write_it_differently() -> None:
    with pytest.raises(NotCanonical):
        bare(content={"message": "m", "digest": "0", "fields": {"a": 0.1}, "attachments": []})


def test_evidence_without_a_case_has_a_chain_of_its_own() -> None:
    assert evidence.chain_of(bare()) == evidence.NO_CASE
    assert evidence.chain_of(make(1, None)) == "RM-2026-000001"


def test_a_head_lists_the_end_of_each_chain_in_order() -> None:
    ends = [{"number": number, "sequence": 1, "digest": "d"} for number in ("RM-2", "RM-1")]
    head = compose_head(
        issued_at=AT,
        issuer=ISSUER,
        last=Last(4, "e" * 64),
        journal={"sequence": 9, "digest": "f" * 64},
        cases=ends,  # type: ignore[arg-type]  # plain dictionaries of the same form
    )
    assert [end["number"] for end in head["cases"]] == ["RM-1", "RM-2"]
    assert (head["sequence"], head["previous"]) == (5, "e" * 64)
    assert head["digest"] == head_digest(head)
    assert set(head) == {
        "sagspost_head",
        "issued_at",
        "issuer",
        "sequence",
        "previous",
        "journal",
        "cases",
        "digest",
    }
