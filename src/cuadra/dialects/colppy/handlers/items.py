"""Items of the inventory: made, edited, listed, and what every warehouse holds of one."""

from typing import Any

import msgspec

from cuadra.catalog.product_lists import ProductsWanted, list_stocked_products
from cuadra.catalog.products import StoredProduct, find_products_by_id, list_stock
from cuadra.catalog.records import ProductKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.database.conditions import Condition
from cuadra.dialects.colppy.call import Call
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.lists import ListField, page, wanted_from
from cuadra.dialects.colppy.mapping.items import (
    KINDS,
    accounts_from_item,
    extra_from_item,
    group_with,
    product_from_item,
    row_from_product,
    rows_from_stock,
)
from cuadra.errors import Rejected
from cuadra.trade.catalog_changes import (
    ComponentDraft,
    GroupAccounts,
    SaveAccountGroup,
    SaveProduct,
)
from cuadra.trade.recording import Submission

ATTEMPTS = 5  # against others who change the same item, or make the same group
_FIELDS = {
    "idItem": ListField("id", "id"),
    "codigo": ListField("code"),
    "descripcion": ListField("name"),
    "detalle": ListField("description"),
    "tipoItem": ListField("kind", codes={letter.lower(): kind for letter, kind in KINDS.items()}),
}


async def create_item(call: Call) -> dict[str, Any]:
    """Inventario/alta_iteminventario."""
    return await _saved(call, None)


async def edit_item(call: Call) -> dict[str, Any]:
    """Inventario/editar_iteminventario."""
    return await _saved(call, call.parameters.id("idItem") or 0)


async def list_items(call: Call) -> dict[str, Any]:
    """Inventario/listar_itemsinventario: those that are active."""
    wanted = wanted_from(call, _FIELDS)
    async with call.database.read(call.credential) as transaction:
        total, found = await list_stocked_products(
            transaction,
            ProductsWanted(
                conditions=(Condition("active", "=", True), *wanted.conditions),
                order=wanted.order,
                start=wanted.start,
                limit=wanted.limit,
            ),
        )
        catalog = await load_catalog(transaction)
    return page([row_from_product(one, catalog) for one in found], total)


async def list_warehouse_stock(call: Call) -> dict[str, Any]:
    """Inventario/listar_dispDeposito."""
    item = call.parameters.id("idItem", required=True) or 0
    async with call.database.read(call.credential) as transaction:
        if not await find_products_by_id(transaction, [item]):
            raise _missing()
        stock = await list_stock(transaction, [item])
        return {"data": rows_from_stock(stock, await load_catalog(transaction))}


async def _saved(call: Call, item: int | None) -> dict[str, Any]:
    """The item as saved, tried again when somebody else was faster."""
    for attempt in range(ATTEMPTS):
        try:
            product = await _save(call, item)
        except Rejected as rejected:
            problem = rejected.problems[0]
            if (problem.code, problem.field) == ("repeated", "code"):
                message = f"El código {problem.value} ya existe (otro ítem)"
                raise Failure(message) from rejected
            if problem.code != "busy" or attempt == ATTEMPTS - 1:
                raise
        else:
            break
    return {"data": {"idItem": str(product.id)}, "idItem": str(product.id)}


async def _save(call: Call, item: int | None) -> StoredProduct:
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        known = None
        if item is not None:
            known = (await find_products_by_id(transaction, [item])).get(item)
            if known is None:
                raise _missing()
        held = {one.product: one.quantity for one in known.components} if known else {}
        parts = await find_products_by_id(transaction, held)
    accounts = accounts_from_item(call.parameters, known, catalog)
    product = product_from_item(call.parameters, known, catalog, accounts)
    extra = extra_from_item(call.parameters, known)
    group = group_with(accounts, known.account_group if known else None, catalog.account_groups)
    id_of_group = group.id if group else await _make_group(call, accounts)
    components = [ComponentDraft(code=part.code, quantity=held[part.id]) for part in parts.values()]
    draft = SaveProduct(
        product=msgspec.structs.replace(product, account_group=id_of_group, components=()),
        guid=known.guid if known else None,
        components=components if product.kind is ProductKind.COMBO else [],
        extra=extra,
        seen=known,
    )
    saved: StoredProduct = await _record(call, draft)
    return saved


async def _make_group(call: Call, accounts: GroupAccounts) -> int:
    """A new account group with these accounts, named after them; somebody else may have made it just now."""
    code = "-".join((accounts.income, accounts.inventory or "", accounts.cost or ""))
    draft = SaveAccountGroup(code=code, name=f"Ítems {code}", accounts=accounts)
    try:
        made = await _record(call, draft)
    except Rejected as rejected:
        if rejected.problems[0].code != "repeated":
            raise
        async with call.database.read(call.credential) as transaction:
            groups = (await load_catalog(transaction)).account_groups
        return next(group.id for group in groups.values() if group.code == code)
    return int(made.id)


async def _record(call: Call, draft: SaveProduct | SaveAccountGroup) -> Any:
    submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
    return (await call.groups.record(call.company, submission)).value


def _missing() -> Failure:
    return Failure("No se encuentra el ítem")
