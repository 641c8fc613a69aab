"""The items of what a company sells, credits and quotes: checked, added up, taken out of stock.

What the documents of sales have in common. Each takes what was asked and the books, and returns
problems or figures; only `sold_item` changes anything, the stock in memory.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial

import msgspec

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import (
    DimensionKind,
    DiscountType,
    ProductKind,
    TaxKind,
    VoucherType,
)
from cuadra.errors import Problem, inactive, required, unknown
from cuadra.trade.books import Books, Needs
from cuadra.trade.documents import (
    PURCHASES,
    CreditNoteDraft,
    Goods,
    InvoiceDraft,
    Item,
    ItemDraft,
    PurchaseDraft,
    Taxpayer,
)
from cuadra.trade.stated import fit_totals
from cuadra.trade.totals import (
    ADDITIVE,
    TOTAL_MAX,
    DocumentTotals,
    ItemTotals,
    PricedItem,
    Reduction,
    compute_totals,
    with_charges,
)
from cuadra.trade.validation import (
    validate_cost_centre,
    validate_free_account,
    validate_item_taxes,
    validate_party,
    validate_posting_account,
    validate_seller,
)

ITEMS_MAX = 500


def needs_of_items(items: Iterable[ItemDraft], needs: Needs) -> None:
    """Add the products and third parties that items name to what must be loaded."""
    for item in items:
        if item.product:
            needs.products.add(item.product)
        if item.party is not None:
            needs.parties.add(item.party)


def validate_items(
    items: Sequence[ItemDraft],
    voucher_type: VoucherType | None,
    books: Books,
    *,
    gifts: bool = True,
    sellers: bool = True,
    worthless: bool = False,
) -> list[Problem]:
    """Some items, not too many, each with a product, amounts and taxes that can be; `gifts` where these are.

    Where the voucher type has `sellers` by item, each names one, unless they may be left out. Those that may be
    `worthless` can come to nothing without being gifts.
    """
    if not items:
        return [required("items")]
    if len(items) > ITEMS_MAX:
        return [Problem("array", "items", f"a document has at most {ITEMS_MAX} items")]
    problems = []
    for index, item in enumerate(items):
        path = f"items[{index}]"
        problems += _validate_product(path, item, books)
        problems += validate_amounts(path, item, voucher_type, worthless=worthless)
        if sellers or item.seller is not None:
            problems += _validate_item_seller(path, item, voucher_type, books)
        problems += _validate_item_party(path, item, voucher_type, books)
        problems += _validate_account(path, item, books)
        problems += validate_cost_centres(path, item, voucher_type, books)
        problems += validate_item_taxes(f"{path}.taxes", item.taxes, books.catalog)
        if gifts:
            problems += _validate_gift(path, item, books)
        elif is_gift(item):
            problems.append(Problem("amount", f"{path}.price", "a price is greater than zero"))
        if item.transport is not None and voucher_type and not voucher_type.cargo_transportation:
            message = "the voucher type is not for freight"
            problems.append(Problem("setting", f"{path}.transport", message))
    return problems


def is_gift(item: ItemDraft) -> bool:
    """Whether the item is given away: a price of zero."""
    return item.price == 0 and item.taxed_price is None


def _validate_item_party(
    path: str, item: ItemDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """Income for a third party: one that exists, where the voucher type knows of it."""
    if item.party is None or voucher_type is None:
        return []
    if not voucher_type.customer_by_item:
        message = "the voucher type knows of no income for third parties"
        return [Problem("setting", f"{path}.customer", message, item.party.identification)]
    return validate_party(f"{path}.customer", item.party, books)


def _validate_account(path: str, item: ItemDraft, books: Books) -> list[Problem]:
    """Income goes to an account that takes lines about nothing else."""
    if item.account is None:
        return []
    return validate_free_account(f"{path}.account", item.account, books.catalog)


def validate_cost_centres(
    path: str, item: ItemDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """Cost centres of an item of its own, both kinds, exist and are active."""
    if item.cost_centre is None and item.second_cost_centre is None:
        return []
    problems = []
    if item.cost_centre is not None:
        field = f"{path}.cost_centre"
        problems += validate_cost_centre(field, item.cost_centre, voucher_type, books.catalog)
    if item.second_cost_centre is not None:
        second = books.catalog.dimensions[DimensionKind.SECOND_COST_CENTRE]
        found, field = second.get(item.second_cost_centre), f"{path}.second_cost_centre"
        if found is None:
            problems.append(unknown(field, item.second_cost_centre))
        elif not found.active:
            problems.append(inactive(field, item.second_cost_centre))
    return problems


def _validate_gift(path: str, item: ItemDraft, books: Books) -> list[Problem]:
    """A gift says what it is worth and who bears its taxes, which are none that is withheld."""
    if not is_gift(item):
        sent = {"tax_base": item.tax_base, "taxpayer": item.taxpayer}
        return [
            Problem("not_allowed", f"{path}.{name}", f"only a gift has a {name}", value)
            for name, value in sent.items()
            if value is not None
        ]
    problems = []
    if item.tax_base is None:
        problems.append(required(f"{path}.tax_base"))
    elif item.tax_base <= 0:
        message = "a tax base is greater than zero"
        problems.append(Problem("amount", f"{path}.tax_base", message, item.tax_base))
    if item.taxpayer is None:
        problems.append(required(f"{path}.taxpayer"))
    elif item.taxpayer is Taxpayer.COMPANY:
        account = books.settings.accounts.assumed_taxes
        problems += validate_posting_account(f"{path}.taxpayer", account, books.catalog)
    taxes = [books.catalog.taxes.get(tax_id or 0) for tax_id in item.taxes]
    if any(tax is not None and tax.kind not in ADDITIVE for tax in taxes):
        problems.append(Problem("taxes", f"{path}.taxes", "nothing is withheld from a gift"))
    return problems


def _validate_product(path: str, item: ItemDraft, books: Books) -> list[Problem]:
    """The product exists and is active; a warehouse exists, and only for products with stock control.

    An item of an income account may do without one.
    """
    if not item.product and item.account:
        return validate_warehouse(f"{path}.warehouse", item.warehouse, books, kept=False)
    if not item.product:
        return [required(f"{path}.product")]
    product = books.products.get(item.product)
    problems = []
    if product is None:
        problems.append(unknown(f"{path}.product", item.product))
    elif not product.active:
        problems.append(inactive(f"{path}.product", item.product))
    kept = product is None or bool(_goods_of(product, Decimal(1), books))
    return problems + validate_warehouse(f"{path}.warehouse", item.warehouse, books, kept=kept)


def validate_warehouse(
    field: str, warehouse_id: int | None, books: Books, *, kept: bool
) -> list[Problem]:
    """A warehouse exists and is active; only what is `kept` in stock has one."""
    if warehouse_id is None:
        return []
    warehouse = books.catalog.warehouses.get(warehouse_id)
    if not books.catalog.warehouses:
        return [Problem("warehouse_setting", field, "the company has no warehouses", warehouse_id)]
    if not kept:
        message = "the product does not control stock, so it has no warehouse"
        return [Problem("product_setting", field, message, warehouse_id)]
    if warehouse is None:
        return [unknown(field, warehouse_id)]
    return [] if warehouse.active else [inactive(field, warehouse_id)]


def _goods_of(
    product: StoredProduct, quantity: Decimal, books: Books
) -> list[tuple[StoredProduct, Decimal]]:
    """What selling a product takes out of stock: itself, the components of a combo, or nothing."""
    if product.kind is ProductKind.COMBO:
        parts = [
            (books.products_by_id[part.product], quantity * part.quantity)
            for part in product.components
        ]
    else:
        parts = [(product, quantity)]
    return [(part, amount) for part, amount in parts if part.stock_control]


def validate_amounts(
    path: str,
    item: ItemDraft,
    voucher_type: VoucherType | None,
    *,
    gifts: bool = True,
    worthless: bool = False,
) -> list[Problem]:
    """A positive quantity, a positive price, and a discount no greater than what it discounts."""
    problems = []
    if item.quantity is None:
        problems.append(required(f"{path}.quantity"))
    elif item.quantity <= 0:
        problems.append(
            Problem("value", f"{path}.quantity", "a quantity is greater than zero", item.quantity)
        )
    prices = {"gross": item.gross, "taxed_price": item.taxed_price}
    field = next((name for name, value in prices.items() if value is not None), "price")
    price = prices.get(field, item.price)
    if price is None:
        problems.append(required(f"{path}.{field}"))
    elif price < 0 or (price == 0 and not (worthless or (gifts and is_gift(item)))):
        problems.append(Problem("amount", f"{path}.{field}", "a price is greater than zero", price))
    return problems + _validate_discount(path, item, price, voucher_type)


def _validate_discount(
    path: str, item: ItemDraft, price: Decimal | None, voucher_type: VoucherType | None
) -> list[Problem]:
    discount, field = _discount(item), f"{path}.discount"
    if discount is None:
        return []
    if discount < 0:
        return [Problem("amount", field, "a discount is not negative", discount)]
    if voucher_type is None or price is None or item.quantity is None:
        return []
    worth = price * item.quantity if item.gross is None else item.gross
    if _has_percentage(item, voucher_type):
        if discount > 100:
            return [Problem("range", field, "a discount is between 0 and 100 per cent", discount)]
    elif discount > worth:
        return [Problem("amount", field, "a discount is not above the item's value", discount)]
    return []


def _discount(item: ItemDraft) -> Decimal | None:
    return item.discount if item.discount_value is None else item.discount_value


def _has_percentage(item: ItemDraft, voucher_type: VoucherType) -> bool:
    """Whether its discount is per hundred."""
    return item.discount_value is None and voucher_type.discount_type is DiscountType.PERCENTAGE


def _validate_item_seller(
    path: str, item: ItemDraft, voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    if voucher_type is None:
        return []
    if voucher_type.seller_by_item:
        return validate_seller(f"{path}.seller", item.seller, books.catalog)
    if item.seller is not None:
        message = "the voucher type has one seller for all items"
        return [Problem("setting", f"{path}.seller", message, item.seller)]
    return []


def validate_retentions(
    retentions: Sequence[int | None], voucher_type: VoucherType | None, books: Books
) -> list[Problem]:
    """Each withholding exists, is active, is one of a kind, and the voucher type allows its kind."""
    allowed = _allowed_retentions(voucher_type)
    problems = []
    seen = set()
    for index, tax_id in enumerate(retentions):
        path = f"retentions[{index}].tax"
        tax = books.catalog.taxes.get(tax_id or 0)
        if not tax_id:
            problems.append(required(path))
        elif tax is None:
            problems.append(unknown(path, tax_id))
        elif not tax.active:
            problems.append(inactive(path, tax_id))
        elif (voucher_type is not None and tax.kind not in allowed) or tax.kind in seen:
            message = f"the withholding {tax_id} cannot be used here"
            problems.append(Problem("retentions", path, message, tax_id))
        seen.add(tax.kind if tax else None)
    return problems


def _allowed_retentions(voucher_type: VoucherType | None) -> set[TaxKind]:
    if voucher_type is None:
        return set()
    sale = voucher_type.kind not in PURCHASES
    flags = {
        TaxKind.RETEIVA: voucher_type.reteiva,
        TaxKind.RETEICA: voucher_type.reteica,
        TaxKind.AUTORRETENCION: voucher_type.self_withholding and sale,
    }
    return {kind for kind, allowed in flags.items() if allowed}


def compute_items(
    items: Iterable[ItemDraft],
    retentions: Iterable[int | None],
    voucher_type: VoucherType,
    books: Books,
    reductions: Sequence[Reduction] = (),
    *,
    included: frozenset[TaxKind] = frozenset({TaxKind.IVA}),
) -> DocumentTotals:
    """What items and withholdings without problems come to; a taxed price has these taxes in it."""
    taxes = books.catalog.taxes
    priced = [
        PricedItem(
            quantity=item.quantity or Decimal(0),
            price=item.price or Decimal(0),
            taxed_price=item.taxed_price,
            gross=item.gross,
            included=included,
            discount=_discount(item) or Decimal(0),
            discount_is_percentage=_has_percentage(item, voucher_type),
            taxes=tuple(taxes[tax_id] for tax_id in item.taxes if tax_id),
            tax_base=item.tax_base,
            taxes_borne=item.taxpayer is Taxpayer.COMPANY,
        )
        for item in items
    ]
    return compute_totals(
        priced,
        [taxes[tax_id] for tax_id in retentions if tax_id],
        reductions=reductions,
        decimals=voucher_type.decimals,
        self_withholding_limit=voucher_type.self_withholding_limit,
        rounding=books.settings.rounding,
    )


def compute_stated(
    draft: InvoiceDraft | CreditNoteDraft | PurchaseDraft,
    voucher_type: VoucherType,
    books: Books,
    reductions: Sequence[Reduction] = (),
    *,
    included: frozenset[TaxKind] = frozenset({TaxKind.IVA}),
) -> tuple[DocumentTotals, list[Problem]]:
    """What a document without problems comes to, with its charges; and what is wrong with the totals it states."""
    charges = [
        (books.catalog.taxes[charge.tax or 0], charge.value or Decimal(0))
        for charge in draft.charges
    ]
    computed = partial(
        compute_items,
        retentions=draft.retentions,
        voucher_type=voucher_type,
        books=books,
        reductions=reductions,
        included=included,
    )
    totals = computed(draft.items)
    problems: list[Problem] = []
    if draft.stated is not None:
        readings = [totals, computed([_with_taxed_price(item) for item in draft.items])]
        charged = sum((value for _, value in charges), Decimal(0))
        totals, problems = fit_totals(readings, draft.stated, charged)
    return with_charges(totals, charges), problems


def _with_taxed_price(item: ItemDraft) -> ItemDraft:
    """The item, if its price has IVA in it."""
    price = item.price if item.taxed_price is None else item.taxed_price
    return msgspec.structs.replace(item, taxed_price=price)


def validate_bases(totals: DocumentTotals) -> list[Problem]:
    """No discount takes more than the item is worth without its IVA."""
    return [
        Problem("amount", f"items[{index}].discount", "a discount is not above the item's value")
        for index, item in enumerate(totals.items)
        if item.base < 0
    ]


def validate_stock(items: Iterable[ItemDraft], books: Books) -> list[Problem]:
    """What leaves stock is there, where it must be, and costs no more than the books can hold."""
    problems = []
    wanted: dict[int, Decimal] = {}
    for index, item in enumerate(items):
        for product, quantity in goods_of_item(item, books):
            wanted[product.id] = wanted.get(product.id, Decimal(0)) + quantity
            short = wanted[product.id] > books.on_hand(product.id).quantity
            too_much = books.compute_cost(product.id, wanted[product.id]) > TOTAL_MAX
            if too_much or (short and not books.settings.negative_stock):
                message = f"there is not that much of {product.code}"
                problems.append(
                    Problem("value", f"items[{index}].quantity", message, item.quantity)
                )
                break
    return problems


def sold_item(item: ItemDraft, added: ItemTotals, books: Books) -> Item:
    """An item as recorded. Goods with stock control leave stock here, at their average cost."""
    warehouse = item.warehouse or 0
    goods = tuple(
        Goods(
            product=part.id,
            quantity=quantity,
            cost=books.take_stock(part.id, warehouse, quantity),
        )
        for part, quantity in goods_of_item(item, books)
    )
    return recorded_item(item, added, books, goods)


def goods_of_item(item: ItemDraft, books: Books) -> list[tuple[StoredProduct, Decimal]]:
    """What stock an item is about: its product, the components of a combo, or nothing."""
    if not item.product:
        return []
    return _goods_of(books.products[item.product or ""], item.quantity or Decimal(0), books)


def recorded_item(
    item: ItemDraft, added: ItemTotals, books: Books, goods: tuple[Goods, ...] = ()
) -> Item:
    """An item as recorded, with the goods it moves."""
    product = books.products[item.product] if item.product else None
    assert item.quantity is not None
    name = product.name if product else books.catalog.accounts[item.account or ""].name
    return Item(
        product=product.id if product else None,
        guid=product.guid if product else None,
        code=product.code if product else item.account or "",
        description=name if item.description is None else item.description,
        quantity=item.quantity,
        price=added.price,
        discount_percentage=added.discount_percentage,
        discount_value=added.discount_value,
        base=added.base,
        total=added.total,
        taxes=added.taxes,
        warehouse=item.warehouse,
        seller=item.seller,
        goods=goods,
        party=item.party,
        tax_base=item.tax_base,
        taxpayer=item.taxpayer,
        transport=item.transport,
        account=item.account,
        cost_centre=item.cost_centre,
        second_cost_centre=item.second_cost_centre,
        extra=item.extra,
    )
