"""Quotations. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import (
    amount,
    consecutive,
    date_text,
    decimals_at_most,
    description_text,
    fits,
    max_length,
)
from cuadra.errors import Problem

QUANTITY_MAX = Decimal("9999999.99")


def quotation_problems(body: wire.QuotationIn) -> list[Problem]:
    """What is wrong with a quotation."""
    problems = [*date_text("date", body.date), *consecutive(body.number)]
    if body.currency is not None:
        problems += decimals_at_most("currency.exchange_rate", body.currency.exchange_rate, 6)
    for index, item in enumerate(body.items or []):
        problems += _item(f"items[{index}].", item)
    return problems


def _item(path: str, item: wire.QuotationItemIn) -> Iterator[Problem]:
    yield from max_length(path + "code", item.code, 30)
    yield from description_text(path + "description", item.description, 4000)
    if item.quantity is not None and not (fits(item.quantity, 2) and item.quantity <= QUANTITY_MAX):
        message = f"at most {QUANTITY_MAX}, with two decimals"
        yield Problem("value", path + "quantity", message, item.quantity)
    yield from amount(path + "price", item.price, decimals=6)
    yield from amount(path + "discount", item.discount)
