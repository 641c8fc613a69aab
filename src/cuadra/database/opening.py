"""From a configuration to a database that is ready: embedded or given by URL, and migrated.

A server that runs the embedded PostgreSQL leaves its address in the data folder, so that the command
line can work on the same books meanwhile; without a running server, a command starts PostgreSQL for as
long as it takes.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psycopg

from cuadra.config import Config
from cuadra.database.embedded import EmbeddedServer
from cuadra.database.migrate import migrate

ADDRESS_FILE = "address"


class Address(msgspec.Struct, frozen=True):
    """How to reach the database: as the login that serves, and as the one that owns."""

    url: str
    owner_url: str


@asynccontextmanager
async def open_database(
    config: Config, *, on_event: Callable[[str], None] | None = None, serve: bool = False
) -> AsyncIterator[Address]:
    """A migrated database for as long as the context lasts. Raises `SetupError`.

    With `serve` the data folder becomes this process's own and its address is left there for others.
    """
    if config.database_url is not None:
        address = Address(config.database_url, config.database_owner_url or config.database_url)
        await migrate(address.owner_url)
        yield address
        return
    known = None if serve else await _address_of_running_server(config.data_folder)
    if known is not None:
        yield known
        return
    server = EmbeddedServer(config.data_folder, on_event=on_event)
    url = await server.start()
    try:
        await migrate(url)
        with _announced(config.data_folder, Address(url, url)) as address:
            yield address
    finally:
        await server.stop()


@contextlib.contextmanager
def _announced(folder: Path, address: Address) -> Iterator[Address]:
    """The address, written for our user only while the server runs."""
    path = folder / ADDRESS_FILE
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(msgspec.json.encode(address))
    try:
        yield address
    finally:
        path.unlink(missing_ok=True)


async def _address_of_running_server(folder: Path) -> Address | None:
    """The address a running server left, if it still answers there."""
    try:
        address = msgspec.json.decode((folder / ADDRESS_FILE).read_bytes(), type=Address)
        connection = await psycopg.AsyncConnection.connect(address.url, connect_timeout=3)
    except (OSError, msgspec.DecodeError, psycopg.OperationalError):
        return None
    await connection.close()
    return address
