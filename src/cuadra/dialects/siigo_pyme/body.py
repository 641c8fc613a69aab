"""The body of a request: kept on disk when it is long, and its rows read from there one at a time.

A body may have 256 MB and wait hours for its turn, so it is never in memory as a whole. It is checked to be JSON before
anything is done with it. This module never looks at what the members mean.
"""

import asyncio
import codecs
import hashlib
import json
import mmap
import re
from collections.abc import AsyncGenerator, Iterator
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

import msgspec
from starlette.requests import Request

from cuadra.dialects.siigo_pyme import errors
from cuadra.dialects.siigo_pyme.errors import field_error, wrong_request
from cuadra.dialects.siigo_pyme.job import Refused
from cuadra.dialects.siigo_pyme.wire import RowIn

BODY_BYTES_MAX = 256 * 1024 * 1024
IN_MEMORY_BYTES = 1024 * 1024
SILENCE_SECONDS_MAX = 30  # between two pieces of a body
ROWS_AT_ONCE = 100  # others of the process get their turn in between
ERRORS_MAX = 100  # of the rows that are told before the first is written
_PIECE = 1024 * 1024
_CLOSING = re.compile(rb"\}")
_TOKENS = re.compile(rb'[{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)
# What is proper JSON and still no text of ours: NUL, and halves of pairs.
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)
_rows_decoder = msgspec.json.Decoder(list[RowIn])
_DIGITS_MAX = 30  # of a whole number that means anything
_BOUNDLESS = Decimal("Infinity")
Buffer = bytes | mmap.mmap | memoryview


async def read_body(request: Request) -> Buffer:
    """The body, in memory when it is short. Raises `Refused` 413 beyond 256 MB, and 408 for silence."""
    kept, size, file = bytearray(), 0, None
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise Refused(408, errors.NOT_COMPLETE) from error
        if chunk is None:
            break
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise Refused(413, errors.TOO_LARGE)
        kept += chunk
        if len(kept) > IN_MEMORY_BYTES:
            file = file or TemporaryFile()  # noqa: SIM115 - the mapping outlives it
            file.write(kept)
            kept.clear()
    if file is None:
        return bytes(kept)
    with file:
        file.write(kept)
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def check_text(body: Buffer) -> None:
    """Raise `Refused` unless the body is UTF-8 from end to end: skipping a member does not tell."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with memoryview(body) as view:
            for start in range(0, len(view), _PIECE):
                decoder.decode(view[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Refused(400, errors.NOT_JSON) from error


class Rows:
    """The rows of `data.list`, one at a time. `begun` tells whether anybody has seen one."""

    def __init__(self, raw: msgspec.Raw) -> None:
        self._raw = raw
        self.begun = False

    def check(self) -> None:
        """Raise `Refused` unless this is an array of at least one object, each of which can be used."""
        try:
            count = len(_rows_decoder.decode(self._raw))
        except msgspec.ValidationError as error:
            where = re.search(r"`\$\[(\d+)\]", str(error))
            if where is None:
                raise wrong_request([field_error("type", "data.list", "un arreglo")]) from error
            row = int(where[1]) + 1
            raise wrong_request(
                [field_error("type", f"data.list[{row - 1}]", "un objeto", row=row)]
            ) from error
        if not count:
            raise wrong_request([field_error("empty", "data.list")])
        if _SUSPICIOUS.search(self._raw):
            self._check_each()

    def _check_each(self) -> None:
        wrong = [
            field_error("json", f"data.list[{position}]", row=position + 1)
            for position, piece in enumerate(slices(self._raw))
            if not _is_usable(piece)
        ]
        if wrong:
            raise wrong_request(wrong[:ERRORS_MAX])

    def digest(self, about: bytes) -> str:
        """A digest of the rows as sent, and of what else they are about."""
        hashed = hashlib.sha256(about)
        hashed.update(self._raw)
        return hashed.hexdigest()

    async def stream(self) -> AsyncGenerator[dict[str, Any], None]:
        """The rows in their order, numbers with a point as Decimal."""
        for position, piece in enumerate(slices(self._raw)):
            self.begun = True
            yield value_from_json(piece)
            if position % ROWS_AT_ONCE == ROWS_AT_ONCE - 1:
                await asyncio.sleep(0)


def slices(array: msgspec.Raw | bytes) -> Iterator[memoryview]:
    """The objects of an array that is known to be JSON, as pieces of it.

    A row of this API has no objects inside, so its first closing brace nearly always ends it. Whether it
    does is told by decoding; if not, the piece is read token by token, in linear time.

    >>> [bytes(piece) for piece in slices(b'[{"a":1}, {"b":"}","c":{}}]')]
    [b'{"a":1}', b'{"b":"}","c":{}}']
    """
    view = memoryview(array)
    start = _next_object(view, 0)
    while start is not None:
        closing = _CLOSING.search(view, start)
        assert closing, "the caller knows it to be JSON"
        end = closing.end()
        try:
            msgspec.json.decode(view[start:end], type=RowIn)
        except msgspec.DecodeError:
            end = _end_by_tokens(view, start)
        yield view[start:end]
        start = _next_object(view, end)


def _next_object(view: memoryview, position: int) -> int | None:
    """Where the next object begins; between two of them there are only blanks and a comma."""
    while position < len(view):
        if view[position] == ord("{"):
            return position
        position += 1
    return None


def _end_by_tokens(view: memoryview, start: int) -> int:
    depth = 0
    for token in _TOKENS.finditer(view, start):
        depth += {b"{": 1, b"}": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    raise AssertionError("the caller knows it to be JSON")


def _is_usable(piece: memoryview) -> bool:
    try:
        return not has_nul(value_from_json(piece))
    except (ValueError, RecursionError):
        return False


def value_from_json(raw: memoryview | msgspec.Raw) -> Any:
    """A value that is known to be JSON, numbers with a point as Decimal. Those that no number here holds are infinite.

    >>> value_from_json(memoryview(b'{"a": 1.50, "b": 1e99999999999999999999, "c": 7}'))
    {'a': Decimal('1.50'), 'b': Decimal('Infinity'), 'c': 7}
    """
    try:
        return _decoder.decode(raw)
    except (msgspec.ValidationError, ArithmeticError):  # more digits or exponent than any has
        text = bytes(memoryview(raw))
        return json.loads(text, parse_int=_whole_number, parse_float=_decimal_number)


def _whole_number(text: str) -> int | Decimal:
    return int(text) if len(text) <= _DIGITS_MAX else _BOUNDLESS


def _decimal_number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        return _BOUNDLESS


def has_nul(value: object) -> bool:
    """Whether a text anywhere in a decoded value holds what the database cannot.

    >>> has_nul({"a": ["b", "c\\0"]}), has_nul({"a": 1})
    (True, False)
    """
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(has_nul(member) for pair in value.items() for member in pair)
    return isinstance(value, list) and any(has_nul(member) for member in value)
