"""The parameters of an import of vouchers: which of them, and which of their rows, are wanted."""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from cuadra.dialects.siigo_pyme.job import Refused, RowError
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk, ProductKey
from cuadra.dialects.siigo_pyme.params import YEARS, whole
from cuadra.trade.entry_reading import EntryFilter

CODE_MAX = 999
NUMBER_MAX = 9_999_999_999
OFFER_NUMBER_MAX = 999_999_999_999
ACCOUNT_MAX = 9_999_999_999
PRODUCT_MAX = 999_999_999_999


class Wanted(NamedTuple):
    """Which vouchers, the ranges their rows must be in (None: any), and whether in the basic model."""

    entries: EntryFilter
    accounts: range | None
    products: range | None
    basic: bool

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is inside the ranges; one without an account is in any of accounts."""
        account = row.get("accounting_account")
        if self.accounts is not None and account is not None and account not in self.accounts:
            return False
        if self.products is None:
            return True
        if row["product_code"] is None:
            return False
        key = ProductKey(row["product_line"] or 0, row["product_group"] or 0, row["product_code"])
        return key.number in self.products


class _Params:
    """Reads parameters, noting all that is wrong with them."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self.errors: list[RowError] = []

    def number(self, name: str, low: int, high: int, default: int) -> int:
        """A whole number between two bounds."""
        value = self._params.get(name)
        if value is None:
            return default
        if (number := whole(value)) is None or not low <= number <= high:
            self._wrong(name, "value", f"debe ser un número entre {low} y {high}")
            return default
        return number

    def span(self, name: str, high: int) -> range:
        """The numbers from `name_initial` to `name_final`, both included."""
        first = self.number(f"{name}_initial", 1, high, 1)
        last = self.number(f"{name}_final", 1, high, high)
        if first > last:
            self._wrong(f"{name}_initial", "range", f"es mayor que params.{name}_final")
        return range(first, last + 1)

    def two_digits(self, name: str, high: int, default: int) -> int:
        """A text of two digits."""
        value = self._params.get(name)
        if value is None:
            return default
        if (
            not isinstance(value, str)
            or not re.fullmatch(r"\d\d", value, re.ASCII)
            or not 1 <= int(value) <= high
        ):
            self._wrong(name, "value", f"debe ser un texto de dos dígitos entre 01 y {high}")
            return default
        return int(value)

    def option(self, name: str, pattern: str, default: str, shown: str) -> str:
        """One of some words."""
        value = self._params.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            self._wrong(name, "option", f"debe ser {shown}")
            return default
        return value

    def check_days(self, first: date, last: date) -> None:
        """The first day of a range is not behind its last."""
        if first > last:
            self._wrong(
                "month_initial",
                "range",
                f"y params.day_initial ({first}) son posteriores al final ({last})",
            )

    def check(self) -> None:
        """Raise `Refused` if anything was wrong."""
        if self.errors:
            raise Refused(400, "La solicitud no es válida", self.errors)

    def _wrong(self, name: str, code: str, text: str) -> None:
        field = f"params.{name}"
        self.errors.append(RowError(field=field, code=code, message=f"{field} {text}"))


def wanted_from_params(
    params: Mapping[str, Any], crosswalk: Crosswalk, current_year: int
) -> Wanted:
    """What an import of movements asks for. Raises `Refused`."""
    read = _Params(params)
    entries = _entries(read, crosswalk, current_year, NUMBER_MAX)
    basic = read.option("basic_model", "[SN]", "N", "S o N") == "S"
    accounts = read.span("account", ACCOUNT_MAX)
    products = read.span("product", PRODUCT_MAX)
    read.check()
    return Wanted(
        entries=entries,
        accounts=accounts if "account_initial" in params or "account_final" in params else None,
        products=None if products == range(1, PRODUCT_MAX + 1) else products,
        basic=basic,
    )


def offers_from_params(
    params: Mapping[str, Any], crosswalk: Crosswalk, current_year: int
) -> EntryFilter:
    """What an import of documents without accounting asks for. Raises `Refused`."""
    read = _Params(params)
    entries = _entries(read, crosswalk, current_year, OFFER_NUMBER_MAX)
    read.check()
    return entries


def _entries(
    read: _Params, crosswalk: Crosswalk, current_year: int, number_max: int
) -> EntryFilter:
    """Which vouchers are wanted; a day that its month does not have is the month's last."""
    year = read.number("year", *YEARS, current_year)
    months = (read.two_digits("month_initial", 12, 1), read.two_digits("month_final", 12, 12))
    days = (read.two_digits("day_initial", 31, 1), read.two_digits("day_final", 31, 31))
    letter = read.option("voucher_type", r"[A-Z]|\*", "*", "una letra mayúscula o *")
    codes = read.span("voucher_code", CODE_MAX)
    numbers = read.span("number", number_max)
    starts, ends = (
        date(year, month, min(day, calendar.monthrange(year, month)[1]))
        for month, day in zip(months, days, strict=True)
    )
    read.check_days(starts, ends)
    return EntryFilter(
        voucher_types=[
            type_id
            for type_id, name in crosswalk.names.items()
            if letter in ("*", name.letter) and name.code in codes
        ],
        number_start=numbers.start if numbers.start > 1 else None,
        number_end=numbers.stop - 1 if numbers.stop <= number_max else None,
        date_start=starts,
        date_end=ends,
        annulled=True,
    )
