"""Many calls at once: one at a time for each token, numbers given once, long answers that nobody reads.

Where it matters, with one process and with two over the same books.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import psycopg
import pytest

from cuadra.database.pool import CompanyUnknown
from cuadra.dialects.serpi import answers
from cuadra.dialects.serpi import body as body_module
from cuadra.dialects.serpi.handlers import documents as documents_module
from cuadra.trade import group
from tests.demo import DemoDatabases
from tests.dialects.serpi import bodies
from tests.dialects.serpi.client import DOCUMENTS, QUERY, Serpi, choose, connected
from tests.dialects.serpi.conftest import check_ledgers

CLIENTS = 10
TYPES = f"{DOCUMENTS}/GetTipoDocumento"
ALL = {"tiposDocumentos": [27441], "fechaDesde": "2026-01-01", "fechaHasta": "2026-12-31"}


@pytest.fixture
async def books_url(demo_databases: DemoDatabases) -> AsyncIterator[str]:
    """The login to a database of the demo companies that is changed."""
    url = demo_databases.take()
    yield url
    demo_databases.give_back(url, changed=True)


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
async def crowd(request: pytest.FixtureRequest, books_url: str) -> AsyncIterator[list[Serpi]]:
    """The processes over one database."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(connected(books_url)) for _ in range(request.param)]


async def at_once(crowd: list[Serpi], path: str, body: Any) -> list[httpx2.Response]:
    """What ten callers of one token get, each at the next of the processes."""
    turns = itertools.cycle(crowd)
    return await asyncio.gather(*(next(turns).post(path, body) for _ in range(CLIENTS)))


async def test_calls_of_one_token_wait_for_each_other(crowd: list[Serpi]) -> None:
    documents = [bodies.document(number) for number in range(10, 60)]
    results = await at_once(crowd, DOCUMENTS, documents)
    assert Counter(answer.json()["message"] for answer in results) == {
        "Se crearon 50 de 50 documentos contables": 1,
        "Se crearon 0 de 50 documentos contables": CLIENTS - 1,
    }
    await check_ledgers(crowd[0].database)


@pytest.mark.parametrize(("setting", "status"), [("reject_503", 503), ("reject_429", 429)])
async def test_a_second_call_may_be_refused(
    crowd: list[Serpi], books_url: str, setting: str, status: int
) -> None:
    choose(books_url, concurrent=setting)
    documents = [bodies.document(number) for number in range(10, 210)]
    results = await at_once(crowd, DOCUMENTS, documents)
    statuses = Counter(answer.status_code for answer in results)
    assert set(statuses) <= {201, 400, status} and statuses[201] == 1 and statuses[status] > 0
    for answer in results:
        if answer.status_code == status:
            assert answer.headers["retry-after"] == "1"
            assert (answer.json()["success"], answer.json()["code"]) == (False, status)


async def test_calls_may_go_beside_each_other(crowd: list[Serpi], books_url: str) -> None:
    choose(books_url, concurrent="off")
    documents = [bodies.document(number) for number in range(10, 60)]
    results = await at_once(crowd, DOCUMENTS, documents)
    written = [int(answer.json()["message"].split()[2]) for answer in results]
    assert sum(written) == 50  # every number once, whoever came first
    await check_ledgers(crowd[0].database)


async def test_another_company_does_not_wait(serpi: Serpi) -> None:
    other = {"authorization": "Bearer demo-ar-serpi-token", "secretkey": "demo-ar-secret-key"}
    pending = asyncio.create_task(
        serpi.post(DOCUMENTS, [bodies.document(number) for number in range(10, 500)])
    )
    await asyncio.sleep(0.05)
    answer = await serpi.get(TYPES, headers=other)
    assert answer.json()["code"] == 200
    assert not pending.done()
    assert (await pending).status_code == 201


async def test_a_full_queue_is_waited_for(serpi: Serpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "WAITING_MAX", 5)
    await serpi.created(*(bodies.document(number) for number in range(10, 110)))


async def test_a_long_answer_nobody_reads_frees_its_connection(
    serpi: Serpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "KEPT_BACK_BYTES", 1000)
    monkeypatch.setattr(answers, "CHUNK_BYTES", 1000)
    await serpi.created(*(bodies.document(number) for number in range(10, 200)))
    for _ in range(20):
        await read_and_leave(serpi)
    found = await serpi.documents(27441)
    assert len(found) == 191


async def read_and_leave(serpi: Serpi) -> None:
    """Ask for a long answer and go away after its first piece."""
    raw = b'{"tiposDocumentos":[27441],"fechaDesde":"2026-01-01","fechaHasta":"2026-12-31"}'
    gone = asyncio.Event()
    sent = iter([{"type": "http.request", "body": raw, "more_body": False}])

    async def receive() -> Any:
        for message in sent:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            gone.set()
            await asyncio.sleep(0.01)

    headers = [(b"authorization", b"Bearer demo-serpi-token"), (b"secretkey", b"demo-secret-key")]
    scope = {
        "type": "http", "method": "POST", "path": QUERY, "headers": headers, "query_string": b"",
        "http_version": "1.1", "scheme": "http", "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    await serpi.app(scope, receive, send)


async def test_few_long_answers_at_a_time(
    serpi: Serpi, books_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fourth is told to come again; a short one never is."""
    monkeypatch.setattr(answers, "KEPT_BACK_BYTES", 1000)
    streams = answers.Streams()
    closed: list[int] = []

    async def chunks(number: int, size: int) -> answers.Chunks:
        try:
            for _ in range(size):
                yield b"x" * 900
        finally:
            closed.append(number)

    settings = answers.SerpiSettings()
    async with AsyncExitStack() as readers:
        for number in range(answers.STREAMS_MAX):
            answer = await streams.answer(settings, chunks(number, 10))
            assert answer.rest is not None
            await readers.enter_async_context(streams.room)
        with pytest.raises(group.Busy):
            await streams.answer(settings, chunks(8, 10))
        short = await streams.answer(settings, chunks(9, 1))
        assert (short.rest, len(short.body)) == (None, 900)
    assert closed == [8, 9]


async def test_a_revoked_token_opens_nothing(serpi: Serpi, books_url: str) -> None:
    async with connected(books_url) as client:
        assert (await client.get(TYPES)).status_code == 200
        async with await psycopg.AsyncConnection.connect(books_url, autocommit=True) as owner:
            await owner.execute("UPDATE control.credential SET revoked_at = '2026-11-20'")
        for method, path, body in (
            ("GET", TYPES, None),
            ("POST", QUERY, ALL),
            ("POST", DOCUMENTS, [bodies.document(7)]),
        ):
            answer = await client.call(method, path, body)
            assert (answer.status_code, answer.json()["code"]) == (401, 401)


async def test_a_company_loaded_again_with_the_same_token(books_url: str) -> None:
    """What a process remembers of the token is then another credential's, which it must find out."""
    async with connected(books_url) as client:
        assert (await client.get(TYPES)).status_code == 200
        async with await psycopg.AsyncConnection.connect(books_url, autocommit=True) as owner:
            await owner.execute(
                "WITH old AS (UPDATE control.credential SET revoked_at = '2026-11-20'"
                "  WHERE dialect = 'serpi' RETURNING company_name, identity, secret_sha256)"
                "INSERT INTO control.credential (company_name, dialect, identity, secret_sha256)"
                " SELECT company_name, 'serpi', identity, secret_sha256 FROM old"
            )
        assert (await client.get(TYPES)).status_code == 200
        await client.created(bodies.document(7))


async def test_while_the_database_is_away(demo_databases: DemoDatabases) -> None:
    url = demo_databases.take()
    async with connected(url) as client:
        await client.database.close()
        for path, body in ((QUERY, ALL), (DOCUMENTS, [bodies.document(7)]), (f"{DOCUMENTS}", 5)):
            answer = await client.post(path, body)
            assert (answer.status_code, answer.json()["code"]) == (503, 503)
            assert answer.headers["retry-after"] == "1"
    demo_databases.give_back(url, changed=False)


async def test_who_sends_half_a_body_holds_up_nobody(
    books_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn of a token begins with the whole body; who falls silent is told so in the end."""
    monkeypatch.setattr(body_module, "SILENCE_SECONDS_MAX", 0.3)
    async with connected(books_url) as serpi:

        async def half() -> AsyncIterator[bytes]:
            yield b"[{"
            await asyncio.sleep(60)
            yield b"}]"

        stalled = asyncio.create_task(serpi.call("POST", DOCUMENTS, raw=half()))
        await asyncio.sleep(0.05)
        answer = await asyncio.wait_for(serpi.get(TYPES), 5)
        assert answer.status_code == 200
        assert not stalled.done()
        told = await asyncio.wait_for(stalled, 5)
        assert (told.status_code, told.json()["errors"]) == (400, ["El cuerpo no llegó completo"])


async def test_a_token_revoked_in_the_middle_of_an_array(
    books_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before is told as written; the rest says why it was not."""
    documents = [bodies.document(number) for number in range(10, 410)]
    async with connected(books_url) as serpi:
        find = documents_module._branches_of
        calls = itertools.count()

        async def find_then_revoke(*arguments: Any) -> Any:
            if next(calls) == 2:
                await asyncio.sleep(1)  # what was handed in is written, and only then
                async with await psycopg.AsyncConnection.connect(books_url) as owner:
                    await owner.execute("UPDATE control.credential SET revoked_at = '2026-11-20'")
                raise CompanyUnknown("credential revoked")
            return await find(*arguments)

        monkeypatch.setattr(documents_module, "_branches_of", find_then_revoke)
        answer = await serpi.post(DOCUMENTS, documents)
        body = answer.json()
        done = 400 - len(body["errors"])
        assert (answer.status_code, body["success"]) == (201, True)
        assert body["message"] == f"Se crearon {done} de 400 documentos contables"
        assert 0 < done <= 200
        assert body["errors"][-1].endswith("El token falta, no existe o fue revocado")
