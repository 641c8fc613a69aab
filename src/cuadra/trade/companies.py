"""A company made from its file: catalogs, opening vouchers and credentials, all of it or nothing."""

from datetime import datetime

from cuadra.catalog.companies import insert_company, make_live
from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.credentials import insert_credentials
from cuadra.catalog.store import insert_catalogs
from cuadra.database.pool import Company, Database
from cuadra.trade.books import Origin
from cuadra.trade.opening import draft_from_opening
from cuadra.trade.recording import Recorded, Submission, record_drafts


async def load_company(
    database: Database, file: CompanyFile, source: str, now: datetime, *, replace: bool = False
) -> Company:
    """Make a company from its file; with `replace` it takes over a live name.

    Raises `CompanyExists`, and `Rejected` when an opening voucher cannot be recorded.
    """
    origin = Origin("cuadra", "company file")
    openings = [
        Submission(draft=draft_from_opening(voucher, file.voucher_types), origin=origin)
        for voucher in file.vouchers
    ]
    async with database.control() as transaction:
        company = await insert_company(transaction, file, source, now)
        await transaction.enter(company)
        await insert_catalogs(transaction, file, now)
        for outcome in await record_drafts(transaction, openings, now):
            if not isinstance(outcome, Recorded):
                raise outcome
        await insert_credentials(transaction, company.name, file.credentials)
        await make_live(transaction, company, now, replace=replace)
    return company
