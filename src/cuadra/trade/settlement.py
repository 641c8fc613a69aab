"""How a credit note settles what it comes to: against the dues of its invoice, as its own due, or in cash.

A payment with a due date first takes from what the customer owes on the invoice, by instalment; the rest
becomes a due of the note, on which the company owes the customer. Whatever else pays goes out. Changes
nothing but the dues in memory.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cuadra.catalog.records import DueKind
from cuadra.database.ids import new_id
from cuadra.ledger.vouchers import Line, NewDue
from cuadra.trade.books import Books, DueName, KnownDocument, OpenDue
from cuadra.trade.documents import Payment
from cuadra.trade.posting_rules import LineMaker

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
        line = maker.line(books.catalog.payment_types[payment.payment_type].account, -left)
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
