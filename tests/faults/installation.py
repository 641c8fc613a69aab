"""A real server on a data folder of its own, for many seeds one after the other: `cuadra serve` as a process.

It is started, stopped, killed and started again on the same folder and port. Its clock is what we say, and each seed
gets a company of its own in it.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

from cuadra.catalog.company_file import load_company_file
from cuadra.catalog.company_records import CompanyFile, Credential
from cuadra.database.opening import ADDRESS_FILE, Address
from cuadra.database.pool import Database
from cuadra.ledger.verify import verify
from cuadra.trade.companies import load_company
from tests.faults.processes import (
    Process,
    children_of,
    postmaster_of,
    send,
    stop_with_parent,
    workers_of,
)
from tests.faults.wire import Connection, Hung, Lost, NotSent, Request
from tests.serving import PROGRAM, clean_environment, free_port, is_running

READY_SECONDS = 60
STOP_SECONDS = 45  # requests under way get thirty
HERE = Path(__file__).parent
CLOCK_VARIABLE = "CUADRA_FAULTS_CLOCK"  # as in `clock/sitecustomize.py`
SECRET = "faults-access-key"
# What no server may ever write: an answer of 500, a bug's traceback, a task that nobody waited for.
COMPLAINT = re.compile(
    r"unhandled error|Traceback|\"status\": 500|never retrieved|never awaited|Exception in ASGI"
)
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 1 << 30
STANDBYS = "synchronous_standby_names"
COMPLAINT_LINES = 40
COMPLAINT_LENGTH = 3000  # the end of a traceback says most
PANIC = re.compile(r"PANIC: ")


class NotServing(Exception):
    """The server did not come up, or did not go; the message says what is known."""


class Login(NamedTuple):
    """A company made for one seed, and the username of its credential."""

    company: str
    username: str


class Clock:
    """The clock of the server, as far from ours as its file says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = timedelta(0)
        self.set(datetime.now(UTC))

    @property
    def now(self) -> datetime:
        """What time it is at the server."""
        return datetime.now(UTC) + self._offset

    @property
    def today(self) -> str:
        """What day it is in Colombia, five hours behind UTC all year."""
        return (self.now - timedelta(hours=5)).date().isoformat()

    def set(self, instant: datetime) -> None:
        """Make it this instant now; readers see the old or the new offset, never half of one."""
        self._offset = instant - datetime.now(UTC)
        unfinished = self.path.with_suffix(".new")
        unfinished.write_text(str(self._offset.total_seconds()))
        unfinished.rename(self.path)


class Written:
    """A log file that is read on from where it was read before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def complaints(self, pattern: re.Pattern[str]) -> list[str]:
        """The new lines with a forbidden word, the first with what follows it; long ones are cut."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(0 if self._path.stat().st_size < self._read else self._read)
            lines = file.read().decode(errors="replace").splitlines()
            self._read = file.tell()
        told: list[str] = []
        shown = 0
        for number, line in enumerate(lines):
            if number >= shown and pattern.search(line):
                shown = number + (COMPLAINT_LINES if not told else 1)
                told.append("\n".join(lines[number:shown]).replace("\\n", "\n"))
        return [text[-COMPLAINT_LENGTH:] for text in told]


class Installation:
    """The server, its folder, its port and its clock."""

    def __init__(self, parent: Path) -> None:
        self.parent = parent
        self.folder = parent / "data"
        self.port = free_port()
        self.clock = Clock(parent / "clock-offset")
        self.workers = 1
        self.log = Written(parent / "server.err")
        self.postgres_log = Written(self.folder / "postgres.log")
        self._process: asyncio.subprocess.Process | None = None
        self._orphans: list[Process] = []
        self._companies = 0
        self.ready_since: float | None = None
        self._said_before = 0  # bytes of server.err when the process was launched

    @classmethod
    def make(cls, *, memory: bool = False) -> "Installation":
        """One on a new folder, not started; with `memory` on one in memory, if there is room.

        A killed process loses no more there than on a disk, since the machine goes on. Everything is faster, so that
        more time is spent in our own code and less in commits.
        """
        place = MEMORY if memory and MEMORY.is_dir() else None
        if place is not None and shutil.disk_usage(place).free < MEMORY_NEEDED:
            place = None
        parent = Path(tempfile.mkdtemp(prefix="cuadra-faults-", dir=place))
        if os.geteuid() == 0:  # PostgreSQL's own user must pass through.
            parent.chmod(0o711)
        return cls(parent)

    async def start(self, workers: int | None = None) -> None:
        """Serve until ready, however long a killed server's workers hold the port. Raises `NotServing`."""
        self.workers = workers or self.workers
        try:
            async with asyncio.timeout(READY_SECONDS):
                while True:
                    await self.launch()
                    if await self._until_ready():
                        self.ready_since = time.monotonic()
                        return
        except TimeoutError:
            raise NotServing(f"started, and not ready after {READY_SECONDS} s") from None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.returncode is None

    async def serve(self, workers: int) -> None:
        """Have so many workers serve, starting anew only where needed. Raises `NotServing`."""
        if self.running and workers == self.workers and await self.answers("/readyz"):
            return
        await self.stop()
        await self.start(workers)

    async def launch(self) -> None:
        """Start the process, and wait for nothing."""
        paths = [str(HERE / "clock"), os.environ.get("PYTHONPATH", "")]
        environment = clean_environment(self.folder, self.port) | {
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
            CLOCK_VARIABLE: str(self.clock.path),
        }
        out, err = self.parent / "server.out", self.parent / "server.err"
        with out.open("wb") as output, err.open("ab") as errors:
            self._said_before = errors.tell()
            self._process = await asyncio.create_subprocess_exec(
                *PROGRAM,
                "serve",
                "--no-demo",
                "--workers",
                str(self.workers),
                stdout=output,
                stderr=errors,
                env=environment,
                cwd=self.parent,
                start_new_session=True,  # a Ctrl-C reaches us, and we stop it in order
                preexec_fn=stop_with_parent(),
            )

    async def _until_ready(self) -> bool:
        """Wait for the banner and /readyz; False when the port was still taken."""
        out = self.parent / "server.out"
        process = self._process
        assert process is not None
        while process.returncode is None:
            if b"ready" in out.read_bytes() and await self.answers("/readyz"):
                return True
            await asyncio.sleep(0.02)
        with (self.parent / "server.err").open("rb") as errors:
            errors.seek(self._said_before)
            said = errors.read().decode(errors="replace")
        if "is in use by another program" in said:
            await asyncio.sleep(0.1)
            return False
        raise NotServing(f"exit code {process.returncode}: {said[-2000:]}")

    async def answers(self, path: str) -> bool:
        """Whether it answers 200 there now."""
        connection = Connection(self.port)
        try:
            return (await connection.ask(Request("GET", path, {}))).status == 200
        except (Lost, NotSent, Hung):
            return False
        finally:
            connection.close()

    async def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        process, self.ready_since = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                code = await process.wait()
        except TimeoutError:
            raise NotServing(f"told to stop, and still there after {STOP_SECONDS} s") from None
        self._process = None
        return code

    async def kill(self) -> None:
        """End the server's own process, as if the machine's owner pulled it out; its children notice by themselves."""
        process, self.ready_since = self._process, None
        if process is None:
            return
        self._orphans += children_of(process.pid)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
        self._process = None

    async def close(self) -> None:
        """End it and whatever it left, however it is."""
        with contextlib.suppress(NotServing):
            await self.stop()
        await self.kill()
        for _ in range(100):
            self._orphans = [orphan for orphan in self._orphans if is_running(orphan.id)]
            if not self._orphans:
                return
            await asyncio.sleep(0.1)
        for orphan in self._orphans:
            send(orphan, signal.SIGKILL)

    def worker_processes(self) -> list[Process]:
        """The processes that answer, where there are several."""
        return [] if self._process is None else workers_of(self._process.pid)

    def postmaster(self) -> Process | None:
        """Its PostgreSQL, while there is one."""
        return None if self._process is None else postmaster_of(self._process.pid)

    def backends(self) -> list[Process]:
        """The processes of its PostgreSQL."""
        postmaster = self.postmaster()
        return [] if postmaster is None else children_of(postmaster.id)

    @property
    def address(self) -> Address:
        """The logins to its database."""
        return msgspec.json.decode((self.folder / ADDRESS_FILE).read_bytes(), type=Address)

    @contextlib.asynccontextmanager
    async def commits_unanswered(self) -> AsyncIterator[None]:
        """Meanwhile PostgreSQL commits, and then waits for a standby that is not there before it says so.

        Whoever loses the connection then cannot know that all was done.
        """
        await self._set(f"ALTER SYSTEM SET {STANDBYS} = 'nobody'")
        try:
            yield
        finally:
            await self._set(f"ALTER SYSTEM RESET {STANDBYS}")

    async def _set(self, statement: str) -> None:
        """Change a setting of the running PostgreSQL, as soon as it answers."""
        give_up = time.monotonic() + READY_SECONDS
        while True:
            try:
                url = self.address.owner_url
                async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
                    await owner.execute(statement.encode())
                    await owner.execute("SELECT pg_reload_conf()")
                    return
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up:
                    raise NotServing(f"its PostgreSQL does not answer: {error}") from error
            await asyncio.sleep(0.02)

    async def make_company(self, seed: int) -> Login:
        """A company with nothing in it but what `company.yaml` says."""
        self._companies += 1
        name = f"seed-{seed}-{self._companies}"
        file, text = _company_file()
        login = Login(name, f"{name}@example.com")
        file = msgspec.structs.replace(
            file,
            company=msgspec.structs.replace(file.company, name=name),
            credentials=(Credential(dialect="siigo", identity=login.username, secret=SECRET),),
        )
        async with self._database() as database:
            await load_company(database, file, text, self.clock.now)
        return login

    async def differences(self, company: str) -> list[str]:
        """What `cuadra verify` finds wrong with a company."""
        async with self._database() as database, database.read(company) as transaction:
            found = await verify(transaction, lambda *_: None)
        return [
            f"{one.check}: {one.subject}: expected {one.expected}, found {one.found}"
            for one in found
        ]

    @contextlib.asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        database = Database(self.address.url, size=1)
        await database.open()
        try:
            yield database
        finally:
            await database.close()


@cache
def _company_file() -> tuple[CompanyFile, str]:
    text = (HERE / "company.yaml").read_text(encoding="utf-8")
    return load_company_file(text, source="company.yaml"), text
