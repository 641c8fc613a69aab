"""How a credit note settles what it comes to: against dues, as its own due, or in cash.

A payment with a due date first takes from what the customer owes on the invoice, by instalment, or on the
documents the note says, by as much as it says; the rest becomes a due of the note, on which the company
owes the customer. Whatever else pays goes out. Changes nothing but the dues in memory.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from cuadra.catalog.records import DueKind, VoucherKind
from cuadra.database.ids import new_id
from cuadra.errors import Problem, required, unknown
from cuadra.ledger.vouchers import Line, NewDue
from cuadra.trade.books import Books, DueName, KnownDocument, OpenDue
from cuadra.trade.documents import AppliedDraft, CreditNoteDraft, InvoiceContent, Payment
from cuadra.trade.posting_rules import LineMaker, account_of_payment
from cuadra.trade.totals import EXACT, TOTAL_MAX, compute_local

Owed = tuple[DueName, OpenDue]


def find_owed(invoice: KnownDocument, books: Books) -> list[Owed]:
    """The dues of an invoice that its customer owes, by instalment."""
    found = [
        (name, due)
        for name, due in books.dues.items()
        if due.id in invoice.dues and books.catalog.accounts[name.account].due is DueKind.RECEIVABLE
    ]
    return sorted(found, key=lambda owed: owed[0].quote)


def settle_payments(
    payments: Iterable[Payment], owed: Sequence[Owed], maker: LineMaker, prefix: str, books: Books
) -> tuple[list[Line], list[NewDue]]:
    """The lines of a note's payments, and the due of its own if there is more than the customer owes."""
    lines: list[Line] = []
    dues: list[NewDue] = []
    for quote, payment in enumerate(payments, 1):
        taken: list[Line] = []
        left = payment.value
        if payment.due_date is not None:
            taken, left = _take(left, owed, maker)
        line = maker.line(account_of_payment(payment, books.catalog), -left)
        lines += taken
        if left or not taken:
            lines.append(line)
        if payment.due_date is None or not line.amount:
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
    return lines, dues


def validate_applied(draft: CreditNoteDraft, books: Books) -> list[Problem]:
    """A note pays invoices and debit notes of its customer, not newer than itself, by no more than they owe."""
    problems = []
    seen = set()
    for index, applied in enumerate(draft.applied or []):
        path = f"applied[{index}]"
        document = _open_document(applied, books)
        if applied.document is None:
            problems.append(required(f"{path}.document"))
        elif document is None:
            problems.append(unknown(f"{path}.document", str(applied.document)))
        elif document.id in seen:
            problems.append(Problem("array", "applied", "a document is paid once"))
        else:
            problems += _validate_one(path, applied, document, draft, books)
        seen.add(applied.document)
    return problems


def _open_document(applied: AppliedDraft, books: Books) -> KnownDocument | None:
    """The document that is paid, if it is one that can be owed."""
    document = books.documents.get(applied.document) if applied.document else None
    payable = (VoucherKind.SALES_INVOICE, VoucherKind.DEBIT_NOTE)
    if document is None or document.annulled or document.kind not in payable:
        return None
    return document


def _validate_one(
    path: str,
    applied: AppliedDraft,
    document: KnownDocument,
    draft: CreditNoteDraft,
    books: Books,
) -> list[Problem]:
    party, currency = document.party, draft.currency
    if party is not None and draft.party != (party.identification, party.branch):
        return [Problem("mismatch", f"{path}.document", "it is another customer's")]
    if draft.date is not None and draft.date < document.date:
        message = "a note is not older than what it pays"
        return [Problem("date", "date", message, draft.date)]
    code = None if document.exchange_rate is None else document.currency
    if (currency.code if currency else None) != code or (
        currency is not None and currency.exchange_rate != document.exchange_rate
    ):
        message = "it is in another currency, or at another rate"
        return [Problem("value", f"{path}.document", message)]
    if applied.value is None:
        return [required(f"{path}.value")]
    if not 0 < applied.value <= TOTAL_MAX:
        message = "a positive amount"
        return [Problem("amount", f"{path}.value", message, applied.value)]
    owed = sum((due.balance for _, due in find_owed(document, books)), Decimal(0))
    if compute_local(applied.value, document.exchange_rate) > owed:
        message = f"only {owed} is owed on it"
        return [Problem("balance", f"{path}.value", message, owed)]
    return []


def validate_applied_sum(draft: CreditNoteDraft, total: Decimal) -> list[Problem]:
    """A note pays no more than it comes to, and with one payment, as the rest of it is one due."""
    if draft.applied is None:
        return []
    applied = sum((one.value or Decimal(0) for one in draft.applied), Decimal(0))
    if applied > total or len(draft.payments) != 1:
        message = f"the note is of {total} and pays {applied}"
        return [Problem("payments", "applied", message, applied)]
    return []


def settle_applied(
    applied: Iterable[AppliedDraft],
    payments: Sequence[Payment],
    maker: LineMaker,
    prefix: str,
    books: Books,
) -> tuple[list[Line], list[NewDue]]:
    """The lines that pay what the note says, and those of what is left of its one payment."""
    lines: list[Line] = []
    (payment,) = payments
    value = payment.value
    for one in applied:
        document = _open_document(one, books)
        assert document is not None and one.value is not None
        taken, left = _take(one.value, find_owed(document, books), maker)
        lines += taken
        value -= one.value - left
    if not value:
        return lines, []
    rest = msgspec.structs.replace(payment, value=value)
    paid, dues = settle_payments([rest], [], maker, prefix, books)
    return lines + paid, dues


def compute_returned_cost(
    applied: Iterable[AppliedDraft], product: int, quantity: Decimal, books: Books
) -> Decimal:
    """What goods cost when they left with what the note pays; if they did not, what they would now."""
    for one in applied:
        document = _open_document(one, books)
        if document is None or bytes(document.content) == b"null":
            continue
        items = msgspec.json.decode(document.content, type=InvoiceContent).items
        goods = [part for item in items for part in item.goods if part.product == product]
        if sold := sum((part.quantity for part in goods), Decimal(0)):
            cost = sum((part.cost for part in goods), Decimal(0))
            return EXACT.divide(EXACT.multiply(cost, quantity), sold).quantize(
                Decimal("0.01"), context=EXACT
            )
    return books.compute_cost(product, quantity)


def _take(value: Decimal, owed: Sequence[Owed], maker: LineMaker) -> tuple[list[Line], Decimal]:
    """Lines that take a value from dues in their order, and what of it they cannot bear."""
    lines = []
    for name, due in owed:
        open_value = maker.unconverted(due.balance)
        part = min(value, open_value)
        if part <= 0:
            continue
        line = maker.line(name.account, -part)
        # What pays a due off takes all of it, whatever the rate makes of the cents.
        line.amount = -due.balance if part == open_value else max(line.amount, -due.balance)
        if not line.amount:
            continue
        line.due = due.id
        due.balance += line.amount
        value -= part
        lines.append(line)
    return lines, value
