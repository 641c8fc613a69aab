"""Cells into the values of fields, and values into cells.

Excel keeps numbers as texts and texts as numbers, and days as days; the connector's rows are strict. What a
cell must mean is converted here by its field's type. What could mean two things, or nothing, stays as it
is, and is refused with the row. Pure.
"""

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from cuadra.dialects.siigo_pyme.fields import Field
from cuadra.dialects.siigo_pyme.rows import VOUCHER

Cell = str | int | float | bool | date | time | datetime | None
DIGITS_MAX = 15  # that a number has in Excel
_NO_VOUCHER = "0-000"  # what some installations have where no voucher is meant
_PART = re.compile(r"(?:^|_)(year|month|day)(?=_|$)")
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_NUMBER_CHARACTERS_MAX = 40
# With a point, or with a comma; thousands in groups, or not.
_WRITTEN = [
    (
        point,
        comma,
        re.compile(
            rf"-?(?:[1-9]\d?\d?(?:[{comma}]\d{{3}})+(?:[{point}]\d+)?|\d+[{point}]\d+)", re.ASCII
        ),
    )
    for point, comma in (".,", ",.")
]


def converter(field: Field) -> Callable[[Cell], Any]:
    """How a cell of the field's column is read; None is nothing."""
    part = _PART.search(field.reference)
    if part is not None:
        read = _either if field.documented_type == "string" else _number_reader(0)
        return _part_reader(part[1], read)
    if field.form in ("day", "time"):
        return _moment_reader(field.form)
    if field.form == "voucher":
        return _voucher
    if field.documented_type == "number" and field.form != "text":
        return _number_reader(int(field.bounds[0]) if field.form == "decimals" else 0)
    if field.form in ("letter", "choice"):
        return lambda cell: _upper(_text(cell))
    return _either if field.form == "digits" or field.documented_type == "number" else _text


def says_nothing(cell: Cell | Decimal) -> bool:
    """Whether a cell has one of the values that mean nothing.

    >>> [says_nothing(cell) for cell in ("  ", 0.0, "0,00", "N", "0-000", None, "7", 1.0)]
    [True, True, True, True, True, True, False, False]
    """
    if isinstance(cell, str):
        return cell.strip() in ("N", _NO_VOUCHER) or not cell.strip(" \xa00.,")
    return cell is None or cell == 0


def _number_reader(places: int) -> Callable[[Cell], Any]:
    step = Decimal(1).scaleb(-places)
    noise = step / 10_000

    def read(cell: Cell) -> Any:
        if type(cell) is str:
            text = cell.strip()
            return _number_of(text, whole=not places) if text else None
        if type(cell) is float and math.isfinite(cell):
            return _exact(cell, step, noise)
        return cell.isoformat() if isinstance(cell, date | time) else cell

    return read


def _shown(cell: float) -> int | Decimal:
    """The number as Excel shows it, of 15 digits."""
    if cell.is_integer() and abs(cell) < 10**DIGITS_MAX:
        return int(cell)
    return Decimal(f"{cell:.{DIGITS_MAX}g}")


def _exact(cell: float, step: Decimal, noise: Decimal) -> int | Decimal:
    """A number without what Excel's arithmetic leaves far behind the point."""
    value = _shown(cell)
    if isinstance(value, int) or abs(value) >= 10**DIGITS_MAX:
        return value
    near = value.quantize(step)
    return near if abs(value - near) <= noise else value


def _number_of(text: str, *, whole: bool) -> Any:
    """A number that was kept as text; the text itself where it is none, or could be two.

    >>> [_number_of(text, whole=False) for text in ("007", "$ 1.234,50", "1,5", "0.500", "1.500")]
    [7, Decimal('1234.50'), Decimal('1.5'), Decimal('0.500'), '1.500']
    >>> _number_of("900.123", whole=True), _number_of("900123456-1", whole=True)
    (900123, '900123456-1')
    """
    plain = text.removeprefix("$").replace("\xa0", "").strip()
    if len(plain) > _NUMBER_CHARACTERS_MAX:
        return text
    if _INTEGER.fullmatch(plain):
        return int(plain)
    readings = {
        Decimal(plain.replace(comma, "").replace(point, "."))
        for point, comma, pattern in _WRITTEN
        if pattern.fullmatch(plain)
    }
    found = [one for one in readings if not whole or one == one.to_integral_value()]
    if len(found) != 1:
        return text
    return int(found[0]) if whole else found[0]


def _text(cell: Cell) -> Any:
    """A text; the digits of a number that was typed where a text is meant."""
    if type(cell) is str:
        return cell.strip() or None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return format(Decimal(_shown(float(cell))), "f") if cell else None
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date | time) else cell


def _either(cell: Cell) -> Any:
    """A whole number or a text, as it stands."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**DIGITS_MAX:
        return int(cell)
    return cell if type(cell) is int else _text(cell)


def _voucher(cell: Cell) -> Any:
    """A voucher such as F-001, or nothing."""
    text = _either(cell)
    if not isinstance(text, str):
        return text
    if text == _NO_VOUCHER:
        return None
    return text.upper() if VOUCHER.fullmatch(text.upper()) else text


def _upper(text: Any) -> Any:
    """A letter as it is meant, in capitals."""
    return text.upper() if isinstance(text, str) and len(text) == 1 else text


def _part_reader(part: str, read_number: Callable[[Cell], Any]) -> Callable[[Cell], Any]:
    """Reads year, month or day: a number, or that part of a real day."""
    return lambda cell: getattr(cell, part) if isinstance(cell, date) else read_number(cell)


def _moment_reader(form: str) -> Callable[[Cell], Any]:
    """Reads AAAAMMDD or HHMMSS: the digits, or a real day or time; a number lacks the zeros in front."""
    kind, pattern, size = (date, "%Y%m%d", 8) if form == "day" else (time, "%H%M%S", 6)

    def read(cell: Cell) -> Any:
        if isinstance(cell, kind) or (form == "time" and isinstance(cell, datetime)):
            return cell.strftime(pattern)
        value = _either(cell)
        return f"{value:0{size}}" if type(value) is int and 0 < value < 10 ** (size - 1) else value

    return read


def as_number(value: object) -> bool:
    """Whether a value may be a number in Excel without losing a digit.

    >>> as_number(5), as_number(Decimal("1234567890123.45")), as_number(Decimal("12345678901234.567"))
    (True, True, False)
    """
    if isinstance(value, Decimal):
        return len(value.as_tuple().digits) <= DIGITS_MAX
    return type(value) is int and abs(value) < 1_000_000_000_000_000
