"""What we want to reach, held against one run. Nothing fails here: it only tells."""

from typing import Literal, NamedTuple

from benchmarks.figures import COLUMNS, Rows


class Target(NamedTuple):
    """A bound for a figure of the rows whose names begin so, and end so; the worst of them counts."""

    text: str
    section: str
    begin: str
    end: str
    column: str
    bound: Literal["at least", "below"]
    limit: float


TARGETS = (
    Target("posting, 16 connections", "c", "16 ", "", "of_pgbench", "at least", 1.5),
    Target("posting, 64 connections", "c", "64 ", "", "of_pgbench", "at least", 2),
    Target("posting, 1 connection", "c", "1 ", "", "p50_ms", "below", 8),
    Target("memory while posting", "c", "", "", "rss_mb", "below", 150),
    Target("documents mixed", "i", "mixed", "", "of_alone", "at least", 0.7),
    Target("GET by id", "d", "GET by id", "", "per_second", "at least", 2500),
    Target("the last page of the list", "d", "GET list, last", "", "p50_ms", "below", 60),
    Target("trial balance over HTTP", "e", "", "HTTP", "p50_ms", "below", 50),
    Target("documents in an array", "h", "create", "", "per_second", "at least", 3000),
    Target("documents read back", "h", "query", "", "seconds", "below", 2),
    Target("balances of open dues", "j", "balances", "", "seconds", "below", 2),
    Target("movements written", "k", "export", "", "per_second", "at least", 12_000),
    Target("movements beside a COPY", "k", "export", "", "of_copy", "at least", 0.15),
    Target("memory of movements", "k", "", "", "peak_mb", "below", 1000),
    Target("the journal's first page", "l", "journal, from 0", "", "p50_ms", "below", 30),
    Target("the journal's deep pages", "l", "journal, from ", "", "p50_ms", "below", 150),
    Target("a line in the largest books", "f", "", "", "of_smallest", "below", 1.3),
)


class Verdict(NamedTuple):
    """What a target came to; `found` is None when it was not measured."""

    target: Target
    found: float | None

    @property
    def reached(self) -> bool:
        """Whether it was measured and is within the bound."""
        if self.found is None:
            return False
        if self.target.bound == "below":
            return self.found < self.target.limit
        return self.found >= self.target.limit


def judge(sections: dict[str, Rows]) -> list[Verdict]:
    """All targets, in their order.

    >>> posting = {"1 connection": {"p50_ms": 4.0, "rss_mb": 200.0}, "16 connections": {"p50_ms": 9.0}}
    >>> [verdict.reached for verdict in judge({"c": posting})][:4]
    [False, False, True, False]
    """
    return [Verdict(target, worst(target, sections)) for target in TARGETS]


def worst(target: Target, sections: dict[str, Rows]) -> float | None:
    """The worst of the figures that a target speaks of, or None when there are none."""
    found = [
        row[target.column]
        for name, row in sections.get(target.section, {}).items()
        if name.startswith(target.begin) and name.endswith(target.end) and target.column in row
    ]
    if not found:
        return None
    return min(found) if COLUMNS[target.column].better == "higher" else max(found)
