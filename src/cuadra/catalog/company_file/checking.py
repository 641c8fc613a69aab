"""What every check of a company file needs: its catalogs by id and the usual complaints.

The checks themselves are in `company_checks` and `voucher_checks`; this module only looks things
up and reports. It keeps silent about unreadable values, because those were reported already.
"""

import re
from collections.abc import Callable, Collection, Hashable, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec

from cuadra.catalog.company_file.reading import Path, Reading
from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.records import Account

ID_LIMIT = 2**31 - 1
NUMBER_LIMIT = 99_999_999_999
"""The longest voucher number any dialect can write: eleven digits."""
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

RecordType = TypeVar("RecordType", bound=msgspec.Struct)


class Checker:
    """A company file under check: its records, its chart and where to report.

    `chart` is empty when the file's own chart was unreadable; then nobody asks for accounts.
    """

    def __init__(self, company: CompanyFile, chart: dict[str, Account], reading: Reading) -> None:
        self.company = company
        self.chart = chart
        self.reading = reading
        self.centres = {centre.id for centre in company.cost_centres}
        self.warehouses = {warehouse.id for warehouse in company.warehouses}
        self.sellers = {seller.id for seller in company.sellers}
        self.taxes = {tax.id for tax in company.taxes}
        self.groups = {group.id: group for group in company.account_groups}
        self.voucher_types = {one.id: one for one in company.voucher_types}
        self.third_parties = {(one.identification, one.branch) for one in company.third_parties}
        self.products = {product.code: product for product in company.products}

    def report(self, path: Path, message: str) -> None:
        """Report at a path, unless the value there is known to be unreadable."""
        if not self.reading.is_bad(path):
            self.reading.report(path, message)

    def reference(
        self, path: Path, value: Hashable, known: Collection[Hashable], noun: str = ""
    ) -> bool:
        """Whether a name given at a path is among the known ones; reports it if not.

        The noun says what the name is of; it is the last word of the path if not given.
        """
        if value is None or value in known:
            return value is not None
        words = [one for one in known if isinstance(one, str)]
        hint = self.reading.hint(value, words) if isinstance(value, str) else ""
        self.report(path, f"{noun or _field(path)} {value} does not exist{hint}")
        return False

    def account(self, path: Path, code: str | None) -> Account | None:
        """The movement account a path names, or None after reporting that there is none."""
        if code is None or not self.chart:
            return None
        account = self.chart.get(code)
        if account is not None and account.movement:
            return account
        if account is not None:
            why = f"account {code} is a heading: lines go to its auxiliaries"
        else:
            movements = [one.code for one in self.chart.values() if one.movement]
            why = f"account {code} does not exist{self.reading.hint(code, movements)}"
        self.report(path, f"{_field(path)}: {why}")
        return None

    def unique(
        self,
        kind: str,
        records: Sequence[RecordType],
        key: Callable[[RecordType], Hashable],
        field: str,
    ) -> None:
        """Report every record whose key another one had before; falsy keys are no keys yet."""
        first: dict[Hashable, int] = {}
        for index, record in enumerate(records):
            path, value = (kind, index, field), key(record)
            if not value or self.reading.is_bad(path):
                continue
            if value in first:
                line = self.reading.line((kind, first[value], field))
                self.report(path, f"{field} {_text(value)} is repeated, first on line {line}")
            first.setdefault(value, index)

    def between(self, path: Path, value: int | None, low: int, high: int = ID_LIMIT) -> None:
        """Report a number outside its two bounds."""
        if value is not None and not low <= value <= high:
            self.report(path, f"{_field(path)} must be from {low} to {high}, not {value}")

    def not_negative(self, path: Path, value: Decimal | None) -> None:
        """Report an amount below zero."""
        if value is not None and value < 0:
            self.report(path, f"{_field(path)} must not be negative")

    def day(self, path: Path, text: str | None) -> None:
        """Report a text that is no calendar day written as YYYY-MM-DD."""
        if text is None:
            return
        try:
            if ISO_DATE.fullmatch(text) and date.fromisoformat(text):
                return
        except ValueError:
            pass
        self.report(path, f"{_field(path)} must be a date such as 2026-01-31, not {text!r}")


def decimals_from_amount(amount: Decimal) -> int:
    """How many decimals an amount needs.

    >>> decimals_from_amount(Decimal("1.500")), decimals_from_amount(Decimal("100"))
    (1, 0)
    """
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _field(path: Path) -> str:
    """The last word of a path, with its position where it names a member of a list."""
    if isinstance(path[-1], int):
        return f"{path[-2]}[{path[-1]}]"
    return str(path[-1])


def _text(value: Hashable) -> str:
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value if part != "")
    return str(value)
