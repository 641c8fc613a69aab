"""Sales invoices."""

from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

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


class TransportFields(Response):
    """The load of a freight item. The same both ways."""

    file_number: Annotated[int, Meta(ge=-(2**53), le=2**53)] | UnsetType | None = UNSET
    shipment_number: str | UnsetType | None = UNSET
    transported_quantity: Id | UnsetType | None = UNSET
    measurement_unit: str | UnsetType | None = UNSET
    freight_value: Decimal | UnsetType | None = UNSET
    purchase_order: str | UnsetType | None = UNSET
    service_type: str | UnsetType | None = UNSET


class HealthFields(Response):
    """What an invoice or note of the health sector carries. The same both ways."""

    operation_type: str | UnsetType | None = UNSET
    period_start: str | UnsetType | None = UNSET
    period_end: str | UnsetType | None = UNSET
    payment_method: str | int | UnsetType | None = UNSET
    service_plan: str | int | UnsetType | None = UNSET
    policy_number: str | UnsetType | None = UNSET
    contract_number: str | UnsetType | None = UNSET
    copayment: Decimal | UnsetType | None = UNSET
    coinsurance: Decimal | UnsetType | None = UNSET
    cost_sharing: Decimal | UnsetType | None = UNSET
    recovery_charge: Decimal | UnsetType | None = UNSET


class GlobalDiscountIn(Request):
    """A discount on the whole invoice; the percentage wins over the value."""

    id: Id | None = None
    percentage: Decimal | None = None
    value: Decimal | None = None


class ItemIn(Request):
    """An item of an invoice."""

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
    transport: TransportFields | None = None


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
    global_discounts: list[GlobalDiscountIn] | None = None
    globaldiscounts: list[GlobalDiscountIn] | None = None
    healthcare_company: HealthFields | None = None
    additional_fields: AdditionalInvoiceFields | None = None
    adittional_fields: AdditionalInvoiceFields | None = None


class ItemCustomerOut(Struct):
    """The third party an item's income belongs to."""

    identification: str
    branch_office: int


class GlobalDiscountOut(Struct):
    """A discount on the whole invoice both ways."""

    id: int
    name: str
    percentage: Decimal
    value: Decimal


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
    """An item of an invoice. One that another door sold without a product has no id; its code is its account's."""

    id: str | UnsetType = UNSET
    code: str
    description: str
    warehouse: WarehouseOut | UnsetType = UNSET
    seller: int | UnsetType = UNSET
    customer: ItemCustomerOut | UnsetType = UNSET
    quantity: Decimal
    price: Decimal
    tax_base: Decimal | UnsetType = UNSET
    taxpayer: str | UnsetType = UNSET
    discount: DiscountOut | UnsetType = UNSET
    taxes: list[AppliedTaxOut] | UnsetType = UNSET
    total: Decimal
    transport: TransportFields | UnsetType = UNSET


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
    advance_payment: Decimal | UnsetType = UNSET
    items: list[ItemOut]
    payments: list[PaymentOut]
    global_discounts: list[GlobalDiscountOut] | UnsetType = UNSET
    healthcare_company: HealthFields | UnsetType = UNSET
    public_url: str
    additional_fields: AdditionalInvoiceFields | UnsetType = UNSET
    metadata: MetadataOut
    annulled: bool | UnsetType = UNSET
