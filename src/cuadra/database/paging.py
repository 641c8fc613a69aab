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
    key: str,
    order: str,
    page: Page,
) -> tuple[int, list[tuple[Any, ...]]]:
    """The rows of one page, and how many rows there are on all pages.

    `key` names one row within the company; the rows of the page are found by it before anything else is
    read of them, so that the pages before cost little. `order` is all descending: a page nearer to the
    end is counted from there. A page past the end has no rows and the same count.
    """
    where = " AND ".join(conditions.sql)
    values = conditions.values | {"company": transaction.company.id}
    count = await transaction.row(f"SELECT count(*) FROM {source} WHERE {where}", **values)
    assert count is not None
    total = count[0]
    first = (page.number - 1) * page.size
    if first >= total:
        return total, []
    size = min(page.size, total - first)
    direction, offset = order, first
    if first > total // 2:
        direction, offset = order.replace("DESC", "ASC"), total - first - size
    keys = f"SELECT {key} FROM {source} WHERE {where} ORDER BY {direction} LIMIT {size} OFFSET {offset}"
    rows = await transaction.rows(
        f"SELECT {select} FROM {source} WHERE {where} AND {key} = ANY (ARRAY({keys})) ORDER BY {order}",
        **values,
    )
    return total, rows
