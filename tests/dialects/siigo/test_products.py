"""Combos and their components, twelve price lists, products by their ids."""

from typing import Any

import psycopg

from tests.demo import DemoDatabases
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import Siigo, errors_of, signed_in
from tests.dialects.siigo.test_purchases import lines_of, stock_of

UNKNOWN_ID = "6b6ceb28-b2eb-4b98-b3dd-26648a933c81"


async def test_a_combo_takes_its_components_out_of_stock_at_their_cost(siigo: Siigo) -> None:
    """Three of one Sku-1 (8,000) and two Sku-2 (15,000)."""
    await siigo.created("/v1/products", bodies.combo())
    sold = bodies.item(code="Combo-1", quantity=3, price=50000, warehouse=1270)
    invoice = await siigo.created("/v1/invoices", bodies.invoice(sold, total=150000))
    assert await stock_of(siigo, "Sku-1") == {1270: 97, 371092: 40}
    assert await stock_of(siigo, "Sku-2") == {1270: 44}
    moved = [
        (str(amount), str(quantity))
        for code, amount, quantity in await lines_of(siigo, invoice["id"])
        if code == "14350101"
    ]
    assert moved == [("-24000.00", "-3"), ("-90000.00", "-6")]
    assert (await siigo.delete(f"/v1/invoices/{invoice['id']}")).status_code == 200
    assert await stock_of(siigo, "Sku-2") == {1270: 50}


async def test_the_longest_invoice_of_the_largest_combos(siigo: Siigo) -> None:
    """Its lines still fit into one voucher."""
    parts = []
    for number in range(30):
        code = f"Parte-{number}"
        await siigo.created("/v1/products", bodies.product(code=code, stock_control=True))
        parts.append({"code": code, "quantity": 1})
    await siigo.created("/v1/products", bodies.combo(components=parts))
    many = [bodies.item(code="Combo-1", price=1)] * 500
    await siigo.created("/v1/invoices", bodies.invoice(*many, total=500))
    answer = await siigo.post(
        "/v1/products", bodies.combo(code="Combo-2", components=[*parts, *parts])
    )
    assert errors_of(answer) == [("invalid_array", "components")]


async def test_a_component_stays_what_it_is(siigo: Siigo) -> None:
    part = await siigo.created("/v1/products", bodies.product(code="Parte"))
    held = [{"code": "Parte", "quantity": 1}]
    combo = await siigo.created("/v1/products", bodies.combo(components=held))
    body = bodies.combo(code="Parte")
    answer = await siigo.put(f"/v1/products/{part['id']}", body)
    assert errors_of(answer) == [("non_editable", "type")]
    answer = await siigo.delete(f"/v1/products/{part['id']}")
    assert errors_of(answer) == [("delete_not_allowed", "id")]
    renamed = bodies.product(code="Parte-2", name="Otro nombre")
    assert (await siigo.put(f"/v1/products/{part['id']}", renamed)).status_code == 200
    shown = (await siigo.get(f"/v1/products/{combo['id']}")).json()["components"][0]
    assert (shown["code"], shown["name"]) == ("Parte-2", "Otro nombre")
    assert (await siigo.delete(f"/v1/products/{combo['id']}")).status_code == 200
    assert (await siigo.delete(f"/v1/products/{part['id']}")).status_code == 200


async def test_a_combo_does_not_hold_itself(siigo: Siigo) -> None:
    made = await siigo.created("/v1/products", bodies.product(code="Parte"))
    body = bodies.combo(code="Parte", components=[{"code": "Parte", "quantity": 1}])
    answer = await siigo.put(f"/v1/products/{made['id']}", body)
    assert errors_of(answer) == [("product_settings", "components[0].code")]


async def test_a_sold_combo_stays_one(siigo: Siigo) -> None:
    combo = await siigo.created("/v1/products", bodies.combo())
    sold = bodies.item(code="Combo-1")
    await siigo.created("/v1/invoices", bodies.invoice(sold))
    answer = await siigo.put(f"/v1/products/{combo['id']}", bodies.product(code="Combo-1"))
    assert errors_of(answer) == [("non_editable", "type"), ("non_editable", "components")]
    renamed = bodies.combo(name="Otro nombre")
    assert (await siigo.put(f"/v1/products/{combo['id']}", renamed)).status_code == 200


def prices(*positions: int, currency: str = "COP") -> dict[str, Any]:
    """A price in each of these lists."""
    rows = [{"position": position, "value": 1000 + position} for position in positions]
    return {"currency_code": currency, "price_list": rows}


async def test_twelve_price_lists(demo_databases: DemoDatabases) -> None:
    url = demo_databases.take()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO books.price_list (company_id, id, name, position, active)"
            " SELECT c.id, 2765 + n, 'Precio de venta ' || n, n, true"
            "   FROM control.company c, generate_series(4, 12) n WHERE c.name = 'demo'"
        )
        owner.execute("UPDATE control.company SET catalog_version = 12012")
    async with signed_in(url) as siigo:
        lists = (await siigo.get("/v1/price-lists")).json()
        assert [one["position"] for one in lists] == list(range(1, 13))
        body = bodies.product(prices=[prices(*range(12, 0, -1))])
        made = await siigo.created("/v1/products", body)
        shown = (await siigo.get(f"/v1/products/{made['id']}")).json()["prices"]
        assert [price["currency_code"] for price in shown] == ["COP"]
        assert [(row["position"], row["name"], row["value"]) for row in shown[0]["price_list"]] == [
            (n, f"Precio de venta {n}", 1000 + n) for n in range(12, 0, -1)
        ]
        two = [prices(*range(1, 7)), prices(*range(1, 7), currency="USD")]
        answer = await siigo.put(f"/v1/products/{made['id']}", bodies.product(prices=two))
        assert [len(price["price_list"]) for price in answer.json()["prices"]] == [6, 6]
        too_many = bodies.product(code="Trece", prices=[prices(*range(1, 14))])
        assert errors_of(await siigo.post("/v1/products", too_many)) == [
            ("invalid_array", "prices"),
            ("invalid_range", "prices[0].price_list[12].position"),
        ]
    demo_databases.give_back(url, changed=True)


async def test_a_price_list_the_company_does_not_have(siigo: Siigo) -> None:
    answer = await siigo.post("/v1/products", bodies.product(prices=[prices(1, 4)]))
    assert errors_of(answer) == [("invalid_reference", "prices[0].price_list[1].position")]


async def test_products_by_their_ids(siigo: Siigo) -> None:
    made = [
        (await siigo.created("/v1/products", bodies.product(code=f"Id-{n}")))["id"]
        for n in range(20)
    ]
    for name in ("ids", "id"):
        found = (await siigo.get(f"/v1/products?page_size=100&{name}={','.join(made)}")).json()
        assert [row["id"] for row in found["results"]] == made[::-1]
        assert found["pagination"]["total_results"] == 20
    asked = f"{made[3]}, {UNKNOWN_ID},{made[3].upper()},x"
    found = (await siigo.get(f"/v1/products?ids={asked}")).json()["results"]
    assert [row["id"] for row in found] == [made[3]]
