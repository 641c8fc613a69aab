"""Offers: quotations, and orders of customers and to suppliers, written down and numbered.

They are no accounting: an offer has no lines, moves no stock and opens no due. It is checked and added up
like an invoice, and can be edited and deleted freely.
"""

from decimal import Decimal

import msgspec

from cuadra.catalog.records import VoucherKind, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import Voucher, period_of
from cuadra.trade.books import Books, Needs, Origin
from cuadra.trade.documents import Offer, OfferContent, OfferDraft
from cuadra.trade.heads import new_document
from cuadra.trade.invoices import validate_amount
from cuadra.trade.items import (
    compute_items,
    needs_of_items,
    recorded_item,
    validate_bases,
    validate_items,
)
from cuadra.trade.totals import DocumentTotals
from cuadra.trade.validation import (
    needs_of_number,
    validate_chosen_number,
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_seller,
    validate_voucher_type,
)


def needs_of_offer(draft: OfferDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    needs_of_number(draft.voucher_type, draft.number, needs)
    if draft.party is not None:
        needs.parties.add(draft.party)
    needs_of_items(draft.items, needs)


def validate_offer(draft: OfferDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its total if nothing else is."""
    return _examine(draft, books)[0]


def _examine(
    draft: OfferDraft, books: Books
) -> tuple[list[Problem], VoucherType | None, DocumentTotals | None]:
    """What is wrong with the draft; its voucher type, and what it comes to, as far as they are known."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, draft.kinds, catalog)
    voucher_type = None if problems else _voucher_type(draft, catalog)
    bought = voucher_type is not None and voucher_type.kind is VoucherKind.PURCHASE_ORDER
    problems += validate_date(draft.date, voucher_type, books)
    check_number = validate_chosen_number if draft.free else validate_number
    problems += check_number(draft.number, voucher_type, books)
    problems += validate_party("supplier" if bought else "customer", draft.party, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    problems += validate_currency(draft.currency, books)
    if draft.seller or not draft.free:
        problems += validate_seller("seller", draft.seller, catalog)
    problems += validate_items(
        draft.items, voucher_type, books, gifts=False, sellers=not draft.free, worthless=draft.free
    )
    if problems:
        return problems, voucher_type, None
    assert voucher_type is not None
    totals = compute_items(draft.items, (), voucher_type, books)
    problems = validate_bases(totals)
    problems = problems or validate_amount(totals.total, draft.currency, may_be_zero=draft.free)
    return problems, voucher_type, totals


def _voucher_type(draft: OfferDraft, catalog: Catalog) -> VoucherType:
    """The draft's voucher type; a free draft has cents, and a cost centre only if it says so."""
    voucher_type = catalog.voucher_types[draft.voucher_type or 0]
    if not draft.free:
        return voucher_type
    return msgspec.structs.replace(
        voucher_type,
        cost_centre=True,
        cost_centre_mandatory=False,
        cost_centre_default=None,
        decimals=True,
    )


def record_offer(
    draft: OfferDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Offer]:
    """Fold an offer into the books: its position in the batch, and the offer without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    problems, voucher_type, totals = _examine(draft, books)
    if problems:
        raise Rejected(problems)
    assert voucher_type is not None and totals is not None
    assert draft.party is not None and draft.date is not None
    offer = new_document(
        draft,
        voucher_type,
        books,
        party=books.parties[draft.party],
        currency=draft.currency,
        total=totals.total,
        balance=Decimal(0),
        content=OfferContent(
            seller=draft.seller,
            subtotal=totals.subtotal,
            items=tuple(
                recorded_item(item, added, books)
                for item, added in zip(draft.items, totals.items, strict=True)
            ),
        ),
    )
    return books.add_voucher(_voucher(offer, draft.number), origin, key), offer


def _voucher(offer: Offer, number: int | None) -> Voucher:
    """The offer as the ledger writes it: without lines."""
    assert offer.party is not None
    return Voucher(
        id=offer.id,
        type=offer.voucher_type,
        kind=offer.kind,
        number=number,
        date=offer.date,
        period=period_of(offer.date),
        third_party=offer.party.id,
        cost_centre=offer.cost_centre,
        currency=offer.currency,
        exchange_rate=offer.exchange_rate,
        total=offer.total,
        content=msgspec.Raw(msgspec.json.encode(offer.content)),
        lines=[],
    )
