"""What every command needs: the configured database, open for as long as the command takes, and a console."""

import getpass
import os
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from rich.console import Console

from cuadra.config import Config, config_from_environment
from cuadra.database.opening import Address, open_database
from cuadra.database.pool import Database
from cuadra.errors import SetupError
from cuadra.logs import configure_logs

T = TypeVar("T")
out = Console(highlight=False, soft_wrap=True)

NameArgument = Annotated[str, typer.Argument(help="The company's short name.")]
CompanyOption = Annotated[str, typer.Option(help="The company's short name.")]


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


def who() -> str:
    """The name of whoever runs the command; a user without a name is known by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


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
