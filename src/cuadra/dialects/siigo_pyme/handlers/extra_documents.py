"""`extra_accounting_documents`: orders, purchase orders and quotations, which are no accounting.

Rows make documents as those of movements make vouchers, but nothing is balanced. What comes out is every
offer of the books, whichever door wrote it.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from cuadra.dialects.siigo_pyme.handlers.queries import offers_from_params
from cuadra.dialects.siigo_pyme.handlers.vouchers import (
    Model,
    export_vouchers,
    flag_of,
    load_names,
)
from cuadra.dialects.siigo_pyme.job import ExportReport, Job
from cuadra.dialects.siigo_pyme.mapping.extra_documents import (
    LETTER_AND_CODE,
    TABLE,
    draft_from_group,
    rows_from_offer,
    vat_taxes,
)
from cuadra.dialects.siigo_pyme.refusals import OFFER_REFERENCES
from cuadra.dialects.siigo_pyme.rows import RowReader
from cuadra.dialects.siigo_pyme.vouchers import check_rows
from cuadra.trade.books import local_day
from cuadra.trade.entry_reading import stream_offers


async def export_extra_documents(job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
    """Write documents. Raises `Refused` for what is wrong with the request as a whole."""
    modify = flag_of(job, "modify_documents")
    async with job.database.read(job.entrance) as transaction:
        catalog, crosswalk = await load_names(transaction, offers=True)
    taxes, profile = vat_taxes(catalog), job.settings.profile
    model = Model(
        read=RowReader(TABLE, profile).read,
        check=check_rows,
        draft=lambda group, masters: draft_from_group(group, masters, taxes, profile),
        references=OFFER_REFERENCES,
        names=LETTER_AND_CODE,
    )
    return await export_vouchers(job, rows, model, catalog, crosswalk, modify=modify)


async def import_extra_documents(job: Job) -> AsyncGenerator[dict[str, Any], None]:
    """The rows of documents. Raises `Refused`."""
    async with job.database.read(job.entrance) as transaction:
        catalog, crosswalk = await load_names(transaction, offers=True)
        today = local_day(catalog.company.country, job.now)
        wanted = offers_from_params(job.params, crosswalk, today.year)
        if not wanted.voucher_types:
            return
        async with aclosing(stream_offers(transaction, wanted)) as offers:
            async for offer in offers:
                for row in rows_from_offer(offer, crosswalk, job.settings.currencies):
                    yield row
