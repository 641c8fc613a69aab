"""Purchases read back as one list, whichever door wrote them.

What is owed on one and what state it is in follow from the dues it opened; one that opened none was paid at
once. One that came in line by line has no content, its taxes are those of its lines. Nothing here writes.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from cuadra.database.conditions import (
    Condition,
    Order,
    order_from_wanted,
    where_from_conditions,
)
from cuadra.database.pool import Transaction
from cuadra.trade.document_states import (
    OPENED,
    OWED_BY_US,
    STATE,
    DocumentState,
    DocumentTax,
    posted_taxes,
    sum_taxes,
)
from cuadra.trade.documents import PURCHASES, PurchaseContent
from cuadra.trade.totals import compute_local

OptionalDay = date | None  # members named `date` would hide the type


class ListedPurchase(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase as recorded. `owed` and `total_here` are in the company's currency, what is left and all of it.

    `paper` is what the supplier calls it. `due_date` is None where nothing falls due, `cash` says whether it was
    paid at once. `posted` are the taxes of its lines, of one without content.
    """

    serial: int
    id: UUID
    version: int
    state: DocumentState
    cash: bool
    voucher_type: int
    number: int
    paper: str | None
    date: date
    currency: str
    exchange_rate: Decimal | None
    total: Decimal
    total_here: Decimal
    owed: Decimal
    due_date: OptionalDay
    description: str
    supplier: int | None
    supplier_name: str
    commercial_name: str
    created_at: datetime
    updated_at: datetime
    content: PurchaseContent | None
    posted: tuple[DocumentTax, ...] = ()

    @property
    def taxes(self) -> tuple[DocumentTax, ...]:
        """The taxes of all items together, one for each rate, and the perceptions."""
        if self.content is None:
            return self.posted
        every = [tax for item in self.content.items for tax in item.taxes]
        return sum_taxes([*every, *self.content.charges])


class PurchasesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which purchases: what conditions and orders may name is in `COLUMNS`."""

    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    start: int = 0
    limit: int = 1


COLUMNS = {
    "serial": "v.serial",
    "date": "v.date",
    "due_date": f"COALESCE((SELECT max(d.date) {OPENED}), v.date)",
    "cash": f"(NOT EXISTS ({OWED_BY_US}))",
    "state": f"({STATE})",
    "supplier": "v.third_party_id",
    "total": "v.total",
    "paper": "COALESCE(v.external_number, '')",
    "supplier_name": "lower(COALESCE(array_to_string(t.name, ' '), ''))",
}
_SOURCE = (
    "books.voucher v LEFT JOIN books.third_party t"
    " ON t.company_id = v.company_id AND t.id = v.third_party_id"
)
_POSTED = posted_taxes("1")
_ROW = f"""
jsonb_build_object(
    'serial', v.serial, 'id', v.id, 'version', v.version, 'state', {STATE}, 'cash', {COLUMNS["cash"]},
    'voucher_type', v.voucher_type_id, 'number', v.number, 'paper', v.external_number, 'date', v.date,
    'currency', v.currency, 'exchange_rate', v.exchange_rate, 'total', v.total,
    'owed', (SELECT COALESCE(abs(sum(d.balance)), 0) {OPENED}), 'due_date', (SELECT max(d.date) {OPENED}),
    'description', v.description, 'supplier', v.third_party_id,
    'supplier_name', COALESCE(array_to_string(t.name, ' '), ''), 'commercial_name', COALESCE(t.commercial_name, ''),
    'created_at', v.created_at, 'updated_at', v.posted_at, 'content', v.content,
    'posted', CASE WHEN v.content IS NULL THEN {_POSTED} ELSE '[]' END)::text"""


class _Row(msgspec.Struct):
    """A row of the query."""

    serial: int
    id: UUID
    version: int
    state: DocumentState
    cash: bool
    voucher_type: int
    number: int
    paper: str | None
    date: date
    currency: str
    exchange_rate: Decimal | None
    total: Decimal
    owed: Decimal
    due_date: OptionalDay
    description: str
    supplier: int | None
    supplier_name: str
    commercial_name: str
    created_at: datetime
    updated_at: datetime
    content: PurchaseContent | None
    posted: tuple[DocumentTax, ...]


_decoder = msgspec.json.Decoder(_Row)


async def list_purchases(
    transaction: Transaction, wanted: PurchasesWanted
) -> tuple[int, list[ListedPurchase]]:
    """One page of purchases, the oldest first unless told otherwise, and how many there are on all pages."""
    chosen, given = where_from_conditions(wanted.conditions, COLUMNS)
    values: dict[str, Any] = given | {"company": transaction.company.id, "kinds": list(PURCHASES)}
    where = f"v.company_id = %(company)s AND v.live AND v.kind = ANY (%(kinds)s::text[]){chosen}"
    count = await transaction.row(f"SELECT count(*) FROM {_SOURCE} WHERE {where}", **values)
    assert count is not None
    order = order_from_wanted(wanted.order, COLUMNS, "v.serial")
    rows = await transaction.rows(
        f"WITH page AS MATERIALIZED (SELECT v.serial FROM {_SOURCE} WHERE {where}"
        f" ORDER BY {order} LIMIT %(limit)s OFFSET %(start)s)"
        f" SELECT {_ROW} FROM {_SOURCE} WHERE {where} AND v.serial IN (SELECT serial FROM page)"
        f" ORDER BY {order}",
        **values,
        limit=wanted.limit,
        start=wanted.start,
    )
    return count[0], [_purchase(_decoder.decode(row[0])) for row in rows]


async def find_purchase(transaction: Transaction, serial: int) -> ListedPurchase | None:
    """The purchase with this serial, or None."""
    wanted = PurchasesWanted(conditions=(Condition("serial", "=", serial),))
    found = (await list_purchases(transaction, wanted))[1]
    return found[0] if found else None


def _purchase(row: _Row) -> ListedPurchase:
    members = {name: getattr(row, name) for name in row.__struct_fields__}
    return ListedPurchase(**members, total_here=compute_local(row.total, row.exchange_rate))
