"""Health, readiness and metrics, and what every request passes: its id, its log line, its measurement.

`/healthz` says the process is alive; `/readyz` that the database answers too; `/metrics` is the
Prometheus text format.
"""

import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cuadra.database.pool import Database

_DOORS = frozenset({"v1", "api", "auth", "cuadra", "healthz", "readyz", "metrics"})
REQUEST_ID_HEADER = "x-request-id"
_log = structlog.get_logger("cuadra.http")
Endpoint = Callable[[Request], Awaitable[Response]]


async def healthz(request: Request) -> Response:  # noqa: ARG001 - every endpoint takes the request
    """The process is alive."""
    return JSONResponse({"status": "ok"})


def readyz(database: Database) -> Endpoint:
    """The process is alive and its database answers."""

    async def endpoint(request: Request) -> Response:  # noqa: ARG001
        if await database.answers():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "database unavailable"}, 503)

    return endpoint


def metrics(registry: CollectorRegistry) -> Endpoint:
    """All measurements of this process."""

    async def endpoint(request: Request) -> Response:  # noqa: ARG001
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return endpoint


class Observed:
    """Wraps the whole server: request ids, one structured log line a request, counts and times."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        labels = ["method", "door", "status"]
        self._count = Counter("cuadra_requests", "Requests answered", labels, registry=registry)
        self._seconds = Histogram(
            "cuadra_request_seconds", "Time to answer a request", ["door"], registry=registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and say so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = sent if re.fullmatch(r"[\w.:-]{1,80}", sent, re.ASCII) else uuid4().hex
        scope["cuadra.request_id"] = request_id
        status = 500

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, observed_send)
        finally:
            seconds = time.perf_counter() - started
            door = door_of(scope["path"])
            self._count.labels(scope["method"], door, status).inc()
            self._seconds.labels(door).observe(seconds)
            _log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round(seconds * 1000, 2),
                request_id=request_id,
            )


def door_of(path: str) -> str:
    """The first word of a path, for labels that must not grow without bound.

    >>> door_of("/v1/invoices/123"), door_of("/anything")
    ('v1', 'other')
    """
    first = path.strip("/").split("/", 1)[0].lower()
    return first if first in _DOORS else "other"
