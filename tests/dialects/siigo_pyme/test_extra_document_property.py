"""Random legal documents without accounting: written, they come back unchanged, and can be sent again."""

import asyncio
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cuadra.dialects.siigo_pyme.fields import fields
from tests.books_check import find_contradictions
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme import extra_documents
from tests.dialects.siigo_pyme.extra_documents import document, row
from tests.dialects.siigo_pyme.movements import CUSTOMER, SUPPLIER, Row, opened, sent
from tests.dialects.siigo_pyme.values import free_value, plain

# What is drawn apart, because it must exist or agree with the rest.
APART = {
    "document_type", "document_code", "document_number", "document_year", "document_month",
    "document_day", "sequence", "nit", "branch", "salesperson_code", "cost_center",
    "sub_cost_center", "canceled_voucher", "product_line", "product_group", "product_code",
    "warehouse_code", "quantity", "sequence_vat_percentage", "sequence_vat_value",
    "delivery_year", "delivery_month", "delivery_day",
}  # fmt: skip
DISCOUNTS = [f"sequence_discount_{place}_value" for place in (1, 2, 3)]
FREE = {
    name: free_value(field.model, field.documented_type)
    for name, field in fields("extra_document").items()
    if name not in APART
}
CHOSEN: dict[str, list[Row]] = {
    "warehouse": [{"warehouse_code": 1270}, {"warehouse_code": 371092}],
    "centre": [
        {"cost_center": 10, "sub_cost_center": 1},
        {"cost_center": 13, "sub_cost_center": 2},
    ],
    "seller": [{"salesperson_code": 629}],
    "iva": [{"sequence_vat_percentage": 19}, {"sequence_vat_percentage": 5}],
    "delivery": [{"delivery_year": 2027, "delivery_month": 2, "delivery_day": 28}],
}


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A row without its document: product, quantity and value, and anything else."""
    found = row() | {
        "quantity": draw(free_value("decimals:5", "number")),
        "sequence_value": draw(free_value("decimals:2", "number") | st.just(0)),
    }
    for choices in CHOSEN.values():
        found |= draw(st.sampled_from([{}, *choices]))
    names = draw(st.lists(st.sampled_from(sorted(FREE.keys() - found.keys())), max_size=5))
    found |= {name: draw(FREE[name]) for name in names}
    discounts = [found[name] for name in DISCOUNTS if name in found]
    found["sequence_value"] = plain(sum(discounts, Decimal(found["sequence_value"])))
    return found


@st.composite
def documents(draw: st.DrawFn) -> list[Row]:
    """The rows of one document, without its number."""
    letter = draw(st.sampled_from("ZYV"))
    head = {
        "document_type": letter,
        "document_month": draw(st.integers(1, 12)),
        "nit": draw(st.sampled_from((CUSTOMER, SUPPLIER))),
        "canceled_voucher": draw(st.sampled_from("NNNNS")),
    }
    return document(*[one | head for one in draw(st.lists(rows(), min_size=1, max_size=6))])


def test_what_is_written_comes_back(demo_databases: DemoDatabases) -> None:
    """Through the handlers, on untouched books for every list."""

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(st.lists(documents(), min_size=1, max_size=5))
    def check(found: list[list[Row]]) -> None:
        url = demo_databases.take()
        try:
            asyncio.run(round_trip(url, found))
            assert find_contradictions(url) == {}
        finally:
            demo_databases.give_back(url, changed=True)

    check()


async def round_trip(url: str, drawn: list[list[Row]]) -> None:
    """Numbered 1, 2 and so on, each list goes in, comes back, and goes in again as it came."""
    found = [one | {"document_number": n} for n, group in enumerate(drawn, 1) for one in group]
    async with opened(url) as books:
        await extra_documents.written(books, found)
        back = {key(one): one for one in await extra_documents.read(books)}
        assert [sent(back[key(one)], one) for one in found] == found
        standing = [one for one in back.values() if one["canceled_voucher"] == "N"]
        await extra_documents.written(books, standing, modify_documents="S")
        assert {key(one): one for one in await extra_documents.read(books)} == back


def key(one: Row) -> tuple[Any, ...]:
    """Document and sequence of a row."""
    return tuple(one[name] for name in ("document_type", "document_number", "sequence"))
