"""The only opener of write transactions: what arrives while one is under way shares the next.

Every company that is being written to has a queue in each process. One group of its drafts is in the
database at a time; whatever came meanwhile goes together in the next one, and an idle company's draft
goes at once: there is no timer. One voucher for each transaction makes a busy company slower with
every client more, because all wait for the same number; posted together they cost a fraction each.

What is in a group stands or falls alone. Whoever goes away after handing in a draft gets it recorded.
Nothing above this module may assume a transaction of its own.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from prometheus_client import CollectorRegistry, Gauge, Histogram
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from cuadra.config import Clock
from cuadra.database.pool import CompanyUnknown, Database, DatabaseUnavailable
from cuadra.errors import CuadraError, Rejected
from cuadra.trade.recording import Outcome, Recorded, Submission, record_drafts

GROUP_MAX = 100  # drafts of one transaction
WAITING_MAX = 1000  # drafts of one company that may wait in one process
ATTEMPTS = 5
LOST_RACES = (UniqueViolation, DeadlockDetected, SerializationFailure)
_log = structlog.get_logger("cuadra.group")


class Busy(CuadraError):
    """More is waiting to be recorded for this company than is let wait. Try again in a moment."""


class _Waiting(NamedTuple):
    submission: Submission
    outcome: asyncio.Future[Recorded]
    since: float


class Groups:
    """The queues of one process."""

    def __init__(self, database: Database, clock: Clock, registry: CollectorRegistry) -> None:
        self._database = database
        self._clock = clock
        self._queues: dict[str, deque[_Waiting]] = {}
        self._writers: set[asyncio.Task[None]] = set()
        self._sizes = Histogram(
            "cuadra_group_size",
            "Drafts recorded in one transaction",
            buckets=(1, 2, 5, 10, 20, 50, GROUP_MAX),
            registry=registry,
        )
        self._seconds = Histogram(
            "cuadra_group_waiting_seconds",
            "Time a draft waited for its group to begin",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=registry,
        )
        Gauge(
            "cuadra_group_queue_length", "Drafts that wait for their group", registry=registry
        ).set_function(lambda: sum(len(queue) for queue in self._queues.values()))

    async def record(self, company: str, submission: Submission) -> Recorded:
        """Record a draft together with others of its company.

        Raises `Rejected`, `Busy`, and what `record` below may leave as an outcome. Cancelling the wait
        does not take the draft back.
        """
        queue = self._queues.get(company)
        if queue is None:
            queue = self._queues[company] = deque()
            writer = asyncio.create_task(self._write(company, queue))
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        if len(queue) >= WAITING_MAX:
            raise Busy(f"{WAITING_MAX} documents of {company} are waiting to be recorded")
        waiting = _Waiting(submission, asyncio.Future(), time.perf_counter())
        queue.append(waiting)
        return await waiting.outcome

    async def drain(self) -> None:
        """Wait until everything handed in is recorded."""
        while self._writers:
            await asyncio.wait(self._writers)

    async def _write(self, company: str, queue: deque[_Waiting]) -> None:
        """Record what waits, group after group, until nothing does."""
        group: list[_Waiting] = []
        try:
            while queue:
                group = [queue.popleft() for _ in range(min(len(queue), GROUP_MAX))]
                self._observe(group)
                submissions = [waiting.submission for waiting in group]
                outcomes = await record(self._database, company, submissions, self._clock())
                for waiting, outcome in zip(group, outcomes, strict=True):
                    _answer(waiting.outcome, outcome)
        finally:  # nobody is left waiting, not even when this task is cancelled
            del self._queues[company]
            for waiting in (*group, *queue):
                waiting.outcome.cancel()

    def _observe(self, group: Sequence[_Waiting]) -> None:
        now = time.perf_counter()
        self._sizes.observe(len(group))
        for waiting in group:
            self._seconds.observe(now - waiting.since)


def _answer(waiter: asyncio.Future[Recorded], outcome: Outcome) -> None:
    if waiter.done():  # the client went away; its draft is recorded all the same
        return
    if isinstance(outcome, Recorded):
        waiter.set_result(outcome)
    else:
        waiter.set_exception(outcome)


async def record(
    database: Database, company: str, submissions: Sequence[Submission], now: datetime
) -> list[Outcome]:
    """Record drafts of one company together; one outcome for each, in their order.

    An outcome is `Recorded` or the error its client gets: `Rejected`; `CompanyUnknown`, also for a
    revoked credential; `DatabaseUnavailable`, when nothing was written, unless the connection was lost
    while committing, which only the idempotency key can tell.

    When the database refuses the whole for what one draft did, they are recorded one by one: the others
    are written. Each then has a transaction of its own, rather than a savepoint of one, so that no
    locks are held from draft to draft against the order everybody takes them in.
    """
    try:
        return await _record_together(database, company, submissions, now)
    except (DatabaseUnavailable, CompanyUnknown) as error:
        return [error] * len(submissions)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to one draft only
        if len(submissions) == 1:
            return [error]
        _log.warning("a group is recorded one by one", drafts=len(submissions), error=repr(error))
        return [(await record(database, company, [one], now))[0] for one in submissions]


async def record_one(
    database: Database, company: str, submission: Submission, now: datetime
) -> Recorded:
    """Record a single draft; raises what `record` leaves as an outcome."""
    outcome = (await record(database, company, [submission], now))[0]
    if isinstance(outcome, Recorded):
        return outcome
    raise outcome


async def _record_together(
    database: Database, company: str, submissions: Sequence[Submission], now: datetime
) -> list[Outcome]:
    """One transaction, run again when it lost a race (a deadlock, a customer both were making)."""
    for _ in range(ATTEMPTS - 1):
        try:
            async with database.write(company) as transaction:
                return await record_drafts(transaction, submissions, now)
        except LOST_RACES:
            continue
        except Rejected as rejected:
            if not any(problem.field == "due" for problem in rejected.problems):
                raise
            # Another transaction opened the same due first; now there is one to move.
    async with database.write(company) as transaction:
        return await record_drafts(transaction, submissions, now)
