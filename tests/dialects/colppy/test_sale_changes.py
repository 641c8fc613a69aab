"""Sales through the Colppy door once they are recorded: changed, annulled, listed."""

import asyncio
from typing import Any

from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.sale_bodies import (
    CASH,
    NOTE,
    applied,
    info,
    item,
    medium,
    read,
    record,
    sale,
)


async def test_what_was_read_can_be_sent_back(colppy: Colppy) -> None:
    """An edit with everything that was read changes nothing."""
    serial = await record(colppy)
    before = await read(colppy, serial)
    back = before["infofactura"] | {
        "idTipoFactura": "A",
        "itemsFactura": before["itemsFactura"],
        "totalesiva": before["totalesiva"],
    }
    answer = await colppy.send("FacturaVenta", "editar_facturaventa", **(sale() | back))
    assert (answer["idfactura"], answer["nroFactura"]) == (serial, "0001-00000001")
    after = await read(colppy, serial)
    assert after["itemsFactura"] == before["itemsFactura"]
    assert after["infofactura"]["saldoaaplicar"] == "10890.00"


async def test_an_annulled_sale_stays_and_counts_no_more(colppy: Colppy) -> None:
    serial = await record(colppy)
    asked = {"idFactura": serial, "idEstadoFactura": "Anulada"}
    theirs = await colppy.refused(
        "FacturaVenta", "editar_facturaventa", **asked | {"idCliente": "3"}
    )
    assert theirs == "La factura es de otro cliente (idCliente)."
    answer = await colppy.send("FacturaVenta", "editar_facturaventa", **asked)
    assert (answer["idfactura"], answer["nroFactura"]) == (serial, "0001-00000001")
    shown = await read(colppy, serial)
    assert (shown["infofactura"]["idEstadoFactura"], shown["infofactura"]["saldoaaplicar"]) == (
        "4",
        "0.00",
    )
    assert shown["itemsFactura"][0]["codigo"] == "YERBA-1"
    for more in (asked, sale(idFactura=serial)):
        again = await colppy.refused("FacturaVenta", "editar_facturaventa", **more)
        assert again == "El comprobante ya está anulado."
    cash = await record(colppy, **CASH)
    await colppy.send("FacturaVenta", "editar_facturaventa", idFactura=cash, idEstadoFactura="4")
    assert (await info(colppy, cash))["idTipoComprobante"] == "8"


async def test_a_paid_sale_is_neither_annulled_nor_edited(colppy: Colppy) -> None:
    invoice = await record(colppy)
    note = await record(colppy, **NOTE, ItemsCobro=[applied(invoice, "1")])
    message = "El comprobante tiene cobros o notas de crédito aplicados: anúlelos primero."
    annul = {"idFactura": invoice, "idEstadoFactura": "Anulada"}
    assert await colppy.refused("FacturaVenta", "editar_facturaventa", **annul) == message
    assert (
        await colppy.refused("FacturaVenta", "editar_facturaventa", **sale(idFactura=invoice))
        == message
    )
    await colppy.send(
        "FacturaVenta", "editar_facturaventa", idFactura=note, idEstadoFactura="Anulada"
    )
    await colppy.send("FacturaVenta", "editar_facturaventa", **annul)


async def test_a_sale_is_edited(colppy: Colppy) -> None:
    serial = await record(colppy)
    fewer = NOTE | {"idTipoComprobante": "4", "fechaFactura": "11-11-2026", "idFactura": serial}
    answer = await colppy.send("FacturaVenta", "editar_facturaventa", **sale(**fewer))
    assert answer["fechaFactura"] == "11-11-2026"
    assert (await info(colppy, serial))["saldoaaplicar"] == "5445.00"
    for members, message in (
        ({"idCliente": "3", "idTipoFactura": "A"}, "El cliente (idCliente) no se puede modificar."),
        (
            {"idTipoFactura": "B"},
            "El talonario (nroFactura1, idTipoFactura) no se puede modificar.",
        ),
        ({"nroFactura2": "77"}, "nroFactura2 no se puede modificar."),
        (
            {"idTipoComprobante": "6"},
            "El tipo de comprobante (idTipoComprobante) no se puede modificar.",
        ),
        ({"idFactura": "99"}, "No se encontro la factura."),
    ):
        asked = sale(**(fewer | members))
        assert await colppy.refused("FacturaVenta", "editar_facturaventa", **asked) == message
    cash = await record(colppy, **CASH)
    paid = CASH | {"ItemsCobro": [medium("Transferencia", "Banco cuenta corriente", "10890.00")]}
    await colppy.send("FacturaVenta", "editar_facturaventa", **sale(**paid, idFactura=cash))
    assert [one["idMedioCobro"] for one in (await read(colppy, cash))["ItemsCobro"]] == [
        "Transferencia"
    ]


async def test_a_credit_note_is_edited(colppy: Colppy) -> None:
    """What it paid is owed again, and what came back leaves again, before it says everything anew."""
    first, second = await record(colppy), await record(colppy)
    note = await record(colppy, **NOTE, ItemsCobro=[applied(first, "5000")])
    anew = {
        "idFactura": note,
        "itemsFactura": [item()],
        "netoGravado": "9000.00",
        "totalIVA": "1890.00",
        "totalFactura": "10890.00",
        "totalesiva": [],
        "ItemsCobro": [applied(first, "10000"), applied(second, "90")],
    }
    answer = await colppy.send("FacturaVenta", "editar_facturaventa", **sale(**(NOTE | anew)))
    assert (answer["idfactura"], answer["nroFactura"]) == (note, "0001-00000001")
    owed = [(await info(colppy, one))["saldoaaplicar"] for one in (first, second, note)]
    assert owed == ["890.00", "10800.00", "800.00"]
    async with colppy.database.read("demo-ar") as transaction:
        rows = await transaction.rows(
            "SELECT quantity, value FROM books.stock WHERE company_id = %(company)s",
            company=transaction.company.id,
        )
    assert [(str(quantity), str(value)) for quantity, value in rows] == [("98", "294000.00")]
    over = anew | {"ItemsCobro": [applied(first, "10890.01")]}
    message = "El importe estePago supera el saldo de la factura: 10890.00."
    asked = sale(**(NOTE | over))
    assert await colppy.refused("FacturaVenta", "editar_facturaventa", **asked) == message


async def listed(colppy: Colppy, *conditions: tuple[str, str, Any], **parameters: Any) -> list[str]:
    recent = ("fechaFactura", ">=", "2026-01-01")  # without the vendor's own example
    rows = [
        {"field": field, "op": op, "value": value} for field, op, value in (recent, *conditions)
    ]
    answer = await colppy.send("FacturaVenta", "listar_facturasventa", filter=rows, **parameters)
    return [row["idFactura"] for row in answer["data"]]


async def test_a_list_is_filtered_ordered_and_paged(colppy: Colppy) -> None:
    invoice, cash = await record(colppy), await record(colppy, **CASH, fechaFactura="01-11-2026")
    note = await record(colppy, **NOTE, ItemsCobro=[applied(invoice, "1")])
    void = await record(colppy, idTipoFactura="B", idCliente="3")
    await colppy.send(
        "FacturaVenta", "editar_facturaventa", idFactura=void, idEstadoFactura="Anulada"
    )
    assert await listed(colppy) == [invoice, cash, note, void]
    assert await listed(colppy, ("idEstadoFactura", "=", "6")) == [invoice, note]
    assert await listed(colppy, ("idEstadoFactura", "=", "Cobrada")) == [cash]
    assert await listed(colppy, ("idEstadoFactura", "<>", "4")) == [invoice, cash, note]
    assert await listed(colppy, ("idEstadoFactura", "=", "1")) == []
    assert await listed(colppy, ("idTipoComprobante", "=", "8")) == [cash]
    assert await listed(colppy, ("idTipoComprobante", "=", "NCV")) == [note]
    assert await listed(colppy, ("idCliente", "=", 3)) == [void]
    assert await listed(
        colppy, ("fechaFactura", ">=", "2026-11-02"), ("fechaFactura", "<=", "2026-11-10")
    ) == [invoice, void]
    assert await listed(colppy, ("nroFactura", "=", "0001-00000002")) == [cash]
    order = {"field": ["idTipoComprobante", "idFactura"], "order": "desc"}
    assert await listed(colppy, order=order) == [cash, note, void, invoice]
    assert await listed(colppy, start=1, limit=2) == [cash, note]
    by_name = await listed(colppy, order=[{"field": "RazonSocial", "dir": "asc"}] * 2000)
    assert sorted(by_name, key=int) == [invoice, cash, note, void] and by_name[-1] != by_name[0]
    row = (await colppy.send("FacturaVenta", "listar_facturasventa"))["data"][-1]
    named = await listed(colppy, ("RazonSocial", "=", row["RazonSocial"].upper()))
    assert void in named and invoice not in named
    many = [{"field": "idFactura", "op": ">", "value": 0}] * 101
    refused = await colppy.refused("FacturaVenta", "listar_facturasventa", filter=many)
    assert refused == "error en los parámetros"
    assert await listed(colppy, start=40, limit=2) == []
    answer = await colppy.send("FacturaVenta", "listar_facturasventa", start="0", limit="1")
    assert answer["total"] == "5"
    assert (
        await colppy.refused(
            "FacturaVenta", "listar_facturasventa", filter=[{"field": "idFactura"}]
        )
        == "error en los parámetros"
    )


async def test_every_member_of_a_row_is_text_or_null(colppy: Colppy) -> None:
    await record(colppy)
    for row in (await colppy.send("FacturaVenta", "listar_facturasventa"))["data"]:
        assert list(row) == LIST_ROW
        assert all(value is None or isinstance(value, str) for value in row.values())


LIST_ROW = [
    "idFactura", "idTipoFactura", "fechaPago", "idTipoComprobante", "idCliente", "idOrden", "nroFactura", "idMoneda",
    "fechaFactura", "idCondicionPago", "descripcion", "idEstadoFactura", "totalFactura", "IVA105", "IVA21", "IVA27",
    "netoGravado", "netoNoGravado", "percepcionIVA", "percepcionIIBB", "totalIVA", "valorCambio", "totalaplicado",
    "cae", "fechaFe", "idCurrency", "rate", "record_insert_ts", "record_update_ts", "isMobile", "RazonSocial",
    "NombreFantasia",
]  # fmt: skip


async def test_the_same_number_is_given_once(colppy: Colppy) -> None:
    """Sixteen clients choose the same number, and sixteen want the next one."""
    chosen = sale(nroFactura2="00000100", idTipoFactura="B")
    free = sale(idTipoFactura="B")
    answers = await asyncio.gather(
        *(
            colppy.answer("FacturaVenta", "alta_facturaventa", **body)
            for body in [chosen, free] * 16
        )
    )
    taken = [one["response"]["nroFactura"] for one in answers if one["response"]["success"]]
    assert len(set(taken)) == len(taken) == 17
    assert taken.count("0001-00000100") == 1
    refused = {one["response"]["message"] for one in answers if not one["response"]["success"]}
    assert refused == {"Ya existe un comprobante con el número 100."}
