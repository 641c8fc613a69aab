"""`make bench`: starts a server of its own on a new data folder, measures it, and removes it.

Prints a table for each section, the targets, and every figure that is much worse than in the last run;
writes all figures to benchmarks/results. It fails when something is wrong, never because it is slow:
absolute figures drift by half from day to day, and only ratios taken in one run are to be relied on.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console

from benchmarks import machine, runs
from benchmarks.bench import Bench, Options
from benchmarks.figures import Rows, median_of
from benchmarks.printing import MACHINE, print_comparison, table_of, table_of_targets
from benchmarks.runs import Run
from benchmarks.sections import (
    balances,
    colppy,
    documents,
    growth,
    mixed,
    movements,
    one_by_one,
    over_http,
    reading,
    sets,
    starting,
    trial_balance,
)
from benchmarks.targets import judge
from tests.serving import data_folder, serving

LINES = 10_000_000
INVOICES = 100_000
SECONDS = 5.0
ROUNDS = 3
GETS = 50
QUICK = 10  # how many times less of everything
_out = Console(highlight=False, width=None if sys.stdout.isatty() else 180)


class Section(NamedTuple):
    """Something measured: a function from the bench to rows."""

    letter: str
    title: str
    measure: Callable[[Bench], Rows]


# In the order they run: growth first measures before the large books are there, which it and the next one share.
SECTIONS = (
    Section("a", "pgbench, one invoice in a transaction", one_by_one.measure),
    Section("b", "books.post() over one connection", sets.measure),
    Section("c", "POST /v1/invoices, one busy company", over_http.measure),
    Section("d", "Reading invoices", reading.measure),
    Section("h", "Accounting documents through SERPI", documents.measure),
    Section("j", "Balances through Siigo Pyme", balances.measure),
    Section("k", "Movements through Siigo Pyme", movements.measure),
    Section("l", "Receipts and the journal through Colppy", colppy.measure),
    Section("i", "Documents of every kind, mixed", mixed.measure),
    Section("f", "A posted line in books that are already large", growth.measure),
    Section("e", "Trial balance", trial_balance.measure),
    Section("g", "Ready to answer", starting.measure),
)


def main() -> None:
    """Measure everything, or what was asked for."""
    wanted = arguments(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server is stopped on the way out
    options = options_of(wanted)
    started = time.perf_counter()
    with (
        data_folder() as folder,
        serving(folder, port=wanted.port, environment={"CUADRA_LOG": "WARNING"}) as server,
    ):
        bench = Bench(server, options, tell)
        run = Run(runs.about(bench.address.url, options), {})
        found: list[Rows] = []
        try:
            for section in wanted.only:
                found.append(machine.measure(folder))
                run.sections[section.letter] = section.measure(bench)
        finally:
            print_sections(run)
        run.sections[MACHINE] = {
            name: median_of([rows[name] for rows in found]) for name in found[0]
        }
        tell(f"the server's log: {server.complained or 'no warnings'}")
        if server.stop() != 0:
            raise SystemExit("the server did not stop in order")
    _out.print("", table_of("The machine itself", run.sections[MACHINE]), sep="\n")
    _out.print("", table_of_targets(judge(run.sections)), sep="\n")
    print_comparison(_out, run)
    tell(f"{time.perf_counter() - started:,.0f} seconds; all figures: {runs.keep(run)}")


def print_sections(run: Run) -> None:
    """A table for each section that was measured."""
    for section in SECTIONS:
        if section.letter in run.sections:
            title = f"{section.letter}. {section.title}"
            _out.print("", table_of(title, run.sections[section.letter]), sep="\n")


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for."""
    letters = "\n".join(f"  {section.letter}  {section.title}" for section in SECTIONS)
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        epilog=f'sections:\n{letters}\n\nfor example: make bench BENCH="--quick --only a,c"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="about a tenth of everything")
    parser.add_argument(
        "--only", type=sections_of, default=SECTIONS, metavar="a,b,...", help="these sections only"
    )
    parser.add_argument("--lines", type=int, default=LINES, help="lines of the largest books")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement")
    parser.add_argument("--port", type=int, help="of the server; any free one")
    return parser.parse_args(given)


def sections_of(letters: str) -> list[Section]:
    """The sections of some letters, in the order they run."""
    asked = set(letters.split(","))
    if unknown := asked - {section.letter for section in SECTIONS}:
        raise argparse.ArgumentTypeError(f"there is no section {', '.join(sorted(unknown))}")
    return [section for section in SECTIONS if section.letter in asked]


def options_of(wanted: argparse.Namespace) -> Options:
    """How much to measure."""
    less = QUICK if wanted.quick else 1
    return Options(
        quick=wanted.quick,
        lines=wanted.lines // less,
        invoices=INVOICES // less,
        seconds=wanted.seconds / (less / 2 if wanted.quick else 1),
        rounds=1 if wanted.quick else ROUNDS,
        gets=GETS // 2 if wanted.quick else GETS,
    )


def tell(what: str) -> None:
    """Say what is being done."""
    _out.print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/] {what}")


if __name__ == "__main__":
    main()
