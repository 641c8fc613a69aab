"""What the books hold after a test, asked of the database itself."""

from decimal import Decimal
from typing import Any

import psycopg

from tests.dialects.siigo.client import DEMO_AR, TODAY, Siigo

SHOP, PERSON = "30688888871", "27203040518"
SHOP_ID, PERSON_ID, EXAMPLE_ID, SUPPLIER_ID = 2, 3, 2956, 4
_LINES = """
SELECT a.code, l.amount, d.prefix || '-' || d.consecutive, l.tax_id, l.description
  FROM books.voucher v
  JOIN control.company c ON c.id = v.company_id AND c.name = 'demo-ar' AND c.live
  JOIN books.line l ON l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
  LEFT JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
 WHERE v.live AND v.serial = %s ORDER BY l.line_no
"""
_DUES = """
SELECT d.third_party_id, d.prefix || '-' || d.consecutive, d.balance
  FROM books.due d JOIN control.company c ON c.id = d.company_id AND c.name = 'demo-ar' AND c.live
  JOIN books.account a ON a.company_id = d.company_id AND a.id = d.account_id
 WHERE a.code IN ('110301', '210101') ORDER BY 1, 2
"""
_BALANCES = """
SELECT b.third_party_id, sum(b.debit - b.credit)
  FROM books.party_balance b JOIN control.company c ON c.id = b.company_id AND c.name = 'demo-ar' AND c.live
  JOIN books.account a ON a.company_id = b.company_id AND a.id = b.account_id
 WHERE a.code = '110301' GROUP BY 1
"""
_VOUCHERS = """
SELECT v.serial, v.id::text, v.content, v.number, v.total, v.annulled
  FROM books.voucher v JOIN control.company c ON c.id = v.company_id AND c.name = 'demo-ar' AND c.live
 WHERE v.live
"""


def rows(url: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What a query of the owner finds."""
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode(), values).fetchall()


def lines_of(url: str, serial: int | str) -> list[tuple[str, str, str | None]]:
    """The lines of a voucher: account, amount, and the due it moves."""
    return [(row[0], str(row[1]), row[2]) for row in rows(url, _LINES, int(serial))]


def described(url: str, serial: int | str) -> list[tuple[str, int | None, str]]:
    """The lines of a voucher: account, tax, description."""
    return [(row[0], row[3], row[4]) for row in rows(url, _LINES, int(serial))]


def dues_of(url: str) -> dict[tuple[int, str], Decimal]:
    """All dues of customers and suppliers, by third party and name."""
    return {(row[0], row[1]): row[2] for row in rows(url, _DUES)}


def balances_of(url: str) -> dict[int, Decimal]:
    """What customers owe by the balances of the ledger."""
    return {row[0]: row[1] for row in rows(url, _BALANCES)}


def content_of(url: str, serial: int | str) -> Any:
    """What is kept of a voucher."""
    found = rows(url, _VOUCHERS + " AND v.serial = %s", int(serial))
    return found[0][2]


def serial_of(url: str, guid: str) -> int:
    """The small id of a voucher."""
    return int(rows(url, _VOUCHERS + " AND v.id = %s::uuid", guid)[0][0])


async def argentina(process: Any) -> Siigo:
    """The Siigo Nube door of the same server, for the Argentine company."""
    siigo = Siigo(process.app, process.clock, process.database)
    await siigo.sign_in(DEMO_AR)
    return siigo


def sale(total: Any, customer: str = SHOP, **members: Any) -> dict[str, Any]:
    """An invoice on credit as Siigo Nube takes it."""
    return {
        "document": {"id": 1},
        "date": TODAY,
        "customer": {"identification": customer},
        "seller": 1,
        "items": [{"code": "LIBRO-1", "quantity": 1, "price": total}],
        "payments": [{"id": 3, "value": total, "due_date": "2026-12-20"}],
    } | members


async def sold(siigo: Siigo, url: str, total: Any, customer: str = SHOP, **members: Any) -> int:
    """Sell on credit through Siigo Nube; the invoice's id at this door."""
    made = await siigo.created("/v1/invoices", sale(total, customer, **members))
    return serial_of(url, made["id"])
