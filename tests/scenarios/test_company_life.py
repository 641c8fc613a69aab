"""A company from its file to its end: made, loaded, listed, reset, deleted and purged."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from cuadra.catalog.companies import (
    CompanyExists,
    NotASandbox,
    delete_company,
    load_source,
    purge_retired,
)
from cuadra.catalog.company_file import load_built_in_text, load_company_file
from cuadra.cli import company_template
from cuadra.database.pool import CompanyUnknown, Database
from cuadra.trade.companies import load_company
from tests.demo import NOW
from tests.dialects.siigo.bodies import invoice, item
from tests.dialects.siigo.client import Siigo
from tests.serving import data_folder, run_cuadra

LATER = NOW + timedelta(minutes=2)


async def load(database: Database, text: str, *, replace: bool = False) -> None:
    await load_company(database, load_company_file(text), text, NOW, replace=replace)


async def rows_by_company(owner: psycopg.AsyncConnection) -> dict[int, int]:
    """How many rows of every table of books each company has."""
    tables = await (
        await owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'books'")
    ).fetchall()
    counts: dict[int, int] = {}
    for (table,) in tables:
        query = f"SELECT company_id, count(*) FROM books.{table} GROUP BY 1"
        for company, count in await (await owner.execute(query.encode())).fetchall():
            counts[company] = counts.get(company, 0) + count
    return counts


async def test_a_reset_brings_back_the_file_and_its_old_rows_are_purged(siigo: Siigo) -> None:
    await siigo.created("/v1/invoices", invoice())
    await load(siigo.database, await load_source(siigo.database, "demo"), replace=True)
    # The same token goes on, on books as the file says; the next invoice is the first again.
    assert (await siigo.get("/v1/invoices")).json()["pagination"]["total_results"] == 0
    assert (await siigo.created("/v1/invoices", invoice()))["number"] == 701

    url = siigo.database._pool.conninfo
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
        before = await rows_by_company(owner)
        assert await purge_retired(url, NOW) == 0  # somebody may still be writing
        assert await purge_retired(url, LATER) == 1
        after = await rows_by_company(owner)
        assert len(before) == len(after) + 1
        assert after.items() <= before.items()
        (live,) = await (
            await owner.execute("SELECT id FROM control.company WHERE name = 'demo' AND live")
        ).fetchone() or (None,)
        with pytest.raises(psycopg.DatabaseError, match="is in use") as refused:
            await owner.execute("SELECT books.purge_company(%s)", (live,))
        assert refused.value.sqlstate == "CU000"


async def test_only_sandboxes_end_and_names_are_taken_once(siigo: Siigo) -> None:
    text = company_template("tienda", "Tienda la 14", "900123456", sandbox=False)
    await load(siigo.database, text)
    with pytest.raises(CompanyExists, match="exists already"):
        await load(siigo.database, text)
    for act in (
        load_source(siigo.database, "tienda"),
        delete_company(siigo.database, "tienda", NOW),
    ):
        with pytest.raises(NotASandbox):
            await act
    with pytest.raises(CompanyUnknown):
        await delete_company(siigo.database, "nobody", NOW)
    await delete_company(siigo.database, "demo", NOW)
    assert (await siigo.get("/v1/taxes")).status_code == 401
    await load(siigo.database, load_built_in_text("demo"))


async def test_stock_that_may_not_be_negative(siigo: Siigo) -> None:
    text = load_built_in_text("demo").replace(
        "\nchart: puc_co\n", "\nsettings:\n  trade: {negative_stock: false}\n\nchart: puc_co\n", 1
    )
    await load(siigo.database, text, replace=True)
    siigo.changed = True
    (shirt,) = (await siigo.get("/v1/products?code=Sku-1")).json()["results"]
    all_of_it = shirt["available_quantity"]
    answer = await siigo.post("/v1/invoices", selling(all_of_it + 1))
    assert answer.json()["Errors"][0]["Message"] == "Invalid value: quantity"
    await siigo.created("/v1/invoices", selling(all_of_it))
    assert (await siigo.post("/v1/invoices", selling(1))).status_code == 400


def selling(quantity: int) -> dict[str, object]:
    """An invoice of so many at one peso each."""
    return invoice(item(code="Sku-1", quantity=quantity, price=1), total=quantity)


async def test_dead_connections_are_not_told_to_clients(siigo: Siigo) -> None:
    url = siigo.database._pool.conninfo
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert (await siigo.get("/v1/taxes")).status_code == 200


@pytest.mark.slow
def test_the_commands_without_a_server(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(load_built_in_text("demo").replace("name: demo\n", "name: shop\n", 1))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("company: {name: x, legal_name: X, identification: '1'}\ncolour: red\n")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe")
    with data_folder() as folder:
        for arguments, code, told in (
            (("company", "load", str(file)), 0, "shop is loaded"),
            (("company", "load", str(file)), 1, "exists already"),
            (("company", "load", str(wrong)), 1, f"{wrong}:2: "),
            (("company", "load", str(binary)), 1, "UTF-8"),
            (("company", "list"), 0, "Comercial Demo S.A.S."),
            (("company", "show", "shop"), 0, "901234567"),
            (("company", "show", "nobody"), 1, "no company named"),
            (("company", "reset", "shop"), 0, "as its file says again"),
            (("report", "trial-balance", "--company", "shop", "--year", "2026"), 0, "Disponible"),
            (("verify",), 0, "shop: the books balance"),
            (("company", "delete", "shop", "--yes"), 0, "shop is deleted"),
            (("company", "reset", "shop"), 1, "no company named"),
        ):
            done = run_cuadra(folder, *arguments)
            assert (done.returncode, told in done.stdout + done.stderr) == (code, True), done
            assert "Traceback" not in done.stderr
