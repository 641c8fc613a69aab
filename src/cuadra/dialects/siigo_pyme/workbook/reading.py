"""A workbook of movements as the rows that an export takes.

Columns that the connector does not have are not read; whatever one of them says is counted and told, so that
nothing is dropped in silence. Rows that say nothing are passed over.
"""

from array import array
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.workbook.cells import Cell, converter, says_nothing
from cuadra.dialects.siigo_pyme.workbook.layouts import (
    HEADER_WITHIN,
    Header,
    column_name,
    find_header,
    is_basic,
    year_of,
)
from cuadra.dialects.siigo_pyme.workbook.sheets import Sheet, SheetRow, open_sheet

_BEGIN_BYTES = 1024 * 1024  # captions are in the first of them


class Unkept(msgspec.Struct):
    """A column that no field is read from, although it says something: where first, what, and how often."""

    column: str
    caption: str
    row: int
    value: str
    count: int = 0


class _Column(NamedTuple):
    """Where a field is read from, and how; whether zero says something there."""

    place: int
    reference: str
    convert: Callable[[Cell], Any]
    has_zero: bool


class MovementWorkbook:
    """A sheet of movements that is open for reading. `year` is that of its title, if it has one.

    Raises `Unreadable`, and `OSError`, when it is no such thing.
    """

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        self._sheet = open_sheet(path, sheet)
        try:
            self.header, titles = _begin(self._sheet)
        except BaseException:
            self._sheet.close()
            raise
        self.basic = is_basic(titles)
        self.year = year_of(titles)
        height = self._sheet.height
        self.height = height - self.header.row - 1 if height else None
        self.numbers = array("L")
        self.unkept: dict[int, Unkept] = {}

    def close(self) -> None:
        """Close the file."""
        self._sheet.close()

    def rows(self) -> Iterator[dict[str, Any]]:
        """The movements. `numbers` has where each was in the sheet, `unkept` what was not read."""
        self.numbers = array("L")
        self.unkept = {}
        known = fields()
        columns = [
            _Column(place, name, converter(known[name]), self.basic or name == "sequence_value")
            for place, name in self.header.references.items()
        ]
        for row in self._sheet.rows():
            if row.number <= self.header.row + 1:
                continue
            values = _values(row.cells, columns)
            self._look_at_others(row)
            if any(not says_nothing(value) for value in values.values()):
                self.numbers.append(row.number)
                yield values

    def cells(self) -> Iterator[SheetRow]:
        """All rows as they are, titles and captions too."""
        return self._sheet.rows()

    def _look_at_others(self, row: SheetRow) -> None:
        """Count what is said in columns that are not read."""
        cells = row.cells
        captions = len(self.header.captions)
        for place in chain(self.header.others, range(captions, len(cells))):
            cell = cells[place] if place < len(cells) else ""
            if cell == "" or says_nothing(cell):
                continue
            first = self.header.repeated.get(place)
            if first is not None and cells[first] == cell:
                continue
            unkept = self.unkept.get(place)
            if unkept is None:
                caption = self.header.others.get(place, "")
                unkept = Unkept(column_name(place), caption, row.number, str(cell).strip()[:60])
                self.unkept[place] = unkept
            unkept.count += 1


def _begin(sheet: Sheet) -> tuple[Header, list[list[Cell]]]:
    """The captions of a sheet, and the rows above them. Raises `Unreadable`."""
    top: list[list[Cell]] = []
    for row in islice(sheet.rows(_BEGIN_BYTES), HEADER_WITHIN):
        if row.number > HEADER_WITHIN:
            break
        top += [[] for _ in range(row.number - 1 - len(top))]
        top.append(row.cells)
    header = find_header(top)
    return header, top[: header.row]


def _values(cells: list[Cell], columns: list[_Column]) -> dict[str, Any]:
    """What the cells of a row say."""
    values = {}
    width = len(cells)
    for place, name, convert, has_zero in columns:
        if place >= width:
            continue
        cell = cells[place]
        if cell == "" or (cell == 0 and not has_zero and type(cell) is not bool):
            continue
        value = convert(cell)
        if value is not None:
            values[name] = value
    return values
