"""One row by itself: types and widths of every field, its date, and how strict each profile is."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cuadra.dialects.siigo_pyme.fields import Field, fields
from cuadra.dialects.siigo_pyme.rows import Profile, Row, RowReader, read_day

TODAY = date(2026, 11, 20)
GOOD: dict[str, Any] = {
    "voucher_type": "L",
    "voucher_code": 1,
    "accounting_account": 1105050100,
    "debit_or_credit": "D",
    "sequence_value": 10,
    "sequence": 4,
}


def read(profile: Profile = "documented", *, month_13: bool = False, **members: Any) -> Row:
    row = RowReader("movement", profile).read(7, GOOD | members)
    read_day(row, 2026, TODAY, profile, month_13=month_13)
    return row


def codes(row: Row) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in row.errors]


def test_a_good_row() -> None:
    row = read(
        nit=900123456, sequence_description="  Pago  ", gross_weight=Decimal("1.50"), lot=None
    )
    assert codes(row) == [] and row.warnings == []
    assert row.values == GOOD | {
        "nit": 900123456, "sequence_description": "Pago", "gross_weight": Decimal("1.5"),
    }  # fmt: skip
    assert row.day == TODAY


@pytest.mark.parametrize("name", [one.reference for one in fields().values() if one.mandatory])
@pytest.mark.parametrize("nothing", [None, "", "absent"])
def test_the_mandatory_five(name: str, nothing: Any) -> None:
    raw = GOOD | {name: nothing}
    if nothing == "absent":
        del raw[name]
    assert codes(RowReader("movement", "documented").read(1, raw)) == [(name, "required")]


def test_nothing_is_nothing() -> None:
    """Blanks, nulls and zeros are not kept, whatever the field; only a value may be zero."""
    blanks = {name: "" for name in fields() if name not in GOOD}
    assert read(**blanks).values == GOOD
    zeros = {
        name: 0
        for name, one in fields().items()
        if one.documented_type == "number" and name not in GOOD
    }
    assert read(**zeros).values == GOOD
    assert read(sequence_value=0).values["sequence_value"] == 0


def too_much(field: Field) -> Any:
    """A value of the right type that the model does not take; None where it takes everything."""
    bounds = field.bounds
    match field.form:
        case "letter":
            return "f"
        case "choice":
            return "?"
        case "voucher":
            return "F-25"
        case "day":
            return "2026112"
        case "time":
            return "250000"
        case "hex":
            return "abc"
        case "range":
            return int(bounds[0].split("-")[1]) + 1
        case "digits" if bounds:
            return 10 ** int(bounds[0]) if field.documented_type == "number" else "9" * 41
        case "decimals":
            return Decimal(1) / 10 ** (int(bounds[0]) + 1)
        case "text" if bounds and int(bounds[0]) < 4000:
            return "x" * (int(bounds[0]) + 1)
    return None


@pytest.mark.parametrize("field", fields().values(), ids=fields().keys())
def test_every_width(field: Field) -> None:
    """Strict refuses it; documented only where it becomes a fact of the ledger."""
    value = too_much(field)
    if value is None:
        return
    strict = read("strict", **{field.reference: value})
    assert (field.reference, "value") in codes(strict), value
    documented = read(**{field.reference: value})
    told = documented.errors if field.kept else documented.warnings
    assert field.reference in {one.field for one in told}
    assert all(one.row == 7 and one.message for one in told)


@pytest.mark.parametrize("field", fields().values(), ids=fields().keys())
@pytest.mark.parametrize("profile", ["documented", "strict"])
def test_every_type(field: Field, profile: Profile) -> None:
    """A list, an object, a truth, a text for a number, a number for a text."""
    wrong: list[Any] = [[], {"a": 1}, True, "1e999x" if field.documented_type == "number" else 5]
    taken = {"cross_voucher_type", "block_billing_concept", "conversion_factor_operator",
             "document_update_date", "document_update_time"}  # fmt: skip
    if field.reference in taken or "_release_date" in field.reference:
        del wrong[3]
    for value in wrong:
        found = codes(read(profile, **{field.reference: value}))
        assert (field.reference, "type") in found, (value, found)


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), 10**40, Decimal("1e-400"), float("nan")]
)  # fmt: skip
def test_numbers_that_are_none(value: Any) -> None:
    for name in ("sequence_value", "nit", "quantity", "city_code"):
        assert codes(read(**{name: value})) != []


def test_texts_that_no_database_takes() -> None:
    assert codes(read(lot="a\0b")) == [("lot", "type")]
    assert codes(read(long_description="x" * 4001)) == [("long_description", "type")]


def test_whole_numbers_may_have_a_point() -> None:
    assert read(nit=Decimal("900123456.0")).values["nit"] == 900123456
    assert codes(read(nit=Decimal("1.5"))) == [("nit", "type")]


@pytest.mark.parametrize(
    ("members", "day", "expected"),
    [
        ({}, TODAY, []),
        ({"document_year": 2026, "document_month": 2, "document_day": 28}, date(2026, 2, 28), []),
        ({"document_month": 2, "document_day": 28}, date(2026, 2, 28), []),
        ({"document_month": 2, "document_day": 30}, None, [("document_day", "date")]),
        ({"document_month": 13, "document_day": 1}, None, [("document_day", "date")]),
        ({"document_month": 3}, None, [("document_day", "required")]),
        ({"document_year": 26}, None, [("document_year", "value")]),
        ({"document_year": 9999}, None, [("document_year", "value")]),
        ({"document_day": 3}, None, [("document_month", "required")]),
        ({"document_month": "3", "document_day": 3}, None, [("document_month", "type")]),
    ],
)
def test_the_date(members: Any, day: date | None, expected: Any) -> None:
    row = read(**members)
    assert (row.day, codes(row)) == (day, expected)


def test_the_year_of_the_process() -> None:
    other = {"document_year": 2025, "document_month": 3, "document_day": 10}
    row = read(**other)
    assert row.day == date(2025, 3, 10) and [w.field for w in row.warnings] == ["document_year"]
    assert codes(read("strict", **other)) == [("document_year", "year")]


def test_month_13_by_setting() -> None:
    row = read(month_13=True, document_month=13, document_day=31)
    assert row.day == date(2026, 12, 31)


def test_what_is_no_row_and_no_field() -> None:
    assert codes(RowReader("movement", "documented").read(1, "x")) == [("list", "type")]  # type: ignore[arg-type]
    row = read(cuenta=5)
    assert codes(row) == [("cuenta", "unknown_field")]
    assert row.errors[0].sequence == 4


def test_a_table_that_is_not_whole_takes_what_it_does_not_know() -> None:
    sent = {"identification": 1, "credit_limit": Decimal("1.50"), "zone": 0, "Zone": 1, "odd": True}
    row = RowReader("third", "documented").read(1, sent)
    assert codes(row) == [("Zone", "unknown_field"), ("odd", "type")]
    assert [(w.field, w.code) for w in row.warnings] == [("credit_limit", "unknown_field")]
    assert row.values == {"identification": 1, "credit_limit": Decimal("1.5")}
    exact = {"identification": 1, "n": Decimal("99999999999999.0000000001")}
    assert codes(RowReader("third", "documented").read(1, exact)) == [("n", "type")]
    many = {"identification": 1} | {f"x{n}": 1 for n in range(200)}
    assert codes(RowReader("third", "documented").read(1, many))[0][1] == "unknown_field"
