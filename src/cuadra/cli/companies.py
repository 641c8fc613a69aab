"""`cuadra company`: companies and the files they are made from."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from cuadra.app import validate_settings
from cuadra.catalog.companies import (
    delete_company,
    find_company,
    list_companies,
    load_source,
)
from cuadra.catalog.company_file import load_built_in_text, load_company_file
from cuadra.cli.running import NameArgument, opened, out, run
from cuadra.config import system_clock
from cuadra.database.opening import Address
from cuadra.errors import CuadraError
from cuadra.trade.companies import load_company

company_app = typer.Typer(
    help="Create, load, list, show, reset and delete companies.", no_args_is_help=True
)


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
        out.print(table)

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
            out.print(f"{member:<15} {value}", markup=False)

    run(show)


@company_app.command("reset")
def company_reset(name: NameArgument) -> None:
    """Bring a sandbox company back to its file."""

    async def reset(address: Address) -> None:
        async with opened(address) as database:
            text = await load_source(database, name)
            file = load_company_file(text, source=name)
            await load_company(database, file, text, system_clock(), replace=True)
        out.print(f"{name} is as its file says again")

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
        out.print(f"{name} is deleted; the server removes its rows in the background")

    run(delete)


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
    out.print(f"{company.name} is loaded: {company.legal_name}", markup=False)
