"""A client of the Colppy door in this process: what an integrator's program sends, and what it gets."""

import hashlib
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
PATH = "/lib/frontera2/service.php"
DEVELOPER, DEVELOPER_PASSWORD = "demo-dev@cuadra.local", "demo-dev"
USER, USER_PASSWORD = "demo@cuadra.local", "demo"
COMPANY = "98"
READ_ONLY = ("leer_", "listar_", "iniciar_", "cerrar_", "validar_", "AR_leer_", "proximo_")
_versions = itertools.count(2_000_000)
_encoder = msgspec.json.Encoder(decimal_format="number")


def md5(text: str) -> str:
    """What is sent instead of a password."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


AUTH = {"usuario": DEVELOPER, "password": md5(DEVELOPER_PASSWORD)}


class Colppy:
    """Calls the server, signed in as the demo user. `changed` says whether any call may have changed the books."""

    host = HOST

    def __init__(self, url: str, app: Any, clock: SettableClock, database: Database) -> None:
        self.url = url
        self.app = app
        self.clock = clock
        self.database = database
        self.changed = False
        self.key = ""
        self.company: str | None = COMPANY
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST)

    async def call(
        self,
        raw: bytes | None,
        *,
        method: str = "POST",
        path: str = PATH,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Send one request as it is."""
        self.changed = True
        return await self.http.request(method, self.host + path, content=raw, headers=headers or {})

    async def sign_in(self, user: str = USER, password: str = USER_PASSWORD) -> str:
        """A new session; its key."""
        body = self.body("Usuario", "iniciar_sesion", {"usuario": user, "password": md5(password)})
        answer = json.loads((await self.call(_encoder.encode(body))).content)
        self.key = answer["response"]["data"]["claveSesion"]
        return self.key

    def body(self, provision: str, operacion: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """A whole request."""
        return {
            "auth": AUTH,
            "service": {"provision": provision, "operacion": operacion},
            "parameters": parameters,
        }

    def session(self) -> dict[str, Any]:
        """The parameters of every signed-in request."""
        company = {} if self.company is None else {"idEmpresa": self.company}
        return {"sesion": {"usuario": USER, "claveSesion": self.key}} | company

    async def answer(self, provision: str, operacion: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation, signed in for the demo company; the whole answer, its fractions as decimals."""
        changed = self.changed or not operacion.startswith(READ_ONLY)
        body = self.body(provision, operacion, self.session() | parameters)
        answer = await self.call(_encoder.encode(body))
        self.changed = changed
        assert answer.status_code == 200, answer.text
        return dict(json.loads(answer.content, parse_float=Decimal))

    async def send(self, provision: str, operacion: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation that must succeed; its `response`."""
        answer = await self.answer(provision, operacion, **parameters)
        assert answer["result"]["estado"] == 0, answer
        assert answer["response"]["success"] is True, answer
        return dict(answer["response"])

    async def refused(self, provision: str, operacion: str, **parameters: Any) -> str:
        """Call an operation that the business must refuse; its message."""
        answer = await self.answer(provision, operacion, **parameters)
        assert answer["result"]["estado"] == 0, answer
        assert answer["response"]["success"] is False, answer
        return str(answer["response"]["message"])

    def choose(self, company: str = "demo-ar", **settings: Any) -> None:
        """Give a demo company these settings of this dialect."""
        self.changed = True
        choose(self.url, company, **settings)


def choose(database_url: str, company: str = "demo-ar", **settings: Any) -> None:
    """Give a demo company these settings of this dialect, besides those of its file.

    Every choice has a version that no other test's has: catalogs are kept by company and version, and
    all databases of the tests hold the same companies.
    """
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE control.company SET settings = settings || jsonb_build_object('colppy',"
            " COALESCE(settings -> 'colppy', '{}') || %s), catalog_version = %s WHERE name = %s AND live",
            (Jsonb(settings), next(_versions), company),
        )


@asynccontextmanager
async def connected(database_url: str) -> AsyncIterator[Colppy]:
    """A client, signed in, of a server of its own over a database."""
    async with running(database_url) as process:
        client = Colppy(database_url, *process)
        try:
            await client.sign_in()
            client.changed = False
            yield client
        finally:
            await client.http.aclose()
