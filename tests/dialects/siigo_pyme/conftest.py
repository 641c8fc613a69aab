"""The Colombian demo company behind the Siigo Pyme door, in this process, on untouched books for every test."""

from collections.abc import AsyncIterator

import pytest

from cuadra.database.pool import Database
from cuadra.ledger.verify import verify
from tests.demo import COMPANIES, DemoDatabases
from tests.dialects.siigo_pyme.client import Pyme, connected


@pytest.fixture
async def pyme(demo_databases: DemoDatabases) -> AsyncIterator[Pyme]:
    """A client, on a server whose clock stands at ten in Bogotá."""
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
