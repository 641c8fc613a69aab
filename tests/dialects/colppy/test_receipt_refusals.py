"""What receipts and payments are refused for: in the vendor's envelope, and never half recorded."""

from decimal import Decimal
from typing import Any

import pytest

from tests.dialects.colppy import receipt_bodies as bodies
from tests.dialects.colppy.client import Colppy

CHEQUE = "Cheque Recibido Común"
REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"totalCobrado": 101}, "La suma de los medios de pago (100.00) no es igual a totalCobrado (101.00)."),
    ({"totalCobrado": ""}, "El parámetro totalCobrado es obligatorio."),
    ({"mediospagos": []}, "La suma de los medios de pago (0.00) no es igual a totalCobrado (100.00)."),
    ({"mediospagos": [], "totalCobrado": 0}, "No hay importes para registrar."),
    ({"mediospagos": "caja"}, "El parámetro mediospagos debe ser una lista de objetos."),
    ({"mediospagos": [bodies.medium(100, "Caja que no hay")]},
     "La cuenta Caja que no hay no existe en el plan de cuentas (mediospagos[1].idPlanCuenta)."),
    ({"mediospagos": [bodies.medium(100, "Deudores por ventas")]},
     "La cuenta Deudores por ventas no es de dinero (mediospagos[1].idPlanCuenta)."),
    ({"mediospagos": [bodies.medium(100, "Ventas")]}, "La cuenta Ventas no es de dinero (mediospagos[1].idPlanCuenta)."),
    ({"mediospagos": [bodies.medium(100, "Caja y bancos")]},
     "La cuenta Caja y bancos no es de dinero (mediospagos[1].idPlanCuenta)."),
    ({"mediospagos": [bodies.medium(100, "")]}, "El parámetro mediospagos[1].idPlanCuenta es obligatorio."),
    ({"mediospagos": [bodies.medium(100, name="Bitcoin")]},
     "No existe el medio de cobro Bitcoin (mediospagos[1].idMedioCobro)."),
    ({"mediospagos": [bodies.medium(100, name="efectivo")]},
     "No existe el medio de cobro efectivo (mediospagos[1].idMedioCobro)."),
    ({"mediospagos": [bodies.medium(100, idMedioPago="Transferencia")]},
     "mediospagos[1].idMedioCobro e idMedioPago no coinciden: Efectivo, Transferencia."),
    ({"mediospagos": [bodies.medium(100, name=CHEQUE)]},
     "Un Cheque Recibido Común lleva nroCheque y fechaValidez (mediospagos[1].importe)."),
    ({"mediospagos": [bodies.medium(100, name=CHEQUE, nroCheque="1", fechaValidez="31-02-2026")]},
     "La fecha mediospagos[1].fechaValidez no es válida: 31-02-2026."),
    ({"mediospagos": [bodies.medium(-100)]},
     "El importe mediospagos[1].importe no es válido: -100; debe ser positivo y tener hasta dos decimales."),
    ({"mediospagos": [bodies.medium("100.001")]},
     "El importe mediospagos[1].importe no es válido: 100.001; debe ser positivo y tener hasta dos decimales."),
    ({"mediospagos": [bodies.medium("1.234,56")]},
     "El parámetro mediospagos[1].importe debe ser un número: 1.234,56."),
    ({"mediospagos": [bodies.medium(100, Conciliado="X")]},
     "El parámetro mediospagos[1].Conciliado no es una de las opciones: X."),
    ({"cobros": [bodies.applied(12010, 10), bodies.applied(12010, 1)]}, "Una factura figura más de una vez."),
    ({"cobros": [bodies.applied(12010, 28)]},
     "El importe 28.00 supera el saldo de la factura 0002-00000217 (27.83)."),
    ({"cobros": [bodies.applied(12010, "-1")]},
     "El importe -1.00 supera el saldo de la factura 0002-00000217 (27.83)."),
    ({"cobros": [bodies.applied(777, 1)]}, "No se encontro la factura 777 (cobros[1].idFactura)."),
    ({"cobros": [bodies.applied("", 1)]}, "El parámetro cobros[1].idFactura es obligatorio."),
    ({"cobros": [bodies.applied(12010, 1, pagar=False)]},
     "La fila cobros[1].esteCobro tiene importe y no se paga (pagar)."),
    ({"cobros": [bodies.applied(12010, 0, fechaPago="ayer")]}, "La fecha cobros[1].fechaPago no es válida: ayer."),
    ({"cobros": [bodies.applied(1, 1)]}, "La factura 0000-00000001 es de otro cliente."),
    ({"cobros": [bodies.applied(12010, 27)], "intereses": 73.01},
     "Los importes no cierran: hay 26.99 para aplicar y se aplican 27.00."),
    ({"intereses": "100.01"}, "Los importes no cierran: hay -0.01 para aplicar y se aplican 0.00."),
    ({"retencionIIBB": 5, "retsufridas": [{"jurisdiccion": "902", "importeRet": 4}]},
     "La suma de retsufridas (4.00) no es igual a retencionIIBB (5.00)."),
    ({"retsufridas": [{"jurisdiccion": "999", "importeRet": 4}]},
     "No existe la jurisdicción 999 (retsufridas[1].jurisdiccion)."),
    ({"retsufridas": [{"jurisdiccion": "902", "importe": 4}]},
     "El parámetro retsufridas[1].importeRet es obligatorio."),
    ({"retGanancias": -1},
     "El importe retGanancias no es válido: -1; debe ser positivo y tener hasta dos decimales."),
    ({"IIBBOtro": "1.00"}, "La retención IIBBOtro no está disponible; use retsufridas."),
    ({"idCliente": 31337}, "No se encuentra el cliente."),
    ({"idCliente": "4"}, "No se encuentra el cliente."),  # a supplier, and no more
    ({"idCliente": ""}, "El parámetro idCliente es obligatorio."),
    ({"idCliente": "abc"}, "El parámetro idCliente no es un id válido: abc."),
    ({"fechaCobro": "31-02-2026"}, "La fecha fechaCobro no es válida: 31-02-2026."),
    ({"fechaCobro": ""}, "El parámetro fechaCobro es obligatorio."),
    ({"idEstadoCobro": "Borrador"}, "El parámetro idEstadoCobro debe ser Aprobado o Anulado: Borrador."),
    ({"idEstadoCobro": ""}, "El parámetro idEstadoCobro es obligatorio."),
    ({"idEstadoCobro": "Anulado"}, "Un cobro nuevo no puede estar Anulado."),
    ({"idCobro": "777", "idEstadoCobro": "Anulado"}, "No se encontro el cobro."),
    ({"idCobro": "12010", "idEstadoCobro": "Anulado"}, "No se encontro el cobro."),
    ({"idCobro": "777"}, "El cobro ya existe; sólo se puede anular (idEstadoCobro Anulado)."),
    ({"nroRecibo1": "0009"}, "No existe un talonario con el prefijo 0009."),
    ({"nroRecibo1": "000001"}, "El parámetro nroRecibo1 admite hasta 5 caracteres."),
    ({"nroRecibo2": "999999999"}, "El parámetro nroRecibo2 no es un número de hasta 8 dígitos: 999999999."),
    ({"nroRecibo2": "A-1"}, "El parámetro nroRecibo2 no es un número de hasta 8 dígitos: A-1."),
    ({"estesoreria": "1"}, "Los otros cobros de tesorería (estesoreria 1) no están disponibles."),
    ({"idMedioCobro": "Bitcoin"}, "No existe el medio de cobro Bitcoin (idMedioCobro)."),
    ({"totalACobrar": "mucho"}, "El parámetro totalACobrar debe ser un número: mucho."),
]  # fmt: skip
ODD: list[Any] = [
    None, "", " ", "x", "0", "-1", "1e5", 10**30, -1, 0, 1.5, Decimal("0.001"), Decimal("1E+400"), True, False,
    [], {}, [1], ["x"], [[]], [{}], {"a": 1}, [{"importe": 1}], [None], "[", "[{}]", "31-02-2026", "ñ" * 2000,
    "'; DROP TABLE books.voucher; --", "😀", "12.345.678", "NaN", "Infinity",
]  # fmt: skip
PAYMENT = {
    "idPago": "", "idProveedor": "4", "fechaPago": "20-11-2026", "valorCambio": "0", "totalpagado": 10,
    "idEstadoPago": "Aprobado", "totalFacturas": 0, "anticipo": 0, "descuentos": 0, "intereses": 0,
    "idRetGanancias1": "", "baseCalculo1": 0, "retGanancias1": 0, "retemitidas": [], "retencionIIBB": 0,
    "nroPago1": "0001", "nroPago2": "", "recordsToInsertUpdate": "[]",
    "recordsToInsertUpdate1": [bodies.medium(10)], "descripcion": "", "estesoreria": "0", "idUsuario": "",
}  # fmt: skip


@pytest.mark.parametrize(("more", "message"), REFUSALS, ids=[one[1][:60] for one in REFUSALS])
async def test_a_receipt_is_refused(colppy: Colppy, more: dict[str, Any], message: str) -> None:
    body = bodies.receipt(bodies.medium(100), total=100) | more
    assert await colppy.refused("Cliente", "alta_cobro", **body) == message


@pytest.mark.parametrize(
    ("operacion", "more", "message"),
    [
        ("Cliente/editar_cobro", {"idEstadoCobro": "Anulado"}, "El parámetro idCobro es obligatorio."),
        ("Cliente/editar_cobro", {"idCobro": 5, "idEstadoCobro": "Aprobado"},
         "Un cobro no se puede modificar; sólo se puede anular (idEstadoCobro Anulado)."),
        ("Cliente/editar_cobro", {"idCobro": 5, "idEstadoCobro": "Anulado"}, "No se encontro el cobro."),
        ("Cliente/AR_leer_fondos_pagos", {"idCobro": 5}, "No se encontro el cobro."),
        ("FacturaVenta/leer_cobros_factura", {"idFactura": 5}, "No se encontro la factura."),
        ("FacturaVenta/leer_cobros_factura", {}, "El parámetro idFactura es obligatorio."),
        ("Pago/leer_pago", {"idPago": 5}, "No se encontro el pago."),
        ("Pago/alta_pago", PAYMENT | {"idPago": "5", "idEstadoPago": "Anulado"}, "No se encontro el pago."),
        ("Pago/alta_pago", PAYMENT | {"totalpagado": 11},
         "La suma de los medios de pago (10.00) no es igual a totalpagado (11.00)."),
        ("Pago/alta_pago", PAYMENT | {"recordsToInsertUpdate": "[{"},
         "El parámetro recordsToInsertUpdate no es un JSON válido."),
        ("Pago/alta_pago",
         PAYMENT | {"recordsToInsertUpdate1": [{"idMedioPago": "Canje", "idPlanCuenta": "Caja", "importe": 10}]},
         "No existe el medio de pago Canje (recordsToInsertUpdate1[1].idMedioPago)."),
        ("Pago/alta_pago", PAYMENT | {"recordsToInsertUpdate1": [bodies.medium(10, "Papelería y útiles")]},
         "La cuenta Papelería y útiles no es de dinero (recordsToInsertUpdate1[1].idPlanCuenta)."),
        ("Pago/alta_pago", PAYMENT | {"idProveedor": "77"}, "No se encuentra el proveedor."),
        ("Pago/alta_pago",
         PAYMENT | {"idProveedor": "2956", "recordsToInsertUpdate": [{"idFactura": "12010", "estePago": 1}]},
         "La factura 0002-00000217 no es de proveedor."),
        ("Pago/alta_pago", PAYMENT | {"idProveedor": "2"}, "No se encuentra el proveedor."),
    ],
)  # fmt: skip
async def test_another_operation_is_refused(
    colppy: Colppy, operacion: str, more: dict[str, Any], message: str
) -> None:
    assert await colppy.refused(*operacion.split("/"), **more) == message


RECEIPT = bodies.receipt(
    bodies.medium("10.00", name=CHEQUE, nroCheque="1", fechaValidez="1-12-2026", idMedioPago="", CED=""),
    total=10,
    cobros=[bodies.applied(12010, "0.01", pagar=True)],
    retGanancias=1, retIVA=1, retSUSS=1, IIBBLocal=1, diferenciaTipoCambio=0,
    retsufridas=[{"jurisdiccion": "902", "nroCertificado": "1", "importeRet": 0, "municipio": ""}],
    retsufridasotras=[{"jurisdiccion": "", "nroCertificado": "1", "importeRet": 0}],
)  # fmt: skip
ROWS = ("cobros", "mediospagos", "retsufridas", "retsufridasotras", "recordsToInsertUpdate1")


def odd_bodies(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The body with an odd value in every member, and in every member of its rows."""
    changed = [body | {name: odd} for name in body for odd in ODD]
    for name in ROWS:
        for row in body.get(name, [])[:1]:
            changed += [body | {name: [row | {member: odd}]} for member in row for odd in ODD]
    return changed


@pytest.mark.parametrize(
    ("operacion", "body"),
    [("Cliente/alta_cobro", RECEIPT), ("Pago/alta_pago", PAYMENT)],
    ids=["receipt", "payment"],
)
async def test_odd_values_get_an_answer(
    colppy: Colppy, operacion: str, body: dict[str, Any]
) -> None:
    provision, operation = operacion.split("/")
    await colppy.send(provision, operation, **body)
    for odd in odd_bodies(body):
        answer = await colppy.answer(provision, operation, **odd)
        assert answer["result"]["estado"] == 0, (odd, answer)
        assert answer["response"]["success"] in (True, False)
        assert answer["response"]["message"]


async def test_what_is_kept_is_not_deeper_than_anybody_means(colppy: Colppy) -> None:
    """Members of rows that nobody knows are kept, too: they are read one level after the other."""
    for depth, estado in ((10, 0), (60, 2), (500, 2), (900, 2)):
        deep: Any = 1
        for _ in range(depth):
            deep = [deep]
        rows = [bodies.medium(100, nota=deep)]
        body = bodies.receipt(total=100, mediospagos=rows)
        assert (await colppy.answer("Cliente", "alta_cobro", **body))["result"]["estado"] == estado


@pytest.mark.parametrize(
    "operacion",
    ["Cliente/editar_cobro", "Cliente/AR_leer_fondos_pagos", "FacturaVenta/leer_cobros_factura", "Pago/leer_pago"],
)  # fmt: skip
async def test_odd_ids_get_an_answer(colppy: Colppy, operacion: str) -> None:
    for odd in ODD:
        for more in ({}, {"add": odd}):
            ids = {"idCobro": odd, "idFactura": odd, "idPago": odd, "idEstadoCobro": "Anulado"}
            answer = await colppy.answer(*operacion.split("/"), **(ids | more))
            assert answer["result"]["estado"] == 0, (odd, answer)
