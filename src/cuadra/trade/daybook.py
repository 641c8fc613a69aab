"""The day book: every line of every live voucher by date, a page at a time.

Pages may begin very deep. Each voucher knows how many lines it has, so that what lies before a page is
counted by vouchers, in one index, and only the lines of the page are read. Nothing here writes.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.database.pool import Transaction


class DaybookPage(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines: those between two days, both included, `limit` of them after the first `offset`."""

    date_start: date | None = None
    date_end: date | None = None
    offset: int = 0
    limit: int = 50


class DaybookLine(NamedTuple):
    """One line. `amount` is signed, debit positive, in the company's currency.

    `posted_at` is when its version of the voucher was written. `party` is the small id of the third party;
    `about` the serial of the voucher that opened the due which the line moves, where that is another one, and
    `about_kind` its kind.
    """

    voucher: UUID
    serial: int
    kind: VoucherKind
    voucher_type: int
    number: int
    date: date
    posted_at: datetime
    line: int
    account: str
    amount: Decimal
    party: int | None
    cost_centre: int | None
    second_cost_centre: int | None
    description: str
    about: int | None
    about_kind: VoucherKind | None


_QUERY = """
WITH counted AS (
    SELECT id, version, serial, date, line_count, sum(line_count) OVER (ORDER BY date, serial) AS until
      FROM books.voucher
     WHERE company_id = %(company)s AND live AND line_count > 0
       AND date BETWEEN COALESCE(%(date_start)s, '-infinity'::date) AND COALESCE(%(date_end)s, 'infinity'::date)
), page AS (
    SELECT * FROM counted WHERE until > %(offset)s ORDER BY date, serial LIMIT %(limit)s
)
SELECT v.id, v.serial, v.kind, v.voucher_type_id, v.number, v.date, v.posted_at, l.line_no, a.code, l.amount,
       l.third_party_id, l.cost_centre_id, l.second_cost_centre_id, l.description, o.serial, o.kind
  FROM page
  JOIN books.voucher v ON v.company_id = %(company)s AND v.id = page.id AND v.version = page.version
  JOIN books.line l ON l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
  LEFT JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
  LEFT JOIN books.voucher o ON o.company_id = d.company_id AND o.id = d.voucher_id AND o.live AND o.id <> v.id
 ORDER BY v.date, v.serial, l.line_no
OFFSET GREATEST(0, %(offset)s - (SELECT min(until - line_count) FROM page)) LIMIT %(limit)s
"""


async def list_daybook(transaction: Transaction, page: DaybookPage) -> list[DaybookLine]:
    """The lines of a page, by date, then by when their vouchers were made; empty past the end."""
    rows = await transaction.rows(
        _QUERY, company=transaction.company.id, **msgspec.structs.asdict(page)
    )
    return [
        DaybookLine._make(row)._replace(
            kind=VoucherKind(row[2]), about_kind=VoucherKind(row[-1]) if row[-1] else None
        )
        for row in rows
    ]
