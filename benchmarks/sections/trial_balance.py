"""Section e: the trial balance over large books, as a function and over HTTP; and the check of all those lines."""

import asyncio
import time

import msgspec

from benchmarks import client
from benchmarks.bench import Bench
from benchmarks.books import Books
from benchmarks.figures import Row, Rows, spread
from benchmarks.processes import memory
from cuadra.database.pool import Database
from cuadra.reports.trial_balance import Wanted, trial_balance

QUARTER = Wanted(year=2026, month_start=1, month_end=3)
PATH = "/cuadra/v1/reports/trial-balance?year=2026&month_start=1&month_end=3"


def measure(bench: Bench) -> Rows:
    """A quarter with its opening, of the largest books and of those with many third parties."""
    made = bench.large_books
    rows: Rows = {"filling the books": made.filling}
    for books in (made.large, made.crowded):
        name = f"{books.lines:,} lines of {len(books.parties):,} third parties"
        bench.tell(f"the trial balance of {name}")
        rows[f"{name}, function"] = asyncio.run(time_function(bench, books))
        headers = bench.server.sign_in(books.company.login)
        body, row = client.time_gets(bench.server.port, PATH, headers, bench.options.gets)
        rows[f"{name}, HTTP"] = row | {"rows": len(msgspec.json.decode(body)["rows"])}
        bench.tell("the same by third party, as CSV")
        rows[f"{name}, by third party as CSV"] = time_by_party(bench, headers)
    bench.tell("cuadra verify")
    for books in [made.middle] if bench.options.quick else made.by_size:
        seconds = bench.verify(books.company)
        rows[f"cuadra verify of {books.lines:,} lines"] = {"seconds": seconds}
    return rows


async def time_function(bench: Bench, books: Books) -> Row:
    """The report alone, each time in a transaction of its own."""
    database = Database(bench.address.url, size=1)
    await database.open()
    times = []
    try:
        for _ in range(bench.options.gets):
            started = time.perf_counter()
            async with database.read(books.company.name) as transaction:
                report = await trial_balance(transaction, QUARTER)
            times.append((time.perf_counter() - started) * 1000)
    finally:
        await database.close()
    return spread(times) | {"rows": len(report.rows)}


def time_by_party(bench: Bench, headers: dict[str, str]) -> Row:
    """Everybody's balances, once, read as fast as they come; how many rows, and what the server then holds."""
    started = time.perf_counter()
    body, _ = client.time_gets(
        bench.server.port, f"{PATH}&by_third_party=true", headers | {"Accept": "text/csv"}, 1
    )
    seconds = time.perf_counter() - started
    held = memory(bench.server.process.pid)
    return {"seconds": seconds, "rows": body.count(b"\n") - 1} | held
