"""The embedded PostgreSQL server: a cluster in our data folder, run and watched by this process.

So that `cuadra serve` needs nothing installed. The data folder holds:

- `postgres/` the cluster, owned by the user that runs PostgreSQL;
- `password` the superuser's, and `postgres.log` with one predecessor, both for our user only;
- `cuadra.lock` locked by the process that owns the folder, for as long as it lives;
- `postgresql-18-…/` a copy of the programs, only where their own place is closed to PostgreSQL's user.

The server listens on a Unix socket in a private folder and nowhere else, and asks even there for the password. The
lock tells who owns the data: when it is free, a server still running on the data is the orphan of a killed run, and is
shut down. Nothing that we did not start is ever adopted, and nothing outside the data folder is changed.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from cuadra.database import binaries
from cuadra.errors import SetupError

_SUPERUSER = "cuadra"
_DATABASE = "cuadra"
_SOCKET = ".s.PGSQL.5432"
_SOCKET_FOLDER_PREFIX = "cuadra-"
_LONGEST_SOCKET_PATH = 100  # Linux takes 107 bytes, macOS 103.
_LOG_LIMIT = 10 * 1024 * 1024
_LOG_CHECK_SECONDS = 60
_LEFTOVERS_SECONDS = 30
_LONGEST_PAUSE = 5.0
# On the command line: they hold for folders made by older versions too, and no edited file can open a port.
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "cluster_name": "cuadra",
}


@dataclass(frozen=True)
class _Home:
    """A data folder made ready: everything a start needs to know."""

    folder: Path
    cluster: Path
    programs: binaries.Programs
    account: binaries.Account | None
    sockets: Path
    password: str

    def url(self, database: str) -> str:
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{_SUPERUSER}:{self.password}@/{database}?host={host}&port=5432"


class _DiedError(Exception):
    """The server ended before it was ready; the message is the reason it gave."""


class EmbeddedServer:
    """One PostgreSQL server on one data folder.

    `on_event` receives one line for every thing worth telling an administrator; it must not block.
    Start it from the thread that lives as long as the server should: on Linux, PostgreSQL shuts down when that thread
    dies.
    """

    def __init__(self, data_folder: Path, *, on_event: Callable[[str], None] | None = None) -> None:
        self.url = ""
        self._folder = Path(os.path.realpath(data_folder))
        self._on_event = on_event
        self._lock: int | None = None
        self._home: _Home | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: asyncio.Future[int] | None = None
        self._supervision: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Start the server, made new if the folder is new, and return the URL of the superuser's login.

        The URL stays the same until `stop`, also when the server dies and is started again.
        Raises `SetupError`, in one line, when the folder is in use, not writable, closed to the user that must run
        PostgreSQL, full, or of a PostgreSQL version that is not installed.
        """
        if self._lock is not None:
            raise SetupError(f"the database of {self._folder} is already started")
        try:
            with _disk_errors(self._folder):
                self._lock = _take_lock(self._folder)
                self._home = await _finish(self._folder, self._lock)
                await self._launch_after_leftovers(self._home)
        except BaseException:
            await self.stop()
            raise
        self.url = self._home.url(_DATABASE)
        self._supervision = asyncio.create_task(self._supervise(self._home))
        return self.url

    async def stop(self) -> None:
        """Shut the server down and wait for it: sessions are ended, data is complete on disk. May be called twice."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.wait([self._supervision])
            self._supervision = None
        await self._shut_down()
        if self._home is not None:
            _remove_socket_folder(self._home.sockets)
            self._home = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        self.url = ""

    async def _launch_after_leftovers(self, home: _Home) -> None:
        """Launch, waiting for what a killed server leaves behind for a moment (its children, its shared memory)."""
        give_up = time.monotonic() + _LEFTOVERS_SECONDS
        while True:
            try:
                return await self._launch(home)
            except _DiedError as death:
                leftover = any(
                    words in str(death) for words in ("shared memory block", "lock file")
                )
                if not leftover or time.monotonic() > give_up:
                    raise SetupError(
                        f"PostgreSQL does not start: {death} (see {home.folder}/postgres.log)"
                    ) from None
            await asyncio.sleep(0.1)

    async def _launch(self, home: _Home) -> None:
        """Start one server process and wait until it answers, however long its recovery takes.

        Raises `_DiedError` when the process ends first.
        """
        _prepare_socket_folder(home)
        self._process, log_start = _spawn_server(home)
        self._ended = _end_of(self._process)
        next_word = time.monotonic() + 10
        while not self._ended.done():
            if (home.sockets / _SOCKET).exists() and await _answers(home):
                return
            if time.monotonic() > next_word:
                next_word += 10
                self._tell("PostgreSQL is still starting (recovering from an unclean stop)")
            await asyncio.wait([self._ended], timeout=0.02)
        raise _DiedError(_reason_in_log(home, log_start))

    async def _supervise(self, home: _Home) -> None:
        """Start the server again whenever it ends, for ever; runs until it is cancelled."""
        pause = 0.05
        while True:
            since = time.monotonic()
            how = await self._wait_for_end(home)
            if time.monotonic() - since > 60:
                pause = 0.05
            self._tell(f"PostgreSQL ended unexpectedly ({how}); starting it again")
            while True:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                try:
                    await asyncio.to_thread(binaries.stop_orphan, home.cluster)
                    await self._launch(home)
                    break
                except Exception as error:  # noqa: BLE001 - whatever it is, only trying again can help
                    self._tell(f"PostgreSQL does not start: {error}; trying again")
                    await self._shut_down()
            self._tell("PostgreSQL is ready again")

    async def _wait_for_end(self, home: _Home) -> str:
        """Wait until the process ends, keeping its log within bounds meanwhile; say how it ended."""
        assert self._ended is not None, "supervision starts after a launch"
        while not self._ended.done():
            await asyncio.wait([self._ended], timeout=_LOG_CHECK_SECONDS)
            try:
                await asyncio.to_thread(_bound_log, home.folder / "postgres.log")
            except OSError as error:
                self._tell(f"cannot shorten {home.folder}/postgres.log: {error.strerror}")
        code = self._ended.result()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    async def _shut_down(self) -> None:
        """End the process, if there is one: fast (sessions ended, checkpoint), then at once, then by force."""
        if self._process is None or self._ended is None:
            return
        steps = [(s, binaries.IMMEDIATE_SHUTDOWN_SECONDS) for s in (signal.SIGQUIT, signal.SIGKILL)]
        if self._home is None or await _answers_now(self._home):
            # PostgreSQL forgets a fast shutdown asked for in crash recovery, when it answers nobody.
            steps.insert(0, (signal.SIGINT, binaries.FAST_SHUTDOWN_SECONDS))
        for how, seconds in steps:
            self._process.send_signal(how)
            await asyncio.wait([self._ended], timeout=seconds)
            if self._ended.done():
                break
        self._process = self._ended = None

    def _tell(self, event: str) -> None:
        """Report an event; a listener that fails must not end the supervision."""
        if self._on_event is not None:
            with contextlib.suppress(Exception):
                self._on_event(event)


async def _finish(folder: Path, lock: int) -> _Home:
    """Prepare the folder in a thread; when cancelled, first let the thread end, for it holds files and children."""
    work = asyncio.ensure_future(asyncio.to_thread(_prepare_home, folder, lock))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _take_lock(folder: Path) -> int:
    """Make the data folder if it is new, and lock it for this process. Raises `SetupError` when another one has it."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    if new or not any(folder.iterdir()):
        # PostgreSQL's user must pass through when it is not ours; nobody else may list it.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    lock = _open_private(folder / "cuadra.lock", os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write_lock(lock, _read_lock(lock)[1])
    except BlockingIOError:
        owner = _read_lock(lock)[0] or "unknown"
        os.close(lock)
        raise SetupError(
            f"data folder in use by another process (pid {owner}): stop it, or choose another folder than {folder}"
        ) from None
    except OSError:
        os.close(lock)
        raise
    return lock


def _read_lock(lock: int) -> tuple[str, str]:
    """What the lock file says: the owner's process id, and the socket folder it last used."""
    owner, _, sockets = os.pread(lock, 4096, 0).decode(errors="replace").partition("\n")
    return owner.strip(), sockets.strip()


def _write_lock(lock: int, sockets: str) -> None:
    """Say that we are the owner, and where the sockets are, so that a killed run's can be removed."""
    words = f"{os.getpid()}\n{sockets}\n".encode()
    os.pwrite(lock, words, 0)
    os.ftruncate(lock, len(words))


def _prepare_home(folder: Path, lock: int) -> _Home:
    """Everything between the lock and the first launch: leftovers, programs, cluster, password, socket folder."""
    cluster = folder / "postgres"
    _, left_sockets = _read_lock(lock)
    account = binaries.choose_account(cluster)
    binaries.check_reachable(folder, account)
    binaries.stop_orphan(cluster)
    if left_sockets:
        _remove_socket_folder(Path(left_sockets))
    programs = binaries.reachable_programs(
        binaries.find_programs(_made_by(cluster)), folder, account
    )
    password = _load_password(folder, cluster)
    if not (cluster / "PG_VERSION").exists():
        binaries.create_cluster(programs, cluster, _SUPERUSER, password, account)
    elif account is not None and cluster.stat().st_uid == 0:
        binaries.give(cluster, account)  # Restored from a backup as root.
    sockets = _make_socket_folder(account)
    _write_lock(lock, str(sockets))
    return _Home(folder, cluster, programs, account, sockets, password)


def _made_by(cluster: Path) -> int | None:
    """The major version of PostgreSQL that made the cluster; None when there is none yet."""
    mark = cluster / "PG_VERSION"
    if mark.exists():
        return int(mark.read_text())
    if cluster.exists() and any(cluster.iterdir()):
        raise SetupError(
            f"{cluster} is not a PostgreSQL data folder (no PG_VERSION): move it away, or restore it"
        )
    return None


def _load_password(folder: Path, cluster: Path) -> str:
    """The superuser's password; made and stored before the first cluster, so that no cluster is without."""
    path = folder / "password"
    if path.exists():
        with open(_open_private(path, os.O_RDONLY)) as file:
            return file.read().strip()
    if (cluster / "PG_VERSION").exists():
        raise SetupError(f"{path} is missing: restore it from a backup of the data folder")
    password = secrets.token_urlsafe(32)
    unfinished = path.with_name("password.new")
    with open(_open_private(unfinished, os.O_WRONLY | os.O_TRUNC), "w") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    binaries.sync_folder(folder)
    return password


def _open_private(path: Path, flags: int) -> int:
    """Open or create a file of the data folder for our user only; never through a symbolic link."""
    descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
        os.fchmod(descriptor, 0o600)
    return descriptor


def _make_socket_folder(account: binaries.Account | None) -> Path:
    """A new private folder with a short path. Not XDG_RUNTIME_DIR, which vanishes when its user logs out."""
    root_only = ["/run"] if os.geteuid() == 0 else []
    for parent in [*root_only, tempfile.gettempdir(), "/tmp"]:  # noqa: S108 - mkdtemp makes it safe
        try:
            folder = Path(tempfile.mkdtemp(prefix=_SOCKET_FOLDER_PREFIX, dir=parent))
        except OSError:
            continue
        try:
            binaries.check_reachable(folder.parent, account)
            if len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET_PATH:
                if account is not None:
                    os.chown(folder, *account)
                return folder
        except (OSError, SetupError):
            pass  # The next place may do.
        folder.rmdir()
    raise SetupError(
        "no place for the database's socket: make /tmp writable, or set TMPDIR to a short path"
    )


def _prepare_socket_folder(home: _Home) -> None:
    """Remove a dead server's sockets; make the folder again if a cleaner of temporary files took it."""
    with contextlib.suppress(FileExistsError):
        home.sockets.mkdir(0o700)
        if home.account is not None:
            os.chown(home.sockets, *home.account)
    state = home.sockets.lstat()
    owner = os.geteuid() if home.account is None else home.account.uid
    if (
        not stat.S_ISDIR(state.st_mode)
        or state.st_uid != owner
        or stat.S_IMODE(state.st_mode) != 0o700
    ):
        raise SetupError(
            f"the socket folder {home.sockets} is not ours any more: stop and start again"
        )
    for name in (_SOCKET, f"{_SOCKET}.lock"):
        (home.sockets / name).unlink(missing_ok=True)


def _remove_socket_folder(folder: Path) -> None:
    """Remove a socket folder of ours; whatever else it may have become is left alone."""
    if not folder.name.startswith(_SOCKET_FOLDER_PREFIX) or folder.is_symlink():
        return
    with contextlib.suppress(OSError):
        for name in (_SOCKET, f"{_SOCKET}.lock"):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def _spawn_server(home: _Home) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server process; also say where in the log its words begin."""
    settings = {**_SETTINGS, "unix_socket_directories": str(home.sockets)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with open(_open_private(home.folder / "postgres.log", os.O_WRONLY | os.O_APPEND), "ab") as log:
        start = os.fstat(log.fileno()).st_size
        process = binaries.spawn(
            [home.programs.path("postgres"), "-D", str(home.cluster), *options],
            home.account,
            output=log,
            last_signal=signal.SIGQUIT,
        )
        return process, start


def _reason_in_log(home: _Home, start: int) -> str:
    """Why the server ended, from what it wrote since `start`."""
    with (home.folder / "postgres.log").open("rb") as log:
        log.seek(start)
        return binaries.reason_of(log.read().decode(errors="replace"), home.folder)


def _end_of(process: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """A future of the process's exit code. A thread waits, because no event loop watches a child it did not start."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def report(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def wait() -> None:
        code = process.wait()
        with contextlib.suppress(RuntimeError):  # The loop may be closed by now.
            loop.call_soon_threadsafe(report, code)

    threading.Thread(target=wait, name="cuadra-postgres-end", daemon=True).start()
    return ended


async def _answers(home: _Home) -> bool:
    """Whether the server accepts our login; makes our database when it is not there yet."""
    try:
        connection = await psycopg.AsyncConnection.connect(
            home.url("postgres"), autocommit=True, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        words = str(error)
        if "too many clients" in words:
            return True  # After a restart our own pools may be faster.
        if "FATAL:" not in words or "the database system is" in words:
            return False  # Not listening yet, or not ready yet.
        hint = (
            f": restore {home.folder}/password from a backup"
            if "password authentication failed" in words
            else ""
        )
        raise SetupError(
            f"PostgreSQL refuses our login ({binaries.reason_of(words, home.folder)}){hint}"
        ) from None
    try:
        async with connection:
            found = await connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (_DATABASE,)
            )
            if await found.fetchone() is None:
                await connection.execute(f"CREATE DATABASE {_DATABASE}")
    except psycopg.Error as error:
        raise SetupError(
            f"cannot make the database: {binaries.reason_of(str(error), home.folder)}"
        ) from error
    return True


async def _answers_now(home: _Home) -> bool:
    try:
        connection = await psycopg.AsyncConnection.connect(home.url("postgres"), connect_timeout=2)
    except psycopg.OperationalError as error:
        return "too many clients" in str(error)
    await connection.close()
    return True


def _bound_log(path: Path) -> None:
    """Keep one earlier log when the log is long. The server appends, so cutting the file under it is safe."""
    if path.stat().st_size > _LOG_LIMIT:
        previous = path.with_name("postgres.log.1")
        with (
            path.open("rb") as source,
            open(_open_private(previous, os.O_WRONLY | os.O_TRUNC), "wb") as target,
        ):
            shutil.copyfileobj(source, target)
        os.truncate(path, 0)


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the file system into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise SetupError(binaries.reason_of("No space left on device", folder)) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            place = error.filename or folder
            raise SetupError(
                f"data folder {folder} is not writable ({error.strerror}: {place}): "
                "give it to the user that runs cuadra, or choose another folder"
            ) from error
        raise SetupError(f"cannot use the data folder {folder}: {error}") from error
