"""Receipts: cash receipts (create, get, list), payment receipts (also replace, delete)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from cuadra.catalog.records import VoucherKind
from cuadra.database.paging import Page
from cuadra.database.pool import Transaction
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call
from cuadra.dialects.siigo.errors import failure
from cuadra.dialects.siigo.handlers import documents
from cuadra.dialects.siigo.mapping.receipts import draft_from_receipt, receipt_to_body
from cuadra.dialects.siigo.rules.receipts import receipt_problems
from cuadra.errors import Problem, required
from cuadra.trade.reading import VoucherFilter, find_receipt, list_receipts
from cuadra.trade.receipts import ReceiptContent


class _Receipts(documents.Resource, frozen=True):
    """Receipts of one kind, those included that came in line by line."""

    async def find(self, transaction: Transaction, guid: UUID) -> Any:
        return await find_receipt(transaction, self.kinds[0], guid)

    async def list_page(
        self, transaction: Transaction, wanted: VoucherFilter, page: Page
    ) -> tuple[int, Sequence[Any]]:
        return await list_receipts(transaction, self.kinds[0], wanted, page)


CASH_RECEIPTS = _Receipts((VoucherKind.CASH_RECEIPT,), ReceiptContent, receipt_to_body)
PAYMENT_RECEIPTS = _Receipts((VoucherKind.PAYMENT_RECEIPT,), ReceiptContent, receipt_to_body)


async def create_voucher(call: Call, body: wire.VoucherIn) -> tuple[int, object]:
    """POST /v1/vouchers. A replay of an idempotency key answers 200 with the first receipt."""
    draft = draft_from_receipt(body)
    return await documents.create(call, CASH_RECEIPTS, draft, _problems(call, body), wire.VoucherIn)


async def get_voucher(call: Call) -> tuple[int, object]:
    """GET /v1/vouchers/{id}."""
    return await documents.get(call, CASH_RECEIPTS)


async def list_all_vouchers(call: Call) -> tuple[int, object]:
    """GET /v1/vouchers."""
    return await documents.list_all(call, CASH_RECEIPTS)


async def create_payment_receipt(call: Call, body: wire.PaymentReceiptIn) -> tuple[int, object]:
    """POST /v1/payment-receipts."""
    draft = draft_from_receipt(body)
    problems = _problems(call, body)
    return await documents.create(call, PAYMENT_RECEIPTS, draft, problems, wire.PaymentReceiptIn)


async def replace_payment_receipt(call: Call, body: wire.PaymentReceiptIn) -> tuple[int, object]:
    """PUT /v1/payment-receipts/{id}: all of it but its type of document, supplier, currency and number.

    Without a document nothing else is looked at, not even the id (observed, with this capital letter).
    """
    if body.document is None:
        raise failure([required("Document")])
    draft, problems = draft_from_receipt(body), _problems(call, body)
    recorded = await documents.replace(
        call, PAYMENT_RECEIPTS, draft, problems, wire.PaymentReceiptIn
    )
    return call.settings.edit_status, receipt_to_body(recorded.value, recorded.catalog)


async def delete_payment_receipt(call: Call) -> tuple[int, object]:
    """DELETE /v1/payment-receipts/{id}."""
    return await documents.delete(call, PAYMENT_RECEIPTS)


async def get_payment_receipt(call: Call) -> tuple[int, object]:
    """GET /v1/payment-receipts/{id}."""
    return await documents.get(call, PAYMENT_RECEIPTS)


async def list_all_payment_receipts(call: Call) -> tuple[int, object]:
    """GET /v1/payment-receipts."""
    return await documents.list_all(call, PAYMENT_RECEIPTS)


def _problems(call: Call, body: wire.VoucherIn | wire.PaymentReceiptIn) -> list[Problem]:
    dated = call.settings.receipt_due_date == "required"
    return receipt_problems(body, due_date_required=dated)
