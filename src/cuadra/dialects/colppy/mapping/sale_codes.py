"""The codes of sales: what requests call by name, answers call by number. Both ways, and pure."""

from collections.abc import Mapping
from typing import Any

from cuadra.catalog.snapshot import Catalog
from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.charts import currencies_of
from cuadra.dialects.colppy.mapping.talonarios import (
    DOCUMENTS,
    LETTERS,
    document_from_text,
    letter_from_text,
)
from cuadra.dialects.colppy.reading import Parameters
from cuadra.trade.document_states import DocumentState
from cuadra.trade.sale_reading import SaleKind

INVOICE, DEBIT_NOTE, CREDIT_NOTE, CASH_SALE = "FAV", "NDV", "NCV", "FVC"
SALES = {
    SaleKind.INVOICE: INVOICE,
    SaleKind.CREDIT_NOTE: CREDIT_NOTE,
    SaleKind.DEBIT_NOTE: DEBIT_NOTE,
    SaleKind.CASH_SALE: CASH_SALE,
}
DOCUMENT_CODES = {name: code for code, name in DOCUMENTS.items()}
LETTER_CODES = {letter: code for code, letter in LETTERS.items()}
_PURCHASE_NOTE = "9"  # as the vendor's own message calls it
NO_LETTER = "X"  # of a series that other doors number by
DRAFT, APPROVED, ANNULLED, COLLECTED = "Borrador", "Aprobada", "Anulada", "Cobrada"
_STATE_NAMES = {
    "1": DRAFT, "3": APPROVED, "4": ANNULLED, "5": COLLECTED,
    "borrador": DRAFT, "aprobada": APPROVED, "anulada": ANNULLED, "cobrada": COLLECTED,
}  # fmt: skip
STATE_CODES = {
    DocumentState.OPEN: "3",
    DocumentState.ANNULLED: "4",
    DocumentState.PAID: "5",
    DocumentState.PARTLY_PAID: "6",
}
_TERMS = (0, 7, 15, 30, 45, 60, 90, 120, 150, 180)


def document_of(parameters: Parameters) -> str:
    """What sale is asked for: FAV, FVC, NDV or NCV, by code or by name. Raises `Failure`."""
    text = parameters.text("idTipoComprobante", required=True)
    document = "NCC" if text == _PURCHASE_NOTE else document_from_text(text)
    if document is not None and document in SALES.values():
        return document
    if document in DOCUMENT_CODES:
        raise Failure(f"El comprobante {document} es de compra, no de venta.")
    raise Failure(f"El parámetro idTipoComprobante no es válido: {shown(text)}.")


def letter_of(parameters: Parameters) -> str:
    """The letter of the paper, by itself or by its code."""
    text = parameters.text("idTipoFactura", required=True)
    letter = letter_from_text(text)
    if letter not in LETTER_CODES:
        raise Failure(f"El parámetro idTipoFactura no es válido: {shown(text)}.")
    return letter


def state_of(parameters: Parameters) -> str:
    """The state a sale shall be in, by name or by code; approved where nothing is said."""
    text = parameters.text("idEstadoFactura")
    if not text:
        return APPROVED
    state = _STATE_NAMES.get(text.lower())
    if state is None:
        raise Failure(f"El parámetro idEstadoFactura no es válido: {shown(text)}.")
    return state


def days_of_term(parameters: Parameters) -> int | None:
    """How many days after the invoice it falls due: `Contado`, `a 30 Dias`, or the number; None for not said."""
    text = parameters.text("idCondicionPago").lower().replace("í", "i")
    if not text:
        return None
    days = 0 if text == "contado" else text.removeprefix("a ").removesuffix(" dias").strip()
    if str(days) not in map(str, _TERMS):
        raise Failure(f"El parámetro idCondicionPago no es válido: {shown(text)}.")
    return int(days)


def currency_of(parameters: Parameters, catalog: Catalog) -> str:
    """The currency, by id of the vendor or by ISO 4217; where both members name one they agree."""
    known = currencies_of(catalog)
    named = {
        known.get(text, text)
        for name in ("idMoneda", "idCurrency")
        if (text := parameters.text(name, size=10).upper()) and text != "0"
    }
    if len(named) > 1:
        raise Failure("idMoneda e idCurrency no coinciden.")
    return named.pop() if named else catalog.company.currency


def currency_code(currency: str, catalog: Catalog) -> str:
    """What the vendor calls a currency; one that it has no id for, as ISO does."""
    codes = {known: code for code, known in currencies_of(catalog).items()}
    return codes.get(currency, currency)


def with_names(codes: Mapping[Any, str], names: Mapping[Any, str]) -> dict[str, Any]:
    """What filters may say for each value: its code or its name."""
    return {code: value for value, code in codes.items()} | {
        name.lower(): value for value, name in names.items()
    }
