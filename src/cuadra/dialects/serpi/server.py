"""The routes of SERPI ERP, answered by our books.

Every operation passes one wrapper: path and method, token, company key, the turnstile of its token (one
call at a time), then the body. Paths are read in any case, with double or trailing slashes. No path has a
parameter, so a table leads from path and method to what answers.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext

import msgspec
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from cuadra.catalog.bearers import Bearers
from cuadra.catalog.credentials import StandingCredential
from cuadra.catalog.snapshot import load_catalog
from cuadra.config import Clock
from cuadra.database.pool import Company, CompanyUnknown, Database, DatabaseUnavailable
from cuadra.database.turnstile import Occupied, Turnstile
from cuadra.dialects.serpi import errors
from cuadra.dialects.serpi.answers import Answer, Streams, failure_answer
from cuadra.dialects.serpi.auth import token_from_header
from cuadra.dialects.serpi.body import read_body
from cuadra.dialects.serpi.call import Call
from cuadra.dialects.serpi.errors import Failure
from cuadra.dialects.serpi.handlers import catalogs, documents, third_parties
from cuadra.dialects.serpi.settings import DIALECT, SerpiSettings, settings_from_catalog
from cuadra.trade.books import Origin
from cuadra.trade.group import Busy, Groups

READING_SECONDS_MAX = 60  # of one piece of a long answer
_CACHED_MAX = 1000
_log = structlog.get_logger("cuadra.serpi")
Handler = Callable[[Call], Awaitable[Answer]]


class Operation(msgspec.Struct, frozen=True):
    """One operation: its method and path, and what answers it."""

    method: str
    path: str
    handler: Handler


DOCUMENTS = "/api/v1/DocumentoContable"
OPERATIONS = (
    Operation("GET", f"{DOCUMENTS}/GetTipoDocumento", documents.list_types),
    # The vendor's document leaves the path of the query out: these are the ones it may have.
    Operation("POST", f"{DOCUMENTS}/GetDocumentoContable", documents.query_documents),
    Operation("POST", f"{DOCUMENTS}/GetDocumentosContables", documents.query_documents),
    Operation("POST", f"{DOCUMENTS}/GetDocumentos", documents.query_documents),
    Operation("POST", f"{DOCUMENTS}/Consultar", documents.query_documents),
    Operation("POST", DOCUMENTS, documents.create_or_query),
    Operation("PUT", DOCUMENTS, documents.delete_documents),
    Operation("GET", DOCUMENTS, documents.query_by_get),
    Operation("GET", "/api/v1/Impuesto", catalogs.list_taxes),
    Operation("GET", "/api/v1/CentroCosto", catalogs.list_cost_centres),
    Operation("GET", "/api/v1/CentroOperacion", catalogs.list_operation_centres),
    Operation("GET", "/api/v1/Sucursales", catalogs.list_branches),
    Operation("GET", "/api/v1/Tercero", third_parties.list_third_parties),
    Operation("POST", "/api/v1/Tercero", third_parties.save_third_parties),
)

# Known to the vendor's clients, not served here.
REFUSED = (
    ("GET", "/api/v1/FormaPago"),
    ("GET", "/api/v1/Articulo"),
    ("GET", "/api/v1/Marca"),
    ("GET", "/api/v1/CategoriaArticulo"),
    ("GET", "/api/v1/Linea"),
    ("GET", "/api/v1/CamposArticulo"),
    ("GET", "/api/v1/TipoPresentacion"),
    ("GET", "/api/v1/ListaPrecios"),
    ("GET", "/api/v1/ListaPrecioDetalle"),
    ("GET", "/api/v1/SaldoInventario"),
    ("GET", "/api/v1/SaldoInventarioSinCosto"),
    ("POST", "/api/v1/PedidoVenta"),
)


def prefixes() -> list[str]:
    """The paths below which this dialect answers, in lower case: the resource each operation is of."""
    paths = [*(operation.path for operation in OPERATIONS), *(path for _, path in REFUSED)]
    return list(dict.fromkeys("/".join(path.lower().split("/")[:4]) for path in paths))


async def _refuse(_: Call) -> Answer:
    """A resource of the vendor that this server does not have."""
    raise Failure(404, errors.NOT_SERVED)


class SerpiErp:
    """The whole dialect as one ASGI application."""

    def __init__(
        self,
        database: Database,
        groups: Groups,
        bearers: Bearers,
        turnstile: Turnstile,
        clock: Clock,
    ) -> None:
        self._database = database
        self._groups = groups
        self._bearers = bearers
        self._turnstile = turnstile
        self._clock = clock
        self._streams = Streams()
        self._settings: dict[str, tuple[Company, SerpiSettings]] = {}
        self._routes: dict[str, dict[str, Handler]] = {}
        refused = (Operation(method, path, _refuse) for method, path in REFUSED)
        for operation in (*OPERATIONS, *refused):
            methods = self._routes.setdefault(operation.path.lower(), {})
            methods[operation.method] = operation.handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Whoever holds the token's turnstile holds it until the answer is sent."""
        request = Request(scope, receive)
        settings = SerpiSettings()
        async with AsyncExitStack() as turn:
            try:
                handler = self._handler(request)
                bearer, settings = await self._admit(request)
                body = await read_body(request)  # before the turn: who sends slowly holds up nobody
                await turn.enter_async_context(self._turn(bearer, settings))
                answer = await self._answer(handler, request, body, bearer, settings)
            except Exception as error:  # noqa: BLE001 - becomes an answer, and a log line if unforeseen
                wrong = _failure_of(error, settings)
                answer = failure_answer(settings, wrong.code, wrong.texts)
                if wrong.code in (429, 503):
                    answer.headers["retry-after"] = "1"
            await self._send(answer, scope, receive, send)

    def _handler(self, request: Request) -> Handler:
        """What answers a path and method. Raises `Failure` 404 and 405."""
        path = re.sub(r"/{2,}", "/", request.scope["path"]).rstrip("/").lower()
        methods = self._routes.get(path)
        if methods is None:
            raise Failure(404, errors.UNKNOWN_PATH)
        if request.method not in methods:
            raise Failure(405, errors.WRONG_METHOD)
        return methods[request.method]

    async def _admit(self, request: Request) -> tuple[StandingCredential, SerpiSettings]:
        """Who calls, and what its company has set. Raises `Failure` 401 and 403."""
        token, is_proper = token_from_header(request.headers.get("authorization"))
        key = request.headers.get("secretkey", "").strip()
        try:
            bearer = await self._bearer(token, key)
            settings = await self._settings_of(bearer)
        except CompanyUnknown:  # what is remembered of the token may be old
            bearer = await self._bearer(token, key, again=True)
            settings = await self._settings_of(bearer)
        if not (is_proper or settings.lenient):
            raise Failure(401, errors.TOKEN_WRONG)
        return bearer, settings

    async def _bearer(self, token: str, key: str, *, again: bool = False) -> StandingCredential:
        """The credential of a token and a company key. Nobody is refused for what is only remembered."""
        known = await self._bearers.find(self._database, DIALECT, token, again=again)
        if not known:
            raise Failure(401, errors.TOKEN_WRONG)
        if not key:
            raise Failure(401, errors.KEY_MISSING)
        for bearer in known:
            if secrets.compare_digest(bearer.identity.encode(), key.encode()):
                return bearer
        if not again:
            return await self._bearer(token, key, again=True)
        raise Failure(403, errors.KEY_OF_OTHERS)

    async def _settings_of(self, bearer: StandingCredential) -> SerpiSettings:
        """The dialect's settings of a company, read again as soon as this process has seen it changed."""
        name = bearer.company_name
        known = self._settings.get(name)
        if known is None or known[0] != self._database.last_seen(name):
            async with self._database.read(bearer.id) as transaction:
                catalog = await load_catalog(transaction)
            if len(self._settings) >= _CACHED_MAX:
                self._settings.clear()
            known = self._settings[name] = (catalog.company, settings_from_catalog(catalog))
        return known[1]

    async def _answer(
        self,
        handler: Handler,
        request: Request,
        body: bytes,
        bearer: StandingCredential,
        settings: SerpiSettings,
    ) -> Answer:
        """What a handler answers. A credential revoked meanwhile may have a successor of the same token."""
        call = self._call(request, body, bearer, settings)
        try:
            return await handler(call)
        except CompanyUnknown:  # nothing was read or written
            token, _ = token_from_header(request.headers.get("authorization"))
            successor = await self._bearer(token, bearer.identity, again=True)
            if successor == bearer:
                raise
            return await handler(
                msgspec.structs.replace(
                    call, credential=successor.id, company=successor.company_name
                )
            )

    def _turn(
        self, bearer: StandingCredential, settings: SerpiSettings
    ) -> AbstractAsyncContextManager[None]:
        """The turn of a token: one call at a time, unless the company wants it otherwise."""
        if settings.concurrent == "off":
            return nullcontext()
        name = f"{DIALECT} {bearer.id}"
        return self._turnstile.pass_through(name, wait=settings.concurrent == "queue")

    def _call(
        self, request: Request, body: bytes, bearer: StandingCredential, settings: SerpiSettings
    ) -> Call:
        request_id = request.scope.get("cuadra.request_id", "")
        return Call(
            query=request.query_params,
            body=body,
            database=self._database,
            groups=self._groups,
            credential=bearer.id,
            company=bearer.company_name,
            origin=Origin(f"token {bearer.id}", DIALECT, request_id),
            settings=settings,
            streams=self._streams,
            now=self._clock(),
        )

    async def _send(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Send an answer; of a long one the rest, for as long as its reader stays."""
        rest = answer.rest
        media = "application/json; charset=utf-8"
        if rest is None:
            response = Response(answer.body, answer.status, answer.headers, media)
            await response(scope, receive, send)
            return

        async def pieces() -> AsyncIterator[bytes]:
            yield answer.body
            async for chunk in rest:
                yield chunk

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(READING_SECONDS_MAX):
                await send(message)

        try:
            async with self._streams.room:
                stream = StreamingResponse(pieces(), answer.status, answer.headers, media)
                await stream(scope, receive, send_in_time)
        except TimeoutError:  # others wait for the turn, and for the connection
            _log.warning("a reader stopped reading", path=scope["path"])
        finally:
            await rest.aclose()


def _failure_of(error: Exception, settings: SerpiSettings) -> Failure:
    """The vendor's answer to whatever went wrong; what nobody foresaw is logged and becomes a 500."""
    match error:
        case Failure():
            return error
        case DatabaseUnavailable():
            return Failure(503, errors.UNAVAILABLE)
        case Busy():
            return Failure(503, errors.BUSY)
        case Occupied():
            code = 429 if settings.concurrent == "reject_429" else 503
            return Failure(code, errors.IN_USE)
        case CompanyUnknown():
            return Failure(401, errors.TOKEN_WRONG)
        case ClientDisconnect():
            return Failure(400, errors.NOT_JSON)
    _log.exception("unhandled error")
    return Failure(500, errors.UNFORESEEN)
