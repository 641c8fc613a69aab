"""The journal: what was posted, line by line, whichever door wrote it, and asientos of one's own."""

from typing import Any

from cuadra.catalog.party_lookup import find_called_parties
from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, folded_condition, page, wanted_from
from cuadra.dialects.colppy.mapping.asientos import (
    asked_from_parameters,
    draft_from_asked,
    row_from_journal,
)
from cuadra.dialects.colppy.mapping.journal import journal_row
from cuadra.trade.books import local_time
from cuadra.trade.daybook import DaybookLine, DaybookPage, list_daybook
from cuadra.trade.journal_lists import JournalsWanted, list_journal_page
from cuadra.trade.recording import Submission

ASIENTO_FIELDS = {
    "idAsiento": ListField("serial", "id"),
    "nroAsiento": ListField("number", "number"),
    "fechaContable": ListField("date", "day"),
    "descAsiento": ListField("description"),
}


async def list_movements(call: Call) -> dict[str, Any]:
    """Contabilidad/listar_movimientosdiario: lines by date, between two days where they are given."""
    start, end = call.parameters.day("fromDate"), call.parameters.day("toDate")
    if start and end and start > end:
        raise Failure("La fecha fromDate es posterior a toDate.")
    wanted = wanted_from(call, {})
    lines = DaybookPage(date_start=start, date_end=end, offset=wanted.start, limit=wanted.limit)
    async with call.database.read(call.credential) as transaction:
        found = await list_daybook(transaction, lines)
    return {"movimientos": [_movement(line, call) for line in found]}


def _movement(line: DaybookLine, call: Call) -> dict[str, Any]:
    return journal_row(
        company=call.company_id,
        kind=line.kind,
        serial=line.serial,
        line=line.line,
        day=line.date,
        posted=f"{local_time(call.country, line.posted_at):%Y-%m-%d %H:%M:%S}",
        account=line.account,
        amount=line.amount,
        third_party=line.party,
        cost_centre=line.cost_centre,
        second_cost_centre=line.second_cost_centre,
        about=line.about,
        about_kind=line.about_kind,
    )


async def create_asiento(call: Call) -> dict[str, Any]:
    """Contabilidad/alta_asiento: a journal, line by line."""
    asked = asked_from_parameters(call.parameters)
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        parties = await find_called_parties(transaction, asked.party_ids, asked.party_texts)
    draft = draft_from_asked(asked, catalog, parties)
    submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
    recorded = await call.groups.record(call.company, submission)
    named = {"idAsiento": str(recorded.serial), "nroAsiento": str(recorded.value.number)}
    return {"idAsiento": named["idAsiento"], "data": named}


async def list_asientos(call: Call) -> dict[str, Any]:
    """Contabilidad/listar_asientosmanuales: the journals, with their lines."""
    wanted = wanted_from(call, ASIENTO_FIELDS)
    journals = JournalsWanted(
        conditions=tuple(map(folded_condition, wanted.conditions)),
        order=wanted.order,
        start=wanted.start,
        limit=wanted.limit,
    )
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        total, found = await list_journal_page(transaction, journals)
    return page([row_from_journal(one, catalog, call.company_id) for one in found], total)
