"""What the ledger writes: vouchers, their lines, the dues they open, and what happened to them.

These are the drafts of the ledger. Everything in them is already resolved to ids; how an invoice
becomes lines is the business of `trade`. The member names are those that `books.post()` reads.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from cuadra.errors import Problem

CENT = Decimal("0.01")
WITHOUT_LINES = frozenset({"quotation", "sales_order", "purchase_order"})  # kinds


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One amount on one account; debit positive, company currency, two decimals.

    `exact_amount` keeps what was sent with more decimals. Currency, foreign amount and rate are
    memoranda: they never take part in the balance. `voucher` and `line_no` are set by `post`.
    """

    account: int
    amount: Decimal
    third_party: int | None = None
    cost_centre: int | None = None
    exact_amount: Decimal | None = None
    currency: str | None = None
    foreign_amount: Decimal | None = None
    exchange_rate: Decimal | None = None
    due: UUID | None = None
    product: int | None = None
    warehouse: int | None = None
    quantity: Decimal | None = None
    moves_stock: bool = False
    tax: int | None = None
    tax_base: Decimal | None = None
    fixed_asset: int | None = None
    operation_centre: int | None = None
    project: int | None = None
    activity: int | None = None
    second_cost_centre: int | None = None
    description: str = ""
    extra: dict[str, Any] | None = None
    voucher: int = -1
    line_no: int = 0


class NewDue(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An open item that a voucher opens. Without `consecutive` it takes the voucher's number.

    `currency` and `exchange_rate` say what it was agreed in, where that is foreign.
    """

    id: UUID
    account: int
    third_party: int
    prefix: str
    quote: int
    date: date
    consecutive: int | None = None
    currency: str | None = None
    exchange_rate: Decimal | None = None
    voucher: int = -1


class Voucher(msgspec.Struct, kw_only=True):
    """One version of a voucher. `number` and `serial` are None when the next ones are wanted.

    `period` is yyyymm; month 13 is the closing period. `total` is what the paper says in its own
    currency; for a journal, the sum of its debits. `about` is the voucher this one corrects;
    `external_number` what the third party calls its own paper, which no other of its papers is called.
    """

    id: UUID
    type: int
    kind: str
    date: date
    period: int
    currency: str
    total: Decimal
    lines: list[Line]
    dues: list[NewDue] = []
    version: int = 1
    number: int | None = None
    serial: int | None = None
    created_at: datetime | None = None
    third_party: int | None = None
    cost_centre: int | None = None
    exchange_rate: Decimal | None = None
    description: str = ""
    content: msgspec.Raw | None = None
    annulled: bool = False
    about: UUID | None = None
    external_number: str | None = None


class Closing(msgspec.Struct, kw_only=True):
    """The end of a voucher's live version: edited, deleted or annulled."""

    id: UUID
    version: int
    reason: Literal["edited", "deleted", "annulled"]


class Posted(msgspec.Struct, frozen=True):
    """What the ledger gave a voucher: its id, its per-company serial, its number."""

    id: UUID
    serial: int
    number: int


def period_of(day: date) -> int:
    """The ordinary period of a day.

    >>> period_of(date(2026, 3, 9))
    202603
    """
    return day.year * 100 + day.month


def validate_voucher(voucher: Voucher) -> list[Problem]:
    """What makes a voucher unpostable, before the database is asked.

    The same rules hold inside `books.post()`; this is the half that can say which line.
    """
    problems = []
    moves_nothing = voucher.annulled or voucher.kind in WITHOUT_LINES
    if len(voucher.lines) < 2 and not moves_nothing:
        problems.append(Problem("required", "lines", "a voucher has at least two lines"))
    for index, line in enumerate(voucher.lines):
        if not line.amount.is_finite() or line.amount != line.amount.quantize(CENT):
            problems.append(
                Problem(
                    "amount",
                    f"lines[{index}].amount",
                    "an amount has at most two decimals",
                    line.amount,
                )
            )
    difference = sum((line.amount for line in voucher.lines), Decimal(0))
    if not problems and difference:
        problems.append(
            Problem("balance", "lines", f"debits and credits differ by {difference}", difference)
        )
    return problems
