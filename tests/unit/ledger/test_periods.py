"""Closing entries, as plain computation."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuadra.ledger.periods import ResultBalance, compute_closing, validate_period
from cuadra.ledger.vouchers import Line

COLOMBIA = ("4", "5", "6", "7")
RESULT = 13


def balance(
    code: str, amount: str, *, third_party: int | None = None, cost_centre: int | None = None
) -> ResultBalance:
    return ResultBalance(int(code), code, third_party, cost_centre, Decimal(amount))


def closing(*balances: ResultBalance) -> list[tuple[int, Decimal]]:
    return [(line.account, line.amount) for line in compute_closing(balances, COLOMBIA, RESULT)]


def test_a_profit_goes_to_the_credit_of_the_result() -> None:
    assert closing(balance("4135", "-100.10"), balance("6135", "60.05")) == [
        (4135, Decimal("100.10")),
        (6135, Decimal("-60.05")),
        (RESULT, Decimal("-40.05")),
    ]


def test_a_loss_goes_to_its_debit() -> None:
    assert closing(balance("4135", "-10.00"), balance("5195", "60.00"))[-1] == (
        RESULT,
        Decimal("50.00"),
    )


def test_a_year_of_zero_needs_no_line_for_the_result() -> None:
    assert closing(balance("4135", "-60.00"), balance("5195", "60.00")) == [
        (4135, Decimal(60)),
        (5195, Decimal(-60)),
    ]


def test_other_accounts_and_settled_ones_are_left_alone() -> None:
    assert (
        closing(balance("1105", "40.00"), balance("3605", "-40.00"), balance("4135", "0.00")) == []
    )


def test_nothing_to_close() -> None:
    assert closing() == []


def test_each_third_party_and_cost_centre_is_closed_by_itself() -> None:
    lines = compute_closing(
        [
            balance("4135", "-10.00", third_party=7),
            balance("4135", "-20.00", third_party=8, cost_centre=3),
            balance("4135", "-5.00"),
        ],
        COLOMBIA,
        RESULT,
    )
    assert lines == [
        Line(account=4135, amount=Decimal("10.00"), third_party=7),
        Line(account=4135, amount=Decimal("20.00"), third_party=8, cost_centre=3),
        Line(account=4135, amount=Decimal("5.00")),
        Line(account=RESULT, amount=Decimal("-35.00")),
    ]


@given(
    st.lists(st.tuples(st.sampled_from(["11", "4", "51", "61"]), st.integers(-(10**12), 10**12)))
)
def test_closing_lines_always_balance(drawn: list[tuple[str, int]]) -> None:
    balances = [ResultBalance(1, code, None, None, Decimal(cents) / 100) for code, cents in drawn]
    lines = compute_closing(balances, COLOMBIA, RESULT)
    assert sum(line.amount for line in lines) == 0
    assert len(lines) != 1


@pytest.mark.parametrize("period", [202601, 202612, 202613, 190001, 999913])
def test_periods(period: int) -> None:
    assert validate_period(period) == []


@pytest.mark.parametrize("period", [0, -202601, 202600, 202614, 2026, 20261, 1_000_001])
def test_what_is_no_period(period: int) -> None:
    assert [problem.code for problem in validate_period(period)] == ["value"]
