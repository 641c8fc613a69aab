"""Requests for customers, suppliers and items, as clients send them, and the checks several tests share."""

import random
from typing import Any

from cuadra.catalog.cuit import compute_check_digit, write_cuit
from tests.dialects.colppy.client import Colppy

GENERAL = {
    "idUsuario": "demo@cuadra.local",
    "idCliente": "",
    "idEmpresa": "98",
    "NombreFantasia": "Kiosco La Esquina",
    "RazonSocial": "Juan Pérez",
    "CUIT": "20-12345678-6",
    "dni": "12345678",
    "DirPostal": "Mitre 1",
    "DirPostalCiudad": "Rosario",
    "DirPostalCodigoPostal": "2000",
    "DirPostalProvincia": "Santa Fe",
    "DirPostalPais": "Argentina",
    "Telefono": "0341 155-5001",
    "Email": "kiosco@example.com",
}
OTHER = {
    "Activo": "1",
    "FechaAlta": "03-08-2020",
    "DirFiscal": "San Luis 10",
    "DirFiscalCiudad": "Rosario",
    "DirFiscalCodigoPostal": "2000",
    "DirFiscalProvincia": "Santa Fe",
    "DirFiscalPais": "Argentina",
    "idCondicionPago": "0",
    "idCondicionIva": "4",
    "porcentajeIVA": "21",
    "idPlanCuenta": "410101",
    "CuentaCredito": "110301",
    "DirEnvio": "Depósito 3",
    "DirEnvioCiudad": "Funes",
    "DirEnvioCodigoPostal": "2132",
    "DirEnvioProvincia": "Santa Fe",
    "DirEnvioPais": "Argentina",
}
ITEM = {
    "idItem": "",
    "codigo": "ALF-1",
    "descripcion": "Alfajor",
    "detalle": "de maicena",
    "precioVenta": "1090",
    "ultimoPrecioCompra": "539.4",
    "ctaInventario": "110601",
    "ctaCostoVentas": "510101",
    "ctaIngresoVentas": "410101",
    "iva": "21",
    "tipoItem": "P",
    "unidadMedida": "un",
    "minimo": "3",
}
# What no member is meant to be; every one of them must be taken or refused in the envelope.
ODD_VALUES: list[Any] = [
    None, True, "", " ", "x", "0", "-1", "1e5", "NaN", "ñ'\"<>%", "9" * 60, "x" * 3000, [], [None], ["x"],
    {}, {"x": 1}, 0, -1, 1.5, 10**60, 2**31, 2**63, "2026-13-01",
]  # fmt: skip


def customer(**changes: Any) -> dict[str, Any]:
    """The parameters of a whole customer; changes go where each member belongs."""
    return {
        "info_general": GENERAL | {n: v for n, v in changes.items() if n not in OTHER},
        "info_otra": OTHER | {n: v for n, v in changes.items() if n in OTHER},
    }


def named(name: str, **members: Any) -> dict[str, Any]:
    """The parameters of somebody of whom little is said."""
    return {"info_general": {"RazonSocial": name, "NombreFantasia": name, **members}}


def cuit(chance: random.Random) -> str:
    """A CUIT that could be."""
    while True:
        first = f"{chance.choice((20, 23, 27, 30, 33))}{chance.randrange(10**8):08d}"
        if digit := compute_check_digit(first):
            return write_cuit(first + digit)


async def listed(colppy: Colppy, operacion: str, **parameters: Any) -> list[dict[str, Any]]:
    """All rows of a list of customers or suppliers."""
    provision = "Cliente" if "cliente" in operacion else "Proveedor"
    return list((await colppy.send(provision, operacion, **parameters))["data"])


async def check_odd_values(
    colppy: Colppy, provision: str, operacion: str, whole: dict[str, Any]
) -> None:
    """Every member with odd values, one at a time: an answer of the business, never a failure of ours."""
    for path, parameters in _with_odd_values(whole):
        answer = await colppy.answer(provision, operacion, **parameters)
        assert answer["result"]["estado"] in (0, 1), (path, answer)
        if answer["result"]["estado"] == 0:
            response = answer["response"]
            assert response["success"] or response["message"], (path, answer)


def _with_odd_values(whole: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    made = []
    for name, value in whole.items():
        made += [(f"{name}={odd!r}", whole | {name: odd}) for odd in ODD_VALUES]
        if isinstance(value, dict):
            inner = _with_odd_values(value)
            made += [(f"{name}.{path}", whole | {name: one}) for path, one in inner]
    return made
