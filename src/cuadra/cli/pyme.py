"""`cuadra pyme`: the workbooks of Siigo Pyme's people, into the books and out of them.

The words are people's: `import` brings a workbook into the books, `export` writes one from them. In the
connector's API it is the other way around.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any

import typer
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cuadra.cli.running import CompanyOption, opened, out, run, who
from cuadra.config import system_clock
from cuadra.database.opening import Address
from cuadra.database.turnstile import Turnstile
from cuadra.dialects.siigo_pyme.files import (
    company_turn,
    digest_of,
    make_job,
    read_books,
    write_books,
)
from cuadra.dialects.siigo_pyme.job import ExportReport, Job, Refused, RowError
from cuadra.dialects.siigo_pyme.rows import Profile
from cuadra.dialects.siigo_pyme.workbook.reading import MovementWorkbook, Unkept
from cuadra.errors import CuadraError
from cuadra.trade.group import Groups

TOLD_MAX = 20  # different refusals, and warnings, in the terminal
pyme_app = typer.Typer(
    help="Bring workbooks of Siigo Pyme into the books, and write them from the books.",
    no_args_is_help=True,
)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


@pyme_app.command("import")
def pyme_import(
    file: Annotated[
        Path, typer.Argument(help="A workbook (.xlsx) of movements.", exists=True, dir_okay=False)
    ],
    company: CompanyOption,
    year: Annotated[
        int | None,
        typer.Option(
            help="Of the movements; that of the workbook's title, or this year.", min=1900, max=2999
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(help="Name of the sheet; the first one by default.")
    ] = None,
    modify: Annotated[
        bool, typer.Option("--modify", help="Replace vouchers that exist already.")
    ] = False,
    profile: Annotated[
        Profile | None, typer.Option(help="How strictly rows are read; as the company has set.")
    ] = None,
    errors: Annotated[
        Path | None,
        typer.Option(help="Where to write refused rows; beside FILE, ending in -errores."),
    ] = None,
) -> None:
    """Bring a workbook into the books: write its vouchers.

    In the API this is called an export. Every voucher is written whole or not at all. The rows of those that are
    refused go with the reasons to a workbook of their own, which can be mended and imported; then the exit
    code is 1.
    """
    target = errors or _free(file.with_name(f"{file.stem}-errores.xlsx"))
    if target.absolute() == file.absolute():
        raise typer.BadParameter("--errors is the file that is read")
    _check_place(target)
    with closing(MovementWorkbook(file, sheet)) as workbook:
        params = {
            "year": year or workbook.year,
            "modify_documents": "S" if modify else "N",
            "basic_invoice": "S" if workbook.basic else "N",
        }

        async def bring(address: Address) -> tuple[ExportReport, int]:
            digest = digest_of(file, [params, sheet])
            with _rows_bar(company, workbook.height) as on_row:
                async with _job(address, company, params, profile, digest) as job:
                    return await write_books(job, workbook, target, on_row)

        report, refused = run(bring)
        for unkept in workbook.unkept.values():
            _errors.print(_unkept(unkept), markup=False)
    _tell("warning", report.warnings)
    _tell("refused", report.errors)
    vouchers = "1 voucher" if report.written == 1 else f"{report.written} vouchers"
    told = f"{company}: {vouchers} written, {refused} rows refused"
    out.print(f"{told}; see {target}" if refused else told, markup=False)
    if refused:
        raise typer.Exit(1)


@pyme_app.command("export")
def pyme_export(
    file: Annotated[Path, typer.Argument(help="The workbook (.xlsx) to write.")],
    company: CompanyOption,
    year: Annotated[
        int | None, typer.Option(help="This year by default.", min=1900, max=2999)
    ] = None,
    month_start: Annotated[int | None, typer.Option(help="First month.", min=1, max=12)] = None,
    month_end: Annotated[int | None, typer.Option(help="Last month.", min=1, max=12)] = None,
    day_start: Annotated[
        int | None, typer.Option(help="Day of the first month.", min=1, max=31)
    ] = None,
    day_end: Annotated[
        int | None, typer.Option(help="Day of the last month.", min=1, max=31)
    ] = None,
    letter: Annotated[
        str | None, typer.Option("--type", help="Letter of the vouchers, such as F.")
    ] = None,
    code: Annotated[int | None, typer.Option(help="Code of the vouchers.", min=1, max=999)] = None,
    number_start: Annotated[int | None, typer.Option(help="First number.", min=1)] = None,
    number_end: Annotated[int | None, typer.Option(help="Last number.", min=1)] = None,
    account_start: Annotated[str | None, typer.Option(help="First account code.")] = None,
    account_end: Annotated[
        str | None, typer.Option(help="Last account code, with those below.")
    ] = None,
    product_start: Annotated[
        int | None, typer.Option(help="First product: line, group and code as one number.", min=1)
    ] = None,
    product_end: Annotated[int | None, typer.Option(help="Last product.", min=1)] = None,
    basic: Annotated[bool, typer.Option("--basic", help="As the basic model.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Also where FILE exists.")] = False,
) -> None:
    """Write a workbook from the books: the movements of a year.

    In the API this is called an import; filters choose as there.
    """
    if file.exists() and not overwrite:
        raise CuadraError(f"{file} exists; --overwrite replaces it")
    _check_place(file)
    params = {
        "year": year,
        "voucher_type": letter,
        "basic_model": "S" if basic else "N",
        **_span("month", _two_digits(month_start), _two_digits(month_end)),
        **_span("day", _two_digits(day_start), _two_digits(day_end)),
        **_span("voucher_code", code, code),
        **_span("number", number_start, number_end),
        **_span("account", _padded(account_start, "0"), _padded(account_end, "9")),
        **_span("product", product_start, product_end),
    }

    async def take(address: Address) -> int:
        with _rows_bar(company, None) as on_row:
            async with _job(address, company, params) as job:
                return await read_books(job, file, on_row)

    out.print(f"{company}: {run(take)} rows written to {file}", markup=False)


def _free(path: Path) -> Path:
    """The path, or one like it that no file has: an older one may be half mended."""
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(one for one in chain([path], others) if not one.exists())


def _check_place(path: Path) -> None:
    """Raise `CuadraError` before anything is done for a file that cannot be written."""
    if not path.parent.is_dir():
        raise CuadraError(f"there is no folder {path.parent}")
    if path.is_dir():
        raise CuadraError(f"{path} is a folder")
    if not os.access(path.parent, os.W_OK):
        raise CuadraError(f"nothing can be written to the folder {path.parent}")


@asynccontextmanager
async def _job(
    address: Address,
    company: str,
    params: dict[str, Any],
    profile: Profile | None = None,
    digest: str = "",
) -> AsyncIterator[Job]:
    """A job in its turn. What it handed in is recorded when it ends, however it ends."""
    turnstile = Turnstile(address.url)
    async with opened(address) as database:
        groups = Groups(database, system_clock, CollectorRegistry())
        try:
            async with company_turn(database, turnstile, company):
                yield await make_job(
                    database,
                    groups,
                    company,
                    actor=who(),
                    now=system_clock(),
                    params=params,
                    profile=profile,
                    digest=digest,
                )
        except Refused as refused:
            reasons = [error.message for error in refused.errors] or [refused.message]
            raise CuadraError("; ".join(reasons)) from refused
        finally:
            await groups.drain()
            await turnstile.close()


@contextmanager
def _rows_bar(what: str, total: int | None) -> Iterator[Callable[[], None]]:
    """A bar that goes on with every row, where somebody can see it."""
    layout = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *layout,
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        bar = progress.add_task(what, total=total)
        yield lambda: progress.advance(bar)


def _span(name: str, first: object, last: object) -> dict[str, object]:
    """The bounds of a parameter that were given."""
    bounds = {f"{name}_initial": first, f"{name}_final": last}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _two_digits(value: int | None) -> str | None:
    return None if value is None else f"{value:02}"


def _padded(code: str | None, digit: str) -> int | None:
    """An account's code as the ten digits it begins or ends with."""
    if code is None:
        return None
    if not code.isdecimal() or len(code) > 10:
        raise typer.BadParameter(f"{code!r} is no account code of at most ten digits")
    return int(code.ljust(10, digit))


def _tell(what: str, told: list[RowError]) -> None:
    """What was told about rows: each thing in a line, with how often and where first."""
    rows: dict[str, list[int]] = {}
    for one in told:
        rows.setdefault(one.message, []).append(one.row or 0)
    for message, places in list(rows.items())[:TOLD_MAX]:
        where = f"row {places[0]}"
        if len(places) > 1:
            where += f" and {len(places) - 1} more"
        _errors.print(f"{what}: {where}: {message}", markup=False)
    if len(rows) > TOLD_MAX:
        _errors.print(f"{what}: {len(rows) - TOLD_MAX} other reasons", markup=False)


def _unkept(column: Unkept) -> str:
    """What a column says that these books do not keep."""
    caption = column.caption or "without a caption"
    where = f"first in row {column.row}: {column.value}"
    return f"not kept: column {column.column}, {caption}: {column.count} rows ({where})"
