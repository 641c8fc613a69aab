"""Journals: create, get, list."""

from cuadra.catalog.records import VoucherKind
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.handlers import documents
from cuadra.dialects.siigo.mapping.journals import draft_from_journal, journal_to_body
from cuadra.dialects.siigo.rules.journals import journal_problems

JOURNALS = documents.Resource((VoucherKind.JOURNAL,), None, journal_to_body)


async def create_journal(call: Call, body: wire.JournalIn) -> tuple[int, object]:
    """POST /v1/journals. A replay of an idempotency key answers 200 with the first journal."""
    draft = draft_from_journal(body)
    return await documents.create(call, JOURNALS, draft, journal_problems(body), wire.JournalIn)


async def get_journal(call: Call) -> tuple[int, object]:
    """GET /v1/journals/{id}."""
    return await documents.get(call, JOURNALS)


async def list_all_journals(call: Call) -> tuple[int, object]:
    """GET /v1/journals."""
    return await documents.list_all(call, JOURNALS)
