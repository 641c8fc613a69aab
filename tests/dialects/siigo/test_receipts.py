"""Receipts against everything they touch: invoices and their balances, instalments, advances, rates, other doors."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from tests.demo import DemoDatabases
from tests.dialects.serpi import bodies as serpi_bodies
from tests.dialects.serpi.client import Serpi
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import TODAY, Siigo, errors_of, signed_in
from tests.dialects.siigo.conftest import check_ledgers
from tests.dialects.siigo.crowd import Crowd, at_once, outcomes

DOLLARS = {"code": "USD", "exchange_rate": "3825.033333"}
_AMOUNTS = """
SELECT a.code, l.amount::text FROM books.line l
  JOIN books.account a ON a.company_id = l.company_id AND a.id = l.account_id
 WHERE l.voucher_id = %s ORDER BY l.version, l.line_no
"""


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Serpi, str]]:
    """Two clients of one server, and its database."""
    url = demo_databases.take()
    async with signed_in(url) as siigo:
        yield siigo, Serpi(siigo.app, siigo.clock, siigo.database), url
        await check_ledgers(siigo)
    demo_databases.give_back(url, changed=True)


def amounts(url: str, voucher: str) -> list[tuple[str, str]]:
    """The lines of a voucher in the ledger."""
    with psycopg.connect(url) as connection:
        return connection.execute(_AMOUNTS, (voucher,)).fetchall()


def due_of(invoice: dict[str, Any]) -> dict[str, Any]:
    return {"prefix": "FV-1", "consecutive": invoice["number"], "quote": 1, "date": "2026-12-20"}


async def test_an_invoice_is_paid_in_two_parts(siigo: Siigo) -> None:
    made = await siigo.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))
    path, due = f"/v1/invoices/{made['id']}", due_of(made)
    for part, left in ((400, 600), (600, 0)):
        paying = bodies.cash_receipt(bodies.paid(due, part), total=part)
        receipt = await siigo.created("/v1/vouchers", paying)
        assert receipt["balance"] == 0
        assert (await siigo.get(path)).json()["balance"] == left
    again = await siigo.post("/v1/vouchers", bodies.cash_receipt(bodies.paid(due, 1), total=1))
    assert errors_of(again) == [("invalid_amount", "items[0].value")]
    assert errors_of(await siigo.delete(path))[0][0] == "delete_not_allowed"


async def test_the_second_instalment_before_the_first(siigo: Siigo) -> None:
    first = {"prefix": "LP", "consecutive": 9, "quote": 1, "date": "2026-12-01"}
    second = first | {"quote": 2, "date": "2027-01-01"}
    sold = [
        bodies.entry("13050501", 600, due=first),
        bodies.entry("13050501", 400, due=second),
        bodies.entry("41350501", -1000),
    ]
    await siigo.created("/v1/journals", bodies.journal(*sold))
    too_much = bodies.cash_receipt(bodies.paid(second, 401), total=401)
    assert errors_of(await siigo.post("/v1/vouchers", too_much))[0][0] == "invalid_amount"
    paying = bodies.cash_receipt(bodies.paid(second, 400), total=400)
    receipt = await siigo.created("/v1/vouchers", paying)
    assert receipt["items"] == [bodies.paid(second, 400)]
    both = bodies.cash_receipt(bodies.paid(first, 600), bodies.paid(second, 1), total=601)
    assert errors_of(await siigo.post("/v1/vouchers", both)) == [
        ("invalid_amount", "items[1].value")
    ]


async def test_the_answer_shows_when_the_due_falls_due(siigo: Siigo) -> None:
    paying = bodies.cash_receipt(bodies.paid(bodies.OWED | {"date": "2026-01-01"}, 5), total=5)
    receipt = await siigo.created("/v1/vouchers", paying)
    assert receipt["items"][0]["due"] == bodies.OWED


async def test_an_edited_payment_gives_back_what_it_took(siigo: Siigo) -> None:
    made = await siigo.created("/v1/payment-receipts", bodies.payment_receipt(total=1999999))
    path = f"/v1/payment-receipts/{made['id']}"
    answer = await siigo.put(path, bodies.payment_receipt(total=2000000))
    assert (answer.status_code, answer.json()["name"]) == (200, made["name"])
    assert errors_of(await siigo.post("/v1/payment-receipts", bodies.payment_receipt(total=1)))
    assert (await siigo.put(path, bodies.payment_receipt(total=5))).status_code == 200
    await siigo.created("/v1/payment-receipts", bodies.payment_receipt(total=1999995))
    assert errors_of(await siigo.put(path, bodies.payment_receipt(total=6)))
    assert (await siigo.get(path)).json()["items"][0]["value"] == 5


async def test_a_purchase_paid_by_an_older_payment(siigo: Siigo) -> None:
    """A payment that an edit turned to what is newer than itself did not open its due."""
    paying = await siigo.created("/v1/payment-receipts", bodies.payment_receipt(total=5))
    asked = bodies.purchase(payments=bodies.owed(1000), provider_invoice=bodies.paper("1"))
    bought = await siigo.created("/v1/purchases", asked)
    path, bought_path = f"/v1/payment-receipts/{paying['id']}", f"/v1/purchases/{bought['id']}"
    due = {"prefix": "FC-1", "consecutive": bought["number"], "quote": 1, "date": "2026-12-20"}
    for part in (400, 300):
        paid = bodies.payment_receipt(bodies.paid(due, part), total=part)
        assert (await siigo.put(path, paid)).status_code == 200
    assert errors_of(await siigo.put(bought_path, asked))[0][0] == "update_not_allowed"
    assert errors_of(await siigo.delete(bought_path))[0][0] == "delete_not_allowed"
    assert (await siigo.get(bought_path)).json()["balance"] == 700
    for gone in (path, bought_path):
        assert (await siigo.delete(gone)).status_code == 200


async def test_an_invoice_that_uses_a_newer_advance(siigo: Siigo) -> None:
    """The advance stays as long as an older invoice, edited since, uses it."""
    sold = await siigo.created("/v1/invoices", bodies.invoice())
    path = f"/v1/invoices/{sold['id']}"
    advance = await siigo.created("/v1/vouchers", bodies.advance(600))
    for used, left in ((400, 200), (600, 0), (100, 500)):
        asked = bodies.invoice(advance_payment=used, payments=bodies.on_credit(1000 - used))
        assert (await siigo.put(path, asked)).json()["balance"] == 1000 - used
        assert (await siigo.get(f"/v1/vouchers/{advance['id']}")).json()["balance"] == left
    too_much = bodies.invoice(advance_payment=601, payments=bodies.on_credit(399))
    assert errors_of(await siigo.put(path, too_much)) == [("invalid_amount", "advance_payment")]
    assert (await siigo.put(path, bodies.invoice())).status_code == 200
    assert (await siigo.get(f"/v1/vouchers/{advance['id']}")).json()["balance"] == 600


async def test_a_wrong_edit_is_told_only_what_is_wrong(siigo: Siigo) -> None:
    """What the old version used up is there for the new one, also where that one is only checked."""
    await siigo.created("/v1/vouchers", bodies.advance(600))
    members = {"advance_payment": 600, "payments": bodies.on_credit(400)}
    sold = await siigo.created("/v1/invoices", bodies.invoice(**members))
    wrong = bodies.invoice(bodies.item(quantity="1.234"), **members)
    answer = await siigo.put(f"/v1/invoices/{sold['id']}", wrong)
    assert errors_of(answer) == [("invalid_value", "items[0].quantity")]


async def test_an_edit_from_lines_to_a_debt_and_back(siigo: Siigo) -> None:
    lines = bodies.payment_receipt(
        bodies.entry("22050501", 700, due=bodies.OWING, customer=bodies.LEFT_OUT),
        bodies.entry("11100501", -700, customer=bodies.LEFT_OUT),
        type="Detailed",
        payment=bodies.LEFT_OUT,
    )
    made = await siigo.created("/v1/payment-receipts", lines)
    path = f"/v1/payment-receipts/{made['id']}"
    assert (await siigo.put(path, bodies.payment_receipt(total=300))).json()["balance"] == 0
    back = (await siigo.put(path, lines)).json()
    shown = (await siigo.get(path)).json()
    assert shown["items"] == back["items"] == made["items"]
    assert "customer" not in shown["items"][0]


async def test_an_advance_is_used_by_its_name(siigo: Siigo) -> None:
    made = await siigo.created("/v1/vouchers", bodies.advance(5000))
    path = f"/v1/vouchers/{made['id']}"
    due = {"prefix": "RC-2", "consecutive": made["number"], "quote": 1, "date": TODAY}
    using = [bodies.entry("28050501", 2000, due=due), bodies.entry("41350501", -2000)]
    await siigo.created("/v1/journals", bodies.journal(*using))
    assert (await siigo.get(path)).json()["balance"] == 3000
    assert (await siigo.get("/v1/vouchers")).json()["results"][0]["balance"] == 3000
    # What is left is paid back by a payment receipt.
    back = bodies.payment_receipt(
        bodies.paid(due, 3000), total=3000, supplier={"identification": bodies.CUSTOMER}
    )
    await siigo.created("/v1/payment-receipts", back)
    assert (await siigo.get(path)).json()["balance"] == 0


async def test_nobody_takes_the_name_of_an_advance_to_come(siigo: Siigo) -> None:
    due = {"prefix": "RC-2", "consecutive": 3, "quote": 1, "date": "2026-12-31"}
    for account, amount in (("28050501", -5), ("13050501", 5)):  # on account, there
        lines = [bodies.entry(account, amount, due=due), bodies.entry("11050501", -amount)]
        answer = await siigo.post("/v1/journals", bodies.journal(*lines))
        assert errors_of(answer) == [("invalid_value", "items[0].due.consecutive")]
    for _ in range(3):
        await siigo.created("/v1/vouchers", bodies.advance(5))


@pytest.mark.parametrize("rate", ["3825.033333", "3900", "3700.1", "0.35"])
async def test_a_foreign_invoice_is_paid_off_at_any_rate(doors: Any, rate: str) -> None:
    siigo, _, url = doors
    items = [bodies.item(price="33.33"), bodies.item(price="66.68")]
    made = await siigo.created(
        "/v1/invoices",
        bodies.invoice(*items, currency=DOLLARS, payments=bodies.on_credit("100.01")),
    )
    lines = []
    for part in ("33.33", "33.34", "33.34"):
        paying = bodies.cash_receipt(
            bodies.paid(due_of(made), part),
            total=part,
            currency={"code": "USD", "exchange_rate": rate},
        )
        receipt = await siigo.created("/v1/vouchers", paying)
        lines += amounts(url, receipt["id"])
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 0
    assert {code for code, _ in lines} <= {"11050501", "13050501", "42102001", "53052501"}
    again = bodies.cash_receipt(bodies.paid(due_of(made), "0.01"), total="0.01", currency=DOLLARS)
    assert errors_of(await siigo.post("/v1/vouchers", again))[0][0] == "invalid_amount"


async def test_a_settled_due_of_little_worth_is_paid_no_more(siigo: Siigo) -> None:
    """A cent of it is worth nothing in the company's currency, but is still more than is owed."""
    cheap = {"code": "VND", "exchange_rate": "0.16"}
    sold = bodies.invoice(currency=cheap, payments=bodies.on_credit(1000))
    due = due_of(await siigo.created("/v1/invoices", sold))
    for value, status in ((1000, 201), ("0.07", 400), ("0.01", 400)):
        paying = bodies.cash_receipt(bodies.paid(due, value), total=value, currency=cheap)
        assert (await siigo.post("/v1/vouchers", paying)).status_code == status


async def test_a_foreign_receipt_in_detail_shows_what_was_written(doors: Any) -> None:
    siigo, _, url = doors
    payments = bodies.on_credit(100)
    sold = bodies.invoice(bodies.item(price=100), currency=DOLLARS, payments=payments)
    made = await siigo.created("/v1/invoices", sold)
    lines = [
        bodies.entry("11100501", 100, customer=bodies.LEFT_OUT),
        bodies.entry("13050501", -100, due=due_of(made), customer=bodies.LEFT_OUT),
    ]
    dear = {"code": "USD", "exchange_rate": 4000}
    receipt = await siigo.created("/v1/vouchers", bodies.detailed(*lines, currency=dear))
    assert amounts(url, receipt["id"]) == [
        ("11100501", "400000.00"),
        ("13050501", "-382503.33"),
        ("42102001", "-17496.67"),
    ]
    shown = (await siigo.get(f"/v1/vouchers/{receipt['id']}")).json()
    assert shown == receipt
    assert [item["value"] for item in shown["items"]] == [100, 100]


async def test_no_exchange_account_no_difference(doors: Any) -> None:
    siigo, _, url = doors
    made = await siigo.created(
        "/v1/invoices",
        bodies.invoice(bodies.item(price=100), currency=DOLLARS, payments=bodies.on_credit(100)),
    )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "UPDATE control.company SET catalog_version = catalog_version + 1,"
            """ settings = '{"trade": {"accounts": {"exchange_gain": "99999999"}}}' WHERE name = 'demo'"""
        )
    due, dear = due_of(made), {"code": "USD", "exchange_rate": 4000}
    paying = bodies.cash_receipt(bodies.paid(due, 100), total=100, currency=dear)
    assert errors_of(await siigo.post("/v1/vouchers", paying)) == [("company_settings", "currency")]
    lines = [bodies.entry("11100501", 100), bodies.entry("13050501", -100, due=due)]
    answer = await siigo.post("/v1/journals", bodies.journal(*lines, currency=dear))
    assert errors_of(answer) == [("company_settings", "currency")]
    await siigo.created("/v1/vouchers", paying | {"currency": DOLLARS})


async def test_receipts_of_another_door_are_receipts_in_detail(doors: Any) -> None:
    siigo, serpi, _ = doors
    made = await siigo.created("/v1/invoices", bodies.invoice(payments=bodies.on_credit(1000)))
    cross = {
        "crucePrefijo": "FVE",
        "cruceNumero": 701,
        "nitTerceroDet": bodies.CUSTOMER,
        "cuota": 1,
    }
    paid = serpi_bodies.detail(serpi_bodies.RECEIVABLE, -400, **cross)
    lines = [serpi_bodies.detail(serpi_bodies.CASH, 400, nitTerceroDet=bodies.CUSTOMER), paid]
    await serpi.created(
        serpi_bodies.document(1, *lines, prefijo="RCA", nitTerceroEnc=bodies.CUSTOMER),
        serpi_bodies.document(
            1,
            serpi_bodies.detail(serpi_bodies.EXPENSE, 70, idSubcentroCosto=4, idCentroOperacion=1),
            serpi_bodies.detail(serpi_bodies.BANK, -70),
            categoriaDocumento="CE",
            prefijo="CEG",
        ),
    )
    (receipt,) = (await siigo.get("/v1/vouchers")).json()["results"]
    assert (receipt["name"], receipt["type"]) == ("RC-1-1", "Detailed")
    assert receipt["customer"]["identification"] == bodies.CUSTOMER
    cash, credit = receipt["items"]
    assert cash["account"] == {"code": "11050501", "movement": "Debit"}
    due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-12-20"}
    assert (credit["due"], credit["value"]) == (due, 400)
    assert (await siigo.get(f"/v1/vouchers/{receipt['id']}")).json() == receipt
    assert (await siigo.get(f"/v1/invoices/{made['id']}")).json()["balance"] == 600
    (payment,) = (await siigo.get("/v1/payment-receipts")).json()["results"]
    assert (payment["name"], payment["supplier"]["identification"]) == ("RP-1-1", "1234567890")
    assert payment["items"][0]["cost_center"] == 4
    # It is edited and deleted like any other.
    path = f"/v1/payment-receipts/{payment['id']}"
    mine = {"identification": "1234567890"}
    edited = bodies.payment_receipt(total=9, supplier=mine, type="AdvancePayment", items=None)
    assert (await siigo.put(path, edited)).json()["balance"] == 9
    assert (await siigo.delete(path)).json()["deleted"] is True


async def test_siigo_receipts_are_read_by_serpi(doors: Any) -> None:
    siigo, serpi, _ = doors
    await siigo.created("/v1/vouchers", bodies.cash_receipt(total=250))
    (found,) = await serpi.documents(serpi_bodies.RECEIPT)
    assert [(line["cuenta"], line["naturaleza"]) for line in found["detalles"]] == [
        (11050501, "D"),
        (13050501, "C"),
    ]
    assert found["detalles"][1]["cruceNumero"] == 68


async def test_a_cash_receipt_can_be_neither_replaced_nor_deleted(siigo: Siigo) -> None:
    made = await siigo.created("/v1/vouchers", bodies.cash_receipt())
    path = f"/v1/vouchers/{made['id']}"
    assert (await siigo.delete(path)).status_code == 404
    assert (await siigo.put(path, bodies.cash_receipt())).status_code == 404


async def test_numbers_that_the_client_gives(doors: Any) -> None:
    siigo, _, url = doors
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "UPDATE books.voucher_type SET settings = settings || '{\"automatic_number\": false}' WHERE id = 27234;"
            "UPDATE control.company SET catalog_version = catalog_version + 1 WHERE name = 'demo'"
        )
    missing = [("parameter_required", "number")]
    assert errors_of(await siigo.post("/v1/vouchers", bodies.advance())) == missing
    made = await siigo.created("/v1/vouchers", bodies.advance(number=77))
    assert (made["name"], made["balance"]) == ("RC-2-77", 1000)
    taken = [("duplicated_document", "number")]
    assert errors_of(await siigo.post("/v1/vouchers", bodies.advance(number=77))) == taken
    sold = bodies.invoice(document={"id": bodies.MANUAL}, number=5, payments=bodies.on_credit(1000))
    await siigo.created("/v1/invoices", sold)
    assert errors_of(await siigo.post("/v1/invoices", sold)) == taken


async def test_two_receipts_for_one_due(crowd: Crowd) -> None:
    body = bodies.cash_receipt(total=119000)
    answers = await at_once(lambda _: crowd.post("/v1/vouchers", body))
    assert outcomes(answers) == {(201, ""): 1, (400, "invalid_amount"): 9}


async def test_parts_of_one_due(crowd: Crowd) -> None:
    body = bodies.payment_receipt(total=400000)
    answers = await at_once(lambda _: crowd.post("/v1/payment-receipts", body))
    assert outcomes(answers) == {(201, ""): 5, (400, "invalid_amount"): 5}  # of 2,000,000 owing


async def test_receipts_and_journals_and_edits_for_one_due(crowd: Crowd) -> None:
    made = await crowd.created("/v1/payment-receipts", bodies.payment_receipt(total=1000000))
    path = f"/v1/payment-receipts/{made['id']}"
    lines = [
        bodies.entry("22050501", 1000000, due=bodies.OWING),
        bodies.entry("11100501", -1000000),
    ]
    for line in lines:
        line["customer"] = {"identification": bodies.SUPPLIER}
    answers = await asyncio.gather(
        crowd.post("/v1/journals", bodies.journal(*lines)),
        crowd.post("/v1/payment-receipts", bodies.payment_receipt(total=1000000)),
        crowd.put(path, bodies.payment_receipt(total=2000000)),
    )
    assert [answer.status_code < 300 for answer in answers].count(True) == 1, answers


async def test_an_invoice_and_its_receipt_in_one_group(crowd: Crowd) -> None:
    """The receipt names the due of an invoice that may be in the same group: before it or after it."""
    sold = bodies.invoice(payments=bodies.on_credit(1000))
    due = {"prefix": "FV-1", "consecutive": 701, "quote": 1, "date": "2026-12-20"}
    paying = bodies.cash_receipt(bodies.paid(due, 1000))
    answers = await asyncio.gather(
        crowd.post("/v1/invoices", sold), *(crowd.post("/v1/vouchers", paying) for _ in range(4))
    )
    assert answers[0].status_code == 201
    assert sum(answer.status_code == 201 for answer in answers[1:]) <= 1
    refused = {errors_of(answer)[0][0] for answer in answers if answer.status_code != 201}
    assert refused <= {"invalid_reference", "invalid_amount"}


async def test_one_key_for_ten_receipts(crowd: Crowd) -> None:
    key = {"idempotency-key": "Receipt1"}
    answers = await at_once(
        lambda n: crowd.post("/v1/vouchers", bodies.cash_receipt(total=n + 1), headers=key)
    )
    assert outcomes(answers) == {(201, ""): 1, (200, ""): 9}
    assert len({answer.text for answer in answers}) == 1
