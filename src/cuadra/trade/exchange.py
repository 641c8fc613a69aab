"""What a payment moves a due by, and the exchange difference where it was agreed at another rate.

A due is kept in the company's currency. One that was agreed in a foreign currency owes so much of that:
a payment in it takes away what its amount was worth at the due's own rate, and the last one all that is
left, to the cent. What the same amount is worth on the day of the payment differs from that; the
difference is a gain or a loss. Pure.
"""

from decimal import Decimal, localcontext

from cuadra.catalog.records import DueKind
from cuadra.errors import Problem
from cuadra.ledger.vouchers import CENT, Line
from cuadra.trade.books import Books, OpenDue
from cuadra.trade.documents import CurrencyDraft
from cuadra.trade.totals import EXACT, TOTAL_MAX, ZERO, compute_local
from cuadra.trade.validation import validate_posting_account


def compute_move(due: OpenDue, amount: Decimal, currency: CurrencyDraft | None) -> Decimal:
    """What an amount in a currency, signed, moves a due by in the company's currency.

    >>> from datetime import date; from uuid import UUID
    >>> due = OpenDue(UUID(int=0), date(2026, 1, 1), Decimal("40000.05"), "USD", Decimal("4000.005"))
    >>> str(compute_move(due, Decimal("-4.00"), CurrencyDraft(code="USD", exchange_rate=Decimal(4100))))
    '-16000.02'
    >>> str(compute_move(due, Decimal("-10.00"), CurrencyDraft(code="USD", exchange_rate=Decimal(4100))))
    '-40000.05'
    """
    if currency is None or not is_agreed_in(due, currency):
        return compute_worth(amount, currency)
    assert due.exchange_rate is not None
    with localcontext(EXACT):
        owed = (due.balance / due.exchange_rate).quantize(CENT)
    return -due.balance if amount == -owed else compute_local(amount, due.exchange_rate)


def compute_worth(amount: Decimal, currency: CurrencyDraft | None) -> Decimal:
    """What an amount in a currency is worth in the company's, at the rate of the day."""
    return compute_local(amount, None if currency is None else currency.exchange_rate)


def is_agreed_in(due: OpenDue, currency: CurrencyDraft) -> bool:
    """Whether a due was agreed in this foreign currency."""
    return due.currency == currency.code and due.exchange_rate is not None


def validate_move(
    field: str, due: OpenDue, kind: DueKind, amount: Decimal, moved: Decimal
) -> list[Problem]:
    """Nobody pays more than is owed, raises a due beyond what the books can hold, or moves it by nothing.

    What grows a due on its other side, as a credit note opens it, pays it back.
    """
    side = 1 if kind is DueKind.RECEIVABLE else -1
    left = (due.balance + moved) * side
    most = ZERO if due.balance * side < 0 else TOTAL_MAX
    fits = left <= most if moved * side > 0 else moved and left >= 0
    return [] if fits else [Problem("due_balance", field, "the due does not owe that", abs(amount))]


def validate_exchange(books: Books) -> list[Problem]:
    """The chart has the accounts that an exchange difference would be posted to."""
    accounts = books.settings.accounts
    return [
        problem
        for account in (accounts.exchange_gain, accounts.exchange_loss)
        for problem in validate_posting_account("currency", account, books.catalog)
    ]


def exchange_line(
    difference: Decimal, books: Books, third_party: int | None, cost_centre: int | None
) -> Line:
    """The line of an exchange difference: a loss on the debit side, a gain on the credit side."""
    accounts = books.settings.accounts
    account = accounts.exchange_loss if difference > 0 else accounts.exchange_gain
    return Line(
        account=books.catalog.accounts[account].id,
        amount=difference,
        third_party=third_party,
        cost_centre=cost_centre,
    )
