"""Yes and no of a PDF form as two radio buttons (ISO 32000-1, 12.7.4.2.4), read by their names.

Each button brings its own appearance, so that programs that draw none show it all the same.
"""

from collections.abc import Iterable
from typing import Any, Final

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

SIZE: Final = 13.0
"""How wide and high a button is, in points."""
_RADIO: Final = 1 << 15
_HALF: Final = SIZE / 2
_GROUND: Final = ("0.96", "0.97", "0.99")
_OFF: Final = NameObject("/Off")


def buttons(
    writer: PdfWriter,
    told: str,
    chosen: str,
    places: Iterable[tuple[str, float, float]],
    required: bool,
) -> IndirectObject:
    """Make a field of one button for each (ASCII word, left, bottom); its value is the word.

    ``told`` is what a screen reader says; ``chosen`` is one of the words, or empty.
    """
    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Btn"),
            NameObject("/Ff"): NumberObject(_RADIO | (2 if required else 0)),
            NameObject("/TU"): TextStringObject(told),
            NameObject("/V"): NameObject(f"/{chosen}") if chosen else _OFF,
        }
    )
    parent: IndirectObject = writer._add_object(field)
    made = [_button(writer, parent, *place, chosen) for place in places]
    field[NameObject("/Kids")] = ArrayObject(writer._add_object(one) for one in made)
    return parent


def _button(
    writer: PdfWriter, parent: Any, word: str, left: float, bottom: float, chosen: str
) -> DictionaryObject:
    state = NameObject(f"/{word}")
    looks = {state: _look(writer, dot=True), _OFF: _look(writer, dot=False)}
    corners = (left, bottom, left + SIZE, bottom + SIZE)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/Parent"): parent,
            NameObject("/Rect"): ArrayObject(FloatObject(f"{at:.1f}") for at in corners),
            NameObject("/F"): NumberObject(4),
            NameObject("/AS"): state if word == chosen else _OFF,
            NameObject("/AP"): DictionaryObject({NameObject("/N"): DictionaryObject(looks)}),
            NameObject("/MK"): DictionaryObject(
                {
                    NameObject("/CA"): TextStringObject("l"),
                    NameObject("/BC"): ArrayObject([FloatObject("0.5")]),
                    NameObject("/BG"): ArrayObject(FloatObject(at) for at in _GROUND),
                }
            ),
            NameObject("/BS"): DictionaryObject({NameObject("/W"): FloatObject("0.8")}),
            NameObject("/DA"): TextStringObject("/ZaDb 8 Tf 0.1 g"),
        }
    )


def _look(writer: PdfWriter, *, dot: bool) -> Any:
    drawn = [f"{' '.join(_GROUND)} rg 0.5 G 0.8 w {_circle(_HALF - 0.8)} b"]
    drawn += [f"0.1 g {_circle(_HALF - 3.2)} f"] if dot else []
    made = DecodedStreamObject()
    made.set_data("\n".join(drawn).encode())
    made[NameObject("/Type")] = NameObject("/XObject")
    made[NameObject("/Subtype")] = NameObject("/Form")
    made[NameObject("/BBox")] = ArrayObject(FloatObject(at) for at in (0, 0, SIZE, SIZE))
    return writer._add_object(made)


def _circle(radius: float) -> str:
    """Draw a circle about the middle by four curves; 0.5523 is what makes them round."""
    near = 0.5523 * radius
    turns = ((1, 0), (0, 1), (-1, 0), (0, -1))
    path = [f"{_HALF + radius:.2f} {_HALF:.2f} m"]
    for (x, y), (u, v) in zip(turns, (*turns[1:], turns[0]), strict=True):
        points = (
            (x * radius + u * near, y * radius + v * near),
            (u * radius + x * near, v * radius + y * near),
            (u * radius, v * radius),
        )
        path.append(" ".join(f"{_HALF + a:.2f} {_HALF + b:.2f}" for a, b in points) + " c")
    return " ".join(path)
