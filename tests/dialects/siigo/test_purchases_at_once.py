"""Many clients buying at once, and catalogs that change while others use them; as in `test_concurrency`."""

import asyncio

from tests.dialects.siigo import bodies
from tests.dialects.siigo.crowd import Crowd, at_once, outcomes


async def test_one_paper_from_ten_clients(crowd: Crowd) -> None:
    body = bodies.purchase(provider_invoice=bodies.paper("1"))
    answers = await at_once(lambda _: crowd.post("/v1/purchases", body))
    assert outcomes(answers) == {(201, ""): 1, (400, "duplicated_document"): 9}


async def test_ten_papers_from_ten_clients(crowd: Crowd) -> None:
    answers = await at_once(
        lambda n: crowd.post(
            "/v1/purchases",
            bodies.purchase(provider_invoice=bodies.paper(str(n)), payments=bodies.owed(1000)),
        )
    )
    assert outcomes(answers) == {(201, ""): 10}
    assert sorted(answer.json()["number"] for answer in answers) == list(range(701, 711))


async def test_goods_bought_and_sold_at_once(crowd: Crowd) -> None:
    codes = ("Sku-1", "Sku-2")

    def purchase(n: int) -> object:
        items = [bodies.bought(code=code, quantity=3) for code in codes[:: 1 - n % 4]]
        return bodies.purchase(*items, total=6000)

    sale = bodies.invoice(*(bodies.item(code=code, quantity=2) for code in codes), total=4000)
    answers = await at_once(
        lambda n: crowd.post("/v1/invoices", sale) if n % 2 else crowd.post("/v1/purchases", purchase(n)), 20
    )  # fmt: skip
    assert outcomes(answers) == {(201, ""): 20}
    products = (await crowd.get("/v1/products?page_size=100")).json()["results"]
    left = {product["code"]: product["available_quantity"] for product in products}
    assert (left["Sku-1"], left["Sku-2"]) == (140 + 10, 50 + 10)


async def test_an_edit_against_others_that_name_its_paper(crowd: Crowd) -> None:
    body = bodies.purchase(provider_invoice=bodies.paper("1"))
    made = await crowd.created("/v1/purchases", body)
    other = body | {"provider_invoice": bodies.paper("2")}
    answers = await at_once(
        lambda n: (
            crowd.post("/v1/purchases", other)
            if n % 2
            else crowd.put(f"/v1/purchases/{made['id']}", other)
        )
    )
    found = (await crowd.get("/v1/purchases")).json()["results"]
    papers = [one["provider_invoice"]["number"] for one in found]
    assert len(papers) == len(set(papers))
    assert set(outcomes(answers)) <= {
        (200, ""),
        (201, ""),
        (400, "duplicated_document"),
        (400, "entry_service"),  # another edit came first
    }


async def test_one_account_group_from_ten_clients(crowd: Crowd) -> None:
    body = bodies.account_group()
    answers = await at_once(lambda _: crowd.post("/v1/account-groups", body))
    assert outcomes(answers) == {(201, ""): 1, (400, "already_exists"): 9}


async def test_ten_account_groups_from_ten_clients(crowd: Crowd) -> None:
    answers = await at_once(
        lambda n: crowd.post("/v1/account-groups", bodies.account_group(code=f"G{n}"))
    )
    assert outcomes(answers) == {(201, ""): 10}
    assert len({answer.json()["id"] for answer in answers}) == 10
    assert len((await crowd.get("/v1/account-groups")).json()) == 14


async def test_a_new_account_group_is_there_for_everybody_at_once(crowd: Crowd) -> None:
    for number in range(5):
        code = f"G{number}"
        group = await crowd.created("/v1/account-groups", bodies.account_group(code=code))
        product = bodies.product(code=code, account_group=group["id"])
        made = await asyncio.gather(
            crowd.post("/v1/products", product),
            crowd.post("/v1/products", product | {"code": code + "b"}),
        )
        assert outcomes(made) == {(201, ""): 2}


async def test_combos_sold_while_they_are_made(crowd: Crowd) -> None:
    """A sale comes after its combo, with its goods, or not at all."""
    sale = bodies.invoice(bodies.item(code="Combo-1", quantity=1))
    answers = await at_once(
        lambda n: (
            crowd.post("/v1/invoices", sale)
            if n != 3
            else crowd.post("/v1/products", bodies.combo())
        )
    )
    assert set(outcomes(answers)) <= {(201, ""), (400, "invalid_reference")}
    sold = outcomes(answers)[201, ""] - 1
    products = (await crowd.get("/v1/products?page_size=100")).json()["results"]
    left = {product["code"]: product["available_quantity"] for product in products}
    assert (left["Sku-1"], left["Sku-2"]) == (140 - sold, 50 - 2 * sold)


async def test_a_component_deleted_while_a_combo_names_it(crowd: Crowd) -> None:
    part = await crowd.created("/v1/products", bodies.product(code="Parte"))
    held = [{"code": "Parte", "quantity": 1}]
    made, deleted = await asyncio.gather(
        crowd.post("/v1/products", bodies.combo(components=held)),
        crowd.delete(f"/v1/products/{part['id']}"),
    )
    assert (made.status_code, deleted.status_code) in {(201, 400), (400, 200)}
