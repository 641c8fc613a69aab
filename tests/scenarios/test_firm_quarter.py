"""The last quarter of a small firm, told through Siigo Nube's door alone and checked to the cent.

The firm imports mugs. It buys on credit with withholdings, takes an advance, sells, is paid in parts, gives money
back for goods that return, pays its suppliers, and closes the year. It begins with empty books, so every figure below
can be worked out from the story.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cuadra.catalog.company_file import load_built_in
from cuadra.catalog.company_records import Credential
from cuadra.ledger.dues import list_dues
from cuadra.ledger.verify import verify
from cuadra.reports.trial_balance import Wanted, trial_balance
from cuadra.trade.books import Origin
from cuadra.trade.companies import load_company
from cuadra.trade.group import record_one
from cuadra.trade.periods import ChangeLock, CloseYear
from cuadra.trade.recording import Draft, Submission
from tests.demo import NOW, DemoDatabases
from tests.dialects.siigo.bodies import (
    CREDIT,
    IVA_19,
    RETEFUENTE,
    RETEICA,
    RETEIVA,
    TRANSFER,
    entry,
    invoice,
    item,
    journal,
    product,
    taxes,
)
from tests.dialects.siigo.client import Siigo, signed_in

SUPPLIER, COMPANY, COUNTER = "830123456", "900123456", "222222222222"
MUG = "Taza-1"
SUPPLIER_CREDIT, RETEICA_SUPPLIER = 5640, 34074
LOGIN = {"username": "firm@example.com", "access_key": "firm-key"}


@pytest.fixture
async def firm(demo_databases: DemoDatabases) -> AsyncIterator[Siigo]:
    """A company with the demo's catalogs and no history."""
    url = demo_databases.take()
    async with signed_in(url) as siigo:
        demo = load_built_in("demo")
        key = Credential(dialect="siigo", identity=LOGIN["username"], secret=LOGIN["access_key"])
        head = msgspec.structs.replace(demo.company, name="firm")
        file = msgspec.structs.replace(demo, company=head, credentials=(key,), vouchers=())
        await load_company(siigo.database, file, "", NOW)
        await siigo.sign_in(LOGIN)
        yield siigo
    demo_databases.give_back(url, changed=True)


async def test_the_quarter_of_the_firm(firm: Siigo) -> None:
    """Every figure was worked out by hand."""
    await firm.created("/v1/products", product(code=MUG, name="Taza", stock_control=True))
    await october(firm)
    await november(firm)
    await check_dues_and_stock(firm)
    await december(firm)


async def october(firm: Siigo) -> None:
    # Thursday 1: a hundred mugs at 12,345.67 with IVA, on credit. The firm withholds 2.5 % and 9.66 per
    # mille: 1,234,567.00 + 234,567.73 - 30,864.18 - 11,925.92.
    bought = await firm.created("/v1/purchases", mugs_on_credit())
    assert (bought["name"], bought["total"], bought["balance"]) == (
        "FC-1-701",
        1426344.63,
        1426344.63,
    )

    # The same paper again is refused.
    again = await firm.post("/v1/purchases", mugs_on_credit())
    assert again.status_code == 400

    # Monday 5: the rent of the quarter, by transfer.
    rent = {"type": "Account", "code": "51201001", "quantity": 1, "price": 900000}
    await firm.created(
        "/v1/purchases",
        purchase(rent, date="2026-10-05", payments=[{"id": TRANSFER, "value": 900000}]),
    )

    # Saturday 10: a customer pays 500,000 in advance.
    advance = await firm.created("/v1/vouchers", advance_of_the_customer())
    assert (advance["name"], advance["balance"]) == ("RC-2-1", 500000)

    # Monday 12: thirty mugs at 25,000 to that customer, who withholds: 750,000 + 142,500 - 18,750
    # - 21,375 - 6,495 = 845,880, of which 500,000 were paid before.
    asked = sale_with_withholdings()
    quoted = await firm.created("/v1/quotations", quotation_of(asked))
    assert quoted["total"] == 892500 - 18750
    sold = await firm.created("/v1/invoices", asked)
    assert (sold["total"], sold["balance"]) == (845880, 345880)
    assert (await firm.get(f"/v1/vouchers/{advance['id']}")).json()["balance"] == 0

    # An order number was forgotten; nothing else may change.
    asked["additional_fields"] = {"purchase_order": {"prefix": "OC", "number": "77"}}
    edited = await firm.put(f"/v1/invoices/{sold['id']}", asked)
    assert (edited.status_code, edited.json()["total"]) == (200, 845880)
    assert edited.json()["number"] == sold["number"] == 701

    # Tuesday 20: five mugs over the counter at 29,750 each, IVA included.
    counter = item(code=MUG, quantity=5, taxed_price=29750, warehouse=1270, taxes=taxes(IVA_19))
    del counter["price"]
    cash = invoice(counter, total=148750, date="2026-10-20", customer={"identification": COUNTER})
    assert (await firm.created("/v1/invoices", cash))["items"][0]["price"] == 25000

    # A second one by mistake, annulled at once: its mugs and its money are back.
    mistaken = await firm.created("/v1/invoices", cash)
    assert (await firm.post(f"/v1/invoices/{mistaken['id']}/annul")).status_code == 200


async def november(firm: Siigo) -> None:
    # Tuesday 3: a million to the supplier.
    await firm.created(
        "/v1/payment-receipts", payment("2026-11-03", [("FC-1", 701, "2026-11-01", 1000000)])
    )

    # Tuesday 10: the customer pays 200,000 of the invoice.
    part = await firm.created("/v1/vouchers", collection("2026-11-10", 200000))
    assert part["name"] == "RC-1-1"

    # Sunday 15: four mugs come back: 100,000 + 19,000 - 2,500 - 2,850 - 866 = 112,784 off what is owed.
    sold = (await firm.get(f"/v1/invoices?customer_identification={COMPANY}")).json()["results"][0]
    assert sold["balance"] == 145880
    returned = await firm.created("/v1/credit-notes", four_mugs_back(sold["id"]))
    assert (returned["total"], returned["invoice"]["name"]) == (112784, "FV-1-701")
    assert (await firm.get(f"/v1/invoices/{sold['id']}")).json()["balance"] == 33096

    # What was returned keeps the invoice as it is, and no more than was sold can come back.
    assert (await firm.delete(f"/v1/invoices/{sold['id']}")).status_code == 400
    too_many = four_mugs_back(sold["id"])
    too_many["items"][0]["quantity"] = 27
    assert (await firm.post("/v1/credit-notes", too_many)).status_code == 400

    # Monday 16: fifty more mugs at 13,000 with IVA, on credit. The 69 on hand cost 851,851.23, so the 119 cost
    # 1,501,851.23.
    more = {"type": "Product", "code": MUG, "quantity": 50, "price": 13000, "warehouse": 1270}
    credit = [{"id": SUPPLIER_CREDIT, "value": 773500, "due_date": "2026-12-16"}]
    second = await firm.created(
        "/v1/purchases",
        purchase(more | {"taxes": taxes(IVA_19)}, date="2026-11-16", payments=credit),
    )
    assert second["name"] == "FC-1-703"

    # Wednesday 18: nineteen mugs at 26,000 for cash; they cost 1,501,851.23 x 19 / 119 = 239,791.37.
    nineteen = item(code=MUG, quantity=19, price=26000, warehouse=1270, taxes=taxes(IVA_19))
    await firm.created(
        "/v1/invoices",
        invoice(nineteen, total=587860, date="2026-11-18", customer={"identification": COUNTER}),
    )

    # Thursday 19: the customer pays the rest. One peso more would be refused.
    assert (await firm.post("/v1/vouchers", collection("2026-11-19", 33097))).status_code == 400
    await firm.created("/v1/vouchers", collection("2026-11-19", 33096))

    # Friday 20: the rest of the first purchase and a part of the second, in one payment.
    dues = [
        ("FC-1", 701, "2026-11-01", Decimal("426344.63")),
        ("FC-1", 703, "2026-12-16", 100000),
    ]
    await firm.created("/v1/payment-receipts", payment("2026-11-20", dues))


async def check_dues_and_stock(firm: Siigo) -> None:
    """Only the second purchase is still owed; a hundred mugs are left of what they cost."""
    async with firm.database.read("firm") as transaction:
        owed = await list_dues(transaction)
        stock = await transaction.rows(
            "SELECT s.quantity, s.value FROM books.stock s JOIN books.product p"
            "    ON p.company_id = s.company_id AND p.id = s.product_id"
            " WHERE p.code = %(code)s AND s.quantity <> 0",
            code=MUG,
        )
    assert [(due.prefix, due.consecutive, due.balance) for due in owed] == [
        ("FC-1", 703, Decimal(-673500))
    ]
    assert stock == [(Decimal(100), Decimal("1262059.86"))]  # 1,501,851.23 - 239,791.37
    mug = (await firm.get(f"/v1/products?code={MUG}")).json()["results"][0]
    assert mug["available_quantity"] == 100


async def december(firm: Siigo) -> None:
    """A bank fee, the months locked, the year closed; every account to the cent before and after."""
    firm.clock.now = NOW.replace(month=12, day=31)
    await firm.sign_in(LOGIN)
    fee = journal(
        entry("53050501", Decimal("12345.60"), customer={"identification": SUPPLIER}),
        entry("11100501", Decimal("-12345.60"), customer={"identification": SUPPLIER}),
        date="2026-12-31",
    )
    await firm.created("/v1/journals", fee)
    assert await balances(firm, 12) == {code: Decimal(amount) for code, amount in DECEMBER}
    for month in (10, 11):
        await record(firm, ChangeLock(period=202600 + month, lock="hard", reason="filed"))
    late = await firm.post("/v1/vouchers", collection("2026-11-30", 1))
    assert late.json()["Errors"][0]["Code"] == "blocked_transactions"
    assert await record(firm, CloseYear(year=2026)) == 1
    closed = await balances(firm, 13)
    assert closed["36100501"] == RESULT
    assert not [code for code in closed if code[0] in "456"]
    async with firm.database.read("firm") as transaction:
        assert await verify(transaction, lambda *_: None) == []


DECEMBER = (
    ("11050501", "736610.00"),  # 148,750 + 587,860
    # 500,000 + 200,000 + 33,096 in; 900,000 + 1,000,000 + 526,344.63 + 12,345.60 out
    ("11100501", "-1705594.23"),
    ("13551501", "16250.00"),  # 18,750 - 2,500
    ("13551701", "18525.00"),  # 21,375 - 2,850
    ("13551801", "5629.00"),  # 6,495 - 866
    ("14350101", "1262059.86"),
    ("22050501", "-673500.00"),
    ("23654001", "-30864.18"),
    ("23680501", "-11925.92"),
    ("24080501", "-241110.00"),  # 142,500 + 23,750 + 93,860 - 19,000
    ("24081001", "358067.73"),  # 234,567.73 + 123,500
    ("41350501", "-1369000.00"),  # 750,000 + 125,000 + 494,000
    ("41750501", "100000.00"),
    ("51201001", "900000.00"),
    ("53050501", "12345.60"),
    ("61350501", "622507.14"),  # 370,370.10 + 61,728.35 - 49,382.68 + 239,791.37
)
# A loss: 1,269,000 of net sales less 622,507.14 of cost, 900,000 of rent and 12,345.60 of fees.
RESULT = Decimal("265852.74")


async def balances(firm: Siigo, month: int) -> dict[str, Decimal]:
    """What every account comes to at the end of a month."""
    async with firm.database.read("firm") as transaction:
        balance = await trial_balance(transaction, Wanted(year=2026, month_end=month))
    return {row.code: row.closing for row in balance.rows if row.movement and row.closing}


async def record(firm: Siigo, draft: Draft) -> Any:
    submission = Submission(draft=draft, origin=Origin("accountant", "command line"))
    return (await record_one(firm.database, "firm", submission, NOW)).value


def purchase(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "document": {"id": 24470},
        "supplier": {"identification": SUPPLIER},
        "items": list(items),
    } | members


def mugs_on_credit() -> dict[str, Any]:
    mugs = {
        "type": "Product",
        "code": MUG,
        "quantity": 100,
        "price": Decimal("12345.67"),
        "warehouse": 1270,
        "taxes": taxes(IVA_19, RETEFUENTE),
    }
    return purchase(
        mugs,
        date="2026-10-01",
        provider_invoice={"prefix": "FEI", "number": "1001"},
        retentions=taxes(RETEICA_SUPPLIER),
        payments=[
            {"id": SUPPLIER_CREDIT, "value": Decimal("1426344.63"), "due_date": "2026-11-01"}
        ],
    )


def advance_of_the_customer() -> dict[str, Any]:
    return {
        "document": {"id": 27234},
        "type": "AdvancePayment",
        "date": "2026-10-10",
        "customer": {"identification": COMPANY},
        "payment": {"id": TRANSFER, "value": 500000},
    }


def sale_with_withholdings() -> dict[str, Any]:
    mugs = item(code=MUG, quantity=30, price=25000, warehouse=1270, taxes=taxes(IVA_19, RETEFUENTE))
    return invoice(
        mugs,
        date="2026-10-12",
        customer={"identification": COMPANY},
        retentions=taxes(RETEIVA, RETEICA),
        advance_payment=500000,
        payments=[{"id": CREDIT, "value": 345880, "due_date": "2026-11-12"}],
    )


def quotation_of(asked: dict[str, Any]) -> dict[str, Any]:
    members = {name: asked[name] for name in ("date", "customer", "seller")}
    items = [
        {name: value for name, value in one.items() if name != "warehouse"}
        for one in asked["items"]
    ]
    return {"document": {"id": 27460}, "items": items} | members


def collection(day: str, value: Any) -> dict[str, Any]:
    """The customer pays a part of the invoice into the bank."""
    due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-11-12"}
    return {
        "document": {"id": 7714},
        "type": "DebtPayment",
        "date": day,
        "customer": {"identification": COMPANY},
        "items": [{"due": due, "value": value}],
        "payment": {"id": TRANSFER, "value": value},
    }


def payment(day: str, dues: list[tuple[str, int, str, Any]]) -> dict[str, Any]:
    """The supplier is paid from the bank."""
    return {
        "document": {"id": 59625},
        "type": "DebtPayment",
        "date": day,
        "supplier": {"identification": SUPPLIER},
        "items": [
            {
                "due": {"prefix": prefix, "consecutive": number, "quote": 1, "date": due_date},
                "value": value,
            }
            for prefix, number, due_date, value in dues
        ],
        "payment": {"id": TRANSFER, "value": sum(value for *_, value in dues)},
    }


def four_mugs_back(invoice_id: str) -> dict[str, Any]:
    mugs = item(code=MUG, quantity=4, price=25000, warehouse=1270, taxes=taxes(IVA_19, RETEFUENTE))
    return {
        "document": {"id": 77775},
        "date": "2026-11-15",
        "invoice": invoice_id,
        "reason": 1,
        "retentions": taxes(RETEIVA, RETEICA),
        "items": [mugs],
        "payments": [{"id": CREDIT, "value": 112784, "due_date": "2026-11-15"}],
    }
