"""Quotations: what a customer would pay, written down and numbered.

They are no accounting: a quotation has no lines, moves no stock and opens no due. It is checked and added
up like an invoice, and can be edited and deleted freely.
"""

from decimal import Decimal

import msgspec

from cuadra.catalog.records import VoucherKind, VoucherType
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import Voucher, period_of
from cuadra.trade.books import Books, Needs, Origin
from cuadra.trade.documents import Quotation, QuotationContent, QuotationDraft
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
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_seller,
    validate_voucher_type,
)

KIND = VoucherKind.QUOTATION


def needs_of_quotation(draft: QuotationDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    if draft.party is not None:
        needs.parties.add(draft.party)
    needs_of_items(draft.items, needs)


def validate_quotation(draft: QuotationDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its total if nothing else is."""
    return _examine(draft, books)[0]


def _examine(
    draft: QuotationDraft, books: Books
) -> tuple[list[Problem], VoucherType | None, DocumentTotals | None]:
    """What is wrong with the draft; its voucher type, and what it comes to, as far as they are known."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, KIND, catalog)
    voucher_type = None if problems else catalog.voucher_types[draft.voucher_type or 0]
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type, books)
    problems += validate_party("customer", draft.party, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    problems += validate_currency(draft.currency, books)
    problems += validate_seller("seller", draft.seller, catalog)
    problems += validate_items(draft.items, voucher_type, books, gifts=False)
    if problems:
        return problems, voucher_type, None
    assert voucher_type is not None
    totals = compute_items(draft.items, (), voucher_type, books)
    problems = validate_bases(totals) or validate_amount(totals.total, draft.currency)
    return problems, voucher_type, totals


def record_quotation(
    draft: QuotationDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Quotation]:
    """Fold a quotation into the books: its position in the batch, and the quotation without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    problems, voucher_type, totals = _examine(draft, books)
    if problems:
        raise Rejected(problems)
    assert voucher_type is not None and totals is not None
    assert draft.party is not None and draft.date is not None
    quotation = new_document(
        draft,
        voucher_type,
        books,
        party=books.parties[draft.party],
        currency=draft.currency,
        total=totals.total,
        balance=Decimal(0),
        content=QuotationContent(
            seller=draft.seller,
            subtotal=totals.subtotal,
            items=tuple(
                recorded_item(item, added, books)
                for item, added in zip(draft.items, totals.items, strict=True)
            ),
        ),
    )
    return books.add_voucher(_voucher(quotation, draft.number), origin, key), quotation


def _voucher(quotation: Quotation, number: int | None) -> Voucher:
    """The quotation as the ledger writes it: without lines."""
    assert quotation.party is not None
    return Voucher(
        id=quotation.id,
        type=quotation.voucher_type,
        kind=KIND,
        number=number,
        date=quotation.date,
        period=period_of(quotation.date),
        third_party=quotation.party.id,
        cost_centre=quotation.cost_centre,
        currency=quotation.currency,
        exchange_rate=quotation.exchange_rate,
        total=quotation.total,
        content=msgspec.Raw(msgspec.json.encode(quotation.content)),
        lines=[],
    )
