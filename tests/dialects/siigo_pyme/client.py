"""A client of the Siigo Pyme door in this process: what an integrator's program sends, and what it gets."""

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
PATH = "/api/v1/siigo-pyme/send"
KEY = "demo-api-key"
CONNECTION = "OBai6kmwKH"
BALANCES = "accounts_receivable_or_payable_balances"
NOT_SENT: Any = object()
_versions = itertools.count(2_000_000)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Pyme:
    """Calls the server. `changed` says whether any call may have changed the books."""

    def __init__(self, app: Any, clock: SettableClock, database: Database) -> None:
        self.app = app
        self.clock = clock
        self.database = database
        self.changed = False
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url=HOST, timeout=60
        )

    async def send(
        self,
        body: Any = NOT_SENT,
        *,
        raw: Any = None,
        method: str = "POST",
        path: str = PATH,
        headers: dict[str, str | None] | None = None,
    ) -> httpx2.Response:
        """Send one request. A header of None is not sent at all."""
        sent: dict[str, str | None] = {
            "authorization": f"Bearer {KEY}",
            "content-type": "application/json",
        }
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        answer = await self.http.request(
            method,
            HOST + path,
            content=raw if raw is not None or body is NOT_SENT else _encoder.encode(body),
            headers={name: value for name, value in sent.items() if value is not None},
        )
        written = isinstance(raw, bytes) and b'"export"' in raw
        if written or (isinstance(body, dict) and body.get("execution_type") == "export"):
            self.changed = True
        return answer

    async def balances(self, kind: str = "C", **params: Any) -> list[dict[str, Any]]:
        """The rows of balances, of all thirds and accounts by default; amounts as decimals."""
        answer = await self.send(balances(kind, **params))
        assert answer.status_code == 200, answer.text
        return list(json.loads(answer.content, parse_float=Decimal)["data"])


def balances(kind: str = "C", **params: Any) -> dict[str, Any]:
    """The body of an import of balances. A parameter of NOT_SENT is left out."""
    wanted = {
        "year": 2026,
        "third_initial": 1,
        "third_final": 999999999999,
        "account_initial": 1,
        "account_final": 9999999999,
        "balance_account": kind,
        "previous_cut": "N",
        "cut_off_date": "1231",
    }
    chosen = {name: value for name, value in (wanted | params).items() if value is not NOT_SENT}
    return call("import", BALANCES, params=chosen)


def call(execution_type: str, resource: str, **members: Any) -> dict[str, Any]:
    """A body of any kind."""
    return {
        "id_connection": CONNECTION,
        "execution_type": execution_type,
        "resource": resource,
        **members,
    }


def choose(database_url: str, **settings: Any) -> None:
    """Give the demo company these settings of this dialect, in a version that no other test's has."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE control.company SET settings = settings || %s, catalog_version = %s"
            " WHERE name = 'demo'",
            (Jsonb({"siigo_pyme": settings}), next(_versions)),
        )


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Pyme]:
    """A client of a server of its own over a database."""
    async with running(database_url) as process:
        client = Pyme(*process)
        try:
            yield client
        finally:
            await client.http.aclose()
