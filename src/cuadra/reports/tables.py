"""A report as a table: named columns and rows, written as JSON, CSV, XLSX or for a terminal.

Rows may come from memory or from a running query; JSON and CSV are written piece by piece. It knows
nothing of what the figures mean.
"""

import asyncio
import csv
import io
import re
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import xlsxwriter
from rich.table import Table
from rich.text import Text

from cuadra.errors import CuadraError

XLSX_ROWS_MAX = 1_048_576 - 2
_json = msgspec.json.Encoder(decimal_format="number")


class Column(msgspec.Struct, frozen=True):
    """A column: its name in every format, and whether it holds amounts of money."""

    name: str
    money: bool = False


class Report(msgspec.Struct):
    """A title, columns, and rows in the order of the columns."""

    title: str
    columns: Sequence[Column]
    rows: AsyncGenerator[Sequence[Any], None]
    total: Sequence[Any] | None = None


async def iterate(rows: Iterable[Sequence[Any]]) -> AsyncGenerator[Sequence[Any], None]:
    """Rows in memory as the stream that a report is."""
    for row in rows:
        yield row


async def stream_json(report: Report) -> AsyncGenerator[bytes, None]:
    """`{"title", "rows": [{...}], "total": {...}}`, amounts as JSON numbers."""
    names = [column.name for column in report.columns]
    yield b'{"title":' + _json.encode(report.title) + b',"rows":['
    separator = b""
    async with aclosing(report.rows) as rows:
        async for row in rows:
            yield separator + _json.encode(dict(zip(names, row, strict=True)))
            separator = b",\n"
    yield b"]"
    if report.total is not None:
        yield b',"total":' + _json.encode(_named_total(report))
    yield b"}"


async def stream_csv(report: Report) -> AsyncGenerator[bytes, None]:
    """RFC 4180 in UTF-8, a header first and the total, if any, last; data exactly as it is."""
    yield _csv_line([column.name for column in report.columns])
    async with aclosing(report.rows) as rows:
        async for row in rows:
            yield _csv_line(row)
    if report.total is not None:
        yield _csv_line(report.total)


async def write_xlsx(report: Report, target: Path | io.BytesIO) -> None:
    """A workbook of one sheet. Raises `CuadraError` for more rows than a sheet has.

    It is written in a thread, because compressing a large one takes long.
    """
    rows = []
    async for row in report.rows:
        rows.append(row)
        if len(rows) > XLSX_ROWS_MAX:
            message = f"the report has more than the {XLSX_ROWS_MAX} rows of a sheet; ask for csv"
            raise CuadraError(message)
    if report.total is not None:
        rows.append(report.total)
    await asyncio.to_thread(_write_workbook, report, rows, target)


def _write_workbook(report: Report, rows: list[Sequence[Any]], target: Path | io.BytesIO) -> None:
    """Text is written as text, so that no cell becomes a formula."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"})
        sheet = book.add_worksheet(_sheet_name(report.title))
        sheet.freeze_panes(1, 0)
        for index, column in enumerate(report.columns):
            width, style = (18, money) if column.money else (24, None)
            sheet.set_column(index, index, width, style)
            sheet.write_string(0, index, column.name, bold)
        for number, row in enumerate(rows, 1):
            _write_row(sheet, number, row)


async def table_of(report: Report) -> Table:
    """The report for a terminal: amounts to the right, with thousands separated; texts as they are."""
    table = Table(title=Text(report.title), box=None, header_style="bold", title_justify="left")
    for column in report.columns:
        table.add_column(
            column.name,
            justify="right" if column.money else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    async for row in report.rows:
        table.add_row(*(Text(_terminal_text(cell)) for cell in row))
    if report.total is not None:
        table.add_section()
        table.add_row(*(Text(_terminal_text(cell)) for cell in report.total), style="bold")
    return table


def _named_total(report: Report) -> dict[str, Any]:
    assert report.total is not None
    pairs = zip(report.columns, report.total, strict=True)
    return {column.name: cell for column, cell in pairs if column.money}


def _csv_line(cells: Sequence[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(["" if c is None else c for c in cells])
    return buffer.getvalue().encode()


def _sheet_name(title: str) -> str:
    """A title as the name of a sheet, which takes 31 characters and not all of them.

    >>> _sheet_name("Dues: of 'Acme'")
    'Dues  of  Acme'
    """
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip()
    return name if name and name.lower() != "history" else "Report"


def _write_row(sheet: Any, number: int, row: Sequence[Any]) -> None:
    for index, cell in enumerate(row):
        if isinstance(cell, Decimal | int) and not isinstance(cell, bool):
            sheet.write_number(number, index, cell)
        elif cell is not None:
            sheet.write_string(number, index, str(cell))


def _terminal_text(cell: Any) -> str:
    """A cell as people read it.

    >>> _terminal_text(Decimal("-1234567.50"))
    '-1,234,567.50'
    """
    if isinstance(cell, Decimal):
        return f"{cell:,.2f}"
    return "" if cell is None else str(cell)
