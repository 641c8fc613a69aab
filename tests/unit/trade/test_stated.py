"""Totals that a client states, over any items: cents give way, anything more is refused, nothing is lost."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cuadra.catalog.records import Tax, TaxKind
from cuadra.trade.stated import StatedTax, StatedTotals, fit_totals
from cuadra.trade.totals import DocumentTotals, PricedItem, compute_totals

CENT = Decimal("0.01")
RATES = {1: Decimal(21), 2: Decimal("10.5"), 3: Decimal(27), 4: Decimal(0)}
TAXES = {
    tax: Tax(id=tax, name=f"IVA {rate}", kind=TaxKind.IVA, percentage=rate, sales_account="2")
    for tax, rate in RATES.items()
}
items = st.lists(
    st.builds(
        lambda quantity, price, discount, tax: PricedItem(
            quantity=quantity,
            price=price,
            discount=discount,
            discount_is_percentage=True,
            taxes=(TAXES[tax],) if tax else (),
        ),
        st.decimals("0.001", "999", places=3),
        st.decimals("0.01", "99999", places=4),
        st.sampled_from([Decimal(0), Decimal(10), Decimal("33.33")]),
        st.sampled_from([0, 1, 2, 3, 4]),
    ),
    min_size=1,
    max_size=6,
)


def readings(priced: list[PricedItem]) -> list[DocumentTotals]:
    gross = [msgspec.structs.replace(item, taxed_price=item.price) for item in priced]
    return [compute_totals(priced), compute_totals(gross)]


def stated(totals: DocumentTotals, *, by_rate: bool = True) -> StatedTotals:
    """What a client says that adds up as we do."""
    taxes: dict[int, StatedTax] = {}
    for item in totals.items:
        for tax in item.taxes:
            known = taxes.get(tax.tax, StatedTax(tax=tax.tax, base=Decimal(0), value=Decimal(0)))
            base, value = known.base + tax.base, known.value + tax.value
            taxes[tax.tax] = StatedTax(tax=tax.tax, base=base, value=value)
    tax = sum((one.value for one in taxes.values()), Decimal(0))
    return StatedTotals(
        subtotal=totals.subtotal,
        tax=tax,
        total=totals.subtotal + tax,
        taxed=sum((one.base for one in taxes.values()), Decimal(0)),
        taxes=tuple(taxes.values()) if by_rate else (),
    )


def require_whole(fitted: DocumentTotals, said: StatedTotals) -> None:
    """What was fitted is what was said, to the cent, and hangs together."""
    taxes = [tax for item in fitted.items for tax in item.taxes]
    assert fitted.subtotal == said.subtotal == sum(item.base for item in fitted.items)
    assert sum((tax.value for tax in taxes), Decimal(0)) == said.tax
    assert fitted.total == said.subtotal + said.tax == sum(item.total for item in fitted.items)
    for item in fitted.items:
        assert item.total == item.base + sum((tax.value for tax in item.taxes), Decimal(0))
        assert all(tax.base == item.base for tax in item.taxes)


@given(items, st.booleans(), st.booleans())
def test_a_client_that_adds_up_as_we_do_is_believed(
    priced: list[PricedItem], gross: bool, by_rate: bool
) -> None:
    both = readings(priced)
    said = stated(both[gross], by_rate=by_rate)
    fitted, problems = fit_totals(both, said)
    assert problems == []
    require_whole(fitted, said)


@given(items, st.data())
def test_cents_of_the_client_hold(priced: list[PricedItem], data: st.DataObject) -> None:
    both = readings(priced)
    ours = stated(both[0], by_rate=False)
    most = len(priced)
    off, taxed_off = (data.draw(st.integers(-most, most)) * CENT for _ in range(2))
    if not ours.tax:
        taxed_off = Decimal(0)
    said = StatedTotals(
        subtotal=ours.subtotal + off,
        tax=ours.tax + taxed_off,
        total=ours.total + off + taxed_off,
        taxed=ours.taxed,
    )
    fitted, problems = fit_totals(both[:1], said)
    if problems:  # the cents are all there is
        largest = max(item.base for item in both[0].items)
        assert largest < most * CENT or ours.tax < 4 * most * most * CENT
        return
    require_whole(fitted, said)
    assert all(item.base >= 0 and tax.value >= 0 for item in fitted.items for tax in item.taxes)


@given(items, st.sampled_from([1, -1]), st.booleans())
def test_more_than_a_cent_an_item_is_refused(
    priced: list[PricedItem], side: int, in_taxes: bool
) -> None:
    both = readings(priced)[:1]
    ours = stated(both[0])
    off = side * CENT * (len(priced) + 1)
    change = {"tax": ours.tax + off} if in_taxes else {"subtotal": ours.subtotal + off}
    said = msgspec.structs.replace(ours, total=ours.total + off, **change)
    _, problems = fit_totals(both, said)
    assert [problem.code for problem in problems] == ["stated"]


@given(items, st.decimals("0.01", "10", places=2))
def test_the_total_is_the_sum_with_charges(priced: list[PricedItem], charge: Decimal) -> None:
    both = readings(priced)
    said = stated(both[0])
    _, problems = fit_totals(both, said, charge)
    assert [(one.code, one.value) for one in problems] == [("stated_sum", said.total + charge)]
    said = msgspec.structs.replace(said, total=said.total + charge)
    assert fit_totals(both, said, charge)[1] == []


def test_a_rate_that_no_item_has_is_refused() -> None:
    both = readings([PricedItem(quantity=Decimal(1), price=Decimal(100), taxes=(TAXES[1],))])
    said = StatedTotals(
        subtotal=Decimal(100),
        tax=Decimal(21),
        total=Decimal(121),
        taxes=(StatedTax(tax=3, base=Decimal(100), value=Decimal(21)),),
    )
    assert [one.code for one in fit_totals(both, said)[1]] == ["stated"]


def test_cents_of_many_items_are_no_way_around_a_tax() -> None:
    """Half a thousand items of a few cents would be allowed to differ by all their IVA."""
    many = [PricedItem(quantity=Decimal(1), price=Decimal("0.05"), taxes=(TAXES[1],))] * 500
    one = PricedItem(quantity=Decimal(1), price=Decimal(100), taxes=(TAXES[2],))
    said = StatedTotals(subtotal=Decimal(25), tax=Decimal(0), total=Decimal(25))
    assert [one.code for one in fit_totals(readings(many), said)[1]] == ["stated"]
    said = StatedTotals(
        subtotal=Decimal(125),
        tax=Decimal("14.00"),
        total=Decimal(139),
        taxes=(
            StatedTax(tax=1, base=Decimal(25), value=Decimal(5)),
            StatedTax(tax=2, base=Decimal(100), value=Decimal(9)),  # of 10.50, on one item
        ),
    )
    assert [one.code for one in fit_totals(readings([*many, one]), said)[1]] == ["stated"]


def test_iva_without_anything_taxed_is_refused() -> None:
    both = readings([PricedItem(quantity=Decimal(1), price=Decimal(100))])
    said = StatedTotals(subtotal=Decimal(100), tax=CENT, total=Decimal("100.01"))
    assert [one.code for one in fit_totals(both, said)[1]] == ["stated"]


def test_prices_with_iva_are_told_by_the_sums() -> None:
    """The vendor's two kinds of clients: 121 is what a customer pays, or what IVA is added to."""
    both = readings([PricedItem(quantity=Decimal(1), price=Decimal(121), taxes=(TAXES[1],))])
    for net, tax in (("100.00", "21.00"), ("121.00", "25.41")):
        subtotal, iva = Decimal(net), Decimal(tax)
        said = StatedTotals(subtotal=subtotal, tax=iva, total=subtotal + iva)
        fitted, problems = fit_totals(both, said)
        assert (problems, fitted.subtotal) == ([], subtotal)


def test_the_difference_goes_to_the_largest_item_of_its_rate() -> None:
    priced = [
        PricedItem(quantity=Decimal(1), price=Decimal(price), taxes=(TAXES[tax],))
        for price, tax in (("10", 1), ("20", 1), ("500", 2))
    ]
    both = readings(priced)[:1]
    said = StatedTotals(
        subtotal=Decimal("529.99"),
        tax=Decimal("58.79"),
        total=Decimal("588.78"),
        taxes=(
            StatedTax(tax=1, base=Decimal("29.99"), value=Decimal("6.30")),
            StatedTax(tax=2, base=Decimal(500), value=Decimal("52.49")),
        ),
    )
    fitted, problems = fit_totals(both, said)
    assert problems == []
    assert [item.base for item in fitted.items] == [Decimal(10), Decimal("19.99"), Decimal(500)]
    assert [item.taxes[0].value for item in fitted.items] == [
        (one * CENT).quantize(CENT, ROUND_HALF_UP) for one in (210, 420, 5249)
    ]
