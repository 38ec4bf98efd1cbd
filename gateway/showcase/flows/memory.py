"""What has been seen in a flow so far: cases by label, drafts, mails; and the placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.showcase.flows.language import FlowError, Manner
from gateway.showcase.flows.reading_mail import ReadPost
from gateway.showcase.flows.seen import Cases
from gateway.showcase.flows.stage import Post

_PLACE = re.compile(r"\{(case|version|digest|digest16)(?: ([A-Z]\w*))?(?: v(\d+))?\}")
_ANY = re.compile(r"\{[^{}]*\}")


@dataclass
class Memory:
    """Filled as the flow goes on."""

    labels: dict[str, str] = field(default_factory=dict)
    """Label to case number, in the order in which the cases were opened."""
    drafts: dict[str, dict[int, str]] = field(default_factory=dict)
    """Case number to version to digest, as readers were told."""
    sent: dict[str, tuple[bytes, bytes, Manner]] = field(default_factory=dict)
    """By sender: the last mail, what was signed in it, and how it was sent."""
    _opened: dict[str, ReadPost] = field(default_factory=dict)

    def opened(self, post: Post, read: Callable[[], ReadPost]) -> ReadPost:
        """Give an opened post; each is opened once."""
        if post.id not in self._opened:
            self._opened[post.id] = read()
        return self._opened[post.id]

    def learn(self, cases: Cases, posts: Sequence[ReadPost], label: str | None) -> None:
        """Take in new cases, the first under the label that the flow has for it, and drafts."""
        for number in cases.shown:
            if number not in self.labels.values():
                self.labels[label if label and label not in self.labels else self._next()] = number
        for number, case in cases.shown.items():
            told = self.drafts.setdefault(number, {})
            told |= {one["version"]: one["digest"] for one in case.get("versions") or ()}
        for post in posts:
            draft = post.evidence.get("draft")
            if draft and post.post.case:
                told = self.drafts.setdefault(post.post.case, {})
                told[draft["version"]] = draft["digest"]

    def number(self, label: str | None) -> str | None:
        """Give the number behind a label; without one, of the case that was opened last."""
        if label is not None:
            return self.labels.get(label)
        return next(reversed(self.labels.values()), None)

    def filled(
        self, text: str, case: str | None, line: int, sender: Mapping[str, str] | None = None
    ) -> str:
        """Replace placeholders. Raises FlowError for one that stands for nothing yet.

        `sender`: what the placeholders for whoever sends stand for.
        """
        own = dict(sender or {})

        def value(match: re.Match[str]) -> str:
            name, label, version = match.groups()
            number = self.number(label) if label else case
            if number is None:
                raise FlowError(line, f"{match[0]}: there is no such case yet")
            if name == "case":
                return number
            drafts = self.drafts.get(number) or {}
            wanted = int(version) if version else max(drafts, default=0)
            if wanted not in drafts:
                raise FlowError(line, f"{match[0]}: {number} has no such draft yet")
            digest = drafts[wanted]
            return {"version": str(wanted), "digest": digest, "digest16": digest[:16]}[name]

        for place in _ANY.findall(text):
            if place[1:-1] not in own and not _PLACE.fullmatch(place):
                names = ["case", "version", "digest", "digest16", "case B", "digest16 B v1", *own]
                known = ", ".join(f"{{{name}}}" for name in names)
                raise FlowError(line, f"{place} stands for nothing; there are: {known}")
        text = _ANY.sub(lambda match: own.get(match[0][1:-1], match[0]), text)
        return _PLACE.sub(value, text)

    def _next(self) -> str:
        """Give the next free letter."""
        letters = (chr(code) for code in range(ord("A"), ord("Z") + 1))
        free = (one for one in letters if one not in self.labels)
        return next(free, f"Case{len(self.labels) + 1}")
