"""Products both ways. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import UNSET, UnsetType

from cuadra.catalog import tables
from cuadra.catalog.products import StoredProduct, WarehouseStock
from cuadra.catalog.records import (
    Component,
    Price,
    Product,
    ProductKind,
    ProductTax,
    TaxClassification,
)
from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import by_word, given, metadata, plain
from cuadra.trade.catalog_changes import ComponentDraft

UNASSIGNED_WAREHOUSE = (-1, "Sin asignar")
_PRODUCTS = {
    ProductKind.PRODUCT: "Product",
    ProductKind.SERVICE: "Service",
    ProductKind.CONSUMER_GOOD: "ConsumerGood",
    ProductKind.COMBO: "Combo",
}
PRODUCT_KINDS = {word: kind for kind, word in _PRODUCTS.items()}
_CLASSIFICATIONS = {
    TaxClassification.TAXED: "Taxed",
    TaxClassification.EXEMPT: "Exempt",
    TaxClassification.EXCLUDED: "Excluded",
}


def product_from_body(body: wire.ProductIn) -> Product:
    """The product a body describes; members left out take the vendor's defaults."""
    fields = body.additional_fields or body.adittional_fields or wire.AdditionalProductFields()
    return Product(
        code=body.code or "",
        name=body.name or "",
        account_group=body.account_group or 0,
        kind=by_word(_PRODUCTS, body.type, ProductKind.PRODUCT),
        stock_control=body.stock_control is True,
        active=body.active is not False,
        tax_classification=by_word(
            _CLASSIFICATIONS, body.tax_classification, TaxClassification.TAXED
        ),
        tax_included=body.tax_included is True,
        tax_consumption_value=body.tax_consumption_value,
        taxes=tuple(
            ProductTax(tax=tax.id or 0, milliliters=tax.milliliters, rate=tax.rate)
            for tax in body.taxes or []
        ),
        prices=tuple(
            Price(
                currency=price.currency_code or "",
                position=row.position or 0,
                value=row.value or Decimal(0),
            )
            for price in body.prices or []
            for row in price.price_list or []
        ),
        unit=body.unit or "94",
        unit_label=body.unit_label,
        reference=body.reference,
        description=body.description,
        barcode=_text(fields.barcode),
        brand=_text(fields.brand),
        tariff=_text(fields.tariff),
        model=_text(fields.model),
    )


def components_from_body(body: wire.ProductIn) -> list[ComponentDraft]:
    """What the combo of a body is to hold."""
    return [
        ComponentDraft(code=component.code, quantity=component.quantity)
        for component in body.components or []
    ]


def _text(value: str | None | UnsetType) -> str | None:
    return None if value is UNSET or value is None else value


def product_to_body(
    product: StoredProduct,
    stock: list[WarehouseStock],
    catalog: Catalog,
    parts: Mapping[int, StoredProduct],
) -> wire.ProductOut:
    """A product as the vendor shows it: what the warehouses hold of it; among `parts`, what a combo holds."""
    group = catalog.account_groups[product.account_group]
    unit = tables.find_unit(product.unit)
    excluded = product.tax_classification is TaxClassification.EXCLUDED
    taxed = product.tax_classification is TaxClassification.TAXED
    return wire.ProductOut(
        id=str(product.guid),
        code=product.code,
        name=product.name,
        account_group=wire.AccountGroupOut(id=group.id, name=group.name),
        type=_PRODUCTS[product.kind],
        stock_control=product.stock_control,
        active=product.active,
        tax_classification=_CLASSIFICATIONS[product.tax_classification],
        tax_included=product.tax_included,
        tax_consumption_value=UNSET
        if taxed
        else plain(product.tax_consumption_value or Decimal(0)),
        taxes=UNSET if excluded else [_product_tax(tax, catalog) for tax in product.taxes],
        prices=_prices(product, catalog) or UNSET,
        unit=wire.CodeNameOut(product.unit, unit.name) if unit else UNSET,
        unit_label=given(product.unit_label),
        reference=given(product.reference),
        description=given(product.description),
        additional_fields=wire.AdditionalProductFields(
            barcode=given(product.barcode),
            brand=given(product.brand),
            tariff=given(product.tariff),
            model=given(product.model),
        ),
        available_quantity=plain(sum((cell.quantity for cell in stock), Decimal(0))),
        warehouses=[_warehouse_stock(cell, catalog) for cell in stock],
        components=[
            _component(one, parts[one.product])
            for one in product.components
            if one.product in parts  # another request may have replaced and deleted it since
        ]
        or UNSET,
        metadata=metadata(product.created_at, product.updated_at),
    )


def _component(component: Component, product: StoredProduct) -> wire.ComponentOut:
    return wire.ComponentOut(
        str(product.guid), product.code, product.name, plain(component.quantity)
    )


def _product_tax(product_tax: ProductTax, catalog: Catalog) -> wire.TaxOut:
    tax = catalog.taxes[product_tax.tax]
    return wire.TaxOut(
        id=tax.id,
        name=tax.name,
        type=tax.kind,
        percentage=plain(tax.percentage),
        milliliters=UNSET if product_tax.milliliters is None else plain(product_tax.milliliters),
        rate=UNSET if product_tax.rate is None else plain(product_tax.rate),
    )


def _prices(product: Product, catalog: Catalog) -> list[wire.PriceOut]:
    names = {price_list.position: price_list.name for price_list in catalog.price_lists.values()}
    by_currency: dict[str, list[wire.ProductPriceOut]] = {}
    for price in product.prices:
        row = wire.ProductPriceOut(
            price.position, names.get(price.position, ""), plain(price.value)
        )
        by_currency.setdefault(price.currency, []).append(row)
    return [wire.PriceOut(currency, rows) for currency, rows in by_currency.items()]


def _warehouse_stock(cell: WarehouseStock, catalog: Catalog) -> wire.WarehouseOut:
    warehouse = catalog.warehouses.get(cell.warehouse)
    warehouse_id, name = (warehouse.id, warehouse.name) if warehouse else UNASSIGNED_WAREHOUSE
    return wire.WarehouseOut(id=warehouse_id, name=name, quantity=plain(cell.quantity))
