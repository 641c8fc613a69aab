"""Verify: recompute everything that is kept beside the lines, and report every difference.

The lines of live vouchers are the truth. Balances, dues and stock are sums of them that posting keeps; numbers and
serials promise to be without gaps and unique. A sound ledger has no differences, whatever happened to it: a kill, a
restore, a mistake of ours. It reads one snapshot and never repairs anything.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec

from cuadra.database.pool import Transaction
from cuadra.database.queries import load_queries

Progress = Callable[[str, int, int], None]

_QUERIES = load_queries("cuadra.ledger", "verify.sql")
_CHECKS = ("dues", "stock", "vouchers", "accounts", "numbers", "duplicates")
_ACCOUNTS_PER_PART = 30
_LOWEST, _HIGHEST = -(2**31) - 1, 2**31 - 1  # around every id


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not what the lines say. `check` is a stable word; the others are for people."""

    check: str
    subject: str
    expected: str
    found: str


async def verify(transaction: Transaction, on_progress: Progress) -> list[Difference]:
    """Check the whole ledger of the transaction's company; sound books give an empty list.

    `on_progress` is told, after each part, the name of the check, how many of its parts are done, and of how many.
    Use a read transaction: postings meanwhile then make no difference.
    """
    company = transaction.company.id
    differences = []
    accounts = [row[0] for row in await transaction.rows(_QUERIES["account_ids"], company=company)]
    parts = parts_of(accounts, _ACCOUNTS_PER_PART)
    for done, (above, up_to) in enumerate(parts, 1):
        differences += await transaction.rows(
            _QUERIES["balances"], company=company, above=above, up_to=up_to
        )
        on_progress("balances", done, len(parts))
    for check in _CHECKS:
        differences += await transaction.rows(_QUERIES[check], company=company)
        on_progress(check, 1, 1)
    return [Difference(*row) for row in differences]


def parts_of(ids: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Cut sorted ids into ranges (above, up to) of `size`; together they cover also ids that are not listed.

    >>> [(above > 0 and above, up_to < 99 and up_to) for above, up_to in parts_of([3, 5, 8, 9, 12], 2)]
    [(False, 5), (5, 9), (9, False)]
    >>> len(parts_of([], 2))
    1
    """
    bounds = [_LOWEST, *ids[size - 1 : -1 : size], _HIGHEST]
    return list(pairwise(bounds))
