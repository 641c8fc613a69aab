"""A report in each of its formats, read back by somebody else's reader."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from rich.console import Console

from cuadra.errors import CuadraError
from cuadra.reports import tables
from cuadra.reports.tables import (
    Column,
    Report,
    iterate,
    stream_csv,
    stream_json,
    table_of,
    write_xlsx,
)

COLUMNS = (Column("code"), Column("name"), Column("level"), Column("closing", money=True))
ROWS = (
    ("110505", 'Caja ñandú, "la" grande\nde Bogotá', 3, Decimal("1234567.50")),
    ("0042", '=HYPERLINK("http://x")', None, Decimal("-0.10")),
    ("+1", "-2+3", 0, Decimal("0.00")),
    ("@SUM(A1)", "[bold]http://x[/bold] [/]\\[", 1, Decimal("99999999999999.99")),
)


def report(
    *rows: tuple[Any, ...], total: tuple[Any, ...] | None = None, title: str = "Balance"
) -> Report:
    return Report(title=title, columns=COLUMNS, rows=iterate(rows or ROWS), total=total)


async def text_of(pieces: Any) -> str:
    return b"".join([piece async for piece in pieces]).decode()


async def test_json_has_amounts_as_exact_numbers() -> None:
    text = await text_of(stream_json(report(total=("", "Total", None, Decimal("12.30")))))
    read = json.loads(text, parse_float=Decimal)
    assert read["title"] == "Balance"
    assert [tuple(row.values()) for row in read["rows"]] == list(ROWS)
    assert list(read["rows"][0]) == ["code", "name", "level", "closing"]
    assert read["total"] == {"closing": Decimal("12.30")}
    assert '"closing":1234567.50' in text


async def test_json_without_rows_and_total() -> None:
    empty = Report(title="Nothing", columns=COLUMNS, rows=iterate([]))
    assert json.loads(await text_of(stream_json(empty))) == {"title": "Nothing", "rows": []}


async def test_csv_is_rfc_4180_and_exact() -> None:
    text = await text_of(stream_csv(report(total=("", "Total", None, Decimal("12.30")))))
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert lines[0] == ["code", "name", "level", "closing"]
    assert lines[1:5] == [["" if cell is None else str(cell) for cell in row] for row in ROWS]
    assert lines[5] == ["", "Total", "", "12.30"]
    assert text.startswith(
        'code,name,level,closing\r\n110505,"Caja ñandú, ""la"" grande\nde Bogotá",3,1234567.50\r\n'
    )


async def workbook(of: Report, tmp_path: Path) -> python_calamine.CalamineWorkbook:
    path = tmp_path / "report.xlsx"
    await write_xlsx(of, path)
    return python_calamine.CalamineWorkbook.from_path(str(path))


async def test_xlsx_has_text_as_text_and_amounts_as_numbers(tmp_path: Path) -> None:
    book = await workbook(report(total=("", "Total", None, Decimal("12.30"))), tmp_path)
    assert book.sheet_names == ["Balance"]
    cells = book.get_sheet_by_index(0).to_python()
    assert cells[0] == ["code", "name", "level", "closing"]
    assert [row[:2] for row in cells[1:5]] == [[code, name] for code, name, *_ in ROWS]
    assert [row[3] for row in cells[1:5]] == [1234567.5, -0.1, 0.0, 99999999999999.99]
    assert cells[5] == ["", "Total", "", 12.3]


async def test_xlsx_has_no_formula_and_a_header_that_stays(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "report.xlsx"
    await write_xlsx(report(), path)
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet
    assert 'ySplit="1"' in sheet and 'state="frozen"' in sheet
    assert "#,##0.00" in styles


@pytest.mark.parametrize(
    "title", ["A: B/C\\D?*", "[x]", "'quoted'", "History", "x" * 40, "Balance 2026-01, O'Neil"]
)
async def test_xlsx_takes_any_title(tmp_path: Path, title: str) -> None:
    book = await workbook(report(title=title), tmp_path)
    (name,) = book.sheet_names
    assert 0 < len(name) <= 31


async def test_xlsx_refuses_more_rows_than_a_sheet_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "XLSX_ROWS_MAX", 2)
    with pytest.raises(CuadraError, match="ask for csv"):
        await workbook(report(), tmp_path)


async def test_dates_are_written_as_people_sort_them(tmp_path: Path) -> None:
    dated = Report(title="Dues", columns=(Column("date"),), rows=iterate([(date(2026, 3, 9),)]))
    assert (await workbook(dated, tmp_path)).get_sheet_by_index(0).to_python()[1] == ["2026-03-09"]


async def test_the_terminal_shows_every_text_as_it_is() -> None:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    console.print(
        await table_of(report(total=("", "Total", None, Decimal("12.30")), title="[Acme] SAS"))
    )
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[Acme] SAS" in shown
    assert "1,234,567.50" in shown
    assert "[bold]http://x[/bold] [/]\\[" in shown
    assert shown.rstrip().endswith("12.30")
