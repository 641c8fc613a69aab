"""Problems become the vendor's bodies: texts, paths, order, one error for each field."""

from decimal import Decimal

import pytest

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.errors import DETAIL, failure, lower_case, simple_failure, wire_path
from cuadra.errors import PROBLEM_CODES, Problem, inactive, required, unknown


def texts(*problems: Problem) -> list[tuple[str, str]]:
    return [(error.code, error.message) for error in failure(problems).errors]


@pytest.mark.parametrize("code", sorted(PROBLEM_CODES))
def test_every_problem_has_a_text(code: str) -> None:
    wrong = failure([Problem(code, "items[0].product", "…", 1)])
    error = wrong.errors[0]
    assert wrong.status == (404 if code == "not_found" else 400)
    assert error.message
    assert "{" not in error.code + error.message
    assert error.detail == DETAIL + error.code


@pytest.mark.parametrize(
    ("problem", "code", "message"),
    [
        (required("seller"), "parameter_required", "The field seller_id is required"),
        (unknown("items[0].warehouse", 121), "invalid_reference", "The warehouse doesn't exist: 121"),
        (unknown("items[0].taxes[0].tax", 12), "invalid_reference", "The tax doesn't exist: 12"),
        (inactive("items[0].taxes[0].tax", 589), "parameter_inactive", "The tax is inactive: 589"),
        (inactive("payments[0].payment_type", 53), "parameter_inactive", "The id is inactive: 53"),
        (
            Problem("payments", "payments", "…", Decimal("10000.00")),
            "invalid_total_payments",
            "The total payments must be equal to the total invoice. The total invoice calculated is 10000",
        ),
        (
            Problem("payments", "payments", "…", Decimal("5059932.36")),
            "invalid_total_payments",
            "The total payments must be equal to the total invoice. The total invoice calculated is 5059932.36",
        ),
        (
            Problem("range", "items[0].discount", "…", Decimal(101)),
            "invalid_range",
            "The field discount only allows a value between 0 and 100",
        ),
        (
            Problem("too_long", "identification", "…", 50),
            "length_max",
            "The field identification only allows a maximum length of 50 characters",
        ),
        (
            Problem("format", "identification", "…", "%%%"),
            "invalid_identification",
            "Invalid identification: %%%",
        ),
    ],
)  # fmt: skip
def test_texts(problem: Problem, code: str, message: str) -> None:
    assert texts(problem) == [(code, message)]


def test_braces_in_a_value_are_only_text() -> None:
    assert texts(Problem("format", "identification", "…", "{x}{0}"))[0][1] == (
        "Invalid identification: {x}{0}"
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("voucher_type", "document.id"),
        ("items[12].product", "items[12].code"),
        ("items[3].taxes[1].tax", "items[3].taxes[1].id"),
        ("lines[2].party.identification", "items[2].customer.identification"),
        ("prices[4].position", "prices[0].price_list[4].position"),
        ("lines[0].due.quote", "items[0].due.quote"),
        ("anything.else", "anything.else"),
    ],
)
def test_paths(ours: str, theirs: str) -> None:
    assert wire_path(ours) == theirs


def test_a_seller_is_called_after_its_document() -> None:
    assert wire_path("seller", wire.InvoiceIn) == "seller"
    assert wire_path("seller", wire.CustomerIn) == "related_users.seller_id"


def test_errors_come_in_the_order_of_the_body() -> None:
    problems = [
        required("payments"),
        required("items[1].product"),
        required("customer.identification"),
        required("items[0].quantity"),
        required("voucher_type"),
        required("items[0].product"),
        required("date"),
    ]
    wrong = failure(problems, wire.InvoiceIn)
    assert [error.params for error in wrong.errors] == [
        ["document.id"],
        ["date"],
        ["customer.identification"],
        ["items[0].code"],
        ["items[0].quantity"],
        ["items[1].code"],
        ["payments"],
    ]


def test_a_field_has_one_error_the_first() -> None:
    problems = [Problem("value", "items[0].quantity", "…"), Problem("type", "items[0].quantity", "…")]  # fmt: skip
    assert [error.code for error in failure(problems, wire.InvoiceIn).errors] == ["invalid_value"]


def test_the_lower_case_envelope() -> None:
    wrong = simple_failure(400, "invalid_value", "Invalid value: access_key")
    full = lower_case(wrong.errors, 400, bare=False)
    bare = lower_case(wrong.errors, 400, bare=True)
    assert full.errors[0].params == []
    assert bare.errors[0] == wire.LowerError("invalid_value", "Invalid value: access_key")
