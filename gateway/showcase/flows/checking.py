"""Compare what was expected of a step with what was seen, strictly, in plain words.

Every mail that goes out is named, and every case that moves; a step that is not said to be refused
must be processed. Each complaint begins with the line of the flow.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.showcase.flows.expected import (
    CaseIs,
    DeadlineIs,
    Expectation,
    Explained,
    Gets,
    Judged,
    Nobody,
    NoDeadline,
    Others,
    Rules,
    Shows,
    Total,
)
from gateway.showcase.flows.language import Step
from gateway.showcase.flows.reading_mail import ReadPost
from gateway.showcase.flows.seen import Seen

_LONGEST: Final = 600


@dataclass(frozen=True)
class Check:
    """One step's expectations against what was seen."""

    step: Step
    seen: Seen
    zone: ZoneInfo
    case: Callable[[str | None], str | None]
    """The number behind a label; of the newest case without one."""
    filled: Callable[[str], str]
    """A text with its placeholders replaced."""
    run: Callable[..., str]
    """What a command of `sagspost` writes."""
    language: str

    def complaints(self) -> list[str]:
        """Say everything that is not as it should be; nothing where all is well."""
        found = [*self._mail(), *self._fate()]
        for wanted in self.step.expected:
            check = _CHECKS.get(type(wanted))
            said = check(self, wanted) if check else None
            if said:
                found.append(_at(wanted.line, said))
        found += self._moves()
        return found

    # --- mail ------------------------------------------------------------------------------------

    def _mail(self) -> Iterator[str]:
        left = list(self.seen.posts)
        for wanted in self._all(Gets):
            reasons = [self._unlike(post, wanted) for post in left]
            hit = next((n for n, why in enumerate(reasons) if why is None), None)
            if hit is None:
                yield _at(wanted.line, self._missing(wanted, left))
            else:
                left.pop(hit)
        refusals = [post for post in left if self._is_expected_refusal(post)]
        for post in refusals[: len(self.seen.whos)]:
            left.remove(post)
        if not self._all(Others):
            for post in left:
                at = next((one.line for one in self._all(Nobody)), self.step.line)
                yield _at(at, f"not expected: {post.named}: {_cut(post.words)!r}")

    def _unlike(self, post: ReadPost, wanted: Gets) -> str | None:
        """Say why a post is not the one that is wanted; None where it is."""
        if (post.who, post.post.kind) != (wanted.who, wanted.kind):
            return "another"
        for text in wanted.texts:
            if _plain(self.filled(text)) not in post.words:
                return f"it does not say {self.filled(text)!r}"
        for text in wanted.absent:
            if _plain(self.filled(text)) in post.words:
                return f"it says {self.filled(text)!r}"
        for name in wanted.files:
            if not fnmatch.filter(post.letter.attachments, name):
                return f"nothing like {name} is attached, but {', '.join(post.letter.attachments)}"
        return None

    def _missing(self, wanted: Gets, left: list[ReadPost]) -> str:
        head = f"{wanted.who} gets {wanted.kind}"
        for post in left:
            why = self._unlike(post, wanted)
            if why not in (None, "another"):
                return f"{head}: {why}; it reads: {_cut(post.words)!r}"
        others = ", ".join(post.named for post in left) or "no further mail"
        return f"{head}: no such mail; seen: {others}"

    def _is_expected_refusal(self, post: ReadPost) -> bool:
        """Say whether it is the answer that `> refused` stands for."""
        told = post.post.kind == "refused" and post.who in self.seen.whos
        return told and any(one.fate == "refused" for one in self._all(Judged))

    # --- what became of it -----------------------------------------------------------------------

    def _fate(self) -> Iterator[str]:
        fate, wanted = self.seen.fate, self._all(Judged)
        if fate is None:
            yield from (_at(one.line, "nothing was sent or done in this step") for one in wanted)
            return
        if not wanted and fate.state != "processed":
            yield _at(self.step.line, f"expected to be processed; it was {fate.in_words()}")
        left = list(fate.reasons)
        for one in wanted:
            said = f"{one.fate} {one.code or ''}{f' at {one.path}' if one.path else ''}".strip()
            hit = next((r for r in left if _fits(one, r)), None)
            if fate.state != one.fate or (one.code and hit is None):
                yield _at(one.line, f"expected {said}; it was {fate.in_words()}")
            elif hit is not None:
                left.remove(hit)
        if wanted and fate.state == wanted[0].fate and all(one.code for one in wanted):
            told = [f"{code} at {path}" if path else code for code, path in left]
            if told:
                yield _at(wanted[-1].line, f"further reasons, not expected: {', '.join(told)}")

    def _moves(self) -> Iterator[str]:
        named = {self.case(one.label) for one in self._all(CaseIs)}
        for number in self.seen.moved():
            if number not in named:
                was, now = self.seen.before.state(number), self.seen.after.state(number)
                moved = f"moved from {was} to {now}" if was else f"was opened and is {now}"
                yield _at(self.step.line, f"{number} {moved}; say so with `> case {now}`")

    def _all(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.step.expected if isinstance(one, kind)]

    # --- cases -----------------------------------------------------------------------------------

    def number(self, label: str | None) -> str:
        """Give the number behind a label, or words that say that there is none."""
        return self.case(label) or f"no case {label or ''}".strip()

    def state(self, wanted: CaseIs) -> str | None:
        """Check a case's state."""
        number = self.number(wanted.label)
        found = self.seen.after.state(number)
        return None if found == wanted.state else f"expected {wanted.state}; {number} is {found}"

    def deadline(self, wanted: DeadlineIs) -> str | None:
        """Check a deadline's local day, and its time where one is given."""
        waiting = self.seen.after.waiting(self.number(wanted.label))
        if wanted.name not in waiting:
            there = ", ".join(sorted(waiting)) or "none"
            return f"{wanted.name} is not waited for; there are: {there}"
        due = waiting[wanted.name].astimezone(self.zone)
        right = due.date() == wanted.day and wanted.at in (None, due.time().replace(second=0))
        told = f"{wanted.day} {wanted.at:%H:%M}" if wanted.at else f"{wanted.day}"
        return None if right else f"expected {wanted.name} {told}; it is {due:%Y-%m-%d %H:%M}"

    def no_deadline(self, wanted: NoDeadline) -> str | None:
        """Check that a deadline is not waited for."""
        waiting = self.seen.after.waiting(self.number(wanted.label))
        there = [name for name in waiting if wanted.name in (None, name)]
        told = ", ".join(f"{n} {waiting[n].astimezone(self.zone):%Y-%m-%d %H:%M}" for n in there)
        return f"there is {told}" if there else None

    def total(self, wanted: Total) -> str | None:
        """Check the sum of a settlement plan's lines."""
        case = self.seen.after.shown.get(self.number(wanted.label)) or {}
        plan = case.get("settlement") or ()
        lines = [one for one in plan if wanted.month in (None, one["month"])]
        found = sum((Decimal(one["amount"]) for one in lines if one["amount"]), Decimal())
        right = found == Decimal(wanted.amount)
        return None if right else f"expected {wanted.amount}; the {len(lines)} lines sum to {found}"

    def rules(self, wanted: Rules) -> str | None:
        """Check that the step kept some rules."""
        events = self.seen.new_events(self.number(wanted.label))
        kept = {rule for event in events for rule in event["rules"] or ()}
        missing = [rule for rule in wanted.ids if rule not in kept]
        told = " ".join(sorted(kept)) or "none"
        return f"{' '.join(missing)}: not among the rules of this step: {told}" if missing else None

    def explained(self, wanted: Explained) -> str | None:
        """Check what the gateway explains of a case, or of a deadline of it."""
        number = self.number(wanted.label)
        command = ["case", "explain", number]
        if wanted.deadline:
            rows = (self.seen.after.shown.get(number) or {"deadlines": ()})["deadlines"]
            idents = [row["id"] for row in rows if row["name"] == wanted.deadline]
            if not idents:
                return f"{number} has had no deadline {wanted.deadline}"
            command = ["deadline", "explain", idents[-1]]
        told = _plain(self.run(*command, "--language", self.language))
        for text in wanted.texts:
            if _plain(self.filled(text)) not in told:
                return f"it does not explain {self.filled(text)!r}, but: {_cut(told)!r}"
        said = [text for text in wanted.absent if _plain(self.filled(text)) in told]
        return f"it explains {said[0]!r}" if said else None

    def shows(self, wanted: Shows) -> str | None:
        """Check one value of a case as it is shown."""
        value: Any = self.seen.after.shown.get(self.number(wanted.label))
        for name in wanted.path.split("."):
            value = _inner(value, name)
        found = str(value)
        wish = self.filled(wanted.value)
        return None if found == wish else f"expected {wanted.path}: {wish}; it is {_cut(found)}"


_CHECKS: Final[Mapping[type[Expectation], Callable[[Check, Any], str | None]]] = {
    CaseIs: Check.state,
    DeadlineIs: Check.deadline,
    NoDeadline: Check.no_deadline,
    Total: Check.total,
    Rules: Check.rules,
    Shows: Check.shows,
    Explained: Check.explained,
}


def _fits(wanted: Judged, reason: tuple[str, str]) -> bool:
    return wanted.code == reason[0] and wanted.path in (None, reason[1])


def _inner(value: Any, name: str) -> Any:
    """Give what lies below a value; lists are counted from 1. None where there is nothing."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and 1 <= int(name) <= len(value):
        return value[int(name) - 1]
    return None


def _at(line: int, said: str) -> str:
    return f"line {line}: {said}"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
