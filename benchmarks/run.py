"""`make bench`: starts a server of its own on a new data folder, measures it, and removes it.

Prints a table, and writes every figure to benchmarks/results. It asserts nothing about time: absolute figures drift
by half from day to day, and only ratios taken in one run are to be relied on.
"""

import argparse
import asyncio
import json
import math
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import books
from benchmarks.client import Orders, Outcome
from benchmarks.single_posts import post_for
from cuadra import __version__
from cuadra.database.pool import Database
from cuadra.reports.trial_balance import Wanted, trial_balance
from tests.serving import ServerProcess, data_folder, free_port, run_cuadra, serving

RESULTS = Path(__file__).with_name("results")
CONNECTIONS = (1, 16)
TOGETHER = (1, 10, 100)
REPORT_RUNS = 50
QUARTER = Wanted(year=2026, month_start=1, month_end=3)
REPORT_PATH = "/cuadra/v1/reports/trial-balance?year=2026&month_start=1&month_end=3"
_out = Console(highlight=False)

Figures = dict[str, Any]


def main() -> None:
    """Measure everything, or what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the time and of the lines")
    parser.add_argument(
        "--lines", type=int, default=1_000_000, help="lines of the company of the reports"
    )
    parser.add_argument(
        "--seconds", type=float, default=10, help="seconds of each measurement of posting"
    )
    parser.add_argument(
        "--port", type=int, default=None, help="the port of the server; any free one"
    )
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server is stopped on the way out
    if wanted.quick:
        wanted.lines, wanted.seconds = wanted.lines // 10, wanted.seconds / 5
    figures: Figures = {"about": about()}
    with data_folder() as folder:
        port = wanted.port or free_port()
        first_start = start_and(folder, port, lambda server: measure(server, wanted, figures))
        figures["ready"] = {"new_folder_seconds": first_start}
        tell("ready on an existing data folder")
        again = [start_and(folder, port, lambda _: None) for _ in range(3)]
        figures["ready"]["existing_folder_seconds"] = min(again)
        figures["ready"]["existing_folder_seconds_all"] = again
    _out.print(table_of(figures))
    tell(f"all figures: {write(figures)}")


def start_and(folder: Path, port: int, work: Callable[[ServerProcess], None]) -> float:
    """Start a server, do the work, stop it; how long it took to be ready, in seconds."""
    started = time.perf_counter()
    with serving(folder, port=port, environment={"CUADRA_LOG": "WARNING"}) as server:
        seconds = time.perf_counter() - started
        work(server)
        assert server.stop() == 0, server.complained
    return seconds


def measure(server: ServerProcess, wanted: argparse.Namespace, figures: Figures) -> None:
    """All that is measured on one running server."""
    figures["about"]["postgresql"] = database_version(books.address_of(server.folder).url)
    figures["invoices"] = [measure_invoices(server, count, wanted.seconds) for count in CONNECTIONS]
    figures["single_posts"] = measure_single_posts(server.folder, wanted.seconds)
    login = books.new_login()
    figures["books"] = make_books(server.folder, login, wanted.lines)
    figures["trial_balance"] = measure_trial_balance(server, login)
    figures["verify"] = measure_verify(server.folder)


def measure_invoices(server: ServerProcess, connections: int, seconds: float) -> Figures:
    """POST /v1/invoices from a process of its own."""
    tell(f"POST /v1/invoices, {connections} connections, {seconds:g} seconds")
    orders = Orders(
        host="127.0.0.1",
        port=server.port,
        connections=connections,
        warm_up_seconds=min(2, seconds / 4),
        seconds=seconds,
        requests=prepared_requests(server.sign_in()),
    )
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"],
        input=msgspec.json.encode(orders),
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds * 3 + 60,
    )
    outcome = msgspec.json.decode(result.stdout, type=Outcome)
    if set(outcome.statuses) != {201}:
        raise SystemExit(f"the server answered something else than 201: {outcome.statuses}")
    return {
        "connections": connections,
        "per_second": len(outcome.latencies) / outcome.seconds,
        "p50_ms": percentile(outcome.latencies, 50),
        "p99_ms": percentile(outcome.latencies, 99),
        "max_ms": max(outcome.latencies),
        "count": len(outcome.latencies),
    }


def prepared_requests(headers: dict[str, str]) -> list[bytes]:
    """A hundred invoices of two items on credit, whole requests ready to be sent."""
    fields = headers | {"Host": "127.0.0.1", "Content-Type": "application/json"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    requests = []
    for number in range(100):
        body = json.dumps(invoice(1000 + number)).encode()
        start = f"POST /v1/invoices HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n"
        requests.append(start.encode() + body)
    return requests


def invoice(price: int) -> dict[str, Any]:
    """An invoice of the demo company: two items, one with IVA, one due; five lines."""
    return {
        "document": {"id": 24446},
        "date": "2026-03-09",
        "customer": {"identification": "13832081", "branch_office": 0},
        "seller": 629,
        "observations": "Observaciones",
        "items": [
            {
                "code": "Item-1",
                "description": "Camiseta de algodón",
                "quantity": 2,
                "price": price,
                "taxes": [{"id": 13156}],
            },
            {
                "code": "Item-1",
                "description": "Otra camiseta",
                "quantity": 1,
                "price": 500,
                "taxes": [],
            },
        ],
        "payments": [{"id": 5636, "value": round(price * 2.38 + 500, 2), "due_date": "2026-04-09"}],
    }


def measure_single_posts(folder: Path, seconds: float) -> list[Figures]:
    """The yardstick, on the same database."""
    url = books.address_of(folder).url
    figures = []
    for together in TOGETHER:
        tell(f"books.post() from one connection, {together} in a transaction")
        rate = post_for(url, "demo", together=together, seconds=seconds / 2)
        figures.append({"together": together, "per_second": rate})
    return figures


def make_books(folder: Path, login: dict[str, str], lines: int) -> Figures:
    """The company of the reports."""
    tell(f"a company with {lines:,} lines")
    file = folder.parent / "benchmark.yaml"
    file.write_text(books.company_file(login), encoding="utf-8")
    loaded = run_cuadra(folder, "company", "load", str(file))
    if loaded.returncode != 0:
        raise SystemExit(loaded.stderr)
    owner_url = books.address_of(folder).owner_url
    return books.fill(owner_url, lines=lines, parties=2000, tell=lambda step: tell(f"  {step}"))


def measure_trial_balance(server: ServerProcess, login: dict[str, str]) -> Figures:
    """A quarter with its opening: the report function, then the same over HTTP."""
    tell("the trial balance")
    url = books.address_of(server.folder).url
    rows, times = asyncio.run(time_report(url))
    figures = {"rows": rows, "function": spread(times)}
    headers = server.sign_in(login)
    times = []
    for _ in range(REPORT_RUNS):
        started = time.perf_counter()
        answer = server.client.get(REPORT_PATH, headers=headers)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{REPORT_PATH}: {answer.status_code} {answer.text}")
    return figures | {"http": spread(times), "http_bytes": len(answer.content)}


def measure_verify(folder: Path) -> Figures:
    """Everything recomputed from the lines; it also says that the books made here are in order."""
    tell("cuadra verify")
    started = time.perf_counter()
    verified = run_cuadra(folder, "verify", "--company", books.NAME)
    if verified.returncode != 0:
        raise SystemExit(f"{verified.stdout}{verified.stderr}")
    return {"seconds": time.perf_counter() - started}


async def time_report(url: str) -> tuple[int, list[float]]:
    """How many rows the report has, and the milliseconds of each run."""
    database = Database(url, size=1)
    await database.open()
    times = []
    try:
        for _ in range(REPORT_RUNS):
            started = time.perf_counter()
            async with database.read(books.NAME) as transaction:
                report = await trial_balance(transaction, QUARTER)
            times.append((time.perf_counter() - started) * 1000)
    finally:
        await database.close()
    return len(report.rows), times


def table_of(figures: Figures) -> Table:
    """What a person wants to know."""
    table = Table(box=None, title="Cuadra, measured here and now", title_justify="left")
    for name, justify in (
        ("", "left"),
        ("per second", "right"),
        ("p50 ms", "right"),
        ("p99 ms", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for one in figures["invoices"]:
        name = f"POST /v1/invoices, {one['connections']} connections"
        table.add_row(
            name, f"{one['per_second']:,.0f}", f"{one['p50_ms']:.1f}", f"{one['p99_ms']:.1f}"
        )
    for one in figures["single_posts"]:
        name = f"books.post() alone, {one['together']} in a transaction"
        table.add_row(name, f"{one['per_second']:,.0f}", "", "")
    lines = f"trial balance over {figures['books']['line']:,} lines"
    for way in ("function", "http"):
        one = figures["trial_balance"][way]
        table.add_row(
            f"{lines}, {way}",
            f"{1000 / one['p50_ms']:,.0f}",
            f"{one['p50_ms']:.1f}",
            f"{one['p99_ms']:.1f}",
        )
    table.add_row(
        "cuadra verify of the same", "", f"{figures['verify']['seconds'] * 1000:,.0f}", ""
    )
    for name in ("new", "existing"):
        seconds = figures["ready"][f"{name}_folder_seconds"]
        table.add_row(f"ready on {name} data folder", "", f"{seconds * 1000:,.0f}", "")
    return table


def about() -> Figures:
    """Where and when: without it no figure means anything."""
    return {
        "cuadra": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
    }


def database_version(url: str) -> str:
    """PostgreSQL's own version."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return str(row[0])


def spread(times: Sequence[float]) -> Figures:
    """The middle and the end of a set of measurements."""
    return {"p50_ms": percentile(times, 50), "p99_ms": percentile(times, 99), "runs": len(times)}


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of them do not exceed.

    >>> percentile([4, 1, 3, 2], 50)
    2
    """
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def write(figures: Figures) -> Path:
    """Keep the figures under the time they were taken."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return path


def tell(what: str) -> None:
    """Say what is being done."""
    _out.print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/] {what}")


if __name__ == "__main__":
    main()
