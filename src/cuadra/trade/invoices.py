"""Sales invoices, and debit notes like them: checked against the books, added up, turned into lines.

`validate_invoice` says everything that is wrong with a draft, in documented order, and what it comes
to only when nothing else is wrong. `record_invoice` folds an accepted draft into the books. Neither
reads the database: `books.load_books` did.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from cuadra.catalog.records import DocumentSide, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName, validate_third_party
from cuadra.database.ids import new_id
from cuadra.errors import Problem, Rejected, inactive, required, unknown
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import CENT, Line, NewDue, Voucher, period_of
from cuadra.trade.books import Books, DueName, Needs, OpenDue, Origin
from cuadra.trade.charges import validate_charges
from cuadra.trade.documents import (
    CurrencyDraft,
    GlobalDiscountAmount,
    GlobalDiscountDraft,
    Invoice,
    InvoiceContent,
    InvoiceDraft,
    Payment,
    PaymentDraft,
)
from cuadra.trade.heads import new_document
from cuadra.trade.items import (
    compute_stated,
    is_gift,
    needs_of_items,
    sold_item,
    validate_bases,
    validate_items,
    validate_retentions,
    validate_stock,
)
from cuadra.trade.posting_rules import LineMaker, lines_from_invoice
from cuadra.trade.totals import (
    TOTAL_MAX,
    DocumentTotals,
    Reduction,
    compute_local,
    compute_percentage,
)
from cuadra.trade.validation import (
    needs_of_number,
    validate_chosen_number,
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_payments,
    validate_posting_account,
    validate_seller,
    validate_voucher_type,
)

PERCENTAGE_MIN, PERCENTAGE_MAX = Decimal("0.01"), Decimal("99.99")  # of a discount on the whole


def needs_of_invoice(draft: InvoiceDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    needs_of_number(draft.voucher_type, draft.number, needs)
    if draft.party is not None:
        needs.parties.add(draft.party)
        if draft.new_customer is not None:
            needs.new_parties.add(draft.party)
        if draft.advance is not None:
            needs.advances.add(draft.party)
    needs_of_items(draft.items, needs)


def validate_invoice(draft: InvoiceDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its totals if nothing else is."""
    return _examine(draft, books)[0]


def _examine(
    draft: InvoiceDraft, books: Books
) -> tuple[list[Problem], VoucherType | None, DocumentTotals | None]:
    """What is wrong with the draft; its voucher type, and what it comes to, as far as they are known."""
    catalog = books.catalog
    problems = validate_voucher_type(draft.voucher_type, draft.kind, catalog)
    voucher_type = None if problems else catalog.voucher_types[draft.voucher_type or 0]
    problems += validate_date(draft.date, voucher_type, books)
    problems += _validate_number(draft, voucher_type, books)
    problems += _validate_customer(draft, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    problems += validate_currency(draft.currency, books)
    problems += _validate_seller(draft, voucher_type, books)
    problems += [Problem("setting", field, f"{field} cannot be used") for field in draft.refused]
    problems += validate_retentions(draft.retentions, voucher_type, books)
    problems += _validate_advance(draft, voucher_type, books)
    problems += validate_items(draft.items, voucher_type, books, sellers=not draft.free)
    problems += validate_charges(draft.charges, books)
    gifts_only = bool(draft.items) and all(map(is_gift, draft.items))
    problems += validate_payments(
        draft.payments,
        DocumentSide.SALES,
        catalog,
        may_be_zero=gifts_only or draft.advance is not None,
    )
    problems += _validate_global_discounts(draft, voucher_type, books)
    if draft.health is not None and voucher_type and not voucher_type.healthcare_company:
        problems.append(
            Problem("setting", "health", "the voucher type is not of the health sector")
        )
    if problems:
        return problems, voucher_type, None
    assert voucher_type is not None
    reductions = _reductions(draft.global_discounts)
    totals, problems = compute_stated(draft, voucher_type, books, reductions)
    problems = problems or validate_bases(totals) or validate_stock(draft.items, books)
    if draft.advance is not None and not problems and draft.advance > totals.total:
        message = "an advance is not above the total"
        problems.append(Problem("amount", "advance", message, draft.advance))
    problems = problems or validate_total(
        totals.total, draft.payments, draft.currency, draft.advance, may_be_zero=gifts_only
    )
    return problems, voucher_type, totals


def _validate_number(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """The next number, or one that the voucher type, a free invoice or a paper of its own lets a client choose."""
    if draft.free and not draft.chosen_number:
        return validate_chosen_number(draft.number, voucher_type, books)
    return validate_number(draft.number, voucher_type, books, chosen=draft.chosen_number)


def _validate_customer(draft: InvoiceDraft, books: Books) -> list[Problem]:
    """An existing customer, or a whole new one; with a contact to send the invoice to, unless it is free."""
    name = draft.party
    if draft.new_customer is not None and name is not None and name not in books.parties:
        problems = [
            Problem(p.code, f"customer.{p.field}", p.message, p.value)
            for p in validate_third_party(draft.new_customer, books.catalog)
        ]
        has_contacts = bool(draft.new_customer.contacts)
    else:
        problems = validate_party("customer", name, books)
        has_contacts = not problems and name is not None and books.parties[name].has_contacts
    if not problems and not has_contacts and not draft.free:
        return [Problem("customer_setting", "customer", "the customer has no contacts")]
    return problems


def _validate_seller(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """The invoice names its seller, unless it is free or the voucher type wants one on each item."""
    by_item = voucher_type is not None and voucher_type.seller_by_item
    if draft.seller is None and (by_item or draft.free):
        return []
    return validate_seller("seller", draft.seller, books.catalog)


def _validate_advance(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """What the customer paid before is there, in the company's currency, where the voucher type takes it."""
    advance = draft.advance
    if advance is None or voucher_type is None:
        return []
    if not voucher_type.advance_payment or draft.currency is not None:
        return [Problem("setting", "advance", "the voucher type takes no advances", advance)]
    account = books.settings.accounts.customer_advances
    if problems := validate_posting_account("advance", account, books.catalog):
        return problems
    there = -sum((due.balance for _, due in _advances(draft.party, books)), Decimal(0))
    if not 0 < advance <= there:
        message = f"the customer has advances of {there}"
        return [Problem("amount", "advance", message, advance)]
    return []


def _advances(party: PartyName | None, books: Books) -> list[tuple[DueName, OpenDue]]:
    """The advances a customer still has, the oldest first."""
    account = books.settings.accounts.customer_advances
    return [
        (name, due)
        for name, due in sorted(books.dues.items(), key=lambda pair: (pair[1].date, pair[1].id))
        if name.account == account
        and name.party == party
        and due.balance < 0
        and due.currency is None
    ]


def _validate_global_discounts(
    draft: InvoiceDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """Each is one of the voucher type's, active, once, and says how much."""
    if voucher_type is None:
        return []
    known = {discount.id: discount for discount in voucher_type.global_discounts}
    problems: list[Problem] = []
    seen = set()
    for index, asked in enumerate(draft.global_discounts):
        path = f"global_discounts[{index}]"
        discount = known.get(asked.discount or 0)
        if not known:
            message = "the voucher type has no discounts on the whole document"
            return [Problem("setting", "global_discounts", message)]
        if not asked.discount:
            problems.append(required(f"{path}.id"))
        elif discount is None:
            problems.append(unknown(f"{path}.id", asked.discount))
        elif not discount.active:
            problems.append(inactive(f"{path}.id", asked.discount))
        elif asked.discount in seen:
            message = "a discount is given once"
            problems.append(Problem("array", "global_discounts", message, asked.discount))
        else:
            problems += validate_posting_account(f"{path}.id", discount.account, books.catalog)
        seen.add(asked.discount)
        problems += _validate_reduction(path, asked)
    return problems


def _validate_reduction(path: str, asked: GlobalDiscountDraft) -> list[Problem]:
    if asked.percentage is not None:
        if PERCENTAGE_MIN <= asked.percentage <= PERCENTAGE_MAX:
            return []
        message = f"a percentage is from {PERCENTAGE_MIN} to {PERCENTAGE_MAX}"
        bounds = (PERCENTAGE_MIN, PERCENTAGE_MAX)
        return [Problem("range", f"{path}.percentage", message, bounds)]
    if asked.value is None:
        return [required(f"{path}.percentage")]
    if asked.value <= 0:
        message = "a discount is greater than zero"
        return [Problem("amount", f"{path}.value", message, asked.value)]
    return []


def _reductions(discounts: Sequence[GlobalDiscountDraft]) -> list[Reduction]:
    return [
        Reduction(percentage=discount.percentage, value=discount.value) for discount in discounts
    ]


def validate_total(
    total: Decimal,
    payments: Sequence[PaymentDraft],
    currency: CurrencyDraft | None,
    advance: Decimal | None = None,
    *,
    may_be_zero: bool = False,
) -> list[Problem]:
    """The payments add up to the total less the advance; the books can hold it, also in their own currency."""
    if problems := validate_amount(total, currency, may_be_zero=may_be_zero):
        return problems
    paid = sum((payment.value or Decimal(0) for payment in payments), Decimal(0))
    left = total - (advance or Decimal(0))
    if paid != left:
        message = f"the payments are {paid} and what is to be paid is {left}"
        return [Problem("payments", "payments", message, left)]
    return []


def validate_amount(
    total: Decimal, currency: CurrencyDraft | None, *, may_be_zero: bool = False
) -> list[Problem]:
    """The total is one the books can hold, also in their own currency."""
    local = compute_local(total, currency.exchange_rate if currency else None)
    least = Decimal(0) if may_be_zero else CENT
    if least <= total <= TOTAL_MAX and least <= local <= TOTAL_MAX:
        return []
    return [Problem("amount", "total", "the total is not an amount", total)]


def record_invoice(
    draft: InvoiceDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Invoice]:
    """Fold an invoice into the books: its position in the batch, and the invoice without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    problems, voucher_type, totals = _examine(draft, books)
    if problems:
        raise Rejected(problems)
    assert voucher_type is not None and totals is not None
    assert draft.party is not None and draft.date is not None
    customer = books.parties.get(draft.party)
    if customer is None:
        assert draft.new_customer is not None
        customer = books.add_party(draft.new_customer)
    content = _content(draft, voucher_type, totals, books)
    invoice = new_document(
        draft,
        voucher_type,
        books,
        party=customer,
        currency=draft.currency,
        total=totals.total,
        balance=opening_balance(content.payments, books.catalog),
        content=content,
    )
    return books.add_voucher(_voucher(invoice, voucher_type, draft, books), origin, key), invoice


def _content(
    draft: InvoiceDraft, voucher_type: VoucherType, totals: DocumentTotals, books: Books
) -> InvoiceContent:
    return InvoiceContent(
        seller=draft.seller,
        subtotal=totals.subtotal,
        items=tuple(
            sold_item(item, added, books)
            for item, added in zip(draft.items, totals.items, strict=True)
        ),
        payments=tuple(recorded_payment(payment, books.catalog) for payment in draft.payments),
        retentions=totals.retentions,
        observations=draft.observations,
        advance=draft.advance,
        global_discounts=_discounts_applied(draft.global_discounts, voucher_type, totals),
        health=draft.health,
        charges=totals.charges,
        extra=draft.extra,
    )


def _discounts_applied(
    asked: Sequence[GlobalDiscountDraft], voucher_type: VoucherType, totals: DocumentTotals
) -> tuple[GlobalDiscountAmount, ...]:
    names = {discount.id: discount.name for discount in voucher_type.global_discounts}
    return tuple(
        GlobalDiscountAmount(
            discount=discount.discount or 0,
            name=names[discount.discount or 0],
            percentage=(
                discount.percentage
                if discount.percentage is not None
                else compute_percentage(value, totals.subtotal)
            ),
            value=value,
        )
        for discount, value in zip(asked, totals.reductions, strict=True)
    )


def recorded_payment(payment: PaymentDraft, catalog: Catalog) -> Payment:
    """A payment as recorded, with its name of the day."""
    payment_type = catalog.payment_types[payment.payment_type or 0]
    assert payment.value is not None
    return Payment(
        payment_type=payment_type.id,
        name=payment_type.name,
        value=payment.value,
        due_date=payment.due_date if payment_type.due_date else None,
        account=payment.account,
        extra=payment.extra,
    )


def opening_balance(payments: Sequence[Payment], catalog: Catalog) -> Decimal:
    """What is owed right after the document: what was paid with a due date."""
    owed = (p.value for p in payments if catalog.payment_types[p.payment_type].due_date)
    return sum(owed, Decimal(0))


def _voucher(
    invoice: Invoice, voucher_type: VoucherType, draft: InvoiceDraft, books: Books
) -> Voucher:
    """The invoice as the ledger writes it: its lines, and a due for each payment with a due date."""
    content = invoice.content
    assert invoice.party is not None
    maker = LineMaker(
        books.catalog,
        third_party=invoice.party.id,
        cost_centre=invoice.cost_centre,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
    )
    lines = lines_from_invoice(maker, books, content, voucher_type.global_discounts)
    lines += _advance_lines(draft, maker, books)
    return Voucher(
        id=invoice.id,
        type=voucher_type.id,
        kind=invoice.kind,
        number=draft.number,
        date=invoice.date,
        period=period_of(invoice.date),
        third_party=invoice.party.id,
        cost_centre=invoice.cost_centre,
        currency=invoice.currency,
        exchange_rate=invoice.exchange_rate,
        description=content.observations or "",
        total=invoice.total,
        content=msgspec.Raw(msgspec.json.encode(content)),
        lines=lines,
        dues=dues_of_payments(content.payments, lines, voucher_type.due_prefix),
    )


def _advance_lines(draft: InvoiceDraft, maker: LineMaker, books: Books) -> list[Line]:
    """What was paid before is used up, the oldest first."""
    left = draft.advance or Decimal(0)
    lines = []
    for name, due in _advances(draft.party, books):
        if not left:
            break
        used = min(left, -due.balance)
        line = maker.line(name.account, used, f"{name.prefix}-{name.consecutive}")
        line.due = due.id
        due.balance += used
        left -= used
        lines.append(line)
    return lines


def dues_of_payments(
    payments: Sequence[Payment], lines: Sequence[Line], prefix: str
) -> list[NewDue]:
    """The dues that payments with a due date open; the first lines are those of the payments."""
    dues = []
    for quote, (payment, line) in enumerate(zip(payments, lines, strict=False), 1):
        if payment.due_date is None or not payment.value:
            continue
        assert line.third_party is not None
        due = NewDue(
            id=new_id(),
            account=line.account,
            third_party=line.third_party,
            prefix=prefix,
            quote=quote,
            date=payment.due_date,
            currency=line.currency,
            exchange_rate=line.exchange_rate,
        )
        line.due = due.id
        dues.append(due)
    return dues
