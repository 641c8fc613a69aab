"""Workbooks into the books and out of them: what the connector's client does, done at the installation itself.

Reading and writing of files is in `workbook`, what movements mean in `handlers`: here one is led to the other.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cuadra.catalog.credentials import list_credentials
from cuadra.catalog.snapshot import load_catalog
from cuadra.database.pool import Database
from cuadra.database.turnstile import Turnstile
from cuadra.dialects.siigo_pyme.handlers.movements import export_movements, import_movements
from cuadra.dialects.siigo_pyme.handlers.queries import wanted_from_params
from cuadra.dialects.siigo_pyme.job import ExportReport, Job, RowError
from cuadra.dialects.siigo_pyme.mapping.crosswalk import crosswalk_from_catalog
from cuadra.dialects.siigo_pyme.rows import Profile
from cuadra.dialects.siigo_pyme.settings import DIALECT, settings_from_catalog
from cuadra.dialects.siigo_pyme.turns import turn_of
from cuadra.dialects.siigo_pyme.workbook.reading import MovementWorkbook
from cuadra.dialects.siigo_pyme.workbook.writing import Heading, write_movements, write_refused
from cuadra.trade.books import Origin, local_day
from cuadra.trade.group import Groups


@asynccontextmanager
async def company_turn(
    database: Database, turnstile: Turnstile, company: str
) -> AsyncIterator[None]:
    """Be the only one at work at a company's connections, and at its books from here; requests to them wait meanwhile.

    A company may have no connection at all: the empty name is that of whoever works at the installation.
    """
    connections = {
        one.identity
        for one in await list_credentials(database, company)
        if one.dialect == DIALECT and one.revoked_at is None
    }
    async with AsyncExitStack() as stack:
        for connection in sorted(
            {"", *connections}
        ):  # in one order, so that no two wait for each other
            await stack.enter_async_context(turnstile.pass_through(turn_of(company, connection)))
        yield


async def make_job(
    database: Database,
    groups: Groups,
    company: str,
    *,
    actor: str,
    now: datetime,
    params: dict[str, Any],
    profile: Profile | None = None,
    digest: str = "",
) -> Job:
    """A job of somebody at the installation, under the company's settings or another profile."""
    async with database.read(company) as transaction:
        settings = settings_from_catalog(await load_catalog(transaction))
    if profile is not None:
        settings = msgspec.structs.replace(settings, profile=profile)
    return Job(
        database=database,
        groups=groups,
        company=company,
        credential=None,
        origin=Origin(actor, DIALECT),
        settings=settings,
        now=now,
        params=params,
        digest=digest,
    )


def digest_of(path: Path, about: object) -> str:
    """What an identical file alone has, when the same is asked of it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(msgspec.json.encode(about, order="deterministic"))
    return digest.hexdigest()


async def write_books(
    job: Job, workbook: MovementWorkbook, errors: Path, on_row: Callable[[], None]
) -> tuple[ExportReport, int]:
    """Record a workbook's vouchers; what became of them, and how many rows were not recorded.

    The report names rows as the sheet does. The rows of every voucher that was refused are written to
    `errors`, if there are any. Raises `Refused`, and `Unreadable` for a file that breaks off: what came
    before is recorded then.
    """

    async def rows() -> AsyncIterator[dict[str, Any]]:
        for row in workbook.rows():
            on_row()
            yield row

    report = await export_movements(job, rows())
    numbers = workbook.numbers
    for told in (*report.errors, *report.warnings):
        told.row = numbers[told.row - 1] if told.row else None
    refused = set(numbers)
    for first, last in report.written_rows:
        refused.difference_update(numbers[first - 1 : last])
    if refused:
        reasons: dict[int, list[RowError]] = {}
        for error in report.errors:
            reasons.setdefault(error.row or 0, []).append(error)
        write_refused(errors, workbook.header, workbook.cells(), refused, reasons)
    return report, len(refused)


async def read_books(job: Job, path: Path, on_row: Callable[[], None]) -> int:
    """Write the movements that the parameters ask for to a workbook; how many. Raises `Refused`."""
    async with job.database.read(job.entrance) as transaction:
        catalog = await load_catalog(transaction)
    today = local_day(catalog.company.country, job.now)
    wanted = wanted_from_params(job.params, crosswalk_from_catalog(catalog, {}), today.year)
    heading = Heading(
        catalog.company.legal_name,
        wanted.entries.date_start or today,
        wanted.entries.date_end or today,
        wanted.basic,
    )
    async with aclosing(import_movements(job)) as rows:
        return await write_movements(path, heading, rows, on_row)
