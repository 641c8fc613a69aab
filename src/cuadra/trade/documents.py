"""The commercial content of a document, as it is drafted and as it is kept.

A draft names things by their natural keys and may lack anything; `validate_*` says what. What is kept
is complete and self-contained: names, percentages and amounts stay as they were on the day, whatever
becomes of the catalogs later. It is stored as one JSON value beside the voucher's ledger data.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from cuadra.catalog.records import DiscountType, ThirdParty, VoucherKind
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.ledger.vouchers import WITHOUT_LINES
from cuadra.trade.stated import StatedTotals
from cuadra.trade.totals import TaxAmount

OptionalDay = date | None  # members named `date` would hide the type
Content = TypeVar("Content")


class CurrencyDraft(msgspec.Struct, kw_only=True):
    """A foreign currency and how many units of the company's one of it buys."""

    code: str | None = None
    exchange_rate: Decimal | None = None


class Taxpayer(StrEnum):
    """Who bears the IVA of a gift."""

    CUSTOMER = "customer"
    COMPANY = "company"


class Transport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an item of a freight invoice tells the authority about the load.

    `unit` is a code of the authority (KGM, GLL); `service` tells freight registered by its consignment
    (`shipment`) from what is charged besides (`additional`).
    """

    file_number: int | None = None
    consignment: str | None = None
    quantity: int | None = None
    unit: str | None = None
    freight: Decimal | None = None
    purchase_order: str | None = None
    service: str | None = None


class Health(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an invoice of the health sector tells the authority.

    `operation` is the authority's own code (SS-CUFE, SS-SinAporte, SS-Recaudo), `payment_method` and
    `plan` codes of its lists. The four amounts are what patients paid: copayment, moderating fee, shared
    payments, recovery fee.
    """

    operation: str
    period_start: OptionalDay = None
    period_end: OptionalDay = None
    payment_method: str | None = None
    plan: str | None = None
    policy: str | None = None
    contract: str | None = None
    copayment: Decimal | None = None
    moderating_fee: Decimal | None = None
    shared_payments: Decimal | None = None
    recovery_fee: Decimal | None = None


class ItemDraft(msgspec.Struct, kw_only=True):
    """One item as asked for. `taxed_price` includes IVA and replaces `price`.

    So does `gross`, what all of it is worth before discounts and taxes. `discount` is as the voucher type
    has it, a `discount_value` always an amount. `party` is whose income the item is, where it is not the
    company's. A price of zero makes the item a gift: `tax_base` is then what one unit is worth for IVA,
    which the `taxpayer` bears. `account` is of the income, and replaces that of the product's group; with
    it a sale needs no product. `extra` is kept and given back untouched.
    """

    product: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    taxed_price: Decimal | None = None
    discount: Decimal | None = None
    taxes: list[int | None] = []
    warehouse: int | None = None
    seller: int | None = None
    party: PartyName | None = None
    tax_base: Decimal | None = None
    taxpayer: Taxpayer | None = None
    transport: Transport | None = None
    gross: Decimal | None = None
    discount_value: Decimal | None = None
    account: str | None = None
    cost_centre: int | None = None
    second_cost_centre: int | None = None
    extra: dict[str, Any] = {}


class GlobalDiscountDraft(msgspec.Struct, kw_only=True):
    """A discount on the whole document: per hundred of its subtotal, or else an amount."""

    discount: int | None = None
    percentage: Decimal | None = None
    value: Decimal | None = None


class PaymentDraft(msgspec.Struct, kw_only=True):
    """How a part of the total is paid. `account` is where the money goes, if not where its type says."""

    payment_type: int | None = None
    value: Decimal | None = None
    due_date: OptionalDay = None
    account: str | None = None
    extra: dict[str, Any] = {}


class ChargeDraft(msgspec.Struct, kw_only=True):
    """A perception: a tax that is charged as an amount of the whole document."""

    tax: int | None = None
    value: Decimal | None = None


class InvoiceDraft(msgspec.Struct, kw_only=True):
    """A sales invoice as asked for, or a debit note, which is one by another name.

    `new_customer` is the whole third party, to be created if it does not exist. `advance` is how much of
    the total the customer paid before. `refused` names the fields that were sent and that the company's
    settings can never allow. `extra` is kept and given back untouched. A `free` one may choose its number
    in a series that numbers itself, do without a seller and without a contact to send it to, and, as another's
    next version, change the customer. With `chosen_number` that may leave a gap, as on papers numbered
    elsewhere. An `annulled` one is recorded and annulled at once.
    """

    kind: VoucherKind = VoucherKind.SALES_INVOICE
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
    advance: Decimal | None = None
    items: list[ItemDraft] = []
    payments: list[PaymentDraft] = []
    global_discounts: list[GlobalDiscountDraft] = []
    health: Health | None = None
    charges: list[ChargeDraft] = []
    stated: StatedTotals | None = None
    refused: list[str] = []
    extra: dict[str, Any] = {}
    free: bool = False
    chosen_number: bool = False
    annulled: bool = False


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What an item took out of stock, or put into it, and at what cost in the company's currency.

    `product` is the small id: for a combo, those of its components.
    """

    product: int
    quantity: Decimal
    cost: Decimal


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item as recorded. `total` is base plus additive taxes, in the document's currency.

    `goods` is what it moved in stock; empty where stock is not controlled. `code` is the product's, or the
    account's of an item without one. The rest is as in its draft.
    """

    product: int | None = None
    guid: UUID | None = None
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
    party: PartyName | None = None
    tax_base: Decimal | None = None
    taxpayer: Taxpayer | None = None
    transport: Transport | None = None
    account: str | None = None
    cost_centre: int | None = None
    second_cost_centre: int | None = None
    extra: dict[str, Any] = {}


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a part of the total was paid, in the document's currency."""

    payment_type: int
    name: str
    value: Decimal
    due_date: OptionalDay = None
    account: str | None = None
    extra: dict[str, Any] = {}


class GlobalDiscountAmount(msgspec.Struct, frozen=True, kw_only=True):
    """A discount on the whole document as applied."""

    discount: int
    name: str
    percentage: Decimal
    value: Decimal


class InvoiceContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of a sales invoice that is not in its voucher row."""

    seller: int | None
    subtotal: Decimal
    items: tuple[Item, ...]
    payments: tuple[Payment, ...]
    retentions: tuple[TaxAmount, ...] = ()
    observations: str | None = None
    advance: Decimal | None = None
    global_discounts: tuple[GlobalDiscountAmount, ...] = ()
    health: Health | None = None
    charges: tuple[TaxAmount, ...] = ()
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


class NoteReason(StrEnum):
    """Why a credit note is issued. Only the first two, or no reason, bring goods back.

    `OTHER` is what some lists end with, where the authority's has prompt payment.
    """

    RETURN = "return"
    CANCELLATION = "cancellation"
    REBATE = "rebate"
    PRICE = "price"
    OTHER = "other"
    PROMPT_PAYMENT = "prompt_payment"
    VOLUME = "volume"


class OutsideInvoice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An invoice that is not in these books, as its paper names it. `cufe` is its code at the authority."""

    prefix: str | None = None
    number: int | None = None
    date: OptionalDay = None
    cufe: str | None = None


class AppliedDraft(msgspec.Struct, kw_only=True):
    """How much of a credit note pays what is owed on a document of these books, in the note's currency."""

    document: UUID | None = None
    value: Decimal | None = None


class CreditNoteDraft(msgspec.Struct, kw_only=True):
    """A credit note as asked for, about an `invoice` of these books or an `outside` one.

    Third party, seller and currency may be left to the invoice. With `applied`, even an empty list, it is
    about no invoice: it pays what these owe, and the rest is the customer's credit. The rest as in
    `InvoiceDraft`.
    """

    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    invoice: UUID | None = None
    outside: OutsideInvoice | None = None
    party: PartyName | None = None
    cost_centre: int | None = None
    currency: CurrencyDraft | None = None
    seller: int | None = None
    reason: NoteReason | None = None
    observations: str | None = None
    retentions: list[int | None] = []
    items: list[ItemDraft] = []
    payments: list[PaymentDraft] = []
    health: Health | None = None
    applied: list[AppliedDraft] | None = None
    charges: list[ChargeDraft] = []
    stated: StatedTotals | None = None
    refused: list[str] = []
    extra: dict[str, Any] = {}
    free: bool = False
    chosen_number: bool = False


class InvoiceName(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice of these books, with what it is called."""

    id: UUID
    voucher_type: int
    number: int


class CreditNoteContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of a credit note that is not in its voucher row. Its payments add up to its total."""

    seller: int | None
    subtotal: Decimal
    items: tuple[Item, ...]
    payments: tuple[Payment, ...]
    retentions: tuple[TaxAmount, ...] = ()
    invoice: InvoiceName | None = None
    outside: OutsideInvoice | None = None
    reason: NoteReason | None = None
    observations: str | None = None
    health: Health | None = None
    charges: tuple[TaxAmount, ...] = ()
    extra: dict[str, Any] = {}


CreditNote = Document[CreditNoteContent]


OFFERS = tuple(kind for kind in VoucherKind if kind in WITHOUT_LINES)


class OfferDraft(msgspec.Struct, kw_only=True):
    """A quotation or an order as asked for: nobody pays it and nothing leaves stock for it.

    Its voucher type is of one of these `kinds`. A `free` one was made elsewhere: it may choose its number, do
    without a seller, be worth nothing, and, as another's next version, change the third party. An `annulled`
    one is recorded and annulled at once.
    """

    kinds: tuple[VoucherKind, ...] = (VoucherKind.QUOTATION,)
    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    party: PartyName | None = None
    cost_centre: int | None = None
    currency: CurrencyDraft | None = None
    seller: int | None = None
    items: list[ItemDraft] = []
    free: bool = False
    annulled: bool = False


class OfferContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of an offer that is not in its voucher row."""

    seller: int | None
    subtotal: Decimal
    items: tuple[Item, ...]


Offer = Document[OfferContent]

PURCHASES = (VoucherKind.PURCHASE, VoucherKind.SUPPORT_DOCUMENT)


class PurchaseItemKind(StrEnum):
    """What a purchase can buy: a product, a fixed asset, or whatever an account stands for."""

    PRODUCT = "product"
    FIXED_ASSET = "fixed_asset"
    ACCOUNT = "account"


class PaperDraft(msgspec.Struct, kw_only=True):
    """What a supplier calls its own paper."""

    prefix: str | None = None
    number: str | None = None


class PurchaseItemDraft(ItemDraft, kw_only=True):
    """One item to buy; `product` is the code of whatever its kind says, asset or account included.

    `taxed_price` includes every tax that adds to the price. `party` sells this item alone. `account` replaces
    the purchase account of a product that is not kept in stock.
    """

    kind: PurchaseItemKind | None = None


class PurchaseDraft(msgspec.Struct, kw_only=True):
    """A purchase or a support document as asked for, on a voucher type of one of these `kinds`.

    `refused` names the fields that were sent and that the company's settings can never allow. `charges` are
    perceptions suffered, `stated` what the paper says it comes to. `extra` is kept and given back untouched.
    """

    kinds: tuple[VoucherKind, ...] = PURCHASES
    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    party: PartyName | None = None
    cost_centre: int | None = None
    paper: PaperDraft | None = None
    currency: CurrencyDraft | None = None
    observations: str | None = None
    discount_type: DiscountType = DiscountType.PERCENTAGE
    supplier_by_item: bool = False
    retentions: list[int | None] = []
    items: list[PurchaseItemDraft] = []
    payments: list[PaymentDraft] = []
    charges: list[ChargeDraft] = []
    stated: StatedTotals | None = None
    refused: list[str] = []
    extra: dict[str, Any] = {}


class PurchaseItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One item as bought, and the account it debits. `product` and `fixed_asset` are small ids.

    `party` sold this item, where that is not the supplier of the whole.
    """

    kind: PurchaseItemKind
    account: str
    code: str
    description: str
    quantity: Decimal
    price: Decimal
    discount_percentage: Decimal
    discount_value: Decimal
    base: Decimal
    total: Decimal
    taxes: tuple[TaxAmount, ...] = ()
    product: int | None = None
    guid: UUID | None = None
    moves_stock: bool = False
    fixed_asset: int | None = None
    warehouse: int | None = None
    party: PartyName | None = None
    cost_centre: int | None = None
    second_cost_centre: int | None = None
    extra: dict[str, Any] = {}


class PurchaseContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of a purchase or support document that is not in its voucher row."""

    subtotal: Decimal
    items: tuple[PurchaseItem, ...]
    payments: tuple[Payment, ...]
    discount_type: DiscountType
    supplier_by_item: bool = False
    paper_prefix: str | None = None
    paper_number: str | None = None
    retentions: tuple[TaxAmount, ...] = ()
    observations: str | None = None
    charges: tuple[TaxAmount, ...] = ()
    extra: dict[str, Any] = {}


Purchase = Document[PurchaseContent]
