"""Products and services: create, get, list, replace, delete."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from cuadra.catalog.products import (
    ProductFilter,
    StoredProduct,
    WarehouseStock,
    find_product,
    find_products_by_id,
    list_products,
    list_stock,
)
from cuadra.catalog.snapshot import load_catalog
from cuadra.database.pool import Transaction
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, list_body, not_found
from cuadra.dialects.siigo.errors import failure
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.base import guid_from_text
from cuadra.dialects.siigo.mapping.products import (
    PRODUCT_KINDS,
    components_from_body,
    product_from_body,
    product_to_body,
)
from cuadra.dialects.siigo.rules.products import product_problems
from cuadra.errors import Problem
from cuadra.trade.catalog_changes import DeleteProduct, SaveProduct

IDS_MAX = 20


async def create_product(call: Call, body: wire.ProductIn) -> tuple[int, object]:
    """POST /v1/products."""
    return 201, await _save_product(call, body, None)


async def get_product(call: Call) -> tuple[int, object]:
    """GET /v1/products/{id}."""
    async with call.database.read(call.credential) as transaction:
        product = await find_product(transaction, call.path_id)
        if product is None:
            raise not_found()
        return 200, (await _bodies(transaction, [product]))[0]


async def list_all_products(call: Call) -> tuple[int, object]:
    """GET /v1/products; `name` is accepted and ignored, as at the vendor."""
    wanted = ProductFilter(
        code=call.text("code"),
        guids=_guids(call),
        account_group=call.number("account_group"),
        kind=call.word("type", PRODUCT_KINDS),
        stock_control=call.flag("stock_control"),
        active=call.flag("active"),
        created_start=call.instant("created_start"),
        created_end=call.instant("created_end"),
        updated_start=call.instant("updated_start"),
        updated_end=call.instant("updated_end"),
    )
    page = call.page
    async with call.database.read(call.credential) as transaction:
        total, products = await list_products(transaction, wanted, page)
        return 200, list_body(call, total, await _bodies(transaction, products))


async def replace_product(call: Call, body: wire.ProductIn) -> tuple[int, object]:
    """PUT /v1/products/{id}: a full replacement; a missing member becomes empty."""
    return 200, await _save_product(call, body, call.path_id)


async def _save_product(call: Call, body: wire.ProductIn, guid: UUID | None) -> object:
    """The product as saved. A new one that is no combo has nothing more to be read."""
    draft = SaveProduct(
        product=product_from_body(body), guid=guid, components=components_from_body(body)
    )
    problems = product_problems(body, combos=call.settings.combo_products)
    recorded = await record_or_fail(call, draft, problems, wire.ProductIn)
    product: StoredProduct = recorded.value
    if guid is None and not product.components:
        return product_to_body(product, [], recorded.catalog, {})
    async with call.database.read(call.credential) as transaction:
        return (await _bodies(transaction, [product]))[0]


async def delete_product(call: Call) -> tuple[int, object]:
    """DELETE /v1/products/{id}."""
    recorded = await record_or_fail(call, DeleteProduct(guid=call.path_id), [], None)
    return 200, wire.DeletedOut(str(recorded.value), True)


def _guids(call: Call) -> list[UUID] | None:
    """The ids of `ids=` or `id=`, at most twenty; one that is no id finds nothing."""
    text = call.text("ids") or call.text("id")
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) > IDS_MAX:
        raise failure([Problem("array", "ids", f"at most {IDS_MAX} ids")])
    return [guid for part in parts if (guid := guid_from_text(part.strip()))]


async def _bodies(
    transaction: Transaction, products: Sequence[StoredProduct]
) -> list[wire.ProductOut]:
    catalog = await load_catalog(transaction)
    stock: dict[int, list[WarehouseStock]] = defaultdict(list)
    for cell in await list_stock(transaction, [product.id for product in products]):
        stock[cell.product].append(cell)
    held = {component.product for product in products for component in product.components}
    parts = await find_products_by_id(transaction, held)
    return [product_to_body(product, stock[product.id], catalog, parts) for product in products]
