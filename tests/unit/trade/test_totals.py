"""What documents add up to: the check values of the vendor's documents and of production clients."""

from decimal import Decimal

import msgspec
import pytest

from cuadra.catalog.records import Tax, TaxKind
from cuadra.trade.totals import (
    ADDITIVE,
    DocumentTotals,
    PricedItem,
    Reduction,
    Rounding,
    compute_local,
    compute_totals,
)


def tax(kind: TaxKind, percentage: str, id: int = 0) -> Tax:  # noqa: A002 - the member's name
    return Tax(
        id=id or int(Decimal(percentage) * 100),
        name=f"{kind} {percentage}",
        kind=kind,
        percentage=Decimal(percentage),
        sales_account="24080501",
    )


IVA_19, IVA_5 = tax(TaxKind.IVA, "19"), tax(TaxKind.IVA, "5")
RETEFUENTE_4 = tax(TaxKind.RETEFUENTE, "4")
RETEIVA_15 = tax(TaxKind.RETEIVA, "15")
RETEICA_866, RETEICA_966 = tax(TaxKind.RETEICA, "8.66"), tax(TaxKind.RETEICA, "9.66")
SELF_055 = tax(TaxKind.AUTORRETENCION, "0.55")
CONSUMPTION_8 = tax(TaxKind.IMPOCONSUMO, "8")


def item(
    price: str = "0",
    *taxes: Tax,
    quantity: str = "1",
    discount: str = "0",
    percentage: bool = False,
    taxed_price: str | None = None,
    gross: str | None = None,
) -> PricedItem:
    return PricedItem(
        quantity=Decimal(quantity),
        price=Decimal(price),
        taxed_price=None if taxed_price is None else Decimal(taxed_price),
        gross=None if gross is None else Decimal(gross),
        discount=Decimal(discount),
        discount_is_percentage=percentage,
        taxes=taxes,
    )


def amounts(totals: DocumentTotals) -> tuple[list[str], list[list[str]], list[str], str]:
    """Bases, taxes by item, retentions and total, as written."""
    return (
        [str(one.base) for one in totals.items],
        [[str(tax.value) for tax in one.taxes] for one in totals.items],
        [str(retention.value) for retention in totals.retentions],
        str(totals.total),
    )


def test_the_example_of_the_vendor() -> None:
    totals = compute_totals([item("100.00", IVA_19, quantity="10", discount="50.00")])
    assert amounts(totals) == (["950.00"], [["180.50"]], [], "1130.50")


def test_one_line_at_nineteen() -> None:
    totals = compute_totals([item("4252044", IVA_19)])
    assert amounts(totals) == (["4252044.00"], [["807888.36"]], [], "5059932.36")


THREE_LINES = [item("40089.47", IVA_19), item("2521.05", IVA_19), item("193.48")]


def test_taxes_are_rounded_by_line() -> None:
    assert str(compute_totals(THREE_LINES).total) == "50900.00"


def test_reteica_is_per_mille_of_all_bases() -> None:
    totals = compute_totals(THREE_LINES, [RETEICA_866])
    assert str(totals.subtotal) == "42804.00"
    assert amounts(totals)[2:] == (["370.68"], "50529.32")


def test_the_total_is_net_of_withholdings() -> None:
    sale = [item("1612500", IVA_19, RETEFUENTE_4)]
    totals = compute_totals(sale, [RETEIVA_15, RETEICA_966])
    assert amounts(totals) == (
        ["1612500.00"],
        [["306375.00", "64500.00"]],
        ["45956.25", "15576.75"],
        "1792842.00",
    )
    assert str(totals.items[0].total) == "1918875.00"  # withholdings are no part of the line
    assert [str(r.base) for r in totals.retentions] == ["306375.00", "1612500.00"]


def test_self_withholding_leaves_the_total_alone() -> None:
    totals = compute_totals([item("1000", IVA_19)], [SELF_055])
    assert amounts(totals)[2:] == (["5.50"], "1190.00")


@pytest.mark.parametrize(("limit", "applied"), [("999.99", 1), ("1000", 0)])
def test_self_withholding_has_a_limit(limit: str, applied: int) -> None:
    totals = compute_totals([item("1000")], [SELF_055], self_withholding_limit=Decimal(limit))
    assert len(totals.retentions) == applied


@pytest.mark.parametrize(
    ("taxed", "base", "iva", "price"),
    [
        ("119", "100.00", "19.00", "100.000000"),
        ("10000", "8403.36", "1596.64", "8403.361345"),
        ("1000", "840.34", "159.66", "840.336134"),
    ],
)
def test_a_price_with_its_tax_included(taxed: str, base: str, iva: str, price: str) -> None:
    totals = compute_totals([item("0", IVA_19, taxed_price=taxed)])
    assert amounts(totals) == ([base], [[iva]], [], f"{Decimal(taxed):.2f}")
    assert str(totals.items[0].price) == price


@pytest.mark.parametrize(
    ("taxed", "base", "iva", "consumption"), [("1270", "1000.00", "190.00", "80.00"), ("1000", "787.40", "149.61", "62.99")]
)  # fmt: skip
def test_a_price_with_all_its_taxes_included(
    taxed: str, base: str, iva: str, consumption: str
) -> None:
    sold = item("0", IVA_19, CONSUMPTION_8, RETEFUENTE_4, taxed_price=taxed)
    totals = compute_totals([msgspec.structs.replace(sold, included=ADDITIVE)])
    assert str(totals.subtotal) == base
    assert [str(tax.value) for tax in totals.items[0].taxes[:2]] == [iva, consumption]
    assert str(totals.items[0].total) == f"{taxed}.00"


@pytest.mark.parametrize(
    ("gross", "quantity", "discount", "base", "price"),
    [
        ("100000", "3", "0", "100000.00", "33333.333333"),
        ("0.01", "7", "0", "0.01", "0.001429"),
        ("100.01", "0.00001", "0.01", "100.00", "10001000.000000"),
    ],
)
def test_what_a_whole_item_is_worth(
    gross: str, quantity: str, discount: str, base: str, price: str
) -> None:
    """To the cent, whatever one of it costs."""
    totals = compute_totals([item("0", gross=gross, quantity=quantity, discount=discount)])
    assert (str(totals.items[0].base), str(totals.items[0].price)) == (base, price)


def test_no_tax_is_implied() -> None:
    assert amounts(compute_totals([item("1000")])) == (["1000.00"], [[]], [], "1000.00")


def test_six_decimals_by_the_documented_formula() -> None:
    for price in ("14285.714286", "14285.71"):
        assert str(compute_totals([item(price, IVA_19)]).total) == "16999.99"


@pytest.mark.parametrize(
    ("price", "total"), [("14285.714286", "17000.00"), ("14285.71", "16999.99")]
)
def test_six_decimals_unrounded(price: str, total: str) -> None:
    totals = compute_totals([item(price, IVA_19)], rounding=Rounding.UNROUNDED_BASE)
    assert str(totals.total) == total
    line = totals.items[0]
    assert line.base + line.taxes[0].value == line.total  # so that it can be posted


@pytest.mark.parametrize(
    ("discount", "percentage", "value", "base"),
    [
        ("13", True, "278.14", "1861.40"),
        ("100", True, "2139.54", "0.00"),
        ("0", True, "0.00", "2139.54"),
        ("130", False, "130", "2009.54"),
    ],
)
def test_discounts(discount: str, percentage: bool, value: str, base: str) -> None:
    one = item("1069.77", quantity="2", discount=discount, percentage=percentage)
    line = compute_totals([one]).items[0]
    assert (str(line.discount_value), str(line.base)) == (value, base)


def test_a_value_discount_is_shown_as_percentage_too() -> None:
    line = compute_totals([item("100", quantity="10", discount="50")]).items[0]
    assert (str(line.discount_percentage), str(line.discount_value)) == ("5.00", "50")


def test_whole_pesos() -> None:
    totals = compute_totals([item("1069.77", IVA_19), item("0.5", IVA_5)], [RETEICA_966], decimals=False)  # fmt: skip
    assert amounts(totals) == (["1070", "1"], [["203"], ["0"]], ["10"], "1264")


def test_several_additive_taxes() -> None:
    totals = compute_totals([item("1000", IVA_19, CONSUMPTION_8)])
    assert amounts(totals) == (["1000.00"], [["190.00", "80.00"]], [], "1270.00")


@pytest.mark.parametrize(
    ("price", "iva"), [("0.50", "0.10"), ("2.5", "0.48"), ("1.0263157", "0.20"), ("0.03", "0.01")]
)
def test_halves_go_up(price: str, iva: str) -> None:
    assert amounts(compute_totals([item(price, IVA_19)]))[1] == [[iva]]


def test_amounts_beyond_the_usual_precision() -> None:
    totals = compute_totals([item("99999999999.999999", quantity="99999999999.99")])
    assert str(totals.total) == "9999999999998999900000.00"


@pytest.mark.parametrize(
    ("amount", "rate", "local"),
    [
        ("1273.03", "3825.03", "4869377.94"),
        ("10", None, "10.00"),
        ("0.01", "0.1", "0.00"),
        ("0.05", "0.1", "0.01"),
    ],
)
def test_local_amounts(amount: str, rate: str | None, local: str) -> None:
    assert str(compute_local(Decimal(amount), None if rate is None else Decimal(rate))) == local


def gift(*taxes: Tax, borne: bool = False) -> PricedItem:
    return PricedItem(quantity=Decimal(2), taxes=taxes, tax_base=Decimal(1000), taxes_borne=borne)


@pytest.mark.parametrize(("borne", "total"), [(False, "380.00"), (True, "0")])
def test_a_gift_costs_its_taxes_unless_the_company_bears_them(borne: bool, total: str) -> None:
    totals = compute_totals([gift(IVA_19, borne=borne)])
    assert (totals.subtotal, totals.total) == (0, Decimal(total))
    assert [(tax.base, tax.value) for tax in totals.items[0].taxes] == [(2000, 380)]


def test_iva_that_the_company_bears_is_not_withheld_from() -> None:
    totals = compute_totals([item("1000", IVA_19), gift(IVA_19, borne=True)], [RETEIVA_15])
    assert totals.retentions[0].base == 190
    assert totals.total == Decimal("1161.50")


def test_reductions_leave_taxes_and_withholdings_as_they_are() -> None:
    reductions = [Reduction(percentage=Decimal("33.33")), Reduction(value=Decimal("0.5"))]
    totals = compute_totals([item("1000", IVA_19)], [RETEICA_866], reductions=reductions)
    assert totals.reductions == (Decimal("333.30"), Decimal("0.50"))
    assert totals.total == Decimal(1190) - Decimal("8.66") - Decimal("333.80")


def test_reductions_of_whole_pesos() -> None:
    totals = compute_totals(
        [item("1001")], reductions=[Reduction(percentage=Decimal("0.05"))], decimals=False
    )
    assert totals.reductions == (Decimal(1),)
