"""The body of a request: read up to its limit, whatever method and media type, and cut into its members."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request

from cuadra.dialects.colppy import errors, wire
from cuadra.dialects.colppy.errors import Refusal

BODY_BYTES_MAX = 2 * 1024 * 1024
SILENCE_SECONDS_MAX = 30  # between two pieces of a body
DEPTH_MAX = 50  # lists and objects in one another
BOM = b"\xef\xbb\xbf"
_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)


async def read_body(request: Request) -> bytes:
    """The body, at most 2 MB of it. Raises `Refusal` beyond, and when its client falls silent."""
    chunks = []
    size = 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise Refusal(None, errors.NOT_EXECUTED) from error
        if chunk is None:
            break
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise Refusal(None, errors.NOT_EXECUTED)
        chunks.append(chunk)
    return b"".join(chunks).removeprefix(BOM).strip()


def request_from_body(raw: bytes) -> wire.RequestIn:
    """The members of the envelope. Raises `Refusal` for what is no JSON object."""
    body = value_from_json(raw)
    if not isinstance(body, dict):
        raise Refusal(None, errors.NOT_EXECUTED)
    return wire.RequestIn(**{name: body.get(name) for name in wire.RequestIn.__struct_fields__})


def value_from_json(raw: bytes | str) -> Any:
    """Any JSON value, its fractions as decimals. Raises `Refusal`, also for what no text may hold."""
    try:
        value = _decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, ValueError, ArithmeticError) as error:
        raise Refusal(None, errors.NOT_EXECUTED) from error
    if not _can_be_kept(value):
        raise Refusal(None, errors.NOT_EXECUTED)
    return value


def _can_be_kept(value: Any) -> bool:
    """Whether the books can keep a value as it is: no text holds a NUL, and nothing is deeper than anybody means."""
    left = [(value, 0)]
    while left:
        one, depth = left.pop()
        if depth > DEPTH_MAX or (isinstance(one, str) and "\0" in one):
            return False
        if isinstance(one, dict):
            left += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list):
            left += [(part, depth + 1) for part in one]
    return True
