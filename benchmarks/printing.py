"""Tables for people: one for each section, the targets, and what is worse than before."""

from rich.console import Console
from rich.table import Table

from benchmarks.figures import COLUMNS, Rows
from benchmarks.runs import WORSE_PERCENT, Change, Run, changes, find_previous
from benchmarks.targets import Verdict

MACHINE = "machine"  # a section of its own, for what `machine` measures


def table_of(title: str, rows: Rows) -> Table:
    """The rows of a section, with the columns that they have."""
    columns = [name for name in COLUMNS if any(name in row for row in rows.values())]
    table = Table(box=None, title=title, title_justify="left", title_style="bold")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(COLUMNS[column].title, justify="right")
    for name, row in rows.items():
        table.add_row(name, *(shown(column, row.get(column)) for column in columns))
    return table


def shown(column: str, figure: float | None) -> str:
    """A figure as its column shows it.

    >>> shown("per_second", 1234.5), shown("p50_ms", 1.0), shown("p50_ms", None)
    ('1,234', '1.00', '')
    """
    return "" if figure is None else f"{figure:,.{COLUMNS[column].decimals}f}"


def table_of_targets(verdicts: list[Verdict]) -> Table:
    """Each target, what was found, and whether that is enough."""
    table = Table(box=None, title="Targets", title_justify="left", title_style="bold")
    table.add_column("")
    for title in ("wanted", "found"):
        table.add_column(title, justify="right")
    table.add_column("")
    for target, found in verdicts:
        unit = COLUMNS[target.column].title
        word = "[green]reached[/]" if Verdict(target, found).reached else "[red]not reached[/]"
        table.add_row(
            target.text,
            f"{target.bound} {target.limit:,g} {unit}",
            shown(target.column, found),
            "[dim]not measured[/]" if found is None else word,
        )
    return table


def print_comparison(out: Console, run: Run) -> None:
    """What is worse than in the last run of the same kind."""
    names, before = find_previous(run)
    if not names:
        out.print("\nNo earlier run of the same kind to compare with.")
        return
    found = changes(before, run.sections)
    ours = [change for change in found if change.section != MACHINE]
    worse = [change for change in ours if change.is_worse]
    out.print(
        f"\n{len(worse)} of {len(ours)} figures are more than {WORSE_PERCENT} % worse than in"
        f" {', '.join(names)}."
    )
    for change in found:
        if change.section == MACHINE:
            out.print(f"The machine itself: {change.row} takes {change.percent:+.0f} %.")
    if worse:
        out.print(table_of_changes(worse))


def table_of_changes(worse: list[Change]) -> Table:
    """The figures that became worse."""
    table = Table(box=None)
    table.add_column("")
    for title in ("", "before", "now", "per cent"):
        table.add_column(title, justify="right")
    for change in worse:
        table.add_row(
            f"{change.section}: {change.row}",
            COLUMNS[change.column].title,
            shown(change.column, change.before),
            shown(change.column, change.now),
            f"{change.percent:+.0f}",
        )
    return table
