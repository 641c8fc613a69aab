"""How fast the machine is just now, measured with nothing of ours: a calculation, and a write that reaches the disk.

It is taken before every section. When these figures move between two runs, the machine did, not the code.
"""

import os
import time
from pathlib import Path

from benchmarks.figures import Row

ROUNDS = 15
_LOOPS = 200_000
_PAGE = bytes(8192)


def measure(folder: Path) -> dict[str, Row]:
    """Milliseconds of both, of each round; written in the folder of the database."""
    path = folder / "machine"
    with path.open("wb", buffering=0) as file:
        rows = [(time_calculation(), time_write(file.fileno())) for _ in range(ROUNDS)]
    path.unlink()
    calculations, writes = zip(*rows, strict=True)
    return {
        "a calculation": {"p50_ms": sorted(calculations)[ROUNDS // 2]},
        "a write and its fsync": {"p50_ms": sorted(writes)[ROUNDS // 2]},
    }


def time_calculation() -> float:
    """Milliseconds of a loop that needs nothing but a processor."""
    started = time.perf_counter()
    sum(number * number for number in range(_LOOPS))
    return (time.perf_counter() - started) * 1000


def time_write(descriptor: int) -> float:
    """Milliseconds of what a commit waits for."""
    started = time.perf_counter()
    os.write(descriptor, _PAGE)
    os.fsync(descriptor)
    return (time.perf_counter() - started) * 1000
