"""The whole command line. Every command opens the database it is configured for and closes it again.

Errors a person can mend are one line on standard error and exit code 1; wrong usage is exit code 2.
The groups of commands are modules of their own, listed below.
"""

import sys
from typing import Annotated

import msgspec
import psycopg
import typer
import uvloop
from rich.console import Console
from rich.progress import Progress

from cuadra import __version__
from cuadra.catalog.companies import list_companies
from cuadra.cli.companies import company_app, company_template
from cuadra.cli.periods import period_app
from cuadra.cli.pyme import pyme_app
from cuadra.cli.reports import report_app
from cuadra.cli.running import configuration, opened, out, run
from cuadra.cli.tokens import token_app
from cuadra.database.opening import Address
from cuadra.database.pool import Database
from cuadra.errors import CuadraError
from cuadra.ledger.verify import verify
from cuadra.logs import configure_logs
from cuadra.serving import serve

__all__ = ["app", "company_template", "main"]

app = typer.Typer(
    help="Cuadra: one double-entry ledger behind the accounting APIs of Latin America.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(company_app, name="company")
app.add_typer(period_app, name="period")
app.add_typer(pyme_app, name="pyme")
app.add_typer(report_app, name="report")
app.add_typer(token_app, name="token")


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
    out.print(__version__)


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
        out.print(line, markup=False)
    count = len(differences)
    out.print(
        f"{name}: {'the books balance' if not count else f'{count} differences'}", markup=False
    )
    return count
