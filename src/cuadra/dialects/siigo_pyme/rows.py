"""One row of an export, read and checked by itself under a profile.

`documented` accepts what the vendor's own example sends: where the value of a field without meaning in
the ledger is not what the vendor's model takes, it warns. `strict` refuses it. What the books keep (voucher,
account, side, value, date, sequence, third party) must fit in either. Blanks, nulls and zeros are nothing at
all, so a row holds only what it says.

Pure. The checks of a profile are compiled once, because an export may have hundreds of thousands of rows.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from cuadra.dialects.siigo_pyme.fields import INCOMPLETE, Field, Table, fields
from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.params import YEARS

Profile = Literal["documented", "strict"]
Value = int | Decimal | str
TEXT_MAX = 4000
VOUCHER = re.compile(r"[A-Z]-\d{3}", re.ASCII)
DAY = re.compile(r"\d{8}", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d[0-5]\d", re.ASCII)
HEX = re.compile(r"[0-9a-fA-F]+")
# Numbers the page calls text, or texts it calls numbers: both are taken.
EITHER = frozenset(
    {
        "cross_voucher_type",
        "block_billing_concept",
        "conversion_factor_operator",
        "document_update_date",
        "document_update_time",
    }
)
# These may hold zero; everywhere else it is nothing.
_ZERO = frozenset({"sequence_value"})
_PARTS = ("year", "month", "day")
_RELEASE = re.compile(r"(year|month|day)_release_date\d?")
_REFERENCE = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
STRANGERS_MAX = 100
_DECIMALS_MAX = 10
_LARGEST = Decimal(10) ** 15


class Row(msgspec.Struct):
    """A row as far as it could be read. `values` has only what it says; `place` counts from 1."""

    place: int
    fields: Mapping[str, Field]
    values: dict[str, Value]
    errors: list[RowError]
    warnings: list[RowError]
    day: date | None = None

    @property
    def sequence(self) -> int | None:
        """The sequence the row says it has."""
        return self.number("sequence") or None

    def number(self, reference: str) -> int:
        """A whole number; 0 where there is none, or where it could not be read."""
        value = self.values.get(reference, 0)
        return value if isinstance(value, int) else 0

    def amount(self, reference: str) -> Decimal:
        """An amount; 0 where there is none."""
        value = self.values.get(reference, 0)
        return Decimal(0) if isinstance(value, str) else Decimal(value)

    def text(self, reference: str) -> str:
        """A text; empty where there is none."""
        value = self.values.get(reference, "")
        return value if isinstance(value, str) else str(value)

    def refuse(self, reference: str, code: str, problem: str) -> None:
        """Note what is wrong with a field."""
        self.errors.append(self.told(reference, code, problem))

    def warn(self, reference: str, code: str, problem: str) -> None:
        """Note what the vendor's model would not take."""
        self.warnings.append(self.told(reference, code, problem))

    def told(self, reference: str, code: str, problem: str) -> RowError:
        """A sentence about a field of this row, by the caption people know it by."""
        field = self.fields.get(reference)
        return RowError(
            row=self.place,
            sequence=self.sequence,
            field=reference,
            code=code,
            message=f"{field.caption if field else reference}: {problem}",
        )


class Wrong(Exception):
    """A value is not of its field's type."""


class _Check(NamedTuple):
    """How a field is read, whether the model takes the value, what is told if not, and how hard it is."""

    read: Callable[[Any], Value]
    fits: Callable[[Any], bool] | None
    problem: str
    hard: bool
    keeps_zero: bool = False
    code: str = "value"


class RowReader:
    """Reads the rows of one export: those of a table of fields, under a profile."""

    def __init__(self, table: Table, profile: Profile) -> None:
        self._fields = fields(table)
        self._checks = {name: _check(field, profile) for name, field in self._fields.items()}
        self._mandatory = mandatory(table)
        self._stranger = _stranger(profile) if table in INCOMPLETE else None

    def read(self, place: int, raw: Mapping[str, Any]) -> Row:
        """A row with all that is wrong with it by itself."""
        row = Row(place, self._fields, {}, [], [])
        if type(raw) is not dict:
            row.refuse("list", "type", "cada fila debe ser un objeto")
            return row
        checks, values = self._checks, row.values
        misfits = []
        for reference, sent in raw.items():
            if sent is None or sent == "":
                continue
            check = checks.get(reference) or self._check_of_stranger(reference, row)
            if check is None:
                misfits.append((reference, "unknown_field", "el campo no existe", True))
                continue
            try:
                value = check.read(sent)
            except Wrong as wrong:
                misfits.append((reference, "type", str(wrong), True))
                continue
            if value == "" or (value == 0 and not check.keeps_zero):
                continue
            values[reference] = value
            if check.fits is not None and not check.fits(value):
                misfits.append((reference, check.code, check.problem, check.hard))
        for reference, code, problem, hard in misfits:  # now that the sequence is known
            (row.refuse if hard else row.warn)(reference, code, problem)
        for reference in self._mandatory:
            if reference not in values and not any(e.field == reference for e in row.errors):
                row.refuse(reference, "required", "es obligatorio")
        return row

    def _check_of_stranger(self, reference: str, row: Row) -> "_Check | None":
        """How a field is read that an incomplete table does not know, as long as it may be one of the vendor's."""
        if len(row.values) > len(self._fields) + STRANGERS_MAX or not _REFERENCE.fullmatch(
            reference
        ):
            return None
        return self._stranger


def read_day(row: Row, year: int, today: date, profile: Profile, *, month_13: bool) -> None:
    """The day of the document: a real one; the `year` of the process and today where nothing is said."""
    values = row.values
    parts = [values.get(f"document_{part}") for part in _PARTS]
    if parts[1] is None and parts[2] is None:
        parts[1:] = [today.month, today.day]
    if parts[0] is None:
        parts[0] = year
    elif parts[0] != year:
        problem = f"no corresponde al año {year} del proceso"
        refuse = row.refuse if profile == "strict" else row.warn
        refuse("document_year", "year", problem)
    if any(error.field.startswith("document_") for error in row.errors if error.code != "year"):
        return
    if not _has_year(row, "document", parts[0]):
        return
    if parts[1] is None or parts[2] is None:
        missing = "document_month" if parts[1] is None else "document_day"
        row.refuse(missing, "required", "es obligatorio junto con los demás datos de la fecha")
        return
    if parts[1] == 13 and month_13:
        parts[1] = 12
    try:
        row.day = date(*parts)  # type: ignore[arg-type]  # whole numbers, as checked
    except (ValueError, TypeError, OverflowError):
        shown = "-".join(str(part) for part in parts)
        row.refuse("document_day", "date", f"la fecha {shown} no existe")


def day_of_row(row: Row, name: str) -> date | None:
    """A day in three fields; all of them or none."""
    parts = [row.number(f"{name}_{part}") for part in _PARTS]
    if not any(parts):
        return None
    if not _has_year(row, name, parts[0] or YEARS[0]):
        return None
    try:
        return date(*parts)
    except (ValueError, OverflowError):
        shown = "-".join(str(part) for part in parts)
        row.refuse(f"{name}_day", "date", f"la fecha {shown} no existe")
        return None


def _has_year(row: Row, name: str, year: Any) -> bool:
    """Whether a year is one of those that can be asked for: not 26, which is nearly two thousand years ago."""
    first, last = YEARS
    if not isinstance(year, int) or first <= year <= last:
        return True
    row.refuse(f"{name}_year", "value", f"debe estar entre {first} y {last}")
    return False


def shortest(value: Decimal) -> int | Decimal:
    """An amount as a JSON number without zeros behind its point.

    >>> shortest(Decimal("3.00")), shortest(Decimal("2.50"))
    (3, Decimal('2.5'))
    """
    return int(value) if value == int(value) else value.normalize()


@cache
def mandatory(table: Table = "movement") -> tuple[str, ...]:
    """The references that every row of a table has."""
    return tuple(field.reference for field in fields(table).values() if field.mandatory)


def _check(field: Field, profile: Profile) -> _Check:
    fits, problem = _model(field)
    return _Check(
        read=_reader(field),
        fits=fits,
        problem=problem,
        hard=profile == "strict" or field.kept,
        keeps_zero=field.reference in _ZERO,
    )


def _stranger(profile: Profile) -> _Check:
    """Whatever a row says under a name that is in no table: kept as it came, and told."""
    return _Check(
        read=_read_any,
        fits=lambda _: False,
        problem="el campo no se conoce; se guarda como llegó",
        hard=profile == "strict",
        code="unknown_field",
    )


def _reader(field: Field) -> Callable[[Any], Value]:
    """How a value of the field is read, by the types of the vendor's page."""
    if field.documented_type == "unknown":
        return _read_either
    if field.reference in EITHER or _RELEASE.fullmatch(field.reference):
        return _read_either
    if field.documented_type == "string":
        return _read_text
    return _read_amount if field.form == "decimals" else _read_number


def _read_number(sent: Any) -> int:
    if type(sent) is int:
        if abs(sent) >= _LARGEST:
            raise Wrong("el número es demasiado grande")
        return sent
    value = _read_amount(sent)
    if value != int(value):
        raise Wrong("debe ser un número entero")
    return int(value)


def _read_amount(sent: Any) -> int | Decimal:
    if type(sent) is int:
        if abs(sent) >= _LARGEST:
            raise Wrong("el número es demasiado grande")
        return sent
    if type(sent) is float:
        sent = Decimal(repr(sent))
    if type(sent) is not Decimal:
        raise Wrong("debe ser un número")
    exponent = sent.as_tuple().exponent
    if not isinstance(exponent, int) or not sent.is_finite() or abs(sent) >= _LARGEST:
        raise Wrong("el número es demasiado grande")
    if exponent < -_DECIMALS_MAX and sent != sent.quantize(Decimal(10) ** -_DECIMALS_MAX):
        raise Wrong("tiene demasiados decimales")
    return shortest(sent)


def _read_text(sent: Any) -> str:
    if type(sent) is not str:
        raise Wrong("debe ser un texto")
    text = sent.strip()
    if "\0" in text or len(text) > TEXT_MAX:
        raise Wrong(f"debe ser un texto de máximo {TEXT_MAX} caracteres")
    return text


def _read_either(sent: Any) -> Value:
    if type(sent) is not str:
        return _read_number(sent)
    text = _read_text(sent)
    return "" if text == "0" else text  # which is nothing, here too


def _read_any(sent: Any) -> Value:
    if type(sent) is str:
        return _read_text(sent)
    value = _read_amount(sent)
    if Decimal(repr(float(value))) != value:  # nor as it is kept in JSON
        raise Wrong("tiene demasiados decimales")
    return value


def _model(field: Field) -> tuple[Callable[[Any], bool] | None, str]:
    """Whether the vendor's model takes a value, and what is said where it does not."""
    bounds = field.bounds
    match field.form:
        case "letter":
            return _is_letter, "debe ser una letra mayúscula"
        case "choice":
            choices = frozenset(bounds[0].split("/"))
            return choices.__contains__, f"debe ser {' o '.join(bounds[0].split('/'))}"
        case "voucher":
            return _matching(VOUCHER), "debe ser letra, guion y tres dígitos, como F-001"
        case "day":
            return _matching(DAY), "debe tener la forma AAAAMMDD"
        case "time":
            return _matching(TIME), "debe tener la forma HHMMSS"
        case "range":
            low, high = (int(bound) for bound in bounds[0].split("-"))
            return (lambda value: low <= value <= high), f"debe estar entre {low} y {high}"
        case "hex":
            size = int(bounds[0])
            problem = f"debe tener {size} caracteres hexadecimales"
            return (lambda text: len(text) == size and bool(HEX.fullmatch(text))), problem
        case "digits":
            return _digits(int(bounds[0]) if bounds else 15)
        case "decimals":
            return _decimals(int(bounds[0]), int(bounds[1]) if bounds[1:] else 16)
        case "text" if bounds:
            size = int(bounds[0])
            return (lambda text: len(str(text)) <= size), f"admite máximo {size} caracteres"
    return None, ""


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isupper()


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: pattern.fullmatch(str(value)) is not None


def _digits(size: int) -> tuple[Callable[[Any], bool], str]:
    """A number that is not negative, or its digits as a text."""
    limit = 10**size

    def fits(value: Any) -> bool:
        if type(value) is str:
            return len(value) <= size and value.isascii() and value.isdigit()
        return bool(0 <= value < limit)

    return fits, f"debe ser un número de máximo {size} dígitos"


def _decimals(places: int, size: int) -> tuple[Callable[[Any], bool], str]:
    """An amount that is not negative, of so many decimals."""
    limit, step = 10 ** min(15, size), 10**places

    def fits(value: Any) -> bool:
        return bool(0 <= value < limit and (type(value) is int or value * step % 1 == 0))

    return fits, f"debe ser un valor no negativo de máximo {places} decimales"
