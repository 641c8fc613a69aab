"""November of a small shop in Bogotá, told day by day and checked to the cent.

The shop buys shirts from a supplier on credit, sells some over the counter and some to a company that
withholds, is paid a part of what it is owed, buys again at a higher price, and sells again. It books
its purchases and collections as journals, as an accountant would.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from cuadra.database.pool import Database
from cuadra.ledger.dues import list_dues
from cuadra.ledger.verify import verify
from cuadra.reports.trial_balance import Wanted, trial_balance
from tests.dialects.siigo.bodies import (
    CASH,
    CREDIT,
    IVA_19,
    RETEFUENTE,
    RETEICA,
    RETEIVA,
    entry,
    invoice,
    item,
    journal,
    product,
    taxes,
)
from tests.dialects.siigo.client import Siigo

SUPPLIER = "830123456"
COMPANY = "900123456"
SHIRT = "Camisa-1"


async def test_a_month_of_the_shop(siigo: Siigo) -> None:
    """Every figure below was worked out by hand."""
    await siigo.created("/v1/products", product(code=SHIRT, name="Camisa", stock_control=True))

    # Tuesday 3: forty shirts at 30,000 with IVA of 19 %, on 30 days. The shop withholds 2.5 % for
    # the treasury, so it owes the supplier 1,200,000 + 228,000 - 30,000.
    bought = await siigo.created("/v1/journals", buying_on_credit())
    assert bought["name"] == "CC-1-2"

    # Thursday 5: two shirts over the counter at 60,000, paid in cash.
    counter = await siigo.created("/v1/invoices", counter_sale())
    assert (counter["total"], counter["balance"]) == (142800, 0)

    # Tuesday 10: ten shirts at 65,432.10 to a company that withholds income tax, IVA and ICA, on credit.
    credit = await siigo.created("/v1/invoices", sale_with_withholdings())
    assert credit["total"] == credit["balance"] == 737969.39
    assert [tax["value"] for tax in credit["items"][0]["taxes"]] == [124320.99, 16358.03]
    assert [tax["value"] for tax in credit["retentions"]] == [18648.15, 5666.42]

    # Monday 16: the company pays 400,000 of it into the bank.
    due = {"prefix": "FV-1", "consecutive": credit["number"], "quote": 1, "date": "2026-12-10"}
    await siigo.created("/v1/journals", part_payment(due))
    owed = await siigo.get(f"/v1/invoices/{credit['id']}")
    assert owed.json()["balance"] == 337969.39

    # Wednesday 18: ten more shirts, now at 36,000, paid by transfer. The 28 left cost 840,000, so the
    # average of the 38 is 1,200,000 / 38.
    await siigo.created("/v1/journals", buying_with_money())

    # Friday 20: three shirts at 71,400 each, IVA included; they cost 3 x 31,578.947... = 94,736.84.
    last = await siigo.created("/v1/invoices", taxed_price_sale())
    assert (last["items"][0]["price"], last["total"]) == (60000, 214200)

    stock = (await siigo.get(f"/v1/products?code={SHIRT}")).json()["results"][0]
    assert stock["available_quantity"] == 35

    await check_books(siigo.database, credit["number"])


def buying_on_credit() -> dict[str, Any]:
    shirts = {"code": SHIRT, "quantity": 40, "warehouse": 1270}
    due = {"prefix": "FC-55", "consecutive": 1200, "quote": 1, "date": "2026-12-03"}
    supplier = {"identification": SUPPLIER}
    iva = {"id": IVA_19, "base_value": 1200000}
    withheld = {"id": RETEFUENTE, "base_value": 1200000}
    return journal(
        entry("14350101", 1200000, customer=supplier, product=shirts),
        entry("24081001", 228000, customer=supplier, tax=iva),
        entry("23654001", -30000, customer=supplier, tax=withheld),
        entry("22050501", -1398000, customer=supplier, due=due),
        date="2026-11-03",
    )


def counter_sale() -> dict[str, Any]:
    shirts = item(code=SHIRT, quantity=2, price=60000, warehouse=1270, taxes=taxes(IVA_19))
    return invoice(
        shirts,
        date="2026-11-05",
        customer={"identification": "222222222222"},
        payments=[{"id": CASH, "value": 142800}],
    )


def sale_with_withholdings() -> dict[str, Any]:
    shirts = item(
        code=SHIRT, quantity=10, price="65432.10", warehouse=1270, taxes=taxes(IVA_19, RETEFUENTE)
    )
    return invoice(
        shirts,
        date="2026-11-10",
        customer={"identification": COMPANY},
        retentions=taxes(RETEIVA, RETEICA),
        payments=[{"id": CREDIT, "value": 737969.39, "due_date": "2026-12-10"}],
    )


def part_payment(due: dict[str, Any]) -> dict[str, Any]:
    payer = {"identification": COMPANY}
    return journal(
        entry("11100501", 400000, customer=payer),
        entry("13050501", -400000, customer=payer, due=due),
        date="2026-11-16",
    )


def buying_with_money() -> dict[str, Any]:
    shirts = {"code": SHIRT, "quantity": 10, "warehouse": 1270}
    supplier = {"identification": SUPPLIER}
    iva = {"id": IVA_19, "base_value": 360000}
    return journal(
        entry("14350101", 360000, customer=supplier, product=shirts),
        entry("24081001", 68400, customer=supplier, tax=iva),
        entry("11100501", -428400, customer=supplier),
        date="2026-11-18",
    )


def taxed_price_sale() -> dict[str, Any]:
    shirts = item(code=SHIRT, quantity=3, taxed_price=71400, warehouse=1270, taxes=taxes(IVA_19))
    del shirts["price"]
    return invoice(
        shirts,
        date="2026-11-20",
        customer={"identification": "222222222222"},
        payments=[{"id": CASH, "value": 214200}],
    )


async def check_books(database: Database, number: int) -> None:
    """The lines of the credit sale, the dues on three days, and November's trial balance."""
    async with database.read("demo") as transaction:
        lines = await transaction.rows(
            "SELECT a.code, l.amount FROM books.line l"
            "  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id"
            "  JOIN books.voucher v ON v.company_id = l.company_id AND v.id = l.voucher_id AND v.live"
            " WHERE v.kind = 'sales_invoice' AND v.number = %(number)s ORDER BY l.line_no",
            number=number,
        )
        owed = {
            day: [
                due.balance
                for due in await list_dues(
                    transaction, as_of=date(2026, 11, day), identification=COMPANY
                )
                if due.prefix == "FV-1" and due.consecutive == number
            ]
            for day in (9, 10, 16)
        }
        differences = await verify(transaction, lambda *_: None)
        november = await trial_balance(transaction, Wanted(year=2026, month_start=11, month_end=11))

    assert lines == [
        ("13050501", Decimal("737969.39")),
        ("41350501", Decimal("-654321.00")),
        ("24080501", Decimal("-124320.99")),
        ("13551501", Decimal("16358.03")),
        ("13551701", Decimal("18648.15")),
        ("13551801", Decimal("5666.42")),
        ("61350501", Decimal("300000.00")),
        ("14350101", Decimal("-300000.00")),
    ]
    assert owed == {9: [], 10: [Decimal("737969.39")], 16: [Decimal("337969.39")]}
    moved = {
        row.code: (row.debit, row.credit)
        for row in november.rows
        if row.movement and (row.debit or row.credit)
    }
    assert moved == {code: (Decimal(debit), Decimal(credit)) for code, debit, credit in NOVEMBER}
    assert november.total.debit == november.total.credit == sum(row[0] for row in moved.values())
    assert differences == []


NOVEMBER = (
    ("11050501", "357000.00", "0.00"),  # 142,800 + 214,200
    ("11100501", "400000.00", "428400.00"),
    ("13050501", "737969.39", "400000.00"),
    ("13551501", "16358.03", "0.00"),
    ("13551701", "18648.15", "0.00"),
    ("13551801", "5666.42", "0.00"),
    ("14350101", "1560000.00", "454736.84"),  # 60,000 + 300,000 + 94,736.84
    ("22050501", "0.00", "1398000.00"),
    ("23654001", "0.00", "30000.00"),
    ("24080501", "0.00", "181320.99"),  # 22,800 + 124,320.99 + 34,200
    ("24081001", "296400.00", "0.00"),
    ("41350501", "0.00", "954321.00"),  # 120,000 + 654,321 + 180,000
    ("61350501", "454736.84", "0.00"),
)
