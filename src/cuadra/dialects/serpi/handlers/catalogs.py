"""What clients look up to write a document: taxes, centres, operation centres, branches."""

from contextlib import aclosing

from cuadra.catalog.records import DimensionKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.catalog.third_party_lists import PartyListFilter, count_parties, stream_parties
from cuadra.dialects.serpi import wire
from cuadra.dialects.serpi.answers import Answer, Chunks, row_chunks, rows_answer
from cuadra.dialects.serpi.call import Call
from cuadra.dialects.serpi.mapping.catalogs import (
    branch_from_party,
    centre_from_record,
    operation_centre_from_record,
    tax_from_record,
)


async def list_taxes(call: Call) -> Answer:
    """GET /Impuesto."""
    paging, catalog = call.paging, await _catalog(call)
    rows = [tax_from_record(tax) for tax in catalog.taxes.values() if tax.active]
    return rows_answer(call.settings, paging.of(rows))


async def list_cost_centres(call: Call) -> Answer:
    """GET /CentroCosto: centres and subcentres."""
    paging, catalog = call.paging, await _catalog(call)
    rows = [centre_from_record(centre) for centre in catalog.cost_centres.values() if centre.active]
    return rows_answer(call.settings, paging.of(rows))


async def list_operation_centres(call: Call) -> Answer:
    """GET /CentroOperacion."""
    paging, catalog = call.paging, await _catalog(call)
    centres = catalog.dimensions[DimensionKind.OPERATION_CENTRE].values()
    rows = [operation_centre_from_record(centre) for centre in centres if centre.active]
    return rows_answer(call.settings, paging.of(rows))


async def _catalog(call: Call) -> Catalog:
    async with call.database.read(call.credential) as transaction:
        return await load_catalog(transaction)


async def list_branches(call: Call) -> Answer:
    """GET /Sucursales: the branches of third parties, by the ids that documents name them with."""
    paging = call.paging
    wanted = PartyListFilter(
        branches=True,
        identification=call.text("nit"),
        limit=paging.limit,
        offset=paging.offset,
    )
    return await call.streams.answer(call.settings, _branch_chunks(call, wanted))


async def _branch_chunks(call: Call, wanted: PartyListFilter) -> Chunks:
    async with call.database.read(call.credential) as transaction:
        count = call.paging.count_of(await count_parties(transaction, wanted))
        if not count:
            return
        records = stream_parties(transaction, wanted)
        async with aclosing(row_chunks(count, records, _branch_row)) as chunks:
            async for chunk in chunks:
                yield chunk


def _branch_row(record: tuple[StoredThirdParty, int | None]) -> wire.BranchOut:
    return branch_from_party(*record)
