"""What a document adds up to: bases, taxes, withholdings and the total, to the cent.

The formula, rounding half up and per line, never on the consolidated total:

    base  = round(quantity * price - discount, 2)
    tax_i = round(base * percentage_i / 100, 2)
    line  = round(base + sum of additive taxes, 2)
    total = sum(line) - Retefuente - ReteIVA - ReteICA

Retefuente is computed per line, ReteIVA on all the IVA, ReteICA (per mille) and self-withholding on
all the bases; self-withholding does not change the total. Pure: no catalog, no database.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum

import msgspec

from cuadra.catalog.records import Tax, TaxKind
from cuadra.ledger.vouchers import CENT

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
TOTAL_MAX = Decimal("9999999999999.99")
ADDITIVE = frozenset({TaxKind.IVA, TaxKind.IMPOCONSUMO, TaxKind.AD_VALOREM})
PRICE_STEP = Decimal("0.000001")  # of prices that were computed
CHARGED = frozenset({TaxKind.PERCEPCION_IVA, TaxKind.PERCEPCION_IIBB})  # on a whole document
HUNDRED = Decimal(100)
THOUSAND = Decimal(1000)
ZERO = Decimal(0)


class Rounding(StrEnum):
    """`documented` rounds the base before taxes; `unrounded_base` computes taxes on the exact base.

    The second reproduces a point of sale whose six-decimal prices were not rounded first.
    """

    DOCUMENTED = "documented"
    UNROUNDED_BASE = "unrounded_base"


class PricedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item to add up. With `taxed_price`, which has the `included` taxes in it, `price` is ignored.

    So it is with `gross`, what the whole item is worth before its discount.

    A gift has a price of zero and a `tax_base`, what one unit is worth for its taxes; when the company
    bears these, `taxes_borne`, they are not part of what is paid.
    """

    quantity: Decimal
    price: Decimal = ZERO
    taxed_price: Decimal | None = None
    gross: Decimal | None = None
    included: frozenset[TaxKind] = frozenset({TaxKind.IVA})
    discount: Decimal = ZERO
    discount_is_percentage: bool = False
    taxes: tuple[Tax, ...] = ()
    tax_base: Decimal | None = None
    taxes_borne: bool = False


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """A discount on the whole document: per hundred of its subtotal, or else an amount."""

    percentage: Decimal | None = None
    value: Decimal | None = None


class TaxAmount(msgspec.Struct, frozen=True, kw_only=True):
    """A tax or withholding applied: on what base, and how much."""

    tax: int
    name: str
    kind: TaxKind
    percentage: Decimal
    base: Decimal
    value: Decimal


class ItemTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What one item comes to. `total` is base plus additive taxes, unless the company bears these."""

    price: Decimal
    discount_percentage: Decimal
    discount_value: Decimal
    base: Decimal
    taxes: tuple[TaxAmount, ...]
    total: Decimal
    taxes_borne: bool = False


class DocumentTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What a document comes to. `total` is what is paid: net of withholdings and reductions, with charges."""

    items: tuple[ItemTotals, ...]
    retentions: tuple[TaxAmount, ...]
    charges: tuple[TaxAmount, ...] = ()
    reductions: tuple[Decimal, ...] = ()
    subtotal: Decimal
    total: Decimal


def compute_totals(
    items: Sequence[PricedItem],
    retentions: Sequence[Tax] = (),
    *,
    reductions: Sequence[Reduction] = (),
    decimals: bool = True,
    self_withholding_limit: Decimal = ZERO,
    rounding: Rounding = Rounding.DOCUMENTED,
) -> DocumentTotals:
    """Add a document up. Without `decimals` every amount is rounded to a whole unit.

    >>> iva = Tax(id=1, name="IVA 19%", kind=TaxKind.IVA, percentage=Decimal(19), sales_account="2408")
    >>> item = PricedItem(quantity=Decimal(10), price=Decimal("100"), discount=Decimal(50), taxes=(iva,))
    >>> str(compute_totals([item]).total)
    '1130.50'
    """
    quantum = Decimal("0.01") if decimals else Decimal(1)
    with localcontext(EXACT):
        totals = tuple(_item_totals(item, quantum, rounding) for item in items)
        subtotal = sum((item.base for item in totals), ZERO)
        iva = _sum_taxes(totals, TaxKind.IVA)
        withheld = tuple(
            _retention(tax, iva if tax.kind is TaxKind.RETEIVA else subtotal, quantum)
            for tax in retentions
            if tax.kind is not TaxKind.AUTORRETENCION or subtotal > self_withholding_limit
        )
        total = sum((item.total for item in totals), ZERO) - _sum_taxes(totals, TaxKind.RETEFUENTE)
        total -= sum((r.value for r in withheld if r.kind is not TaxKind.AUTORRETENCION), ZERO)
        reduced = tuple(_reduction(reduction, subtotal, quantum) for reduction in reductions)
        total -= sum(reduced, ZERO)
    return DocumentTotals(
        items=totals, retentions=withheld, reductions=reduced, subtotal=subtotal, total=total
    )


def with_charges(totals: DocumentTotals, charges: Iterable[tuple[Tax, Decimal]]) -> DocumentTotals:
    """A document with taxes that are charged as amounts, on all its bases."""
    charged = tuple(
        TaxAmount(
            tax=tax.id,
            name=tax.name,
            kind=tax.kind,
            percentage=tax.percentage,
            base=totals.subtotal,
            value=value,
        )
        for tax, value in charges
    )
    total = totals.total + sum((charge.value for charge in charged), ZERO)
    return msgspec.structs.replace(totals, charges=charged, total=total)


def compute_local(amount: Decimal, rate: Decimal | None) -> Decimal:
    """An amount in the company's currency, at the rate if there is one, to the cent.

    >>> str(compute_local(Decimal("10.10"), Decimal("3825.03")))
    '38632.80'
    """
    with localcontext(EXACT):
        return (amount if rate is None else amount * rate).quantize(CENT)


def _reduction(reduction: Reduction, subtotal: Decimal, quantum: Decimal) -> Decimal:
    """What a discount on the document takes off; its taxes stay as they are, as the authority has it."""
    if reduction.percentage is None:
        return (reduction.value or ZERO).quantize(quantum)
    return (subtotal * reduction.percentage / HUNDRED).quantize(quantum)


def compute_percentage(part: Decimal, whole: Decimal) -> Decimal:
    """What part of a whole something is, per hundred, with two decimals.

    >>> str(compute_percentage(Decimal(50), Decimal(1200)))
    '4.17'
    """
    with localcontext(EXACT):
        return (part * HUNDRED / whole).quantize(Decimal("0.01")) if whole else ZERO


def _item_totals(item: PricedItem, quantum: Decimal, rounding: Rounding) -> ItemTotals:
    if item.tax_base is not None:
        return _gift_totals(item, item.tax_base, quantum)
    price = _price(item)
    gross = item.quantity * price if item.gross is None else item.gross
    if item.discount_is_percentage:
        discount = (gross * item.discount / HUNDRED).quantize(quantum)
        percentage = item.discount
    else:
        discount = item.discount
        percentage = compute_percentage(discount, gross)
    exact_base = gross - discount
    base = exact_base.quantize(quantum)
    taxed = exact_base if rounding is Rounding.UNROUNDED_BASE else base
    taxes = tuple(_tax_amount(tax, taxed, quantum) for tax in item.taxes)
    added = sum((tax.value for tax in taxes if tax.kind in ADDITIVE), ZERO)
    total = base + added
    if rounding is Rounding.UNROUNDED_BASE:
        # The total is rounded once; the base takes the rest, so that the voucher still balances.
        rate = sum((tax.percentage for tax in item.taxes if tax.kind in ADDITIVE), ZERO)
        total = (exact_base * (1 + rate / HUNDRED)).quantize(quantum)
        base = total - added
    return ItemTotals(
        price=price.quantize(PRICE_STEP) if _is_computed(item) else price,
        discount_percentage=percentage,
        discount_value=discount,
        base=base,
        taxes=taxes,
        total=total,
    )


def _gift_totals(item: PricedItem, tax_base: Decimal, quantum: Decimal) -> ItemTotals:
    """A gift costs nothing but its taxes, and not even these when the company bears them."""
    base = (item.quantity * tax_base).quantize(quantum)
    taxes = tuple(_tax_amount(tax, base, quantum) for tax in item.taxes)
    return ItemTotals(
        price=ZERO,
        discount_percentage=ZERO,
        discount_value=ZERO,
        base=ZERO,
        taxes=taxes,
        total=ZERO if item.taxes_borne else sum((tax.value for tax in taxes), ZERO),
        taxes_borne=item.taxes_borne,
    )


def _is_computed(item: PricedItem) -> bool:
    """Whether its price follows from something else."""
    return item.gross is not None or item.taxed_price is not None


def _price(item: PricedItem) -> Decimal:
    if item.gross is not None:
        return item.gross / item.quantity
    return item.price if item.taxed_price is None else _untaxed_price(item)


def _untaxed_price(item: PricedItem) -> Decimal:
    assert item.taxed_price is not None
    rate = sum((tax.percentage for tax in item.taxes if tax.kind in item.included), ZERO)
    return item.taxed_price / (1 + rate / HUNDRED)


def _tax_amount(tax: Tax, base: Decimal, quantum: Decimal) -> TaxAmount:
    value = (base * tax.percentage / HUNDRED).quantize(quantum)
    return TaxAmount(
        tax=tax.id,
        name=tax.name,
        kind=tax.kind,
        percentage=tax.percentage,
        base=base.quantize(quantum),
        value=value,
    )


def _retention(tax: Tax, base: Decimal, quantum: Decimal) -> TaxAmount:
    divisor = THOUSAND if tax.kind is TaxKind.RETEICA else HUNDRED
    value = (base * tax.percentage / divisor).quantize(quantum)
    return TaxAmount(
        tax=tax.id, name=tax.name, kind=tax.kind, percentage=tax.percentage, base=base, value=value
    )


def _sum_taxes(items: Sequence[ItemTotals], kind: TaxKind) -> Decimal:
    """All of one kind that the other side pays or keeps."""
    paid = (item for item in items if not item.taxes_borne)
    return sum((tax.value for item in paid for tax in item.taxes if tax.kind is kind), ZERO)
