"""Many clients at once: one of what there may be one of, numbers without gaps, nobody's answer lost.

Every test runs twice: with one process, where requests meet in one group, and with two over the same
books, where they meet in the database.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import httpx2
import psycopg
import pytest

from cuadra.trade import group
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import errors_of, signed_in
from tests.dialects.siigo.crowd import Crowd, at_once, outcomes


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/invoices", bodies.invoice()), ("/v1/journals", bodies.journal())]
)
async def test_one_key_from_ten_clients(crowd: Crowd, path: str, body: Any) -> None:
    headers = {"idempotency-key": "OneKey"}
    answers = await at_once(lambda _: crowd.post(path, body, headers=headers))
    assert outcomes(answers) == {(201, ""): 1, (200, ""): 9}
    assert len({answer.text for answer in answers}) == 1
    replayed = Counter(answer.headers.get("x-cuadra-replayed") for answer in answers)
    assert replayed == {None: 1, "same-body": 9}
    assert (await crowd.get(f"{path}?created_start=2026-11-20T15:00:00Z")).json()["pagination"][
        "total_results"
    ] == 1 + (path == "/v1/journals")  # the opening balances are a journal too


async def test_one_key_for_ten_different_bodies(crowd: Crowd) -> None:
    headers = {"idempotency-key": "OneKey"}
    answers = await at_once(
        lambda n: crowd.post(
            "/v1/invoices",
            bodies.invoice(bodies.item(price=n + 1), total=n + 1),
            headers=headers,
        )
    )
    assert outcomes(answers) == {(201, ""): 1, (200, ""): 9}
    assert len({answer.text for answer in answers}) == 1


async def test_the_same_customer_from_ten_clients(crowd: Crowd) -> None:
    answers = await at_once(lambda _: crowd.post("/v1/customers", bodies.customer()))
    assert outcomes(answers) == {(201, ""): 1, (400, "already_exists"): 9}


async def test_the_same_product_from_ten_clients(crowd: Crowd) -> None:
    answers = await at_once(lambda _: crowd.post("/v1/products", bodies.product()))
    assert outcomes(answers) == {(201, ""): 1, (400, "already_exists"): 9}


async def test_the_same_new_customer_in_ten_invoices(crowd: Crowd) -> None:
    body = bodies.invoice(customer=bodies.customer())
    answers = await at_once(lambda _: crowd.post("/v1/invoices", body))
    assert outcomes(answers) == {(201, ""): 10}
    assert len({answer.json()["customer"]["id"] for answer in answers}) == 1


async def test_replacing_and_making_the_same_customer(crowd: Crowd) -> None:
    old = await crowd.created("/v1/customers", bodies.customer(identification="1000001"))
    new = bodies.customer(identification="1000002")
    answers = await at_once(
        lambda n: crowd.post("/v1/customers", new) if n % 2 else crowd.put(f"/v1/customers/{old['id']}", new)
    )  # fmt: skip
    found = (await crowd.get("/v1/customers?identification=1000002")).json()
    assert found["pagination"]["total_results"] == 1
    assert {status for status, _ in outcomes(answers)} <= {200, 201, 400}


async def test_numbers_have_no_gaps(crowd: Crowd) -> None:
    bad = bodies.invoice(total=1)
    answers = await at_once(
        lambda n: crowd.post("/v1/invoices", bad if n % 4 == 3 else bodies.invoice()), 40
    )
    made = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    assert made == list(range(701, 731))


async def test_the_same_manual_number_from_ten_clients(crowd: Crowd) -> None:
    body = bodies.invoice(document={"id": bodies.MANUAL}, number=7)
    answers = await at_once(lambda _: crowd.post("/v1/invoices", body))
    assert outcomes(answers) == {(201, ""): 1, (400, "duplicated_document"): 9}


async def test_stock_sold_by_ten_clients(crowd: Crowd) -> None:
    def sale(client: int) -> Any:
        first, second = ("Sku-1", "Sku-2") if client % 2 else ("Sku-2", "Sku-1")
        items = [bodies.item(code=code, quantity=3, price=100) for code in (first, second)]
        return bodies.invoice(*items, total=600)

    answers = await at_once(lambda n: crowd.post("/v1/invoices", sale(n)))
    assert outcomes(answers) == {(201, ""): 10}
    products = (await crowd.get("/v1/products?page_size=100")).json()["results"]
    left = {product["code"]: product["available_quantity"] for product in products}
    assert (left["Sku-1"], left["Sku-2"]) == (140 - 30, 50 - 30)


async def test_a_due_paid_by_ten_clients(crowd: Crowd) -> None:
    due = {"prefix": "FV-1", "consecutive": 68, "quote": 1, "date": "2021-04-22"}
    lines = [bodies.entry("11050501", 20000), bodies.entry("13050501", -20000, due=due)]
    answers = await at_once(lambda _: crowd.post("/v1/journals", bodies.journal(*lines)))
    assert outcomes(answers) == {(201, ""): 5, (400, "invalid_amount"): 5}  # of 119,000 owed


async def test_a_due_opened_by_ten_clients(crowd: Crowd) -> None:
    due = {"prefix": "NEW", "consecutive": 1, "quote": 1, "date": "2026-12-31"}
    lines = [bodies.entry("13050501", 500, due=due), bodies.entry("11050501", -500)]
    answers = await at_once(lambda _: crowd.post("/v1/journals", bodies.journal(*lines)))
    assert outcomes(answers) == {(201, ""): 10}


@pytest.mark.parametrize("resource", ["customers", "products"])
async def test_nothing_names_what_was_deleted(crowd: Crowd, resource: str) -> None:
    """The deletion comes before all of the invoices or not at all."""
    for attempt in range(3):
        code = f"100000{attempt}"
        if resource == "customers":
            body = bodies.customer(identification=code)
            invoice = bodies.invoice(customer={"identification": code})
        else:
            body, invoice = bodies.product(code=code), bodies.invoice(bodies.item(code=code))
        made = await crowd.created(f"/v1/{resource}", body)
        answers = await asyncio.gather(
            crowd.post("/v1/invoices", invoice),
            crowd.delete(f"/v1/{resource}/{made['id']}"),
            *(crowd.post("/v1/invoices", invoice) for _ in range(4)),
        )
        statuses = [answer.status_code for answer in answers]
        deleted = statuses.pop(1)
        assert (deleted == 200) is (201 not in statuses), statuses


async def test_everything_at_once(crowd: Crowd) -> None:
    old_due = {"prefix": "FV-1", "consecutive": 68, "quote": 1, "date": "2021-04-22"}
    goods = {"code": "Sku-1", "quantity": 2}

    def call(n: int) -> Awaitable[httpx2.Response]:
        newcomer = bodies.customer(identification=f"20000{n // 10}")
        calls = [
            ("invoices", bodies.invoice(bodies.item(code="Sku-1"), payments=bodies.on_credit(1000))),
            ("invoices", bodies.invoice(bodies.item(code="Sku-2"), customer=newcomer)),
            ("customers", newcomer),
            ("journals", bodies.journal(bodies.entry("14350101", 190, product=goods), bodies.entry("11050501", -190))),
            ("journals", bodies.journal(bodies.entry("11050501", 1), bodies.entry("13050501", -1, due=old_due))),
        ]  # fmt: skip
        path, body = calls[n % len(calls)]
        return crowd.post(f"/v1/{path}", body)

    answers = await at_once(call, 100)
    assert set(outcomes(answers)) <= {(201, ""), (400, "already_exists")}
    assert outcomes(answers)[201, ""] >= 80


async def test_two_thousand_invoices_while_a_customer_is_edited_and_the_period_locked(
    crowd: Crowd, books_url: str
) -> None:
    """Right numbers, right refusals: what came before the lock is there, what came after is refused."""
    customer = bodies.customer(identification="3000001")
    made = await crowd.created("/v1/customers", customer)
    bodies_left = iter(range(2000))
    answers: list[httpx2.Response] = []

    async def connection() -> None:
        for number in bodies_left:
            sold = bodies.invoice(
                customer={"identification": "3000001"}, observations=f"invoice {number}"
            )
            answers.append(await crowd.post("/v1/invoices", sold))

    async def edit() -> None:
        for number in range(20):
            edited = customer | {"commercial_name": f"Tienda {number}"}
            answer = await crowd.put(f"/v1/customers/{made['id']}", edited)
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(0.01)

    async def lock() -> None:
        while len(answers) < 1500:
            await asyncio.sleep(0.01)
        async with await psycopg.AsyncConnection.connect(books_url) as owner:
            await owner.execute(
                "SELECT set_config('cuadra.company_id', id::text, true),"
                "       books.lock_period(id, 202611, 'hard', 'test', 'test', '2026-11-20')"
                "  FROM control.company WHERE name = 'demo' AND live"
            )

    await asyncio.gather(edit(), lock(), *(connection() for _ in range(64)))
    statuses = [answer.status_code for answer in answers]
    numbers = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(statuses) == 2000 and 1500 <= len(numbers) < 2000
    assert numbers == list(range(701, 701 + len(numbers)))
    assert {answer.status_code for answer in refused} == {400}
    assert {tuple(errors_of(answer)) for answer in refused} == {(("blocked_transactions", "date"),)}
    listed = (await crowd.get("/v1/invoices?customer_identification=3000001")).json()
    assert listed["pagination"]["total_results"] == len(numbers)


async def test_more_than_may_wait(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes when the queue is full is told to come again, in the vendor's shape."""
    monkeypatch.setattr(group, "WAITING_MAX", 5)
    answers = await at_once(lambda _: crowd.post("/v1/invoices", bodies.invoice()), 60)
    told = [answer for answer in answers if answer.status_code != 201]
    assert {answer.status_code for answer in told} == {503}
    assert {answer.headers["retry-after"] for answer in told} == {"1"}
    assert {tuple(answer.json()["Errors"][0].values())[:2] for answer in told} == {
        (
            "service_unavailable",
            "The service is currently unavailable. Please try in a few minutes",
        )
    }
    numbers = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    assert numbers == list(range(701, 701 + len(numbers)))


async def test_what_one_process_learns_the_other_knows(books_url: str) -> None:
    """Tokens, keys, catalogs and settings are shared through the database."""
    async with signed_in(books_url) as first, signed_in(books_url) as second:
        second.token = first.token
        key = {"idempotency-key": "Shared"}
        made = await first.created("/v1/invoices", bodies.invoice(), headers=key)
        again = await second.post("/v1/invoices", bodies.invoice(), headers=key)
        assert (again.status_code, again.json()["id"]) == (200, made["id"])

        async with await psycopg.AsyncConnection.connect(books_url, autocommit=True) as owner:
            await owner.execute(
                "UPDATE books.seller SET active = false WHERE id = 629;"
                "UPDATE control.company SET catalog_version = catalog_version + 1,"
                """ settings = settings || '{"siigo": {"replay_status": 201}}' WHERE name = 'demo'"""
            )
            for process in (first, second):
                refused = await process.post("/v1/invoices", bodies.invoice())
                assert errors_of(refused) == [("parameter_inactive", "seller")]
                again = await process.post("/v1/invoices", bodies.invoice(), headers=key)
                assert again.status_code == 201  # the new setting
            await owner.execute("UPDATE control.credential SET revoked_at = '2026-11-20'")
            for process in (first, second):
                assert (await process.get("/v1/invoices")).status_code == 401
                assert (await process.post("/v1/invoices", bodies.invoice())).status_code == 401
