"""The processes of a server under test, found from its own downwards, so that no other is ever signalled."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1


class Process(NamedTuple):
    """A running process and its command line."""

    id: int
    command: str


def children_of(parent: int) -> list[Process]:
    """The running children of a process, oldest first."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # It ended meanwhile.
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(Process(int(status.parent.name), command))
    return sorted(found)


def command_of(process: Process) -> bytes:
    """What a process says it is now; nothing when it is gone."""
    try:
        return Path(f"/proc/{process.id}/cmdline").read_bytes()
    except OSError:
        return b""


def workers_of(server: int) -> list[Process]:
    """The processes that answer requests for a server, where it has several."""
    return [child for child in children_of(server) if "cuadra.http" in child.command]


def postmaster_of(server: int) -> Process | None:
    """The PostgreSQL of a server; None while there is none."""
    return next((child for child in children_of(server) if " -D " in child.command), None)


def send(process: Process, number: signal.Signals) -> None:
    """Signal a process; one that is gone is what was wanted."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.id, number)


def stop_with_parent() -> Callable[[], None] | None:
    """What a child does before it becomes a server: it asks to be told to stop when we die, however we die."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # resolved here: between fork and exec nothing may load
    return lambda: prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
