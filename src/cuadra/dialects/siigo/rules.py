"""What a request can be told wrong without looking at the books: missing members, lengths, formats, decimals.

Every function returns problems by the vendor's own paths, in the order of the body. What needs the
catalogs or the ledger is checked by `trade`, and both lists are answered together. Pure.
Source: the vendor's field tables and the literal errors recorded from its API.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal, localcontext

from msgspec import Struct
from msgspec.structs import astuple

from cuadra.catalog import tables
from cuadra.catalog.products import PRICE_LISTS_MAX
from cuadra.catalog.third_parties import CONTACTS_MAX
from cuadra.dialects.siigo import wire
from cuadra.errors import Problem, required
from cuadra.trade.totals import EXACT

AMOUNT_MAX = Decimal("99999999999.99")
ORDER_LENGTH_MAX = 20
_IDENTIFICATION = re.compile(r"\w[\w-]+\w", re.ASCII)
_CODE = re.compile(r"[^'\s]+")
_EMAIL = re.compile(r"([-+.]*\w)+[-+.]*@([\w-]+\.)+[\w-]{2,}")
_DIAN_ONLY_ID_TYPES = {"10"}
_CUSTOMER_TYPES = {"customer", "supplier", "other"}
_PERSON_TYPES = {"person", "company"}
_PRODUCT_TYPES = {"product", "service", "consumergood"}
_TAX_CLASSIFICATIONS = {"taxed", "exempt", "excluded"}


def day_from_text(text: str | None) -> date | None:
    """The day of a `yyyy-MM-dd` text, or None for anything else.

    >>> day_from_text("2026-02-30") is None, day_from_text("2026-02-28")
    (True, datetime.date(2026, 2, 28))
    """
    if text is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def unusable_value(body: object) -> str | None:
    """The path of the first value no books can hold, if any: NaN, infinity, hundreds of digits, NUL.

    >>> unusable_value(wire.PaymentIn(value=Decimal("1e400")))
    'value'
    """
    return None if _is_usable(body) else next(_unusable_paths(body, ""))


def _is_usable(value: object) -> bool:
    """Whether everything inside can be held. Every body passes here, so it builds no paths."""
    if value is None or isinstance(value, int):
        return True
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, Decimal):
        absurd = not value.is_finite() or value.adjusted() > 25 or len(value.as_tuple().digits) > 40
        return not absurd
    if isinstance(value, Struct):
        return all(map(_is_usable, astuple(value)))
    if isinstance(value, list):
        return all(map(_is_usable, value))
    if isinstance(value, dict):
        return all(map(_is_usable, value.values()))
    return True


def _unusable_paths(body: object, path: str) -> Iterator[str]:
    dot = "." if path else ""
    if isinstance(body, list):
        members: Iterable[tuple[str, object]] = ((f"{path}[{i}]", m) for i, m in enumerate(body))
    elif isinstance(body, Struct):
        members = ((f"{path}{dot}{n}", getattr(body, n)) for n in body.__struct_fields__)
    elif isinstance(body, dict):
        members = ((f"{path}{dot}{n}", member) for n, member in body.items())
    else:
        yield path
        return
    for name, member in members:
        if not _is_usable(member):
            yield from _unusable_paths(member, name)


def customer_problems(
    body: wire.CustomerIn, prefix: str = "", *, contacts_max: int = CONTACTS_MAX
) -> list[Problem]:
    """What is wrong with a customer; `prefix` is its path inside a document."""
    problems = [
        *_option(prefix + "type", body.type, _CUSTOMER_TYPES),
        *_required_option(prefix + "person_type", body.person_type, _PERSON_TYPES),
        *_id_type(prefix, body.id_type),
        *_identification(prefix, body),
        *_check_digit(prefix, body.check_digit),
        *_names(prefix, body),
        *_text(prefix + "commercial_name", body.commercial_name, 100),
        *_range(prefix + "branch_office", body.branch_office, 0, 999),
        *_responsibilities(prefix, body.fiscal_responsibilities),
        *_address(prefix, body.address),
    ]
    if body.phones is None:
        problems.append(required(prefix + "phones"))
    for index, phone in enumerate(body.phones or []):
        problems += _phone(f"{prefix}phones[{index}].", phone, number_required=True)
    if body.contacts is None:
        problems.append(required(prefix + "contacts"))
    elif len(body.contacts) > contacts_max:
        problems.append(Problem("array", prefix + "contacts", "too many contacts"))
    for index, contact in enumerate(body.contacts or []):
        problems += _contact(f"{prefix}contacts[{index}].", contact)
    return [*problems, *_text(prefix + "comments", body.comments, 4000)]


def product_problems(body: wire.ProductIn) -> list[Problem]:
    """What is wrong with a product."""
    problems = [
        *_required_text("code", body.code, 30, _CODE),
        *_required_text("name", body.name, 100, re.compile(r"[^']+")),
        *([] if body.account_group else [required("account_group")]),
        *_option("type", body.type, _PRODUCT_TYPES),
        *_option("tax_classification", body.tax_classification, _TAX_CLASSIFICATIONS),
        *_amount("tax_consumption_value", body.tax_consumption_value),
    ]
    for index, tax in enumerate(body.taxes or []):
        problems += [] if tax.id else [required(f"taxes[{index}].id")]
    if sum(len(price.price_list or []) for price in body.prices or []) > PRICE_LISTS_MAX:
        problems.append(Problem("array", "prices", "too many prices"))
    for index, price in enumerate(body.prices or []):
        problems += _price(f"prices[{index}]", price)
    if body.unit == "":
        problems.append(Problem("empty", "unit", "unit is empty"))
    problems += _text("unit_label", body.unit_label, 50)
    problems += _text("reference", body.reference, 80)
    problems += _text("description", body.description, 2500)
    fields = body.additional_fields or body.adittional_fields
    for name, length in (("barcode", 50), ("brand", 50), ("tariff", 10), ("model", 50)):
        text = getattr(fields, name, None)
        problems += _text(f"additional_fields.{name}", text or None, length)
    return problems


def invoice_problems(body: wire.InvoiceIn, *, contacts_max: int = CONTACTS_MAX) -> list[Problem]:
    """What is wrong with an invoice; an inline customer is checked where it is one."""
    problems = [*_date("date", body.date), *_number(body.number)]
    if body.customer is not None and is_whole_customer(body.customer):
        problems += customer_problems(body.customer, "customer.", contacts_max=contacts_max)
    if body.currency is not None:
        problems += _decimals("currency.exchange_rate", body.currency.exchange_rate, 6)
    problems += _text("observations", body.observations, 4000)
    for index, item in enumerate(body.items or []):
        problems += _item(f"items[{index}].", item)
    for index, payment in enumerate(body.payments or []):
        problems += _amount(f"payments[{index}].value", payment.value)
        problems += _date(f"payments[{index}].due_date", payment.due_date)
    return [*problems, *_orders(body)]


def journal_problems(body: wire.JournalIn) -> list[Problem]:
    """What is wrong with a journal."""
    problems = [*_date("date", body.date), *_number(body.number)]
    if body.currency is not None:
        problems += _decimals("currency.exchange_rate", body.currency.exchange_rate, 6)
    for index, item in enumerate(body.items or []):
        problems += _journal_item(f"items[{index}].", item)
    return [*problems, *_text("observations", body.observations, 4000)]


def is_whole_customer(body: wire.CustomerIn) -> bool:
    """Whether a document's customer is more than a reference, so that it may be created."""
    return any(
        (body.person_type, body.id_type, body.name, body.address, body.phones, body.contacts)
    )


def _orders(body: wire.InvoiceIn) -> Iterator[Problem]:
    """The purchase order and the delivery order: at most twenty characters, and a real date."""
    fields = body.additional_fields or body.adittional_fields
    for name in ("purchase_order", "delivery_order"):
        order = getattr(fields, name, None) or wire.OrderFields()
        path = f"additional_fields.{name}"
        yield from _text(f"{path}.prefix", order.prefix or None, ORDER_LENGTH_MAX)
        yield from _text(f"{path}.number", order.number or None, ORDER_LENGTH_MAX)
        yield from _date(f"{path}.date", order.date or None)


def _item(path: str, item: wire.ItemIn) -> Iterator[Problem]:
    yield from _text(path + "code", item.code, 30)
    yield from _text(path + "description", item.description, 4000)
    if item.quantity is not None and not _fits(item.quantity, 2):
        yield Problem("value", path + "quantity", "at most two decimals", item.quantity)
    yield from _amount(path + "price", item.price, decimals=6)
    yield from _amount(path + "taxed_price", item.taxed_price, decimals=6)
    yield from _amount(path + "discount", item.discount)


def _journal_item(path: str, item: wire.JournalItemIn) -> Iterator[Problem]:
    movement = item.account.movement if item.account is not None else None
    if item.account is None or not item.account.code:
        yield required(path + "account.code")
    yield from _required_option(path + "account.movement", movement, {"debit", "credit"})
    yield from _text(path + "description", item.description, 500)
    if item.value is not None and item.value <= 0:
        yield Problem("amount", path + "value", "a value is greater than zero", item.value)
    else:
        yield from _amount(path + "value", item.value)
    if item.due is not None:
        yield from _date(path + "due.date", item.due.date)
        yield from _text(path + "due.prefix", item.due.prefix, 20)
        yield from _range(path + "due.consecutive", item.due.consecutive, 1, 99_999_999_999)
        yield from _range(path + "due.quote", item.due.quote, 1, 999)
    if item.tax is not None:
        yield from _amount(path + "tax.base_value", item.tax.base_value)
    quantity = item.product.quantity if item.product is not None else None
    if quantity is not None and not _fits(quantity, 2):
        yield Problem("value", path + "product.quantity", "at most two decimals", quantity)


def _fits(value: Decimal, decimals: int) -> bool:
    """Whether a number is within the vendor's maximum and has no more decimals than allowed.

    >>> _fits(Decimal("1.10"), 1), _fits(Decimal("1.11"), 1)
    (True, False)
    """
    if abs(value) > AMOUNT_MAX:
        return False
    with localcontext(EXACT):  # the usual context would round the decimals it is asked about
        return value == round(value, decimals)


def _amount(path: str, value: Decimal | None, decimals: int = 2) -> list[Problem]:
    if value is None or (value >= 0 and _fits(value, decimals)):
        return []
    return [Problem("amount", path, f"a positive amount with at most {decimals} decimals", value)]


def _decimals(path: str, value: Decimal | None, decimals: int) -> list[Problem]:
    if value is None or _fits(value, decimals):
        return []
    return [Problem("amount", path, f"an amount with at most {decimals} decimals", value)]


def _date(path: str, text: str | None) -> list[Problem]:
    """A date that was given is one; whether it must be given is not asked here."""
    if text is None or day_from_text(text) is not None:
        return []
    return [Problem("date", path, "a date is written yyyy-MM-dd", text)]


def _number(number: int | None) -> list[Problem]:
    if number is None or 0 < number <= 99_999_999_999:
        return []
    return [Problem("value", "number", "a number is greater than zero", number)]


def _text(path: str, text: str | None, length: int) -> list[Problem]:
    if text is None or len(text) <= length:
        return []
    return [Problem("too_long", path, f"at most {length} characters", length)]


def _required_text(
    path: str, text: str | None, length: int, pattern: re.Pattern[str]
) -> list[Problem]:
    if not text or not text.strip():
        return [required(path)]
    if len(text) > length:
        return [Problem("too_long", path, f"at most {length} characters", length)]
    if not pattern.fullmatch(text):
        return [Problem("format", path, "has characters that are not allowed", text)]
    return []


def _option(path: str, text: str | None, options: set[str]) -> list[Problem]:
    if text is None or text.lower() in options:
        return []
    return [Problem("option", path, f"one of {', '.join(sorted(options))}", text)]


def _required_option(path: str, text: str | None, options: set[str]) -> list[Problem]:
    return [required(path)] if not text else _option(path, text, options)


def _range(path: str, value: int | None, low: int, high: int) -> list[Problem]:
    if value is None or low <= value <= high:
        return []
    return [Problem("range", path, f"between {low} and {high}", (low, high))]


def _id_type(prefix: str, code: str | None) -> list[Problem]:
    path = prefix + "id_type"
    if not code:
        return [required(path)]
    if code in _DIAN_ONLY_ID_TYPES or tables.find_id_type(code) is None:
        return [Problem("option", path, "an identification type of the vendor's list", code)]
    return []


def _identification(prefix: str, body: wire.CustomerIn) -> list[Problem]:
    path, text = prefix + "identification", body.identification
    if not text:
        return [required(path)]
    if len(text) > 50:
        return [Problem("too_long", path, "at most 50 characters", 50)]
    id_type = tables.find_id_type(body.id_type or "")
    well_formed = len(text) < 3 or _IDENTIFICATION.fullmatch(text)
    if not well_formed or (id_type is not None and not id_type.accepts(text)):
        return [Problem("format", path, "not an identification of this type", text)]
    return []


def _check_digit(prefix: str, text: str | None) -> list[Problem]:
    if not text or re.fullmatch(r"[0-9]", text):
        return []
    return [Problem("value", prefix + "check_digit", "one digit", text)]


def _names(prefix: str, body: wire.CustomerIn) -> list[Problem]:
    """A company has one name, a person given names and surnames; no single quotes."""
    path = prefix + "name"
    if not body.name or not any(body.name):
        return [required(path)]
    expected = 1 if (body.person_type or "").lower() == "company" else 2
    if len(body.name) != expected or not all(body.name):
        return [Problem("array", path, f"{expected} names")]
    problems = []
    for index, name in enumerate(body.name):
        problems += _text(f"{path}[{index}]", name, 100)
        if "'" in (name or ""):
            problems.append(Problem("format", path, "a name has no single quotes", name))
    return problems


def _responsibilities(prefix: str, given: list[wire.CodeIn] | str | None) -> list[Problem]:
    """Each names its code; an empty text instead of the list means the default."""
    if isinstance(given, str):
        known = not given.strip()
        return [] if known else [Problem("type", prefix + "fiscal_responsibilities", "a list")]
    codes = enumerate(given or [])
    path = prefix + "fiscal_responsibilities"
    return [required(f"{path}[{index}].code") for index, member in codes if not member.code]


def _address(prefix: str, address: wire.AddressIn | None) -> list[Problem]:
    path = prefix + "address"
    if address is None:
        return [required(path)]
    problems = [required(f"{path}.address")] if not address.address else []
    problems += _text(f"{path}.address", address.address, 256)
    if address.city is None:
        problems.append(required(f"{path}.city"))
    else:
        for name in ("country_code", "state_code", "city_code"):
            if not getattr(address.city, name):
                problems.append(required(f"{path}.city.{name}"))
    return problems + _text(f"{path}.postal_code", address.postal_code, 10)


def _phone(path: str, phone: wire.PhoneIn, *, number_required: bool) -> list[Problem]:
    problems = [required(path + "number")] if number_required and not phone.number else []
    for name in ("indicative", "number", "extension"):
        text = getattr(phone, name)
        problems += _text(path + name, text, 10)
        if text and len(text) <= 10 and not (text.isascii() and text.isdigit()):
            problems.append(Problem("value", path + name, "digits only", text))
    return problems


def _contact(path: str, contact: wire.ContactIn) -> list[Problem]:
    problems = [required(path + "first_name")] if not contact.first_name else []
    problems += _text(path + "first_name", contact.first_name, 50)
    problems += _text(path + "last_name", contact.last_name, 50)
    problems += _text(path + "email", contact.email, 100)
    if contact.email and len(contact.email) <= 100 and not _EMAIL.fullmatch(contact.email):
        problems.append(Problem("format", path + "email", "not an e-mail address", contact.email))
    if contact.phone is not None:
        problems += _phone(path + "phone.", contact.phone, number_required=False)
    return problems


def _price(path: str, price: wire.PriceIn) -> list[Problem]:
    problems = [] if price.currency_code else [required(f"{path}.currency_code")]
    for index, row in enumerate(price.price_list or []):
        row_path = f"{path}.price_list[{index}]"
        if row.position is None:
            problems.append(required(f"{row_path}.position"))
        problems += _range(f"{row_path}.position", row.position, 1, PRICE_LISTS_MAX)
        if row.value is None:
            problems.append(required(f"{row_path}.value"))
        problems += _amount(f"{row_path}.value", row.value)
    return problems
