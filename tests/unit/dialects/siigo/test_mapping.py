"""Bodies to drafts: defaults, words in any case, what is refused rather than dropped."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cuadra.catalog.records import PersonKind, ProductKind, TaxClassification, ThirdPartyKind
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import guid_from_text, plain
from cuadra.dialects.siigo.mapping.customers import third_party_from_customer
from cuadra.dialects.siigo.mapping.invoices import draft_from_invoice
from cuadra.dialects.siigo.mapping.journals import draft_from_journal
from cuadra.dialects.siigo.mapping.products import product_from_body
from tests.dialects.siigo import bodies


def read(body: Any, kind: Any) -> Any:
    return msgspec.convert(body, kind, strict=False)


def test_a_customer_takes_the_defaults_of_the_vendor() -> None:
    party = third_party_from_customer(read(bodies.customer(), wire.CustomerIn))
    assert (party.kind, party.person) == (ThirdPartyKind.CUSTOMER, PersonKind.PERSON)
    assert (party.branch, party.active, party.vat_responsible) == (0, True, False)
    assert party.fiscal_responsibilities == ("R-99-PN",)
    assert party.address is not None and party.address.country_code == "Co"


def test_words_are_read_in_any_case() -> None:
    body = bodies.customer(type="SUPPLIER", person_type="company")
    party = third_party_from_customer(read(body, wire.CustomerIn))
    assert (party.kind, party.person) == (ThirdPartyKind.SUPPLIER, PersonKind.COMPANY)
    product = product_from_body(
        read(bodies.product(type="consumergood", tax_classification="EXEMPT"), wire.ProductIn)
    )
    assert (product.kind, product.tax_classification) == (
        ProductKind.CONSUMER_GOOD,
        TaxClassification.EXEMPT,
    )


def test_a_product_takes_the_defaults_of_the_vendor() -> None:
    product = product_from_body(read(bodies.product(), wire.ProductIn))
    assert (product.kind, product.unit, product.active) == (ProductKind.PRODUCT, "94", True)
    assert (product.stock_control, product.tax_included) == (False, False)


def test_prices_of_all_currencies_become_one_list() -> None:
    prices = [
        {"currency_code": "COP", "price_list": [{"position": 1, "value": 5}, {"position": 2, "value": 6}]},
        {"currency_code": "USD", "price_list": [{"position": 1, "value": "0.5"}]},
    ]  # fmt: skip
    product = product_from_body(read(bodies.product(prices=prices), wire.ProductIn))
    assert [(p.currency, p.position, str(p.value)) for p in product.prices] == [
        ("COP", 1, "5"),
        ("COP", 2, "6"),
        ("USD", 1, "0.5"),
    ]


def test_an_invoice_names_its_customer_and_brings_a_whole_one() -> None:
    draft = draft_from_invoice(read(bodies.invoice(), wire.InvoiceIn))
    assert draft.party == PartyName(bodies.CUSTOMER, 0)
    assert draft.new_customer is None
    whole = bodies.invoice(customer=bodies.customer(branch_office=3))
    draft = draft_from_invoice(read(whole, wire.InvoiceIn))
    assert draft.party == PartyName("79123456", 3)
    assert draft.new_customer is not None and draft.new_customer.branch == 3


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({"stamp": {"send": True}}, ["stamp.send"]),
        ({"stamp": {"send": False}}, []),
    ],
)  # fmt: skip
def test_what_is_not_served_is_refused(members: dict[str, Any], refused: list[str]) -> None:
    assert draft_from_invoice(read(bodies.invoice(**members), wire.InvoiceIn)).refused == refused


def test_a_journal_credits_with_a_negative_amount() -> None:
    draft = draft_from_journal(read(bodies.journal(), wire.JournalIn))
    assert [(line.account, line.amount) for line in draft.lines] == [
        ("11100501", Decimal(119000)),
        ("11050501", Decimal(-119000)),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [("10000.00", "10000"), ("5059932.360", "5059932.36"), ("1E+3", "1000"), ("0.00", "0"), ("-0", "0")],
)  # fmt: skip
def test_numbers_have_no_trailing_zeros(value: str, text: str) -> None:
    assert str(plain(Decimal(value))) == text


@pytest.mark.parametrize("text", ["", "{}", "null", "1", "x" * 36])
def test_what_is_no_id(text: str) -> None:
    assert guid_from_text(text) is None
