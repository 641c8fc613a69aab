"""Periods: locking a month so that nothing in it changes any more, and closing a year.

A period is yyyymm; month 13 takes the closing entries. A soft lock lets closing entries and authorised adjustments
through, a hard lock nothing. Locking waits for postings under way, and both locking and unlocking leave an event with
their reason. The closing entries are only computed here: whoever closes the year posts them, like any voucher.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected, required
from cuadra.ledger.vouchers import Line

Lock = Literal["soft", "hard"]

_LOCK = "SELECT books.lock_period(%(company)s, %(period)s, %(lock)s, %(reason)s, %(by)s, %(at)s)"
_EVENT = (
    "INSERT INTO books.event (company_id, id, at, actor, dialect, request_id, action, subject, detail)"
    " VALUES (%(company)s, %(id)s, %(at)s, %(by)s, 'cuadra', '', %(action)s, %(subject)s, %(detail)s::jsonb)"
)
_RESULT_BALANCES = """
SELECT b.account_id, a.code, NULLIF(b.third_party_id, 0), NULLIF(b.cost_centre_id, 0), sum(b.debit - b.credit)
  FROM books.account a
  JOIN books.party_balance b ON b.company_id = a.company_id AND b.account_id = a.id
 WHERE a.company_id = %(company)s AND b.company_id = %(company)s
   AND b.period BETWEEN %(first)s AND %(last)s
   AND EXISTS (SELECT FROM unnest(%(classes)s::text[]) AS c (code) WHERE starts_with(a.code, c.code))
 GROUP BY b.account_id, a.code, b.third_party_id, b.cost_centre_id
HAVING sum(b.debit - b.credit) <> 0
 ORDER BY a.code, b.third_party_id, b.cost_centre_id
"""


class LockedPeriod(msgspec.Struct, frozen=True):
    """A locked period, and who locked it, when and why."""

    period: int
    lock: Lock
    reason: str
    locked_by: str
    locked_at: datetime


class ResultBalance(msgspec.Struct, frozen=True):
    """What a year left on an income or expense account, for one third party and cost centre; debit positive."""

    account: int
    code: str
    third_party: int | None
    cost_centre: int | None
    balance: Decimal


async def lock_period(
    transaction: Transaction, period: int, lock: Lock, reason: str, by: str, at: datetime
) -> None:
    """Lock a period, or change its lock. Waits until postings under way have ended.

    Raises `Rejected` for what is no period, and without a reason.
    """
    if problems := validate_period(period) + _validate_reason(reason):
        raise Rejected(problems)
    await _change_lock(transaction, period, lock, reason, by, at)


async def unlock_period(
    transaction: Transaction, period: int, reason: str, by: str, at: datetime
) -> None:
    """Open a locked period again. Raises `Rejected` when it is not locked, and without a reason."""
    if problems := _validate_reason(reason):
        raise Rejected(problems)
    if period not in {locked.period for locked in await list_locked(transaction)}:
        raise Rejected(
            [Problem("not_found", "period", f"the period {period} is not locked", period)]
        )
    await _change_lock(transaction, period, None, reason, by, at)


async def list_locked(transaction: Transaction) -> list[LockedPeriod]:
    """The locked periods, oldest first; all others are open."""
    rows = await transaction.rows(
        "SELECT period, lock, reason, locked_by, locked_at FROM books.period"
        " WHERE company_id = %(company)s ORDER BY period",
        company=transaction.company.id,
    )
    return [LockedPeriod(*row) for row in rows]


async def list_result_balances(
    transaction: Transaction, year: int, classes: Sequence[str]
) -> list[ResultBalance]:
    """What the year, its closing period included, left on the accounts whose codes start with one of `classes`.

    A year that was closed already has nothing left.
    """
    rows = await transaction.rows(
        _RESULT_BALANCES,
        company=transaction.company.id,
        first=year * 100 + 1,
        last=year * 100 + 13,
        classes=list(classes),
    )
    return [ResultBalance(*row) for row in rows]


def compute_closing(
    balances: Iterable[ResultBalance], classes: Sequence[str], result_account: int
) -> list[Line]:
    """The lines that bring a year's income and expenses to zero, against the equity account of the result.

    `classes` are the beginnings of the codes of income and expense accounts: 4, 5, 6 and 7 in the Colombian PUC
    (Decreto 2650 de 1993), 4, 5 and 6 in the Argentine chart that comes with Cuadra. Other balances are left alone.
    There is one line for each account, third party and cost centre, and a last one for the result, which a year that
    ends at exactly zero does not need. They belong into a voucher of period 13. Without balances there are none.

    >>> income = ResultBalance(15, "413505", 7, None, Decimal("-100.00"))
    >>> rent = ResultBalance(17, "512010", None, 3, Decimal("60.00"))
    >>> cash = ResultBalance(3, "110505", None, None, Decimal("40.00"))
    >>> [(line.account, str(line.amount)) for line in compute_closing([income, rent, cash], ("4", "5"), 13)]
    [(15, '100.00'), (17, '-60.00'), (13, '-40.00')]
    """
    starts = tuple(classes)
    lines = [
        Line(
            account=one.account,
            amount=-one.balance,
            third_party=one.third_party,
            cost_centre=one.cost_centre,
        )
        for one in balances
        if one.balance and one.code.startswith(starts)
    ]
    result = -sum((line.amount for line in lines), Decimal(0))
    if result:
        lines.append(Line(account=result_account, amount=result))
    return lines


def validate_period(period: int) -> list[Problem]:
    """A period is a year of four digits and a month from 1 to 13.

    >>> validate_period(202613)
    []
    >>> [problem.message for problem in validate_period(202600)]
    ['202600 is not a period: a year and a month from 01 to 13, such as 202612']
    """
    year, month = divmod(period, 100)
    if 1900 <= year <= 9999 and 1 <= month <= 13:
        return []
    message = f"{period} is not a period: a year and a month from 01 to 13, such as 202612"
    return [Problem("value", "period", message, period)]


def _validate_reason(reason: str) -> list[Problem]:
    return [] if reason.strip() else [required("reason")]


async def _change_lock(
    transaction: Transaction, period: int, lock: Lock | None, reason: str, by: str, at: datetime
) -> None:
    """Change the lock and say so in the audit trail."""
    company = transaction.company.id
    await transaction.rows(
        _LOCK, company=company, period=period, lock=lock, reason=reason, by=by, at=at
    )
    detail = {"reason": reason} if lock is None else {"reason": reason, "lock": lock}
    await transaction.execute(
        _EVENT,
        company=company,
        id=new_id(),
        at=at,
        by=by,
        action="period.unlocked" if lock is None else "period.locked",
        subject=str(period),
        detail=msgspec.json.encode(detail).decode(),
    )
