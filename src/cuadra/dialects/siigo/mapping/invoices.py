"""Sales invoices: a body to a draft, a record to a body. Pure."""

import msgspec
from msgspec import UNSET

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
from cuadra.dialects.siigo.mapping.customers import third_party_from_customer
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.dialects.siigo.rules.customers import is_whole_customer
from cuadra.trade.documents import (
    Invoice,
    InvoiceDraft,
    Item,
    ItemDraft,
    Payment,
    PaymentDraft,
)
from cuadra.trade.totals import TaxAmount

MAIL_NOT_SENT = wire.MailOut("not_sent", "The invoice has not been sent by mail")
PUBLIC_URL = "https://documentview.siigo.com/document?data="


def draft_from_invoice(body: wire.InvoiceIn) -> InvoiceDraft:
    """The invoice a body asks for."""
    customer = body.customer
    whole = customer is not None and is_whole_customer(customer)
    return InvoiceDraft(
        voucher_type=body.document.id if body.document else None,
        date=day_from_text(body.date),
        number=body.number,
        party=party_name(customer),
        new_customer=third_party_from_customer(customer) if whole and customer else None,
        cost_centre=body.cost_center,
        currency=currency_draft(body.currency),
        seller=body.seller,
        observations=body.observations,
        retentions=[retention.id for retention in body.retentions or []],
        items=[_item_draft(item) for item in body.items or []],
        payments=[
            PaymentDraft(
                payment_type=payment.id,
                value=payment.value,
                due_date=day_from_text(payment.due_date),
            )
            for payment in body.payments or []
        ],
        refused=_refused_fields(body),
        extra=_additional_fields(body),
    )


def _refused_fields(body: wire.InvoiceIn) -> list[str]:
    """What was sent that no document type of ours serves; refusing it is better than dropping it."""
    refused = []
    if body.stamp is not None and body.stamp.send:
        refused.append("stamp.send")
    if body.advance_payment:
        refused.append("advance_payment")
    for index, item in enumerate(body.items or []):
        refused += [
            f"items[{index}].{name}"
            for name in ("customer", "tax_base", "taxpayer", "transport")
            if getattr(item, name) is not None
        ]
    if body.global_discounts or body.globaldiscounts:
        refused.append("global_discounts")
    if body.healthcare_company:
        refused.append("healthcare_company")
    return refused


def _additional_fields(body: wire.InvoiceIn) -> dict[str, object]:
    fields = body.additional_fields or body.adittional_fields
    return {"additional_fields": msgspec.to_builtins(fields)} if fields is not None else {}


def _item_draft(item: wire.ItemIn) -> ItemDraft:
    return ItemDraft(
        product=item.code,
        description=item.description,
        quantity=item.quantity,
        price=item.price,
        taxed_price=item.taxed_price,
        discount=item.discount,
        taxes=[tax.id for tax in item.taxes or []],
        warehouse=item.warehouse,
        seller=item.seller,
    )


def invoice_to_body(invoice: Invoice, catalog: Catalog) -> wire.InvoiceOut:
    """An invoice as the vendor shows it."""
    voucher_type = catalog.voucher_types[invoice.voucher_type]
    content = invoice.content
    foreign = invoice.exchange_rate is not None
    fields = content.extra.get("additional_fields")
    assert invoice.party is not None
    return wire.InvoiceOut(
        id=str(invoice.id),
        document=wire.IdOut(invoice.voucher_type),
        prefix=voucher_type.prefix or UNSET,
        number=invoice.number,
        name=document_name(voucher_type, invoice.number),
        date=invoice.date.isoformat(),
        customer=party_to_body(invoice.party),
        cost_center=given(invoice.cost_centre),
        currency=currency_to_body(invoice.currency, invoice.exchange_rate) if foreign else UNSET,
        total=plain(invoice.total),
        balance=plain(invoice.balance),
        seller=given(content.seller),
        mail=MAIL_NOT_SENT,
        observations=given(content.observations),
        items=[_item(item, catalog) for item in content.items],
        payments=[_payment(payment) for payment in content.payments],
        retentions=[_applied_tax(tax) for tax in content.retentions] or UNSET,
        public_url=PUBLIC_URL + invoice.id.hex,
        additional_fields=(
            msgspec.convert(fields, wire.AdditionalInvoiceFields) if fields else UNSET
        ),
        metadata=metadata(invoice.created_at, invoice.updated_at),
        annulled=invoice.annulled or UNSET,
    )


def _item(item: Item, catalog: Catalog) -> wire.ItemOut:
    warehouse = catalog.warehouses.get(item.warehouse or 0)
    discount = wire.DiscountOut(plain(item.discount_percentage), plain(item.discount_value))
    return wire.ItemOut(
        id=str(item.guid),
        code=item.code,
        description=item.description,
        warehouse=wire.WarehouseOut(id=warehouse.id, name=warehouse.name) if warehouse else UNSET,
        seller=given(item.seller),
        quantity=plain(item.quantity),
        price=plain(item.price),
        discount=discount if item.discount_value else UNSET,
        taxes=[_applied_tax(tax) for tax in item.taxes] or UNSET,
        total=plain(item.total),
    )


def _applied_tax(tax: TaxAmount) -> wire.AppliedTaxOut:
    return wire.AppliedTaxOut(
        id=tax.tax,
        name=tax.name,
        type=tax.kind,
        percentage=plain(tax.percentage),
        value=plain(tax.value),
        base_value=plain(tax.base),
    )


def _payment(payment: Payment) -> wire.PaymentOut:
    return wire.PaymentOut(
        id=payment.payment_type,
        name=payment.name,
        value=plain(payment.value),
        due_date=UNSET if payment.due_date is None else payment.due_date.isoformat(),
    )
