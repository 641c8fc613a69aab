"""Rows into vouchers of the books, whichever resource and model the rows are of.

They are read one by one; vouchers are recorded as they are complete, each by itself, a few hundred at a
time in the company's group. Those that are right are written, whatever the others are.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from cuadra.catalog.products import StoredProduct, find_products_by_code, find_products_by_id
from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.third_party_lists import find_made_numbers
from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable, Transaction
from cuadra.dialects.siigo_pyme.handlers.intake import Intake
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
from cuadra.dialects.siigo_pyme.mapping.movements import key_of_row
from cuadra.dialects.siigo_pyme.params import YEARS, whole
from cuadra.dialects.siigo_pyme.rows import Profile, Row, read_day
from cuadra.dialects.siigo_pyme.vouchers import Grouper, RowGroup
from cuadra.trade.books import VoucherNumber, local_day
from cuadra.trade.documents import InvoiceDraft, OfferDraft
from cuadra.trade.entries import EntryDraft
from cuadra.trade.entry_reading import find_ids
from cuadra.trade.recording import EditVoucher

VOUCHERS_AT_ONCE = 100
ROWS_AT_ONCE = 50  # between which the group, and other requests, get their turn
Draft = EntryDraft | InvoiceDraft | OfferDraft


class Model(NamedTuple):
    """How a model's rows are read, what is checked of those of a voucher, and the draft they ask for.

    Where some of them are wrong, the draft is what the others ask for, or None.

    `references` are as in `Intake`, `names` what the rows call letter and code.
    """

    read: Callable[[int, Mapping[str, Any]], Row]
    check: Callable[[RowGroup, Profile], None]
    draft: Callable[[RowGroup, Masters], Draft | None]
    references: Mapping[str, str]
    names: tuple[str, str] = ("voucher_type", "voucher_code")


async def load_names(
    transaction: Transaction, *, offers: bool = False
) -> tuple[Catalog, Crosswalk]:
    """What the company has set up, and how the vendor names it."""
    catalog = await load_catalog(transaction)
    made = await find_made_numbers(transaction)
    return catalog, crosswalk_from_catalog(catalog, made, offers=offers)


def flag_of(job: Job, name: str) -> bool:
    """A flag of the request; a missing one is N, as in the vendor's own sample. Raises `Refused`."""
    value = job.params.get(name)
    if value not in (None, "S", "N"):
        field = f"data.params.{name}"
        error = RowError(field=field, code="option", message=f"{field} debe ser S o N")
        raise Refused(400, "La solicitud no es válida", [error])
    return value == "S"


def process_year(job: Job, today: int) -> int:
    """The year of the process; the current one where none is named. Raises `Refused`."""
    year = job.params.get("year")
    if year is None:
        return today
    first, last = YEARS
    if (chosen := whole(year)) is None or not first <= chosen <= last:
        text = f"data.params.year debe estar entre {first} y {last}"
        error = RowError(field="data.params.year", code="value", message=text)
        raise Refused(400, "La solicitud no es válida", [error])
    return chosen


async def export_vouchers(
    job: Job,
    rows: AsyncIterator[dict[str, Any]],
    model: Model,
    catalog: Catalog,
    crosswalk: Crosswalk,
    *,
    modify: bool,
) -> ExportReport:
    """Write the vouchers that rows of a model ask for; with `modify` those that exist are replaced.

    Raises `Refused` for what is wrong with the request as a whole.
    """
    take_day = _day_reader(job, catalog)
    intake = await Intake.begin(job, model.references)
    export = _Export(job, model, crosswalk, intake, modify=modify)
    grouper = Grouper(*model.names)
    place = 0
    async for raw in rows:
        place += 1
        row = model.read(place, raw)
        take_day(row)
        if (group := grouper.take(row)) is not None:
            await export.add(group)
        if place % ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    for group in grouper.finish():
        await export.add(group)
    return await export.finish()


def _day_reader(job: Job, catalog: Catalog) -> Callable[[Row], None]:
    """Reads the day of a row, in the year of the process."""
    today = local_day(catalog.company.country, job.now)
    return partial(
        read_day,
        year=process_year(job, today.year),
        today=today,
        profile=job.settings.profile,
        month_13=job.settings.month_13,
    )


class _Export:
    """The vouchers of one export, looked up and handed in every so many together."""

    def __init__(
        self, job: Job, model: Model, crosswalk: Crosswalk, intake: Intake, *, modify: bool
    ) -> None:
        self._job = job
        self._model = model
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
            self._model.check(group, self._job.settings.profile)
        try:
            masters, existing = await self._look_up(groups)
        except (DatabaseUnavailable, CompanyUnknown) as error:
            for group in groups:
                self._intake.stop(error, group.rows)
            return
        for place, group in enumerate(groups, 1):
            if place % (VOUCHERS_AT_ONCE // 10) == 0:
                await asyncio.sleep(0)
            draft = self._model.draft(group, masters)
            replacing = None if draft is None else _replacing(draft, existing)
            if replacing is None or group.errors:
                await self._intake.refuse(group.rows, replacing)
            else:
                await self._intake.submit(group.rows, replacing)

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
        async with self._job.database.read(self._job.entrance) as transaction:
            products = await _find_products(transaction, keys)
            existing = await find_ids(transaction, numbers)
        return Masters(self._crosswalk, products), existing


def _replacing(draft: Draft, existing: dict[VoucherNumber, UUID]) -> Draft | EditVoucher:
    """The draft, or the next version of the voucher that has its number."""
    voucher = existing.get(VoucherNumber(draft.voucher_type or 0, draft.number or 0))
    return EditVoucher(id=voucher, kinds=tuple(VoucherKind), draft=draft) if voucher else draft


async def _find_products(
    transaction: Transaction, keys: set[ProductKey]
) -> dict[ProductKey, StoredProduct]:
    """The products that rows name by three numbers."""
    if not keys:
        return {}
    codes = {code: key for key in keys for code in product_codes(key)}
    named = await find_products_by_code(transaction, codes)
    found = {codes[code]: product for code, product in named.items()}
    ids = {one for key in keys - found.keys() if (one := product_id(key)) is not None}
    for product in (await find_products_by_id(transaction, ids)).values():
        found.setdefault(product_key(product.code, product.id), product)
    return found
