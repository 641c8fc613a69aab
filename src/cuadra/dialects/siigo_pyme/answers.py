"""Answers: the two shapes the vendor prints, and ours of a refusal (section "Errors" of docs/siigo-pyme.md).

The rows of an import may be very many. They are put aside as they are read, on disk when they are long, so
a slow reader holds up neither the connection's turn nor the database, and whatever goes wrong still has a
status.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from tempfile import SpooledTemporaryFile
from typing import Any

import msgspec

from cuadra.dialects.siigo_pyme.job import ExportReport, Refused, RowError
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.dialects.siigo_pyme.wire import ExportOut, ImportRefusedOut, RowErrorOut

CHUNK_BYTES = 64 * 1024
IN_MEMORY_BYTES = 1024 * 1024
PARTLY_DONE = "{0} {1}{2} insertado{2} en Siigo Pyme; hay registros rechazados"
NOTHING_DONE = "Ningún {} insertado en Siigo Pyme; hay registros rechazados"
_encoder = msgspec.json.Encoder(decimal_format="number")


class Answer(msgspec.Struct, kw_only=True):
    """What goes back: the status of HTTP, and the body, or the file that has it."""

    status: int
    body: bytes | SpooledTemporaryFile[bytes]

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces; a file is gone afterwards."""
        if isinstance(self.body, bytes):
            yield self.body
            return
        with self.body as file:
            file.seek(0)
            while piece := file.read(CHUNK_BYTES):
                yield piece


async def import_answer(rows: AsyncGenerator[dict[str, Any], None]) -> Answer:
    """The answer to an import; closes the rows."""
    file = SpooledTemporaryFile[bytes](IN_MEMORY_BYTES)
    buffer = bytearray(b'{"statusCode":200,"status":"success","data":[')
    between = b""
    try:
        async with aclosing(rows):
            async for row in rows:
                buffer += between
                between = b","
                _encoder.encode_into(row, buffer, -1)
                if len(buffer) > CHUNK_BYTES:
                    file.write(buffer)
                    buffer.clear()
        file.write(buffer + b"]}")
    except BaseException:
        file.close()
        raise
    return Answer(status=200, body=file)


def export_answer(settings: PymeSettings, report: ExportReport, message: str, noun: str) -> Answer:
    """The answer to an export of what is called `noun`: `message` where every row was written."""
    code = 200
    if report.errors:
        code = int(settings.partial) if report.written else 400
        message = NOTHING_DONE.format(noun)
        if report.written:
            message = PARTLY_DONE.format(report.written, noun, "s" if report.written > 1 else "")
    body = ExportOut(code, message, _shown(report.errors) or None, _shown(report.warnings))
    return _plain(settings, code, body)


def refusal_answer(settings: PymeSettings, wrong: Refused, *, is_export: bool) -> Answer:
    """The refusal of a whole call. Only an export has a list of errors: an import tells them in its message."""
    code = wrong.status
    if is_export:
        return _plain(settings, code, ExportOut(code, wrong.message, _shown(wrong.errors) or None))
    message = ": ".join(
        part for part in (wrong.message, "; ".join(one.message for one in wrong.errors)) if part
    )
    return _plain(settings, code, ImportRefusedOut(code, "error", message))


def _plain(settings: PymeSettings, code: int, body: msgspec.Struct) -> Answer:
    status = code if settings.http_status == "code" else 200
    return Answer(status=status, body=_encoder.encode(body))


def _shown(errors: list[RowError]) -> list[RowErrorOut]:
    return [RowErrorOut(one.row, one.sequence, one.field, one.code, one.message) for one in errors]
