"""Cash receipts and payment receipts: a body to a draft, a record to a body. Pure."""

from msgspec import UNSET

from cuadra.catalog.records import VoucherKind
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import (
    currency_draft,
    currency_to_body,
    document_name,
    given,
    metadata,
    party_name,
    party_to_body,
    plain,
)
from cuadra.dialects.siigo.mapping.journals import (
    due_draft,
    journal_item,
    line_draft,
)
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.trade.documents import Payment, PaymentDraft
from cuadra.trade.lines import RecordedLine
from cuadra.trade.receipts import (
    PaidDue,
    Receipt,
    ReceiptDraft,
    ReceiptItemDraft,
    ReceiptType,
)

TYPES = {
    ReceiptType.DEBT_PAYMENT: "DebtPayment",
    ReceiptType.ADVANCE: "AdvancePayment",
    ReceiptType.DETAILED: "Detailed",
}


def draft_from_receipt(body: wire.VoucherIn | wire.PaymentReceiptIn) -> ReceiptDraft:
    """The receipt a body asks for. Its items mean what its type says."""
    if isinstance(body, wire.VoucherIn):
        kind, party = VoucherKind.CASH_RECEIPT, body.customer
    else:
        kind, party = VoucherKind.PAYMENT_RECEIPT, body.supplier
    named = (body.type or "").lower()
    receipt_type = next((known for known, word in TYPES.items() if word.lower() == named), None)
    in_detail = receipt_type is ReceiptType.DETAILED
    items, payment = body.items or [], body.payment
    return ReceiptDraft(
        kind=kind,
        type=receipt_type,
        voucher_type=body.document.id if body.document else None,
        date=day_from_text(body.date),
        number=body.number,
        party=party_name(party),
        cost_centre=body.cost_center,
        currency=currency_draft(body.currency),
        items=[] if in_detail else [_item_draft(item) for item in items],
        lines=[line_draft(item) for item in items] if in_detail else [],
        payment=PaymentDraft(payment_type=payment.id, value=payment.value) if payment else None,
        observations=body.observations or None,
    )


def _item_draft(item: wire.JournalItemIn) -> ReceiptItemDraft:
    return ReceiptItemDraft(due=due_draft(item.due), value=item.value)


def receipt_to_body(receipt: Receipt, catalog: Catalog) -> wire.ReceiptOut:
    """A receipt as the vendor shows it."""
    voucher_type = catalog.voucher_types[receipt.voucher_type]
    content = receipt.content
    in_detail = content.type is ReceiptType.DETAILED
    foreign = receipt.exchange_rate is not None
    assert receipt.party is not None
    party, is_cash = party_to_body(receipt.party), receipt.kind is VoucherKind.CASH_RECEIPT
    return wire.ReceiptOut(
        id=str(receipt.id),
        document=wire.IdOut(receipt.voucher_type),
        number=receipt.number,
        name=document_name(voucher_type, receipt.number),
        date=receipt.date.isoformat(),
        type=TYPES[content.type],
        customer=party if is_cash else UNSET,
        supplier=UNSET if is_cash else party,
        cost_center=given(receipt.cost_centre),
        currency=currency_to_body(receipt.currency, receipt.exchange_rate) if foreign else UNSET,
        items=[_line(line, receipt, catalog) for line in content.lines]
        or [_paid_due(item) for item in content.items],
        payment=UNSET if content.payment is None else _payment(content.payment),
        balance=UNSET if in_detail else plain(receipt.balance),
        observations=given(content.observations),
        metadata=metadata(receipt.created_at, receipt.updated_at),
    )


def _paid_due(item: PaidDue) -> wire.ReceiptItemOut:
    due = wire.DueOut(item.prefix, item.consecutive, item.quote, item.date.isoformat())
    return wire.ReceiptItemOut(due=due, value=plain(item.value))


def _payment(payment: Payment) -> wire.ReceiptPaymentOut:
    return wire.ReceiptPaymentOut(payment.payment_type, payment.name, plain(payment.value))


def _line(line: RecordedLine, receipt: Receipt, catalog: Catalog) -> wire.ReceiptItemOut:
    """A line in detail: a journal's, without what the receipt says of all its lines."""
    item, tax = journal_item(line, catalog), catalog.taxes.get(line.tax or 0)
    return wire.ReceiptItemOut(
        account=item.account,
        customer=UNSET if line.party == receipt.party else item.customer,
        cost_center=UNSET if line.cost_centre == receipt.cost_centre else item.cost_center,
        due=item.due,
        tax=UNSET
        if tax is None or item.tax is UNSET
        else wire.ReceiptTaxOut(tax.id, tax.name, plain(tax.percentage), item.tax.base_value),
        product=item.product,
        fixed_asset=item.fixed_asset,
        description=item.description,
        value=item.value,
    )
