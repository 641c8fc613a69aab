"""What credit notes do to the books they are about: dues, stock, what is left, and what may follow."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import DEMO_AR, Siigo, errors_of, signed_in
from tests.dialects.siigo.conftest import check_ledgers
from tests.dialects.siigo.test_settings import Chosen, chosen

__all__ = ["chosen"]  # a fixture
NOTES = "/v1/credit-notes"


async def stock(siigo: Siigo, code: str) -> dict[int, Any]:
    """What each warehouse holds of a product."""
    product = (await siigo.get(f"/v1/products?code={code}")).json()["results"][0]
    return {house["id"]: house["quantity"] for house in product["warehouses"]}


def dues(url: str, prefix: str) -> dict[str, Decimal]:
    """The balances of dues, by consecutive and instalment."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT consecutive || '/' || quote, balance FROM books.due WHERE prefix = %s", [prefix]
        )
        return dict(rows.fetchall())


async def invoice_on_credit(siigo: Siigo, value: int = 1000, **item: Any) -> Any:
    sold = bodies.invoice(bodies.item(price=value, **item), payments=bodies.on_credit(value))
    return await siigo.created("/v1/invoices", sold)


async def balance_of(siigo: Siigo, invoice: Any) -> Any:
    return (await siigo.get(f"/v1/invoices/{invoice['id']}")).json()["balance"]


async def test_what_is_already_paid_becomes_a_due_of_the_note(books_url: str) -> None:
    async with signed_in(books_url) as siigo:
        sold = await invoice_on_credit(siigo)
        due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-12-20"}
        paid = [bodies.entry("11050501", 700), bodies.entry("13050501", -700, due=due)]
        await siigo.created("/v1/journals", bodies.journal(*paid))
        body = bodies.note(sold["id"], payments=bodies.on_credit(1000))
        await siigo.created(NOTES, body)
        assert dues(books_url, "FV-1")["701/1"] == 0
        assert dues(books_url, "NC-1") == {"1/1": -700}
        await check_ledgers(siigo)
        taken = (
            bodies.entry("11050501", -700),
            bodies.entry("13050501", 700, due=due | {"prefix": "NC-1", "consecutive": 1}),
        )
        await siigo.created("/v1/journals", bodies.journal(*taken))  # paid out to the customer
        assert dues(books_url, "NC-1") == {"1/1": 0}


async def test_goods_return_once(siigo: Siigo) -> None:
    item = bodies.item(code="Sku-1", quantity=10, price=100, warehouse=1270)
    sold = await siigo.created("/v1/invoices", bodies.invoice(item))
    assert await stock(siigo, "Sku-1") == {1270: 90, 371092: 40}
    four = item | {"quantity": 4, "warehouse": 371092}
    await siigo.created(NOTES, bodies.note(sold["id"], four, total=400))
    six = bodies.item(code="Sku-1", quantity=6, price=50)
    await siigo.created(NOTES, bodies.note(sold["id"], six, total=300, reason=2))
    assert await stock(siigo, "Sku-1") == {1270: 96, 371092: 44}
    one = bodies.item(code="Sku-1", price=1)
    refused = await siigo.post(NOTES, bodies.note(sold["id"], one, total=1))
    assert errors_of(refused) == [("invalid_value", "items[0].quantity")]
    rest = bodies.item(code="Sku-1", quantity=100, price=3)
    await siigo.created(NOTES, bodies.note(sold["id"], rest, total=300, reason="3"))
    refused = await siigo.post(NOTES, bodies.note(sold["id"], one, total=1, reason=3))
    assert errors_of(refused) == [("invalid_amount", "items[0].price")]
    assert await stock(siigo, "Sku-1") == {1270: 96, 371092: 44}


@pytest.mark.parametrize("reason", [None, 1, "2", 3, 4, 5, 6, "7"])
async def test_which_reasons_bring_goods_back(siigo: Siigo, reason: Any) -> None:
    item = bodies.item(code="Sku-2", quantity=2, price=500, warehouse=1270)
    sold = await siigo.created("/v1/invoices", bodies.invoice(item))
    made = await siigo.created(NOTES, bodies.note(sold["id"], item, reason=reason))
    assert made.get("reason") == (None if reason is None else int(reason))
    back = reason in (None, 1, "2")
    assert await stock(siigo, "Sku-2") == {1270: 50 if back else 48}


async def test_items_of_one_product_count_together(siigo: Siigo) -> None:
    sold = await siigo.created(
        "/v1/invoices", bodies.invoice(bodies.item(price=600), bodies.item(price=400))
    )
    once = bodies.item(quantity=2, price=500)
    await siigo.created(NOTES, bodies.note(sold["id"], once))
    refused = await siigo.post(NOTES, bodies.note(sold["id"], bodies.item(price=1), total=1))
    assert errors_of(refused) == [("invalid_value", "items[0].quantity")]


async def test_a_product_renamed_since_it_was_sold(siigo: Siigo) -> None:
    made = await siigo.created("/v1/products", bodies.product())
    sold = await siigo.created("/v1/invoices", bodies.invoice(bodies.item(code="Nuevo-1")))
    renamed = bodies.product(name="Otro nombre")
    assert (await siigo.put(f"/v1/products/{made['id']}", renamed)).status_code == 200
    note = await siigo.created(NOTES, bodies.note(sold["id"], bodies.item(code="Nuevo-1")))
    assert note["items"][0]["description"] == "Otro nombre"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_note_is_for_ever(siigo: Siigo, method: str) -> None:
    sold = await invoice_on_credit(siigo)
    note = await siigo.created(NOTES, bodies.note(sold["id"]))
    assert (await siigo.call(method, f"{NOTES}/{note['id']}", raw=b"{}")).status_code == 404
    assert (await siigo.post(f"{NOTES}/{note['id']}/annul")).status_code == 404
    assert (await siigo.get(f"{NOTES}/{note['id']}/pdf")).status_code == 403
    assert (await siigo.get(f"{NOTES}/{note['id']}")).json() == note


async def test_a_due_named_like_the_next_note(siigo: Siigo) -> None:
    due = {"prefix": "NC-1", "consecutive": 1, "quote": 1, "date": "2026-12-31"}
    lines = [bodies.entry("13050501", 5, due=due), bodies.entry("11050501", -5)]
    answer = await siigo.post("/v1/journals", bodies.journal(*lines))
    assert errors_of(answer) == [("invalid_value", "items[0].due.consecutive")]


async def test_goods_of_an_old_invoice_that_cost_too_much(siigo: Siigo) -> None:
    goods = {"code": "Sku-2", "quantity": 0.01, "warehouse": 1270}
    lines = [
        bodies.entry("14350101", Decimal("99999999999.99"), product=goods),
        bodies.entry("11050501", Decimal("-99999999999.99")),
    ]
    await siigo.created("/v1/journals", bodies.journal(*lines))
    much = bodies.item(code="Sku-2", quantity=100000000, price="0.01")
    answer = await siigo.post(NOTES, bodies.note_of_old(much, total=1000000))
    assert errors_of(answer) == [("invalid_value", "items[0].quantity")]


async def test_a_mismatch_answered_as_production_did(chosen: Chosen) -> None:
    siigo = await chosen(credit_note_mismatch=500)
    sold = await invoice_on_credit(siigo)
    for wrong in (
        bodies.note(sold["id"], customer={"identification": "13832081"}),
        bodies.note(sold["id"], bodies.item(code="Code-1")),
    ):
        answer = await siigo.post(NOTES, wrong)
        assert (answer.status_code, errors_of(answer)) == (500, [("unhandled_error", "")])
    electronic = bodies.note(sold["id"], document={"id": bodies.ELECTRONIC_NOTE}, reason=1)
    assert errors_of(await siigo.post(NOTES, electronic)) == [("invalid_document", "invoice")]


async def test_electronic_notes_of_a_company_that_does_not_wait(chosen: Chosen) -> None:
    siigo = await chosen("trade", credit_note_needs_accepted=False)
    health = {"operation_type": "SS-Recaudo"}
    sold = bodies.invoice(document={"id": 24455}, healthcare_company=health)
    sold = await siigo.created("/v1/invoices", sold)
    electronic = {"document": {"id": bodies.ELECTRONIC_NOTE}, "reason": 1}
    other = {"operation_type": "SS-CUFE", "period_start": "2026-11-01",
             "period_end": "2026-11-20", "copayment": 1}  # fmt: skip
    wrong = bodies.note(sold["id"], healthcare_company=other, **electronic)
    assert errors_of(await siigo.post(NOTES, wrong)) == [
        ("invalid_document", "healthcare_company.operation_type")
    ]
    right = bodies.note(sold["id"], healthcare_company=health, **electronic)
    made = await siigo.created(NOTES, right)
    assert made["healthcare_company"] == health
    plain = bodies.note(sold["id"])
    assert errors_of(await siigo.post(NOTES, plain))[0] == ("invalid_document", "invoice")


async def test_status_of_a_replaced_quotation(chosen: Chosen) -> None:
    siigo = await chosen(quotation_edit_status=200)
    made = await siigo.created("/v1/quotations", bodies.quotation())
    answer = await siigo.put(f"/v1/quotations/{made['id']}", bodies.quotation())
    assert answer.status_code == 200


async def test_a_quotation_touches_no_books(siigo: Siigo) -> None:
    before = await stock(siigo, "Sku-1")
    item = bodies.item(code="Sku-1", quantity=1000)
    made = await siigo.created("/v1/quotations", bodies.quotation(item))
    changed = bodies.quotation(item | {"quantity": 2000}, number=made["number"])
    assert (await siigo.put(f"/v1/quotations/{made['id']}", changed)).status_code == 201
    assert await stock(siigo, "Sku-1") == before
    second = await siigo.created("/v1/quotations", bodies.quotation())
    assert (await siigo.delete(f"/v1/quotations/{made['id']}")).status_code == 200
    assert second["name"] == "C-1-2"


async def test_an_invoice_of_another_company(siigo: Siigo) -> None:
    sold = await invoice_on_credit(siigo)
    await siigo.sign_in(DEMO_AR)
    refused = await siigo.post(NOTES, bodies.note(sold["id"]))
    assert ("invalid_reference", "invoice") in errors_of(refused)


async def test_a_gift_returned_on_credit(siigo: Siigo) -> None:
    gift = bodies.item(code="Sku-1", price=0, tax_base=10, taxpayer="Company")
    credit = bodies.on_credit(0)
    sold = await siigo.created("/v1/invoices", bodies.invoice(gift, payments=credit))
    await siigo.created(NOTES, bodies.note(sold["id"], gift, payments=credit))
    refused = await siigo.post(NOTES, bodies.note(sold["id"], gift, payments=credit, reason=3))
    assert errors_of(refused) == [("invalid_amount", "items[0].tax_base")]
    service = bodies.item(code="Serv-1", price=0, tax_base=10, taxpayer="Company")
    sold = await siigo.created("/v1/invoices", bodies.invoice(service, payments=credit))
    await siigo.created(NOTES, bodies.note(sold["id"], service, payments=credit))


@pytest.mark.parametrize("prefix", ["FV-1", "FT"])
async def test_an_invoice_of_these_books_is_not_an_old_one(siigo: Siigo, prefix: str) -> None:
    """Or it could be credited twice: what is left of it is known by its id only."""
    await invoice_on_credit(siigo)
    for number, problems in (
        (700, []),
        (701, [("invalid_document", "invoice_data.number")]),
        (702, []),
    ):
        data = {"date": "2026-11-20", "prefix": prefix, "number": number}
        answer = await siigo.post(NOTES, bodies.note_of_old(invoice_data=data))
        assert (errors_of(answer) if problems else answer.status_code) == (problems or 201)


@pytest.mark.parametrize(("worth", "total"), [("21433.84", "42404.17"), ("0.33", "0.65")])
async def test_a_foreign_invoice_of_gifts_alone(siigo: Siigo, worth: str, total: str) -> None:
    """There is no income, and yet a line for what the rate leaves over."""
    gift = bodies.item(
        quantity="12.25",
        price=0,
        tax_base=worth,
        taxpayer="Customer",
        taxes=bodies.taxes(bodies.IVA_19),
    )
    members = {"payments": bodies.on_credit(total), "retentions": bodies.taxes(bodies.RETEIVA)}
    dollars = {"code": "USD", "exchange_rate": "3825.033333"}
    made = await siigo.created("/v1/invoices", bodies.invoice(gift, currency=dollars, **members))
    await siigo.created(NOTES, bodies.note(made["id"], gift, **members))
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 0


async def test_what_a_note_owes_is_paid_back_once(siigo: Siigo) -> None:
    """The customer had paid 700 of 1000, and everything comes back: 700 are his, and no more."""
    made = await siigo.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))
    due = {"prefix": "FV-1", "consecutive": made["number"], "quote": 1, "date": "2026-12-20"}
    paying = bodies.cash_receipt(bodies.paid(due, 700), total=700)
    await siigo.created("/v1/vouchers", paying)
    note = await siigo.created(NOTES, bodies.note(made["id"], payments=bodies.on_credit(1000)))
    own = due | {"prefix": "NC-1", "consecutive": note["number"]}
    for value, status in ((701, 400), (300, 201), (401, 400), (400, 201)):
        lines = [bodies.entry("13050501", value, due=own), bodies.entry("11100501", -value)]
        back = bodies.payment_receipt(
            *lines,
            type="Detailed",
            payment=bodies.LEFT_OUT,
            supplier={"identification": bodies.CUSTOMER},
        )
        answer = await siigo.post("/v1/payment-receipts", back)
        assert answer.status_code == status, answer.text
        if status == 400:
            assert errors_of(answer) == [("invalid_amount", "items[0].value")]
            booked = await siigo.post("/v1/journals", bodies.journal(*lines))
            assert errors_of(booked) == [("invalid_amount", "items[0].value")]
