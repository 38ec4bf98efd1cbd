"""What every identifier is: a ``str`` in its one normal form, which pydantic knows."""

import re
from typing import Any, ClassVar, Final, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from parsers.marks import plain_dashes

_BLANK: Final = re.compile(r"\s+")
_NUMBER: Final = r"(?:nummer|number|nr|no)?[.:]*"
NOT_VALID: Final = "not a valid identifier"
_LONGEST: Final = 100  # characters, before blanks are taken out


class Identifier(str):
    """A text with a meaning, always in its normal form."""

    __slots__ = ()
    kind: ClassVar[str] = "identifier"  # the word by which an error message says what is expected
    pattern: ClassVar[str] = ""  # for JSON Schema
    words: ClassVar[str] = ""  # what people write before it (a pattern), as CPR-nr. or org.nr

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the identifier in its normal form. Raises ValueError."""
        raise NotImplementedError

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the identifier as a person may have written it. Raises ValueError."""
        if len(text) > _LONGEST:
            raise ValueError("too long for an identifier")
        plain = _BLANK.sub("", plain_dashes(text))
        named = re.match(rf"(?:{cls.words})\W*{_NUMBER}", plain, re.IGNORECASE)
        return cls.parse((plain[named.end() :] if cls.words and named else plain).upper())

    @classmethod
    def near(cls, text: str) -> str | None:
        """Return what a text that is none was most likely meant as, from our own lists alone."""
        del text
        return None

    @classmethod
    def _validate(cls, text: str) -> Self:
        try:
            return cls.parse(text)
        except ValueError:
            raise PydanticCustomError(cls.kind, NOT_VALID) from None

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(
            cls._validate,
            core_schema.str_schema(max_length=200),
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema()
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = {"type": "string", "title": cls.__name__}
        return {**found, "pattern": f"^(?:{cls.pattern})$"} if cls.pattern else found
