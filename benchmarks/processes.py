"""What processes use: processor time of a whole tree of them, and the memory of one. Linux only: elsewhere, nothing.

A child's time moves to its parent when the parent has waited for it, so the sum over a tree that counts
both never loses a short-lived one. It is exact to the system's tick, a hundredth of a second.
"""

import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Row
from tests.serving import ServerProcess

SETTLE_SECONDS = 0.1
SETTLE_TRIES = 20
_PROC = Path("/proc")
_MEMORY = re.compile(r"^(VmRSS|VmHWM):\s+(\d+) kB$", re.MULTILINE)
_NAMES = {"VmRSS": "rss_mb", "VmHWM": "peak_mb"}


class Clock:
    """The processor time of the server and of its database since this was made."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self._begin = self._read()

    def used(self, count: int) -> Row:
        """Milliseconds for each of `count` things done meanwhile."""
        end = self._read()
        return {name: (end[name] - self._begin[name]) * 1000 / count for name in end}

    def _read(self) -> Row:
        root, postmaster = self._server.process.pid, self._server.postgres()
        processes = list_settled_processes(root)
        if not processes:
            return {}
        database = tree_of(processes, postmaster)
        server = tree_of(processes, root) - database
        return {
            "server_ms": sum(processes[one].seconds for one in server),
            "database_ms": sum(processes[one].seconds for one in database),
        }


class Process(NamedTuple):
    """One process: who started it, and its processor time with that of the children it has waited for."""

    parent: int
    seconds: float


def list_settled_processes(root: int) -> dict[int, Process]:
    """Every process, at a moment when none of a tree has just ended.

    The time of one that has is neither its own any more nor its parent's yet.
    """
    processes = list_processes()
    for _ in range(SETTLE_TRIES):
        before = tree_of(processes, root)
        time.sleep(SETTLE_SECONDS)
        processes = list_processes()
        if tree_of(processes, root) == before:
            break
    return processes


def list_processes() -> dict[int, Process]:
    """Every process there is."""
    tick = os.sysconf("SC_CLK_TCK")
    found = {}
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile
        used = sum(map(int, fields[11:15])) / tick
        found[int(path.parent.name)] = Process(int(fields[1]), used)
    return found


def tree_of(processes: dict[int, Process], root: int) -> set[int]:
    """A process and all below it.

    >>> processes = {number: Process(parent, 0) for number, parent in [(1, 0), (2, 1), (3, 2), (4, 0)]}
    >>> sorted(tree_of(processes, 1)), sorted(tree_of(processes, 4)), sorted(tree_of(processes, 9))
    ([1, 2, 3], [4], [])
    """
    if root not in processes:
        return set()
    below = [number for number, process in processes.items() if process.parent == root]
    return {root}.union(*(tree_of(processes, number) for number in below))


def memory(process: int) -> Row:
    """What a process holds in memory, and the most it ever held, in megabytes."""
    try:
        status = (_PROC / str(process) / "status").read_text()
    except FileNotFoundError:
        return {}
    return {_NAMES[name]: int(kilobytes) / 1024 for name, kilobytes in _MEMORY.findall(status)}
