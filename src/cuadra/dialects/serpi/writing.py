"""The drafts of one request on their way to the company's group: in order, and not all at once.

A request may hold ten thousand documents. A few hundred of them wait in the group at a time, so that
others of the company get in between and memory stays small. Each stands or falls alone.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import TypeVar

import structlog

from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable
from cuadra.dialects.serpi.call import Call
from cuadra.dialects.serpi.errors import UNFORESEEN, outcome_texts
from cuadra.trade.group import Busy
from cuadra.trade.recording import Draft, Submission

IN_FLIGHT_MAX = 200
BUSY_PAUSE_SECONDS = 0.05
BUSY_ATTEMPTS = 200
T = TypeVar("T")
_log = structlog.get_logger("cuadra.serpi")


class Results:
    """What becomes of the members of one request. After a loss of the database nothing more is tried."""

    def __init__(self, call: Call, prefixes: Mapping[str, str] | None = None) -> None:
        self.failed = 0
        self._prefixes = prefixes or {}  # of dues, as this dialect calls them
        self._call = call
        self._room = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._results: list[tuple[str, list[str] | asyncio.Task[Exception | None]]] = []
        self._stopped: Exception | None = None

    async def attempt(self, reading: Awaitable[T]) -> T | None:
        """What has to be read between drafts; None, and the end of all trying, when the database is lost."""
        try:
            return await reading
        except (DatabaseUnavailable, CompanyUnknown) as error:
            self._stopped = error
            return None

    def refuse_unread(self, name: str) -> None:
        """Note a member that was not even looked at, because the database is lost."""
        assert self._stopped is not None
        self._results.append((name, _told(self._stopped, self._prefixes)))

    def refuse(self, name: str, problems: list[str]) -> None:
        """Note a member that is wrong by itself."""
        self._results.append((name, problems))

    async def submit(self, name: str, draft: Draft) -> None:
        """Hand in the draft of a member, once there is room for it."""
        await self._room.acquire()
        self._results.append((name, asyncio.create_task(self._record(draft))))

    async def settle(self) -> None:
        """Wait until everything handed in so far is recorded or refused."""
        for _, result in self._results:
            if isinstance(result, asyncio.Task):
                await result

    async def texts(self) -> list[str]:
        """What is wrong with every draft that was not recorded, in order; counts them in `failed`.

        Raises what stopped everything, when nothing had been recorded before.
        """
        texts = []
        self.failed = 0
        for name, result in self._results:
            problems = result
            if isinstance(result, asyncio.Task):
                error = await result
                problems = _told(error, self._prefixes) if error else []
            if problems:
                self.failed += 1
                texts += [f"{name}: {problem}" for problem in problems]
        if self._stopped is not None and self.failed == len(self._results):
            raise self._stopped
        return texts

    async def _record(self, draft: Draft) -> Exception | None:
        """Record one draft; its error is its outcome."""
        try:
            await self._patiently(draft)
        except (DatabaseUnavailable, CompanyUnknown) as error:
            self._stopped = error
            return error
        except Exception as error:  # noqa: BLE001 - the answer to this draft only
            return error
        finally:
            self._room.release()
        return None

    async def _patiently(self, draft: Draft) -> None:
        """Record a draft, trying again while too much is waiting for the company."""
        call = self._call
        submission = Submission(draft=draft, origin=call.origin, credential=call.credential)
        for _ in range(BUSY_ATTEMPTS):
            if self._stopped is not None:
                raise self._stopped
            try:
                await call.groups.record(call.company, submission)
            except Busy:
                await asyncio.sleep(BUSY_PAUSE_SECONDS)
            else:
                return
        raise Busy("others keep the company's queue full")


def _told(error: Exception, prefixes: Mapping[str, str]) -> list[str]:
    """What a client is told of an error; what nobody foresaw is logged."""
    if texts := outcome_texts(error, prefixes):
        return texts
    _log.error("unhandled error", exc_info=error)
    return [UNFORESEEN]
