"""Purchases, and support documents, which are the same but for what the supplier's paper is called."""

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType

from cuadra.dialects.siigo.wire.base import (
    Consecutive,
    CurrencyIn,
    CurrencyOut,
    Id,
    IdIn,
    IdOut,
    MetadataOut,
    PartyOut,
    Request,
    Response,
)
from cuadra.dialects.siigo.wire.catalogs import WarehouseOut
from cuadra.dialects.siigo.wire.invoices import (
    AppliedTaxOut,
    DiscountOut,
    PaymentIn,
    PaymentOut,
    SendIn,
)
from cuadra.dialects.siigo.wire.journals import PartyIn


class PaperIn(Request):
    """What the supplier calls its invoice or receipt."""

    prefix: str | None = None
    number: str | None = None


class PurchaseItemIn(Request):
    """An item of a purchase. `supplier` is an identification, printed as a number."""

    type: str | None = None
    code: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None
    supplier: int | str | None = None
    warehouse: Id | None = None
    taxes: list[IdIn] | None = None


class PurchaseIn(Request):
    """Body of POST and PUT /v1/purchases."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    supplier: PartyIn | None = None
    cost_center: Id | None = None
    provider_invoice: PaperIn | None = None
    currency: CurrencyIn | None = None
    observations: str | None = None
    discount_type: str | None = None
    supplier_by_item: bool | None = None
    tax_included: bool | None = None
    retentions: list[IdIn] | None = None
    items: list[PurchaseItemIn] | None = None
    payments: list[PaymentIn] | None = None


class SupportDocumentIn(Request):
    """Body of POST and PUT /v1/purchase-support-documents."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    supplier: PartyIn | None = None
    cost_center: Id | None = None
    supplier_receipt_number: PaperIn | None = None
    currency: CurrencyIn | None = None
    stamp: SendIn | None = None
    observations: str | None = None
    discount_type: str | None = None
    supplier_by_item: bool | None = None
    tax_included: bool | None = None
    retentions: list[IdIn] | None = None
    items: list[PurchaseItemIn] | None = None
    payments: list[PaymentIn] | None = None


class PaperOut(Struct):
    """What the supplier calls its invoice or receipt."""

    prefix: str
    number: str


class PurchaseItemOut(Response, kw_only=True):
    """An item of a purchase; an account has no id."""

    type: str
    id: str | UnsetType = UNSET
    code: str
    description: str
    supplier: int | str | UnsetType = UNSET
    warehouse: WarehouseOut | UnsetType = UNSET
    quantity: Decimal
    price: Decimal
    discount: DiscountOut | UnsetType = UNSET
    taxes: list[AppliedTaxOut] | UnsetType = UNSET
    total: Decimal


class PurchaseOut(Response, kw_only=True):
    """A purchase, or a support document."""

    id: str
    document: IdOut
    number: int
    name: str
    date: str
    supplier: PartyOut
    cost_center: int | UnsetType = UNSET
    provider_invoice: PaperOut | UnsetType = UNSET
    supplier_receipt_number: PaperOut | UnsetType = UNSET
    discount_type: str
    supplier_by_item: bool | UnsetType = UNSET
    currency: CurrencyOut | UnsetType = UNSET
    total: Decimal
    balance: Decimal
    observations: str | None | UnsetType = UNSET
    retentions: list[AppliedTaxOut] | UnsetType = UNSET
    items: list[PurchaseItemOut]
    payments: list[PaymentOut]
    metadata: MetadataOut
