"""Movements through the handlers on a real database: what is written comes back, and bad rows are told."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from cuadra.catalog.records import ThirdParty
from cuadra.dialects.siigo_pyme.job import Refused
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.trade.books import Origin
from cuadra.trade.catalog_changes import SaveThirdParty
from cuadra.trade.periods import ChangeLock
from cuadra.trade.recording import Submission
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.movements import (
    CASH,
    CENTRED,
    COST,
    CUSTOMER,
    PAYABLE,
    RECEIVABLE,
    SALES,
    STOCK,
    SUPPLIER,
    WITHHELD,
    Books,
    codes,
    opened,
    row,
    sent,
    voucher,
)

SKU = {"product_line": 999, "product_group": 0, "product_code": 2, "warehouse_code": 1270}


@pytest.fixture
async def books(demo_databases: DemoDatabases) -> AsyncIterator[Books]:
    url = demo_databases.take()
    async with opened(url) as books:
        yield books
    demo_databases.give_back(url, changed=True)


def sale(number: int | None, amount: Any = 1000, **members: Any) -> list[dict[str, Any]]:
    """An invoice F-3, numbered by hand, that is owed."""
    rows = voucher(
        row(RECEIVABLE, amount, nit=CUSTOMER),
        row(SALES, -amount, nit=CUSTOMER),
        voucher_type="F", voucher_code=3,
    )  # fmt: skip
    return [one | {"document_number": number} | members for one in rows]


def receipt(cross: str, number: int, amount: Any, **members: Any) -> list[dict[str, Any]]:
    """A receipt R-1 that pays another voucher."""
    paid = {"cross_voucher_type": cross, "cross_document_number": number, "expiration_number": 1}
    rows = voucher(
        row(CASH, amount), row(RECEIVABLE, -amount, nit=CUSTOMER, **paid), voucher_type="R"
    )
    return [one | members for one in rows]


async def test_a_sale_comes_back(books: Books) -> None:
    rows = sale(5)
    report = await books.written(rows)
    assert report.written == 1
    back = await books.read(voucher_type="F")
    assert [sent(one, rows[0]) for one in back] == rows
    assert len(back[0]) == 132
    owed = back[0]
    assert (owed["cross_voucher_type"], owed["cross_document_number"]) == ("F-003", 5)
    assert (owed["expiration_number"], owed["cross_document_expiration_day"]) == (1, 20)
    assert (owed["product_code"], owed["lot"], owed["canceled_voucher"]) == (None, "", "N")


async def test_a_blank_number_takes_the_next(books: Books) -> None:
    one = voucher(row(CASH, 10), row(SALES, -10))
    report = await books.written([*one, *one, *sale(1)])
    assert report.written == 3
    numbers = [found["document_number"] for found in await books.read(voucher_type="L")]
    first = numbers[0]
    assert numbers[-4:] == [numbers[-4], numbers[-4], numbers[-4] + 1, numbers[-4] + 1], first


async def test_a_blank_number_in_a_series_numbered_by_hand(books: Books) -> None:
    report = await books.export(sale(None))
    assert codes(report) == [(1, "document_number", "required")]


async def test_the_own_due_of_a_voucher_without_a_number(books: Books) -> None:
    """It has the number the voucher is given, in as many lines as speak of it."""
    rows = voucher(
        row(RECEIVABLE, 600, nit=CUSTOMER), row(RECEIVABLE, 400, nit=CUSTOMER), row(SALES, -1000),
        voucher_type="F", voucher_code=1,
    )  # fmt: skip
    await books.written(rows)
    back = await books.read(voucher_type="F")
    assert {(one["document_number"], one["cross_document_number"]) for one in back[:2]} == {
        (701, 701)
    }
    await books.written(receipt("F-001", 701, 1000))


async def test_a_receipt_pays_an_invoice_of_the_same_export(books: Books) -> None:
    report = await books.written([*sale(5), *receipt("F-003", 5, 400)])
    assert report.warnings == [] or {w.code for w in report.warnings} == {"required"}
    (paid,) = [one for one in await books.read(voucher_type="R") if one["nit"]]
    assert (paid["cross_voucher_type"], paid["cross_document_number"]) == ("F-003", 5)


async def test_paying_what_nobody_owes_is_let_pass_and_told(books: Books) -> None:
    report = await books.written(receipt("F-025", 9, 400))
    assert ("cross_document_number", "due_balance") in {(w.field, w.code) for w in report.warnings}
    report = await books.written([*sale(5), *receipt("F-003", 5, 1500)])
    assert ("cross_document_number", "due_balance") in {(w.field, w.code) for w in report.warnings}


async def test_goods_move(books: Books) -> None:
    rows = voucher(
        row(COST, 40000), row(STOCK, -40000, quantity=5, location_code=7, **SKU),
        voucher_type="L",
    )  # fmt: skip
    await books.written(rows)
    back = await books.read()
    assert sent(back[-1], rows[1]) == rows[1] | {"product_group": None}
    assert await books.read(product_final=998_000_000_000) == []


async def test_taxes_centres_and_what_only_the_vendor_knows(books: Books) -> None:
    rows = voucher(
        row(CENTRED, "1000.50", cost_center=13, sub_cost_center=2, sequence_description="Aseo"),
        row(
            WITHHELD, "-25.50", nit=SUPPLIER, withholding_base=Decimal("1000.5"),
            comments_description="Según factura", release_number2="77", gross_weight=Decimal("1.5"),
        ),
        row(PAYABLE, -975, nit=SUPPLIER, supplier_document_number=5, supplier_document_prefix="A",
            cross_document_expiration_year=2026, cross_document_expiration_month=12,
            cross_document_expiration_day=31),
        voucher_type="P", voucher_code=3, document_number=8,
    )  # fmt: skip
    await books.written(rows)
    back = await books.read(voucher_type="P")
    assert [sent(b, r) for b, r in zip(back, rows, strict=True)] == rows
    again = await books.export([one | {"document_number": 9} for one in rows])
    assert codes(again) == [(1, "supplier_document_number", "repeated")]


async def test_a_canceled_voucher(books: Books) -> None:
    rows = [one | {"canceled_voucher": "S"} for one in sale(5)]
    await books.written(rows)
    back = await books.read(voucher_type="F")
    assert [sent(one, rows[0]) for one in back] == rows
    assert codes(await books.export(sale(5))) == [(1, "document_number", "repeated_number")]
    refused = await books.export(sale(5), modify_documents="S")
    assert codes(refused) == [(1, "document_number", "not_found")]


async def test_an_existing_document(books: Books) -> None:
    """N refuses it; S replaces all of it, and its due goes on with what others paid."""
    await books.written([*sale(5), *receipt("F-003", 5, 400)])
    assert codes(await books.export(sale(5, 800))) == [(1, "document_number", "repeated_number")]
    await books.written(sale(5, 800), modify_documents="S")
    back = await books.read(voucher_type="F")
    assert [one["sequence_value"] for one in back] == [800, 800]
    report = await books.written(receipt("F-003", 5, 400))
    assert "due_balance" not in {w.code for w in report.warnings}
    await books.written([one | {"canceled_voucher": "S"} for one in sale(6)], modify_documents="S")


async def test_good_vouchers_are_written_and_bad_ones_told(books: Books) -> None:
    bad = [
        (row(1999999999, 10), "accounting_account", "unknown"),
        (row(1105, 10), "accounting_account", "account_level"),
        (row(RECEIVABLE, 10), "nit", "required"),
        (row(RECEIVABLE, 10, nit=404), "nit", "unknown"),
        (row(CENTRED, 10), "cost_center", "required"),
        (row(CASH, 10, cost_center=999), "cost_center", "unknown"),
        (row(CASH, 10, document_month=2, document_day=30), "document_day", "date"),
        (row(CASH, 10, document_month=13), "document_day", "date"),
        (row(CASH, 10) | {"sequence_value": "10"}, "sequence_value", "type"),
        (row(CASH, 11), "sequence_value", "balance"),
        (row(CASH, 10, voucher_code=77), "voucher_code", "unknown"),
        (row(CASH, 10, voucher_code=1000), "voucher_code", "value"),
        (row(CASH, 10, salesperson_code=700), "salesperson_code", "unknown"),
        (row(CASH, 10, warehouse_code=5), "warehouse_code", "unknown"),
        (row(CASH, 10, product_line=1, product_group=1, product_code=1), "product_code", "unknown"),
        (row(CASH, 10, product_line=1), "product_code", "required"),
        (row(CASH, 10, asset_group=1, asset_code=1), "asset_code", "unknown"),
        (row(CASH, 10, cuenta=1), "cuenta", "unknown_field"),
        (row(RECEIVABLE, 10, nit=CUSTOMER, cross_document_number=5), "cross_voucher_type", "required"),
        (row(RECEIVABLE, 10, nit=CUSTOMER, cross_voucher_type="F-003"), "cross_document_number", "required"),
        (row(RECEIVABLE, 10, nit=CUSTOMER, cross_voucher_type=25), "cross_voucher_type", "value"),
    ]  # fmt: skip
    good = voucher(row(CASH, 10), row(SALES, -10))
    rows, expected = list(good), []
    for one, field, code in bad:
        expected.append((len(rows) + 1, field, code))
        kept = {name: one[name] for name in one if name.startswith(("document_", "voucher_"))}
        rows += [{"sequence": 1} | one, {"sequence": 2} | row(SALES, -10) | kept]
        rows += good
    report = await books.export(rows)
    assert report.written == len(bad) + 1
    told = codes(report)
    assert [one for one in expected if one not in told] == []
    assert {place for place, _, _ in told} - {place for place, _, _ in expected} <= {
        place + 1 for place, _, _ in expected
    }


async def test_what_is_wrong_is_told_at_once(books: Books) -> None:
    """What the books have against the other rows, and the voucher, is told beside a wrong row."""
    lock = Submission(
        draft=ChangeLock(period=202610, lock="hard", reason="cierre"), origin=Origin("tests", "t")
    )
    await books.groups.record(books.company, lock)
    rows = voucher(
        row(CASH, 10, debit_or_credit="X"),
        row(RECEIVABLE, 10, nit=404, cross_voucher_type="F-003", cross_document_number=3),
        row(SALES, -20),
        document_month=10,
    )
    assert sorted(codes(await books.export(rows))) == [
        (1, "debit_or_credit", "value"), (2, "document_day", "locked"), (2, "nit", "unknown"),
    ]  # fmt: skip


async def test_vouchers_wrong_as_a_whole(books: Books) -> None:
    long = voucher(*[row(CASH, 1) for _ in range(250)], row(SALES, -250), document_number=901)
    assert codes(await books.export(long)) == [(251, "sequence", "value")] or (
        1, "sequence", "too_many",
    ) in codes(await books.export(long))  # fmt: skip
    twice = voucher(row(CASH, 10), row(SALES, -10), document_number=902, sequence=1)
    assert codes(await books.export(twice)) == [(2, "sequence", "repeated")]
    days = voucher(row(CASH, 10), row(SALES, -10, document_day=19), document_number=903)
    assert codes(await books.export(days)) == [(2, "document_day", "date")]
    flags = voucher(row(CASH, 10, canceled_voucher="S"), row(SALES, -10), document_number=904)
    assert codes(await books.export(flags)) == [(2, "canceled_voucher", "value")]
    one, other = (voucher(row(CASH, 10), row(SALES, -10), document_number=n) for n in (905, 906))
    apart = await books.export([*one, *other, *one])
    assert (apart.written, codes(apart)) == (2, [(5, "document_number", "apart")])
    assert codes(await books.export([5, row(CASH, 5)]))[0] == (1, "list", "type")  # type: ignore[list-item]


async def test_two_identical_exports_at_once(books: Books) -> None:
    """Every numbered voucher is written once, whichever of the two writes it."""
    rows = [one for number in range(50, 90) for one in sale(number)]
    reports = await asyncio.gather(books.export(rows), books.export(rows))
    assert sum(report.written for report in reports) == 40
    refused = [error.code for report in reports for error in report.errors]
    assert refused == ["repeated_number"] * 40
    assert len(await books.read(voucher_type="F")) == 80


async def test_reasons_speak_of_what_was_sent(books: Books) -> None:
    """Never of our own ids."""
    retired = {"voucher_type": "F", "voucher_code": 8}
    closed = row(CENTRED, 5, cost_center=99, sub_cost_center=1)
    report = await books.export(
        [
            *voucher(row(CASH, 5), row(SALES, -5), **retired),
            *voucher(closed, row(CASH, -5)),
            *voucher(row(CASH, 5, nit=CUSTOMER, branch=7), row(SALES, -5)),
            *voucher(row(CASH, 5), row(SALES, -5), voucher_code=1000),
        ]
    )
    assert [error.message for error in report.errors] == [
        "CÓDIGO COMPROBANTE: el comprobante está inactivo",
        "CENTRO DE COSTO: el centro de costo está inactivo",
        f"NIT: el tercero {CUSTOMER} sucursal 7 no existe",
        "CÓDIGO COMPROBANTE: debe estar entre 1 y 999",
        "CÓDIGO COMPROBANTE: debe estar entre 1 y 999",
    ]


async def test_years_nobody_can_ask_for(books: Books) -> None:
    owed = row(RECEIVABLE, 5, nit=CUSTOMER) | {
        "cross_document_expiration_year": 26,
        "cross_document_expiration_month": 12,
        "cross_document_expiration_day": 1,
    }
    report = await books.export(
        [
            *voucher(row(CASH, 5), row(SALES, -5), document_year=26),
            *voucher(owed, row(SALES, -5)),
        ]
    )
    assert codes(report) == [
        (1, "document_year", "value"),
        (2, "document_year", "value"),
        (3, "cross_document_expiration_year", "value"),
    ]


async def test_less_than_others_have_paid(books: Books) -> None:
    """A voucher may be replaced by one that is owed less; what was paid stays, and is told."""
    sold = voucher(
        row(RECEIVABLE, 100, nit=CUSTOMER), row(SALES, -100), voucher_type="F", voucher_code=3
    )
    sold = [one | {"document_number": 9} for one in sold]
    await books.written([*sold, *receipt("F-003", 9, 60)])
    rows = [one | {"sequence_value": 40} for one in sold]
    report = await books.written(rows, modify_documents="S")
    assert [one.message for one in report.warnings if one.code == "due_balance"] == [
        "NÚMERO DE DOCUMENTO CRUCE: el cruce FV-3-9 queda con saldo contrario"
    ]
    rows = [one | {"sequence_value": 60} for one in sold]
    report = await books.written(rows, modify_documents="S")
    assert not [one for one in report.warnings if one.code == "due_balance"]


async def test_a_canceled_receipt_pays_nothing(books: Books) -> None:
    cross = {"cross_voucher_type": "F-003", "cross_document_number": 9, "expiration_number": 1}
    rows = voucher(row(CASH, 5), row(RECEIVABLE, -5, nit=CUSTOMER, **cross), voucher_type="R")
    report = await books.written([one | {"canceled_voucher": "S"} for one in rows])
    assert [one.code for one in report.warnings] == []


async def test_a_locked_period(books: Books) -> None:
    origin = Origin("tests", "tests")
    lock = Submission(draft=ChangeLock(period=202610, lock="hard", reason="cierre"), origin=origin)
    await books.groups.record(books.company, lock)
    report = await books.export(sale(5, document_month=10))
    assert codes(report) == [(1, "document_day", "locked")]
    assert report.errors[0].message.endswith("el periodo 2026-10 está cerrado")


async def test_identifications_that_are_no_numbers(books: Books) -> None:
    """They have a number of their own, by which they are written and read."""
    party = ThirdParty(identification="AB-123", name=("Mary", "Smith"), id_type="41")
    draft = SaveThirdParty(party=party)
    await books.groups.record(books.company, Submission(draft=draft, origin=Origin("t", "t")))

    number = 999_000_000_000 + 18
    await books.written([one | {"nit": number} for one in sale(5)])
    assert {one["nit"] for one in await books.read(voucher_type="F")} == {number}


async def test_the_strict_profile(books: Books) -> None:
    books.settings = PymeSettings(profile="strict")
    rows = sale(5, document_number=5)
    assert {field for _, field, code in codes(await books.export(rows)) if code == "required"} == {
        "cross_voucher_type", "cross_document_number", "expiration_number",
    }  # fmt: skip
    cross = {"cross_voucher_type": "F-003", "cross_document_number": 5, "expiration_number": 1}
    rows[0] |= cross
    report = await books.written(rows)  # the account of sales has no third parties
    assert [(w.field, w.code) for w in report.warnings] == [] or report.warnings[0].field == "nit"
    for members, field, code in (
        ({"document_year": 2025}, "document_year", "year"),
        ({"order_document_type": "Pedido"}, "order_document_type", "value"),
        ({"city_code": 11001}, "city_code", "value"),
        ({"document_update_date": "2025-03-10"}, "document_update_date", "value"),
        ({"taxable_or_exempt_sequence": "S"}, "taxable_or_exempt_sequence", "not_allowed"),
        ({"sequence_vat_value": 19}, "sequence_vat_value", "not_allowed"),
        ({"withholding_base": 19}, "withholding_base", "not_allowed"),
        ({"cost_center": 13}, "cost_center", "not_allowed"),
        ({"cross_voucher_type": "F-003"}, "cross_voucher_type", "not_allowed"),
        ({"sequence": 3}, "sequence", "gap"),
    ):
        found = await books.export(
            voucher(row(CASH, 10) | members, row(SALES, -10), document_number=7)
        )
        assert (1, field, code) in codes(found), (members, codes(found))


async def test_requests_that_are_wrong(books: Books) -> None:
    for params in ({"modify_documents": "X"}, {"basic_invoice": 1}, {"year": "2026"}):
        with pytest.raises(Refused) as refused:
            await books.export([], **params)
        assert refused.value.status == 400
    for name, value in (
        ("year", "2026"), ("month_initial", 3), ("day_final", "32"), ("voucher_type", "f"),
        ("voucher_code_initial", 0), ("number_final", 10**10), ("basic_model", "X"),
        ("account_initial", -1), ("product_final", 10**12),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await books.read(**{name: value})
        assert [error.field for error in refused.value.errors] == [f"params.{name}"]


async def test_filters_of_an_import(books: Books) -> None:
    await books.written([*sale(5), *sale(6, document_day=1), *receipt("F-003", 5, 100)])
    assert {one["document_number"] for one in await books.read(voucher_type="F")} == {5, 6}
    days = {"month_initial": "11", "month_final": "11", "day_final": "10"}
    assert {one["document_number"] for one in await books.read(**days)} == {6}
    found = await books.read(account_initial=RECEIVABLE, account_final=RECEIVABLE, voucher_type="F")
    assert len(found) == 2
    numbers = await books.read(number_initial=6, number_final=6, voucher_code_initial=3)
    assert {one["document_number"] for one in numbers} == {6}
    assert await books.read(year=2020) == []
    with pytest.raises(Refused) as refused:
        await books.read(month_initial="12", month_final="11")
    assert [error.message for error in refused.value.errors] == [
        "params.month_initial y params.day_initial (2026-12-01) son posteriores al final (2026-11-30)"
    ]
