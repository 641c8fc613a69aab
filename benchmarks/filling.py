"""Fill companies with two years of books, as the owner and with set-based SQL.

It is as fast as the machine allows: the indexes of the three large tables are dropped, the rows are
inserted over one connection for each of two processors, and the indexes are built again as they were.
Nothing is unlogged and nothing is left out, so that afterwards the books are like any others, and
`cuadra verify` finds them in order.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import msgspec
import psycopg

from cuadra.database.queries import queries_from_text

LINES_OF_A_PAIR = 8
CONNECTIONS = 2
FIRST_PARTY = 1001
LARGE_TABLES = ("line", "voucher", "due")
_SQL = Path(__file__).with_suffix(".sql")
_WORTH_DROPPING = 100_000  # lines from which building the indexes anew is faster than keeping them
_QUERIES = queries_from_text(_SQL.read_text(encoding="utf-8"), _SQL.name)
# The sums read what all connections wrote, and while there are no indexes they read it in one sweep.
_OF_PARTS = (("plan", "vouchers", "dues", "lines"), ("party_balances",))
T = TypeVar("T")


class Filling(msgspec.Struct, frozen=True):
    """How much to write into the books of a company."""

    company: int
    lines: int
    parties: int


class Index(msgspec.Struct, frozen=True):
    """An index as the database describes it, and the constraint it stands for, if it does."""

    table: str
    name: str
    definition: str
    constraint: str | None

    @property
    def drop(self) -> str:
        """The statement that removes it."""
        if self.constraint:
            return f"ALTER TABLE {self.table} DROP CONSTRAINT {self.name}"
        return f"DROP INDEX books.{self.name}"

    @property
    def attach(self) -> str:
        """The statement that makes the index, built again, the constraint's."""
        kind = (self.constraint or "").partition(" (")[0]
        return f"ALTER TABLE {self.table} ADD CONSTRAINT {self.name} {kind} USING INDEX {self.name}"


def fill(owner_url: str, fillings: Sequence[Filling]) -> None:
    """Write the vouchers of two years into each company, and bring the statistics up to date."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        large = sum(filling.lines for filling in fillings) >= _WORTH_DROPPING
        with without_indexes(owner, owner_url) if large else nullcontext():
            for filling in fillings:
                run(owner, ["third_parties"], values_of(filling))
                for names in _OF_PARTS:
                    together(partial(fill_part, owner_url, names), parts(filling))
                run(owner, ["account_balances", "numbers"], values_of(filling))
    settle(owner_url)


def parts(filling: Filling) -> list[dict[str, int]]:
    """The pairs of vouchers, cut into parts that can be written at the same time.

    >>> [(part["first_pair"], part["last_pair"]) for part in parts(Filling(1, 56, 5))]
    [(1, 3), (4, 7)]
    """
    values = values_of(filling)
    bounds = [values["pairs"] * part // CONNECTIONS for part in range(CONNECTIONS + 1)]
    return [
        values | {"parts": CONNECTIONS, "part": part, "first_pair": before + 1, "last_pair": last}
        for part, (before, last) in enumerate(pairwise(bounds))
    ]


def values_of(filling: Filling) -> dict[str, int]:
    """The parameters of the queries."""
    pairs = filling.lines // LINES_OF_A_PAIR
    return {"company": filling.company, "parties": filling.parties, "pairs": pairs}


def together(work: Callable[[T], None], items: Sequence[T]) -> None:
    """Do all at the same time, as many at once as there are connections."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, items))


def fill_part(owner_url: str, names: Sequence[str], part: dict[str, int]) -> None:
    """Write one part over a connection of its own."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET work_mem = '256MB'")
        run(connection, names, part)


def run(connection: psycopg.Connection, names: Sequence[str], values: dict[str, int]) -> None:
    """Run some of the queries."""
    for name in names:
        # The driver cannot tell a number of a plan from one of a column: it is told.
        typed = re.sub(r"%\((\w+)\)s", r"%(\1)s::integer", _QUERIES[name])
        connection.execute(typed.encode(), values)


def settle(owner_url: str) -> None:
    """Do now what would otherwise be done in the background of what is measured next."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE)")
        owner.execute("CHECKPOINT")


@contextmanager
def without_indexes(owner: psycopg.Connection, owner_url: str) -> Iterator[None]:
    """Drop the indexes of the large tables, and build them again exactly as they were."""
    indexes = list_indexes(owner)
    with owner.transaction():
        for index in indexes:
            owner.execute(index.drop.encode())
    yield
    together(partial(build, owner_url), indexes)
    for index in indexes:
        if index.constraint:
            owner.execute(index.attach.encode())
    if list_indexes(owner) != indexes:
        raise SystemExit("the indexes are not what they were")


def build(owner_url: str, index: Index) -> None:
    """Build one index again, over a connection of its own."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET max_parallel_maintenance_workers = 0")  # others are built beside it
        connection.execute(index.definition.encode())


def list_indexes(owner: psycopg.Connection) -> list[Index]:
    """The indexes of the large tables, largest tables first."""
    rows = owner.execute(
        "SELECT i.indrelid::regclass::text, c.relname, pg_get_indexdef(i.indexrelid), pg_get_constraintdef(k.oid)"
        "  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        "  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')"
        " WHERE i.indrelid = ANY (%s::regclass[])"
        " ORDER BY array_position(%s::regclass[], i.indrelid::regclass), 2",
        ([f"books.{table}" for table in LARGE_TABLES],) * 2,
    ).fetchall()
    return [Index(*row) for row in rows]
