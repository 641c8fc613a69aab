"""Purchases and support documents: a body to a draft, a record to a body. Pure."""

from msgspec import UNSET

from cuadra.catalog.records import DiscountType, VoucherKind
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
from cuadra.dialects.siigo.mapping.catalogs import DISCOUNTS
from cuadra.dialects.siigo.mapping.invoices import (
    discount_to_body,
    payment_draft,
    payment_to_body,
    tax_to_body,
    warehouse_to_body,
)
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.trade.documents import (
    PaperDraft,
    Purchase,
    PurchaseDraft,
    PurchaseItem,
    PurchaseItemDraft,
    PurchaseItemKind,
)

ITEM_KINDS = {
    PurchaseItemKind.PRODUCT: "Product",
    PurchaseItemKind.FIXED_ASSET: "FixedAsset",
    PurchaseItemKind.ACCOUNT: "Account",
}
_KINDS = {word.lower(): kind for kind, word in ITEM_KINDS.items()}


def draft_from_purchase(body: wire.PurchaseIn) -> PurchaseDraft:
    """The purchase a body asks for; support documents are purchases too."""
    return _draft(body, body.provider_invoice)


def draft_from_support_document(body: wire.SupportDocumentIn) -> PurchaseDraft:
    """The support document a body asks for. None is sent to the authority yet."""
    draft = _draft(body, body.supplier_receipt_number)
    draft.kinds = (VoucherKind.SUPPORT_DOCUMENT,)
    if body.stamp is not None and body.stamp.send:
        draft.refused.append("stamp.send")
    return draft


def _draft(
    body: wire.PurchaseIn | wire.SupportDocumentIn, paper: wire.PaperIn | None
) -> PurchaseDraft:
    taxed = body.tax_included is True
    return PurchaseDraft(
        voucher_type=body.document.id if body.document else None,
        date=day_from_text(body.date),
        number=body.number,
        party=party_name(body.supplier),
        cost_centre=body.cost_center,
        paper=PaperDraft(prefix=paper.prefix, number=paper.number) if paper else None,
        currency=currency_draft(body.currency),
        observations=body.observations,
        discount_type=by_word(DISCOUNTS, body.discount_type, DiscountType.PERCENTAGE),
        supplier_by_item=body.supplier_by_item is True,
        retentions=[retention.id for retention in body.retentions or []],
        items=[_item_draft(item, taxed=taxed) for item in body.items or []],
        payments=[payment_draft(payment) for payment in body.payments or []],
    )


def _item_draft(item: wire.PurchaseItemIn, *, taxed: bool) -> PurchaseItemDraft:
    supplier = None if item.supplier is None else str(item.supplier)
    return PurchaseItemDraft(
        kind=_KINDS.get((item.type or "").lower()),
        product=item.code,
        description=item.description,
        quantity=item.quantity,
        price=None if taxed else item.price,
        taxed_price=item.price if taxed else None,
        discount=item.discount,
        taxes=[tax.id for tax in item.taxes or []],
        warehouse=item.warehouse,
        party=PartyName(supplier, 0) if supplier else None,
    )


def purchase_to_body(purchase: Purchase, catalog: Catalog) -> wire.PurchaseOut:
    """A purchase as the vendor shows it; prices are without the taxes they may have been sent with."""
    body = _body(purchase, catalog)
    body.provider_invoice = _paper(purchase) or UNSET
    return body


def support_document_to_body(purchase: Purchase, catalog: Catalog) -> wire.PurchaseOut:
    """A support document as the vendor shows it; it is named like any purchase."""
    body = _body(purchase, catalog)
    body.supplier_receipt_number = _paper(purchase) or UNSET
    return body


def _body(purchase: Purchase, catalog: Catalog) -> wire.PurchaseOut:
    content = purchase.content
    foreign = purchase.exchange_rate is not None
    assert purchase.party is not None
    return wire.PurchaseOut(
        id=str(purchase.id),
        document=wire.IdOut(purchase.voucher_type),
        number=purchase.number,
        name=document_name(catalog.voucher_types[purchase.voucher_type], purchase.number),
        date=purchase.date.isoformat(),
        supplier=party_to_body(purchase.party),
        cost_center=given(purchase.cost_centre),
        discount_type=DISCOUNTS[content.discount_type],
        supplier_by_item=content.supplier_by_item or UNSET,
        currency=currency_to_body(purchase.currency, purchase.exchange_rate) if foreign else UNSET,
        total=plain(purchase.total),
        balance=plain(purchase.balance),
        observations=given(content.observations),
        retentions=[tax_to_body(tax) for tax in content.retentions] or UNSET,
        items=[_item(item, catalog) for item in content.items],
        payments=[payment_to_body(payment) for payment in content.payments],
        metadata=metadata(purchase.created_at, purchase.updated_at),
    )


def _paper(purchase: Purchase) -> wire.PaperOut | None:
    content = purchase.content
    if content.paper_prefix is None or content.paper_number is None:
        return None
    return wire.PaperOut(content.paper_prefix, content.paper_number)


def _item(item: PurchaseItem, catalog: Catalog) -> wire.PurchaseItemOut:
    guid = str(item.guid) if item.guid else None
    asset = str(item.fixed_asset) if item.fixed_asset is not None else None
    return wire.PurchaseItemOut(
        type=ITEM_KINDS[item.kind],
        id=given(guid or asset),
        code=item.code,
        description=item.description,
        supplier=_supplier(item.party.identification) if item.party else UNSET,
        warehouse=warehouse_to_body(item.warehouse, catalog),
        quantity=plain(item.quantity),
        price=plain(item.price),
        discount=discount_to_body(item.discount_percentage, item.discount_value),
        taxes=[tax_to_body(tax) for tax in item.taxes] or UNSET,
        total=plain(item.total),
    )


def _supplier(identification: str) -> int | str:
    """An identification as it came: a number, unless that would change it.

    >>> _supplier("830123456"), _supplier("0123"), _supplier("A1")
    (830123456, '0123', 'A1')
    """
    digits = identification.isascii() and identification.isdigit()
    number = int(identification) if digits else 0
    return number if str(number) == identification else identification
