"""Sales: what was asked for, with what it names, to a draft of the books. Pure.

A cash sale is an invoice paid at once, so invoice and receipt are one voucher. A debit note is an invoice of
another kind. A credit note pays the documents it lists, and the rest of it is the customer's credit.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import msgspec

from cuadra.catalog.argentina import find_iva_condition
from cuadra.catalog.products import StoredProduct
from cuadra.catalog.records import (
    Tax,
    TaxKind,
    VoucherKind,
    VoucherType,
)
from cuadra.catalog.snapshot import Catalog
from cuadra.catalog.third_parties import PartyName, StoredThirdParty
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.accounts import find_account
from cuadra.dialects.colppy.mapping.cost_centres import find_cost_centres
from cuadra.dialects.colppy.mapping.means import (
    SALES,
    payment_by,
    payment_owed,
    perception_tax,
)
from cuadra.dialects.colppy.mapping.sale_codes import CASH_SALE, CREDIT_NOTE, DEBIT_NOTE
from cuadra.dialects.colppy.mapping.sale_requests import (
    PaperAsked,
    SaleAsked,
    SaleItem,
)
from cuadra.dialects.colppy.mapping.talonarios import find_talonario
from cuadra.dialects.colppy.settings import DIALECT
from cuadra.ledger.vouchers import CENT
from cuadra.trade.documents import (
    AppliedDraft,
    ChargeDraft,
    CreditNoteDraft,
    CurrencyDraft,
    InvoiceDraft,
    ItemDraft,
    PaymentDraft,
)
from cuadra.trade.stated import StatedTax, StatedTotals

_WITH_CREDIT = ("A", "M")  # letters whose IVA the customer takes off its own
Draft = InvoiceDraft | CreditNoteDraft


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What sales and purchases name, as the books have it: products by id and by code."""

    catalog: Catalog
    products: Mapping[int, StoredProduct]
    products_by_code: Mapping[str, StoredProduct]
    currency: str


class Named(Naming, frozen=True, kw_only=True):
    """What a sale names besides: its customer, and documents by their serials."""

    customer: StoredThirdParty
    documents: Mapping[int, UUID]


def draft_from_sale(asked: SaleAsked, named: Named) -> Draft:
    """The draft of a sale. Raises `Failure` for the first thing it names that does not exist."""
    catalog = named.catalog
    voucher_type = _series(asked, catalog)
    _require_letter(asked, named.customer)
    currency = currency_from(asked, named)
    items = [item_from(item, asked, named) for item in asked.items]
    draft = CreditNoteDraft() if asked.document == CREDIT_NOTE else InvoiceDraft()
    draft.voucher_type = voucher_type.id
    draft.date = asked.day
    draft.number = asked.number
    draft.party = PartyName(named.customer.identification, named.customer.branch)
    draft.currency = currency
    draft.observations = asked.description or None
    draft.items = items
    draft.payments = _payments(asked, catalog)
    draft.charges = _charges(asked, catalog)
    draft.stated = stated_from(asked, catalog)
    draft.free = draft.chosen_number = True
    draft.extra = {DIALECT: asked.kept}
    if isinstance(draft, CreditNoteDraft):
        draft.applied = _applied(asked, named, currency)
    elif asked.document == DEBIT_NOTE:
        draft.kind = VoucherKind.DEBIT_NOTE
    return draft


def _series(asked: SaleAsked, catalog: Catalog) -> VoucherType:
    found = find_talonario(catalog, asked.document, asked.prefix, asked.letter)
    if found is None:
        prefix = f" con el prefijo {asked.prefix}" if asked.prefix else ""
        raise Failure(f"No existe un talonario de {asked.document} {asked.letter}{prefix}.")
    return found


def _require_letter(asked: SaleAsked, customer: StoredThirdParty) -> None:
    """The client chooses the letter, but nobody takes off IVA who may not."""
    if asked.letter not in _WITH_CREDIT:
        return
    for code in customer.fiscal_responsibilities:
        condition = find_iva_condition(code)
        if condition is not None and asked.letter not in condition.classes:
            raise Failure(
                f"No se puede emitir un comprobante {asked.letter} a un cliente {condition.name}."
            )


def currency_from(asked: PaperAsked, named: Naming) -> CurrencyDraft | None:
    """The foreign currency; the company's own has no rate but 1."""
    if named.currency != named.catalog.company.currency:
        return CurrencyDraft(code=named.currency, exchange_rate=asked.currency_rate)
    if asked.currency_rate is not None:
        raise Failure(f"La moneda {named.currency} no lleva valorCambio.")
    return None


def item_from(item: SaleItem, asked: PaperAsked, named: Naming) -> ItemDraft:
    """One item; `account` is where its income or its cost goes, where that is said. Raises `Failure`."""
    product = _product(item, named)
    account = None
    if item.account:
        account = find_account(item.account, named.catalog).code
    elif product is None:
        raise Failure(f"El ítem no tiene producto ni cuenta ({item.where}idPlanCuenta).")
    tax = _iva(item, asked, named.catalog)
    centre, second_centre = find_cost_centres(
        item.cost_centre, item.second_cost_centre, item.where, named.catalog
    )
    return ItemDraft(
        product=product.code if product else None,
        description=item.description or None,
        quantity=item.quantity,
        price=item.price,
        discount=item.discount or None,
        taxes=[tax.id] if tax else [],
        warehouse=_warehouse(item, product, named.catalog),
        account=account,
        cost_centre=centre,
        second_cost_centre=second_centre,
        extra={DIALECT: item.kept},
    )


def _product(item: SaleItem, named: Naming) -> StoredProduct | None:
    """The product of an item, by its id or its code; both are the same product's."""
    if item.product is None:
        if not item.code:
            return None
        found = named.products_by_code.get(item.code)
        if found is None and not item.account:
            raise Failure(f"No existe el ítem {shown(item.code)} ({item.where}codigo).")
        return found
    found = named.products.get(item.product)
    if found is None:
        raise Failure(f"No existe el ítem {item.product} ({item.where}idItem).")
    if item.code and item.code != found.code:
        raise Failure(f"{item.where}codigo no es el del ítem {item.product}: {shown(item.code)}.")
    return found


def _iva(item: SaleItem, asked: PaperAsked, catalog: Catalog) -> Tax | None:
    """The IVA of an item. One of 0 is a tax where the totals list it, and none otherwise."""
    if not item.rate and not any(not one.rate for one in asked.rates):
        return None
    return _tax_of_rate(item.rate, f"{item.where}IVA", catalog)


def _tax_of_rate(rate: Decimal, where: str, catalog: Catalog) -> Tax:
    for tax in catalog.taxes.values():
        if tax.kind is TaxKind.IVA and tax.active and tax.percentage == rate:
            return tax
    raise Failure(f"No existe la alícuota de IVA {shown(rate)} ({where}).")


def _warehouse(item: SaleItem, product: StoredProduct | None, catalog: Catalog) -> int | None:
    """The warehouse by name or id, the first one where none is said; only goods in stock have any."""
    known = [one for one in catalog.warehouses.values() if one.active]
    text = item.warehouse
    if text and text != "0":
        known = [one for one in known if text in (one.name, str(one.id))]
        if not known:
            raise Failure(f"No existe el depósito {shown(text)} ({item.where}almacen).")
    kept = product is not None and product.stock_control
    return known[0].id if kept and known else None


def _payments(asked: SaleAsked, catalog: Catalog) -> list[PaymentDraft]:
    """The means of a cash sale; of any other one, what is owed until its day."""
    if asked.document == CASH_SALE:
        return [payment_by(one, SALES, catalog) for one in asked.media]
    return [payment_owed(asked.total, asked.due_day, SALES, catalog)]


def _charges(asked: SaleAsked, catalog: Catalog) -> list[ChargeDraft]:
    """The perceptions, each by the company's tax of its kind."""
    return [
        ChargeDraft(tax=perception_tax(kind, name, catalog), value=amount)
        for kind, amount, name in (
            (TaxKind.PERCEPCION_IVA, asked.perception_iva, "percepcionIVA"),
            (TaxKind.PERCEPCION_IIBB, asked.perception_iibb, "percepcionIIBB"),
        )
        if amount
    ]


def stated_from(asked: PaperAsked, catalog: Catalog) -> StatedTotals:
    """The totals that are said; by rate where these are."""
    taxes = []
    for one in asked.rates:
        tax = _tax_of_rate(one.rate, "totalesiva", catalog)
        taxes.append(StatedTax(tax=tax.id, base=one.base, value=one.value))
    return StatedTotals(
        subtotal=asked.taxed + asked.untaxed,
        tax=asked.tax,
        total=asked.total,
        taxed=asked.taxed,
        taxes=tuple(taxes),
    )


def _applied(asked: SaleAsked, named: Named, currency: CurrencyDraft | None) -> list[AppliedDraft]:
    """What a credit note pays. It is said in pesos whatever the note is in."""
    rate = currency.exchange_rate if currency and currency.exchange_rate else Decimal(1)
    applied = []
    for one in asked.applied:
        document = named.documents.get(one.serial)
        if document is None:
            raise Failure(f"No se encontro la factura {one.serial} (ItemsCobro).")
        value = (one.amount / rate).quantize(CENT, rounding=ROUND_HALF_UP)
        applied.append(AppliedDraft(document=document, value=value))
    return applied
