"""Bodies of sales: two packets of yerba on credit, in cash, and one of them coming back."""

from typing import Any

from tests.dialects.colppy.client import USER, Colppy

ROW = {
    "idItem": "1", "codigo": "YERBA-1", "tipoItem": "P", "minimo": "0", "Descripcion": "Yerba mate 1 kg",
    "ccosto1": "", "ccosto2": "", "almacen": "", "unidadMedida": "u", "Cantidad": "2", "ImporteUnitario": "4500.00",
    "porcDesc": "0.00", "IVA": "21", "subtotal": "9000.00", "idPlanCuenta": "Ventas", "Comentario": "",
}  # fmt: skip
INVOICE = {
    "idUsuario": USER, "idCliente": "2", "idEmpresa": "98", "descripcion": "Pedido 77", "fechaFactura": "10-11-2026",
    "fechaPago": "10-12-2026", "idCondicionPago": "a 30 Dias", "idEstadoAnterior": "", "idEstadoFactura": "Aprobada",
    "idFactura": "", "idMoneda": "1", "idTipoComprobante": "4", "idTipoFactura": "A", "netoGravado": "9000.00",
    "netoNoGravado": "0.00", "totalIVA": "1890.00", "percepcionIVA": "0.00", "percepcionIIBB": "0.00",
    "totalFactura": "10890.00", "valorCambio": "1", "nroFactura1": "0001", "nroFactura2": "00000000", "labelfe": "",
    "itemsFactura": [ROW], "ItemsCobro": [],
    "totalesiva": [{"alicuotaIva": "21", "baseImpIva": "9000.00", "importeIva": "1890.00"}],
    "nroRepeticion": "1", "periodoRep": "1", "nroVencimiento": "0", "tipoVencimiento": "1", "fechaFin": "",
    "orderId": "",
}  # fmt: skip


def sale(**members: Any) -> dict[str, Any]:
    return INVOICE | members


def item(**members: Any) -> dict[str, Any]:
    return ROW | members


def medium(name: str, account: str, amount: str, **members: Any) -> dict[str, Any]:
    return {
        "idMedioCobro": name, "idPlanCuenta": account, "Banco": "", "nroCheque": "", "fechaValidez": "",
        "importe": amount, "VAD": "S", "Conciliado": "", "idTabla": 0, "idElemento": 0, "idItem": 0,
    } | members  # fmt: skip


CHEQUE = medium(
    "Cheque Recibido Diferido", "Cheques de pago diferido en cartera", "5890.00",
    Banco="Galicia", nroCheque="00012345", fechaValidez="20-12-2026",
)  # fmt: skip
CASH = {
    "idTipoComprobante": "8",
    "tipoFactura": "Contado",
    "idEstadoFactura": "Cobrada",
    "idCondicionPago": "Contado",
    "totalpagadofactura": "10890.00",
    "ItemsCobro": [medium("Efectivo", "Caja", "5000.00"), CHEQUE],
}
# One yerba comes back.
NOTE = {
    "idTipoComprobante": "NCV",
    "fechaFactura": "15-11-2026",
    "itemsFactura": [item(Cantidad="1", subtotal="4500.00")],
    "netoGravado": "4500.00",
    "totalIVA": "945.00",
    "totalFactura": "5445.00",
    "totalesiva": [{"alicuotaIva": "21", "baseImpIva": "4500.00", "importeIva": "945.00"}],
}


def applied(serial: str, amount: str, **members: Any) -> dict[str, Any]:
    return {
        "idFactura": serial, "nroFactura": "0001-00000001", "tipoComprobante": "FAV", "fechaPago": "10-12-2026",
        "RG": None, "moneda": "P", "totalFactura": "10890.00", "pagado": "0.00", "saldoAnterior": "10890.00",
        "estePago": amount, "Saldo": "0.00", "pagar": True,
    } | members  # fmt: skip


async def record(colppy: Colppy, **members: Any) -> str:
    """A sale that must be accepted; its id."""
    return str(
        (await colppy.send("FacturaVenta", "alta_facturaventa", **sale(**members)))["idfactura"]
    )


async def read(colppy: Colppy, serial: str) -> dict[str, Any]:
    return await colppy.send("FacturaVenta", "leer_facturaventa", idFactura=serial)


async def info(colppy: Colppy, serial: str) -> dict[str, Any]:
    return dict((await read(colppy, serial))["infofactura"])


async def wrong(colppy: Colppy, **members: Any) -> str:
    return await colppy.refused("FacturaVenta", "alta_facturaventa", **sale(**members))
