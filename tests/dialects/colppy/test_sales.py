"""Sales through the Colppy door: what is recorded, refused and shown, to the cent."""

from typing import Any

import pytest

from cuadra.dialects.colppy.mapping.sale_codes import LETTER_CODES
from cuadra.dialects.colppy.mapping.sale_requests import ELECTRONIC
from tests.dialects.colppy.client import Colppy
from tests.dialects.colppy.sale_bodies import (
    CASH,
    CHEQUE,
    INVOICE,
    ROW,
    info,
    item,
    medium,
    read,
    record,
    sale,
    wrong,
)


async def test_an_invoice_is_shown_as_it_was_sent(colppy: Colppy) -> None:
    serial = await record(colppy, orderId="A-7", extra_data={"canal": ["web", 3]})
    shown = await read(colppy, serial)
    head = shown["infofactura"]
    for name in (
        "idUsuario",
        "descripcion",
        "fechaFactura",
        "fechaPago",
        "netoGravado",
        "totalIVA",
        "totalFactura",
    ):
        assert head[name] == INVOICE[name]
    assert (head["idTipoComprobante"], head["idTipoFactura"], head["idEstadoFactura"]) == (
        "4",
        "0",
        "3",
    )
    assert (head["nroFactura1"], head["nroFactura2"]) == ("0001", "00000001")
    assert (head["saldoaaplicar"], head["totalaplicado"], head["has_NC"]) == (
        "10890.00",
        "0.00",
        "0",
    )
    assert (head["orderId"], head["idOrden"], head["extra_data"]) == (
        "A-7",
        "A-7",
        {"canal": ["web", "3"]},
    )
    (row,) = shown["itemsFactura"]
    assert {name: row[name] for name in ROW} == ROW
    assert shown["totalesiva"] == INVOICE["totalesiva"]
    assert shown["ItemsCobro"] == []


async def test_a_cash_sale_is_paid_at_once_by_several_means(colppy: Colppy) -> None:
    serial = await record(colppy, **CASH)
    shown = await read(colppy, serial)
    head = shown["infofactura"]
    assert (head["idTipoComprobante"], head["idEstadoFactura"], head["saldoaaplicar"]) == (
        "8",
        "5",
        "0.00",
    )
    assert [row["idPlanCuenta"] for row in shown["ItemsCobro"]] == [
        "Caja",
        "Cheques de pago diferido en cartera",
    ]
    assert shown["ItemsCobro"][1] == CHEQUE | {"idTabla": "0", "idElemento": "0", "idItem": "0"}
    listed = await colppy.send("FacturaVenta", "listar_facturasventa")
    row = listed["data"][-1]
    assert (row["idEstadoFactura"], row["totalaplicado"]) == ("5", None)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ItemsCobro": []}, "Una factura de contado necesita sus medios de cobro (ItemsCobro)."),
        ({"ItemsCobro": [CHEQUE]}, "La suma de los medios de cobro (5890.00) no es igual a totalFactura (10890.00)."),
        ({"totalpagadofactura": "1"}, "totalpagadofactura no es igual a totalFactura."),
        ({"ItemsCobro": [medium("Trueque", "Caja", "10890")]},
         "No existe el medio de cobro Trueque (ItemsCobro[1].idMedioCobro)."),
        ({"ItemsCobro": [medium("Efectivo", "Caja fuerte", "10890")]},
         "La cuenta Caja fuerte no existe en el plan de cuentas (ItemsCobro[1].idPlanCuenta)."),
        ({"ItemsCobro": [medium("Efectivo", "Ventas", "10890")]},
         "La cuenta Ventas no es de dinero (ItemsCobro[1].idPlanCuenta)."),
        ({"ItemsCobro": [medium("Efectivo", "Deudores por ventas", "10890")]},
         "La cuenta Deudores por ventas no es de dinero (ItemsCobro[1].idPlanCuenta)."),
        ({"ItemsCobro": [medium("Efectivo", "Caja", "-1"), medium("Efectivo", "Caja", "10891")]},
         "El importe ItemsCobro[1].importe no es válido: -1; debe ser positivo y tener hasta dos decimales."),
        ({"tipoFactura": "Cuenta Corriente"}, "El parámetro tipoFactura no es válido: Cuenta Corriente."),
    ],
)  # fmt: skip
async def test_a_cash_sale_is_refused(
    colppy: Colppy, members: dict[str, Any], message: str
) -> None:
    assert await wrong(colppy, **(CASH | members)) == message


async def test_perceptions_are_part_of_the_total(colppy: Colppy) -> None:
    charged = {"percepcionIVA": "270.00", "percepcionIIBB": 315.5, "totalFactura": "11475.50"}
    serial = await record(colppy, **charged)
    head = await info(colppy, serial)
    assert (head["percepcionIVA"], head["percepcionIIBB"], head["totalIVA"]) == (
        "270.00",
        "315.50",
        "1890.00",
    )
    message = "totalFactura no es igual a netos + totalIVA + percepciones, que suman 11475.50."
    assert await wrong(colppy, **(charged | {"totalFactura": "10890.00"})) == message


async def test_gross_prices_of_a_letter_b(colppy: Colppy) -> None:
    rows = [
        item(Cantidad="1", ImporteUnitario="121"),
        item(idItem="4", codigo="LIBRO-1", Cantidad=1, ImporteUnitario=50, IVA=0),
    ]
    serial = await record(
        colppy, idTipoFactura="B", idCliente="1", itemsFactura=rows, netoGravado="100.00", netoNoGravado="50.00",
        totalIVA="21.00", totalFactura="171.00", totalesiva=[],
    )  # fmt: skip
    shown = await read(colppy, serial)
    assert [row["ImporteUnitario"] for row in shown["itemsFactura"]] == ["121", "50"]
    assert (shown["infofactura"]["netoGravado"], shown["infofactura"]["netoNoGravado"]) == (
        "100.00",
        "50.00",
    )
    assert shown["totalesiva"] == [
        {"alicuotaIva": "21", "baseImpIva": "100.00", "importeIva": "21.00"}
    ]


async def test_totals_that_are_not_those_of_the_items_are_refused(colppy: Colppy) -> None:
    message = "Los totales no coinciden con los ítems, que suman 9000.00 + 1890.00 (neto + IVA)."
    assert await wrong(colppy, netoGravado="9000.02", totalFactura="10890.02") == message
    assert await wrong(colppy, netoGravado="0.00", netoNoGravado="9000.00") == message
    rates = [{"alicuotaIva": "10.5", "baseImpIva": "9000.00", "importeIva": "1890.00"}]
    assert await wrong(colppy, totalesiva=rates) == message
    held = await record(colppy, netoGravado="9000.01", totalFactura="10890.01", totalesiva=[])
    assert (await info(colppy, held))["totalFactura"] == "10890.01"


async def test_iva_of_zero_is_a_tax_where_the_totals_list_it(colppy: Colppy) -> None:
    rows = [item(IVA="0", Cantidad="1", ImporteUnitario="100")]
    nothing = {"itemsFactura": rows, "totalIVA": "0", "totalFactura": "100"}
    rates = [{"alicuotaIva": "0", "baseImpIva": "100.00", "importeIva": "0.00"}]
    taxed = await record(colppy, **nothing, netoGravado="100", totalesiva=rates)
    outside = await record(colppy, **nothing, netoGravado="0", netoNoGravado="100", totalesiva=[])
    assert (await read(colppy, taxed))["totalesiva"] == rates
    assert (await read(colppy, outside))["totalesiva"] == []


async def test_numbers_are_the_clients_or_the_next(colppy: Colppy) -> None:
    names = []
    for number in ("", "00000050", "00000000", "000000007"):
        answer = await colppy.send("FacturaVenta", "alta_facturaventa", **sale(nroFactura2=number))
        names.append(answer["nroFactura"])
    assert names == ["0001-00000001", "0001-00000050", "0001-00000051", "0001-00000007"]
    assert await wrong(colppy, nroFactura2="50") == "Ya existe un comprobante con el número 50."
    assert (
        await wrong(colppy, nroFactura1="0009")
        == "No existe un talonario de FAV A con el prefijo 0009."
    )
    assert (
        await wrong(colppy, idTipoFactura="T")
        == "No existe un talonario de FAV T con el prefijo 0001."
    )
    cash = await colppy.send("FacturaVenta", "alta_facturaventa", **sale(**CASH))
    assert cash["nroFactura"] == "0001-00000052"


async def test_every_letter_has_its_own_numbers(colppy: Colppy) -> None:
    for letter in "ABCEM":
        answer = await colppy.send(
            "FacturaVenta", "alta_facturaventa", **sale(idTipoFactura=letter)
        )
        assert answer["nroFactura"] == "0001-00000001"
        assert (await info(colppy, answer["idfactura"]))["idTipoFactura"] == LETTER_CODES[letter]
    again = await colppy.send("FacturaVenta", "alta_facturaventa", **sale(idTipoFactura="1"))
    assert again["nroFactura"] == "0001-00000002"


async def test_nobody_takes_off_iva_who_may_not(colppy: Colppy) -> None:
    message = "No se puede emitir un comprobante A a un cliente Consumidor Final."
    assert await wrong(colppy, idCliente="1") == message
    await record(colppy, idCliente="3")  # a small taxpayer may have an A since 2021


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"labelfe": "Factura Electrónica"}, ELECTRONIC),
        ({"is_fce": "1"}, ELECTRONIC),
        ({"idEstadoFactura": "Borrador"}, "Los borradores no están disponibles: envíe la factura Aprobada."),
        ({"idEstadoFactura": "1"}, "Los borradores no están disponibles: envíe la factura Aprobada."),
        ({"idEstadoFactura": "Cobrada"},
         "Solo una factura de contado (8) se registra Cobrada; para las demás use alta_cobro."),
        ({"idEstadoFactura": "Anulada"},
         "Una factura se registra Aprobada y después se anula con editar_facturaventa."),
        ({"idEstadoFactura": "Pendiente"}, "El parámetro idEstadoFactura no es válido: Pendiente."),
        ({"idTipoComprobante": "9"}, "El comprobante NCC es de compra, no de venta."),
        ({"idTipoComprobante": "FAC"}, "El comprobante FAC es de compra, no de venta."),
        ({"idTipoComprobante": ""}, "El parámetro idTipoComprobante es obligatorio."),
        ({"idTipoComprobante": "10"}, "El parámetro idTipoComprobante no es válido: 10."),
        ({"idTipoFactura": "Q"}, "El parámetro idTipoFactura no es válido: Q."),
        ({"idCliente": "999"}, "No se encuentra el cliente."),
        ({"idCliente": ""}, "El parámetro idCliente es obligatorio."),
        ({"fechaFactura": "31-02-2026"}, "La fecha fechaFactura no es válida: 31-02-2026."),
        ({"fechaFactura": ""}, "El parámetro fechaFactura es obligatorio."),
        ({"fechaPago": "09-11-2026"}, "La fecha fechaPago es anterior a fechaFactura."),
        ({"idCondicionPago": "a 8 Dias"}, "El parámetro idCondicionPago no es válido: a 8 dias."),
        ({"nroRepeticion": "12"}, "Las facturas recurrentes no están disponibles (nroRepeticion)."),
        ({"nroFactura2": "123456789"}, "El parámetro nroFactura2 no es un número de hasta 8 dígitos: 123456789."),
        ({"itemsFactura": []}, "La factura no tiene ítems (itemsFactura)."),
        ({"itemsFactura": [item(ImporteUnitario="-1")]},
         "importe unitario negativo (itemsFactura[1].ImporteUnitario)"),
        ({"itemsFactura": [item(ImporteUnitario="0")]},
         "El parámetro itemsFactura.ImporteUnitario debe ser mayor que cero."),
        ({"itemsFactura": [item(Cantidad="0")]}, "La Cantidad 0 no es válida o no hay stock suficiente."),
        ({"itemsFactura": [item(IVA="19")]}, "No existe la alícuota de IVA 19 (itemsFactura[1].IVA)."),
        ({"itemsFactura": [item(idItem="77")]}, "No existe el ítem 77 (itemsFactura[1].idItem)."),
        ({"itemsFactura": [item(codigo="OTRO")]}, "itemsFactura[1].codigo no es el del ítem 1: OTRO."),
        ({"itemsFactura": [item(idItem="", codigo="", idPlanCuenta="")]},
         "El ítem no tiene producto ni cuenta (itemsFactura[1].idPlanCuenta)."),
        ({"itemsFactura": [item(idPlanCuenta="Vent")]}, "La cuenta Vent no existe en el plan de cuentas."),
        ({"itemsFactura": [item(almacen="Luna")]}, "No existe el depósito Luna (itemsFactura[1].almacen)."),
        ({"itemsFactura": [item(ccosto1="Luna")]}, "No existe el centro de costo Luna (itemsFactura[1].ccosto1)."),
        ({"itemsFactura": [item(ccosto2="Luna")]}, "No existe el centro de costo Luna (itemsFactura[1].ccosto2)."),
        ({"itemsFactura": [item(tipoItem="Z")]}, "El parámetro itemsFactura[1].tipoItem debe ser P, S o K."),
        ({"valorCambio": "900"}, "La moneda ARS no lleva valorCambio."),
        ({"idMoneda": "3"}, "El parámetro valorCambio es obligatorio."),
        ({"idMoneda": "3", "idCurrency": "1"}, "idMoneda e idCurrency no coinciden."),
        ({"idMoneda": "77", "valorCambio": "2"}, "El parámetro idMoneda no es válido: 77."),
        ({"idFactura": "2"}, "Una factura que existe se modifica con editar_facturaventa (idFactura)."),
        ({"ItemsCobro": [medium("Efectivo", "Caja", "1")]},
         "Solo una factura de contado (8) lleva medios de cobro; use alta_cobro."),
        ({"totalFactura": "10.890,00"}, "El parámetro totalFactura debe ser un número: 10.890,00."),
        ({"netoGravado": "9000.005"},
         "El importe netoGravado no es válido: 9000.005; debe ser positivo y tener hasta dos decimales."),
    ],
)  # fmt: skip
async def test_a_sale_is_refused(colppy: Colppy, members: dict[str, Any], message: str) -> None:
    assert await wrong(colppy, **members) == message


async def test_cost_centres_and_warehouses_by_name(colppy: Colppy) -> None:
    row = item(ccosto1="Ventas", almacen="Depósito central")
    serial = await record(colppy, itemsFactura=[row])
    async with colppy.database.read("demo-ar") as transaction:
        rows = await transaction.rows(
            "SELECT DISTINCT l.cost_centre_id FROM books.line l JOIN books.voucher v ON v.id = l.voucher_id"
            " WHERE v.serial = %(serial)s AND l.cost_centre_id IS NOT NULL",
            serial=int(serial),
        )
    assert rows == [(2,)]
    (shown,) = (await read(colppy, serial))["itemsFactura"]
    assert (shown["ccosto1"], shown["almacen"]) == ("Ventas", "Depósito central")


async def test_dates_in_every_form(colppy: Colppy) -> None:
    for text in ("5-1-2026", "05-01-2026", "05/01/2026", "2026-01-05"):
        answer = await colppy.send(
            "FacturaVenta", "alta_facturaventa", **sale(fechaFactura=text, fechaPago="")
        )
        assert answer["fechaFactura"] == "05-01-2026"
        assert (await info(colppy, answer["idfactura"]))["fechaPago"] == "04-02-2026"  # a 30 Dias
