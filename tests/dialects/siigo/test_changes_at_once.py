"""Vouchers that are edited, deleted, annulled and built upon at the same time: one of both happens, never both.

As in `test_concurrency`, everything runs with one process, where requests meet in one group, and with two.
"""

import asyncio
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.dialects.siigo import bodies
from tests.dialects.siigo.crowd import Crowd, at_once, outcomes

CLIENTS = 50


def payment(number: int, value: Any = 400) -> dict[str, Any]:
    """A journal that pays a part of an invoice."""
    due = {"prefix": "FV-1", "consecutive": number, "quote": 1, "date": "2026-12-20"}
    return bodies.journal(
        bodies.entry("11100501", value), bodies.entry("13050501", -value, due=due)
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "annul"])
@pytest.mark.parametrize("first", ["payment", "change"])
async def test_a_change_against_a_payment(crowd: Crowd, method: str, first: str) -> None:
    """Whoever comes second is refused, and the books say what the first did."""
    owed = bodies.invoice(payments=bodies.on_credit(1000))
    made = await crowd.created("/v1/invoices", owed)
    path = f"/v1/invoices/{made['id']}"
    if method == "PUT":
        cash = bodies.invoice(bodies.item(price=500), total=500)
        change = crowd.put(path, cash)
    else:
        change = crowd.delete(path) if method == "DELETE" else crowd.post(f"{path}/annul")
    paid = crowd.post("/v1/journals", payment(made["number"]))
    pair = (paid, change) if first == "payment" else (change, paid)
    answers = await asyncio.gather(*pair)
    if first == "change":
        answers = answers[::-1]
    assert sorted(answer.is_success for answer in answers) == [False, True]
    after = await crowd.get(path)
    if answers[0].is_success:
        refused = "update_not_allowed" if method == "PUT" else "delete_not_allowed"
        assert answers[1].headers["siigoapi-error-code"] == refused
        assert after.json()["balance"] == 600
    else:
        assert answers[0].headers["siigoapi-error-code"] == "invalid_reference"
        assert after.status_code == (404 if method == "DELETE" else 200)


async def test_ten_edits_at_once(crowd: Crowd) -> None:
    """Each is a version of its own; the last one counts, and stock moved once."""
    sold = bodies.item(code="Sku-1", warehouse=1270)
    made = await crowd.created("/v1/invoices", bodies.invoice(sold))
    before = (await crowd.get("/v1/products?code=Sku-1")).json()["results"][0]
    path = f"/v1/invoices/{made['id']}"
    answers = await at_once(
        lambda n: crowd.put(path, bodies.invoice(sold | {"quantity": n + 1}, total=1000 * (n + 1)))
    )
    assert outcomes(answers) == {(200, ""): 10}
    invoice = (await crowd.get(path)).json()
    assert (invoice["number"], invoice["name"]) == (made["number"], made["name"])
    after = (await crowd.get("/v1/products?code=Sku-1")).json()["results"][0]
    moved = before["available_quantity"] - after["available_quantity"]
    assert moved == invoice["items"][0]["quantity"] - 1


async def test_ten_annulments_at_once(crowd: Crowd) -> None:
    made = await crowd.created("/v1/invoices", bodies.invoice())
    answers = await at_once(lambda _: crowd.post(f"/v1/invoices/{made['id']}/annul"))
    assert outcomes(answers) == {(200, ""): 1, (404, "not_found"): 9}


async def test_a_product_sold_to_zero_by_fifty_clients(crowd: Crowd, books_url: str) -> None:
    """Where nothing may be sold short, exactly what there is is sold, and its whole value leaves stock."""
    with psycopg.connect(books_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE control.company SET settings = %s, catalog_version = 9999 WHERE name = 'demo'",
            (Jsonb({"trade": {"negative_stock": False}}),),
        )
    there = (await crowd.get("/v1/products?code=Sku-1")).json()["results"][0]["available_quantity"]
    each = Decimal(str(there)) / 20
    sold = bodies.item(code="Sku-1", quantity=each, warehouse=1270)
    answers = await at_once(
        lambda _: crowd.post("/v1/invoices", bodies.invoice(sold, total=1000 * each)), CLIENTS
    )
    assert outcomes(answers) == {(201, ""): 20, (400, "invalid_value"): 30}
    with psycopg.connect(books_url) as connection:
        row = connection.execute(
            "SELECT sum(s.quantity), sum(s.value) FROM books.stock s JOIN books.product p USING (company_id)"
            " WHERE p.id = s.product_id AND p.code = 'Sku-1'"
        ).fetchone()
    assert row == (0, 0)
