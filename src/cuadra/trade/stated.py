"""Totals that a client states: where ours differ by cents theirs hold, where by more somebody is wrong.

A client has added its paper up before it sends it, and its customer has seen the sums. Whether its unit
prices have IVA in them it does not say; the sums do. What they differ by from ours goes to the largest
item, and tax, that it can belong to, so that the voucher balances. Pure.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from cuadra.errors import Problem
from cuadra.ledger.vouchers import CENT
from cuadra.trade.totals import ADDITIVE, ZERO, DocumentTotals, ItemTotals


class StatedTax(msgspec.Struct, frozen=True, kw_only=True):
    """What the client says a tax comes to, over all items that have it."""

    tax: int
    base: Decimal
    value: Decimal


class StatedTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What the client says the items come to: before taxes, their taxes, and all of it with charges.

    `taxed` is what of the subtotal bears taxes; what does so at a rate of zero may count or not. `taxes` may
    say it tax by tax; then they are all there.
    """

    subtotal: Decimal
    tax: Decimal
    total: Decimal
    taxed: Decimal | None = None
    taxes: tuple[StatedTax, ...] = ()


def fit_totals(
    readings: Sequence[DocumentTotals], stated: StatedTotals, charges: Decimal = ZERO
) -> tuple[DocumentTotals, list[Problem]]:
    """That of the readings of the prices which the stated totals mean, with these; or what is wrong with them.

    They may differ by a cent an item, a tax by a cent for each item that bears it; by no more than what takes the
    difference comes to, so that cents of many items never eat up a tax.
    """
    wrong = _validate_sum(stated, charges)
    near = [reading for reading in readings if _is_near(reading, stated)]
    near.sort(key=lambda reading: _distance(reading, stated))
    fitted = [_fitted(reading, stated) for reading in near]
    sound = [one for one in fitted if _is_sound(one, stated)]
    if wrong or not sound:
        return readings[0], wrong or [_differing(readings[0])]
    return sound[0], []


def _validate_sum(stated: StatedTotals, charges: Decimal) -> list[Problem]:
    total = stated.subtotal + stated.tax + charges
    if stated.total == total:
        return []
    message = (
        f"before taxes {stated.subtotal}, taxes {stated.tax} and charges {charges} are {total}"
    )
    return [Problem("stated_sum", "stated.total", message, total)]


def _differing(ours: DocumentTotals) -> Problem:
    tax = _tax(ours)
    message = f"the items come to {ours.subtotal} before taxes and {tax} of taxes"
    return Problem("stated", "stated", message, f"{ours.subtotal} + {tax}")


def _is_near(ours: DocumentTotals, stated: StatedTotals) -> bool:
    allowed = CENT * len(ours.items)
    differences = [stated.subtotal - ours.subtotal, stated.tax - _tax(ours)]
    if stated.taxed is not None:
        bases = (item.base for item in ours.items if any(tax.value for tax in item.taxes))
        least = sum(bases, ZERO)
        differences.append(max(least - stated.taxed, ZERO))
        differences.append(max(stated.taxed - ours.subtotal, ZERO))
    if stated.taxes:
        said = {tax.tax: tax for tax in stated.taxes}
        for tax_id in said.keys() | _ids(ours.items):
            one = said.get(tax_id, StatedTax(tax=tax_id, base=ZERO, value=ZERO))
            most = CENT * len(_having(ours.items, tax_id))
            if abs(one.base - _base_of(ours.items, tax_id)) > most:
                return False
            if abs(one.value - _value_of(ours.items, tax_id)) > most:
                return False
    taxed = any(tax.value for item in ours.items for tax in item.taxes)
    return all(abs(one) <= allowed for one in differences) and (taxed or not stated.tax)


def _is_sound(fitted: DocumentTotals, stated: StatedTotals) -> bool:
    """Whether the differences found their places, and turned nothing round."""
    amounts = [
        one for item in fitted.items for one in (item.base, *(tax.value for tax in item.taxes))
    ]
    sums = [sum((item.base for item in fitted.items), ZERO), _tax(fitted)]
    return min(amounts, default=ZERO) >= 0 and sums == [stated.subtotal, stated.tax]


def _distance(ours: DocumentTotals, stated: StatedTotals) -> Decimal:
    return abs(stated.subtotal - ours.subtotal) + abs(stated.tax - _tax(ours))


def _ids(items: Iterable[ItemTotals]) -> set[int]:
    return {tax.tax for item in items for tax in item.taxes if tax.kind in ADDITIVE}


def _tax(totals: DocumentTotals) -> Decimal:
    return sum((_value_of(totals.items, tax_id) for tax_id in _ids(totals.items)), ZERO)


def _base_of(items: Iterable[ItemTotals], tax_id: int) -> Decimal:
    return sum((item.base for item in items if tax_id in _ids([item])), ZERO)


def _value_of(items: Iterable[ItemTotals], tax_id: int) -> Decimal:
    return sum((tax.value for item in items for tax in item.taxes if tax.tax == tax_id), ZERO)


def _fitted(ours: DocumentTotals, stated: StatedTotals) -> DocumentTotals:
    """Our totals with the stated ones: tax by tax where these are stated so, then what is left of the sums."""
    items = list(ours.items)
    for said in stated.taxes:
        _add_base(items, said.base - _base_of(items, said.tax), _having(items, said.tax))
        _add_tax(items, said.value - _value_of(items, said.tax), said.tax)
    known = {said.tax for said in stated.taxes}
    others = [place for place, item in enumerate(items) if not known & _ids([item])]
    left = stated.subtotal - sum((item.base for item in items), ZERO)
    _add_base(items, left, others or range(len(items)))
    taxes = {tax_id: _value_of(items, tax_id) for tax_id in _ids(items)}
    if taxes:
        largest = max(taxes, key=lambda tax_id: taxes[tax_id])
        _add_tax(items, stated.tax - sum(taxes.values(), ZERO), largest)
    added = sum((item.total for item in items), ZERO) - sum((i.total for i in ours.items), ZERO)
    return msgspec.structs.replace(
        ours, items=tuple(items), subtotal=stated.subtotal, total=ours.total + added
    )


def _having(items: Sequence[ItemTotals], tax_id: int) -> list[int]:
    """Where the items are that have a tax."""
    return [place for place, item in enumerate(items) if tax_id in _ids([item])]


def _add_base(items: list[ItemTotals], difference: Decimal, places: Sequence[int]) -> None:
    """Put a difference on the largest base among some items."""
    if not difference or not places:
        return
    place = max(places, key=lambda place: items[place].base)
    item = items[place]
    base = item.base + difference
    taxes = tuple(msgspec.structs.replace(tax, base=tax.base + difference) for tax in item.taxes)
    total = item.total + difference
    items[place] = msgspec.structs.replace(item, base=base, taxes=taxes, total=total)


def _add_tax(items: list[ItemTotals], difference: Decimal, tax_id: int) -> None:
    """Put a difference on the largest amount of a tax."""
    places = _having(items, tax_id)
    if not difference or not places:
        return
    place = max(places, key=lambda place: _value_of([items[place]], tax_id))
    item = items[place]
    taxes = tuple(
        msgspec.structs.replace(tax, value=tax.value + difference) if tax.tax == tax_id else tax
        for tax in item.taxes
    )
    items[place] = msgspec.structs.replace(item, taxes=taxes, total=item.total + difference)
