"""Sales read back as one list: invoices, debit notes and credit notes, whichever door wrote them.

What is owed on a sale and what state it is in follow from the dues it opened; a sale that opened none was
paid at once. One that came in line by line has no content, its taxes are those of its lines. Nothing here
writes.
"""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any
from uuid import UUID

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
from cuadra.trade.document_states import (
    OPENED,
    OWED_TO_US,
    STATE,
    DocumentState,
    DocumentTax,
    posted_taxes,
    sum_taxes,
)
from cuadra.trade.documents import CreditNoteContent, InvoiceContent
from cuadra.trade.totals import compute_local

KINDS = (VoucherKind.SALES_INVOICE, VoucherKind.DEBIT_NOTE, VoucherKind.CREDIT_NOTE)
OptionalDay = date | None  # members named `date` would hide the type


class SaleKind(IntEnum):
    """What a sale is: an invoice on credit or paid at once, or a note."""

    INVOICE = 1
    CREDIT_NOTE = 2
    DEBIT_NOTE = 3
    CASH_SALE = 4


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale as recorded. `owed` and `total_here` are in the company's currency, what is left and all of it.

    `due_date` is None where nothing falls due. `noted` says whether a credit note paid a part of it.
    `posted` are the taxes of its lines, of one without content.
    """

    serial: int
    id: UUID
    version: int
    kind: SaleKind
    state: DocumentState
    voucher_kind: VoucherKind
    voucher_type: int
    number: int
    date: date
    currency: str
    exchange_rate: Decimal | None
    total: Decimal
    total_here: Decimal
    owed: Decimal
    due_date: OptionalDay
    description: str
    customer: int | None
    customer_name: str
    commercial_name: str
    email: str
    created_at: datetime
    updated_at: datetime
    noted: bool
    content: InvoiceContent | CreditNoteContent | None
    posted: tuple[DocumentTax, ...] = ()

    @property
    def taxes(self) -> tuple[DocumentTax, ...]:
        """The taxes of all items together, one for each rate, and the charges."""
        if self.content is None:
            return self.posted
        every = [tax for item in self.content.items for tax in item.taxes]
        return sum_taxes([*every, *self.content.charges])


class SalesWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which sales: what conditions and orders may name is in `COLUMNS`. `dialect` gives numbers their prefix."""

    dialect: str
    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    start: int = 0
    limit: int = 1


_KIND = f"""CASE v.kind WHEN 'credit_note' THEN {SaleKind.CREDIT_NOTE:d} WHEN 'debit_note' THEN {SaleKind.DEBIT_NOTE:d}
 ELSE CASE WHEN EXISTS ({OWED_TO_US}) THEN {SaleKind.INVOICE:d} ELSE {SaleKind.CASH_SALE:d} END END"""
_PREFIX = (
    "COALESCE((SELECT NULLIF(x.prefix, '') FROM books.crosswalk x WHERE x.company_id = v.company_id"
    " AND x.dialect = %(dialect)s AND x.voucher_type_id = v.voucher_type_id), '0000')"
)
COLUMNS = {
    "serial": "v.serial",
    "date": "v.date",
    "kind": f"({_KIND})",
    "state": f"({STATE})",
    "customer": "v.third_party_id",
    "total": "v.total",
    "name": f"{_PREFIX} || '-' || lpad(v.number::text, greatest(8, length(v.number::text)), '0')",
    "due_date": f"COALESCE((SELECT max(d.date) {OPENED}), v.date)",
    "customer_name": folded_text("COALESCE(array_to_string(t.name, ' '), '')"),
}
_SOURCE = (
    "books.voucher v LEFT JOIN books.third_party t"
    " ON t.company_id = v.company_id AND t.id = v.third_party_id"
)
# A credit note is the other way round, and so are its taxes.
_POSTED = posted_taxes("CASE v.kind WHEN 'credit_note' THEN 1 ELSE -1 END")
_NOTED = """
EXISTS (SELECT FROM books.line l
          JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id AND d.voucher_id = v.id
          JOIN books.line m ON m.company_id = d.company_id AND m.due_id = d.id AND m.voucher_id <> v.id
          JOIN books.voucher n ON n.company_id = m.company_id AND n.id = m.voucher_id AND n.version = m.version
                              AND n.live AND n.kind = 'credit_note'
         WHERE l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version
           AND l.due_id IS NOT NULL AND v.kind <> 'credit_note')"""
_ROW = f"""
jsonb_build_object(
    'serial', v.serial, 'id', v.id, 'version', v.version, 'kind', {_KIND}, 'state', {STATE},
    'voucher_kind', v.kind, 'voucher_type', v.voucher_type_id, 'number', v.number, 'date', v.date,
    'currency', v.currency, 'exchange_rate', v.exchange_rate, 'total', v.total,
    'owed', (SELECT COALESCE(abs(sum(d.balance)), 0) {OPENED}), 'due_date', (SELECT max(d.date) {OPENED}),
    'description', v.description, 'customer', v.third_party_id,
    'customer_name', COALESCE(array_to_string(t.name, ' '), ''), 'commercial_name', COALESCE(t.commercial_name, ''),
    'email', COALESCE(t.contacts #>> '{{0,email}}', ''),
    'created_at', v.created_at, 'updated_at', v.posted_at, 'noted', {_NOTED}, 'content', v.content,
    'posted', CASE WHEN v.content IS NULL THEN {_POSTED} ELSE '[]' END)::text"""


class _Row(msgspec.Struct):
    """A row of the query."""

    serial: int
    id: UUID
    version: int
    kind: SaleKind
    state: DocumentState
    voucher_kind: VoucherKind
    voucher_type: int
    number: int
    date: date
    currency: str
    exchange_rate: Decimal | None
    total: Decimal
    owed: Decimal
    due_date: OptionalDay
    description: str
    customer: int | None
    customer_name: str
    commercial_name: str
    email: str
    created_at: datetime
    updated_at: datetime
    noted: bool
    content: msgspec.Raw
    posted: tuple[DocumentTax, ...]


_decoder = msgspec.json.Decoder(_Row)


async def list_sales(transaction: Transaction, wanted: SalesWanted) -> tuple[int, list[Sale]]:
    """One page of sales, the oldest first unless told otherwise, and how many there are on all pages."""
    chosen, given = where_from_conditions(wanted.conditions, COLUMNS)
    values: dict[str, Any] = given | {
        "company": transaction.company.id,
        "kinds": list(KINDS),
        "dialect": wanted.dialect,
    }
    order = order_from_wanted(wanted.order, COLUMNS, "v.serial")
    # Whatever is filtered by is worked out once for every sale; all of a sale only for those of the page.
    rows = await transaction.rows(
        f"WITH found AS MATERIALIZED (SELECT v.id, v.version, row_number() OVER (ORDER BY {order}) AS place"
        f" FROM {_SOURCE} WHERE v.company_id = %(company)s AND v.live AND v.kind = ANY (%(kinds)s::text[]){chosen}),"
        " page AS MATERIALIZED (SELECT * FROM found WHERE place > %(start)s AND place <= %(end)s)"
        " SELECT c.total, s.sale FROM (SELECT count(*) AS total FROM found) c LEFT JOIN"
        f" (SELECT p.place, {_ROW} AS sale FROM page p"
        "   JOIN books.voucher v ON v.company_id = %(company)s AND v.id = p.id AND v.version = p.version"
        "   LEFT JOIN books.third_party t ON t.company_id = v.company_id AND t.id = v.third_party_id) s ON true"
        " ORDER BY s.place",
        **values,
        start=wanted.start,
        end=wanted.start + wanted.limit,
    )
    return rows[0][0], [_sale(_decoder.decode(row[1])) for row in rows if row[1] is not None]


async def find_sale(transaction: Transaction, serial: int) -> Sale | None:
    """The sale with this serial, or None."""
    wanted = SalesWanted(dialect="", conditions=(Condition("serial", "=", serial),))
    found = (await list_sales(transaction, wanted))[1]
    return found[0] if found else None


async def find_sale_ids(transaction: Transaction, serials: Collection[int]) -> dict[int, UUID]:
    """The ids of the live sales that have these serials."""
    rows = await transaction.rows(
        "SELECT v.serial, v.id FROM books.voucher v"
        " WHERE v.company_id = %(company)s AND v.live AND v.kind = ANY (%(kinds)s::text[])"
        "   AND v.serial = ANY (%(serials)s::bigint[])",
        company=transaction.company.id,
        kinds=list(KINDS),
        serials=list(serials),
    )
    return dict(rows)


def _sale(row: _Row) -> Sale:
    members = {name: getattr(row, name) for name in row.__struct_fields__ if name != "content"}
    content: InvoiceContent | CreditNoteContent | None
    if bytes(row.content) == b"null":
        content = None
    elif row.kind is SaleKind.CREDIT_NOTE:
        content = msgspec.json.decode(row.content, type=CreditNoteContent)
    else:
        content = msgspec.json.decode(row.content, type=InvoiceContent)
    total_here = compute_local(row.total, row.exchange_rate)
    return Sale(**members, content=content, total_here=total_here)
