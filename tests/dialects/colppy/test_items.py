"""Items of the inventory: what is written is read, by every door, whatever is sent."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import pytest

from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.masters import ITEM, check_odd_values
from tests.dialects.siigo.client import DEMO_AR, Siigo

ACCOUNTS = {
    "ctaInventario": ["110601", "110602", "110604"],
    "ctaCostoVentas": ["510101", "510102"],
    "ctaIngresoVentas": ["410101", "410103"],
}
AMOUNTS = ("precioVenta", "ultimoPrecioCompra", "minimo")
WRITTEN = [name for name in ITEM if name != "idItem"]


def chosen(chance: random.Random, name: str) -> str:
    """A value of a member, as it is read back."""
    if name in ACCOUNTS:
        return chance.choice(ACCOUNTS[name])
    if name in AMOUNTS:
        return chance.choice(["0", "0.01", "1090", "539.4", "12345678.1234"])
    if name == "iva":
        return chance.choice(["0", "10.5", "21", "27"])
    if name == "tipoItem":
        return "P"
    return f"{name[:3]} ñ% {chance.randrange(10**6)}"


async def listed(colppy: Colppy, item: str) -> dict[str, Any]:
    wanted = [{"field": "idItem", "op": "=", "value": item}]
    (row,) = (await colppy.send("Inventario", "listar_itemsinventario", filter=wanted))["data"]
    assert isinstance(row["idItem"], int)
    return dict(row)


def as_read(said: dict[str, str]) -> dict[str, Any]:
    """What lists show of what was said: amounts are numbers there."""
    amounts = {name: Decimal(value) for name, value in said.items() if name in AMOUNTS}
    return said | amounts


@pytest.mark.parametrize("seed", range(8))
async def test_what_is_written_is_edited_and_listed(colppy: Colppy, seed: int) -> None:
    chance = random.Random(seed)
    said = {name: chosen(chance, name) for name in WRITTEN}
    item = (await colppy.send("Inventario", "alta_iteminventario", **said))["data"]["idItem"]
    for _ in range(4):
        row = await listed(colppy, item)
        assert {name: row[name] for name in WRITTEN} == as_read(said)
        assert (row["costoCalculado"], row["disponibilidad"]) == (0, "0")
        changes = {name: chosen(chance, name) for name in chance.sample(WRITTEN, 4)}
        said |= changes
        await colppy.send("Inventario", "editar_iteminventario", idItem=item, **changes)


async def test_reading_and_sending_back_changes_nothing(colppy: Colppy) -> None:
    before = await products(colppy)
    for row in (await colppy.send("Inventario", "listar_itemsinventario"))["data"]:
        await colppy.send("Inventario", "editar_iteminventario", **row)
    assert await products(colppy) == before


async def products(colppy: Colppy) -> list[Any]:
    """All that the books know of products, but for what is kept for one door."""
    async with colppy.database.read("demo-ar") as transaction:
        return await transaction.rows(
            "SELECT to_jsonb(t) - 'extra' - 'updated_at' FROM books.product t ORDER BY t.id"
        )


async def test_other_doors_see_them_and_the_reverse(colppy: Colppy) -> None:
    await colppy.send("Inventario", "alta_iteminventario", **ITEM)
    siigo = Siigo(colppy.app, colppy.clock, colppy.database)
    await siigo.sign_in(DEMO_AR)
    (seen,) = (await siigo.get("/v1/products?code=ALF-1")).json()["results"]
    assert (seen["name"], seen["type"], seen["stock_control"]) == ("Alfajor", "Product", True)
    assert seen["prices"][0]["price_list"][0]["value"] == 1090
    assert [tax["percentage"] for tax in seen["taxes"]] == [21]
    price = {"currency_code": "ARS", "price_list": [{"position": 1, "value": 99.5}]}
    body = {"code": "CAFE-1", "name": "Café", "account_group": 1, "taxes": [{"id": 2}]}
    made = await siigo.created("/v1/products", body | {"prices": [price]})
    combo = {"code": "CAJA-1", "name": "Caja", "account_group": 1, "type": "Combo"}
    held = {"components": [{"code": "CAFE-1", "quantity": 2}]}
    await siigo.created("/v1/products", combo | held)
    rows = (await colppy.send("Inventario", "listar_itemsinventario"))["data"]
    shown = {row["codigo"]: row for row in rows}
    assert (shown["CAFE-1"]["precioVenta"], shown["CAFE-1"]["iva"]) == (Decimal("99.5"), "10.5")
    assert shown["CAJA-1"]["tipoItem"] == "K"
    edited = {"idItem": shown["CAJA-1"]["idItem"], "tipoItem": "K", "precioVenta": 250}
    await colppy.send("Inventario", "editar_iteminventario", **edited)
    (kit,) = (await siigo.get("/v1/products?code=CAJA-1")).json()["results"]
    assert [part["id"] for part in kit["components"]] == [made["id"]]


async def test_a_group_of_accounts_is_made_once(colppy: Colppy) -> None:
    accounts = {"ctaInventario": "110604", "ctaCostoVentas": "510102", "ctaIngresoVentas": "410103"}
    before = await count_groups(colppy)
    calls = [
        colppy.send("Inventario", "alta_iteminventario", **ITEM | accounts | {"codigo": f"A{n}"})
        for n in range(8)
    ]
    await asyncio.gather(*calls)
    assert await count_groups(colppy) == before + 1


async def count_groups(colppy: Colppy) -> int:
    async with colppy.database.read("demo-ar") as transaction:
        row = await transaction.row("SELECT count(*) FROM books.account_group")
    assert row is not None
    return int(row[0])


async def test_one_of_many_at_once_gets_the_code(colppy: Colppy) -> None:
    calls = [colppy.answer("Inventario", "alta_iteminventario", **ITEM) for _ in range(6)]
    answers = [answer["response"] for answer in await asyncio.gather(*calls)]
    assert sorted(answer["success"] for answer in answers) == [False] * 5 + [True]
    refused = {answer["message"] for answer in answers if not answer["success"]}
    assert refused == {"El código ALF-1 ya existe (otro ítem)"}


async def test_any_member_may_be_anything(colppy: Colppy) -> None:
    await check_odd_values(colppy, "Inventario", "alta_iteminventario", ITEM)
    await check_odd_values(colppy, "Inventario", "editar_iteminventario", ITEM | {"idItem": "2"})
    await check_odd_values(colppy, "Inventario", "listar_dispDeposito", {"idItem": "1"})
    whole = {"start": 0, "limit": 2, "filter": [], "order": {"field": ["codigo"], "order": "asc"}}
    await check_odd_values(colppy, "Inventario", "listar_itemsinventario", whole)
