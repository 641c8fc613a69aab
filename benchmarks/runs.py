"""Results kept as JSON, and what is worse than in the last run of the same kind.

A file is one run. Runs are of the same kind when they measured the same amount on the same kind of machine;
a quick run says nothing about a full one.
"""

import contextlib
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg

from benchmarks.bench import Options
from benchmarks.figures import COLUMNS, Rows
from cuadra import __version__

FOLDER = Path(__file__).with_name("results")
WORSE_PERCENT = 15


class Run(msgspec.Struct):
    """One run: where, when and how much, and the rows of each section."""

    about: dict[str, Any]
    sections: dict[str, Rows]

    @property
    def kind(self) -> tuple[Any, ...]:
        """What two runs must have in common to be compared."""
        return (self.about.get("options"), self.about.get("system"), self.about.get("processors"))


class Change(NamedTuple):
    """A figure that is not what it was; `percent` is how much more there is of it now."""

    section: str
    row: str
    column: str
    before: float
    now: float

    @property
    def percent(self) -> float:
        """How much more there is now."""
        return (self.now / self.before - 1) * 100

    @property
    def is_worse(self) -> bool:
        """Whether it is a regression worth naming.

        >>> Change("c", "x", "per_second", 100, 84).is_worse, Change("c", "x", "per_second", 100, 200).is_worse
        (True, False)
        >>> Change("c", "x", "p50_ms", 100, 116).is_worse, Change("c", "x", "count", 100, 1).is_worse
        (True, False)
        """
        better = COLUMNS[self.column].better
        if better == "higher":
            return self.percent < -WORSE_PERCENT
        return better == "lower" and self.percent > WORSE_PERCENT


def about(url: str, options: Options) -> dict[str, Any]:
    """Where, when and how much: without it no figure means anything."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return {
        "cuadra": __version__,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "postgresql": row[0],
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "options": msgspec.to_builtins(options),
    }


def list_runs() -> list[tuple[str, Run]]:
    """The runs that were kept, newest first; what is not one of ours is passed over."""
    runs = []
    for path in sorted(FOLDER.glob("*.json"), reverse=True):
        with contextlib.suppress(msgspec.DecodeError):
            runs.append((path.name, msgspec.json.decode(path.read_bytes(), type=Run)))
    return runs


def find_previous(run: Run) -> tuple[list[str], dict[str, Rows]]:
    """Each section as the last run of the same kind measured it, and the names of those runs."""
    names: list[str] = []
    sections: dict[str, Rows] = {}
    for name, earlier in list_runs():
        found = (earlier.sections.keys() & run.sections.keys()) - sections.keys()
        if earlier.kind == run.kind and found:
            names.append(name)
            sections |= {letter: earlier.sections[letter] for letter in found}
    return names, sections


def changes(before: dict[str, Rows], now: dict[str, Rows]) -> list[Change]:
    """Every figure that both have.

    >>> changes({"c": {"x": {"p50_ms": 2.0}}}, {"c": {"x": {"p50_ms": 3.0, "p99_ms": 4.0}, "y": {}}})
    [Change(section='c', row='x', column='p50_ms', before=2.0, now=3.0)]
    """
    return [
        Change(section, name, column, earlier[column], figure)
        for section, rows in now.items()
        for name, row in rows.items()
        for earlier in [before.get(section, {}).get(name, {})]
        for column, figure in row.items()
        if column in COLUMNS and earlier.get(column)
    ]


def keep(run: Run) -> Path:
    """Write a run under the time it was made."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(msgspec.to_builtins(run), indent=2) + "\n", encoding="utf-8")
    return path
