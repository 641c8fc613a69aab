"""One page of a filtered list, with the exact count of all its rows.

Filters are fixed SQL conditions chosen by the caller; values always travel as parameters.
"""

from typing import Any

import msgspec

from cuadra.database.pool import Transaction


class Page(msgspec.Struct, frozen=True):
    """Which page is wanted: its number, from 1, and how many rows it has."""

    number: int = 1
    size: int = 25


class Conditions:
    """The conditions of one list, each given only when its value is."""

    def __init__(self, *fixed: str) -> None:
        self.sql = list(fixed)
        self.values: dict[str, Any] = {}

    def add(self, condition: str, name: str, value: object) -> None:
        """Require `condition`, which speaks of `%(name)s`, unless the value is None."""
        if value is not None:
            self.sql.append(condition)
            self.values[name] = value


async def list_page(
    transaction: Transaction,
    *,
    select: str,
    source: str,
    conditions: Conditions,
    order: str,
    page: Page,
) -> tuple[int, list[tuple[Any, ...]]]:
    """The rows of one page, and how many rows there are on all pages.

    A page past the end has no rows and the same count.
    """
    where = " AND ".join(conditions.sql)
    values = conditions.values | {"company": transaction.company.id}
    count = await transaction.row(f"SELECT count(*) FROM {source} WHERE {where}", **values)
    assert count is not None
    offset = (page.number - 1) * page.size
    if offset >= count[0]:
        return count[0], []
    rows = await transaction.rows(
        f"SELECT {select} FROM {source} WHERE {where} ORDER BY {order} LIMIT {page.size} OFFSET {offset}",
        **values,
    )
    return count[0], rows
