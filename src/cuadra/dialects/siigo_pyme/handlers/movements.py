"""`accounting_movements`: rows into vouchers of the books, and vouchers out as rows.

Which model the rows are of, general or basic, is chosen here; the basic one is in `basic_invoices`.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from cuadra.database.pool import Transaction
from cuadra.dialects.siigo_pyme.handlers.basic_invoices import basic_invoice_model, basic_rows
from cuadra.dialects.siigo_pyme.handlers.queries import Wanted, wanted_from_params
from cuadra.dialects.siigo_pyme.handlers.vouchers import (
    Model,
    export_vouchers,
    flag_of,
    load_names,
)
from cuadra.dialects.siigo_pyme.job import ExportReport, Job
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk
from cuadra.dialects.siigo_pyme.mapping.movement_rows import (
    rows_from_entry,
)
from cuadra.dialects.siigo_pyme.mapping.movements import (
    draft_from_group,
)
from cuadra.dialects.siigo_pyme.refusals import MOVEMENT_REFERENCES
from cuadra.dialects.siigo_pyme.rows import RowReader
from cuadra.dialects.siigo_pyme.vouchers import check_group
from cuadra.trade.books import local_day
from cuadra.trade.entry_reading import stream_entries


async def export_movements(job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
    """Write vouchers. Raises `Refused` for what is wrong with the request as a whole."""
    modify, basic = flag_of(job, "modify_documents"), flag_of(job, "basic_invoice")
    async with job.database.read(job.entrance) as transaction:
        catalog, crosswalk = await load_names(transaction)
    model = basic_invoice_model(job, catalog) if basic else _model(job)
    return await export_vouchers(job, rows, model, catalog, crosswalk, modify=modify)


def _model(job: Job) -> Model:
    """The general model: every row is a line of the ledger."""
    profile = job.settings.profile
    return Model(
        read=RowReader("movement", profile).read,
        check=check_group,
        draft=lambda group, masters: draft_from_group(group, masters, profile),
        references=MOVEMENT_REFERENCES,
    )


async def import_movements(job: Job) -> AsyncGenerator[dict[str, Any], None]:
    """The rows of vouchers, whichever door wrote them. Raises `Refused`."""
    async with job.database.read(job.entrance) as transaction:
        catalog, crosswalk = await load_names(transaction)
        today = local_day(catalog.company.country, job.now)
        wanted = wanted_from_params(job.params, crosswalk, today.year)
        if not wanted.entries.voucher_types:
            return
        stream = basic_rows if wanted.basic else _rows
        async with aclosing(stream(transaction, wanted, crosswalk)) as rows:
            async for row in rows:
                yield row


async def _rows(
    transaction: Transaction, wanted: Wanted, crosswalk: Crosswalk
) -> AsyncGenerator[dict[str, Any], None]:
    """A row for every line of the ledger inside the ranges of accounts and products."""
    async with aclosing(stream_entries(transaction, wanted.entries)) as entries:
        async for entry in entries:
            for row in rows_from_entry(entry, crosswalk):
                if wanted.holds(row):
                    yield row
