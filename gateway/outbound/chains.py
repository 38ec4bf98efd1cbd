"""Check chains of evidence, and heads, by arithmetic alone: no signature, no key, no disk.

Names each link that was altered, removed, put in another place, forked, or cut off at the end.
The end can only be checked against a head that was kept outside.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NoReturn

from gateway.outbound.evidence import chain_digest, chain_of
from gateway.outbound.findings import Finding
from gateway.outbound.heads import head_digest
from parsers.canonical import canonical
from parsers.errors import ParsersError

LARGEST_DOCUMENT: Final = 10 * 1024 * 1024
_LONGEST_LIST: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One evidence and where it was found; entries are given in the order in which they stand."""

    where: str
    evidence: Mapping[str, object]

    @property
    def sequence(self) -> int:
        """The place that it claims in its chain."""
        value = _link(self.evidence)["sequence"]
        assert isinstance(value, int)
        return value

    @property
    def digest(self) -> str:
        """The digest that it claims."""
        return str(_link(self.evidence)["digest"])

    @property
    def previous(self) -> str | None:
        """The digest of its predecessor, as it claims."""
        value = _link(self.evidence)["previous"]
        return None if value is None else str(value)


class _Unreadable(Exception):
    """JSON that says one thing to one reader and another to the next."""


def read_document(data: bytes, mark: str) -> Mapping[str, object] | None:
    """Return the JSON object whose field `mark` is "1", or None.

    Duplicate keys, fractions and a chain of another form make it None: it is nothing of ours.
    """
    if len(data) > LARGEST_DOCUMENT:
        return None
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError, _Unreadable):
        return None
    if not isinstance(value, dict) or value.get(mark) != "1":
        return None
    if mark == "sagspost_evidence" and not _well_formed(value.get("chain")):
        return None
    if mark == "sagspost_head" and not _well_formed(value):
        return None
    return value


def entry_findings(entry: Entry) -> list[Finding]:
    """Check one evidence against its own digest, and its content against the content's."""
    found = []
    if _digest_or_none(chain_digest, entry.evidence) != entry.digest:
        text = f"the content of evidence {entry.sequence} was changed after it was issued"
        found.append(Finding("evidence.altered", entry.where, text))
    content = entry.evidence.get("content")
    if isinstance(content, Mapping) and not _content_holds(content):
        text = "content.fields do not give content.digest"
        found.append(Finding("content.altered", entry.where, text))
    return found


def chain_findings(entries: Sequence[Entry]) -> list[Finding]:
    """Check every chain among the entries: gaps, predecessors, forks, order."""
    chains: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        chains[chain_of(entry.evidence)].append(entry)
    found: list[Finding] = []
    for name, links in chains.items():
        found.extend(_order_findings(name, links))
        found.extend(_link_findings(name, sorted(links, key=lambda link: link.sequence)))
    return found


def head_findings(
    head: Mapping[str, object], entries: Sequence[Entry], where: str = "head.json"
) -> list[Finding]:
    """Check that no chain among the entries ends before the head says that it did."""
    found = []
    if _digest_or_none(head_digest, head) != head.get("digest"):
        found.append(Finding("head.altered", where, "the head was changed after it was issued"))
    by_place = {(chain_of(one.evidence), one.sequence): one for one in entries}
    ends: dict[str, int] = defaultdict(int)
    for name, sequence in by_place:
        ends[name] = max(ends[name], sequence)
    for name, sequence, digest in _case_ends(head):
        if name not in ends:
            continue
        if ends[name] < sequence:
            missing = _numbers(range(ends[name] + 1, sequence + 1))
            text = f"cut off at the end: evidence {missing} of {name} is missing"
            found.append(Finding("chain.cut", where, text))
        elif (name, sequence) in by_place and by_place[name, sequence].digest != digest:
            text = f"evidence {sequence} of {name} is not the one that the head names"
            found.append(Finding("head.case", by_place[name, sequence].where, text))
    return found


def heads_findings(heads: Sequence[tuple[str, Mapping[str, object]]]) -> list[Finding]:
    """Check heads, with their names, against each other: gaps, and cases that went backwards."""
    found: list[Finding] = []
    ordered = sorted(heads, key=lambda one: int(str(one[1]["sequence"])))
    for where, head in ordered:
        if _digest_or_none(head_digest, head) != head["digest"]:
            found.append(Finding("head.altered", where, "the head was changed after issue"))
    for (_, before), (where, after) in pairwise(ordered):
        first, second = int(str(before["sequence"])), int(str(after["sequence"]))
        if second - first > 1:
            missing = _numbers(range(first + 1, second))
            found.append(Finding("head.gap", where, f"head {missing} is missing before it"))
        elif after["previous"] != before["digest"]:
            text = "names another head as its predecessor than the one that stands before it"
            found.append(Finding("head.previous", where, text))
        later = {name: sequence for name, sequence, _ in _case_ends(after)}
        for name, sequence, _ in _case_ends(before):
            if later.get(name, 0) < sequence:
                text = f"{name} ends earlier than in the head before it"
                found.append(Finding("head.case", where, text))
    return found


def _content_holds(content: Mapping[str, object]) -> bool:
    """Check fields against the digest, where the fields are the whole canonical submission."""
    fields = content.get("fields")
    if not isinstance(fields, Mapping) or "sagspost" not in fields:
        return True
    return _digest_or_none(_digest, fields) == content.get("digest")


def _order_findings(name: str, links: Sequence[Entry]) -> Iterable[Finding]:
    for before, after in pairwise(links):
        if after.sequence < before.sequence:
            text = (
                f"reordered: evidence {after.sequence} of {name} stands after "
                f"evidence {before.sequence} ({before.where})"
            )
            yield Finding("chain.order", after.where, text)


def _link_findings(name: str, links: Sequence[Entry]) -> Iterable[Finding]:
    if links[0].sequence > 1:
        missing = _numbers(range(1, links[0].sequence))
        text = f"evidence {missing} of {name} is missing before it"
        yield Finding("chain.gap", links[0].where, text)
    elif links[0].previous is not None:
        yield Finding("chain.previous", links[0].where, f"the first of {name} names a predecessor")
    for before, after in pairwise(links):
        if after.sequence == before.sequence:
            if after.digest != before.digest:
                text = f"two different evidences are number {after.sequence} of {name}"
                yield Finding("chain.fork", after.where, f"{text}: also {before.where}")
        elif after.sequence - before.sequence > 1:
            missing = _numbers(range(before.sequence + 1, after.sequence))
            text = f"evidence {missing} of {name} is missing before it"
            yield Finding("chain.gap", after.where, text)
        elif after.previous != before.digest:
            text = (
                f"evidence {after.sequence} of {name} names another predecessor than "
                f"evidence {before.sequence} that is here"
            )
            yield Finding("chain.previous", after.where, text)


def _case_ends(head: Mapping[str, object]) -> Iterable[tuple[str, int, str]]:
    cases = head.get("cases")
    for end in cases if isinstance(cases, list) else ():
        if isinstance(end, Mapping) and isinstance(end.get("sequence"), int):
            yield str(end.get("number")), int(end["sequence"]), str(end.get("digest"))


def _numbers(missing: range) -> str:
    if len(missing) > _LONGEST_LIST:
        return f"{missing[0]} to {missing[-1]}"
    return ", ".join(map(str, missing))


def _link(evidence: Mapping[str, object]) -> Mapping[str, object]:
    chain = evidence["chain"]
    assert isinstance(chain, Mapping)
    return chain


def _well_formed(chain: object) -> bool:
    if not isinstance(chain, Mapping):
        return False
    sequence, previous = chain.get("sequence"), chain.get("previous")
    if not isinstance(sequence, int) or isinstance(sequence, bool) or sequence < 1:
        return False
    return isinstance(chain.get("digest"), str) and isinstance(previous, str | None)


def _digest(value: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()


def _digest_or_none(
    digest: Callable[[Mapping[str, object]], str], value: Mapping[str, object]
) -> str | None:
    try:
        return digest(value)
    except ParsersError:
        return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Unreadable
    return value


def _refuse(_: str) -> NoReturn:
    raise _Unreadable
