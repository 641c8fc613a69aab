"""Many clients at once: one of what there may be one of, numbers without gaps, nobody's answer lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import Siigo

CLIENTS = 10
Call = Callable[[int], Awaitable[httpx2.Response]]


@pytest.fixture
async def crowd(siigo: Siigo) -> Siigo:
    """The client, on a server that already holds a connection for each of ten requests at once."""
    everyone = asyncio.Barrier(CLIENTS)

    async def hold() -> None:
        async with siigo.database.control():
            await everyone.wait()

    await asyncio.gather(*(hold() for _ in range(CLIENTS)))
    return siigo


async def at_once(call: Call, clients: int = CLIENTS) -> list[httpx2.Response]:
    """What ten clients get that ask at the same time."""
    return await asyncio.gather(*(call(client) for client in range(clients)))


def outcomes(answers: list[httpx2.Response]) -> Counter[tuple[int, str]]:
    """How often each status and error code came."""
    return Counter((a.status_code, a.headers.get("siigoapi-error-code", "")) for a in answers)


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/invoices", bodies.invoice()), ("/v1/journals", bodies.journal())]
)
async def test_one_key_from_ten_clients(crowd: Siigo, path: str, body: Any) -> None:
    headers = {"idempotency-key": "OneKey"}
    answers = await at_once(lambda _: crowd.post(path, body, headers=headers))
    assert outcomes(answers) == {(201, ""): 1, (200, ""): 9}
    assert len({answer.text for answer in answers}) == 1
    replayed = Counter(answer.headers.get("x-cuadra-replayed") for answer in answers)
    assert replayed == {None: 1, "same-body": 9}
    assert (await crowd.get(f"{path}?created_start=2026-11-20T15:00:00Z")).json()["pagination"][
        "total_results"
    ] == 1 + (path == "/v1/journals")  # the opening balances are a journal too


async def test_one_key_for_ten_different_bodies(crowd: Siigo) -> None:
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


async def test_the_same_customer_from_ten_clients(crowd: Siigo) -> None:
    answers = await at_once(lambda _: crowd.post("/v1/customers", bodies.customer()))
    assert outcomes(answers) == {(201, ""): 1, (400, "already_exists"): 9}


async def test_the_same_product_from_ten_clients(crowd: Siigo) -> None:
    answers = await at_once(lambda _: crowd.post("/v1/products", bodies.product()))
    assert outcomes(answers) == {(201, ""): 1, (400, "already_exists"): 9}


async def test_the_same_new_customer_in_ten_invoices(crowd: Siigo) -> None:
    body = bodies.invoice(customer=bodies.customer())
    answers = await at_once(lambda _: crowd.post("/v1/invoices", body))
    assert outcomes(answers) == {(201, ""): 10}
    assert len({answer.json()["customer"]["id"] for answer in answers}) == 1


async def test_replacing_and_making_the_same_customer(crowd: Siigo) -> None:
    old = await crowd.created("/v1/customers", bodies.customer(identification="1000001"))
    new = bodies.customer(identification="1000002")
    answers = await at_once(
        lambda n: crowd.post("/v1/customers", new) if n % 2 else crowd.put(f"/v1/customers/{old['id']}", new)
    )  # fmt: skip
    found = (await crowd.get("/v1/customers?identification=1000002")).json()
    assert found["pagination"]["total_results"] == 1
    assert {status for status, _ in outcomes(answers)} <= {200, 201, 400}


async def test_numbers_have_no_gaps(crowd: Siigo) -> None:
    bad = bodies.invoice(total=1)
    answers = await at_once(
        lambda n: crowd.post("/v1/invoices", bad if n % 4 == 3 else bodies.invoice()), 40
    )
    made = sorted(answer.json()["number"] for answer in answers if answer.status_code == 201)
    assert made == list(range(701, 731))


async def test_the_same_manual_number_from_ten_clients(crowd: Siigo) -> None:
    body = bodies.invoice(document={"id": bodies.MANUAL}, number=7)
    answers = await at_once(lambda _: crowd.post("/v1/invoices", body))
    assert outcomes(answers) == {(201, ""): 1, (400, "duplicated_document"): 9}


async def test_stock_sold_by_ten_clients(crowd: Siigo) -> None:
    def sale(client: int) -> Any:
        first, second = ("Sku-1", "Sku-2") if client % 2 else ("Sku-2", "Sku-1")
        items = [bodies.item(code=code, quantity=3, price=100) for code in (first, second)]
        return bodies.invoice(*items, total=600)

    answers = await at_once(lambda n: crowd.post("/v1/invoices", sale(n)))
    assert outcomes(answers) == {(201, ""): 10}
    products = (await crowd.get("/v1/products?page_size=100")).json()["results"]
    left = {product["code"]: product["available_quantity"] for product in products}
    assert (left["Sku-1"], left["Sku-2"]) == (140 - 30, 50 - 30)


async def test_a_due_paid_by_ten_clients(crowd: Siigo) -> None:
    due = {"prefix": "FV-1", "consecutive": 68, "quote": 1, "date": "2021-04-22"}
    lines = [bodies.entry("11050501", 20000), bodies.entry("13050501", -20000, due=due)]
    answers = await at_once(lambda _: crowd.post("/v1/journals", bodies.journal(*lines)))
    assert outcomes(answers) == {(201, ""): 5, (400, "invalid_amount"): 5}  # of 119,000 owed


async def test_a_due_opened_by_ten_clients(crowd: Siigo) -> None:
    due = {"prefix": "NEW", "consecutive": 1, "quote": 1, "date": "2026-12-31"}
    lines = [bodies.entry("13050501", 500, due=due), bodies.entry("11050501", -500)]
    answers = await at_once(lambda _: crowd.post("/v1/journals", bodies.journal(*lines)))
    assert outcomes(answers) == {(201, ""): 10}


@pytest.mark.parametrize("resource", ["customers", "products"])
async def test_nothing_names_what_was_deleted(crowd: Siigo, resource: str) -> None:
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


async def test_everything_at_once(crowd: Siigo) -> None:
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
