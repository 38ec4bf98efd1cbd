"""The sender's own words in a mail: without what is quoted, banners, and the signature block."""

import re
from dataclasses import dataclass
from typing import Final

_LONGEST_LINE: Final = 1000  # characters; longer lines are ordinary text and match no pattern
_WRAPPED: Final = 3  # lines that an attribution may be broken into

_WROTE: Final = re.compile(r"\b(?:skrev|wrote|schrieb)\b", re.IGNORECASE)
_WHEN: Final = re.compile(r"@|<|\bkl\b|[0-9][:.][0-9]{2}\b", re.IGNORECASE)
_WHEN_OR_WHO_FIRST: Final = re.compile(r"(?:den|on|am)\b|[0-9]{4}-|[^@]{0,80}@", re.IGNORECASE)
_ORIGINAL: Final = re.compile(
    r"-{2,}\s*(?:oprindelig meddelelse|oprindelig besked|ursprungligt meddelande|original message"
    r"|videresendt (?:meddelelse|besked)|vidarebefordrat meddelande|forwarded message)\s*-{2,}"
    r"|(?:start på videresendt besked|begin forwarded message|vidarebefordrat brev):",
    re.IGNORECASE,
)
_FROM: Final = re.compile(r"\*?(?:fra|från|from|von)\s*:\*?\s*\S", re.IGNORECASE)
_SENT: Final = re.compile(r"\*?(?:sendt|skickat|sent|gesendet)\s*:", re.IGNORECASE)
_DATE_OR_SUBJECT: Final = re.compile(r"\*?(?:dato|datum|date|emne|ämne|subject)\s*:", re.IGNORECASE)
_RULE: Final = re.compile(r"[_\-=*]{5,}")
_BANNER: Final = re.compile(
    r"\[(?:ekstern|eksternt?|extern|external|sikker|säker|secure|krypteret|krypterad)[^\]]{0,40}\]"
    r"|(?:ekstern|externt?|external) (?:mail|e-?mail|mejl|e-?post|afsender|avsändare|sender)\b"
    r".{0,200}"
    r"|(?:caution|advarsel|varning)\s*:.{0,300}"
    r"|(?:denne|this|det här) (?:mail|e-?mail|message|mejlet) .{0,60}"
    r"(?:udefra|uden ?for|outside|utifrån|external|ekstern).{0,200}",
    re.IGNORECASE,
)
_GREETING: Final = re.compile(
    r"(?:hej|kære|hello|hi|dear|god ?dag|god ?morgen|goddag|godmorgon|bästa|til rette vedkommende"
    r"|till rätt mottagare)(?:\s+[^\s,.!:;]{1,40}){0,6}[,.!:]*",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"(?:(?:med )?(?:venlig|kærlig) hilsen|(?:de )?(?:bedste|venlige|mange) hilsner|hilsen|mvh|vh"
    r"|m\.?v\.?h|(?:med )?vänliga? hälsning(?:ar)?|(?:bästa )?hälsningar|(?:kind |best )?regards"
    r"|yours (?:sincerely|faithfully)|sincerely)[,.!]?(?:\s+[^\s:;]{1,40}){0,4}"
    r"|(?:sendt fra|skickat från|sent from) (?:min|my|mit|outlook).{0,60}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OwnText:
    """The sender's words (``body``), and the signature block below them."""

    body: str
    signature: str


def own_text(text: str) -> str:
    """Return the sender's own words without banners, quotations and signature block."""
    return split_own(text).body


def split_own(text: str) -> OwnText:
    """Part the sender's own words from the signature block; quotations and banners are gone."""
    lines = unquoted_lines(text.split("\n"))
    start = 0
    while start < len(lines) and _is_head_noise(lines[start]):
        start += 1
    for at in range(start, len(lines)):
        line = lines[at].strip()
        if line == "--" or (len(line) <= 120 and _CLOSING.fullmatch(line)):
            return OwnText(_joined(lines[start:at]), _joined(lines[at + 1 :]))
    return OwnText(_joined(lines[start:]), "")


def is_greeting(line: str) -> bool:
    """Whether the line greets and says nothing else."""
    plain = line.strip()
    return len(plain) <= 120 and _GREETING.fullmatch(plain) is not None


def unquoted_lines(lines: list[str]) -> list[str]:
    """Drop quoted lines, and everything from a quoted mail's head on."""
    out: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        if line.startswith(">"):
            at += 1
            continue
        if len(line) <= _LONGEST_LINE:
            if _ORIGINAL.fullmatch(line) or _is_header_block(lines, at):
                break
            length = _attribution_length(lines, at)
            if length:
                at = _next_with_text(lines, at + length)
                if at < len(lines) and lines[at].strip().startswith(">"):
                    continue
                break
        out.append(lines[at])
        at += 1
    while out and (not out[-1].strip() or _RULE.fullmatch(out[-1].strip())):
        out.pop()
    return out


def _is_head_noise(line: str) -> bool:
    plain = line.strip()
    return not plain or (len(plain) <= _LONGEST_LINE and _BANNER.fullmatch(plain) is not None)


def _joined(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _next_with_text(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _is_header_block(lines: list[str], at: int) -> bool:
    """Outlook's block: ``Fra:`` and soon ``Sendt:``; a form's own ``Fra:`` has no such company."""
    if not _FROM.match(lines[at].strip()):
        return False
    following = [line.strip()[:80] for line in lines[at + 1 : at + 7]]
    return any(_SENT.match(line) for line in following) or (
        "@" in lines[at] and any(_DATE_OR_SUBJECT.match(line) for line in following)
    )


def _attribution_length(lines: list[str], at: int) -> int:
    joined = ""
    for count in range(1, _WRAPPED + 1):
        if at + count > len(lines) or len(lines[at + count - 1]) > 250:
            return 0
        piece = lines[at + count - 1].strip()
        if not piece or piece.startswith(">"):
            return 0
        joined = f"{joined} {piece}".strip()
        if joined.endswith(":"):
            return count if _is_attribution(joined) else 0
    return 0


def _is_attribution(line: str) -> bool:
    """Tell ``Den 3. dec. 2026 kl. 10.15 skrev Region <r@x.example>:`` and its kin."""
    return (
        any(character.isdigit() for character in line)
        and _WHEN_OR_WHO_FIRST.match(line) is not None
        and _WROTE.search(line) is not None
        and _WHEN.search(line) is not None
    )
