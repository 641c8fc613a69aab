"""The Argentine demo company behind the Colppy door, in this process, on untouched books for every test."""

from collections.abc import AsyncIterator

import pytest

from cuadra.database.pool import Database
from cuadra.ledger.verify import verify
from tests.demo import COMPANIES, DemoDatabases
from tests.dialects.colppy.client import Colppy, connected


@pytest.fixture
async def colppy(demo_databases: DemoDatabases) -> AsyncIterator[Colppy]:
    """A client that is signed in, on a server whose clock stands at noon in Buenos Aires."""
    url = demo_databases.take()
    async with connected(url) as client:
        yield client
        if client.changed:
            await check_ledgers(client.database)
    demo_databases.give_back(url, changed=client.changed)


async def check_ledgers(database: Database) -> None:
    """The program's own verification finds nothing wrong either."""
    for company in COMPANIES:
        async with database.read(company) as transaction:
            assert await verify(transaction, lambda *_: None) == []
