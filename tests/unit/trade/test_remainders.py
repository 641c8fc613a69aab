"""What notes leave of an invoice: never a cent or a piece too much or too little."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cuadra.catalog.records import VoucherKind
from cuadra.trade.books import KnownDocument
from cuadra.trade.documents import CreditNoteContent, Goods, InvoiceContent, Item, NoteReason
from cuadra.trade.remainders import Sold, compute_remainder

GUID = UUID(int=1)
COMBO = Sold(1, gift=False, party=None)


def item(quantity: Decimal, base: Decimal, *goods: Goods) -> Item:
    return Item(
        product=1, guid=GUID, code="C", description="", quantity=quantity, price=Decimal(1),
        discount_percentage=Decimal(0), discount_value=Decimal(0), base=base, total=base, goods=goods,
    )  # fmt: skip


def invoice(*items: Item) -> KnownDocument:
    content = InvoiceContent(seller=None, subtotal=Decimal(0), items=items, payments=())
    return KnownDocument(
        id=GUID, kind=VoucherKind.SALES_INVOICE, voucher_type=1, number=1, date=date(2026, 11, 20),
        party=None, cost_centre=None, currency="COP", exchange_rate=None, total=Decimal(100),
        annulled=False, content=msgspec.Raw(msgspec.json.encode(content)), dues=[], about=[],
    )  # fmt: skip


def credit(document: KnownDocument, quantity: Decimal, reason: NoteReason | None = None) -> Item:
    """A note about so many of the combo, as recording keeps it."""
    goods = compute_remainder(document).take_goods(COMBO, quantity) if reason is None else ()
    noted = item(quantity, Decimal(0), *goods)
    content = CreditNoteContent(
        seller=None, subtotal=Decimal(0), items=(noted,), payments=(), reason=reason
    )
    document.about.append(msgspec.Raw(msgspec.json.encode(content)))
    return noted


@given(
    sold=st.integers(1, 60),
    per_piece=st.sampled_from([Decimal(1), Decimal("0.5"), Decimal(3)]),
    cost=st.decimals(0, 1000, places=2),
    data=st.data(),
)
def test_what_returns_in_parts_costs_what_left(
    sold: int, per_piece: Decimal, cost: Decimal, data: st.DataObject
) -> None:
    first = Goods(product=2, quantity=sold * per_piece, cost=cost)
    second = Goods(product=3, quantity=Decimal(sold), cost=cost / 2)
    document = invoice(item(Decimal(sold), Decimal(10), first, second))
    returned: dict[int, list[Goods]] = {2: [], 3: []}
    left = sold
    while left:
        part = data.draw(st.integers(1, left))
        for goods in credit(document, Decimal(part)).goods:
            returned[goods.product].append(goods)
            assert goods.cost >= 0
        left -= part
    for goods in (first, second):
        assert sum(part.quantity for part in returned[goods.product]) == goods.quantity
        assert sum(part.cost for part in returned[goods.product]) == goods.cost


def test_a_note_of_value_leaves_quantity_and_goods() -> None:
    goods = Goods(product=2, quantity=Decimal(2), cost=Decimal(7))
    document = invoice(item(Decimal(2), Decimal(10), goods))
    credit(document, Decimal(2), NoteReason.REBATE)
    left = compute_remainder(document)
    assert left.sold[COMBO].quantity == 2
    assert left.take_goods(COMBO, Decimal(2)) == (goods,)
