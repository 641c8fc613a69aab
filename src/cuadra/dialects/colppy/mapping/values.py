"""Small values that every paper has: amounts of money, its number, days, jurisdictions, and what is kept. Pure.

Each is read from the parameters in one way, whatever paper it stands on, and written in one way.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cuadra.catalog.argentina import find_province_named
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.talonarios import NUMBER_DIGITS
from cuadra.dialects.colppy.reading import Parameters
from cuadra.ledger.vouchers import CENT
from cuadra.trade.totals import TOTAL_MAX

ZERO = Decimal("0.00")
NAME_MAX = 100
TEXT_MAX = 1000
_NOISE = Decimal("0.0001")  # what a program's floating point adds to an amount
_NUMBER = re.compile(rf"0*\d{{1,{NUMBER_DIGITS}}}", re.ASCII)


def amount_of(parameters: Parameters, name: str, *, required: bool = False) -> Decimal:
    """An amount of money, not negative; what floating point adds to its cents is left out. Nothing is zero."""
    amount = parameters.number(name, required=required)
    if amount is None:
        return ZERO
    cents = to_cents(amount)
    if cents is None or cents < 0:
        raise Failure(
            f"El importe {parameters.name(name)} no es válido: {shown(amount)};"
            " debe ser positivo y tener hasta dos decimales."
        )
    return cents


def signed_of(parameters: Parameters, name: str) -> Decimal:
    """An amount of money that may be negative: a credit note's, among invoices."""
    amount = parameters.number(name) or ZERO
    cents = to_cents(amount)
    if cents is None:
        raise Failure(f"El importe {parameters.name(name)} no es válido: {shown(amount)}.")
    return cents


def to_cents(amount: Decimal) -> Decimal | None:
    """An amount without what floating point added to its cents; None for one that has more decimals, or too large.

    >>> to_cents(Decimal("0.30000000000000004")), to_cents(Decimal("10.005"))
    (Decimal('0.30'), None)
    """
    if abs(amount) > TOTAL_MAX:
        return None
    cents = amount.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO
    return cents if abs(cents - amount) <= _NOISE else None


def amount_text(amount: Decimal) -> str:
    """An amount as text with two decimals.

    >>> amount_text(Decimal("1880"))
    '1880.00'
    """
    return f"{amount:.2f}"


def day_text(day: date) -> str:
    """A day as requests write it.

    >>> day_text(date(2016, 8, 6))
    '06-08-2016'
    """
    return f"{day:%d-%m-%Y}"


def number_of(parameters: Parameters, name: str) -> int | None:
    """The number of a paper, up to eight digits, with more zeros before them in some clients; None for the next."""
    text = parameters.text(name)
    if not text.strip("0"):
        return None
    if not _NUMBER.fullmatch(text):
        raise Failure(f"El parámetro {name} no es un número de hasta 8 dígitos: {shown(text)}.")
    return int(text.lstrip("0"))


def medium_of(row: Parameters) -> tuple[str, str]:
    """By which means was paid, and how sentences call the member that says so: the vendor's page has two."""
    name, alias = (row.text(one, size=NAME_MAX) for one in ("idMedioCobro", "idMedioPago"))
    member = row.name("idMedioPago" if "idMedioPago" in row.raw and not name else "idMedioCobro")
    if name and alias and name != alias:
        raise Failure(f"{member} e idMedioPago no coinciden: {shown(name)}, {shown(alias)}.")
    return name or alias, member


def jurisdiction_of(row: Parameters) -> str:
    """The number of a jurisdiction of gross income (902), however it is written; empty where none is."""
    text = row.text("jurisdiccion", size=NAME_MAX)
    if not text:
        return ""
    found = find_province_named(text)
    if found is None:
        raise Failure(f"No existe la jurisdicción {shown(text)} ({row.name('jurisdiccion')}).")
    return found.jurisdiction


def kept_members(parameters: Parameters, names: Iterable[str]) -> dict[str, Any]:
    """Those of the members that say something, as texts; yes and no as they are."""
    kept: dict[str, Any] = {}
    for name in names:
        value = parameters.raw.get(name)
        if isinstance(value, bool):
            kept[name] = value
        elif text := parameters.text(name, size=TEXT_MAX):
            kept[name] = text
    return kept


def kept_rows(rows: Iterable[Parameters]) -> list[Any]:
    """Rows as they were sent."""
    return [kept_value(row.raw) for row in rows]


def kept_value(value: Any) -> Any:
    """A value as it is kept: texts, lists and objects as they are, numbers as their text.

    >>> kept_value({"a": Decimal("1.50"), "b": [1, True, None]})
    {'a': '1.50', 'b': ['1', True, None]}
    """
    match value:
        case dict():
            return {name: kept_value(one) for name, one in value.items()}
        case list():
            return [kept_value(one) for one in value]
        case bool() | None | str():
            return value
    return str(value)
