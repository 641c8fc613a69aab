"""Journals. Pure."""

from collections.abc import Iterator

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import (
    amount,
    consecutive,
    date_text,
    decimals_at_most,
    description_text,
    fits,
    max_length,
    required_option,
)
from cuadra.errors import Problem, required


def journal_problems(body: wire.JournalIn) -> list[Problem]:
    """What is wrong with a journal."""
    problems = [*date_text("date", body.date), *consecutive(body.number)]
    if body.currency is not None:
        problems += decimals_at_most("currency.exchange_rate", body.currency.exchange_rate, 6)
    for index, item in enumerate(body.items or []):
        problems += journal_item_problems(f"items[{index}].", item)
        if item.customer is None or not item.customer.identification:
            problems.append(required(f"items[{index}].customer.identification"))
    return [*problems, *max_length("observations", body.observations, 4000)]


def journal_item_problems(path: str, item: wire.JournalItemIn) -> Iterator[Problem]:
    """What is wrong with a line that the client writes itself."""
    movement = item.account.movement if item.account is not None else None
    if item.account is None or not item.account.code:
        yield required(path + "account.code")
    yield from required_option(path + "account.movement", movement, {"debit", "credit"})
    yield from description_text(path + "description", item.description, 500)
    if item.value is not None and item.value <= 0:
        yield Problem("amount", path + "value", "a value is greater than zero", item.value)
    else:
        yield from amount(path + "value", item.value)
    if item.due is not None:
        yield from due_problems(path + "due.", item.due)
    if item.tax is not None:
        yield from amount(path + "tax.base_value", item.tax.base_value)
    quantity = item.product.quantity if item.product is not None else None
    if quantity is not None and not fits(quantity, 2):
        yield Problem("value", path + "product.quantity", "at most two decimals", quantity)


def due_problems(path: str, due: wire.DueIn) -> Iterator[Problem]:
    """What is wrong with how a due is written."""
    yield from date_text(path + "date", due.date)
    yield from max_length(path + "prefix", due.prefix, 20)
