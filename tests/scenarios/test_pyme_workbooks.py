"""`cuadra pyme` as its users meet it: a year out, wrong cells in, and the refused rows back."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.movements import CASH, SALES
from tests.dialects.siigo_pyme.workbooks import CAPTIONS, TITLES, line, make, read_back
from tests.serving import run_cuadra

Cuadra = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cuadra(demo_databases: DemoDatabases, tmp_path: Path) -> Iterator[Cuadra]:
    """The command line on the demo companies; no command may end in a traceback."""
    url = demo_databases.take()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = run_cuadra(tmp_path / "data", "pyme", *arguments, CUADRA_DATABASE_URL=url)
        assert "Traceback" not in done.stderr
        return done

    yield run
    demo_databases.give_back(url, changed=True)


@pytest.mark.slow
def test_a_workbook_out_and_one_with_wrong_cells_in(cuadra: Cuadra, tmp_path: Path) -> None:
    year = str(tmp_path / "libro.xlsx")
    done = cuadra("export", year, "--company", "demo", "--year", "2026")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"demo: 10 rows written to {year}\n"
    done = cuadra("export", year, "--company", "demo")
    assert done.returncode == 1 and "exists; --overwrite replaces it" in done.stderr
    done = cuadra("import", year, "--company", "demo", "--modify")
    assert (done.returncode, done.stdout) == (0, "demo: 1 voucher written, 0 rows refused\n")
    cash = ("--account-start", "1105", "--account-end", "1105", "--type", "L", "--month-end", "2")
    done = cuadra("export", year, "--company", "demo", "--year", "2026", "--overwrite", *cash)
    assert done.stdout.startswith("demo: 1 rows written")
    assert read_back(Path(year))[2][0] == "De : ENE  1/2026   A : FEB 28/2026"

    rows = [
        line(70, 1, CASH, "D", "1.000,50"), line(70, 2, SALES, "C", 1000.5),
        line(71, 1, CASH, "D", 10), line(71, 2, SALES, "C", 10, nit=1),
    ]  # fmt: skip
    captions = [*CAPTIONS, "RUTA DOCUMENTO"]
    path = make(tmp_path / "a.xlsx", [*TITLES, captions, [*rows[0], "C:\\a.pdf"], *rows[1:]])
    done = cuadra("import", str(path), "--company", "demo")
    refused = tmp_path / "a-errores.xlsx"
    assert done.returncode == 1
    assert done.stdout == f"demo: 1 voucher written, 2 rows refused; see {refused}\n"
    assert done.stderr == (
        "not kept: column L, RUTA DOCUMENTO: 1 rows (first in row 6: C:\\a.pdf)\n"
        "refused: row 8 and 1 more: NIT: el tercero 1 no existe\n"
    )
    assert [row[12] for row in read_back(refused)[4:]] == ["FILA DEL ARCHIVO", 8, 9]
    done = cuadra(
        "import", str(path), "--company", "demo"
    )  # the same file: nothing is written twice
    second = tmp_path / "a-errores-2.xlsx"
    assert done.stdout == f"demo: 1 voucher written, 2 rows refused; see {second}\n"
    done = cuadra("import", str(refused), "--company", "demo", "--errors", str(refused))
    assert done.returncode == 2


@pytest.mark.slow
def test_what_cannot_be_imported_is_one_line(cuadra: Cuadra, tmp_path: Path) -> None:
    good = str(
        make(tmp_path / "good.xlsx", [CAPTIONS, line(1, 1, CASH, "D", 1)], sheets=["A", "B"])
    )
    text = tmp_path / "a.csv"
    text.write_text("TIPO;CODIGO\n", encoding="utf-8")
    for arguments, code, complaint in (
        ((str(tmp_path / "nothing.xlsx"), "--company", "demo"), 2, "does not exist"),
        ((str(text), "--company", "demo"), 1, "is no workbook: save it as .xlsx in Excel"),
        ((good, "--company", "demo"), 1, "no row of captions in the first 20 rows; looked for"),
        ((good, "--company", "demo", "--sheet", "C"), 1, "no sheet 'C'; its sheets: A, B"),
        ((good, "--company", "nobody", "--sheet", "B"), 1, "no company named 'nobody'"),
        ((good, "--company", "demo", "--errors", good), 2, "--errors is the file that is read"),
        ((good, "--company", "demo", "--errors", tmp_path), 1, "is a folder"),
        ((good, "--company", "demo", "--profile", "lax"), 2, "lax"),
        (
            (good, "--company", "demo", "--errors", str(tmp_path / "no/x.xlsx")),
            1,
            "there is no folder",
        ),
    ):
        done = cuadra("import", *arguments)
        assert done.returncode == code and complaint in done.stderr, done
    for arguments, code, complaint in (
        (("--type", "f"), 1, "params.voucher_type debe ser una letra mayúscula o *"),
        (("--account-start", "11x"), 2, "'11x' is no account code"),
        (("--number-start", "5", "--number-end", "4"), 1, "params.number_initial es mayor"),
    ):
        done = cuadra("export", str(tmp_path / "x.xlsx"), "--company", "demo", *arguments)
        assert done.returncode == code and complaint in done.stderr, done
    missing = str(tmp_path / "no" / "x.xlsx")
    assert "there is no folder" in cuadra("export", missing, "--company", "demo").stderr
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".csv", ".xlsx"]
