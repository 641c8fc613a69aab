"""The items of what a company buys: products, fixed assets, and whatever an account stands for.

Each knows the account it debits: inventory where the product controls stock, else the purchase account
of its group; the asset's own; or the account itself, unless that one keeps goods, assets, taxes or dues.
Nothing here changes the books in memory: goods come in with the lines.
"""

from collections.abc import Sequence

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import ProductKind, TaxKind, VoucherType
from cuadra.errors import Problem, inactive, required, unknown
from cuadra.trade.books import Books, Needs
from cuadra.trade.documents import (
    PurchaseDraft,
    PurchaseItem,
    PurchaseItemDraft,
    PurchaseItemKind,
)
from cuadra.trade.items import (
    ITEMS_MAX,
    validate_amounts,
    validate_cost_centres,
    validate_warehouse,
)
from cuadra.trade.totals import ADDITIVE, ItemTotals
from cuadra.trade.validation import validate_free_account, validate_item_taxes, validate_party

_CONSUMPTION = ADDITIVE - {TaxKind.IVA}


def needs_of_purchase_items(draft: PurchaseDraft, needs: Needs) -> None:
    """Add the products and suppliers that items name to what must be loaded."""
    for item in draft.items:
        if item.product and item.kind is PurchaseItemKind.PRODUCT:
            needs.products.add(item.product)
        if item.party is not None:
            needs.parties.add(item.party)


def validate_purchase_items(
    draft: PurchaseDraft, voucher_type: VoucherType | None, centre: int | None, books: Books
) -> list[Problem]:
    """Some items, not too many, each of something that can be bought; `centre` is the cost centre of all."""
    if not draft.items:
        return [required("items")]
    if len(draft.items) > ITEMS_MAX:
        return [Problem("array", "items", f"a document has at most {ITEMS_MAX} items")]
    problems = []
    for index, item in enumerate(draft.items):
        path = f"items[{index}]"
        wrong = _validate_bought(path, item, books) or _validate_own_account(path, item, books)
        problems += wrong or _validate_centre(item, centre, books)
        problems += validate_cost_centres(path, item, voucher_type, books)
        problems += _validate_item_warehouse(path, item, books)
        problems += validate_amounts(path, item, voucher_type, gifts=False)
        problems += _validate_item_supplier(path, item, draft, books)
        problems += _validate_taxes(path, item, voucher_type, books)
    return problems


def _validate_bought(path: str, item: PurchaseItemDraft, books: Books) -> list[Problem]:
    """What the item names exists, is active, and may be bought."""
    field = f"{path}.product"
    if item.kind is None:
        return [required(f"{path}.kind")]
    if not item.product:
        return [required(field)]
    match item.kind:
        case PurchaseItemKind.PRODUCT:
            return _validate_product(field, item.product, books)
        case PurchaseItemKind.FIXED_ASSET:
            return _validate_asset(field, item.product, books)
    return _validate_account(field, item.product, books)


def _validate_product(field: str, code: str, books: Books) -> list[Problem]:
    product = books.products.get(code)
    if product is None:
        return [unknown(field, code)]
    if not product.active:
        return [inactive(field, code)]
    if product.kind is ProductKind.COMBO or _account_of_product(product, books) is None:
        message = f"{code} cannot be bought: it is a combo, or its group has no purchase account"
        return [Problem("product_setting", field, message, code)]
    return []


def _account_of_product(product: StoredProduct, books: Books) -> str | None:
    group = books.account_group(product.id)
    return group.inventory_account if product.stock_control else group.purchase_account


def _validate_asset(field: str, code: str, books: Books) -> list[Problem]:
    asset = books.catalog.fixed_assets_by_code.get(code)
    if asset is None:
        return [unknown(field, code)]
    if not asset.active:
        return [inactive(field, code)]
    if asset.account is None:
        return [Problem("account_setting", field, f"the asset {code} has no account", code)]
    return []


def _validate_account(field: str, code: str, books: Books) -> list[Problem]:
    """The account takes lines, and needs nothing with them that an item does not say."""
    account = books.catalog.accounts.get(code)
    if account is None or not account.movement:
        message = f"there is no account {code} that takes lines"
        return [Problem("account_setting", field, message, code)]
    if account.inventory or account.fixed_asset or account.tax or account.due is not None:
        message = f"the account {code} keeps goods, assets, taxes or dues"
        return [Problem("account_setting", field, message, code)]
    return [] if account.active else [inactive(field, code)]


def _validate_own_account(path: str, item: PurchaseItemDraft, books: Books) -> list[Problem]:
    """A product may be debited elsewhere, unless it is kept in stock; whatever else is bought names one account."""
    field = f"{path}.account"
    if item.account is None:
        return []
    product = (
        books.products[item.product]
        if item.kind is PurchaseItemKind.PRODUCT and item.product
        else None
    )
    if product is not None and not product.stock_control:
        return validate_free_account(field, item.account, books.catalog)
    if (posted := _account_of(item, books)) == item.account:
        return []
    message = f"what is bought goes to the account {posted}"
    return [Problem("account_setting", field, message, item.account)]


def _validate_centre(item: PurchaseItemDraft, centre: int | None, books: Books) -> list[Problem]:
    account = books.catalog.accounts[_account_of(item, books)]
    lacks = account.needs_cost_centre and centre is None and item.cost_centre is None
    return [required("cost_centre")] if lacks else []


def _account_of(item: PurchaseItemDraft, books: Books) -> str:
    """The account an item without problems debits."""
    account = item.product
    match item.kind:
        case PurchaseItemKind.PRODUCT:
            product = books.products[item.product or ""]
            account = _account_of_product(product, books)
            if item.account is not None and not product.stock_control:
                account = item.account
        case PurchaseItemKind.FIXED_ASSET:
            account = books.catalog.fixed_assets_by_code[item.product or ""].account
    assert account is not None
    return account


def _validate_item_warehouse(path: str, item: PurchaseItemDraft, books: Books) -> list[Problem]:
    """Only products with stock control go to a warehouse."""
    kept = item.kind is None
    if item.kind is PurchaseItemKind.PRODUCT:
        product = books.products.get(item.product or "")
        kept = product is None or product.stock_control
    return validate_warehouse(f"{path}.warehouse", item.warehouse, books, kept=kept)


def _validate_item_supplier(
    path: str, item: PurchaseItemDraft, draft: PurchaseDraft, books: Books
) -> list[Problem]:
    """An item names a supplier of its own only in a document that says so."""
    if item.party is None:
        return []
    field = f"{path}.supplier"
    if not draft.supplier_by_item:
        message = "the document has one supplier for all items"
        return [Problem("setting", field, message, item.party.identification)]
    return validate_party(field, item.party, books)


def _validate_taxes(
    path: str, item: PurchaseItemDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """Taxes that go together, that this voucher type bears, and that know where purchases post them."""
    field = f"{path}.taxes"
    problems = validate_item_taxes(field, item.taxes, books.catalog)
    if problems or voucher_type is None:
        return problems
    for index, tax_id in enumerate(item.taxes):
        tax = books.catalog.taxes[tax_id or 0]
        if tax.kind in _CONSUMPTION and not voucher_type.consumption_tax:
            message = "the voucher type bears no taxes on consumption"
            problems.append(Problem("setting", f"{field}[{index}].tax", message, tax_id))
        elif tax.purchase_account is None:
            message = f"the tax {tax_id} has no account for purchases"
            problems.append(Problem("taxes", field, message, tax_id))
    return problems


def validate_retention_accounts(retentions: Sequence[int | None], books: Books) -> list[Problem]:
    """Withholdings that know where purchases post them; whether they can be used is not asked here."""
    return [
        Problem("retentions", f"retentions[{index}].tax", "no account for purchases", tax_id)
        for index, tax_id in enumerate(retentions)
        if (tax := books.catalog.taxes.get(tax_id or 0)) and tax.purchase_account is None
    ]


def bought_item(item: PurchaseItemDraft, added: ItemTotals, books: Books) -> PurchaseItem:
    """An item without problems as recorded."""
    assert item.kind is not None and item.product is not None and item.quantity is not None
    code, catalog = item.product, books.catalog
    product = books.products[code] if item.kind is PurchaseItemKind.PRODUCT else None
    is_asset = item.kind is PurchaseItemKind.FIXED_ASSET
    asset = catalog.fixed_assets_by_code[code] if is_asset else None
    named = product or asset or catalog.accounts[code]
    return PurchaseItem(
        kind=item.kind,
        account=_account_of(item, books),
        code=code,
        description=named.name if item.description is None else item.description,
        quantity=item.quantity,
        price=added.price,
        discount_percentage=added.discount_percentage,
        discount_value=added.discount_value,
        base=added.base,
        total=added.total,
        taxes=added.taxes,
        product=product.id if product else None,
        guid=product.guid if product else None,
        moves_stock=product is not None and product.stock_control,
        fixed_asset=asset.id if asset else None,
        warehouse=item.warehouse,
        party=item.party,
        cost_centre=item.cost_centre,
        second_cost_centre=item.second_cost_centre,
        extra=item.extra,
    )
