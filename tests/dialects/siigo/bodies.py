"""Bodies that the demo company accepts: plain functions with keyword arguments and sensible defaults.

A keyword replaces a member; one of the value `LEFT_OUT` removes it. What a test does not care about it
does not say.
"""

from decimal import Decimal
from typing import Any

from tests.dialects.siigo.client import TODAY

LEFT_OUT: Any = object()
IVA_19, IVA_5, IVA_0, RETEFUENTE, RETEIVA, RETEICA, SELF_WITHHOLDING = (
    13156, 13157, 13158, 13159, 34072, 34073, 34080,
)  # fmt: skip
CREDIT, CASH, TRANSFER, SUPPLIER_CREDIT = 5636, 5638, 542, 5640
PLAIN, ELECTRONIC, MANUAL, BY_VALUE, WHOLE_PESOS, SELLER_BY_ITEM, WITH_CENTRE = range(24446, 24453)
JOURNAL, MANUAL_JOURNAL = 27441, 27442
NOTE, ELECTRONIC_NOTE, NOTE_OF_OLD, QUOTATION = 77775, 77776, 2379, 27460
PURCHASE, SUPPORT_DOCUMENT, WHOLE_PURCHASE = 24470, 24471, 24472
SELLER = 629
CUSTOMER = "209048401"
SUPPLIER, OTHER_SUPPLIER = "830123456", "123456789"
CASH_RECEIPT, ADVANCE, DETAILED, PAYMENT_RECEIPT = 7714, 27234, 24445, 59625
# What the demo company's opening balances say is owed by the customer, and to the supplier.
OWED = {"prefix": "FV-1", "consecutive": 68, "quote": 1, "date": "2021-04-22"}
OWING = {"prefix": "FC-1", "consecutive": 52, "quote": 1, "date": "2026-01-30"}


def customer(**members: Any) -> dict[str, Any]:
    """A person with one contact."""
    return _with(
        {
            "person_type": "Person",
            "id_type": "13",
            "identification": "79123456",
            "name": ["Marcos", "Castillo"],
            "address": {
                "address": "Cra. 18 #79A - 42",
                "city": {"country_code": "Co", "state_code": "11", "city_code": "11001"},
            },
            "phones": [{"number": "3006003345"}],
            "contacts": [
                {"first_name": "Marcos", "last_name": "Castillo", "email": "marcos@contacto.com"}
            ],
        },
        members,
    )


def product(**members: Any) -> dict[str, Any]:
    """A product without stock control."""
    return _with({"code": "Nuevo-1", "name": "Producto nuevo", "account_group": 1253}, members)


def item(**members: Any) -> dict[str, Any]:
    """One unit of a product without stock control, without taxes."""
    return _with({"code": "Item-1", "quantity": 1, "price": 1000}, members)


def taxes(*ids: int) -> list[dict[str, int]]:
    """Taxes by their ids."""
    return [{"id": tax} for tax in ids]


def invoice(*items: dict[str, Any], total: Any = 1000, **members: Any) -> dict[str, Any]:
    """An invoice paid in cash; `total` is what is paid."""
    return _with(
        {
            "document": {"id": PLAIN},
            "date": TODAY,
            "customer": {"identification": CUSTOMER},
            "seller": SELLER,
            "items": list(items) or [item()],
            "payments": [{"id": CASH, "value": total}],
        },
        members,
    )


def note(
    invoice_id: str, *items: dict[str, Any], total: Any = 1000, **members: Any
) -> dict[str, Any]:
    """A credit note about an invoice, paid back in cash."""
    return _with(
        {
            "document": {"id": NOTE},
            "date": TODAY,
            "invoice": invoice_id,
            "items": list(items) or [item()],
            "payments": [{"id": CASH, "value": total}],
        },
        members,
    )


def note_of_old(*items: dict[str, Any], total: Any = 1000, **members: Any) -> dict[str, Any]:
    """A credit note about an invoice of another system."""
    about = {"date": "2024-03-20", "prefix": "FV", "number": 458, "cufe": "302580df"}
    terms = {"customer": {"identification": CUSTOMER}, "seller": SELLER}
    return note(
        LEFT_OUT, *items, total=total,
        **{"document": {"id": NOTE_OF_OLD}, "invoice_data": about} | terms | members,
    )  # fmt: skip


def quotation(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A quotation."""
    return _with(
        {
            "document": {"id": QUOTATION},
            "date": TODAY,
            "customer": {"identification": CUSTOMER},
            "seller": SELLER,
            "items": list(items) or [item()],
        },
        members,
    )


def on_credit(value: Any, due_date: str = "2026-12-20") -> list[dict[str, Any]]:
    """The whole total on credit."""
    return [{"id": CREDIT, "value": value, "due_date": due_date}]


def entry(account: str, value: Any, **members: Any) -> dict[str, Any]:
    """A line of a journal; a positive value is a debit."""
    movement = "Debit" if Decimal(str(value)) >= 0 else "Credit"
    amount = value if movement == "Debit" else -value
    return _with(
        {
            "account": {"code": account, "movement": movement},
            "customer": {"identification": CUSTOMER},
            "description": "",
            "value": amount,
        },
        members,
    )


def journal(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A journal; by default cash into the bank."""
    lines = list(items) or [entry("11100501", 119000), entry("11050501", -119000)]
    return _with({"document": {"id": JOURNAL}, "date": TODAY, "items": lines}, members)


def paid(due: dict[str, Any], value: Any) -> dict[str, Any]:
    """An item of a receipt: so much of a due."""
    return {"due": due, "value": value}


def cash_receipt(*items: dict[str, Any], total: Any = 1000, **members: Any) -> dict[str, Any]:
    """A customer pays dues; by default a part of the one that is owed."""
    return _with(
        {
            "document": {"id": CASH_RECEIPT},
            "date": TODAY,
            "type": "DebtPayment",
            "customer": {"identification": CUSTOMER},
            "items": list(items) or [paid(OWED, total)],
            "payment": {"id": CASH, "value": total},
        },
        members,
    )


def payment_receipt(*items: dict[str, Any], total: Any = 1000, **members: Any) -> dict[str, Any]:
    """A supplier is paid; by default a part of what is owing."""
    return _with(
        {
            "document": {"id": PAYMENT_RECEIPT},
            "date": TODAY,
            "type": "DebtPayment",
            "supplier": {"identification": SUPPLIER},
            "items": list(items) or [paid(OWING, total)],
            "payment": {"id": TRANSFER, "value": total},
        },
        members,
    )


def advance(total: Any = 1000, **members: Any) -> dict[str, Any]:
    """A customer pays before there is anything to pay."""
    own = {"document": {"id": ADVANCE}, "type": "AdvancePayment", "items": LEFT_OUT}
    return cash_receipt(total=total, **own | members)


def detailed(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A cash receipt that says its own lines."""
    own = {"document": {"id": DETAILED}, "type": "Detailed", "payment": LEFT_OUT}
    lines = list(items) or [entry("11100501", 1000), entry("41350501", -1000)]
    return cash_receipt(*lines, **own | members)


def bought(**members: Any) -> dict[str, Any]:
    """One unit of a product without stock control, bought without taxes."""
    return _with({"type": "Product", **item()}, members)


def purchase(*items: dict[str, Any], total: Any = 1000, **members: Any) -> dict[str, Any]:
    """A purchase paid in cash; `total` is what is paid."""
    return _with(
        {
            "document": {"id": PURCHASE},
            "date": TODAY,
            "supplier": {"identification": SUPPLIER},
            "items": list(items) or [bought()],
            "payments": [{"id": CASH, "value": total}],
        },
        members,
    )


def support_document(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A support document paid in cash."""
    return purchase(*items, **({"document": {"id": SUPPORT_DOCUMENT}} | members))


def owed(value: Any, due_date: str = "2026-12-20") -> list[dict[str, Any]]:
    """The whole total owed to the supplier."""
    return [{"id": SUPPLIER_CREDIT, "value": value, "due_date": due_date}]


def paper(number: str, prefix: str = "FV1") -> dict[str, str]:
    """What a supplier calls its invoice."""
    return {"prefix": prefix, "number": number}


def combo(**members: Any) -> dict[str, Any]:
    """Two products with stock control sold as one."""
    held = [{"code": "Sku-1", "quantity": 1}, {"code": "Sku-2", "quantity": 2}]
    return product(**({"code": "Combo-1", "type": "Combo", "components": held} | members))


def account_group(**members: Any) -> dict[str, Any]:
    """A product classification."""
    return _with({"code": "REPU", "name": "Repuestos"}, members)


def _with(body: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (body | members).items() if value is not LEFT_OUT}
