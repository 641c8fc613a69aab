"""Sales invoices: a body to a draft, a record to a body. Pure."""

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import (
    by_word,
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
from cuadra.dialects.siigo.mapping.sectors import (
    health_from_fields,
    health_to_fields,
    transport_from_fields,
    transport_to_fields,
)
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.dialects.siigo.rules.customers import is_whole_customer
from cuadra.trade.documents import (
    GlobalDiscountAmount,
    GlobalDiscountDraft,
    Invoice,
    InvoiceDraft,
    Item,
    ItemDraft,
    Payment,
    PaymentDraft,
    Taxpayer,
)
from cuadra.trade.totals import TaxAmount

_TAXPAYERS = {Taxpayer.CUSTOMER: "Customer", Taxpayer.COMPANY: "Company"}
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
        advance=body.advance_payment or None,  # 0 says that there is none
        items=[item_draft(item) for item in body.items or []],
        payments=[payment_draft(payment) for payment in body.payments or []],
        global_discounts=[
            GlobalDiscountDraft(
                discount=discount.id, percentage=discount.percentage, value=discount.value
            )
            for discount in body.global_discounts or body.globaldiscounts or []
        ],
        health=health_from_fields(body.healthcare_company),
        refused=["stamp.send"] if body.stamp is not None and body.stamp.send else [],
        extra=_additional_fields(body),
    )


def _additional_fields(body: wire.InvoiceIn) -> dict[str, object]:
    fields = body.additional_fields or body.adittional_fields
    return {"additional_fields": msgspec.to_builtins(fields)} if fields is not None else {}


def item_draft(item: wire.ItemIn) -> ItemDraft:
    """The item a body asks for."""
    taxpayer = by_word(_TAXPAYERS, item.taxpayer, Taxpayer.CUSTOMER)
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
        party=None if item.customer is None else _item_party(item.customer),
        tax_base=item.tax_base,
        taxpayer=None if not item.taxpayer else taxpayer,
        transport=transport_from_fields(item.transport),
    )


def _item_party(customer: wire.ItemCustomerIn) -> PartyName:
    """Whoever an item names; without an identification it is told so."""
    return PartyName(customer.identification or "", customer.branch_office or 0)


def payment_draft(payment: wire.PaymentIn) -> PaymentDraft:
    """The payment a body asks for."""
    return PaymentDraft(
        payment_type=payment.id, value=payment.value, due_date=day_from_text(payment.due_date)
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
        items=[item_to_body(item, catalog) for item in content.items],
        payments=[payment_to_body(payment) for payment in content.payments],
        retentions=[tax_to_body(tax) for tax in content.retentions] or UNSET,
        advance_payment=UNSET if content.advance is None else plain(content.advance),
        global_discounts=[_discount_to_body(one) for one in content.global_discounts] or UNSET,
        healthcare_company=health_to_fields(content.health),
        public_url=PUBLIC_URL + invoice.id.hex,
        additional_fields=(
            msgspec.convert(fields, wire.AdditionalInvoiceFields) if fields else UNSET
        ),
        metadata=metadata(invoice.created_at, invoice.updated_at),
        annulled=invoice.annulled or UNSET,
    )


def _discount_to_body(discount: GlobalDiscountAmount) -> wire.GlobalDiscountOut:
    return wire.GlobalDiscountOut(
        id=discount.discount,
        name=discount.name,
        percentage=plain(discount.percentage),
        value=plain(discount.value),
    )


def item_to_body(item: Item, catalog: Catalog) -> wire.ItemOut:
    """An item as the vendor shows it."""
    return wire.ItemOut(
        id=UNSET if item.guid is None else str(item.guid),
        code=item.code,
        description=item.description,
        warehouse=warehouse_to_body(item.warehouse, catalog),
        seller=given(item.seller),
        quantity=plain(item.quantity),
        price=plain(item.price),
        discount=discount_to_body(item.discount_percentage, item.discount_value),
        taxes=[tax_to_body(tax) for tax in item.taxes] or UNSET,
        total=plain(item.total),
        customer=UNSET if item.party is None else wire.ItemCustomerOut(*item.party),
        tax_base=UNSET if item.tax_base is None else plain(item.tax_base),
        taxpayer=UNSET if item.taxpayer is None else _TAXPAYERS[item.taxpayer],
        transport=transport_to_fields(item.transport),
    )


def warehouse_to_body(warehouse_id: int | None, catalog: Catalog) -> wire.WarehouseOut | UnsetType:
    """The warehouse of an item, if it has one."""
    warehouse = catalog.warehouses.get(warehouse_id or 0)
    return wire.WarehouseOut(id=warehouse.id, name=warehouse.name) if warehouse else UNSET


def discount_to_body(percentage: Decimal, value: Decimal) -> wire.DiscountOut | UnsetType:
    """The discount of an item, if it has one."""
    return wire.DiscountOut(plain(percentage), plain(value)) if value else UNSET


def tax_to_body(tax: TaxAmount) -> wire.AppliedTaxOut:
    """A tax or withholding as the vendor shows it."""
    return wire.AppliedTaxOut(
        id=tax.tax,
        name=tax.name,
        type=tax.kind,
        percentage=plain(tax.percentage),
        value=plain(tax.value),
        base_value=plain(tax.base),
    )


def payment_to_body(payment: Payment) -> wire.PaymentOut:
    """A payment as the vendor shows it."""
    return wire.PaymentOut(
        id=payment.payment_type,
        name=payment.name,
        value=plain(payment.value),
        due_date=UNSET if payment.due_date is None else payment.due_date.isoformat(),
    )
