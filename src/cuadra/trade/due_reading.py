"""Open dues with the voucher each began with, as a stream: now, or as they stood at the end of a day.

There may be hundreds of thousands, so they pass through a cursor of the database and are never all in
memory. A balance of today is the one kept with the due; that of another day is the sum of the live lines
until then. Nothing here writes.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from cuadra.catalog.third_party_numbers import party_number_sql
from cuadra.database.pool import Transaction


class OpenDueFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which dues: on these accounts (ids), of third parties with these numbers, both inclusive.

    `prefixes` leads from the prefix of a due to the voucher type that heads its dues so.
    """

    accounts: list[int]
    party_start: int
    party_end: int
    prefixes: dict[str, int]
    as_of: date | None = None


class OpenDue(NamedTuple):
    """A due with something left on it; amounts are debit positive, without decimals that say nothing.

    `voucher_type`, `opened` and `cost_centre` are of the line it began with: of the voucher that it is
    named after where that is here, otherwise of the first one that moved it. `seller` is that voucher's,
    or the third party's, as `city_code` is. `balance` is in the company's currency, whatever `currency` it was agreed in.
    """

    party_number: int
    branch: int
    account: int
    prefix: str
    consecutive: int
    quote: int
    falls_due: date
    balance: Decimal
    currency: str | None
    exchange_rate: Decimal | None
    voucher_type: int
    opened: date
    cost_centre: int
    seller: int | None
    city_code: str | None


_MEMORY = "64MB"  # a hundred thousand dues are put in order without touching the disk
_DAY_ZERO = "DATE '1970-01-01'"
# A due's first line, as an array that is smallest: of its own voucher, then by day and order of writing.
_QUERY = f"""
WITH party AS MATERIALIZED (
    SELECT t.id, {party_number_sql("t")} AS party_number, t.branch, t.seller,
           t.address ->> 'city_code' AS city_code
      FROM books.third_party t WHERE t.company_id = %(company)s
), wanted AS MATERIALIZED (
    SELECT d.*, t.party_number, t.branch, t.seller, t.city_code, p.voucher_type
      FROM books.due d
      JOIN party t ON t.id = d.third_party_id
      LEFT JOIN unnest(%(prefixes)s::text[], %(types)s::integer[]) AS p (prefix, voucher_type)
             ON p.prefix = d.prefix
     WHERE d.company_id = %(company)s AND d.account_id = ANY (%(accounts)s) {{open}}
       AND t.party_number BETWEEN %(party_start)s AND %(party_end)s
), moved AS (
    SELECT due_id, sum(amount) AS balance, min(line) AS began
      FROM (SELECT l.due_id, l.amount,
                   ARRAY[CASE WHEN v.voucher_type_id = w.voucher_type AND v.number = w.consecutive
                              THEN 0 ELSE 1 END,
                         l.date - {_DAY_ZERO}, v.serial, l.line_no, v.voucher_type_id,
                         COALESCE(l.cost_centre_id, 0), CASE jsonb_typeof(v.content -> 'seller')
                              WHEN 'number' THEN (v.content ->> 'seller')::bigint ELSE 0 END
                        ]::bigint[] AS line
              FROM wanted w
              JOIN books.line l ON l.company_id = w.company_id AND l.due_id = w.id
              JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id
                                  AND v.version = l.version AND v.live
             WHERE l.company_id = %(company)s {{until}}
            OFFSET 0) lines   -- so that no document is carried along while they are put together
     GROUP BY due_id
)
SELECT w.party_number, w.branch, w.account_id, w.prefix, w.consecutive, w.quote, w.date, trim_scale(m.balance),
       w.currency, w.exchange_rate, m.began[5]::integer, {_DAY_ZERO} + m.began[2]::integer,
       m.began[6]::integer, COALESCE(NULLIF(m.began[7]::integer, 0), w.seller), w.city_code
  FROM wanted w
  JOIN moved m ON m.due_id = w.id
  JOIN books.account a ON a.company_id = w.company_id AND a.id = w.account_id
 WHERE m.balance <> 0
 ORDER BY w.party_number, w.branch, a.code COLLATE "C", w.prefix COLLATE "C", w.consecutive, w.quote
"""


async def stream_open_dues(
    transaction: Transaction, wanted: OpenDueFilter
) -> AsyncGenerator[OpenDue, None]:
    """The dues by third party, branch, account and name. Whoever reads them closes the stream."""
    await transaction.rows("SELECT set_config('work_mem', %(memory)s, true)", memory=_MEMORY)
    query = _QUERY.format(
        open="AND d.balance <> 0" if wanted.as_of is None else "",
        until="" if wanted.as_of is None else "AND l.date <= %(as_of)s",
    )
    values = {
        "company": transaction.company.id,
        "accounts": wanted.accounts,
        "party_start": wanted.party_start,
        "party_end": wanted.party_end,
        "prefixes": list(wanted.prefixes),
        "types": list(wanted.prefixes.values()),
        "as_of": wanted.as_of,
    }
    async with aclosing(transaction.stream(query, **values)) as rows:
        async for row in rows:
            yield OpenDue._make(row)
