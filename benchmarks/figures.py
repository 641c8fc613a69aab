"""What is measured: rows of figures, and for each kind of figure its unit and which way is better.

A section answers with rows. The same rows are printed, kept as JSON, compared with the last run and held
against the targets, so that a new section needs nothing but a function that returns them.
"""

import math
from collections.abc import Sequence
from statistics import median
from typing import Literal, NamedTuple

Row = dict[str, float]
Rows = dict[str, Row]


class Column(NamedTuple):
    """How a figure is shown, and whether more of it is better, or less, or neither."""

    title: str
    decimals: int
    better: Literal["higher", "lower", ""] = ""


COLUMNS = {
    "per_second": Column("per second", 0, "higher"),
    "p50_ms": Column("p50 ms", 2, "lower"),
    "p99_ms": Column("p99 ms", 2, "lower"),
    "of_pgbench": Column("times pgbench", 2, "higher"),
    "server_ms": Column("server CPU ms", 3, "lower"),
    "database_ms": Column("database CPU ms", 3, "lower"),
    "line_us": Column("µs per line", 1, "lower"),
    "of_smallest": Column("times the smallest", 2, "lower"),
    "of_alone": Column("times invoices alone", 2, "higher"),
    "of_copy": Column("times COPY", 2, "higher"),
    "seconds": Column("seconds", 2, "lower"),
    "rss_mb": Column("worker MB", 0, "lower"),
    "peak_mb": Column("peak MB", 0, "lower"),
    "rows": Column("rows", 0),
    "lines": Column("lines", 0),
    "parties": Column("third parties", 0),
    "count": Column("count", 0),
}


def counted(count: int, word: str) -> str:
    """A number of things.

    >>> counted(1, "client"), counted(2000, "client")
    ('1 client', '2,000 clients')
    """
    return f"{count:,} {word}" + ("" if count == 1 else "s")


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that at least so many percent of them do not exceed.

    >>> percentile([4, 1, 3, 2], 50)
    2
    """
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def spread(times_ms: Sequence[float]) -> Row:
    """The middle and the end of a set of measurements.

    >>> spread([4.0, 2.0, 3.0])
    {'p50_ms': 3.0, 'p99_ms': 4.0, 'count': 3}
    """
    return {
        "p50_ms": percentile(times_ms, 50),
        "p99_ms": percentile(times_ms, 99),
        "count": len(times_ms),
    }


def median_of(rounds: Sequence[Row]) -> Row:
    """The middle of each figure over some rounds; of counts, the sum.

    >>> median_of([{"p50_ms": 1.0, "count": 10}, {"p50_ms": 9.0, "count": 12}, {"p50_ms": 2.0, "count": 9}])
    {'p50_ms': 2.0, 'count': 31}
    """
    return {
        name: (sum if name == "count" else median)(row[name] for row in rounds)
        for name in rounds[0]
    }
