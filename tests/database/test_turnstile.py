"""One at a time, by name, in this process and in others; nobody who leaves or is cancelled blocks the next.

Two turnstiles are two processes: what they share is the database.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from cuadra.database import turnstile as module
from cuadra.database.pool import Database, DatabaseUnavailable
from cuadra.database.turnstile import Occupied, Turnstile

Connection = psycopg.AsyncConnection[Any]
SECONDS = 10  # no test waits longer for what must happen


@pytest.fixture
async def here(database_url: str) -> AsyncIterator[Turnstile]:
    """The turnstile of this process."""
    turnstile = Turnstile(database_url)
    yield turnstile
    await turnstile.close()
    assert turnstile._queues == {}


@pytest.fixture
async def there(database_url: str) -> AsyncIterator[Turnstile]:
    """The turnstile of another process."""
    turnstile = Turnstile(database_url)
    yield turnstile
    await turnstile.close()


class Visitor:
    """Somebody who goes through a turnstile, and stays inside until told to leave."""

    def __init__(self, turnstile: Turnstile, name: str = "token") -> None:
        self.inside = asyncio.Event()
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._visit(turnstile, name))

    async def _visit(self, turnstile: Turnstile, name: str) -> None:
        async with turnstile.pass_through(name):
            self.inside.set()
            await self.leave.wait()

    async def get_in(self) -> "Visitor":
        """Wait until inside."""
        await asyncio.wait_for(self.inside.wait(), SECONDS)
        return self

    async def go(self) -> None:
        """Leave and be gone."""
        self.leave.set()
        await asyncio.wait_for(self.task, SECONDS)

    async def cancel(self) -> None:
        """Be cancelled, wherever it is, and be gone."""
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(self.task, SECONDS)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


async def locks_held(owner: Connection) -> int:
    """How many of the turnstiles' locks anybody holds."""
    cursor = await owner.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid IN (7003, 7004)"
        "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def until_locks(owner: Connection, count: int) -> None:
    """Wait until so many of the turnstiles' locks are held: one inside, one next in line."""
    async with asyncio.timeout(SECONDS):
        while await locks_held(owner) != count:
            await asyncio.sleep(0.005)


def count_round_trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The list that every question to the database is written to from now on."""
    asked: list[str] = []
    ask: Callable[..., Awaitable[bool | None]] = module._ask

    async def counting(connection: Connection, statement: str, name: str) -> bool | None:
        asked.append(statement)
        return await ask(connection, statement, name)

    monkeypatch.setattr(module, "_ask", counting)
    return asked


async def test_those_of_a_process_get_in_in_the_order_they_came(here: Turnstile) -> None:
    order: list[int] = []
    inside = 0

    async def visit(number: int) -> None:
        nonlocal inside
        async with here.pass_through("token"):
            inside += 1
            assert inside == 1
            order.append(number)
            await asyncio.sleep(0.001)
            inside -= 1

    await asyncio.gather(*(visit(number) for number in range(40)))
    assert order == list(range(40))


async def test_processes_exclude_each_other(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    first = await Visitor(here).get_in()
    second = Visitor(there)
    await asyncio.sleep(0.1)
    assert not second.inside.is_set()
    await first.go()
    await second.get_in()
    assert await locks_held(owner) == 1
    await second.go()
    assert await locks_held(owner) == 0


async def test_a_long_queue_does_not_keep_another_process_out(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    queue = [Visitor(here) for _ in range(20)]
    await queue[0].get_in()
    stranger = Visitor(there)
    await until_locks(owner, 2)  # it is next in line now
    for visitor in queue:
        visitor.leave.set()
    stranger.leave.set()
    await stranger.get_in()
    assert sum(visitor.inside.is_set() for visitor in queue) <= 2
    await asyncio.gather(stranger.task, *(visitor.task for visitor in queue))


async def test_two_processes_with_many_visitors_never_meet_inside(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    inside = most = passes = 0

    async def visit(turnstile: Turnstile) -> None:
        nonlocal inside, most, passes
        async with turnstile.pass_through("token"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            passes += 1

    await asyncio.wait_for(
        asyncio.gather(*(visit(turnstile) for _ in range(25) for turnstile in (here, there))), 30
    )
    assert (most, passes) == (1, 50)
    assert await locks_held(owner) == 0


async def test_other_names_do_not_wait(here: Turnstile, there: Turnstile) -> None:
    visitors = [await Visitor(here, "a").get_in()]
    visitors.append(await Visitor(here, "b").get_in())
    visitors.append(await Visitor(there, "c").get_in())
    for visitor in visitors:
        await visitor.go()


async def test_who_does_not_want_to_wait_is_turned_away_at_once(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    visitor = await Visitor(here).get_in()
    for turnstile in (here, there):
        with pytest.raises(Occupied, match="token is in use"):
            async with turnstile.pass_through("token", wait=False):
                pytest.fail("somebody was inside")
    await visitor.go()
    for turnstile in (here, there):
        async with turnstile.pass_through("token", wait=False):
            assert await locks_held(owner) == 1
    assert await locks_held(owner) == 0


async def test_no_more_wait_than_may(database_url: str) -> None:
    turnstile = Turnstile(database_url, waiting_max=2)
    visitors = [await Visitor(turnstile).get_in(), Visitor(turnstile), Visitor(turnstile)]
    await eventually(lambda: turnstile.waiting("token") == 2)
    with pytest.raises(Occupied, match="2 are waiting for token already"):
        async with turnstile.pass_through("token"):
            pytest.fail("the queue was full")
    other = await Visitor(turnstile, "other").get_in()
    for visitor in (other, *visitors):
        await visitor.go()
    await turnstile.close()


async def test_the_queue_can_be_measured(here: Turnstile) -> None:
    assert (here.waiting("token"), here.waiting()) == (0, 0)
    visitors = [await Visitor(here).get_in(), Visitor(here), Visitor(here)]
    other = await Visitor(here, "other").get_in()
    await eventually(lambda: here.waiting("token") == 2)
    assert (here.waiting("other"), here.waiting()) == (0, 2)
    for visitor in (other, *visitors):
        await visitor.go()
    assert here.waiting() == 0


async def test_a_cancelled_waiter_leaves_no_gap(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    first = await Visitor(here).get_in()
    waiters = [Visitor(here), Visitor(here)]  # behind it in its process
    heads = [Visitor(there), Visitor(there)]  # and at the database's lock
    await until_locks(owner, 2)
    await waiters[0].cancel()
    await heads[0].cancel()
    await eventually(lambda: here.waiting() == there.waiting() == 1)
    await first.go()
    for visitor in (waiters[1], heads[1]):
        visitor.leave.set()
    await asyncio.wait_for(asyncio.gather(waiters[1].task, heads[1].task), SECONDS)
    assert await locks_held(owner) == 0


async def test_a_cancelled_holder_lets_the_next_one_in(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    first, second = await Visitor(here).get_in(), Visitor(there)
    await first.cancel()
    await second.get_in()
    await second.go()
    assert await locks_held(owner) == 0


async def test_an_error_inside_lets_the_next_one_in(here: Turnstile, there: Turnstile) -> None:
    with pytest.raises(ValueError, match="inside"):
        async with here.pass_through("token"):
            raise ValueError("inside")
    async with there.pass_through("token", wait=False):
        pass


async def test_cancelled_at_any_moment_nothing_stays_locked(
    here: Turnstile, owner: Connection
) -> None:
    for step in range(60):
        visitor = Visitor(here)
        visitor.leave.set()
        for _ in range(step):  # one turn of the loop further every time
            await asyncio.sleep(0)
        visitor.task.cancel()
        await asyncio.wait({visitor.task}, timeout=SECONDS)
    await eventually(lambda: not here._asking)
    assert await locks_held(owner) == 0
    async with here.pass_through("token", wait=False):
        assert await locks_held(owner) == 1


async def kill(owner: Connection, turnstile: Turnstile) -> None:
    """End the session of a turnstile from outside."""
    assert turnstile._connection is not None
    await owner.execute(
        "SELECT pg_terminate_backend(%s)", (turnstile._connection.info.backend_pid,)
    )


async def test_a_killed_connection_is_opened_again(here: Turnstile, owner: Connection) -> None:
    for _ in range(3):
        async with here.pass_through("token"):
            pass
        await kill(owner, here)
    async with here.pass_through("token"):
        assert await locks_held(owner) == 1
    assert await locks_held(owner) == 0


async def test_locks_go_with_their_connection_and_the_queue_goes_on(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    first, second = await Visitor(here).get_in(), Visitor(here)
    await kill(owner, here)
    stranger = await Visitor(there).get_in()  # nothing holds it back any more
    assert not second.inside.is_set()  # but its own process does
    await first.go()
    await asyncio.sleep(0.05)
    assert not second.inside.is_set()
    await stranger.go()
    await second.get_in()
    assert await locks_held(owner) == 1
    await second.go()
    assert await locks_held(owner) == 0


async def test_whoever_is_next_in_line_survives_a_killed_connection(
    here: Turnstile, there: Turnstile, owner: Connection
) -> None:
    first, second = await Visitor(there).get_in(), Visitor(here)
    await until_locks(owner, 2)
    former = here._connection
    await kill(owner, here)
    await eventually(lambda: here._connection not in (None, former))
    await until_locks(owner, 2)
    assert not second.inside.is_set()
    await first.go()
    await second.get_in()
    await second.go()
    assert await locks_held(owner) == 0


async def test_without_a_database_it_is_unavailable() -> None:
    turnstile = Turnstile("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnavailable):
        async with turnstile.pass_through("token"):
            pytest.fail("there was nobody to ask")
    assert turnstile.waiting() == 0
    await turnstile.close()


async def test_a_closed_turnstile_lets_nobody_in(here: Turnstile) -> None:
    async with here.pass_through("token"):
        pass
    await here.close()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        async with here.pass_through("token"):
            pytest.fail("it was closed")


async def test_who_waits_holds_no_connection_of_the_pool(
    here: Turnstile, there: Turnstile, database_url: str, owner: Connection
) -> None:
    pool = Database(database_url, size=1, wait_seconds=1)
    await pool.open()
    holder = await Visitor(there).get_in()
    others = [await Visitor(there, f"token {n}").get_in() for n in range(20)]
    waiters = [Visitor(here, f"token {n}") for n in range(20) for _ in range(5)]
    await until_locks(owner, 1 + 20 + 20)  # inside, and next in line
    assert here.waiting() == 100
    assert await pool.answers()
    cursor = await owner.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
    )
    assert await cursor.fetchone() == (4,)  # the owner's, the pool's, and one for each turnstile
    for visitor in (holder, *others, *waiters):
        visitor.leave.set()
    tasks = (visitor.task for visitor in (holder, *others, *waiters))
    await asyncio.wait_for(asyncio.gather(*tasks), 30)
    await pool.close()


async def test_it_serves_as_the_application(here: Turnstile) -> None:
    async with here.pass_through("token"):
        assert here._connection is not None
        cursor = await here._connection.execute("SELECT current_role")
        assert await cursor.fetchone() == ("cuadra_application",)


async def test_a_pass_costs_two_round_trips(
    here: Turnstile, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with here.pass_through("token"):
        pass
    asked = count_round_trips(monkeypatch)
    started = time.perf_counter()
    for _ in range(100):
        async with here.pass_through("token"):
            pass
    passes = time.perf_counter() - started
    assert len(asked) == 200

    async with await AsyncConnection.connect(database_url, autocommit=True) as connection:
        await connection.execute("SELECT 1")
        started = time.perf_counter()
        for _ in range(200):
            await connection.execute("SELECT 1")
        questions = time.perf_counter() - started
    print(f"{passes * 10:.3f} ms a pass, {questions * 10:.3f} ms two questions")
    assert passes < 10 * questions  # the rest is two tasks; slower only on a busy machine
