"""`accounting_movements` in the basic model: rows of products into sales invoices, and these out as rows."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from cuadra.catalog.snapshot import Catalog
from cuadra.database.pool import Transaction
from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.handlers.queries import Wanted
from cuadra.dialects.siigo_pyme.handlers.vouchers import Model
from cuadra.dialects.siigo_pyme.job import Job
from cuadra.dialects.siigo_pyme.mapping.basic_invoices import (
    BasicReader,
    invoice_from_group,
    rows_from_invoice,
)
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk
from cuadra.dialects.siigo_pyme.mapping.movement_rows import (
    rows_from_entry,
)
from cuadra.dialects.siigo_pyme.refusals import INVOICE_REFERENCES
from cuadra.dialects.siigo_pyme.vouchers import check_rows
from cuadra.trade.books import Books
from cuadra.trade.entry_reading import stream_entries, stream_invoices


def basic_invoice_model(job: Job, catalog: Catalog) -> Model:
    """The basic model: every row is an item of an invoice, whose accounting follows from its products."""
    books = Books(catalog, job.now)
    return Model(
        read=BasicReader(job.settings.profile).read,
        check=check_rows,
        draft=lambda group, masters: invoice_from_group(group, masters, books),
        references=INVOICE_REFERENCES,
    )


async def basic_rows(
    transaction: Transaction, wanted: Wanted, crosswalk: Crosswalk
) -> AsyncGenerator[dict[str, Any], None]:
    """A row for every item of sales invoices, whichever door wrote them, then one for every other line with a product."""
    async with aclosing(stream_invoices(transaction, wanted.entries)) as invoices:
        async for invoice in invoices:
            for row in rows_from_invoice(invoice, crosswalk):
                if wanted.holds(row):
                    yield row
    others = msgspec.structs.replace(wanted.entries, invoices=False)
    async with aclosing(stream_entries(transaction, others)) as entries:
        async for entry in entries:
            for row in rows_from_entry(entry, crosswalk):
                if row["product_code"] is not None and wanted.holds(row):
                    yield {name: row[name] for name in fields("basic")}
