"""Workbooks of movements: captions as people write them, sheets as programs make them, and back unchanged."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.rows import RowReader
from cuadra.dialects.siigo_pyme.workbook import sheets, writing
from cuadra.dialects.siigo_pyme.workbook.layouts import (
    BEYOND_BASIC,
    BEYOND_GENERAL,
    WHY,
    Unreadable,
    columns,
    find_header,
    key_of,
)
from cuadra.dialects.siigo_pyme.workbook.reading import MovementWorkbook
from cuadra.dialects.siigo_pyme.workbook.writing import Heading, write_movements, write_refused
from cuadra.errors import CuadraError
from tests.dialects.siigo_pyme.test_movement_property import EXTRAS
from tests.dialects.siigo_pyme.values import CENTS
from tests.dialects.siigo_pyme.workbooks import (
    CAPTIONS,
    TITLES,
    Broken,
    Formula,
    line,
    make,
    read_back,
)

HEADING = Heading("Comercial Demo S.A.S.", date(2026, 1, 1), date(2026, 12, 31), basic=False)
EMPTY = {name: field.empty for name, field in fields().items()}


def rows_of(path: Path, sheet: str | None = None) -> list[dict[str, Any]]:
    with closing(MovementWorkbook(path, sheet)) as workbook:
        return list(workbook.rows())


def write(path: Path, rows: Sequence[dict[str, Any]], heading: Heading = HEADING) -> Path:
    async def stream() -> AsyncIterator[dict[str, Any]]:
        for row in rows:
            yield row

    assert asyncio.run(write_movements(path, heading, stream(), lambda: None)) == len(rows)
    return path


# --- layouts


def test_the_models_have_the_vendors_columns() -> None:
    general = columns(basic=False)
    assert len(general) == 123 + len(BEYOND_GENERAL)
    assert general[122].caption == "NÚMERO ESTABLECIMIENTO"
    assert [c.caption for c in general if c.reference is None] == [
        "AÑO EXPEDICIÓN FACTURA", "MES EXPEDICIÓN FACTURA", "DÍA EXPEDICIÓN FACTURA",
        "RUTA DOCUMENTO", "IVA COMO MAYOR VALOR DE LA COMPRA",
    ]  # fmt: skip
    assert {c.reference for c in general} - {None} == fields().keys()
    marked = [c for c in general if c.caption.endswith("(OBLIGATORIO)")]
    assert [c.reference for c in marked] == [f for f, one in fields().items() if one.mandatory]
    basic = columns(basic=True)
    assert len(basic) == 33 + len(BEYOND_BASIC)
    assert sum(c.caption.endswith("(OBLIGATORIO)") for c in basic) == 17


def test_no_two_captions_are_the_same() -> None:
    captions = [c.caption for c in columns(basic=False)] + list(WHY)
    assert len({key_of(caption) for caption in captions}) == len(captions)


@pytest.mark.parametrize(
    ("written", "reference"),
    [
        ("NUMERO_DE_DOCUMENTO", "document_number"),
        ("NÚMERO DE DOCUMENTO  (OBLIGATORIO)", "document_number"),
        ("DIA_DEL_DOCUMENTO", "document_day"),
        ("Descripción de la Secuencia", "sequence_description"),
        ("Código del Motivo de la Devolución", "return_reason_code"),
        ("Linea del Producto", "product_line"),
        ("CANTIDAD 2", "quantity_two"),
        ("CÓDIGO DE LA UBICACION", "location_code"),
        ("CANTIDAD FACTOR DE CONVERSION", "conversion_factor_quantity"),
        ("CÓDIGO_DE_LA_BODEGA", "warehouse_code"),
        ("Adicion o Mejora", "addition_or_improvement"),
        ("DIA VENCIMIENTO DE DOCUMENTO CRUCE", "cross_document_expiration_day"),
        ("PREFIJO ORDEN DE ENTREGA 3", "release_prefix3"),
        ("SECUENCIA GRAVADA O EXENTA", "taxable_or_exempt_sequence"),
        ("PAÍS DESTINO  ", "destination_country"),
        ("CANTIDAD (DÍAS/HORAS, ETC.)", "quantity_days_hours"),
    ],
)
def test_captions_as_people_write_them(written: str, reference: str) -> None:
    header = find_header([[*CAPTIONS[:2], *CAPTIONS[3:6], written]])
    assert header.references[5] == reference


# --- reading


@pytest.mark.parametrize("titles", [4, 3, 1, 0])
@pytest.mark.parametrize("merged", [True, False])
def test_the_header_is_found_wherever_it_is(tmp_path: Path, titles: int, merged: bool) -> None:
    above = [*TITLES[:titles]]
    rows = [*above, CAPTIONS, line(7, 1, 1105050100, "D", 10)]
    path = make(tmp_path / "a.xlsx", rows, merged=merged and titles > 0)
    with closing(MovementWorkbook(path)) as workbook:
        assert workbook.header.row == titles
        assert workbook.year == (2026 if titles > 2 else None)
        assert not workbook.basic and workbook.height == 1
        assert list(workbook.rows()) == [
            {
                "voucher_type": "L", "voucher_code": 1, "document_number": 7,
                "accounting_account": 1105050100, "debit_or_credit": "D", "sequence_value": 10,
                "document_year": 2026, "document_month": 11, "document_day": 20, "sequence": 1,
            }
        ]  # fmt: skip
        assert list(workbook.numbers) == [titles + 2]


def test_the_basic_model_is_told_by_its_title(tmp_path: Path) -> None:
    title = ["Modelo para la importación de movimiento contable - Modelo Basico"]
    captions = [c.caption for c in columns(basic=True)]
    path = make(tmp_path / "a.xlsx", [["X"], title, captions, ["F", 1, " ", 10]])
    with closing(MovementWorkbook(path)) as workbook:
        assert workbook.basic
        [row] = workbook.rows()
    assert row == {"voucher_type": "F", "voucher_code": 1, "sequence_value": 10}


def test_rows_that_say_nothing_are_passed_over_and_numbers_are_the_sheets(tmp_path: Path) -> None:
    nothing = ["   ", 0, "0", "", "", 0, "  ", 0, 0, 0, 0]
    rows = [
        *TITLES,
        CAPTIONS,
        [],
        nothing,
        line(1, 1, 1, "D", 0),
        [],
        line(1, 2, 1, "C", 0),
        nothing,
    ]
    with closing(MovementWorkbook(make(tmp_path / "a.xlsx", rows))) as workbook:
        assert [row["sequence_value"] for row in workbook.rows()] == [0, 0]
        assert list(workbook.numbers) == [8, 10]


def test_columns_that_are_not_kept_are_told_unless_they_say_nothing(tmp_path: Path) -> None:
    others = ["RUTA DOCUMENTO", "TASA DE CAMBIO", "08000-CONDICIONES DE PAGO", "SERIAL"]
    captions = [
        *CAPTIONS,
        *others,
        "DÍA FECHA DE ORDEN DE ENTREGA",
        "DÍA FECHA DE ORDEN DE ENTREGA",
    ]
    first = [*line(1, 1, 1, "D", 1), "C:\\a.pdf", 4000.5, "     ", "N", 3, 3]
    second = [*line(1, 2, 1, "C", 1), " ", "0.00", "30 días", 0, 0, 4, None, "suelto"]
    path = make(tmp_path / "a.xlsx", [captions, first, second])
    with closing(MovementWorkbook(path)) as workbook:
        assert [row.get("day_release_date") for row in workbook.rows()] == [3, None]
        told = [(u.column, u.caption, u.row, u.value, u.count) for u in workbook.unkept.values()]
    assert told == [
        ("L", "RUTA DOCUMENTO", 2, "C:\\a.pdf", 1),
        ("M", "TASA DE CAMBIO", 2, "4000.5", 1),
        ("N", "08000-CONDICIONES DE PAGO", 3, "30 días", 1),
        ("Q", "DÍA FECHA DE ORDEN DE ENTREGA", 3, "4.0", 1),
        ("S", "", 3, "suelto", 1),
    ]


def test_errors_and_formulas_are_not_read_as_nothing(tmp_path: Path) -> None:
    calculated = Formula("=1+1")
    calculated.value = 2
    rows = [
        CAPTIONS,
        line(1, 1, 1105050100, "D", Broken("=NA()"), nit=Formula('=A1&"x"')),
        line(1, 2, 1105050100, "C", calculated),
    ]
    first, second = rows_of(make(tmp_path / "a.xlsx", rows))
    assert first["sequence_value"] == "#N/A" and first["nit"] == '=A1&"x"'
    assert second["sequence_value"] == 2


def test_a_sheet_is_the_same_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        line(n, 1, 1105050100, "D", n + 0.25, Broken("=NA()") if n % 7 == 0 else n)
        for n in range(1, 60)
    ]
    blank: list[list[Any]] = [[], []]
    path = make(tmp_path / "a.xlsx", [*TITLES, CAPTIONS, *lines[:30], *blank, *lines[30:]])
    with closing(MovementWorkbook(path)) as workbook:
        whole = (list(workbook.rows()), list(workbook.numbers))
    assert len(whole[0]) == 59 and whole[1][-1] == 66
    monkeypatch.setattr(sheets, "PIECE_BYTES", 2000)
    monkeypatch.setattr(sheets, "_READ_BYTES", 500)
    with closing(MovementWorkbook(path)) as workbook:
        assert (list(workbook.rows()), list(workbook.numbers)) == whole


@pytest.mark.parametrize("piece", [300, 10**6])
def test_a_sheet_whose_cells_say_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    """As some programs write them, with a prefix before every name."""
    monkeypatch.setattr(sheets, "PIECE_BYTES", piece)
    monkeypatch.setattr(sheets, "_READ_BYTES", 100)
    path = make(tmp_path / "a.xlsx", [CAPTIONS, *(line(n, 1, 1, "D", n) for n in range(1, 20))])
    edit(path, "xl/worksheets/sheet1.xml", without_places)
    with closing(MovementWorkbook(path)) as workbook:
        assert [row["document_number"] for row in workbook.rows()] == list(range(1, 20))
        assert list(workbook.numbers) == list(range(2, 21))


def without_places(xml: str) -> str:
    import re

    xml = re.sub(r' r="\w+"', "", xml)
    xml = re.sub(r"<(/?)(\w)", r"<\1x:\2", xml)
    return xml.replace("xmlns=", "xmlns:x=").replace("<x:?", "<?").replace("<?x:", "<?")


def edit(path: Path, member: str, change: Callable[[str], str]) -> None:
    """Change a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[member] = change(parts[member].decode()).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_a_sheet_is_chosen_by_name_and_hidden_ones_come_last(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx", [CAPTIONS, line(1, 1, 1, "D", 1)], sheets=["Portada", "Datos"])
    with pytest.raises(Unreadable, match="no row of captions"):
        rows_of(path)
    assert len(rows_of(path, "Datos")) == 1
    with pytest.raises(Unreadable, match=r"no sheet 'Hoja9'; its sheets: Portada, Datos"):
        rows_of(path, "Hoja9")
    edit(path, "xl/workbook.xml", lambda xml: xml.replace("<sheet ", '<sheet state="hidden" ', 1))
    assert len(rows_of(path)) == 1


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2 * 1024 * 1024)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty"),
        (b"TIPO;CODIGO\nF;1\n", "no workbook: save it as .xlsx"),
        (OLE, "old .xls file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (zipped(content_xml=b"<a/>"), "an .ods or .xlsb file"),
        (zipped(readme=b"x"), "no workbook"),
        (zipped(xl__workbook_xml=b"<workbook"), "cannot be read"),
        (
            zipped(**{"xl__workbook_xml": b"<a/>", "xl___rels__workbook.xml.rels": b"<a/>"}),
            "no sheet ''",
        ),
    ],
)
def test_files_that_are_something_else(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=complaint):
        MovementWorkbook(path)


def test_a_file_that_breaks_off(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx", [CAPTIONS, line(1, 1, 1, "D", 1)])
    edit(path, "xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2])
    with pytest.raises(Unreadable):
        rows_of(path)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "no row of captions in the first 20 rows; looked for TIPO DE COMPROBANTE, CÓDIGO"),
        ([["Fecha", "Valor"], [1, 2]], "no row of captions"),
        ([[]] * 25 + [CAPTIONS], "no row of captions"),
        ([[], CAPTIONS[:3]], "row 2 has no column CUENTA CONTABLE, DÉBITO O CRÉDITO, VALOR"),
        (
            [[*CAPTIONS, "NIT (OBLIGATORIO)"]],
            r"columns K and L are both NIT \(OBLIGATORIO\); leave one",
        ),
        ([[*CAPTIONS, "N.I.T.", "Nit"]], None),
    ],
)
def test_sheets_without_the_captions(
    tmp_path: Path, rows: list[list[Any]], complaint: str | None
) -> None:
    path = make(tmp_path / "a.xlsx", rows)
    with pytest.raises(Unreadable, match=complaint or "columns K and"):
        MovementWorkbook(path)


# --- writing


def test_a_workbook_as_the_vendors(tmp_path: Path) -> None:
    row = EMPTY | {"voucher_type": "F", "voucher_code": 3, "sequence_value": Decimal("1500.5")}
    cells = read_back(write(tmp_path / "a.xlsx", [row, row]))
    assert [line[0] for line in cells[:4]] == [
        "Comercial Demo S.A.S.",
        "MODELO PARA LA IMPORTACION DE MOVIMIENTO CONTABLE - MODELO GENERAL",
        "De : ENE  1/2026   A : DIC 31/2026",
        "",
    ]
    assert cells[4] == [column.caption for column in columns(basic=False)]
    assert len(cells) == 7 and all(cell != "" for line in cells[5:] for cell in line)
    assert cells[5][:6] == ["F", 3, " ", " ", " ", 1500.5]
    assert rows_of(tmp_path / "a.xlsx")[0] == {
        "voucher_type": "F", "voucher_code": 3, "sequence_value": Decimal("1500.5"),
        "canceled_voucher": "N", "taxable_or_exempt_sequence": "N",
    }  # fmt: skip


def test_a_full_sheet_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS_MAX", 6)
    write(tmp_path / "a.xlsx", [EMPTY])
    before = (tmp_path / "a.xlsx").read_bytes()
    with pytest.raises(CuadraError, match="write fewer months"):
        write(tmp_path / "a.xlsx", [EMPTY, EMPTY])
    assert (tmp_path / "a.xlsx").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_refused_rows_are_as_they_were_and_can_be_read_again(tmp_path: Path) -> None:
    odd = [*line(2, 1, 1105050100, "D", "1.500"), "=1+1", True, date(2026, 3, 1)]
    captions = [*CAPTIONS, "DESCRIPCIÓN LARGA", "OTRO", "LOTE"]
    path = make(
        tmp_path / "a.xlsx", [*TITLES, captions, line(1, 1, 1, "D", 1), odd, line(2, 2, 1, "C", 5)]
    )
    with closing(MovementWorkbook(path)) as workbook:
        list(workbook.rows())
        error = RowError(row=7, field="sequence_value", code="type", message="debe ser un número")
        other = RowError(row=7, field="nit", code="unknown", message="no existe")
        why = {7: [error, other]}
        for target in ("b.xlsx", "c.xlsx"):
            write_refused(tmp_path / target, workbook.header, workbook.cells(), {7, 8}, why)
    cells = read_back(tmp_path / "b.xlsx")
    assert cells[:4] == [row + [""] * (18 - len(row)) for row in TITLES]
    assert cells[4] == [*captions, *WHY]
    assert cells[5] == [
        *odd, 7, "VALOR DE LA SECUENCIA; NIT", "type; unknown", "debe ser un número; no existe",
    ]  # fmt: skip
    assert cells[6][:6] == ["L", 1, 2, 1, "C", 5] and cells[6][14:] == [8, "", "", ""]
    with closing(MovementWorkbook(tmp_path / "b.xlsx")) as again:
        assert [row["sequence"] for row in again.rows()] == [1, 2]
        assert [unkept.caption for unkept in again.unkept.values()] == ["OTRO"]
        write_refused(tmp_path / "d.xlsx", again.header, again.cells(), {6, 7}, {})
    assert read_back(tmp_path / "d.xlsx")[4] == [*captions, *WHY]


def test_numbers_that_excel_would_round_are_texts(tmp_path: Path) -> None:
    row = EMPTY | {
        "nit": 999_999_999_999_999, "sequence_value": Decimal("12345678901234.56"),
        "quantity": Decimal("0.00001"), "cufe": "=1+1", "sequence_description": "_x0041_ 😀",
    }  # fmt: skip
    [back] = rows_of(write(tmp_path / "a.xlsx", [row]))
    assert {name: back[name] for name in ("nit", "sequence_value", "quantity")} == {
        name: row[name] for name in ("nit", "sequence_value", "quantity")
    }
    assert (back["cufe"], back["sequence_description"]) == ("=1+1", "_x0041_ 😀")


GRID = st.lists(
    st.lists(
        st.one_of(
            st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text(),
            st.dates(date(1900, 3, 1)), st.times(),
        ),
        max_size=14,
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(GRID)
def test_any_cells_are_read_and_given_back(tmp_path: Path, grid: list[list[Any]]) -> None:
    path = make(tmp_path / "a.xlsx", [CAPTIONS, *grid])
    reader = RowReader("movement", "documented")
    with closing(MovementWorkbook(path)) as workbook:
        for row in workbook.rows():
            reader.read(1, row)
        write_refused(
            tmp_path / "b.xlsx", workbook.header, workbook.cells(), set(workbook.numbers), {}
        )
        count = len(workbook.numbers)
    assert len(read_back(tmp_path / "b.xlsx")) == 1 + count


KNOWN = {
    "voucher_type": "L", "voucher_code": 1, "accounting_account": 1105050100, "debit_or_credit": "D",
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(
            lambda extras, value: KNOWN | extras | {"sequence_value": value},
            st.fixed_dictionaries({}, optional=EXTRAS),
            CENTS,
        ),
        max_size=3,
    )
)
def test_rows_come_back_as_they_went(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    """What the rows of the API say, the workbook says: the reader of rows finds the same in both."""
    path = write(tmp_path / "a.xlsx", [EMPTY | row for row in rows])
    reader = RowReader("movement", "strict")
    flags = {"canceled_voucher": "N", "taxable_or_exempt_sequence": "N"}
    wanted = [reader.read(1, flags | row).values for row in rows]
    assert [reader.read(1, row).values for row in rows_of(path)] == wanted
