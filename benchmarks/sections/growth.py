"""Section f: what a posted line costs in books that are already large.

Three companies of one database take turns, so that whatever else happens on the machine happens to all.
Invoices are for five hundred third parties, as for one alone only the same few pages would be touched; each
has had an invoice before the clock starts, because the first change of a page after a checkpoint costs more
than all later ones.
"""

import random
import time
from collections.abc import Sequence
from statistics import median

import psycopg

from benchmarks import invoice
from benchmarks.bench import Bench
from benchmarks.books import Books
from benchmarks.figures import Row, Rows

TOGETHER = 100
SETS = 2  # of a company's turn
TURNS = 12
PARTIES = 500


def measure(bench: Bench) -> Rows:
    """The smallest books before there are large ones, then all sizes in turns."""
    smallest = bench.small_books
    with invoice.connect(bench.address.url) as connection:
        bench.tell("posting into the smallest books, before there are large ones")
        (alone,) = take_turns(bench, connection, [smallest])
        sizes = [smallest, *bench.large_books.by_size]
        bench.tell("posting into books of all sizes, in turns")
        times = take_turns(bench, connection, sizes)
    rows: Rows = {f"{smallest.lines:,} lines, before the others": row_of(alone)}
    for books, found in zip(sizes, times, strict=True):
        ratio = median(found) / median(times[0])
        rows[f"{books.lines:,} lines"] = row_of(found) | {"of_smallest": ratio}
    return rows


def take_turns(
    bench: Bench, connection: psycopg.Connection, sizes: Sequence[Books]
) -> list[list[float]]:
    """Post into each of the books in turn; what a line took in each, of every set."""
    chance = random.Random(42)
    times: list[list[float]] = [[] for _ in sizes]
    for books in sizes:
        for first in range(0, PARTIES, TOGETHER):
            post_set(bench, connection, books, books.parties[first : first + TOGETHER])
    for _ in range(TURNS):
        for books, found in zip(sizes, times, strict=True):
            for _ in range(SETS):
                parties = chance.choices(books.parties[:PARTIES], k=TOGETHER)
                found.append(post_set(bench, connection, books, parties))
    return times


def post_set(
    bench: Bench, connection: psycopg.Connection, books: Books, parties: Sequence[int]
) -> float:
    """Post an invoice for each third party, together; microseconds for each line."""
    batch = invoice.encode([invoice.renewed(bench.template, party) for party in parties])
    started = time.perf_counter()
    invoice.post(connection, books.company.id, batch)
    seconds = time.perf_counter() - started
    return seconds * 1_000_000 / (len(parties) * len(bench.template.voucher.lines))


def row_of(times: Sequence[float]) -> Row:
    """The middle of some measurements."""
    return {"line_us": median(times), "count": len(times)}
