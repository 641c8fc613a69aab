"""Where the vendor contradicts itself a company chooses; what it gets by default is in the recordings."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from cuadra.dialects.siigo.call import SiigoSettings
from tests.demo import DemoDatabases
from tests.dialects.siigo import bodies
from tests.dialects.siigo.client import DEMO, Siigo, errors_of, signed_in

Chosen = Callable[..., Awaitable[Siigo]]
_versions = itertools.count(1000)  # a process keeps catalogs by company and version


@pytest.fixture
async def chosen(demo_databases: DemoDatabases) -> AsyncIterator[Chosen]:
    """Gives a client of the demo company with these settings."""
    url = demo_databases.take()
    async with AsyncExitStack() as stack:

        async def choose(subject: str = "siigo", **settings: Any) -> Siigo:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "UPDATE control.company SET settings = %s, catalog_version = %s WHERE name = 'demo'",
                    (Jsonb({subject: settings}), next(_versions)),
                )
            return await stack.enter_async_context(signed_in(url))

        yield choose
    demo_databases.give_back(url, changed=True)


async def test_pseudo_json(chosen: Chosen) -> None:
    body = str(bodies.invoice()).encode()
    assert b"'" in body
    siigo = await chosen()
    assert errors_of(await siigo.post("/v1/invoices", raw=body))[0][0] == "invalid_type"
    siigo = await chosen(pseudo_json=True)
    assert (await siigo.post("/v1/invoices", raw=body)).status_code == 201
    for raw in (
        b"{'a'",
        b"{'a': __import__('os')}",
        b"print(1)",
        b"'",
        b"{'a': 'b' 'c'}",
        b"\xff{'",
    ):
        assert 400 <= (await siigo.post("/v1/invoices", raw=raw)).status_code < 500


async def test_partner_id_lenient(chosen: Chosen) -> None:
    siigo = await chosen(partner_id="lenient")
    assert (await siigo.get("/v1/taxes", headers={"partner-id": None})).status_code == 200
    assert (await siigo.get("/v1/taxes", headers={"partner-id": "a-b"})).status_code == 400


async def test_partner_id_off(chosen: Chosen) -> None:
    siigo = await chosen(partner_id="off")
    for partner in (None, "a-b"):
        assert (await siigo.get("/v1/taxes", headers={"partner-id": partner})).status_code == 200


async def test_links_key(chosen: Chosen) -> None:
    siigo = await chosen(links_key="__links")
    body = (await siigo.get("/v1/customers?page_size=10")).json()
    assert list(body) == ["pagination", "results", "__links"]
    assert list(body["__links"]) == ["self", "next"]


async def test_page_sizes(chosen: Chosen) -> None:
    siigo = await chosen(page_size_min=1, page_size_max=3)
    for asked, got in ((1, 1), (2, 2), (50, 3)):
        body = (await siigo.get(f"/v1/customers?page_size={asked}")).json()
        assert (body["pagination"]["page_size"], len(body["results"])) == (got, got)


async def test_users_as_an_array(chosen: Chosen) -> None:
    siigo = await chosen(users="array")
    assert [user["id"] for user in (await siigo.get("/v1/users")).json()] == [62, 629, 700, 35071]


async def test_sign_in_status(chosen: Chosen) -> None:
    siigo = await chosen(auth_status=201)
    answer = await siigo.http.post("/auth", json=DEMO)
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 86400)


async def test_keys(chosen: Chosen) -> None:
    siigo = await chosen(
        idempotency_key_max=32, idempotency_key_error="invalid_idempotency-key", replay_status=201
    )
    key = {"idempotency-key": "x" * 32}
    answers = [await siigo.post("/v1/invoices", bodies.invoice(), headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].text == answers[1].text
    answer = await siigo.post("/v1/journals", bodies.journal(), headers={"idempotency-key": "a-b"})
    assert errors_of(answer) == [("invalid_idempotency-key", "")]


async def test_contacts(chosen: Chosen) -> None:
    siigo = await chosen(contacts_max=20)
    contacts = bodies.customer()["contacts"] * 20
    await siigo.created("/v1/customers", bodies.customer(contacts=contacts))
    whole = bodies.customer(identification="79123457", contacts=contacts)
    await siigo.created("/v1/invoices", bodies.invoice(customer=whole))


async def test_type_filter_ignored(chosen: Chosen) -> None:
    siigo = await chosen(customer_type_filter="ignored")
    body = (await siigo.get("/v1/customers?type=Supplier")).json()
    assert len({row["type"] for row in body["results"]}) > 1


async def test_customer_delete_disabled(chosen: Chosen) -> None:
    siigo = await chosen(customer_delete="disabled")
    made = await siigo.created("/v1/customers", bodies.customer())
    answer = await siigo.delete(f"/v1/customers/{made['id']}")
    assert (answer.status_code, errors_of(answer)) == (403, [("disabled_functionality", "")])
    message = "This functionality is temporarily disabled."
    assert answer.json()["Errors"][0]["Message"] == message


async def test_lower_case_errors(chosen: Chosen) -> None:
    siigo = await chosen(lower_case_errors=["products"])
    wrong = (await siigo.get(f"/v1/products/{'0' * 32}")).json()
    assert (wrong["status"], wrong["errors"][0]["code"]) == (404, "not_found")
    assert "Errors" in (await siigo.get(f"/v1/customers/{'0' * 32}")).json()
    assert "Errors" in (await siigo.get(f"/v1/purchases/{'0' * 32}")).json()


async def test_plans_without_combos(chosen: Chosen) -> None:
    siigo = await chosen(combo_products=False)
    answer = await siigo.post("/v1/products", bodies.combo())
    assert errors_of(answer) == [("invalid_plan_type", "type")]


async def test_catalogs_that_the_vendor_does_not_have(chosen: Chosen) -> None:
    names = ("cities", "id-types", "fiscal-responsibilities")
    siigo = await chosen()
    assert {(await siigo.get(f"/v1/{name}")).status_code for name in names} == {404}
    siigo = await chosen(extensions=True)
    cities, id_types, responsibilities = [(await siigo.get(f"/v1/{n}")).json() for n in names]
    assert cities[0] == {
        "country_code": "Co",
        "country_name": "Colombia",
        "state_code": "05",
        "state_name": "Antioquia",
        "city_code": "05001",
        "city_name": "Medellín",
    }
    assert {"code": "13", "name": "Cédula de ciudadanía"} in id_types
    assert responsibilities[0] == {"code": "O-13", "name": "Gran contribuyente"}


async def test_what_editing_a_purchase_answers(chosen: Chosen) -> None:
    siigo = await chosen(edit_status=201)
    body = bodies.purchase(provider_invoice=bodies.paper("1"))
    made = await siigo.created("/v1/purchases", body)
    assert (await siigo.put(f"/v1/purchases/{made['id']}", body)).status_code == 201


async def test_a_purchase_whose_goods_have_left(chosen: Chosen) -> None:
    siigo = await chosen("trade", negative_stock=False)
    body = bodies.purchase(
        bodies.bought(code="Sku-2", quantity=10),
        total=10000,
        provider_invoice=bodies.paper("1"),
    )
    made = await siigo.created("/v1/purchases", body)
    sold = bodies.item(code="Sku-2", quantity=55)
    invoice = await siigo.created("/v1/invoices", bodies.invoice(sold, total=55000))
    path = f"/v1/purchases/{made['id']}"
    assert errors_of(await siigo.delete(path)) == [("delete_not_allowed", "id")]
    fewer = body | bodies.purchase(bodies.bought(code="Sku-2", quantity=4), total=4000)
    assert errors_of(await siigo.put(path, fewer)) == [("update_not_allowed", "id")]
    enough = body | bodies.purchase(bodies.bought(code="Sku-2", quantity=5), total=5000)
    assert (await siigo.put(path, enough)).status_code == 200
    assert (await siigo.delete(f"/v1/invoices/{invoice['id']}")).status_code == 200
    assert (await siigo.delete(path)).status_code == 200


async def test_unrounded_bases(chosen: Chosen) -> None:
    siigo = await chosen("trade", rounding="unrounded_base")
    item = bodies.item(price=14285.714286, taxes=bodies.taxes(bodies.IVA_19))
    invoice = await siigo.created("/v1/invoices", bodies.invoice(item, total=17000))
    assert (invoice["total"], invoice["items"][0]["total"]) == (17000, 17000)


async def test_no_foreign_currency(chosen: Chosen) -> None:
    siigo = await chosen("trade", foreign_currency=False)
    currency = {"code": "USD", "exchange_rate": 3825.03}
    answer = await siigo.post("/v1/invoices", bodies.invoice(currency=currency))
    assert errors_of(answer) == [("company_settings", "currency")]


@pytest.mark.parametrize(
    "settings", [{"partner_id": "maybe"}, {"page_size_min": 0}, {"no_such_setting": 1}]
)
def test_what_cannot_be_set(settings: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, SiigoSettings)


async def test_a_due_of_a_receipt_without_its_date(chosen: Chosen) -> None:
    undated = {name: value for name, value in bodies.OWED.items() if name != "date"}
    body = bodies.cash_receipt(bodies.paid(undated, 5), total=5)
    siigo = await chosen()
    missing = [("parameter_required", "items[0].due.date")]
    assert errors_of(await siigo.post("/v1/vouchers", body)) == missing
    line = bodies.entry("13050501", -5, due=undated)
    in_detail = bodies.detailed(bodies.entry("11100501", 5), line)
    assert errors_of(await siigo.post("/v1/vouchers", in_detail)) == [
        ("parameter_required", "items[1].due.date")
    ]
    siigo = await chosen(receipt_due_date="optional")
    made = await siigo.created("/v1/vouchers", body)
    assert made["items"][0]["due"] == bodies.OWED
    made = await siigo.created("/v1/vouchers", in_detail)
    assert made["items"][1]["due"] == bodies.OWED
    opening = bodies.entry("13050501", 5, due=undated | {"consecutive": 9})
    lines = bodies.detailed(bodies.entry("11100501", -5), opening)
    assert errors_of(await siigo.post("/v1/vouchers", lines)) == [
        ("parameter_required", "items[1].due.date")
    ]
