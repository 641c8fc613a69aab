"""One set of books: a Colppy sale in the lists of every other door, and their sales in Colppy's."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.sale_bodies import CASH, NOTE, applied, info, item, read, record, sale
from tests.dialects.serpi.bodies import detail, document
from tests.dialects.serpi.client import QUERY, Serpi
from tests.dialects.siigo.client import DEMO_AR, Siigo

SERPI = {"authorization": "Bearer demo-ar-serpi-token", "secretkey": "demo-ar-secret-key"}
BY_ACCOUNT = {
    "itemsFactura": [
        item(Cantidad="1"),
        item(idItem="", codigo="", Descripcion="Embalaje", Cantidad="1", idPlanCuenta="Ventas de servicios"),
    ]
}  # fmt: skip


@pytest.fixture
async def siigo(colppy: Colppy) -> AsyncIterator[Siigo]:
    client = Siigo(colppy.app, colppy.clock, colppy.database)
    await client.sign_in(DEMO_AR)
    yield client
    colppy.changed |= client.changed
    await client.http.aclose()


async def get(siigo: Siigo, path: str) -> Any:
    answer = await siigo.get(path)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content, parse_float=Decimal)


async def test_a_colppy_invoice_in_siigos_list(colppy: Colppy, siigo: Siigo) -> None:
    await record(colppy, **BY_ACCOUNT)
    (found,) = (await get(siigo, "/v1/invoices"))["results"]
    assert (found["name"], found["number"], found["date"]) == ("FV-1-1", 1, "2026-11-10")
    assert (found["total"], found["balance"]) == (10890, 10890)
    assert found["customer"]["identification"] == "30688888871"
    yerba, packing = found["items"]
    assert (yerba["code"], yerba["total"]) == ("YERBA-1", 5445)
    assert (packing["code"], packing["description"]) == ("410102", "Embalaje")
    assert "id" not in packing
    assert found["payments"][0]["due_date"] == "2026-12-10"
    assert await get(siigo, f"/v1/invoices/{found['id']}") == found


async def test_a_siigo_note_credits_a_colppy_invoice(colppy: Colppy, siigo: Siigo) -> None:
    serial = await record(colppy, **BY_ACCOUNT)
    (found,) = (await get(siigo, "/v1/invoices"))["results"]
    body = {
        "document": {"id": 2},
        "date": "2026-11-20",
        "invoice": found["id"],
        "items": [{"code": "YERBA-1", "quantity": 1, "price": 4500, "taxes": [{"id": 1}]}],
        "payments": [{"id": 3, "value": 5445, "due_date": "2026-12-20"}],
    }
    made = await siigo.created("/v1/credit-notes", body)
    assert made["total"] == 5445
    head = await info(colppy, serial)
    assert (head["saldoaaplicar"], head["idEstadoFactura"], head["has_NC"]) == ("5445.00", "6", "1")
    note = (await colppy.send("FacturaVenta", "listar_facturasventa"))["data"][-1]
    assert (note["idTipoComprobante"], note["totalFactura"], note["totalIVA"]) == (
        "5",
        "5445.00",
        "945.00",
    )
    asked = sale(**NOTE, idFactura=note["idFactura"])
    message = "La nota de crédito corrige una factura en otro sistema: anúlela y emita otra."
    assert await colppy.refused("FacturaVenta", "editar_facturaventa", **asked) == message


async def test_colppy_notes_in_siigos_list(colppy: Colppy, siigo: Siigo) -> None:
    invoice = await record(colppy, **BY_ACCOUNT)
    await record(colppy, **NOTE, ItemsCobro=[applied(invoice, "5000")])
    (found,) = (await get(siigo, "/v1/credit-notes"))["results"]
    assert (found["name"], found["total"]) == ("NC-1-1", 5445)
    (paid,) = (await get(siigo, "/v1/invoices"))["results"]
    assert paid["balance"] == 5890


async def test_a_siigo_receipt_pays_a_colppy_debit_note(colppy: Colppy, siigo: Siigo) -> None:
    serial = await record(colppy, **BY_ACCOUNT, idTipoComprobante="6")
    body = {
        "document": {"id": 5},
        "date": "2026-11-20",
        "type": "DebtPayment",
        "customer": {"identification": "30688888871"},
        "items": [
            {
                "due": {"prefix": "ND-1", "consecutive": 1, "quote": 1, "date": "2026-12-10"},
                "value": 890,
            }
        ],
        "payment": {"id": 1, "value": 890},
    }
    await siigo.created("/v1/vouchers", body)
    head = await info(colppy, serial)
    assert (head["idEstadoFactura"], head["saldoaaplicar"], head["totalaplicado"]) == (
        "6",
        "10000.00",
        "890.00",
    )


async def test_a_siigo_invoice_is_read_by_colppy(colppy: Colppy, siigo: Siigo) -> None:
    """One on credit and one in cash, without a word of Colppy's."""
    for payment, code in (({"id": 3, "due_date": "2026-12-31"}, "4"), ({"id": 1}, "8")):
        body = {
            "document": {"id": 1},
            "date": "2026-11-20",
            "customer": {"identification": "30688888871"},
            "seller": 1,
            "items": [{"code": "HARINA-1", "quantity": 2, "price": 1200, "taxes": [{"id": 2}]}],
            "payments": [payment | {"value": 2652}],
        }
        await siigo.created("/v1/invoices", body)
        row = (await colppy.send("FacturaVenta", "listar_facturasventa"))["data"][-1]
        assert (row["idTipoComprobante"], row["nroFactura"][:5]) == (code, "0001-")
        assert (row["netoGravado"], row["IVA105"], row["totalFactura"]) == (
            "2400.00",
            "252.00",
            "2652.00",
        )
        shown = await read(colppy, row["idFactura"])
        (sold,) = shown["itemsFactura"]
        assert (sold["codigo"], sold["ImporteUnitario"], sold["IVA"], sold["idPlanCuenta"]) == (
            "HARINA-1", "1200", "10.5", "Ventas",
        )  # fmt: skip


async def test_a_colppy_invoice_read_by_serpi(colppy: Colppy) -> None:
    await record(colppy, **BY_ACCOUNT)
    await record(colppy, **CASH)
    serpi = Serpi(colppy.app, colppy.clock, colppy.database)
    wanted = {"tiposDocumentos": [1], "fechaDesde": "2026-01-01", "fechaHasta": "2026-12-31"}
    answer = await serpi.post(QUERY, wanted, headers=SERPI)
    assert answer.status_code == 200, answer.text
    owed, cash = json.loads(answer.content, parse_float=Decimal)["result"]
    assert (owed["prefijo"], owed["numeroDoc"], owed["nitTerceroEnc"]) == ("FVE", 1, "30688888871")
    assert [line["cuenta"] for line in owed["detalles"]][:4] == [110301, 410101, 410102, 210301]
    assert [line["cuenta"] for line in cash["detalles"]][:2] == [110101, 110106]
    await serpi.http.aclose()


async def test_a_sale_written_line_by_line_is_read_by_colppy(colppy: Colppy) -> None:
    colppy.changed = True
    serpi = Serpi(colppy.app, colppy.clock, colppy.database)
    customer = {"nitTerceroDet": "30688888871"}
    due = {"crucePrefijo": "FVE", "cruceNumero": 1, "cuota": 1, "fechaVencimiento": "2026-12-20"}
    tax = {"baseImpuesto": 1000}
    details = [
        detail(110301, 1210, **customer, **due),
        detail(410102, -1000, **customer, detalle="Asesoría"),
        detail(210302, -210, **customer, **tax),
    ]
    names = {"categoriaDocumento": "FV", "prefijo": "FVE", "nitTerceroEnc": "30688888871"}
    answer = await serpi.post(
        "/api/v1/DocumentoContable", [document(1, *details, **names)], headers=SERPI
    )
    assert answer.json()["errors"] == []
    row = (await colppy.send("FacturaVenta", "listar_facturasventa"))["data"][-1]
    assert (row["idTipoComprobante"], row["totalFactura"], row["idEstadoFactura"]) == (
        "4",
        "1210.00",
        "3",
    )
    (sold,) = (await read(colppy, row["idFactura"]))["itemsFactura"]
    assert (sold["Descripcion"], sold["subtotal"], sold["idPlanCuenta"]) == (
        "Asesoría",
        "1000.00",
        "Ventas de servicios",
    )
    await serpi.http.aclose()
