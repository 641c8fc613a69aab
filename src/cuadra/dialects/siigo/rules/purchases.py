"""Purchases and support documents. Pure."""

import re
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
    option,
    required_option,
)
from cuadra.errors import Problem, required

PREFIX_MAX, NUMBER_MAX = 6, 11
IDENTIFICATION_MAX = 50
_PREFIX = re.compile(r"[A-Za-z0-9]+", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)
_ITEM_TYPES = {"product", "fixedasset", "account"}
_DISCOUNT_TYPES = {"percentage", "value"}


def purchase_problems(body: wire.PurchaseIn, *, editing: bool = False) -> list[Problem]:
    """What is wrong with a purchase; an edit must name the supplier's invoice."""
    missing = editing and body.provider_invoice is None
    paper = wire.PaperIn() if missing else body.provider_invoice
    return [*_purchase(body), *_paper("provider_invoice", paper)]


def support_document_problems(body: wire.SupportDocumentIn) -> list[Problem]:
    """What is wrong with a support document."""
    return [*_purchase(body), *_paper("supplier_receipt_number", body.supplier_receipt_number)]


def _paper(path: str, paper: wire.PaperIn | None) -> list[Problem]:
    """The supplier's paper, if it is named, is named completely."""
    if paper is None:
        return []
    return [
        *_paper_part(f"{path}.prefix", paper.prefix, PREFIX_MAX, _PREFIX),
        *_paper_part(f"{path}.number", paper.number, NUMBER_MAX, _NUMBER),
    ]


def _paper_part(
    path: str, text: str | None, length: int, pattern: re.Pattern[str]
) -> list[Problem]:
    if not text:
        return [required(path)]
    if len(text) <= length and not pattern.fullmatch(text):
        return [Problem("value", path, "has characters that are not allowed", text)]
    return max_length(path, text, length)


def _purchase(body: wire.PurchaseIn | wire.SupportDocumentIn) -> Iterator[Problem]:
    yield from date_text("date", body.date)
    yield from consecutive(body.number)
    if body.currency is not None:
        yield from decimals_at_most("currency.exchange_rate", body.currency.exchange_rate, 6)
    yield from max_length("observations", body.observations, 4000)
    yield from option("discount_type", body.discount_type, _DISCOUNT_TYPES)
    for index, item in enumerate(body.items or []):
        yield from _item(f"items[{index}].", item)
    for index, payment in enumerate(body.payments or []):
        yield from amount(f"payments[{index}].value", payment.value)
        yield from date_text(f"payments[{index}].due_date", payment.due_date)


def _item(path: str, item: wire.PurchaseItemIn) -> Iterator[Problem]:
    yield from required_option(path + "type", item.type, _ITEM_TYPES)
    yield from max_length(path + "code", item.code, 30)
    yield from description_text(path + "description", item.description, 4000)
    if item.quantity is not None and not fits(item.quantity, 2):
        yield Problem("value", path + "quantity", "at most two decimals", item.quantity)
    yield from amount(path + "price", item.price, decimals=6)
    yield from amount(path + "discount", item.discount)
    if item.supplier is not None:
        yield from max_length(path + "supplier", str(item.supplier), IDENTIFICATION_MAX)
        if item.supplier == "":
            yield required(path + "supplier")
