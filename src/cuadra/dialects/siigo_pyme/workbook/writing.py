"""Workbooks of movements: those read from the books, and the rows that were refused with the reasons.

No cell of a movement is left empty, as in the vendor's files: a field without a value has its neutral one,
texts and blank numbers a blank. A number of more than fifteen digits is written as text, because Excel would
round it. A file is put in its place when it is complete.
"""

import datetime
import math
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.workbook.cells import Cell, as_number
from cuadra.dialects.siigo_pyme.workbook.layouts import (
    BASIC_MODEL,
    GENERAL_MODEL,
    TITLE,
    WHY,
    Column,
    Header,
    columns,
)
from cuadra.dialects.siigo_pyme.workbook.sheets import SheetRow
from cuadra.errors import CuadraError

SHEET = "Movimiento contable"
HEADER_ROW = 4  # counted from 0: titles, a blank row, captions
ROWS_MAX = 1_048_576
_MONTHS = ("ENE", "FEB", "MAR", "ABR", "MAY", "JUN", "JUL", "AGO", "SEP", "OCT", "NOV", "DIC")
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_WIDTH_MAX = 40


class Heading(NamedTuple):
    """What stands above the captions."""

    company: str
    first: datetime.date
    last: datetime.date
    basic: bool


async def write_movements(
    path: Path, heading: Heading, rows: AsyncIterator[Mapping[str, Any]], on_row: Callable[[], None]
) -> int:
    """Write movements as one of the two models; how many. Raises `CuadraError` when a sheet is full."""
    layout = columns(basic=heading.basic)
    known = fields()
    cells = [(name or "", known[name].empty if name else None) for _, name in layout]
    with _workbook(path) as book:
        sheet = _sheet(book, heading, layout)
        number = HEADER_ROW
        async for row in rows:
            number += 1
            if number >= ROWS_MAX:
                raise CuadraError(f"a sheet has {ROWS_MAX:,} rows; write fewer months to a file")
            for place, (name, empty) in enumerate(cells):
                value = row.get(name, empty)
                if value == "0" == empty:  # a number to people, though the API has it as a text
                    value = 0
                if as_number(value):
                    sheet.write_number(number, place, value)
                else:
                    sheet.write_string(number, place, " " if value in (None, "") else str(value))
            on_row()
    return number - HEADER_ROW


def write_refused(
    path: Path,
    header: Header,
    rows: Iterable[SheetRow],
    refused: Collection[int],
    reasons: Mapping[int, Sequence[RowError]],
) -> None:
    """Write the rows whose number is refused as they were, with what is wrong behind them.

    Titles and captions are those of the file they come from: mended, it can be read as it is.
    """
    kept = [place for place in range(len(header.captions)) if place not in header.ours]
    with _workbook(path) as book:
        sheet = book.add_worksheet(SHEET)
        formats = _formats(book)
        target = header.row
        for number, cells in rows:
            above = number <= header.row + 1
            if not above and number not in refused:
                continue
            target = number - 1 if above else target + 1
            for column, place in enumerate(kept):
                if place < len(cells):
                    _write(sheet, target, column, cells[place], formats)
            if number == header.row + 1:
                for column, caption in enumerate(WHY, len(kept)):
                    sheet.write_string(target, column, caption, formats["bold"])
            elif not above:
                _write_reasons(sheet, target, len(kept), number, reasons.get(number, ()))


def _write_reasons(
    sheet: Any, row: int, column: int, number: int, errors: Sequence[RowError]
) -> None:
    known = fields()
    captions = [known[e.field].caption if e.field in known else e.field for e in errors]
    sheet.write_number(row, column, number)
    sheet.write_string(row, column + 1, "; ".join(captions))
    sheet.write_string(row, column + 2, "; ".join(error.code for error in errors))
    sheet.write_string(row, column + 3, "; ".join(error.message for error in errors))


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    """A workbook that takes its place once it is whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with xlsxwriter.Workbook(part, _OPTIONS) as book:
            yield book
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sheet(book: Any, heading: Heading, layout: Sequence[Column]) -> Any:
    """A sheet with titles and captions, which stay in sight."""
    bold = _formats(book)["bold"]
    whole = book.add_format({"num_format": "0"})
    sheet = book.add_worksheet(SHEET)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    known = fields()
    for place, (caption, name) in enumerate(layout):
        digits = name is not None and known[name].form in ("digits", "range")
        width = min(len(caption) + 2, _WIDTH_MAX)
        sheet.set_column(place, place, width, whole if digits else None)
    sheet.write_string(0, 0, heading.company, bold)
    model = BASIC_MODEL if heading.basic else GENERAL_MODEL
    sheet.write_string(1, 0, TITLE.format(model), bold)
    sheet.write_string(2, 0, f"De : {_day(heading.first)}   A : {_day(heading.last)}", bold)
    for place, (caption, _) in enumerate(layout):
        sheet.write_string(HEADER_ROW, place, caption, bold)
    return sheet


def _day(day: datetime.date) -> str:
    """A day as the vendor's titles have it.

    >>> _day(datetime.date(2026, 1, 1))
    'ENE  1/2026'
    """
    return f"{_MONTHS[day.month - 1]} {day.day:2}/{day.year}"


def _formats(book: Any) -> dict[str, Any]:
    formats = {"bold": {"bold": True}, "date": {"num_format": "yyyy-mm-dd"}}
    formats |= {"time": {"num_format": "hh:mm:ss"}, "datetime": {"num_format": "yyyy-mm-dd hh:mm"}}
    return {name: book.add_format(one) for name, one in formats.items()}


def _write(sheet: Any, row: int, column: int, cell: Cell, formats: Mapping[str, Any]) -> None:
    """A cell as it was read."""
    match cell:
        case bool():
            sheet.write_boolean(row, column, cell)
        case int() | float() if math.isfinite(cell):
            sheet.write_number(row, column, cell)
        case datetime.datetime() | datetime.date() | datetime.time():
            sheet.write_datetime(row, column, cell, formats[type(cell).__name__])
        case None:
            pass
        case _:
            sheet.write_string(row, column, str(cell))
