"""`thirds`: third parties, read and written."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, NamedTuple

from cuadra.catalog.snapshot import load_catalog
from cuadra.catalog.third_parties import PartyName, find_third_parties
from cuadra.catalog.third_party_lists import find_made_numbers, stream_parties_by_number
from cuadra.catalog.third_party_numbers import MADE
from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable
from cuadra.dialects.siigo_pyme.errors import wrong_request
from cuadra.dialects.siigo_pyme.handlers.intake import Intake
from cuadra.dialects.siigo_pyme.handlers.vouchers import process_year
from cuadra.dialects.siigo_pyme.job import ExportReport, Job
from cuadra.dialects.siigo_pyme.mapping.third_drafts import (
    THIRD_REFERENCES,
    changes_nothing,
    draft_from_row,
)
from cuadra.dialects.siigo_pyme.mapping.thirds import (
    filter_from_params,
    row_from_third_party,
    third_problems,
)
from cuadra.dialects.siigo_pyme.rows import Row, RowReader
from cuadra.trade.books import local_day, zone_of

THIRDS_AT_ONCE = 100


class _Third(NamedTuple):
    """A row, as it came and as it was read, and whom it is about."""

    sent: dict[str, Any]
    row: Row
    name: PartyName


async def export_thirds(job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
    """Make third parties, and change those that exist. Raises `Refused` for the request as a whole.

    Neither the vendor's page nor its command has a flag that forbids changes.
    """
    async with job.database.read(job.entrance) as transaction:
        catalog = await load_catalog(transaction)
        made = await find_made_numbers(transaction)
    process_year(job, local_day(catalog.company.country, job.now).year)
    export = _Export(job, made, catalog.company.country)
    place = 0
    async for sent in rows:
        place += 1
        await export.add(place, sent)
        if place % THIRDS_AT_ONCE == 0:
            await asyncio.sleep(0)  # the group, and other requests, get their turn
    return await export.finish()


class _Export:
    """The third parties of one export, looked up and handed in every so many together."""

    def __init__(self, job: Job, made_numbers: dict[str, int], country: str) -> None:
        self._job = job
        self._country = country
        self._identifications = {number: text for text, number in made_numbers.items()}
        self._reader = RowReader("third", job.settings.profile)
        # A row that is sent again finds what it asked for: nothing is to be resumed.
        self._intake = Intake(job, THIRD_REFERENCES)
        self._places: dict[PartyName, int] = {}
        self._thirds: list[_Third] = []

    async def add(self, place: int, sent: dict[str, Any]) -> None:
        """Take a row."""
        row = self._reader.read(place, sent)
        if sent.get("branch") in (None, ""):
            row.refuse("branch", "required", "es obligatorio")
        number = row.number("identification")
        name = PartyName(self._identifications.get(number, str(number)), row.number("branch"))
        if not row.errors:
            self._check_name(name, number, row)
        if row.errors:
            await self._intake.refuse([row])
            return
        self._thirds.append(_Third(sent, row, name))
        if len(self._thirds) == THIRDS_AT_ONCE:
            await self._hand_in()

    def _check_name(self, name: PartyName, number: int, row: Row) -> None:
        """A third party comes once, and is not given a number that others are known by."""
        first = self._places.setdefault(name, row.place)
        if first != row.place:
            row.refuse("identification", "repeated", f"el tercero ya está en la fila {first}")
        elif number >= MADE and number not in self._identifications:
            problem = (
                f"los números desde {MADE} son de terceros cuya identificación no es un número"
            )
            row.refuse("identification", "value", problem)

    async def finish(self) -> ExportReport:
        """Wait for everything. Raises what stopped the export before anything was written."""
        await self._hand_in()
        return await self._intake.finish()

    async def _hand_in(self) -> None:
        """Read who exists already, and submit the rows that nothing is wrong with."""
        thirds, self._thirds = self._thirds, []
        try:
            async with self._job.database.read(self._job.entrance) as transaction:
                known = await find_third_parties(transaction, {third.name for third in thirds})
        except (DatabaseUnavailable, CompanyUnknown) as error:
            for third in thirds:
                self._intake.stop(error, [third.row])
            return
        for sent, row, name in thirds:
            party = known.get(name)
            draft = draft_from_row(row, sent, party, name, self._country)
            if draft is None:
                await self._intake.refuse([row])
            elif changes_nothing(draft, party):
                self._intake.leave([row])
            else:
                await self._intake.submit([row], draft)


async def import_thirds(job: Job) -> AsyncGenerator[dict[str, Any], None]:
    """The third parties of a company, whichever door made them. Raises `Refused`."""
    if wrong := third_problems(job.params):
        raise wrong_request(wrong)
    async with job.database.read(job.entrance) as transaction:
        catalog = await load_catalog(transaction)
        wanted = filter_from_params(job.params, zone_of(catalog.company.country).key)
        async with aclosing(stream_parties_by_number(transaction, wanted)) as parties:
            async for number, party in parties:
                yield row_from_third_party(party, number)
