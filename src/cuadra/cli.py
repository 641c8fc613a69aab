"""The whole command line. Every command opens the database it is configured for and closes it again.

Errors a person can mend are one line on standard error and exit code 1; wrong usage is exit code 2.
"""

import contextlib
import getpass
import io
import os
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import psycopg
import typer
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from cuadra import __version__
from cuadra.app import validate_settings
from cuadra.catalog.companies import (
    delete_company,
    find_company,
    list_companies,
    load_source,
)
from cuadra.catalog.company_file import load_built_in_text, load_company_file
from cuadra.config import Config, config_from_environment, system_clock
from cuadra.database.opening import Address, open_database
from cuadra.database.pool import Database
from cuadra.errors import CuadraError, SetupError
from cuadra.ledger.periods import list_locked
from cuadra.ledger.verify import verify
from cuadra.logs import configure_logs
from cuadra.reports.tables import Report, stream_csv, stream_json, table_of, write_xlsx
from cuadra.reports.trial_balance import Wanted, report_by_account, report_by_third_party
from cuadra.serving import serve
from cuadra.trade.books import Origin, local_day
from cuadra.trade.companies import load_company
from cuadra.trade.group import record_one
from cuadra.trade.periods import ChangeLock, CloseYear
from cuadra.trade.recording import Draft, Submission

T = TypeVar("T")
app = typer.Typer(
    help="Cuadra: one double-entry ledger behind the accounting APIs of Latin America.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
company_app = typer.Typer(
    help="Create, load, list, show, reset and delete companies.", no_args_is_help=True
)
app.add_typer(company_app, name="company")
period_app = typer.Typer(help="Lock, unlock and close periods.", no_args_is_help=True)
app.add_typer(period_app, name="period")
report_app = typer.Typer(help="Reports of a company.", no_args_is_help=True)
app.add_typer(report_app, name="report")
FILE_WIDTH = 150  # of a table that goes to no terminal
_out = Console(highlight=False, soft_wrap=True)


NameArgument = Annotated[str, typer.Argument(help="The company's short name.")]
PeriodArgument = Annotated[str, typer.Argument(help="Year and month, such as 2026-03.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]
CompanyOption = Annotated[str, typer.Option(help="The company's short name.")]


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def main() -> None:
    """The console script."""
    try:
        app()
    except (CuadraError, OSError, psycopg.Error) as error:
        sys.stderr.write(f"cuadra: {error}\n")
        sys.exit(1)


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(help="Port; CUADRA_PORT or 8020 by default.", min=1, max=65535)
    ] = None,
    demo: Annotated[bool, typer.Option(help="Load the demo companies if they are missing.")] = True,
    demo_anywhere: Annotated[
        bool, typer.Option(help="Load them even where others can reach the server.")
    ] = False,
    workers: Annotated[
        int, typer.Option(help="Processes that answer requests.", min=1, max=64)
    ] = 1,
) -> None:
    """Start the server, with its own PostgreSQL unless CUADRA_DATABASE_URL names one."""
    config = msgspec.structs.replace(
        configuration(), host=host, demo_anywhere=demo_anywhere, workers=workers
    )
    if port is not None:
        config = msgspec.structs.replace(config, port=port)
    configure_logs()
    uvloop.run(serve(config, demo=demo))


@app.command("version")
def version_command() -> None:
    """Print the version."""
    _out.print(__version__)


@app.command("verify")
def verify_command(
    company: Annotated[
        str | None, typer.Option(help="One company; all of them by default.")
    ] = None,
) -> None:
    """Compute balances, dues, stock and numbering again from the lines; exit code 1 on any difference."""

    async def check(address: Address) -> int:
        async with opened(address) as database:
            names = [company] if company else [c.name for c in await list_companies(database)]
            return sum([await _verify(database, name) for name in names])

    if run(check):
        raise typer.Exit(1)


async def _verify(database: Database, name: str) -> int:
    """Verify one company, say what was found, and return how many differences there are."""
    with Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        bar = progress.add_task(name, total=None)

        def on_progress(what: str, done: int, total: int) -> None:
            progress.update(bar, description=f"{name}: {what}", completed=done, total=total)

        async with database.read(name) as transaction:
            differences = await verify(transaction, on_progress)
    for found in differences:
        line = f"{name}: {found.check}: {found.subject}: expected {found.expected}, found {found.found}"
        _out.print(line, markup=False)
    count = len(differences)
    _out.print(
        f"{name}: {'the books balance' if not count else f'{count} differences'}", markup=False
    )
    return count


@company_app.command("create")
def company_create(
    name: Annotated[str, typer.Argument(help="Short name: lower case letters, digits, hyphens.")],
    legal_name: Annotated[str, typer.Option(help="The company's full name.")],
    identification: Annotated[str, typer.Option(help="Its NIT, without the check digit.")],
    sandbox: Annotated[bool, typer.Option(help="May be reset and deleted.")] = False,
) -> None:
    """Create a Colombian company with the usual chart, taxes and voucher types."""
    text = company_template(name, legal_name, identification, sandbox=sandbox)
    run(lambda address: _load(address, text, source=f"template for {name}"))


@company_app.command("load")
def company_load(
    file: Annotated[
        Path, typer.Argument(help="A company file (YAML).", exists=True, dir_okay=False)
    ],
) -> None:
    """Create a company with all its catalogs from a file; every mistake is told with its line."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CuadraError(f"{file} is not a text in UTF-8: {error}") from error
    run(lambda address: _load(address, text, source=str(file)))


@company_app.command("list")
def company_list() -> None:
    """List the companies."""

    async def show(address: Address) -> None:
        async with opened(address) as database:
            companies = await list_companies(database)
        table = Table(
            "name", "legal name", "identification", "country", "currency", "sandbox", box=None
        )
        for c in companies:
            table.add_row(
                c.name,
                c.legal_name,
                c.identification,
                c.country,
                c.currency,
                "yes" if c.sandbox else "",
            )
        _out.print(table)

    run(show)


@company_app.command("show")
def company_show(name: NameArgument) -> None:
    """Show one company."""

    async def show(address: Address) -> None:
        async with opened(address) as database:
            company = await find_company(database, name)
        if company is None:
            raise CuadraError(f"there is no company named {name!r}; see cuadra company list")
        for member, value in msgspec.structs.asdict(company).items():
            _out.print(f"{member:<15} {value}", markup=False)

    run(show)


@company_app.command("reset")
def company_reset(name: NameArgument) -> None:
    """Bring a sandbox company back to its file."""

    async def reset(address: Address) -> None:
        async with opened(address) as database:
            text = await load_source(database, name)
            file = load_company_file(text, source=name)
            await load_company(database, file, text, system_clock(), replace=True)
        _out.print(f"{name} is as its file says again")

    run(reset)


@company_app.command("delete")
def company_delete(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a sandbox company and all its books."""
    if not yes:
        typer.confirm(f"Delete {name} and all its books?", abort=True)

    async def delete(address: Address) -> None:
        async with opened(address) as database:
            await delete_company(database, name, system_clock())
        _out.print(f"{name} is deleted; the server removes its rows in the background")

    run(delete)


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


@period_app.command("lock")
def period_lock(
    period: PeriodArgument,
    company: CompanyOption,
    reason: ReasonOption,
    hard: Annotated[bool, typer.Option("--hard", help="Also against closing entries.")] = False,
) -> None:
    """Lock a month, so that nothing is posted, edited or deleted in it."""
    draft = ChangeLock(
        period=period_from_text(period), lock="hard" if hard else "soft", reason=reason
    )
    run(lambda address: _record(address, company, draft))
    _out.print(f"{company}: {period} is locked ({draft.lock})", markup=False)


@period_app.command("unlock")
def period_unlock(period: PeriodArgument, company: CompanyOption, reason: ReasonOption) -> None:
    """Open a locked month again."""
    draft = ChangeLock(period=period_from_text(period), lock=None, reason=reason)
    run(lambda address: _record(address, company, draft))
    _out.print(f"{company}: {period} is open", markup=False)


@period_app.command("list")
def period_list(company: CompanyOption) -> None:
    """List the locked months; all others are open."""

    async def show(address: Address) -> None:
        async with opened(address) as database, database.read(company) as transaction:
            periods = await list_locked(transaction)
        table = Table("period", "lock", "reason", "by", "at", box=None)
        for one in periods:
            table.add_row(
                f"{one.period // 100}-{one.period % 100:02d}",
                one.lock,
                escape(one.reason),
                one.locked_by,
                f"{one.locked_at:%Y-%m-%d %H:%M} UTC",
            )
        _out.print(table)

    run(show)


@period_app.command("close")
def period_close(
    year: Annotated[int, typer.Argument(min=1900, max=9999)],
    company: CompanyOption,
    voucher_type: Annotated[
        int | None, typer.Option(help="Id of a journal type; the first one by default.")
    ] = None,
) -> None:
    """Post the closing entry of a year to its month 13."""
    draft = CloseYear(year=year, voucher_type=voucher_type)
    count = run(lambda address: _record(address, company, draft))
    told = f"closed with {count} voucher{'s' * (count != 1)}" if count else "nothing left to close"
    _out.print(f"{company}: {year} {told}", markup=False)


def period_from_text(text: str) -> int:
    """The period of a text such as 2026-03.

    >>> period_from_text("2026-13")
    202613
    """
    year, _, month = text.partition("-")
    if len(year) == 4 and len(month) in (1, 2) and f"{year}{month}".isdecimal():
        return int(year) * 100 + int(month)
    raise typer.BadParameter(f"{text!r} is no period; write year and month, such as 2026-03")


async def _record(address: Address, company: str, draft: Draft) -> Any:
    """Record a draft in the name of whoever runs the command."""
    origin = Origin(_who(), "command line")
    async with opened(address) as database:
        submission = Submission(draft=draft, origin=origin)
        return (await record_one(database, company, submission, system_clock())).value


def _who() -> str:
    """The name of whoever runs the command; a user without a name is known by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def company_template(name: str, legal_name: str, identification: str, *, sandbox: bool) -> str:
    """The built-in template with a company's own head."""
    text = load_built_in_text("template-co")
    head = msgspec.json.encode(
        {
            "name": name,
            "legal_name": legal_name,
            "identification": identification,
            "sandbox": sandbox,
        }
    ).decode()
    before, _, after = text.partition("company:\n")
    rest = after.split("\n")
    while rest and (rest[0].startswith((" ", "#")) or not rest[0].strip()):
        rest.pop(0)
    return f"{before}company: {head}\n" + "\n".join(rest)


async def _load(address: Address, text: str, *, source: str) -> None:
    file = load_company_file(text, source=source)
    validate_settings(file)
    async with opened(address) as database:
        company = await load_company(database, file, text, system_clock())
    _out.print(f"{company.name} is loaded: {company.legal_name}", markup=False)


def run(work: Callable[[Address], Awaitable[T]], config: Config | None = None) -> T:
    """Run one command's work on the configured database."""

    async def command() -> T:
        async with open_database(config or configuration()) as address:
            return await work(address)

    configure_logs()
    return uvloop.run(command())


def configuration() -> Config:
    """What the environment says. Raises `SetupError`."""
    try:
        return config_from_environment()
    except ValueError as error:
        raise SetupError(str(error)) from error


class opened:  # noqa: N801 - reads as what it is: `async with opened(address) as database`
    """A small pool for one command."""

    def __init__(self, address: Address) -> None:
        self._database = Database(address.url, size=2, wait_seconds=30)

    async def __aenter__(self) -> Database:
        """Open it."""
        await self._database.open()
        return self._database

    async def __aexit__(self, *_: Any) -> None:
        """Close it."""
        await self._database.close()


if __name__ == "__main__":
    main()
