"""Dues: what is owed, by whom, until when; now, or as it stood on any day.

A due's movements are the live lines that point at it. Its balance today is kept beside it; its balance
on another day is the sum of those movements up to that day. Only read here.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from cuadra.database.paging import Conditions
from cuadra.database.pool import Transaction


class Due(msgspec.Struct, frozen=True):
    """An open item. `balance` is debit positive: what they owe us is positive, what we owe negative."""

    id: UUID
    account: str
    identification: str
    branch: int
    prefix: str
    consecutive: int
    quote: int
    date: date
    balance: Decimal


_SELECT = """
SELECT d.id, a.code, t.identification, t.branch, d.prefix, d.consecutive, d.quote, d.date, {balance} AS balance
  FROM books.due d
  JOIN books.account a ON a.company_id = d.company_id AND a.id = d.account_id
  JOIN books.third_party t ON t.company_id = d.company_id AND t.id = d.third_party_id
 WHERE {where}
"""
_ON_A_DAY = """
(SELECT COALESCE(sum(l.amount), 0) FROM books.line l
   JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.version = l.version AND v.live
  WHERE l.company_id = d.company_id AND l.due_id = d.id AND l.date <= %(as_of)s)
"""


async def list_dues(
    transaction: Transaction,
    *,
    as_of: date | None = None,
    identification: str | None = None,
    account: str | None = None,
    settled: bool = False,
) -> list[Due]:
    """Dues with something left on them, by third party and date; with `settled` also the others.

    `as_of` tells what was left at the end of that day, whatever was paid since.
    """
    conditions = Conditions("d.company_id = %(company)s")
    conditions.add("t.identification = %(identification)s", "identification", identification)
    conditions.add("a.code = %(account)s", "account", account)
    query = _SELECT.format(
        balance="d.balance" if as_of is None else _ON_A_DAY, where=" AND ".join(conditions.sql)
    )
    rows = await transaction.rows(
        f"SELECT * FROM ({query}) o WHERE %(settled)s OR o.balance <> 0"
        " ORDER BY identification, branch, date, prefix, consecutive, quote",
        company=transaction.company.id,
        as_of=as_of,
        settled=settled,
        **conditions.values,
    )
    return [Due(*row) for row in rows]
