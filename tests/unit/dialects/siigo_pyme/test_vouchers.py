"""Rows into vouchers, and what a voucher must be as a whole."""

from datetime import date
from typing import Any

import pytest

from cuadra.dialects.siigo_pyme.rows import Profile, Row, RowReader, read_day
from cuadra.dialects.siigo_pyme.vouchers import Grouper, RowGroup, check_group

TODAY = date(2026, 11, 20)


def rows(*members: dict[str, Any]) -> list[Row]:
    base = {
        "voucher_type": "L", "voucher_code": 1, "accounting_account": 1105050100,
        "debit_or_credit": "D", "sequence_value": 10,
    }  # fmt: skip
    reader = RowReader("movement", "documented")
    read = [reader.read(place, base | one) for place, one in enumerate(members, 1)]
    for row in read:
        read_day(row, 2026, TODAY, "documented", month_13=False)
    return read


def grouped(*members: dict[str, Any]) -> list[RowGroup]:
    grouper = Grouper()
    found = [group for row in rows(*members) if (group := grouper.take(row)) is not None]
    return [*found, *grouper.finish()]


@pytest.mark.parametrize(
    ("members", "places"),
    [
        ([{}, {}, {}], [[1, 2, 3]]),
        ([{"sequence": 1}, {"sequence": 2}, {"sequence": 1}], [[1, 2], [3]]),
        ([{"document_number": 5}, {"document_number": 5}, {"document_number": 6}], [[1, 2], [3]]),
        ([{"document_number": 5, "sequence": 1}] * 2, [[1, 2]]),
        ([{"voucher_code": 1}, {"voucher_code": 2}], [[1], [2]]),
        ([{"voucher_type": "L"}, {"voucher_type": "F"}], [[1], [2]]),
        ([{"document_month": 1, "document_day": 1}, {"document_month": 1, "document_day": 2}], [[1], [2]]),
        ([], []),
    ],
)  # fmt: skip
def test_which_rows_are_one_voucher(members: Any, places: list[list[int]]) -> None:
    assert [[row.place for row in group.rows] for group in grouped(*members)] == places


def told(*members: dict[str, Any], profile: Profile = "documented") -> list[tuple[Any, str, str]]:
    (group,) = grouped(*members)
    check_group(group, profile)
    return [(error.row, error.field, error.code) for error in group.errors]


BACK = {"debit_or_credit": "C"}


def test_a_voucher_balances_to_the_cent() -> None:
    assert told({}, BACK) == []
    (group,) = grouped({"sequence_value": 10.01}, BACK)
    check_group(group, "documented")
    assert group.errors[0].message == (
        "VALOR DE LA SECUENCIA: el comprobante está descuadrado: 0.01 de más en los débitos"
    )
    assert told({"sequence_value": 0}) == [(1, "sequence_value", "balance")]


def test_sequences() -> None:
    assert told({"sequence": 2, "document_number": 5}, BACK | {"sequence": 2, "document_number": 5}) == [
        (2, "sequence", "repeated"),
    ]  # fmt: skip
    gap = ({"sequence": 1}, BACK | {"sequence": 3})
    assert told(*gap) == []
    assert told(*gap, profile="strict") == [(2, "sequence", "gap")]
    many = [{}] * 251
    assert told(*many)[0] == (1, "sequence", "too_many")
    assert told(*many, *many, *many, *many, *many)[0] == (1, "sequence", "too_many")


def test_one_date_and_one_flag() -> None:
    day = {"document_number": 5, "document_month": 1, "document_day": 1}
    assert told(day, BACK | day | {"document_day": 2}) == [(2, "document_day", "date")]
    assert told({"canceled_voucher": "S"}, BACK) == [(2, "canceled_voucher", "value")]
    assert told({}, BACK | {"canceled_voucher": "N"}) == []


def test_rows_that_come_back_later() -> None:
    five, six = {"document_number": 5}, {"document_number": 6}
    groups = grouped(five, six, five)
    assert [len(group.errors) for group in groups] == [0, 0, 1]
    assert groups[2].errors[0].code == "apart"
