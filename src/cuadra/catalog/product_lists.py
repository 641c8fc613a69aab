"""Products in an order that somebody chose, each with what there is of it and what that is worth.

A product's stock is what all warehouses hold together. Nothing here writes.
"""

from decimal import Decimal
from typing import NamedTuple

import msgspec

from cuadra.catalog.products import StoredProduct
from cuadra.database.conditions import (
    Condition,
    Order,
    order_from_wanted,
    where_from_conditions,
)
from cuadra.database.pool import Transaction


class ProductsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which products; what conditions and orders may name is in `COLUMNS`. Texts are compared in any case."""

    conditions: tuple[Condition, ...] = ()
    order: tuple[Order, ...] = ()
    start: int = 0
    limit: int = 1


class StockedProduct(NamedTuple):
    """A product, how much there is of it and what that cost; None where there never was any."""

    product: StoredProduct
    quantity: Decimal | None
    value: Decimal | None


_TEXTS = {"code": "t.code", "name": "t.name", "description": "COALESCE(t.description, '')"}
COLUMNS = {name: f"lower({text})" for name, text in _TEXTS.items()} | {
    "id": "t.id",
    "kind": "t.kind",
    "active": "t.active",
}
_decoder = msgspec.json.Decoder(StoredProduct)


async def list_stocked_products(
    transaction: Transaction, wanted: ProductsWanted
) -> tuple[int, list[StockedProduct]]:
    """One page of products, and how many there are on all pages."""
    conditions = [_folded(condition) for condition in wanted.conditions]
    chosen, given = where_from_conditions(conditions, COLUMNS)
    values = given | {
        "company": transaction.company.id,
        "start": wanted.start,
        "limit": wanted.limit,
    }
    where = f"t.company_id = %(company)s{chosen}"
    count = await transaction.row(f"SELECT count(*) FROM books.product t WHERE {where}", **values)
    assert count is not None
    order = order_from_wanted(wanted.order, COLUMNS, "t.id")
    rows = await transaction.rows(
        f"WITH page AS MATERIALIZED (SELECT t.* FROM books.product t WHERE {where}"
        f" ORDER BY {order} LIMIT %(limit)s OFFSET %(start)s)"
        " SELECT (to_jsonb(t) - 'company_id')::text, s.quantity, s.value"
        "  FROM page t LEFT JOIN (SELECT product_id, sum(quantity) AS quantity, sum(value) AS value"
        "    FROM books.stock WHERE company_id = %(company)s AND product_id IN (SELECT id FROM page)"
        "   GROUP BY product_id) s ON s.product_id = t.id"
        f" ORDER BY {order}",
        **values,
    )
    return count[0], [StockedProduct(_decoder.decode(row[0]), row[1], row[2]) for row in rows]


def _folded(condition: Condition) -> Condition:
    """A condition in small letters, as the texts it is compared with are."""
    if condition.name not in _TEXTS:
        return condition
    return msgspec.structs.replace(condition, value=str(condition.value).lower())
