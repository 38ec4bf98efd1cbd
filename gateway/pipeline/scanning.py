"""What is done with opened content before anything reads it or passes it on.

    malware          found by clamd: the mail goes to quarantine, whoever signed it
    active content   programs, scripts, macros: kept and flagged, or quarantined by the settings

It runs where the mail was opened, in a worker process and outside any transaction. While clamd
does not answer, `ScannerAway` comes out and the mail waits: nothing passes unscanned.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.pipeline.clamd import Clamd, ScannerAway, Unscannable
from gateway.pipeline.opened import Opened
from gateway.settings import ScanSettings
from keys.verdicts import LayerVerdict
from parsers.active import Active, active_kind
from parsers.content import Content

_PAUSE: Final = 5.0  # seconds in which a scanner that was away is not asked again
_WORDS: Final[Mapping[Active, str]] = {
    "program": "can be run as a program",
    "script": "holds a script",
    "macros": "holds macros",
    "actions": "holds actions (PDF)",
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A mail after both questions, and which attachments (by SHA-256) can act."""

    opened: Opened
    active: Mapping[str, Active] = field(default_factory=dict)


class Examiner:
    """Both questions, as the settings have them; one for each process."""

    def __init__(self, settings: ScanSettings) -> None:
        self._clamd = (
            Clamd(settings.clamd, settings.timeout_seconds) if settings.clamd is not None else None
        )
        self._quarantine = settings.active_content == "quarantine"
        self._away_until = 0.0
        self._away = ""

    def examine(self, opened: Opened) -> Examined:
        """Look at a mail whose content lies open. Raises ScannerAway."""
        content = opened.content
        if content is None:
            return Examined(opened)
        if self._clamd is not None:
            verdict = self._malware(self._clamd, content, len(opened.layers) + 1)
            opened = _with(opened, verdict)
            if not verdict.ok:
                return Examined(opened)
        active = {
            one.sha256: kind
            for one in content.attachments
            if (kind := active_kind(one.name, one.media_type, one.data)) is not None
        }
        if active:
            opened = _with(opened, self._flag(active, len(opened.layers) + 1))
        return Examined(opened, active)

    def _malware(self, clamd: Clamd, content: Content, layer: int) -> LayerVerdict:
        if time.monotonic() < self._away_until:
            raise ScannerAway(self._away)
        try:
            found = clamd.scan(_pieces(content))
        except Unscannable as error:
            words = "The malware scanner did not scan the content, so that it may not be read"
            facts = {"detail": str(error)}
            return LayerVerdict(layer, "content", False, "content.not_scanned", words, facts)
        except ScannerAway as error:
            self._away, self._away_until = str(error), time.monotonic() + _PAUSE
            raise
        if found is None:
            words = f"No malware found in text and {len(content.attachments)} attachments (clamd)"
            return LayerVerdict(layer, "content", True, "content.clean", words)
        words = f"Malware: {found} (clamd)"
        facts = {"malware": found}
        return LayerVerdict(layer, "content", False, "content.malware", words, facts)

    def _flag(self, active: Mapping[str, Active], layer: int) -> LayerVerdict:
        counted = Counter(active.values())
        told = ", ".join(f"{number} that {_WORDS[kind]}" for kind, number in counted.items())
        fate = "quarantined" if self._quarantine else "passed on with a warning only"
        return LayerVerdict(
            layer,
            "content",
            not self._quarantine,
            "content.active",
            f"Attachments that can act: {told}; {fate}",
            {kind: str(number) for kind, number in counted.items()},
        )


def _with(opened: Opened, verdict: LayerVerdict) -> Opened:
    """Add a layer; one that is not good ends the mail, and its content goes no further."""
    layers = (*opened.layers, verdict)
    if verdict.ok:
        return replace(opened, layers=layers)
    return replace(opened, layers=layers, content=None, failure=verdict.code)


def _pieces(content: Content) -> Iterator[bytes]:
    """All that could be read or passed on; each as a file of its own, which scanners know best."""
    for text in (content.text, content.html, content.subject):
        if text:
            yield text.encode("utf-8", "surrogatepass")
    for attachment in content.attachments:
        yield attachment.data
