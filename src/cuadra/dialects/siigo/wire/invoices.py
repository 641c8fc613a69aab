"""Sales invoices."""

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
from cuadra.dialects.siigo.wire.customers import CustomerIn


class SendIn(Request):
    """Whether to send: to the tax authority, or by mail."""

    send: bool | None = None


class ItemCustomerIn(Request):
    """The third party an item's income belongs to."""

    identification: str | None = None
    branch_office: Id | None = None


class ItemIn(Request):
    """An item of an invoice. Members served by no document type yet are read so as to refuse them."""

    code: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    taxed_price: Decimal | None = None
    discount: Decimal | None = None
    taxes: list[IdIn] | None = None
    warehouse: Id | None = None
    seller: Id | None = None
    customer: ItemCustomerIn | None = None
    tax_base: Decimal | None = None
    taxpayer: str | None = None
    transport: dict[str, object] | None = None


class PaymentIn(Request):
    """How a part of the total is paid."""

    id: Id | None = None
    value: Decimal | None = None
    due_date: str | None = None


class OrderFields(Response):
    """A purchase order or a delivery order. The same both ways."""

    prefix: str | UnsetType | None = UNSET
    number: str | UnsetType | None = UNSET
    date: str | UnsetType | None = UNSET


class AdditionalInvoiceFields(Response):
    """The orders an invoice answers to. The same both ways."""

    purchase_order: OrderFields | UnsetType | None = UNSET
    delivery_order: OrderFields | UnsetType | None = UNSET


class InvoiceIn(Request):
    """Body of POST /v1/invoices."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    customer: CustomerIn | None = None
    cost_center: Id | None = None
    currency: CurrencyIn | None = None
    seller: Id | None = None
    stamp: SendIn | None = None
    mail: SendIn | None = None
    observations: str | None = None
    retentions: list[IdIn] | None = None
    advance_payment: Decimal | None = None
    items: list[ItemIn] | None = None
    payments: list[PaymentIn] | None = None
    global_discounts: list[dict[str, object]] | None = None
    globaldiscounts: list[dict[str, object]] | None = None
    healthcare_company: dict[str, object] | None = None
    additional_fields: AdditionalInvoiceFields | None = None
    adittional_fields: AdditionalInvoiceFields | None = None


class DiscountOut(Struct):
    """An item's discount both ways."""

    percentage: Decimal
    value: Decimal


class AppliedTaxOut(Response):
    """A tax or withholding with its amount."""

    id: int
    name: str
    type: str
    percentage: Decimal
    value: Decimal
    base_value: Decimal | UnsetType = UNSET


class ItemOut(Response, kw_only=True):
    """An item of an invoice."""

    id: str
    code: str
    description: str
    warehouse: WarehouseOut | UnsetType = UNSET
    seller: int | UnsetType = UNSET
    quantity: Decimal
    price: Decimal
    discount: DiscountOut | UnsetType = UNSET
    taxes: list[AppliedTaxOut] | UnsetType = UNSET
    total: Decimal


class PaymentOut(Response):
    """How a part of the total was paid."""

    id: int
    name: str
    value: Decimal
    due_date: str | UnsetType = UNSET


class MailOut(Struct):
    """What became of the mail to the customer."""

    status: str
    observations: str


class InvoiceOut(Response, kw_only=True):
    """A sales invoice."""

    id: str
    document: IdOut
    prefix: str | UnsetType = UNSET
    number: int
    name: str
    date: str
    customer: PartyOut
    cost_center: int | UnsetType = UNSET
    currency: CurrencyOut | UnsetType = UNSET
    total: Decimal
    balance: Decimal
    seller: int | UnsetType = UNSET
    mail: MailOut
    observations: str | None | UnsetType = UNSET
    retentions: list[AppliedTaxOut] | UnsetType = UNSET
    items: list[ItemOut]
    payments: list[PaymentOut]
    public_url: str
    additional_fields: AdditionalInvoiceFields | UnsetType = UNSET
    metadata: MetadataOut
    annulled: bool | UnsetType = UNSET
