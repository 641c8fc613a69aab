"""The trial balance: opening, debit, credit and closing of every account, for a range of months.

Amounts are signed, debit positive; month 13 is the closing period. By account it reads the balances by
account and month alone; by third party, over everyone, it may be millions of rows, and is streamed.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.database.pool import Transaction
from cuadra.database.queries import load_queries
from cuadra.errors import Problem, Rejected, unknown
from cuadra.reports.tables import Column, Report, iterate

_QUERIES = load_queries("cuadra.reports", "trial_balance.sql")

ZERO = Decimal("0.00")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial balance is asked for. `level` keeps accounts down to that depth of the chart.

    Accounts are taken from `account_start` to `account_end`, both with everything below them.
    """

    year: int | None = None
    month_start: int = 1
    month_end: int = 13
    level: int | None = None
    account_start: str | None = None
    account_end: str | None = None
    identification: str | None = None

    def in_year(self, year: int) -> "Wanted":
        """The same for a year, unless it names one."""
        return self if self.year is not None else msgspec.structs.replace(self, year=year)


class Amounts(msgspec.Struct, frozen=True):
    """The four columns; closing is opening + debit - credit."""

    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


class AccountRow(msgspec.Struct, frozen=True):
    """One account. `movement` tells an account that takes lines from a heading."""

    code: str
    name: str
    level: int
    nature: str
    movement: bool
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


class PartyRow(msgspec.Struct, frozen=True):
    """One account of one third party, or of none."""

    code: str
    name: str
    identification: str | None
    branch: int | None
    party_name: str | None
    opening: Decimal
    debit: Decimal
    credit: Decimal
    closing: Decimal


class TrialBalance(msgspec.Struct, frozen=True):
    """All rows by code, and the sum of the accounts that take lines."""

    rows: list[AccountRow]
    total: Amounts


def validate_wanted(wanted: Wanted) -> list[Problem]:
    """Months from 1 to 13, in order, of a year with four digits; accounts in order."""
    problems = []
    if wanted.year is None or not 1900 <= wanted.year <= 9999:
        problems.append(Problem("range", "year", "the year has four digits", wanted.year))
    for name in ("month_start", "month_end"):
        month = getattr(wanted, name)
        if not 1 <= month <= 13:
            problems += [Problem("range", name, f"{name} is from 1 to 13", month)]
    if wanted.level is not None and wanted.level < 1:
        problems += [Problem("range", "level", "level is 1 or more", wanted.level)]
    if wanted.month_start > wanted.month_end:
        problems.append(Problem("range", "month_end", "month_end is before month_start"))
    start, end = wanted.account_start, wanted.account_end
    if start and end and start[: len(end)] > end:
        problems.append(Problem("range", "account_end", "account_end is before account_start", end))
    return problems


async def trial_balance(transaction: Transaction, wanted: Wanted) -> TrialBalance:
    """The trial balance by account. Raises `Rejected` for a range that is none."""
    parameters = await _parameters(transaction, wanted)
    rows = [
        AccountRow(*row) for row in await transaction.rows(_QUERIES["by_account"], **parameters)
    ]
    leaves = [row for row in rows if row.movement]
    total = Amounts(
        *(
            sum((getattr(row, name) for row in leaves), ZERO)
            for name in ("opening", "debit", "credit", "closing")
        )
    )
    if wanted.level is not None:
        rows = [row for row in rows if row.level <= wanted.level]
    return TrialBalance(rows, total)


async def stream_by_third_party(
    transaction: Transaction, wanted: Wanted
) -> AsyncGenerator[PartyRow, None]:
    """The trial balance by account and third party, row by row. Raises `Rejected` as above."""
    parameters = await _parameters(transaction, wanted)
    async with aclosing(transaction.stream(_QUERIES["by_third_party"], **parameters)) as rows:
        async for row in rows:
            yield PartyRow(*row)


_AMOUNTS = tuple(Column(name, money=True) for name in ("opening", "debit", "credit", "closing"))
_ACCOUNT_COLUMNS = (Column("code"), Column("name"), Column("level"), *_AMOUNTS)
_PARTY_COLUMNS = tuple(
    Column(name) for name in ("code", "name", "identification", "branch", "party_name")
)


async def report_by_account(transaction: Transaction, wanted: Wanted) -> Report:
    """The trial balance by account as a table, with its total."""
    balance = await trial_balance(transaction, wanted)
    rows = (
        (row.code, row.name, row.level, row.opening, row.debit, row.credit, row.closing)
        for row in balance.rows
    )
    total = balance.total
    return Report(
        title=_title(transaction, wanted),
        columns=_ACCOUNT_COLUMNS,
        rows=iterate(rows),
        total=("", "Total", "", total.opening, total.debit, total.credit, total.closing),
    )


async def report_by_third_party(transaction: Transaction, wanted: Wanted) -> Report:
    """The trial balance by account and third party as a table; its rows come while it is written."""
    await _parameters(
        transaction, wanted
    )  # so that what is refused is refused before the first row

    async def rows() -> AsyncGenerator[tuple[Any, ...], None]:
        async with aclosing(stream_by_third_party(transaction, wanted)) as found:
            async for row in found:
                yield msgspec.structs.astuple(row)

    columns = (*_PARTY_COLUMNS, *_AMOUNTS)
    return Report(title=_title(transaction, wanted), columns=columns, rows=rows())


def _title(transaction: Transaction, wanted: Wanted) -> str:
    months = f"{wanted.year}-{wanted.month_start:02d} to {wanted.year}-{wanted.month_end:02d}"
    return f"Trial balance {months}, {transaction.company.legal_name}"


async def _parameters(transaction: Transaction, wanted: Wanted) -> dict[str, Any]:
    problems = validate_wanted(wanted)
    for name in ("account_start", "account_end"):
        code = getattr(wanted, name)
        if code is not None and not await _account_exists(transaction, code):
            problems.append(unknown(name, code))
    if problems:
        raise Rejected(problems)
    assert wanted.year is not None
    return {
        "company": transaction.company.id,
        "period_start": wanted.year * 100 + wanted.month_start,
        "period_end": wanted.year * 100 + wanted.month_end,
        "account_start": wanted.account_start,
        "account_end": wanted.account_end,
        "identification": wanted.identification,
    }


async def _account_exists(transaction: Transaction, code: str) -> bool:
    row = await transaction.row(
        "SELECT FROM books.account WHERE company_id = %(company)s AND code = %(code)s",
        company=transaction.company.id,
        code=code,
    )
    return row is not None
