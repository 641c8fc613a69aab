"""The chart as a tree, with what every account had before a day and moved up to another.

Headings have the sums of what is below them. Amounts are signed, debit positive.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from cuadra.catalog.records import Account, VoucherKind
from cuadra.database.pool import Transaction
from cuadra.database.queries import load_queries

_QUERIES = load_queries("cuadra.reports", "account_tree.sql")
_KINDS = [kind.value for kind in VoucherKind if kind is not VoucherKind.QUOTATION]
ZERO = Decimal("0.00")


class Moved(msgspec.Struct):
    """What an account had, and what moved on it."""

    opening: Decimal = ZERO
    debit: Decimal = ZERO
    credit: Decimal = ZERO

    @property
    def closing(self) -> Decimal:
        """What it has at the end."""
        return self.opening + self.debit - self.credit

    def add(self, other: "Moved") -> None:
        """Count another's amounts in."""
        self.opening += other.opening
        self.debit += other.debit
        self.credit += other.credit


class Branch(msgspec.Struct):
    """An account, and those whose codes begin with its own."""

    account: Account
    moved: Moved
    children: "list[Branch]"


async def load_moved(transaction: Transaction, start: date, end: date) -> dict[int, Moved]:
    """What was and moved on each account that takes lines, by its id; both days belong to the range."""
    last_month = 13 if end.month == 12 else end.month  # the closing period is December's
    rows = await transaction.rows(
        _QUERIES["by_day"],
        company=transaction.company.id,
        period_start=start.year * 100 + start.month,
        period_end=end.year * 100 + last_month,
        month_start=start.replace(day=1),
        start=start,
        end=end,
        month_end=end.replace(day=monthrange(end.year, end.month)[1]),
        kinds=_KINDS,
    )
    return {row[0]: Moved(*row[1:]) for row in rows}


def tree_from_moved(accounts: Mapping[str, Account], moved: Mapping[int, Moved]) -> list[Branch]:
    """The roots of the chart, in order of code; the parent of an account is the longest code it begins with.

    >>> bank = Account(code="1101", name="Bank", nature="debit", movement=True, id=2)
    >>> assets = Account(code="1", name="Assets", nature="debit", id=1)
    >>> root, = tree_from_moved({"1": assets, "1101": bank}, {2: Moved(Decimal(1), Decimal(5), Decimal(2))})
    >>> root.moved.closing, root.children[0].account.name
    (Decimal('4.00'), 'Bank')
    """
    branches: dict[str, Branch] = {}
    roots: list[Branch] = []
    for code in sorted(accounts):
        account = accounts[code]
        own = moved.get(account.id, Moved())
        branch = branches[code] = Branch(account, Moved(), [])
        above = [branch]
        parents = [branches[code[:size]] for size in range(1, len(code)) if code[:size] in branches]
        (parents[-1].children if parents else roots).append(branch)
        for one in above + parents:
            one.moved.add(own)
    return roots
