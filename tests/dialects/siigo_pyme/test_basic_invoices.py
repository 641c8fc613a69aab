"""Invoices from products alone: their accounting, what is refused, and the same rows back."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.trade.books import Origin
from cuadra.trade.periods import ChangeLock
from cuadra.trade.recording import Submission
from tests.demo import DemoDatabases
from tests.dialects.siigo import bodies as siigo_bodies
from tests.dialects.siigo.client import Siigo, signed_in
from tests.dialects.siigo_pyme.client import Pyme, call
from tests.dialects.siigo_pyme.movements import (
    CASH,
    COST,
    CUSTOMER,
    IVA,
    RECEIVABLE,
    SALES,
    STOCK,
    Books,
    Row,
    codes,
    opened,
    row,
    sent,
    voucher,
)

SHIRT, TROUSERS, JACKET, HOURS, MILK = 1, 2, 3, 5, 8  # small ids of products
RENT = 1  # which has a number of its own
TAX_COLUMNS = ("sequence_vat_percentage", "sequence_vat_value")
BASIC = {"basic_invoice": "S"}


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Books]]:
    url = demo_databases.take()
    async with signed_in(url) as siigo, opened(url) as books:
        yield siigo, books
    demo_databases.give_back(url, changed=True)


@pytest.fixture
async def books(demo_databases: DemoDatabases) -> AsyncIterator[Books]:
    url = demo_databases.take()
    async with opened(url) as books:
        yield books
    demo_databases.give_back(url, changed=True)


def sold(product: int = SHIRT, value: Any = 1000, **members: Any) -> Row:
    """One row of an invoice F-3, whose numbers are the client's."""
    return {
        "voucher_type": "F",
        "voucher_code": 3,
        "document_number": 5,
        "sequence_value": value,
        "document_year": 2026,
        "document_month": 11,
        "document_day": 20,
        "nit": CUSTOMER,
        "product_line": 999,
        "product_code": product,
        "quantity": 1,
    } | members


async def posted(books: Books, **params: Any) -> list[tuple[int, str, Any]]:
    """The lines of invoices: account, side and value."""
    return [
        (one["accounting_account"], one["debit_or_credit"], one["sequence_value"])
        for one in await books.read(voucher_type="F", **params)
    ]


async def test_stock_iva_and_discounts_to_the_cent(doors: Any) -> None:
    siigo, books = doors
    rows = voucher(
        sold(
            TROUSERS, Decimal("100000.01"), quantity=3, warehouse_code=1270, sequence_vat_percentage=19,
            sequence_discount_1_value=Decimal("0.5"), sequence_discount_2_value=Decimal("0.25"),
            salesperson_code=629, sequence_description="Pantalón", comments_description="Talla 32",
            location_code=7,
        ),
        sold(HOURS, 50000, quantity=Decimal("2.5"), warehouse_code=1270, salesperson_code=629,
             city_code=12, zone_code=3, sequence_description="Ajuste"),
    )  # fmt: skip
    report = await books.written(rows, **BASIC)
    assert (report.written, report.warnings) == (1, [])
    assert await posted(books) == [
        (RECEIVABLE, "D", Decimal("178499.12")),
        (SALES, "C", Decimal("99999.26")),
        (4155500100, "C", 50000),
        (IVA, "C", Decimal("28499.86")),
        (COST, "D", 24000),
        (STOCK, "C", 24000),
    ]
    back = await books.read(voucher_type="F", basic_model="S")
    assert [sent(b, r) for b, r in zip(back, rows, strict=True)] == rows
    assert list(back[0]) == list(fields("basic"))
    assert [one["sequence_vat_value"] for one in back] == [Decimal("18999.86"), 9500]

    (invoice,) = (await siigo.get("/v1/invoices")).json()["results"]
    assert (invoice["number"], invoice["total"], invoice["balance"]) == (5, 178499.12, 178499.12)
    first = invoice["items"][0]
    assert (first["price"], first["quantity"], first["total"]) == (33333.336667, 3, 118999.12)
    assert first["discount"] == {"percentage": 0.0, "value": 0.75}
    assert first["warehouse"]["id"] == 1270 and first["description"] == "Pantalón"
    assert [one["name"] for one in first["taxes"]] == ["IVA 19%"]


async def test_what_is_not_said_follows_from_product_and_company(books: Books) -> None:
    await books.written([sold(), sold(MILK)], **BASIC)
    first, second = await books.read(voucher_type="F", basic_model="S")
    assert (first["sequence_vat_percentage"], first["sequence_vat_value"]) == (19, 190)
    assert (second["sequence_vat_percentage"], second["sequence_vat_value"]) == (0, 0)
    assert first["sequence_description"] == "Camiseta de algodón"
    assert (first["payment_method"], first["salesperson_code"], first["cost_center"]) == (
        5636,
        0,
        0,
    )
    (owed,) = await books.read(
        account_initial=RECEIVABLE, account_final=RECEIVABLE, voucher_type="F"
    )
    assert (owed["cross_voucher_type"], owed["cross_document_expiration_day"]) == ("F-003", 20)


async def test_paid_at_once(books: Books) -> None:
    await books.written([sold(payment_method=5638), sold()], **BASIC)
    assert (await posted(books))[0] == (CASH, "D", 2380)
    back = await books.read(voucher_type="F", basic_model="S")
    assert [one["payment_method"] for one in back] == [5638, 5638]


async def test_another_iva_than_the_product_has(books: Books) -> None:
    await books.written([sold(sequence_vat_percentage=5, sequence_vat_value=50)], **BASIC)
    assert (await posted(books))[0] == (RECEIVABLE, "D", 1050)
    near = [sold(RENT, product_line=0, document_number=6, sequence_vat_value=Decimal("190.01"))]
    await books.written(near, **BASIC)
    far = [sold(document_number=7, sequence_vat_value=Decimal("190.02"))]
    report = await books.export(far, **BASIC)
    assert codes(report) == [(1, "sequence_vat_value", "value")]
    assert report.errors[0].message.endswith("el IVA de la secuencia es 190.00")


async def test_numbers(books: Books) -> None:
    """The series' own next one where none is said; in an authorised series no gap."""
    automatic = sold(voucher_code=1, document_number=None)
    await books.written([automatic | {"sequence": 1}, automatic | {"sequence": 1}], **BASIC)
    await books.written([sold(voucher_code=1, document_number=703)], **BASIC)
    numbers = [one["document_number"] for one in await books.read(voucher_type="F")]
    assert sorted(set(numbers)) == [701, 702, 703]
    report = await books.export([sold(voucher_code=1, document_number=710)], **BASIC)
    assert codes(report) == [(1, "document_number", "setting")]
    report = await books.export([sold(document_number=None)], **BASIC)
    assert codes(report) == [(1, "document_number", "required")]


async def test_an_existing_document(doors: Any) -> None:
    """N refuses it; S says all of it anew, customer included, unless somebody has paid."""
    siigo, books = doors
    await books.written([sold(), sold(MILK)], **BASIC)
    assert codes(await books.export([sold()], **BASIC)) == [
        (1, "document_number", "repeated_number")
    ]
    again = [sold(value=700, nit=8694251, payment_method=5638)]
    await books.written(again, **BASIC, modify_documents="S")
    assert await posted(books) == [(CASH, "D", 833), (SALES, "C", 700), (IVA, "C", 133)]
    await books.written([sold()], **BASIC, modify_documents="S")
    cross = {"cross_voucher_type": "F-003", "cross_document_number": 5, "expiration_number": 1}
    paid = voucher(row(CASH, 90), row(RECEIVABLE, -90, nit=CUSTOMER, **cross), voucher_type="R")
    await books.written(paid)
    (invoice,) = (await siigo.get("/v1/invoices")).json()["results"]
    assert (invoice["total"], invoice["balance"]) == (1190, 1100)
    report = await books.export([sold(value=900)], **BASIC, modify_documents="S")
    assert codes(report) == [(1, "document_number", "not_editable")]


async def test_an_invoice_takes_the_place_of_movements(books: Books) -> None:
    rows = voucher(row(RECEIVABLE, 10, nit=8694251), row(SALES, -10), document_number=5)
    await books.written([one | {"voucher_type": "F", "voucher_code": 3} for one in rows])
    assert await books.read(voucher_type="F", basic_model="S") == []
    await books.written([sold()], **BASIC, modify_documents="S")
    assert [value for _, _, value in await posted(books)] == [1190, 1000, 190]
    assert len(await books.read(voucher_type="F", basic_model="S")) == 1


async def test_a_canceled_invoice(books: Books) -> None:
    rows = [sold(canceled_voucher="S"), sold(TROUSERS, canceled_voucher="S", warehouse_code=1270)]
    await books.written(rows, **BASIC)
    back = await books.read(voucher_type="F", basic_model="S")
    assert [sent(b, r) for b, r in zip(back, rows, strict=True)] == rows
    report = await books.export([sold()], **BASIC, modify_documents="S")
    assert codes(report) == [(1, "document_number", "not_found")]
    await books.written([sold(document_number=6)], **BASIC)
    canceled = [sold(document_number=6, canceled_voucher="S")]
    await books.written(canceled, **BASIC, modify_documents="S")
    assert {one["canceled_voucher"] for one in await books.read(voucher_type="F")} == {"S"}


async def test_bad_rows_are_told_and_good_invoices_written(books: Books) -> None:
    bad = [
        (sold(voucher_type="L"), "voucher_type", "value"),
        (sold(voucher_code=77), "voucher_code", "unknown"),
        (sold(voucher_code=8), "voucher_code", "inactive"),
        (sold(sequence_value=0), "sequence_value", "value"),
        (sold(sequence_value=-1), "sequence_value", "value"),
        (sold(sequence_value=None), "sequence_value", "required"),
        (sold(sequence_value=Decimal("1.001")), "sequence_value", "value"),
        (sold(sequence_value=10**14), "sequence_value", "amount"),
        (sold(quantity=0), "quantity", "required"),
        (sold(quantity=-1), "quantity", "value"),
        (sold(quantity="1"), "quantity", "type"),
        (sold(product_code=None), "product_code", "required"),
        (sold(product_code=404), "product_code", "unknown"),
        (sold(product_code=12), "product_code", "inactive"),
        (sold(nit=0), "nit", "required"),
        (sold(nit=404), "nit", "unknown"),
        (sold(nit=52345678), "nit", "inactive"),
        (sold(branch=9), "nit", "unknown"),
        (sold(warehouse_code=5), "warehouse_code", "unknown"),
        (sold(salesperson_code=700), "salesperson_code", "unknown"),
        (sold(cost_center=13, sub_cost_center=2), "cost_center", "setting"),
        (sold(cost_center=77), "cost_center", "unknown"),
        (sold(voucher_code=7), "cost_center", "required"),
        (sold(payment_method=99), "payment_method", "unknown"),
        (sold(payment_method=53), "payment_method", "inactive"),
        (sold(payment_method=5640), "payment_method", "wrong_kind"),
        (sold(sequence_charge_1_value=1), "sequence_charge_1_value", "not_allowed"),
        (sold(sequence_discount_1_value=1001), "sequence_discount_1_value", "value"),
        (sold(sequence_discount_3_value=1000), "sequence_value", "value"),
        (sold(sequence_vat_percentage=7), "sequence_vat_percentage", "unknown"),
        (sold(voucher_code=5, sequence_value=Decimal("10.5")), "sequence_value", "value"),
        (sold(voucher_code=2, document_day=1), "document_day", "date"),
        (sold(document_month=2, document_day=30), "document_day", "date"),
        (sold(currency_type=1), "currency_type", "not_allowed"),
        (sold(otro=1), "otro", "unknown_field"),
    ]  # fmt: skip
    rows, expected = [], []
    for number, (one, field, code) in enumerate(bad, 100):
        rows += [
            one | {"document_number": None if one["voucher_code"] in (2, 5, 7, 8) else number},
            sold(document_number=number + 100),
        ]
        expected.append((len(rows) - 1, field, code))
    report = await books.export(rows, **BASIC)
    assert report.written == len(bad)
    assert codes(report) == expected


async def test_what_must_be_the_same_in_all_rows(books: Books) -> None:
    for members in (
        {"nit": 8694251}, {"branch": 2}, {"payment_method": 542}, {"salesperson_code": 62},
        {"canceled_voucher": "S"}, {"document_day": 19},
    ):  # fmt: skip
        first = sold(payment_method=5638, salesperson_code=629)
        (field,) = members
        report = await books.export([first, first | members], **BASIC)
        assert [(place, name) for place, name, _ in codes(report)] == [(2, field)]
    centres = [
        sold(voucher_code=1, document_number=None, cost_center=13, sub_cost_center=part)
        for part in (1, 2)
    ]
    assert codes(await books.export(centres, **BASIC)) == [(2, "cost_center", "value")]


async def test_each_item_has_its_seller_where_the_series_says_so(books: Books) -> None:
    rows = [
        sold(voucher_code=6, document_number=None, salesperson_code=seller)
        for seller in (629, 62, 0)
    ]
    await books.written(rows, **BASIC)
    back = await books.read(voucher_type="F", basic_model="S")
    assert [one["salesperson_code"] for one in back] == [629, 62, 0]


async def test_one_cost_centre(books: Books) -> None:
    rows = [
        sold(voucher_code=7, document_number=None, cost_center=13, sub_cost_center=2),
        sold(voucher_code=7, document_number=None),
    ]
    await books.written(rows, **BASIC)
    back = await books.read(voucher_type="F", basic_model="S")
    assert [(one["cost_center"], one["sub_cost_center"]) for one in back] == [(13, 2)] * 2


async def test_a_customer_without_contacts_nor_seller(books: Books) -> None:
    """Whom Siigo Nube could not invoice."""
    await books.written([sold(nit=79456123)], **BASIC)


async def test_stock_that_is_not_there(demo_databases: DemoDatabases) -> None:
    """Sold short, unless the company does not allow it."""
    url = demo_databases.take()
    rows = [sold(MILK), sold(JACKET, quantity=60)]
    async with opened(url) as books:
        await books.written(rows, **BASIC)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "UPDATE control.company SET settings = settings || %s, catalog_version = catalog_version + 1"
            " WHERE name = 'demo'",
            (Jsonb({"trade": {"negative_stock": False}}),),
        )
    async with opened(url) as books:
        report = await books.export([one | {"document_number": 6} for one in rows], **BASIC)
        assert codes(report) == [(2, "quantity", "value")]
        assert report.errors[0].message == "CANTIDAD: no hay existencias para una cantidad de 60"
    demo_databases.give_back(url, changed=True)


async def test_a_locked_period(books: Books) -> None:
    lock = ChangeLock(period=202610, lock="hard", reason="cierre")
    await books.groups.record(books.company, Submission(draft=lock, origin=Origin("t", "t")))
    report = await books.export([sold(document_month=10)], **BASIC)
    assert codes(report) == [(1, "document_day", "locked")]


async def test_a_due_that_has_the_name_already(books: Books) -> None:
    """A receipt came before its invoice: movements can join the two, the basic model cannot."""
    cross = {"cross_voucher_type": "F-003", "cross_document_number": 5, "expiration_number": 1}
    paid = voucher(row(CASH, 90), row(RECEIVABLE, -90, nit=CUSTOMER, **cross), voucher_type="R")
    await books.written(paid)
    assert codes(await books.export([sold()], **BASIC)) == [(1, "document_number", "repeated")]
    await books.written([sold(payment_method=5638)], **BASIC)


async def test_two_identical_numbers_at_once(books: Books) -> None:
    rows = [sold(document_number=number) for number in range(50, 80)]
    reports = await asyncio.gather(*(books.export(rows, **BASIC) for _ in range(3)))
    assert sum(report.written for report in reports) == 30
    assert {error.code for report in reports for error in report.errors} == {"repeated_number"}
    assert len(await books.read(voucher_type="F", basic_model="S")) == 30


async def test_what_the_basic_model_does_not_have(books: Books) -> None:
    """It is left out and told; in the strict profile refused."""
    members = {"accounting_account": 4135050100, "debit_or_credit": "C", "lot": "L1"}
    neutral = {"check_number": 0, "taxable_or_exempt_sequence": "N", "currency_type": 0, "cufe": ""}
    report = await books.written([sold() | members | neutral], **BASIC)
    assert [(one.field, one.code) for one in report.warnings] == [
        (name, "not_allowed") for name in members
    ]
    books.settings = PymeSettings(profile="strict")
    filled = {
        "sequence": 1, "cost_center": 0, "sub_cost_center": 0, "branch": 0, "product_group": 0,
        "warehouse_code": 0, "location_code": 0,
    }  # fmt: skip
    report = await books.export([sold(document_number=6) | members], **BASIC)
    assert codes(report) == [
        *((1, name, "not_allowed") for name in members),
        *((1, name, "required") for name in filled),
    ]
    await books.written([sold(document_number=6) | filled | neutral], **BASIC)


async def test_invoices_of_the_other_door_go_to_another_company(doors: Any) -> None:
    siigo, books = doors
    items = [
        siigo_bodies.item(taxes=siigo_bodies.taxes(13156), discount=10),
        siigo_bodies.item(code="Sku-1", quantity=2, price=65000.5, taxes=siigo_bodies.taxes(13156)),
    ]
    await siigo.created("/v1/invoices", siigo_bodies.invoice(*items, total=155772.19))
    first = await books.read(voucher_type="F", basic_model="S")
    assert [one["sequence_value"] for one in first] == [1000, 130001]
    assert first[0]["sequence_discount_1_value"] == 100
    again = [one | {"document_number": 702} for one in first]
    await books.written(again, **BASIC)
    back = await books.read(voucher_type="F", basic_model="S", number_initial=702)
    assert back == again
    made, copy = (await siigo.get("/v1/invoices")).json()["results"]
    assert made["total"] == copy["total"] == 155772.19


async def test_a_foreign_invoice_is_told_in_pesos(doors: Any) -> None:
    siigo, books = doors
    currency = {"code": "USD", "exchange_rate": 3825.03}
    body = siigo_bodies.invoice(siigo_bodies.item(price=10.1), total=10.1, currency=currency)
    await siigo.created("/v1/invoices", body)
    (found,) = await books.read(voucher_type="F", basic_model="S")
    assert found["sequence_value"] == Decimal("38632.8")


async def test_an_identical_export_is_written_once(pyme: Pyme) -> None:
    """Though its numbers are blank."""
    rows = [sold(voucher_code=1, document_number=None, canceled_voucher=flag) for flag in "NS"]
    params = {"basic_invoice": "S", "modify_documents": "N"}
    for _ in range(2):
        data = {"params": params, "list": [one | {"sequence": 1} for one in rows]}
        answer = await pyme.send(call("export", "accounting_movements", data=data))
        assert answer.json()["errors"] is None
    wanted = {"voucher_type": "F", "basic_model": "S"}
    back = await pyme.send(call("import", "accounting_movements", params=wanted))
    assert [one["document_number"] for one in back.json()["data"]] == [701, 702]


async def test_other_vouchers_show_their_products(books: Books) -> None:
    goods = {"product_line": 999, "product_code": TROUSERS, "quantity": 5, "warehouse_code": 1270}
    await books.written(voucher(row(COST, 40000), row(STOCK, -40000, **goods)))
    (found,) = await books.read(voucher_type="L", basic_model="S", number_initial=2)
    assert sent(found, goods) == goods
    assert list(found) == list(fields("basic"))
    await books.written([sold(), sold(TROUSERS)], **BASIC)
    products = await books.read(
        voucher_type="F", basic_model="S", product_initial=999_000_000_000, product_final=10**12 - 1
    )
    assert products == []  # whose ranges have twelve digits of thirteen


async def test_values_of_any_kind_are_told(books: Books) -> None:
    """Never an error of ours, and never half an invoice."""
    odd: list[Any] = [
        None, True, False, 0, -1, 1, 10**14, 10**40, Decimal("0.00001"), Decimal("1E+20"), "", " ",
        "0", "x", "ñ" * 5000, "1", "\0", [], {}, [1], {"a": 1},
    ]  # fmt: skip
    number = 1000
    rows = []
    for name in [*fields("basic"), "accounting_account", "lot", "nada"]:
        for value in odd:
            number += 1
            rows.append(sold(document_number=number, sequence=1) | {name: value})
    report = await books.export(rows, **BASIC)
    told = {error.row for error in report.errors}
    assert report.written + len(told) == len(rows)
    assert "unforeseen" not in {error.code for error in report.errors}
