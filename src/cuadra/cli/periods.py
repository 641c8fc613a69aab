"""`cuadra period`: locking months and closing years."""

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cuadra.cli.running import CompanyOption, opened, out, run, who
from cuadra.config import system_clock
from cuadra.database.opening import Address
from cuadra.ledger.periods import list_locked
from cuadra.trade.books import Origin
from cuadra.trade.group import record_one
from cuadra.trade.periods import ChangeLock, CloseYear
from cuadra.trade.recording import Draft, Submission

period_app = typer.Typer(help="Lock, unlock and close periods.", no_args_is_help=True)
PeriodArgument = Annotated[str, typer.Argument(help="Year and month, such as 2026-03.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept in the audit trail.")]


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
    out.print(f"{company}: {period} is locked ({draft.lock})", markup=False)


@period_app.command("unlock")
def period_unlock(period: PeriodArgument, company: CompanyOption, reason: ReasonOption) -> None:
    """Open a locked month again."""
    draft = ChangeLock(period=period_from_text(period), lock=None, reason=reason)
    run(lambda address: _record(address, company, draft))
    out.print(f"{company}: {period} is open", markup=False)


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
        out.print(table)

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
    out.print(f"{company}: {year} {told}", markup=False)


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
    origin = Origin(who(), "command line")
    async with opened(address) as database:
        submission = Submission(draft=draft, origin=origin)
        return (await record_one(database, company, submission, system_clock())).value
