"""Section g: from the command to the first answer, on a new data folder and on one that exists."""

import time
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Rows
from tests.serving import data_folder, serving


def measure(bench: Bench) -> Rows:
    """Servers of their own, one after another, beside the idle one."""
    bench.tell("starting on a new data folder, then again")
    with data_folder() as folder:
        first = seconds_to_ready(folder)
        again = [seconds_to_ready(folder) for _ in range(bench.options.rounds)]
    return {
        "new data folder (initdb, migrations, two demo companies)": {"seconds": first},
        "existing data folder": {"seconds": min(again)},
    }


def seconds_to_ready(folder: Path) -> float:
    """Start a server and stop it; how long it took to be ready."""
    started = time.perf_counter()
    with serving(folder) as server:
        seconds = time.perf_counter() - started
        if server.stop() != 0:
            raise SystemExit(server.complained)
    return seconds
