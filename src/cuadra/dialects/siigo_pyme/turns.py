"""One job at a time for each connection, in order of arrival, however many processes answer.

Behind the vendor's call is one program on one desk: what arrives waits for what came before. Whoever
waits holds neither a connection of the pool nor, for long, anybody's patience: its client is answered
when the time it gave is over. A job that writes then goes on if it has begun, and never begins otherwise.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog
from prometheus_client import CollectorRegistry, Gauge

from cuadra.database.turnstile import Occupied, Turnstile
from cuadra.dialects.siigo_pyme.settings import DIALECT

T = TypeVar("T")
WAITING_MAX = 100  # jobs of one connection in one process; their bodies wait on disk
_log = structlog.get_logger("cuadra.siigo_pyme")


def turn_of(company: str, connection: str) -> str:
    """What the turns of a company's connection are called in the turnstile."""
    return f"{DIALECT} {company} {connection}"


class Late(Exception):
    """The client's time is over. `begun` tells whether its job had."""

    def __init__(self, *, begun: bool) -> None:
        self.begun = begun
        super().__init__("the client's time is over")


class ClientGone(Exception):
    """Nobody waits for the answer any more, and the job was only to read."""


class Turns:
    """The jobs of one process."""

    def __init__(self, turnstile: Turnstile, registry: CollectorRegistry) -> None:
        self._turnstile = turnstile
        self._waiting: dict[str, int] = {}
        self._running = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        Gauge(
            "cuadra_pyme_jobs_waiting", "Jobs that wait for their connection", registry=registry
        ).set_function(lambda: sum(self._waiting.values()))
        Gauge(
            "cuadra_pyme_jobs_running", "Jobs that have their connection", registry=registry
        ).set_function(lambda: self._running)

    async def run(
        self,
        connection: str,
        work: Callable[[], Awaitable[T]],
        *,
        seconds: float,
        client_gone: Coroutine[Any, Any, None],
        writes: bool,
    ) -> T:
        """Do the work when it is the connection's turn, and wait so many seconds for it.

        Raises what the work raises, `Late`, `Occupied` when too many wait already, and `ClientGone` for
        work that writes nothing; work that writes is done whether or not its client stays.
        """
        if self._waiting.get(connection, 0) >= WAITING_MAX:
            client_gone.close()
            raise Occupied(f"{WAITING_MAX} jobs wait for {connection} already")
        begun = asyncio.Event()
        job = self._keep(asyncio.create_task(self._take_turn(connection, work, begun)))
        watch = asyncio.create_task(client_gone)
        try:
            ends: set[asyncio.Task[Any]] = {job} if writes else {job, watch}
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if job.done():
                return job.result()
            if not writes and watch.done():
                raise ClientGone
            if not begun.is_set():
                job.cancel()
            raise Late(begun=begun.is_set())
        finally:
            watch.cancel()
            if not writes:
                job.cancel()

    async def _take_turn(
        self, connection: str, work: Callable[[], Awaitable[T]], begun: asyncio.Event
    ) -> T:
        self._waiting[connection] = self._waiting.get(connection, 0) + 1
        waits = True

        def stop_waiting() -> None:
            nonlocal waits
            if waits:
                waits = False
                self._waiting[connection] -= 1
                if not self._waiting[connection]:
                    del self._waiting[connection]

        try:
            async with self._turnstile.pass_through(connection):
                stop_waiting()
                begun.set()
                self._running += 1
                try:
                    return await work()
                finally:
                    self._running -= 1
        finally:
            stop_waiting()

    def _keep(self, job: asyncio.Task[T]) -> asyncio.Task[T]:
        """Keep a job alive that nobody may be waiting for, and say how it ended if badly."""
        self._tasks.add(job)

        def ended(job: asyncio.Task[Any]) -> None:
            self._tasks.discard(job)
            if not job.cancelled() and job.exception() is not None:
                _log.info("a job failed", error=repr(job.exception()))

        job.add_done_callback(ended)
        return job
