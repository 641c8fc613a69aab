"""Documents that the demo company accepts: plain functions with keyword arguments and sensible defaults."""

from decimal import Decimal
from typing import Any

INVOICE, PURCHASE, RECEIPT, PAYMENT, JOURNAL, MANUAL_JOURNAL = (
    24446, 24470, 7714, 59625, 27441, 27442,
)  # fmt: skip
EXPENSE, PAYABLE, RECEIVABLE, BANK, CASH = 52954501, 23359501, 13050501, 11100501, 11050501
SUPPLIER, PERSON, COMPANY = "1234567890", "123456789", "900123456"


def detail(account: int, value: Any, **members: Any) -> dict[str, Any]:
    """A line; a positive value is a debit."""
    amount = Decimal(str(value))
    return {
        "cuenta": account,
        "nitTerceroDet": SUPPLIER,
        "naturaleza": "D" if amount >= 0 else "C",
        "crucePrefijo": None,
        "cruceNumero": None,
        "fechaVencimiento": None,
        "valor": abs(amount),
        "baseImpuesto": 0,
        "cuota": 0,
        "detalle": "SERV DE TRANSP INFORMAL",
        "idSubcentroCosto": None,
        "idCentroOperacion": None,
        "idProyecto": None,
        "idActividad": None,
        "idSucursal": None,
    } | members


def document(number: int, *details: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A document; by default a note of cash into the bank."""
    return {
        "categoriaDocumento": "NC",
        "prefijo": "NCC",
        "numeroDoc": number,
        "nitTerceroEnc": SUPPLIER,
        "fechaDocumento": "2026-11-10",
        "detalles": list(details) or [detail(BANK, 1000), detail(CASH, -1000)],
    } | members


def purchase(number: int, value: Any = 67900, **members: Any) -> dict[str, Any]:
    """A purchase on credit, as in the vendor's example."""
    return document(
        number,
        detail(EXPENSE, value, idSubcentroCosto=4, idCentroOperacion=1),
        detail(PAYABLE, -value, idCentroOperacion=1),
        **{"categoriaDocumento": "CCO", "prefijo": "COM"} | members,
    )
