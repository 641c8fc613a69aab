"""The bodies that steps send to the company of `company.yaml`, as plain values. Pure.

Every document carries a mark of its own in `observations`, every customer and product one in a text: what is found
afterwards is known by it.
"""

from typing import Any

from tests.faults.plan import Item, Move, Pay, Restock, Sell, Series, Spoil

CREDIT, CASH = 1, 2
DUE_DATE = "2027-02-15"
RECEIPT, JOURNAL = 7, 10
INVENTORY, TILL, BANK = "14350101", "11050501", "11100501"
UNKNOWN = "404404"
SHARED_VERSION = 0  # of the customers that anybody may bring: whoever does says the same


def customer(identification: str, version: int) -> dict[str, Any]:
    """A customer; its comments say which version it is."""
    return {
        "person_type": "Person",
        "id_type": "13",
        "identification": identification,
        "name": ["Cliente", f"Número {identification}"],
        "address": {
            "address": "Calle 3",
            "city": {"country_code": "Co", "state_code": "11", "city_code": "11001"},
        },
        "phones": [{"number": "3006003345"}],
        "contacts": [{"first_name": "Ana", "last_name": "Ruiz", "email": "ana@example.com"}],
        "comments": f"version {version}",
    }


def product(code: str, version: int) -> dict[str, Any]:
    """A product without stock control; its description says which version it is."""
    return {
        "code": code,
        "name": f"Producto {code}",
        "account_group": 1,
        "description": f"version {version}",
    }


def version_of(body: dict[str, Any]) -> int | None:
    """The version that a customer or product says it is; None for those of the company's file."""
    text = body.get("comments") or body.get("description") or ""
    return int(text.removeprefix("version ")) if text.startswith("version ") else None


def total_of(sale: Sell) -> int:
    """What a sale comes to."""
    return sum(item.total for item in sale.items)


def invoice(sale: Sell, mark: str, version: int, today: str) -> dict[str, Any]:
    """An invoice; an electronic one is dated by the server's clock."""
    payment: dict[str, Any] = {"id": CASH, "value": total_of(sale)}
    if sale.credit:
        payment = {"id": CREDIT, "value": total_of(sale), "due_date": DUE_DATE}
    who = {"identification": sale.customer}
    body = {
        "document": {"id": int(sale.series)},
        "date": today if sale.series is Series.ELECTRONIC else sale.day,
        "customer": customer(sale.customer, version) if sale.inline else who,
        "seller": 1,
        "observations": mark,
        "items": [_item(item) for item in sale.items],
        "payments": [payment],
    }
    return body if sale.number is None else body | {"number": sale.number}


def _item(item: Item) -> dict[str, Any]:
    body: dict[str, Any] = {"code": item.product, "quantity": item.quantity, "price": item.price}
    return body | {"taxes": [{"id": 19}]} if item.taxed else body


def payment(pay: Pay, sale: Sell, number: int, mark: str) -> dict[str, Any]:
    """A cash receipt that pays a part of the due of an invoice."""
    amount = amount_of(pay, sale)
    due = {"prefix": f"FV-{sale.series}", "consecutive": number, "quote": 1, "date": DUE_DATE}
    return {
        "document": {"id": RECEIPT},
        "date": pay.day,
        "type": "DebtPayment",
        "customer": {"identification": sale.customer},
        "items": [{"due": due, "value": amount}],
        "payment": {"id": CASH, "value": amount},
        "observations": mark,
    }


def amount_of(pay: Pay, sale: Sell) -> int:
    """What a payment pays: its part of the total, in whole pesos and never too much by rounding."""
    return total_of(sale) * pay.part.numerator // pay.part.denominator


def move(act: Move, mark: str) -> dict[str, Any]:
    """A journal from cash to the bank."""
    amount = act.cents / 100
    lines = _line(BANK, "Debit", amount), _line(TILL, "Credit", amount)
    return _journal(act.day, mark, *lines)


def restock(act: Restock, mark: str) -> dict[str, Any]:
    """A journal that brings in goods for cash."""
    goods = {"code": act.product, "quantity": act.quantity, "warehouse": 1}
    value = act.cents / 100
    bought = _line(INVENTORY, "Debit", value) | {"product": goods}
    return _journal(act.day, mark, bought, _line(TILL, "Credit", value))


def spoiled(act: Spoil, mark: str) -> tuple[str, dict[str, Any]]:
    """The resource and body of a request that must be refused; what is not in the body is the client's part."""
    good = Sell(
        Series.PLAIN, "1001001", (Item("Plain-1", 4, 1000, taxed=True),), False, "2026-11-20"
    )
    body = invoice(good, mark, SHARED_VERSION, good.day)
    match act.how:
        case "no_items":
            body["items"] = []
        case "wrong_total":
            body["payments"] = [{"id": CASH, "value": total_of(good) - 1}]
        case "unknown_customer":
            body["customer"] = {"identification": UNKNOWN}
        case "unknown_product":
            body["items"][0]["code"] = UNKNOWN
        case "unbalanced":
            lines = _line(BANK, "Debit", 1000), _line(TILL, "Credit", 999)
            return "journals", _journal(good.day, mark, *lines)
    return "invoices", body


def _journal(day: str, mark: str, *lines: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": {"id": JOURNAL},
        "date": day,
        "items": list(lines),
        "observations": mark,
    }


def _line(
    account: str, movement: str, value: int | float, party: str = "1001001"
) -> dict[str, Any]:
    return {
        "account": {"code": account, "movement": movement},
        "customer": {"identification": party},
        "description": "",
        "value": value,
    }
