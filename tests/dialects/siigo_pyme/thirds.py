"""Third parties written to and read from the demo company through their handlers, without the envelope."""

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.dialects.siigo_pyme.handlers.thirds import export_thirds, import_thirds
from cuadra.dialects.siigo_pyme.job import ExportReport
from tests.dialects.siigo_pyme.movements import Books

Row = dict[str, Any]
EVERYBODY = {
    "year": 2026,
    "third_initial": 1,
    "third_final": 999999999999,
    "classification": "T",
    "date_opening_initial": 1,
    "date_opening_final": 99999999,
}
NEW = 901555666
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(Any, float_hook=Decimal)


def company(**members: Any) -> Row:
    """A company with all that must be said of one."""
    row = {"identification": NEW, "branch": 0, "name": "Nueva Empresa S.A.S.", "legal_name": "S"}
    return row | members


async def export(books: Books, *rows: Any, **params: Any) -> ExportReport:
    """Write rows, as they come from JSON."""
    return await export_json(books, _encoder.encode(rows), **params)


async def export_json(books: Books, rows: bytes, **params: Any) -> ExportReport:
    """Write the rows of a JSON list."""
    return await export_thirds(books.job(params), _stream(_decoder.decode(rows)))


async def written(books: Books, *rows: Row) -> ExportReport:
    """Write rows of which none may be refused."""
    report = await export(books, *rows)
    assert not report.errors, report.errors
    assert report.written == len(rows)
    return report


async def read(books: Books, **params: Any) -> list[Row]:
    """The rows of an import, as a client gets them."""
    async with aclosing(import_thirds(books.job(EVERYBODY | params))) as rows:
        found = [row async for row in rows]
    decoded: list[Row] = _decoder.decode(_encoder.encode(found))
    return decoded


async def read_one(books: Books, identification: int = NEW, branch: int = 0) -> Row:
    """The row of one third party."""
    rows = await read(books, third_initial=identification, third_final=identification)
    (found,) = [row for row in rows if row["branch"] == branch]
    return found


async def _stream(rows: Iterable[Any]) -> AsyncIterator[Any]:
    for row in rows:
        yield row
