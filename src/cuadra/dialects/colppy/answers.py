"""The answers: the envelope around what a handler says, written as the vendor's program writes JSON.

Everything but ASCII is escaped, and so are slashes: what was observed of the vendor is what PHP writes when it is not
told otherwise.
"""

import re
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

from cuadra.dialects.colppy import errors, wire
from cuadra.dialects.colppy.errors import Failure, Refusal
from cuadra.dialects.colppy.settings import ColppySettings
from cuadra.trade.books import local_time

VERSION = "1_0_0_0"
HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET,PUT,POST,DELETE,HEAD,OPTIONS",
    "access-control-allow-headers": "Content-Type, Authorization, X-Authorization,X-Requested-With",
}
_MEDIA = "application/json; charset=utf-8"
_LOGIN_PAGE = (
    "<!DOCTYPE html>\n<html>\n<head><title>Colppy</title></head>\n"
    '<body><form method="post" action="/"><input name="usuario"><input name="password" type="password">'
    "</form></body>\n</html>\n"
)
_ECHO_MAX = 100  # characters of a name that are repeated
_encoder = msgspec.json.Encoder(decimal_format="number")


class Asked(msgspec.Struct):
    """What is known of a request while it is answered: it shapes the answer."""

    provision: str | None = None
    operacion: str | None = None
    country: str = "AR"
    settings: ColppySettings = ColppySettings()

    def name(self, provision: object, operacion: object) -> None:
        """Keep the names as they were sent."""
        self.provision = _echo(provision)
        self.operacion = _echo(operacion)


def success_answer(asked: Asked, now: datetime, message: str, members: dict[str, Any]) -> Response:
    """The service was executed. `members` follow success and message."""
    response = {"success": True, "message": message} | members
    return _answer(asked, now, wire.ResultOut(0, errors.EXECUTED), response)


def failure_answer(asked: Asked, now: datetime, failure: Failure) -> Response:
    """The service was executed, and the business said no."""
    response: dict[str, Any] = {"success": False, "message": failure.message}
    if failure.errors:
        response["errors"] = failure.errors
    return _answer(asked, now, wire.ResultOut(0, errors.EXECUTED), response)


def refusal_answer(asked: Asked, now: datetime, refusal: Refusal) -> Response:
    """The service was not executed; without a valid session perhaps no JSON at all."""
    expired = refusal.estado == errors.ESTADO_SESSION
    if expired and asked.settings.expired_session == "html":
        return Response(_LOGIN_PAGE, 200, HEADERS, "text/html; charset=utf-8")
    if expired and asked.settings.expired_session == "empty":
        return Response(b"", 200, HEADERS, _MEDIA)
    estado = asked.settings.internal_estado if refusal.estado is None else refusal.estado
    result = wire.ResultOut(estado, refusal.message)
    answer = _answer(asked, now, result, None, versioned=refusal.versioned)
    if refusal.retry_after is not None:
        answer.status_code = 429
        answer.headers["retry-after"] = str(refusal.retry_after)
    return answer


def _answer(
    asked: Asked,
    now: datetime,
    result: wire.ResultOut,
    response: dict[str, Any] | None,
    *,
    versioned: bool = True,
) -> Response:
    service = wire.ServiceOut(
        provision=asked.provision,
        operacion=asked.operacion,
        version=VERSION if versioned else msgspec.UNSET,
        response_date=f"{local_time(asked.country, now):%Y-%m-%d %H:%M:%S}",
    )
    body = encode(wire.AnswerOut(service, result, response))
    return Response(body, 200, HEADERS, _MEDIA)


def encode(value: object) -> bytes:
    r"""JSON as PHP writes it.

    >>> encode({"a": "ó/😀"})
    b'{"a":"\\u00f3\\/\\ud83d\\ude00"}'
    """
    text = _encoder.encode(value).decode().replace("/", "\\/")
    return re.sub(r"[^\x00-\x7f]", _escaped, text).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _echo(name: object) -> str | None:
    """A name as it was sent, unless nobody could mean it."""
    return name if isinstance(name, str) and len(name) <= _ECHO_MAX else None
