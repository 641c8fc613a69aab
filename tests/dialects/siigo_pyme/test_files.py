"""Workbooks into the books of the demo company and out of them, as `cuadra pyme` does it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cuadra.catalog.credentials import list_credentials, revoke_credential
from cuadra.database.pool import CompanyUnknown
from cuadra.database.turnstile import Turnstile
from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.files import (
    company_turn,
    digest_of,
    make_job,
    read_books,
    write_books,
)
from cuadra.dialects.siigo_pyme.job import ExportReport, Refused
from cuadra.dialects.siigo_pyme.rows import Profile
from cuadra.dialects.siigo_pyme.turns import turn_of
from cuadra.dialects.siigo_pyme.workbook import sheets
from cuadra.dialects.siigo_pyme.workbook.layouts import Column, Unreadable, columns
from cuadra.dialects.siigo_pyme.workbook.reading import MovementWorkbook
from tests.demo import NOW, DemoDatabases
from tests.dialects.siigo_pyme.movements import (
    CASH,
    COST,
    CUSTOMER,
    IVA,
    RECEIVABLE,
    SALES,
    STOCK,
    Books,
    Row,
    opened,
    row,
    voucher,
)
from tests.dialects.siigo_pyme.workbooks import CAPTIONS, TITLES, line, make, read_back


@pytest.fixture
async def books(demo_databases: DemoDatabases) -> AsyncIterator[Books]:
    url = demo_databases.take()
    async with opened(url) as found:
        yield found
    demo_databases.give_back(url, changed=True)


async def bring(
    books: Books, path: Path, profile: Profile | None = None, **params: Any
) -> tuple[ExportReport, int]:
    """Import a workbook as somebody at the installation."""
    job = await make_job(
        books.database, books.groups, books.company, actor="ana", now=NOW, params=params, profile=profile,
        digest=digest_of(path, params),
    )  # fmt: skip
    with closing(MovementWorkbook(path)) as workbook:
        return await write_books(job, workbook, errors_of(path), lambda: None)


async def take(books: Books, path: Path, **params: Any) -> int:
    """Export to a workbook."""
    job = await make_job(
        books.database, books.groups, books.company, actor="ana", now=NOW, params=params
    )
    return await read_books(job, path, lambda: None)


def errors_of(path: Path) -> Path:
    return path.with_name(f"{path.stem}-errores.xlsx")


def sale(number: int, **members: Any) -> list[Row]:
    """An invoice on credit with goods that leave the stock."""
    goods = {"product_line": 999, "product_code": 2, "warehouse_code": 1270, "quantity": 2}
    return voucher(
        row(RECEIVABLE, 119, nit=CUSTOMER, comments_description="Café ñandú =1+1"),
        row(SALES, -100, sequence_vat_percentage=19, release_number="000123", lot="0"),
        row(IVA, -19, nit=CUSTOMER, withholding_base=100),
        row(COST, 16),
        row(STOCK, -16, **goods),
        **({"voucher_type": "F", "voucher_code": 3, "document_number": number} | members),
    )


def receipt(number: int, invoice: int, value: int) -> list[Row]:
    """A payment of an invoice."""
    cross = {
        "cross_voucher_type": "F-003",
        "cross_document_number": invoice,
        "expiration_number": 1,
    }
    return voucher(
        row(CASH, value), row(RECEIVABLE, -value, nit=CUSTOMER, **cross),
        voucher_type="R", voucher_code=1, document_number=number,
    )  # fmt: skip


async def test_what_is_taken_out_goes_in_unchanged_here_and_elsewhere(
    books: Books, demo_databases: DemoDatabases, tmp_path: Path
) -> None:
    rows = sale(2001) + sale(2002, canceled_voucher="S") + receipt(2001, 2001, 50)
    await books.written(rows)
    path = tmp_path / "libro.xlsx"
    was = await books.read(year=2026)
    assert await take(books, path, year=2026) == len(was) > 12
    standing = [one for one in was if one["canceled_voucher"] == "N"]

    url = demo_databases.take()
    async with opened(url) as elsewhere:
        report, refused = await bring(elsewhere, path, year=2026, modify_documents="S")
        assert (report.errors, refused) == ([], 0)
        assert await elsewhere.read(year=2026) == was
    demo_databases.give_back(url, changed=True)

    report, refused = await bring(books, path, year=2026, modify_documents="S")
    assert {error.code for error in report.errors} == {"not_found"}  # a canceled one stays so
    assert refused == len(was) - len(standing)
    assert await books.read(year=2026) == was


async def test_refused_vouchers_come_back_with_reasons_and_can_be_mended(
    books: Books, tmp_path: Path
) -> None:
    rows = [
        line(" ", 1, CASH, "D", 5), line(" ", 2, SALES, "C", 5),
        line(70, 1, CASH, "D", "1.000,50"), line(70, 2, SALES, "C", 1000.5),
        line(71, 1, CASH, "D", 10), line(71, 2, SALES, "C", 10, nit=1), [],
        line(72, 1, CASH, "D", 10), line(72, 2, SALES, "C", 9),
    ]  # fmt: skip
    path = make(tmp_path / "a.xlsx", [*TITLES, CAPTIONS, *rows])
    report, refused = await bring(books, path, year=2026)
    assert (report.written, refused) == (2, 4)
    assert [(e.row, e.field, e.code) for e in report.errors] == [
        (10, "nit", "unknown"), (11, "nit", "unknown"), (13, "sequence_value", "balance"),
    ]  # fmt: skip
    cells = read_back(errors_of(path))
    assert [row[:2] for row in cells[:3]] == [[*title, ""] for title in TITLES[:3]]
    assert [(row[2], row[11], row[13]) for row in cells[5:]] == [
        (71, 10, "unknown"), (71, 11, "unknown"), (72, 13, "balance"), (72, 14, ""),
    ]  # fmt: skip
    assert cells[7][14].startswith(
        "VALOR DE LA SECUENCIA: el comprobante está descuadrado: 1 de más"
    )

    cells[6][10], cells[8][5] = CUSTOMER, 10
    mended = make(tmp_path / "b.xlsx", cells)
    report, refused = await bring(books, mended, year=2026)
    assert (report.written, refused, report.warnings) == (2, 0, [])
    assert not errors_of(mended).exists()
    numbers = [one["document_number"] for one in await books.read(number_initial=70)]
    assert numbers == [70, 70, 71, 71, 72, 72]


async def test_existing_vouchers_are_replaced_only_when_asked_to(
    books: Books, tmp_path: Path
) -> None:
    def workbook(value: int) -> Path:
        rows = [line(70, 1, CASH, "D", value), line(70, 2, SALES, "C", value)]
        return make(tmp_path / "a.xlsx", [CAPTIONS, *rows])

    await bring(books, workbook(10))
    report, refused = await bring(books, workbook(20))
    assert [(error.row, error.code) for error in report.errors] == [(2, "repeated_number")]
    assert refused == 2
    report, refused = await bring(books, workbook(20), modify_documents="S")
    assert (report.written, refused) == (1, 0)
    assert {one["sequence_value"] for one in await books.read(number_initial=70)} == {20}


async def test_the_profile_can_be_another_one(books: Books, tmp_path: Path) -> None:
    rows = [line(70, 1, CASH, "D", 10), line(70, 3, SALES, "C", 10)]
    path = make(tmp_path / "a.xlsx", [CAPTIONS, *rows])
    report, _ = await bring(books, path, profile="strict")
    assert [(error.row, error.code) for error in report.errors] == [(3, "gap")]
    report, _ = await bring(books, path)
    assert [(one.row, one.code) for one in report.warnings] == [(3, "gap")]


async def test_a_sheet_that_breaks_off_keeps_what_came_before(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "PIECE_BYTES", 20_000)
    monkeypatch.setattr(sheets, "_READ_BYTES", 1_000)
    rows = [
        line(n, s, a, d, 5) for n in range(70, 370) for s, a, d in ((1, CASH, "D"), (2, SALES, "C"))
    ]
    path = make(tmp_path / "a.xlsx", [CAPTIONS, *rows])
    read = sheets.Sheet._read
    calls = iter([False] * 9)

    def breaking(self: sheets.Sheet, piece: bytes) -> Any:
        if next(calls, True):
            raise EOFError("the rest is not there")
        return read(self, piece)

    monkeypatch.setattr(sheets.Sheet, "_read", breaking)
    with pytest.raises(Unreadable, match="the rest is not there"):
        await bring(books, path)
    await books.groups.drain()
    found = await books.read(number_initial=70)
    assert 0 < len(found) < 600 and len(found) % 2 == 0

    monkeypatch.undo()
    report, refused = await bring(books, path)  # the same file: it goes on where it was
    assert (report.written, report.errors, refused) == (300, [], 0)
    assert len(await books.read(number_initial=70)) == 600
    assert (await bring(books, path))[0].written == 300
    assert len(await books.read(number_initial=70)) == 600


async def test_a_file_as_the_vendors_program_writes_it(books: Books, tmp_path: Path) -> None:
    """All 123 columns, every cell padded or neutral; the strict profile has nothing to say."""
    layout = columns(basic=False)[:123]
    rows = []
    for sequence, (account, side) in enumerate(((CASH, "D"), (SALES, "C")), 1):
        said = {
            "voucher_type": "L", "voucher_code": 1, "document_number": 70, "debit_or_credit": side,
            "accounting_account": account, "sequence_value": 1500.25, "document_year": 2026,
            "document_month": 11, "document_day": 20, "sequence": sequence,
            "sequence_description": "Consignación".ljust(50), "document_update_date": 20261120,
            "document_update_time": 91500,
        }  # fmt: skip
        rows.append([said.get(column.reference or "", padded(column)) for column in layout])
    path = make(tmp_path / "a.xlsx", [*TITLES, [c.caption for c in layout], *rows])
    report, refused = await bring(books, path, profile="strict")
    assert (report.written, report.errors, report.warnings, refused) == (1, [], [], 0)
    first, _ = await books.read(number_initial=70)
    assert first["sequence_description"] == "Consignación"
    assert (first["document_update_date"], first["document_update_time"]) == (20261120, "091500")


def padded(column: Column) -> Any:
    """What a column has that says nothing: its neutral value, or blanks over its width."""
    if column.reference is None:
        return " " * 4
    field = fields()[column.reference]
    if field.form == "voucher":
        return "0-000"
    if field.neutral == "0":
        return 0
    return field.neutral or " " * int(field.bounds[-1] if field.form in ("text", "digits") else 5)


async def test_a_basic_workbook_has_the_basic_columns(books: Books, tmp_path: Path) -> None:
    await books.written(sale(2001))
    path = tmp_path / "a.xlsx"
    assert await take(books, path, year=2026, voucher_type="F", basic_model="S")
    cells = read_back(path)
    assert cells[1][0].endswith("MODELO BÁSICO") and len(cells[4]) == 40
    with closing(MovementWorkbook(path)) as workbook:
        assert workbook.basic
        [goods] = [one for one in workbook.rows() if "product_code" in one]
    assert (goods["product_line"], goods["product_code"], goods["quantity"]) == (999, 2, 2)


@pytest.mark.parametrize("profile", ["documented", "strict"])
async def test_basic_invoices_in_and_out(
    books: Books, demo_databases: DemoDatabases, tmp_path: Path, profile: Profile
) -> None:
    captions = [one.caption for one in columns(basic=True)[:33]]

    def item(number: int, code: int) -> list[Any]:
        said = {
            "voucher_type": "F", "voucher_code": 3, "document_number": number, "nit": str(CUSTOMER),
            "sequence_value": "100.000,00", "document_year": 2026, "document_month": 11,
            "document_day": 20, "sequence": 1, "product_line": "999", "product_group": 0,
            "product_code": code, "quantity": 1, "warehouse_code": 1270,
        }  # fmt: skip
        return [said.get(one.reference or "", 0) for one in columns(basic=True)[:33]]

    title = [TITLES[1][0].replace("GENERAL", "BÁSICO")]
    rows = [TITLES[0], title, TITLES[2], [], captions, item(4, 2), item(5, 2), item(6, 77)]
    path = make(tmp_path / "a.xlsx", rows)
    report, refused = await bring(books, path, profile, year=2026, basic_invoice="S")
    assert (report.written, refused) == (2, 1)
    assert [(error.row, error.field, error.code) for error in report.errors] == [
        (8, "product_code", "unknown")
    ]
    assert read_back(errors_of(path))[1] == [*title, *[""] * 36]

    wanted: dict[str, Any] = {"year": 2026, "voucher_type": "F", "basic_model": "S"}
    was = await books.read(**wanted)
    assert await take(books, tmp_path / "b.xlsx", **wanted) == len(was) == 2
    url = demo_databases.take()
    async with opened(url) as elsewhere:
        report, refused = await bring(elsewhere, tmp_path / "b.xlsx", year=2026, basic_invoice="S")
        assert (report.errors, refused) == ([], 0)
        assert await elsewhere.read(**wanted) == was
    demo_databases.give_back(url, changed=True)


async def test_wrong_filters_and_companies_leave_no_file(books: Books, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        await take(books, tmp_path / "a.xlsx", voucher_type="f")
    with pytest.raises(CompanyUnknown):
        await make_job(books.database, books.groups, "nobody", actor="", now=NOW, params={})
    assert list(tmp_path.iterdir()) == []
    assert await take(books, tmp_path / "a.xlsx", year=1999) == 0
    assert len(read_back(tmp_path / "a.xlsx")) == 5


async def test_a_company_needs_no_connection(books: Books, tmp_path: Path) -> None:
    for one in await list_credentials(books.database, "demo"):
        await revoke_credential(books.database, "demo", one.id, NOW)
    path = make(
        tmp_path / "a.xlsx", [CAPTIONS, line(70, 1, CASH, "D", 5), line(70, 2, SALES, "C", 5)]
    )
    turnstile = Turnstile(books.database._pool.conninfo)
    async with company_turn(books.database, turnstile, "demo"):
        report, _ = await bring(books, path)
    await turnstile.close()
    assert report.written == 1
    assert await take(books, tmp_path / "b.xlsx", number_initial=70) == 2


async def test_one_at_a_time_without_any_connection(books: Books) -> None:
    """Else two imports of one file, at the same time, would both write it."""
    url = books.database._pool.conninfo
    here, there = Turnstile(url), Turnstile(url)
    for credential in await list_credentials(books.database, "demo"):
        await revoke_credential(books.database, "demo", credential.id, NOW)
    try:
        async with company_turn(books.database, there, "demo"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3), company_turn(books.database, here, "demo"):
                    pytest.fail("somebody else is inside")
    finally:
        await here.close()
        await there.close()


async def test_it_is_done_in_the_companys_turn(books: Books, demo_databases: DemoDatabases) -> None:
    url = books.database._pool.conninfo
    here, there = Turnstile(url), Turnstile(url)
    try:
        async with there.pass_through(turn_of("demo", "OBai6kmwKH")):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3), company_turn(books.database, here, "demo"):
                    pytest.fail("somebody else is inside")
        async with company_turn(books.database, here, "demo"):
            pass
    finally:
        await here.close()
        await there.close()
