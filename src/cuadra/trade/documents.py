"""The commercial content of a document, as it is drafted and as it is kept.

A draft names things by their natural keys and may lack anything; `validate_*` says what. What is kept
is complete and self-contained: names, percentages and amounts stay as they were on the day, whatever
becomes of the catalogs later. It is stored as one JSON value beside the voucher's ledger data.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from cuadra.catalog.records import ThirdParty, VoucherKind
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.trade.totals import TaxAmount

OptionalDay = date | None  # members named `date` would hide the type
Content = TypeVar("Content")


class CurrencyDraft(msgspec.Struct, kw_only=True):
    """A foreign currency and how many units of the company's one of it buys."""

    code: str | None = None
    exchange_rate: Decimal | None = None


class ItemDraft(msgspec.Struct, kw_only=True):
    """One item as asked for. `taxed_price` includes IVA and replaces `price`."""

    product: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    taxed_price: Decimal | None = None
    discount: Decimal | None = None
    taxes: list[int | None] = []
    warehouse: int | None = None
    seller: int | None = None


class PaymentDraft(msgspec.Struct, kw_only=True):
    """How a part of the total is paid."""

    payment_type: int | None = None
    value: Decimal | None = None
    due_date: OptionalDay = None


class InvoiceDraft(msgspec.Struct, kw_only=True):
    """A sales invoice as asked for.

    `new_customer` is the whole third party, to be created if it does not exist. `refused` names the
    fields that were sent and that the company's settings can never allow. `extra` is kept and given
    back untouched.
    """

    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    party: PartyName | None = None
    new_customer: ThirdParty | None = None
    cost_centre: int | None = None
    currency: CurrencyDraft | None = None
    seller: int | None = None
    observations: str | None = None
    retentions: list[int | None] = []
    items: list[ItemDraft] = []
    payments: list[PaymentDraft] = []
    refused: list[str] = []
    extra: dict[str, Any] = {}


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What an item took out of stock, or put into it, and at what cost in the company's currency.

    `product` is the small id: for a combo, those of its components.
    """

    product: int
    quantity: Decimal
    cost: Decimal


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item as recorded. `total` is base plus additive taxes, in the document's currency.

    `goods` is what it moved in stock; empty where stock is not controlled.
    """

    product: int
    guid: UUID
    code: str
    description: str
    quantity: Decimal
    price: Decimal
    discount_percentage: Decimal
    discount_value: Decimal
    base: Decimal
    total: Decimal
    taxes: tuple[TaxAmount, ...] = ()
    warehouse: int | None = None
    seller: int | None = None
    goods: tuple[Goods, ...] = ()


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a part of the total was paid, in the document's currency."""

    payment_type: int
    name: str
    value: Decimal
    due_date: OptionalDay = None


class InvoiceContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of a sales invoice that is not in its voucher row."""

    seller: int | None
    subtotal: Decimal
    items: tuple[Item, ...]
    payments: tuple[Payment, ...]
    retentions: tuple[TaxAmount, ...] = ()
    observations: str | None = None
    extra: dict[str, Any] = {}


class Document(msgspec.Struct, Generic[Content], frozen=True, kw_only=True):
    """A recorded document of any kind. `balance` is what is still owed on it, in its own currency.

    `party` is None only where a voucher has none of its own.
    """

    id: UUID
    kind: VoucherKind
    voucher_type: int
    number: int
    date: date
    party: PartyReference | None
    cost_centre: int | None
    currency: str
    exchange_rate: Decimal | None
    total: Decimal
    balance: Decimal
    content: Content
    created_at: datetime
    updated_at: datetime | None = None
    annulled: bool = False


Invoice = Document[InvoiceContent]
