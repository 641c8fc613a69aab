"""Random legal lists of movements: written, they come back unchanged, and the books agree with themselves."""

import asyncio
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cuadra.dialects.siigo_pyme.fields import fields
from tests.books_check import find_contradictions
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.movements import (
    CASH,
    CENTRED,
    COST,
    CUSTOMER,
    IVA,
    PAYABLE,
    RECEIVABLE,
    SALES,
    STOCK,
    SUPPLIER,
    WITHHELD,
    Row,
    opened,
    sent,
)
from tests.dialects.siigo_pyme.values import CENTS, free_value, plain

FIRST_NUMBER = 2001  # beyond every number the demo company has
SKU = {"product_line": 999, "product_code": 2}
LETTERS = (("F", 3), ("P", 3), ("L", 1), ("R", 1), ("G", 1), ("L", 10))
# What means something to the ledger, or must agree with the rest of its voucher, is drawn apart.
APART = {
    "voucher_type", "voucher_code", "document_number", "accounting_account", "debit_or_credit",
    "sequence_value", "document_year", "document_month", "document_day", "sequence", "nit",
    "branch", "cost_center", "sub_cost_center", "canceled_voucher", "salesperson_code",
    "product_line", "product_group", "product_code", "quantity", "warehouse_code", "asset_group",
    "asset_code", "cross_voucher_type", "cross_document_number", "expiration_number",
    "cross_document_expiration_year", "cross_document_expiration_month",
    "cross_document_expiration_day", "supplier_document_number", "supplier_document_prefix",
    "withholding_base", "vat_withholding_base_for_marked_accounts",
}  # fmt: skip
EXTRAS = {
    name: free_value(field.model, field.documented_type)
    for name, field in fields().items()
    if name not in APART
}


@st.composite
def lines(draw: st.DrawFn) -> Row:
    """A row without voucher or side: an account with what it asks for, and anything else."""
    account = draw(
        st.sampled_from((CASH, SALES, RECEIVABLE, PAYABLE, STOCK, COST, WITHHELD, CENTRED, IVA))
    )
    one: Row = {"accounting_account": account, "sequence_value": draw(CENTS)}
    if account in (RECEIVABLE, PAYABLE, WITHHELD, IVA) or draw(st.booleans()):
        one |= {"nit": draw(st.sampled_from((CUSTOMER, SUPPLIER, 900123456)))}
        if one["nit"] == 900123456:
            one["branch"] = draw(st.sampled_from((0, 2)))
    if account == CENTRED or draw(st.booleans()):
        one |= draw(
            st.sampled_from(
                (
                    {"cost_center": 10, "sub_cost_center": 1},
                    {"cost_center": 13, "sub_cost_center": 2},
                )
            )
        )
    if account == STOCK or draw(st.integers(0, 5)) == 0:
        one |= SKU | {"quantity": plain(Decimal(draw(st.integers(1, 10**7))) / 100_000)}
        one["warehouse_code"] = draw(st.sampled_from((0, 1270, 371092)))
        one["sequence_value"] = draw(CENTS | st.just(0))
    if account in (WITHHELD, IVA):
        one["withholding_base"] = draw(CENTS)
    if account in (RECEIVABLE, PAYABLE):
        one |= draw(crosses())
    names = draw(st.lists(st.sampled_from(sorted(EXTRAS)), max_size=4, unique=True))
    return one | {name: draw(EXTRAS[name]) for name in names}


@st.composite
def crosses(draw: st.DrawFn) -> Row:
    """Nothing, so that the voucher's own due is meant, or a due of some document that need not exist."""
    if draw(st.booleans()):
        return {}
    return {
        "cross_voucher_type": draw(st.sampled_from(("F-003", "P-003", "F-777"))),
        "cross_document_number": draw(st.integers(1, 20)),
        "expiration_number": draw(st.integers(1, 3)),
        "cross_document_expiration_year": 2027,
        "cross_document_expiration_month": draw(st.integers(1, 12)),
        "cross_document_expiration_day": draw(st.integers(1, 28)),
    }


@st.composite
def vouchers(draw: st.DrawFn) -> list[Row]:
    """The rows of one voucher, balanced by cash."""
    letter, code = draw(st.sampled_from(LETTERS))
    rows = draw(st.lists(lines(), min_size=1, max_size=6))
    for one in rows:
        one["debit_or_credit"] = draw(st.sampled_from("DC"))
    total = sum(
        (-r["sequence_value"] if r["debit_or_credit"] == "C" else r["sequence_value"]) for r in rows
    )
    rows.append(
        {
            "accounting_account": CASH,
            "sequence_value": plain(Decimal(abs(total))),
            "debit_or_credit": "C" if total > 0 else "D",
        }
    )
    head = {
        "voucher_type": letter,
        "voucher_code": code,
        "document_year": 2026,
        "document_month": draw(st.integers(1, 12)),
        "document_day": draw(st.integers(1, 28)),
        "canceled_voucher": draw(st.sampled_from("NNNNS")),
    }
    return [head | {"sequence": place} | one for place, one in enumerate(rows, 1)]


def test_what_is_written_comes_back(demo_databases: DemoDatabases) -> None:
    """Through the handlers, on untouched books for every list."""

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(st.lists(vouchers(), min_size=1, max_size=5))
    def check(found: list[list[Row]]) -> None:
        url = demo_databases.take()
        try:
            asyncio.run(round_trip(url, found))
            assert find_contradictions(url) == {}
        finally:
            demo_databases.give_back(url, changed=True)

    check()


async def round_trip(url: str, drawn: list[list[Row]]) -> None:
    """Numbered 2001, 2002 and so on, each list goes in, comes back, and goes in again as it came."""
    rows = [
        one | {"document_number": number}
        for number, group in enumerate(drawn, FIRST_NUMBER)
        for one in group
    ]
    async with opened(url) as books:
        await books.written(rows)
        back = await read(books, rows)
        assert [sent(back[key(one)], one) for one in rows] == rows
        standing = [one for one in back.values() if one["canceled_voucher"] == "N"]
        await books.written(standing, modify_documents="S")
        assert await read(books, rows) == back


async def read(books: Any, rows: list[Row]) -> dict[Any, Row]:
    """What comes back of these rows, by document and sequence."""
    found = {key(one): one for one in await books.read(number_initial=FIRST_NUMBER)}
    assert found.keys() == {key(one) for one in rows}
    return {key(one): found[key(one)] for one in rows}


def key(one: Row) -> tuple[Any, ...]:
    """Document and sequence of a row."""
    names = ("voucher_type", "voucher_code", "document_number", "sequence")
    return tuple(one[name] for name in names)
