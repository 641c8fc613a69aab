"""What clients send to collect and to pay, as the vendor's page shows it."""

from typing import Any

CUSTOMER = "2956"
INVOICE = "12010"


def medium(
    amount: Any, account: str = "Caja", name: str = "Efectivo", **more: Any
) -> dict[str, Any]:
    """A row of mediospagos, with all its members."""
    return {
        "idMedioCobro": name,
        "idPlanCuenta": account,
        "Banco": "",
        "nroCheque": "",
        "fechaValidez": "",
        "importe": amount,
        "VAD": "S",
        "Conciliado": "",
        "idTabla": 0,
        "idElemento": 0,
        "idItem": 0,
    } | more


def applied(invoice: Any, amount: Any, **more: Any) -> dict[str, Any]:
    """A row of cobros, with all its members."""
    return {
        "idFactura": str(invoice),
        "nroFactura": "0002-00000217",
        "tipoComprobante": "FAV",
        "fechaPago": "24-02-2016",
        "moneda": "",
        "totalFactura": "27.83",
        "cobrado": 0,
        "saldoAnterior": 27.83,
        "esteCobro": amount,
        "Saldo": 27.83,
    } | more


def receipt(*media: dict[str, Any], total: Any, **more: Any) -> dict[str, Any]:
    """The parameters of alta_cobro."""
    return {
        "cobros": [],
        "mediospagos": list(media),
        "estesoreria": "0",
        "idUsuario": "aa@colppy.com",
        "idCobro": "",
        "idCliente": CUSTOMER,
        "nroRecibo1": "0001",
        "nroRecibo2": "",
        "fechaCobro": "20-11-2026",
        "idEstadoCobro": "Aprobado",
        "descripcion": "testPago",
        "valorCambio": "0",
        "totalEsteCobro": total,
        "saldoFacturas": 2464.35,
        "anticipo": 0,
        "descuentos": 0,
        "intereses": 0,
        "retencionIIBB": 0,
        "totalACobrar": total,
        "idMedioCobro": "Efectivo",
        "totalCobrado": total,
        "retencionOtras": 0,
        "retsufridas": [],
        "retsufridasotras": [],
    } | more
