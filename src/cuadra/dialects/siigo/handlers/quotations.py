"""Quotations: create, get, list, replace, delete."""

from cuadra.catalog.records import VoucherKind
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.handlers import documents
from cuadra.dialects.siigo.mapping.quotations import draft_from_quotation, quotation_to_body
from cuadra.dialects.siigo.rules.quotations import quotation_problems
from cuadra.trade.documents import OfferContent

QUOTATIONS = documents.Resource((VoucherKind.QUOTATION,), OfferContent, quotation_to_body)


async def create_quotation(call: Call, body: wire.QuotationIn) -> tuple[int, object]:
    """POST /v1/quotations."""
    draft = draft_from_quotation(body)
    return await documents.create(
        call, QUOTATIONS, draft, quotation_problems(body), wire.QuotationIn
    )


async def replace_quotation(call: Call, body: wire.QuotationIn) -> tuple[int, object]:
    """PUT /v1/quotations/{id}: its type, customer, currency and number stay."""
    draft = draft_from_quotation(body)
    recorded = await documents.replace(
        call, QUOTATIONS, draft, quotation_problems(body), wire.QuotationIn
    )
    return call.settings.quotation_edit_status, quotation_to_body(recorded.value, recorded.catalog)


async def delete_quotation(call: Call) -> tuple[int, object]:
    """DELETE /v1/quotations/{id}."""
    return await documents.delete(call, QUOTATIONS)


async def get_quotation(call: Call) -> tuple[int, object]:
    """GET /v1/quotations/{id}."""
    return await documents.get(call, QUOTATIONS)


async def list_all_quotations(call: Call) -> tuple[int, object]:
    """GET /v1/quotations."""
    return await documents.list_all(call, QUOTATIONS)
