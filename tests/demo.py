"""Databases that hold the demo companies, copied from one that was loaded once.

A test that changes nothing leaves its database to the next one; what another changed is first checked
against itself, then dropped.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from cuadra.catalog.company_file import load_built_in, load_built_in_text
from cuadra.database.pool import Database
from cuadra.trade.companies import load_company
from tests.books_check import find_contradictions

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)  # 10 in the morning in Bogotá
COMPANIES = ("demo", "demo-ar")


class DemoDatabases:
    """Hands out databases with the demo companies as their files say."""

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
        for name in COMPANIES:
            await load_company(database, load_built_in(name), load_built_in_text(name), NOW)
        await database.close()
