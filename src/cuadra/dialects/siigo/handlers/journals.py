"""Journals: create, get, list."""

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, list_body
from cuadra.dialects.siigo.handlers.documents import answer_found, answer_recorded, voucher_filter
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.journals import draft_from_journal, journal_to_body
from cuadra.dialects.siigo.rules import journal_problems
from cuadra.trade.reading import find_journal, list_journals


async def create_journal(call: Call, body: wire.JournalIn) -> tuple[int, object]:
    """POST /v1/journals. A replay of an idempotency key answers 200 with the first journal."""
    draft = draft_from_journal(body)
    recorded = await record_or_fail(call, draft, journal_problems(body), wire.JournalIn)
    return await answer_recorded(call, recorded, find_journal, journal_to_body)


async def get_journal(call: Call) -> tuple[int, object]:
    """GET /v1/journals/{id}."""
    return await answer_found(call, find_journal, journal_to_body)


async def list_all_journals(call: Call) -> tuple[int, object]:
    """GET /v1/journals."""
    page = call.page
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        wanted = voucher_filter(call, VoucherKind.JOURNAL, catalog)
        total, journals = await list_journals(transaction, wanted, page)
    return 200, list_body(call, total, [journal_to_body(journal, catalog) for journal in journals])
