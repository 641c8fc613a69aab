"""A turnstile lets one through at a time, by name and across all processes of the installation.

Some doors promise that one token, or one connection, does one thing at a time. Whoever arrives waits in
the process first, in order of arrival. The head of each queue then asks the database for an advisory lock;
all locks of a process live on one connection of its own, so that whoever waits holds none of the pool.
That connection is shared and must never block: the locks are tried again and again, with growing pauses.

Two locks make one turnstile, so that a process with a long queue cannot keep the others out: only who
holds the lock of being next may try to get in, and gives it back when inside.

The locks belong to a session: the URL must lead to PostgreSQL itself, not to a pooler that shares
sessions. This module never touches a table, and promises nothing about the ledger: it is manners, not
safety.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection

from cuadra.database.pool import APPLICATION_ROLE, DatabaseUnavailable
from cuadra.errors import CuadraError

T = TypeVar("T")
WAITING_MAX = 1000  # that wait for one name in one process
PAUSE_SECONDS_MIN = 0.002
PAUSE_SECONDS_MAX = 0.05
ANSWER_SECONDS = 5.0
# The first keys of the advisory locks; those of the ledger are 7001 and 7002. The second is the name's hash:
# two names of one hash keep each other waiting, if they meet in two processes, and nothing worse.
_INSIDE = 7003
_NEXT = 7004
# True: inside. False: next in line. NULL: somebody else is next.
_QUEUE = f"""
SELECT CASE WHEN pg_try_advisory_lock({_NEXT}, name)
            THEN CASE WHEN pg_try_advisory_lock({_INSIDE}, name)
                      THEN pg_advisory_unlock({_NEXT}, name) ELSE false END END
  FROM hashtext(%(name)s::text) AS name
"""
_ENTER_AS_NEXT = f"""
SELECT CASE WHEN pg_try_advisory_lock({_INSIDE}, name)
            THEN pg_advisory_unlock({_NEXT}, name) ELSE false END
  FROM hashtext(%(name)s::text) AS name
"""
_ENTER_OR_NOT = f"SELECT pg_try_advisory_lock({_INSIDE}, hashtext(%(name)s::text))"
_UNLOCK = {
    lock: f"SELECT pg_advisory_unlock({lock}, hashtext(%(name)s::text))"
    for lock in (_INSIDE, _NEXT)
}


class Occupied(CuadraError):
    """Somebody else is inside, or too many are waiting already. Try again in a moment."""


class _Queue:
    """Those who came for one name in this process: at most one inside, the others at the lock."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.present = 0
        self.inside = 0


class _Place:
    """Somebody at the head of a queue: which of the two locks it has, and on which connection."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.connection: AsyncConnection[Any] | None = None
        self.holds: int | None = None


class Turnstile:
    """The turnstiles of one process. Connects when first used; `close` it in the end."""

    def __init__(self, url: str, *, waiting_max: int = WAITING_MAX) -> None:
        self._url = url
        self._waiting_max = waiting_max
        self._queues: dict[str, _Queue] = {}
        self._connection: AsyncConnection[Any] | None = None
        self._using = asyncio.Lock()
        self._asking: set[asyncio.Task[Any]] = set()
        self._closed = False

    @asynccontextmanager
    async def pass_through(self, name: str, *, wait: bool = True) -> AsyncIterator[None]:
        """Be the only one inside `name` for the length of the block, in this process and in all others.

        Those of a process get in in the order they came; processes take turns. Raises `Occupied` when too
        many wait already, or at once, without `wait`, when anybody is inside; `DatabaseUnavailable` when
        the database does not answer. However the block ends, also by cancellation, the next gets in.

        PostgreSQL drops the locks of a connection that breaks. Whoever is inside then goes on and is still
        alone in its process, but somebody of another process may get in beside.
        """
        queue = self._queues.get(name) or _Queue()
        if queue.present and not wait:
            raise Occupied(f"{name} is in use")
        if queue.present - queue.inside >= self._waiting_max:
            raise Occupied(f"{self._waiting_max} are waiting for {name} already")
        self._queues[name] = queue
        queue.present += 1
        place = _Place(name)
        try:
            async with queue.lock:
                try:
                    await self._enter(place, wait=wait)
                    queue.inside = 1
                    yield
                finally:
                    queue.inside = 0
                    await self._uninterrupted(self._leave(place))
        finally:
            queue.present -= 1
            if not queue.present:
                del self._queues[name]

    def waiting(self, name: str | None = None) -> int:
        """How many of this process wait to get in, for one name or for all."""
        queues = self._queues.values() if name is None else [self._queues.get(name) or _Queue()]
        return sum(queue.present - queue.inside for queue in queues)

    async def close(self) -> None:
        """Close the connection, after what is being asked of it; nobody gets in any more."""
        self._closed = True
        while self._asking:
            await asyncio.wait(self._asking)
        await self._disconnect()

    async def _enter(self, place: _Place, *, wait: bool) -> None:
        """Try until inside. Raises `Occupied` after the first time without `wait`."""
        pause = PAUSE_SECONDS_MIN
        while not await self._uninterrupted(self._try(place, wait=wait)):
            if not wait:
                raise Occupied(f"{place.name} is in use")
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _uninterrupted(self, work: Coroutine[Any, Any, T]) -> T:
        """Work that is done to its end even when whoever wants it is cancelled.

        A statement cut off in the middle may have taken a lock that nobody knows of.
        """
        task = asyncio.create_task(work)
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return await asyncio.shield(task)

    async def _try(self, place: _Place, *, wait: bool) -> bool:
        """Whether the place is inside now. Raises `DatabaseUnavailable`."""
        async with self._using:
            if self._connection is not None:
                try:
                    return await self._try_once(place, wait=wait)
                except (psycopg.Error, TimeoutError):
                    await self._disconnect()  # it may have broken long ago: a new one will tell
            try:
                return await self._try_once(place, wait=wait)
            except (psycopg.Error, TimeoutError) as error:
                await self._disconnect()
                why = str(error) or f"nothing came within {ANSWER_SECONDS:g} seconds"
                raise DatabaseUnavailable(f"the database does not answer: {why}") from error

    async def _try_once(self, place: _Place, *, wait: bool) -> bool:
        connection = await self._connect()
        if place.connection is not connection:  # what it held went with the former one
            place.connection, place.holds = connection, None
        statement = _ENTER_OR_NOT
        if wait:
            statement = _ENTER_AS_NEXT if place.holds == _NEXT else _QUEUE
        entered = await _ask(connection, statement, place.name)
        if entered:
            place.holds = _INSIDE
        elif wait and entered is not None:
            place.holds = _NEXT
        return bool(entered)

    async def _leave(self, place: _Place) -> None:
        """Give back what the place holds. If that fails the connection goes, and all its locks with it."""
        async with self._using:
            connection = place.connection
            if place.holds is None or connection is None or connection is not self._connection:
                return
            try:
                await _ask(connection, _UNLOCK[place.holds], place.name)
            except (psycopg.Error, TimeoutError):
                await self._disconnect()

    async def _connect(self) -> AsyncConnection[Any]:
        if self._closed:
            raise DatabaseUnavailable("the turnstile is closed")
        if self._connection is None:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._connection = await AsyncConnection.connect(
                    self._url, autocommit=True, options=f"-c role={APPLICATION_ROLE}"
                )
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def _ask(connection: AsyncConnection[Any], statement: str, name: str) -> bool | None:
    """The one value of a statement about a name."""
    async with asyncio.timeout(ANSWER_SECONDS):
        cursor = await connection.execute(statement.encode(), {"name": name})
        row = await cursor.fetchone()
    assert row is not None
    value: bool | None = row[0]
    return value
