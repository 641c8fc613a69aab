"""One table: our problem codes -> the vendor's error bodies, message texts byte for byte.

Texts are parsed by programs in the wild: the number comes last, without trailing zeros. Where no text
was ever recorded, the vendor's own patterns are followed. A problem of `trade` names its field in our
words and is first translated; one of `rules` already has the vendor's path.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import plain
from cuadra.errors import Problem

DETAIL = "Check the API documentation: https://developer.siigo.com/introduction/codigos-de-error/"


class Failure(Exception):
    """An error to answer with: its HTTP status and the vendor's errors, in order."""

    def __init__(self, status: int, errors: list[wire.PascalError]) -> None:
        self.status = status
        self.errors = errors
        super().__init__(errors[0].message)


class _Text(NamedTuple):
    code: str
    message: str


# By problem code; {x} is the last name of the path, {value} what was sent.
_TEXTS = {
    "required": _Text("parameter_required", "The field {x} is required"),
    "empty": _Text("parameter_empty", "The field {x} is empty"),
    "type": _Text("invalid_type", "Invalid data type: {x}"),
    "value": _Text("invalid_value", "Invalid value: {x}"),
    "amount": _Text("invalid_amount", "The {x} amount is invalid"),
    "range": _Text("invalid_range", "The field {x} only allows a value between {low} and {high}"),
    "too_long": _Text(
        "length_max", "The field {x} only allows a maximum length of {value} characters"
    ),
    "format": _Text("invalid_{x}", "Invalid {x}: {value}"),
    "option": _Text("parameters_exclusive", "Invalid value for parameter: {x}"),
    "not_allowed": _Text("parameter_not_allowed", "The parameter {x} is not allowed"),
    "unknown": _Text("invalid_reference", "The {x} doesn't exist: {value}"),
    "inactive": _Text("parameter_inactive", "The {x} is inactive: {value}"),
    "wrong_kind": _Text("invalid_value", "Invalid value: {x}"),
    "mismatch": _Text("invalid_document", "Invalid value: {x}"),
    "setting": _Text(
        "document_settings", "The {x} cannot be used, you must verify the document settings"
    ),
    "product_setting": _Text(
        "product_settings", "The {x} cannot be used, you must verify the product settings"
    ),
    "warehouse_setting": _Text(
        "warehouse_settings", "The {x} cannot be used, you must verify the warehouse settings"
    ),
    "company_setting": _Text(
        "company_settings", "The {x} cannot be used, you must verify the company settings"
    ),
    "customer_setting": _Text(
        "customer_settings", "The {x} cannot be used, you must verify the customer settings"
    ),
    "plan": _Text("invalid_plan_type", "The {x} cannot be used, you must verify your plan"),
    "account_setting": _Text("invalid_account", "Invalid account: {value}"),
    "array": _Text("invalid_array", "The array {x} has invalid values"),
    "taxes": _Text("invalid_taxes", "The array {x} has invalid values"),
    "retentions": _Text("invalid_retentions", "The array retentions has invalid values"),
    "date": _Text("invalid_date", "Invalid value: {x}"),
    "date_range": _Text("invalid_date_range", "The range of dates is invalid: {x}"),
    "locked": _Text(
        "blocked_transactions", "The {x} is in a period blocked for transactions: {value}"
    ),
    "repeated": _Text("already_exists", "The {x} already exists: {value}"),
    "repeated_number": _Text("duplicated_document", "The document already exists"),
    "payments": _Text(
        "invalid_total_payments",
        "The total payments must be equal to the total invoice. The total invoice calculated is {value}",
    ),
    "balance": _Text(
        "invalid_balance",
        "The sum of the debits and credits must be equal. The difference calculated is {value}",
    ),
    "due_balance": _Text("invalid_amount", "The {x} amount is invalid"),
    "in_use": _Text("delete_not_allowed", "The resource has related movements or transactions"),
    "not_editable": _Text("non_editable", "The field {x} cannot be edited"),
    "not_found": _Text("not_found", "The requested resource was not found"),
    "busy": _Text("entry_service", "The document was changed by another request. Please try again"),
}
# By problem code and the vendor's path, indexes left out.
_EXCEPTIONS = {
    ("inactive", "document.id"): _Text(
        "document_settings", "The document.id cannot be used, you must verify the document settings"
    ),
    ("wrong_kind", "document.id"): _Text("invalid_document", "Invalid value: id"),
    ("wrong_kind", "payments.id"): _Text("invalid_payment", "Invalid value: id"),
    ("wrong_kind", "payment.id"): _Text("invalid_payment", "Invalid value: id"),
    ("wrong_kind", "payment"): _Text("invalid_payment", "Invalid value: payment"),
    ("payments", "payment"): _Text(
        "invalid_total_payments",
        "The total payments must be equal to the total receipt. The total receipt calculated is {value}",
    ),
    ("unknown", "cost_center"): _Text(
        "invalid_cost_center", "The cost_center doesn't exist: {value}"
    ),
    ("unknown", "items.cost_center"): _Text(
        "invalid_cost_center", "The cost_center doesn't exist: {value}"
    ),
    ("value", "currency.code"): _Text("invalid_currency", "Invalid value: code"),
    ("value", "currency.exchange_rate"): _Text("invalid_currency", "Invalid value: exchange_rate"),
    ("setting", "items.seller"): _Text(
        "document_settings",
        "The following seller cannot be used, you must verify the document settings",
    ),
    ("repeated", "id"): _Text(  # not already_exists, which clients take for their own document
        "entry_service", "A due with the name of this document exists already"
    ),
    # Like a number of our own, so that clients take it for the document they have sent before.
    ("repeated", "provider_invoice.number"): _TEXTS["repeated_number"],
    ("repeated", "supplier_receipt_number.number"): _TEXTS["repeated_number"],
    ("not_editable", "id"): _Text(
        "update_not_allowed", "The resource has related movements or transactions"
    ),
    ("not_editable", "account_group"): _Text(
        "update_not_allowed", "The field account_group cannot be edited"
    ),
}
# What only one body is told otherwise.
_TOTAL_OF_PURCHASE = _Text(
    "invalid_total_payments",
    "The total payments must be equal to the total purchase. The total purchase calculated is {value}",
)
_OWN_TEXTS: dict[tuple[type[msgspec.Struct] | None, str], _Text] = {
    (wire.PurchaseIn, "payments"): _TOTAL_OF_PURCHASE,
    (wire.SupportDocumentIn, "payments"): _TOTAL_OF_PURCHASE,
}
_STATUS = {"not_found": 404}

# Our path -> the vendor's, indexes as []. What is not here is called the same.
_PATHS = {
    "voucher_type": "document.id",
    "party.identification": "customer.identification",
    "due": "id",
    "stock": "id",
    "cost_centre": "cost_center",
    "items[].product": "items[].code",
    "items[].taxes[].tax": "items[].taxes[].id",
    "retentions[].tax": "retentions[].id",
    "payments[].payment_type": "payments[].id",
    "payment.payment_type": "payment.id",
    "advance": "advance_payment",
    "health": "healthcare_company",
    "lines": "items",
    "lines[].account": "items[].account.code",
    "lines[].amount": "items[].value",
    "lines[].party": "items[].customer",
    "lines[].party.identification": "items[].customer.identification",
    "lines[].cost_centre": "items[].cost_center",
    "lines[].due": "items[].due",
    "lines[].due.prefix": "items[].due.prefix",
    "lines[].due.consecutive": "items[].due.consecutive",
    "lines[].due.quote": "items[].due.quote",
    "lines[].due.date": "items[].due.date",
    "lines[].tax": "items[].tax.id",
    "lines[].tax_base": "items[].tax.base_value",
    "lines[].product": "items[].product",
    "lines[].product.code": "items[].product.code",
    "lines[].product.quantity": "items[].product.quantity",
    "lines[].product.warehouse": "items[].product.warehouse",
    "lines[].fixed_asset": "items[].fixed_assets",
    "seller": "related_users.seller_id",
    "collector": "related_users.collector_id",
    "customer.seller": "customer.related_users.seller_id",
    "customer.collector": "customer.related_users.collector_id",
    "taxes[].tax": "taxes[].id",
    "prices[].currency": "prices[].currency_code",
    "prices[].position": "prices[].price_list[].position",
}
_PURCHASE_PATHS = {
    "party.identification": "supplier.identification",
    "items[].kind": "items[].type",
    "items[].taxed_price": "items[].price",
    "items[].supplier.identification": "items[].supplier",
}
# What only one body calls otherwise.
_OWN_PATHS: dict[type[msgspec.Struct] | None, dict[str, str]] = {
    wire.InvoiceIn: {"seller": "seller"},
    wire.CreditNoteIn: {
        "seller": "seller",
        "outside": "invoice_data",
        "outside.date": "invoice_data.date",
        "outside.number": "invoice_data.number",
        "outside.cufe": "invoice_data.cufe",
        "health.operation": "healthcare_company.operation_type",
    },
    wire.QuotationIn: {"seller": "seller"},
    wire.PaymentReceiptIn: {"party.identification": "supplier.identification"},
    wire.ProductIn: {"kind": "type"},
    wire.PurchaseIn: _PURCHASE_PATHS | {"external_number": "provider_invoice.number"},
    wire.SupportDocumentIn: _PURCHASE_PATHS | {"external_number": "supplier_receipt_number.number"},
}


def failure(problems: Iterable[Problem], body: type[msgspec.Struct] | None = None) -> Failure:
    """The answer to problems: each field once, in the order of the body they are about."""
    translated = [(wire_path(problem.field, body), problem) for problem in problems]
    if body is not None:
        translated.sort(key=lambda pair: _rank(pair[0], body))
    seen: set[str] = set()
    errors = []
    for path, problem in translated:
        if path in seen:
            continue
        seen.add(path)
        errors.append(_error(path, problem, body))
    first = translated[0][1].code
    return Failure(_STATUS.get(first, 400), errors)


def wrong_type(path: str) -> Failure:
    """The answer to a value of a wrong type at the vendor's own path."""
    return Failure(400, [_error(path, Problem("type", path, "a value of another type"))])


def wire_path(field: str, body: type[msgspec.Struct] | None = None) -> str:
    """The vendor's path of a field of ours.

    >>> wire_path("items[3].taxes[0].tax")
    'items[3].taxes[0].id'
    """
    indexes = iter(re.findall(r"\[(\d+)\]", field))
    shape = re.sub(r"\[\d+\]", "[]", field)
    vendor = _OWN_PATHS.get(body, {}).get(shape) or _PATHS.get(shape, shape)
    if (
        shape == "prices[].position"
    ):  # our prices are a flat list; the vendor's are grouped by currency
        return f"prices[0].price_list[{next(indexes)}].position"
    return re.sub(r"\[\]", lambda _: f"[{next(indexes)}]", vendor)


def simple_failure(
    status: int, code: str, message: str, params: list[str] | None = None, *, detail: bool = True
) -> Failure:
    """An error that is about no field of a body."""
    error = wire.PascalError(
        code=code,
        message=message,
        params=params or [],
        detail=DETAIL + code if detail else None,
    )
    return Failure(status, [error])


def unavailable(code: str = "service_unavailable") -> Failure:
    """What is answered while the database is away; like the vendor, without params and detail."""
    message = "The service is currently unavailable. Please try in a few minutes"
    return Failure(503, [wire.PascalError(code=code, message=message)])


def unhandled() -> Failure:
    """What nobody foresaw; of the vendor, also what it does not check."""
    message = "An unhandled error occurred"
    return simple_failure(500, "unhandled_error", message, detail=False)


def lower_case(errors: list[wire.PascalError], status: int, *, bare: bool) -> wire.LowerErrors:
    """The same errors in the lower-case envelope; `bare` leaves params and detail out."""
    return wire.LowerErrors(
        status,
        [
            wire.LowerError(
                error.code,
                error.message,
                UNSET if bare else error.params,
                UNSET if bare else error.detail,
            )
            for error in errors
        ],
    )


def _error(
    path: str, problem: Problem, body: type[msgspec.Struct] | None = None
) -> wire.PascalError:
    bare_path = re.sub(r"\[\d+\]", "", path)
    own = _OWN_TEXTS.get((body, problem.code))
    text = own or _EXCEPTIONS.get((problem.code, bare_path)) or _TEXTS[problem.code]
    names: dict[str, Any] = {
        "x": _shown_name(problem.code, bare_path),
        "value": _shown(problem.value),
    }
    if problem.code == "range":
        low_high = problem.value if isinstance(problem.value, tuple) else (0, 100)
        names["low"], names["high"] = low_high
    code = text.code.format(**names)
    return wire.PascalError(
        code=code,
        message=text.message.format(**names),
        params=[path] if path and problem.code != "not_found" else [],
        detail=DETAIL + code,
    )


def _shown_name(problem_code: str, path: str) -> str:
    """How a message calls a field: by its last name, but a tax's id is called tax."""
    if path.endswith(("taxes.id", "tax.id")) and problem_code in ("unknown", "inactive"):
        return "tax"
    return path.rsplit(".", 1)[-1]


def _shown(value: object) -> object:
    return plain(value) if isinstance(value, Decimal) else value


def _rank(path: str, body: type[msgspec.Struct]) -> list[int]:
    """Where a path stands in the body's own order of members."""
    rank: list[int] = []
    current: type[msgspec.Struct] | None = body
    for name, index in re.findall(r"([^.\[\]]+)(?:\[(\d+)\])?", path):
        if current is None:
            break
        members = current.__struct_fields__
        rank.append(members.index(name) if name in members else len(members))
        rank.append(int(index) if index else -1)
        current = _member_type(current, name)
    return rank


@lru_cache
def _member_type(body: type[msgspec.Struct], name: str) -> type[msgspec.Struct] | None:
    """The struct inside a member, under lists and optionals; None for anything else."""
    hint = get_type_hints(body).get(name)
    pending = [hint]
    while pending:
        hint = pending.pop()
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            return hint
        if get_origin(hint) in (Union, UnionType, list):
            pending.extend(get_args(hint))
    return None
