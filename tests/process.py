"""One process of the server, in the process of the tests, with a clock that a test can set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry

from cuadra.app import create_app
from cuadra.database.pool import Database
from cuadra.database.turnstile import Turnstile
from cuadra.trade.group import Groups
from tests.demo import NOW


class SettableClock:
    """The clock of the server under test."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Process(NamedTuple):
    """A running server: its application, its clock, and the pool it uses."""

    app: Any
    clock: SettableClock
    database: Database


@asynccontextmanager
async def running(database_url: str) -> AsyncIterator[Process]:
    """A server over a database, for as long as the block."""
    database = Database(database_url)
    await database.open()
    turnstile = Turnstile(database_url)
    clock = SettableClock()
    registry = CollectorRegistry()
    groups = Groups(database, clock, registry)
    try:
        app = await create_app(database, groups, turnstile, registry, clock)
        yield Process(app, clock, database)
        await groups.drain()
    finally:
        await turnstile.close()
        await database.close()
