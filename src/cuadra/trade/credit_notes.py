"""Credit notes: what was sold comes back, or is worth less, and the customer owes that much less.

A note is about an invoice of these books, whose customer, seller and currency it takes over and of which
it never credits more than is left (`trade.remainders`), or about one outside them, which it can only
believe, or about none, and pays what it is told. It mirrors the invoice's posting and settles its dues
(`trade.settlement`). Recording is pure, like every other.
"""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from cuadra.catalog.records import DocumentSide, DueKind, ElectronicType, VoucherKind, VoucherType
from cuadra.catalog.third_parties import PartyName, PartyReference
from cuadra.errors import Problem, Rejected, required, unknown
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import Line, NewDue, Voucher, period_of
from cuadra.trade.books import Books, KnownDocument, Needs, Origin, UnplacedDue
from cuadra.trade.charges import validate_charges
from cuadra.trade.documents import (
    CreditNote,
    CreditNoteContent,
    CreditNoteDraft,
    CurrencyDraft,
    Goods,
    InvoiceContent,
    InvoiceName,
    Item,
    ItemDraft,
    NoteReason,
    OutsideInvoice,
)
from cuadra.trade.heads import new_document
from cuadra.trade.invoices import recorded_payment, validate_total
from cuadra.trade.items import (
    compute_stated,
    goods_of_item,
    is_gift,
    needs_of_items,
    recorded_item,
    validate_bases,
    validate_items,
    validate_retentions,
)
from cuadra.trade.posting_rules import LineMaker, lines_from_credit_note
from cuadra.trade.remainders import (
    Remainder,
    Sold,
    compute_remainder,
    returns_goods,
    validate_remainder,
)
from cuadra.trade.settlement import (
    compute_returned_cost,
    find_owed,
    settle_applied,
    settle_payments,
    validate_applied,
    validate_applied_sum,
)
from cuadra.trade.totals import TOTAL_MAX, DocumentTotals, ItemTotals
from cuadra.trade.validation import (
    needs_of_number,
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_payments,
    validate_seller,
    validate_voucher_type,
)

KIND = VoucherKind.CREDIT_NOTE


class _Terms(NamedTuple):
    """What a note says itself, or takes over from its invoice."""

    party: PartyReference
    seller: int | None
    currency: CurrencyDraft | None


def needs_of_credit_note(draft: CreditNoteDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    needs_of_items(draft.items, needs)
    if draft.invoice is not None:
        needs.documents.add(draft.invoice)
    needs.documents |= {one.document for one in draft.applied or [] if one.document}
    if draft.chosen_number:
        needs_of_number(draft.voucher_type, draft.number, needs)
    if draft.party is not None:
        needs.parties.add(draft.party)
    if due := _outside_due(draft):
        needs.unplaced_dues.add(due)


def _outside_due(draft: CreditNoteDraft) -> UnplacedDue | None:
    """What a due of the invoice outside the books would be called here."""
    outside = draft.outside
    if outside is None or draft.party is None or not outside.prefix or outside.number is None:
        return None
    return UnplacedDue(DueKind.RECEIVABLE, draft.party, outside.prefix, outside.number, 1)


def validate_credit_note(draft: CreditNoteDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its totals if nothing else is."""
    return _examine(draft, books)[0]


def _examine(
    draft: CreditNoteDraft, books: Books
) -> tuple[list[Problem], VoucherType | None, DocumentTotals | None]:
    """What is wrong with the draft; its voucher type, and what it comes to, as far as they are known."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, KIND, catalog)
    voucher_type = None if problems else _without_item_sellers(draft, books)
    invoice = _invoice_of(draft, books)
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type, books, chosen=draft.chosen_number)
    problems += _validate_source(draft, invoice, voucher_type, books)
    problems += _validate_terms(draft, invoice, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    if draft.reason is None and _is_electronic(voucher_type):
        problems.append(required("reason"))
    problems += [Problem("setting", field, f"{field} cannot be used") for field in draft.refused]
    problems += validate_retentions(draft.retentions, voucher_type, books)
    problems += validate_items(draft.items, voucher_type, books)
    problems += validate_charges(draft.charges, books)
    remainder = None if invoice is None else compute_remainder(invoice)
    problems += _validate_items_known(draft, remainder, books)
    gifts_only = bool(draft.items) and all(map(is_gift, draft.items))
    problems += validate_payments(
        draft.payments, DocumentSide.SALES, catalog, may_be_zero=gifts_only
    )
    problems += _validate_health(draft, invoice)
    if problems:
        return problems, voucher_type, None
    assert voucher_type is not None
    totals, problems = compute_stated(draft, voucher_type, books)
    problems = (
        problems
        or validate_bases(totals)
        or _validate_credited(draft, totals, remainder, books)
        or validate_total(
            totals.total,
            draft.payments,
            _terms(draft, invoice, books).currency,
            may_be_zero=gifts_only,
        )
        or validate_applied_sum(draft, totals.total)
    )
    return problems, voucher_type, totals


def _without_item_sellers(draft: CreditNoteDraft, books: Books) -> VoucherType:
    """The note's voucher type; whatever it says, a note has one seller for all items."""
    voucher_type = books.catalog.voucher_types[draft.voucher_type or 0]
    return msgspec.structs.replace(voucher_type, seller_by_item=False)


def _invoice_of(draft: CreditNoteDraft, books: Books) -> KnownDocument | None:
    """The invoice the note is about, if it is one with items that still stands."""
    document = books.documents.get(draft.invoice) if draft.invoice else None
    if document is None or document.annulled or document.kind is not VoucherKind.SALES_INVOICE:
        return None
    return None if bytes(document.content) == b"null" else document


def _is_electronic(voucher_type: VoucherType | None) -> bool:
    return voucher_type is not None and voucher_type.electronic_type is not ElectronicType.NONE


def _validate_source(
    draft: CreditNoteDraft,
    invoice: KnownDocument | None,
    voucher_type: VoucherType | None,
    books: Books,
) -> list[Problem]:
    """The note is about one invoice, older than itself, and is electronic as that one is, or it pays some."""
    if draft.applied is not None:
        return validate_applied(draft, books)
    if draft.outside is not None:
        if draft.invoice is not None:
            return [Problem("option", "outside", "the invoice is in the books, or it is not")]
        return _validate_outside(draft, books)
    if draft.invoice is None:
        return [required("invoice")]
    if draft.invoice not in books.documents:
        return [unknown("invoice", str(draft.invoice))]
    if invoice is None:
        return [Problem("mismatch", "invoice", "it is no invoice with items that still stands")]
    if draft.date is not None and draft.date < invoice.date:
        return [Problem("date", "date", "a note is not older than its invoice", draft.date)]
    if voucher_type is None:
        return []
    electronic = _is_electronic(voucher_type)
    if electronic is not _is_electronic(books.catalog.voucher_types[invoice.voucher_type]):
        message = "both the note and its invoice are electronic, or neither is"
        return [Problem("mismatch", "invoice", message)]
    if electronic and books.settings.credit_note_needs_accepted:
        return [Problem("mismatch", "invoice", "the authority has not accepted the invoice")]
    return []


def _validate_outside(draft: CreditNoteDraft, books: Books) -> list[Problem]:
    """An invoice outside the books has a date, and to cancel it takes its number and its code."""
    outside = draft.outside
    assert outside is not None
    problems = []
    if outside.date is None:
        problems.append(required("outside.date"))
    elif draft.date is not None and outside.date > draft.date:
        message = "a note is not older than its invoice"
        problems.append(Problem("date", "outside.date", message, outside.date))
    if draft.reason is NoteReason.CANCELLATION:
        if outside.number is None:
            problems.append(required("outside.number"))
        if not outside.cufe:
            problems.append(required("outside.cufe"))
    if _is_inside(outside, books):
        message = "this invoice is in the books, and is named by its id"
        problems.append(Problem("mismatch", "outside.number", message, outside.number))
    return problems


def _is_inside(outside: OutsideInvoice, books: Books) -> bool:
    """Whether these books gave the number away, so that what is left of the invoice is known."""
    return any(
        voucher_type.next_number
        <= (outside.number or 0)
        < books.next_numbers.get(voucher_type.id, 0)
        for voucher_type in books.catalog.voucher_types.values()
        if voucher_type.kind is VoucherKind.SALES_INVOICE
        and outside.prefix in (voucher_type.prefix, voucher_type.due_prefix)
    )


def _validate_terms(
    draft: CreditNoteDraft, invoice: KnownDocument | None, books: Books
) -> list[Problem]:
    """Third party, currency and seller: given for an invoice outside the books, else those of the invoice."""
    catalog = books.catalog
    if invoice is None:
        if draft.outside is None and draft.applied is None:
            return []
        problems = validate_party("customer", draft.party, books)
        problems += validate_currency(draft.currency, books)
        if draft.seller is None and draft.free:
            return problems
        return problems + validate_seller("seller", draft.seller, catalog)
    problems = []
    assert invoice.party is not None
    if draft.party is not None and draft.party != _name(invoice.party):
        message = "the invoice is another customer's"
        value = draft.party.identification
        problems.append(Problem("mismatch", "party.identification", message, value))
    if draft.currency is not None:
        problems += _validate_same_currency(draft.currency, invoice)
    if draft.seller is not None:
        problems += validate_seller("seller", draft.seller, catalog)
    return problems


def _name(party: PartyReference) -> PartyName:
    return PartyName(party.identification, party.branch)


def _validate_same_currency(currency: CurrencyDraft, invoice: KnownDocument) -> list[Problem]:
    """Code and rate are those of the invoice, so that what it owes goes away with it."""
    if not currency.code:
        return [required("currency.code")]
    message = "the note is in the currency of its invoice, at its rate"
    if invoice.exchange_rate is None or currency.code != invoice.currency:
        return [Problem("value", "currency.code", message, currency.code)]
    if currency.exchange_rate not in (None, invoice.exchange_rate):
        rate = currency.exchange_rate
        return [Problem("value", "currency.exchange_rate", message, rate)]
    return []


def _validate_items_known(
    draft: CreditNoteDraft, remainder: Remainder | None, books: Books
) -> list[Problem]:
    """Every item was sold by the invoice, as a gift or not, as the same third party's income."""
    if remainder is None:
        return []
    return [
        Problem("mismatch", f"items[{index}].product", "the invoice did not sell it", item.product)
        for index, item in enumerate(draft.items)
        if (item.product in books.products or (item.account and not item.product))
        and _sold(item, books) not in remainder.sold
    ]


def _sold(item: ItemDraft, books: Books) -> Sold:
    """What an item credits."""
    if not item.product:
        return Sold(None, is_gift(item), item.party, item.account)
    return Sold(books.products[item.product].id, is_gift(item), item.party)


def _validate_health(draft: CreditNoteDraft, invoice: KnownDocument | None) -> list[Problem]:
    """What it tells of the health sector is of the same operation as its invoice."""
    if draft.health is None or invoice is None:
        return []
    known = msgspec.json.decode(invoice.content, type=InvoiceContent).health
    if known is None:
        return [Problem("setting", "health", "the invoice is not of the health sector")]
    if known.operation != draft.health.operation:
        message = f"the invoice is of the operation {known.operation}"
        return [Problem("mismatch", "health.operation", message, draft.health.operation)]
    return []


def _validate_credited(
    draft: CreditNoteDraft, totals: DocumentTotals, remainder: Remainder | None, books: Books
) -> list[Problem]:
    """No more than is left of the invoice; of one outside the books, goods whose cost can be held."""
    if remainder is not None:
        credited = [_sold(item, books) for item in draft.items]
        return validate_remainder(draft.items, credited, totals, remainder, draft.reason)
    if not returns_goods(draft.reason):
        return []
    message = "so many cost more than the books can hold"
    return [
        Problem("value", f"items[{index}].quantity", message, item.quantity)
        for index, item in enumerate(draft.items)
        if any(
            compute_returned_cost(draft.applied or [], part.id, quantity, books) > TOTAL_MAX
            for part, quantity in goods_of_item(item, books)
        )
    ]


def _terms(draft: CreditNoteDraft, invoice: KnownDocument | None, books: Books) -> _Terms:
    """Third party, seller and currency of a draft without problems in them."""
    if invoice is None:
        assert draft.party is not None
        return _Terms(books.parties[draft.party], draft.seller, draft.currency)
    assert invoice.party is not None
    seller = draft.seller
    if seller is None:
        seller = msgspec.json.decode(invoice.content, type=InvoiceContent).seller
    currency = None
    if invoice.exchange_rate is not None:
        currency = CurrencyDraft(code=invoice.currency, exchange_rate=invoice.exchange_rate)
    return _Terms(invoice.party, seller, currency)


def record_credit_note(
    draft: CreditNoteDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, CreditNote]:
    """Fold a note into the books: its position in the batch, and the note without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    problems, voucher_type, totals = _examine(draft, books)
    if problems:
        raise Rejected(problems)
    assert voucher_type is not None and totals is not None and draft.date is not None
    invoice = _invoice_of(draft, books)
    terms = _terms(draft, invoice, books)
    note = new_document(
        draft,
        voucher_type,
        books,
        party=terms.party,
        currency=terms.currency,
        total=totals.total,
        balance=Decimal(0),
        content=_content(draft, totals, terms.seller, invoice, books),
    )
    voucher = _voucher(note, voucher_type, draft, books)
    if invoice is not None:
        assert voucher.content is not None
        invoice.about.append(voucher.content)
    return books.add_voucher(voucher, origin, key), note


def _content(
    draft: CreditNoteDraft,
    totals: DocumentTotals,
    seller: int | None,
    invoice: KnownDocument | None,
    books: Books,
) -> CreditNoteContent:
    remainder = name = None
    if invoice is not None:
        remainder = compute_remainder(invoice)
        name = InvoiceName(id=invoice.id, voucher_type=invoice.voucher_type, number=invoice.number)
    return CreditNoteContent(
        seller=seller,
        subtotal=totals.subtotal,
        items=tuple(
            _credited_item(item, added, draft, remainder, books)
            for item, added in zip(draft.items, totals.items, strict=True)
        ),
        payments=tuple(recorded_payment(payment, books.catalog) for payment in draft.payments),
        retentions=totals.retentions,
        invoice=name,
        outside=draft.outside,
        reason=draft.reason,
        observations=draft.observations,
        health=draft.health,
        charges=totals.charges,
        extra=draft.extra,
    )


def _credited_item(
    item: ItemDraft,
    added: ItemTotals,
    draft: CreditNoteDraft,
    remainder: Remainder | None,
    books: Books,
) -> Item:
    """An item as recorded. Its goods come back here, to the warehouse they left unless told otherwise."""
    if not returns_goods(draft.reason):
        return recorded_item(item, added, books)
    assert item.quantity is not None
    if remainder is None:
        goods = tuple(
            Goods(
                product=part.id,
                quantity=many,
                cost=compute_returned_cost(draft.applied or [], part.id, many, books),
            )
            for part, many in goods_of_item(item, books)
        )
    else:
        sold = _sold(item, books)
        goods = remainder.take_goods(sold, item.quantity)
        if goods and item.warehouse is None:
            warehouse = remainder.sold[sold].warehouse
            item = msgspec.structs.replace(item, warehouse=warehouse)
    for part in goods:
        books.add_stock(part.product, item.warehouse or 0, part.quantity, part.cost)
    return recorded_item(item, added, books, goods)


def _voucher(
    note: CreditNote, voucher_type: VoucherType, draft: CreditNoteDraft, books: Books
) -> Voucher:
    """The note as the ledger writes it."""
    content = note.content
    assert note.party is not None
    lines, dues = _lines(note, voucher_type, draft, books)
    return Voucher(
        id=note.id,
        type=voucher_type.id,
        kind=KIND,
        number=draft.number,
        date=note.date,
        period=period_of(note.date),
        third_party=note.party.id,
        cost_centre=note.cost_centre,
        currency=note.currency,
        exchange_rate=note.exchange_rate,
        description=content.observations or "",
        total=note.total,
        content=msgspec.Raw(msgspec.json.encode(content)),
        lines=lines,
        dues=dues,
        about=draft.invoice,
    )


def _lines(
    note: CreditNote, voucher_type: VoucherType, draft: CreditNoteDraft, books: Books
) -> tuple[list[Line], list[NewDue]]:
    """The lines of a note, and the due it opens."""
    content = note.content
    assert note.party is not None
    maker = LineMaker(
        books.catalog,
        third_party=note.party.id,
        cost_centre=note.cost_centre,
        currency=note.currency,
        exchange_rate=note.exchange_rate,
    )
    if draft.applied is not None:
        settled, dues = settle_applied(
            draft.applied, content.payments, maker, voucher_type.due_prefix, books
        )
        return lines_from_credit_note(maker, books, content, settled), dues
    owed = []
    if invoice := _invoice_of(draft, books):
        owed = find_owed(invoice, books)
    elif (wanted := _outside_due(draft)) and (found := books.find_due(wanted)):
        owed = [found]
    settled, dues = settle_payments(content.payments, owed, maker, voucher_type.due_prefix, books)
    return lines_from_credit_note(maker, books, content, settled), dues
