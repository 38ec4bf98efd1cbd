"""Read the content of a mail as a submission, a signed reply, a call for help, or neither.

One mail holds one submission. Which form it takes is settled by order: a file that names itself a
submission, a block of labelled text, a signed reply; more than one of them is refused.
"""

import re
from functools import partial
from typing import Final

from parsers.assembly import assemble
from parsers.attached import Document, documents_in, is_document, sheets_in
from parsers.catalogue import Catalogue
from parsers.content import Content
from parsers.outcomes import (
    Help,
    NoSubmission,
    Outcome,
    Reply,
    Submission,
    UnclearReply,
    Unreadable,
)
from parsers.owntext import own_text
from parsers.problems import Problem
from parsers.reply_form import read_help, read_reply
from parsers.rows_form import read_rows
from parsers.table_form import find_table
from parsers.text_form import Block, block_kind, find_blocks, find_unmarked, read_text

__all__ = [
    "Help",
    "NoSubmission",
    "Outcome",
    "Reply",
    "Submission",
    "UnclearReply",
    "Unreadable",
    "case_tokens",
    "read_submission",
]

_CASE_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9ÆØÅæøåÄÖäö-])([A-ZÆØÅÄÖ][A-Z0-9ÆØÅÄÖ]{0,9}-[0-9]{4}-[0-9]{6})(?![0-9-])"
)
# Nobody writes more than this, and a text that was cut could mislead: longer ones are only kept.
_LONGEST_TEXT: Final = 400_000  # characters
_MOST_LINES: Final = 20_000


def case_tokens(text: str) -> tuple[str, ...]:
    """Find case numbers, in brackets or bare, each once and in order."""
    return tuple(dict.fromkeys(_CASE_TOKEN.findall(text[:_LONGEST_TEXT])))


def read_submission(content: Content, catalogue: Catalogue, fallback_id: str) -> Outcome:
    """Read what a mail says; never raises.

    ``fallback_id`` becomes the submission's id in forms that carry none: derived from the signed
    content, so that the same mail has the same id.
    """
    text = content.text
    if len(text) > _LONGEST_TEXT or text.count("\n") > _MOST_LINES:
        text = ""
    documents = documents_in(content, text, catalogue, fallback_id)
    blocks: list[Block] = []
    reply: Reply | UnclearReply | None = None
    if text and not is_document(text):
        blocks = find_blocks(text)
        reply = read_reply(text, content.attachments)
        if not blocks and not isinstance(reply, Reply):
            table = find_table(content.html or "", catalogue)
            unmarked = None if table else find_unmarked(text, catalogue)
            blocks += [unmarked] if unmarked else []
            if table:
                documents.append(Document(partial(read_rows, *table, fallback_id), None))
    meant = block_kind(blocks[0], catalogue) if len(blocks) == 1 else None
    tables = sheets_in(content, catalogue, meant)
    # A text that says the head, and a file that has the rows, are one submission.
    together = len(tables) == 1 and meant is not None and tables[0].kind is meant
    if len(documents) + len(blocks) + len(tables) + isinstance(reply, Reply) - together > 1:
        return Unreadable((Problem("submission.several"),))
    if documents:
        others = tuple(one for one in content.attachments if one is not documents[0].source)
        return assemble(documents[0].read(), catalogue, others)
    if tables:
        head = read_text(blocks[0], catalogue, fallback_id) if together else None
        others = tuple(one for one in content.attachments if one is not tables[0].source)
        return assemble(tables[0].read(fallback_id, head), catalogue, others)
    if blocks:
        return assemble(
            read_text(blocks[0], catalogue, fallback_id), catalogue, content.attachments
        )
    return reply or _read_other(content, text)


def _read_other(content: Content, text: str) -> Outcome:
    """Read what is no submission: a call for help, or ordinary mail, kept whole where too long."""
    if content.text and not text:
        return NoSubmission(content.text, content.attachments)
    return read_help(content.subject, text) or NoSubmission(own_text(text), content.attachments)
