"""The native API: reports, for whoever signed in through any door. Errors are RFC 9457 problem details."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from cuadra.catalog.tokens import InvalidToken, Tokens
from cuadra.config import Clock
from cuadra.database.pool import CompanyUnknown, Database, DatabaseUnavailable
from cuadra.errors import CuadraError, Problem, Rejected
from cuadra.reports.tables import Report, stream_csv, stream_json, write_xlsx
from cuadra.reports.trial_balance import Wanted, report_by_account, report_by_third_party
from cuadra.trade.books import local_day

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STREAMS_MAX = 3  # reports written at a time; each holds a connection until its reader has read it
_NUMBERS = ("year", "month_start", "month_end", "level")
_TEXTS = ("account_start", "account_end", "identification")


class NativeApi:
    """Everything under /cuadra/v1."""

    def __init__(self, database: Database, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._streams = asyncio.Semaphore(STREAMS_MAX)
        self._app = Starlette(
            routes=[Route("/cuadra/v1/reports/trial-balance", self._trial_balance)],
            exception_handlers={
                HTTPException: _http_problem,
                InvalidToken: _unauthorized,
                CompanyUnknown: _unauthorized,
                DatabaseUnavailable: _unavailable,
                CuadraError: _refused,
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    async def _trial_balance(self, request: Request) -> Response:
        """GET /cuadra/v1/reports/trial-balance: JSON, or CSV or XLSX where Accept asks for it."""
        now = self._clock()
        bearer = self._tokens.verify_header(request.headers.get("authorization"), now)
        wanted, by_third_party = wanted_from_query(request.query_params)
        media = media_type(request.headers.get("accept", ""))
        if self._streams.locked():
            return problem(503, "Busy", f"{STREAMS_MAX} reports are being written; try again soon")

        async def chunks() -> AsyncGenerator[bytes, None]:
            async with self._streams, self._database.read(bearer.credential) as transaction:
                today = local_day(transaction.company.country, now)
                make = report_by_third_party if by_third_party else report_by_account
                report = await make(transaction, wanted.in_year(today.year))
                async with aclosing(_WRITERS[media](report)) as pieces:
                    async for piece in pieces:
                        yield piece

        return await _streamed(chunks(), media)


class _ClosingResponse(StreamingResponse):
    """A streamed answer that closes its source however it ends, so that a reader who leaves frees it."""

    def __init__(self, first: bytes, chunks: AsyncGenerator[bytes, None], media: str) -> None:
        self._source = chunks
        super().__init__(self._all(first), media_type=media)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then close."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._source.aclose()

    async def _all(self, first: bytes) -> AsyncIterator[bytes]:
        yield first
        async for chunk in self._source:
            yield chunk


async def _streamed(chunks: AsyncGenerator[bytes, None], media: str) -> Response:
    """The answer begins when its first piece is there, so that whatever is refused still has a status."""
    return _ClosingResponse(await anext(chunks), chunks, media)


async def _xlsx_chunks(report: Report) -> AsyncGenerator[bytes, None]:
    """A workbook is one piece; it is compressed in a thread, so that other requests go on."""
    buffer = io.BytesIO()
    await write_xlsx(report, buffer)
    yield buffer.getvalue()


_WRITERS: dict[str, Callable[[Report], AsyncGenerator[bytes, None]]] = {
    "application/json": stream_json,
    "text/csv": stream_csv,
    XLSX: _xlsx_chunks,
}


def media_type(accept: str) -> str:
    """The first of our formats that Accept names; JSON when it names none.

    >>> media_type("text/csv, */*"), media_type("*/*")
    ('text/csv', 'application/json')
    """
    names = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    return next((name for name in names if name in _WRITERS), "application/json")


def wanted_from_query(query: QueryParams) -> tuple[Wanted, bool]:
    """What a query asks for, and whether by third party. Raises `Rejected`."""
    members: dict[str, object] = {}
    problems = []
    for name in _NUMBERS:
        text = query.get(name, "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 6):
            problems.append(Problem("type", name, f"{name} is a whole number", text))
        elif text:
            members[name] = int(text)
    for name in _TEXTS:
        if text := query.get(name, ""):
            members[name] = text
        if "\0" in text:
            problems.append(Problem("value", name, f"{name} is not a text"))
    by_third_party = query.get("by_third_party", "false").lower()
    if by_third_party not in ("true", "false"):
        message = "by_third_party is true or false"
        problems.append(Problem("type", "by_third_party", message, by_third_party))
    elif members.get("identification") and by_third_party == "false":
        message = "identification goes with by_third_party=true"
        problems.append(Problem("value", "identification", message))
    if problems:
        raise Rejected(problems)
    return msgspec.convert(members, Wanted), by_third_party == "true"


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


def _refused(_: Request, error: Exception) -> Response:
    return problem(400, "Bad request", str(error))
