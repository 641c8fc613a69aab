"""Rows of documents without accounting to drafts of offers, and offers to rows.

A row is an item: a product, how many of it, what all of them are worth before discounts and IVA. Third
party, seller and cost centre are the document's, as its first row says; a row that names another seller or
centre keeps it. All else stays with the item under its own reference, and comes back as it was sent. Pure.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from cuadra.catalog.records import TaxKind
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName
from cuadra.dialects.siigo_pyme.fields import empty_row, fields
from cuadra.dialects.siigo_pyme.mapping.basic_invoices import (
    discount_of_row,
    require_one_party,
    take_warehouse,
    tell_item,
)
from cuadra.dialects.siigo_pyme.mapping.crosswalk import Crosswalk, Masters, nit_of
from cuadra.dialects.siigo_pyme.mapping.movement_rows import (
    tell_kept,
    told_head,
)
from cuadra.dialects.siigo_pyme.mapping.movements import (
    kept_values,
    named_product,
    require_seller,
    take_centre,
    type_of_group,
)
from cuadra.dialects.siigo_pyme.rows import Profile, Row, Value, day_of_row, mandatory, shortest
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.dialects.siigo_pyme.vouchers import RowGroup
from cuadra.ledger.vouchers import CENT
from cuadra.trade.documents import OFFERS, ItemDraft, OfferContent, OfferDraft
from cuadra.trade.entry_reading import DocumentEntry
from cuadra.trade.totals import EXACT, HUNDRED, compute_local

TABLE: Final = "extra_document"
LETTER_AND_CODE = ("document_type", "document_code")
PERCENTAGE, VAT = "sequence_vat_percentage", "sequence_vat_value"
EXCISE = "sequence_total_excise_tax_value"
# What an offer has a place of its own for.
_TAKEN = (
    "document_type", "document_code", "document_number", "document_year", "document_month",
    "document_day", "nit", "branch", "sequence_description", "canceled_voucher", "sequence_value",
    "sequence_discount_1_value", "product_line", "product_group", "product_code", "quantity",
)  # fmt: skip


class _Head(NamedTuple):
    """What the first row says for the whole document."""

    centre: int | None
    seller: int | None


def vat_taxes(catalog: Catalog) -> dict[Decimal, int]:
    """The active tax of every percentage of IVA; the first of several."""
    taxes: dict[Decimal, int] = {}
    for tax in catalog.taxes.values():
        if tax.kind is TaxKind.IVA and tax.active:
            taxes.setdefault(tax.percentage, tax.id)
    return taxes


def draft_from_group(
    group: RowGroup, masters: Masters, taxes: Mapping[Decimal, int], profile: Profile
) -> OfferDraft | None:
    """The offer some rows ask for; None where one of them is wrong, and each then says all of it."""
    crosswalk, first = masters.crosswalk, group.rows[0]
    voucher_type = type_of_group(group, crosswalk, LETTER_AND_CODE)
    if voucher_type is None:
        return None
    require_one_party(group)
    head = _Head(take_centre(first, {}, crosswalk), first.number("salesperson_code") or None)
    items = [
        _item(row, position, head, masters, taxes, profile)
        for position, row in enumerate(group.rows, 1)
        if all(reference in row.values for reference in mandatory(TABLE))
    ]
    if any(row.errors for row in group.rows):
        return None
    nit = first.number("nit")
    return OfferDraft(
        kinds=OFFERS,
        voucher_type=voucher_type.id,
        date=group.day,
        number=group.number or None,
        party=PartyName(crosswalk.identifications.get(nit) or str(nit), first.number("branch")),
        cost_centre=head.centre,
        seller=head.seller,
        items=items,
        free=True,
        annulled=group.canceled,
    )


def _item(
    row: Row,
    position: int,
    head: _Head,
    masters: Masters,
    taxes: Mapping[Decimal, int],
    profile: Profile,
) -> ItemDraft:
    """One item; what it has no place for is left in `values` and kept."""
    values = {name: value for name, value in row.values.items() if name not in _TAKEN}
    if row.number("sequence") == position:
        values.pop("sequence", None)
    _take_head(row, values, head, masters.crosswalk)
    day_of_row(row, "delivery")
    product = named_product(row, masters)
    chosen = _take_vat(row, values, taxes, profile)
    return ItemDraft(
        product=product.code if product else None,
        description=row.text("sequence_description") or None,
        quantity=row.amount("quantity"),
        gross=row.amount("sequence_value"),
        discount_value=discount_of_row(row) or None,
        taxes=chosen,
        warehouse=take_warehouse(values, product) if product else None,
        extra=_kept(values) if values else {},
    )


def _kept(values: dict[str, Value]) -> dict[str, Any]:
    """What is kept with an item; amounts under references that nobody knows as the numbers they came as."""
    kept = kept_values(values)
    for name, value in values.items():
        if isinstance(value, Decimal) and name not in fields(TABLE):
            kept[DIALECT][name] = float(value)
    return kept


def _take_head(row: Row, values: dict[str, Value], head: _Head, crosswalk: Crosswalk) -> None:
    """Keep seller and cost centre only where they are not the document's."""
    require_seller(row, crosswalk)
    seller = row.number("salesperson_code") or None
    for reference in ("cost_center", "sub_cost_center", "salesperson_code"):
        values.pop(reference, None)
    if take_centre(row, {}, crosswalk) != head.centre:
        values["cost_center"] = row.number("cost_center")
        values["sub_cost_center"] = row.number("sub_cost_center")
    if seller != head.seller:
        values["salesperson_code"] = seller or 0


def _take_vat(
    row: Row, values: dict[str, Value], taxes: Mapping[Decimal, int], profile: Profile
) -> list[int | None]:
    """The tax a row names by its percentage. An amount that it does not come to is kept as it was sent."""
    tell = row.refuse if profile == "strict" else row.warn
    percentage, sent = row.amount(PERCENTAGE), row.amount(VAT)
    if not percentage:
        if sent:
            tell(PERCENTAGE, "required", "es obligatorio con el valor del IVA")
        return []
    tax = taxes.get(percentage)
    if tax is None:
        tell(PERCENTAGE, "unknown", f"no hay un IVA del {percentage:f}%")
        return []
    del values[PERCENTAGE]
    base = row.amount("sequence_value") - discount_of_row(row)
    computed = EXACT.quantize(base * percentage / HUNDRED, CENT)
    if VAT in values and sent != computed:
        tell(VAT, "value", f"el IVA de la secuencia es {computed:f}")
    else:
        values.pop(VAT, None)
    return [tax]


def rows_from_offer(
    offer: DocumentEntry[OfferContent], crosswalk: Crosswalk, currencies: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """An offer as rows, whichever door wrote it: one for each item, in the company's currency."""
    name = crosswalk.names[offer.voucher_type]
    told = told_head(name, offer.number, offer.date, annulled=offer.annulled)
    head = empty_row(TABLE) | {
        "document_type": told.pop("voucher_type"),
        "document_code": told.pop("voucher_code"),
        **told,
        "nit": nit_of(offer.party, crosswalk.made_numbers),
        "branch": offer.branch,
        "salesperson_code": offer.content.seller or 0,
        "currency_type": currencies.get(offer.currency, 0) if offer.exchange_rate else 0,
    }
    if offer.cost_centre is not None:
        head["cost_center"], head["sub_cost_center"] = crosswalk.centre_codes[offer.cost_centre]
    for sequence, item in enumerate(offer.content.items, 1):
        row = head | {"sequence": sequence}
        tell_item(row, item, offer.exchange_rate)
        for tax in item.taxes:
            if tax.kind is TaxKind.IMPOCONSUMO:
                row[EXCISE] = shortest(compute_local(tax.value, offer.exchange_rate))
        tell_kept(row, item.extra)
        yield row
