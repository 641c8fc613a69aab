"""Quotations."""

from decimal import Decimal

from msgspec import UNSET, UnsetType

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
from cuadra.dialects.siigo.wire.invoices import ItemOut
from cuadra.dialects.siigo.wire.journals import PartyIn


class QuotationItemIn(Request):
    """An item of a quotation."""

    code: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    discount: Decimal | None = None
    taxes: list[IdIn] | None = None


class QuotationIn(Request):
    """Body of POST and PUT /v1/quotations."""

    document: IdIn | None = None
    date: str | None = None
    number: Consecutive | None = None
    customer: PartyIn | None = None
    cost_center: Id | None = None
    currency: CurrencyIn | None = None
    seller: Id | None = None
    items: list[QuotationItemIn] | None = None


class QuotationOut(Response, kw_only=True):
    """A quotation."""

    id: str
    document: IdOut
    number: int
    name: str
    date: str
    customer: PartyOut
    cost_center: int | UnsetType = UNSET
    currency: CurrencyOut | UnsetType = UNSET
    total: Decimal
    seller: int | UnsetType = UNSET
    items: list[ItemOut]
    public_url: str
    metadata: MetadataOut
