"""One set of books: a receipt of this door is one behind every other, and theirs are receipts here."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.demo import DemoDatabases
from tests.dialects.colppy import receipt_bodies as bodies
from tests.dialects.colppy.client import Colppy, connected
from tests.dialects.colppy.conftest import check_ledgers
from tests.dialects.colppy.ledger import SHOP, SHOP_ID, argentina, dues_of, lines_of, sold
from tests.dialects.serpi import bodies as serpi_bodies
from tests.dialects.serpi.client import DOCUMENTS, QUERY, Serpi
from tests.dialects.siigo.client import TODAY, Siigo
from tests.dialects.siigo_pyme.client import Pyme, balances

SERPI = {"authorization": "Bearer demo-ar-serpi-token", "secretkey": "demo-ar-secret-key"}
PYME = {"authorization": "Bearer demo-ar-api-key"}
RECEIVABLE, CASH = "110301", "110101"


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Colppy, Siigo, str, int]]:
    """This door and Siigo Nube's, the database, and an invoice of 1000 that the shop owes."""
    url = demo_databases.take()
    async with connected(url) as colppy:
        siigo = await argentina(colppy)
        yield colppy, siigo, url, await sold(siigo, url, 1000)
        await check_ledgers(colppy.database)
    demo_databases.give_back(url, changed=True)


async def collected(colppy: Colppy, invoice: int) -> str:
    """A receipt of 400 in money and 50 withheld, 430 of it for the invoice."""
    body = bodies.receipt(
        bodies.medium(400),
        total=400,
        retGanancias=50,
        idCliente=SHOP_ID,
        cobros=[bodies.applied(invoice, 430)],
        nroRecibo2="359",
    )
    return str((await colppy.send("Cliente", "alta_cobro", **body))["idCobro"])


async def test_siigo_nube_lists_it_as_a_cash_receipt(doors: Any) -> None:
    colppy, siigo, _, invoice = doors
    await collected(colppy, invoice)
    (found,) = (await siigo.get("/v1/vouchers")).json()["results"]
    assert (found["name"], found["number"], found["type"]) == ("RC-1-359", 359, "Detailed")
    assert found["customer"]["identification"] == SHOP
    items = [(item["account"]["code"], item["value"], item.get("due")) for item in found["items"]]
    assert items == [
        (CASH, 400, None),
        ("110411", 50, None),
        (RECEIVABLE, 430, {"prefix": "FV-1", "consecutive": 1, "quote": 1, "date": "2026-12-20"}),
        (RECEIVABLE, 20, {"prefix": "RC-1", "consecutive": 359, "quote": 1, "date": TODAY}),
    ]
    assert (await siigo.get("/v1/invoices")).json()["results"][0]["balance"] == 570


async def test_serpi_finds_it_as_a_document(doors: Any) -> None:
    colppy, siigo, _, invoice = doors
    await collected(colppy, invoice)
    serpi = Serpi(siigo.app, siigo.clock, siigo.database)
    wanted = {"tiposDocumentos": [5], "fechaDesde": "2026-01-01", "fechaHasta": "2026-12-31"}
    answer = await serpi.post(QUERY, wanted, headers=SERPI)
    (found,) = json.loads(answer.content, parse_float=Decimal)["result"]
    assert (found["categoriaDocumento"], found["prefijo"], found["numeroDoc"]) == ("NC", "RCA", 359)
    shown = [(one["cuenta"], one["naturaleza"], one["valor"]) for one in found["detalles"]]
    assert shown == [
        (int(CASH), "D", 400),
        (110411, "D", 50),
        (int(RECEIVABLE), "C", 430),
        (int(RECEIVABLE), "C", 20),
    ]
    assert found["detalles"][2]["crucePrefijo"] == "FVE"


async def test_siigo_pyme_reads_its_movements_and_what_is_owed(doors: Any) -> None:
    colppy, siigo, _, invoice = doors
    await collected(colppy, invoice)
    pyme = Pyme(siigo.app, siigo.clock, siigo.database)
    call = {"id_connection": "DEMOAR0001", "execution_type": "import"}
    wanted = {"year": 2026, "month_initial": "01", "month_final": "12", "voucher_type": "R"}
    body = call | {"resource": "accounting_movements", "params": wanted}
    answer = await pyme.send(body, headers=PYME)
    assert answer.status_code == 200, answer.text
    rows = json.loads(answer.content, parse_float=Decimal)["data"]
    assert [(row["document_number"], row["sequence_value"]) for row in rows] == [
        (359, 400), (359, 50), (359, 430), (359, 20),
    ]  # fmt: skip
    answer = await pyme.send(balances() | call, headers=PYME)
    rows = json.loads(answer.content, parse_float=Decimal)["data"]
    owed = [
        (row["voucher_type"], row["voucher_code"], row["document_number"], row["balance"])
        for row in rows
        if row["identification"] == int(SHOP)
    ]
    assert owed[1:] == [("F", 1, 1, 570), ("R", 1, 359, -20)]  # after what it owed before


async def test_receipts_of_other_doors_are_collected_here(doors: Any) -> None:
    colppy, siigo, url, invoice = doors
    due = {"prefix": "FV-1", "consecutive": 1, "quote": 1, "date": "2026-12-20"}
    await siigo.created(
        "/v1/vouchers",
        {
            "document": {"id": 5},
            "date": TODAY,
            "type": "DebtPayment",
            "customer": {"identification": SHOP},
            "items": [{"due": due, "value": 300}],
            "payment": {"id": 2, "value": 300},
        },
    )
    serpi = Serpi(siigo.app, siigo.clock, siigo.database)
    cross = {"crucePrefijo": "FVE", "cruceNumero": 1, "nitTerceroDet": SHOP, "cuota": 1}
    document = serpi_bodies.document(
        77,
        serpi_bodies.detail(int(CASH), 100, nitTerceroDet=SHOP, idCentroOperacion=None),
        serpi_bodies.detail(int(RECEIVABLE), -100, **cross),
        prefijo="RCA",
        nitTerceroEnc=SHOP,
    )
    answer = (await serpi.post(DOCUMENTS, [document], headers=SERPI)).json()
    assert answer["errors"] == [], answer
    rows = (await colppy.send("FacturaVenta", "leer_cobros_factura", idFactura=invoice))["data"]
    assert [(row["nroRecibo"], row["esteCobro"], row["totalCobrado"]) for row in rows] == [
        ("0001-00000001", "300.00", "300.00"),
        ("0001-00000077", "100.00", "100.00"),
    ]
    assert dues_of(url)[SHOP_ID, "FV-1-1"] == 600
    funds = [
        (await colppy.send("Cliente", "AR_leer_fondos_pagos", idCobro=row["idCobro"]))["data"]
        for row in rows
    ]
    assert [
        [(one["idPlanCuenta"], one["5"], one["importe"]) for one in data] for data in funds
    ] == [
        [("Banco cuenta corriente", "110103", "300.00")],
        [("Caja", "110101", "100.00")],
    ]
    # And voided from here.
    for row in rows:
        await colppy.send(
            "Cliente", "editar_cobro", idCobro=row["idCobro"], idEstadoCobro="Anulado"
        )
    assert dues_of(url)[SHOP_ID, "FV-1-1"] == 1000


async def test_an_invoice_annulled_by_another_door(doors: Any) -> None:
    colppy, siigo, _, invoice = doors
    made = (await siigo.get("/v1/invoices")).json()["results"][0]
    assert (await siigo.post(f"/v1/invoices/{made['id']}/annul", {})).is_success
    body = bodies.receipt(
        bodies.medium(1), total=1, idCliente=SHOP_ID, cobros=[bodies.applied(invoice, 1)]
    )
    refused = await colppy.refused("Cliente", "alta_cobro", **body)
    assert refused == "La factura 0001-00000001 está anulada."


async def test_a_collected_invoice_stays_behind_every_door(doors: Any) -> None:
    colppy, siigo, url, invoice = doors
    receipt = await collected(colppy, invoice)
    made = (await siigo.get("/v1/invoices")).json()["results"][0]
    assert not (await siigo.post(f"/v1/invoices/{made['id']}/annul", {})).is_success
    await colppy.send("Cliente", "editar_cobro", idCobro=receipt, idEstadoCobro="Anulado")
    assert lines_of(url, receipt) == []
    assert (await siigo.post(f"/v1/invoices/{made['id']}/annul", {})).is_success


async def test_the_colombian_company_collects_at_this_door_too(
    demo_databases: DemoDatabases,
) -> None:
    url = demo_databases.take()
    async with connected(url) as colppy:
        rows = (await colppy.send("Empresa", "listar_empresa"))["data"]
        colppy.company = next(row["IdEmpresa"] for row in rows if row["IdEmpresa"] != "98")
        body = bodies.receipt(
            bodies.medium(100, "Caja general"), total=100, idCliente=1, descuentos=5, intereses=3
        )
        made = (await colppy.send("Cliente", "alta_cobro", **body))["idCobro"]
        assert (await colppy.send("Cliente", "AR_leer_fondos_pagos", idCobro=made))["data"]
        await check_ledgers(colppy.database)
    demo_databases.give_back(url, changed=True)
