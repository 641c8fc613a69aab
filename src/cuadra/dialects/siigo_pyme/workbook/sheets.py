"""A sheet of an .xlsx file, row after row, however long it is.

python-calamine reads a sheet as a whole, and a sheet of 200,000 movements takes more than two gigabytes so.
Here it is given pieces of a sheet: its XML is cut behind rows, and each piece goes, with the texts and
formats of the workbook, into a small workbook in memory. So the library decides what a cell holds, and what is
in memory does not grow with the sheet.

Excel's errors (#N/A) come as their text, and formulas that nobody calculated as the formula: the library
reads both as nothing, and they would be lost in silence.
"""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from cuadra.dialects.siigo_pyme.workbook.cells import Cell
from cuadra.dialects.siigo_pyme.workbook.layouts import Unreadable

PIECE_BYTES = 32 * 1024 * 1024  # of XML; some 8,000 rows of movements
_READ_BYTES = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0"  # how old Excel files begin, and new ones with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FIRST_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_DATA = re.compile(rb"<(\w+:|)sheetData")
_HEIGHT = re.compile(rb'<(?:\w+:)?dimension\s+ref="[A-Z]+\d+:[A-Z]+(\d+)"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c\s(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>.{0,9000}?<(?:\w+:)?v>([^<]*)<',
    re.DOTALL,
)
_NOT_CALCULATED = re.compile(
    rb'<(?:\w+:)?c\s(?![^>]*\bt="str")[^>]*\br="([A-Z]+)(\d+)"[^>]*>\s*'
    rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
# What a small workbook needs of the large one.
_SHARED = frozenset(
    {
        "[content_types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels",
        "xl/styles.xml", "xl/sharedstrings.xml",
    }
)  # fmt: skip
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError,
    ElementTree.ParseError, CalamineError,
)  # fmt: skip


class SheetRow(NamedTuple):
    """A row as the sheet has it; `number` counts from 1, as Excel does."""

    number: int
    cells: list[Cell]


class Sheet:
    """One sheet of a workbook on disk."""

    def __init__(self, archive: zipfile.ZipFile, name: str, part: str) -> None:
        self.name = name
        self._archive = archive
        self._part = part
        self._shared = {
            info.filename: archive.read(info)
            for info in archive.infolist()
            if info.filename.lower() in _SHARED
        }

    @property
    def height(self) -> int | None:
        """How many rows it says it has, captions and all."""
        with self._archive.open(self._part) as source:
            found = _HEIGHT.search(source.read(_READ_BYTES))
        return int(found[1]) if found else None

    def rows(self, piece_bytes: int | None = None) -> Iterator[SheetRow]:
        """Its rows from the top, without empty ones at the end. Raises `Unreadable`.

        Whoever wants only the first of them takes small pieces.
        """
        expected = 1
        with _told(f"sheet {self.name} of {self._archive.filename}"):
            for piece in self._pieces(piece_bytes or PIECE_BYTES):
                start, rows = self._read(piece)
                # Some programs do not number rows: then each piece seems to begin with the first.
                number = start if start >= expected else expected + start - 1
                odd = _odd_cells(piece)
                for place, cells in enumerate(rows, number):
                    for column, text in odd.get(place, ()):
                        cells += [""] * (column + 1 - len(cells))
                        cells[column] = text
                    yield SheetRow(place, cells)
                expected = number + len(rows)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _pieces(self, piece_bytes: int) -> Iterator[bytes]:
        """Its XML in pieces that each are a sheet, with some of the rows."""
        with self._archive.open(self._part) as source:
            buffer = bytearray()
            head, end = b"", b""
            while chunk := source.read(_READ_BYTES):
                buffer += chunk
                if not head and (first := _FIRST_ROW.search(buffer)):
                    head = bytes(buffer[: first.start()])
                    del buffer[: first.start()]
                if not end and head and (found := _ROW_END.search(buffer)):
                    end = found[0]
                cut = buffer.rfind(end) + len(end) if end and len(buffer) >= piece_bytes else 0
                if cut >= len(end) > 0:
                    yield head + bytes(buffer[:cut]) + _tail(head)
                    del buffer[:cut]
        yield head + bytes(buffer)

    def _read(self, piece: bytes) -> tuple[int, list[list[Any]]]:
        """The number of the first row that has anything, and the rows from there."""
        small = io.BytesIO()
        with zipfile.ZipFile(small, "w") as archive:
            for name, content in (self._shared | {self._part: piece}).items():
                archive.writestr(name, content)
        small.seek(0)
        with CalamineWorkbook.from_filelike(small) as book:
            sheet = book.get_sheet_by_name(self.name)
            if sheet.start is None:
                return 1, []
            row, column = sheet.start
            rows: list[list[Any]] = sheet.to_python()
        return row + 1, [[""] * column + cells for cells in rows] if column else rows


def open_sheet(path: Path, name: str | None = None) -> Sheet:
    """The sheet of this name, or the first one that is not hidden. Raises `Unreadable`, and `OSError`."""
    _check_kind(path)
    with _told(str(path)):
        archive = zipfile.ZipFile(path)
        try:
            parts = _parts(archive)
            chosen = next(iter(parts), "") if name is None else name
            if chosen not in parts:
                names = ", ".join(parts) or "none"
                raise Unreadable(f"{path} has no sheet {chosen!r}; its sheets: {names}")
            return Sheet(archive, chosen, parts[chosen])
        except BaseException:
            archive.close()
            raise


def _check_kind(path: Path) -> None:
    """Raise `Unreadable` for what is no .xlsx file, and say what it is."""
    with path.open("rb") as file:
        begin = file.read(8)
        if begin.startswith(_OLE):
            file.seek(0)
            if any(_ENCRYPTED in chunk for chunk in iter(lambda: file.read(_READ_BYTES), b"")):
                raise Unreadable(f"{path} has a password: take it off in Excel and save again")
            raise Unreadable(f"{path} is an old .xls file: save it as .xlsx in Excel")
    if not begin:
        raise Unreadable(f"{path} is empty")
    if not zipfile.is_zipfile(path):
        raise Unreadable(f"{path} is no workbook: save it as .xlsx in Excel")
    with zipfile.ZipFile(path) as archive:
        names = {name.lower() for name in archive.namelist()}
    if "xl/workbook.xml" not in names:
        kind = (
            "an .ods or .xlsb file" if names & {"content.xml", "xl/workbook.bin"} else "no workbook"
        )
        raise Unreadable(f"{path} is {kind}: save it as .xlsx in Excel")


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where in the file each sheet is, hidden ones last."""
    members = {name.lower(): name for name in archive.namelist()}
    targets = {
        one.get("Id"): (one.get("Target", ""), one.get("Type", ""))
        for one in _parse(archive, members["xl/_rels/workbook.xml.rels"]).iter()
    }
    shown: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for sheet in _parse(archive, members["xl/workbook.xml"]).iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        identifier = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        target, kind = targets.get(identifier, ("", ""))
        part = target[1:] if target.startswith("/") else f"xl/{target}"
        if kind.endswith("/worksheet") and part.lower() in members:
            visible = sheet.get("state", "visible") == "visible"
            (shown if visible else hidden)[sheet.get("name", "")] = members[part.lower()]
    return shown | hidden


def _parse(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    """A small part as XML; expat itself refuses texts that grow without end."""
    return ElementTree.fromstring(archive.read(member))  # noqa: S314


def _tail(head: bytes) -> bytes:
    """What closes a sheet that was cut off behind a row."""
    found = _DATA.search(head)
    prefix = found[1] if found else b""
    return b"</%bsheetData></%bworksheet>" % (prefix, prefix)


def _odd_cells(piece: bytes) -> dict[int, list[tuple[int, str]]]:
    """Row, column and text of the cells that the library takes for empty."""
    found = _ERROR.findall(piece) if b't="e"' in piece else []
    if b"<f" in piece or b":f" in piece:
        found += [
            (letters, row, b"=" + text) for letters, row, text in _NOT_CALCULATED.findall(piece)
        ]
    odd: dict[int, list[tuple[int, str]]] = {}
    for letters, row, text in found:
        told = html.unescape(text.decode(errors="replace"))
        odd.setdefault(int(row), []).append((_place(letters), told))
    return odd


def _place(letters: bytes) -> int:
    """A column's place, from 0.

    >>> _place(b"A"), _place(b"DS")
    (0, 122)
    """
    place = 0
    for letter in letters:
        place = 26 * place + letter - 64
    return place - 1


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Say in one sentence whatever is wrong inside a file."""
    try:
        yield
    except _BROKEN as error:
        raise Unreadable(f"{what} cannot be read: {error}") from error
