"""The one call of Siigo Pyme's connector, answered by our books.

`POST /api/v1/siigo-pyme/send` passes one wrapper: key, body, connection, envelope, and then the
connection's turn, in which a resource's handler reads or writes. What a resource means is in `handlers`; a
table leads there from `execution_type` and `resource`.
"""

import asyncio
import re
from contextlib import aclosing

import msgspec
from prometheus_client import CollectorRegistry
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from cuadra.catalog.credentials import StandingCredential
from cuadra.catalog.snapshot import load_catalog
from cuadra.config import Clock
from cuadra.database.pool import Database, DatabaseUnavailable
from cuadra.database.turnstile import Turnstile
from cuadra.dialects.siigo_pyme import errors
from cuadra.dialects.siigo_pyme.answers import (
    Answer,
    export_answer,
    import_answer,
    refusal_answer,
)
from cuadra.dialects.siigo_pyme.auth import connection_of, key_from_header, load_connections
from cuadra.dialects.siigo_pyme.body import read_body
from cuadra.dialects.siigo_pyme.envelope import (
    ExecutionType,
    Request,
    connection_name,
    envelope_from_body,
    request_from_envelope,
)
from cuadra.dialects.siigo_pyme.errors import refusal_of
from cuadra.dialects.siigo_pyme.handlers import balances, extra_documents, movements, thirds
from cuadra.dialects.siigo_pyme.job import ExportHandler, ImportHandler, Job, Refused
from cuadra.dialects.siigo_pyme.settings import DIALECT, PymeSettings, settings_from_catalog
from cuadra.dialects.siigo_pyme.turns import ClientGone, Late, Turns, turn_of
from cuadra.trade.books import Origin
from cuadra.trade.group import Busy, Groups

PATH = "/api/v1/siigo-pyme/send"
PREFIX = PATH.rpartition("/")[0]
MOVEMENTS_WRITTEN = "Movimientos contables insertados correctamente en Siigo Pyme"
EXTRA_WRITTEN = "Documentos extra contables insertados correctamente en Siigo Pyme"
THIRDS_WRITTEN = "Terceros insertados correctamente en Siigo Pyme"
_MEDIA = "application/json; charset=utf-8"


class Import(msgspec.Struct, frozen=True):
    """A resource that is read out of the system."""

    resource: str
    handler: ImportHandler
    execution_type: ExecutionType = "import"


class Export(msgspec.Struct, frozen=True):
    """A resource that is written into it. `message` says that all of it was; `noun` is what one is."""

    resource: str
    handler: ExportHandler
    message: str
    noun: str = "comprobante"
    execution_type: ExecutionType = "export"


OPERATIONS: tuple[Import | Export, ...] = (
    Import("accounts_receivable_or_payable_balances", balances.import_balances),
    Import("accounting_movements", movements.import_movements),
    Export("accounting_movements", movements.export_movements, MOVEMENTS_WRITTEN),
    Import("extra_accounting_documents", extra_documents.import_extra_documents),
    Export(
        "extra_accounting_documents",
        extra_documents.export_extra_documents,
        EXTRA_WRITTEN,
        "documento",
    ),
    Import("thirds", thirds.import_thirds),
    Export("thirds", thirds.export_thirds, THIRDS_WRITTEN, "tercero"),
)


class SiigoPyme:
    """The whole dialect as one ASGI application."""

    def __init__(
        self,
        database: Database,
        groups: Groups,
        turnstile: Turnstile,
        registry: CollectorRegistry,
        clock: Clock,
    ) -> None:
        self._database = database
        self._groups = groups
        self._clock = clock
        self._turns = Turns(turnstile, registry)
        self._operations = {(one.execution_type, one.resource): one for one in OPERATIONS}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = _Call(HttpRequest(scope, receive))
        try:
            answer = await self._answer(call)
        except (ClientGone, ClientDisconnect):
            return  # nobody is there
        except Exception as error:  # noqa: BLE001 - becomes an answer, and a log line if unforeseen
            wrong = _late(error, call) if isinstance(error, Late) else refusal_of(error)
            answer = refusal_answer(call.settings, wrong, is_export=call.is_export)
        response = StreamingResponse(answer.pieces(), answer.status, media_type=_MEDIA)
        await response(scope, receive, send)

    async def _answer(self, call: "_Call") -> Answer:
        """Admit a call and do what it asks for when its turn comes. Raises `Refused` and more."""
        _check_path(call.http)
        key = key_from_header(call.http.headers.get("authorization"))
        connections = await load_connections(self._database, key)
        envelope = envelope_from_body(await read_body(call.http))
        call.is_export = envelope.is_export
        connection = connection_of(connection_name(envelope), connections)
        call.settings = await self._settings_of(connection)
        request = request_from_envelope(envelope, call.settings)
        operation = self._operations[request.execution_type, request.resource]
        return await self._turns.run(
            turn_of(connection.company_name, connection.identity),
            lambda: self._do(operation, request, connection, call.http),
            seconds=request.patience.seconds,
            client_gone=_wait_until_gone(call.http),
            writes=call.is_export,
        )

    async def _settings_of(self, connection: StandingCredential) -> PymeSettings:
        """What the company of a connection has set. Raises `CompanyUnknown` when it was revoked."""
        async with self._database.read(connection.id) as transaction:
            return settings_from_catalog(await load_catalog(transaction))

    async def _do(
        self,
        operation: Import | Export,
        request: Request,
        connection: StandingCredential,
        http: HttpRequest,
    ) -> Answer:
        """What a job answers, in its turn; tried again while the books are away and nothing was begun.

        To write again what may have been written would double it: an export whose rows were looked at is
        not repeated.
        """
        for left in range(request.patience.attempts - 1, -1, -1):
            try:
                return await self._try(operation, request, connection, http)
            except (DatabaseUnavailable, Busy):
                if not left or (request.rows is not None and request.rows.begun):
                    raise
            await asyncio.sleep(60 * request.patience.backoff)
        raise AssertionError("unreachable")

    async def _try(
        self,
        operation: Import | Export,
        request: Request,
        connection: StandingCredential,
        http: HttpRequest,
    ) -> Answer:
        settings = await self._settings_of(connection)  # it may have been revoked while it waited
        job = Job(
            database=self._database,
            groups=self._groups,
            company=connection.company_name,
            credential=connection.id,
            origin=Origin(
                f"token {connection.id}", DIALECT, http.scope.get("cuadra.request_id", "")
            ),
            settings=settings,
            now=self._clock(),
            params=request.params,
            digest=await asyncio.to_thread(_digest, request, connection) if request.rows else "",
        )
        if isinstance(operation, Import):
            return await import_answer(operation.handler(job))
        assert request.rows is not None
        async with aclosing(request.rows.stream()) as rows:
            report = await operation.handler(job, rows)
        return export_answer(settings, report, operation.message, operation.noun)


class _Call:
    """A request on its way: what is known of it decides the shape of a refusal."""

    def __init__(self, http: HttpRequest) -> None:
        self.http = http
        self.settings = PymeSettings()
        self.is_export = False


def _digest(request: Request, connection: StandingCredential) -> str:
    """What only an identical export has: same connection, resource, parameters and rows."""
    assert request.rows is not None
    about = [connection.identity, request.resource, request.params]
    return request.rows.digest(msgspec.json.encode(about, order="deterministic"))


def _check_path(http: HttpRequest) -> None:
    """Raise `Refused` unless it is the one call there is."""
    path = re.sub(r"/{2,}", "/", http.scope["path"]).rstrip("/").lower()
    if path != PATH:
        raise Refused(404, errors.UNKNOWN_PATH)
    if http.method != "POST":
        raise Refused(405, errors.WRONG_METHOD)


def _late(error: Late, call: _Call) -> Refused:
    """What a client is told whose time is over: whether anything may have been written."""
    if not error.begun:
        return Refused(504, errors.LATE_WAITING)
    return Refused(504, errors.LATE_RUNNING if call.is_export else errors.LATE_READING)


async def _wait_until_gone(http: HttpRequest) -> None:
    """Return when the client has gone; its body was read before."""
    while (await http.receive())["type"] != "http.disconnect":
        pass
