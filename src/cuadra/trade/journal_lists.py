"""Journals read back as one list, whichever door wrote them, with every line in the company's currency.

Conditions and orders may name what is in `COLUMNS`; texts are compared in lower case and without accents. Annulled
journals have no lines and are left out. Nothing here writes.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import msgspec

from cuadra.catalog.records import VoucherKind
from cuadra.database.conditions import (
    Condition,
    Order,
    folded_text,
    order_from_wanted,
    where_from_conditions,
)
from cuadra.database.pool import Transaction

COLUMNS = {
    "serial": "v.serial",
    "number": "v.number",
    "date": "v.date",
    "description": folded_text("v.description"),
}


class ListedLine(NamedTuple):
    """A line. `amount` is signed, debit positive; `party` the small id of the third party."""

    line: int
    account: str
    amount: Decimal
    party: int | None
    party_name: str
    cost_centre: int | None
    second_cost_centre: int | None
    description: str


class ListedJournal(msgspec.Struct, frozen=True, kw_only=True):
    """A journal with its lines."""

    serial: int
    number: int
    date: date
    description: str
    created_at: datetime
    posted_at: datetime
    lines: tuple[ListedLine, ...]


class JournalsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which journals, in which order, `limit` of them after the first `start`."""

    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    start: int = 0
    limit: int = 50


_LINES = """
SELECT v.serial, l.line_no, a.code, l.amount, l.third_party_id, COALESCE(array_to_string(t.name, ' '), ''),
       l.cost_centre_id, l.second_cost_centre_id, l.description
  FROM books.voucher v
  JOIN books.line l ON l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
  LEFT JOIN books.third_party t ON t.company_id = l.company_id AND t.id = l.third_party_id
 WHERE v.company_id = %(company)s AND v.live AND v.kind = %(kind)s AND v.serial = ANY (%(serials)s::bigint[])
 ORDER BY v.serial, l.line_no
"""


async def list_journal_page(
    transaction: Transaction, wanted: JournalsWanted
) -> tuple[int, list[ListedJournal]]:
    """One page of journals, the oldest first unless told otherwise, and how many there are on all pages."""
    chosen, values = where_from_conditions(wanted.conditions, COLUMNS)
    values |= {"company": transaction.company.id, "kind": VoucherKind.JOURNAL}
    source = (
        "FROM books.voucher v WHERE v.company_id = %(company)s AND v.live AND NOT v.annulled"
        f" AND v.kind = %(kind)s{chosen}"
    )
    count = await transaction.row(f"SELECT count(*) {source}", **values)
    assert count is not None
    heads = await transaction.rows(
        "SELECT v.serial, v.number, v.date, v.description, v.created_at, v.posted_at"
        f" {source} ORDER BY {order_from_wanted(wanted.order, COLUMNS, 'v.serial')}"
        " LIMIT %(limit)s OFFSET %(start)s",
        **values,
        limit=wanted.limit,
        start=wanted.start,
    )
    lines = await _lines_of(transaction, [head[0] for head in heads])
    return count[0], [
        ListedJournal(
            serial=head[0],
            number=head[1],
            date=head[2],
            description=head[3],
            created_at=head[4],
            posted_at=head[5],
            lines=tuple(lines[head[0]]),
        )
        for head in heads
    ]


async def _lines_of(transaction: Transaction, serials: list[int]) -> dict[int, list[ListedLine]]:
    """The lines of journals, by their serials."""
    lines: dict[int, list[ListedLine]] = {serial: [] for serial in serials}
    if serials:
        for row in await transaction.rows(
            _LINES, company=transaction.company.id, kind=VoucherKind.JOURNAL, serials=serials
        ):
            lines[row[0]].append(ListedLine._make(row[1:]))
    return lines
