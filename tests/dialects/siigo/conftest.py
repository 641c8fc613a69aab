"""The demo companies behind the Siigo door, in this process, on untouched books for every test."""

from collections.abc import AsyncIterator

import pytest

from cuadra.app import create_app
from cuadra.database.pool import Database
from tests.demo import DemoDatabases
from tests.dialects.siigo.client import SettableClock, Siigo


@pytest.fixture
async def siigo(demo_databases: DemoDatabases) -> AsyncIterator[Siigo]:
    """A signed-in client of the Colombian demo company, whose clock stands at ten in Bogotá."""
    url = demo_databases.take()
    database = Database(url)
    await database.open()
    clock = SettableClock()
    client = Siigo(await create_app(database, clock), clock, database)
    await client.sign_in()
    yield client
    await client.http.aclose()
    await database.close()
    demo_databases.give_back(url, changed=client.changed)
