"""The Colombian demo company behind the Siigo door, in this process, on untouched books for every test."""

from collections.abc import AsyncIterator

import pytest

from cuadra.ledger.verify import verify
from tests.demo import COMPANIES, DemoDatabases
from tests.dialects.siigo.client import Siigo, signed_in


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
