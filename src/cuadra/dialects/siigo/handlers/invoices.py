"""Sales invoices: create, get, list, replace, delete, annul."""

from cuadra.catalog.records import VoucherKind
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.handlers import documents
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.invoices import draft_from_invoice, invoice_to_body
from cuadra.dialects.siigo.rules.invoices import invoice_problems
from cuadra.trade.documents import InvoiceContent
from cuadra.trade.versions import AnnulVoucher

INVOICES = documents.Resource((VoucherKind.SALES_INVOICE,), InvoiceContent, invoice_to_body)


async def create_invoice(call: Call, body: wire.InvoiceIn) -> tuple[int, object]:
    """POST /v1/invoices. A replay of an idempotency key answers 200 with the first invoice."""
    problems = invoice_problems(body, contacts_max=call.settings.contacts_max)
    draft = draft_from_invoice(body)
    return await documents.create(call, INVOICES, draft, problems, wire.InvoiceIn)


async def replace_invoice(call: Call, body: wire.InvoiceIn) -> tuple[int, object]:
    """PUT /v1/invoices/{id}: its type, customer, currency and number stay."""
    problems = invoice_problems(body, contacts_max=call.settings.contacts_max)
    draft = draft_from_invoice(body)
    recorded = await documents.replace(call, INVOICES, draft, problems, wire.InvoiceIn)
    return call.settings.edit_status, invoice_to_body(recorded.value, recorded.catalog)


async def delete_invoice(call: Call) -> tuple[int, object]:
    """DELETE /v1/invoices/{id}."""
    return await documents.delete(call, INVOICES)


async def annul_invoice(call: Call) -> tuple[int, object]:
    """POST /v1/invoices/{id}/annul; an empty or missing body will do."""
    draft = AnnulVoucher(id=call.path_id, kinds=INVOICES.kinds)
    recorded = await record_or_fail(call, draft, [], None)
    return 200, wire.AnnulledOut(str(recorded.value))


async def get_invoice(call: Call) -> tuple[int, object]:
    """GET /v1/invoices/{id}."""
    return await documents.get(call, INVOICES)


async def list_all_invoices(call: Call) -> tuple[int, object]:
    """GET /v1/invoices."""
    return await documents.list_all(call, INVOICES)
