"""Products and services: finding, listing, checking and changing them, and reading their stock.

A product is identified by its code. Its stock and cost belong to the ledger; they are only read here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from cuadra.catalog import tables
from cuadra.catalog.records import Product, ProductKind
from cuadra.catalog.snapshot import Catalog
from cuadra.database.paging import Conditions, Page, list_page
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, inactive, unknown

PRICE_LISTS_MAX = 12
COMPONENTS_MAX = 30  # so that the goods of a long invoice still fit into one voucher


class StoredProduct(Product, frozen=True, kw_only=True):
    """A product as the books hold it, with when it was made and last changed.

    `extra` is what only one dialect knows of it, under the dialect's name.
    """

    created_at: datetime
    updated_at: datetime | None = None
    extra: dict[str, Any] | None = None


class WarehouseStock(msgspec.Struct, frozen=True):
    """How much of a product one warehouse holds; warehouse 0 is none in particular."""

    product: int
    warehouse: int
    quantity: Decimal


class ProductFilter(msgspec.Struct, kw_only=True):
    """What a list of products may be narrowed by; bounds of instants are inclusive."""

    code: str | None = None
    guids: list[UUID] | None = None
    account_group: int | None = None
    kind: str | None = None
    stock_control: bool | None = None
    active: bool | None = None
    created_start: datetime | None = None
    created_end: datetime | None = None
    updated_start: datetime | None = None
    updated_end: datetime | None = None


_decoder = msgspec.json.Decoder(StoredProduct)
_ROW = "(to_jsonb(t) - 'company_id')::text"


async def find_product(transaction: Transaction, guid: UUID) -> StoredProduct | None:
    """The product with this id, or None."""
    row = await transaction.row(
        f"SELECT {_ROW} FROM books.product t WHERE t.company_id = %(company)s AND t.guid = %(guid)s",
        company=transaction.company.id,
        guid=guid,
    )
    return _decoder.decode(row[0]) if row else None


async def find_products_by_code(
    transaction: Transaction, codes: Iterable[str]
) -> dict[str, StoredProduct]:
    """Those of the named products that exist."""
    wanted = list(codes)
    if not wanted:
        return {}
    rows = await transaction.rows(
        f"SELECT {_ROW} FROM books.product t WHERE t.company_id = %(company)s AND t.code = ANY (%(codes)s)",
        company=transaction.company.id,
        codes=wanted,
    )
    products = (_decoder.decode(row[0]) for row in rows)
    return {product.code: product for product in products}


async def find_products_by_id(
    transaction: Transaction, ids: Iterable[int]
) -> dict[int, StoredProduct]:
    """Products by their small ids, such as the components of combos."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = await transaction.rows(
        f"SELECT {_ROW} FROM books.product t WHERE t.company_id = %(company)s AND t.id = ANY (%(ids)s)",
        company=transaction.company.id,
        ids=wanted,
    )
    products = (_decoder.decode(row[0]) for row in rows)
    return {product.id: product for product in products}


async def product_is_component(transaction: Transaction, product_id: int) -> bool:
    """Whether a combo holds the product."""
    row = await transaction.row(
        "SELECT EXISTS (SELECT FROM books.product WHERE company_id = %(company)s"
        "   AND components @> jsonb_build_array(jsonb_build_object('product', %(id)s::integer)))",
        company=transaction.company.id,
        id=product_id,
    )
    return bool(row and row[0])


async def list_products(
    transaction: Transaction, wanted: ProductFilter, page: Page
) -> tuple[int, list[StoredProduct]]:
    """One page of products, newest first, and how many there are."""
    conditions = Conditions("t.company_id = %(company)s")
    conditions.add("t.code = %(code)s", "code", wanted.code)
    conditions.add("t.guid = ANY (%(guids)s)", "guids", wanted.guids)
    conditions.add("t.account_group = %(account_group)s", "account_group", wanted.account_group)
    conditions.add("t.kind = %(kind)s", "kind", wanted.kind)
    conditions.add("t.stock_control = %(stock_control)s", "stock_control", wanted.stock_control)
    conditions.add("t.active = %(active)s", "active", wanted.active)
    conditions.add("t.created_at >= %(created_start)s", "created_start", wanted.created_start)
    conditions.add("t.created_at <= %(created_end)s", "created_end", wanted.created_end)
    conditions.add("t.updated_at >= %(updated_start)s", "updated_start", wanted.updated_start)
    conditions.add("t.updated_at <= %(updated_end)s", "updated_end", wanted.updated_end)
    total, rows = await list_page(
        transaction,
        select=_ROW,
        source="books.product t",
        conditions=conditions,
        key="t.id",
        order="t.created_at DESC, t.id DESC",
        page=page,
    )
    return total, [_decoder.decode(row[0]) for row in rows]


async def list_stock(transaction: Transaction, product_ids: Iterable[int]) -> list[WarehouseStock]:
    """What every warehouse holds of these products, where it ever held any."""
    rows = await transaction.rows(
        "SELECT product_id, warehouse_id, quantity FROM books.stock"
        " WHERE company_id = %(company)s AND product_id = ANY (%(products)s)"
        " ORDER BY product_id, warehouse_id",
        company=transaction.company.id,
        products=list(product_ids),
    )
    return [WarehouseStock(*row) for row in rows]


async def list_used_warehouses(transaction: Transaction) -> set[int]:
    """The warehouses that ever held stock."""
    rows = await transaction.rows(
        "SELECT DISTINCT warehouse_id FROM books.stock WHERE company_id = %(company)s",
        company=transaction.company.id,
    )
    return {row[0] for row in rows}


async def product_is_used(transaction: Transaction, product_id: int) -> bool:
    """Whether any line, live or not, names the product."""
    row = await transaction.row(
        "SELECT EXISTS (SELECT FROM books.line WHERE company_id = %(company)s AND product_id = %(id)s)",
        company=transaction.company.id,
        id=product_id,
    )
    return bool(row and row[0])


async def replace_product(transaction: Transaction, product: Product, now: datetime) -> None:
    """Write all members of an existing product anew."""
    await transaction.execute(
        "UPDATE books.product t SET"
        " (code, name, account_group, kind, stock_control, active, tax_classification, tax_included,"
        "  tax_consumption_value, taxes, prices, unit, unit_label, reference, description, barcode, brand,"
        "  tariff, model, components, updated_at)"
        " = (SELECT n.code, n.name, n.account_group, n.kind, n.stock_control, n.active, n.tax_classification,"
        "  n.tax_included, n.tax_consumption_value, n.taxes, n.prices, n.unit, n.unit_label, n.reference,"
        "  n.description, n.barcode, n.brand, n.tariff, n.model, n.components, %(now)s"
        "  FROM jsonb_populate_record(NULL::books.product, %(row)s::jsonb) n)"
        " WHERE t.company_id = %(company)s AND t.id = %(id)s",
        company=transaction.company.id,
        id=product.id,
        now=now,
        row=msgspec.json.encode(product).decode(),
    )


async def replace_product_extra(
    transaction: Transaction, product_id: int, extra: Mapping[str, Any]
) -> None:
    """Write anew what the dialects in `extra` know of a product; what others know stays."""
    await transaction.execute(
        "UPDATE books.product SET extra = COALESCE(extra, '{}') || %(extra)s::jsonb"
        " WHERE company_id = %(company)s AND id = %(id)s",
        company=transaction.company.id,
        id=product_id,
        extra=msgspec.json.encode(extra).decode(),
    )


async def delete_product(transaction: Transaction, product_id: int) -> None:
    """Remove a product no line names; the caller has checked that."""
    await transaction.execute(
        "DELETE FROM books.product WHERE company_id = %(company)s AND id = %(id)s",
        company=transaction.company.id,
        id=product_id,
    )


def validate_product(product: Product, catalog: Catalog) -> list[Problem]:
    """What is wrong with a product that its own dialect could not see: unknown or unfit references."""
    problems = []
    group = catalog.account_groups.get(product.account_group)
    if group is None:
        problems.append(unknown("account_group", product.account_group))
    elif not group.active:
        problems.append(inactive("account_group", product.account_group))
    for index, product_tax in enumerate(product.taxes):
        tax = catalog.taxes.get(product_tax.tax)
        field = f"taxes[{index}].tax"
        if tax is None:
            problems.append(unknown(field, product_tax.tax))
        elif not tax.active:
            problems.append(inactive(field, product_tax.tax))
    positions = {price_list.position for price_list in catalog.price_lists.values()}
    for index, price in enumerate(product.prices):
        if tables.find_currency(price.currency) is None:
            problems.append(unknown(f"prices[{index}].currency", price.currency))
        if price.position not in positions:
            problems.append(unknown(f"prices[{index}].position", price.position))
    if tables.find_unit(product.unit) is None:
        problems.append(unknown("unit", product.unit))
    if product.stock_control and product.kind is ProductKind.COMBO:
        message = "a combo keeps no stock: its components do"
        problems.append(Problem("product_setting", "stock_control", message))
    elif product.stock_control and group and not (group.inventory_account and group.cost_account):
        message = "the account group has no inventory and cost accounts, so it cannot control stock"
        problems.append(Problem("product_setting", "stock_control", message))
    return problems
