"""Sales invoices: create, get, list."""

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, list_body
from cuadra.dialects.siigo.handlers.documents import answer_found, answer_recorded, voucher_filter
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.invoices import draft_from_invoice, invoice_to_body
from cuadra.dialects.siigo.rules import invoice_problems
from cuadra.trade.reading import find_invoice, list_invoices


async def create_invoice(call: Call, body: wire.InvoiceIn) -> tuple[int, object]:
    """POST /v1/invoices. A replay of an idempotency key answers 200 with the first invoice."""
    draft = draft_from_invoice(body)
    problems = invoice_problems(body, contacts_max=call.settings.contacts_max)
    recorded = await record_or_fail(call, draft, problems, wire.InvoiceIn)
    return await answer_recorded(call, recorded, find_invoice, invoice_to_body)


async def get_invoice(call: Call) -> tuple[int, object]:
    """GET /v1/invoices/{id}."""
    return await answer_found(call, find_invoice, invoice_to_body)


async def list_all_invoices(call: Call) -> tuple[int, object]:
    """GET /v1/invoices."""
    page = call.page
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        wanted = voucher_filter(call, VoucherKind.SALES_INVOICE, catalog)
        total, invoices = await list_invoices(transaction, wanted, page)
    return 200, list_body(call, total, [invoice_to_body(invoice, catalog) for invoice in invoices])
