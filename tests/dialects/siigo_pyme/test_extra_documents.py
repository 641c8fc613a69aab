"""Documents without accounting on a real database: what is written comes back, and bad rows are told."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.job import Refused
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.trade.books import Origin
from cuadra.trade.periods import ChangeLock
from cuadra.trade.recording import Submission
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme import movements
from tests.dialects.siigo_pyme.client import Pyme, call
from tests.dialects.siigo_pyme.extra_documents import document, export, read, row, written
from tests.dialects.siigo_pyme.movements import CASH, SALES, SUPPLIER, Books, codes, opened, sent
from tests.dialects.siigo_pyme.test_envelope import ODD

RESOURCE = "extra_accounting_documents"
WAREHOUSE = 1270


@pytest.fixture
async def books(demo_databases: DemoDatabases) -> AsyncIterator[Books]:
    url = demo_databases.take()
    async with opened(url) as books:
        yield books
    demo_databases.give_back(url, changed=True)


@pytest.mark.parametrize("letter", ["Z", "Y", "V"])
async def test_what_is_written_comes_back(books: Books, letter: str) -> None:
    rows = document(
        row(letter, sequence_vat_percentage=19, sequence_vat_value=190, warehouse_code=WAREHOUSE),
        row(letter, quantity=3, sequence_value=100, sequence_discount_1_value=Decimal("7.01")),
        row(letter, sequence_value=0, sequence_description="Muestra", city_code=101),
    )
    report = await written(books, rows)
    assert (report.written, report.warnings) == (1, [])
    back = await read(books, voucher_type=letter)
    assert [sent(one, like) for one, like in zip(back, rows, strict=True)] == rows
    assert len(back[0]) == 45 and back[0]["salesperson_code"] == 0


async def test_the_total_is_computed_line_by_line(books: Books) -> None:
    thirds = [
        row("V", quantity=3, sequence_value=Decimal("33.35"), sequence_vat_percentage=19)
        for _ in range(3)
    ]
    await written(books, document(*thirds))
    assert await last_total(books) == Decimal("119.07")  # 3 x (33.35 + 6.34)
    assert {one["sequence_vat_value"] for one in await read(books)} == {Decimal("6.34")}


async def last_total(books: Books) -> Any:
    """What the last document comes to."""
    async with books.database.read(books.company) as transaction:
        found = await transaction.row(
            "SELECT total FROM books.voucher WHERE company_id = %(company)s AND live"
            " ORDER BY serial DESC LIMIT 1",
            company=transaction.company.id,
        )
    assert found is not None
    return found[0]


async def test_what_a_document_says_of_itself_once(books: Books) -> None:
    """Seller and cost centre are the first row's; a row that says otherwise keeps its own."""
    centre = {"cost_center": 13, "sub_cost_center": 2, "salesperson_code": 629}
    rows = document(row(**centre), row(), row(cost_center=10, sub_cost_center=1), row(**centre))
    await written(books, rows)
    back = await read(books)
    assert [one["cost_center"] for one in back] == [13, 0, 10, 13]
    assert [one["salesperson_code"] for one in back] == [629, 0, 0, 629]
    parties = document(row(), row(nit=SUPPLIER))
    assert codes(await export(books, [one | {"document_number": 6} for one in parties])) == [
        (2, "nit", "value")
    ]


async def test_an_iva_that_does_not_add_up_is_kept_and_told(books: Books) -> None:
    rows = document(
        row(sequence_vat_percentage=19, sequence_vat_value=189),
        row(sequence_vat_percentage=17, sequence_vat_value=170),
        row(sequence_vat_value=5),
    )
    report = await written(books, rows)
    assert [(one.row, one.field, one.code) for one in report.warnings] == [
        (1, "sequence_vat_value", "value"),
        (2, "sequence_vat_percentage", "unknown"),
        (3, "sequence_vat_percentage", "required"),
    ]
    back = await read(books)
    assert [sent(one, like) for one, like in zip(back, rows, strict=True)] == rows
    books.settings = PymeSettings(profile="strict")
    refused = await export(books, [one | {"document_number": 6} for one in rows])
    assert [place for place, _, _ in codes(refused)] == [1, 2, 3]


async def test_references_that_are_not_known(books: Books) -> None:
    """The vendor's page has more than is known of it: they are kept as they came, and told."""
    strange = {"delivery_place": "Bodega 2", "unit_price": Decimal("500.5"), "list": 3}
    rows = document(row(**strange), row())
    report = await written(books, rows)
    assert [(one.row, one.code) for one in report.warnings] == [(1, "unknown_field")] * 3
    back = await read(books)
    assert sent(back[0], rows[0]) == rows[0] and not strange.keys() & back[1].keys()
    books.settings = PymeSettings(profile="strict")
    refused = await export(books, [row(number=6, **strange)])
    assert [code for _, _, code in codes(refused)] == ["unknown_field"] * 3


async def test_discounts_that_are_several_come_back_apart(books: Books) -> None:
    several = {f"sequence_discount_{place}_value": place for place in (2, 3)}
    rows = document(row(**several), row(sequence_discount_1_value=4))
    await written(books, rows)
    back = await read(books)
    assert [[one[f"sequence_discount_{n}_value"] for n in (1, 2, 3)] for one in back] == [
        [0, 2, 3], [4, 0, 0],
    ]  # fmt: skip


async def test_an_existing_document(books: Books) -> None:
    """N refuses it; S replaces all of it, third party too."""
    await written(books, document(row(), row()))
    assert codes(await export(books, [row()])) == [(1, "document_number", "repeated_number")]
    await written(books, [row(quantity=7, nit=SUPPLIER)], modify_documents="S")
    (back,) = await read(books)
    assert (back["quantity"], back["nit"]) == (7, SUPPLIER)


async def test_a_canceled_document(books: Books) -> None:
    rows = document(row(canceled_voucher="S"), row(canceled_voucher="S"))
    await written(books, rows)
    assert [sent(one, like) for one, like in zip(await read(books), rows, strict=True)] == rows
    assert codes(await export(books, [row()])) == [(1, "document_number", "repeated_number")]
    refused = await export(books, [row()], modify_documents="S")
    assert codes(refused) == [(1, "document_number", "not_found")]
    await written(books, [row(number=6)])
    await written(books, [row(number=6, canceled_voucher="S")], modify_documents="S")
    assert {one["canceled_voucher"] for one in await read(books)} == {"S"}


async def test_good_documents_are_written_and_bad_ones_told(books: Books) -> None:
    bad: list[tuple[dict[str, Any], str, str]] = [
        ({"document_code": 77}, "document_code", "unknown"),
        ({"document_type": "F"}, "document_code", "unknown"),
        ({"document_type": "z"}, "document_type", "value"),
        ({"document_number": None}, "document_number", "required"),
        ({"document_number": 10**11}, "document_number", "value"),
        ({"document_month": 2, "document_day": 30}, "document_day", "date"),
        ({"nit": 404}, "nit", "unknown"),
        ({"nit": None}, "nit", "required"),
        ({"branch": 9}, "nit", "unknown"),
        ({"product_code": 999}, "product_code", "unknown"),
        ({"product_code": None}, "product_code", "required"),
        ({"quantity": 0}, "quantity", "required"),
        ({"quantity": -1}, "quantity", "value"),
        ({"sequence_value": -1}, "sequence_value", "value"),
        ({"sequence_value": "1000"}, "sequence_value", "type"),
        ({"sequence_value": Decimal("0.001")}, "sequence_value", "value"),
        ({"sequence_value": 10**14}, "sequence_value", "amount"),
        ({"sequence_discount_1_value": -1}, "sequence_discount_1_value", "value"),
        ({"sequence_discount_2_value": 1001}, "sequence_discount_1_value", "amount"),
        ({"warehouse_code": 5}, "warehouse_code", "unknown"),
        ({"salesperson_code": 700}, "salesperson_code", "unknown"),
        ({"cost_center": 999}, "cost_center", "unknown"),
        ({"delivery_year": 2026, "delivery_month": 2, "delivery_day": 30}, "delivery_day", "date"),
        ({"otro": {}}, "otro", "type"),
        ({"Otro": 1}, "Otro", "unknown_field"),
    ]  # fmt: skip
    rows, expected = [row(number=100)], []
    for place, (members, field, code) in enumerate(bad, 1):
        rows += [row(number=100 + 2 * place) | members, row(number=101 + 2 * place)]
        expected.append((2 * place, field, code))
    report = await export(books, rows)
    told = codes(report)
    assert [one for one in expected if one not in told] == []
    assert {place for place, _, _ in told} == {place for place, _, _ in expected}
    assert report.written == len(bad) + 1
    assert len(await read(books)) == len(bad) + 1


async def test_a_name_of_the_other_resource(books: Books) -> None:
    """Neither resource writes the documents of the other, and each says so."""
    report = await export(books, [row("F")])
    assert (
        report.errors[0].message == "CÓDIGO DOCUMENTO: el comprobante F-001 no es de este recurso"
    )
    lines = [movements.row(CASH, 10), movements.row(SALES, -10)]
    report = await books.export([one | {"voucher_type": "Z"} for one in lines])
    assert report.errors[0].message.endswith("el comprobante Z-001 no es de este recurso")
    await written(books, [row()])
    assert await books.read(voucher_type="Z") == []


async def test_requests_that_are_wrong(books: Books) -> None:
    for params in ({"modify_documents": "X"}, {"year": "2026"}):
        with pytest.raises(Refused) as refused:
            await export(books, [], **params)
        assert refused.value.status == 400
    for name, value in (
        ("year", "2026"), ("month_initial", 3), ("day_final", "32"), ("voucher_type", "z"),
        ("voucher_code_initial", 0), ("number_final", 10**12),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            await read(books, **{name: value})
        assert [error.field for error in refused.value.errors] == [f"params.{name}"]


async def test_filters_of_an_import(books: Books) -> None:
    await written(books, [row("Z", 5), row("Z", 99999999999, document_day=1), row("Y", 7)])
    found = {one["document_type"]: one["document_number"] for one in await read(books)}
    assert found == {"Z": 99999999999, "Y": 7}
    assert await read(books, voucher_type="S") == []
    assert len(await read(books, number_initial=6, number_final=999999999999)) == 2
    assert len(await read(books, voucher_type="Z", day_initial="02", month_initial="11")) == 1
    assert await read(books, voucher_code_initial=2) == []
    assert await read(books, year=2025) == []


async def test_two_identical_exports_at_once(books: Books) -> None:
    rows = [row(number=number) for number in range(50, 90)]
    reports = await asyncio.gather(export(books, rows), export(books, rows))
    assert sum(report.written for report in reports) == 40
    assert [e.code for report in reports for e in report.errors] == ["repeated_number"] * 40


async def test_an_identical_export_goes_on(books: Books) -> None:
    rows = [row(number=number) for number in (5, 6, 7)]
    assert (await export(books, rows[:2], digest="ab")).written == 2
    again = await export(books, rows, digest="ab")
    assert (again.written, again.errors) == (3, [])
    assert len(await read(books)) == 3


async def test_a_locked_period(books: Books) -> None:
    origin = Origin("tests", "tests")
    lock = Submission(draft=ChangeLock(period=202610, lock="hard", reason="cierre"), origin=origin)
    await books.groups.record(books.company, lock)
    assert codes(await export(books, [row(document_month=10)])) == [(1, "document_day", "locked")]


async def test_no_sum_of_the_ledger_knows_them(books: Books) -> None:
    await written(books, [row(letter, 5) for letter in "ZYV"])
    async with books.database.read(books.company) as transaction:
        lines = await transaction.row(
            "SELECT count(*) FROM books.line l JOIN books.voucher v ON v.company_id = l.company_id"
            " AND v.id = l.voucher_id WHERE l.company_id = %(company)s"
            " AND v.kind IN ('quotation', 'sales_order', 'purchase_order')",
            company=transaction.company.id,
        )
    assert lines == (0,)


async def test_odd_values_of_every_field(pyme: Pyme) -> None:
    """Each is taken or told, row by row; nothing is unforeseen and nothing half written."""
    odd = [*ODD, "-1", 10**12, -0.001, "0", "Z-001", "F-001", [None], "\ud7ff", 0.1 + 0.2]
    rows = [
        row(number=number) | members
        for number, members in enumerate(
            ({name: value} for name in fields("extra_document") for value in odd), 1000
        )
    ]
    body = call("export", RESOURCE, data={"params": {"year": 2026}, "list": rows})
    answer = await pyme.send(raw=json.dumps(body).replace("Infinity", "1e400").encode())
    assert answer.status_code == 400, answer.text
    told = answer.json()["errors"]
    assert {one["code"] for one in told} <= {
        "type", "value", "required", "unknown", "date", "amount", "repeated_number", "apart", "year",
    }  # fmt: skip
    refused = {one["row"] for one in told}
    found = (await pyme.send(call("import", RESOURCE, params={"year": 2026}))).json()["data"]
    assert len(found) == len(rows) - len(refused)
