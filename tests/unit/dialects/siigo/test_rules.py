"""What a request can be told wrong without looking at the books."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.rules.base import day_from_text, unusable_value
from cuadra.dialects.siigo.rules.catalogs import account_group_problems
from cuadra.dialects.siigo.rules.customers import customer_problems, is_whole_customer
from cuadra.dialects.siigo.rules.invoices import invoice_problems
from cuadra.dialects.siigo.rules.journals import journal_problems
from cuadra.dialects.siigo.rules.products import product_problems
from cuadra.dialects.siigo.rules.purchases import purchase_problems, support_document_problems
from cuadra.errors import Problem
from tests.dialects.siigo import bodies


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in problems]


def customer(**members: Any) -> list[tuple[str, str]]:
    return found(customer_problems(msgspec.convert(bodies.customer(**members), wire.CustomerIn)))


def product(**members: Any) -> list[tuple[str, str]]:
    return found(product_problems(msgspec.convert(bodies.product(**members), wire.ProductIn)))


def invoice(*items: Any, **members: Any) -> list[tuple[str, str]]:
    body = msgspec.convert(bodies.invoice(*items, **members), wire.InvoiceIn, strict=False)
    return found(invoice_problems(body))


def journal(*items: Any, **members: Any) -> list[tuple[str, str]]:
    body = msgspec.convert(bodies.journal(*items, **members), wire.JournalIn, strict=False)
    return found(journal_problems(body))


def purchase(*items: Any, editing: bool = False, **members: Any) -> list[tuple[str, str]]:
    body = msgspec.convert(bodies.purchase(*items, **members), wire.PurchaseIn, strict=False)
    return found(purchase_problems(body, editing=editing))


def support_document(*items: Any, **members: Any) -> list[tuple[str, str]]:
    body = bodies.support_document(*items, **members)
    return found(
        support_document_problems(msgspec.convert(body, wire.SupportDocumentIn, strict=False))
    )


def test_good_bodies_have_no_problems() -> None:
    good = (customer(), product(), invoice(), journal(), purchase(), support_document())
    assert good == ([],) * 6
    assert purchase(editing=True, provider_invoice=bodies.paper("1")) == []
    assert account_group_problems(wire.AccountGroupIn(code="REP1", name="Repuestos")) == []


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"date": "2026/11/20"}, ("date", "date")),
        ({"number": 0}, ("value", "number")),
        ({"observations": "x" * 4001}, ("too_long", "observations")),
        ({"discount_type": "Both"}, ("option", "discount_type")),
        ({"provider_invoice": bodies.paper("1", "")}, ("required", "provider_invoice.prefix")),
        ({"provider_invoice": bodies.paper("1", "FV-1")}, ("value", "provider_invoice.prefix")),
        ({"provider_invoice": bodies.paper("1", "FACTURA")}, ("too_long", "provider_invoice.prefix")),
        ({"provider_invoice": bodies.paper("A1")}, ("value", "provider_invoice.number")),
        ({"provider_invoice": bodies.paper("٣")}, ("value", "provider_invoice.number")),
        ({"provider_invoice": bodies.paper("1" * 12)}, ("too_long", "provider_invoice.number")),
        ({"provider_invoice": {"prefix": "FV1"}}, ("required", "provider_invoice.number")),
        ({"currency": {"exchange_rate": "1.1234567"}}, ("amount", "currency.exchange_rate")),
        ({"payments": [{"value": "1.001"}]}, ("amount", "payments[0].value")),
        ({"payments": [{"due_date": "tomorrow"}]}, ("date", "payments[0].due_date")),
    ],
)  # fmt: skip
def test_purchases(members: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problem in purchase(**members)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"type": None}, ("required", "items[0].type")),
        ({"type": "item"}, ("option", "items[0].type")),
        ({"code": "x" * 31}, ("too_long", "items[0].code")),
        ({"description": "x" * 4001}, ("too_long", "items[0].description")),
        ({"quantity": "1.001"}, ("value", "items[0].quantity")),
        ({"price": "1.1234567"}, ("amount", "items[0].price")),
        ({"discount": -1}, ("amount", "items[0].discount")),
        ({"supplier": ""}, ("required", "items[0].supplier")),
        ({"supplier": "1" * 51}, ("too_long", "items[0].supplier")),
    ],
)
def test_items_of_purchases(members: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problem in purchase(bodies.bought(**members))


def test_only_an_edit_must_name_the_paper() -> None:
    assert purchase() == []
    assert purchase(editing=True) == [
        ("required", "provider_invoice.prefix"),
        ("required", "provider_invoice.number"),
    ]
    wrong = support_document(supplier_receipt_number=bodies.paper("x"))
    assert wrong == [("value", "supplier_receipt_number.number")]


@pytest.mark.parametrize(
    ("code", "name", "problems"),
    [
        (None, "", [("required", "code"), ("required", "name")]),
        ("12345678901", "x" * 51, [("too_long", "code"), ("too_long", "name")]),
        ("A B", "l'eau", [("format", "code"), ("format", "name")]),
        ("Ñ", "Ñ", [("format", "code")]),
    ],
)
def test_account_groups(code: str | None, name: str, problems: list[tuple[str, str]]) -> None:
    assert found(account_group_problems(wire.AccountGroupIn(code=code, name=name))) == problems


def test_combos_are_not_in_every_plan() -> None:
    combo = msgspec.convert(bodies.combo(), wire.ProductIn)
    assert found(product_problems(combo)) == []
    assert found(product_problems(combo, combos=False)) == [("plan", "type")]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"type": "Client"}, ("option", "type")),
        ({"person_type": None}, ("required", "person_type")),
        ({"id_type": "10"}, ("option", "id_type")),  # of the tax authority only
        ({"identification": "12"}, ("format", "identification")),
        ({"identification": "-123-"}, ("format", "identification")),
        ({"identification": "1" * 14}, ("format", "identification")),
        ({"identification": "1" * 51}, ("too_long", "identification")),
        ({"id_type": "R-00-PN", "identification": "1" * 14}, ("format", "identification")),
        ({"check_digit": "10"}, ("value", "check_digit")),
        ({"name": []}, ("required", "name")),
        ({"name": ["Only"]}, ("array", "name")),
        ({"name": ["O'Hara", "Ana"]}, ("format", "name")),
        ({"name": ["x" * 101, "Ana"]}, ("too_long", "name[0]")),
        ({"branch_office": -1}, ("range", "branch_office")),
        ({"fiscal_responsibilities": [{}]}, ("required", "fiscal_responsibilities[0].code")),
        ({"fiscal_responsibilities": "R-99-PN"}, ("type", "fiscal_responsibilities")),
        ({"address": None}, ("required", "address")),
        ({"address": {"address": "x"}}, ("required", "address.city")),
        ({"phones": None}, ("required", "phones")),
        ({"phones": [{"number": "12345678901"}]}, ("too_long", "phones[0].number")),
        ({"phones": [{"number": "٣٠٠"}]}, ("value", "phones[0].number")),
        ({"contacts": [{"first_name": ""}]}, ("required", "contacts[0].first_name")),
        ({"contacts": [{"first_name": "A", "email": "a@b"}]}, ("format", "contacts[0].email")),
        ({"contacts": [{"first_name": "A"}] * 11}, ("array", "contacts")),
        ({"comments": "x" * 4001}, ("too_long", "comments")),
    ],
)
def test_customers(members: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problem in customer(**members)


def test_short_identifications_where_the_type_allows_them() -> None:
    assert customer(id_type="41", identification="7") == []


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"code": " "}, ("required", "code")),
        ({"code": "a b"}, ("format", "code")),
        ({"name": "l'eau"}, ("format", "name")),
        ({"account_group": 0}, ("required", "account_group")),
        ({"type": "Robot"}, ("option", "type")),
        ({"tax_consumption_value": -1}, ("amount", "tax_consumption_value")),
        ({"unit": ""}, ("empty", "unit")),
        ({"reference": "x" * 81}, ("too_long", "reference")),
        ({"additional_fields": {"tariff": "x" * 11}}, ("too_long", "additional_fields.tariff")),
        (
            {"prices": [{"currency_code": "COP", "price_list": [{"position": 1, "value": 1}] * 13}]},
            ("array", "prices"),
        ),
        ({"prices": [{"price_list": []}]}, ("required", "prices[0].currency_code")),
        (
            {"prices": [{"currency_code": "COP", "price_list": [{"position": 13, "value": 1}]}]},
            ("range", "prices[0].price_list[0].position"),
        ),
        (
            {"prices": [{"currency_code": "COP", "price_list": [{"position": 1, "value": 1}] * 2}]},
            ("array", "prices[0].price_list"),
        ),
        ({"components": [{"code": "x" * 31}]}, ("too_long", "components[0].code")),
        ({"components": [{"quantity": "1.001"}]}, ("value", "components[0].quantity")),
    ],
)  # fmt: skip
def test_products(members: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problem in product(**members)


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"quantity": "1.001"}, ("value", "items[0].quantity")),
        ({"quantity": "99999999999.991"}, ("value", "items[0].quantity")),
        ({"price": "0.0000001"}, ("amount", "items[0].price")),
        ({"price": "100000000000"}, ("amount", "items[0].price")),
        ({"price": "1.0000000000000000000000000000000000001"}, ("amount", "items[0].price")),
        ({"taxed_price": "-1"}, ("amount", "items[0].taxed_price")),
        ({"discount": "0.001"}, ("amount", "items[0].discount")),
        ({"code": "x" * 31}, ("too_long", "items[0].code")),
        ({"description": "x" * 4001}, ("too_long", "items[0].description")),
    ],
)
def test_items(item: dict[str, Any], problem: tuple[str, str]) -> None:
    assert invoice(bodies.item(**item)) == [problem]


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"date": "2026-2-1"}, ("date", "date")),
        ({"date": "2026-02-30"}, ("date", "date")),
        ({"number": 0}, ("value", "number")),
        ({"payments": [{"id": 1, "value": "1.001"}]}, ("amount", "payments[0].value")),
        ({"payments": [{"id": 1, "value": 1, "due_date": "x"}]}, ("date", "payments[0].due_date")),
        ({"observations": "x" * 4001}, ("too_long", "observations")),
        (
            {"currency": {"code": "USD", "exchange_rate": "1.0000001"}},
            ("amount", "currency.exchange_rate"),
        ),
        (
            {"additional_fields": {"purchase_order": {"number": "x" * 21}}},
            ("too_long", "additional_fields.purchase_order.number"),
        ),
        (
            {"adittional_fields": {"delivery_order": {"date": "x"}}},
            ("date", "additional_fields.delivery_order.date"),
        ),
    ],
)
def test_invoices(members: dict[str, Any], problem: tuple[str, str]) -> None:
    assert invoice(**members) == [problem]


def test_a_customer_inside_an_invoice_is_checked_where_it_is() -> None:
    problems = invoice(customer=bodies.customer(id_type="99"))
    assert problems == [("option", "customer.id_type")]


def test_a_reference_is_no_whole_customer() -> None:
    assert not is_whole_customer(wire.CustomerIn(identification="1", branch_office=2))
    assert is_whole_customer(wire.CustomerIn(identification="1", name=["A", "B"]))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"account": None}, ("required", "items[0].account.code")),
        ({"account": {"code": "1", "movement": "Both"}}, ("option", "items[0].account.movement")),
        ({"value": 0}, ("amount", "items[0].value")),
        ({"value": "0.001"}, ("amount", "items[0].value")),
        ({"description": "x" * 501}, ("too_long", "items[0].description")),
        ({"due": {"prefix": "x" * 21}}, ("too_long", "items[0].due.prefix")),
        ({"due": {"date": "x"}}, ("date", "items[0].due.date")),
        ({"tax": {"id": 1, "base_value": -1}}, ("amount", "items[0].tax.base_value")),
        ({"product": {"quantity": "1.001"}}, ("value", "items[0].product.quantity")),
    ],
)
def test_journal_lines(line: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problem in journal(bodies.entry("11050501", 1) | line)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (wire.InvoiceIn(observations="a\0b"), "observations"),
        (wire.InvoiceIn(items=[wire.ItemIn(), wire.ItemIn(price=Decimal("NaN"))]), "items[1].price"),
        (wire.InvoiceIn(advance_payment=Decimal("-Infinity")), "advance_payment"),
        (wire.InvoiceIn(items=[wire.ItemIn(transport={"a": ["x", "\0"]})]), "items[0].transport.a[1]"),
        (wire.InvoiceIn(advance_payment=Decimal("1" * 41)), "advance_payment"),
        (wire.InvoiceIn(observations="fine", advance_payment=Decimal("1e-400")), None),
    ],
)  # fmt: skip
def test_values_no_books_can_hold(body: wire.InvoiceIn, path: str | None) -> None:
    assert unusable_value(body) == path


@pytest.mark.parametrize(
    "text", ["", "2026-1-01", "2026-13-01", "20260101", "٢٠٢٦-٠١-٠١", "2026-01-01T00", None]
)
def test_what_is_no_day(text: str | None) -> None:
    assert day_from_text(text) is None
