"""Parameters of the import of balances to a filter, and open dues to its rows."""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from cuadra.catalog.records import DueKind, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo_pyme.errors import field_error
from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.mapping.crosswalk import centre_names, padded_account
from cuadra.dialects.siigo_pyme.params import THIRD_MAX, check_option, check_range, check_year
from cuadra.dialects.siigo_pyme.rows import shortest
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.ledger.vouchers import CENT
from cuadra.trade.documents import OFFERS
from cuadra.trade.due_reading import OpenDue, OpenDueFilter
from cuadra.trade.totals import EXACT

ACCOUNT_MAX = 9_999_999_999
_KINDS = {"C": DueKind.RECEIVABLE, "P": DueKind.PAYABLE}
_STRANGER = ("L", 0)  # a due named after no voucher type that has a letter


class Names(msgspec.Struct, frozen=True):
    """How this dialect writes what a company's dues name.

    `prefixes` leads from the prefix of a due to its voucher type, `letters` from there to letter and code; accounts
    are numbers of ten digits, or their id where they are not.
    """

    prefixes: dict[str, int]
    letters: dict[int, tuple[str, int]]
    accounts: dict[int, int]
    centres: dict[int, tuple[int, int]]
    currencies: Mapping[str, int]


def names_from_catalog(catalog: Catalog, currencies: Mapping[str, int]) -> Names:
    """The names of a company; offers are no accounting and open no dues."""
    names = Names({}, {}, {}, centre_names(catalog), currencies)
    for one in catalog.voucher_types.values():
        name = one.names.get(DIALECT)
        if name is None or one.kind in OFFERS:
            continue
        names.letters[one.id] = (name.type, _code(name.code))
        if one.due_prefix:
            _prefer(names.prefixes, one)
    for account in catalog.accounts.values():
        names.accounts[account.id] = int(padded_account(account.code) or account.id)
    return names


def _prefer(prefixes: dict[str, int], voucher_type: VoucherType) -> None:
    """The first type with a prefix heads the dues that have it."""
    prefixes.setdefault(voucher_type.due_prefix, voucher_type.id)


def _code(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else 0


def balance_problems(params: Mapping[str, Any]) -> list[RowError]:
    """What is wrong with the parameters, in the order of the vendor's table."""
    wrong: list[RowError] = []
    check_year(params, wrong)
    check_range(params, "third", THIRD_MAX, wrong)
    check_range(params, "account", ACCOUNT_MAX, wrong)
    check_option(params, "balance_account", ("C", "P"), wrong)
    check_option(params, "previous_cut", ("S", "N"), wrong)
    _check_cut(params.get("cut_off_date"), wrong)
    return wrong


def _check_cut(value: object, wrong: list[RowError]) -> None:
    field = "params.cut_off_date"
    if value is None:
        wrong.append(field_error("required", field))
    elif not isinstance(value, str):
        wrong.append(field_error("type", field, "un texto MMDD"))
    elif not re.fullmatch(r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", value, re.ASCII):
        wrong.append(field_error("date", field))


def cut_from_params(params: Mapping[str, Any], today: date) -> date:
    """The day a cut is at the end of; a day that its month does not have is the month's last.

    >>> cut_from_params({"year": 2024, "cut_off_date": "0231"}, date(2026, 11, 20))
    datetime.date(2024, 2, 29)
    """
    year = int(params["year"]) if params.get("year") is not None else today.year
    month, day = int(params["cut_off_date"][:2]), int(params["cut_off_date"][2:])
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def filter_from_params(
    params: Mapping[str, Any], catalog: Catalog, names: Names, today: date
) -> OpenDueFilter:
    """The dues that are asked for. `balance_problems` has found nothing wrong with the parameters."""
    kind = _KINDS[params["balance_account"]]
    lowest, highest = params["account_initial"], params["account_final"]
    return OpenDueFilter(
        accounts=[
            account.id
            for account in catalog.accounts.values()
            if account.due is kind and lowest <= names.accounts[account.id] <= highest
        ],
        party_start=int(params["third_initial"]),
        party_end=int(params["third_final"]),
        prefixes=names.prefixes,
        as_of=cut_from_params(params, today) if params["previous_cut"] == "S" else None,
    )


def row_from_due(due: OpenDue, names: Names) -> dict[str, Any]:
    """A row of balances, its members in the vendor's order.

    What the books do not have is zero, this system's neutral value: zones and, abroad, cities.
    """
    voucher_type = names.prefixes.get(due.prefix, due.voucher_type)
    letter, code = names.letters.get(voucher_type, _STRANGER)
    centre, subcentre = names.centres.get(due.cost_centre, (0, 0))
    currency = names.currencies.get(due.currency, 0) if due.currency else 0
    foreign: int | Decimal = 0
    if currency and due.exchange_rate:
        foreign = shortest(EXACT.quantize(EXACT.divide(due.balance, due.exchange_rate), CENT))
    city = due.city_code or ""
    return {
        "identification": due.party_number,
        "branch": due.branch,
        "account": names.accounts[due.account],
        "voucher_type": letter,
        "voucher_code": code,
        "document_number": due.consecutive,
        "expiration": due.quote,
        "due_date": day_number(due.falls_due),
        "currency": currency,
        "cost_center": centre,
        "sub_cost_center": subcentre,
        "balance": due.balance,
        "foreign_currency": foreign,
        "salesperson": due.seller or 0,
        "city": int(city) if city.isascii() and city.isdigit() else 0,
        "zone": 0,
        "document_date": day_number(due.opened),
    }


@lru_cache(maxsize=4096)
def day_number(day: date) -> int:
    """A day as AAAAMMDD.

    >>> day_number(date(2024, 2, 3))
    20240203
    """
    return day.year * 10000 + day.month * 100 + day.day
