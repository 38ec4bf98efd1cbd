"""The header that a signature covers, in all the forms in which mail programs protect one.

    hp        RFC 9788: `hp="clear"` or `hp="cipher"` on the signed entity, which has every header
              field; `HP-Outer` repeats what was left outside
    draft     `protected-headers="v1"` on the signed entity, which may have only some of them
    wrapped   RFC 8551 section 3.1: the signed entity is a whole mail, `message/rfc822`, with
              `forwarded=no` or without a word on it
    bare      none of these: the entity has fields beside its Content-*, or it has not

What stands outside says nothing about the sender. Where two fields of a kind stand inside, neither
counts: two programs would choose differently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from parsers.addresses import addresses_in
from parsers.headers import Headers
from parsers.mime import Part, read_entity

Form = Literal["hp-clear", "hp-cipher", "draft", "wrapped", "bare"]

_HP: Final[Mapping[str, Form]] = {"clear": "hp-clear", "cipher": "hp-cipher"}
_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})


@dataclass(frozen=True, slots=True)
class Protected:
    """A signed entity: the part that is its content, and the header that comes with it."""

    form: Form
    payload: Part
    headers: Headers

    @property
    def from_addresses(self) -> tuple[str, ...] | None:
        """Whom the protected From names, nobody where it is in doubt; None where there is none."""
        fields = self.headers.raw_all("From")
        if not fields:
            return None
        return addresses_in(fields[0]) if len(fields) == 1 else ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom the protected To and Cc name; nobody where any of it is in doubt."""
        fields = [*self.headers.raw_all("To"), *self.headers.raw_all("Cc")]
        found = [addresses_in(field) for field in fields]
        return tuple(one for named in found for one in named) if all(found) else ()

    @property
    def subject(self) -> str | None:
        """The protected Subject; None where the form does not say that it is one."""
        if self.form == "bare" or self.headers.count("Subject") != 1:
            return None
        return self.headers.get("Subject")

    def outer_addresses(self) -> tuple[str, ...] | None:
        """What the sender says to have put into the outer From (HP-Outer); None for nothing."""
        if not self.form.startswith("hp-"):
            return None
        fields = [field.partition(b":") for field in self.headers.raw_all("HP-Outer")]
        named = [value for name, _, value in fields if name.strip().lower() == b"from"]
        return addresses_in(named[0].strip()) if len(named) == 1 else None


def read_protected(entity: Part) -> Protected:
    """Find the protected header of a signed entity. Raises MalformedMail."""
    parameters = entity.parameters
    form = _HP.get(parameters.get("hp", "").strip().lower())
    if form is not None:
        return Protected(form, entity, entity.headers())
    if parameters.get("protected-headers", "").strip().lower() == "v1":
        return Protected("draft", entity, entity.headers())
    if entity.media_type in _MESSAGES and parameters.get("forwarded", "no").lower() == "no":
        inside = read_entity(entity.decoded())
        return Protected("wrapped", inside, inside.headers())
    return Protected("bare", entity, entity.headers())


def legacy_display(entity: Part, form: Form) -> Part | None:
    """The part that repeats protected fields for old programs, in the drafts' way; None for none.

    Before RFC 9788 it was the first of the two parts of the signed `multipart/mixed`, of type
    `text/rfc822-headers` or `text/plain`, and marked as the whole is.
    """
    if form != "draft" or entity.media_type != "multipart/mixed" or len(entity.children) != 2:
        return None
    first = entity.children[0]
    marked = first.parameters.get("protected-headers", "").strip().lower() == "v1"
    known = first.media_type in ("text/rfc822-headers", "text/plain")
    return first if marked and known and first.disposition != "attachment" else None
