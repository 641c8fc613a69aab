"""Invoice a customer, collect it and read what is owed, at Colppy's API; the first argument may be another server."""

import json
import sys
from datetime import datetime, timedelta, timezone
from hashlib import md5
from urllib.request import Request, urlopen

BASE = sys.argv[1] if sys.argv[1:] else "http://127.0.0.1:8020"
AUTH = {"usuario": "demo-dev@cuadra.local", "password": md5(b"demo-dev").hexdigest()}
USER = {"usuario": "demo@cuadra.local", "password": md5(b"demo").hexdigest()}
COMPANY, CUSTOMER = "30-71234567-1", "30-68888887-1"  # by their CUIT
signed = {}  # what every call carries once we have signed in


def call(provision, operacion, **parameters):
    service = {"provision": provision, "operacion": operacion}
    body = {"auth": AUTH, "service": service, "parameters": signed | parameters}
    address = f"{BASE}/lib/frontera2/service.php"
    with urlopen(Request(address, json.dumps(body).encode()), timeout=30) as answer:
        told = json.load(answer)
    if told["result"]["estado"] != 0 or not told["response"]["success"]:
        sys.exit(f"{provision}/{operacion}: {told['response'] or told['result']}")
    return told["response"]


def find_customer():
    wanted = [{"field": "CUIT", "op": "=", "value": CUSTOMER}]
    return call("Cliente", "listar_cliente", start=0, limit=1, filter=wanted, order=[])["data"][0]


key = call("Usuario", "iniciar_sesion", **USER)["data"]["claveSesion"]
signed["sesion"] = {"usuario": USER["usuario"], "claveSesion": key}
companies = call("Empresa", "listar_empresa", start=0, limit=50)["data"]
signed["idEmpresa"] = next(one["IdEmpresa"] for one in companies if one["CUIT"] == COMPANY)
customer = find_customer()
print(f"{customer['RazonSocial']} owes {customer['Saldo']}")
today = f"{datetime.now(timezone(timedelta(hours=-3))):%d-%m-%Y}"  # in Buenos Aires
head = {"idUsuario": USER["usuario"], "idCliente": customer["idCliente"], "descripcion": "Flete"}
made = call("FacturaVenta", "alta_facturaventa", **head | {
    "idFactura": "", "idTipoComprobante": "4", "idTipoFactura": "A", "nroFactura1": "0001", "nroFactura2": "",
    "fechaFactura": today, "fechaPago": today, "idCondicionPago": "Contado", "idEstadoFactura": "Aprobada",
    "netoGravado": "15000.00", "netoNoGravado": "0.00", "totalIVA": "3150.00", "totalFactura": "18150.00",
    "itemsFactura": [{"codigo": "FLETE-1", "Cantidad": "1", "ImporteUnitario": "15000.00", "IVA": "21"}],
})  # fmt: skip
print(f"Invoice {made['nroFactura']}, id {made['idfactura']}: owes {find_customer()['Saldo']}")
number = call("Empresa", "leer_numero_recibo", prefijo="0001")["data"]["proximoNum"]
cash = {"idMedioCobro": "Efectivo", "idPlanCuenta": "Caja", "Banco": "", "nroCheque": "", "fechaValidez": "",
        "importe": "18150.00", "VAD": "S", "Conciliado": ""}  # fmt: skip
paid = {"idFactura": made["idfactura"], "nroFactura": made["nroFactura"], "tipoComprobante": "FAV",
        "totalFactura": "18150.00", "esteCobro": "18150.00"}  # fmt: skip
done = call("Cliente", "alta_cobro", **head | {
    "idCobro": "", "nroRecibo1": "0001", "nroRecibo2": number, "fechaCobro": today, "idEstadoCobro": "Aprobado",
    "estesoreria": "0", "valorCambio": "0", "cobros": [paid], "mediospagos": [cash], "idMedioCobro": "Efectivo",
    "totalEsteCobro": "18150.00", "totalACobrar": "18150.00", "totalCobrado": "18150.00",
})  # fmt: skip
print(f"Receipt 0001-{number}, id {done['idCobro']}: owes {find_customer()['Saldo']}")
call("Usuario", "cerrar_sesion")
