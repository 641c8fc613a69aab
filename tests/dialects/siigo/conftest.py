"""The demo companies behind the Siigo door, in this process, on untouched books for every test.

A test that changes nothing leaves its database to the next one; whatever changed the books is first
checked against itself, then dropped.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from cuadra.app import create_app
from cuadra.catalog.company_file import load_built_in, load_built_in_text
from cuadra.database.pool import Database
from cuadra.trade.group import load_company
from tests.dialects.siigo.books_check import find_contradictions
from tests.dialects.siigo.client import NOW, SettableClock, Siigo


class DemoDatabases:
    """Hands out databases that hold the demo companies as their files say."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._template = server.create()
        self._clean: str | None = None
        asyncio.run(self._load())

    def take(self) -> str:
        """The login to an untouched database."""
        url, self._clean = self._clean, None
        return url or self._server.create(like=self._template)

    def give_back(self, url: str, *, changed: bool) -> None:
        """Keep a database for the next test, unless it was changed; then its books must still agree."""
        if not changed:
            self._clean = url
            return
        contradictions = find_contradictions(url)
        self._server.drop(url)
        assert not contradictions

    async def _load(self) -> None:
        database = Database(self._template)
        await database.open()
        for name in ("demo", "demo-ar"):
            await load_company(database, load_built_in(name), load_built_in_text(name), NOW)
        await database.close()


@pytest.fixture(scope="session")
def demo_databases(database_server: Any) -> Iterator[DemoDatabases]:
    """Where databases with the demo companies come from."""
    return DemoDatabases(database_server)


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
