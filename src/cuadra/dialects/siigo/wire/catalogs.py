"""The catalogs a company sets up, as they are listed."""

from decimal import Decimal

from msgspec import UNSET, Struct, UnsetType

from cuadra.dialects.siigo.wire.base import Request, Response


class AccountGroupIn(Request):
    """Body of POST and PUT /v1/account-groups."""

    code: str | None = None
    name: str | None = None


class AccountGroupOut(Response):
    """A product classification."""

    id: int
    name: str
    active: bool | UnsetType = UNSET


class TaxOut(Response):
    """A tax of the catalog, or on a product."""

    id: int
    name: str
    type: str
    percentage: Decimal
    active: bool | UnsetType = UNSET
    milliliters: Decimal | UnsetType = UNSET
    rate: Decimal | UnsetType = UNSET


class PriceListOut(Struct):
    """A price list of the catalog."""

    id: int
    name: str
    active: bool
    position: int


class WarehouseOut(Response):
    """A warehouse of the catalog, of a product, or of an item."""

    id: int
    name: str
    active: bool | UnsetType = UNSET
    has_movements: bool | UnsetType = UNSET
    quantity: Decimal | UnsetType = UNSET


class UserOut(Struct):
    """A user, who may be a seller."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    active: bool
    identification: str


class GlobalDiscountTypeOut(Struct):
    """A discount on whole documents of a type."""

    id: int
    name: str
    active: bool


class DocumentTypeOut(Response):
    """A document type; each kind shows the members that concern it."""

    id: int
    code: str
    name: str
    description: str
    type: str
    active: bool
    seller_by_item: bool | UnsetType = UNSET
    cost_center: bool | UnsetType = UNSET
    cost_center_mandatory: bool | UnsetType = UNSET
    cost_center_default: int | UnsetType = UNSET
    automatic_number: bool | UnsetType = UNSET
    consecutive: int | UnsetType = UNSET
    discount_type: str | UnsetType = UNSET
    decimals: bool | UnsetType = UNSET
    consumption_tax: bool | UnsetType = UNSET
    advance_payment: bool | UnsetType = UNSET
    reteiva: bool | UnsetType = UNSET
    reteica: bool | UnsetType = UNSET
    self_withholding: bool | UnsetType = UNSET
    self_withholding_limit: Decimal | UnsetType = UNSET
    electronic_type: str | UnsetType = UNSET
    document_support: bool | UnsetType = UNSET
    cargo_transportation: bool | UnsetType = UNSET
    healthcare_company: bool | UnsetType = UNSET
    customer_by_item: bool | UnsetType = UNSET
    prefix: str | UnsetType = UNSET
    global_discounts: list[GlobalDiscountTypeOut] | UnsetType = UNSET


class PaymentTypeOut(Struct):
    """A means of payment."""

    id: int
    name: str
    type: str
    active: bool
    due_date: bool


class CostCenterOut(Struct):
    """A cost centre."""

    id: int
    code: str
    name: str
    active: bool


class FixedAssetOut(Struct):
    """A fixed asset."""

    id: int
    name: str
    group: str
    active: bool
