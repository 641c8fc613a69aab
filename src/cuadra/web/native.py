"""The native API: reports, for whoever signed in through any door. Errors are RFC 9457 problem details."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cuadra.catalog.tokens import InvalidToken, Tokens
from cuadra.config import Clock
from cuadra.database.pool import CompanyUnknown, Database, DatabaseUnavailable
from cuadra.errors import Rejected


class NativeApi:
    """Everything under /cuadra/v1."""

    def __init__(self, database: Database, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._app = Starlette(
            routes=[Route("/cuadra/v1/reports/trial-balance", self._trial_balance)],
            exception_handlers={
                HTTPException: _http_problem,
                InvalidToken: _unauthorized,
                CompanyUnknown: _unauthorized,
                DatabaseUnavailable: _unavailable,
                Rejected: _rejected,
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    async def _trial_balance(self, request: Request) -> Response:
        bearer = self._tokens.verify_header(request.headers.get("authorization"), self._clock())
        return JSONResponse({"credential": bearer.credential})


def problem(status: int, title: str, detail: str) -> Response:
    """A problem detail."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def _http_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, error.detail)


def _unauthorized(_: Request, error: Exception) -> Response:
    return problem(401, "Unauthorized", str(error))


def _unavailable(_: Request, error: Exception) -> Response:
    return problem(503, "Database unavailable", str(error))


def _rejected(_: Request, error: Exception) -> Response:
    return problem(400, "Bad request", str(error))
