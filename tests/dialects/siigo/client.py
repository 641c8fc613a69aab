"""A client of the Siigo door in this process: what an integrator's program sends, and what it gets.

It signs in once, sends the headers every call needs, and knows whether it changed the books, so that the
next test gets untouched ones.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

from cuadra.database.pool import Database
from tests.process import SettableClock, running

HOST = "http://127.0.0.1:8020"
TODAY = "2026-11-20"
DEMO = {"username": "demo@cuadra.local", "access_key": "demo-access-key"}
DEMO_AR = {"username": "demo-ar@cuadra.local", "access_key": "demo-access-key"}
NOT_SENT: Any = object()
_encoder = msgspec.json.Encoder(decimal_format="number")


class Siigo:
    """Calls the server. `changed` says whether any call may have changed the books."""

    def __init__(self, app: Any, clock: SettableClock, database: Database) -> None:
        self.app = app
        self.clock = clock
        self.database = database
        self.changed = False
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HOST)
        self.token = ""

    async def sign_in(self, credentials: dict[str, str] = DEMO) -> str:
        """Get a token and use it from now on."""
        answer = await self.http.post("/auth", json=credentials)
        assert answer.is_success, answer.text
        self.token = answer.json()["access_token"]
        return self.token

    async def call(
        self,
        method: str,
        path: str,
        body: Any = NOT_SENT,
        *,
        raw: bytes | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> httpx2.Response:
        """Send one request. A header of None is not sent at all."""
        sent: dict[str, str | None] = {
            "authorization": f"Bearer {self.token}",
            "partner-id": "CuadraTests",
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

    async def delete(self, path: str, **options: Any) -> httpx2.Response:
        """DELETE."""
        return await self.call("DELETE", path, **options)

    async def created(self, path: str, body: Any, **options: Any) -> Any:
        """POST something that must be accepted; its answer."""
        answer = await self.post(path, body, **options)
        assert answer.status_code == 201, answer.text
        return answer.json()


@asynccontextmanager
async def signed_in(database_url: str) -> AsyncIterator[Siigo]:
    """A signed-in client of a server of its own over a database."""
    async with running(database_url) as process:
        client = Siigo(*process)
        await client.sign_in()
        try:
            yield client
        finally:
            await client.http.aclose()


def errors_of(answer: httpx2.Response) -> list[tuple[str, str]]:
    """The code and first parameter of every error of either envelope, in order."""
    body = answer.json()
    code, params = ("Code", "Params") if "Errors" in body else ("code", "params")
    errors = body.get("Errors") or body["errors"]
    return [(error[code], (error.get(params) or [""])[0]) for error in errors]
