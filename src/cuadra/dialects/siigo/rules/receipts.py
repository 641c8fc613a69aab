"""Cash receipts and payment receipts. Pure."""

from collections.abc import Iterator

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import (
    amount,
    consecutive,
    date_text,
    decimals_at_most,
    max_length,
    required_option,
)
from cuadra.dialects.siigo.rules.journals import due_problems, journal_item_problems
from cuadra.errors import Problem, required

_TYPES = {"debtpayment", "advancepayment", "detailed"}


def receipt_problems(
    body: wire.VoucherIn | wire.PaymentReceiptIn, *, due_date_required: bool = True
) -> list[Problem]:
    """What is wrong with a receipt; what its items must be depends on its type."""
    problems = [*date_text("date", body.date), *consecutive(body.number)]
    problems += required_option("type", body.type, _TYPES)
    if body.currency is not None:
        problems += decimals_at_most("currency.exchange_rate", body.currency.exchange_rate, 6)
    named = (body.type or "").lower()
    for index, item in enumerate(body.items or []):
        path = f"items[{index}]."
        if named == "detailed":
            problems += journal_item_problems(path, item)
        elif named == "debtpayment":
            problems += _paid_due(path, item)
        undated = named == "debtpayment" if item.due is None else item.due.date is None
        if due_date_required and undated:
            problems.append(required(path + "due.date"))
    if body.payment is not None:
        problems += amount("payment.value", body.payment.value)
    return [*problems, *max_length("observations", body.observations, 4000)]


def _paid_due(path: str, item: wire.JournalItemIn) -> Iterator[Problem]:
    yield from amount(path + "value", item.value)
    if item.due is not None:
        yield from due_problems(path + "due.", item.due)
