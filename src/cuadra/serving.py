"""`cuadra serve`: from nothing to a server that answers, and back again in order.

Database, migrations, demo companies, then HTTP. On SIGINT or SIGTERM the requests under way finish,
then PostgreSQL stops. Retired companies are purged in the background.
"""

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from cuadra.banner import DEMO_COMPANIES, print_banner
from cuadra.catalog.companies import find_company, purge_retired
from cuadra.catalog.company_file import load_built_in, load_built_in_text
from cuadra.config import Config, system_clock
from cuadra.database.opening import Address, open_database
from cuadra.database.pool import Database
from cuadra.errors import SetupError
from cuadra.http import serve_here, serve_with_workers
from cuadra.trade.companies import load_company

PURGE_SECONDS = 30
_log = structlog.get_logger("cuadra")


async def serve(config: Config, *, demo: bool) -> None:
    """Serve until told to stop. Raises `SetupError`."""
    if demo:
        refuse_public_demo(config)
    listener = listen(config)
    with contextlib.closing(listener):
        async with open_database(
            config, on_event=lambda event: _log.warning(event), serve=True
        ) as address:
            if demo:
                await load_demo(address)
            async with _purging(address):
                await _serve_http(config, address.url, listener, demo=demo)


async def _serve_http(config: Config, url: str, listener: socket.socket, *, demo: bool) -> None:
    """Serve until a signal; the banner comes when the server answers."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def on_ready() -> None:
        print_banner(config, demo=demo)

    if config.workers == 1:
        await serve_here(url, listener, stop, on_ready)
    else:
        await serve_with_workers(config.workers, url, listener, stop, on_ready)


def listen(config: Config) -> socket.socket:
    """The listening socket, taken first so that a port in use is known before anything is started."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = (
            "is in use by another program"
            if error.errno == errno.EADDRINUSE
            else f"cannot be used: {error.strerror}"
        )
        message = f"port {config.port} of {config.host} {reason}; choose another with --port or CUADRA_PORT"
        raise SetupError(message) from error
    return listener


def refuse_public_demo(config: Config) -> None:
    """Raise `SetupError` where others than this machine could reach the demo companies."""
    if not (config.is_local or config.demo_anywhere):
        raise SetupError(
            f"{config.host} can be reached by others, and the demo companies' keys are public;"
            " serve with --no-demo, or say --demo-anywhere if you mean it"
        )


async def load_demo(address: Address) -> None:
    """Load the demo companies that are missing."""
    database = Database(address.url, size=1)
    await database.open()
    try:
        for name in DEMO_COMPANIES:
            if await find_company(database, name) is None:
                await load_company(
                    database, load_built_in(name), load_built_in_text(name), system_clock()
                )
    finally:
        await database.close()


@asynccontextmanager
async def _purging(address: Address) -> AsyncIterator[None]:
    """Purge retired companies now and then, for as long as the server runs."""

    async def purge() -> None:
        while True:
            try:
                if count := await purge_retired(address.owner_url, system_clock()):
                    _log.info("purged retired companies", count=count)
            except Exception as error:  # noqa: BLE001 - it is tried again; serving goes on meanwhile
                _log.warning("retired companies were not purged", error=str(error))
            await asyncio.sleep(PURGE_SECONDS)

    task = asyncio.create_task(purge())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
