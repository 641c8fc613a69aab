"""The parameters of a request, each read as what it has to be.

Clients send ids as text or number, amounts as number or text, flags as `"0"`, `"1"`, `"S"` or `"N"`, lists also as the
text of one, and days in four ways. Whatever is sent in another way is refused with a sentence that names the
parameter; nothing is dropped in silence, except parameters nobody asks for.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from cuadra.dialects.colppy.body import value_from_json
from cuadra.dialects.colppy.errors import Failure, Refusal, shown

ID_MAX = 2**31 - 1
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_DIGITS_MAX = 15
_DAYS = (
    re.compile(r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})", re.ASCII),
    re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})", re.ASCII),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})", re.ASCII),
)
_NO_DAY = {"", "0000-00-00", "00-00-0000", "00/00/0000"}
_YEARS = range(1900, 2200)
_FLAGS = {"1": True, "s": True, "si": True, "sí": True, "true": True}
_FLAGS |= {"0": False, "n": False, "no": False, "false": False}


class Parameters:
    """The members of one object of a request; `where` is how sentences call it (`cobros[1].`)."""

    def __init__(self, raw: dict[str, Any], where: str = "") -> None:
        self.raw = raw
        self._where = where

    def name(self, name: str) -> str:
        """A member as sentences call it."""
        return self._where + name

    def text(self, name: str, *, required: bool = False, size: int | None = None) -> str:
        """A text without blanks around it, empty where nothing is sent; numbers become their text.

        >>> Parameters({"a": " x ", "b": 12, "c": None}).text("a"), Parameters({"b": 12}).text("b")
        ('x', '12')
        """
        value = self.raw.get(name)
        if value is None:
            value = ""
        elif isinstance(value, Decimal):
            value = shown(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise Failure(f"El parámetro {self.name(name)} debe ser un texto.")
        value = value.strip()
        if required and not value:
            raise Failure(f"El parámetro {self.name(name)} es obligatorio.")
        if size is not None and len(value) > size:
            raise Failure(f"El parámetro {self.name(name)} admite hasta {size} caracteres.")
        return value

    def number(self, name: str, *, required: bool = False) -> Decimal | None:
        """A number, also as text with a point; None where nothing is sent.

        >>> Parameters({"a": "1.50"}).number("a"), Parameters({"a": ""}).number("a")
        (Decimal('1.50'), None)
        """
        value = self.raw.get(name)
        number = None
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            number = Decimal(value.strip())
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
        if number is not None and _is_usable(number):
            return number
        if value is not None and not _is_blank(value):
            raise Failure(f"El parámetro {self.name(name)} debe ser un número: {_told(value)}.")
        if required:
            raise Failure(f"El parámetro {self.name(name)} es obligatorio.")
        return None

    def integer(self, name: str, *, required: bool = False) -> int | None:
        """A whole number, also as text."""
        number = self.number(name, required=required)
        if number is not None and number != number.to_integral_value():
            raise Failure(f"El parámetro {self.name(name)} debe ser un número entero: {number}.")
        return None if number is None else int(number)

    def id(self, name: str, *, required: bool = False) -> int | None:
        """An id, as number or text; None where nothing is sent."""
        value = self.raw.get(name)
        if not isinstance(value, bool):
            text = str(value).strip() if isinstance(value, int | str) else None
            if (
                text is not None
                and re.fullmatch(r"\d{1,20}", text, re.ASCII)
                and int(text) <= ID_MAX
            ):
                return int(text)
        if value is not None and not _is_blank(value):
            raise Failure(f"El parámetro {self.name(name)} no es un id válido: {_told(value)}.")
        if required:
            raise Failure(f"El parámetro {self.name(name)} es obligatorio.")
        return None

    def flag(self, name: str) -> bool | None:
        """A yes or no in any of the forms clients send; None where nothing is sent.

        >>> [Parameters({"a": value}).flag("a") for value in ("1", "N", True, 0, "")]
        [True, False, True, False, None]
        """
        value = self.raw.get(name)
        if isinstance(value, bool):
            return value
        if value is None or _is_blank(value):
            return None
        text = str(value).strip().lower() if isinstance(value, int | str) else ""
        if text not in _FLAGS:
            raise Failure(f"El parámetro {self.name(name)} debe ser 0 o 1: {_told(value)}.")
        return _FLAGS[text]

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A day in any of the four forms; None where nothing is sent. Raises `Failure` for nonsense."""
        value = self.raw.get(name)
        if value is None or (isinstance(value, str) and value.strip() in _NO_DAY):
            if required:
                raise Failure(f"El parámetro {self.name(name)} es obligatorio.")
            return None
        day = day_from_text(value) if isinstance(value, str) else None
        if day is None:
            raise Failure(f"La fecha {self.name(name)} no es válida: {_told(value)}.")
        return day

    def items(self, name: str) -> "list[Parameters]":
        """The objects of a list, also of the text of one; empty where nothing is sent."""
        value = self.decoded(name)
        if value in (None, "", {}):
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Failure(f"El parámetro {self.name(name)} debe ser una lista de objetos.")
        return [Parameters(one, f"{self.name(name)}[{i}].") for i, one in enumerate(value, 1)]

    def object(self, name: str) -> "Parameters":
        """An object, also as text; without members where nothing is sent."""
        value = self.decoded(name)
        if value in (None, "", []):
            value = {}
        if not isinstance(value, dict):
            raise Failure(f"El parámetro {self.name(name)} debe ser un objeto.")
        return Parameters(value, f"{self.name(name)}.")

    def decoded(self, name: str) -> Any:
        """A member, decoded where it is the text of an array or an object."""
        value = self.raw.get(name)
        if not isinstance(value, str) or not value.strip().startswith(("[", "{")):
            return value.strip() if isinstance(value, str) else value
        try:
            return value_from_json(value.encode())
        except Refusal as error:
            raise Failure(f"El parámetro {self.name(name)} no es un JSON válido.") from error


def day_from_text(text: str) -> date | None:
    """A day written dd-mm-YYYY, dd/mm/YYYY (also unpadded) or YYYY-MM-DD; None for anything else.

    >>> [day_from_text(text) for text in ("5-1-2024", "05/01/2024", "2024-01-05", "31-02-2024")]
    [datetime.date(2024, 1, 5), datetime.date(2024, 1, 5), datetime.date(2024, 1, 5), None]
    """
    for form in _DAYS:
        if parts := form.fullmatch(text.strip()):
            year, month, day = (int(parts[name]) for name in "ymd")
            try:
                return date(year, month, day) if year in _YEARS else None
            except ValueError:
                return None
    return None


def _is_usable(number: Decimal) -> bool:
    """Whether a number has a size that books can hold."""
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS_MAX:
        return number == 0 and number.is_finite()
    return len(number.as_tuple().digits) <= 2 * _DIGITS_MAX


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _told(value: object) -> str:
    """A wrong value as a sentence repeats it."""
    if isinstance(value, dict | list):
        return "una lista o un objeto"
    return shown(value)
