"""Credit notes: create, get, list."""

from cuadra.catalog.records import VoucherKind
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.errors import Failure, unhandled
from cuadra.dialects.siigo.handlers import documents
from cuadra.dialects.siigo.mapping.credit_notes import credit_note_to_body, draft_from_credit_note
from cuadra.dialects.siigo.rules.credit_notes import credit_note_problems
from cuadra.trade.documents import CreditNoteContent

CREDIT_NOTES = documents.Resource(
    (VoucherKind.CREDIT_NOTE,), CreditNoteContent, credit_note_to_body
)


async def create_credit_note(call: Call, body: wire.CreditNoteIn) -> tuple[int, object]:
    """POST /v1/credit-notes. A replay of an idempotency key answers 200 with the first note."""
    draft = draft_from_credit_note(body)
    problems = credit_note_problems(body)
    try:
        return await documents.create(call, CREDIT_NOTES, draft, problems, wire.CreditNoteIn)
    except Failure as wrong:
        if call.settings.credit_note_mismatch == 500 and _is_mismatch(wrong):
            raise unhandled() from wrong
        raise


def _is_mismatch(wrong: Failure) -> bool:
    """Whether the note's customer or items are not those of its invoice."""
    return any(
        error.code == "invalid_document" and path.startswith(("customer", "items"))
        for error in wrong.errors
        for path in error.params or ()
    )


async def get_credit_note(call: Call) -> tuple[int, object]:
    """GET /v1/credit-notes/{id}."""
    return await documents.get(call, CREDIT_NOTES)


async def list_all_credit_notes(call: Call) -> tuple[int, object]:
    """GET /v1/credit-notes."""
    return await documents.list_all(call, CREDIT_NOTES)
