"""Rows of the basic model to drafts of sales invoices, and sales invoices to rows.

A row says a product, how many of it, and what all of them are worth before discounts and IVA. Accounts,
taxes and costs follow from the product as in an invoice of any other door. What an invoice does not know
stays with its item, and comes back as it was sent. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import DocumentSide, ProductKind, Tax, TaxKind, VoucherType
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.siigo_pyme.fields import empty_row, fields
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk, Masters, nit_of
from cuadra.dialects.siigo_pyme.mapping.movement_rows import (
    tell_kept,
    told_head,
    told_product,
)
from cuadra.dialects.siigo_pyme.mapping.movements import (
    kept_values,
    named_product,
    require_seller,
    take_centre,
    type_of_group,
)
from cuadra.dialects.siigo_pyme.rows import Profile, Row, RowReader, Value, mandatory, shortest
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.dialects.siigo_pyme.vouchers import SAME, RowGroup
from cuadra.ledger.vouchers import CENT
from cuadra.trade.books import Books
from cuadra.trade.documents import InvoiceContent, InvoiceDraft, Item, ItemDraft, PaymentDraft
from cuadra.trade.entry_reading import DocumentEntry
from cuadra.trade.items import compute_items
from cuadra.trade.totals import ADDITIVE, ItemTotals, compute_local

INVOICE_LETTER = "F"
# In the vendor's model these are filled in every row, be it with 0.
FILLED = (
    "document_year", "document_month", "document_day", "sequence", "cost_center",
    "sub_cost_center", "branch", "product_line", "product_group", "warehouse_code", "location_code",
)  # fmt: skip
# What would change the amounts of an invoice, and the basic model does not have: wrong in every profile.
REFUSED = frozenset(
    {
        "currency_type", "aiu_percentage", "aiu_vat_base", "asset_group", "asset_code",
        "sequence_total_excise_tax_value", "ultra_processed_foods_percentage",
        "ultra_processed_foods_value", "sugary_beverages_value",
    }
)  # fmt: skip
CHARGES = ("sequence_charge_1_value", "sequence_charge_2_value")
FURTHER_DISCOUNTS = ("sequence_discount_2_value", "sequence_discount_3_value")
# What an invoice has a place of its own for.
_TAKEN = (
    "voucher_type", "voucher_code", "document_number", "sequence_value", "document_year",
    "document_month", "document_day", "salesperson_code", "nit", "branch", "sequence_description",
    "canceled_voucher", "payment_method", "sequence_discount_1_value", "sequence_vat_percentage",
    "sequence_vat_value", "product_line", "product_group", "product_code", "quantity",
)  # fmt: skip
ZERO = Decimal(0)


class BasicReader:
    """Reads the rows of one export. What movements have and the basic model has not is left out, and told."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._reader = RowReader("basic", profile)
        self._others = fields().keys() - fields("basic").keys()

    def read(self, place: int, raw: Mapping[str, Any]) -> Row:
        """A row with all that is wrong with it by itself."""
        if type(raw) is not dict:
            return self._reader.read(place, raw)
        own = {name: sent for name, sent in raw.items() if name not in self._others}
        row = self._reader.read(place, own)
        row.fields = fields()  # which has the captions of all
        for name, sent in raw.items():
            if name not in self._others or not _says_something(name, sent):
                continue
            if self._profile == "strict" or name in REFUSED:
                row.refuse(name, "not_allowed", "el modelo básico no lo tiene")
            else:
                row.warn(name, "not_allowed", "el modelo básico no lo tiene; se ignora")
        if self._profile == "strict":
            for name in FILLED:
                if raw.get(name) in (None, ""):
                    row.refuse(name, "required", "es obligatorio en el modelo básico")
        return row


def _says_something(reference: str, sent: Any) -> bool:
    """Whether a value is more than the neutral one of its field."""
    if isinstance(sent, str):
        return sent.strip() not in ("", "0", fields()[reference].neutral)
    return sent is not None and sent != 0


def invoice_from_group(group: RowGroup, masters: Masters, books: Books) -> InvoiceDraft | None:
    """The invoice some rows ask for; None where one of them is wrong, and each then says all of it.

    `books` has nothing in it but the company's catalog.
    """
    crosswalk = masters.crosswalk
    first = group.rows[0]
    voucher_type = _voucher_type(group, crosswalk)
    centre = _one(group, "cost_center", [take_centre(r, {}, crosswalk) for r in group.rows])
    seller = None
    if voucher_type is None or not voucher_type.seller_by_item:
        seller = _one(group, "salesperson_code", _numbers(group, "salesperson_code"))
    require_one_party(group)
    payment_type = _payment_type(group, books.catalog)
    items = [
        item
        for position, row in enumerate(group.rows, 1)
        if (item := _item(row, position, voucher_type, masters, books.catalog)) is not None
    ]
    if voucher_type is None or any(row.errors for row in group.rows):
        return None
    totals = compute_items(items, (), voucher_type, books)
    for row, added in zip(group.rows, totals.items, strict=True):
        _check_vat(row, added)
    if not totals.total:
        first.refuse("sequence_value", "value", "el total debe ser mayor que cero")
    if any(row.errors for row in group.rows):
        return None
    nit = first.number("nit")
    return InvoiceDraft(
        voucher_type=voucher_type.id,
        number=group.number or None,
        date=group.day,
        party=PartyName(crosswalk.identifications.get(nit) or str(nit), first.number("branch")),
        cost_centre=centre,
        seller=seller,
        items=items,
        payments=[PaymentDraft(payment_type=payment_type, value=totals.total, due_date=group.day)],
        free=True,
        annulled=group.canceled,
    )


def _voucher_type(group: RowGroup, crosswalk: Crosswalk) -> VoucherType | None:
    """The series of an invoice; the basic model has no other vouchers."""
    if group.letter and group.letter != INVOICE_LETTER:
        problem = "el modelo básico es solo para facturas (F)"
        group.rows[0].refuse("voucher_type", "value", problem)
        return None
    return type_of_group(group, crosswalk)


def _numbers(group: RowGroup, reference: str) -> list[int]:
    return [row.number(reference) for row in group.rows]


def _one(group: RowGroup, reference: str, told: Sequence[int | None]) -> int | None:
    """What the rows that say anything say of the whole voucher, which has room for one."""
    found = next((value for value in told if value), None)
    for row, value in zip(group.rows, told, strict=True):
        if value and value != found:
            row.refuse(reference, "value", SAME)
    return found


def require_one_party(group: RowGroup) -> None:
    """Refuse rows that are of another third party than the first."""
    first = group.rows[0]
    for row in group.rows[1:]:
        for reference in ("nit", "branch"):
            if row.number(reference) != first.number(reference):
                row.refuse(reference, "value", SAME)


def _payment_type(group: RowGroup, catalog: Catalog) -> int | None:
    """How an invoice is paid: by the one means its rows name, or else on credit."""
    named = _one(group, "payment_method", _numbers(group, "payment_method"))
    if named is not None:
        return named
    sides = (DocumentSide.SALES, DocumentSide.BOTH)
    credit = [
        one.id
        for one in catalog.payment_types.values()
        if one.due_date and one.active and one.side in sides
    ]
    if not credit:
        problem = "la empresa no tiene forma de pago a crédito"
        group.rows[0].refuse("payment_method", "required", problem)
    return min(credit, default=None)


def _item(
    row: Row,
    position: int,
    voucher_type: VoucherType | None,
    masters: Masters,
    catalog: Catalog,
) -> ItemDraft | None:
    """One item; what it has no place for is left in `values` and kept."""
    product = named_product(row, masters) if "product_code" in row.values else None
    require_seller(row, masters.crosswalk)
    _check_amounts(row, voucher_type)
    if product is None or not all(name in row.values for name in mandatory("basic")):
        return None
    values = {name: value for name, value in row.values.items() if name not in _TAKEN}
    if "cost_center" in values:
        del values["cost_center"]
        values.pop("sub_cost_center", None)
    if row.number("sequence") == position:
        values.pop("sequence", None)
    by_item = voucher_type is not None and voucher_type.seller_by_item
    return ItemDraft(
        product=product.code,
        description=row.text("sequence_description") or None,
        quantity=row.amount("quantity"),
        gross=row.amount("sequence_value"),
        discount_value=discount_of_row(row) or None,
        taxes=[tax.id for tax in _taxes(row, product, catalog)],
        warehouse=take_warehouse(values, product),
        seller=(row.number("salesperson_code") or None) if by_item else None,
        extra=kept_values(values) if values else {},
    )


def take_warehouse(values: dict[str, Value], product: StoredProduct) -> int | None:
    """The warehouse that a row names, taken out of its values where the product has any."""
    if not product.stock_control and product.kind is not ProductKind.COMBO:
        return None
    warehouse = values.pop("warehouse_code", None)
    return warehouse if isinstance(warehouse, int) else None


def discount_of_row(row: Row) -> Decimal:
    """Its discounts, which are amounts, together."""
    references = ("sequence_discount_1_value", *FURTHER_DISCOUNTS)
    return sum((row.amount(reference) for reference in references), ZERO)


def _check_amounts(row: Row, voucher_type: VoucherType | None) -> None:
    """Something is sold; the books have no charges, and some series no cents."""
    if row.values.get("sequence_value") == 0:
        row.refuse("sequence_value", "value", "debe ser mayor que cero")
    for reference in CHARGES:
        if reference in row.values:
            row.refuse(reference, "not_allowed", "los cargos no se pueden registrar")
    value = row.amount("sequence_value")
    worth = value - discount_of_row(row)
    if worth < 0 < value:
        problem = "los descuentos superan el valor de la secuencia"
        row.refuse("sequence_discount_1_value", "value", problem)
    if voucher_type is not None and not voucher_type.decimals and worth % 1:
        row.refuse("sequence_value", "value", "el comprobante no maneja decimales")


def _taxes(row: Row, product: StoredProduct, catalog: Catalog) -> list[Tax]:
    """The product's own taxes, with the IVA that the row says in place of its own.

    What is withheld depends on the customer, so it does not follow from a product.
    """
    own = [catalog.taxes[one.tax] for one in product.taxes if one.tax in catalog.taxes]
    taxes = [tax for tax in own if tax.kind in ADDITIVE]
    percentage = row.amount("sequence_vat_percentage")
    if not percentage or any(
        tax.kind is TaxKind.IVA and tax.percentage == percentage for tax in taxes
    ):
        return taxes
    known = (
        tax
        for tax in catalog.taxes.values()
        if tax.kind is TaxKind.IVA and tax.active and tax.percentage == percentage
    )
    chosen = min(known, key=lambda tax: tax.id, default=None)
    if chosen is None:
        row.refuse("sequence_vat_percentage", "unknown", f"no hay un IVA del {percentage:f}%")
        return taxes
    return [*(tax for tax in taxes if tax.kind is not TaxKind.IVA), chosen]


def _check_vat(row: Row, item: ItemTotals) -> None:
    """The IVA a row says is the one computed, or a cent beside it."""
    computed = sum((tax.value for tax in item.taxes if tax.kind is TaxKind.IVA), ZERO)
    sent = row.amount("sequence_vat_value")
    if sent and abs(sent - computed) > CENT:
        row.refuse("sequence_vat_value", "value", f"el IVA de la secuencia es {computed:f}")


def rows_from_invoice(
    invoice: DocumentEntry[InvoiceContent], crosswalk: Crosswalk
) -> Iterator[dict[str, Any]]:
    """A sales invoice as rows, whichever door wrote it: one for each item, in the company's currency."""
    content = invoice.content
    name = crosswalk.names[invoice.voucher_type]
    head = empty_row("basic") | told_head(
        name, invoice.number, invoice.date, annulled=invoice.annulled
    )
    head["nit"] = nit_of(invoice.party, crosswalk.made_numbers)
    head["branch"] = invoice.branch
    head["salesperson_code"] = content.seller or 0
    if invoice.cost_centre is not None:
        head["cost_center"], head["sub_cost_center"] = crosswalk.centre_codes[invoice.cost_centre]
    if len(content.payments) == 1:
        head["payment_method"] = content.payments[0].payment_type
    for sequence, item in enumerate(content.items, 1):
        row = head | {"sequence": sequence}
        tell_item(row, item, invoice.exchange_rate)
        tell_kept(row, item.extra)
        yield row


def tell_item(row: dict[str, Any], item: Item, rate: Decimal | None) -> None:
    """What the books know of an item, in the company's currency."""
    kept = item.extra.get(DIALECT, {})
    further = sum((Decimal(str(kept.get(name, 0))) for name in FURTHER_DISCOUNTS), ZERO)
    iva = [tax for tax in item.taxes if tax.kind is TaxKind.IVA]
    if item.product is not None:
        row |= told_product(item.code, item.product)
    row["quantity"] = shortest(item.quantity)
    row["sequence_value"] = _local(item.base + item.discount_value, rate)
    row["sequence_discount_1_value"] = _local(item.discount_value - further, rate)
    row["sequence_description"] = item.description
    row["warehouse_code"] = item.warehouse or 0
    if item.seller is not None:
        row["salesperson_code"] = item.seller
    if iva:
        row["sequence_vat_percentage"] = shortest(iva[0].percentage)
        row["sequence_vat_value"] = _local(iva[0].value, rate)


def _local(amount: Decimal, rate: Decimal | None) -> int | Decimal:
    return shortest(compute_local(amount, rate))
