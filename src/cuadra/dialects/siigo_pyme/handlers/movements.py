"""`accounting_movements`: rows into vouchers of the books, and vouchers out as rows.

Which model the rows are of, general or basic, is chosen here; the basic one is in `basic_invoices`.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_party_lists import find_made_numbers
from cuadra.database.pool import Transaction
from cuadra.dialects.siigo_pyme.handlers.basic_invoices import basic_invoice_model, basic_rows
from cuadra.dialects.siigo_pyme.handlers.queries import Wanted, wanted_from_params
from cuadra.dialects.siigo_pyme.handlers.vouchers import Model, export_vouchers
from cuadra.dialects.siigo_pyme.job import ExportReport, Job, Refused, RowError
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk, crosswalk_from_catalog
from cuadra.dialects.siigo_pyme.mapping.movements import draft_from_group, rows_from_entry
from cuadra.dialects.siigo_pyme.refusals import MOVEMENT_REFERENCES
from cuadra.dialects.siigo_pyme.rows import RowReader, read_day
from cuadra.dialects.siigo_pyme.vouchers import check_group
from cuadra.trade.books import local_day
from cuadra.trade.entry_reading import stream_entries


async def export_movements(job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
    """Write vouchers. Raises `Refused` for what is wrong with the request as a whole."""
    modify = _flag(job, "modify_documents") == "S"
    basic = _flag(job, "basic_invoice") == "S"
    async with job.database.read(job.entrance) as transaction:
        catalog = await load_catalog(transaction)
        crosswalk = crosswalk_from_catalog(catalog, await find_made_numbers(transaction))
    today = local_day(catalog.company.country, job.now)
    model = basic_invoice_model(job, catalog) if basic else _model(job)
    day = partial(
        read_day,
        year=process_year(job, today.year),
        today=today,
        profile=job.settings.profile,
        month_13=job.settings.month_13,
    )
    return await export_vouchers(job, rows, model, crosswalk, day, modify=modify)


def _model(job: Job) -> Model:
    """The general model: every row is a line of the ledger."""
    profile = job.settings.profile
    return Model(
        read=RowReader("movement", profile).read,
        check=check_group,
        draft=lambda group, masters: draft_from_group(group, masters, profile),
        references=MOVEMENT_REFERENCES,
    )


def _flag(job: Job, name: str) -> str:
    """A flag of the request; a missing one is N, as in the vendor's own sample."""
    value = job.params.get(name)
    if value is None:
        return "N"
    if value not in ("S", "N"):
        field = f"data.params.{name}"
        error = RowError(field=field, code="option", message=f"{field} debe ser S o N")
        raise Refused(400, "La solicitud no es válida", [error])
    return str(value)


def process_year(job: Job, today: int) -> int:
    """The year of the process; the current one where none is named."""
    year = job.params.get("year")
    if year is None:
        return today
    if isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2999:
        text = "data.params.year debe estar entre 1900 y 2999"
        error = RowError(field="data.params.year", code="value", message=text)
        raise Refused(400, "La solicitud no es válida", [error])
    return year


async def import_movements(job: Job) -> AsyncGenerator[dict[str, Any], None]:
    """The rows of vouchers, whichever door wrote them. Raises `Refused`."""
    async with job.database.read(job.entrance) as transaction:
        catalog = await load_catalog(transaction)
        crosswalk = crosswalk_from_catalog(catalog, await find_made_numbers(transaction))
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
