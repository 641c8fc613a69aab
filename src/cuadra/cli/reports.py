"""`cuadra report`: the reports of a company, in the terminal or in a file."""

import contextlib
import io
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cuadra.cli.running import CompanyOption, opened, run
from cuadra.config import system_clock
from cuadra.database.opening import Address
from cuadra.reports.tables import Report, stream_csv, stream_json, table_of, write_xlsx
from cuadra.reports.trial_balance import Wanted, report_by_account, report_by_third_party
from cuadra.trade.books import local_day

report_app = typer.Typer(help="Reports of a company.", no_args_is_help=True)
FILE_WIDTH = 150  # of a table that goes to no terminal


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


@report_app.command("trial-balance")
def report_trial_balance(
    company: CompanyOption,
    year: Annotated[int | None, typer.Option(help="This year by default.")] = None,
    month_start: Annotated[int, typer.Option(help="From 1 to 13, the closing period.")] = 1,
    month_end: Annotated[int, typer.Option(help="From 1 to 13.")] = 13,
    level: Annotated[int | None, typer.Option(help="Only accounts down to this depth.")] = None,
    account_start: Annotated[str | None, typer.Option(help="First account code.")] = None,
    account_end: Annotated[
        str | None, typer.Option(help="Last account code, with those below.")
    ] = None,
    by_third_party: Annotated[
        bool, typer.Option("--by-third-party", help="Every account by third party.")
    ] = False,
    identification: Annotated[
        str | None, typer.Option(help="One third party only, with --by-third-party.")
    ] = None,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How to write it.")
    ] = ReportFormat.TABLE,
    output: Annotated[
        Path | None, typer.Option(help="A file to write to; needed for xlsx.", dir_okay=False)
    ] = None,
) -> None:
    """Opening, debit, credit and closing of every account."""
    wanted = Wanted(
        year=year,
        month_start=month_start,
        month_end=month_end,
        level=level,
        account_start=account_start,
        account_end=account_end,
        identification=identification,
    )
    if form is ReportFormat.XLSX and output is None:
        raise typer.BadParameter("xlsx needs --output FILE")

    async def report(address: Address) -> None:
        make = report_by_third_party if by_third_party else report_by_account
        async with opened(address) as database, database.read(company) as transaction:
            today = local_day(transaction.company.country, system_clock())
            await _write_report(await make(transaction, wanted.in_year(today.year)), form, output)

    run(report)


async def _write_report(report: Report, form: ReportFormat, output: Path | None) -> None:
    """The report in a file, or on standard output."""
    if form is ReportFormat.XLSX:
        assert output is not None
        await write_xlsx(report, output)
        return
    with output.open("wb") if output else contextlib.nullcontext(sys.stdout.buffer) as target:
        if form is ReportFormat.TABLE:
            text = io.TextIOWrapper(target, "utf-8")
            Console(file=text, width=None if target.isatty() else FILE_WIDTH).print(
                await table_of(report)
            )
            text.detach()
            return
        async for chunk in (stream_csv if form is ReportFormat.CSV else stream_json)(report):
            target.write(chunk)
        target.flush()
