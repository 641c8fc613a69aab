"""The Colombian demo company behind the Siigo door, in this process, on untouched books for every test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from cuadra.ledger.verify import verify
from tests.demo import COMPANIES, DemoDatabases
from tests.dialects.siigo.client import Siigo, signed_in
from tests.dialects.siigo.crowd import CLIENTS, Crowd


@pytest.fixture
async def siigo(demo_databases: DemoDatabases) -> AsyncIterator[Siigo]:
    """A signed-in client, on a server whose clock stands at ten in Bogotá."""
    url = demo_databases.take()
    async with signed_in(url) as client:
        yield client
        if client.changed:
            await check_ledgers(client)
    demo_databases.give_back(url, changed=client.changed)


async def check_ledgers(client: Siigo) -> None:
    """The program's own verification finds nothing wrong either."""
    for company in COMPANIES:
        async with client.database.read(company) as transaction:
            assert await verify(transaction, lambda *_: None) == []


@pytest.fixture
async def books_url(demo_databases: DemoDatabases) -> AsyncIterator[str]:
    """The login to a database of the demo companies that is changed."""
    url = demo_databases.take()
    yield url
    demo_databases.give_back(url, changed=True)


@pytest.fixture(params=[1, 2], ids=["one process", "two processes"])
async def crowd(request: pytest.FixtureRequest, books_url: str) -> AsyncIterator[Crowd]:
    """Processes that already hold a connection for each of ten requests at once."""
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(signed_in(books_url)) for _ in range(request.param)
        ]
        for process in processes:
            everyone = asyncio.Barrier(CLIENTS)

            async def hold(process: Siigo = process, everyone: asyncio.Barrier = everyone) -> None:
                async with process.database.control():
                    await everyone.wait()

            await asyncio.gather(*(hold() for _ in range(CLIENTS)))
        yield Crowd(processes)
        await check_ledgers(processes[0])
