"""What a document owes, and which taxes it bears, told by what was posted: for lists of sales and of purchases.

The state of a document follows from the dues it opened, whoever paid them through whichever door; one that opened
none was paid at once. The fragments of SQL speak of a voucher `v`.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

from cuadra.catalog.records import TaxKind
from cuadra.trade.totals import TaxAmount


class DocumentState(IntEnum):
    """How much of a document is still owed: all of it, nothing, or a part; or that it was annulled."""

    OPEN = 1
    ANNULLED = 2
    PAID = 3
    PARTLY_PAID = 4


class DocumentTax(NamedTuple):
    """A tax of a whole document, in the document's currency."""

    kind: TaxKind
    percentage: Decimal
    base: Decimal
    value: Decimal


# The dues a document opened.
OPENED = """
  FROM books.line l
  JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id AND d.voucher_id = v.id
 WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
   AND l.due_id IS NOT NULL"""
_TOTAL = "round(v.total * COALESCE(v.exchange_rate, 1), 2)"
# Most documents of a company are paid: which are not is looked up once for all rows.
_OPEN_VOUCHERS = (
    "SELECT d.voucher_id FROM books.due d"
    " WHERE d.company_id = %(company)s AND d.balance <> 0 AND d.voucher_id IS NOT NULL"
)
STATE = f"""CASE WHEN v.annulled THEN {DocumentState.ANNULLED:d}
 WHEN v.id NOT IN ({_OPEN_VOUCHERS}) THEN {DocumentState.PAID:d}
 ELSE (SELECT CASE WHEN COALESCE(sum(d.balance), 0) = 0 THEN {DocumentState.PAID:d}
                   WHEN abs(sum(d.balance)) < {_TOTAL} THEN {DocumentState.PARTLY_PAID:d}
                   ELSE {DocumentState.OPEN:d} END {OPENED}) END"""
# Whether somebody came to owe it, or the company did; an annulled version has no lines, the one before it had them.
_OWED = """
SELECT FROM books.line l
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id AND a.due = '{due}'
 WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version - v.annulled::integer
   AND l.due_id IS NOT NULL AND l.amount {side} 0"""
OWED_TO_US = _OWED.format(due="receivable", side=">")
OWED_BY_US = _OWED.format(due="payable", side="<")


def posted_taxes(sign: str) -> str:
    """SQL for the taxes of a document's lines, as JSON; `sign` is an expression that makes them positive."""
    return f"""
(SELECT COALESCE(jsonb_agg(jsonb_build_array(x.kind, x.percentage, s.base, s.value)), '[]')
   FROM (SELECT l.tax_id, sum(l.tax_base / COALESCE(l.exchange_rate, 1)) AS base,
                sum(COALESCE(l.foreign_amount, l.amount)) * ({sign}) AS value
           FROM books.line l
          WHERE l.company_id = v.company_id AND l.voucher_id = v.id
            AND l.version = v.version - v.annulled::integer AND l.tax_id IS NOT NULL
          GROUP BY l.tax_id) s
   JOIN books.tax x ON x.company_id = v.company_id AND x.id = s.tax_id)"""


def sum_taxes(amounts: Iterable[TaxAmount]) -> tuple[DocumentTax, ...]:
    """The taxes of all items together, one for each rate of a kind."""
    sums: dict[tuple[TaxKind, Decimal], DocumentTax] = {}
    for tax in amounts:
        key = (tax.kind, tax.percentage)
        known = sums.get(key, DocumentTax(*key, Decimal(0), Decimal(0)))
        sums[key] = DocumentTax(*key, known.base + tax.base, known.value + tax.value)
    return tuple(sums.values())
