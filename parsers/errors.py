"""What the parsers raise, drawn as a tree.

    ParsersError              every error of this package; carries a stable, dotted ``code``
    ├── MalformedMail         mime.malformed, mime.too_deep, mime.too_many_parts,
    │                         mime.header_too_large
    ├── NotCanonical          canonical.refused: a value that has no canonical form
    └── WrongData             data.wrong: a file of reference data that does not keep its form

The texts name the rule that was broken, never what stood in the mail.
"""


class ParsersError(Exception):
    """Something could not be read; ``code`` is stable, the text is for the log."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class MalformedMail(ParsersError):
    """The bytes are no mail that could be read in one way only."""


class NotCanonical(ParsersError):
    """The value holds something that RFC 8785 (or the house's rules for money) cannot express."""

    def __init__(self, text: str) -> None:
        super().__init__("canonical.refused", text)


class WrongData(ParsersError):
    """A data set does not keep its form; ``line`` counts from 1, 0 for the whole."""

    def __init__(self, name: str, line: int, text: str) -> None:
        super().__init__("data.wrong", f"{name}.csv, line {line}: {text}")
        self.name = name
        self.line = line
