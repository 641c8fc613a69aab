"""Products and services."""

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType

from cuadra.dialects.siigo.wire.base import CodeNameOut, Id, MetadataOut, Request, Response
from cuadra.dialects.siigo.wire.catalogs import AccountGroupOut, TaxOut, WarehouseOut


class ProductTaxIn(Request):
    """A tax on a product."""

    id: Id | None = None
    milliliters: Decimal | None = None
    rate: Decimal | None = None


class PriceListIn(Request):
    """One price of a product."""

    position: Id | None = None
    value: Decimal | None = None


class PriceIn(Request):
    """A product's prices in one currency."""

    currency_code: str | None = None
    price_list: list[PriceListIn] | None = None


class ComponentIn(Request):
    """How much of another product one unit of a combo holds."""

    code: str | None = None
    quantity: Decimal | None = None


class AdditionalProductFields(Response):
    """What identifies a product outside the company. The same both ways."""

    barcode: str | UnsetType | None = UNSET
    brand: str | UnsetType | None = UNSET
    tariff: str | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET


class ProductIn(Request):
    """Body of POST and PUT /v1/products."""

    code: str | None = None
    name: str | None = None
    account_group: Id | None = None
    type: str | None = None
    stock_control: bool | None = None
    active: bool | None = None
    tax_classification: str | None = None
    tax_included: bool | None = None
    tax_consumption_value: Decimal | None = None
    taxes: list[ProductTaxIn] | None = None
    prices: list[PriceIn] | None = None
    unit: str | None = None
    unit_label: str | None = None
    reference: str | None = None
    description: str | None = None
    additional_fields: AdditionalProductFields | None = None
    adittional_fields: AdditionalProductFields | None = None
    components: list[ComponentIn] | None = None


class ProductPriceOut(Struct):
    """One price of a product with its list's name."""

    position: int
    name: str
    value: Decimal


class PriceOut(Struct):
    """A product's prices in one currency."""

    currency_code: str
    price_list: list[ProductPriceOut]


class ComponentOut(Struct):
    """How much of another product one unit of a combo holds."""

    id: str
    code: str
    name: str
    quantity: Decimal


class ProductOut(Response, kw_only=True):
    """A product or service."""

    id: str
    code: str
    name: str
    account_group: AccountGroupOut
    type: str
    stock_control: bool
    active: bool
    tax_classification: str
    tax_included: bool
    tax_consumption_value: Decimal | UnsetType = UNSET
    taxes: list[TaxOut] | UnsetType = UNSET
    prices: list[PriceOut] | UnsetType = UNSET
    unit: CodeNameOut | UnsetType = UNSET
    unit_label: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    additional_fields: AdditionalProductFields
    available_quantity: Decimal
    warehouses: list[WarehouseOut]
    components: list[ComponentOut] | UnsetType = UNSET
    metadata: MetadataOut
