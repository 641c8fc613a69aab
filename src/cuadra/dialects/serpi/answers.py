"""Answers in the vendor's envelope: `success`, `code`, `errors`, `message`, `result`, in this order.

Rows may be very many, so they are written as they are read. The first megabyte is kept back: a short
answer is whole before anything is sent, so whatever goes wrong still has a status; only a longer one
holds its connection to the database until its reader has read it, and few of those are let be.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from cuadra.dialects.serpi.errors import MESSAGES
from cuadra.dialects.serpi.settings import SerpiSettings
from cuadra.dialects.serpi.wire import Envelope
from cuadra.trade.group import Busy

Chunks = AsyncGenerator[bytes, None]
CHUNK_BYTES = 64 * 1024
KEPT_BACK_BYTES = 1024 * 1024
STREAMS_MAX = 3  # longer answers written at a time by one process
NOTHING_FOUND = "No se encontraron registros"
_encoder = msgspec.json.Encoder(decimal_format="number")


class Answer(msgspec.Struct, kw_only=True):
    """What goes back: the status of HTTP, the body or its beginning, and the chunks that follow, if any."""

    status: int
    body: bytes
    rest: Chunks | None = None
    headers: dict[str, str] = {}


def plain_answer(settings: SerpiSettings, envelope: Envelope) -> Answer:
    """A whole answer; its status is its code, unless the company wants 200 always."""
    status = envelope.code if settings.http_status == "code" else 200
    return Answer(status=status, body=_encoder.encode(envelope))


def failure_answer(settings: SerpiSettings, code: int, texts: list[str]) -> Answer:
    """The refusal of a whole request."""
    return plain_answer(settings, Envelope(False, code, texts, MESSAGES[code], None))


def empty_answer(settings: SerpiSettings) -> Answer:
    """A read that found nothing. HTTP's own 204 can have no body, so by default only the code says it."""
    if settings.empty_result == "204":
        return Answer(status=204, body=b"")
    if settings.empty_result == "201_with_list":
        return plain_answer(settings, Envelope(True, 201, None, NOTHING_FOUND, []))
    return Answer(status=200, body=_encoder.encode(Envelope(True, 204, message=NOTHING_FOUND)))


def rows_answer(settings: SerpiSettings, rows: Sequence[msgspec.Struct]) -> Answer:
    """A read of rows that are few."""
    if not rows:
        return empty_answer(settings)
    return Answer(status=200, body=envelope_head(len(rows)) + _encoder.encode(rows) + b"}")


def write_answer(settings: SerpiSettings, code: int, message: str, problems: list[str]) -> Answer:
    """What became of a write; it has no result. With code 400 nothing was done."""
    return plain_answer(settings, Envelope(code != 400, code, problems, message))


def envelope_head(count: int) -> bytes:
    """The envelope up to its result."""
    message = f"{count} registro(s) encontrados"
    text = f'{{"success":true,"code":200,"errors":null,"message":"{message}","result":'
    return text.encode()


async def row_chunks(
    count: int, records: AsyncGenerator[Any, None], to_row: Callable[[Any], object]
) -> Chunks:
    """The whole body of a read of `count` records as rows, in pieces of some 64 KB; closes the records."""
    buffer = bytearray(envelope_head(count) + b"[")
    between = b""
    async with aclosing(records):
        async for record in records:
            buffer += between
            between = b","
            _encoder.encode_into(to_row(record), buffer, -1)
            if len(buffer) > CHUNK_BYTES:
                yield bytes(buffer)
                buffer.clear()
    yield bytes(buffer + b"]}")


class Streams:
    """The longer answers that one process is writing. Whoever writes one is in the `room`."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(STREAMS_MAX)

    async def answer(self, settings: SerpiSettings, chunks: Chunks) -> Answer:
        """An answer of these chunks, which has a rest when there are many; of none, the empty one.

        Raises `Busy` when too many answers are being written. The caller closes the rest.
        """
        kept = bytearray()
        rest: Chunks | None = None
        try:
            async for chunk in chunks:
                kept += chunk
                if len(kept) > KEPT_BACK_BYTES:
                    if self.room.locked():
                        raise Busy(f"{STREAMS_MAX} long answers are being written")
                    rest = chunks
                    break
        finally:
            if rest is None:
                await chunks.aclose()
        if not kept:
            return empty_answer(settings)
        return Answer(status=200, body=bytes(kept), rest=rest)
