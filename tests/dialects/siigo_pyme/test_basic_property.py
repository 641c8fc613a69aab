"""Random legal invoices of the basic model: written, they come back unchanged, here and in other books."""

import asyncio
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cuadra.dialects.siigo_pyme.fields import fields
from tests.books_check import find_contradictions
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.movements import CUSTOMER, Books, Row, opened, sent
from tests.dialects.siigo_pyme.values import CENTS, free_value, plain

FIRST_NUMBER = 2001
# Whose place in the books is not the item, and what the tests draw apart.
FREE = (
    "city_code", "zone_code", "return_reason_code", "order_reference_prefix",
    "consecutive_of_order_reference", "location_code", "conversion_factor_quantity",
    "conversion_factor_operator", "conversion_factor_value", "comments_description",
    "long_description", "sequence_description",
)  # fmt: skip
EXTRAS = {
    name: free_value(fields("basic")[name].model, fields("basic")[name].documented_type)
    for name in FREE
} | {"conversion_factor_operator": st.sampled_from((1, "*"))}
QUANTITIES = st.integers(1, 10**9).map(lambda n: plain(Decimal(n) / 100_000))
IVA = {1: 19, 2: 19, 5: 19, 7: 0, 8: 0, 9: 5, 10: 0}  # of products, by their small ids


@st.composite
def items(draw: st.DrawFn) -> Row:
    """One row without its head."""
    product = draw(st.sampled_from(sorted(IVA)))
    value = draw(CENTS)
    one: Row = {"product_line": 999, "product_code": product, "sequence_value": value}
    one |= {
        "quantity": draw(QUANTITIES),
        "warehouse_code": draw(st.sampled_from((0, 1270, 371092))),
    }
    left = Decimal(value) - Decimal("0.01")
    for place in (1, 2, 3):
        if draw(st.booleans()) and left > 0:
            discount = Decimal(draw(st.integers(0, int(left * 100)))) / 100
            one[f"sequence_discount_{place}_value"] = plain(discount)
            left -= discount
    if draw(st.booleans()) and product != 10:  # which has no IVA, but another tax
        one["sequence_vat_percentage"] = draw(st.sampled_from((5, 19)))
    names = draw(st.lists(st.sampled_from(FREE), max_size=4, unique=True))
    return one | {name: draw(EXTRAS[name]) for name in names}


@st.composite
def invoices(draw: st.DrawFn) -> list[Row]:
    """The rows of one invoice F-3."""
    head: Row = {
        "voucher_type": "F",
        "voucher_code": 3,
        "document_year": 2026,
        "document_month": draw(st.integers(1, 12)),
        "document_day": draw(st.integers(1, 28)),
        "nit": CUSTOMER,
        "canceled_voucher": draw(st.sampled_from("NNNNS")),
    }
    if draw(st.booleans()):
        head |= {"nit": 900123456, "branch": draw(st.sampled_from((0, 2)))}
    if draw(st.booleans()):
        head["payment_method"] = draw(st.sampled_from((5636, 5638, 542)))
    if draw(st.booleans()):
        head["salesperson_code"] = draw(st.sampled_from((629, 62)))
    rows = draw(st.lists(items(), min_size=1, max_size=6))
    return [head | {"sequence": place} | one for place, one in enumerate(rows, 1)]


def test_what_is_written_comes_back(demo_databases: DemoDatabases) -> None:
    """Through the handlers, on untouched books for every list, and then in another company's."""

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(st.lists(invoices(), min_size=1, max_size=5))
    def check(found: list[list[Row]]) -> None:
        rows = [
            one | {"document_number": number}
            for number, group in enumerate(found, FIRST_NUMBER)
            for one in group
        ]
        back = in_new_books(demo_databases, rows)
        assert [sent(b, r) for b, r in zip(back, rows, strict=True)] == rows
        assert in_new_books(demo_databases, back) == back

    check()


def in_new_books(demo_databases: DemoDatabases, rows: list[Row]) -> list[Row]:
    """What comes back of rows from books that had nothing of them."""
    url = demo_databases.take()
    try:
        back = asyncio.run(round_trip(url, rows))
        assert find_contradictions(url) == {}
    finally:
        demo_databases.give_back(url, changed=True)
    return back


async def round_trip(url: str, rows: list[Row]) -> list[Row]:
    """What comes back; also when it is sent again, as the next version of what stands."""
    async with opened(url) as books:
        await books.written(rows, basic_invoice="S")
        back = await read(books)
        standing = [one for one in back if one["canceled_voucher"] == "N"]
        await books.written(standing, basic_invoice="S", modify_documents="S")
        assert await read(books) == back
        return back


async def read(books: Books) -> list[dict[str, Any]]:
    """The invoices in the basic model."""
    return await books.read(number_initial=FIRST_NUMBER, basic_model="S")
