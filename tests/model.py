"""A company's books the way a child would keep them: every version of every voucher, and which are closed.

Nothing is kept beside the lines. What the database keeps (balances, dues, stock) is added up here from the live
lines whenever it is asked for: closing a version has nothing to take back, and nothing to forget. It takes the same
`Batch` that is posted, and never looks at a database.
"""

from collections import Counter
from collections.abc import Iterator
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from cuadra.ledger.posting import Batch
from cuadra.ledger.vouchers import Line, Voucher


class Refused(Exception):
    """Every reason why a batch stays out of the books: codes of problems, and `changed`."""


class Model:
    """What must be in the books of one company."""

    def __init__(self, voucher_types: tuple[int, ...]) -> None:
        self.versions: dict[tuple[UUID, int], Voucher] = {}  # with their numbers; none ever leaves
        self.closed: dict[tuple[UUID, int], str] = {}  # and why
        self.dues: dict[UUID, tuple[tuple[Any, ...], date]] = {}  # name, and when it falls due
        self.rates: dict[UUID, Decimal | None] = {}  # of dues
        self.locks: dict[int, str] = {}
        self.next_number = dict.fromkeys(voucher_types, 1)
        self.next_serial = 1

    def live(self) -> dict[tuple[UUID, int], Voucher]:
        """The versions that count."""
        return {key: one for key, one in self.versions.items() if key not in self.closed}

    def lines(self) -> Iterator[tuple[Voucher, Line]]:
        """The lines that count."""
        return ((one, line) for one in self.live().values() for line in one.lines)

    def post(self, batch: Batch) -> None:
        """Take in all of the batch, or raise `Refused` and stay as before."""
        before = {name: copy(value) for name, value in vars(self).items()}
        if reasons := set(self._take_in(batch)):
            vars(self).update(before)
            raise Refused(reasons)

    def _take_in(self, batch: Batch) -> Iterator[str]:
        """Change everything, and say on the way what is wrong with that."""
        ends = [(end.id, end.version) for end in batch.closing]
        if set(ends) - self.live().keys() or is_repeated(ends):
            yield "changed"
        touched = batch.vouchers + [self.versions[end] for end in ends if end in self.versions]
        locks = {self.locks.get(one.period) for one in touched}
        if "hard" in locks or ("soft" in locks and not batch.allow_soft):
            yield "locked"
        if any(sum(line.amount for line in one.lines) for one in batch.vouchers):
            yield "balance"
        self.closed |= {(end.id, end.version): end.reason for end in batch.closing}
        for one in batch.vouchers:
            self._number(one, one.created_at or batch.at)
        if is_repeated([(one.type, one.number) for one in self.live().values()]):
            yield "repeated_number"
        moved = self.sums()["owed"]
        self.dues = {key: due for key, due in self.dues.items() if key in moved}
        if is_repeated([name for name, _ in self.dues.values()]):
            yield "repeated"

    def _number(self, one: Voucher, made_at: datetime) -> None:
        """A voucher takes the next number and serial unless it brings its own; its dues take its number."""
        number, serial = one.number or self.next_number[one.type], one.serial or self.next_serial
        self.next_number[one.type] = max(self.next_number[one.type], number + 1)
        self.next_serial = max(self.next_serial, serial + 1)
        numbered = replace(one, number=number, serial=serial, created_at=made_at)
        self.versions[one.id, one.version] = numbered
        for due in one.dues:
            name = (due.account, due.third_party, due.prefix, due.consecutive or number, due.quote)
            self.dues[due.id] = name, due.date
            self.rates[due.id] = due.exchange_rate

    def sums(self) -> dict[str, Counter[Any]]:
        """Debits (True) and credits by account and by third party, what dues owe, stock and its value."""
        account, party, owed, stock, value = (Counter[Any]() for _ in range(5))
        for one, line in self.lines():
            column, amount = line.amount > 0, line.amount
            account[line.account, one.period, column] += abs(amount)
            place = line.account, line.third_party or 0, line.cost_centre or 0
            party[*place, one.period, column] += abs(amount)
            owed[line.due] += amount
            if line.moves_stock:
                stock[line.product, line.warehouse or 0] += line.quantity
                value[line.product, line.warehouse or 0] += amount
        return {"account": account, "party": party, "owed": owed, "stock": stock, "value": value}


def is_repeated(names: list[Any]) -> bool:
    """Whether a name stands there twice."""
    return len(set(names)) < len(names)
