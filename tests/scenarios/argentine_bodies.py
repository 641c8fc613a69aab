"""What the grocer of an Argentine month sends to Colppy's API, day by day."""

import json
from typing import Any

from tests.dialects.colppy import receipt_bodies as receipts
from tests.dialects.colppy import sale_bodies as sales
from tests.dialects.colppy import test_purchases as purchases
from tests.dialects.colppy.test_receipt_refusals import PAYMENT

BANK, CHEQUES = "Banco cuenta corriente", "Cheques de pago diferido en cartera"


def twenty_cheeses(cheese: str) -> dict[str, Any]:
    return purchases.purchase(
        purchases.item(
            idItem=cheese, codigo="QUESO-1", tipoItem="P", Cantidad=20, ImporteUnitario="2000.00", idPlanCuenta="",
        ),
        fechaFactura="02-11-2026", fechaFacturaDoc="01-11-2026", fechaPago="02-12-2026",
        nroFactura1="0003", nroFactura2="00004512", netoGravado="40000.00", totalIVA="8400.00",
        percepcionIIBB="1000.00", totalFactura="49400.00",
        percsufridas=[{"jurisdiccion": "CABA", "nroCertificado": "", "importePerc": "1000.00"}],
    )  # fmt: skip


def dinner_for(restaurant: str, cheese: str) -> dict[str, Any]:
    return sales.sale(
        idCliente=restaurant, fechaFactura="4-11-2026", fechaPago="4-12-2026",
        itemsFactura=[
            goods(cheese, "QUESO-1", 3, "3333.33"),
            goods("", "HARINA-1", 10, 1200, IVA="10.5"),
            goods("", "LIBRO-1", 1, "18000", IVA=0),
        ],
        netoGravado="21999.99", netoNoGravado="18000.00", totalIVA="3360.00", percepcionIIBB="660.00",
        totalFactura="44019.99",
        totalesiva=[
            {"alicuotaIva": "21", "baseImpIva": "9999.99", "importeIva": "2100.00"},
            {"alicuotaIva": "10.5", "baseImpIva": "12000.00", "importeIva": "1260.00"},
        ],
    )  # fmt: skip


def counter_sale(woman: str) -> dict[str, Any]:
    cheque = {"Banco": "Galicia", "nroCheque": "00012345", "fechaValidez": "20-12-2026"}
    return sales.sale(**sales.CASH) | {
        "idCliente": woman, "idTipoFactura": "B", "fechaFactura": "06-11-2026", "fechaPago": "06-11-2026",
        "itemsFactura": [goods("1", "YERBA-1", 2, "5445.00"), goods("3", "FLETE-1", 1, "6050.00")],
        "netoGravado": "14000.00", "totalIVA": "2940.00", "totalFactura": "16940.00",
        "totalesiva": [{"alicuotaIva": "21", "baseImpIva": "14000.00", "importeIva": "2940.00"}],
        "totalpagadofactura": "16940.00",
        "ItemsCobro": [
            sales.medium("Efectivo", "Caja", "6940.00"),
            sales.medium("Tarjeta de Credito", "Tarjetas de crédito y débito a cobrar", "5000.00"),
            sales.medium("Cheque Recibido Diferido", CHEQUES, "5000.00", **cheque),
        ],
    }  # fmt: skip


def part_with_withholdings(restaurant: str, invoice: str) -> dict[str, Any]:
    return receipts.receipt(
        receipts.medium("18850.25", BANK, "Transferencia"), total="18850.25",
        idCliente=restaurant, fechaCobro="10-11-2026", cobros=[receipts.applied(invoice, "20000.00")],
        retGanancias="450.00", retencionIIBB="699.75",
        retsufridas=[{"jurisdiccion": "902", "nroCertificado": "77", "importeRet": "699.75"}],
    )  # fmt: skip


def deferred_cheque(restaurant: str, invoice: str) -> dict[str, Any]:
    cheque = {"Banco": "Galicia", "nroCheque": "00099887", "fechaValidez": "15-12-2026"}
    return receipts.receipt(
        receipts.medium("10000.00", CHEQUES, "Cheque Recibido Diferido", **cheque), total="10000.00",
        idCliente=restaurant, fechaCobro="12-11-2026", cobros=[receipts.applied(invoice, 10000)],
    )  # fmt: skip


def on_account(restaurant: str) -> dict[str, Any]:
    return receipts.receipt(
        receipts.medium(8000), total=8000, idCliente=restaurant, fechaCobro="13-11-2026"
    )


def two_deliveries(restaurant: str) -> dict[str, Any]:
    return sales.sale(
        idCliente=restaurant, fechaFactura="16-11-2026", fechaPago="16-12-2026",
        itemsFactura=[goods("3", "FLETE-1", 2, 15000)], netoGravado="30000.00", totalIVA="6300.00",
        totalFactura="36300.00", totalesiva=[],
    )  # fmt: skip


def a_bad_cheese(restaurant: str, cheese: str, invoice: str) -> dict[str, Any]:
    return sales.sale(**sales.NOTE) | {
        "idCliente": restaurant, "fechaFactura": "17-11-2026", "fechaPago": "17-11-2026",
        "itemsFactura": [goods(cheese, "QUESO-1", 1, "3333.33")],
        "netoGravado": "3333.33", "totalIVA": "700.00", "totalFactura": "4033.33",
        "totalesiva": [{"alicuotaIva": "21", "baseImpIva": "3333.33", "importeIva": "700.00"}],
        "ItemsCobro": [sales.applied(invoice, "4033.33")],
    }  # fmt: skip


def all_the_rest(restaurant: str, invoice: str) -> dict[str, Any]:
    return receipts.receipt(
        receipts.medium("9986.66"), total="9986.66",
        idCliente=restaurant, fechaCobro="18-11-2026", cobros=[receipts.applied(invoice, "9986.66")],
    )  # fmt: skip


def with_what_was_on_account(restaurant: str, invoice: str, advance: str) -> dict[str, Any]:
    rows = [
        receipts.applied(invoice, "9986.66"),
        receipts.applied(advance, "-8000.00", tipoComprobante="REC"),
    ]
    return receipts.receipt(
        receipts.medium("1986.66", BANK, "Transferencia"), total="1986.66",
        idCliente=restaurant, fechaCobro="20-11-2026", cobros=rows,
    )  # fmt: skip


def the_supplier(purchase: str) -> dict[str, Any]:
    medium = {"idMedioPago": "Transferencia", "idPlanCuenta": BANK, "importe": "48600.00"}
    return PAYMENT | {
        "fechaPago": "23-11-2026", "totalpagado": "48600.00", "idRetGanancias1": "78",
        "baseCalculo1": "40000.00", "retGanancias1": "800.00",
        "recordsToInsertUpdate": json.dumps([{"idFactura": purchase, "estePago": "49400.00"}]),
        "recordsToInsertUpdate1": [medium],
    }  # fmt: skip


def bank_charges() -> dict[str, Any]:
    lines = (("Gastos y comisiones bancarias", "1250.50", "0"), (BANK, "0", "1250.50"))
    return {
        "idAsiento": "", "fechaContable": "27/11/2026", "descAsiento": "Comisiones de noviembre",
        "totalDebito": "1250.50", "totalCredito": "1250.50",
        "itemsAsiento": [
            {"idPlanCuenta": "", "Descripcion": name, "Debito": debit, "Credito": credit}
            for name, debit, credit in lines
        ],
    }  # fmt: skip


def goods(product: str, code: str, quantity: int, price: Any, **members: Any) -> dict[str, Any]:
    """An item of a sale, of the account that its product has."""
    named = {
        "idItem": product,
        "codigo": code,
        "Descripcion": "",
        "idPlanCuenta": "",
        "subtotal": "",
    }
    return sales.item(**named, Cantidad=quantity, ImporteUnitario=price) | members
