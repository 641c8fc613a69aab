"""The body of a request: read up to its limit, whatever media type it claims, and decoded into a wire type.

An array is first cut into its members, each of which is decoded by itself, so that a wrong one fails
alone. This module never looks at what the members mean.
"""

import asyncio
import re
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from cuadra.dialects.serpi import errors
from cuadra.dialects.serpi.errors import Failure, bad_request
from cuadra.dialects.serpi.rules import unusable_value
from cuadra.errors import Problem

BODY_BYTES_MAX = 32 * 1024 * 1024
SILENCE_SECONDS_MAX = 30  # between two pieces of a body
BOM = b"\xef\xbb\xbf"
T = TypeVar("T", bound=msgspec.Struct)
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


async def read_body(request: Request) -> bytes:
    """The body, at most 32 MB of it. Raises `Failure` beyond, and when its client falls silent.

    Both are a 400: the vendor lists neither 413 nor 408.
    """
    chunks = []
    size = 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise Failure(400, errors.NOT_COMPLETE) from error
        if chunk is None:
            break
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise Failure(400, errors.TOO_LARGE)
        chunks.append(chunk)
    return b"".join(chunks).removeprefix(BOM).strip()


def object_from_body(raw: bytes, body_type: type[T]) -> T:
    """The object in a body; nothing at all is an empty one. Raises `Failure`."""
    try:
        body: T = decode(raw or b"{}", body_type)
    except msgspec.ValidationError as error:
        path = member_path(error)
        if path is None:
            raise Failure(400, errors.NOT_OBJECT) from error
        raise bad_request(Problem("type", path, "wrong type")) from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Failure(400, errors.NOT_JSON) from error
    if b"\\u0000" in raw and unusable_value(body):
        raise Failure(400, errors.NOT_JSON)
    return body


def members_from_body(raw: bytes) -> list[msgspec.Raw]:
    """The members of the array in a body, not yet decoded. Raises `Failure`; an empty array is one, too."""
    try:
        members = _array_decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise Failure(400, errors.NOT_ARRAY) from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Failure(400, errors.NOT_JSON) from error
    if not members:
        raise Failure(400, errors.EMPTY_ARRAY)
    return members


def member_from_raw(raw: msgspec.Raw, body_type: type[T]) -> T | list[Problem]:
    """One member of an array, or what is wrong with it."""
    try:
        body: T = decode(bytes(raw), body_type)
    except msgspec.ValidationError as error:
        return [Problem("type", member_path(error) or "el elemento", "wrong type")]
    except (msgspec.DecodeError, RecursionError, ValueError):
        return [Problem("type", "el elemento", "not usable")]
    if b"\\u0000" in bytes(raw) and unusable_value(body):
        return [Problem("type", "un texto", "a NUL")]
    return body


def decode(raw: bytes, body_type: type[T]) -> Any:
    """A value of a wire type, numbers as text and text as numbers where the type allows it."""
    decoder = _decoders.get(body_type)
    if decoder is None:
        decoder = _decoders[body_type] = msgspec.json.Decoder(body_type, strict=False)
    return decoder.decode(raw)


def member_path(error: msgspec.ValidationError) -> str | None:
    """The member an error of decoding is about, None for the body itself.

    >>> member_path(msgspec.ValidationError("Expected `int`, got `str` - at `$.detalles[0].cuota`"))
    'lines[0].cuota'
    """
    path = re.search(r"`\$\.?([^`]*)`", str(error))
    return path[1].replace("detalles[", "lines[", 1) or None if path else None
