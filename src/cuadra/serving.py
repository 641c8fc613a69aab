"""`cuadra serve`: from nothing to a server that answers, and back again in order.

Database, migrations, demo companies, then HTTP. On SIGINT or SIGTERM the requests under way finish,
then PostgreSQL stops. Retired companies are purged in the background.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn

from cuadra.app import Server
from cuadra.banner import print_banner
from cuadra.catalog.companies import find_company, purge_retired
from cuadra.catalog.company_file import load_built_in, load_built_in_text
from cuadra.config import Config, system_clock
from cuadra.database.opening import Address, open_database
from cuadra.database.pool import Database
from cuadra.errors import SetupError
from cuadra.trade.group import load_company

DEMO_COMPANIES = ("demo", "demo-ar")
PURGE_SECONDS = 30
STOP_SECONDS = 30
_log = structlog.get_logger("cuadra")


def configure_logs(*, development: bool) -> None:
    """Structured lines on standard error: readable on a terminal, JSON elsewhere."""
    renderer = structlog.dev.ConsoleRenderer() if development else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_level()),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _level() -> int:
    return logging.getLevelNamesMapping().get(os.environ.get("CUADRA_LOG", "INFO").upper(), logging.INFO)


async def serve(config: Config, *, demo: bool) -> None:
    """Serve until told to stop. Raises `SetupError`."""
    listener = listen(config)
    with contextlib.closing(listener):
        async with open_database(config, on_event=lambda event: _log.warning(event), serve=True) as address:
            if demo:
                await load_demo(config, address)
            async with _purging(address):
                await _serve_http(config, address, listener, demo=demo)


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
        reason = "is in use by another program" if error.errno == 98 else f"cannot be used: {error.strerror}"
        message = f"port {config.port} of {config.host} {reason}; choose another with --port or CUADRA_PORT"
        raise SetupError(message) from error
    return listener


async def load_demo(config: Config, address: Address) -> None:
    """Load the demo companies that are missing. Raises `SetupError` where others could reach them."""
    if not (config.is_local or config.demo_anywhere):
        raise SetupError(
            f"{config.host} can be reached by others, and the demo companies' keys are public;"
            " serve with --no-demo, or say --demo-anywhere if you mean it"
        )
    database = Database(address.url, size=1)
    await database.open()
    try:
        for name in DEMO_COMPANIES:
            if await find_company(database, name) is None:
                await load_company(database, load_built_in(name), load_built_in_text(name), system_clock())
    finally:
        await database.close()


async def _serve_http(config: Config, address: Address, listener: socket.socket, *, demo: bool) -> None:
    """Run HTTP in this process until a signal; the banner comes when it answers."""
    server = uvicorn.Server(uvicorn_config(Server(address.url)))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.handle_exit, number, None)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started:
        print_banner(config, demo=demo)
    await serving


def uvicorn_config(app: Server) -> uvicorn.Config:
    """uvicorn with uvloop and httptools; its own logs only from warnings on."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


@asynccontextmanager
async def _purging(address: Address) -> AsyncIterator[None]:
    """Purge retired companies now and then, for as long as the server runs."""

    async def purge() -> None:
        while True:
            try:
                if count := await purge_retired(address.owner_url):
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
