"""Purchases and support documents: create, get, list, replace, delete.

A support document is a purchase from somebody who issues no invoices. It is among the purchases, and
has a resource of its own besides.
"""

from cuadra.catalog.records import VoucherKind
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.handlers import documents
from cuadra.dialects.siigo.mapping.purchases import (
    draft_from_purchase,
    draft_from_support_document,
    purchase_to_body,
    support_document_to_body,
)
from cuadra.dialects.siigo.rules.purchases import purchase_problems, support_document_problems
from cuadra.trade.documents import PURCHASES as KINDS
from cuadra.trade.documents import PurchaseContent

PURCHASES = documents.Resource(KINDS, PurchaseContent, purchase_to_body, "supplier")
SUPPORT_DOCUMENTS = documents.Resource(
    (VoucherKind.SUPPORT_DOCUMENT,), PurchaseContent, support_document_to_body, "supplier"
)


async def create_purchase(call: Call, body: wire.PurchaseIn) -> tuple[int, object]:
    """POST /v1/purchases."""
    draft = draft_from_purchase(body)
    return await documents.create(call, PURCHASES, draft, purchase_problems(body), wire.PurchaseIn)


async def replace_purchase(call: Call, body: wire.PurchaseIn) -> tuple[int, object]:
    """PUT /v1/purchases/{id}: its type, supplier, currency and number stay."""
    problems = purchase_problems(body, editing=True)
    draft = draft_from_purchase(body)
    recorded = await documents.replace(call, PURCHASES, draft, problems, wire.PurchaseIn)
    return call.settings.edit_status, purchase_to_body(recorded.value, recorded.catalog)


async def delete_purchase(call: Call) -> tuple[int, object]:
    """DELETE /v1/purchases/{id}."""
    return await documents.delete(call, PURCHASES)


async def get_purchase(call: Call) -> tuple[int, object]:
    """GET /v1/purchases/{id}."""
    return await documents.get(call, PURCHASES)


async def list_all_purchases(call: Call) -> tuple[int, object]:
    """GET /v1/purchases."""
    return await documents.list_all(call, PURCHASES)


async def create_support_document(call: Call, body: wire.SupportDocumentIn) -> tuple[int, object]:
    """POST /v1/purchase-support-documents."""
    problems = support_document_problems(body)
    draft = draft_from_support_document(body)
    return await documents.create(call, SUPPORT_DOCUMENTS, draft, problems, wire.SupportDocumentIn)


async def replace_support_document(call: Call, body: wire.SupportDocumentIn) -> tuple[int, object]:
    """PUT /v1/purchase-support-documents/{id}: its type, supplier, currency and number stay."""
    draft = draft_from_support_document(body)
    recorded = await documents.replace(
        call, SUPPORT_DOCUMENTS, draft, support_document_problems(body), wire.SupportDocumentIn
    )
    return call.settings.edit_status, support_document_to_body(recorded.value, recorded.catalog)


async def delete_support_document(call: Call) -> tuple[int, object]:
    """DELETE /v1/purchase-support-documents/{id}."""
    return await documents.delete(call, SUPPORT_DOCUMENTS)


async def get_support_document(call: Call) -> tuple[int, object]:
    """GET /v1/purchase-support-documents/{id}."""
    return await documents.get(call, SUPPORT_DOCUMENTS)


async def list_all_support_documents(call: Call) -> tuple[int, object]:
    """GET /v1/purchase-support-documents."""
    return await documents.list_all(call, SUPPORT_DOCUMENTS)
