"""Drafts of an export on their way into the books, and what becomes of each.

Every draft is recorded by itself, in the company's group, a few hundred at a time: those that are right are
written, whatever the others are. What rows a draft comes from is all that is known of it here; the report
speaks of those.

Every voucher is written as a part of its request, known by the request's digest and where in it the voucher begins.
So whoever sends an identical request again within a day, because its answer got lost or the server was stopped in
the middle, finds what is written already as written, and the rest is done.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from cuadra.database.pool import CompanyUnknown, DatabaseUnavailable
from cuadra.dialects.siigo_pyme.job import ExportReport, Job, RowError
from cuadra.dialects.siigo_pyme.refusals import UNFORESEEN, errors_of, tell, whole
from cuadra.dialects.siigo_pyme.rows import Row
from cuadra.dialects.siigo_pyme.settings import DIALECT
from cuadra.errors import Problem, Rejected
from cuadra.trade.entries import RecordedEntry
from cuadra.trade.group import Busy
from cuadra.trade.idempotency import BeginRequest, BegunRequest
from cuadra.trade.recording import Draft, EditVoucher, Recorded, Submission, check

IN_FLIGHT_MAX = 300
TOLD_MAX = 10_000  # errors, and warnings, of one export
EXAMINED_MAX = 200  # refused vouchers of one export whose other rows are held against the books
BUSY_PAUSE_SECONDS = 0.05
BUSY_ATTEMPTS = 200
REMEMBERED = timedelta(hours=24)
ANNULLED = Problem("not_found", "id", "an annulled voucher cannot be replaced")
_log = structlog.get_logger("cuadra.siigo_pyme")
_Waiting = tuple[Sequence[Row], asyncio.Task[Recorded]]


class Intake:
    """Takes the drafts of one export. `references` leads from our fields to those of its rows."""

    def __init__(
        self, job: Job, references: Mapping[str, str], begun: BegunRequest | None = None
    ) -> None:
        self._job = job
        self._references = references
        self._begun = begun
        self._waiting: deque[_Waiting] = deque()
        self._report = ExportReport(written=0, errors=[], warnings=[])
        self._stopped: Exception | None = None
        self._examined = 0

    @classmethod
    async def begin(cls, job: Job, references: Mapping[str, str]) -> "Intake":
        """The intake of an export that is new, or that goes on where an identical one was left."""
        if not job.digest:
            return cls(job, references)
        draft = BeginRequest(
            operation=f"{DIALECT} export", key=job.digest, forget_before=job.now - REMEMBERED
        )
        submission = Submission(draft=draft, origin=job.origin, credential=job.credential)
        recorded = await job.groups.record(job.company, submission)
        return cls(job, references, recorded.value)

    def is_done(self, rows: Sequence[Row]) -> bool:
        """Whether an identical request has written what these rows ask for; it is then counted as written."""
        done = self._begun is not None and rows[0].place in self._begun.done
        if done:
            self._count(rows)
        return done

    async def submit(self, rows: Sequence[Row], draft: Draft) -> None:
        """Hand in the draft that some rows ask for; waits while very many are under way."""
        self._warn(warning for row in rows for warning in row.warnings)
        task = asyncio.create_task(self._record(draft, rows[0].place))
        task.add_done_callback(_look_at)
        self._waiting.append((rows, task))
        while len(self._waiting) > IN_FLIGHT_MAX:
            await self._settle_one()

    def leave(self, rows: Sequence[Row]) -> None:
        """Note rows that say what the books hold already: done, without writing anything."""
        self._warn(warning for row in rows for warning in row.warnings)
        self._report.written += 1

    async def refuse(self, rows: Sequence[Row], draft: Draft | None = None) -> None:
        """Note rows of which some are wrong; nothing is handed in for any.

        What the books have against the `draft` of the others is told with them, so that one look at the
        answer is enough; not for very many, because each is asked for by itself.
        """
        self._tell(error for row in rows for error in row.errors)
        sound = [row for row in rows if not row.errors]
        if draft is None or not sound or self._examined >= EXAMINED_MAX:
            return
        self._examined += 1
        job = self._job
        try:
            problems = await check(job.database, job.entrance, draft, job.now)
        except (DatabaseUnavailable, CompanyUnknown):
            return  # whoever is handed in next learns of it
        told = [one for one in problems if one.code != "required" and one.field != "lines"]
        self._tell(errors_of(Rejected(told), sound, self._references))

    def stop(self, error: Exception, rows: Sequence[Row]) -> None:
        """Note that nothing more can be recorded, and that these rows were not."""
        self._stopped = error
        self._tell(errors_of(error, rows, self._references))

    async def finish(self) -> ExportReport:
        """Wait for everything. Raises what stopped the export before anything was written."""
        while self._waiting:
            await self._settle_one()
        if self._stopped is not None and not self._report.written:
            raise self._stopped
        self._report.errors.sort(key=_place)
        self._report.warnings.sort(key=_place)
        return self._report

    async def _record(self, draft: Draft, place: int) -> Recorded:
        """Record the draft that begins at a place, waiting while others are many."""
        job = self._job
        origin = job.origin
        if self._begun is not None:
            origin = msgspec.structs.replace(origin, part=self._begun.part(place))
        submission = Submission(draft=draft, origin=origin, credential=job.credential)
        for _ in range(BUSY_ATTEMPTS):
            if self._stopped is not None:
                raise self._stopped
            try:
                return await job.groups.record(job.company, submission)
            except Busy:
                await asyncio.sleep(BUSY_PAUSE_SECONDS)
            except Rejected as rejected:
                edited = isinstance(draft, EditVoucher)
                if edited and rejected.problems[0].code == "repeated_number":
                    raise Rejected([ANNULLED]) from rejected  # it exists, but not to be replaced
                raise
        raise Busy("others keep the company's queue full")

    async def _settle_one(self) -> None:
        """Wait for the first draft handed in, and note what became of it."""
        rows, task = self._waiting.popleft()
        try:
            recorded = await task
        except (DatabaseUnavailable, CompanyUnknown) as error:
            self.stop(error, rows)
        except Exception as error:  # noqa: BLE001 - the answer to these rows only
            told = errors_of(error, rows, self._references)
            if not told:
                _log.error("unhandled error", exc_info=error)
                told = [whole(rows, "unforeseen", UNFORESEEN, self._references)]
            self._tell(told)
        else:
            self._count(rows)
            if isinstance(recorded.value, RecordedEntry):
                self._warn(tell(one, rows, self._references) for one in recorded.value.remarks)

    def _count(self, rows: Sequence[Row]) -> None:
        self._report.written += 1
        self._report.written_rows.append((rows[0].place, rows[-1].place))

    def _tell(self, errors: Iterable[RowError]) -> None:
        _fill(self._report.errors, errors)

    def _warn(self, warnings: Iterable[RowError]) -> None:
        _fill(self._report.warnings, warnings)


def _fill(told: list[RowError], more: Iterable[RowError]) -> None:
    """Add to what is told, as far as there is room."""
    told.extend(one for _, one in zip(range(TOLD_MAX - len(told)), more, strict=False))


def _look_at(task: asyncio.Task[Any]) -> None:
    """Ask for a task's error, in case the export was given up and nobody else will."""
    if not task.cancelled():
        task.exception()


def _place(error: RowError) -> int:
    return error.row or 0
