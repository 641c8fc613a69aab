"""Books of several sizes, two years each: ten thousand, a million and ten million lines, and many third parties.

They are filled once in a run, when a section first asks for them, and shared by the sections.
"""

import time
from typing import NamedTuple

from benchmarks.companies import Company
from benchmarks.figures import Row
from benchmarks.filling import FIRST_PARTY, Filling, fill

PARTIES = 2_000


class Books(NamedTuple):
    """A company with books in it."""

    company: Company
    lines: int
    parties: range


class LargeBooks(NamedTuple):
    """What is filled together, because the indexes are then built only once."""

    middle: Books
    large: Books
    crowded: Books  # as many lines as the middle, but of many third parties
    filling: Row

    @property
    def by_size(self) -> tuple[Books, Books]:
        """Those that differ in nothing but size."""
        return self.middle, self.large


def sizes_small(lines: int) -> list[tuple[int, int]]:
    """Lines and third parties of the smallest books: a thousandth of the largest.

    >>> sizes_small(10_000_000)
    [(10000, 2000)]
    """
    return [(lines // 1000, PARTIES)]


def sizes_large(lines: int) -> list[tuple[int, int]]:
    """Lines and third parties of the others.

    >>> sizes_large(10_000_000)
    [(1000000, 2000), (10000000, 2000), (1000000, 200000)]
    """
    return [(lines // 10, PARTIES), (lines, PARTIES), (lines // 10, lines // 50)]


def fill_books(
    owner_url: str, companies: list[Company], sizes: list[tuple[int, int]]
) -> tuple[list[Books], Row]:
    """Fill a company for each size; also how long all of it took, indexes and statistics included."""
    started = time.perf_counter()
    pairs = list(zip(companies, sizes, strict=True))
    fill(owner_url, [Filling(company.id, *size) for company, size in pairs])
    seconds = time.perf_counter() - started
    made = [
        Books(company, lines, range(FIRST_PARTY, FIRST_PARTY + parties))
        for company, (lines, parties) in pairs
    ]
    written = sum(lines for lines, _ in sizes)
    return made, {"lines": written, "seconds": seconds, "per_second": written / seconds}
