"""The catalogs a client needs before it can write a document; account groups can also be made."""

from cuadra.catalog.numbering import list_next_numbers
from cuadra.catalog.products import list_used_warehouses
from cuadra.catalog.records import (
    CostCentre,
    DocumentSide,
    FixedAsset,
    PriceList,
    Seller,
    VoucherKind,
)
from cuadra.catalog.snapshot import load_catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, by_id, list_body, not_found, require_query
from cuadra.dialects.siigo.errors import failure
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.base import KIND_LETTERS
from cuadra.dialects.siigo.mapping.catalogs import (
    account_group_to_body,
    account_groups_to_body,
    document_type_to_body,
    payment_type_to_body,
    taxes_to_body,
)
from cuadra.dialects.siigo.rules.catalogs import account_group_problems
from cuadra.errors import Problem
from cuadra.trade.catalog_changes import SaveAccountGroup

# Support documents are among the purchases, and also by themselves.
_TYPE_LETTERS = [*KIND_LETTERS.items(), (VoucherKind.SUPPORT_DOCUMENT, "DS")]
_PAYMENT_SIDES = {
    "FV": DocumentSide.SALES,
    "NC": DocumentSide.SALES,
    "RC": DocumentSide.SALES,
    "FC": DocumentSide.PURCHASES,
}


async def list_account_groups(call: Call) -> tuple[int, object]:
    """GET /v1/account-groups."""
    async with call.database.read(call.credential) as transaction:
        return 200, account_groups_to_body(await load_catalog(transaction))


async def create_account_group(call: Call, body: wire.AccountGroupIn) -> tuple[int, object]:
    """POST /v1/account-groups."""
    return await _save_account_group(call, body, None)


async def replace_account_group(call: Call, body: wire.AccountGroupIn) -> tuple[int, object]:
    """PUT /v1/account-groups/{id}: its code and name. Answers 201, as the vendor documents."""
    return await _save_account_group(call, body, call.path_number)


async def _save_account_group(
    call: Call, body: wire.AccountGroupIn, group: int | None
) -> tuple[int, object]:
    draft = SaveAccountGroup(code=body.code or "", name=body.name or "", id=group)
    recorded = await record_or_fail(call, draft, account_group_problems(body), wire.AccountGroupIn)
    return 201, account_group_to_body(recorded.value)


async def list_taxes(call: Call) -> tuple[int, object]:
    """GET /v1/taxes."""
    async with call.database.read(call.credential) as transaction:
        return 200, taxes_to_body(await load_catalog(transaction))


async def list_price_lists(call: Call) -> tuple[int, object]:
    """GET /v1/price-lists."""

    def body(row: PriceList) -> wire.PriceListOut:
        return wire.PriceListOut(row.id, row.name, row.active, row.position)

    async with call.database.read(call.credential) as transaction:
        return 200, by_id((await load_catalog(transaction)).price_lists, body)


async def list_warehouses(call: Call) -> tuple[int, object]:
    """GET /v1/warehouses."""
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        used = await list_used_warehouses(transaction)
    return 200, [
        wire.WarehouseOut(id=row.id, name=row.name, active=row.active, has_movements=row.id in used)
        for row in catalog.warehouses.values()
    ]


async def list_users(call: Call) -> tuple[int, object]:
    """GET /v1/users: the only catalog that comes in pages, unless set otherwise."""

    def body(row: Seller) -> wire.UserOut:
        return wire.UserOut(
            row.id,
            row.username,
            row.first_name,
            row.last_name,
            row.email,
            row.active,
            row.identification,
        )

    page = call.page
    async with call.database.read(call.credential) as transaction:
        users = by_id((await load_catalog(transaction)).sellers, body)
    if call.settings.users == "array":
        return 200, users
    start = (page.number - 1) * page.size
    return 200, list_body(call, len(users), users[start : start + page.size])


async def list_document_types(call: Call) -> tuple[int, object]:
    """GET /v1/document-types?type=FV."""
    letters = require_query(call, "type").upper()
    kinds = [kind for kind, of_kind in _TYPE_LETTERS if of_kind == letters]
    if not kinds:
        raise failure([Problem("option", "type", "no such type of document", letters)])
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
        numbers = await list_next_numbers(transaction)
    return 200, [
        document_type_to_body(voucher_type, letters, numbers[voucher_type.id])
        for voucher_type in catalog.voucher_types.values()
        if voucher_type.kind in kinds
    ]


async def list_payment_types(call: Call) -> tuple[int, object]:
    """GET /v1/payment-types?document_type=FV; payment receipts ask with FC, as at the vendor."""
    letters = require_query(call, "document_type").upper()
    side = _PAYMENT_SIDES.get(letters)
    if side is None:
        raise not_found()
    async with call.database.read(call.credential) as transaction:
        catalog = await load_catalog(transaction)
    return 200, [
        payment_type_to_body(payment)
        for payment in catalog.payment_types.values()
        if payment.side in (side, DocumentSide.BOTH)
    ]


async def list_cost_centers(call: Call) -> tuple[int, object]:
    """GET /v1/cost-centers."""

    def body(row: CostCentre) -> wire.CostCenterOut:
        return wire.CostCenterOut(row.id, row.code, row.name, row.active)

    async with call.database.read(call.credential) as transaction:
        return 200, by_id((await load_catalog(transaction)).cost_centres, body)


async def list_fixed_assets(call: Call) -> tuple[int, object]:
    """GET /v1/fixed-assets."""

    def body(row: FixedAsset) -> wire.FixedAssetOut:
        return wire.FixedAssetOut(row.id, row.name, row.group, row.active)

    async with call.database.read(call.credential) as transaction:
        return 200, by_id((await load_catalog(transaction)).fixed_assets, body)
