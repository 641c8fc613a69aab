"""Vouchers of every kind read back line by line, whichever door wrote them, as a stream.

There may be a hundred thousand lines, so they pass through a cursor of the database and are never all
in memory. Nothing here writes.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from datetime import date
from decimal import Decimal
from typing import Any, Generic, NamedTuple
from uuid import UUID

import msgspec

from cuadra.database.paging import Conditions
from cuadra.database.pool import Transaction
from cuadra.trade.books import VoucherNumber
from cuadra.trade.documents import Content, InvoiceContent, OfferContent


class EntryFilter(msgspec.Struct, kw_only=True):
    """Which vouchers; all bounds are inclusive. With `limit`, a page of them.

    With `annulled` also those, with the lines they had before. `invoices` are the sales invoices that say
    their items: only these, or all but these.
    """

    voucher_types: list[int]
    number_start: int | None = None
    number_end: int | None = None
    date_start: date | None = None
    date_end: date | None = None
    limit: int | None = None
    offset: int = 0
    annulled: bool = False
    invoices: bool | None = None


class EntryLine(NamedTuple):
    """One line as recorded. `amount` is signed and as exact as it was sent.

    `party_id` is the small id of the third party, branch and all.
    """

    account: str
    amount: Decimal
    party: str
    party_name: str
    branch: int
    party_id: int | None
    description: str
    cost_centre: int | None
    operation_centre: int | None
    project: int | None
    activity: int | None
    tax_base: Decimal | None
    due_prefix: str | None
    due_consecutive: int | None
    due_quote: int | None
    due_date: date | None
    extra: dict[str, Any] | None
    product_id: int | None = None
    product: str | None = None
    warehouse: int | None = None
    quantity: Decimal | None = None
    tax: int | None = None
    fixed_asset: int | None = None


class Entry(NamedTuple):
    """A voucher with its lines. `serial` is its small integer in the company."""

    id: UUID
    serial: int
    voucher_type: int
    number: int
    date: date
    party: str
    party_name: str
    annulled: bool
    lines: list[EntryLine]


class DocumentEntry(NamedTuple, Generic[Content]):
    """A document with its items. Their amounts are in its own currency."""

    voucher_type: int
    number: int
    date: date
    party: str
    branch: int
    cost_centre: int | None
    currency: str
    exchange_rate: Decimal | None
    annulled: bool
    content: Content


_HEAD_COLUMNS = 8
_EXTRA_COLUMN = 24
_SORT_MEMORY = "64MB"  # a hundred thousand lines are put in order without touching the disk
_decoder = msgspec.json.Decoder(dict[str, Any])
_invoice_decoder = msgspec.json.Decoder(InvoiceContent)
_offer_decoder = msgspec.json.Decoder(OfferContent)
_QUERY = """
SELECT v.id, v.serial, v.voucher_type_id, v.number, v.date,
       COALESCE(h.identification, ''), COALESCE(array_to_string(h.name, ' '), ''), v.annulled,
       a.code, COALESCE(l.exact_amount, l.amount),
       COALESCE(t.identification, ''), COALESCE(array_to_string(t.name, ' '), ''), COALESCE(t.branch, 0),
       l.third_party_id,
       l.description, l.cost_centre_id, l.operation_centre_id, l.project_id, l.activity_id, l.tax_base,
       d.prefix, d.consecutive, d.quote, d.date, x.extra::text,
       l.product_id, p.code, l.warehouse_id, l.quantity, l.tax_id, l.fixed_asset_id
  FROM (SELECT * FROM books.voucher v WHERE {conditions}
         ORDER BY v.voucher_type_id, v.number LIMIT %(limit)s OFFSET %(offset)s) v
  JOIN books.line l ON l.company_id = v.company_id AND l.voucher_id = v.id AND l.version = v.version - v.annulled::integer
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
  LEFT JOIN books.third_party h ON h.company_id = v.company_id AND h.id = v.third_party_id
  LEFT JOIN books.third_party t ON t.company_id = l.company_id AND t.id = l.third_party_id
  LEFT JOIN books.due d ON d.company_id = l.company_id AND d.id = l.due_id
  LEFT JOIN books.line_extra x ON x.company_id = l.company_id AND x.voucher_id = l.voucher_id
                              AND x.version = l.version AND x.line_no = l.line_no
  LEFT JOIN books.product p ON p.company_id = l.company_id AND p.id = l.product_id
 ORDER BY v.voucher_type_id, v.number, l.line_no
"""


_DOCUMENTS = """
SELECT v.voucher_type_id, v.number, v.date, t.identification, t.branch, v.cost_centre_id, v.currency,
       v.exchange_rate, v.annulled, v.content::text
  FROM books.voucher v
  JOIN books.third_party t ON t.company_id = v.company_id AND t.id = v.third_party_id
 WHERE {conditions}
 ORDER BY v.voucher_type_id, v.number
"""
_IS_INVOICE = "(v.kind = 'sales_invoice' AND v.content IS NOT NULL)"


async def count_entries(transaction: Transaction, wanted: EntryFilter) -> int:
    """How many vouchers there are, on all pages together."""
    conditions = _conditions(transaction, wanted)
    row = await transaction.row(
        f"SELECT count(*) FROM books.voucher v WHERE {' AND '.join(conditions.sql)}",
        **conditions.values,
    )
    assert row is not None
    return int(row[0])


async def stream_entries(
    transaction: Transaction, wanted: EntryFilter
) -> AsyncGenerator[Entry, None]:
    """The vouchers by type and number, each with its lines in their order."""
    await transaction.rows("SELECT set_config('work_mem', %(memory)s, true)", memory=_SORT_MEMORY)
    conditions = _conditions(transaction, wanted)
    values = conditions.values | {"limit": wanted.limit, "offset": wanted.offset}
    entry: Entry | None = None
    query = _QUERY.format(conditions=" AND ".join(conditions.sql))
    async with aclosing(transaction.stream(query, **values)) as rows:
        async for row in rows:
            if entry is None or entry.serial != row[1]:
                if entry is not None:
                    yield entry
                entry = Entry._make((*row[:_HEAD_COLUMNS], []))
            extra = row[_EXTRA_COLUMN]
            extra = None if extra is None else _decoder.decode(extra)
            line = (*row[_HEAD_COLUMNS:_EXTRA_COLUMN], extra, *row[_EXTRA_COLUMN + 1 :])
            entry.lines.append(EntryLine._make(line))
    if entry is not None:
        yield entry


def stream_invoices(
    transaction: Transaction, wanted: EntryFilter
) -> AsyncGenerator[DocumentEntry[InvoiceContent], None]:
    """The sales invoices that say their items, by type and number."""
    invoices = msgspec.structs.replace(wanted, invoices=True)
    return _stream_documents(transaction, invoices, _invoice_decoder)


def stream_offers(
    transaction: Transaction, wanted: EntryFilter
) -> AsyncGenerator[DocumentEntry[OfferContent], None]:
    """Quotations and orders by type and number; all voucher types that are wanted are of these."""
    return _stream_documents(transaction, wanted, _offer_decoder)


async def _stream_documents(
    transaction: Transaction, wanted: EntryFilter, decoder: msgspec.json.Decoder[Content]
) -> AsyncGenerator[DocumentEntry[Content], None]:
    conditions = _conditions(transaction, wanted)
    query = _DOCUMENTS.format(conditions=" AND ".join(conditions.sql))
    async with aclosing(transaction.stream(query, **conditions.values)) as rows:
        async for row in rows:
            yield DocumentEntry._make((*row[:-1], decoder.decode(row[-1])))


async def list_ids(transaction: Transaction, wanted: EntryFilter) -> list[tuple[Any, ...]]:
    """Id, voucher type and number of the vouchers, the newest numbers first."""
    conditions = _conditions(transaction, wanted)
    return await transaction.rows(
        "SELECT v.id, v.voucher_type_id, v.number FROM books.voucher v"
        f" WHERE {' AND '.join(conditions.sql)} ORDER BY v.voucher_type_id, v.number DESC",
        **conditions.values,
    )


async def find_ids(
    transaction: Transaction, numbers: Collection[VoucherNumber]
) -> dict[VoucherNumber, UUID]:
    """The ids of those of these vouchers that exist, annulled ones too."""
    if not numbers:
        return {}
    rows = await transaction.rows(
        "SELECT v.voucher_type_id, v.number, v.id FROM books.voucher v"
        "  JOIN unnest(%(types)s::integer[], %(numbers)s::bigint[]) AS n (type, number)"
        "    ON v.voucher_type_id = n.type AND v.number = n.number"
        " WHERE v.company_id = %(company)s AND v.live",
        company=transaction.company.id,
        types=[number.voucher_type for number in numbers],
        numbers=[number.number for number in numbers],
    )
    return {VoucherNumber(row[0], row[1]): row[2] for row in rows}


def _conditions(transaction: Transaction, wanted: EntryFilter) -> Conditions:
    conditions = Conditions("v.company_id = %(company)s", "v.live")
    if not wanted.annulled:
        conditions.sql.append("NOT v.annulled")
    conditions.add(f"{_IS_INVOICE} = %(invoices)s", "invoices", wanted.invoices)
    conditions.values["company"] = transaction.company.id
    types = wanted.voucher_types
    conditions.add("v.voucher_type_id = ANY (%(types)s)", "types", types)
    conditions.add("v.number >= %(number_start)s", "number_start", wanted.number_start)
    conditions.add("v.number <= %(number_end)s", "number_end", wanted.number_end)
    conditions.add("v.date >= %(date_start)s", "date_start", wanted.date_start)
    conditions.add("v.date <= %(date_end)s", "date_end", wanted.date_end)
    return conditions
