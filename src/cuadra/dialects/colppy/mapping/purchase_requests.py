"""Purchases: the parameters of `alta_facturacompra`, read as what they have to be. Pure.

A purchase is the supplier's paper, so it has the supplier's number, always. What has no place in the books is kept
as it was sent, and given back. Notes of suppliers have no place at all, and are refused.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from cuadra.dialects.colppy.errors import Failure, shown
from cuadra.dialects.colppy.mapping.sale_codes import SALES, letter_of
from cuadra.dialects.colppy.mapping.sale_requests import (
    PaperAsked,
    due_day,
    items_of,
    media_of,
    rate_of,
    rates_of,
)
from cuadra.dialects.colppy.mapping.talonarios import (
    NUMBER_DIGITS,
    document_from_text,
    number_text,
    prefix_from_text,
)
from cuadra.dialects.colppy.mapping.values import (
    NAME_MAX,
    ZERO,
    amount_of,
    jurisdiction_of,
    kept_members,
)
from cuadra.dialects.colppy.reading import Parameters

INVOICE, CASH_PURCHASE = "FAC", "FCC"
_TEXT_MAX = 100  # of a description, as clients found out
_NOTES = ("NCC", "NDC")
_NOTE = "9"  # a note of a supplier, as the vendor's own message calls it
_WITH_CREDIT = ("A", "M")  # letters that say their IVA apart
_PAID = ("5", "pagada", "cobrada")
_KEPT = (
    "idUsuario", "idCondicionPago", "idEstadoAnterior", "idMoneda", "idCurrency", "rate", "valorCambio",
    "tipoFactura", "totalpagadofactura", "orderId", "netoGravado", "netoNoGravado",
)  # fmt: skip
KEPT_OF_PERCEPTIONS = ("jurisdiccion", "nroCertificado", "importePerc")


class Perception(msgspec.Struct, frozen=True, kw_only=True):
    """What was perceived for gross income; `jurisdiction` is its number (`902`), or empty."""

    jurisdiction: str
    amount: Decimal


class PurchaseAsked(PaperAsked, frozen=True, kw_only=True):
    """A purchase as asked for. `day` is when it is booked, `paper_day` the day of the supplier's paper."""

    document: str
    supplier: int
    number: str
    paper_day: date
    perceptions: tuple[Perception, ...]


def purchase_from_parameters(parameters: Parameters) -> PurchaseAsked:
    """What a purchase asks for. Raises `Failure` for the first thing wrong with it by itself."""
    document = _document_of(parameters)
    _require_state(parameters, document)
    supplier = parameters.id("idProveedor", required=True)
    day = parameters.day("fechaFactura", required=True)
    assert supplier is not None and day is not None
    paper_day = parameters.day("fechaFacturaDoc") or day
    perceptions = _perceptions_of(parameters)
    asked = PurchaseAsked(
        document=document,
        letter=letter_of(parameters),
        prefix=_digits(parameters, "nroFactura1", 5),
        number=_digits(parameters, "nroFactura2", NUMBER_DIGITS),
        supplier=supplier,
        day=day,
        paper_day=paper_day,
        due_day=due_day(parameters, min(day, paper_day)),
        description=parameters.text("descripcion", size=_TEXT_MAX),
        currency_rate=rate_of(parameters),
        items=items_of(parameters),
        media=media_of(parameters.items("itemsPagos")),
        taxed=amount_of(parameters, "netoGravado"),
        untaxed=amount_of(parameters, "netoNoGravado"),
        tax=amount_of(parameters, "totalIVA"),
        perception_iva=amount_of(parameters, "percepcionIVA"),
        perception_iibb=sum((one.amount for one in perceptions), ZERO),
        total=amount_of(parameters, "totalFactura", required=True),
        rates=rates_of(parameters),
        perceptions=perceptions,
        kept=_kept(parameters),
    )
    _require_letter(asked)
    _require_payments(asked, parameters)
    return asked


def _document_of(parameters: Parameters) -> str:
    """What is asked for, by code or by name: on credit, or paid at once. Raises `Failure`."""
    text = parameters.text("idTipoComprobante", required=True)
    document = "NCC" if text == _NOTE else document_from_text(text)
    if document in (INVOICE, CASH_PURCHASE):
        return document
    if document in _NOTES:
        raise Failure(
            f"Las notas de proveedores ({document}) no están disponibles en este servidor."
        )
    if document in SALES.values():
        raise Failure(f"El comprobante {document} es de venta, no de compra.")
    raise Failure(f"El parámetro idTipoComprobante no es válido: {shown(text)}.")


def _require_state(parameters: Parameters, document: str) -> None:
    """A purchase is recorded approved; one that is paid at once may say so."""
    text = parameters.text("idEstadoFactura").lower()
    if text in ("1", "borrador"):
        raise Failure("Los borradores no están disponibles: envíe la factura Aprobada.")
    if text in ("4", "anulada"):
        raise Failure("Una factura se registra Aprobada.")
    if text in _PAID and document != CASH_PURCHASE:
        raise Failure("Solo una factura de contado (7) se registra Pagada; use alta_pago.")
    if text not in ("", "3", "aprobada", *_PAID):
        raise Failure(f"El parámetro idEstadoFactura no es válido: {shown(text)}.")
    if (parameters.integer("nroRepeticion") or 0) not in (0, 1):
        raise Failure("Las facturas recurrentes no están disponibles (nroRepeticion).")


def _digits(parameters: Parameters, name: str, size: int) -> str:
    """A part of the supplier's own number, with its zeros."""
    text = parameters.text(name, required=True)
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdecimal()) or not digits or len(digits) > size:
        raise Failure(
            f"El parámetro {name} no es un número de hasta {size} dígitos: {shown(text)}."
        )
    return prefix_from_text(digits) if name == "nroFactura1" else number_text(int(digits))


def _perceptions_of(parameters: Parameters) -> tuple[Perception, ...]:
    """What was perceived by jurisdiction, or only the sum of it; where both are said they agree."""
    total = amount_of(parameters, "percepcionIIBB")
    rows = [
        Perception(jurisdiction=jurisdiction_of(row), amount=amount_of(row, "importePerc"))
        for row in parameters.items("percsufridas")
    ]
    added = sum((row.amount for row in rows), ZERO)
    if rows and total and added != total:
        raise Failure(f"La suma de percsufridas ({added}) no es igual a percepcionIIBB ({total}).")
    if not added and total:
        return (Perception(jurisdiction="", amount=total),)
    return tuple(row for row in rows if row.amount)


def _require_letter(asked: PurchaseAsked) -> None:
    """Only a paper that says its IVA apart gives any back."""
    if asked.letter in _WITH_CREDIT:
        return
    if asked.tax or any(item.rate for item in asked.items) or asked.rates:
        raise Failure(
            f"Un comprobante {asked.letter} no discrimina IVA: envíe los ítems con IVA 0"
            " y el total en netoNoGravado."
        )


def _require_payments(asked: PurchaseAsked, parameters: Parameters) -> None:
    """A purchase in cash is paid, whole; what is paid later is not said here."""
    kind = parameters.text("tipoFactura", size=NAME_MAX)
    if asked.document != CASH_PURCHASE:
        if kind.casefold() == "contado":
            raise Failure("Una factura de contado lleva idTipoComprobante 7.")
        if asked.media:
            raise Failure("Solo una factura de contado (7) lleva medios de pago; use alta_pago.")
        return
    if kind and kind.casefold() != "contado":
        raise Failure(f"El parámetro tipoFactura no es válido: {shown(kind)}.")
    if not asked.media:
        raise Failure("Una factura de contado necesita sus medios de pago (itemsPagos).")
    paid = sum((medium.amount for medium in asked.media), ZERO)
    if paid != asked.total:
        raise Failure(
            f"La suma de los medios de pago ({paid}) no es igual a totalFactura ({asked.total})."
        )
    told = parameters.number("totalpagadofactura")
    if told is not None and amount_of(parameters, "totalpagadofactura") != asked.total:
        raise Failure("totalpagadofactura no es igual a totalFactura.")


def _kept(parameters: Parameters) -> dict[str, Any]:
    """What is given back as it was sent."""
    kept = kept_members(parameters, _KEPT)
    if rows := parameters.items("percsufridas"):
        kept["percsufridas"] = [kept_members(row, KEPT_OF_PERCEPTIONS) for row in rows]
    return kept
