"""The whole server: one list of mounts.

Every vendor keeps its own paths, so a mount is a path prefix and the application that answers below it.
Whatever no prefix claims is answered by our own routes.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cuadra.catalog.bearers import Bearers
from cuadra.catalog.company_records import CompanyFile
from cuadra.catalog.credentials import load_secret
from cuadra.catalog.tokens import Tokens
from cuadra.config import Clock, system_clock
from cuadra.database.pool import Database
from cuadra.database.turnstile import Turnstile
from cuadra.dialects.colppy.server import PATH as COLPPY_PATH
from cuadra.dialects.colppy.server import Colppy
from cuadra.dialects.colppy.settings import ColppySettings
from cuadra.dialects.serpi.server import SerpiErp, prefixes
from cuadra.dialects.serpi.settings import SerpiSettings
from cuadra.dialects.siigo.call import SiigoSettings
from cuadra.dialects.siigo.server import SiigoNube
from cuadra.dialects.siigo_pyme.server import PREFIX as SIIGO_PYME_PREFIX
from cuadra.dialects.siigo_pyme.server import SiigoPyme
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.errors import SetupError
from cuadra.trade.group import Groups
from cuadra.trade.settings import TradeSettings
from cuadra.web.native import NativeApi
from cuadra.web.operations import Observed, healthz, metrics, readyz

POOL_SIZE = 10
SETTINGS: dict[str, type[msgspec.Struct]] = {
    "trade": TradeSettings,
    "siigo": SiigoSettings,
    "siigo_pyme": PymeSettings,
    "serpi": SerpiSettings,
    "colppy": ColppySettings,
}


def validate_settings(file: CompanyFile) -> None:
    """Raise `SetupError` for settings of a company file that nobody reads or that are not theirs."""
    wrong = []
    for subject, values in file.settings.items():
        if subject not in SETTINGS:
            wrong.append(f"settings: unknown subject {subject}; there are {', '.join(SETTINGS)}")
            continue
        try:
            msgspec.convert(values, SETTINGS[subject])
        except msgspec.ValidationError as error:
            wrong.append(f"settings of {subject}: {error}")
    if wrong:
        raise SetupError("\n".join(wrong))


class Doors:
    """The mounts, tried in order by the first segments of the path."""

    def __init__(self, mounts: list[tuple[str, ASGIApp]], default: ASGIApp) -> None:
        self._mounts = mounts
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the door its path belongs to."""
        await self._app_of(scope)(scope, receive, send)

    def _app_of(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self._default
        path = re.sub(r"/{2,}", "/", scope["path"]).rstrip("/").lower()
        for prefix, app in self._mounts:
            if path == prefix or path.startswith(prefix + "/"):
                return app
        return self._default


async def create_app(
    database: Database,
    groups: Groups,
    turnstile: Turnstile,
    registry: CollectorRegistry,
    clock: Clock = system_clock,
) -> ASGIApp:
    """The server over an open database."""
    tokens = Tokens(await load_secret(database, "token key"))
    siigo = SiigoNube(database, groups, tokens, clock)
    serpi = SerpiErp(database, groups, Bearers(), turnstile, clock)
    colppy = Colppy(database, groups, clock)
    siigo_pyme = SiigoPyme(database, groups, turnstile, registry, clock)
    own = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz(database)),
            Route("/metrics", metrics(registry)),
        ]
    )
    mounts: list[tuple[str, ASGIApp]] = [
        ("/auth", siigo),
        ("/v1", siigo),
        (SIIGO_PYME_PREFIX, siigo_pyme),
        *((prefix, serpi) for prefix in prefixes()),
        (COLPPY_PATH, colppy),
        ("/cuadra/v1", NativeApi(database, tokens, clock)),
    ]
    return Observed(Doors(mounts, own), registry)


@asynccontextmanager
async def open_server(database_url: str, clock: Clock = system_clock) -> AsyncIterator[ASGIApp]:
    """The application of one process, with its own pool; at the end what was handed in is recorded.

    Raises `DatabaseUnavailable` when the database does not answer at the start.
    """
    database, turnstile = Database(database_url, size=POOL_SIZE), Turnstile(database_url)
    registry = CollectorRegistry()
    groups = Groups(database, clock, registry)
    await database.open()
    try:
        yield await create_app(database, groups, turnstile, registry, clock)
        await groups.drain()
    finally:
        await turnstile.close()
        await database.close()
