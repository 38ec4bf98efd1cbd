"""A person's answer to a draft in an ordinary signed mail.

The first line of the sender's own text, greetings and banners skipped, must be exactly a keyword
and the draft's token: ``GODKENDT RM-2026-000123/1 5f2a9c0e1b7d4466``. An approval is nothing but
that line and a signature block: a negation, a condition or any further word makes it unclear, and
unclear is always the safe side.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from parsers.content import Attachment
from parsers.outcomes import Help, Keyword, Reply, UnclearReply
from parsers.owntext import is_greeting, split_own

_KEYWORDS: Final[Mapping[str, Keyword]] = MappingProxyType(
    {
        "GODKENDT": "approved",
        "GODKENDES": "approved",
        "GODKÄNT": "approved",
        "APPROVED": "approved",
        "IKKE GODKENDT": "not_approved",
        "GODKÄNNS EJ": "not_approved",
        "NOT APPROVED": "not_approved",
        "ÆNDRES": "change",
        "ÄNDRAS": "change",
        "CHANGE": "change",
    }
)
_COPIED: Final = r"([A-Z0-9ÆØÅÄÖ]{1,10}-[0-9]{4}-[0-9]{6})/([1-9][0-9]{0,5}) ([0-9A-F]{16})"
_ANSWER: Final = re.compile(f"({'|'.join(_KEYWORDS)}) {_COPIED}")
_ANY_TOKEN: Final = re.compile(r"-[0-9]{4}-[0-9]{6}/[0-9]{1,6}\s+[0-9a-f]{6,64}\b", re.IGNORECASE)
_LIKE_ANSWER: Final = re.compile(
    r"\b(?:godkend\w*|godkänn\w*|godkän[dt]\w*|approv\w*|ændres|ändras|accepter\w*)\b",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(
    r"\b(?:ikke|ej|inte|icke|not|hvis|dog|men|såfremt|medmindre|forudsat|forudsætning\w*|betinge\w*"
    r"|forbehold\w*|kun|om|if|but|unless|provided|condition\w*|only|except|förutsatt"
    r"|förutsättning\w*|förbehåll\w*|villkor\w*|endast|dock|ifall|ps|nb|obs|ændr\w*|ändr\w*"
    r"|undtag\w*|undantag\w*|kr|kroner|kronor|godkend\w*|godkän\w*|approv\w*)\b|\bp\.\s?s\.",
    re.IGNORECASE,
)
_DISCLAIMER: Final = re.compile(
    r"rette modtager|fejlagtigt modtag|modtaget .{0,40}ved en fejl|intended recipient"
    r"|received .{0,40}in error|fel mottagare|avsedda mottagaren|behandler .{0,20}personoplysninger"
    r"|privatlivspolitik|behandlar .{0,20}personuppgifter|personal data|tænk på miljøet"
    r"|tänk på miljön|before printing",
    re.IGNORECASE | re.DOTALL,
)
_HELP: Final = frozenset({"HJÆLP", "HJÄLP", "HELP"})
_LONGEST_SIGNATURE: Final = 15  # lines with text, disclaimers not counted


def read_help(subject: str | None, text: str) -> Help | None:
    """Recognise a mail that says ``HJÆLP`` and nothing else."""
    lines = _lines(split_own(text).body)
    asked = lines[0] if len(lines) == 1 else (subject or "") if not lines else ""
    return Help() if asked.strip(" .!?").upper() in _HELP else None


def read_reply(text: str, attachments: tuple[Attachment, ...]) -> Reply | UnclearReply | None:
    """Read an answer; None for a mail that does not look like one."""
    own = split_own(text)
    lines = _lines(own.body)
    if not lines:
        return None
    match = _ANSWER.fullmatch(lines[0].upper())
    if match is None:
        looks = _LIKE_ANSWER.search(lines[0][:500]) or _ANY_TOKEN.search(own.body)
        return UnclearReply(own.body, attachments) if looks else None
    keyword, rest = _KEYWORDS[match[1]], "\n".join(lines[1:]).strip()
    if keyword == "approved":
        clear = not rest and _harmless_signature(own.signature)
    else:
        clear = bool(rest) and not _ANY_TOKEN.search(rest)
    if not clear:
        return UnclearReply(own.body, attachments)
    return Reply(keyword, match[2], int(match[3]), match[4].lower(), rest, attachments)


def _lines(body: str) -> list[str]:
    """Return the own lines with single spaces, from the first that is no greeting."""
    lines = [" ".join(line.split()) for line in body.split("\n")]
    start = 0
    while start < len(lines) and (not lines[start] or is_greeting(lines[start])):
        start += 1
    return lines[start:] if any(lines[start:]) else []


def _harmless_signature(signature: str) -> bool:
    """Whether it is only a name, a place and the usual disclaimer, and adds no condition."""
    lines: list[str] = []
    for paragraph in signature.split("\n\n"):
        if not _DISCLAIMER.search(paragraph):
            lines += [line for line in paragraph.split("\n") if line.strip()]
    plain = "\n".join(lines)
    return len(lines) <= _LONGEST_SIGNATURE and len(plain) <= 1500 and not _CLAUSE.search(plain)
