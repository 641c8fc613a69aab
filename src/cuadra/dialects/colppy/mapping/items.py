"""Items of the inventory to and from what clients send and read. Pure.

An item names three accounts, where the books have account groups: the group that has just these is meant.
A request changes what it says and leaves the rest. What only this dialect knows is kept beside the product.
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from cuadra.catalog.product_lists import StockedProduct
from cuadra.catalog.products import StoredProduct, WarehouseStock
from cuadra.catalog.records import (
    Account,
    AccountGroup,
    Price,
    Product,
    ProductKind,
    ProductTax,
    Tax,
    TaxClassification,
    TaxKind,
)
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.accounts import account_from_text
from cuadra.dialects.colppy.reading import Parameters
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.trade.catalog_changes import GroupAccounts

Row = dict[str, Any]
KINDS = {"P": ProductKind.PRODUCT, "S": ProductKind.SERVICE, "K": ProductKind.COMBO}
_KIND_LETTERS = {kind: letter for letter, kind in KINDS.items()}
_KIND_LETTERS[ProductKind.CONSUMER_GOOD] = "P"
_KEPT = ("minimo", "ultimoPrecioCompra")
_ACCOUNTS = {"income": "ctaIngresoVentas", "inventory": "ctaInventario", "cost": "ctaCostoVentas"}
_QUANTUM = Decimal("0.0001")


def product_from_item(
    item: Parameters, known: StoredProduct | None, catalog: Catalog, accounts: GroupAccounts
) -> Product:
    """The product an item makes, or makes of a known one, its account group left to the caller. Raises `Failure`."""
    base = known or Product(code="", name="", account_group=0)
    kind = _kind(item, known)
    changes = {
        "code": _needed(item, "codigo", 30, base.code),
        "name": _needed(item, "descripcion", 255, base.name),
        "kind": kind,
        "stock_control": _keeps_stock(kind, known, accounts),
        "description": _text(item, "detalle", 1000, base.description),
        "unit_label": _text(item, "unidadMedida", 20, base.unit_label),
        "prices": _prices(item, base.prices, catalog),
        **_taxes(item, known, catalog),
    }
    members = {name: getattr(base, name) for name in Product.__struct_fields__}
    return Product(**members | changes)


def _text(item: Parameters, name: str, size: int, before: str | None) -> str | None:
    """A text that is said, else the one before."""
    return before if item.raw.get(name) is None else item.text(name, size=size) or None


def _needed(item: Parameters, name: str, size: int, before: str) -> str:
    text = _text(item, name, size, before)
    if not text:
        raise Failure(f"El parámetro {name} es obligatorio.")
    return text


def _keeps_stock(kind: ProductKind, known: StoredProduct | None, accounts: GroupAccounts) -> bool:
    """Goods do, where their accounts allow it; unless they are known not to."""
    wanted = known.stock_control if known and known.kind is kind else kind is ProductKind.PRODUCT
    return wanted and bool(accounts.inventory and accounts.cost)


def _kind(item: Parameters, known: StoredProduct | None) -> ProductKind:
    letter = item.text("tipoItem").upper()
    if known is not None and letter in ("", _KIND_LETTERS[known.kind]):
        return known.kind
    kind = KINDS.get(letter or "P")
    if kind is None:
        raise Failure(f"El tipo de ítem {shown(letter)} no existe.")
    if ProductKind.COMBO in (kind, known.kind if known else None):
        raise Failure("Los kits no se pueden crear ni convertir por este medio.")
    return kind


def accounts_from_item(
    item: Parameters, known: StoredProduct | None, catalog: Catalog
) -> GroupAccounts:
    """The three accounts of an item: those it names, else those it has, else those of the first group that suits.

    Raises `Failure` for an account that does not exist.
    """
    group = catalog.account_groups[known.account_group] if known else _usual(item, catalog)
    named = {
        field: _account(item, name, catalog.accounts.values()) for field, name in _ACCOUNTS.items()
    }
    income = named["income"] or (group.income_account if group else None)
    if income is None:
        raise Failure("El parámetro ctaIngresoVentas es obligatorio.")
    return GroupAccounts(
        income=income,
        inventory=named["inventory"] or (group.inventory_account if group else None),
        cost=named["cost"] or (group.cost_account if group else None),
    )


def _usual(item: Parameters, catalog: Catalog) -> AccountGroup | None:
    """The group a new item takes its accounts from: goods have an account for stock, services have none."""
    goods = _kind(item, None) is ProductKind.PRODUCT
    groups = [group for group in catalog.account_groups.values() if group.active]
    fitting = [group for group in groups if bool(group.inventory_account) == goods]
    return next(iter(fitting), None)


def _account(item: Parameters, name: str, accounts: Collection[Account]) -> str | None:
    text = item.text(name, size=100)
    return account_from_text(text, accounts).code if text and text != "0" else None


def group_with(
    accounts: GroupAccounts, preferred: int | None, groups: Mapping[int, AccountGroup]
) -> AccountGroup | None:
    """The active group with just these accounts: the one the item has already, else the first; None without any."""
    found = [group for group in groups.values() if group.active and _accounts_of(group) == accounts]
    return next((group for group in found if group.id == preferred), next(iter(found), None))


def _accounts_of(group: AccountGroup) -> GroupAccounts:
    return GroupAccounts(
        income=group.income_account, inventory=group.inventory_account, cost=group.cost_account
    )


def _prices(item: Parameters, before: tuple[Price, ...], catalog: Catalog) -> tuple[Price, ...]:
    """The first price list has the sale price; what other lists say stays."""
    value = item.number("precioVenta")
    if value is None:
        return before
    if value < 0:
        raise Failure(f"El precio de venta no puede ser negativo: {shown(value)}.")
    currency, position = _place_of_price(catalog)
    others = [one for one in before if (one.currency, one.position) != (currency, position)]
    price = Price(currency=currency, position=position, value=value)
    return tuple(sorted([price, *others], key=lambda one: one.position))


def _place_of_price(catalog: Catalog) -> tuple[str, int]:
    positions = [one.position for one in catalog.price_lists.values() if one.active]
    return catalog.company.currency, min(positions, default=1)


def _taxes(item: Parameters, known: StoredProduct | None, catalog: Catalog) -> Row:
    """The IVA of an item by its rate; without a tax of no rate, an item of rate 0 is outside the tax."""
    rate = item.number("iva")
    if known is not None and (rate is None or rate == _rate(known, catalog)):
        return {}
    rate = rate or Decimal(0)
    tax = _iva_of_rate(rate, catalog.taxes.values())
    if tax is None and rate:
        raise Failure(f"La alícuota de IVA {shown(rate)} no existe.")
    others = [
        one
        for one in (known.taxes if known else ())
        if catalog.taxes[one.tax].kind is not TaxKind.IVA
    ]
    taxed = TaxClassification.TAXED if tax else TaxClassification.EXCLUDED
    taxes = (*([ProductTax(tax=tax.id)] if tax else []), *others)
    return {"taxes": taxes, "tax_classification": taxed}


def _iva_of_rate(rate: Decimal, taxes: Iterable[Tax]) -> Tax | None:
    fitting = (tax for tax in taxes if tax.kind is TaxKind.IVA and tax.percentage == rate)
    return next((tax for tax in fitting if tax.active), None)


def _rate(product: Product, catalog: Catalog) -> Decimal:
    taxes = (catalog.taxes[one.tax] for one in product.taxes)
    return next((tax.percentage for tax in taxes if tax.kind is TaxKind.IVA), Decimal(0))


def extra_from_item(item: Parameters, known: StoredProduct | None) -> dict[str, Any]:
    """What is kept with the product, beside what was kept before. Raises `Failure`."""
    kept = dict(_kept_of(known))
    for name in _KEPT:
        value = item.number(name)
        if value is not None and value < 0:
            raise Failure(f"El parámetro {name} no puede ser negativo: {shown(value)}.")
        if value is not None:
            kept[name] = f"{value:f}"
    return {DIALECT: kept}


def _kept_of(product: StoredProduct | None) -> Mapping[str, Any]:
    kept: Mapping[str, Any] = (product.extra or {}).get(DIALECT, {}) if product is not None else {}
    return kept


def row_from_product(stocked: StockedProduct, catalog: Catalog) -> Row:
    """An item as lists show it: amounts and ids are numbers here, and nothing else is."""
    product = stocked.product
    group = catalog.account_groups[product.account_group]
    kept = _kept_of(product)
    place = _place_of_price(catalog)
    prices = (one.value for one in product.prices if (one.currency, one.position) == place)
    return {
        "idItem": product.id,
        "codigo": product.code,
        "descripcion": product.name,
        "detalle": product.description or "",
        "ctaCostoVentas": group.cost_account or "",
        "ctaIngresoVentas": group.income_account,
        "ctaInventario": group.inventory_account or "",
        "minimo": plain(Decimal(kept.get("minimo", 0))),
        "costoCalculado": _average(stocked),
        "ultimoPrecioCompra": plain(Decimal(kept.get("ultimoPrecioCompra", 0))),
        "precioVenta": plain(next(prices, Decimal(0))),
        "iva": f"{plain(_rate(product, catalog))}",
        "tipoItem": _KIND_LETTERS[product.kind],
        "unidadMedida": product.unit_label or "",
        "disponibilidad": "0" if stocked.quantity is None else plain(stocked.quantity),
    }


def _average(stocked: StockedProduct) -> int | Decimal:
    """The weighted average cost; nothing where there is nothing, or its value makes no sense."""
    if not stocked.quantity or stocked.value is None or stocked.value / stocked.quantity < 0:
        return 0
    return plain((stocked.value / stocked.quantity).quantize(_QUANTUM))


def plain(number: Decimal) -> int | Decimal:
    """A number without zeros that say nothing, nor an exponent.

    >>> plain(Decimal("539.40")), plain(Decimal("1090.00")), plain(Decimal("0E-7"))
    (Decimal('539.4'), 1090, 0)
    """
    if number == number.to_integral_value():
        return int(number)
    return Decimal(f"{number:f}".rstrip("0"))


def rows_from_stock(stock: Iterable[WarehouseStock], catalog: Catalog) -> list[dict[str, str]]:
    """What every warehouse of the company holds of a product, and what none in particular does."""
    held = {cell.warehouse: cell.quantity for cell in stock}
    rows = [
        {"nombre": one.name, "disponibilidad": f"{held.pop(one.id, Decimal(0)):.5f}"}
        for one in catalog.warehouses.values()
        if one.active or one.id in held
    ]
    left = sum(held.values(), Decimal(0))
    return [*rows, *([{"nombre": "Sin depósito", "disponibilidad": f"{left:.5f}"}] if left else [])]
