"""Workbooks made cell by cell, as people and programs make them, and what is in one that was written."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

TITLES = (
    ["COMERCIAL DEMO S.A.S."],
    ["MODELO PARA LA IMPORTACION DE MOVIMIENTO CONTABLE - MODELO GENERAL"],
    ["De : ENE  1/2026   A : DIC 31/2026"],
    [],
)
CAPTIONS = [
    "TIPO DE COMPROBANTE (OBLIGATORIO)", "CÓDIGO COMPROBANTE  (OBLIGATORIO)", "NÚMERO DE DOCUMENTO",
    "CUENTA CONTABLE   (OBLIGATORIO)", "DÉBITO O CRÉDITO (OBLIGATORIO)",
    "VALOR DE LA SECUENCIA   (OBLIGATORIO)", "AÑO DEL DOCUMENTO", "MES DEL DOCUMENTO",
    "DÍA DEL DOCUMENTO", "SECUENCIA", "NIT",
]  # fmt: skip


class Formula(str):
    """A cell with a formula, and the value somebody calculated, if anybody did."""

    value: Any = None


class Broken(Formula):
    """A cell with a formula that came to an error."""


def make(
    path: Path, rows: Iterable[Sequence[Any]], *, sheets: Sequence[str] = (), merged: bool = False
) -> Path:
    """A workbook with these rows on its last sheet."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        for name in sheets[:-1]:
            book.add_worksheet(name)
        sheet = book.add_worksheet(sheets[-1] if sheets else "Hoja1")
        formats = {
            kind: book.add_format({"num_format": shown})
            for kind, shown in ((date, "yyyy-mm-dd"), (datetime, "yyyy-mm-dd"), (time, "hh:mm"))
        }
        for number, row in enumerate(rows):
            if merged and len(row) == 1:
                sheet.merge_range(number, 0, number, 20, row[0])
                continue
            for place, cell in enumerate(row):
                match cell:
                    case None:
                        pass
                    case Formula():
                        told = "#N/A" if isinstance(cell, Broken) else cell.value or ""
                        sheet.write_formula(number, place, cell, None, told)
                    case date() | time():
                        sheet.write_datetime(number, place, cell, formats[type(cell)])
                    case bool():
                        sheet.write_boolean(number, place, cell)
                    case str():
                        sheet.write_string(number, place, cell)
                    case _:
                        sheet.write_number(number, place, cell)
    return path


def line(
    number: Any, sequence: int, account: int, side: str, value: Any, nit: Any = 0
) -> list[Any]:
    """A row under `CAPTIONS`, of a journal L-1 of 20 November 2026."""
    return ["L", 1, number, account, side, value, 2026, 11, 20, sequence, nit]


def read_back(path: Path) -> list[list[Any]]:
    """All cells of the first sheet."""
    with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
