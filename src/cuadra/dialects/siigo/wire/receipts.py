"""Cash receipts and payment receipts: alike, but for what they call the third party."""

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
from cuadra.dialects.siigo.wire.journals import (
    AccountOut,
    DueOut,
    FixedAssetReferenceOut,
    JournalItemIn,
    JournalProductOut,
    PartyIn,
)


class ReceiptPaymentIn(Request):
    """How the money changed hands."""

    id: Id | None = None
    value: Decimal | None = None


class VoucherIn(Request):
    """Body of POST /v1/vouchers. An item has a due and a value, or, in detail, what a journal's has."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    type: str | None = None
    customer: PartyIn | None = None
    cost_center: Id | None = None
    currency: CurrencyIn | None = None
    items: list[JournalItemIn] | None = None
    payment: ReceiptPaymentIn | None = None
    observations: str | None = None


class PaymentReceiptIn(Request):
    """Body of POST and PUT /v1/payment-receipts: as that of a cash receipt, from a supplier."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    type: str | None = None
    supplier: PartyIn | None = None
    cost_center: Id | None = None
    currency: CurrencyIn | None = None
    items: list[JournalItemIn] | None = None
    payment: ReceiptPaymentIn | None = None
    observations: str | None = None


class ReceiptTaxOut(Struct):
    """The tax of a line in detail and its base."""

    id: int
    name: str
    percentage: Decimal
    base_value: Decimal


class ReceiptItemOut(Response, kw_only=True):
    """A due that was paid; or a line in detail, with what sets it apart from the receipt."""

    account: AccountOut | UnsetType = UNSET
    customer: PartyOut | UnsetType = UNSET
    cost_center: int | UnsetType = UNSET
    due: DueOut | UnsetType = UNSET
    tax: ReceiptTaxOut | UnsetType = UNSET
    product: JournalProductOut | UnsetType = UNSET
    fixed_asset: FixedAssetReferenceOut | UnsetType = UNSET
    description: str | UnsetType = UNSET
    value: Decimal


class ReceiptPaymentOut(Struct):
    """How the money changed hands."""

    id: int
    name: str
    value: Decimal


class ReceiptOut(Response, kw_only=True):
    """A receipt; one in detail has neither payment nor balance."""

    id: str
    document: IdOut
    number: int
    name: str
    date: str
    type: str
    customer: PartyOut | UnsetType = UNSET
    supplier: PartyOut | UnsetType = UNSET
    cost_center: int | UnsetType = UNSET
    currency: CurrencyOut | UnsetType = UNSET
    items: list[ReceiptItemOut]
    payment: ReceiptPaymentOut | UnsetType = UNSET
    balance: Decimal | UnsetType = UNSET
    observations: str | UnsetType = UNSET
    metadata: MetadataOut
