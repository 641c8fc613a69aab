"""`accounting_movements`: rows into vouchers of the books, and vouchers out as rows.

An export is read row by row; vouchers are recorded as they are complete, each by itself, a few hundred at
a time in the company's group. Those that are right are written, whatever the others are.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from cuadra.catalog.products import find_products_by_code, find_products_by_id
from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_party_lists import find_made_numbers
from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable, Transaction
from cuadra.dialects.siigo_pyme.handlers.intake import Intake
from cuadra.dialects.siigo_pyme.handlers.queries import Wanted, wanted_from_params
from cuadra.dialects.siigo_pyme.job import ExportReport, Job, Refused, RowError
from cuadra.dialects.siigo_pyme.mapping.crosswalk import (
    Crosswalk,
    Masters,
    ProductKey,
    VoucherName,
    crosswalk_from_catalog,
    product_codes,
    product_id,
    product_key,
)
from cuadra.dialects.siigo_pyme.mapping.movements import (
    BASIC,
    draft_from_group,
    key_of_row,
    rows_from_entry,
)
from cuadra.dialects.siigo_pyme.refusals import MOVEMENT_REFERENCES
from cuadra.dialects.siigo_pyme.rows import RowReader, read_day
from cuadra.dialects.siigo_pyme.vouchers import Grouper, RowGroup, check_group
from cuadra.trade.books import VoucherNumber, local_day
from cuadra.trade.entries import EntryDraft
from cuadra.trade.entry_reading import find_ids, stream_entries
from cuadra.trade.recording import EditVoucher

VOUCHERS_AT_ONCE = 100
ROWS_AT_ONCE = 50  # between which the group, and other requests, get their turn
NO_BASIC = "basic_invoice S no está disponible en este servidor"


async def export_movements(job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
    """Write vouchers. Raises `Refused` for what is wrong with the request as a whole."""
    modify = _flag(job, "modify_documents") == "S"
    if _flag(job, "basic_invoice") == "S":
        error = RowError(field="data.params.basic_invoice", code="not_served", message=NO_BASIC)
        raise Refused(501, NO_BASIC, [error])
    async with job.database.read(job.credential) as transaction:
        catalog = await load_catalog(transaction)
        crosswalk = crosswalk_from_catalog(catalog, await find_made_numbers(transaction))
    today = local_day(catalog.company.country, job.now)
    year = _year(job, today.year)
    intake = await Intake.begin(job, MOVEMENT_REFERENCES)
    export = _Export(job, crosswalk, intake, modify=modify)
    grouper = Grouper()
    settings = job.settings
    reader = RowReader("movement", settings.profile)
    place = 0
    async for raw in rows:
        place += 1
        row = reader.read(place, raw)
        read_day(row, year, today, settings.profile, month_13=settings.month_13)
        if (group := grouper.take(row)) is not None:
            await export.add(group)
        if place % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    for group in grouper.finish():
        await export.add(group)
    return await export.finish()


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


def _year(job: Job, today: int) -> int:
    """The year of the process; the current one where none is named."""
    year = job.params.get("year")
    if year is None:
        return today
    if isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2999:
        text = "data.params.year debe estar entre 1900 y 2999"
        error = RowError(field="data.params.year", code="value", message=text)
        raise Refused(400, "La solicitud no es válida", [error])
    return year


class _Export:
    """The vouchers of one export, looked up and handed in every so many together."""

    def __init__(self, job: Job, crosswalk: Crosswalk, intake: Intake, *, modify: bool) -> None:
        self._job = job
        self._crosswalk = crosswalk
        self._modify = modify
        self._groups: list[RowGroup] = []
        self._intake = intake

    async def add(self, group: RowGroup) -> None:
        """Take a voucher. To replace one again does no harm: another may have replaced it in between."""
        replaces = self._modify and group.number
        if not replaces and self._intake.is_done(group.rows):
            return
        self._groups.append(group)
        if len(self._groups) >= VOUCHERS_AT_ONCE:
            await self._hand_in()

    async def finish(self) -> ExportReport:
        """Wait for everything. Raises what stopped the export before anything was written."""
        await self._hand_in()
        return await self._intake.finish()

    async def _hand_in(self) -> None:
        """Read what the vouchers name, and submit those that nothing is wrong with."""
        groups, self._groups = self._groups, []
        for group in groups:
            check_group(group, self._job.settings.profile)
        try:
            masters, existing = await self._look_up(groups)
        except (DatabaseUnavailable, CompanyUnknown) as error:
            for group in groups:
                self._intake.stop(error, group.rows)
            return
        for place, group in enumerate(groups, 1):
            if place % (VOUCHERS_AT_ONCE // 10) == 0:
                await asyncio.sleep(0)
            draft = draft_from_group(group, masters, self._job.settings.profile)
            if draft is None:
                self._intake.refuse(group.rows)
            else:
                await self._intake.submit(group.rows, _replacing(draft, existing))

    async def _look_up(
        self, groups: Sequence[RowGroup]
    ) -> tuple[Masters, dict[VoucherNumber, UUID]]:
        """The products that vouchers name, and those of them that exist already."""
        keys = {key for group in groups for row in group.rows if (key := key_of_row(row))}
        numbers = []
        if self._modify:
            types = self._crosswalk.types
            numbers = [
                VoucherNumber(found.id, group.number)
                for group in groups
                if group.number and (found := types.get(VoucherName(group.letter, group.code)))
            ]
        if not keys and not numbers:
            return Masters(self._crosswalk), {}
        async with self._job.database.read(self._job.credential) as transaction:
            products = await _find_products(transaction, keys)
            existing = await find_ids(transaction, numbers)
        return Masters(self._crosswalk, products), existing


def _replacing(draft: EntryDraft, existing: dict[VoucherNumber, UUID]) -> EntryDraft | EditVoucher:
    """The draft, or the next version of the voucher that has its number."""
    voucher = existing.get(VoucherNumber(draft.voucher_type or 0, draft.number or 0))
    return EditVoucher(id=voucher, kinds=tuple(VoucherKind), draft=draft) if voucher else draft


async def _find_products(transaction: Transaction, keys: set[ProductKey]) -> dict[ProductKey, str]:
    """The codes of the products that rows name by three numbers."""
    if not keys:
        return {}
    codes = {code: key for key in keys for code in product_codes(key)}
    found = {codes[code]: code for code in await find_products_by_code(transaction, codes)}
    ids = {one for key in keys - found.keys() if (one := product_id(key)) is not None}
    for product in (await find_products_by_id(transaction, ids)).values():
        found.setdefault(product_key(product.code, product.id), product.code)
    return found


async def import_movements(job: Job) -> AsyncGenerator[dict[str, Any], None]:
    """The rows of vouchers, whichever door wrote them. Raises `Refused`."""
    async with job.database.read(job.credential) as transaction:
        catalog = await load_catalog(transaction)
        crosswalk = crosswalk_from_catalog(catalog, await find_made_numbers(transaction))
        today = local_day(catalog.company.country, job.now)
        wanted = wanted_from_params(job.params, crosswalk, today.year)
        if not wanted.entries.voucher_types:
            return
        async with aclosing(stream_entries(transaction, wanted.entries)) as entries:
            async for entry in entries:
                for row in rows_from_entry(entry, crosswalk):
                    if _is_wanted(row, wanted):
                        yield {name: row[name] for name in BASIC} if wanted.basic else row


def _is_wanted(row: dict[str, Any], wanted: Wanted) -> bool:
    """Whether a row is inside the ranges of accounts and products."""
    if wanted.accounts is not None and row["accounting_account"] not in wanted.accounts:
        return False
    if wanted.products is None:
        return True
    if row["product_code"] is None:
        return False
    key = ProductKey(row["product_line"] or 0, row["product_group"] or 0, row["product_code"])
    return key.number in wanted.products
