"""A client of the SERPI door in this process: what an integrator's program sends, and what it gets."""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx2
import msgspec
import psycopg
from psycopg.types.json import Jsonb

from cuadra.database.pool import Database
from tests.process import SettableClock, running

HOST = "http://127.0.0.1:8020"
TOKEN = "demo-serpi-token"
SECRET_KEY = "demo-secret-key"
NOT_SENT: Any = object()
DOCUMENTS = "/api/v1/DocumentoContable"
QUERY = f"{DOCUMENTS}/GetDocumentoContable"
_versions = itertools.count(1_000_000)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Serpi:
    """Calls the server. `changed` says whether any call may have changed the books."""

    def __init__(self, app: Any, clock: SettableClock, database: Database) -> None:
        self.app = app
        self.clock = clock
        self.database = database
        self.changed = False
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = NOT_SENT,
        *,
        raw: Any = None,
        headers: dict[str, str | None] | None = None,
    ) -> httpx2.Response:
        """Send one request. A header of None is not sent at all."""
        sent: dict[str, str | None] = {
            "authorization": f"Bearer {TOKEN}",
            "secretkey": SECRET_KEY,
            "content-type": "application/json",
        }
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        answer = await self.http.request(
            method,
            HOST + path,
            content=raw if raw is not None or body is NOT_SENT else _encoder.encode(body),
            headers={name: value for name, value in sent.items() if value is not None},
        )
        if method not in ("GET", "HEAD") and not 400 <= answer.status_code < 500:
            self.changed = True
        return answer

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        """GET."""
        return await self.call("GET", path, **options)

    async def post(self, path: str, body: Any = NOT_SENT, **options: Any) -> httpx2.Response:
        """POST."""
        return await self.call("POST", path, body, **options)

    async def put(self, path: str, body: Any = NOT_SENT, **options: Any) -> httpx2.Response:
        """PUT."""
        return await self.call("PUT", path, body, **options)

    async def create(self, *documents: dict[str, Any]) -> Any:
        """POST documents; the body of the answer."""
        return (await self.post(DOCUMENTS, list(documents))).json()

    async def created(self, *documents: dict[str, Any]) -> None:
        """POST documents that must all be accepted."""
        answer = await self.create(*documents)
        assert answer["errors"] == [], answer
        count = len(documents)
        assert answer["message"] == f"Se crearon {count} de {count} documentos contables"

    async def documents(self, *types: int, **bounds: Any) -> list[dict[str, Any]]:
        """The documents of these types, amounts as decimals; those of any day by default."""
        wanted = {"tiposDocumentos": types, "fechaDesde": "0001-01-01", "fechaHasta": "9999-12-31"}
        answer = await self.post(QUERY, wanted | bounds)
        assert answer.status_code == 200, answer.text
        body = json.loads(answer.content, parse_float=Decimal)
        return list(body.get("result") or [])

    async def delete(self, voucher_type: int, low: int = 1, high: int = 10_000, **days: Any) -> Any:
        """PUT: delete documents of a type; the body of the answer."""
        wanted = {
            "idTipoDocumento": voucher_type,
            "numeroDesde": low,
            "numeroHasta": high,
            "fechaDesde": "0001-01-01",
            "fechaHasta": "9999-12-31",
        }
        return (await self.put(DOCUMENTS, wanted | days)).json()


def choose(database_url: str, **settings: Any) -> None:
    """Give the demo company these settings of this dialect.

    Every choice has a version that no other test's has: catalogs are kept by company and version, and
    all databases of the tests hold the same company.
    """
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE control.company SET settings = settings || %s, catalog_version = %s"
            " WHERE name = 'demo'",
            (Jsonb({"serpi": settings}), next(_versions)),
        )


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Serpi]:
    """A client of a server of its own over a database."""
    async with running(database_url) as process:
        client = Serpi(*process)
        try:
            yield client
        finally:
            await client.http.aclose()
