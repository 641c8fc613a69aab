"""`accounts_receivable_or_payable_balances`: what is owed to the company, or by it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.siigo_pyme.errors import wrong_request
from cuadra.dialects.siigo_pyme.job import Job
from cuadra.dialects.siigo_pyme.mapping.balances import (
    balance_problems,
    filter_from_params,
    names_from_catalog,
    row_from_due,
)
from cuadra.trade.books import local_day
from cuadra.trade.due_reading import stream_open_dues


async def import_balances(job: Job) -> AsyncGenerator[dict[str, Any], None]:
    """The open dues of the accounts that are marked as receivable or payable, whichever door made them.

    With a cut they are as they stood at the end of that day. Raises `Refused`.
    """
    if wrong := balance_problems(job.params):
        raise wrong_request(wrong)
    async with job.database.read(job.entrance) as transaction:
        catalog = await load_catalog(transaction)
        names = names_from_catalog(catalog, job.settings.currencies)
        today = local_day(catalog.company.country, job.now)
        wanted = filter_from_params(job.params, catalog, names, today)
        if not wanted.accounts:
            return
        async with aclosing(stream_open_dues(transaction, wanted)) as dues:
            async for due in dues:
                yield row_from_due(due, names)
