"""The test harness: one embedded PostgreSQL for the whole run, and a fresh database for every test.

The server is started by the first test that needs one (each worker of pytest-xdist has its own), on a folder
in memory where there is one: it starts in half a second, and copying the migrated template takes 15 ms. So a
test never shares rows with another, and never cleans up.

It never serves anything but tests: fsync on memory promises nothing.
"""

import asyncio
import contextlib
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from cuadra.database.embedded import EmbeddedServer
from cuadra.database.migrate import migrate
from cuadra.database.pool import Database
from tests.demo import DemoDatabases

_FOLDER_PREFIX = "cuadra-tests-"
_MEMORY = Path("/dev/shm")
_MEMORY_NEEDED = 1 << 30


class DatabaseServer:
    """The server of this run: makes databases, empty or migrated, and drops them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        """The superuser's login to one database."""
        return urlsplit(self._url)._replace(path=f"/{database}").geturl()

    def create(self, *, empty: bool = False, like: str | None = None) -> str:
        """Make a database with a new name and return its login: migrated, or `empty`, or `like` another one.

        Nobody may be connected to the other one meanwhile.
        """
        name = f"test_{next(self._numbers)}"
        template = "template0" if empty else "migrated"
        if like is not None:
            template = urlsplit(like).path[1:]
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database that `create` made, whoever is connected to it."""
        self._execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    def create_template(self) -> str:
        """Make the database that the others are copied from, for the caller to migrate."""
        self._execute("CREATE DATABASE migrated TEMPLATE template0")
        return self.url("migrated")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--update", action="store_true", help="write the golden ledgers anew")


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """The running server, its template migrated."""
    folder = _new_folder()
    # Its own loop, because those of pytest-asyncio end with their tests.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        embedded = EmbeddedServer(folder)
        try:
            runner.run(embedded.start())
            server = DatabaseServer(embedded.url)
            runner.run(migrate(server.create_template()))
            yield server
        finally:
            runner.run(embedded.stop())
            shutil.rmtree(folder)


@pytest.fixture(scope="session")
def demo_databases(database_server: DatabaseServer) -> DemoDatabases:
    """Where databases with the demo companies come from."""
    return DemoDatabases(database_server)


@pytest.fixture
def database_url(database_server: DatabaseServer) -> Iterator[str]:
    """The login to a new migrated database, empty of companies."""
    url = database_server.create()
    yield url
    database_server.drop(url)


@pytest.fixture
def empty_database_url(database_server: DatabaseServer) -> Iterator[str]:
    """The login to a new database that was never migrated."""
    url = database_server.create(empty=True)
    yield url
    database_server.drop(url)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The pool of the application, open on a new migrated database."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """A superuser's connection to the same database: it sees every company, and may tamper with the books."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


def _new_folder() -> Path:
    """A new data folder, in memory if there is room; those of killed runs are removed."""
    parent = Path(tempfile.gettempdir())
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _MEMORY_NEEDED:
        parent = _MEMORY
    for old in parent.glob(f"{_FOLDER_PREFIX}*"):
        _remove_abandoned(old)
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=parent))
    if os.geteuid() == 0:  # PostgreSQL's own user must pass through.
        folder.chmod(0o711)
    return folder


def _remove_abandoned(folder: Path) -> None:
    """Remove a data folder that no process has locked. One without a lock file is only just being made."""
    with contextlib.suppress(OSError), (folder / "cuadra.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
