"""What is left of an invoice after the credit notes about it, and what its goods return at.

Value and quantity are counted by what was sold (a product, given away or not, as income of whom), over
all items of the invoice: no note credits more than was invoiced, nor returns more than left. Goods return
at the cost they left with, in proportion, and the last of them take the rest of that cost, so that no
cent stays behind. Pure.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from typing import NamedTuple

import msgspec

from cuadra.catalog.third_parties import PartyName
from cuadra.errors import Problem
from cuadra.ledger.vouchers import CENT
from cuadra.trade.books import KnownDocument
from cuadra.trade.documents import (
    CreditNoteContent,
    Goods,
    InvoiceContent,
    Item,
    ItemDraft,
    NoteReason,
)
from cuadra.trade.totals import EXACT, DocumentTotals

_RETURNING = (None, NoteReason.RETURN, NoteReason.CANCELLATION)


class _GoodsLeft(msgspec.Struct):
    """Goods that left with a product: how many and at what cost, and what of both has not come back."""

    sold: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    quantity_left: Decimal = Decimal(0)
    cost_left: Decimal = Decimal(0)


class Sold(NamedTuple):
    """What an item sells: a product (or what its account stands for), as a gift or not, as whose income."""

    product: int | None
    gift: bool
    party: PartyName | None
    account: str | None = None


class _SoldLeft(msgspec.Struct):
    """How much of it was sold, and what of it can still be credited; `base` of gifts is what they are worth."""

    sold: Decimal = Decimal(0)
    quantity: Decimal = Decimal(0)
    base: Decimal = Decimal(0)
    warehouse: int | None = None
    goods: dict[int, _GoodsLeft] = msgspec.field(default_factory=dict)


class Remainder:
    """What is left of an invoice. It shrinks as items are credited."""

    def __init__(self, total: Decimal, items: Sequence[Item]) -> None:
        self.total = total
        self.sold: dict[Sold, _SoldLeft] = {}
        for item in items:
            left = self.sold.setdefault(_sold(item), _SoldLeft(warehouse=item.warehouse))
            left.sold += item.quantity
            left.quantity += item.quantity
            left.base += _worth(item, item.base)
            for part in item.goods:
                goods = left.goods.setdefault(part.product, _GoodsLeft())
                goods.sold += part.quantity
                goods.cost += part.cost
                goods.quantity_left += part.quantity
                goods.cost_left += part.cost

    def subtract(self, note: CreditNoteContent) -> None:
        """Take off what an earlier note credited."""
        self.total -= sum((payment.value for payment in note.payments), Decimal(0))
        for item in note.items:
            left = self.sold[_sold(item)]
            left.base -= _worth(item, item.base)
            if returns_goods(note.reason):
                left.quantity -= item.quantity
            for part in item.goods:
                left.goods[part.product].quantity_left -= part.quantity
                left.goods[part.product].cost_left -= part.cost

    def take_goods(self, sold: Sold, quantity: Decimal) -> tuple[Goods, ...]:
        """The goods that come back with so much of what was sold, at their cost."""
        left = self.sold[sold]
        taken = (_take(part, goods, quantity, left.sold) for part, goods in left.goods.items())
        return tuple(goods for goods in taken if goods.quantity)


def _sold(item: Item) -> Sold:
    account = item.account if item.product is None else None
    return Sold(item.product, item.tax_base is not None, item.party, account)


def _worth(item: Item | ItemDraft, base: Decimal) -> Decimal:
    """What an item credits: its base, or what a gift is worth."""
    return base if item.tax_base is None else item.tax_base * (item.quantity or Decimal(0))


def returns_goods(reason: NoteReason | None) -> bool:
    """Whether a note with this reason brings goods back, or only credits value.

    >>> returns_goods(None), returns_goods(NoteReason.REBATE)
    (True, False)
    """
    return reason in _RETURNING


def compute_remainder(document: KnownDocument) -> Remainder:
    """What the live notes about an invoice leave of it."""
    invoice = msgspec.json.decode(document.content, type=InvoiceContent)
    remainder = Remainder(document.total, invoice.items)
    for raw in document.about:
        remainder.subtract(msgspec.json.decode(raw, type=CreditNoteContent))
    return remainder


def validate_remainder(
    items: Sequence[ItemDraft],
    credited: Sequence[Sold],
    totals: DocumentTotals,
    remainder: Remainder,
    reason: NoteReason | None,
) -> list[Problem]:
    """No item takes more than is left of what it credits, and the whole no more than is left of the total."""
    problems = []
    bases: dict[Sold, Decimal] = {}
    quantities: dict[Sold, Decimal] = {}
    rows = zip(items, credited, totals.items, strict=True)
    for index, (item, sold, added) in enumerate(rows):
        left, path = remainder.sold[sold], f"items[{index}]"
        bases[sold] = bases.get(sold, Decimal(0)) + _worth(item, added.base)
        quantities[sold] = quantities.get(sold, Decimal(0)) + (item.quantity or Decimal(0))
        if returns_goods(reason) and quantities[sold] > left.quantity:
            message = f"of {item.product} only {left.quantity} can still be returned"
            problems.append(Problem("value", f"{path}.quantity", message, item.quantity))
        elif bases[sold] > left.base:
            fields = {"taxed_price": item.taxed_price, "tax_base": item.tax_base}
            field = next((name for name, value in fields.items() if value is not None), "price")
            message = f"of {item.product} only {left.base} can still be credited"
            problems.append(Problem("amount", f"{path}.{field}", message, added.base))
    if not problems and totals.total > remainder.total:
        message = f"only {remainder.total} of the invoice can still be credited"
        return [Problem("amount", "total", message, totals.total)]
    return problems


def _take(part: int, goods: _GoodsLeft, quantity: Decimal, sold: Decimal) -> Goods:
    """The goods in so much of what was sold; the last of them take all the cost that is left."""
    with localcontext(EXACT):
        returned = min(goods.sold * quantity / sold, goods.quantity_left)
        cost = min((goods.cost * quantity / sold).quantize(CENT), goods.cost_left)
    if returned == goods.quantity_left:
        cost = goods.cost_left
    goods.quantity_left -= returned
    goods.cost_left -= cost
    return Goods(product=part, quantity=returned, cost=cost)
