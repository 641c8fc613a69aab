"""Purchases and support documents: checked against the books, added up, turned into lines.

The counterpart of `trade.invoices`: what is bought is debited, with the taxes that can be recovered;
what is withheld from the supplier and what is owed or paid to him is credited. A paper of the supplier
is recorded once. Neither function reads the database: `books.load_books` did.
"""

import msgspec

from cuadra.catalog.records import DocumentSide, VoucherType
from cuadra.errors import Problem, Rejected
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import Line, Voucher, period_of
from cuadra.trade.books import Books, Needs, Origin
from cuadra.trade.charges import validate_charge_accounts, validate_charges
from cuadra.trade.documents import Purchase, PurchaseContent, PurchaseDraft
from cuadra.trade.heads import chosen_cost_centre, new_document
from cuadra.trade.invoices import (
    dues_of_payments,
    opening_balance,
    recorded_payment,
    validate_total,
)
from cuadra.trade.items import (
    compute_stated,
    validate_bases,
    validate_retentions,
)
from cuadra.trade.posting_rules import LineMaker, lines_from_purchase
from cuadra.trade.purchase_items import (
    bought_item,
    needs_of_purchase_items,
    validate_purchase_items,
    validate_retention_accounts,
)
from cuadra.trade.totals import ADDITIVE, DocumentTotals
from cuadra.trade.validation import (
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_payments,
    validate_voucher_type,
)


def needs_of_purchase(draft: PurchaseDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    if draft.party is not None:
        needs.parties.add(draft.party)
        if paper := _external_number(draft):
            needs.external_numbers.add((draft.party, paper))
    needs_of_purchase_items(draft, needs)


def _external_number(draft: PurchaseDraft) -> str | None:
    """What the supplier calls its paper, in one text."""
    paper = draft.paper
    if paper is None or not paper.prefix or not paper.number:
        return None
    return f"{paper.prefix}-{paper.number}"


def validate_purchase(draft: PurchaseDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its totals if nothing else is."""
    return _examine(draft, books)[0]


def _examine(
    draft: PurchaseDraft, books: Books
) -> tuple[list[Problem], VoucherType | None, DocumentTotals | None]:
    """What is wrong with the draft; its voucher type, and what it comes to, as far as they are known."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, draft.kinds, catalog)
    voucher_type = None if problems else _voucher_type(draft, books)
    centre = chosen_cost_centre(draft.cost_centre, voucher_type) if voucher_type else None
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type, books)
    problems += validate_party("supplier", draft.party, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    problems += _validate_paper(draft, books)
    problems += validate_currency(draft.currency, books)
    problems += [Problem("setting", field, f"{field} cannot be used") for field in draft.refused]
    problems += validate_retentions(draft.retentions, voucher_type, books)
    problems += validate_retention_accounts(draft.retentions, books)
    problems += validate_purchase_items(draft, voucher_type, centre, books)
    problems += validate_charges(draft.charges, books)
    problems += validate_charge_accounts(draft.charges, books)
    problems += validate_payments(draft.payments, DocumentSide.PURCHASES, catalog)
    if problems:
        return problems, voucher_type, None
    assert voucher_type is not None
    totals, problems = compute_stated(draft, voucher_type, books, included=ADDITIVE)
    problems = (
        problems
        or validate_bases(totals)
        or validate_total(totals.total, draft.payments, draft.currency)
    )
    return problems, voucher_type, totals


def _voucher_type(draft: PurchaseDraft, books: Books) -> VoucherType:
    """The voucher type, with the type of discount that a purchase chooses for itself."""
    voucher_type = books.catalog.voucher_types[draft.voucher_type or 0]
    return msgspec.structs.replace(voucher_type, discount_type=draft.discount_type)


def _validate_paper(draft: PurchaseDraft, books: Books) -> list[Problem]:
    """No other document is for the same paper of the supplier."""
    number = _external_number(draft)
    if number is None or draft.party is None:
        return []
    holder = books.external_numbers.get((draft.party, number))
    if holder is None or (books.editing is not None and holder == books.editing.id):
        return []
    message = f"the paper {number} of this supplier is recorded already"
    return [Problem("repeated", "external_number", message, number)]


def record_purchase(
    draft: PurchaseDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Purchase]:
    """Fold a purchase into the books: its position in the batch, and the purchase without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    problems, voucher_type, totals = _examine(draft, books)
    if problems:
        raise Rejected(problems)
    assert voucher_type is not None and totals is not None
    assert draft.party is not None and draft.date is not None
    content = _content(draft, totals, books)
    purchase = new_document(
        draft,
        voucher_type,
        books,
        party=books.parties[draft.party],
        currency=draft.currency,
        total=totals.total,
        balance=opening_balance(content.payments, books.catalog),
        content=content,
    )
    voucher = _voucher(purchase, voucher_type, draft, books)
    _take_in(voucher.lines, books)
    ordinal = books.add_voucher(voucher, origin, key)
    if voucher.external_number is not None:
        books.external_numbers[draft.party, voucher.external_number] = voucher.id
    return ordinal, purchase


def _content(draft: PurchaseDraft, totals: DocumentTotals, books: Books) -> PurchaseContent:
    numbered = _external_number(draft) is not None
    return PurchaseContent(
        subtotal=totals.subtotal,
        items=tuple(
            bought_item(item, added, books)
            for item, added in zip(draft.items, totals.items, strict=True)
        ),
        payments=tuple(recorded_payment(payment, books.catalog) for payment in draft.payments),
        discount_type=draft.discount_type,
        supplier_by_item=draft.supplier_by_item,
        paper_prefix=draft.paper.prefix if draft.paper and numbered else None,
        paper_number=draft.paper.number if draft.paper and numbered else None,
        retentions=totals.retentions,
        observations=draft.observations,
        charges=totals.charges,
        extra=draft.extra,
    )


def _voucher(
    purchase: Purchase, voucher_type: VoucherType, draft: PurchaseDraft, books: Books
) -> Voucher:
    """The purchase as the ledger writes it: its lines, and a due for each payment with a due date."""
    content = purchase.content
    assert purchase.party is not None
    maker = LineMaker(
        books.catalog,
        third_party=purchase.party.id,
        cost_centre=purchase.cost_centre,
        currency=purchase.currency,
        exchange_rate=purchase.exchange_rate,
    )
    lines = lines_from_purchase(maker, books, content)
    return Voucher(
        id=purchase.id,
        type=voucher_type.id,
        kind=purchase.kind,
        number=draft.number,
        date=purchase.date,
        period=period_of(purchase.date),
        third_party=purchase.party.id,
        cost_centre=purchase.cost_centre,
        currency=purchase.currency,
        exchange_rate=purchase.exchange_rate,
        description=content.observations or "",
        total=purchase.total,
        content=msgspec.Raw(msgspec.json.encode(content)),
        lines=lines,
        dues=dues_of_payments(content.payments, lines, voucher_type.due_prefix),
        external_number=_external_number(draft),
    )


def _take_in(lines: list[Line], books: Books) -> None:
    """Goods come into stock at the value of their lines, rounding included."""
    for line in lines:
        if line.moves_stock:
            assert line.product is not None and line.quantity is not None
            books.add_stock(line.product, line.warehouse or 0, line.quantity, line.amount)
