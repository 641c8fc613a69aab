"""Rows into vouchers: those of one letter, code and number that follow one another.

Without a number a new voucher begins when the sequence goes back to 1, or the letter, the code or the day
changes. A voucher whose rows come in two places is refused where it comes back, because by then the
first part is settled: rows are not kept waiting for others. Pure.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.rows import Profile, Row

SEQUENCES_MAX = 250
SAME = "debe ser igual en todo el comprobante"
ROWS_KEPT = 1000  # of a voucher that has too many; the rest is only counted
_Key = tuple[str, int, int]


class RowGroup(msgspec.Struct):
    """The rows of one voucher. `number` 0 asks for the next one."""

    letter: str
    code: int
    number: int
    rows: list[Row]
    count: int = 0

    @property
    def day(self) -> date | None:
        """Its date: that of its first row."""
        return self.rows[0].day

    @property
    def canceled(self) -> bool:
        """Whether it is a canceled one."""
        return self.rows[0].text("canceled_voucher") == "S"

    @property
    def errors(self) -> list[RowError]:
        """What is wrong with any of its rows."""
        return [error for row in self.rows for error in row.errors]


class Grouper:
    """Takes rows one at a time, in order, and gives every voucher once its last row has come.

    `letter` and `code` are what its rows call the two.
    """

    def __init__(self, letter: str = "voucher_type", code: str = "voucher_code") -> None:
        self._letter = letter
        self._code = code
        self._open: RowGroup | None = None
        self._seen: set[_Key] = set()

    def take(self, row: Row) -> RowGroup | None:
        """Add a row; the voucher it ends, if it begins another one."""
        key = (row.text(self._letter), row.number(self._code), row.number("document_number"))
        group = self._open
        if group is not None and not _begins_another(group, key, row):
            group.count += 1
            if group.count <= ROWS_KEPT:
                group.rows.append(row)
            return None
        self._open = RowGroup(*key, rows=[row], count=1)
        if key[2]:
            if key in self._seen:
                problem = "las filas de un comprobante deben ir seguidas"
                row.refuse("document_number", "apart", problem)
            self._seen.add(key)
        return group

    def finish(self) -> Iterator[RowGroup]:
        """The last voucher."""
        if self._open is not None:
            yield self._open
        self._open = None


def _begins_another(group: RowGroup, key: _Key, row: Row) -> bool:
    if key != (group.letter, group.code, group.number):
        return True
    if group.number:
        return False
    return row.sequence == 1 or (row.day is not None and row.day != group.rows[0].day)


def check_group(group: RowGroup, profile: Profile) -> None:
    """Note on its rows what is wrong with a voucher as a whole; its balance if nothing else is."""
    check_rows(group, profile)
    if not any(row.errors for row in group.rows):
        _check_balance(group)


def check_rows(group: RowGroup, profile: Profile) -> None:
    """Note what does not go together in the rows of a voucher, whatever they say of amounts."""
    first = group.rows[0]
    if group.count > SEQUENCES_MAX:
        first.refuse("sequence", "too_many", f"un comprobante admite máximo {SEQUENCES_MAX}")
    _check_sequences(group, profile)
    canceled = first.text("canceled_voucher") or "N"
    for row in group.rows:
        if row.day is not None and first.day is not None and row.day != first.day:
            row.refuse("document_day", "date", "todas las filas del comprobante llevan una fecha")
        if (row.text("canceled_voucher") or "N") != canceled:
            row.refuse("canceled_voucher", "value", SAME)


def _check_sequences(group: RowGroup, profile: Profile) -> None:
    """No sequence comes twice; in the vendor's model they are counted from 1."""
    seen: set[int] = set()
    for position, row in enumerate(group.rows, 1):
        sequence = row.sequence or position
        if sequence in seen:
            row.refuse("sequence", "repeated", f"la secuencia {sequence} está repetida")
        elif sequence != position:
            tell = row.refuse if profile == "strict" else row.warn
            tell("sequence", "gap", f"se esperaba la secuencia {position}")
        seen.add(sequence)


def _check_balance(group: RowGroup) -> None:
    difference = sum((signed_value(row) for row in group.rows), Decimal(0))
    if difference:
        side = "débitos" if difference > 0 else "créditos"
        problem = f"el comprobante está descuadrado: {abs(difference)} de más en los {side}"
        group.rows[0].refuse("sequence_value", "balance", problem)
    elif group.count < 2:
        problem = "un comprobante tiene al menos dos secuencias"
        group.rows[0].refuse("sequence_value", "balance", problem)


def signed_value(row: Row) -> Decimal:
    """The value of a row, debit positive."""
    value = row.amount("sequence_value")
    return -value if row.values["debit_or_credit"] == "C" else value
