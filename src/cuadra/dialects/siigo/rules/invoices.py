"""Sales invoices. Pure."""

from collections.abc import Iterator

from cuadra.catalog.third_parties import CONTACTS_MAX
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
from cuadra.dialects.siigo.rules.customers import customer_problems, is_whole_customer
from cuadra.dialects.siigo.rules.sectors import (
    gift_problems,
    health_problems,
    transport_problems,
)
from cuadra.errors import Problem

ORDER_LENGTH_MAX = 20


def invoice_problems(body: wire.InvoiceIn, *, contacts_max: int = CONTACTS_MAX) -> list[Problem]:
    """What is wrong with an invoice; an inline customer is checked where it is one."""
    problems = [*date_text("date", body.date), *consecutive(body.number)]
    if body.customer is not None and is_whole_customer(body.customer):
        problems += customer_problems(body.customer, "customer.", contacts_max=contacts_max)
    if body.currency is not None:
        problems += decimals_at_most("currency.exchange_rate", body.currency.exchange_rate, 6)
    problems += max_length("observations", body.observations, 4000)
    problems += amount("advance_payment", body.advance_payment)
    for index, item in enumerate(body.items or []):
        problems += item_problems(f"items[{index}].", item)
    for index, payment in enumerate(body.payments or []):
        problems += payment_problems(f"payments[{index}].", payment)
    for index, discount in enumerate(body.global_discounts or body.globaldiscounts or []):
        path = f"global_discounts[{index}]"
        problems += decimals_at_most(f"{path}.percentage", discount.percentage, 2)
        problems += amount(f"{path}.value", discount.value)
    if body.healthcare_company is not None:
        problems += health_problems("healthcare_company.", body.healthcare_company)
    return [*problems, *_orders(body)]


def _orders(body: wire.InvoiceIn) -> Iterator[Problem]:
    """The purchase order and the delivery order: at most twenty characters, and a real date."""
    fields = body.additional_fields or body.adittional_fields
    for name in ("purchase_order", "delivery_order"):
        order = getattr(fields, name, None) or wire.OrderFields()
        path = f"additional_fields.{name}"
        yield from max_length(f"{path}.prefix", order.prefix or None, ORDER_LENGTH_MAX)
        yield from max_length(f"{path}.number", order.number or None, ORDER_LENGTH_MAX)
        yield from date_text(f"{path}.date", order.date or None)


def payment_problems(path: str, payment: wire.PaymentIn) -> Iterator[Problem]:
    """What is wrong with a payment; `path` ends in a dot."""
    yield from amount(path + "value", payment.value)
    yield from date_text(path + "due_date", payment.due_date)


def item_problems(path: str, item: wire.ItemIn) -> Iterator[Problem]:
    """What is wrong with an item of a sale; `path` ends in a dot."""
    yield from max_length(path + "code", item.code, 30)
    yield from description_text(path + "description", item.description, 4000)
    if item.quantity is not None and not fits(item.quantity, 2):
        yield Problem("value", path + "quantity", "at most two decimals", item.quantity)
    yield from amount(path + "price", item.price, decimals=6)
    yield from amount(path + "taxed_price", item.taxed_price, decimals=6)
    yield from amount(path + "discount", item.discount)
    yield from gift_problems(path, item)
    if item.transport is not None:
        yield from transport_problems(path + "transport.", item.transport)
