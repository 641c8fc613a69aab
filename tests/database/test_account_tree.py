"""The chart between two days: months from the balances and days from the lines are what the lines alone say."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from cuadra.catalog.snapshot import load_catalog
from cuadra.database.pool import Database
from cuadra.ledger.posting import Batch, post
from cuadra.ledger.vouchers import Closing
from cuadra.reports.account_tree import Moved, load_moved, tree_from_moved
from tests.factories import CASH, EXPENSES, NOW, RESULT, SALES, create_company, line, sale, voucher

Owner = psycopg.AsyncConnection[Any]
NAIVE = """
SELECT l.account_id, COALESCE(sum(l.amount) FILTER (WHERE l.date < %(start)s), 0),
       COALESCE(sum(GREATEST(l.amount, 0)) FILTER (WHERE l.date >= %(start)s), 0),
       COALESCE(sum(GREATEST(-l.amount, 0)) FILTER (WHERE l.date >= %(start)s), 0)
  FROM books.line l JOIN books.voucher v USING (company_id, version) WHERE v.id = l.voucher_id AND v.live
   AND l.date <= %(end)s GROUP BY l.account_id
"""


@pytest.fixture
async def books(database: Database, owner: Owner) -> Database:
    """A voucher every nine days of two years, one of them deleted, and a closing in December."""
    await create_company(owner)
    days = [date(2025, 1, 1) + timedelta(days=9 * n) for n in range(80)]
    papers = [sale(100 + n, day=day.isoformat()) for n, day in enumerate(days)]
    papers.append(
        voucher(line(SALES, 900), line(RESULT, -900), day="2025-12-31", period=202513),
    )
    papers.append(voucher(line(EXPENSES, 40), line(CASH, -40), day="2026-12-31"))
    async with database.write("acme") as transaction:
        await post(transaction, Batch(at=NOW, vouchers=papers))
        deleted = Closing(id=papers[3].id, version=1, reason="deleted")
        await post(transaction, Batch(at=NOW, closing=[deleted]))
    return database


DAYS = [
    ("2025-01-01", "2026-12-31"), ("2025-01-02", "2025-01-10"), ("2025-01-15", "2025-01-15"),
    ("2025-02-10", "2025-12-31"), ("2025-12-20", "2025-12-30"), ("2025-12-20", "2025-12-31"),
    ("2025-12-31", "2026-01-01"), ("2026-01-01", "2026-06-15"), ("2025-06-01", "2025-06-30"),
    ("1900-01-01", "9999-12-31"), ("2027-01-01", "2027-01-31"), ("2020-01-01", "2020-02-02"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last"), DAYS)
async def test_what_moved_between_two_days(books: Database, first: str, last: str) -> None:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    async with books.read("acme") as transaction:
        moved = await load_moved(transaction, start, end)
        expected = await transaction.rows(NAIVE, start=start, end=end)
        catalog = await load_catalog(transaction)
    nothing = Moved()
    assert {key: one for key, one in moved.items() if one != nothing} == {
        row[0]: Moved(*row[1:]) for row in expected if any(row[1:])
    }
    roots = tree_from_moved(catalog.accounts, moved)
    assert [root.account.code for root in roots] == ["1", "2", "3", "4", "5", "6"]
    assert sum((root.moved.closing for root in roots), Decimal(0)) == 0
    cash = roots[0].children[0].children[0]
    assert (cash.account.code, cash.moved) == ("110505", moved.get(CASH, nothing))
