"""The gateway's mail as its readers open it: decrypted and verified by OpenSSL, at the flow's time.

Evidence is verified over its exact bytes too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from gateway.showcase import openssl
from gateway.showcase.flows.cast import Cast
from gateway.showcase.flows.stage import Post, StageOfFlow
from gateway.showcase.letters import Letter, header_of, read_letter
from gateway.showcase.runner import OpensslError

EVIDENCE = "evidence.json"
_SIGNATURE = "evidence.json.p7s"


@dataclass(frozen=True)
class ReadPost:
    """A post in its reader's hands; `evidence` is empty where it carries none."""

    post: Post
    who: str
    """The short name of the reader."""
    reader: str
    """The reader's name in full."""
    sealed: bool
    signer: str
    letter: Letter = field(repr=False)
    evidence: dict[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        """What kind of mail it is."""
        return self.post.kind

    @property
    def words(self) -> str:
        """Subject and text on one line, with single spaces."""
        return " ".join(f"{self.letter.subject}\n{self.letter.text}".split())

    @property
    def named(self) -> str:
        """Whom it went to and what it is, as a flow says it."""
        return f"{self.who} gets {self.post.kind}"


def read_post(post: Post, cast: Cast, stage: StageOfFlow) -> ReadPost:
    """Open a post with its reader's key.

    Raises OpensslError where anything does not hold, and where the flow has no such reader.
    """
    at, anchor = stage.now(), stage.certificate
    who = cast.name_of(post.to)
    if who is None:
        raise OpensslError("nobody in the flow reads there")
    kind = header_of(post.raw, "Content-Type").lower()
    sealed = "pkcs7-mime" in kind and "signed-data" not in kind
    reader = cast.identity(who)
    if sealed:
        opened = openssl.open_mail(post.raw, reader.key, reader.certificate, anchor, at=at)
    else:
        opened = openssl.open_signed(post.raw, anchor, at=at)
    letter = read_letter(opened.entity)
    evidence: dict[str, Any] = {}
    if EVIDENCE in letter.attachments:
        written = letter.attachments[EVIDENCE]
        openssl.verify_detached(written, letter.attachments[_SIGNATURE], anchor, at=at)
        evidence = json.loads(written)
    return ReadPost(post, who, reader.name, sealed, opened.signer, letter, evidence)
