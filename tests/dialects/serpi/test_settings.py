"""Where the vendor is silent or contradicts itself a company chooses; defaults are in the recordings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from cuadra.app import validate_settings
from cuadra.catalog.company_file import load_built_in
from cuadra.errors import SetupError
from tests.demo import DemoDatabases
from tests.dialects.serpi import bodies
from tests.dialects.serpi.client import DOCUMENTS, QUERY, TOKEN, Serpi, choose, connected
from tests.dialects.serpi.conftest import check_ledgers

TYPES = f"{DOCUMENTS}/GetTipoDocumento"
NOTHING = {"tiposDocumentos": [24470], "fechaDesde": "2023-01-01", "fechaHasta": "2023-01-31"}
Connect = Callable[..., Awaitable[Serpi]]


@pytest.fixture
async def with_settings(demo_databases: DemoDatabases) -> AsyncIterator[Connect]:
    """Makes a client of a company with these settings of this dialect."""
    url = demo_databases.take()
    async with AsyncExitStack() as stack:
        clients = []

        async def connect(**settings: Any) -> Serpi:
            choose(url, **settings)
            clients.append(await stack.enter_async_context(connected(url)))
            return clients[-1]

        yield connect
        for client in clients:
            await check_ledgers(client.database)
    demo_databases.give_back(url, changed=True)


@pytest.mark.parametrize("path", [TYPES + "?limite=1&pagina=99", "/api/v1/Tercero?codigo=1", QUERY])
async def test_an_empty_result(with_settings: Connect, path: str) -> None:
    async def ask(client: Serpi) -> Any:
        return await (client.post(path, NOTHING) if path == QUERY else client.get(path))

    answer = await ask(await with_settings())
    assert (answer.status_code, answer.text) == (
        200,
        '{"success":true,"code":204,"message":"No se encontraron registros"}',
    )
    answer = await ask(await with_settings(empty_result="204"))
    assert (answer.status_code, answer.content) == (204, b"")
    answer = await ask(await with_settings(empty_result="201_with_list"))
    assert (answer.status_code, answer.text) == (
        201,
        '{"success":true,"code":201,"errors":null,"message":"No se encontraron registros","result":[]}',
    )


async def test_get_on_the_documents(with_settings: Connect) -> None:
    client = await with_settings(get_document="query")
    await client.created(bodies.document(7), bodies.purchase(1))
    answer = (await client.get(DOCUMENTS)).json()
    assert answer["message"] == "3 registro(s) encontrados"  # with the opening balances
    narrow = f"?tiposDocumentos={bodies.JOURNAL},{bodies.PURCHASE}&numeroDesde=1&numeroHasta=1&fechaDesde=2026-11-01"
    answer = (await client.get(DOCUMENTS + narrow)).json()
    assert [d["prefijo"] for d in answer["result"]] == ["COM"]
    answer = (await client.get(f"{DOCUMENTS}?limite=1&pagina=2")).json()
    assert len(answer["result"]) == 1
    for wrong in (
        "tiposDocumentos=x",
        "numeroDesde=x",
        "fechaDesde=x",
        "numeroDesde=2&numeroHasta=1",
    ):
        assert (await client.get(f"{DOCUMENTS}?{wrong}")).status_code == 400, wrong


async def test_an_unknown_type(with_settings: Connect) -> None:
    client = await with_settings(unknown_type="400")
    wanted = NOTHING | {"tiposDocumentos": [24470, 15, 16]}
    answer = await client.post(QUERY, wanted)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        "el tipo de documento 15 no existe",
        "el tipo de documento 16 no existe",
    ]
    answer = await client.delete(6)
    assert (answer["success"], answer["errors"]) == (False, ["el tipo de documento 6 no existe"])


async def test_status_200_always(with_settings: Connect) -> None:
    client = await with_settings(http_status="200")
    answer = await client.post(DOCUMENTS, [bodies.document(7)])
    assert (answer.status_code, answer.json()["code"]) == (200, 201)
    answer = await client.post(DOCUMENTS, [bodies.document(7)])
    assert (answer.status_code, answer.json()["code"]) == (200, 400)
    answer = await client.post(QUERY, {})
    assert (answer.status_code, answer.json()["code"]) == (200, 400)
    assert (await client.get(DOCUMENTS)).status_code == 200
    # Before the company is known nobody knows what it wants.
    assert (await client.get(TYPES, headers={"authorization": None})).status_code == 401


async def test_a_page_size(with_settings: Connect) -> None:
    client = await with_settings(page_size=10)
    assert len((await client.get(TYPES)).json()["result"]) == 10
    assert len((await client.get(f"{TYPES}?limite=3")).json()["result"]) == 3
    assert len((await client.get(f"{TYPES}?pagina=3")).json()["result"]) == 5


async def test_a_token_without_its_blank(with_settings: Connect) -> None:
    headers = {"authorization": f"Bearer{TOKEN}"}
    client = await with_settings()
    assert (await client.get(TYPES, headers=headers)).status_code == 401
    client = await with_settings(lenient=True)
    assert (await client.get(TYPES, headers=headers)).status_code == 200


async def test_settings_are_followed_when_they_change(with_settings: Connect) -> None:
    client = await with_settings()
    assert (await client.get(f"{TYPES}?pagina=2")).json()["code"] == 204
    await with_settings(page_size=5)
    await client.get(TYPES)  # the first transaction sees it
    assert len((await client.get(f"{TYPES}?pagina=2")).json()["result"]) == 5


@pytest.mark.parametrize(
    "settings", [{"lenient": "yes"}, {"page_size": -1}, {"concurrent": "reject"}, {"unknown": 1}]
)
def test_wrong_settings_in_a_company_file(settings: dict[str, Any]) -> None:
    file = load_built_in("demo")
    file.settings["serpi"] = settings
    with pytest.raises(SetupError, match="settings of serpi"):
        validate_settings(file)
