"""One job at a time for each connection: order, other processes, patience, and clients that go away.

The jobs are exports of these tests, which write nothing and end when they are told to.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import pytest

from cuadra.catalog.credentials import revoke_credential
from cuadra.database.pool import DatabaseUnavailable
from cuadra.dialects.siigo_pyme import server, turns
from cuadra.dialects.siigo_pyme.job import ExportReport, Job
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.client import PATH, Pyme, balances, call, choose, connected

DONE = {"statusCode": 200, "message": "Hecho", "errors": None}
OTHERS = {"authorization": "Bearer demo-ar-api-key"}


class Jobs:
    """Exports that note when they begin and end; with `gate` closed they wait inside."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.inside: set[str] = set()
        self.most = 0
        self.began: list[Any] = []
        self.ended: list[Any] = []
        self.failures: list[Exception] = []

    async def handle(self, job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
        if self.failures:
            raise self.failures.pop(0)
        (row,) = [row async for row in rows]
        self.began.append(row["n"])
        self.inside.add(job.company)
        self.most = max(self.most, len(self.began) - len(self.ended))
        await self.gate.wait()
        await asyncio.sleep(0.002)
        self.ended.append(row["n"])
        return ExportReport(written=1)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    jobs = Jobs()
    monkeypatch.setattr(
        server, "OPERATIONS", (*server.OPERATIONS, server.Export("thirds", jobs.handle, "Hecho"))
    )
    return jobs


@pytest.fixture
async def books_url(demo_databases: DemoDatabases) -> AsyncIterator[str]:
    """The login to a database of the demo companies that is changed."""
    url = demo_databases.take()
    yield url
    demo_databases.give_back(url, changed=True)


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
async def crowd(
    request: pytest.FixtureRequest, jobs: Jobs, books_url: str
) -> AsyncIterator[list[Pyme]]:
    """The processes over one database."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(connected(books_url)) for _ in range(request.param)]


def export(n: int, **members: Any) -> dict[str, Any]:
    return call("export", "thirds", data={"list": [{"n": n}]}, **members)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


async def waiting(client: Pyme) -> int:
    """How many jobs the metrics say are waiting."""
    text = (await client.http.get("/metrics")).text
    line = next(one for one in text.splitlines() if one.startswith("cuadra_pyme_jobs_waiting"))
    return int(float(line.split()[1]))


async def until_waiting(client: Pyme, count: int) -> None:
    async with asyncio.timeout(10):
        while await waiting(client) < count:
            await asyncio.sleep(0.002)


async def test_one_at_a_time(crowd: list[Pyme], jobs: Jobs) -> None:
    clients = itertools.cycle(crowd)
    answers = await asyncio.gather(*(next(clients).send(export(n)) for n in range(20)))
    assert [answer.json() for answer in answers] == [DONE] * 20
    assert (jobs.most, sorted(jobs.ended)) == (1, list(range(20)))


@pytest.mark.parametrize("crowd", [1], indirect=True)
async def test_in_order_of_arrival_and_without_a_connection_each(
    crowd: list[Pyme], jobs: Jobs
) -> None:
    (client,) = crowd
    jobs.gate.clear()
    tasks = []
    for n in range(30):  # far more than the pool has connections
        tasks.append(asyncio.create_task(client.send(export(n))))
        await until(lambda n=n: jobs.began or n)
        await until_waiting(client, n)
    assert await waiting(client) == 29
    others = balances() | {"id_connection": "DEMOAR0001"}
    assert (await client.send(others, headers=OTHERS)).status_code == 200
    assert (await client.http.get("/readyz")).status_code == 200
    jobs.gate.set()
    assert [(await task).json() for task in tasks] == [DONE] * 30
    assert jobs.ended == list(range(30))
    assert await waiting(client) == 0


async def test_a_client_that_goes_away_while_its_job_waits(crowd: list[Pyme], jobs: Jobs) -> None:
    jobs.gate.clear()
    first = asyncio.create_task(crowd[0].send(export(1)))
    await until(lambda: jobs.began)
    gone = asyncio.create_task(crowd[-1].send(export(2)))
    await until_waiting(crowd[-1], 1)
    gone.cancel()
    jobs.gate.set()
    assert (await first).json() == DONE
    await until(lambda: jobs.ended == [1, 2])


async def test_a_client_that_goes_away_while_its_job_runs(crowd: list[Pyme], jobs: Jobs) -> None:
    jobs.gate.clear()
    gone = asyncio.create_task(crowd[0].send(export(1)))
    await until(lambda: jobs.began)
    gone.cancel()
    next_one = asyncio.create_task(crowd[-1].send(export(2)))
    await asyncio.sleep(0.05)
    assert jobs.began == [1]
    jobs.gate.set()
    assert (await next_one).json() == DONE
    assert jobs.ended == [1, 2]


@pytest.mark.parametrize("crowd", [1], indirect=True)
async def test_a_read_is_given_up_with_its_client(crowd: list[Pyme], jobs: Jobs) -> None:
    (client,) = crowd
    jobs.gate.clear()
    first = asyncio.create_task(client.send(export(1)))
    await until(lambda: jobs.began)
    sent = await hang_up(client, balances())
    assert sent == []
    await asyncio.sleep(0.05)
    assert (await waiting(client), jobs.ended) == (0, [])
    jobs.gate.set()
    assert (await first).json() == DONE


async def hang_up(client: Pyme, body: dict[str, Any]) -> list[Any]:
    """Send a whole request and be gone; what was answered to nobody."""
    messages = iter(
        [
            {"type": "http.request", "body": msgspec.json.encode(body), "more_body": False},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "headers": [(b"authorization", b"Bearer demo-api-key")],
        "query_string": b"",
    }
    await client.app(scope, receive, send)
    return sent


async def test_patience_that_ends_in_the_queue(books_url: str, jobs: Jobs) -> None:
    """What never began is never done: the client may send it again."""
    choose(books_url, export_timeout=0.005, import_timeout=0.005)
    async with connected(books_url) as client:
        jobs.gate.clear()
        first = asyncio.create_task(client.send(export(1, request_config={"timeout": 2})))
        await until(lambda: jobs.began)
        for body in (export(2), balances()):
            late = await client.send(body)
            assert late.status_code == 504
            assert (
                late.json()["message"]
                == "Tiempo de espera agotado: la solicitud no alcanzó su turno y no se ejecutó"
            )
        jobs.gate.set()
        assert (await first).json() == DONE
        await asyncio.sleep(0.05)
        assert (jobs.ended, await waiting(client)) == ([1], 0)


async def test_patience_that_ends_inside(books_url: str, jobs: Jobs) -> None:
    """What began is finished, and the next waits for it."""
    choose(books_url, export_timeout=0.005)
    async with connected(books_url) as client:
        jobs.gate.clear()
        late = await client.send(export(1))
        message = "Tiempo de espera agotado: la solicitud sigue en proceso"
        assert (late.status_code, late.json()) == (
            504,
            {"statusCode": 504, "message": message, "errors": None},
        )
        second = asyncio.create_task(client.send(export(2, request_config={"timeout": 2})))
        await asyncio.sleep(0.05)
        assert jobs.began == [1]
        jobs.gate.set()
        assert (await second).json() == DONE
        assert jobs.ended == [1, 2]


async def test_attempts(books_url: str, jobs: Jobs) -> None:
    """What failed before it began is tried again, as often as the client wants."""
    choose(books_url, backoff=0.001)
    async with connected(books_url) as client:
        jobs.failures = [DatabaseUnavailable("away"), DatabaseUnavailable("away")]
        twice = await client.send(export(1, request_config={"attempts": 2}))
        assert twice.status_code == 503
        assert twice.json()["errors"] is None
        jobs.failures = [DatabaseUnavailable("away"), DatabaseUnavailable("away")]
        assert (await client.send(export(2, request_config={"attempts": 3}))).json() == DONE
        jobs.failures = [RuntimeError("unforeseen")]
        assert (await client.send(export(3, request_config={"attempts": 3}))).status_code == 500
        assert jobs.ended == [2]


async def test_an_export_that_began_is_not_repeated(
    books_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    async def fail(job: Job, rows: AsyncIterator[dict[str, Any]]) -> ExportReport:
        calls.append(await anext(rows))
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(server, "OPERATIONS", (server.Export("thirds", fail, "Hecho"),))
    choose(books_url, backoff=0.001, attempts=3)
    async with connected(books_url) as client:
        assert (await client.send(export(1))).status_code == 503
        assert len(calls) == 1


async def test_a_key_revoked_while_its_job_waits(books_url: str, jobs: Jobs) -> None:
    async with connected(books_url) as client:
        jobs.gate.clear()
        first = asyncio.create_task(client.send(export(1)))
        await until(lambda: jobs.began)
        second = asyncio.create_task(client.send(export(2)))
        await until_waiting(client, 1)
        with psycopg.connect(books_url) as owner:
            row = owner.execute(
                "SELECT id FROM control.credential WHERE dialect = 'siigo_pyme'"
                " AND company_name = 'demo'"
            ).fetchone()
        assert row is not None
        await revoke_credential(client.database, "demo", row[0], datetime.now(UTC))
        jobs.gate.set()
        assert (await first).json() == DONE
        assert (await second).status_code == 401
        assert (await client.send(balances())).status_code == 401
        assert jobs.ended == [1]


async def test_too_many_jobs(books_url: str, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING_MAX", 2)
    async with connected(books_url) as client:
        jobs.gate.clear()
        tasks = [asyncio.create_task(client.send(export(0)))]
        await until(lambda: jobs.began)
        tasks += [asyncio.create_task(client.send(export(n))) for n in (1, 2)]
        await until_waiting(client, 2)
        refused = await client.send(export(9))
        assert (refused.status_code, refused.json()["errors"]) == (503, None)
        jobs.gate.set()
        assert [(await task).json() for task in tasks] == [DONE] * 3
