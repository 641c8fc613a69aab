"""Journals."""

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


class AccountIn(Request):
    """An account and the side of it that moves."""

    code: str | None = None
    movement: str | None = None


class PartyIn(Request):
    """A third party by identification and branch."""

    identification: str | None = None
    branch_office: Id | None = None


class DueIn(Request):
    """The due a line opens or pays."""

    prefix: str | None = None
    consecutive: Consecutive | None = None
    quote: Id | None = None
    date: str | None = None


class JournalTaxIn(Request):
    """The tax of a line and its base."""

    id: Id | None = None
    base_value: Decimal | None = None


class JournalProductIn(Request):
    """The goods of a line."""

    code: str | None = None
    quantity: Decimal | None = None
    warehouse: Id | None = None


class JournalItemIn(Request):
    """A line of a journal."""

    account: AccountIn | None = None
    customer: PartyIn | None = None
    description: str | None = None
    cost_center: Id | None = None
    value: Decimal | None = None
    due: DueIn | None = None
    tax: JournalTaxIn | None = None
    product: JournalProductIn | None = None
    fixed_assets: Id | None = None


class JournalIn(Request):
    """Body of POST /v1/journals."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    currency: CurrencyIn | None = None
    items: list[JournalItemIn] | None = None
    observations: str | None = None


class AccountOut(Struct):
    """An account and the side of it that moved."""

    code: str
    movement: str


class DueOut(Struct):
    """The due a line opened or paid."""

    prefix: str
    consecutive: int
    quote: int
    date: str


class JournalTaxOut(Struct):
    """The tax of a line and its base."""

    id: int
    name: str
    type: str
    percentage: Decimal
    base_value: Decimal


class JournalProductOut(Response):
    """The goods of a line."""

    code: str
    quantity: Decimal
    warehouse: int | UnsetType = UNSET


class FixedAssetReferenceOut(Struct):
    """The fixed asset of a line."""

    id: int
    name: str


class JournalItemOut(Response, kw_only=True):
    """A line of a journal."""

    account: AccountOut
    customer: PartyOut | UnsetType = UNSET
    description: str
    cost_center: int | UnsetType = UNSET
    value: Decimal
    due: DueOut | UnsetType = UNSET
    tax: JournalTaxOut | UnsetType = UNSET
    product: JournalProductOut | UnsetType = UNSET
    fixed_asset: FixedAssetReferenceOut | UnsetType = UNSET


class JournalOut(Response, kw_only=True):
    """A journal."""

    id: str
    document: IdOut
    number: int
    name: str
    date: str
    currency: CurrencyOut | UnsetType = UNSET
    items: list[JournalItemOut]
    balance: Decimal
    observations: str
    metadata: MetadataOut
