"""Receipts: cash that came in from a customer, and payments that went out to a supplier.

A receipt pays dues, or is an advance that opens a due of its own, or says its own lines. Money changes
hands at once, so a receipt itself falls due on no day. Nobody names the account of a due that is paid: it is
looked for among what the third party owes, or is owed. Pure; `books.load_books` has read.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from cuadra.catalog.records import DocumentSide, DueKind, TaxKind, VoucherKind, VoucherType
from cuadra.catalog.third_parties import PartyName
from cuadra.database.ids import new_id
from cuadra.errors import Problem, Rejected, required, unknown
from cuadra.ledger.posting import Key
from cuadra.ledger.vouchers import CENT, Line, NewDue, Voucher, period_of
from cuadra.trade.books import Books, DueName, Needs, OpenDue, Origin, UnplacedDue
from cuadra.trade.documents import CurrencyDraft, Document, Payment, PaymentDraft
from cuadra.trade.exchange import (
    compute_move,
    compute_worth,
    exchange_line,
    is_agreed_in,
    validate_exchange,
    validate_move,
)
from cuadra.trade.heads import chosen_cost_centre
from cuadra.trade.invoices import recorded_payment
from cuadra.trade.lines import (
    LINES_MAX,
    DueDraft,
    LineDraft,
    RecordedLine,
    due_name,
    needs_of_lines,
    record_lines,
    recorded_lines,
    validate_due_name,
    validate_lines,
    validate_sums,
)
from cuadra.trade.posting_rules import LineMaker
from cuadra.trade.totals import EXACT, HUNDRED, THOUSAND, TOTAL_MAX, ZERO
from cuadra.trade.validation import (
    needs_of_number,
    validate_cost_centre,
    validate_currency,
    validate_date,
    validate_number,
    validate_party,
    validate_payment,
    validate_posting_account,
    validate_voucher_type,
)

OptionalDay = date | None  # members named `date` would hide the type


class ReceiptType(StrEnum):
    """What a receipt is for."""

    DEBT_PAYMENT = "debt_payment"
    ADVANCE = "advance"
    DETAILED = "detailed"


class ReceiptItemDraft(msgspec.Struct, kw_only=True):
    """How much of which due is paid."""

    due: DueDraft | None = None
    value: Decimal | None = None


class ReceiptDraft(msgspec.Struct, kw_only=True):
    """A receipt as asked for: `items` of a debt payment, `lines` of one in detail.

    With `chosen_number` it may bring a number though its type numbers itself, and leave a gap. `extra` is
    kept and given back untouched.
    """

    kind: VoucherKind = VoucherKind.CASH_RECEIPT
    type: ReceiptType | None = None
    voucher_type: int | None = None
    date: OptionalDay = None
    number: int | None = None
    party: PartyName | None = None
    cost_centre: int | None = None
    currency: CurrencyDraft | None = None
    items: list[ReceiptItemDraft] = []
    payment: PaymentDraft | None = None
    lines: list[LineDraft] = []
    observations: str | None = None
    chosen_number: bool = False
    extra: dict[str, Any] = {}


class PaidDue(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a due was paid, in the receipt's currency; its day is the one it fell due on."""

    prefix: str
    consecutive: int
    quote: int
    date: date
    value: Decimal


class ReceiptContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of a receipt that is not in its voucher row. `lines` are never stored: the ledger has them."""

    type: ReceiptType
    items: tuple[PaidDue, ...] = ()
    payment: Payment | None = None
    lines: tuple[RecordedLine, ...] = ()
    observations: str | None = None
    extra: dict[str, Any] = {}


Receipt = Document[ReceiptContent]


class _Side(msgspec.Struct, frozen=True):
    """What distinguishes money in from money out. `sign` is that of the line on the bank."""

    party: str  # how problems call the third party
    document: DocumentSide
    paid: DueKind
    sign: int


_SIDES = {
    VoucherKind.CASH_RECEIPT: _Side("customer", DocumentSide.SALES, DueKind.RECEIVABLE, 1),
    VoucherKind.PAYMENT_RECEIPT: _Side("supplier", DocumentSide.PURCHASES, DueKind.PAYABLE, -1),
}


def needs_of_receipt(draft: ReceiptDraft, needs: Needs) -> None:
    """Add what the draft names to what must be loaded."""
    needs_of_number(draft.voucher_type, draft.number, needs)
    if draft.party is not None:
        needs.parties.add(draft.party)
    needs_of_lines(_with_party(draft), needs)
    needs.unplaced_dues |= {name for name in _paid_names(draft) if name is not None}


def _with_party(draft: ReceiptDraft) -> list[LineDraft]:
    """The lines; those that name nobody are about the receipt's own third party."""
    return [
        msgspec.structs.replace(line, party=draft.party) if line.party is None else line
        for line in draft.lines
    ]


def _paid_names(draft: ReceiptDraft) -> list[UnplacedDue | None]:
    """The due of each item, where the item names one completely."""
    return [_paid_name(item, draft) for item in draft.items]


def _paid_name(item: ReceiptItemDraft, draft: ReceiptDraft) -> UnplacedDue | None:
    due = item.due
    if due is None or draft.party is None:
        return None
    if not due.prefix or not due.consecutive or not due.quote or validate_due_name("", due):
        return None
    kind = _SIDES[draft.kind].paid
    return UnplacedDue(kind, draft.party, due.prefix, due.consecutive, due.quote)


def validate_receipt(draft: ReceiptDraft, books: Books) -> list[Problem]:
    """Everything wrong with the draft, in the order of its fields; its sums if nothing else is."""
    side, catalog = _SIDES[draft.kind], books.catalog
    problems = validate_voucher_type(draft.voucher_type, draft.kind, catalog)
    voucher_type = None if problems else catalog.voucher_types[draft.voucher_type or 0]
    problems += validate_date(draft.date, voucher_type, books)
    problems += validate_number(draft.number, voucher_type, books, chosen=draft.chosen_number)
    problems += validate_party(side.party, draft.party, books)
    problems += validate_cost_centre("cost_centre", draft.cost_centre, voucher_type, catalog)
    problems += validate_currency(draft.currency, books)
    match draft.type:
        case None:
            return [*problems, required("type")]
        case ReceiptType.DETAILED:
            lines = _completed(draft, voucher_type, books)
            if draft.payment is not None:
                message = "a receipt in detail says its payment in its lines"
                problems.append(Problem("wrong_kind", "payment", message))
            problems += validate_lines(lines, voucher_type, books)
            return problems or validate_sums(lines, draft.currency, books)
        case ReceiptType.ADVANCE:
            if draft.items:
                problems.append(Problem("array", "items", "an advance pays no dues"))
            problems += _validate_advance(draft, books)
        case ReceiptType.DEBT_PAYMENT:
            problems += _validate_items(draft, books)
    problems += _validate_payment(draft.payment, side, books)
    return problems or _validate_totals(draft, books)


def _completed(
    draft: ReceiptDraft, voucher_type: VoucherType | None, books: Books
) -> list[LineDraft]:
    """The lines with what can be told without being said.

    Third party and cost centre are those of the receipt, a tax's base follows from its value, and a due
    that exists falls due when it does.
    """
    centre = draft.cost_centre
    if voucher_type is not None:
        centre = chosen_cost_centre(draft.cost_centre, voucher_type)
    lines = []
    for line in _with_party(draft):
        line = msgspec.structs.replace(line)
        if line.cost_centre is None:
            line.cost_centre = centre
        if line.tax is not None and line.tax_base is None:
            line.tax_base = _tax_base(line, books)
        name = due_name(line)
        if line.due is not None and line.due.date is None and name in books.dues:
            line.due = msgspec.structs.replace(line.due, date=books.dues[name].date)
        lines.append(line)
    return lines


def _tax_base(line: LineDraft, books: Books) -> Decimal | None:
    """The base a tax of this value was computed on."""
    tax = books.catalog.taxes.get(line.tax or 0)
    if tax is None or not tax.percentage or line.amount is None:
        return None
    unit = THOUSAND if tax.kind is TaxKind.RETEICA else HUNDRED
    return EXACT.divide(abs(line.amount) * unit, tax.percentage).quantize(CENT, context=EXACT)


def _validate_advance(draft: ReceiptDraft, books: Books) -> list[Problem]:
    """The chart has an account of advances, and it keeps dues."""
    code = _advances(draft.kind, books)
    if problems := validate_posting_account("type", code, books.catalog):
        return problems
    if books.catalog.accounts[code].due is not None:
        return []
    return [Problem("company_setting", "type", f"there are no dues on the account {code}", code)]


def _advances(kind: VoucherKind, books: Books) -> str:
    accounts = books.settings.accounts
    if kind is VoucherKind.CASH_RECEIPT:
        return accounts.customer_advances
    return accounts.supplier_advances


def _validate_items(draft: ReceiptDraft, books: Books) -> list[Problem]:
    """Dues that the third party has, each once, agreed in the receipt's currency."""
    if not draft.items:
        return [required("items")]
    if len(draft.items) > LINES_MAX:
        return [Problem("array", "items", f"a receipt pays at most {LINES_MAX} dues")]
    problems = []
    names = _paid_names(draft)
    known = [name for name in names if name is not None]
    if len(set(known)) < len(known):
        problems.append(Problem("array", "items", "a due is paid once"))
    for index, (item, name) in enumerate(zip(draft.items, names, strict=True)):
        path = f"items[{index}]"
        problems += _validate_item(path, item)
        if name is None or name.party not in books.parties:
            continue
        found = books.find_due(name)
        if found is None:
            problems.append(unknown(f"{path}.due", f"{name.prefix}-{name.consecutive}"))
        elif not _is_payable_in(found[1], draft.currency):
            message = "a due is paid in the currency it was agreed in"
            problems.append(Problem("value", "currency.code", message))
    return problems


def _validate_item(path: str, item: ReceiptItemDraft) -> list[Problem]:
    problems = validate_due_name(f"{path}.due", item.due or DueDraft())
    if item.value is None:
        problems.append(required(f"{path}.value"))
    elif item.value <= 0:
        problems.append(Problem("amount", f"{path}.value", "a positive amount", item.value))
    return problems


def _is_payable_in(due: OpenDue, currency: CurrencyDraft | None) -> bool:
    return due.currency is None if currency is None else is_agreed_in(due, currency)


def _validate_payment(payment: PaymentDraft | None, side: _Side, books: Books) -> list[Problem]:
    """How it was paid: a type for this side, on an account that keeps no dues."""
    if payment is None:
        return [required("payment")]
    payment_type = books.catalog.payment_types.get(payment.payment_type or 0)
    if payment_type is not None and payment_type.due_date:
        message = f"the payment type {payment_type.id} falls due later, so nothing is paid"
        return [Problem("wrong_kind", "payment.payment_type", message, payment_type.id)]
    return validate_payment("payment", payment, side.document, books.catalog)


def _validate_totals(draft: ReceiptDraft, books: Books) -> list[Problem]:
    """The payment is an amount the books can hold, the sum of the items, and no due is overpaid."""
    assert draft.payment is not None and draft.payment.value is not None
    value, currency = draft.payment.value, draft.currency
    if not CENT <= compute_worth(value, currency) <= TOTAL_MAX:
        message = "the amount is out of bounds in the company's currency"
        return [Problem("amount", "payment.value", message, value)]
    if draft.type is ReceiptType.ADVANCE:
        return []
    problems = []
    side = _SIDES[draft.kind]
    difference = compute_worth(value, currency)
    for index, (item, (_, due)) in enumerate(_payable(draft, books)):
        assert item.value is not None
        moved = compute_move(due, -side.sign * item.value, currency)
        problems += validate_move(f"items[{index}].value", due, side.paid, item.value, moved)
        difference += side.sign * moved
    total = sum((item.value or ZERO for item in draft.items), ZERO)
    if not problems and total != value:
        message = f"the payment is {value} and the items come to {total}"
        problems.append(Problem("payments", "payment", message, total))
    return problems or (validate_exchange(books) if difference else [])


def _payable(
    draft: ReceiptDraft, books: Books
) -> list[tuple[ReceiptItemDraft, tuple[DueName, OpenDue]]]:
    """Each item with the due it pays."""
    pairs = []
    for item, name in zip(draft.items, _paid_names(draft), strict=True):
        found = None if name is None else books.find_due(name)
        assert found is not None
        pairs.append((item, found))
    return pairs


def record_receipt(
    draft: ReceiptDraft, books: Books, origin: Origin, key: Key | None
) -> tuple[int, Receipt]:
    """Fold a receipt into the books: its position in the batch, and the receipt without its number.

    Raises `Rejected` with every problem; the books are then as before.
    """
    if problems := validate_receipt(draft, books):
        raise Rejected(problems)
    assert draft.type is not None and draft.date is not None and draft.party is not None
    voucher_type = books.catalog.voucher_types[draft.voucher_type or 0]
    currency = draft.currency
    lines, dues, content = _RECORDERS[draft.type](draft, voucher_type, books)
    total = draft.payment.value if draft.payment is not None else _debits(draft.lines)
    receipt = Receipt(
        id=new_id(),
        kind=draft.kind,
        voucher_type=voucher_type.id,
        number=draft.number or 0,
        date=draft.date,
        party=books.parties[draft.party],
        cost_centre=chosen_cost_centre(draft.cost_centre, voucher_type),
        currency=books.catalog.company.currency if currency is None else currency.code or "",
        exchange_rate=None if currency is None else currency.exchange_rate,
        total=total or ZERO,
        balance=total or ZERO if draft.type is ReceiptType.ADVANCE else ZERO,
        content=content,
        created_at=books.now,
    )
    return books.add_voucher(_voucher(receipt, draft, lines, dues), origin, key), receipt


def _debits(lines: Sequence[LineDraft]) -> Decimal:
    return sum((line.amount for line in lines if line.amount and line.amount > 0), ZERO)


def _voucher(
    receipt: Receipt, draft: ReceiptDraft, lines: list[Line], dues: list[NewDue]
) -> Voucher:
    assert receipt.party is not None
    stored = msgspec.structs.replace(receipt.content, lines=())
    return Voucher(
        id=receipt.id,
        type=receipt.voucher_type,
        kind=receipt.kind,
        number=draft.number,
        date=receipt.date,
        period=period_of(receipt.date),
        third_party=receipt.party.id,
        cost_centre=receipt.cost_centre,
        currency=receipt.currency,
        exchange_rate=receipt.exchange_rate,
        description=receipt.content.observations or "",
        total=receipt.total,
        content=msgspec.Raw(msgspec.json.encode(stored)),
        lines=lines,
        dues=dues,
    )


_Made = tuple[list[Line], list[NewDue], ReceiptContent]


def _record_lines(draft: ReceiptDraft, voucher_type: VoucherType, books: Books) -> _Made:
    """What the client wrote."""
    drafts = _completed(draft, voucher_type, books)
    lines, dues = record_lines(drafts, draft.currency, books)
    content = ReceiptContent(
        type=ReceiptType.DETAILED,
        lines=recorded_lines(drafts, books),
        observations=draft.observations,
        extra=draft.extra,
    )
    return lines, dues, content


def _record_advance(draft: ReceiptDraft, voucher_type: VoucherType, books: Books) -> _Made:
    """Money against a due of the receipt's own, for a document to use."""
    maker, bank, payment = _bank_line(draft, voucher_type, books)
    opened = maker.line(_advances(draft.kind, books), -payment.value * _SIDES[draft.kind].sign)
    assert opened.third_party is not None and draft.date is not None
    due = NewDue(
        id=new_id(),
        account=opened.account,
        third_party=opened.third_party,
        prefix=voucher_type.due_prefix,
        quote=1,
        date=draft.date,
        currency=opened.currency,
        exchange_rate=opened.exchange_rate,
    )
    opened.due = due.id
    content = ReceiptContent(
        type=ReceiptType.ADVANCE, payment=payment, observations=draft.observations
    )
    return [bank, opened], [due], content


def _record_debt_payment(draft: ReceiptDraft, voucher_type: VoucherType, books: Books) -> _Made:
    """Money against the dues it pays; what they are worth more or less today is an exchange difference."""
    maker, bank, payment = _bank_line(draft, voucher_type, books)
    lines, paid = [bank], []
    for item, (name, due) in _payable(draft, books):
        assert item.value is not None
        amount = -item.value * _SIDES[draft.kind].sign
        line = maker.line(name.account, amount)
        line.amount, line.due = compute_move(due, amount, draft.currency), due.id
        if maker.is_foreign:
            line.exchange_rate = due.exchange_rate
        due.balance += line.amount
        lines.append(line)
        paid.append(
            PaidDue(
                prefix=name.prefix,
                consecutive=name.consecutive,
                quote=name.quote,
                date=due.date,
                value=item.value,
            )
        )
    if difference := -sum((line.amount for line in lines), ZERO):
        lines.append(exchange_line(difference, books, bank.third_party, bank.cost_centre))
    content = ReceiptContent(
        type=ReceiptType.DEBT_PAYMENT,
        items=tuple(paid),
        payment=payment,
        observations=draft.observations,
    )
    return lines, [], content


def _bank_line(
    draft: ReceiptDraft, voucher_type: VoucherType, books: Books
) -> tuple[LineMaker, Line, Payment]:
    """The line of the money, the maker of the others, and the payment as recorded."""
    assert draft.payment is not None and draft.party is not None
    currency = draft.currency
    maker = LineMaker(
        books.catalog,
        third_party=books.parties[draft.party].id,
        cost_centre=chosen_cost_centre(draft.cost_centre, voucher_type),
        currency=currency.code if currency else None,
        exchange_rate=currency.exchange_rate if currency else None,
    )
    payment = recorded_payment(draft.payment, books.catalog)
    account = books.catalog.payment_types[payment.payment_type].account
    return maker, maker.line(account, payment.value * _SIDES[draft.kind].sign), payment


_RECORDERS = {
    ReceiptType.DEBT_PAYMENT: _record_debt_payment,
    ReceiptType.ADVANCE: _record_advance,
    ReceiptType.DETAILED: _record_lines,
}
