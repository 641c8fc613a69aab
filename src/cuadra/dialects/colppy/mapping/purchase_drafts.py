"""Purchases: what was asked for, with what it names, to a draft of the books. Pure.

One in cash is paid by its own payments, so it owes nothing. What was perceived goes to the account of its tax: that
of the jurisdiction where the company's settings name one.
"""

from decimal import Decimal

from cuadra.catalog.records import TaxKind, VoucherKind, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.means import (
    PURCHASES,
    payment_by,
    payment_owed,
    perception_tax,
)
from cuadra.dialects.colppy.mapping.purchase_requests import (
    CASH_PURCHASE,
    INVOICE,
    PurchaseAsked,
)
from cuadra.dialects.colppy.mapping.sale_drafts import (
    Naming,
    currency_from,
    item_from,
    stated_from,
)
from cuadra.dialects.colppy.settings import DIALECT, settings_from_catalog
from cuadra.trade.documents import (
    ChargeDraft,
    ItemDraft,
    PaperDraft,
    PaymentDraft,
    PurchaseDraft,
    PurchaseItemDraft,
    PurchaseItemKind,
)


def draft_from_purchase(asked: PurchaseAsked, supplier: PartyName, named: Naming) -> PurchaseDraft:
    """The draft of a purchase. Raises `Failure` for the first thing it names that does not exist."""
    catalog = named.catalog
    return PurchaseDraft(
        kinds=(VoucherKind.PURCHASE,),
        voucher_type=_voucher_type(catalog).id,
        date=asked.day,
        party=supplier,
        paper=PaperDraft(prefix=asked.prefix, number=asked.number),
        currency=currency_from(asked, named),
        observations=asked.description or None,
        items=[_bought(item_from(item, asked, named)) for item in asked.items],
        payments=_payments(asked, catalog),
        charges=_charges(asked, catalog),
        stated=stated_from(asked, catalog),
        extra={
            DIALECT: asked.kept
            | {"letter": asked.letter, "fechaFacturaDoc": asked.paper_day.isoformat()}
        },
    )


def _voucher_type(catalog: Catalog) -> VoucherType:
    """The voucher type that is called so at this door, else the first of purchases that numbers itself."""
    usable = [
        one
        for one in catalog.voucher_types.values()
        if one.active and one.kind is VoucherKind.PURCHASE and one.automatic_number
    ]
    named = [one for one in usable if DIALECT in one.names and one.names[DIALECT].type == INVOICE]
    for one in named or usable:
        return one
    raise Failure("La empresa no tiene un comprobante para facturas de compra.")


def _bought(item: ItemDraft) -> PurchaseItemDraft:
    """An item of a product, or else of an account."""
    members = {name: getattr(item, name) for name in item.__struct_fields__}
    if item.product is not None:
        return PurchaseItemDraft(**members, kind=PurchaseItemKind.PRODUCT)
    members |= {"product": item.account, "account": None}
    return PurchaseItemDraft(**members, kind=PurchaseItemKind.ACCOUNT)


def _payments(asked: PurchaseAsked, catalog: Catalog) -> list[PaymentDraft]:
    """The means of a purchase in cash; of any other one, what is owed until its day."""
    if asked.document == CASH_PURCHASE:
        return [payment_by(one, PURCHASES, catalog) for one in asked.media]
    return [payment_owed(asked.total, asked.due_day, PURCHASES, catalog)]


def _charges(asked: PurchaseAsked, catalog: Catalog) -> list[ChargeDraft]:
    """The perceptions, summed up by the tax that posts them."""
    sums: dict[int, Decimal] = {}
    if asked.perception_iva:
        tax = perception_tax(TaxKind.PERCEPCION_IVA, "percepcionIVA", catalog)
        sums[tax] = asked.perception_iva
    by_jurisdiction = settings_from_catalog(catalog).perceptions
    for one in asked.perceptions:
        tax = by_jurisdiction.get(one.jurisdiction) or perception_tax(
            TaxKind.PERCEPCION_IIBB, "percepcionIIBB", catalog
        )
        sums[tax] = sums.get(tax, Decimal(0)) + one.amount
    return [ChargeDraft(tax=tax, value=value) for tax, value in sums.items()]
