"""Connections to the database, and the transactions everything else runs in.

A transaction belongs to one company: its first statement names the company with SET LOCAL, so that
row-level security shows that company's rows and no others, and nothing of it survives on the pooled
connection. Reads open their own transaction; only `trade.group` may call `Database.write`.

Everything that means "the database is not there" leaves this module as `DatabaseUnavailable`.
Nothing here retries a statement that may have had an effect.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from cuadra.errors import CuadraError

APPLICATION_ROLE = "cuadra_application"
ROWS_AT_ONCE = 2000  # of a stream


class DatabaseUnavailable(CuadraError):
    """The database does not answer. Try again in a moment."""


class CompanyUnknown(CuadraError):
    """No such company, or its credential was revoked."""


class Company(msgspec.Struct, frozen=True):
    """The company a transaction belongs to, as `control.company` knows it."""

    id: int
    guid: str
    name: str
    country: str
    currency: str
    catalog_version: int
    legal_name: str
    identification: str


class Transaction:
    """One open transaction of one company (or of none, for `control`)."""

    def __init__(self, connection: AsyncConnection[Any], company: Company | None) -> None:
        self.connection = connection
        self._company = company
        self.uncommitted_catalog = False  # nobody else may come to know it

    @property
    def company(self) -> Company:
        """The company of this transaction; asking in a transaction without one is a programming error."""
        assert self._company is not None, "this transaction belongs to no company"
        return self._company

    async def enter(self, company: Company) -> None:
        """Make a transaction of no company one of a company just made in it."""
        assert self._company is None, "a transaction never changes its company"
        await self.connection.execute(
            "SELECT set_config('cuadra.company_id', %s, true)", (str(company.id),)
        )
        self._company = company

    def catalog_changed(self, version: int) -> None:
        """Go on with the version its catalogs will have once this transaction is committed."""
        self._company = msgspec.structs.replace(self.company, catalog_version=version)
        self.uncommitted_catalog = True

    async def rows(self, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run a query and return its rows as tuples."""
        cursor = await self.connection.execute(query.encode(), parameters)
        return await cursor.fetchall()

    async def row(self, query: str, **parameters: Any) -> tuple[Any, ...] | None:
        """Run a query and return its first row, or None."""
        cursor = await self.connection.execute(query.encode(), parameters)
        return await cursor.fetchone()

    async def records(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run a query and return its rows as dictionaries by column name."""
        async with self.connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), parameters)
            return await cursor.fetchall()

    async def stream(self, query: str, **parameters: Any) -> AsyncGenerator[tuple[Any, ...], None]:
        """Run a query and hand out its rows through a cursor of the database, so that few are in memory."""
        async with self.connection.cursor(name="stream") as cursor:
            await cursor.execute(query.encode(), parameters)
            while rows := await cursor.fetchmany(ROWS_AT_ONCE):
                for row in rows:
                    yield row

    async def execute(self, query: str, **parameters: Any) -> int:
        """Run a statement and return how many rows it touched."""
        cursor = await self.connection.execute(query.encode(), parameters)
        return cursor.rowcount


class Database:
    """The pool of one process, and the only way to a transaction."""

    def __init__(self, url: str, *, size: int = 10, wait_seconds: float = 2.0) -> None:
        self._size = size
        self._seen: dict[str, Company] = {}
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=wait_seconds,
            reconnect_timeout=2.0,
            kwargs={"autocommit": True, "options": f"-c role={APPLICATION_ROLE}"},
            num_workers=2,
        )

    async def open(self) -> None:
        """Open the pool; `DatabaseUnavailable` when not even one connection can be made."""
        try:
            await self._pool.open(wait=True, timeout=10)
        except (PoolTimeout, OperationalError) as error:
            raise DatabaseUnavailable(f"the database does not answer: {error}") from error

    async def close(self) -> None:
        """Close the pool after the transactions under way."""
        await self._pool.close()

    async def answers(self) -> bool:
        """Whether the database answers now; for readiness checks."""
        try:
            async with self._transaction("BEGIN READ ONLY") as (connection, _):
                await connection.execute("SELECT 1")
        except DatabaseUnavailable:
            return False
        return True

    @asynccontextmanager
    async def read(self, company: str | int) -> AsyncIterator[Transaction]:
        """A read-only transaction of a company, named or given by one of its credentials' id.

        Raises `CompanyUnknown` and `DatabaseUnavailable`.
        """
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        async with self._transaction(f"{begin}; {_company_query(company)}") as (connection, row):
            yield Transaction(connection, self._company(row, company))

    @asynccontextmanager
    async def write(self, company: str | int) -> AsyncIterator[Transaction]:
        """A write transaction of a company. Called by `trade.group` only. Raises as `read` does."""
        async with self._transaction(f"BEGIN; {_company_query(company)}") as (connection, row):
            yield Transaction(connection, self._company(row, company))

    def last_seen(self, name: str) -> Company | None:
        """A company as the newest transaction of this process found it, or None."""
        return self._seen.get(name)

    def _company(self, row: tuple[Any, ...] | None, company: str | int) -> Company:
        """The company a transaction begins with. Raises `CompanyUnknown`."""
        if row is None:
            raise CompanyUnknown(
                f"there is no company named {company!r}"
                if isinstance(company, str)
                else "credential revoked"
            )
        found = Company(*row)
        self._seen[found.name] = found
        return found

    @asynccontextmanager
    async def control(self) -> AsyncIterator[Transaction]:
        """A transaction of no company: it sees `control` and no row of `books`."""
        async with self._transaction("BEGIN") as (connection, _):
            yield Transaction(connection, None)

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[tuple[AsyncConnection[Any], Any]]:
        """Begin on a live connection, commit at the end, roll back on any exception."""
        try:
            connection, row = await self._begin(begin)
            try:
                yield connection, row
                await connection.execute("COMMIT")
            except BaseException:
                await self._give_back(connection)
                raise
            await self._pool.putconn(connection)
        except (OperationalError, InterfaceError, PoolTimeout, PoolClosed) as error:
            if isinstance(error, OperationalError) and not _means_absence(error):
                raise
            raise DatabaseUnavailable(f"the database does not answer: {error}") from error

    async def _begin(self, begin: str) -> tuple[AsyncConnection[Any], Any]:
        """Take a connection and begin on it, trying another when it turns out to be dead.

        After a restart of the database every connection of the pool is dead; each is tried once.
        """
        for attempts_left in range(self._size, -1, -1):
            connection = await self._pool.getconn()
            try:
                cursor = await connection.execute(begin.encode())
                while cursor.nextset():
                    pass
                row = await cursor.fetchone() if cursor.description else None
            except BaseException as error:
                dead = connection.closed
                await self._give_back(connection)
                if dead and isinstance(error, OperationalError) and attempts_left:
                    continue
                raise
            return connection, row
        raise AssertionError("unreachable")

    async def _give_back(self, connection: AsyncConnection[Any]) -> None:
        """Roll back and return the connection to the pool, whatever the rolling back comes to."""
        try:
            if not connection.closed:
                await connection.rollback()
        finally:
            await self._pool.putconn(connection)


def _means_absence(error: OperationalError) -> bool:
    """Whether an error says that the database is away or full, not that a statement lost a race.

    Classes 08 (connection), 53 (resources, such as a full disk) and 57P (shutdown) of its own codes;
    no code at all means that the connection broke.
    """
    return error.sqlstate is None or error.sqlstate.startswith(("08", "53", "57P"))


def _company_query(company: str | int) -> str:
    """The statement that finds a company and makes it the transaction's.

    Sent together with BEGIN in one round trip, which allows no parameters: the name is therefore
    checked to be a plain word.
    """
    if isinstance(company, int):
        return f"SELECT * FROM control.enter_by_credential({company})"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", company):
        raise CompanyUnknown(f"there is no company named {company!r}")
    return f"SELECT * FROM control.enter('{company}')"
